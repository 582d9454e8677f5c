"""Plans of orders: all or nothing, what is named, and the days that entries carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from builders import PARIS, at, booked, codes, line, order, paid, plan, refund, rule, rulebook, sale, tax

from ecommerce_connector.core.canonical import LineKind, MoneyState, Remitter
from ecommerce_connector.core.dates import UTC
from ecommerce_connector.core.mapping.rulebook import Rulebook, Target
from ecommerce_connector.core.plans import OrderPlan, PlanStatus
from ecommerce_connector.core.policy import InvoiceOn

SUSPENSE = Target(label="Suspense")


def reasons(planned: OrderPlan) -> list[str]:
    assert planned.status is PlanStatus.BLOCKED
    assert list(planned.entries()) == []
    return [f"{reason.code} {reason.key} {reason.amount}" for reason in planned.reasons]


# === ALL REASONS AT ONCE === #


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Nobody should repair one thing only to be told of the next."""
    lines = [
        line("mug", "10", tax("2", code="VAT A")),
        line("tip", "5", kind=LineKind.TIP),
        line("cup", "3", tax("1", code="Market", remitter=Remitter.MARKETPLACE)),
    ]
    returned = [refund("6", line("mug", "5", tax("1", code="VAT A")), gateway="wire")]
    returned.append(refund("1", external_id="r2", when="2026-03-13 10:00"))
    document = order(*lines, total="30", tenders=[paid("30")], refunds=returned)
    assert reasons(plan(document, Rulebook([]))) == [
        "mapping_missing product:mug 10",
        "mapping_missing tax:VAT A 3.07",
        "mapping_missing tip:tip 5",
        "mapping_missing product:cup 3",
        "mapping_missing marketplace_tax:Market 1.07",
        "does_not_add_up None 9",
        "mapping_missing product:mug 5",
        "mapping_missing refund_adjustment:amount_only 0.86",
        "mapping_missing gateway:card 30",
        "mapping_missing gateway:wire 6",
        "mapping_missing gateway:card 1",
    ]


def test_the_same_reason_is_listed_once_with_all_that_waits_for_it() -> None:
    document = order(*[line("mug", net, external_id=net) for net in ("10", "20.00", "5.5")], tenders=[paid("35.50")])
    assert reasons(plan(document, rulebook(without=["product"]))) == ["mapping_missing product:mug 35.50"]
    waiting = plan(document, rulebook(without=["product"]), suspense=SUSPENSE).notices
    assert [(notice.code, notice.amount) for notice in waiting] == [("unmapped", Decimal("35.50"))]


@pytest.mark.parametrize("kind", ["product", "shipping", "fee"])
def test_unmapped_revenue_may_wait_in_suspense(kind: str) -> None:
    document = order(line("x", "10", kind=LineKind(kind)), tenders=[paid("10")])
    planned = plan(document, rulebook(without=[kind]), suspense=SUSPENSE)
    assert booked(planned)[0] == "Dr AR 10 / Cr Suspense 10"
    assert codes(planned.notices) == ["unmapped"]


@pytest.mark.parametrize("kind", ["tip", "duty", "gift_card"])
def test_other_peoples_money_does_not_wait_in_suspense(kind: str) -> None:
    document = order(line("x", "10", kind=LineKind(kind)), tenders=[paid("10")])
    assert reasons(plan(document, rulebook(without=[kind]), suspense=SUSPENSE)) == [f"mapping_missing {kind}:x 10"]


@pytest.mark.parametrize("kind", ["tax", "gateway"])
def test_a_tax_or_gateway_without_rule_blocks(kind: str) -> None:
    missing = {"tax": "tax:VAT 10", "gateway": "gateway:card 110"}[kind]
    planned = plan(sale(paid("110")), rulebook(without=[kind]), suspense=SUSPENSE)
    assert reasons(planned) == [f"mapping_missing {missing}"]


def test_two_equal_rules_block_and_do_not_end_in_suspense() -> None:
    rules = rulebook(rule("product", "m*", "One", 90), rule("product", "*g", "Two", 91))
    planned = plan(sale(paid("110")), rules, suspense=SUSPENSE)
    assert (reasons(planned), planned.notices) == (["mapping_ambiguous product:mug None"], ())
    assert planned.reasons[0].message == (
        "Two product rules fit 'mug' equally well: product 'm*' → One (rule 90) and product '*g' → Two (rule 91)."
    )


def test_two_equal_rules_for_returns_block() -> None:
    rules = rulebook(rule("return", "m*", "One", 90), rule("return", "*g", "Two", 91))
    document = sale(paid("110"), refunds=[refund("110", line("mug", "100", tax("10", "10")))])
    assert reasons(plan(document, rules)) == ["mapping_ambiguous return:mug None"]


def test_missing_rounding_rule_blocks() -> None:
    document = order(line("mug", "10"), total="10.02", tenders=[paid("10.02")])
    assert reasons(plan(document, rulebook(without=["rounding"]))) == ["mapping_missing rounding:EUR 0.02"]


