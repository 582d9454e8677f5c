"""Gift cards and store credit: which card it is, never the code that pays with it.

A redeemable code is money: whoever reads it can spend it. So a card is known by the store's own id of it, or by a
keyed hash of its code with the last characters that people compare.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .currencies import unit
from .errors import PayloadError
from .field_checks import check_amount, check_texts, check_unique
from .rounding import ZERO, allocate, total

_SHOWN = 4  # last characters of a code that people may see


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A gift card, a voucher or a store credit, as the store names it.

    :ivar external_id: the store's id of it or ``card_id`` of its code; unique in the store
    :ivar amount: what a line puts on this one of its cards, without tax; None where the store does not say
    :ivar expires_on: the last day it can be used, None if it does not expire or the store does not say
    """

    external_id: str
    amount: Decimal | None = None
    expires_on: date | None = None

    def __post_init__(self) -> None:
        where = f"gift card {self.external_id}".rstrip()
        check_texts(self, where)
        if not self.external_id.strip():
            raise PayloadError(where, "its id is empty")
        if self.amount is not None:
            check_amount(f"{where}, amount", self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardShare:
    """What of a planned line or payment concerns one card.

    :ivar net: on the liability account, sign of the line
    :ivar gross: with the tax that a single-purpose voucher bears
    """

    card: Card
    net: Decimal
    gross: Decimal


def card_id(code: str, secret: str) -> str:
    """A card's id where the store gives its code alone: a keyed hash and the last characters.

    :param secret: a key that is not stored with the ids; without it a short code could be guessed from its hash
    """
    digest = hmac.new(secret.encode(), code.strip().casefold().encode(), hashlib.sha256).hexdigest()[:16]
    return f"{digest}…{code.strip()[-_SHOWN:]}"


def check_cards(where: str, cards: Sequence[Card], net: Decimal, quantity: Decimal, *, sells_cards: bool) -> None:
    """The cards of a line: one per unit, or each with its amount.

    :raises PayloadError: naming the line and what does not agree
    """
    if not cards:
        return
    if not sells_cards:
        raise PayloadError(f"{where}, gift cards", "it is no line of kind gift_card")
    check_unique("gift card", [card.external_id for card in cards], f"{where}, ")
    amounts = [card.amount for card in cards if card.amount is not None]
    if not amounts and len(cards) != quantity:
        raise PayloadError(f"{where}, gift cards", f"{quantity} were sold, {len(cards)} are named without amounts")
    if amounts and (len(amounts) != len(cards) or total(amounts) != net):
        raise PayloadError(f"{where}, gift cards", f"their amounts do not come to the line's net of {net}")


def shares(cards: Sequence[Card], net: Decimal, gross: Decimal, currency: str) -> tuple[CardShare, ...]:
    """An amount split over the cards of a line: by their own amounts, or evenly."""
    if not cards:
        return ()
    weights = [ZERO if card.amount is None else card.amount for card in cards]
    if not any(weights):
        weights = [Decimal(1)] * len(cards)
    step = unit(currency)
    parts = zip(cards, allocate(net, weights, step), allocate(gross, weights, step), strict=True)
    return tuple(CardShare(card=card, net=of_net, gross=of_gross) for card, of_net, of_gross in parts)
