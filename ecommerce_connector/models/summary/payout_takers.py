"""Which payouts have the money of orders that wait for a summary. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from odoo.fields import Domain

from ...core.dates import local_date
from ...core.evidence import LedgerPayment, Matcher
from ...core.payouts.matching import COUNTERPART_KINDS
from ...core.plans import PlannedPayment
from ...core.settlements import Money
from ...core.summary_days import Taker
from ..ledger.amounts import amount_of
from ..ledger.other_currency import stated_otherwise
from .money_tokens import reference_tokens

#: What has the processor's id, or the order's number and amount, is the same money. Less is left to a person: the
#: payment is booked at the end of the month, and the payout is matched then.
CERTAIN_SCORE = 60
ROW_IDS = ("source_id", "external_id", "charge_id", "payment_intent_id")
COUNTERPARTS = [kind.value for kind in COUNTERPART_KINDS]


@dataclass(frozen=True)
class Takers:
    """Of one order.

    :ivar rows: planned entry's key -> ecommerce.balance.transaction
    :ivar booked: payouts of its money that is booked already
    :ivar moneys: keys of planned payments that payouts can have: not of gift cards and store credit
    """

    rows: dict
    booked: tuple = ()
    moneys: frozenset = frozenset()

    def taker(self, key):
        """The payout of a planned payment, None if none is known."""
        row = self.rows.get(key)
        return taker_of(row) if row else None


def taker_of(row):
    """:rtype: Taker"""
    return Taker(row.payout_id.paid_on, row.payout_id.id)


@dataclass(frozen=True)
class _Money:
    order: Any
    key: Any
    account: int
    payment: LedgerPayment


class PayoutTakers:
    """Looks up the balance transactions of a batch of orders.

    :param ecommerce.store store: of the orders
    """

    def __init__(self, store):
        self.store = store
        self.env = store.env

    def of(self, batch):
        """Order id -> Takers.

        :param list batch: (ecommerce.order, PlannedOrder) pairs
        """
        found = {
            order.id: Takers({}, self._booked(order), frozenset(entry.key for entry in self._of_processors(planned)))
            for order, planned in batch
        }
        moneys = self._planned(batch)
        by_account = defaultdict(list)
        for number, money in enumerate(moneys):
            by_account[money.account].append(number)
        for account_id, numbers in by_account.items():
            rows = self._rows(account_id, [moneys[number] for number in numbers])
            for row, number in self._matched(rows, {number: moneys[number].payment for number in numbers}):
                money = moneys[number]
                if money.key:
                    found[money.order.id].rows[money.key] = row
        return found

    @staticmethod
    def _booked(order):
        rows = order.payment_ids.balance_transaction_ids.filtered("payout_id.active")
        return tuple(map(taker_of, rows))

    def _planned(self, batch):
        """Money that is to be booked, and what is booked of the same orders, which a row can mean as well."""
        moneys = []
        for order, planned in batch:
            for entry in self._of_processors(planned):
                account = entry.rule.target.processor_account
                moneys.append(_Money(order, entry.key, account, self._as_ledger(len(moneys), order, planned, entry)))
            for payment in order.payment_ids:
                account = payment.processor_account_id.id
                moneys.append(_Money(order, None, account, self._as_booked(len(moneys), order, payment)))
        return moneys

    def _of_processors(self, planned):
        """New payments on accounts that pay out."""
        accounts = self.env["ecommerce.processor.account"]
        payments = [entry for entry in planned.comparison.new if isinstance(entry, PlannedPayment)]
        return [entry for entry in payments if accounts.browse(entry.rule.target.processor_account).kind == "money"]

    def _as_ledger(self, number, order, planned, entry):
        stated = planned.document.presentment
        amount = stated_otherwise(planned.document, entry)
        return LedgerPayment(
            id=number, amount=entry.signed, currency=entry.currency,
            date=local_date(entry.at, self.store._policy_zone()), order_number=order.number or "",
            order_external_id=order.external_id, transaction_id=entry.transaction_id or "",
            also=Money(amount, stated.currency) if amount else None,
        )  # fmt: skip

    @staticmethod
    def _as_booked(number, order, payment):
        currency = payment.currency_id
        return LedgerPayment(
            id=number, amount=amount_of(payment.amount, currency), currency=currency.name, date=payment.moved_on,
            order_number=order.number or "", order_external_id=order.external_id,
            transaction_id=payment.transaction_id or "",
        )  # fmt: skip

    def _rows(self, account_id, moneys):
        ids = {money.payment.transaction_id for money in moneys} - {""}
        names = {name for money in moneys for name in (money.order.number, money.order.external_id) if name}
        names |= {name for money in moneys for name in reference_tokens(money.order)}
        words = [*names, *(f"#{name}" for name in names)]
        of_ids = Domain.OR([Domain(field, "in", list(ids)) for field in ROW_IDS])
        return self.env["ecommerce.balance.transaction"].search(
            Domain("processor_account_id", "=", account_id) & Domain("payout_id.active", "=", True)
            & Domain("kind", "in", COUNTERPARTS) & (of_ids | Domain("order_reference", "in", words)),
            order="id",
        )  # fmt: skip

    @staticmethod
    def _matched(rows, payments):
        """(row, number of the payment) pairs of what is certain."""
        entries = [(at, row.payout_id._core_transaction(row)) for at, row in enumerate(rows) if row.gross]
        for at, pair in Matcher(entries, list(payments.values())).run().items():
            if pair.score >= CERTAIN_SCORE:
                yield rows[at], pair.payment.id
