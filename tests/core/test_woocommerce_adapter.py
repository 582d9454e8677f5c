"""Orders of every situation, translated: amounts, taxes, money and dates."""

import copy
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from woocommerce_server import PAYLOADS

from ecommerce_connector.core.canonical import LineKind, MoneyState
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.platforms.payload import loads
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform
from ecommerce_connector.platforms.woocommerce.const import MANUAL_REFUND_NOTE

BRUSSELS = ZoneInfo("Europe/Brussels")
STORIES = sorted(file.stem for file in PAYLOADS.glob("*.json"))
HIGH, LOW, ZERO_RATE = "BE-BTW 21-1", "BE-BTW 6-1", "BE-BTW 0-1"


def read(story):
    return loads((PAYLOADS / f"{story}.json").read_text())


def translate(story, zone=BRUSSELS):
    return WooCommercePlatform.order_document(read(story), zone)


def lines(found):
    """(kind, key, net, taxes by code) of some lines, as texts."""
    return [(e.kind.value, e.key, str(e.net), {tax.code: str(tax.amount) for tax in e.taxes}) for e in found]


def tax_totals(document):
    return {row.code: str(row.amount) for row in document.tax_totals}


def october(day, hour, minute):
    return datetime(2026, 10, day, hour, minute, tzinfo=BRUSSELS)


# === EVERY ORDER === #


@pytest.mark.parametrize("story", STORIES)
def test_lines_and_taxes_come_to_the_total(story):
    document = translate(story)
    assert sum(line.gross for line in document.lines) == document.total
    assert document.unexplained == 0


@pytest.mark.parametrize("story", STORIES)
def test_tax_per_rate_is_the_stores_own_summary(story):
    document = translate(story)
    carried = dict.fromkeys(tax_totals(document), Decimal(0))
    for line in document.lines:
        for tax in line.taxes:
            carried[tax.code] += tax.amount
    assert carried == {row.code: row.amount for row in document.tax_totals}


@pytest.mark.parametrize("story", STORIES)
def test_refunds_do_not_reduce_the_order_and_stay_within_it(story):
    document = translate(story)
    assert all(refund.already_reduced == 0 for refund in document.refunds)
    assert document.refunded <= document.total


def test_there_is_a_payload_for_each_situation():
    assert len(STORIES) >= 30


# === LINES AND TAXES === #


def test_paid_order_with_three_rates():
    document = translate("paid-three-rates")
    assert (document.external_id, document.number, document.currency) == ("3101", "S-10231", "EUR")
    assert lines(document.lines) == [
        ("product", "MUG-1", "37.50", {HIGH: "7.88"}),
        ("product", "TEA-9", "36.65", {LOW: "2.20"}),
        ("product", "MAP-2", "9.90", {ZERO_RATE: "0.00"}),
        ("shipping", "flat_rate", "4.95", {HIGH: "1.04"}),
    ]
    assert [tax.rate for line in document.lines for tax in line.taxes] == [21, 6, 0, 21]
    assert tax_totals(document) == {HIGH: "8.92", LOW: "2.20", ZERO_RATE: "0.00"}
    assert document.total == Decimal("100.12")
    assert document.placed_at == october(5, 10, 0)
    assert document.updated_at == october(5, 10, 1)
    assert [(t.gateway, t.amount, t.at, t.transaction_id) for t in document.tenders] == [
        ("stripe", Decimal("100.12"), october(5, 10, 1), "ch_3101")
    ]
    assert not document.cancelled and not document.is_test


def test_customer_with_company_and_vat_number():
    customer = translate("paid-three-rates").customer
    assert (customer.external_id, customer.name, customer.company) == ("41", "Marie Peeters", "Peeters BV")
    assert (customer.vat, customer.email) == ("BE0123456749", "marie.peeters@example.com")
    assert (customer.billing.country, customer.shipping.postal_code) == ("BE", "9000")


def test_guest_has_no_id():
    assert translate("free-shipping").customer.external_id == ""


def test_coupon_is_within_the_net_and_told_as_a_discount():
    document = translate("order-coupon")
    assert [(str(line.net), str(line.discount)) for line in document.lines] == [
        ("11.25", "1.25"), ("13.19", "1.47"), ("30.00", "3.33"), ("4.95", "0.00")
    ]  # fmt: skip
    assert tax_totals(document) == {HIGH: "9.70", LOW: "0.79"}
    assert [[(part.code, str(part.amount)) for part in line.discounts] for line in document.lines] == [
        [("autumn10", "1.25")], [("autumn10", "1.47")], [("autumn10", "3.33")], []
    ]  # fmt: skip


