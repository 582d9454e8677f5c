"""Sequences of refunds at random: what is given back is credited, no more and no less.

Tax credited stays within the tax charged as long as refunds are all by line or all by amount. A
line given back after an amount was spread can credit more of its tax than is left; then the plan
says so, and the refund that exhausts the order makes up for it.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from builders import balances, codes, plan, refund, taxes_of
from hypothesis import given
from random_orders import refunded_orders, stable

from ecommerce_connector.core.canonical import StoreDocument
from ecommerce_connector.core.currencies import unit
from ecommerce_connector.core.plans import EntryKind, OrderPlan, PlanStatus
from ecommerce_connector.core.rounding import total

#: Up to three units of the coarsest currency here, the yen.
CAP = Decimal(3)
REVENUE_SIDE = (
    "Revenue", "Shipping revenue", "Order-fee revenue", "Tips payable", "Gift-card liability", "Sales returns",
    "Sales allowances",
)  # fmt: skip


def credit_notes(planned: OrderPlan) -> list:
    return [move for move in planned.moves if move.kind is EntryKind.CREDIT_NOTE]


def planned_for(document: StoreDocument) -> OrderPlan:
    planned = plan(document, rounding_cap=CAP)
    assert planned.status is PlanStatus.COMPLETE
    return planned


@stable
@given(document=refunded_orders())
def test_credit_notes_are_what_was_refunded_of_the_sale(document: StoreDocument) -> None:
    planned = planned_for(document)
    due = {made.external_id: made.amount - made.already_reduced for made in document.refunds}
    assert {note.external_id: note.total for note in credit_notes(planned)} == {
        key: amount for key, amount in due.items() if amount
    }
    assert planned.invoiced == document.total - total(list(due.values()))
    assert planned.invoiced >= 0


@stable
@given(document=refunded_orders())
def test_every_refund_of_money_is_booked_in_full(document: StoreDocument) -> None:
    given_back = {payment.external_id: -payment.signed for payment in planned_for(document).payments}
    for made in document.refunds:
        assert given_back.get(made.external_id, 0) == made.amount


@stable
@given(document=refunded_orders(kinds=("amount",)))
def test_amounts_without_lines_give_back_no_tax_that_was_not_charged(document: StoreDocument) -> None:
    planned = planned_for(document)
    left = taxes_of(planned.moves)
    for key, charged in taxes_of(planned.moves[:1]).items():
        assert min(0, charged) <= left[key] <= max(0, charged)


@stable
@given(document=refunded_orders(kinds=("lines",)))
def test_lines_give_back_no_tax_that_was_not_charged_on_goods(document: StoreDocument) -> None:
    """A credit within the sale (a loyalty discount as a fee) is not taken back by returning the goods."""
    planned = planned_for(document)
    credited = taxes_of(credit_notes(planned))
    goods = [line for line in planned.moves[0].lines if line.net > 0]
    for key, amount in credited.items():
        charged = total([tax.amount for line in goods for tax in line.taxes if (tax.code, tax.rate) == key])
        assert -amount <= max(0, charged)


@stable
@given(document=refunded_orders())
def test_tax_credited_beyond_the_tax_charged_is_named(document: StoreDocument) -> None:
    planned = planned_for(document)
    charged = taxes_of(planned.moves[:1])
    beyond = total([max(Decimal(0), -left) for key, left in taxes_of(planned.moves).items() if charged[key] >= 0])
    # A code may be borne alone and together with others: its groups can make up for each other.
    if beyond > CAP:
        assert "refund_above_tax" in codes(planned.notices)


@stable
@given(document=refunded_orders(whole=True))
def test_after_a_full_refund_nothing_remains_of_the_sale(document: StoreDocument) -> None:
    planned = planned_for(document)
    left = balances(planned)
    assert planned.invoiced == 0
    assert not any(taxes_of(planned.moves).values())
    assert left.get("Marketplace-tax clearing", 0) == 0
    assert left.get("Rounding difference", 0) == 0
    tenders = total([p.amount for p in planned.payments if p.gateway != "card"])
    assert total([left.get(account, Decimal(0)) for account in REVENUE_SIDE]) == tenders
    assert "refund_above_tax" not in codes(planned.notices)


@stable
@given(document=refunded_orders(whole=True))
def test_the_smallest_amount_after_a_full_refund_is_blocked(document: StoreDocument) -> None:
    cent = unit(document.currency)
    late = refund(str(cent), external_id="late", when="2026-05-01 10:00")
    planned = plan(replace(document, refunds=(*document.refunds, late)), rounding_cap=CAP)
    assert [(reason.code, reason.amount) for reason in planned.reasons] == [("refund_above_order", cent)]


@stable
@given(document=refunded_orders(whole=True))
def test_net_per_group_of_taxes_returns_to_zero_after_a_full_refund(document: StoreDocument) -> None:
    """The base of each tax, too, or the tax return would show a sale that was given back."""
    bases: dict = {}
    for move in planned_for(document).moves:
        sign = 1 if move.kind is EntryKind.INVOICE else -1
        for line in move.lines:
            for tax in line.taxes:
                bases[tax.code, tax.rate] = bases.get((tax.code, tax.rate), 0) + sign * line.net
    assert not any(bases.values())
