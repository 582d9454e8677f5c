"""What a Medusa order says: exact, summed up, and named where it cannot be read."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from medusa_payloads import SITUATIONS, document, load, set_amount
from vendure_payloads import told

from ecommerce_connector.core.canonical import LineKind, MoneyState, StoreDocument
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.fulfilments import Restock
from ecommerce_connector.core.rounding import total

PAID = sorted(set(SITUATIONS) - {"authorized-only", "captured-in-parts", "cancelled-before-capture"})


def by_key(found: StoreDocument) -> dict[str, Any]:
    return {line.key: line for line in found.lines}


def taxes(found: StoreDocument) -> dict[str, D]:
    sums: dict[str, D] = {}
    for tax in (tax for line in found.lines for tax in line.taxes):
        sums[tax.code] = sums.get(tax.code, D(0)) + tax.amount
    return sums


# === Of all situations === #


@pytest.mark.parametrize("situation", SITUATIONS)
def test_lines_and_taxes_come_to_the_total_in_whole_units(situation: str) -> None:
    found = document(situation)
    assert found.unexplained == 0
    places = 0 if found.currency == "JPY" else 2
    amounts = [found.total, *(line.net for line in found.lines), *(tender.amount for tender in found.tenders)]
    amounts += [tax.amount for line in found.lines for tax in line.taxes] + [refund.amount for refund in found.refunds]
    assert all(amount == round(amount, places) for amount in amounts)


@pytest.mark.parametrize("situation", PAID)
def test_what_was_paid_is_what_was_sold_but_for_what_went(situation: str) -> None:
    """Nothing is owed in any of these: the customer paid the total, and got back what the order shrank by."""
    found = document(situation)
    assert found.captured - total([refund.already_reduced for refund in found.refunds]) == found.total


@pytest.mark.parametrize("situation", SITUATIONS)
def test_an_order_read_again_says_the_same(situation: str) -> None:
    """Medusa lists the parts of an order in any order."""
    order = load(situation)
    for name in ("items", "shipping_methods", "credit_lines", "payment_collections"):
        order[name] = list(reversed(order[name]))
    found = document(situation)
    again = document(situation, lambda fresh: fresh.update(order))
    assert {line.external_id: line.gross for line in again.lines} == {
        line.external_id: line.gross for line in found.lines
    }
    assert set(again.tenders) == set(found.tenders)
    assert again.refunds == found.refunds


# === One by one === #


def test_three_rates() -> None:
    found = document("multi-tax")
    assert (found.number, found.currency, found.total) == ("1", "EUR", D("1333.75"))
    assert taxes(found) == {"FR20": D("211.29"), "FR5.5": D("3.12"), "FR0": D("0.00")}
    assert by_key(found)["ESPRESSO"].net == D("999.99")
    assert by_key(found)["Standard"].kind is LineKind.SHIPPING
    (tender,) = found.tenders
    assert (tender.gateway, tender.amount, tender.state) == ("pp_system_default", D("1333.75"), MoneyState.DONE)
    assert tender.external_id.startswith("capt_")
    assert found.placed_at and tender.at > found.placed_at
    assert (
        found.updated_at == tender.at.replace(microsecond=found.updated_at.microsecond) or found.updated_at > tender.at
    )


def test_discounts_are_named_and_add_up() -> None:
    found = document("line-discount")
    apron = by_key(found)["APRON"]
    assert found.total == D("71.81")
    assert apron.discount == D("19.92")
    assert {part.code: part.amount for part in apron.discounts} == {"APRON25": D("14.99"), "MINUS7": D("4.93")}
    assert by_key(found)["HANDBOOK"].discount == D("2.07")


def test_free_shipping_stays_as_a_line_of_nothing() -> None:
    express = by_key(document("free-shipping"))["Express"]
    assert (express.net, express.tax, express.discount) == (0, 0, D("12.90"))


def test_an_edit_upwards_is_a_second_payment() -> None:
    found = document("edited-upwards")
    assert found.total == D("43.58")
    assert [tender.amount for tender in found.tenders] == [D("23.64"), D("19.94")]


def test_an_edit_downwards_is_gone_from_the_order() -> None:
    found = document("edited-downwards")
    (refund,) = found.refunds
    assert by_key(found)["FILTERS"].quantity == 5
    assert (refund.amount, refund.already_reduced) == (D("17.64"), D("17.64"))


def test_refunds_leave_the_sale_as_it_was() -> None:
    """Medusa says that the order is worth 60.58 now."""
    found = document("partial-refunds")
    assert found.total == D("73.92")
    assert [(refund.amount, refund.reason, refund.already_reduced, refund.lines) for refund in found.refunds] == [
        (D("12.34"), "damaged", 0, ()), (D("1.00"), "late", 0, ()),
    ]  # fmt: skip


def test_a_cancelled_order_keeps_its_lines_and_is_refunded_whole() -> None:
    found = document("cancelled-refunded")
    (refund,) = found.refunds
    assert found.cancelled
    assert found.cancelled_at
    assert found.total == refund.amount == found.captured == D("76.33")
    assert refund.already_reduced == 0


def test_a_return_is_the_lines_of_its_refund() -> None:
    found = document("returned")
    (refund,) = found.refunds
    (line,) = refund.lines
    assert found.total == D("81.58")
    assert by_key(found)["FILTERS"].quantity == 5
    assert refund.amount == D("15.88")
    assert (line.quantity, line.net, line.tax, line.restock) == (2, D("13.23"), D("2.65"), Restock.STOCK)
    assert line.of_line == by_key(found)["FILTERS"].external_id
    assert refund.already_reduced == 0


def test_a_refund_of_another_amount_is_none_of_the_return() -> None:
    def other(order: dict[str, Any]) -> None:
        set_amount(order["payment_collections"][0]["payments"][0]["refunds"][0], "amount", D("15.87"))

    assert document("returned", other).refunds[0].lines == ()


def test_what_an_edit_took_out_is_in_the_refund_that_names_no_goods() -> None:
    """One refund of a return, one of what an edit took out of the order, in that order."""

    def edited_too(order: dict[str, Any]) -> None:
        payment = order["payment_collections"][0]["payments"][0]
        for record in (payment, payment["captures"][0]):
            set_amount(record, "amount", D("91.5811"))
        later = {**payment["refunds"][0], "id": "ref_later", "created_at": "2026-12-01T00:00:00.000Z"}
        set_amount(later, "amount", 10)
        payment["refunds"].append(later)

    first, second = document("returned", edited_too).refunds
    assert (first.amount, first.already_reduced, len(first.lines)) == (D("15.88"), 0, 1)
    assert (second.amount, second.already_reduced, second.lines) == (D("10.00"), D("10.00"), ())


def test_a_line_that_came_back_whole_is_still_sold() -> None:
    """Medusa states nothing of it but what came back, with tax."""
    found = document("line-all-returned")
    book = by_key(found)["COOKBOOK"]
    assert (book.quantity, book.net, book.tax) == (1, D("33.33"), D("1.83"))
    (line,) = found.refunds[0].lines
    assert (line.net, line.tax) == (D("33.33"), D("1.83"))


def test_authorized_money_is_none() -> None:
    (tender,) = document("authorized-only").tenders
    assert (tender.amount, tender.state) == (D("25.94"), MoneyState.AUTHORIZED)
    assert tender.external_id.startswith("pay_")


def test_a_part_that_is_captured_is_money_and_the_rest_is_not() -> None:
    found = document("captured-in-parts")
    assert [(tender.amount, tender.state) for tender in found.tenders] == [
        (D("500.00"), MoneyState.DONE), (D("705.99"), MoneyState.AUTHORIZED),
    ]  # fmt: skip


def test_a_payment_given_up_with_its_order() -> None:
    found = document("cancelled-before-capture")
    assert found.cancelled
    assert [tender.state for tender in found.tenders] == [MoneyState.VOIDED]


def test_a_parcel_left_and_another_is_packed() -> None:
    (parcel,) = document("two-parcels").fulfilments
    lines = by_key(document("two-parcels"))
    assert [(line.line_id, line.quantity) for line in parcel.lines] == [(lines["ESPRESSO"].external_id, D(2))]


def test_a_line_of_several_stock_items_is_counted_in_its_own_pieces() -> None:
    """A machine of two parts, one of them needed twice: Medusa lists the parts."""

    def of_parts(order: dict[str, Any]) -> None:
        for parcel in order["fulfillments"]:
            for item in list(parcel["items"]):
                set_amount(item, "quantity", 2 * D(str(item["quantity"])))
                parcel["items"].append({**item, "id": item["id"] + "-2", "quantity": 2 * item["quantity"]})

    assert document("two-parcels", of_parts).fulfilments == document("two-parcels").fulfilments


def test_dollars_bear_the_tax_of_the_state() -> None:
    found = document("dollars")
    assert found.currency == "USD"
    assert taxes(found) == {"NY4": D("45.05"), "US0": D("0.00")}
    assert (found.customer.shipping.country, found.customer.shipping.state) == ("US", "NY")


def test_yen_have_no_cents_and_prices_with_tax_are_netted() -> None:
    found = document("yen-tax-included")
    assert found.total == found.captured == D(169870)
    assert taxes(found) == {"JP10": D(14618), "JP8": D(672)}
    assert all(tax.included for line in found.lines for tax in line.taxes)


def test_pounds_with_tax_and_a_coupon() -> None:
    found = document("pounds-tax-included")
    assert found.total == D("128.98")
    assert by_key(found)["COOKBOOK"].discount == D("8.09")


def test_a_custom_line_of_a_draft_is_a_fee() -> None:
    found = document("draft-with-fee")
    fee = by_key(found)["Setup fee"]
    assert (fee.kind, fee.net, fee.tax) == (LineKind.FEE, D("25.00"), D("5.00"))


def test_gift_cards_are_tenders() -> None:
    found = document("gift-card-and-card")
    assert found.total == D("101.95")
    assert {tender.gateway: tender.amount for tender in found.tenders} == {
        "pp_system_default": D("51.95"), "gift-card": D("50.00"),
    }  # fmt: skip
    card = next(tender for tender in found.tenders if tender.gateway == "gift-card")
    assert "-credit-gift-card-gcard_" in card.external_id
    assert card.at == found.placed_at
    whole = document("gift-card-only")
    assert whole.total == D("45.88")
    assert [(tender.gateway, tender.amount) for tender in whole.tenders] == [("gift-card", D("45.88"))]


def test_no_payload_holds_the_code_of_a_gift_card() -> None:
    assert all("GC-000" not in str(load(situation)) for situation in SITUATIONS)


def test_what_was_taken_off_an_unpaid_order_is_a_line_below_zero() -> None:
    found = document("forgiven")
    assert by_key(found)["goodwill"].net == D("-5.94")
    assert found.total == found.captured == D("20.00")


def test_ids_stay_when_medusa_writes_its_credit_lines_anew() -> None:
    def rewritten(order: dict[str, Any]) -> None:
        for line in order["credit_lines"]:
            line |= {"id": line["id"][:-2] + "ZZ", "created_at": "2027-01-01T00:00:00.000Z", "version": 9}

    for situation in ("gift-card-and-card", "forgiven"):
        changed = document(situation, rewritten)
        assert changed.tenders == document(situation).tenders
        assert changed.lines == document(situation).lines


def test_cents_between_money_and_a_gift_card_are_the_cards() -> None:
    """33.335 charged and 68.617 from the card: the processor charged 33.34, so the card paid 68.61."""

    def split(order: dict[str, Any]) -> None:
        payment = order["payment_collections"][0]["payments"][0]
        for record in (payment, payment["captures"][0]):
            set_amount(record, "amount", D("33.335"))
        set_amount(order["credit_lines"][0], "amount", D("68.617"))
        set_amount(order, "credit_line_total", D("68.617"))
        set_amount(order, "total", D("33.335"))

    assert sorted(tender.amount for tender in document("gift-card-and-card", split).tenders) == [D("33.34"), D("68.61")]


def test_store_credit_given_back_is_dated_by_the_change_that_gave_it() -> None:
    def credited(order: dict[str, Any]) -> None:
        line = {"id": "ordcl_1", "amount": -5, "reference": "order", "reference_id": "x",
                "metadata": {"created_in_version": 4}, "created_at": "2027-01-01T00:00:00.000Z"}  # fmt: skip
        order["credit_lines"].append(line)
        set_amount(order, "credit_line_total", -5)
        set_amount(order, "total", D(str(order["total"])) + 5)

    change = {"id": "ordch_1", "version": 4, "confirmed_at": "2026-11-25T10:00:00.000Z"}
    (refund,) = document("multi-tax", credited, changes=[change]).refunds
    assert (refund.gateway, refund.amount) == ("store-credit", D("5.00"))
    assert refund.at.isoformat() == "2026-11-25T11:00:00+01:00"
    with pytest.raises(PayloadError, match="when version 4 of the order was made is not known"):
        document("multi-tax", credited)


def test_goods_that_an_exchange_replaced_are_gone_from_the_order() -> None:
    def exchanged(order: dict[str, Any]) -> None:
        order["returns"][0]["exchange"] = {"id": "oexc_1"}

    found = document("returned", exchanged)
    assert by_key(found)["FILTERS"].quantity == 3
    assert found.total == D("65.71")
    assert found.refunds[0].lines == ()
    assert found.refunds[0].already_reduced == D("15.87")


def test_a_guest_has_no_id_and_a_customer_has() -> None:
    assert document("multi-tax").customer.external_id == ""
    named = document("multi-tax", lambda order: order["customer"].update(has_account=True))
    assert named.customer.external_id.startswith("cus_")
    assert (named.customer.name, named.customer.email) == ("Ada Byron", "ada.byron@example.com")
    assert named.customer.billing.country == "FR"


def test_a_draft_is_not_placed() -> None:
    assert document("draft-with-fee", lambda order: order.update(is_draft_order=True)).placed_at is None


def test_stripes_charge_is_the_transaction() -> None:
    def paid(order: dict[str, Any]) -> None:
        order["payment_collections"][0]["payments"][0]["data"] = {"id": "pi_1", "latest_charge": "ch_1"}

    assert document("multi-tax", paid).tenders[0].transaction_id == "ch_1"


# === What cannot be read === #


def _first_item(name: str, value: object) -> Any:
    return lambda order: set_amount(order["items"][0], name, value)


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        (_first_item("total", D("1.5")), r"^order 1, item_total: ", "its lines come to"),
        (lambda order: set_amount(order, "total", 1), r"^order 1, total: ", "without credit lines come to 1333.7465"),
        (lambda order: set_amount(order, "tax_total", 1), r"^order 1, tax_total: ", "taxes of its lines come to"),
        (_first_item("tax_total", "much"), r"^order 1, line ordli_\w+, tax_total: ", "'much' is not an amount"),
        (lambda order: order.pop("items"), r"^order 1, items: ", "missing from the answer"),
        (lambda order: order.update(items=[1]), r"^order 1, line 1: ", "1 is not an object"),
        (lambda order: order.update(created_at="soon"), r"^order 1, created_at: ", "'soon' is not an ISO 8601 time"),
        (lambda order: order.update(currency_code="xbt"), r"^order 1, currency_code: ", "XBT"),
        (lambda order: order["payment_collections"][0]["payments"][0].update(currency_code="usd"),
         r"^order 1, payment collection \w+, payment pay_\w+, currency_code: ", "it is in USD, the order in eur"),
        (lambda order: set_amount(order["payment_collections"][0]["payments"][0]["captures"][0], "amount", -1),
         r"^order 1, payment capt_\w+, amount: ", "-1 is negative"),
        (lambda order: order.pop("id"), r"^order 1, id: ", "missing from the answer"),
        (lambda order: order["items"][0].update(requires_shipping="yes"),
         r"^order 1, line ordli_\w+, requires_shipping: ", "neither true nor false"),
    ],
)  # fmt: skip
def test_an_error_names_the_order_and_the_field(change: Any, where: str, problem: str) -> None:
    with pytest.raises(PayloadError, match=where) as caught:
        document("multi-tax", change)
    assert problem in str(caught.value)


def test_a_line_whose_taxes_are_not_its_tax() -> None:
    with pytest.raises(PayloadError, match=r"^order 1, line ordli_\w+, tax_total: it is [\d.]+, its taxes come to 1"):
        document("multi-tax", lambda order: [set_amount(tax, "total", 1) for tax in order["items"][0]["tax_lines"]])


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_whole_story(golden: Any, situation: str) -> None:
    golden(f"medusa/{situation}", told(document(situation)) + "\n")
