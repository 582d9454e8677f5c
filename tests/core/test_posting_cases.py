"""The worked cases of the accounting specification that one order can show, with their figures.

Entries are written as there: ``Dr AR 110 / Cr Revenue 100, Tax payable 10``. A capture and a
refund of money follow the invoice and the credit notes.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import at, balances, booked, codes, line, order, paid, plan, refund, rule, rulebook, sale, tax

from ecommerce_connector.core.canonical import LineKind, MoneyState, Remitter
from ecommerce_connector.core.mapping.rulebook import Target
from ecommerce_connector.core.plans import PlanStatus

INVOICE_110 = "Dr AR 110 / Cr Revenue 100, Tax payable 10"
CAPTURE_110 = "Dr PSP 110 / Cr AR 110"


# === SALES === #


def test_case_01_prices_exclude_tax() -> None:
    assert booked(plan(sale(paid("110")))) == [INVOICE_110, CAPTURE_110]


def test_case_02_prices_include_tax() -> None:
    """119.99 with 20 % inside: 99.99 and 20.00 as the store says, not 20.00 recomputed from a net."""
    planned = plan(order(line("mug", "99.99", tax("20.00")), tenders=[paid("119.99")]))
    assert booked(planned) == ["Dr AR 119.99 / Cr Revenue 99.99, Tax payable 20", "Dr PSP 119.99 / Cr AR 119.99"]


def test_case_03_shipping() -> None:
    planned = plan(order(line("post", "5", tax("1"), kind=LineKind.SHIPPING), tenders=[paid("6")]))
    assert booked(planned)[0] == "Dr AR 6 / Cr Shipping revenue 5, Tax payable 1"


def test_case_04b_discount_inside_the_line() -> None:
    planned = plan(order(line("mug", "80", tax("16"), discount=Decimal(20)), tenders=[paid("96")]))
    assert booked(planned)[0] == "Dr AR 96 / Cr Revenue 80, Tax payable 16"


def test_case_05a_gift_card_sold() -> None:
    planned = plan(order(line("card-50", "50", kind=LineKind.GIFT_CARD), tenders=[paid("50")]))
    assert booked(planned) == ["Dr AR 50 / Cr Gift-card liability 50", "Dr PSP 50 / Cr AR 50"]


def test_case_06_gift_card_redeemed_is_a_tender() -> None:
    tenders = [paid("50", gateway="gift-card", external_id="gc"), paid("70", external_id="pi")]
    planned = plan(order(line("mug", "100", tax("20")), tenders=tenders))
    assert booked(planned) == [
        "Dr AR 120 / Cr Revenue 100, Tax payable 20",
        "Dr Gift-card liability 50 / Cr AR 50",
        "Dr PSP 70 / Cr AR 70",
    ]
    assert balances(planned) == {
        "Gift-card liability": 50, "PSP": 70, "Revenue": -100, "Tax payable": -20,
    }  # fmt: skip


def test_case_10a_order_fee() -> None:
    planned = plan(order(line("handling", "3", tax("0.60"), kind=LineKind.FEE), tenders=[paid("3.60")]))
    assert booked(planned)[0] == "Dr AR 3.6 / Cr Order-fee revenue 3, Tax payable 0.6"


def test_cases_09_and_10b_tips_and_duties_are_not_revenue() -> None:
    lines = [line("tip", "5", kind=LineKind.TIP), line("ddp", "12", kind=LineKind.DUTY)]
    planned = plan(order(*lines, tenders=[paid("17")]))
    assert booked(planned)[0] == "Dr AR 17 / Cr Tips payable 5, Duties payable 12"


# === MONEY === #


@pytest.mark.parametrize("state", [MoneyState.AUTHORIZED, MoneyState.PENDING])
def test_case_11_authorization_is_no_entry(state: MoneyState) -> None:
    planned = plan(sale(paid("110", state=state)))
    assert planned.status is PlanStatus.WAITING
    assert booked(planned) == []
    assert str(planned.notices[0]) == "110 EUR is authorized or pending, nothing is captured: no entry."


def test_case_11_capture_is_dated_when_the_money_moved() -> None:
    planned = plan(sale(paid("110", "2026-03-14 08:00")))
    assert [entry.date for entry in planned.entries()] == [date(2026, 3, 14), date(2026, 3, 14)]


def test_declined_then_captured_books_the_capture_only() -> None:
    declined = paid("110", external_id="a", state=MoneyState.FAILED)
    assert booked(plan(sale(declined, paid("110", external_id="b")))) == [INVOICE_110, CAPTURE_110]


def test_case_15_partial_payment_leaves_what_the_store_says_is_outstanding() -> None:
    planned = plan(sale(paid("50")))
    assert booked(planned) == [INVOICE_110, "Dr PSP 50 / Cr AR 50"]
    assert planned.residual == 60
    assert planned.notices == ()


# === REFUNDS === #


def test_case_16_partial_refund_by_line() -> None:
    returned = refund("55", line("mug", "50", tax("5", "10")))
    planned = plan(sale(paid("110"), refunds=[returned]))
    assert booked(planned) == [
        INVOICE_110, "Dr Sales returns 50, Tax payable 5 / Cr AR 55", CAPTURE_110, "Dr AR 55 / Cr PSP 55",
    ]  # fmt: skip
    assert planned.residual == 0


def test_case_18_refund_above_what_is_left_is_blocked_with_the_excess() -> None:
    everything = refund("110", line("mug", "100", tax("10", "10")), external_id="r1")
    more = refund("15", external_id="r2", when="2026-03-20 10:00")
    planned = plan(sale(paid("110"), refunds=[everything, more]))
    assert planned.status is PlanStatus.BLOCKED
    (reason,) = planned.reasons
    assert (reason.code, reason.amount, reason.key) == ("refund_above_order", Decimal(15), "r2")
    assert str(reason) == (
        "Order 1001: refund r2 gives back 15 EUR, but only 0 is left of the order. "
        "Decide what the excess is: add a compensation rule, or check the refund in the store."
    )


def test_case_19_amount_only_refund_gives_tax_back_with_it() -> None:
    planned = plan(sale(paid("110"), refunds=[refund("11")]))
    assert booked(planned)[1:] == [
        "Dr Sales allowances 10, Tax payable 1 / Cr AR 11", CAPTURE_110, "Dr AR 11 / Cr PSP 11",
    ]  # fmt: skip


def test_case_20_cancelled_before_any_invoice_but_captured() -> None:
    """No sale: the money is the customer's. Here it stands on the receivable account, not on an advances account."""
    kept = plan(sale(paid("110"), cancelled=True))
    assert booked(kept) == [CAPTURE_110]
    assert str(kept.notices[0]) == (
        "Order 1001: 110 EUR was captured for a cancelled order and not given back; it stands as a credit of the "
        "customer. Refund it in the store, or apply it to another order."
    )
    given_back = plan(sale(paid("110"), cancelled=True, refunds=[refund("110")]))
    assert booked(given_back) == [CAPTURE_110, "Dr AR 110 / Cr PSP 110"]
    assert (given_back.residual, given_back.notices) == (0, ())


