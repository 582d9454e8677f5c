"""Balance transactions of disputes: which dispute each is of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..evidence import LedgerPayment, canonical_order, id_family, order_key, order_keys
from ..rounding import ZERO
from ..settlements import BalanceTransaction, TransactionKind

#: Kinds of balance transactions that move disputed money.
DISPUTE_KINDS = frozenset({TransactionKind.DISPUTE, TransactionKind.DISPUTE_REVERSAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Disputed money that moved.

    :ivar key: unique; the same movement told twice is one
    :ivar amount: positive: taken from the balance. Negative: given back
    :ivar on: the day
    :ivar is_booked: the payout it is in is posted
    """

    key: str
    amount: Decimal
    on: date
    is_booked: bool


def dispute_ids(transactions: Sequence[BalanceTransaction], charges: Collection[str] = ()) -> list[str]:
    """Which dispute each balance transaction is of: its id, in the order of the transactions.

    Most processors name the dispute. Where only the charge is named, each withdrawal is a dispute of
    its own (a second one is a second chargeback), and what is given back is of the latest dispute
    that has so much out: a charge is disputed again only after the dispute before has ended. The
    result depends on the transactions, not on their order.

    :param transactions: all that are known of the charges concerned
    :param charges: ids that are known to be of payments, not of disputes
    """
    by_charge: dict[str, list[BalanceTransaction]] = {}
    for tx in {tx.external_id: tx for tx in transactions}.values():
        if not _own_id(tx, charges):
            by_charge.setdefault(_charge_key(tx), []).append(tx)
    found: dict[str, str] = {}
    for charge, of_charge in by_charge.items():
        found |= _numbered(charge, of_charge)
    return [_own_id(tx, charges) or found[tx.external_id] for tx in transactions]


def _own_id(tx: BalanceTransaction, charges: Collection[str]) -> str:
    """The dispute's own id; empty if the transaction names none, or only the charge in its place."""
    is_charge = tx.source_id in (tx.charge_id, tx.payment_intent_id) or tx.source_id in charges
    return "" if is_charge else tx.source_id


def _charge_key(tx: BalanceTransaction) -> str:
    named = tx.charge_id or tx.source_id or tx.payment_intent_id
    return named or (f"order {order_key(tx.order_reference)}" if tx.order_reference else tx.external_id)


def _numbered(charge: str, transactions: Iterable[BalanceTransaction]) -> dict[str, str]:
    """Balance transaction id → dispute of one charge: the first by the charge's id, others by a number too."""
    found: dict[str, str] = {}
    out: list[Decimal] = []
    for tx in sorted(transactions, key=canonical_order):
        at = _place(-tx.gross, out)
        if at == len(out):
            out.append(ZERO)
        out[at] -= tx.gross
        found[tx.external_id] = f"{charge} #{at + 1}" if at else charge
    return found


def _place(amount: Decimal, out: Sequence[Decimal]) -> int:
    """The number of the dispute that a movement is of.

    :param amount: positive: taken
    :param out: how much is taken for each dispute so far
    """
    if amount > ZERO:
        # Of a dispute that gave back more than it took, the withdrawal was only told later.
        return next((at for at, taken in enumerate(out) if taken < ZERO), len(out))
    whole = [at for at, taken in enumerate(out) if taken >= -amount > ZERO]
    some = [at for at, taken in enumerate(out) if taken > ZERO]
    return max(whole or some or [len(out) - 1, 0])


def disputed_payments(
    ids: Iterable[str], order_reference: str, payments: Iterable[LedgerPayment]
) -> tuple[LedgerPayment, ...]:
    """The payments that a dispute can be of, as charges are matched: by the processor's id, else by the order.

    One is certain, several are not. A payment of the order whose own id is another charge's is none of them.

    :param ids: of the charge, its intent, or whatever the transactions name
    :param payments: of one processor account
    """
    wanted = set(ids) - {""}
    received = sorted((payment for payment in payments if payment.amount > ZERO), key=lambda payment: payment.id)
    by_id = tuple(payment for payment in received if payment.transaction_id in wanted)
    if by_id or not order_reference:
        return by_id
    families = {id_family(key) for key in wanted} - {""}
    return tuple(
        payment
        for payment in received
        if order_key(order_reference) in order_keys(payment) and id_family(payment.transaction_id) not in families
    )
