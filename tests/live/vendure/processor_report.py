"""Write the payout report of the live store's card processor.

The processor's own servers cannot run here. What they would report follows from the store: each
card charge with the fee kept in its payment, each refund of it. The columns are those of Stripe's
itemized payout reconciliation. The payout is an instant one: a payout of tomorrow would be
in the future of the books that it is for.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Row = dict[str, str]

COLUMNS = (
    "automatic_payout_id",
    "automatic_payout_effective_at_utc",
    "balance_transaction_id",
    "created_utc",
    "available_on_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "charge_id",
    "payment_intent_id",
    "description",
    "order_id",
)
#: Charged once per payout, for no payment in particular.
NETWORK_COSTS = Decimal("1.85")
#: Digits after the point of the store's amounts, in any currency.
PRECISION = 2


def payout_rows(orders: Iterable[Json], currency: str) -> list[Row]:
    """Return the rows of the one payout of a currency, oldest first; none without charges.

    ``orders`` are as the Admin API returns them, with payments, their metadata, and refunds; see
    ``full_orders()`` of a store.
    """
    rows = [row for order in orders if order["currencyCode"] == currency for row in _order_rows(order)]
    if not rows:
        return []
    rows.sort(key=lambda row: (row["created_utc"], row["source_id"]))
    rows.append(_network_costs(rows[-1]))
    effective = rows[-1]["created_utc"]
    for number, row in enumerate(rows, start=1):
        row["automatic_payout_id"] = payout_id(currency)
        row["automatic_payout_effective_at_utc"] = effective
        row["balance_transaction_id"] = f"txn_{currency}_{number:03}"
    return rows


def payout_id(currency: str) -> str:
    """Return the id of a currency's payout."""
    return f"po_live_{currency}"


def payout_total(rows: Iterable[Row]) -> Decimal:
    """Return what the payout brings to the bank: the sum of the net amounts."""
    return sum((Decimal(row["net"]) for row in rows), Decimal(0))


def write_csv(path: Path, rows: Iterable[Row]) -> None:
    """Write the rows as the processor's export."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def bank_line(rows: list[Row]) -> Json:
    """Return the bank statement line of the payout: ``date`` (ISO), ``amount`` (Decimal), ``reference``."""
    return {
        "date": rows[0]["automatic_payout_effective_at_utc"][:10],
        "amount": payout_total(rows),
        "reference": f"STRIPE PAYOUT {rows[0]['automatic_payout_id']}",
    }


def _order_rows(order: Json) -> Iterator[Row]:
    for payment in order["payments"]:
        if payment["state"] != "Settled" or not _is_card(payment):
            continue
        charged = _charged_at(order, payment)
        fee = _major(payment["metadata"]["fee"])
        yield _row(order, payment, charged, _major(payment["amount"]), fee, "charge", payment["transactionId"])
        for refund in payment["refunds"]:
            if refund["state"] == "Settled":
                gross, source = -_major(refund["total"]), refund["transactionId"]
                yield _row(order, payment, refund["createdAt"], gross, Decimal("0.00"), "refund", source)


def _is_card(payment: Json) -> bool:
    return str(payment["transactionId"]).startswith("ch_")


def _charged_at(order: Json, payment: Json) -> str:
    """Return when the money moved: an authorized card is charged later than the payment was made."""
    return str(max(payment["createdAt"], payment.get("updatedAt") or ""))


def _row(order: Json, payment: Json, at: str, gross: Decimal, fee: Decimal, category: str, source: str) -> Row:
    created = datetime.fromisoformat(at.replace("Z", "+00:00")).strftime("%Y-%m-%d %H:%M:%S")
    charge_id = payment["transactionId"]
    return {
        "created_utc": created,
        "available_on_utc": created,
        "currency": order["currencyCode"].lower(),
        "gross": str(gross),
        "fee": str(fee),
        "net": str(gross - fee),
        "reporting_category": category,
        "source_id": source,
        "charge_id": charge_id,
        "payment_intent_id": charge_id.replace("ch_", "pi_"),
        "description": f"Order {order['code']}"
        if category == "charge"
        else f"REFUND FOR CHARGE (Order {order['code']})",
        "order_id": order["code"],
    }


def _network_costs(latest: Row) -> Row:
    """Return a cost which belongs to no charge: it must not be taken for a fee of one."""
    return dict.fromkeys(COLUMNS, "") | {
        "created_utc": latest["created_utc"],
        "available_on_utc": latest["available_on_utc"],
        "currency": latest["currency"],
        "gross": str(-NETWORK_COSTS),
        "fee": "0.00",
        "net": str(-NETWORK_COSTS),
        "reporting_category": "fee",
        "description": "Card network costs",
    }


def _major(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-PRECISION)