# === WHICH RULE === #


def test_rules_are_asked_with_rate_currency_and_destination() -> None:
    rules = rulebook(
        rule("tax", label="Tax FR", id=90, rate=Decimal("20"), country="FR"),
        rule("tax", label="Tax DE", id=91, rate=Decimal("20"), country="DE"),
        rule("gateway", "card", "PSP USD", 92, currency="USD"),
    )
    document = order(line("mug", "100", tax("20")), currency="USD", tenders=[paid("120")])
    customer = replace(document.customer, billing=replace(document.customer.billing, country="DE"))
    billed = replace(document, customer=customer)
    delivered = replace(
        document, customer=replace(customer, shipping=replace(document.customer.shipping, country="FR"))
    )
    assert booked(plan(billed, rules)) == ["Dr AR 120 / Cr Revenue 100, Tax DE 20", "Dr PSP USD 120 / Cr AR 120"]
    assert booked(plan(delivered, rules))[0] == "Dr AR 120 / Cr Revenue 100, Tax FR 20"
    assert booked(plan(document, rules))[0] == "Dr AR 120 / Cr Revenue 100, Tax payable 20"


def test_returns_go_to_revenue_where_no_rule_says_otherwise() -> None:
    document = sale(paid("110"), refunds=[refund("55", line("mug", "50", tax("5", "10")))])
    assert booked(plan(document, rulebook(without=["return"])))[1] == "Dr Revenue 50, Tax payable 5 / Cr AR 55"


def test_shipping_given_back_goes_to_shipping_revenue() -> None:
    post = line("post", "5", tax("1"), kind=LineKind.SHIPPING)
    document = order(line("mug", "10", tax("2")), post, tenders=[paid("18")], refunds=[refund("6", post)])
    assert booked(plan(document))[1] == "Dr Shipping revenue 5, Tax payable 1 / Cr AR 6"


# === WHAT IS NO SALE === #


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"is_test": True}, "It is a test order: nothing is booked."),
        ({"tenders": ()}, "It is not paid yet: no entry until money is captured."),
        ({"tenders": (), "placed_at": None}, "It is a cart, not an order yet: nothing to book."),
        ({"tenders": (), "cancelled": True}, "It was cancelled before any money was captured: nothing to book."),
        ({"tenders": (), "lines": (), "total": Decimal(0)}, "It is worth nothing: no entry."),
    ],
)
def test_what_waits_says_why(changes: dict, message: str) -> None:
    planned = plan(replace(sale(paid("110")), **changes))
    assert (planned.status, codes(planned.notices)) == (PlanStatus.WAITING, ["nothing_to_book"])
    assert (planned.notices[0].message, planned.reasons) == (message, ())


def test_money_for_a_cart_is_the_customers() -> None:
    planned = plan(sale(paid("30"), placed_at=None))
    assert booked(planned) == ["Dr PSP 30 / Cr AR 30"]
    assert [(notice.code, notice.amount) for notice in planned.notices] == [("order_not_placed", Decimal(30))]


def test_money_for_a_cart_that_is_given_back_needs_no_credit_note() -> None:
    planned = plan(sale(paid("30"), placed_at=None, refunds=[refund("30")]))
    assert booked(planned) == ["Dr PSP 30 / Cr AR 30", "Dr AR 30 / Cr PSP 30"]
    assert (planned.residual, planned.notices) == (0, ())


def test_free_order_is_an_invoice_of_nothing_on_the_day_of_the_order() -> None:
    given = line("mug", "0", tax("0"), discount=Decimal(10))
    (invoice,) = plan(order(given, placed_at=at("2026-03-31 23:30"))).moves
    assert (invoice.total, invoice.date, len(invoice.lines)) == (0, date(2026, 3, 31), 1)


def test_line_of_nothing_is_left_out_but_not_one_that_moves_tax() -> None:
    moved = line("fix", "0", tax("1.00", code="A"), tax("-1.00", code="B"))
    (invoice,) = plan(order(line("mug", "10"), line("free", "0"), moved, tenders=[paid("10")])).moves
    assert [planned.key for planned in invoice.lines] == ["mug", "fix"]
    assert invoice.total == 10


# === MONEY THAT IS NAMED === #


def test_paid_beyond_the_orders_worth() -> None:
    planned = plan(sale(paid("110"), paid("110", external_id="again")))
    assert [(notice.code, notice.amount) for notice in planned.notices] == [("overpaid", Decimal(110))]
    assert planned.residual == -110


def test_a_pending_refund_explains_its_own_amount_only() -> None:
    """The order shrank from 200 to 110, of which 60 is on its way back: 30 is nobody's."""
    pending = refund("60", state=MoneyState.PENDING, already_reduced="60")
    planned = plan(sale(paid("200"), refunds=[pending]))
    assert [(notice.code, notice.amount) for notice in planned.notices] == [
        ("refund_pending", Decimal(60)), ("overpaid", Decimal(30)),
    ]  # fmt: skip
    assert planned.notices[0].message == (
        "Order 1001: refund ref-1 of 60 EUR is pending; its payment is booked when the money moves."
    )


