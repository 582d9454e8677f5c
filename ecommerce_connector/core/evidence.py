"""What speaks for a balance transaction and a ledger payment being the same money.

Tiers of falling evidence, each over what the ones before left: the processor's own id with the
exact amount; the id alone; the order with the exact amount; amount and date where nothing else
fits on either side. A payment is given away once. The result depends on what is matched, never
on the order of transactions or payments.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from .days import said
from .settlements import BalanceTransaction, Money, TransactionKind

#: How many days the store's date of a payment and the processor's may be apart.
DATE_WINDOW = 3

_PREFIX = re.compile(r"([a-z]{2,8})_")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPayment:
    """One payment or refund on the clearing account of a processor account.

    :ivar id: the ledger's id of it, unique
    :ivar transaction_id: the processor's id as the store knows it
    :ivar amount: positive = payment received, negative = refund given
    :ivar date: the day it is booked on
    :ivar open: its clearing line is not reconciled yet
    :ivar matched_to: the other payout or balance transaction that settled it, None if none
    :ivar obstacle: why no payout can settle it though none has: its entry is a draft, a part of it is reconciled;
        empty if one can
    :ivar open_amount: how much of it the ledger has open, None: all of it
    :ivar also: the same money in the order's other currency, as the store states it; signed like ``amount``
    """

    id: int
    amount: Decimal
    currency: str
    date: date
    order_number: str = ""
    order_external_id: str = ""
    transaction_id: str = ""
    open: bool = True
    matched_to: str | None = None
    customer: str = ""
    obstacle: str = ""
    open_amount: Decimal | None = None
    also: Money | None = None

    @property
    def is_free(self) -> bool:
        """Whether nothing has settled it yet."""
        return self.open and self.matched_to is None

    @property
    def in_ledger(self) -> Decimal:
        """What the ledger has open of it."""
        return self.amount if self.open_amount is None else self.open_amount

    @property
    def label(self) -> str:
        """What people call it."""
        order = f" of order {self.order_number}" if self.order_number else ""
        kind = "refund" if self.amount < 0 else "payment"
        return f"{kind}{order}, {abs(self.amount)} {self.currency}, {said(self.date)}"


@dataclass(frozen=True, slots=True)
class Pair:
    """A possible match; ``position`` is the transaction's place among those given."""

    position: int
    transaction: BalanceTransaction
    payment: LedgerPayment
    score: int
    reason: str

    @property
    def order(self) -> tuple[object, ...]:
        """Smaller is taken first; a total order that no permutation changes."""
        tx, payment = self.transaction, self.payment
        other_order = order_key(tx.order_reference) not in order_keys(payment)
        apart = abs((tx.at.date() - payment.date).days)
        return (not payment.is_free, bool(payment.obstacle), other_order, apart, canonical_order(tx), payment.id)


def canonical_order(tx: BalanceTransaction) -> tuple[object, ...]:
    """Orders transactions by what they are, not by where they stand."""
    return (tx.at, tx.external_id, tx.source_id, tx.gross, tx.row)


def order_key(reference: str) -> str:
    """An order number or id as it is compared: stores and processors differ in "#" and case."""
    return reference.strip().lstrip("#").casefold()


def order_keys(payment: LedgerPayment) -> set[str]:
    """What the order of a payment is known by."""
    return {order_key(key) for key in (payment.order_number, payment.order_external_id)} - {""}


def same_amount(tx: BalanceTransaction, payment: LedgerPayment) -> bool:
    """Amount, sign and currency, in one of the currencies that both sides state."""
    known = {Money(payment.amount, payment.currency), payment.also}
    return tx.claimed in known or Money(tx.gross, tx.currency) in known


def _same_sign(tx: BalanceTransaction, payment: LedgerPayment) -> bool:
    return (tx.gross < 0) == (payment.amount < 0)


def id_family(transaction_id: str) -> str:
    """``ch`` for ``ch_123``: ids of one family name things of one sort; empty if it has none."""
    found = _PREFIX.match(transaction_id)
    return found.group(1) if found else ""


def _families(tx: BalanceTransaction) -> set[str]:
    ids = (tx.source_id, tx.external_id, tx.charge_id, tx.payment_intent_id)
    return {id_family(key) for key in ids} - {""}


