"""What is new in a plan, and what was posted otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from builders import line, order, paid, plan, refund, rule, rulebook, sale, tax, taxes_of
from hypothesis import given
from hypothesis import strategies as st
from random_orders import orders, refunded_orders, stable

from ecommerce_connector.core.canonical import LineKind, MoneyState, Refund, Remitter, StoreDocument
from ecommerce_connector.core.changes import GONE, accepted_fingerprint, compare, conflict_key
from ecommerce_connector.core.dates import UTC
from ecommerce_connector.core.plans import EntryKind, OrderPlan, PlannedMove, PlanStatus

RETURNED = refund("55", line("mug", "50", tax("5", "10")))


def posted(planned: OrderPlan) -> dict:
    """What the ledger remembers after all of a plan is posted."""
    return {entry.key: entry.fingerprint for entry in planned.entries()}


def keys(entries) -> list[str]:
    return [f"{kind.value} {external_id}" for kind, external_id in (getattr(entry, "key", entry) for entry in entries)]


# === REPLAY === #


def test_first_time_all_is_new() -> None:
    comparison = compare(plan(sale(paid("110"), refunds=[RETURNED])), {})
    assert keys(comparison.new) == ["invoice 1", "credit_note ref-1", "payment pay-1", "refund_payment ref-1"]
    assert (comparison.unchanged, comparison.conflicts) == ((), ())


def test_second_time_nothing_is_new() -> None:
    planned = plan(sale(paid("110"), refunds=[RETURNED]))
    comparison = compare(planned, posted(planned))
    assert (comparison.new, comparison.conflicts) == ((), ())
    assert keys(comparison.unchanged) == ["invoice 1", "credit_note ref-1", "payment pay-1", "refund_payment ref-1"]


def test_a_later_refund_is_the_only_news() -> None:
    before, after = sale(paid("110")), sale(paid("110"), refunds=[RETURNED])
    comparison = compare(plan(after), posted(plan(before)))
    assert keys(comparison.new) == ["credit_note ref-1", "refund_payment ref-1"]
    assert keys(comparison.unchanged) == ["invoice 1", "payment pay-1"]


@pytest.mark.parametrize(
    "other",
    [
        {"rules": rulebook(rule("product", "mug", "Other revenue", 99))},
        {"first_open_sale_day": date(2026, 4, 9)},
    ],
    ids=["another rule", "a lock date"],
)
def test_what_is_posted_stays_whatever_rules_and_locks_say_now(other: dict) -> None:
    """A change of rules is answered by re-posting on purpose, never by the next import."""
    document = sale(paid("110"), refunds=[RETURNED])
    comparison = compare(plan(document, **other), posted(plan(document)))
    assert (comparison.new, comparison.conflicts) == ((), ())


def test_notation_of_an_amount_is_no_change() -> None:
    one = order(line("mug", "100", tax("20", "20")), tenders=[paid("120")])
    other = order(line("mug", "100.00", tax("20.0", "20.00")), tenders=[paid("120.00")])
    assert posted(plan(one)) == posted(plan(other))


def test_order_and_wording_of_lines_are_no_change() -> None:
    mug, cup = line("mug", "10"), line("cup", "5")
    one = order(mug, cup, tenders=[paid("15")])
    other = order(replace(cup, description="A cup"), replace(mug, quantity=Decimal(2)), tenders=[paid("15")])
    assert posted(plan(one)) == posted(plan(other))


# === CONFLICTS === #


def test_changed_amount_is_a_conflict_and_the_posted_entry_stays() -> None:
    before = posted(plan(sale(paid("110"))))
    now = order(line("mug", "90", tax("9", "10")), tenders=[paid("110")])
    comparison = compare(plan(now), before)
    (conflict,) = comparison.conflicts
    assert (conflict.code, conflict.amount, conflict.key) == ("changed_after_posting", Decimal(99), "invoice:1")
    assert str(conflict) == (
        "Order 1001: its invoice 1 changed in the store after it was posted; it is 99 EUR now. "
        "Post what corrects it, if anything does, and mark it as corrected; what is posted stays."
    )
    assert (comparison.new, keys(comparison.unchanged)) == ((), ["payment pay-1"])


@pytest.mark.parametrize(
    ("was", "now", "conflict"),
    [
        (line("mug", "100", tax("10", "10")), line("cup", "100", tax("10", "10")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "99", tax("11", "10")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "99", tax("10", "10")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("9", "10")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("10", "10", "GST")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("10", "9")), True),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("10", None)), True),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("10", "10.0")), False),
        (line("mug", "100", tax("10", "10")), line("mug", "100", tax("10", "10"), discount=Decimal(5)), False),
    ],
)
def test_which_facts_of_a_line_count(was, now, conflict: bool) -> None:
    comparison = compare(plan(order(now, tenders=[paid("110")])), posted(plan(order(was, tenders=[paid("110")]))))
    assert bool(comparison.conflicts) == conflict


@pytest.mark.parametrize(
    ("changes", "conflict"),
    [
        ({"amount": Decimal("109")}, True),
        ({"at": paid("1", "2026-03-11 10:00").at}, True),
        ({"at": paid("1", "2026-03-10 10:01").at}, True),
        ({"at": paid("1", "2026-03-10 10:00").at.astimezone(UTC)}, False),
        ({"at": paid("1", "2026-03-10 10:00").at.replace(microsecond=5)}, False),
        ({"transaction_id": "ch_later"}, False),
        ({"gateway": "gift card"}, True),
    ],
)
def test_which_facts_of_a_payment_count(changes: dict, conflict: bool) -> None:
    document = sale(paid("110"))
    now = replace(document, tenders=(replace(document.tenders[0], **changes),))
    comparison = compare(plan(now), posted(plan(document)))
    assert keys(reason_key(comparison)) == (["payment pay-1"] if conflict else [])


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_another_time_zone_of_the_store_is_no_change(zone: str) -> None:
    """The day of each entry is another, the instants are not."""
    document = sale(
        paid("110", "2026-03-10 23:30", external_id="late"), paid("0.01", "2026-03-11 00:30", external_id="early"),
        refunds=[refund("11", when="2026-03-12 00:30")],
    )  # fmt: skip
    before, now = plan(document), plan(document, zone=ZoneInfo(zone))
    assert [entry.true_date for entry in now.entries()] != [entry.true_date for entry in before.entries()]
    comparison = compare(now, posted(before))
    assert (comparison.new, comparison.conflicts) == ((), ())


def reason_key(comparison) -> list:
    """Keys of conflicting payments."""
    found = [reason.key.split(":", 1) for reason in comparison.conflicts]
    return [(EntryKind(kind), external_id) for kind, external_id in found if kind == "payment"]


# === REFUNDS THAT SETTLE LATE === #

BASKET = (line("mug", "100", tax("20")), line("book", "60", tax("3.30", "5.5")), line("stamp", "10", tax("0", "0")))


def basket(*refunds: Refund) -> StoreDocument:
    return order(*BASKET, tenders=[paid("193.30")], refunds=refunds)


def credit_note(planned: OrderPlan, external_id: str):
    return next(move for move in planned.moves if move.key == (EntryKind.CREDIT_NOTE, external_id))


def test_an_earlier_refund_that_settles_later_leaves_the_posted_credit_note_as_it_is() -> None:
    early = refund("10.00", external_id="A", when="2026-03-11 10:00")
    late = refund("77.75", external_id="B", when="2026-03-12 10:00")
    before = plan(basket(replace(early, state=MoneyState.PENDING), late))
    now = plan(basket(early, late), credited=["B"])
    comparison = compare(now, posted(before))
    assert comparison.conflicts == ()
    assert keys(comparison.new) == ["credit_note A", "refund_payment A"]
    assert credit_note(now, "B") == credit_note(before, "B")
    assert now.invoiced == Decimal("193.30") - Decimal("87.75")
    assert compare(plan(basket(early, late)), posted(before)).conflicts == ()


@pytest.mark.parametrize(
    ("changes", "conflict"),
    [
        ({"amount": Decimal("119")}, True),
        ({"already_reduced": Decimal("1")}, True),
        ({"lines": ()}, True),
        ({"lines": (line("mug", "100", tax("19")),)}, True),
        ({"lines": (line("mug", "99", tax("20")),)}, True),
        ({"lines": (line("cup", "100", tax("20")),)}, True),
        ({"lines": (line("mug", "100", tax("20"), kind=LineKind.FEE),)}, True),
        ({"lines": (line("mug", "100", tax("20", "19")),)}, True),
        ({"lines": (line("mug", "100", tax("20", code="GST")),)}, True),
        ({"lines": (line("mug", "100", tax("20", remitter=Remitter.MARKETPLACE)),)}, True),
        ({"lines": (line("mug", "100.00", tax("20.0", "20.00"), description="A mug"), line("nothing", "0"))}, False),
        ({"amount": Decimal("120.00"), "reason": "broken"}, False),
    ],
)
def test_which_facts_of_a_refund_count(changes: dict, conflict: bool) -> None:
    returned = refund("120", BASKET[0])
    comparison = compare(plan(basket(replace(returned, **changes))), posted(plan(basket(returned))))
    assert ("credit_note:ref-1" in [reason.key for reason in comparison.conflicts]) == conflict


@stable
@given(document=refunded_orders(whole=True), turn=st.randoms(use_true_random=False))
def test_refunds_may_settle_in_any_order(document: StoreDocument, turn) -> None:
    """Whichever settles first: what is posted stays, and after all of them nothing remains of the sale."""
    settling = [refund.external_id for refund in document.refunds]
    turn.shuffle(settling)
    moves, ledger, credited = {}, {}, []
    for count in range(1, len(settling) + 1):
        refunds = tuple(
            refund if refund.external_id in settling[:count] else replace(refund, state=MoneyState.PENDING)
            for refund in document.refunds
        )
        planned = plan(replace(document, refunds=refunds), credited=credited, rounding_cap=Decimal(3))
        assert planned.status is PlanStatus.COMPLETE
        comparison = compare(planned, ledger)
        assert comparison.conflicts == ()
        assert [move for move in planned.moves if move.key in moves] == list(moves.values())
        for entry in comparison.new:
            ledger[entry.key] = entry.fingerprint
            if isinstance(entry, PlannedMove):
                moves[entry.key] = entry
        credited = [external_id for kind, external_id in moves if kind is EntryKind.CREDIT_NOTE]
    assert planned.invoiced == 0
    assert not any(taxes_of(moves.values()).values())


# === ENTRIES THAT ARE GONE === #


def test_entry_that_is_gone_from_the_store_is_a_conflict() -> None:
    before = posted(plan(sale(paid("110"), refunds=[RETURNED])))
    comparison = compare(plan(sale(paid("110"))), before)
    assert [str(conflict) for conflict in comparison.conflicts] == [
        "Order 1001: its credit note ref-1 is posted, but it is gone from the store. "
        "Post what corrects it, if anything does, and mark it as corrected; what is posted stays.",
        "Order 1001: its refund payment ref-1 is posted, but it is gone from the store. "
        "Post what corrects it, if anything does, and mark it as corrected; what is posted stays.",
    ]
    assert [conflict.key for conflict in comparison.conflicts] == ["credit_note:ref-1", "refund_payment:ref-1"]


def test_order_that_is_cancelled_after_its_invoice_was_posted() -> None:
    before = posted(plan(sale(paid("110"))))
    comparison = compare(plan(sale(paid("110"), cancelled=True, refunds=[refund("110")])), before)
    assert [conflict.key for conflict in comparison.conflicts] == ["invoice:1"]
    assert keys(comparison.new) == ["refund_payment ref-1"]


def test_what_a_person_accepts_is_no_conflict_until_it_changes_again() -> None:
    before = posted(plan(sale(paid("110"), refunds=[RETURNED])))
    now = plan(sale(paid("110")))
    gone = (EntryKind.CREDIT_NOTE, "ref-1"), (EntryKind.REFUND_PAYMENT, "ref-1")
    accepted = before | {key: accepted_fingerprint(now, key) for key in gone}
    assert set(accepted.values()) >= {GONE}
    comparison = compare(now, accepted)
    assert (comparison.new, comparison.conflicts) == ((), ())
    back = compare(plan(sale(paid("110"), refunds=[RETURNED])), accepted)
    assert [conflict.key for conflict in back.conflicts] == [conflict_key(key) for key in gone]


def test_changed_entry_that_a_person_accepts() -> None:
    now = plan(sale(paid("111")))
    key = (EntryKind.PAYMENT, now.payments[0].external_id)
    before = posted(plan(sale(paid("110"))))
    assert [conflict.key for conflict in compare(now, before).conflicts] == [conflict_key(key)]
    assert compare(now, before | {key: accepted_fingerprint(now, key)}).conflicts == ()


def test_invoice_and_refund_with_the_same_id_are_apart() -> None:
    planned = plan(sale(paid("110", external_id="1"), refunds=[replace(RETURNED, external_id="1")]))
    assert len(posted(planned)) == 4
    assert len(set(posted(planned).values())) == 4


# === AT RANDOM === #


@stable
@given(document=refunded_orders())
def test_replay_writes_nothing(document: StoreDocument) -> None:
    planned = plan(document, rounding_cap=Decimal(3))
    comparison = compare(planned, posted(planned))
    assert (comparison.new, comparison.conflicts) == ((), ())
    assert list(comparison.unchanged) == [entry.key for entry in planned.entries()]


@stable
@given(document=refunded_orders())
def test_refunds_imported_one_by_one_are_booked_as_if_imported_together(document: StoreDocument) -> None:
    ledger: dict = {}
    for count in range(len(document.refunds) + 1):
        partly = plan(replace(document, refunds=document.refunds[:count]), rounding_cap=Decimal(3))
        comparison = compare(partly, ledger)
        assert comparison.conflicts == ()
        ledger |= {entry.key: entry.fingerprint for entry in comparison.new}
    assert ledger == posted(plan(document, rounding_cap=Decimal(3)))


@stable
@given(document=orders())
def test_any_other_amount_of_a_payment_is_seen(document: StoreDocument) -> None:
    ledger = posted(plan(document))
    first = document.tenders[0]
    now = plan(replace(document, tenders=(replace(first, amount=first.amount + 1), *document.tenders[1:])))
    assert now.status is PlanStatus.COMPLETE
    assert f"payment:{first.external_id}" in [conflict.key for conflict in compare(now, ledger).conflicts]


@stable
@given(document=refunded_orders())
def test_a_missing_entry_is_seen_for_each_that_was_posted(document: StoreDocument) -> None:
    ledger = posted(plan(document, rounding_cap=Decimal(3)))
    nothing = plan(replace(document, tenders=(), refunds=()), rounding_cap=Decimal(3))
    assert nothing.status is PlanStatus.WAITING
    assert len(compare(nothing, ledger).conflicts) == len(ledger)
