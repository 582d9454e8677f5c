"""What the entry of a payout is worth in the company's currency: case 29, conversions, and law 15."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payout_builders import PARIS, payment, payout_of, transaction

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.mapping.rulebook import InputTax, Rule, Rulebook, Target
from ecommerce_connector.core.payouts.bank_lines import BankLine, match_bank_lines
from ecommerce_connector.core.payouts.changes import compare_payouts
from ecommerce_connector.core.payouts.matching import MatchStatus, match_transactions
from ecommerce_connector.core.payouts.planning import plan_payout
from ecommerce_connector.core.payouts.plans import PayoutPolicy, Returned
from ecommerce_connector.core.payouts.text import to_text
from ecommerce_connector.core.payouts.valuation import Books, days_with_rates, value
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.settlements import Conversion, Money, TransactionKind

CAPTURED, PAID = date(2026, 1, 16), date(2026, 1, 20)
RATES = {("USD", CAPTURED): D("1.12"), ("USD", PAID): D("1.13"), ("GBP", PAID): D("0.85"), ("GBP", CAPTURED): D("0.87")}
POLICY = PayoutPolicy(clearing=Target(label="PSP", account=1), in_transit=Target(label="In transit", account=2))
FEES = Rule(id=10, kind="payout_fee", pattern="*", target=Target(label="Fees", account=10))
CONVERSION = Rule(
    id=11, kind="payout_fee", pattern="currency_conversion", target=Target(label="Conversion fees", account=11)
)
RESERVE = Rule(id=12, kind="reserve", pattern="*", target=Target(label="Reserve", account=12))
RULES = Rulebook([FEES, CONVERSION, RESERVE])


def plan(payout, *payments, rules=RULES, **options):
    return plan_payout(payout, match_transactions(payout.transactions, payments), rules, POLICY, **options)


def books(currency="EUR", **more):
    return Books(currency=currency, rate=lambda code, day: RATES[code, day], **more)


def worth(planned, known):
    """(account, amount in the line's own currency, value) of each line, and the exchange difference."""
    assert planned.status is PlanStatus.COMPLETE, planned.reasons
    values = value(planned, known)
    lines = [
        (line.target.label, f"{line.own.amount} {line.own.currency}" if line.own else str(line.amount), str(worth))
        for line, worth in zip(planned.lines, values.lines, strict=True)
    ]
    assert sum(values.lines) + values.exchange == 0
    return lines, str(values.exchange)


def dollars(*rows, **fields):
    return payout_of(*rows, currency="USD", **fields)


def test_case_29_a_payout_that_the_processor_converts():
    payout = dollars(
        transaction("t1", "110.00", "3.50", currency="USD"),
        conversion=Conversion(amount=D("92.84"), currency="EUR", fee=D("1.41")),
    )
    planned = plan(payout, payment(7, "110", currency="USD"))

    assert worth(planned, books(carried={7: D("98.21")})) == (
        [
            ("PSP", "-110.00", "-98.21"), ("Fees", "3.50", "3.13"), ("Conversion fees", "1.41 EUR", "1.41"),
            ("In transit", "92.84 EUR", "92.84"),
        ], "0.83",
    )  # fmt: skip
    assert [str(line.amount) for line in planned.lines] == ["-110.00", "3.50", "1.59", "104.91"]
    assert ("payout_fee:currency_conversion", 11) in planned.decided
    assert days_with_rates(planned) == {"USD": CAPTURED, "EUR": PAID}
    assert "payout po_1 (92.84 EUR)" in to_text(planned).splitlines()[-2]


def test_a_fee_that_is_only_in_the_rate_is_part_of_the_exchange_difference():
    payout = dollars(
        transaction("t1", "110.00", currency="USD"), conversion=Conversion(amount=D("92.84"), currency="EUR")
    )
    planned = plan(payout, payment(7, "110", currency="USD"), rules=Rulebook([]))

    lines, exchange = worth(planned, books(carried={7: D("98.21")}))
    assert lines == [("PSP", "-110.00", "-98.21"), ("In transit", "92.84 EUR", "92.84")]
    assert exchange == "5.37"


def test_a_conversion_fee_needs_a_rule():
    payout = dollars(
        transaction("t1", "110.00", currency="USD"),
        conversion=Conversion(amount=D("92.84"), currency="EUR", fee=D("1.41")),
    )
    planned = plan(payout, payment(7, "110", currency="USD"), rules=Rulebook([]))

    (reason,) = planned.reasons
    assert (reason.code, reason.key, reason.amount) == ("mapping_missing", "payout_fee:currency_conversion", D("1.65"))
    assert "Waiting for it: 1.65 USD in the conversion of the payout." in reason.message


def test_a_third_currency_at_the_bank():
    """A dollar balance paid out in pounds, in books in euros."""
    payout = dollars(
        transaction("t1", "113.00", currency="USD"),
        conversion=Conversion(amount=D("85.00"), currency="GBP", fee=D("0.85")),
    )
    planned = plan(payout, payment(7, "113", currency="USD"))

    lines, exchange = worth(planned, books(carried={7: D("100.00")}))
    assert lines == [
        ("PSP", "-113.00", "-100.00"), ("Conversion fees", "0.85 GBP", "1.00"), ("In transit", "85.00 GBP", "100.00"),
    ]  # fmt: skip
    assert exchange == "-1.00", "a gain"


def test_the_processor_debits_the_bank_in_another_currency():
    payout = dollars(
        transaction("t1", "-40.00", currency="USD", kind=TransactionKind.FEE),
        conversion=Conversion(amount=D("-35.60"), currency="EUR", fee=D("0.20")),
    )
    lines, exchange = worth(plan(payout), books())

    assert lines == [
        ("Fees", "40.00", "35.71"), ("Conversion fees", "0.20 EUR", "0.20"), ("In transit", "-35.60 EUR", "-35.60"),
    ]  # fmt: skip
    assert exchange == "-0.31"


def test_the_tax_of_fees_is_worth_its_share_of_them():
    taxed = Rule(
        id=10, kind="payout_fee", pattern="*",
        target=Target(label="Fees", account=10, tax=5, input_tax=InputTax(rate=D(20), label="Input VAT")),
    )  # fmt: skip
    payout = dollars(
        transaction("t1", "-12.00", currency="USD", kind=TransactionKind.FEE),
        transaction("t2", "-12.00", currency="USD", kind=TransactionKind.FEE, at=datetime(2026, 1, 20, tzinfo=PARIS)),
    )
    lines, _exchange = worth(plan(payout, rules=Rulebook([taxed])), books())

    # 12 / 1.12 + 12 / 1.13 = 21.33, of which a sixth is tax
    assert lines[:2] == [("Fees", "20.00", "17.78"), ("Input VAT", "4.00", "3.56")]


def test_a_charge_that_was_converted_at_once_settles_its_payment():
    """The order is in dollars, the balance in euros."""
    charged = transaction("t1", "98.21", "3.13", charged=Money(D("110.00"), "USD"), source_id="ch_1")
    payout = payout_of(charged)
    matches = match_transactions(payout.transactions, [payment(7, "110.00", currency="USD", transaction_id="ch_1")])
    assert [(row.status, row.difference) for row in matches.rows] == [(MatchStatus.MATCHED, D(0))]
    planned = plan_payout(payout, matches, RULES, POLICY)

    lines, exchange = worth(planned, books(carried={7: D("98.50")}))
    assert lines == [("PSP", "-110.00 USD", "-98.50"), ("Fees", "3.13", "3.13"), ("In transit", "95.08", "95.08")]
    assert exchange == "0.29"
    assert days_with_rates(planned) == {"EUR": CAPTURED}, "no rate of the dollar is needed: the payment has its value"


def test_a_converted_charge_of_another_amount_differs_in_its_own_currency():
    charged = transaction("t1", "98.21", charged=Money(D("110.00"), "USD"), source_id="ch_1")
    matches = match_transactions([charged], [payment(7, "111", currency="USD", transaction_id="ch_1")])

    (row,) = matches.rows
    assert (row.status, row.difference) == (MatchStatus.DIFFERENT, D("-1.00"))
    assert "the processor has 110.00 USD, the ledger 111 USD: a difference of -1.00" in row.reasons[1]


def test_an_accepted_converted_charge_is_booked_as_what_it_became():
    charged = transaction("t1", "98.21", charged=Money(D("110.00"), "USD"))
    planned = plan(payout_of(charged), accept_open=frozenset({"t1"}))

    assert worth(planned, books())[0] == [("PSP", "-98.21", "-98.21"), ("In transit", "98.21", "98.21")]


@pytest.mark.parametrize(
    ("held", "value_of_release"),
    [
        ((D("50.00"), D("45.45")), "-45.45"),
        ((D("200.00"), D("180.00")), "-45.00"),
        ((D("20.00"), D("18.00")), "-44.79"),  # 20.00 for 18.00, the rest at the rate of the day
        ((D("0.00"), D("0.00")), "-44.64"),
    ],
)
def test_a_reserve_leaves_with_what_it_is_carried_at(held, value_of_release):
    payout = dollars(transaction("t1", "50.00", currency="USD", kind=TransactionKind.RESERVE_RELEASE))
    lines, _exchange = worth(plan(payout), books(held={12: held}))

    assert lines[0] == ("Reserve", "-50.00", value_of_release)


def test_held_and_released_in_one_payout():
    payout = dollars(
        transaction("t1", "-50.00", currency="USD", kind=TransactionKind.RESERVE_HOLD),
        transaction(
            "t2", "50.00", currency="USD", kind=TransactionKind.RESERVE_RELEASE, at=datetime(2026, 1, 20, tzinfo=PARIS)
        ),
        transaction("t3", "1.00", currency="USD", kind=TransactionKind.FEE),
    )
    lines, _exchange = worth(plan(payout), books())

    assert lines[:2] == [("Reserve", "50.00", "44.64"), ("Reserve", "-50.00", "-44.64")]


def test_the_bank_line_is_in_the_currency_of_the_bank():
    payout = dollars(
        transaction("t1", "106.50", currency="USD"), conversion=Conversion(amount=D("92.84"), currency="EUR")
    )
    lines = [
        BankLine(id=1, date=PAID, amount=D("92.84"), currency="EUR", text="STRIPE"),
        BankLine(id=2, date=PAID, amount=D("106.50"), currency="USD", text="STRIPE"),
    ]
    assert [(found.line.id, found.score) for found in match_bank_lines(payout, lines)] == [(1, 90)]


def test_a_report_that_tells_of_the_conversion_is_fuller():
    rows = (transaction("t1", "106.50", currency="USD"),)
    bare, told = dollars(*rows), dollars(*rows, conversion=Conversion(amount=D("92.84"), currency="EUR"))

    change = compare_payouts(bare, told)
    assert (change.differs, change.is_fuller) == (True, True)
    assert str(change) == "rows: the same; 92.84 EUR instead of 106.50 USD at the bank"
    assert not compare_payouts(told, bare).differs, "a report without it takes nothing back"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"amount": D("92.84"), "currency": "USD"}, "nothing was converted"),
        ({"amount": D("-92.84"), "currency": "EUR"}, "106.50 USD cannot become -92.84 EUR"),
        ({"amount": D("92.845"), "currency": "EUR"}, "EUR"),
        ({"amount": D("92.84"), "currency": "EUR", "fee": D("-1")}, "is negative"),
    ],
)
def test_a_conversion_that_cannot_be(fields, problem):
    with pytest.raises(PayloadError, match=problem):
        dollars(transaction("t1", "106.50", currency="USD"), conversion=Conversion(**fields))


