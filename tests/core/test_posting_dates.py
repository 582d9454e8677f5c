"""Which event gives an entry its day."""

from datetime import date
from decimal import Decimal as D

import pytest
from builders import (
    SIMPLE_RULES,
    at,
    balances,
    line,
    order,
    paid,
    plan_order,
    policy,
    refund,
    rulebook,
    tax,
)

from ecommerce_connector.core.canonical import MoneyState
from ecommerce_connector.core.fulfilments import Fulfilment, ShippedLine
from ecommerce_connector.core.plans import EntryKind, PlanStatus
from ecommerce_connector.core.policy import CreditNoteDate, InvoiceDate, InvoiceOn, PaymentDate
from ecommerce_connector.core.posted import Posted
from ecommerce_connector.core.posting_dates import UNKNOWN, Imported

RULES = (*SIMPLE_RULES, ("advance", "*", "Customer advances"))
MUG = line("mug", "100", tax("20"), quantity=D(2))
IMPORTED = Imported(
    order=date(2026, 3, 25), payments={"a": date(2026, 3, 26), "b": date(2026, 3, 27)},
    refunds={"ref-1": date(2026, 3, 28)},
)  # fmt: skip
HALVES = (paid("60", "2026-03-10 10:00", external_id="a"), paid("60", "2026-03-14 10:00", external_id="b"))


def shipped(on, quantity=2, name="f1"):
    return Fulfilment(external_id=name, at=at(on), lines=(ShippedLine(line_id="mug", quantity=D(quantity)),))


BOTH = shipped("2026-03-18 10:00", 1), shipped("2026-03-20 10:00", 1, "f2")


def mugs(**more):
    """Placed on the 10th, paid in halves on the 10th and the 14th, half of it refunded on the 22nd."""
    back = line("mug", "50", tax("10"))
    return order(MUG, **{"tenders": HALVES, "refunds": (refund("60", back, when="2026-03-22 10:00"),), **more})


def planned(document, *, imported=UNKNOWN, posted=None, **more):
    return plan_order(document, rulebook(rows=RULES), policy(**more), posted=posted or Posted(), imported=imported)


def days(plan):
    """Kind and id → true day and accounting date, as days of March."""
    return {
        (entry.kind.value, entry.external_id): (entry.true_date.day, entry.date.day)
        for entry in plan.entries() if entry.true_date.month == 3
    }  # fmt: skip


def invoice_day(document, **more):
    (found,) = (move.true_date for move in planned(document, **more).moves if move.kind is EntryKind.INVOICE)
    return found


def test_without_a_choice_nothing_changes():
    assert days(planned(mugs(), imported=IMPORTED)) == {
        ("invoice", "1"): (10, 10), ("credit_note", "ref-1"): (22, 22), ("payment", "a"): (10, 10),
        ("payment", "b"): (14, 14), ("refund_payment", "ref-1"): (22, 22),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "day"),
    [(InvoiceDate.EVENT, 10), (InvoiceDate.PLACED, 9), (InvoiceDate.PAID, 14), (InvoiceDate.FULFILLED, 20)],
)
def test_invoice_has_the_day_of_its_event(choice, day):
    document = mugs(
        placed_at=at("2026-03-09 23:30"),
        fulfilments=BOTH,
    )
    assert invoice_day(document, invoice_date=choice) == date(2026, 3, day)


def test_imported_days_of_every_kind():
    plan = planned(
        mugs(), imported=IMPORTED, invoice_date=InvoiceDate.IMPORTED, credit_note_date=CreditNoteDate.IMPORTED,
        payment_date=PaymentDate.IMPORTED,
    )  # fmt: skip
    assert days(plan) == {
        ("invoice", "1"): (25, 25), ("credit_note", "ref-1"): (28, 28), ("payment", "a"): (26, 26),
        ("payment", "b"): (27, 27), ("refund_payment", "ref-1"): (28, 28),
    }  # fmt: skip
    assert [payment.at.day for payment in plan.payments] == [10, 14, 22], "when the money moved is a fact"


def test_what_is_not_stored_yet_keeps_its_own_day():
    choices = {
        "invoice_date": InvoiceDate.IMPORTED, "credit_note_date": CreditNoteDate.IMPORTED,
        "payment_date": PaymentDate.IMPORTED,
    }  # fmt: skip
    assert days(planned(mugs(), **choices)) == days(planned(mugs()))


def test_lock_date_is_never_crossed_and_the_true_day_is_kept():
    plan = planned(
        mugs(), imported=IMPORTED, invoice_date=InvoiceDate.PLACED, payment_date=PaymentDate.IMPORTED,
        first_open_sale_day=date(2026, 3, 24), first_open_day=date(2026, 3, 27),
    )  # fmt: skip
    assert days(plan) == {
        ("invoice", "1"): (10, 24), ("credit_note", "ref-1"): (22, 24), ("payment", "a"): (26, 27),
        ("payment", "b"): (27, 27), ("refund_payment", "ref-1"): (28, 28),
    }  # fmt: skip


