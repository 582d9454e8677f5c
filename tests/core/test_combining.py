"""Combined invoices: periods, days, and that nothing of an order is lost or mixed up on them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import SIMPLE_RULES, at, balances, journal_items, line, order, paid, plan, policy, refund, rulebook, tax
from hypothesis import given
from hypothesis import strategies as st
from random_orders import orders, refunded_orders, stable

from ecommerce_connector.core.canonical import LineKind
from ecommerce_connector.core.changes import compare
from ecommerce_connector.core.combining import (
    WAITS,
    Joined,
    Part,
    combinable,
    dated,
    joined,
    not_waiting,
    span_of,
    waiting,
)
from ecommerce_connector.core.corrections import Amounts, Booking, Item
from ecommerce_connector.core.errors import PlanUnbalanced
from ecommerce_connector.core.plans import MONEY, EntryKind, OrderPlan, PlannedMove
from ecommerce_connector.core.policy import InvoiceOn
from ecommerce_connector.core.posted import Posted
from ecommerce_connector.core.summary import Mode

D = Decimal
MUG = line("mug", "100", tax("20"))
CAP = D(3)
CUSTOMER = 1


def days(mode: Mode, day: str) -> tuple[str, str, str]:
    span = span_of(mode, date.fromisoformat(day))
    return str(span.first), str(span.last), span.name


class TestSpans:
    def test_a_week_begins_on_monday(self):
        assert days(Mode.CUSTOMER_WEEK, "2026-03-09") == ("2026-03-09", "2026-03-15", "2026-W11")
        assert days(Mode.CUSTOMER_WEEK, "2026-03-15") == ("2026-03-09", "2026-03-15", "2026-W11")

    def test_a_week_ends_with_its_month_and_its_other_part_is_another_period(self):
        assert days(Mode.CUSTOMER_WEEK, "2026-03-31") == ("2026-03-30", "2026-03-31", "2026-W14")
        assert days(Mode.CUSTOMER_WEEK, "2026-04-01") == ("2026-04-01", "2026-04-05", "2026-W14")

    def test_the_week_of_new_year_has_the_iso_year(self):
        assert days(Mode.CUSTOMER_WEEK, "2027-01-01") == ("2027-01-01", "2027-01-03", "2026-W53")

    def test_a_month_and_a_day(self):
        assert days(Mode.CUSTOMER_MONTH, "2028-02-10") == ("2028-02-01", "2028-02-29", "2028-02")
        assert days(Mode.CUSTOMER_DAY, "2026-03-10") == ("2026-03-10", "2026-03-10", "2026-03-10")

    @stable
    @given(
        day=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
        mode=st.sampled_from([mode for mode in Mode if mode.is_combined]),
    )
    def test_periods_share_no_day_leave_none_out_and_stay_in_their_month(self, day, mode):
        span = span_of(mode, day)
        assert span.first <= day <= span.last
        assert {span_of(mode, span.first + timedelta(days=n)) for n in range((span.last - span.first).days + 1)} == {
            span
        }
        assert (span.first.year, span.first.month) == (span.last.year, span.last.month)
        assert span_of(mode, span.last + timedelta(days=1)).first == span.last + timedelta(days=1)


class TestDays:
    def sold(self, **more):
        return plan(order(MUG, tenders=(paid("120", "2026-03-10 10:00"),), **more), **{})

    def test_the_invoice_has_the_last_day_and_money_its_own(self):
        found = dated(self.sold(), date(2026, 3, 15), policy())
        assert [str(move.true_date) for move in found.moves] == ["2026-03-15"]
        assert [str(payment.true_date) for payment in found.payments] == ["2026-03-10"]

    def test_a_credit_note_is_not_before_its_invoice_and_not_moved_if_it_is_later(self):
        refunds = (refund("12", when="2026-03-12 10:00"), refund("6", when="2026-03-20 10:00", external_id="ref-2"))
        found = dated(self.sold(refunds=refunds), date(2026, 3, 15), policy())
        assert [str(move.true_date) for move in found.moves] == ["2026-03-15", "2026-03-15", "2026-03-20"]

    def test_a_lock_date_moves_the_entry_and_not_its_day(self):
        found = dated(self.sold(), date(2026, 3, 15), policy(first_open_sale_day=date(2026, 4, 1)))
        assert [(str(move.true_date), str(move.date)) for move in found.moves] == [("2026-03-15", "2026-04-01")]

    def test_it_is_due_as_many_days_later(self):
        document = order(MUG, tenders=(paid("120", "2026-03-20 10:00", gateway="invoice"),))
        rows = (*SIMPLE_RULES, ("gateway", "invoice", "PSP"))
        found = plan(document, rulebook(rows=rows), terms_gateways=("invoice",), terms_days=14)
        (move,) = found.moves
        (later,) = dated(found, move.true_date + timedelta(days=5), policy()).moves
        assert move.due and later.due == move.due + timedelta(days=5)

    def test_an_advance_is_used_on_the_day_of_the_invoice(self):
        rules = rulebook(rows=(*SIMPLE_RULES, ("advance", "*", "Customer advances")))
        tenders = (paid("60", "2026-03-09 10:00"), paid("60", "2026-03-10 10:00", external_id="b"))
        found = plan(order(MUG, tenders=tenders), rules, invoice_on=InvoiceOn.PAID)
        later = dated(found, date(2026, 3, 15), policy())
        assert [str(entry.true_date) for entry in found.transfers] == ["2026-03-10"]
        assert [str(entry.true_date) for entry in later.transfers] == ["2026-03-15"]

    def test_what_waits_says_for_what(self):
        found = waiting(self.sold(), span_of(Mode.CUSTOMER_WEEK, date(2026, 3, 10)))
        assert [(notice.code, notice.message) for notice in found.notices] == [
            (WAITS, "Its invoice waits for the combined invoice of week 2026-W11 (2026-03-09 to 2026-03-15).")
        ]

    def test_only_money_does_not_wait(self):
        found = self.sold(refunds=(refund("12", when="2026-03-12 10:00"),))
        kinds = [entry.kind for entry in not_waiting(found.entries())]
        assert kinds == [EntryKind.PAYMENT, EntryKind.REFUND_PAYMENT]


class TestCombinable:
    def test_an_order_with_one_invoice(self):
        found = plan(order(MUG, tenders=(paid("120", "2026-03-10 10:00"),)))
        assert combinable(found) == found.moves[0]

    def test_not_what_is_not_invoiced_yet(self):
        assert combinable(plan(order(MUG))) is None

    def test_not_what_has_down_payment_invoices(self):
        halves = (paid("60", "2026-03-10 10:00"), paid("60", "2026-03-14 10:00", external_id="b"))
        rules = rulebook(rows=(*SIMPLE_RULES, ("advance", "*", "Customer advances")))
        found = plan(order(MUG, tenders=halves), rules, invoice_on=InvoiceOn.PAID, down_payments=True)
        assert len(found.moves) == 2
        assert combinable(found) is None

    def test_not_what_is_worth_nothing(self):
        found = plan(order(line("mug", "10"), line("off", "-10", kind=LineKind.FEE)))
        assert [move.total for move in found.moves] == [0]
        assert combinable(found) is None


# === The invoice === #


def parts_of(planned: list[OrderPlan]) -> list[Part]:
    """Parts of the invoices of some orders, accounts by their rules."""
    return [_part(number, combinable(each)) for number, each in enumerate(planned)]


def _part(number: int, move: PlannedMove) -> Part:
    items, taxes = [], defaultdict(Decimal)
    for sold in move.lines:
        items.append(Item(booking=Booking(account=sold.rule.id), amounts=_both(-sold.net), rule=sold.rule.id))
        for charged in sold.taxes:
            taxes[charged.code, charged.rate] -= charged.amount
    for at_tax, amount in taxes.items():
        items.append(Item(booking=Booking(account=900, repartition=1 + hash(at_tax) % 1000), amounts=_both(amount)))
    customer = Item(booking=Booking(account=CUSTOMER), amounts=_both(move.total))
    return Part(order=number, posting=str(number), items=tuple(items), customer=customer)


def _both(amount: Decimal) -> Amounts:
    return Amounts(amount=amount, balance=amount * 2)


def _of_order(found: Joined, number: int) -> Decimal:
    return sum((row.amounts.amount for row in found.rows if row.order == number and row.is_customer), D(0))


@stable
@given(documents=st.lists(orders(most_off=2), min_size=1, max_size=5))
def test_each_order_keeps_its_lines_its_taxes_and_what_is_owed_for_it(documents) -> None:
    planned = [found for document in documents if combinable(found := plan(document, rounding_cap=CAP))]
    parts = parts_of(planned)
    found = joined(parts)
    for number, (each, part) in enumerate(zip(planned, parts, strict=True)):
        rows = [row for row in found.rows if row.order == number]
        assert [row.amounts for row in rows] == [item.amounts for item in (*part.items, part.customer)]
        assert sum(row.amounts.amount for row in rows) == 0
        assert _of_order(found, number) == combinable(each).total
    told = sorted(number for each in found.lines for number in each.rows)
    assert told == list(range(len(found.rows))), "each row is in one line"
    for each in found.lines:
        assert each.amounts == sum((found.rows[number].amounts for number in each.rows), start=Amounts())
    taxes = [each.place.booking for each in found.lines if each.place.booking.repartition]
    assert len(taxes) == len(set(taxes)), "one line per tax"
    assert len([each for each in found.lines if each.is_customer]) == len(planned)


def test_an_order_that_does_not_balance_is_refused():
    (part,) = parts_of([plan(order(MUG, tenders=(paid("120", "2026-03-10 10:00"),)))])
    with pytest.raises(PlanUnbalanced):
        joined([replace(part, items=part.items[:1])])


# === Whatever happens in whatever turn === #


class Ledger:
    """Posts what is new of orders as they are told; invoices at once, or combined when asked."""

    def __init__(self, mode: Mode | None) -> None:
        self.mode = mode
        self.posted: dict[str, dict] = defaultdict(dict)
        self.entries: dict[str, list] = defaultdict(list)
        self.waiting: dict[str, OrderPlan] = {}

    def tell(self, document) -> None:
        key = document.external_id
        done = self.posted[key]
        known = Posted(
            is_invoiced=(EntryKind.INVOICE, key) in done, keys=tuple(done),
            credited=tuple(name for kind, name in done if kind is EntryKind.CREDIT_NOTE),
            advances={each: False for each in done if each[0] in MONEY},
        )  # fmt: skip
        planned = plan(document, posted=known, rounding_cap=CAP)
        invoice = combinable(planned)
        self.waiting.pop(key, None)
        if self.mode and invoice and not known.is_invoiced:
            span = span_of(self.mode, invoice.true_date)
            self.waiting[key] = dated(planned, span.last, policy())
            self._post(key, not_waiting(compare(planned, done).new))
        else:
            comparison = compare(planned, done)
            assert not comparison.conflicts
            self._post(key, comparison.new)

    def post_waiting(self) -> None:
        found = joined(parts_of(list(self.waiting.values())))
        for number, (key, planned) in enumerate(self.waiting.items()):
            assert _of_order(found, number) == combinable(planned).total
            self._post(key, compare(planned, self.posted[key]).new)
        self.waiting.clear()

    def _post(self, key: str, entries) -> None:
        for entry in entries:
            assert entry.key not in self.posted[key], "nothing is posted twice"
            self.posted[key][entry.key] = entry.fingerprint
            self.entries[key].append(entry)

    def balances(self) -> dict:
        """(order, account) → balance, those at zero left out."""
        sums: dict = defaultdict(Decimal)
        for key, entries in self.entries.items():
            for entry in entries:
                for account, amount in journal_items(entry).items():
                    sums[key, account] += amount
        return {place: amount for place, amount in sums.items() if amount}


@st.composite
def told(draw):
    """States of some orders, each a bit more than the one before, and when combined invoices are posted (None)."""
    events = []
    for number in range(draw(st.integers(1, 4))):
        whole = replace(draw(refunded_orders()), external_id=f"o{number}")
        shown = [replace(whole, refunds=whole.refunds[:count]) for count in range(len(whole.refunds) + 1)]
        if draw(st.booleans()):
            shown[0] = replace(shown[0], tenders=())  # not paid yet: nothing to invoice
        if not draw(st.integers(0, 3)):
            shown.append(replace(shown[-1], cancelled=True, cancelled_at=at("2026-05-01 10:00")))
        kept = [state for state in shown if draw(st.booleans())] or shown[-1:]
        events.append([*kept, *([shown[-1]] if kept[-1] != shown[-1] else [])])
    turns = [number for number, states in enumerate(events) for _state in states]
    mixed = [events[number].pop(0) for number in draw(st.permutations(turns))]
    for _time in range(draw(st.integers(0, 3))):
        mixed.insert(draw(st.integers(0, len(mixed))), None)
    return mixed


@stable
@given(events=told(), mode=st.sampled_from([mode for mode in Mode if mode.is_combined]))
def test_whatever_is_told_in_whatever_turn_the_books_end_as_with_an_invoice_per_order(events, mode) -> None:
    combined, own = Ledger(mode), Ledger(None)
    last = {event.external_id: event for event in events if event}
    for event in [*events, None]:
        if event is None:
            combined.post_waiting()
        else:
            combined.tell(event)
            own.tell(event)
    for document in last.values():  # told again: nothing is new
        before = {key: len(entries) for key, entries in combined.entries.items()}
        combined.tell(document)
        assert {key: len(entries) for key, entries in combined.entries.items()} == before
    cancelled = {key for key, document in last.items() if document.cancelled}
    assert _without(combined.balances(), cancelled) == _without(own.balances(), cancelled)
    for key in cancelled:  # of one that was cancelled before its invoice there is none, and no credit note
        for ledger in (combined, own):
            sold = [entry for entry in ledger.entries[key] if isinstance(entry, PlannedMove)]
            assert sum((each.total if each.kind is EntryKind.INVOICE else -each.total for each in sold), D(0)) == 0


def _without(found: dict, orders_left_out: set) -> dict:
    return {place: amount for place, amount in found.items() if place[0] not in orders_left_out}


def test_balances_of_one_plan_are_those_of_the_ledger_of_these_tests():
    document = order(MUG, tenders=(paid("120", "2026-03-10 10:00"),))
    ledger = Ledger(Mode.CUSTOMER_WEEK)
    ledger.tell(document)
    assert ledger.balances() == {(document.external_id, "PSP"): D(120), (document.external_id, "AR"): D(-120)}
    ledger.post_waiting()
    assert {account: amount for (_key, account), amount in ledger.balances().items()} == balances(plan(document))