def test_a_conversion_fee_above_what_is_taken_from_the_bank():
    with pytest.raises(PayloadError, match="a fee of 2.00 EUR is more than the 1.00 taken"):
        dollars(
            transaction("t1", "-1.13", currency="USD"),
            conversion=Conversion(amount=D("-1.00"), currency="EUR", fee=D("2.00")),
        )


@pytest.mark.parametrize(
    ("charged", "problem"),
    [
        (Money(D("98.21"), "EUR"), "nothing was converted"),
        (Money(D("-110"), "USD"), "-110 USD cannot become 98.21 EUR"),
        (Money(D("0"), "USD"), "0 USD cannot become 98.21 EUR"),
    ],
)
def test_a_charge_that_cannot_be(charged, problem):
    with pytest.raises(PayloadError, match=problem):
        transaction("t1", "98.21", charged=charged)


AMOUNTS = st.decimals(min_value=1, max_value=9999, places=2)


@settings(deadline=None)
@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.booleans()), min_size=1, max_size=8), AMOUNTS, st.booleans())
def test_clearing_is_left_with_what_it_is_carried_at(rows, arriving, converts):
    """Law 15: the payments leave clearing to the cent in both currencies, whatever the rates did."""
    charges = tuple(
        transaction(f"t{at}", str(gross), "0.37", currency="USD", source_id=f"c{at}")
        for at, (gross, _value, _late) in enumerate(rows)
    )
    carried = {at: worth for at, (_gross, worth, _late) in enumerate(rows)}
    payout = dollars(
        *charges, conversion=Conversion(amount=arriving, currency="GBP", fee=D("0.11")) if converts else None
    )
    if payout.amount <= 0:
        return
    known = [
        payment(at, str(gross), currency="USD", transaction_id=f"c{at}") for at, (gross, _v, _l) in enumerate(rows)
    ]
    planned = plan(payout, *known)
    values = value(planned, books(carried=carried))

    assert sum(values.lines) + values.exchange == 0
    pairs = list(zip(planned.lines, values.lines, strict=True))
    assert sum(worth for line, worth in pairs if line.payment_id is not None) == -sum(carried.values())
    assert sum(line.amount for line in planned.lines) == 0
    assert all(worth == worth.quantize(D("0.01")) for _line, worth in pairs)


