"""Money before the sale, cancellation after it, and what is given back beyond it (cases 18, 20 and 21)."""

from __future__ import annotations

from datetime import date

import pytest
from builders import at, balances, booked, codes, line, order, paid, plan, policy, refund, rule, rulebook, sale, tax

from ecommerce_connector.core.changes import compare
from ecommerce_connector.core.plan_text import to_text
from ecommerce_connector.core.plans import EntryKind, PlanStatus
from ecommerce_connector.core.policy import InvoiceOn
from ecommerce_connector.core.posted import Posted
from ecommerce_connector.core.posting import plan_order

RULES = rulebook(rule("advance", label="Customer advances", id=90), rule("compensation", label="Compensation", id=91))
CAPTURE = "Dr PSP 110 / Cr Customer advances 110"
USED = "Dr Customer advances 110 / Cr AR 110"


# === ADVANCES === #


def test_case_20_paid_and_cancelled_before_any_invoice() -> None:
    kept = plan(sale(paid("110"), cancelled=True), RULES)
    assert booked(kept) == [CAPTURE]
    assert codes(kept.notices) == ["cancelled_but_paid"]
    given_back = plan(sale(paid("110"), refunds=[refund("110")], cancelled=True), RULES)
    assert booked(given_back) == [CAPTURE, "Dr Customer advances 110 / Cr PSP 110"]
    assert balances(given_back) == {}
    assert given_back.payments[0].rules == frozenset({12, 90})


def test_a_cart_that_becomes_an_order_uses_its_advance_on_the_day_of_the_invoice() -> None:
    cart = plan(sale(paid("110"), placed_at=None), RULES)
    assert booked(cart) == [CAPTURE]
    known = Posted(advances={(EntryKind.PAYMENT, "pay-1"): True})
    placed = plan(sale(paid("110"), placed_at=at("2026-03-14 09:00")), RULES, posted=known)
    assert booked(placed) == ["Dr AR 110 / Cr Revenue 100, Tax payable 10", CAPTURE, USED]
    (transfer,) = placed.transfers
    assert (transfer.key, transfer.date) == ((EntryKind.ADVANCE_USED, "payment:pay-1"), date(2026, 3, 10))
    assert (placed.residual, placed.notices) == (0, ())
    # What is posted is the same entry; only the invoice and the use are new.
    posted = {entry.key: entry.fingerprint for entry in cart.entries()}
    assert [entry.kind.value for entry in compare(placed, posted).new] == ["invoice", "advance_used"]


def test_paid_before_the_order_was_placed_and_invoiced_when_placed() -> None:
    document = sale(paid("110", "2026-03-08 10:00"), placed_at=at("2026-03-10 09:00"))
    early = plan_order(document, RULES, policy(invoice_on=InvoiceOn.ORDER))
    assert booked(early)[1:] == [CAPTURE, USED]
    assert [str(entry.date) for entry in early.entries()] == ["2026-03-10", "2026-03-08", "2026-03-10"]


def test_what_is_given_back_of_money_on_the_receivable_account_goes_there() -> None:
    """An order that was cancelled while its invoice waited: on two accounts both would stay open."""
    known = Posted(advances={(EntryKind.PAYMENT, "pay-1"): False})
    planned = plan(sale(paid("110"), refunds=[refund("110")], cancelled=True), RULES, posted=known)
    assert booked(planned) == ["Dr PSP 110 / Cr AR 110", "Dr AR 110 / Cr PSP 110"]


def test_what_is_posted_on_the_receivable_account_stays_there() -> None:
    known = Posted(advances={(EntryKind.PAYMENT, "pay-1"): False})
    planned = plan(sale(paid("110"), cancelled=True), RULES, posted=known)
    assert booked(planned) == ["Dr PSP 110 / Cr AR 110"]


def test_money_given_back_for_an_order_that_was_invoiced_and_then_emptied_is_no_advance() -> None:
    emptied = order(tenders=[paid("110")], refunds=[refund("110")], cancelled=True)
    planned = plan(emptied, RULES, posted=Posted(is_invoiced=True, advances={(EntryKind.PAYMENT, "pay-1"): False}))
    assert booked(planned) == ["Dr PSP 110 / Cr AR 110", "Dr AR 110 / Cr PSP 110"]


