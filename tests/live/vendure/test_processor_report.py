"""The payout report follows from the store's payments, to the cent."""

import csv
from decimal import Decimal

import pytest

from .processor_report import COLUMNS, bank_line, payout_rows, payout_total, write_csv
from .recorded_store import load


@pytest.fixture
def orders():
    return load()["orders"]


def _gross(rows, category):
    return sum(Decimal(row["gross"]) for row in rows if row["reporting_category"] == category)


def test_charges_and_refunds_are_those_of_the_card(orders):
    card = [p for o in orders if o["currencyCode"] == "EUR" for p in o["payments"] if _is_charged(p)]
    rows = payout_rows(orders, "EUR")
    assert _gross(rows, "charge") * 100 == sum(payment["amount"] for payment in card)
    assert _gross(rows, "refund") * 100 == -sum(refund["total"] for p in card for refund in p["refunds"])
    assert sum(Decimal(row["fee"]) for row in rows) * 100 == sum(p["metadata"]["fee"] for p in card)


def _is_charged(payment):
    return payment["method"].startswith("card") and payment["state"] == "Settled"


def test_each_row_adds_up_and_belongs_to_the_payout(orders):
    rows = payout_rows(orders, "EUR")
    assert all(Decimal(row["gross"]) - Decimal(row["fee"]) == Decimal(row["net"]) for row in rows)
    assert {row["automatic_payout_id"] for row in rows} == {"po_live_EUR"}
    assert len({row["balance_transaction_id"] for row in rows}) == len(rows)
    sources = [row["source_id"] for row in rows]
    assert len(set(sources)) == len(rows)
    assert sources.count("") == 1


def test_the_fee_of_the_payout_itself_has_no_charge(orders):
    (fee,) = [row for row in payout_rows(orders, "USD") if row["reporting_category"] == "fee"]
    assert (fee["source_id"], fee["charge_id"], fee["order_id"]) == ("", "", "")
    assert Decimal(fee["net"]) == Decimal("-1.85")


def test_money_that_did_not_move_is_not_paid_out(orders):
    ids = {row["charge_id"] for row in payout_rows(orders, "EUR")}
    assert "ch_V1010" in ids  # captured after a decline
    assert not ids & {"ch_V1009", "ch_V1017"}  # authorized only


def test_the_bank_receives_the_sum(orders, tmp_path):
    rows = payout_rows(orders, "EUR")
    line = bank_line(rows)
    assert line["amount"] == payout_total(rows) > 0
    assert line["reference"] == "STRIPE PAYOUT po_live_EUR"
    write_csv(tmp_path / "payout.csv", rows)
    with (tmp_path / "payout.csv").open(newline="") as file:
        written = list(csv.DictReader(file))
    assert written == rows
    assert tuple(written[0]) == COLUMNS
    assert sum(Decimal(row["net"]) for row in written) == line["amount"]


def test_no_charges_no_payout(orders):
    assert payout_rows(orders, "GBP") == []
