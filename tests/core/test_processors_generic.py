"""The connector's own payout CSV."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from payout_builders import PARIS, text_file

from ecommerce_connector.core.errors import ReportError
from ecommerce_connector.core.settlements import Conversion, Money, TransactionKind
from ecommerce_connector.processors import ReportFile
from ecommerce_connector.processors.generic import GenericPayouts

OWN_REPORT = Path(__file__).parent / "reports" / "generic_february.csv"
HEADER = "payout_id,paid_on,currency,transaction_id,type,gross,fee,net"


def parse(text, **options):
    return GenericPayouts().parse(text_file(text), zone=PARIS, **options)


def test_the_documented_example():
    file = ReportFile(name=OWN_REPORT.name, content=OWN_REPORT.read_bytes())

    (payout,) = GenericPayouts().parse(file, zone=PARIS).payouts

    assert (payout.external_id, payout.processor, payout.bank_reference) == ("P-2026-02-03", "generic", "PAYREF-77120")
    assert (payout.amount, payout.currency, payout.paid_on) == (Decimal("94.51"), "EUR", date(2026, 2, 3))
    assert [(tx.external_id, tx.kind, tx.net, tx.at.isoformat()) for tx in payout.transactions] == [
        ("T1", TransactionKind.CHARGE, Decimal("106.51"), "2026-02-01T09:30:00+01:00"),
        ("T2", TransactionKind.REFUND, Decimal("-10.00"), "2026-02-02T00:00:00+01:00"),
        ("T3", TransactionKind.FEE, Decimal("-2.00"), "2026-02-03T00:00:00+01:00"),
    ]
    assert [(tx.source_id, tx.charge_id, tx.order_reference) for tx in payout.transactions] == [
        ("C1", "C1", "#1001"), ("R1", "C1", "#1001"), ("", "", ""),
    ]  # fmt: skip


def test_the_users_manual_names_every_column_and_type():
    manual = (Path(__file__).parents[2] / "docs" / "payout-csv.md").read_text()

    columns = [name for names in GenericPayouts.mandatory for name in names]
    columns += ["currency", "date", "source_id", "charge_id", "order", "description", "bank_reference"]
    columns += ["charged_amount", "charged_currency", "bank_amount", "bank_currency", "conversion_fee"]
    for word in [*columns, *(kind.value for kind in TransactionKind)]:
        assert f"`{word}`" in manual, word


def test_currency_of_the_processor_account():
    text = "payout_id,paid_on,transaction_id,type,gross,fee,net\nP1,2026-01-20,T1,charge,1500,50,1450\n"

    (payout,) = parse(text, default_currency="JPY").payouts

    assert (payout.currency, str(payout.amount)) == ("JPY", "1450")
    with pytest.raises(ReportError, match="needs columns that are missing: currency"):
        parse(text)


def test_the_processor_can_be_named():
    text = f"{HEADER}\nP1,2026-01-20,EUR,T1,charge,5,1,4\n"

    assert parse(text, options={"processor": "paypal"}).payouts[0].processor == "paypal"


def test_rows_without_a_payout_are_left_out_and_said():
    report = parse(f"{HEADER},date\n,,EUR,T1,charge,5,1,4,2026-01-19\nP1,2026-01-20,EUR,T2,charge,5,1,4,\n")

    assert [tx.external_id for tx in report.payouts[0].transactions] == ["T2"]
    assert [notice.code for notice in report.notices] == ["pending_rows"]


def test_a_spreadsheets_encoding_is_understood():
    content = f"{HEADER},description\nP1,2026-01-20,EUR,T1,charge,5,1,4,Café\n".encode("cp1252")

    (payout,) = GenericPayouts().parse(ReportFile(name="a.csv", content=content), zone=PARIS).payouts

    assert payout.transactions[0].description == "Café"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("P1,2026-01-20,EUR,T1,sale,5,1,4", "column 'type': 'sale' is not one of charge, refund, "),
        ("P1,20.01.2026,EUR,T1,charge,5,1,4", "column 'paid_on': '20.01.2026' is not a date such as 2026-01-31"),
        ("P1,2026-01-20,EUR,T1,charge,5,1,6", "column 'net': 5.00 gross - 1.00 fee is 4.00, not 6.00"),
        ('P1,2026-01-20,EUR,T1,charge,"5,00",1,4', "column 'gross': '5,00' has a decimal comma"),
        ("P1,2026-01-20,EUR,,charge,5,1,4", "column 'transaction_id': it is empty"),
        (
            "P1,2026-01-20,EUR,T9,payout,9,0,9",
            "column 'net': payout P1 is 9.00 EUR, but its transactions add up to 4",
        ),
        ("P1,2026-01-20,EUR,T0,charge,5,1,4", "balance transaction T0 is listed twice, in rows 2 and 3"),
        ("P1,2026-01-20,USD,T1,charge,5,1,4", "column 'currency': payout P1 is in EUR in row 2 and in USD here"),
        (",,EUR,T9,payout,9,0,9", "column 'payout_id': it is empty"),
    ],
)
def test_a_bad_row_is_named(line, problem):
    with pytest.raises(ReportError, match=re.escape(problem)) as caught:
        parse(f"{HEADER}\nP1,2026-01-20,EUR,T0,charge,5,1,4\n{line}\n")

    assert (caught.value.file, caught.value.row) == ("report.csv", 3)


CONVERTED = "payout_id,paid_on,currency,transaction_id,type,gross,fee,net,charged_amount,charged_currency,bank_amount"
CONVERTED += ",bank_currency,conversion_fee"


def test_a_payout_in_the_currency_of_the_bank():
    text = f"{CONVERTED}\nP1,2026-01-20,USD,T1,charge,110.00,3.50,106.50,,,,,\n"
    text += "P1,2026-01-20,USD,T2,payout,106.50,0,106.50,,,92.84,eur,1.41\n"

    (payout,) = parse(text).payouts

    assert payout.conversion == Conversion(amount=Decimal("92.84"), currency="EUR", fee=Decimal("1.41"))
    assert (payout.amount, payout.at_bank, payout.is_stated) == (
        Decimal("106.50"), Money(Decimal("92.84"), "EUR"), True,
    )  # fmt: skip


def test_a_charge_in_its_own_currency():
    (payout,) = parse(f"{CONVERTED}\nP1,2026-01-20,EUR,T1,refund,-9.80,0,-9.80,-11.00,USD,,,\n").payouts

    assert payout.transactions[0].charged == Money(Decimal("-11.00"), "USD")
    assert payout.transactions[0].claimed == Money(Decimal("-11.00"), "USD")
    assert payout.conversion is None


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("charge,5,0,5,5,EUR,,,", "a.csv, row 2, column 'charged_currency': it is EUR like the row's currency"),
        ("charge,5,0,5,-5,USD,,,", "row 2, column 'charged_amount': -5.00 USD cannot be 5.00 EUR"),
        ("charge,5,0,5,5,,,,", "row 2, column 'charged_currency': it is empty"),
        ("charge,5,0,5,,USD,,,", "row 2, column 'charged_amount': it is empty"),
        ("charge,5,0,5,5,DOLLAR,,,", "row 2, column 'charged_currency': 'DOLLAR' is not an ISO 4217 currency code"),
        ("payout,5,0,5,,,5,EUR,", "row 2, column 'bank_currency': it is EUR like the row's currency"),
        ("payout,5,0,5,,,5.001,USD,", "row 2, column 'bank_amount'"),
        ("payout,5,0,5,,,,,1", "row 2, column 'conversion_fee': there is no bank_amount"),
        ("payout,5,0,5,,,5,USD,-1", "row 2, column 'conversion_fee': -1.00 is negative"),
    ],
)
def test_what_a_conversion_cannot_be(cells, problem):
    text = f"{CONVERTED}\nP1,2026-01-20,EUR,T1,{cells}\nP1,2026-01-20,EUR,T9,charge,5,0,5,,,,,\n"
    with pytest.raises(ReportError, match=problem):
        GenericPayouts().parse(text_file(text, "a.csv"), zone=PARIS)
