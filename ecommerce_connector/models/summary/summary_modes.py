"""In which mode an order is booked, and which of its entries belong to which summary."""

from dataclasses import dataclass, replace
from typing import Any

from ...core.plans import EntryKind, PlannedMove
from ...core.summary import Mode, mode_on
from ...core.summary_days import Event, SummaryKey, payout_keys
from ..gift_cards.liability_accounts import liability_accounts
from ..ledger.company_facts import CompanyFacts
from ..ledger.tax_facts import TaxFactsCache
from .fee_postings import FEE
from .money_tokens import planned_tokens
from .payout_takers import PayoutTakers
from .summary_gift_cards import concerns_cards


class SummaryModes:
    """Looks up the modes of one store, once per batch.

    An order goes on in the mode in which it began, whatever the store's mode became since: then nothing of it is
    booked twice, and nothing is missing.
    """

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.switches = [(switch.date_from, Mode(switch.mode)) for switch in store.posting_mode_ids]
        self._taxes = TaxFactsCache(self.env)
        self._has_models = None
        self._tagged = {}
        self._liabilities = None

    @property
    def is_used(self):
        """Whether the store ever books summaries."""
        return any(mode.is_added_up for _first, mode in self.switches)

    def split(self, batch):
        """Orders that are booked by themselves, and those that wait for a summary.

        :param list batch: (ecommerce.order, PlannedOrder) pairs with something new
        :return: those that are booked by themselves as such pairs, and Scheduled objects
        :rtype: tuple[list, list]
        """
        # Whoever ever posted a summary has a journal for them.
        if not batch or not (self.is_used or self.store.summary_journal_id):
            return batch, []
        began = self._began([order for order, _planned in batch])
        own, by_mode = [], {Mode.DAY: [], Mode.PAYOUT: []}
        for order, planned in batch:
            mode = Mode.ORDER if planned.span else self._mode(began.get(order.id), planned)
            (own if mode is Mode.ORDER else by_mode[mode]).append((order, planned))
        by_day = [Scheduled(order, planned, _days(planned.comparison.new)) for order, planned in by_mode[Mode.DAY]]
        return own, [*by_day, *self._by_payout(by_mode[Mode.PAYOUT])]

    def _began(self, orders):
        """Order id → the mode in which what is posted of its sale is booked."""
        found = self.env["ecommerce.posting"].search_fetch(
            [("order_id", "in", [order.id for order in orders]), ("kind", "not in", (FEE, "cost"))],
            ["order_id", "summary_id"], order="id desc",
        )  # fmt: skip
        # What is on a combined invoice has entries of its own for all that comes later.
        modes = {"day": Mode.DAY, "payout": Mode.PAYOUT, "month": Mode.PAYOUT}
        return {
            posting.order_id.id: modes.get((posting.summary_id.first_id or posting.summary_id).kind, Mode.ORDER)
            for posting in found
        }

    def _mode(self, began, planned):
        if began is not None:
            return began
        new = planned.comparison.new
        mode = mode_on(self.switches, first_day(new))
        if not mode.is_added_up or not self.can_be_added_up(new) or self._is_on_foreign_cards(new):
            return Mode.ORDER
        return mode

    def _by_payout(self, batch):
        if not batch:
            return
        takers = PayoutTakers(self.store).of(batch)
        for order, planned in batch:
            yield Scheduled(order, planned, _payouts(planned, takers[order.id]), takers[order.id].rows)

    def _is_on_foreign_cards(self, entries):
        """What is on gift cards in a foreign currency leaves them at the value it has there, card by card."""
        own = self.store.company_id.currency_id.name
        if all(entry.currency == own for entry in entries):
            return False
        return self.is_on_cards(entries)

    def is_on_cards(self, entries):
        """Whether entries move gift cards, or what is owed for them."""
        if self._liabilities is None:
            self._liabilities = set(liability_accounts(self.store.company_id).ids)
        return concerns_cards(entries, self._liabilities, self.env)

    def can_be_added_up(self, entries):
        """Whether the journal items are known beforehand; what Odoo makes itself is an invoice of its own."""
        if self._has_models is None:
            self._has_models = CompanyFacts.of(self.store.company_id).has_analytic_models
        if self._has_models:
            return False
        rules = {line.rule for entry in entries if isinstance(entry, PlannedMove) for line in entry.lines}
        taxes = {
            tax.rule.target.tax
            for entry in entries if isinstance(entry, PlannedMove) for line in entry.lines for tax in line.taxes
        }  # fmt: skip
        facts = [self._taxes.of(tax, is_refund=is_refund) for tax in taxes for is_refund in (False, True)]
        has_analytic = any(rule.target.analytic for rule in rules)
        return not any(self._has_tags(rule.target.product) for rule in rules if rule.target.product) and all(
            fact.is_simple and not (fact.analytic and has_analytic) for fact in facts
        )

    def _has_tags(self, product_id):
        if product_id not in self._tagged:
            self._tagged[product_id] = bool(self.env["product.product"].browse(product_id).account_tag_ids)
        return self._tagged[product_id]


