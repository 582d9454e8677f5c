"""How Vendure's orders are read: dates, states, refunds, taxes, currencies, and what must not be booked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from vendure_payloads import BERLIN, document, load, told

from ecommerce_connector.core.canonical import MoneyState, StoreDocument, TaxTotal
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.platforms.vendure import VendurePlatform


def refused(name: str, change: Callable[[dict[str, Any]], object]) -> str:
    """What is said of a payload that must not be booked."""
    with pytest.raises(PayloadError) as caught:
        document(name, change)
    return str(caught.value)


# === Who bought, when === #


def test_customer() -> None:
    customer = document("multi_tax").customer
    assert (customer.external_id, customer.name, customer.email) == (
        "800",
        "Ines Albrecht",
        "ines.albrecht@mail.example",
    )
    assert (customer.company, customer.phone, customer.vat) == ("Albrecht Druck GmbH", "+49 561 55501", "")
    assert (customer.billing.street, customer.billing.city, customer.billing.country) == ("Lindenweg 7", "Kassel", "DE")
    assert (customer.shipping.street2, customer.shipping.postal_code) == ("Hinterhaus", "36037")


def test_an_order_without_customer_or_addresses() -> None:
    customer = document(
        "multi_tax", lambda order: order.update(customer=None, billingAddress=None, shippingAddress=None)
    )
    assert customer.customer.name == ""
    assert customer.customer.billing.country == ""


def test_redacted_personal_data_do_not_stop_the_books() -> None:
    def redact(order: dict[str, Any]) -> None:
        order.update(customer={"id": "800"}, billingAddress={"countryCode": "de"}, shippingAddress={})

    translated = document("multi_tax", redact)
    assert (translated.customer.external_id, translated.customer.billing.country) == ("800", "DE")
    assert translated.unexplained == 0


def test_a_name_is_taken_from_the_address_of_somebody_without_account() -> None:
    assert document("multi_tax", lambda order: order.update(customer=None)).customer.name == "Ines Albrecht"


def test_the_latest_change_counts_not_vendures() -> None:
    """Vendure leaves ``updatedAt`` as it was when it captures a payment or makes a refund."""
    assert document("partial_refunds").updated_at == datetime(2026, 3, 17, 16, 10, 20, 250000, timezone.utc)
    assert load("partial_refunds")["order"]["updatedAt"] == "2026-03-07T15:09:07.250Z"


def test_an_open_cart_is_not_placed() -> None:
    assert document("multi_tax", lambda order: order.update(active=True)).placed_at is None


def test_an_unpaid_cart_that_was_cancelled() -> None:
    translated = document("partially_paid", lambda order: order.update(active=False, state="Cancelled"))
    assert (translated.placed_at, translated.cancelled, translated.captured) == (None, True, Decimal("20.00"))


# === When money moved === #


def test_a_capture_is_dated_by_the_history_not_by_a_later_change() -> None:
    def touch(order: dict[str, Any]) -> None:
        order["payments"][1]["updatedAt"] = "2026-06-01T00:00:00.000Z"

    assert document("declined_then_captured", touch).tenders[1].at == datetime(2026, 3, 30, 22, 41, 20, 250000, BERLIN)


@pytest.mark.parametrize(
    "name, index, expected",
    [
        ("declined_then_captured", 1, datetime(2026, 3, 30, 20, 41, 20, 250000, timezone.utc)),  # updatedAt
        ("authorized_only", 0, datetime(2026, 3, 10, 18, 31, 20, 250000, timezone.utc)),  # createdAt
    ],
)
def test_without_history_the_payment_tells(name: str, index: int, expected: datetime) -> None:
    def forget(order: dict[str, Any]) -> None:
        order["history"] = None
        order["payments"][index]["updatedAt"] = "2026-03-30T20:41:20.250Z"

    assert document(name, forget).tenders[index].at == expected


def test_history_entries_of_other_kinds_are_passed_over() -> None:
    def note(order: dict[str, Any]) -> None:
        order["history"]["items"].append({"type": "ORDER_NOTE", "createdAt": "2026-01-01", "data": {"note": "x"}})
        order["history"]["items"].append({"type": "ORDER_PAYMENT_TRANSITION", "createdAt": "2026-01-01", "data": None})

    assert told(document("multi_tax", note)) == told(document("multi_tax"))


@pytest.mark.parametrize(
    "state, expected",
    [
        ("Created", MoneyState.PENDING),
        ("Authorized", MoneyState.AUTHORIZED),
        ("Settled", MoneyState.DONE),
        ("Declined", MoneyState.FAILED),
        ("Error", MoneyState.FAILED),
        ("Cancelled", MoneyState.VOIDED),
    ],
)
def test_states_of_payments(state: str, expected: MoneyState) -> None:
    assert document("multi_tax", lambda order: order["payments"][0].update(state=state)).tenders[0].state is expected


@pytest.mark.parametrize(
    "state, expected", [("Pending", MoneyState.PENDING), ("Settled", MoneyState.DONE), ("Failed", MoneyState.FAILED)]
)
def test_states_of_refunds(state: str, expected: MoneyState) -> None:
    def change(order: dict[str, Any]) -> None:
        order["payments"][0]["refunds"][0]["state"] = state

    assert document("partial_refunds", change).refunds[0].state is expected


# === Refunds of what the order no longer carries === #


def reduced(*changes: Callable[[dict[str, Any]], object]) -> list[str]:
    def change(order: dict[str, Any]) -> None:
        for each in changes:
            each(order)

    return [str(refund.already_reduced) for refund in document("partial_refunds", change).refunds]


def shrink(order: dict[str, Any]) -> None:
    """Cancel the cup, as Vendure does: 48.32 paid, 41.00 left."""
    cup = next(line for line in order["lines"] if line["id"] == "913")
    cup.update(quantity=0, linePrice=0, proratedLinePrice=0, proratedLinePriceWithTax=0)
    order["taxSummary"] = [
        row | {"taxBase": 0, "taxTotal": 0} if row["description"].startswith("Standard") else row
        for row in order["taxSummary"]
    ]
    order["totalWithTax"] = 4100


def refund_state(index: int, state: str) -> Callable[[dict[str, Any]], object]:
    return lambda order: order["payments"][0]["refunds"][index].update(state=state)


def test_an_order_as_large_as_when_it_was_paid_reduces_no_refund() -> None:
    assert reduced() == ["0", "0"]


def test_the_earlier_refund_pays_for_what_is_gone() -> None:
    assert reduced(shrink) == ["7.32", "0.00"]


def test_a_refund_that_names_lines_comes_first() -> None:
    named = {"lines": [{"orderLineId": "913", "quantity": 1}]}
    assert reduced(shrink, lambda order: order["payments"][0]["refunds"][1].update(named)) == ["5.82", "1.50"]


def test_a_refund_of_a_modification_comes_first() -> None:
    modification = {"id": "1", "createdAt": "2026-03-17T16:00:00Z", "refund": {"id": "72"}}
    assert reduced(shrink, lambda order: order.update(modifications=[modification])) == ["5.82", "1.50"]


def test_a_pending_refund_counts_a_failed_one_does_not() -> None:
    assert reduced(shrink, refund_state(0, "Pending")) == ["7.32", "0.00"]
    assert reduced(shrink, refund_state(0, "Failed")) == ["0", "1.50"]


def test_only_captured_money_counts_as_paid() -> None:
    assert reduced(shrink, lambda order: order["payments"][0].update(state="Authorized")) == ["0", "0"]


def test_a_refund_has_its_payments_gateway() -> None:
    """Vendure writes the first payment's method into every refund that it splits over payments."""

    def mislabel(order: dict[str, Any]) -> None:
        for payment in order["payments"]:
            for refund in payment["refunds"]:
                refund["method"] = "instant-card"

    assert [refund.gateway for refund in document("refunds_of_two_payments", mislabel).refunds] == [
        "gift-card",
        "instant-card",
    ]


