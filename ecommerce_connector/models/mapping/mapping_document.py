"""The mapping document of a company: written from its rules, planned against them, and applied to them."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError

from ...core.errors import ConnectorError
from ...core.mapping.store_values import folded, rate_text
from ...core.mapping_sheet.columns import (
    ACTIVE,
    ARCHIVED,
    ARCHIVED_DRAFT,
    BY_NAME,
    COLUMNS,
    DRAFT,
    DocumentRow,
    texts_of,
)
from ...core.mapping_sheet.document import KindColumns, RowError, parse, read_csv, write_csv
from ...core.mapping_sheet.importing import ImportPlan, Outcome
from .mapping_change_log import REASON
from .mapping_kinds import KINDS
from .mapping_names import FIELD_OF, Names
from .mapping_sheets import is_workbook, read_workbook, write_workbook
from .mapping_store_values import other_rate

#: Field of the rule -> column, of all that a kind can have.
_COLUMN_OF = {field: column for column, field in FIELD_OF.items()} | {
    "tax_rate": "tax rate", "currency_id": "currency", "country_id": "country", "state_id": "state",
    "customer_kind": "customers", "tax_included": "tax in prices", "remitter": "remitted by", "funder": "funded by",
    "discount_method": "discount method", "analytic_distribution": "analytic",
}  # fmt: skip
#: Column -> field, of what is written as it stands.
_PLAIN = {
    "match on": "match_on", "value": "pattern", "customers": "customer_kind", "tax in prices": "tax_included",
    "remitted by": "remitter", "funded by": "funder", "discount method": "discount_method",
    "valid from": "date_from", "valid to": "date_to", "ends the rule": "ends_rule",
}  # fmt: skip
KIND_COLUMNS = {
    name: KindColumns(
        needed=tuple(_COLUMN_OF[field] for field in kind.needed),
        allowed=frozenset(_COLUMN_OF[field] for field in (*kind.needed, *kind.optional, *kind.limits)),
        has_groups=kind.has_groups,
    )
    for name, kind in KINDS.items()
}
#: No mails and no "created" notes for rules by the thousand; the change log has them all.
QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True, "mail_notrack": True}
FORMATS = ("xlsx", "csv")


class MappingDocument:
    """Export and import of the mapping rules of one company."""

    def __init__(self, company, store=None):
        """Open the document.

        :param store: only its own rules, and those for all stores of its company
        """
        self.env, self.company, self.store = company.env, company, store
        self.rules = self.env["ecommerce.mapping.rule"].with_company(company).with_context(active_test=False)

    # === Export === #

    def export(self, file_format="xlsx", reports=()):
        """The document as a file.

        :param str file_format: one of ``FORMATS``
        :param reports: further sheets of a workbook
        :rtype: bytes
        """
        texts = [texts_of(row) for row in self.rows()]
        if file_format == "csv":
            return write_csv([[column.name for column in COLUMNS], *texts])
        return write_workbook(texts, reports)

    def rows(self):
        """All rules as rows, in an order that people follow."""
        domain = [("company_id", "=", self.company.id)]
        if self.store:
            domain.append(("store_id", "in", [False, self.store.id]))
        return self.rows_of(self.rules.search_fetch(domain))

    def rows_of(self, rules):
        """Rules as rows."""
        names = Names(self.env, self.company)
        called = {column: names.of_records(column, rules[field]) for column, field in FIELD_OF.items()}
        analytic = names.analytic_texts([rule.analytic_distribution or {} for rule in rules])
        found = [self._row(rule, called, text) for rule, text in zip(rules, analytic, strict=True)]
        kinds = list(KINDS)
        return sorted(
            found,
            key=lambda row: (
                kinds.index(row.kind), row.store, folded(row.value), row.match_on, row.valid_from or date.min,
                row.version, row.number,
            ),
        )  # fmt: skip

    def _row(self, rule, called, analytic):
        plain = {BY_NAME[column].attribute: rule[field] or "" for column, field in _PLAIN.items()}
        targets = {
            BY_NAME[column].attribute: called[column].get(rule[field].id, "") for column, field in FIELD_OF.items()
        }
        return DocumentRow(
            **{
                **plain, **targets, "kind": rule.kind, "number": rule.id, "company": self.company.name,
                "tax_rate": Decimal(rule.tax_rate) if rule.tax_rate else None, "currency": rule.currency_id.name or "",
                "country": rule.country_id.code or "", "state": rule.state_id.code or "",
                "account_name": rule.account_id.name or "", "analytic": analytic,
                "valid_from": rule.date_from or None, "valid_to": rule.date_to or None, "version": rule.version,
                "replaces": rule.previous_id.id or None, "ends_the_rule": bool(rule.ends_rule),
                "used": rule.is_used, "last_used": rule.last_used_on or None, "status": _status(rule),
            }
        )  # fmt: skip

    # === Import: what would happen === #

    def parsed(self, name, content):
        """The rows of a file, and what is wrong with its cells.

        :param str name: of the file, for messages
        :param bytes content: XLSX or CSV
        :raises ConnectorError: if it is neither
        """
        try:
            records, formulas = read_workbook(content) if is_workbook(content) else (read_csv(content), [])
        except ConnectorError as error:
            raise ConnectorError(f"{name}: {error.message}", hint=error.hint) from error
        (header_row, header), *rows = records
        parsed = parse(header, rows, KIND_COLUMNS, header_row)
        hint = "Copy the column and paste it as values."
        return parsed, [
            RowError(row, header[at] if at < len(header) else "", "", "it is a formula", hint) for row, at in formulas
        ]

    def plan(self, name, content, start=None):
        """What importing a file would do.

        :param date start: first day of the new versions that rows do not date themselves
        :return: the plan, and the errors of rows that cannot be read
        :rtype: tuple[ImportPlan, list[RowError]]
        :raises ConnectorError: if the file cannot be read
        """
        parsed, formulas = self.parsed(name, content)
        existing = self.rows()
        by_number = {row.number: row for row in existing}
        names, errors, rows = Names(self.env, self.company), [*parsed.errors, *formulas], []
        names.learn(parsed.rows)
        for row in parsed.rows:
            known = by_number.get(row.number) if row.company in ("", self.company.name) else None
            found, problems = names.canonical(row, known if known and known.kind == row.kind else None)
            errors += problems
            if not problems:
                rows.append(found)
        return ImportPlan(rows, existing, company=self.company.name, start=start), errors

    def warnings(self, plan):
        """What the rows of a plan are allowed to, but hardly meant to do: row of the document -> sentence."""
        rows = [step.row for step in plan.steps if step.outcome not in (Outcome.UNCHANGED, Outcome.REFUSED)]
        names = Names(self.env, self.company)
        names.learn(rows)
        found = {
            row.row: other_rate(row.tax_rate, names.record("tax", row.tax)[0].with_env(self.env))
            for row in rows if row.kind == "tax" and row.tax and row.tax_rate is not None
        }  # fmt: skip
        return {row: sentence for row, sentence in found.items() if sentence}

    # === Import: doing it === #

    def apply(self, plan, reason):
        """Do what was planned, all of it or nothing.

        :param str reason: for the change log
        :return: the rules that are new or changed
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the rules change: it goes into the change log."))
        names = Names(self.env, self.company)
        names.learn([step.row for step in plan.steps])
        rules = self.rules.with_context(**{REASON: reason.strip(), **QUIET})
        steps = defaultdict(list)
        for step in plan.steps:
            steps[step.outcome].append(step)
        if steps[Outcome.REFUSED]:
            raise ValidationError("\n".join(map(str, plan.errors)))
        with self.env.cr.savepoint(), rules._ties_checked_together():
            changed = self._change(rules, steps, names)
            return changed | self._new_versions(rules, steps, names) | self._add(rules, steps[Outcome.ADDED], names)

    def _change(self, rules, steps, names):
        """Rules that are edited in place; those that change alike together."""
        alike = defaultdict(list)
        for outcome in (Outcome.ARCHIVED, Outcome.ENDED, Outcome.CHANGED, Outcome.RESTORED):
            for step in steps[outcome]:
                vals = self._vals(step.row, names)
                wanted = {name: vals[name] for column, _old, _new in step.changes for name in _fields_of(column)}
                alike[repr(sorted(wanted.items(), key=repr))].append((step.rule.number, wanted))
        for group in alike.values():
            rules.browse(number for number, _wanted in group).write(group[0][1])
        return rules.browse(number for group in alike.values() for number, _wanted in group)

    def _new_versions(self, rules, steps, names):
        """Drafts of used rules, and drafts there are, put in force."""
        drafts = rules.browse(step.rule.number for step in steps[Outcome.APPLIED])
        for draft, step in zip(drafts, steps[Outcome.APPLIED], strict=True):
            draft.write(self._vals(step.row, names) | {"active": True})
        replaced = rules.browse(step.rule.number for step in steps[Outcome.VERSION])
        drafts |= replaced._draft_versions([self._vals(step.row, names) for step in steps[Outcome.VERSION]])
        if drafts:
            drafts._apply(rules.env.context[REASON])
        return drafts

    def _add(self, rules, steps, names):
        """New rules, each after what it replaces."""
        made, waiting = {}, steps
        while waiting:
            ready = [step for step in waiting if (step.previous or 1) > 0 or -step.previous in made]
            if not ready:
                raise ValidationError(
                    self.env._("These rows replace each other: %(rows)s.", rows=[step.row.row for step in waiting])
                )
            with rules._keeping_history():
                records = rules.create([self._new_vals(step, names, made, rules) for step in ready])
            made |= {step.row.row: record for step, record in zip(ready, records, strict=True)}
            waiting = [step for step in waiting if step.row.row not in made]
        return rules.union(*made.values())

    def _new_vals(self, step, names, made, rules):
        previous = rules
        if step.previous:
            previous = made[-step.previous] if step.previous < 0 else rules.browse(step.previous)
        return self._vals(step.row, names) | {
            "company_id": self.company.id, "kind": step.row.kind, "is_draft": step.row.is_draft,
            "previous_id": previous.id, "origin_id": (previous.origin_id or previous).id,
            "version": step.row.version or (max(previous._versions().mapped("version")) + 1 if previous else 1),
        }  # fmt: skip

    def _vals(self, row, names):
        return names.values(row) | {
            **{field: row.cell(column) or False for column, field in _PLAIN.items()},
            "tax_rate": rate_text(row.tax_rate) if row.tax_rate is not None else False,
            "active": row.status in (ACTIVE, DRAFT),
        }


def _fields_of(column):
    if column == "status":
        return ["active"]
    return [_PLAIN[column]] if column in _PLAIN else [field for field, name in _COLUMN_OF.items() if name == column]


def _status(rule):
    if rule.is_draft:
        return DRAFT if rule.active else ARCHIVED_DRAFT
    return ACTIVE if rule.active else ARCHIVED
