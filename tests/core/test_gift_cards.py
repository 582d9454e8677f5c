"""Which gift card a line, a payment or a refund is about; its code is never kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from builders import balances, line, order, paid, plan, refund, rule, rulebook, tax
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.canonical import LineKind
from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.gift_cards import Card, card_id, shares
from ecommerce_connector.core.plans import EntryKind, OrderPlan
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.file import read_row
from ecommerce_connector.platforms.file.adapter import order_document

D = Decimal
ONE, TWO = Card(external_id="1"), Card(external_id="2")


def sold(net: str, *cards: Card, quantity: int = 2):
    return line("GC", net, kind=LineKind.GIFT_CARD, quantity=D(quantity), cards=cards)


def test_cards_of_a_line_share_it_evenly_or_by_their_amounts() -> None:
    (even,) = plan(order(sold("50.01", ONE, TWO), tenders=(paid("50.01"),))).moves
    assert [(share.card.external_id, share.net) for share in even.lines[0].cards] == [("1", D("25.01")), ("2", D(25))]
    cards = Card(external_id="1", amount=D(10)), Card(external_id="2", amount=D(40))
    (own,) = plan(order(sold("50", *cards), tenders=(paid("50"),))).moves
    assert [share.net for share in own.lines[0].cards] == [10, 40]


def test_payments_and_refunds_tell_their_card() -> None:
    gift = paid("50", gateway="gift card", card=ONE)
    back = refund("10", gateway="gift card", card=TWO)
    received, given_back = plan(order(line("MUG", "50"), tenders=(gift,), refunds=(back,))).payments
    assert (received.card, given_back.card) == (ONE, TWO)


def test_which_card_it_is_changes_nothing_that_is_posted() -> None:
    """The id may come later: the entry is the same fact."""
    with_id = plan(order(sold("50", ONE, TWO), tenders=(paid("50", card=ONE),)))
    without = plan(order(sold("50"), tenders=(paid("50"),)))
    assert [entry.fingerprint for entry in with_id.entries()] == [entry.fingerprint for entry in without.entries()]


@pytest.mark.parametrize(
    ("cards", "problem"),
    [
        ((ONE,), "2 were sold, 1 are named without amounts"), ((ONE, ONE), "listed twice"),
        ((Card(external_id="1", amount=D(10)), TWO), "do not come to the line's net of 50"),
        ((Card(external_id="1", amount=D(10)), Card(external_id="2", amount=D(41))), "do not come to"),
    ],
)  # fmt: skip
def test_cards_that_contradict_their_line(cards, problem) -> None:
    with pytest.raises(PayloadError, match=problem):
        sold("50", *cards)


def test_a_card_needs_an_id_and_a_line_that_sells_it() -> None:
    with pytest.raises(PayloadError, match="id is empty"):
        Card(external_id=" ")
    with pytest.raises(PayloadError, match="no line of kind gift_card"):
        line("MUG", "50", cards=(ONE,))


def test_a_code_is_known_by_a_keyed_hash_and_its_end() -> None:
    known = card_id("ABCD-EFGH-WXYZ", "key")
    assert known.endswith("…WXYZ") and "ABCD" not in known and len(known) == 21
    assert known == card_id(" abcd-efgh-WXYZ", "key")
    assert known != card_id("ABCD-EFGH-WXYZ", "another key")
    assert known != card_id("ABCE-EFGH-WXYZ", "key")


def _row(**more) -> bytes:
    order = {
        "id": "1", "currency": "EUR", "placed_at": None, "updated_at": "2026-03-10T10:00:00Z", "total": "0", **more
    }  # fmt: skip
    return payloads.dumps(order).encode()


CARD_LINE = {"id": "1", "kind": "gift_card", "key": "GC", "net": "50"}
MONEY = {"id": "p", "gateway": "gift card", "amount": "50", "at": "2026-03-10T10:00:00Z"}


@pytest.mark.parametrize(
    "more",
    [
        {"lines": [CARD_LINE | {"gift_cards": [{"id": "1", "code": "ABCD"}]}]},
        {"payments": [MONEY | {"gift_card": {"id": "1", "code": "ABCD"}}]},
        {"refunds": [MONEY | {"gift_card": {"code": "ABCD"}}]},
    ],
)
def test_a_row_with_a_code_is_refused_before_it_is_stored(more) -> None:
    with pytest.raises(PayloadError, match="cards.jsonl, row 3.*code is money") as refused:
        read_row("cards.jsonl", 3, _row(**more))
    assert "ABCD" not in str(refused.value)


def test_cards_are_read() -> None:
    card = {"id": 7, "expires_on": "2028-01-31"}
    payload = payloads.loads(
        _row(
            lines=[CARD_LINE | {"gift_cards": [{**card, "amount": "50"}]}], payments=[MONEY | {"gift_card": card}],
            refunds=[MONEY | {"gift_card": card}],
        ).decode()
    )  # fmt: skip
    document = order_document(payload, ZoneInfo("Europe/Paris"))
    expected = Card(external_id="7", expires_on=date(2028, 1, 31))
    assert (document.tenders[0].card, document.refunds[0].card) == (expected, expected)
    (read,) = document.lines[0].cards
    assert (read.external_id, read.amount, read.expires_on) == ("7", 50, date(2028, 1, 31))
    payload["payments"][0]["gift_card"]["amount"] = "5"
    with pytest.raises(PayloadError, match="payments 1, gift_card, amount"):
        order_document(payload, ZoneInfo("Europe/Paris"))


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**5), st.integers(1, 7))
def test_shares_come_to_the_whole(net: int, tax: int, count: int) -> None:
    cards = [Card(external_id=str(number)) for number in range(count)]
    found = shares(cards, D(net) / 100, D(net + tax) / 100, "EUR")
    assert sum(share.net for share in found) == D(net) / 100
    assert sum(share.gross for share in found) == D(net + tax) / 100


# === HISTORIES === #

LIABILITY = "Gift-card liability"
RULES = rulebook(rule("voucher", "voucher", LIABILITY, 95))
STEPS = st.tuples(
    st.sampled_from(("sell", "sell voucher", "use", "use voucher", "refund to card", "refund to voucher", "take back")),
    st.sampled_from(("A", "B", "C")), st.integers(1, 5000),
)  # fmt: skip


def history(step: str, name: str, cents: int):
    """An order of one step, and what it puts on the card by the store's word, with tax."""
    card, amount = Card(external_id=name), D(cents) / 100
    goods = line("MUG", "50", tax("10"))
    vat = (tax(str((amount / 5).quantize(D("0.01")))),) if step == "sell voucher" else ()
    cards = line("GC", str(amount), *vat, kind=LineKind.GIFT_CARD, cards=(card,))
    gateway = "voucher" if "voucher" in step else "gift card"
    if step.startswith("sell"):
        return order(cards, tenders=(paid(str(cards.gross)),)), cards.gross
    if step.startswith("use"):
        tenders = (paid(str(amount), gateway=gateway, card=card), paid(str(60 - amount), external_id="rest"))
        return order(goods, tenders=tenders), -amount
    if step == "take back":
        back = refund(str(amount), cards)
        return order(cards, tenders=(paid(str(amount)),), refunds=(back,)), D(0)
    back = refund(str(amount), gateway=gateway, card=card)
    return order(goods, tenders=(paid("60"),), refunds=(back,)), amount


