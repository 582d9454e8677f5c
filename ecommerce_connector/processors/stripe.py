"""Stripe: the itemized payout reconciliation report.

Source: Stripe's documentation "Payout reconciliation report type"
(https://docs.stripe.com/reports/report-types/payout-reconciliation) and "Reporting categories".
Columns and their order are chosen by whoever runs the report, so they are found by name.

* Amounts are in major units with a decimal point; ``fee`` is positive when charged and
  ``net = gross - fee``.
* ``automatic_payout_effective_at`` is the day the money leaves the Stripe balance and is expected
  at the bank.
* ``customer_facing_amount`` and ``customer_facing_currency`` are those of the charge or refund;
  where they are in another currency, ``gross`` is what Stripe turned them into.
* Columns ending in ``_utc`` are in UTC and preferred; the others are in the zone the report was
  run for, which the file does not say.
* The report has no row for the payout itself, but tools that fetch it append one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from ..core.dates import UTC, local_date
from ..core.errors import ReportError
from ..core.reasons import Reason
from ..core.settlements import BalanceTransaction, Money, TransactionKind
from .base import Identification, ParsedReport, ReportFile, ReportFormat
from .grouping import PayoutRow, group
from .layouts import looks_like
from .tables import Row, Table, read_columns, read_table

#: reporting_category → kind. What is known but has no treatment of its own is an adjustment, which
#: needs a rule; what is not listed is unknown. ``payout_reversal`` is a failed payout come back.
KINDS: dict[str, TransactionKind] = {
    "charge": TransactionKind.CHARGE,
    "refund": TransactionKind.REFUND,
    # A bank debit that bounced after it was credited: the money of a charge goes back.
    "charge_failure": TransactionKind.REFUND,
    "refund_failure": TransactionKind.REFUND_FAILURE,
    "dispute": TransactionKind.DISPUTE,
    "dispute_reversal": TransactionKind.DISPUTE_REVERSAL,
    "fee": TransactionKind.FEE,
    "network_cost": TransactionKind.FEE,
    "tax": TransactionKind.FEE,
    "risk_reserved_funds": TransactionKind.RESERVE_HOLD,
    "connect_reserved_funds": TransactionKind.RESERVE_HOLD,
    "payout": TransactionKind.PAYOUT,
    "payout_reversal": TransactionKind.PAYOUT,
} | dict.fromkeys(
    (
        "advance advance_funding anticipation_repayment climate_order_purchase climate_order_refund"
        " connect_collection_transfer contribution financing_paydown financing_paydown_reversal"
        " financing_payout financing_payout_reversal obligation other_adjustment partial_capture_reversal"
        " platform_earning platform_earning_refund topup topup_reversal transfer transfer_reversal"
        " unreconciled_customer_funds"
    ).split(),
    TransactionKind.ADJUSTMENT,
)

#: Where the store's order can be, best first: metadata as the store integrations write it, then
#: the column of Stripe's own (retired) orders. Metadata columns are in a report only when asked for.
ORDER_COLUMNS: tuple[str, ...] = (
    *(
        f"{group}_metadata[{key}]"
        for group in ("payment", "refund")
        for key in (
            *("order_id", "order_number", "ordernumber", "order", "order #"),
            *("order_ref", "order_reference", "ordercode", "order_code", "orderid"),
        )
    ),
    "order_id",
)

_PAID_ON = ("automatic_payout_effective_at_utc", "automatic_payout_effective_at")
_CREATED = ("created_utc", "created")
_SIGNATURE = frozenset({"balance_transaction_id", "reporting_category"})


class StripePayouts(ReportFormat):
    """Stripe's itemized payout reconciliation CSV, any version, any choice of columns."""

    code = "stripe"
    label = "Stripe payout reconciliation, itemized"
    mandatory = (
        ("automatic_payout_id",),
        _PAID_ON,
        ("balance_transaction_id",),
        _CREATED,
        ("currency",),
        ("gross",),
        ("fee",),
        ("net",),
        ("reporting_category",),
        ("source_id",),
    )
    export_hint = (
        "In the Stripe dashboard open Reports, Payout reconciliation, and download the itemized report with these"
        " columns."
    )

    def identify(self, file: ReportFile) -> Identification | None:
        try:
            columns = read_columns(file)
        except ReportError:
            return None
        if not _SIGNATURE <= set(columns):
            return None
        missing = self.missing_columns(columns)
        return Identification(
            processor=self.code,
            layout=self.label,
            confidence=50 if missing else 95,
            reason="it has Stripe's columns" + (f", but not {', '.join(missing)}" if missing else ""),
        )

    def parse(
        self,
        file: ReportFile,
        *,
        zone: ZoneInfo,
        default_currency: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> ParsedReport:
        table = read_table(file)
        missing = self.missing_columns(table.columns)
        if missing:
            raise _missing(file.name, missing, looks_like(table.columns), self.export_hint)
        report = group(file.name, self.code, _rows(table, zone))
        return ParsedReport(payouts=report.payouts, notices=(*_zone_notices(table, zone), *report.notices))


def _missing(file: str, missing: tuple[str, ...], looks: str, export_hint: str) -> ReportError:
    what = "column is" if len(missing) == 1 else "columns are"
    problem = f"the {what} missing that a Stripe payout reconciliation report needs: {', '.join(missing)}"
    return ReportError(file, f"it looks like {looks}; {problem}" if looks else problem, hint=export_hint)


def _zone_notices(table: Table, zone: ZoneInfo) -> Iterator[Reason]:
    local = [names[1] for names in (_CREATED, _PAID_ON) if names[0] not in table.columns]
    if local:
        yield Reason(
            code="zone_assumed",
            message=f"The times in {' and '.join(local)} carry no time zone; they were read as {zone.key}.",
            hint="If the report was run for another time zone, export it with the columns ending in _utc.",
            key=zone.key,
        )


def _rows(table: Table, zone: ZoneInfo) -> Iterator[PayoutRow]:
    created, created_zone = _time_column(table, _CREATED, zone)
    paid_on, paid_on_zone = _time_column(table, _PAID_ON, zone)
    for row in table.rows:
        payout_id = row.text("automatic_payout_id")
        currency = row.currency("currency")
        day = _day(row, paid_on, paid_on_zone, zone) if payout_id else None
        if row.text("reporting_category").casefold() == "payout":
            # Not a movement of the balance we book: the figure that the others must add up to.
            figure = row.amount("net", currency)
            yield PayoutRow(row=row, payout_id=payout_id, currency=currency, paid_on=day, check_figure=figure)
            continue
        yield PayoutRow(
            row=row,
            payout_id=payout_id,
            currency=currency,
            paid_on=day,
            transaction=_transaction(row, currency, created, created_zone, zone),
            bank_reference=row.text("trace_id"),
        )


def _time_column(table: Table, names: tuple[str, str], zone: ZoneInfo) -> tuple[str, ZoneInfo | timezone]:
    """Which of the two columns is read, and whose time is in it."""
    utc, local = names
    return (utc, UTC) if utc in table.columns else (local, zone)


def _day(row: Row, column: str, written_in: ZoneInfo | timezone, zone: ZoneInfo) -> date:
    """The day of a payout.

    Stripe gives a day as midnight UTC: then it is a calendar day, the same everywhere, and not an
    instant that is still the day before in America.
    """
    at = row.instant(column, written_in)
    in_utc = at.astimezone(UTC)
    if (in_utc.hour, in_utc.minute, in_utc.second) == (0, 0, 0):
        return in_utc.date()
    return local_date(at, zone)


def _transaction(
    row: Row, currency: str, created: str, created_zone: ZoneInfo | timezone, zone: ZoneInfo
) -> BalanceTransaction:
    gross, fee, net = (row.amount(column, currency) for column in ("gross", "fee", "net"))
    if gross - fee != net:
        problem = f"{gross} gross - {fee} fee is {gross - fee}, not {net}"
        raise row.error("net", problem, "The row was changed, or columns were mixed up. Export the report again.")
    raw_kind = row.required("reporting_category").casefold()
    return BalanceTransaction(
        external_id=row.required("balance_transaction_id"),
        kind=_kind(raw_kind, gross),
        raw_kind=raw_kind,
        currency=currency,
        gross=gross,
        fee=fee,
        net=net,
        at=row.instant(created, created_zone).astimezone(zone),
        source_id=row.text("source_id"),
        charge_id=row.text("charge_id"),
        payment_intent_id=row.text("payment_intent_id"),
        order_reference=row.first(*ORDER_COLUMNS),
        description=row.text("description"),
        charged=_charged(row, currency, gross),
        row=row.number,
    )


def _charged(row: Row, currency: str, gross: Decimal) -> Money | None:
    """The charge or refund as the customer saw it, where Stripe turned it into the currency of the balance."""
    code = row.currency("customer_facing_currency", currency)
    if code == currency or not gross or not row.text("customer_facing_amount"):
        return None
    amount = row.amount("customer_facing_amount", code)
    # The report's columns are described without a sign; a refund's is that of its gross.
    return Money(amount.copy_abs().copy_sign(gross), code) if amount else None


def _kind(raw_kind: str, gross: Decimal) -> TransactionKind:
    kind = KINDS.get(raw_kind, TransactionKind.UNKNOWN)
    if kind is TransactionKind.RESERVE_HOLD and gross > 0:
        return TransactionKind.RESERVE_RELEASE
    return kind
