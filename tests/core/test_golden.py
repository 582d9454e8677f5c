"""From an order as its store answers it to the entries that a bookkeeper reads.

Each plan is compared with a text in ``golden/``. After a change that is meant to show:
``script/test tests/core --update-golden``, then read each difference against the order.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import PARIS, plan, rulebook, taxes_of
from golden_rules import VENDURE, WOOCOMMERCE

from ecommerce_connector.core.canonical import MoneyState, StoreDocument
from ecommerce_connector.core.plan_text import to_text
from ecommerce_connector.core.plans import EntryKind, OrderPlan, PlanStatus
from ecommerce_connector.core.rounding import total
from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.vendure import VendurePlatform
from ecommerce_connector.platforms.woocommerce import WooCommercePlatform

HERE = Path(__file__).parent
RECORDING = payload.loads((HERE.parent / "live" / "vendure" / "recording" / "store.json").read_bytes())
SITUATIONS: dict[str, str] = RECORDING["situations"]
WOO_PAYLOADS = {file.stem: file for file in sorted((HERE / "payloads" / "woocommerce").glob("*.json"))}
BRUSSELS = ZoneInfo("Europe/Brussels")

#: What is right not to be booked: nothing was captured.
VENDURE_WAITING = {"authorized-only", "cancelled-before-capture"}
WOO_WAITING = {
    "cancelled-unpaid", "cash-on-delivery", "checkout-draft", "failed", "on-hold-unpaid", "unpaid-refunded-by-status",
}  # fmt: skip


def vendure(situation: str) -> StoreDocument:
    """One order of the recorded store."""
    found = [recorded for recorded in RECORDING["orders"] if recorded["code"] == SITUATIONS[situation]]
    answer = {"globalSettings": RECORDING["globalSettings"], "order": found[0]}
    return VendurePlatform.order_document(answer, PARIS)


def woocommerce(name: str) -> StoreDocument:
    """One order of the shop in Brussels."""
    return WooCommercePlatform.order_document(payload.loads(WOO_PAYLOADS[name].read_bytes()), BRUSSELS)


def vendure_plan(situation: str) -> OrderPlan:
    return plan(vendure(situation), rulebook(rows=VENDURE))


def woocommerce_plan(name: str) -> OrderPlan:
    return plan(woocommerce(name), rulebook(rows=WOOCOMMERCE), zone=BRUSSELS)


@pytest.fixture(params=[f"vendure/{name}" for name in SITUATIONS] + [f"woocommerce/{name}" for name in WOO_PAYLOADS])
def every(request) -> tuple[StoreDocument, OrderPlan]:
    """Each order of both shops with its plan."""
    shop, name = request.param.split("/")
    if shop == "vendure":
        return vendure(name), vendure_plan(name)
    return woocommerce(name), woocommerce_plan(name)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_vendure_plan_reads_as_its_golden_text(situation: str, golden) -> None:
    golden(f"vendure/{situation}", to_text(vendure_plan(situation)))


@pytest.mark.parametrize("name", WOO_PAYLOADS)
def test_woocommerce_plan_reads_as_its_golden_text(name: str, golden) -> None:
    golden(f"woocommerce/{name}", to_text(woocommerce_plan(name)))


def test_all_situations_are_there_and_no_text_is_left_over() -> None:
    texts = {
        str(file.relative_to(HERE / "golden").with_suffix(""))
        for shop in ("vendure", "woocommerce")
        for file in (HERE / "golden" / shop).rglob("*.txt")
    }
    assert len(SITUATIONS) == 18
    assert texts == {f"vendure/{name}" for name in SITUATIONS} | {f"woocommerce/{name}" for name in WOO_PAYLOADS}


def test_only_orders_without_money_wait_and_none_is_blocked() -> None:
    states = {name: vendure_plan(name).status for name in SITUATIONS}
    states |= {f"woo {name}": woocommerce_plan(name).status for name in WOO_PAYLOADS}
    waiting = VENDURE_WAITING | {f"woo {name}" for name in WOO_WAITING}
    assert {name for name, status in states.items() if status is PlanStatus.WAITING} == waiting
    assert PlanStatus.BLOCKED not in states.values()


def test_invoice_is_what_the_store_says_the_order_is_worth(every) -> None:
    document, planned = every
    invoices = [move for move in planned.moves if move.kind is EntryKind.INVOICE]
    sold = document.placed_at is not None and not document.cancelled and document.captured > 0
    assert [invoice.total for invoice in invoices] == ([document.total] if sold else [])


def test_tax_of_the_invoice_is_the_stores_own_summary(every) -> None:
    document, planned = every
    invoices = [move for move in planned.moves if move.kind is EntryKind.INVOICE]
    stated: defaultdict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for row in document.tax_totals:
        stated[row.code, row.rate] += row.amount
    booked = taxes_of(invoices)
    assert set(booked) <= set(stated)
    assert not invoices or {key: booked.get(key, Decimal(0)) for key in stated} == stated


def test_credit_notes_are_what_the_store_gave_back_of_the_sale(every) -> None:
    document, planned = every
    invoiced = any(move.kind is EntryKind.INVOICE for move in planned.moves)
    given_back = {
        refund.external_id: refund.amount - refund.already_reduced
        for refund in document.refunds
        if invoiced and refund.state is MoneyState.DONE and refund.amount > refund.already_reduced
    }
    notes = {move.external_id: move.total for move in planned.moves if move.kind is EntryKind.CREDIT_NOTE}
    assert notes == given_back


def test_residual_is_what_the_store_says_is_outstanding(every) -> None:
    document, planned = every
    invoiced = total([move.total for move in planned.moves if move.kind is EntryKind.INVOICE])
    credited = total([move.total for move in planned.moves if move.kind is EntryKind.CREDIT_NOTE])
    assert planned.residual == invoiced - document.captured - credited + document.refunded
    # Nobody owes anything but what the shop itself shows as open: a cart and two returned sums.
    open_orders = {"V1012": Decimal("-30.00"), "V1008": Decimal("-15.77"), "3117": Decimal("-21.12")}
    assert planned.residual == open_orders.get(document.number, 0)


def test_money_is_booked_per_gateway(every) -> None:
    document, planned = every
    moved: defaultdict[str, Decimal] = defaultdict(Decimal)
    for tender in document.tenders:
        moved[tender.gateway] += tender.amount if tender.state is MoneyState.DONE else 0
    for refund in document.refunds:
        moved[refund.gateway] -= refund.amount if refund.state is MoneyState.DONE else 0
    booked: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in planned.payments:
        booked[payment.gateway] += payment.signed
        assert payment.currency in payment.rule.target.label or payment.rule.currency is None
    assert {gateway: amount for gateway, amount in moved.items() if amount} == {
        gateway: amount for gateway, amount in booked.items() if amount
    }
