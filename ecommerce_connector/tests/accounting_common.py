"""The worked cases of the accounting specification on a real ledger, and the document that shows them.

``accounting_cases.json`` is the specification: its account names are roles, and the accounts of the
company here carry the names of the roles. A case passes if every posted entry is the case's (or is
named as something that it needs besides), on its date, and if the whole ledger ends where the case
says. ``docs/accounting.md`` is what these entries look like: a case fails if its section there is not
what was just posted; with EC_WRITE_DOCS=1 in the environment the section is written instead.
"""

import json
import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .common import D
from .payout_common import PayoutCommon

CASES = {case["id"]: case for case in json.loads(Path(__file__).with_name("accounting_cases.json").read_text("utf-8"))}
DOCUMENT = Path(__file__).parents[2] / "docs" / "accounting.md"
_HEADING = "### {id} · {title}"
_SECTION = re.compile(r"^### (\w+) · .*?(?=^### |\Z)", re.MULTILINE | re.DOTALL)

#: Name that "Create accounts and rules" gives -> role in the cases.
ROLE_NAMES = {
    "Store sales": "Revenue", "Store shipping revenue": "Shipping revenue", "Store order fees": "Order-fee revenue",
    "Store refunds without lines": "Sales allowances", "Store suspense (unmapped)": "Unmapped revenue (suspense)",
    "Gift card liability": "Gift-card liability", "Store sales tax": "Tax payable", "Payment clearing": "PSP",
    "Payouts in transit": "Payout in transit", "Payment processing fees": "Processing fees",
    "Store rounding differences": "Rounding difference",
}  # fmt: skip
_TYPES = {
    "payable": "liability_current", "liability": "liability_current", "loan": "liability_current",
    "advances": "liability_current", "clearing": "liability_current", "receivable": "asset_current",
    "PSP": "asset_current", "AR": "asset_receivable", "Revenue": "income", "revenue": "income",
    "income": "income_other", "returns": "income", "Discounts": "income", "Input": "asset_current",
    "COD": "asset_current",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Posted entries that book one thing.

    :ivar title: what it is, for the document
    :ivar moves: account.move
    :ivar on: date of the entries
    :ivar parts: labels of the case's entries that it books; empty: the case needs it but does not show it
    :ivar besides: role -> amount (debit positive) that the entry has beyond those
    """

    title: str
    moves: Any
    on: str
    parts: tuple = ()
    besides: dict = field(default_factory=dict)


class AccountingCase(PayoutCommon):
    """A EUR company whose accounts carry the names of the roles; nothing is posted yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._create_accounting(currencies=["EUR", "USD"], rates={D(10), D(20), D(0)})
        for name, role in ROLE_NAMES.items():
            cls.role_of(name).name = role
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.receivable.name = "AR"
        cls.company_data["default_journal_bank"].default_account_id.name = "Bank"
        for rate in ("10", "20"):  # a chart may have them already, on accounts of its own
            tax = cls.sales_tax(f"VAT {rate} %", float(rate), "Tax payable")
            rules = cls.env["ecommerce.mapping.rule"].search(
                [("kind", "=", "tax"), ("store_id", "=", cls.store.id), ("tax_rate", "=", rate)]
            )
            rules.tax_id = tax
        cls.rule("return", "Sales returns")

    # === The company === #

    @classmethod
    def role_of(cls, name):
        """The account of a role, None if there is none yet."""
        return cls.env["account.account"].search([("name", "=", name), ("company_ids", "in", cls.company.id)])

    @classmethod
    def role(cls, name, account_type=None, reconcile=False):
        """The account of a role, made if need be."""
        if found := cls.role_of(name):
            return found
        kind = account_type or next((kind for word, kind in _TYPES.items() if word in name), "expense")
        number = cls.env["account.account"].search_count([])
        return cls.env["account.account"].create(
            {
                "name": name, "account_type": kind, "code": f"99{number:04}", "reconcile": reconcile,
                "company_ids": [(6, 0, cls.company.ids)],
            }
        )  # fmt: skip

    @classmethod
    def rule(cls, kind, role="", pattern="*", **values):
        """A rule of the store (of the company, for payouts) to the account of a role."""
        account = {"account_id": cls.role(role).id} if role else {}
        of_store = False if kind in cls.PAYOUT_RULES else cls.store.id
        return cls.env["ecommerce.mapping.rule"].create(
            {"company_id": cls.company.id, "store_id": of_store, "kind": kind, "pattern": pattern, **account, **values}
        )

    PAYOUT_RULES = ("payout_fee", "reserve", "dispute", "dispute_fee", "payout_other")

    def rule_from(self, exception, role):
        """The rule that an exception's button prepares, saved with the account of a role."""
        context = exception.action_add_rule()["context"]
        values = {
            name.removeprefix("default_"): value for name, value in context.items() if name.startswith("default_")
        }
        rules = self.env["ecommerce.mapping.rule"].with_context(**context)
        rule = rules.create({**values, "account_id": self.role(role).id})
        rule.action_save_and_release()
        return rule

    @classmethod
    def gateway(cls, pattern, role, *, is_liability=False, currency="EUR"):
        """A processor account whose clearing account has a role, and the gateway that leads to it."""
        currency = cls.env.ref(f"base.{currency}")
        code = f"Z{cls.env['ecommerce.processor.account'].search_count([])}"
        more = {} if is_liability else {
            "processor": "generic", "in_transit_account_id": cls.role("Payout in transit").id,
            "payout_journal_id": cls.processor.payout_journal_id.id,
            "bank_journal_id": cls.processor.bank_journal_id.id,
        }  # fmt: skip
        account = cls.store._ensure_processor_account(
            role, "liability" if is_liability else "money", code, currency,
            cls.role(role, "liability_current" if is_liability else "asset_current", reconcile=True), **more,
        )  # fmt: skip
        cls.rule("gateway", pattern=pattern, processor_account_id=account.id, currency_id=currency.id)
        return account

    @classmethod
    def sales_tax(cls, name, rate, role):
        """A sales tax that is owed on the account of a role."""
        account = cls.role(role)
        shares = [(0, 0, {"repartition_type": "base"}), (0, 0, {"repartition_type": "tax", "account_id": account.id})]
        return cls.env["account.tax"].create(
            {
                "name": name, "amount": rate, "amount_type": "percent", "type_tax_use": "sale",
                "company_id": cls.company.id, "price_include_override": "tax_excluded",
                "invoice_repartition_line_ids": shares, "refund_repartition_line_ids": shares,
            }
        )  # fmt: skip

    # === What happens === #

    def sale(self, number="S1", payments=(), refunds=(), rate="10", **more):
        """The sale of the cases: 100 and 10 %."""
        lines = [self.line("MUG", "100.00", f"{D(100) * D(rate) / 100:.2f}", rate)]
        return self.order(number, lines, f"{D(100) + D(rate):.2f}", payments, refunds, **more)

    def book(self, *orders):
        """Accept orders of which each must be posted, or wait with nothing to book."""
        records = self.accept(*orders)
        for record in records:
            self.assertIn(record.state, ("posted", "waiting"), record.explanation)
        return records if len(records) > 1 else records[0]

    PAYOUT_HEADER = "payout_id,paid_on,transaction_id,type,gross,fee,net,currency,source_id,charge_id,category\n"

    def payout_file(self, *rows, payout="PO-0001", paid="2026-03-15", currency="EUR"):
        """The connector's own payout CSV.

        :param rows: (transaction id, type, gross, fee) and, if need be, source, charge and category
        """
        lines = [
            ",".join([payout, paid, tx, kind, gross, fee, str(D(gross) - D(fee)), currency, *(*more, "", "", "")[:3]])
            for tx, kind, gross, fee, *more in rows
        ]
        return (self.PAYOUT_HEADER + "\n".join(lines) + "\n").encode()

    def pay_out(self, *rows, processor=None, **more):
        """A payout whose entry is posted."""
        processor = processor or self.processor
        processor.processor = "generic"
        payout = self.import_payout(self.payout_file(*rows, **more), processor)
        payout.action_post()
        self.assertEqual(payout.move_id.state, "posted", payout.explanation)
        return payout

    # === The case === #

    def check(self, case_id, story, *entries):
        """The ledger is what the case says, and the document shows it.

        :param str story: what the store, the processor or the bank said
        """
        case = CASES[case_id]
        self._check_entries(case, entries)
        self._check_ledger(case, entries)
        self._check_document(case, self._section(case, story, entries))

    def _check_entries(self, case, entries):
        labels = [entry["label"] for entry in case["entries"]]
        self.assertEqual([part for entry in entries for part in entry.parts], labels, "the entries of the case")
        for entry in entries:
            self.assertEqual({str(move.date) for move in entry.moves}, {entry.on}, entry.title)
            self.assertEqual(set(entry.moves.mapped("state")), {"posted"}, entry.title)
            if entry.parts:
                expected = defaultdict(D, {role: D(amount) for role, amount in entry.besides.items()})
                for part in entry.parts:
                    for role, amount in _amounts(case, part).items():
                        expected[role] += amount
                self.assertEqual(_balances(entry.moves), _without_zeros(expected), entry.title)

    def _check_ledger(self, case, entries):
        """Nothing is posted but these entries, and they end where the case says."""
        named = self.env["account.move"].union(*(entry.moves for entry in entries))
        posted = self.env["account.move"].search([("company_id", "=", self.company.id), ("state", "=", "posted")])
        self.assertEqual(posted, named & posted, "entries that the case does not know")
        others = _balances(self.env["account.move"].union(*(entry.moves for entry in entries if not entry.parts)))
        for entry in entries:
            for role, amount in entry.besides.items():
                others[role] = others.get(role, D(0)) + D(amount)
        end = _balances(posted)
        for role, amount in case["end"].items():
            self.assertEqual(end.get(role, D(0)), D(amount) + others.get(role, D(0)), f"{role} in the end")

    # === The document === #

    def _section(self, case, story, entries):
        lines = [_HEADING.format(**case), "", story, "", "| Entry | Date | Debit | Credit |", "|---|---|---|---|"]
        for entry in entries:
            items = _balances(entry.moves)
            debits = "<br>".join(f"{role} {amount:.2f}" for role, amount in items.items() if amount > 0)
            credits = "<br>".join(f"{role} {-amount:.2f}" for role, amount in items.items() if amount < 0)
            lines.append(f"| {entry.title} | {entry.on} | {debits} | {credits} |")
        if case["note"]:
            lines += ["", f"*{case['note']}*"]
        return "\n".join(lines) + "\n\n"

    def _check_document(self, case, section):
        text = DOCUMENT.read_text("utf-8")
        sections = {found[1]: found[0] for found in _SECTION.finditer(text)}
        if os.environ.get("EC_WRITE_DOCS"):
            before = text[: text.index("### ")] if "### " in text else text
            sections[case["id"]] = section
            DOCUMENT.write_text(before + "".join(sections[key] for key in CASES if key in sections), "utf-8")
            return
        self.assertEqual(
            sections.get(case["id"], "").strip(), section.strip(),
            "docs/accounting.md does not show what is posted; write it anew with EC_WRITE_DOCS=1",
        )  # fmt: skip


def _amounts(case, label):
    """Role -> amount of one entry of a case, debit positive."""
    (lines,) = (entry["lines"] for entry in case["entries"] if entry["label"] == label)
    amounts = defaultdict(D)
    for role, debit, credit in lines:
        amounts[role] += D(debit) - D(credit)
    return amounts


def _balances(moves):
    """Role -> balance of entries in company currency, debit positive, in the order of their items."""
    amounts = defaultdict(D)
    for item in moves.line_ids.sorted(lambda item: (item.move_id.id, item.id)):
        amounts[item.account_id.name] += D(f"{item.balance:.2f}")
    return _without_zeros(amounts)


def _without_zeros(amounts):
    return {role: amount for role, amount in amounts.items() if amount}