def test_case_20_void_of_an_authorization_is_no_entry() -> None:
    planned = plan(sale(paid("110", state=MoneyState.VOIDED), cancelled=True))
    assert planned.status is PlanStatus.WAITING
    assert planned.notices[0].message == "It was cancelled before any money was captured: nothing to book."


def test_case_21_refunded_in_full_after_the_sale() -> None:
    planned = plan(sale(paid("110"), refunds=[refund("110", line("mug", "100", tax("10", "10")))]))
    assert booked(planned) == [
        INVOICE_110, "Dr Sales returns 100, Tax payable 10 / Cr AR 110", CAPTURE_110, "Dr AR 110 / Cr PSP 110",
    ]  # fmt: skip
    assert balances(planned) == {"Revenue": -100, "Sales returns": 100}


# === TAX OF OTHERS, ROUNDING === #

MARKETPLACE_TAX = tax("8.25", "8.25", "Sales tax", remitter=Remitter.MARKETPLACE)


def test_case_26_marketplace_tax_is_not_ours() -> None:
    planned = plan(order(line("mug", "100", MARKETPLACE_TAX), tenders=[paid("108.25")]))
    assert booked(planned) == [
        "Dr AR 108.25 / Cr Revenue 100, Marketplace-tax clearing 8.25", "Dr PSP 108.25 / Cr AR 108.25",
    ]  # fmt: skip
    assert planned.moves[0].tax == 0


@pytest.mark.parametrize("lines", [(), (line("mug", "100", MARKETPLACE_TAX),)], ids=["amount only", "by line"])
def test_case_26_marketplace_tax_is_given_back_from_its_own_account(lines: tuple) -> None:
    document = order(line("mug", "100", MARKETPLACE_TAX), tenders=[paid("108.25")], refunds=[refund("108.25", *lines)])
    account = "Sales returns" if lines else "Sales allowances"
    assert booked(plan(document))[1] == f"Dr {account} 100, Marketplace-tax clearing 8.25 / Cr AR 108.25"


