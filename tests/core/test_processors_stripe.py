"""Stripe's payout reconciliation report."""

import random
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from payout_builders import LOS_ANGELES, PARIS, STRIPE_ROW, stripe_report, text_file

from ecommerce_connector.core.errors import ReportError
from ecommerce_connector.core.settlements import Money, TransactionKind
from ecommerce_connector.processors import ReportFile
from ecommerce_connector.processors.stripe import KINDS, ORDER_COLUMNS, StripePayouts

OWN_REPORT = Path(__file__).parent / "reports" / "stripe_january.csv"


def parse(file, zone=PARIS):
    return StripePayouts().parse(file, zone=zone)


def own_report():
    return ReportFile(name=OWN_REPORT.name, content=OWN_REPORT.read_bytes())


# What is read


def test_payouts_are_the_sums_of_their_rows():
    report = parse(own_report())

    assert [(p.external_id, p.amount, p.currency, p.paid_on, len(p.transactions)) for p in report.payouts] == [
        ("po_1", Decimal("109.91"), "EUR", date(2026, 1, 20), 4),
        ("po_2", Decimal("-40.00"), "EUR", date(2026, 1, 27), 3),
    ]
    assert [(p.processor, p.source, p.difference) for p in report.payouts] == [
        ("stripe", "stripe_january.csv", Decimal(0))
    ] * 2


def test_one_row_is_one_balance_transaction():
    charge = parse(own_report()).payouts[0].transactions[0]

    assert (charge.external_id, charge.kind, charge.raw_kind) == ("txn_1", TransactionKind.CHARGE, "charge")
    assert (str(charge.gross), str(charge.fee), str(charge.net)) == ("110.00", "3.49", "106.51")
    assert charge.at == datetime(2026, 1, 16, 22, 30, tzinfo=timezone.utc)
    assert charge.at.date() == date(2026, 1, 16) and charge.at.tzinfo is PARIS
    assert (charge.source_id, charge.charge_id, charge.payment_intent_id) == ("ch_1", "ch_1", "pi_1")
    assert (charge.order_reference, charge.description, charge.row) == ("1001", "Order 1001", 2)


def test_rows_keep_the_order_and_the_line_numbers_of_the_file():
    payouts = parse(own_report()).payouts

    assert [tx.row for payout in payouts for tx in payout.transactions] == [2, 3, 5, 6, 7, 8, 9]


def test_pending_rows_are_left_out_and_said():
    (notice,) = parse(own_report()).notices

    assert (notice.code, notice.amount, notice.key) == ("pending_rows", Decimal("19.45"), "EUR")
    assert str(notice) == (
        "Rows that are not paid out yet were left out: 1, 19.45 EUR net. They come with the report of their payout."
    )


def test_columns_are_found_by_name_in_any_order():
    file = stripe_report({}, {"gross": "20", "fee": "1", "net": "19"})
    lines = [line.split(",") for line in file.content.decode().splitlines()]
    order = list(range(len(lines[0])))
    random.Random(7).shuffle(order)
    shuffled = "\n".join(",".join(line[at] for at in order) for line in lines)

    assert parse(text_file(shuffled, file.name)) == parse(file)


@pytest.mark.parametrize(
    ("category", "gross", "kind"),
    [
        ("charge", "5", TransactionKind.CHARGE),
        ("Charge", "5", TransactionKind.CHARGE),
        ("refund", "-5", TransactionKind.REFUND),
        ("charge_failure", "-5", TransactionKind.REFUND),
        ("refund_failure", "5", TransactionKind.REFUND_FAILURE),
        ("dispute", "-5", TransactionKind.DISPUTE),
        ("dispute_reversal", "5", TransactionKind.DISPUTE_REVERSAL),
        ("fee", "-5", TransactionKind.FEE),
        ("network_cost", "-5", TransactionKind.FEE),
        ("tax", "-5", TransactionKind.FEE),
        ("risk_reserved_funds", "-5", TransactionKind.RESERVE_HOLD),
        ("risk_reserved_funds", "5", TransactionKind.RESERVE_RELEASE),
        ("other_adjustment", "-5", TransactionKind.ADJUSTMENT),
        ("payout_reversal", "5", TransactionKind.PAYOUT),
        ("brand_new_thing", "-5", TransactionKind.UNKNOWN),
    ],
)
def test_kinds_by_reporting_category(category, gross, kind):
    report = parse(stripe_report({"reporting_category": category, "gross": gross, "fee": "0", "net": gross}))

    (row,) = report.payouts[0].transactions
    assert (row.kind, row.raw_kind) == (kind, category.lower())