def test_two_coupons():
    document = translate("line-coupon-and-cart-coupon")
    assert [str(line.discount) for line in document.lines] == ["20.00", "0.99", "0.00"]
    assert document.total == Decimal("69.17")
    # Which coupon took how much of a line, WooCommerce does not say.
    assert {part.code for line in document.lines for part in line.discounts} == {"five + pot25"}


@pytest.mark.parametrize("included", [True, False])
def test_whether_prices_include_tax_is_told_of_each_tax(included):
    payload = broken("order-coupon", ("order", "prices_include_tax"), included)
    lines = WooCommercePlatform.order_document(payload, BRUSSELS).lines
    assert {tax.included for line in lines for tax in line.taxes} == {included}


def test_price_raised_by_hand_is_no_negative_discount():
    payload = broken("free-shipping", ("order", "line_items", 0, "subtotal"), "20.00")
    assert WooCommercePlatform.order_document(payload, BRUSSELS).lines[0].discount == 0


def test_free_shipping_is_a_line_without_amount_and_tax():
    shipping = translate("free-shipping").lines[-1]
    assert lines([shipping]) == [("shipping", "free_shipping", "0.00", {})]


def test_two_taxes_on_each_line():
    document = translate("two-taxes-per-line")
    assert lines(document.lines) == [
        ("product", "SKI-1", "649.99", {"CA-QC-GST-1": "32.50", "CA-QC-QST-2": "64.84"}),
        ("product", "WAX-1", "26.97", {"CA-QC-GST-1": "1.35", "CA-QC-QST-2": "2.69"}),
        ("shipping", "flat_rate", "12.00", {"CA-QC-GST-1": "0.60", "CA-QC-QST-2": "1.20"}),
    ]
    assert document.total == Decimal("792.14")


def test_tax_on_tax_and_an_untaxed_line():
    document = translate("compound-tax")
    assert tax_totals(document) == {"US-NY-STATE-1": "3.84", "US-NY-CITY-2": "4.86"}
    assert document.lines[1].taxes == ()


def test_prices_that_include_tax():
    document = translate("prices-include-tax")
    assert [(str(line.net), str(line.tax)) for line in document.lines] == [
        ("12.36", "2.59"), ("21.93", "1.32"), ("29.74", "6.25"), ("4.09", "0.86")
    ]  # fmt: skip
    assert document.total == Decimal("79.14")


def test_tax_rounded_once_per_document():
    document = translate("round-at-subtotal")
    # Each line rounded by itself: 0.24 + 0.25 + 0.24 + 0.25 + 1.04 = 2.02.
    assert [str(line.tax) for line in document.lines] == ["0.23", "0.25", "0.23", "0.25", "0.44", "1.04"]
    assert tax_totals(document) == {HIGH: "2.00", LOW: "0.44"}
    assert document.total == Decimal("19.30")


def test_net_and_tax_rounded_once_per_document():
    document = translate("round-at-subtotal-gross-prices")
    assert [str(line.net) for line in document.lines] == ["1.07", "1.11", "1.15", "2.02", "0.82", "4.95"]
    assert tax_totals(document) == {HIGH: "2.34"}
    assert document.total == Decimal("13.46")


def test_fees_may_be_negative_and_are_rounded_together():
    document = translate("fees")
    assert lines(document.lines)[2:] == [
        ("fee", "Loyalty discount", "-2.50", {HIGH: "-0.53"}),
        ("fee", "Card surcharge", "0.37", {HIGH: "0.08"}),
        ("fee", "Deposit on crate", "1.24", {}),  # 1.2345: together they are 1.609
    ]


@pytest.mark.parametrize(
    "story, total, tax",
    [("whole-forints", "8578.00", "1823.00"), ("yen", "3839", "349"), ("dinars", "29.003", "1.381")],
)
def test_currencies_with_other_decimals(story, total, tax):
    document = translate(story)
    assert (str(document.total), str(document.tax)) == (total, tax)