def test_the_same_number_in_another_currency_is_other_money():
    charged = transaction("t1", "110.00", charged=Money(D("110.00"), "USD"), source_id="ch_1")
    payout = payout_of(charged)
    matches = match_transactions(payout.transactions, [payment(7, "110.00", currency="USD", transaction_id="ch_1")])
    lines, _exchange = worth(plan_payout(payout, matches, RULES, POLICY), books(carried={7: D("98.50")}))
    assert lines[0] == ("PSP", "-110.00 USD", "-98.50")


def test_the_processors_rates_of_a_payout():
    fee = replace(transaction("t1", "0", "11.00", kind=TransactionKind.CHARGE, currency="USD"), exchange_rate=D("1.10"))
    payout = payout_of(fee, currency="USD", exchange_rate=D("1.25"))
    matches = match_transactions(payout.transactions, [])
    lines, exchange = worth(plan_payout(payout, matches, RULES, replace(POLICY, stated_rates=True)), books())
    assert [line[-1] for line in lines] == ["10.00", "-8.80"]
    assert exchange == "-1.20"
    unstated = replace(payout, exchange_rate=None)
    (reason,) = plan_payout(unstated, matches, RULES, replace(POLICY, stated_rates=True)).reasons
    assert (reason.code, "for the payout itself," in reason.message) == ("no_stated_rate", True)