@dataclass(frozen=True)
class Scheduled:
    """An order that waits for summaries.

    :ivar keys: planned entry's key → SummaryKey
    :ivar rows: key of a planned payment → the balance transaction that pays it out; None where days are summed up
    """

    order: Any
    planned: Any
    keys: dict
    rows: dict | None = None

    @property
    def next(self):
        """The first summary that it waits for."""
        return min(self.keys.values())

    @property
    def is_for_payout(self):
        """Whether payouts are summed up, and not days."""
        return self.rows is not None

    def rows_of(self, part):
        """Balance transactions of the payments in a part, each with the day of its payment."""
        rows = self.rows or {}
        return [(rows[entry.key], entry.true_date) for entry in part.comparison.new if entry.key in rows]

    def part(self, key):
        """The plan with what one summary books of it."""
        comparison = self.planned.comparison
        new = tuple(entry for entry in comparison.new if self.keys[entry.key] == key)
        return replace(self.planned, comparison=replace(comparison, new=new))

    def after(self, key):
        """The summary that it waits for once that of ``key`` is posted; None if it is whole then."""
        return min((other for other in self.keys.values() if other != key), default=None)


def _days(entries):
    return {entry.key: SummaryKey(entry.true_date) for entry in entries}


def _payouts(planned, takers):
    turns = {key: turn for turn, key in enumerate(planned.plan.turns)}
    new = sorted(planned.comparison.new, key=lambda entry: (entry.true_date, turns.get(entry.key, -1)))
    return payout_keys([_event(entry, takers) for entry in new], takers.booked)


def _event(entry, takers):
    """What is given back goes with its own money."""
    kind, external_id = entry.key
    own = (EntryKind.REFUND_PAYMENT, external_id) if kind is EntryKind.CREDIT_NOTE else entry.key
    return Event(key=entry.key, on=entry.true_date, taker=takers.taker(own), is_money=entry.key in takers.moneys)


def first_day(entries):
    """The day of the first of some entries, in the store's time zone."""
    return min(entry.true_date for entry in entries)


def mark(planned, summarized):
    """Write on planned orders which summary they wait for.

    :param planned: ecommerce.order records
    :param list summarized: Scheduled objects of those that wait for one
    """
    waiting = {scheduled.order: scheduled for scheduled in summarized}
    for order in planned:
        scheduled = waiting.get(order)
        key = scheduled.next if scheduled else None
        is_for_payout = bool(scheduled and scheduled.is_for_payout)
        tokens = sorted(planned_tokens(scheduled.planned)) if is_for_payout else []
        _mark(order, key, awaited=tokens or False, is_for_payout=is_for_payout)


def mark_next(scheduled, key):
    """Write on an order which summary it waits for once one is posted."""
    following = scheduled.after(key)
    _mark(scheduled.order, following, is_for_payout=bool(following) and scheduled.is_for_payout)


def _mark(order, key, **more):
    payout = key.payout if key else 0
    values = {"summary_on": key.day if key else False, "summary_payout_id": payout or False, **more}
    now = {
        "summary_on": order.summary_on, "summary_payout_id": order.summary_payout_id.id or False,
        "awaited": order.awaited or False, "is_for_payout": order.is_for_payout,
    }  # fmt: skip
    if any(now[name] != value for name, value in values.items()):
        # sudo: nobody writes evidence by hand; the store's entry points check the right.
        order.sudo().write(values)