def test_pending_refund_of_a_sale_announces_its_credit_note() -> None:
    planned = plan(sale(paid("110"), refunds=[refund("11", state=MoneyState.PENDING)]))
    assert booked(planned) == ["Dr AR 110 / Cr Revenue 100, Tax payable 10", "Dr PSP 110 / Cr AR 110"]
    assert planned.notices[0].message == (
        "Order 1001: refund ref-1 of 11 EUR is pending; its credit note and its payment are booked when the money "
        "moves."
    )


def test_pending_refund_of_a_cancelled_order_is_one_notice() -> None:
    pending = refund("110", state=MoneyState.PENDING)
    assert codes(plan(sale(paid("110"), refunds=[pending], cancelled=True)).notices) == ["refund_pending"]


@pytest.mark.parametrize("changes", [{}, {"cancelled": True}, {"placed_at": None}], ids=["sale", "cancelled", "cart"])
def test_more_given_back_than_received(changes: dict) -> None:
    planned = plan(sale(paid("50"), refunds=[refund("80")], **changes))
    assert [(notice.code, notice.amount) for notice in planned.notices] == [("refund_above_payment", Decimal(30))]
    assert planned.notices[0].message == "Order 1001: 30 EUR more was given back than received."


def test_refund_of_what_was_never_paid_is_blocked() -> None:
    planned = plan(sale(refunds=[refund("11")]))
    assert reasons(planned) == ["refund_without_invoice ref-1 11"]
    assert planned.reasons[0].message == "Order 1001: refund ref-1 of 11 EUR has no invoice to credit."


# === DAYS === #


@pytest.mark.parametrize(
    ("zone", "captured", "day"),
    [
        ("Europe/Paris", "2026-01-31 22:30", date(2026, 1, 31)),  # 23:30 in Paris
        ("Europe/Paris", "2026-01-31 23:30", date(2026, 2, 1)),
        ("America/Los_Angeles", "2026-02-01 07:30", date(2026, 1, 31)),  # 23:30 in Los Angeles
        ("Europe/Paris", "2026-10-25 00:30", date(2026, 10, 25)),  # 02:30, the first time
        ("Europe/Paris", "2026-10-25 01:30", date(2026, 10, 25)),  # 02:30, the second time
        ("Europe/Paris", "2026-10-25 22:59", date(2026, 10, 25)),  # last minute of a day of 25 hours
        ("Europe/Paris", "2026-10-25 23:00", date(2026, 10, 26)),
    ],
)
def test_entries_carry_the_stores_day(zone: str, captured: str, day: date) -> None:
    instant = datetime.fromisoformat(captured).replace(tzinfo=UTC)
    document = sale(paid("110", instant), refunds=[refund("11", when=instant)])
    planned = plan(document, zone=ZoneInfo(zone))
    assert {entry.date for entry in planned.entries()} == {day}


def test_both_half_past_twos_of_the_long_night_are_in_order() -> None:
    """The refund at the second 02:30 follows the sale at the first, though their clocks show the same."""
    first, second = at("2026-10-25 02:30"), at("2026-10-25 02:30").replace(fold=1)
    assert first.utcoffset() != second.utcoffset()
    tenders = [paid("60", second, external_id="a"), paid("50", first, external_id="b")]
    document = sale(*[replace(tender, at=tender.at.astimezone(UTC)) for tender in tenders])
    assert [payment.external_id for payment in plan(document, zone=PARIS).payments] == ["b", "a"]


def test_invoice_is_dated_with_the_first_capture() -> None:
    tenders = [paid("60", "2026-03-12 10:00"), paid("50", "2026-03-11 10:00", external_id="p2")]
    early = paid("1", "2026-03-01 10:00", external_id="p0", state=MoneyState.FAILED)
    planned = plan(sale(*tenders, early))
    assert planned.moves[0].date == date(2026, 3, 11)
    assert [payment.date for payment in planned.payments] == [date(2026, 3, 11), date(2026, 3, 12)]


def test_invoice_at_the_order() -> None:
    document = sale(paid("110", "2026-03-12 10:00"))
    planned = plan(document, invoice_on=InvoiceOn.ORDER)
    assert [entry.date for entry in planned.entries()] == [date(2026, 3, 10), date(2026, 3, 12)]
    unpaid = plan(replace(document, tenders=()), invoice_on=InvoiceOn.ORDER)
    assert (booked(unpaid), unpaid.residual) == (["Dr AR 110 / Cr Revenue 100, Tax payable 10"], 110)


@pytest.mark.parametrize("changes", [{"cancelled": True}, {"placed_at": None}])
def test_no_invoice_at_an_order_that_is_none(changes: dict) -> None:
    assert plan(replace(sale(), **changes), invoice_on=InvoiceOn.ORDER).status is PlanStatus.WAITING