# === Taxes === #


def test_the_stores_own_tax_summary_is_kept() -> None:
    assert document("multi_tax").tax_totals == (
        TaxTotal(code="Standard Tax Europe", rate=Decimal(19), base=Decimal("107.95"), amount=Decimal("20.51")),
        TaxTotal(code="Reduced Tax Europe", rate=Decimal(7), base=Decimal("37.02"), amount=Decimal("2.59")),
        TaxTotal(code="Zero Tax Europe", rate=Decimal(0), base=Decimal("3.80"), amount=Decimal("0.00")),
        TaxTotal(code="shipping tax", rate=Decimal(19), base=Decimal("3.99"), amount=Decimal("0.76")),
    )


def test_tax_rounded_per_order_goes_to_the_largest_line() -> None:
    """The lines alone bear 4.58 at 7 %; the store charged 4.59 on their sum."""
    taxes = {line.key: line.tax for line in document("order_level_tax").lines}
    assert taxes["MAP"] == Decimal("1.95")  # 1.94 by itself
    assert sum(taxes[key] for key in ("TEA", "NOVEL", "MAP")) == Decimal("4.59")


def test_a_difference_that_taxes_do_not_explain_is_left_to_be_seen() -> None:
    translated = document("multi_tax", lambda order: order.update(totalWithTax=17663))
    assert translated.unexplained == Decimal("0.01")
    assert [line.tax for line in translated.lines] == [line.tax for line in document("multi_tax").lines]