def test_credit_note_is_not_before_its_invoice():
    plan = planned(mugs(), imported=IMPORTED, invoice_date=InvoiceDate.IMPORTED)
    found = days(plan)
    assert found["invoice", "1"] == found["credit_note", "ref-1"] == (25, 25)
    assert found["refund_payment", "ref-1"] == (22, 22)


def test_invoice_waits_for_its_event_and_money_waits_as_an_advance():
    document = mugs(refunds=(), fulfilments=(shipped("2026-03-18 10:00", 1),))
    waiting = planned(document, invoice_date=InvoiceDate.FULFILLED)
    assert (waiting.status, waiting.moves) == (PlanStatus.COMPLETE, ())
    assert balances(waiting) == {"PSP": 120, "Customer advances": -120}
    both = mugs(refunds=(), fulfilments=BOTH)
    keys = tuple(payment.key for payment in waiting.payments)
    later = planned(
        both, invoice_date=InvoiceDate.FULFILLED, posted=Posted(keys=keys, advances=dict.fromkeys(keys, True))
    )
    found = days(later)
    assert found["invoice", "1"] == (20, 20)
    assert found["advance_used", "payment:a"] == found["advance_used", "payment:b"] == (20, 20)
    assert balances(later) == {"PSP": 120, "Revenue": -100, "Tax payable": -20}


def test_why_it_waits():
    unpaid = mugs(tenders=(), refunds=())
    notices = {
        choice: planned(unpaid, invoice_date=choice, invoice_on=InvoiceOn.ORDER).notices
        for choice in (InvoiceDate.PAID, InvoiceDate.FULFILLED)
    }
    assert "not paid in full" in notices[InvoiceDate.PAID][0].message
    assert "not left as a whole" in notices[InvoiceDate.FULFILLED][0].message
    assert invoice_day(unpaid, invoice_date=InvoiceDate.PLACED, invoice_on=InvoiceOn.ORDER) == date(2026, 3, 10)


def test_what_is_posted_does_not_wait_any_more():
    posted = Posted(is_invoiced=True, keys=((EntryKind.INVOICE, "1"),))
    document = mugs(refunds=())
    assert invoice_day(document, invoice_date=InvoiceDate.FULFILLED, posted=posted) == date(2026, 3, 10)


def test_downloads_do_not_wait_for_a_shipment():
    document = order(line("song", "100", tax("20"), ships=False), tenders=[paid("120")])
    assert invoice_day(document, invoice_date=InvoiceDate.FULFILLED) == date(2026, 3, 10)


def test_orders_on_terms_do_not_wait_for_their_payment():
    document = mugs(tenders=(paid("120", state=MoneyState.PENDING, gateway="invoice"),), refunds=())
    choice = {"invoice_date": InvoiceDate.PAID, "terms_gateways": ("invoice",), "terms_days": 14}
    (move,) = planned(document, **choice).moves
    assert (move.true_date, move.due) == (date(2026, 3, 10), date(2026, 3, 24))
    by_import = {**choice, "invoice_date": InvoiceDate.IMPORTED}
    (move,) = planned(document, imported=IMPORTED, **by_import).moves
    assert (move.true_date, move.due) == (date(2026, 3, 25), date(2026, 4, 8))


def test_shipments_keep_their_days_unless_by_import():
    document = mugs(refunds=(), fulfilments=BOTH)
    for choice, expected in ((InvoiceDate.PLACED, [18, 20]), (InvoiceDate.IMPORTED, [25, 25])):
        plan = planned(document, imported=IMPORTED, invoice_on=InvoiceOn.FULFILMENT, invoice_date=choice)
        assert [move.true_date.day for move in plan.moves] == expected
        assert [use.true_date.day for use in plan.transfers if use.kind is EntryKind.ADVANCE_USED] == expected


def test_what_is_booked_does_not_depend_on_the_choice():
    own = planned(mugs(fulfilments=(shipped("2026-03-20 10:00"),)))
    for choice in InvoiceDate:
        other = planned(
            mugs(fulfilments=(shipped("2026-03-20 10:00"),)), imported=IMPORTED, invoice_date=choice,
            credit_note_date=CreditNoteDate.IMPORTED, payment_date=PaymentDate.IMPORTED,
        )  # fmt: skip
        assert [entry.fingerprint for entry in other.entries()] == [entry.fingerprint for entry in own.entries()]
        assert balances(other) == balances(own)
