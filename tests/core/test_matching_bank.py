"""Which bank line is the arrival of a payout."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payout_builders import payout_of, transaction

from ecommerce_connector.core.payouts.bank_lines import BANK_TEXTS, CERTAIN, BankLine, match_bank_lines

PAID_ON = date(2026, 1, 20)


def line(id=1, amount="106.51", days=1, text="", currency="EUR"):
    return BankLine(id=id, date=PAID_ON + timedelta(days=days), amount=Decimal(amount), currency=currency, text=text)


def payout(net="106.51", **fields):
    return payout_of(transaction("txn_1", net), **fields)


def scores(found):
    return [(candidate.line.id, candidate.score) for candidate in found]


@pytest.mark.parametrize(
    "text",
    ["TRF ST-5ZHG5Y3YVT", "trf:st 5zhg5y3yvt.", "STRIPE DES:TRANSFER ID:ST-5ZHG5Y 3YVT INDN:X", "po_1abcdef paid"],
)
def test_the_reference_and_the_amount_are_certain(text):
    (found,) = match_bank_lines(
        payout(bank_reference="ST-5ZHG5Y3YVT", external_id="po_1abcdef"), [line(text=text, days=20)]
    )

    assert found.score == 100
    assert found.reasons[0].startswith("reference ") and found.reasons[1] == "exact amount 106.51 EUR"


@pytest.mark.parametrize("text", ["TRF XST-5ZHG5Y3YVT", "ST-5ZHG5Y3YVT9", "ST-5ZHG5Y", ""])
def test_a_reference_inside_another_word_is_none(text):
    (found,) = match_bank_lines(payout(bank_reference="ST-5ZHG5Y3YVT"), [line(text=text)])

    assert found.score < CERTAIN


def test_a_reference_too_short_to_mean_anything():
    (found,) = match_bank_lines(payout(bank_reference="77", external_id="P1"), [line(text="P1 77", days=2)])

    assert found.score == 38


def test_the_reference_with_another_amount_is_shown_but_not_taken():
    (found,) = match_bank_lines(payout(bank_reference="REF-1234"), [line(text="REF-1234", amount="106.00")])

    assert (found.score, found.reasons) == (
        20,
        ("reference REF-1234", "but the bank has 106.00 EUR, the payout is 106.51"),
    )


@pytest.mark.parametrize(("days", "score"), [(-2, None), (-1, 89), (0, 90), (1, 89), (7, 83), (8, None)])
def test_the_processors_text_within_days(days, score):
    found = match_bank_lines(payout(), [line(text="STRIPE PAYMENTS UK", days=days)])

    assert scores(found) == ([(1, score)] if score else [])
    assert all(candidate.score >= CERTAIN for candidate in found)


def test_reasons_are_for_people():
    (found,) = match_bank_lines(payout(), [line(text="Stripe Payments Uk Ltd", days=2)])

    assert found.reasons == ("exact amount 106.51 EUR", "2 days after the payout", "text of stripe")


def test_amount_and_date_alone_are_a_hint():
    assert scores(match_bank_lines(payout(), [line(text="SOMEBODY ELSE")])) == [(1, 39)]


@pytest.mark.parametrize(
    "other", [{"amount": "106.52"}, {"amount": "-106.51"}, {"currency": "USD"}, {"amount": "0"}, {"days": 30}]
)
def test_a_name_alone_is_nothing(other):
    assert match_bank_lines(payout(), [line(text="STRIPE", **other)]) == ()


def test_a_negative_payout_is_a_debit():
    lines = [line(1, amount="40.00", text="STRIPE"), line(2, amount="-40.00", text="STRIPE")]

    assert scores(match_bank_lines(payout("-40.00"), lines)) == [(2, 89)]


def test_best_first_and_in_a_fixed_order():
    lines = [
        line(5, days=0),
        line(4, text="STRIPE", days=2),
        line(3, text="STRIPE", days=1),
        line(2, text="STRIPE", days=1),
        line(1, text="REF-1234", days=7),
    ]

    found = match_bank_lines(payout(bank_reference="REF-1234"), lines)

    assert scores(found) == [(1, 100), (2, 89), (3, 89), (4, 88), (5, 40)]
    assert found == match_bank_lines(payout(bank_reference="REF-1234"), reversed(lines))


@pytest.mark.parametrize(
    ("processor", "text", "fits"),
    [
        ("stripe", "ORIG CO NAME:Stripe Payment-S ORIG ID:1800948598", True),
        ("stripe", "STRIPED SHIRTS LTD", False),
        ("shopify_payments", "ORIG CO NAME:SHOPIFY ORIG ID:SHOPIFYPMT", True),
        ("shopify_payments", "SHOPIFY* 123456789 CARD PURCHASE", False),
        ("paypal", "PAYPAL DES:TRANSFER", True),
        ("paypal", "PAYPAL DES:INST XFER", False),
        ("amazon", "AMAZON PAYMENTS EUROPE S.C.A.", True),
        ("amazon", "AMAZON MKTPLACE PMTS", False),
        ("adyen", "TX41576577400XT batch 1061, MerchantAccount", True),
        ("mollie", "REF 1234567.1804.03", True),
        ("klarna", "Klarna Bank AB (publ)", True),
        ("etsy", "ETSY INC DEP", True),
    ],
)
def test_texts_of_processors(processor, text, fits):
    assert BANK_TEXTS[processor].fits(text) is fits


def test_a_processor_without_a_known_text():
    assert scores(match_bank_lines(payout(processor="generic"), [line(text="GENERIC")])) == [(1, 39)]


@settings(deadline=None)
@given(
    st.text(),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
    st.integers(-40, 40),
)
def test_no_text_breaks_it_and_only_the_exact_amount_is_certain(text, reference, days):
    for amount in ("106.51", "99.00"):
        for candidate in match_bank_lines(
            payout(bank_reference=reference), [line(amount=amount, text=text, days=days)]
        ):
            assert 0 < candidate.score <= 100
            assert candidate.score < CERTAIN or candidate.line.amount == Decimal("106.51")


def test_a_line_that_fits_another_payout_as_well_is_not_certain():
    rival = payout(external_id="po_other")
    (found,) = match_bank_lines(payout(external_id="po_mine"), [line(text="STRIPE")], rivals=[rival])

    assert found.score == CERTAIN - 1
    assert found.reasons[-1] == "but it can be payout po_other as well"


def test_the_reference_decides_between_two_equal_payouts():
    mine, rival = payout(external_id="po_mine12"), payout(external_id="po_other")
    named = line(text="STRIPE po_mine12")

    assert match_bank_lines(mine, [named], rivals=[rival])[0].score == 100
    assert match_bank_lines(rival, [named], rivals=[mine])[0].score < CERTAIN


def test_a_rival_of_another_amount_contests_nothing():
    rival = payout("99.00", external_id="po_other")
    (found,) = match_bank_lines(payout(external_id="po_mine12"), [line(text="STRIPE")], rivals=[rival])

    assert found.score >= CERTAIN