def test_two_shipping_lines_with_different_taxes() -> None:
    def second(order: dict[str, Any]) -> None:
        line = order["shippingLines"][0] | {"id": "700", "discountedPrice": 1000, "discountedPriceWithTax": 1070}
        order["shippingLines"].append(line)
        order["taxSummary"].append({"description": "shipping tax", "taxRate": 7, "taxBase": 1000, "taxTotal": 70})
        order["totalWithTax"] += 1070

    lines = document("multi_tax", second).lines
    assert [(line.net, line.taxes[0].rate) for line in lines if line.kind.value == "shipping"] == [
        (Decimal("3.99"), Decimal(19)),
        (Decimal("10.00"), Decimal(7)),
    ]


def test_shipping_that_bears_no_tax_at_all() -> None:
    def untaxed(order: dict[str, Any]) -> None:
        order["shippingLines"][0]["discountedPriceWithTax"] = 399
        order["taxSummary"].pop()
        order["totalWithTax"] -= 76

    assert document("multi_tax", untaxed).lines[-1].taxes == ()


def test_a_line_without_tax_lines_bears_no_tax() -> None:
    def untaxed(order: dict[str, Any]) -> None:
        order["lines"][2]["taxLines"] = []
        order["taxSummary"] = [row for row in order["taxSummary"] if row["taxRate"]]

    assert document("multi_tax", untaxed).lines[2].taxes == ()


# === Currencies === #


def with_precision(name: str, precision: Any, **changes: Any) -> StoreDocument:
    answer = load(name)
    answer["globalSettings"] = {"serverConfig": {"moneyStrategyPrecision": precision}}
    answer["order"].update(changes)
    return VendurePlatform.order_document(answer, BERLIN)


def whole_thousands(order: dict[str, Any]) -> dict[str, Any]:
    """The amounts of ``authorized_only`` in yen: 1000 + 100 tax, 500 + 50 shipping."""
    line = order["lines"][0] | {"linePrice": 100000, "proratedLinePrice": 100000, "proratedLinePriceWithTax": 110000}
    shipping = order["shippingLines"][0] | {"discountedPrice": 50000, "discountedPriceWithTax": 55000}
    rows = [
        row | {"taxBase": base, "taxTotal": tax}
        for row, base, tax in zip(order["taxSummary"], (100000, 50000), (10000, 5000), strict=True)
    ]
    payment = order["payments"][0] | {"amount": 165000}
    return {
        "currencyCode": "JPY", "totalWithTax": 165000, "lines": [line], "shippingLines": [shipping], "taxSummary": rows,
        "payments": [payment],
    }  # fmt: skip


def test_yen_have_two_decimals_in_vendure_too() -> None:
    """Vendure has one precision for all currencies; a yen is stored as 100."""
    yen = with_precision("authorized_only", 2, **whole_thousands(load("authorized_only")["order"]))
    assert (yen.total, yen.unexplained, yen.tenders[0].amount) == (Decimal(1650), 0, Decimal(1650))


def test_a_store_with_another_precision() -> None:
    assert with_precision("multi_tax", 0, currencyCode="JPY").total == Decimal(17662)
    assert with_precision("multi_tax", 3, currencyCode="KWD").total == Decimal("17.662")


def test_part_of_a_yen_is_refused() -> None:
    with pytest.raises(PayloadError, match=r"order D2001, total: 176.62 has more decimals than JPY has"):
        with_precision("multi_tax", 2, currencyCode="JPY")


@pytest.mark.parametrize("precision", [-1, 7, Decimal("1.5"), "two", None])
def test_a_precision_that_is_none(precision: Any) -> None:
    with pytest.raises(PayloadError, match="globalSettings, serverConfig, moneyStrategyPrecision"):
        with_precision("multi_tax", precision)


def test_two_decimals_where_the_store_does_not_say() -> None:
    answer = load("multi_tax")
    for settings in (None, {"serverConfig": None}):
        assert VendurePlatform.order_document({**answer, "globalSettings": settings}, BERLIN).total == Decimal("176.62")