def test_an_advance_whose_rule_is_gone_blocks_its_use() -> None:
    known = Posted(advances={(EntryKind.PAYMENT, "pay-1"): True})
    planned = plan(sale(paid("110")), posted=known)
    assert (planned.status, codes(planned.reasons)) == (PlanStatus.BLOCKED, ["mapping_missing"])


def test_the_use_of_an_advance_never_crosses_a_lock_date() -> None:
    known = Posted(advances={(EntryKind.PAYMENT, "pay-1"): True})
    planned = plan(sale(paid("110")), RULES, posted=known, first_open_day=date(2026, 4, 1))
    assert [(str(entry.date), str(entry.true_date)) for entry in planned.transfers] == [("2026-04-01", "2026-03-10")]


# === CANCELLED AFTER THE INVOICE === #

INVOICED = Posted(is_invoiced=True)


def test_case_21_cancelled_and_given_back() -> None:
    document = sale(paid("110"), refunds=[refund("110")], cancelled=True, cancelled_at=at("2026-03-12 09:00"))
    planned = plan(document, RULES, posted=INVOICED)
    assert booked(planned) == [
        "Dr AR 110 / Cr Revenue 100, Tax payable 10", "Dr Sales returns 100, Tax payable 10 / Cr AR 110",
        "Dr PSP 110 / Cr AR 110", "Dr AR 110 / Cr PSP 110",
    ]  # fmt: skip
    assert planned.residual == 0


def test_cancelled_and_nothing_given_back_is_credited_on_the_day_it_was_cancelled() -> None:
    document = sale(paid("110"), cancelled=True, cancelled_at=at("2026-03-13 09:00"))
    planned = plan(document, RULES, posted=INVOICED)
    note = planned.moves[1]
    assert (note.key, note.date) == ((EntryKind.CREDIT_NOTE, "cancelled"), date(2026, 3, 13))
    assert booked(planned)[1] == "Dr Sales returns 100, Tax payable 10 / Cr AR 110"
    assert codes(planned.notices) == ["cancelled_but_paid"]
    assert planned.residual == -110


def test_cancelled_after_a_partial_refund_credits_the_rest() -> None:
    returned = refund("55", line("mug", "50", tax("5", "10")))
    planned = plan(sale(paid("110"), refunds=[returned], cancelled=True), RULES, posted=INVOICED)
    assert booked(planned)[1:3] == [
        "Dr Sales returns 50, Tax payable 5 / Cr AR 55", "Dr Sales allowances 50, Tax payable 5 / Cr AR 55",
    ]  # fmt: skip


def test_cancelled_before_the_invoice_needs_no_credit_note() -> None:
    assert plan(sale(paid("110"), cancelled=True), RULES).moves == ()


# === BEYOND THE ORDER'S WORTH === #


def test_case_18_the_excess_is_a_compensation() -> None:
    everything = refund("110", line("mug", "100", tax("10", "10")), external_id="r1")
    more = refund("15", external_id="r2", when="2026-03-20 10:00")
    planned = plan(sale(paid("110"), refunds=[everything, more]), RULES)
    assert booked(planned)[-1] == "Dr Compensation 15 / Cr AR 15"
    assert (planned.transfers[0].key, planned.residual) == ((EntryKind.COMPENSATION, "r2"), 0)
    assert [(notice.code, notice.amount, notice.key) for notice in planned.notices] == [("compensated", 15, "r2")]
    assert "Compensation, Mar 20, 2026: 15.00 EUR → Compensation (rule 91)" in to_text(planned)


@pytest.mark.parametrize("lines", [(), (line("mug", "120", tax("12", "10")),)])
def test_one_refund_above_the_order_credits_what_is_left_and_no_more(lines) -> None:
    planned = plan(sale(paid("110"), refunds=[refund("132", *lines)]), RULES)
    assert booked(planned)[1:] == [
        "Dr Sales allowances 100, Tax payable 10 / Cr AR 110", "Dr PSP 110 / Cr AR 110", "Dr AR 132 / Cr PSP 132",
        "Dr Compensation 22 / Cr AR 22",
    ]  # fmt: skip
    assert balances(planned) == {"PSP": -22, "Compensation": 22, "Revenue": -100, "Sales allowances": 100}