def test_keys_of_products_without_sku_and_lines_of_a_bundle():
    assert lines(translate("bundle-and-deleted-product").lines)[:4] == [
        ("product", "SET-1", "45.00", {HIGH: "9.45"}),
        ("product", "LID-1", "3.00", {HIGH: "0.63"}),  # in the bundle, at a price; the free cups are left out
        ("product", "product:612", "4.00", {HIGH: "0.84"}),
        ("product", "Custom engraving", "6.00", {HIGH: "1.26"}),
    ]


def test_reverse_charge_has_no_tax_and_a_vat_number():
    document = translate("reverse-charge")
    assert document.tax == 0 and document.tax_totals == ()
    assert document.customer.vat == "DE123456788"


def test_taxes_that_a_line_edited_by_hand_only_lists():
    assert lines(translate("edited-by-hand").lines)[:3] == [
        ("product", "MUG-1", "12.50", {HIGH: "2.63"}),
        ("product", "TEA-9", "7.33", {LOW: "0.44"}),
        ("product", "MAP-2", "9.90", {ZERO_RATE: "0.00"}),
    ]


# === MONEY AND STATES === #


@pytest.mark.parametrize("story", ["on-hold-unpaid", "cash-on-delivery"])
def test_unpaid_order_is_placed_and_has_no_payment(story):
    document = translate(story)
    assert document.placed_at is not None
    assert document.tenders == ()


@pytest.mark.parametrize("story", ["failed", "checkout-draft"])
def test_nobody_bought(story):
    document = translate(story)
    assert document.placed_at is None
    assert document.tenders == ()
    assert not document.cancelled


def test_second_try_paid():
    document = translate("failed-then-paid")
    assert [(t.transaction_id, t.at) for t in document.tenders] == [("ch_second", october(5, 10, 19))]


def test_check_is_money_on_the_day_it_was_confirmed():
    document = translate("check-completed")
    assert document.placed_at == october(5, 10, 36)
    assert [(t.gateway, t.at) for t in document.tenders] == [("cheque", october(9, 10, 20))]


def test_status_of_a_plug_in_is_a_placed_order():
    document = translate("custom-status")
    assert document.placed_at == october(5, 10, 54)
    assert document.captured == Decimal("21.12")


def test_payment_makes_an_order_placed_whatever_its_status():
    payload = read("failed-then-paid")
    payload["order"]["status"] = "failed"
    assert WooCommercePlatform.order_document(payload, BRUSSELS).placed_at is not None


def test_cancelled_before_payment_keeps_its_lines():
    document = translate("cancelled-unpaid")
    assert document.cancelled
    assert document.tenders == ()
    assert document.total == Decimal("13.76") and len(document.lines) == 2


def test_cancelled_after_payment_keeps_the_money():
    document = translate("cancelled-after-payment")
    assert document.cancelled
    assert document.captured == Decimal("21.12")


def test_gift_card_sold_is_no_product():
    assert [line.kind for line in translate("gift-card-sold").lines] == [
        LineKind.GIFT_CARD, LineKind.PRODUCT, LineKind.SHIPPING
    ]  # fmt: skip


def test_gift_cards_are_tenders_and_not_discounts():
    document = translate("gift-cards-used")
    assert document.total == Decimal("36.24")
    assert [(t.external_id, t.gateway, str(t.amount), t.state) for t in document.tenders] == [
        ("3112-gift-card-5", "gift_card", "25.00", MoneyState.DONE),
        ("3112-gift-card-6", "gift_card", "5.50", MoneyState.DONE),
        ("3112", "woocommerce_payments", "5.74", MoneyState.DONE),
    ]
    assert document.captured == document.total


def test_code_of_a_gift_card_stays_out_of_the_document():
    assert "AAAA-BBBB" not in repr(translate("gift-cards-used"))


def test_paid_by_gift_card_alone():
    document = translate("paid-by-gift-card")
    assert [(t.gateway, str(t.amount)) for t in document.tenders] == [("gift_card", "7.77")]


@pytest.mark.parametrize(
    "status, state",
    [
        ("on-hold", MoneyState.DONE),
        ("pending", MoneyState.AUTHORIZED),
        ("failed", MoneyState.VOIDED),
        ("cancelled", MoneyState.VOIDED),
    ],
)
def test_gift_card_of_an_order_that_is_not_paid(status, state):
    payload = read("gift-cards-used")
    payload["order"] |= {"status": status, "date_paid_gmt": None}
    document = WooCommercePlatform.order_document(payload, BRUSSELS)
    assert [tender.state for tender in document.tenders] == [state, state]


