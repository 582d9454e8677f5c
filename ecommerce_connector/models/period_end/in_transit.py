"""Payouts that were on their way to the bank on a day, with what became of them since. Reads only."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...core.rounding import ZERO
from ..ledger.amounts import amount_of
from ..ledger.entry_state import counterparts


@dataclass(frozen=True)
class OpenItem:
    """What is open of one journal item at the end of a day.

    :ivar amount: in its own currency, debit positive: on its way to us
    :ivar since: the day the processor sent it; of an entry without a payout, its date
    :ivar settled_on: the day after that on which the bank had it; None: not yet
    """

    item: Any
    payout: Any
    amount: Decimal
    since: Any
    settled_on: Any

    def age(self, day):
        """Days on its way at the end of a day."""
        return (day - self.since).days


class InTransit:
    """The in-transit accounts of a company's processor accounts.

    :param day: what was booked up to it counts; what was settled later was open
    """

    def __init__(self, company, day):
        self.company = company
        self.env = company.env
        self.day = day

    def accounts(self):
        """In-transit account → the processor accounts that use it."""
        known = self.env["ecommerce.processor.account"].with_context(active_test=False).search(
            [("company_id", "=", self.company.id), ("in_transit_account_id", "!=", False)], order="id"
        )  # fmt: skip
        return known.grouped("in_transit_account_id")

    def open_items(self):
        """What was open, the oldest first.

        :rtype: list[OpenItem]
        """
        items = self.env["account.move.line"].search(self._booked(), order="date, id")
        settled = self._settled(items)
        payouts = self._payouts(items)
        found = []
        for item in items:
            amount = amount_of(item.amount_currency, item.currency_id) - settled.get(item.id, ZERO)
            if amount:
                payout = payouts.get(item.id, self.env["ecommerce.payout"])
                later = counterparts(item).filtered(lambda other: other.date > self.day)
                found.append(
                    OpenItem(
                        item=item, payout=payout, amount=amount, since=payout.paid_on or item.date,
                        settled_on=max(later.mapped("date")) if later and item.reconciled else None,
                    )
                )  # fmt: skip
        return found

    def balances(self):
        """(account, currency) → what the ledger has on the day, debit positive."""
        groups = self.env["account.move.line"]._read_group(
            self._booked(), ["account_id", "currency_id"], ["amount_currency:sum"]
        )
        return {(account, currency): amount_of(amount, currency) for account, currency, amount in groups}

    def _booked(self):
        accounts = self.env["account.account"].union(*self.accounts())
        return [
            ("company_id", "=", self.company.id), ("parent_state", "=", "posted"), ("date", "<=", self.day),
            ("account_id", "in", accounts.ids),
        ]  # fmt: skip

    def _settled(self, items):
        """Item id → what was reconciled of it up to the day, in its currency."""
        found = defaultdict(Decimal)
        partials = self.env["account.partial.reconcile"]
        for side, sign in (("debit", 1), ("credit", -1)):
            for item, amount in partials._read_group(
                [(f"{side}_move_id", "in", items.ids), ("max_date", "<=", self.day)], [f"{side}_move_id"],
                [f"{side}_amount_currency:sum"],
            ):  # fmt: skip
                found[item.id] += sign * amount_of(amount, item.currency_id)
        return found

    def _payouts(self, items):
        """Item id → the payout that it books; an undone one too, whose entry was open until it was reversed."""
        postings = self.env["ecommerce.posting"].search(
            [("move_id", "in", items.move_id.ids), ("payout_id", "!=", False)]
        )
        by_move = {posting.move_id: posting.payout_id for posting in postings}
        return {item.id: by_move[item.move_id] for item in items if item.move_id in by_move}