def test_case_30_difference_within_the_cap_is_a_named_line() -> None:
    document = order(line("mug", "24.98", tax("5.00")), total="29.97", tenders=[paid("29.97")])
    planned = plan(document)
    assert booked(planned)[0] == "Dr AR 29.97, Rounding difference 0.01 / Cr Revenue 24.98, Tax payable 5"
    assert (planned.moves[0].lines[-1].kind, planned.moves[0].lines[-1].net) == ("rounding", Decimal("-0.01"))


@pytest.mark.parametrize(("total", "complete"), [("29.93", True), ("30.03", True), ("29.92", False), ("30.04", False)])
def test_case_30_the_cap_itself_is_within(total: str, complete: bool) -> None:
    document = order(line("mug", "24.98", tax("5.00")), total=total, tenders=[paid(total)])
    assert (plan(document).status is PlanStatus.COMPLETE) == complete


def test_case_30_above_the_cap_is_blocked_with_the_exact_difference() -> None:
    document = order(line("mug", "24.98", tax("5.00")), total="31.20", tenders=[paid("31.20")])
    (reason,) = plan(document).reasons
    assert (reason.code, reason.amount) == ("does_not_add_up", Decimal("1.22"))
    assert str(reason) == (
        "Order 1001: lines and taxes come to 29.98 EUR, the store's total is 31.20: 1.22 is not explained. "
        "Check the order in the store; nothing is booked until its figures agree."
    )


# === LOCKS, UNKNOWN PRODUCTS === #


def test_case_32_refund_of_a_locked_month_is_booked_on_the_first_open_day() -> None:
    document = sale(
        paid("110", "2026-01-20 10:00"), placed_at=at("2026-01-20 09:00"),
        refunds=[refund("110", line("mug", "100", tax("10", "10")), when="2026-01-30 10:00")],
    )  # fmt: skip
    planned = plan(document, first_open_sale_day=date(2026, 2, 1), first_open_day=date(2026, 2, 3))
    assert [(entry.kind.value, entry.date, entry.true_date) for entry in planned.entries()] == [
        ("invoice", date(2026, 2, 1), date(2026, 1, 20)),
        ("credit_note", date(2026, 2, 1), date(2026, 1, 30)),
        ("payment", date(2026, 2, 3), date(2026, 1, 20)),
        ("refund_payment", date(2026, 2, 3), date(2026, 1, 30)),
    ]


def test_case_32_rules_are_those_of_the_true_date() -> None:
    rules = rulebook(
        rule("product", label="Revenue 2025", id=90, date_to=date(2025, 12, 31)),
        rule("product", label="Revenue 2026", id=91, date_from=date(2026, 1, 1)), without=["product"],
    )  # fmt: skip
    planned = plan(sale(paid("110", "2025-12-31 23:30")), rules, first_open_sale_day=date(2026, 2, 1))
    assert booked(planned)[0] == "Dr AR 110 / Cr Revenue 2025 100, Tax payable 10"
    assert planned.moves[0].date == date(2026, 2, 1)


def test_case_41_unknown_product_waits_on_the_suspense_account() -> None:
    document = order(line("new-thing", "20", tax("4")), tenders=[paid("24")])
    planned = plan(document, rulebook(without=["product"]), suspense=Target(label="Unmapped revenue (suspense)"))
    assert booked(planned)[0] == "Dr AR 24 / Cr Unmapped revenue (suspense) 20, Tax payable 4"
    assert planned.moves[0].lines[0].suspense
    (notice,) = planned.notices
    assert (notice.code, notice.amount, notice.key) == ("unmapped", Decimal(20), "product:new-thing")
    assert str(notice) == (
        "No product rule covers 'new-thing' on Mar 10, 2026; it waits on Unmapped revenue (suspense). "
        "Add a mapping rule for it."
    )


def test_case_41_without_a_suspense_account_it_is_blocked() -> None:
    document = order(line("new-thing", "20", tax("4")), tenders=[paid("24")])
    planned = plan(document, rulebook(without=["product"]))
    assert codes(planned.reasons) == ["mapping_missing"]
    assert (planned.reasons[0].amount, planned.reasons[0].key) == (Decimal(20), "product:new-thing")
