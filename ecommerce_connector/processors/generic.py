"""A CSV of our own, for processors without a format and for payouts kept by hand.

One row per balance transaction; comma, semicolon or tab; UTF-8 (cp1252 is understood). Columns
in any order, others are ignored:

========================  =========  ==============================================================
column                    needed     meaning
========================  =========  ==============================================================
``payout_id``             yes        the processor's id of the payout; empty: not paid out yet
``paid_on``               yes        day of the payout, ``2026-01-31``
``transaction_id``        yes        the processor's id of the balance transaction, unique
``type``                  yes        a value of ``TransactionKind``, e.g. ``charge``
``gross``                 yes        signed, positive = into the balance; decimal point
``fee``                   yes        positive = charged, negative = given back
``net``                   yes        ``gross - fee``
``currency``              no         ISO code; without it, the processor account's
``date``                  no         day or ISO 8601 time of the transaction; without it, paid_on
``source_id``             no         id of the charge, refund, dispute … behind it
``charge_id``             no         the charge a refund or dispute belongs to
``order``                 no         the store's order number or id
``category``              no         the processor's own word for the movement, which rules for fees and
                                     other movements match; without it, the type
``description``           no         free text
``bank_reference``        no         what the bank line of the payout carries
``charged_amount``        no         what the customer was charged, where the processor turned it into the
                                     currency of the balance at once; signed like ``gross``
``charged_currency``      no         its ISO code
``exchange_rate``         no         units of the row's currency for one of the company's, on the row's day
``bank_amount``           no         in a row of type ``payout``: what arrives at the bank, where the processor
                                     turned the payout into the bank's currency
``bank_currency``         no         its ISO code
``conversion_fee``        no         what it took for that, in ``bank_currency``, positive
========================  =========  ==============================================================

A row of type ``payout`` is optional: its ``net`` must be what the others of that payout add up
to. ``docs/payout-csv.md`` says the same to users. Option ``processor``: code of the processor
the payouts are of, ``generic`` by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..core.errors import ReportError
from ..core.rounding import ZERO
from ..core.settlements import BalanceTransaction, Conversion, Money, TransactionKind
from .base import Identification, ParsedReport, ReportFile, ReportFormat
from .grouping import PayoutRow, group
from .layouts import looks_like
from .tables import Row, Table, read_columns, read_table


class GenericPayouts(ReportFormat):
    """The connector's own payout CSV."""

    code = "generic"
    label = "Generic payout CSV"
    mandatory = (("payout_id",), ("paid_on",), ("transaction_id",), ("type",), ("gross",), ("fee",), ("net",))
    export_hint = "docs/payout-csv.md describes the columns."

    def identify(self, file: ReportFile) -> Identification | None:
        try:
            columns = read_columns(file)
        except ReportError:
            return None
        if self.missing_columns(columns):
            return None
        return Identification(
            processor=self.code, layout=self.label, confidence=80, reason="it has all columns of the generic layout"
        )

    def parse(
        self,
        file: ReportFile,
        *,
        zone: ZoneInfo,
        default_currency: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> ParsedReport:
        table = read_table(file, fallback="cp1252")
        missing = self.missing_columns(table.columns)
        if not default_currency and "currency" not in table.columns:
            missing += ("currency",)
        if missing:
            problem = f"the generic payout CSV needs columns that are missing: {', '.join(missing)}"
            looks = looks_like(table.columns)
            problem = f"it looks like {looks}; {problem}" if looks else problem
            raise ReportError(file.name, problem, hint=self.export_hint)
        processor = (options or {}).get("processor", self.code)
        return group(file.name, processor, _rows(table, zone, default_currency))


def _rows(table: Table, zone: ZoneInfo, default_currency: str | None) -> Iterator[PayoutRow]:
    for row in table.rows:
        currency = row.currency("currency", default_currency)
        payout_id = row.text("payout_id")
        kind = _kind(row)
        if kind is TransactionKind.PAYOUT:
            yield PayoutRow(
                row=row,
                payout_id=row.required("payout_id"),
                currency=currency,
                paid_on=row.day("paid_on"),
                check_figure=row.amount("net", currency),
                conversion=_conversion(row, currency),
                exchange_rate=row.rate("exchange_rate"),
                bank_reference=row.text("bank_reference"),
            )
            continue
        yield PayoutRow(
            row=row,
            payout_id=payout_id,
            currency=currency,
            paid_on=row.day("paid_on") if payout_id else None,
            transaction=_transaction(row, kind, currency, zone),
            bank_reference=row.text("bank_reference"),
        )


def _kind(row: Row) -> TransactionKind:
    text = row.required("type").casefold()
    try:
        return TransactionKind(text)
    except ValueError:
        known = ", ".join(kind.value for kind in TransactionKind)
        raise row.error("type", f"{text!r} is not one of {known}", "Use 'unknown' for what fits none.") from None


def _conversion(row: Row, currency: str) -> Conversion | None:
    arriving = _other_amount(row, "bank_amount", "bank_currency", currency, row.amount("net", currency))
    if arriving is None:
        if row.text("conversion_fee"):
            raise row.error("conversion_fee", "there is no bank_amount", "Write what arrives at the bank, too.")
        return None
    fee = row.amount("conversion_fee", arriving.currency) if row.text("conversion_fee") else ZERO
    if fee < 0:
        raise row.error("conversion_fee", f"{fee} is negative", "Write what was charged as a positive amount.")
    return Conversion(amount=arriving.amount, currency=arriving.currency, fee=fee)


def _other_amount(row: Row, column: str, currency_column: str, currency: str, own: Decimal) -> Money | None:
    """An amount in another currency than the row's, None if the row has none.

    :param own: the same in the currency of the row
    """
    if not row.text(column) and not row.text(currency_column):
        return None
    code = row.currency(currency_column)
    amount = row.amount(column, code)
    if code == currency:
        raise row.error(currency_column, f"it is {code} like the row's currency", "Leave both columns empty.")
    if amount * own <= 0:
        raise row.error(column, f"{amount} {code} cannot be {own} {currency}", "Correct the amount or its sign.")
    return Money(amount, code)


def _transaction(row: Row, kind: TransactionKind, currency: str, zone: ZoneInfo) -> BalanceTransaction:
    gross, fee, net = (row.amount(column, currency) for column in ("gross", "fee", "net"))
    if gross - fee != net:
        raise row.error("net", f"{gross} gross - {fee} fee is {gross - fee}, not {net}", "Correct the row.")
    return BalanceTransaction(
        external_id=row.required("transaction_id"),
        kind=kind,
        raw_kind=row.text("category") or kind.value,
        currency=currency,
        gross=gross,
        fee=fee,
        net=net,
        at=_at(row, zone),
        source_id=row.text("source_id"),
        charge_id=row.text("charge_id"),
        order_reference=row.text("order"),
        description=row.text("description"),
        charged=_other_amount(row, "charged_amount", "charged_currency", currency, gross),
        exchange_rate=row.rate("exchange_rate"),
        row=row.number,
    )


def _at(row: Row, zone: ZoneInfo) -> datetime:
    """When it happened, in the zone; a day without a time begins at midnight there."""
    if row.text("date"):
        return row.instant("date", zone).astimezone(zone)
    day: date = row.day("paid_on")
    return datetime.combine(day, time(), zone)
