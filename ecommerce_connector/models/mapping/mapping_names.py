"""How the mapping document calls the records that rules lead to: by code or by name, and back to the record.

A record is called by the shortest of its names that no other record of the company has. An active
record wins over an archived one of the same name.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from odoo.fields import Domain

from ...core.mapping_sheet.document import RowError, format_analytic, parse_analytic
from .mapping_kinds import FEES


@dataclass(frozen=True)
class _Called:
    """How records of a model are called.

    :ivar what: for people
    :ivar searched: fields by which they are found
    :ivar names: functions of a record, the shortest name first
    """

    model: str
    what: str
    searched: tuple
    names: tuple


_ACCOUNT = _Called("account.account", "account", ("code",), (lambda record: record.code,))
_ANALYTIC = _Called(
    "account.analytic.account", "analytic account", ("name",),
    (lambda record: record.name.strip(), lambda record: f"{record.name.strip()} ({record.plan_id.name})"),
)  # fmt: skip
_CALLED = {
    "store": _Called("ecommerce.store", "store", ("name",), (lambda record: record.name,)),
    "account": _ACCOUNT,
    "inventory account": _ACCOUNT,
    "cogs account": _ACCOUNT,
    "tax": _Called(
        "account.tax", "tax", ("name",),
        (lambda record: record.name, lambda record: f"{record.name} ({record.type_tax_use})",
         lambda record: f"{record.name} ({record.type_tax_use}, {record.country_id.code})"),
    ),
    "product": _Called(
        "product.product", "product", ("default_code", "name"),
        (lambda record: record.default_code, lambda record: record.name,
         lambda record: record.with_context(display_default_code=False).display_name),
    ),
    "processor account": _Called(
        "ecommerce.processor.account", "processor account", ("name",),
        (lambda record: record.name, lambda record: f"{record.name} ({record.currency_id.name})"),
    ),
    "vendor": _Called(
        "res.partner", "contact", ("name",),
        (lambda record: record.name, lambda record: record.vat and f"{record.name} ({record.vat})"),
    ),
    "fiscal position": _Called("account.fiscal.position", "fiscal position", ("name",), (lambda record: record.name,)),
}  # fmt: skip
#: Column -> field of the rule.
FIELD_OF = {
    "store": "store_id", "account": "account_id", "inventory account": "inventory_account_id",
    "cogs account": "cogs_account_id", "tax": "tax_id", "product": "product_id",
    "processor account": "processor_account_id", "vendor": "partner_id", "fiscal position": "fiscal_position_id",
}  # fmt: skip


class Names:
    """Names and records of one company."""

    def __init__(self, env, company):
        self.company = company
        # The company's own language, so that every user writes and reads the same names.
        language = company.partner_id.lang or "en_US"
        self.env = env(context={**env.context, "lang": language, "active_test": False})
        self._books = {}
        self._codes = dict[str, Any]()
        self._aliases = None

    def of_records(self, called, records):
        """Record id -> its name.

        :param str called: a column
        """
        book = self._book(called)
        book.learn_records(records)
        return {record.id: book.name(record) for record in records}

    def learn(self, rows):
        """Look up all names of some rows with a few queries."""
        for column in FIELD_OF:
            self._book(column).learn({text for row in rows if (text := row.cell(column))})
        self._book("analytic").learn(
            {name for row in rows for names, _percent in parse_analytic(row.analytic) for name in names}
        )

    def canonical(self, row, known=None):
        """The row with every name in the one way that ``of_records`` writes it, and what cannot be found.

        :param DocumentRow known: the rule it is about, if it says so: what it says already is found
        :rtype: tuple[DocumentRow, list[RowError]]
        """
        values, errors = {}, []
        for column in (*FIELD_OF, "currency", "country", "state", "analytic"):
            text = row.cell(column)
            if not text or (known and known.cell(column) == text):
                continue
            found, problem, hint = self._canonical(column, text, row)
            if problem:
                errors.append(RowError(row.row, column, text, problem, hint))
            values[column.replace(" ", "_")] = found
        return replace(row, **values), errors

    def _canonical(self, column, text, row):
        """(name, problem, hint)."""
        if column in ("currency", "country", "state"):
            code = self._code(column, text, row.country)
            return (code, "", "") if code else (text, f"there is no {column} {text!r}", "Write its code.")
        if column == "analytic":
            return self._canonical_analytic(text)
        record, problem, hint = self.record(column, text)
        if record and row.kind == "customer" and column == "account" and record.account_type != "asset_receivable":
            return text, f"{text} is no receivable account", "A customer rule leads to one."
        if record and column == "tax" and record.type_tax_use != (use := "purchase" if row.kind in FEES else "sale"):
            return text, f"{text} is no tax of {use}s", "Write another, or its name with its type."
        return (self._book(column).name(record) if record else text), problem, hint

    def _canonical_analytic(self, text):
        book, found = self._book("analytic"), []
        for names, percent in parse_analytic(text):
            records = [book.record(name) for name in names]
            if bad := next((answer for answer in records if answer[1]), None):
                return text, bad[1], bad[2]
            found.append((tuple(book.name(record) for record, _problem, _hint in records), percent))
        return format_analytic(tuple(found)), "", ""

    # === Back to records === #

    def record(self, column, text):
        """The record of a name: (record or None, problem, hint)."""
        book = self._book(column)
        record, problem, hint = book.record(text)
        if book.called is not _ACCOUNT or (record and record.active):
            return record, problem, hint
        if alias := self._alias(text):
            return alias, "", ""
        return record, problem, hint

    def values(self, row):
        """Values of the rule record for a canonical row."""
        found = {
            field: self.record(column, text)[0].id if (text := row.cell(column)) else False
            for column, field in FIELD_OF.items()
        }
        for column in ("currency", "country", "state"):
            code = row.cell(column)
            found[f"{column}_id"] = self._code_record(column, code, row.country).id if code else False
        return found | {"analytic_distribution": self._distribution(row.analytic)}

    def _distribution(self, text):
        book = self._book("analytic")
        return {
            ",".join(str(book.record(name)[0].id) for name in names): float(percent) if "." in percent else int(percent)
            for names, percent in parse_analytic(text)
        } or False

    def analytic_texts(self, distributions):
        """Analytic distributions as the document writes them."""
        ids = {int(number) for distribution in distributions for key in distribution for number in key.split(",")}
        accounts = self.env["account.analytic.account"].browse(ids).exists()
        names = self.of_records("analytic", accounts)
        return [
            format_analytic(
                tuple(
                    (tuple(names.get(int(number), f"#{number}") for number in key.split(",")), str(percent))
                    for key, percent in sorted(distribution.items())
                )
            )
            for distribution in distributions
        ]

    # === Look-ups === #

    def _book(self, column):
        called = _ANALYTIC if column == "analytic" else _CALLED[column]
        if called.model not in self._books:
            self._books[called.model] = _Book(self.env[called.model].with_company(self.company), called, self.company)
        return self._books[called.model]

    def _alias(self, code):
        if self._aliases is None:
            found = self.env["ecommerce.account.alias"].search([("company_id", "=", self.company.id)])
            self._aliases = {alias.code: alias.account_id.with_company(self.company) for alias in found}
        return self._aliases.get(code)

    def _code(self, column, code, country):
        record = self._code_record(column, code, country)
        return record and (record.name if column == "currency" else record.code)

    def _code_record(self, column, code, country):
        key = (column, code, country if column == "state" else "")
        if key not in self._codes:
            model, domain = {
                "currency": ("res.currency", [("name", "=", code)]),
                "country": ("res.country", [("code", "=", code)]),
                "state": ("res.country.state", [("code", "=ilike", code), ("country_id.code", "=", country)]),
            }[column]
            self._codes[key] = self.env[model].search(domain, limit=1)
        return self._codes[key]


class _Book:
    """Records of one model by name; what is asked for is looked up first, many names at once."""

    def __init__(self, model, called, company):
        self.model, self.called = model, called
        self.domain = Domain(model._check_company_domain(company))
        self._known, self._found = set(), model.browse()
        self._by_name = []
        self._names = {}

    def learn_records(self, records):
        """Find all that share a name with the records."""
        self.learn({name for record in records for name in self._all_names(record)})

    def learn(self, texts):
        """Find all that could be meant by the texts."""
        wanted = {part for text in texts for part in _beginnings(text)} - self._known
        if not wanted:
            return
        self._known |= wanted
        by_any = Domain.OR([(field, "in", list(wanted))] for field in self.called.searched)
        self._found |= self.model.search(self.domain & by_any)
        self._by_name = [defaultdict(list) for _way in range(len(self.called.names) + 1)]
        self._names = {}
        for record in self._found:
            for by_name, name in zip(self._by_name, self._ways(record), strict=True):
                if name:
                    by_name[name].append(record)

    def name(self, record):
        """The shortest name that means this record and no other."""
        if record.id not in self._names:
            self.learn_records(record)
            ways = self._ways(record)
            self._names[record.id] = next((name for name in ways if name and self.record(name)[0] == record), ways[-1])
        return self._names[record.id]

    def record(self, text):
        """The record that is called so: (record or None, problem, hint)."""
        self.learn({text})
        several = []
        for by_name in self._by_name:
            found = by_name.get(text, [])
            if len(found) > 1:
                several = several or found
                found = [record for record in found if _is_active(record)]
            if len(found) == 1:
                return found[0], "", ""
        if several:
            names = sorted(filter(None, (self._longest(record) for record in several)))
            return (
                None,
                f"{len(several)} records of {self.called.what} are called {text!r}",
                (f"Write one of: {', '.join(names)}."),
            )
        return None, f"there is no {self.called.what} {text!r}", self._hint(text)

    def _longest(self, record):
        return next(
            (name for name, by_name in zip(self._ways(record), self._by_name, strict=True)
             if name and len(by_name[name]) == 1),
            "",
        )  # fmt: skip

    def _hint(self, text):
        if self.called is _ACCOUNT:
            zeros = self.model.search(
                self.domain & Domain("code", "in", [text.zfill(n) for n in range(2, 13)]), limit=1
            )
            if zeros:
                return f"Did a spreadsheet take the zeros of {zeros.code} away?"
            return "Create it, or add an alias for its old code."
        return "Create it first, or write another."

    def _all_names(self, record):
        return filter(None, (name(record) for name in self.called.names))

    def _ways(self, record):
        """All names of the record; the last is its own in this database."""
        names = [name(record) or "" for name in self.called.names]
        return [*names, f"{next(filter(None, reversed(names)), '')} #{record.id}"]


def _beginnings(text):
    """The text, and the name it may consist of besides what tells homonyms apart."""
    yield text
    for mark in (" (", " #"):
        at = text.find(mark)
        while at > 0:
            yield text[:at]
            at = text.find(mark, at + 1)


def _is_active(record):
    return "active" not in record._fields or record.active
