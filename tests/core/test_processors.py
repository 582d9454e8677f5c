"""Which format reads a file, and what is said when none does."""

import re
from pathlib import Path

import pytest
from payout_builders import PARIS, stripe_report, text_file

from ecommerce_connector.core.errors import ReportError
from ecommerce_connector.core.settlements import BalanceTransaction
from ecommerce_connector.processors import BUILTIN, Identification, ReportFile, identify, read_report
from ecommerce_connector.processors.generic import GenericPayouts
from ecommerce_connector.processors.stripe import StripePayouts

GENERIC = "payout_id,paid_on,currency,transaction_id,type,gross,fee,net\nP1,2026-01-20,EUR,T1,charge,5,1,4\n"
PAYPAL = """\
"Date","Time","TimeZone","Name","Type","Currency","Gross","Fee","Net","Transaction ID"
"29/12/2025","07:45:51","PST","A","Payment","USD","84.00","-4.25","79.75","TID1"
"""

REPORTS = sorted((Path(__file__).parent / "reports").glob("*.csv"))
#: Reports of others that may lie beside the checkout; they are not ours to ship.
SAMPLES = sorted((Path(__file__).parents[3] / "shared" / "samples" / "payouts" / "stripe").glob("*.csv"))


@pytest.mark.parametrize("path", REPORTS + SAMPLES, ids=lambda path: path.name)
def test_reports_are_read_to_the_cent(path):
    _fmt, report = read_report(ReportFile(name=path.name, content=path.read_bytes()), zone=PARIS)

    assert report.payouts
    for payout in report.payouts:
        assert payout.difference == 0
        assert payout.transactions
        for row in payout.transactions:
            assert isinstance(row, BalanceTransaction) and row.gross - row.fee == row.net and row.row > 1


def test_the_built_in_formats():
    assert BUILTIN == {"stripe": StripePayouts, "generic": GenericPayouts}
    assert all(code == cls.code and cls.label and cls.export_hint for code, cls in BUILTIN.items())


@pytest.mark.parametrize(
    ("file", "code", "confidence"),
    [
        (stripe_report({}), "stripe", 95),
        (stripe_report({}, without=("net",)), "stripe", 50),
        (text_file(GENERIC), "generic", 80),
        (text_file(GENERIC.replace(",", ";")), "generic", 80),
        (text_file(GENERIC.upper().replace("CHARGE", "charge")), "generic", 80),
    ],
)
def test_files_are_recognized(file, code, confidence):
    report_format, answer = identify(file, BUILTIN)

    assert (report_format.code, answer.processor, answer.confidence) == (code, code, confidence)


def test_an_unknown_table_names_the_nearest_format_and_what_it_misses():
    with pytest.raises(ReportError) as caught:
        identify(text_file("Payout_ID,Paid_On,Gross,Fee,Net,Extra\n1,2,3,4,5,6\n"), BUILTIN)

    assert str(caught.value) == (
        "report.csv: it is no payout report known here; its columns are payout_id, paid_on, gross, fee, net, extra. "
        "The nearest is Generic payout CSV, which also needs transaction_id, type. "
        "docs/payout-csv.md describes the columns."
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (PAYPAL, "a PayPal activity download"),
        ('"SH","2026/01/06 00:00:00 -0800","X"\n', "a PayPal settlement report (STL)"),
        (
            "Company Account,Psp Reference,Net Debit (NC),Net Credit (NC)\na,b,1,2\n",
            "an Adyen settlement detail report",
        ),
        ("Datum;Uhrzeit;Zeitzone;Brutto;Entgelt;Netto;Transaktionscode\n1;2;3;4;5;6;7\n", "a PayPal download (German)"),
    ],
)
def test_a_processor_that_is_not_read_is_named(text, what):
    with pytest.raises(ReportError, match=re.escape(f"it looks like {what}, which is not read here. Read are:")):
        identify(text_file(text), BUILTIN)


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"id\n\x00", b"PK\x03\x04"])
def test_what_is_no_table_at_all_is_said_first(content):
    with pytest.raises(ReportError, match="the file is empty|it is a web page|NUL|ZIP"):
        read_report(ReportFile(name="a.csv", content=content), zone=PARIS)


def test_the_file_of_another_processor_is_refused_by_name():
    with pytest.raises(ReportError) as caught:
        read_report(text_file(GENERIC), zone=PARIS, code="stripe")

    assert str(caught.value).startswith(
        "report.csv: it is not a Stripe payout reconciliation, itemized file but looks like Generic payout CSV. "
        "Choose Generic payout CSV as the processor of the processor account, or export the right report. In the Stripe"
    )


def test_a_paypal_file_given_to_stripe():
    with pytest.raises(
        ReportError, match="it looks like a PayPal activity download; the columns are missing that a Stri"
    ):
        read_report(text_file(PAYPAL), zone=PARIS, code="stripe")


def test_the_format_that_was_chosen_reads_its_file():
    report_format, report = read_report(text_file(GENERIC), zone=PARIS, code="generic")

    assert (report_format.code, [payout.external_id for payout in report.payouts]) == ("generic", ["P1"])


def test_formats_that_are_no_tables_have_no_nearest():
    class Scanned(GenericPayouts):
        mandatory = ()

        def identify(self, file):
            return None

    with pytest.raises(ReportError) as caught:
        identify(text_file("a,b\n1,2\n"), {"scanned": Scanned})

    assert str(caught.value) == "report.csv: it is no payout report known here; its columns are a, b."


def test_a_format_that_is_not_installed():
    with pytest.raises(ReportError, match="no format 'etsy' is installed; there are generic, stripe"):
        read_report(text_file(GENERIC), zone=PARIS, code="etsy")


def test_two_equally_sure_formats_are_an_error():
    class Twin(GenericPayouts):
        code = "twin"
        label = "Twin"

    formats = {"generic": GenericPayouts, "twin": Twin}

    with pytest.raises(ReportError, match=r"it could be any of these: .*\(80 %.*; .*\(80 %.*Choose the format by hand"):
        identify(text_file(GENERIC), formats)


def test_a_more_confident_format_of_an_addon_wins():
    class Better(GenericPayouts):
        code = "better"

        def identify(self, file):
            return Identification(processor="better", layout="Better", confidence=81, reason="it says so")

    report_format, _report = read_report(text_file(GENERIC), zone=PARIS, formats=BUILTIN | {"better": Better})

    assert isinstance(report_format, Better)


def test_confidence_has_bounds():
    with pytest.raises(ValueError, match="0 to 100"):
        Identification(processor="x", layout="x", confidence=101, reason="")