def test_the_table_of_kinds_does_not_know_what_is_unknown():
    assert TransactionKind.UNKNOWN not in KINDS.values()


# Times


def test_a_utc_column_is_preferred_and_nothing_is_assumed():
    report = parse(
        stripe_report({"created": "2026-01-16 14:30:00", "automatic_payout_effective_at": "2026-01-19 16:00:00"}),
        LOS_ANGELES,
    )

    assert report.notices == ()
    assert report.payouts[0].transactions[0].at.isoformat() == "2026-01-16T14:30:00-08:00"


def test_local_columns_are_read_in_the_zone_and_said():
    local = {"created": "2026-01-16 14:30:00", "automatic_payout_effective_at": "2026-01-19 16:00:00"}
    file = stripe_report(local, without=("created_utc", "automatic_payout_effective_at_utc"))

    report = parse(file, LOS_ANGELES)

    assert report.payouts[0].transactions[0].at == datetime(2026, 1, 16, 22, 30, tzinfo=timezone.utc)
    assert report.payouts[0].paid_on == date(2026, 1, 20)
    assert [(n.code, n.key) for n in report.notices] == [("zone_assumed", "America/Los_Angeles")]
    assert "created and automatic_payout_effective_at carry no time zone" in report.notices[0].message


@pytest.mark.parametrize(
    ("effective_at", "zone", "day"),
    [
        ("2026-01-20 00:00:00", LOS_ANGELES, date(2026, 1, 20)),  # midnight UTC is a day, not an instant
        ("2026-01-20", LOS_ANGELES, date(2026, 1, 20)),
        ("2026-01-20 00:40:56", LOS_ANGELES, date(2026, 1, 19)),
        ("2026-01-20 23:30:00", PARIS, date(2026, 1, 21)),
    ],
)
def test_the_day_of_a_payout(effective_at, zone, day):
    report = parse(stripe_report({"automatic_payout_effective_at_utc": effective_at}), zone)

    assert report.payouts[0].paid_on == day


def test_two_days_in_one_payout_are_said():
    report = parse(stripe_report({}, {"automatic_payout_effective_at_utc": "2026-01-22 00:00:00"}))

    assert report.payouts[0].paid_on == date(2026, 1, 22)
    assert report.notices[0].message == (
        "Payout po_1 has several dates: 2026-01-20 (row 2), 2026-01-22 (row 3). The last one is used."
    )


# References


@pytest.mark.parametrize("column", ORDER_COLUMNS)
def test_order_reference_columns(column):
    report = parse(stripe_report({column: "1001"}))

    assert report.payouts[0].transactions[0].order_reference == "1001"


def test_metadata_columns_in_the_spelling_of_the_integration():
    row = parse(stripe_report({"payment_metadata[orderCode]": "ABC", "order_id": "or_1"})).payouts[0].transactions[0]

    assert row.order_reference == "ABC"


def test_trace_id_is_the_bank_reference():
    assert parse(stripe_report({}, {"trace_id": "ST-5ZHG5Y3YVT"})).payouts[0].bank_reference == "ST-5ZHG5Y3YVT"


# The payout's own row

PAYOUT_ROW = {"reporting_category": "payout", "source_id": "po_1", "gross": "24", "fee": "0"}


@pytest.mark.parametrize("net", ["106.51", "-106.51"])
def test_a_payout_row_is_a_check_figure_and_no_transaction(net):
    report = parse(stripe_report({}, PAYOUT_ROW | {"net": net}))

    assert report.payouts[0].amount == Decimal("106.51")
    assert [tx.external_id for tx in report.payouts[0].transactions] == ["txn_1"]


def test_a_payout_row_that_is_not_the_sum():
    with pytest.raises(ReportError) as caught:
        parse(stripe_report({}, {}, PAYOUT_ROW | {"net": "106.51"}))

    assert str(caught.value) == (
        "stripe.csv, row 4, column 'net': payout po_1 is 106.51 EUR, but its transactions add up to 213.02: "
        "a difference of -106.51. Rows are missing or too many. Export the report for the whole payout again."
    )


# What is refused


