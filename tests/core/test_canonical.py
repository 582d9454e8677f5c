"""Documents check themselves: each message names the order, the line and the field."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import datetime
from decimal import Decimal

import pytest
from builders import at, line, order, paid, refund, sale, tax

from ecommerce_connector.core.canonical import (
    Address,
    Customer,
    Line,
    LineKind,
    MoneyState,
    Refund,
    TaxLine,
    TaxTotal,
    Tender,
)
from ecommerce_connector.core.errors import PayloadError

D = Decimal
MONEY = {"external_id": "7", "gateway": "card", "at": at("2026-03-10 10:00")}
GOODS = {
    "external_id": "7", "kind": LineKind.PRODUCT, "key": "MUG", "description": "", "quantity": D(1), "net": D(1),
}  # fmt: skip
#: Where an amount stands → how to make something with it.
AMOUNTS = {
    "line 7 (MUG), quantity": lambda amount: Line(**(GOODS | {"quantity": amount})),
    "line 7 (MUG), net": lambda amount: Line(**(GOODS | {"net": amount})),
    "line 7 (MUG), discount": lambda amount: Line(**(GOODS | {"discount": amount})),
    "tax 'VAT', amount": lambda amount: TaxLine(code="VAT", amount=amount),
    "payment 7, amount": lambda amount: Tender(amount=amount, **MONEY),
    "refund 7, amount": lambda amount: Refund(amount=amount, **MONEY),
    "refund 7, already reduced": lambda amount: Refund(amount=D(1), already_reduced=amount, **MONEY),
    "tax total 'VAT', amount": lambda amount: TaxTotal(code="VAT", amount=amount),
}
#: The same for amounts that are checked with the order's currency.
IN_AN_ORDER = {
    "total": lambda amount: sale(total=amount),
    "line MUG (MUG), net": lambda amount: order(line("MUG", amount), total="1"),
    "line MUG (MUG), tax 'VAT'": lambda amount: order(line("MUG", "1", tax(amount)), total="1"),
    "payment pay-1, amount": lambda amount: sale(paid(amount)),
    "refund ref-1, amount": lambda amount: sale(refunds=[refund(amount)]),
    "refund ref-1, already reduced": lambda amount: sale(refunds=[refund("9", already_reduced=amount)]),
    "refund ref-1, line CUP (CUP), net": lambda amount: sale(refunds=[refund("9", line("CUP", amount))]),
}


def refused(make, *arguments) -> str:
    with pytest.raises(PayloadError) as caught:
        make(*arguments)
    return str(caught.value)


# === AMOUNTS === #


@pytest.mark.parametrize("where", AMOUNTS)
@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        (D("NaN"), "NaN is not an amount of money."),
        (D("sNaN"), "sNaN is not an amount of money."),
        (D("Infinity"), "Infinity is not an amount of money."),
        (D("-Infinity"), "-Infinity is not an amount of money."),
        (D("1E+400"), "1e+400 is not an amount of money."),
        (D(10**15), "1.00e+15 is not an amount of money."),
        (12.5, "12.5 is not an exact decimal amount."),
        (12, "12 is not an exact decimal amount."),
        ("12.50", "'12.50' is not an exact decimal amount."),
        (True, "True is not an exact decimal amount."),
    ],
)
def test_what_is_no_amount_is_refused(where: str, amount, problem: str) -> None:
    assert refused(AMOUNTS[where], amount) == f"{where}: {problem}"


@pytest.mark.parametrize("rate", [D("NaN"), 20.0])
def test_rate_is_a_decimal_or_none(rate) -> None:
    assert refused(lambda: TaxLine(code="VAT", amount=D(1), rate=rate)).startswith("tax 'VAT', rate: ")
    assert refused(lambda: TaxTotal(code="VAT", amount=D(1), base=rate)).startswith("tax total 'VAT', base: ")
    assert TaxLine(code="VAT", amount=D(1)).rate is TaxTotal(code="VAT", amount=D(1)).rate is None


@pytest.mark.parametrize("where", IN_AN_ORDER)
def test_more_decimals_than_the_currency_has(where: str) -> None:
    assert refused(IN_AN_ORDER[where], "1.005") == f"order 1001, {where}: 1.005 has more decimals than EUR has."


@pytest.mark.parametrize("where", IN_AN_ORDER)
def test_an_amount_may_be_written_with_more_zeros_than_the_currency_has(where: str) -> None:
    assert IN_AN_ORDER[where]("1.0000").currency == "EUR"


@pytest.mark.parametrize(
    ("currency", "fine", "too_fine"), [("JPY", "10", "10.5"), ("KWD", "10.125", "10.1255"), ("USD", "10.12", "10.125")]
)
def test_decimals_of_other_currencies(currency: str, fine: str, too_fine: str) -> None:
    assert order(line("MUG", fine), currency=currency).total == D(fine)
    problem = f"order 1001, total: {too_fine} has more decimals than {currency} has."
    assert refused(lambda: order(line("MUG", fine), total=too_fine, currency=currency)) == problem


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sale(total="-1"), "order 1001, total: -1 is negative."),
        (lambda: paid("-1"), "payment pay-1, amount: -1 is negative; money given back is a refund."),
        (lambda: refund("-1"), "refund ref-1, amount: -1 is negative; amounts of refunds are positive here."),
        (lambda: refund("5", already_reduced="-1"), "refund ref-1, already reduced: -1 is not within 0 and 5."),
        (lambda: refund("5", already_reduced="6"), "refund ref-1, already reduced: 6 is not within 0 and 5."),
        (
            lambda: line("MUG", "5", discount=D(-1)),
            "line MUG (MUG), discount: -1 is negative; what is added is part of the net.",
        ),
    ],
)
def test_negative_amounts(make, message: str) -> None:
    assert refused(make) == message


def test_a_credit_within_a_sale_may_be_negative() -> None:
    document = order(line("MUG", "10", tax("2")), line("GOODWILL", "-1", tax("-0.20"), kind=LineKind.FEE))
    assert (document.total, document.tax, document.unexplained) == (D("10.80"), D("1.80"), 0)


# === FIGURES AND TEXTS THAT BREAK THINGS === #

NUMBERS = {
    "line 7 (MUG), quantity": AMOUNTS["line 7 (MUG), quantity"],
    "tax 'VAT', rate": lambda rate: TaxLine(code="VAT", amount=D(1), rate=rate),
    "tax total 'VAT', rate": lambda rate: TaxTotal(code="VAT", amount=D(1), rate=rate),
}


@pytest.mark.parametrize("where", AMOUNTS | NUMBERS)
@pytest.mark.parametrize("figure", ["1E+9999999", "-1E+9999999", "1E-9999999", "1E-400"])
def test_exponent_that_cannot_be_computed_with(where: str, figure: str) -> None:
    make = (AMOUNTS | NUMBERS)[where]
    assert refused(make, D(figure)) == f"{where}: {figure.lower()} is not an amount of money."


@pytest.mark.parametrize("where", NUMBERS)
def test_quantities_and_rates_below_a_millionth(where: str) -> None:
    assert refused(NUMBERS[where], D("-9.99E-7")) == f"{where}: -9.99e-7 is too small a number."
    for figure in ("0.000001", "-0.000001", "0", "0E-400", "0E+400", "0.3333333333333333333333333333"):
        assert NUMBERS[where](D(figure))


def test_tiny_quantity_names_the_line_of_the_order() -> None:
    assert refused(lambda: line("MUG", "10", quantity=D("1e-400"))).startswith("line MUG (MUG), quantity: 1e-400 ")


#: Where a text stands → how to make something with it.
TEXTS = {
    "order 1001, id": lambda text: sale(external_id=text),
    "line MUG (MUG), description": lambda text: line("MUG", "1", description=text),
    "tax 'VAT', code": lambda text: TaxLine(code=text, amount=D(1)),
    "payment pay-1, gateway": lambda text: paid("1", gateway=text),
    "payment pay-1, transaction id": lambda text: paid("1", transaction_id=text),
    "refund ref-1, reason": lambda text: refund("1", reason=text),
    "tax total 'VAT', code": lambda text: TaxTotal(code=text, amount=D(1)),
    "address, city": lambda text: Address(city=text),
    "customer, name": lambda text: Customer(name=text),
    "customer, id": lambda text: Customer(external_id=text),
}


@pytest.mark.parametrize("where", TEXTS)
@pytest.mark.parametrize("character", ["\0", "\ud800", "\udfff"])
def test_text_that_cannot_be_stored_names_its_field(where: str, character: str) -> None:
    where_text = where.replace("VAT", repr(f"a{character}b")[1:-1])
    message = refused(TEXTS[where], f"a{character}b")
    assert message == f"{where_text}: {f'a{character}b'!r} has a character that cannot be stored."


@pytest.mark.parametrize("character", ["\0", "\ud83d"])
def test_the_message_about_an_id_can_be_stored_itself(character: str) -> None:
    bad = f"x{character}"
    for make in (lambda: sale(number=bad), lambda: line(bad, "1"), lambda: paid("1", external_id=bad)):
        message = refused(make)
        assert "x\N{REPLACEMENT CHARACTER}" in message
        assert "\0" not in message and message.encode()


@pytest.mark.parametrize("text", ["Zoë\n\t", "\N{GRINNING FACE}", "\uffff", "\x01"])
def test_other_characters_are_fine(text: str) -> None:
    for make in TEXTS.values():
        assert make(text)


# === CURRENCIES, IDS, TIMES === #


@pytest.mark.parametrize("code", ["EURO", "eur", "", "BTC", "XXX"])
def test_unknown_currency(code: str) -> None:
    assert refused(lambda: sale(currency=code)) == f"order 1001, currency: {code!r} is not an ISO 4217 currency code."


def test_things_that_are_listed_twice() -> None:
    mug, back = line("MUG", "5"), refund("1")
    assert refused(lambda: order(mug, mug)) == "order 1001, line MUG: the line is listed twice."
    assert refused(lambda: sale(paid("1"), paid("2"))) == "order 1001, payment pay-1: the payment is listed twice."
    assert refused(lambda: sale(refunds=[back, back])) == "order 1001, refund ref-1: the refund is listed twice."
    assert refused(lambda: sale(refunds=[refund("9", mug, mug)])) == (
        "order 1001, refund ref-1, line MUG: the line is listed twice."
    )


def test_ids_are_not_empty() -> None:
    assert refused(lambda: sale(external_id="")) == "order 1001, id: it is empty."
    assert refused(lambda: sale(paid("1", external_id=""))) == "order 1001, payment: its id is empty."
    assert refused(lambda: sale(refunds=[refund("1", external_id="")])) == "order 1001, refund: its id is empty."
    assert refused(lambda: order(line("MUG", "1", external_id=""))) == "order 1001, line: its id is empty."


def test_an_order_without_a_number_is_named_by_its_id() -> None:
    assert refused(lambda: sale(number="", currency="?")).startswith("order 1, currency: ")


def test_times_have_a_zone() -> None:
    naive = datetime(2026, 3, 10, 10)
    problem = "the time 2026-03-10 10:00:00 has no time zone."
    assert refused(lambda: paid("1", naive)) == f"payment pay-1: {problem}"
    assert refused(lambda: refund("1", when=naive)) == f"refund ref-1: {problem}"
    assert refused(lambda: sale(placed_at=naive)) == f"order 1001, placed at: {problem}"
    assert refused(lambda: sale(updated_at=naive)) == f"order 1001, changed at: {problem}"


# === WHAT A DOCUMENT SAYS === #


def test_money_of_a_document_is_what_has_moved() -> None:
    states = [MoneyState.AUTHORIZED, MoneyState.PENDING, MoneyState.FAILED, MoneyState.VOIDED]
    tenders = [paid("7", external_id=state.value, state=state) for state in states]
    refunds = [refund("3", external_id=state.value, state=state) for state in states]
    document = sale(paid("60"), paid("50", external_id="p2"), *tenders, refunds=[refund("11"), *refunds])
    assert (document.captured, document.refunded) == (D(110), D(11))


def test_what_lines_do_not_explain() -> None:
    assert order(line("MUG", "24.98", tax("5.00")), total="29.97").unexplained == D("-0.01")
    assert order(total="5").unexplained == D(5)


def test_documents_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        sale().total = D(1)  # type: ignore[misc]
