"""From the rows of an itemized report to payouts.

What every itemized report has in common: a balance transaction is listed once, a payout has one
currency and one day, and where the report repeats the payout as a row of its own, that row is the
figure the others must add up to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..core.errors import ReportError
from ..core.reasons import Reason
from ..core.rounding import total
from ..core.settlements import BalanceTransaction, Conversion, Payout
from .base import ParsedReport
from .tables import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRow:
    """One row of a report, read.

    :ivar payout_id: empty while the processor has not paid it out
    :ivar paid_on: None only for a row that is not paid out
    :ivar transaction: None for the payout's own row
    :ivar conversion: from the payout's own row
    :ivar exchange_rate: from the payout's own row
    :ivar check_figure: net of the payout's own row, signed as the report has it
    """

    row: Row
    payout_id: str
    currency: str
    paid_on: date | None
    transaction: BalanceTransaction | None = None
    check_figure: Decimal | None = None
    conversion: Conversion | None = None
    exchange_rate: Decimal | None = None
    bank_reference: str = ""


def group(file: str, processor: str, rows: Iterable[PayoutRow]) -> ParsedReport:
    """Payouts in the order of the file, and a notice for the rows without one.

    :raises ReportError: a transaction listed twice, two currencies in one payout, or a payout row
        that is not the sum of the others
    """
    listed = list(rows)
    _check_unique(file, listed)
    by_payout: dict[str, list[PayoutRow]] = {}
    for row in listed:
        by_payout.setdefault(row.payout_id, []).append(row)
    pending = by_payout.pop("", [])
    notices = list(_pending_notices(pending))
    payouts = []
    for payout_id, members in by_payout.items():
        days = {row.paid_on: row.row.number for row in reversed(members) if row.paid_on}
        payouts.append(_payout(file, processor, payout_id, members, max(days)))
        if len(days) > 1:
            notices.append(_days_notice(payout_id, days))
    return ParsedReport(payouts=tuple(payouts), notices=tuple(notices))


def _check_unique(file: str, rows: list[PayoutRow]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        if row.transaction is None:
            continue
        external_id = row.transaction.external_id
        if external_id in seen:
            raise ReportError(
                file,
                f"balance transaction {external_id} is listed twice, in rows {seen[external_id]} and {row.row.number}",
                row=row.row.number,
                hint="The file was put together from several exports. Export the report again.",
            )
        seen[external_id] = row.row.number


def _payout(file: str, processor: str, payout_id: str, members: list[PayoutRow], paid_on: date) -> Payout:
    currency = members[0].currency
    for row in members:
        if row.currency != currency:
            problem = f"payout {payout_id} is in {currency} in row {members[0].row.number} and in {row.currency} here"
            raise row.row.error("currency", problem, "A payout has one currency. Export the report again.")
    transactions = tuple(row.transaction for row in members if row.transaction)
    conversions = [row for row in members if row.conversion]
    payout = Payout(
        external_id=payout_id,
        processor=processor,
        currency=currency,
        amount=total([transaction.net for transaction in transactions]),
        paid_on=paid_on,
        transactions=transactions,
        bank_reference=next((row.bank_reference for row in members if row.bank_reference), ""),
        source=file,
        conversion=conversions[0].conversion if conversions else None,
        exchange_rate=next((row.exchange_rate for row in members if row.exchange_rate), None),
        is_stated=any(row.check_figure is not None for row in members),
    )
    for row in members:
        _check_sum(payout, row)
    return payout


def _check_sum(payout: Payout, row: PayoutRow) -> None:
    """Compare the payout's own row with the sum of the others.

    The row is positive where it states the transfer and negative where it states what left the
    balance (Stripe's API does the latter), so its sign says nothing.
    """
    if row.check_figure is None or abs(row.check_figure) == abs(payout.amount):
        return
    difference = abs(row.check_figure) - abs(payout.amount)
    raise row.row.error(
        "net",
        f"payout {payout.external_id} is {abs(row.check_figure)} {payout.currency}, but its "
        f"transactions add up to {payout.amount}: a difference of {difference}",
        "Rows are missing or too many. Export the report for the whole payout again.",
    )


def _pending_notices(rows: list[PayoutRow]) -> Iterator[Reason]:
    """One notice per currency for the rows that are not paid out yet."""
    for currency in sorted({row.currency for row in rows}):
        found = [row for row in rows if row.currency == currency]
        amount = total([row.transaction.net for row in found if row.transaction])
        yield Reason(
            code="pending_rows",
            message=f"Rows that are not paid out yet were left out: {len(found)}, {amount} {currency} net.",
            hint="They come with the report of their payout.",
            amount=amount,
            key=currency,
        )


def _days_notice(payout_id: str, days: dict[date, int]) -> Reason:
    named = ", ".join(f"{day} (row {row})" for day, row in sorted(days.items()))
    return Reason(
        code="several_payout_dates",
        message=f"Payout {payout_id} has several dates: {named}. The last one is used.",
        hint="Compare it with the processor's own page of the payout before posting.",
        key=payout_id,
    )