@pytest.mark.parametrize("key, value", [("_wcpay_mode", "test"), ("_ppcp_paypal_payment_mode", "sandbox")])
def test_payment_in_test_mode(key, value):
    payload = read("free-shipping")
    payload["order"]["meta_data"] = [{"id": 1, "key": key, "value": value}]
    assert WooCommercePlatform.order_document(payload, BRUSSELS).is_test


def test_payment_without_a_method_has_a_gateway_to_map():
    payload = read("free-shipping")
    payload["order"]["payment_method"] = ""
    assert WooCommercePlatform.order_document(payload, BRUSSELS).tenders[0].gateway == "unnamed"


def test_times_are_the_stores():
    document = translate("compound-tax", ZoneInfo("America/New_York"))
    assert document.placed_at.isoformat() == "2026-10-31T23:30:00-04:00"
    assert document.tenders[0].at.isoformat() == "2026-10-31T23:31:00-04:00"


# === REFUNDS === #


def test_refund_of_a_line_and_refund_of_an_amount():
    first, second = translate("partial-refunds").refunds
    assert (first.external_id, str(first.amount), first.reason) == ("3150", "15.13", "chipped")
    assert (first.gateway, first.at, first.state) == ("stripe", october(5, 10, 30), MoneyState.DONE)
    assert lines(first.lines) == [("product", "MUG-1", "12.50", {HIGH: "2.63"})]
    assert first.lines[0].quantity == 1
    assert (str(second.amount), second.lines) == ("2.00", ())
    assert second.reason == f"goodwill; {MANUAL_REFUND_NOTE}"


def test_full_refund_gives_back_every_tax():
    document = translate("full-refund-by-lines")
    (refund,) = document.refunds
    assert lines(refund.lines) == lines(document.lines)
    assert refund.amount == document.total == sum(line.gross for line in refund.lines)


def test_order_marked_as_refunded():
    document = translate("refunded-by-status")
    (refund,) = document.refunds
    assert not document.cancelled
    assert (refund.amount, refund.lines) == (document.total, ())


def test_unpaid_order_marked_as_refunded_gave_no_money_back():
    document = translate("unpaid-refunded-by-status")
    assert document.cancelled
    assert document.refunds == () and document.tenders == ()


def test_refund_of_a_net_stays_with_the_tax_of_its_line():
    (refund,) = translate("edited-by-hand").refunds
    assert lines(refund.lines) == [
        ("product", "MUG-1", "5.00", {HIGH: "0.00"}),
        ("product", "TEA-9", "7.33", {LOW: "0.44"}),
    ]
    # The amount is what moved; the lines explain 12.77 of it, and stay as they are.
    assert refund.amount == Decimal("20.00")
    assert refund.lines[0].quantity == 0


def test_refund_of_a_line_whose_product_is_gone_keeps_the_key_it_was_sold_under():
    payload = read("partial-refunds")
    payload["refunds"][1]["line_items"][0] |= {"sku": None, "product_id": 0}
    refund = WooCommercePlatform.order_document(payload, BRUSSELS).refunds[0]
    assert refund.lines[0].key == "MUG-1"


def test_refund_with_a_rate_that_was_taken_out_of_the_order():
    payload = read("partial-refunds")
    row = payload["refunds"][1]["tax_lines"][0]
    row |= {"rate_id": 55, "rate_code": "BE-OLD-1"}
    payload["refunds"][1]["line_items"][0]["taxes"][0]["id"] = 55
    refund = WooCommercePlatform.order_document(payload, BRUSSELS).refunds[0]
    assert {tax.code: str(tax.amount) for tax in refund.lines[0].taxes} == {HIGH: "0.00", "BE-OLD-1": "2.63"}


def test_refund_made_after_the_order_was_read_counts():
    payload = read("partial-refunds")
    payload["order"]["refunds"] = []
    assert len(WooCommercePlatform.order_document(payload, BRUSSELS).refunds) == 2


# === BAD INPUT === #


def broken(story, path, value):
    """A payload with one field replaced; ``...`` takes it out."""
    payload = copy.deepcopy(read(story))
    node = payload
    for step in path[:-1]:
        node = node[step]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return payload


