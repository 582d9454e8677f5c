"""Which summary books what, in payout mode."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.summary_days import (
    Event,
    SummaryKey,
    Taker,
    day_in_payout,
    month_end,
    payout_keys,
)

JAN_20, JAN_31, FEB_3, FEB_28 = date(2026, 1, 20), date(2026, 1, 31), date(2026, 2, 3), date(2026, 2, 28)
IN_JANUARY, IN_FEBRUARY = Taker(date(2026, 1, 22), 7), Taker(FEB_3, 8)


def sale(on: date, taker: Taker | None = None) -> list[Event]:
    """An invoice and its payment of one day."""
    return [Event(key="invoice", on=on), Event(key="payment", on=on, taker=taker, is_money=True)]


def test_a_sale_goes_with_the_payout_of_its_money() -> None:
    key = SummaryKey(date(2026, 1, 22), 7)
    assert payout_keys(sale(JAN_20, IN_JANUARY)) == {"invoice": key, "payment": key}


def test_what_is_paid_out_in_a_later_month_is_booked_at_the_end_of_its_own() -> None:
    key = SummaryKey(JAN_31, 8)
    assert payout_keys(sale(JAN_20, IN_FEBRUARY)) == {"invoice": key, "payment": key}


def test_what_no_payout_has_is_booked_at_the_end_of_the_month() -> None:
    assert set(payout_keys(sale(date(2026, 2, 1))).values()) == {SummaryKey(FEB_28)}
    assert month_end(date(2028, 2, 1)) == date(2028, 2, 29)


def test_a_document_goes_with_the_first_payout_of_the_order_from_its_day_on() -> None:
    second = Event(key="second", on=JAN_20, taker=Taker(date(2026, 1, 25), 9), is_money=True)
    keys = payout_keys([*sale(JAN_20, IN_JANUARY), second])
    assert keys["invoice"] == keys["payment"] == SummaryKey(date(2026, 1, 22), 7)
    assert keys["second"] == SummaryKey(date(2026, 1, 25), 9)
    late = Event(key="note", on=date(2026, 1, 24))
    assert payout_keys([late], [IN_JANUARY]) == {"note": SummaryKey(JAN_31)}
    assert payout_keys([late], [IN_JANUARY, Taker(date(2026, 1, 25), 9)]) == {"note": SummaryKey(date(2026, 1, 25), 9)}


def test_money_that_waits_for_no_other_payout_goes_with_none() -> None:
    paid_by_hand = Event(key="transfer", on=JAN_20, is_money=True)
    assert payout_keys([*sale(JAN_20, IN_JANUARY), paid_by_hand])["transfer"] == SummaryKey(JAN_31)


def test_a_sale_whose_refund_is_paid_out_first_is_booked_no_later() -> None:
    refund = Event(key="refund", on=date(2026, 1, 21), taker=IN_JANUARY, is_money=True)
    assert set(payout_keys([*sale(JAN_20), refund]).values()) == {SummaryKey(date(2026, 1, 22), 7)}
    # A payment of the day after that payout cannot be booked with it.
    late = Event(key="late", on=date(2026, 1, 23), is_money=True)
    assert payout_keys([late, refund])["late"] == SummaryKey(JAN_31)


def test_what_is_told_after_its_payout_is_booked_on_its_own_day() -> None:
    assert day_in_payout(FEB_3, date(2026, 1, 22)) == FEB_3
    known_late = Event(key="payment", on=date(2026, 2, 10), taker=IN_JANUARY, is_money=True)
    assert payout_keys([known_late])["payment"] == SummaryKey(date(2026, 2, 10), 7)


DAYS = st.integers(0, 70).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
TAKERS = st.one_of(st.none(), st.builds(Taker, DAYS, st.integers(1, 4)))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[Taker]]:
    """Events of an order in the turn of their days, and payouts of what is booked already."""
    days = sorted(draw(st.lists(DAYS, min_size=1, max_size=6)))
    events = []
    for number, on in enumerate(days):
        is_money = draw(st.booleans())
        events.append(Event(key=number, on=on, taker=draw(TAKERS) if is_money else None, is_money=is_money))
    return events, [taker for taker in draw(st.lists(TAKERS, max_size=2)) if taker]


@given(histories())
def test_each_event_is_in_one_summary_of_its_own_month_in_its_turn(history: tuple[list[Event], list[Taker]]) -> None:
    events, takers = history
    keys = payout_keys(events, takers)
    assert set(keys) == {event.key for event in events}
    for event in events:
        assert event.on <= keys[event.key].day <= month_end(event.on)
    payouts = {taker.payout: taker.paid_on for taker in [*takers, *(event.taker for event in events if event.taker)]}
    for number, event in enumerate(events):
        key = keys[event.key]
        later = [keys[other.key] for other in events[number + 1 :]]
        assert all(key <= other or other.day < event.on for other in later)
        assert not key.payout or key.payout in payouts


@given(histories(), DAYS)
def test_a_payout_that_becomes_known_makes_nothing_later(
    history: tuple[list[Event], list[Taker]], paid_on: date
) -> None:
    events, takers = history
    before, after = payout_keys(events, takers), payout_keys(events, [*takers, Taker(paid_on, 99)])
    assert all(after[key].day <= before[key].day for key in before)
