"""Short ways to write reports, balance transactions and payments in tests."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ecommerce_connector.core.evidence import LedgerPayment
from ecommerce_connector.core.settlements import BalanceTransaction, Payout, TransactionKind
from ecommerce_connector.processors import ReportFile

PARIS = ZoneInfo("Europe/Paris")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")

STRIPE_ROW = {
    "automatic_payout_id": "po_1",
    "automatic_payout_effective_at_utc": "2026-01-20 00:00:00",
    "balance_transaction_id": "txn_1",
    "created_utc": "2026-01-16 22:30:00",
    "currency": "eur",
    "gross": "110.00",
    "fee": "3.49",
    "net": "106.51",
    "reporting_category": "charge",
    "source_id": "ch_1",
}


def stripe_report(*changes: dict[str, str], without: tuple[str, ...] = (), name: str = "stripe.csv") -> ReportFile:
    """A Stripe report with one row per set of changes to ``STRIPE_ROW``; ids are numbered."""
    rows = [
        STRIPE_ROW | {"balance_transaction_id": f"txn_{at}", "source_id": f"ch_{at}"} | change
        for at, change in enumerate(changes, 1)
    ]
    columns = [column for column in dict.fromkeys(key for row in rows for key in row) if column not in without]
    lines = [",".join(columns)] + [",".join(row.get(column, "") for column in columns) for row in rows]
    return ReportFile(name=name, content=("\n".join(lines) + "\n").encode())


def text_file(text: str, name: str = "report.csv") -> ReportFile:
    return ReportFile(name=name, content=text.encode())


def transaction(external_id: str, gross: str, fee: str = "0", **fields) -> BalanceTransaction:
    """A charge or, if negative, a refund on 2026-01-16, unless said otherwise."""
    amount, cost = Decimal(gross), Decimal(fee)
    kind = fields.pop("kind", TransactionKind.REFUND if amount < 0 else TransactionKind.CHARGE)
    values = {
        "currency": "EUR",
        "raw_kind": kind.value,
        "at": datetime(2026, 1, 16, 12, tzinfo=PARIS),
        "net": amount - cost,
    }
    return BalanceTransaction(external_id=external_id, kind=kind, gross=amount, fee=cost, **(values | fields))


def payment(id: int, amount: str, **fields) -> LedgerPayment:
    values = {"currency": "EUR", "date": date(2026, 1, 16)}
    return LedgerPayment(id=id, amount=Decimal(amount), **(values | fields))


def payout_of(*transactions: BalanceTransaction, **fields) -> Payout:
    """A payout of what its transactions add up to."""
    values = {
        "external_id": "po_1",
        "processor": "stripe",
        "currency": "EUR",
        "amount": sum((tx.net for tx in transactions), Decimal(0)),
        "paid_on": date(2026, 1, 20),
    }
    return Payout(transactions=transactions, **(values | fields))