def _is_of_another(tx: BalanceTransaction, payment: LedgerPayment) -> bool:
    """Whether the payment's own id says that it is another charge or refund of the same sort."""
    own = (tx.source_id, tx.external_id, tx.charge_id, tx.payment_intent_id)
    return payment.transaction_id not in own and id_family(payment.transaction_id) in _families(tx)


_Entry = tuple[int, BalanceTransaction]
_PairsOf = Callable[[int, BalanceTransaction], "list[Pair]"]


class Matcher:
    """One run over the transactions that need a counterpart.

    :param entries: position and transaction
    :param payments: of one processor account
    """

    def __init__(self, entries: Iterable[_Entry], payments: Iterable[LedgerPayment]) -> None:
        self._left: list[_Entry] = list(entries)
        self._payments = sorted(payments, key=lambda payment: (payment.date, payment.id))
        self._found: dict[int, Pair] = {}
        self._used: set[int] = set()
        self._by_id: dict[str, list[LedgerPayment]] = {}
        self._by_order: dict[str, list[LedgerPayment]] = {}
        for payment in self._payments:
            if payment.transaction_id:
                self._by_id.setdefault(payment.transaction_id, []).append(payment)
            for key in order_keys(payment):
                self._by_order.setdefault(key, []).append(payment)

    def run(self) -> dict[int, Pair]:
        """The pairs that were taken, by position of the transaction."""
        self._take(self._each(self._same_id_and_amount))
        self._take(self._each(self._same_charge_and_amount))
        self._take(self._each(self._same_id))
        self._take(_unique_both_ways(self._each(self._same_charge)))
        self._take(self._each(self._same_order_and_amount))
        self._take(self._same_amount_and_time())
        self._take(_unique_both_ways(self._each(self._same_order)))
        self._take(self._each(self._same_id_other_sign))
        return self._found

    def _each(self, pairs_of: _PairsOf) -> list[Pair]:
        return [pair for position, tx in self._left for pair in pairs_of(position, tx)]

    def _take(self, pairs: Iterable[Pair]) -> None:
        for pair in sorted(pairs, key=lambda pair: (*pair.order, pair.position)):
            if pair.position not in self._found and pair.payment.id not in self._used:
                self._found[pair.position] = pair
                self._used.add(pair.payment.id)
        self._left = [entry for entry in self._left if entry[0] not in self._found]

    def _with_id(self, *ids: str) -> list[LedgerPayment]:
        keys = dict.fromkeys(filter(None, ids))
        return [payment for key in keys for payment in self._by_id.get(key, ()) if payment.id not in self._used]

    def _of_charge(self, tx: BalanceTransaction) -> list[LedgerPayment]:
        """Payments known by the charge or payment intent.

        Its payment does not settle a refund that failed, though sign and amount may fit.
        """
        if tx.kind is TransactionKind.REFUND_FAILURE:
            return []
        return self._with_id(tx.charge_id, tx.payment_intent_id)

    def _of_order(self, tx: BalanceTransaction) -> list[LedgerPayment]:
        if tx.kind is TransactionKind.REFUND_FAILURE or not tx.order_reference:
            return []
        found = self._by_order.get(order_key(tx.order_reference), ())
        return [payment for payment in found if payment.id not in self._used and not _is_of_another(tx, payment)]

    def _same_id_and_amount(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._with_id(tx.source_id, tx.external_id) if same_amount(tx, payment)]
        return [Pair(position, tx, payment, 100, f"same id {payment.transaction_id} and amount") for payment in found]

    def _same_charge_and_amount(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._of_charge(tx) if same_amount(tx, payment) and _may_repeat(tx, payment)]
        return [
            Pair(position, tx, payment, 95, f"same charge {payment.transaction_id} and amount") for payment in found
        ]

    def _same_id(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._with_id(tx.source_id, tx.external_id) if _same_sign(tx, payment)]
        return [Pair(position, tx, payment, 70, f"same id {payment.transaction_id}") for payment in found]

    def _same_charge(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._of_charge(tx) if _same_sign(tx, payment) and payment.is_free]
        return [Pair(position, tx, payment, 60, f"same charge {payment.transaction_id}") for payment in found]

    def _same_order_and_amount(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._of_order(tx) if same_amount(tx, payment) and _may_repeat(tx, payment)]
        return [Pair(position, tx, payment, 80, f"same order {tx.order_reference} and amount") for payment in found]

    def _same_order(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        found = [payment for payment in self._of_order(tx) if _same_sign(tx, payment) and payment.is_free]
        return [Pair(position, tx, payment, 40, f"same order {tx.order_reference}") for payment in found]

    def _same_id_other_sign(self, position: int, tx: BalanceTransaction) -> list[Pair]:
        if tx.kind is TransactionKind.REFUND_FAILURE:
            return []
        found = self._with_id(tx.source_id, tx.external_id)
        return [Pair(position, tx, payment, 20, f"same id {payment.transaction_id}") for payment in found]

    def _same_amount_and_time(self) -> list[Pair]:
        """Pairs of which neither side fits anything else."""
        shelves = self._shelves()
        only: list[tuple[int, BalanceTransaction, _Shelf, int]] = []
        for position, tx in self._left:
            spans = [(shelf, span) for shelf in _shelves_for(shelves, tx) if (span := shelf.look(tx.at.date()))]
            if sum(len(span) for _shelf, span in spans) == 1:
                only.append((position, tx, spans[0][0], spans[0][1].start))
        reason = f"same amount within {DATE_WINDOW} days, and nothing else fits"
        return [
            Pair(position, tx, shelf.payments[index], 50, reason)
            for position, tx, shelf, index in only
            if shelf.looks_at(index) == 1
        ]

    def _shelves(self) -> _Shelves:
        shelves: _Shelves = {}
        for payment in self._payments:
            # What can only be told by amount and day must be whole.
            if payment.is_free and not payment.obstacle and payment.id not in self._used:
                sort = (id_family(payment.transaction_id), bool(order_keys(payment)))
                by_sort = shelves.setdefault((payment.amount, payment.currency), {})
                by_sort.setdefault(sort, _Shelf()).payments.append(payment)
        return shelves


class _Shelf:
    """Free payments of one amount and sort by date, and how many transactions look at each.

    Looks are counted at their ends and summed once: a thousand equal amounts on a thousand
    payments cost their sum, not their product.
    """

    def __init__(self) -> None:
        self.payments: list[LedgerPayment] = []
        self._steps: Counter[int] = Counter()
        self._looks: list[int] = []

    def look(self, day: date) -> range:
        """The payments within the window around a day."""
        window = timedelta(days=DATE_WINDOW)
        span = range(
            bisect_left(self.payments, day - window, key=_date_of),
            bisect_right(self.payments, day + window, key=_date_of),
        )
        self._steps[span.start] += 1
        self._steps[span.stop] -= 1
        return span

    def looks_at(self, index: int) -> int:
        """How many transactions can be this payment; to be asked after the last look."""
        if not self._looks:
            self._looks = list(accumulate(self._steps[at] for at in range(len(self.payments))))
        return self._looks[index]


_Shelves = dict[tuple[Decimal, str], dict[tuple[str, bool], _Shelf]]


def _date_of(payment: LedgerPayment) -> date:
    return payment.date


def _shelves_for(shelves: _Shelves, tx: BalanceTransaction) -> list[_Shelf]:
    """Payments of the amount that no id or order says to be another transaction's."""
    if tx.kind is TransactionKind.REFUND_FAILURE:
        return []
    by_sort = shelves.get((tx.claimed.amount, tx.claimed.currency), {})
    known = _families(tx)
    return [
        shelf
        for (family, has_order), shelf in sorted(by_sort.items())
        if family not in known and not (has_order and tx.order_reference)
    ]


def _may_repeat(tx: BalanceTransaction, payment: LedgerPayment) -> bool:
    """Whether a payment that is settled already can be this transaction listed again.

    A second refund of the same amount is usually a second refund; its own id would say otherwise.
    """
    return payment.is_free or tx.kind is TransactionKind.CHARGE


def _unique_both_ways(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs of which neither the transaction nor the payment is in another pair."""
    distinct = {(pair.position, pair.payment.id): pair for pair in pairs}
    by_transaction = Counter(position for position, _payment in distinct)
    by_payment = Counter(payment for _position, payment in distinct)
    return [
        pair
        for (position, payment), pair in distinct.items()
        if by_transaction[position] == 1 and by_payment[payment] == 1
    ]