# === What is refused, and how it is said === #


def line(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda order: order["lines"][0].update(changes)


def payment(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda order: order["payments"][0].update(changes)


REFUSED = [
    (payment(state="Escrowed"), "order D2001, payment 401, state: 'Escrowed' is not a state known here"),
    (payment(amount=-5), "order D2001, payment 401, amount: -0.05 is negative"),
    (payment(amount=None), "order D2001, payment 401, amount: None is not an amount"),
    (payment(updatedAt="yesterday"), "order D2001, payment 401, updatedAt: 'yesterday' is not an ISO 8601 time"),
    (payment(createdAt=None), "order D2001, payment 401, createdAt: None is not an ISO 8601 time"),
    (payment(createdAt="2026-03-01T00:00:00"), "order D2001, payment 401, createdAt: '2026-03-01T00:00:00' has no UTC"),
    (payment(method=["card"]), "order D2001, payment 401, method: ['card'] is not a text"),
    (line(proratedLinePrice=Decimal("64.5")), "order D2001, line 901, proratedLinePrice: 64.5 is not an amount in"),
    (line(proratedLinePrice=float("nan")), "order D2001, line 901, proratedLinePrice: nan is not an amount"),
    (line(proratedLinePrice="NaN"), "order D2001, line 901, proratedLinePrice: 'NaN' is not an amount"),
    (line(proratedLinePriceWithTax=Decimal("1e999999")), "order D2001, line 901, proratedLinePriceWithTax: 1E+999999"),
    (line(quantity="three"), "order D2001, line 901, quantity: 'three' is not an amount"),
    (line(taxLines=[]), "order D2001, line 901, taxLines: it bears 12.33 tax, but no tax is named"),
    (line(taxLines=None), "order D2001, line 901, taxLines: None is not a list"),
    (line(taxLines=[{"description": "A", "taxRate": 9}, {"description": "B", "taxRate": -4}]), "12.33 cannot be split"),
    (line(id="902"), "order D2001, line 902: the line is listed twice"),
    (line(id=True), "order D2001, line True, id: True is not a text"),
    (lambda order: order["lines"][0].pop("linePrice"), "order D2001, line 901, linePrice: it is missing"),
    (lambda order: order["lines"].append("x"), "order D2001, line 5: 'x' is not an object"),
    (lambda order: order.update(currencyCode="XXX"), "order D2001, currency: 'XXX' is not an ISO 4217 currency code"),
    (lambda order: order.update(totalWithTax=-1), "order D2001, total: -0.01 is negative"),
    (lambda order: order.update(active="no"), "order D2001, active: 'no' is neither true nor false"),
    (lambda order: order.update(id=None), "order D2001, id: it is empty"),
    (lambda order: order["taxSummary"].pop(), "order D2001, shipping line 601, tax: it bears 0.76 tax, which"),
    (
        lambda order: order["taxSummary"][0].update(taxTotal=2054),
        "order D2001, taxSummary, 'Standard Tax Europe' 19 %: the lines bear 20.51 tax on 107.95, "
        "the summary says 20.54 on 107.95",
    ),
    (
        lambda order: order["taxSummary"][1].update(taxBase=3703),
        "order D2001, taxSummary, 'Reduced Tax Europe' 7 %: the lines bear 2.59 tax on 37.02",
    ),
    (
        lambda order: order["lines"].pop(1),
        "order D2001, taxSummary, 'Reduced Tax Europe' 7 %: the lines bear 0 tax on 0, the summary says 2.59 on 37.02",
    ),
]  # fmt: skip


@pytest.mark.parametrize("change, said", REFUSED)
def test_a_payload_that_is_refused(change: Callable[[dict[str, Any]], object], said: str) -> None:
    assert said in refused("multi_tax", change)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"state": "Disputed"}, "order D2006, payment 407, refund 71, state: 'Disputed' is not a state known here"),
        ({"total": -847}, "order D2006, refund 71, amount: -8.47 is negative"),
        ({"id": "72"}, "order D2006, refund 72: the refund is listed twice"),
    ],
)
def test_a_refund_that_is_refused(change: dict[str, Any], said: str) -> None:
    assert said in refused("partial_refunds", lambda order: order["payments"][0]["refunds"][0].update(change))


@pytest.mark.parametrize("answer", [{}, {"order": None}, {"order": []}, {"order": {}}])
def test_an_answer_without_an_order(answer: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match=r"order \(unknown\)"):
        VendurePlatform.order_document(answer, BERLIN)