def test_all_missing_columns_are_named_at_once():
    file = stripe_report({}, without=("net", "created_utc", "automatic_payout_effective_at_utc", "source_id"))

    with pytest.raises(ReportError) as caught:
        parse(file)

    assert str(caught.value) == (
        "stripe.csv: the columns are missing that a Stripe payout reconciliation report needs: "
        "automatic_payout_effective_at_utc or automatic_payout_effective_at, created_utc or created, net, source_id. "
        "In the Stripe dashboard open Reports, Payout reconciliation, and download the itemized report with these "
        "columns."
    )


@pytest.mark.parametrize("column", STRIPE_ROW)
def test_each_mandatory_column(column):
    with pytest.raises(ReportError, match=f"the column is missing that a Stripe .* needs: {column}"):
        parse(stripe_report({}, without=(column,)))


def test_another_export_of_stripe_is_named():
    header = "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Description"
    balance_history = f"{header}\ntxn_1,charge,ch_1,5,0,5,eur,2026-01-16 22:30,x\n"

    with pytest.raises(ReportError, match="it looks like a Stripe balance history export; the columns are missing"):
        parse(text_file(balance_history))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"net": "106.52"}, "row 3, column 'net': 110.00 gross - 3.49 fee is 106.51, not 106.52"),
        ({"net": "106.5"}, "row 3, column 'net': 110.00 gross - 3.49 fee is 106.51, not 106.50"),
        ({"fee": ""}, "row 3, column 'fee': it is empty"),
        ({"gross": "NaN"}, "row 3, column 'gross': 'NaN' is not an amount"),
        ({"gross": "Infinity"}, "row 3, column 'gross': 'Infinity' is not an amount"),
        ({"gross": '"110,00"'}, "row 3, column 'gross': '110,00' has a decimal comma"),
        ({"currency": "eurs"}, "row 3, column 'currency': 'EURS' is not an ISO 4217 currency code"),
        ({"currency": ""}, "row 3, column 'currency': it is empty"),
        ({"currency": "usd"}, "row 3, column 'currency': payout po_1 is in EUR in row 2 and in USD here"),
        ({"created_utc": "16/01/2026"}, "row 3, column 'created_utc': '16/01/2026' is not a time"),
        ({"automatic_payout_effective_at_utc": ""}, "row 3, column 'automatic_payout_effective_at_utc': it is empty"),
        ({"balance_transaction_id": ""}, "row 3, column 'balance_transaction_id': it is empty"),
        ({"reporting_category": ""}, "row 3, column 'reporting_category': it is empty"),
        ({"balance_transaction_id": "txn_1"}, "row 3: balance transaction txn_1 is listed twice, in rows 2 and 3"),
    ],
)
def test_a_bad_row_is_named(change, problem):
    with pytest.raises(ReportError, match=re.escape(f"stripe.csv, {problem}")):
        parse(stripe_report({}, change, {}))


def test_a_transaction_in_two_payouts_is_refused():
    with pytest.raises(ReportError, match="balance transaction txn_1 is listed twice, in rows 2 and 3"):
        parse(stripe_report({}, {"balance_transaction_id": "txn_1", "automatic_payout_id": "po_2"}))


def test_an_encoding_that_is_not_utf8_is_refused():
    content = stripe_report({"description": "Café"}).content.decode().encode("latin-1")

    with pytest.raises(ReportError, match=r"row 2: byte \d+ \(0xE9\) is not UTF-8 text"):
        parse(ReportFile(name="stripe.csv", content=content))


@pytest.mark.parametrize(
    ("gross", "amount", "currency", "charged"),
    [
        ("98.21", "110.00", "usd", Money(Decimal("110.00"), "USD")),
        ("-98.21", "110.00", "usd", Money(Decimal("-110.00"), "USD")),
        ("-98.21", "-110.00", "usd", Money(Decimal("-110.00"), "USD")),
        ("98.21", "15000", "jpy", Money(Decimal("15000"), "JPY")),
        ("98.21", "98.21", "eur", None),
        ("98.21", "", "", None),
        ("98.21", "0.00", "usd", None),
    ],
)
def test_a_charge_that_stripe_converted(gross, amount, currency, charged):
    change = {
        "gross": gross, "fee": "0.00", "net": gross, "customer_facing_amount": amount,
        "customer_facing_currency": currency, "reporting_category": "refund" if gross.startswith("-") else "charge",
    }  # fmt: skip
    (payout,) = parse(stripe_report(change)).payouts

    assert payout.transactions[0].charged == charged