LINE = ("order", "line_items", 0)


@pytest.mark.parametrize(
    "path, value, where, problem",
    [
        (("order",), [], "order", "it is missing"),
        (("order", "id"), ..., "order 3105, id", "it is missing"),
        (("order", "total"), ..., "order 3105, total", "it is missing"),
        (("order", "total"), "NaN", "order 3105, total", "'NaN' is not an amount"),
        (("order", "total"), float("nan"), "order 3105, total", "nan is not an amount"),
        (("order", "total"), "44,01", "order 3105, total", "'44,01' is not an amount"),
        (("order", "total"), "-44.01", "order 3105, total", "-44.01 is negative"),
        (("order", "total"), "44.015", "order 3105, total", "44.015 has more decimals than EUR has"),
        (("order", "total"), "1e500", "order 3105, total", "'1e500' is not a plausible amount"),
        (("order", "total_tax"), None, "order 3105, total_tax", "it is missing"),
        (("order", "currency"), "EUX", "order 3105, currency", "'EUX' is not an ISO 4217 currency code"),
        (("order", "currency"), ..., "order 3105, currency", "'' is not an ISO 4217 currency code"),
        (("order", "parent_id"), 3100, "order 3105, parent_id", "it is a part of order 3100"),
        (("order", "billing_period"), "month", "order 3105, billing_period", "it is a subscription, not an order"),
        (("order", "date_created_gmt"), None, "order 3105, date_created_gmt", "it is missing"),
        (("order", "date_paid_gmt"), "yesterday", "order 3105, date_paid_gmt", "'yesterday' is not an ISO 8601 time"),
        (("order", "line_items"), ..., "order 3105, line_items", "it is missing"),
        (("order", "line_items"), {"0": {}}, "order 3105, line_items", "it is not a list of objects"),
        ((*LINE, "id"), ..., "order 3105, line ?, id", "it is missing"),
        ((*LINE, "total"), ..., "order 3105, line 31051 (MUG-1), total", "it is missing"),
        ((*LINE, "total"), True, "order 3105, line 31051 (MUG-1), total", "True is not an amount"),
        ((*LINE, "quantity"), "two", "order 3105, line 31051 (MUG-1), quantity", "'two' is not an amount"),
        ((*LINE, "taxes"), [], "order 3105, line 31051 (MUG-1), total_tax", "5.250000 is stated"),
        ((*LINE, "taxes", 0, "id"), 8, "order 3105, line 31051 (MUG-1), taxes", "tax rate 8 of 5.25 is not in"),
        (("order", "tax_lines", 0, "tax_total"), ..., "order 3105, tax line 31054, tax_total", "it is missing"),
        (("order", "gift_cards"), [{"id": 1, "amount": -5}], "order 3105, payment 3105-gift-card-1, amount", "-5.00"),
        (("refunds",), ..., "order 3105, refunds", "it is missing"),
        (("refunds",), [], "order 3105, refund 3151", "the order lists it, its details are missing"),
        (("refunds", 0, "amount"), "-2.00", "order 3105, refund 3151, amount", "it is -2.00, the order lists 2.00"),
        (("refunds", 0, "amount"), "3.00", "order 3105, refund 3151, amount", "it is 3.00, the order lists 2.00"),
        (("refunds", 1, "date_created_gmt"), "", "order 3105, refund 3150, date_created_gmt", "it is missing"),
        (
            ("refunds", 1, "line_items", 0, "total"), "x",
            "order 3105, refund 3150, line 1 (MUG-1), total", "'x' is not an amount",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(path, value, where, problem):
    with pytest.raises(PayloadError) as caught:
        WooCommercePlatform.order_document(broken("partial-refunds", path, value), BRUSSELS)
    assert caught.value.where == where
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    "path, value, difference",
    [
        (("order", "total"), "45.01", "1.00"),
        (("order", "total"), "44.02", "0.01"),
        ((*LINE, "total"), "24.00", "1.00"),
        (("order", "line_items"), [], "38.02"),
        (("order", "shipping_lines"), None, "5.99"),
    ],
)
def test_totals_that_do_not_add_up_are_not_made_to(path, value, difference):
    document = WooCommercePlatform.order_document(broken("partial-refunds", path, value), BRUSSELS)
    assert document.unexplained == Decimal(difference)