def came_back(amount="100.00", **fields):
    row = transaction("t1", amount, kind=TransactionKind.PAYOUT, currency="USD", source_id="po_0", **fields)
    return dollars(row, transaction("t2", "20.00", kind=TransactionKind.RESERVE_RELEASE, currency="USD"))


def test_a_payout_that_came_back_leaves_transit_with_the_value_it_has_there():
    original = Returned(5, Money(D("100.00"), "USD"))
    planned = plan(came_back(), returned={"t1": original})
    lines, exchange = worth(planned, books(returned={5: D("88.00")}))
    assert lines == [
        ("Reserve", "-20.00", "-17.86"), ("In transit", "-100.00", "-88.00"), ("In transit", "120.00", "106.19"),
    ]  # fmt: skip
    assert exchange == "-0.33"
    assert [line.returned_id for line in planned.lines] == [None, 5, None]
    assert "settles the payout that came back" in to_text(planned)


def test_a_converted_payout_that_came_back_leaves_transit_in_the_currency_it_is_there_in():
    original = Returned(5, Money(D("85.00"), "EUR"))
    planned = plan(came_back(), returned={"t1": original})
    lines, exchange = worth(planned, books(returned={5: D("85.00")}))
    assert lines[1] == ("In transit", "-85.00 EUR", "-85.00")
    assert exchange == "-3.33"
    assert days_with_rates(planned) == {"USD": CAPTURED}


def test_a_payout_that_came_back_and_is_settled_needs_no_rate():
    policy = replace(POLICY, stated_rates=True)
    row = transaction("t1", "100.00", kind=TransactionKind.PAYOUT, currency="USD", source_id="po_0")
    payout = dollars(row, exchange_rate=D("1.13"))
    matches = match_transactions(payout.transactions, [])
    (reason,) = plan_payout(payout, matches, RULES, policy).reasons
    assert (reason.code, "for t1," in reason.message) == ("no_stated_rate", True)
    original = Returned(5, Money(D("100.00"), "USD"))
    assert plan_payout(payout, matches, RULES, policy, returned={"t1": original}).status is PlanStatus.COMPLETE


def test_a_payout_that_came_back_and_is_not_settled_has_the_rate_of_its_day():
    lines, _exchange = worth(plan(came_back()), books())
    assert lines[1] == ("In transit", "-100.00", "-89.29")
