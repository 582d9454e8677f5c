"""Orders at random: a plan is complete and exact, or blocked and says all that is wrong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from builders import balances, journal_items, plan, rulebook, taxes_of
from hypothesis import given
from hypothesis import strategies as st
from random_orders import orders, refunded_orders, stable

from ecommerce_connector.core.canonical import MoneyState, StoreDocument
from ecommerce_connector.core.currencies import unit
from ecommerce_connector.core.plan_text import to_text
from ecommerce_connector.core.plans import EntryKind, OrderPlan, PlanStatus
from ecommerce_connector.core.rounding import total

CAP = Decimal("0.05")
KINDS = ("product", "shipping", "fee", "tip", "gift_card", "tax", "marketplace_tax", "rounding", "gateway")


def invoices(planned: OrderPlan) -> list:
    return [move for move in planned.moves if move.kind is EntryKind.INVOICE]


@stable
@given(document=orders(most_off=8))
def test_a_complete_plan_is_the_stores_total_with_rounding_within_the_cap(document: StoreDocument) -> None:
    planned = plan(document, rounding_cap=CAP)
    assert (planned.status is PlanStatus.COMPLETE) == (abs(document.unexplained) <= max(CAP, unit(document.currency)))
    for invoice in invoices(planned):
        rounding = [line.net for line in invoice.lines if line.kind == "rounding"]
        assert invoice.total == document.total
        assert total(rounding) == document.unexplained
        assert len(rounding) == bool(document.unexplained)
        assert all(abs(amount) <= max(CAP, unit(document.currency)) for amount in rounding)


@stable
@given(document=orders())
def test_tax_is_booked_as_charged_per_code_and_rate(document: StoreDocument) -> None:
    charged: dict = {}
    for line in document.lines:
        for tax in line.taxes:
            if tax.remitted_by_seller and (line.net or line.discount or any(other.amount for other in line.taxes)):
                charged[tax.code, tax.rate] = charged.get((tax.code, tax.rate), 0) + tax.amount
    assert taxes_of(invoices(plan(document))) == charged


@stable
@given(document=refunded_orders())
def test_each_entry_balances_and_is_in_whole_units(document: StoreDocument) -> None:
    planned = plan(document, rounding_cap=Decimal(3))
    assert planned.status is PlanStatus.COMPLETE
    for entry in planned.entries():
        items = journal_items(entry)
        assert total(list(items.values())) == 0
        assert all(amount % unit(document.currency) == 0 for amount in items.values())


@stable
@given(document=refunded_orders())
def test_residual_is_what_the_store_says_is_outstanding(document: StoreDocument) -> None:
    planned = plan(document, rounding_cap=Decimal(3))
    reduced = total([refund.already_reduced for refund in document.refunds])
    credited = document.refunded - reduced
    assert planned.residual == document.total - document.captured - credited + document.refunded
    assert balances(planned).get("AR", 0) == planned.residual


@stable
@given(document=refunded_orders(), missing=st.sets(st.sampled_from(KINDS)))
def test_a_blocked_plan_writes_nothing_and_names_all_that_is_missing(document, missing: set[str]) -> None:
    planned = plan(document, rulebook(without=missing), rounding_cap=Decimal(3))
    used = {"gateway"} | ({"rounding"} if document.unexplained else set())
    for line in document.lines:
        moves = line.net or line.discount or any(tax.amount for tax in line.taxes)
        used |= {line.kind.value} if moves else set()
        used |= {"tax" for tax in line.taxes if moves and tax.remitted_by_seller}
        used |= {"marketplace_tax" for tax in line.taxes if tax.amount and not tax.remitted_by_seller}
    assert {reason.key.split(":")[0] for reason in planned.reasons} == missing & used
    assert (planned.status is PlanStatus.BLOCKED) == bool(missing & used)
    assert not planned.reasons or (planned.moves, planned.payments) == ((), ())


@stable
@given(document=refunded_orders(), missing=st.sets(st.sampled_from(KINDS)))
def test_repairing_all_that_was_named_completes_the_plan(document: StoreDocument, missing: set[str]) -> None:
    """Nothing comes to light only after the first repair."""
    named = {
        reason.key.split(":")[0]
        for reason in plan(document, rulebook(without=missing), rounding_cap=Decimal(3)).reasons
    }
    assert plan(document, rulebook(without=missing - named), rounding_cap=Decimal(3)).status is PlanStatus.COMPLETE


@stable
@given(document=refunded_orders(), order=st.randoms(use_true_random=False))
def test_order_of_payments_and_refunds_in_the_payload_does_not_matter(document: StoreDocument, order) -> None:
    tenders, refunds = list(document.tenders), list(document.refunds)
    order.shuffle(tenders)
    order.shuffle(refunds)
    shuffled = replace(document, tenders=tuple(tenders), refunds=tuple(refunds))
    planned = plan(document, rounding_cap=Decimal(3))
    assert plan(shuffled, rounding_cap=Decimal(3)) == planned
    assert [entry.key for entry in planned.entries()] == list(dict.fromkeys(entry.key for entry in planned.entries()))


@stable
@given(document=refunded_orders(), order=st.randoms(use_true_random=False))
def test_order_of_lines_changes_no_account(document: StoreDocument, order) -> None:
    lines = list(document.lines)
    order.shuffle(lines)
    planned = plan(document, rounding_cap=Decimal(3))
    other = plan(replace(document, lines=tuple(lines)), rounding_cap=Decimal(3))
    assert balances(other) == balances(planned)
    assert [entry.fingerprint for entry in other.entries()] == [entry.fingerprint for entry in planned.entries()]


@stable
@given(document=orders())
def test_only_money_that_moved_is_booked(document: StoreDocument) -> None:
    planned = plan(document)
    done = {tender.external_id: tender.amount for tender in document.tenders if tender.state is MoneyState.DONE}
    assert {payment.external_id: payment.amount for payment in planned.payments} == done


@stable
@given(document=refunded_orders())
def test_a_plan_is_the_same_each_time_and_can_be_read(document: StoreDocument) -> None:
    planned = plan(document, rounding_cap=Decimal(3))
    assert plan(document, rounding_cap=Decimal(3)) == planned
    assert to_text(planned).endswith(f" {document.currency}\n")