def moved(found: OrderPlan) -> list[tuple[str, Decimal, Decimal]]:
    """(card, net, gross) of what a plan moves on cards; positive: more is owed."""
    rows = []
    for move in found.moves:
        sign = -1 if move.kind is EntryKind.CREDIT_NOTE else 1
        named = [share for planned in move.lines for share in planned.cards]
        rows += [(share.card.external_id, sign * share.net, sign * share.gross) for share in named]
    paid_by_card = [payment for payment in found.payments if payment.card]
    return rows + [(item.card.external_id, -item.signed, -item.signed) for item in paid_by_card if item.card]


@given(st.lists(STEPS, min_size=1, max_size=30))
def test_balances_of_all_cards_are_the_liability(steps) -> None:
    """Law 11 over random histories: what moves on cards is what is booked, and its face value what the store says."""
    liability, on_cards, face, said = D(0), D(0), {}, {}
    for step, name, cents in steps:
        document, expected = history(step, name, cents)
        found = plan(document, RULES)
        assert not found.reasons
        liability -= balances(found).get(LIABILITY, D(0))
        said[name] = said.get(name, D(0)) + expected
        for card, net, gross in moved(found):
            on_cards += net
            face[card] = face.get(card, D(0)) + gross
    assert on_cards == liability
    assert {name: amount for name, amount in face.items() if amount} == {
        name: amount for name, amount in said.items() if amount
    }
