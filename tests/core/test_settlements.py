"""Payouts and balance transactions check themselves, as orders do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import at

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.settlements import BalanceTransaction, Payout, TransactionKind

D = Decimal


def refused(make) -> str:
    with pytest.raises(PayloadError) as caught:
        make()
    return str(caught.value)


def movement(**more) -> BalanceTransaction:
    values = {
        "external_id": "txn_1", "kind": TransactionKind.CHARGE, "raw_kind": "charge", "currency": "EUR",
        "gross": D("110.00"), "fee": D("3.49"), "net": D("106.51"), "at": at("2026-01-16 22:30"),
    }  # fmt: skip
    return BalanceTransaction(**(values | more))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"net": D("106.50")}, "net: 110.00 gross - 3.49 fee is not 106.50 net."),
        ({"fee": D("3.495")}, "fee: 3.495 has more decimals than EUR has."),
        ({"gross": D("NaN")}, "gross: NaN is not an amount of money."),
        ({"net": 106.51}, "net: 106.51 is not an exact decimal amount."),
        ({"currency": "eur"}, "currency: 'eur' is not an ISO 4217 currency code."),
    ],
)
def test_balance_transaction(changes: dict, message: str) -> None:
    assert refused(lambda: movement(**changes)) == f"balance transaction txn_1, {message}"


def test_payout() -> None:
    values = {
        "external_id": "po_1", "processor": "stripe", "currency": "EUR", "amount": D("106.50"),
        "paid_on": date(2026, 1, 20), "transactions": (movement(),),
    }  # fmt: skip
    assert Payout(**values).difference == D("-0.01")
    assert Payout(**(values | {"amount": D("106.51")})).difference == 0
    assert refused(lambda: Payout(**(values | {"currency": "EURO"}))).startswith("payout po_1, currency: ")
    assert refused(lambda: Payout(**(values | {"amount": D("0.001")}))).startswith("payout po_1, amount: ")
    other = movement(currency="USD")
    assert refused(lambda: Payout(**(values | {"transactions": (other,)}))) == (
        "payout po_1, balance transaction txn_1: its currency is USD, the payout's is EUR."
    )
