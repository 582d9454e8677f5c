"""The mapping report: what the rules of a company covered, collected with a few queries whatever their number."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tools import SQL

from ...core.mapping_sheet.check import CheckedRule, check
from ...core.mapping_sheet.report import Booked, ReportedRule, report
from ..exceptions.ecommerce_exception import LACKING_RULE
from ..ledger.amounts import amount_of
from ..ledger.tax_facts import rate_of
from .mapping_kinds import ACCOUNT_FIELDS, KINDS

#: Days that coverage looks back.
DAYS = 90
#: What tells exceptions apart that lack a rule.
_CAUSE = ("key", "code", "state", "store_id")
#: What a rule leads to and can be archived.
_ARCHIVABLE = (*ACCOUNT_FIELDS, "tax_id", "product_id", "processor_account_id", "fiscal_position_id")


class MappingReportData:
    """The mapping report of one company."""

    def __init__(self, company, today=None):
        self.env, self.company = company.env, company
        self.today = today or fields.Date.context_today(company)
        self.since = self.today - timedelta(days=DAYS - 1)
        rules = self.env["ecommerce.mapping.rule"].with_company(company)
        self.rules = rules.search_fetch(
            [("company_id", "=", company.id), ("is_draft", "=", False), ("active", "=", True)]
        )
        self.names = {rule.id: rule.display_name for rule in self.rules}
        self._cores = {rule.id: rule._as_core_rule() for rule in self.rules}
        self._lacking = self._read_lacking()

    # === The parts === #

    def findings(self):
        """What is wrong with the rules, or soon will be."""
        return check([self._checked(rule) for rule in self.rules], self.today)

    def report(self):
        """Coverage, idle rules, overlaps and shared accounts.

        :rtype: MappingReport
        """
        in_period, ever = self._items([("date", ">=", self.since), ("date", "<=", self.today)]), self._items([])
        reported = []
        for rule in self.rules:
            items, amount = in_period.get(rule.id, (0, 0.0))
            reported.append(
                ReportedRule(
                    rule=self._cores[rule.id], name=self.names[rule.id], store=rule.store_id.name or "",
                    accounts=tuple(rule[name].display_name for name in ACCOUNT_FIELDS if rule[name]), items=items,
                    amount=amount_of(amount, self.company.currency_id), items_ever=ever.get(rule.id, (0, 0))[0],
                    is_traceable=rule.kind != "discount" or rule.discount_method == "gross",
                )
            )  # fmt: skip
        return report(reported, self._booked(reported), self.since, self.today)

    def keys_without_rule(self):
        """What fell to suspense or was blocked in the period: dicts, the largest first."""
        return sorted(self._lacking, key=lambda row: -row["amount"])

    # === Queries === #

    def _items(self, domain):
        """Rule id -> (journal items it decided, or entries if those are more; amount that passed through them).

        What a correcting entry moves passed through the entry that it corrects, and is counted there.
        """
        items = [
            ("company_id", "=", self.company.id), ("parent_state", "=", "posted"),
            ("ecommerce_rule_id", "in", self.rules.ids), *domain,
        ]  # fmt: skip
        lines = self.env["account.move.line"]
        counts = dict(lines._read_group(items, ["ecommerce_rule_id"], ["__count"]))
        amounts = {
            rule: debit + credit
            for rule, debit, credit in lines._read_group(
                [*items, ("move_id.ecommerce_corrected_move_id", "=", False)],
                ["ecommerce_rule_id"], ["debit:sum", "credit:sum"],
            )
        }  # fmt: skip
        # A tax of 0 % leaves no journal item.
        entries = dict(
            self.env["ecommerce.posting"]._read_group(
                [("company_id", "=", self.company.id), ("move_id.state", "=", "posted"),
                 *((f"move_id.{name}", *more) for name, *more in domain)],
                ["rule_ids"], ["__count"],
            )
        )  # fmt: skip
        return {
            rule.id: (max(counts.get(rule, 0), entries.get(rule, 0)), amounts.get(rule, 0.0))
            for rule in {*counts, *entries}
        }

    def _read_lacking(self):
        """What had no rule: of orders placed in the period, and of payouts read in it."""
        found = self.env["ecommerce.exception.line"]._read_group(
            [("company_id", "=", self.company.id), ("exception_id.code", "in", LACKING_RULE),
             "|", ("order_id.placed_at", ">=", self.since),
             "&", ("payout_id", "!=", False), ("create_date", ">=", self.since)],
            [*(f"exception_id.{name}" for name in _CAUSE), "currency_id"],
            ["order_id:count_distinct", "payout_id:count_distinct", "amount:sum"],
        )  # fmt: skip
        rows = {}
        for key, code, state, store, currency, orders, payouts, amount in found:
            kind, _colon, value = (key or "").partition(":")
            row = rows.setdefault((key, code, state, store.id), {
                "kind": kind, "value": value, "suspense": code == "unmapped", "open": state == "open",
                "store": store.name or "", "documents": 0, "amount": Decimal(0),
            })  # fmt: skip
            row["documents"] += orders + payouts
            row["amount"] += amount_of(self._converted(amount, currency), self.company.currency_id)
        return list(rows.values())

    def _booked(self, reported):
        """What was booked of each kind, and what was not."""
        amounts, lacking = defaultdict(Decimal), defaultdict(Decimal)
        for item in reported:
            amounts[item.rule.kind] += item.amount
        for row in self._lacking:
            if row["open"]:
                lacking[row["kind"]] += row["amount"]
        documents = self._documents()
        return [
            Booked(
                kind=kind, documents=documents.get(kind, (0, 0))[0], lacking=documents.get(kind, (0, 0))[1],
                amount=amounts[kind], lacking_amount=lacking[kind],
            )
            for kind in KINDS
            if kind in documents or amounts[kind] or lacking[kind]
        ]  # fmt: skip

    def _documents(self):
        """Kind -> (orders and payouts of the period that had something of it, those with something uncovered)."""
        self.env.flush_all()
        self.env["ecommerce.posting"].check_access("read")
        query = SQL(
            """
            WITH found AS (
                SELECT rule.kind, posting.order_id, posting.payout_id, FALSE AS lacks
                  FROM account_move_line item
                  JOIN ecommerce_mapping_rule rule ON rule.id = item.ecommerce_rule_id
                  JOIN ecommerce_posting posting ON posting.move_id = item.move_id AND posting.summary_id IS NULL
                 WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
                   AND item.date BETWEEN %(since)s AND %(today)s
                 UNION
                SELECT rule.kind, posting.order_id, posting.payout_id, FALSE
                  FROM ecommerce_posting posting
                  JOIN account_move entry ON entry.id = posting.move_id
                  JOIN %(decided)s decided ON decided.ecommerce_posting_id = posting.id
                  JOIN ecommerce_mapping_rule rule ON rule.id = decided.ecommerce_mapping_rule_id
                 WHERE posting.company_id = %(company)s AND entry.state = 'posted'
                   AND entry.date BETWEEN %(since)s AND %(today)s
                 UNION
                SELECT split_part(exception.key, ':', 1), named.order_id, named.payout_id, TRUE
                  FROM ecommerce_exception exception
                  JOIN ecommerce_exception_line named ON named.exception_id = exception.id
                  LEFT JOIN ecommerce_order o ON o.id = named.order_id
                 WHERE exception.company_id = %(company)s AND exception.code IN %(codes)s
                   AND exception.state = 'open' AND COALESCE(o.placed_at, named.create_date) >= %(since)s
            ), documents AS (
                SELECT kind, order_id, payout_id, bool_or(lacks) AS lacks FROM found GROUP BY 1, 2, 3
            )
            SELECT kind, count(*), count(*) FILTER (WHERE lacks) FROM documents GROUP BY kind
            """,
            decided=SQL.identifier(self.env["ecommerce.posting"]._fields["rule_ids"].relation),
            company=self.company.id, since=self.since, today=self.today, codes=LACKING_RULE,
        )  # fmt: skip
        return {kind: (count, lacking) for kind, count, lacking in self.env.execute_query(query)}

    def _converted(self, amount, currency):
        """In company currency, at today's rate."""
        if not currency or currency == self.company.currency_id:
            return amount
        return currency._convert(amount, self.company.currency_id, self.company, self.today)

    def _checked(self, rule):
        tax = rule.tax_id
        return CheckedRule(
            rule=self._cores[rule.id], name=self.names[rule.id], store=rule.store_id.name or "",
            origin=(rule.origin_id or rule).id, tax_name=tax.name or "", tax_rate=rate_of(tax),
            archived=tuple(rule[name].display_name for name in _ARCHIVABLE if rule[name] and not rule[name].active),
        )  # fmt: skip

    # === As sheets of the workbook === #

    def sheets(self):
        """Sheets of the workbook: (name, [(header, width)], rows of cells)."""
        found, labels = self.report(), {name: kind.label for name, kind in KINDS.items()}
        yield (
            "Coverage", [("kind", 24), ("documents", 12), ("covered %", 12), ("amount", 16), ("covered %  ", 12)],
            [
                [labels[item.kind], item.documents, _cell(item.documents_covered), item.amount + item.lacking_amount,
                 _cell(item.amount_covered)]
                for item in found.coverage
            ],
        )  # fmt: skip
        yield (
            "Findings",
            [("level", 10), ("rule", 9), ("finding", 90), ("what to do", 60)],
            [[item.level.value, item.rule, item.message, item.hint] for item in self.findings()],
        )
        yield "Idle rules", [("rule", 9), ("name", 60), ("why", 22), ("more specific rules", 80)], [
            *([item.rule.rule.id, item.rule.name, "never won", "; ".join(other.name for other in item.winners)]
              for item in found.never_won),
            *([item.rule.id, item.name, "unused", ""] for item in found.unused),
        ]  # fmt: skip
        yield "Overlaps", [("rule", 9), ("name", 60), ("rule ", 9), ("name ", 60), ("wins", 9)], [
            [item.one.rule.id, item.one.name, item.other.rule.id, item.other.name,
             item.winner.rule.id if item.winner else "tie"]
            for item in found.overlaps
        ]  # fmt: skip
        yield "Without rule", [("kind", 24), ("value", 40), ("store", 24), ("documents", 12), ("amount", 16),
                               ("went to", 14), ("state", 10)], [
            [labels.get(row["kind"], row["kind"]), row["value"], row["store"], row["documents"], row["amount"],
             "suspense" if row["suspense"] else "blocked", "open" if row["open"] else "solved"]
            for row in self.keys_without_rule()
        ]  # fmt: skip
        yield (
            "Shared accounts",
            [("account", 44), ("kinds", 60), ("rules", 9), ("amount", 16)],
            [
                [item.account, ", ".join(labels[kind] for kind in item.kinds), item.rules, item.amount]
                for item in found.shared_accounts
            ],
        )


def _cell(share):
    return "" if share is None else share
