"""In which mode an order is booked, and which of its entries belong to a summary of which day."""

from dataclasses import replace

from ...core.plans import PlannedMove
from ...core.summary import Mode, mode_on
from ..gift_cards.liability_accounts import liability_accounts
from ..ledger.company_facts import CompanyFacts
from ..ledger.tax_facts import TaxFactsCache
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
        return any(mode is Mode.DAY for _first, mode in self.switches)

    def split(self, batch):
        """Orders that are booked by themselves, and those that wait for a summary.

        :param list batch: (ecommerce.order, PlannedOrder) pairs with something new
        :rtype: tuple[list, list]
        """
        # Whoever ever posted a summary has a journal for them.
        if not batch or not (self.is_used or self.store.summary_journal_id):
            return batch, []
        began = self._began([order for order, _planned in batch])
        own, summarized = [], []
        for order, planned in batch:
            is_summarized = not planned.span and self._is_summarized(began.get(order.id), planned)
            (summarized if is_summarized else own).append((order, planned))
        return own, summarized

    def _began(self, orders):
        """Order id → whether what is posted of it is in a summary."""
        found = self.env["ecommerce.posting"].search_fetch(
            [("order_id", "in", [order.id for order in orders])], ["order_id", "summary_id"], order="id desc"
        )
        # What is on a combined invoice has entries of its own for all that comes later.
        return {posting.order_id.id: posting.summary_id.is_of_days for posting in found}

    def _is_summarized(self, began, planned):
        if began is not None:
            return began
        new = planned.comparison.new
        if mode_on(self.switches, first_day(new)) is not Mode.DAY:
            return False
        return self.can_be_added_up(new) and not self._is_on_foreign_cards(new)

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


def first_day(entries):
    """The day of the first of some entries, in the store's time zone."""
    return min(entry.true_date for entry in entries)


def of_day(planned, day):
    """The plan of an order with what is new of one day alone; what comes later waits for its own."""
    comparison = planned.comparison
    new = tuple(entry for entry in comparison.new if entry.true_date == day)
    return replace(planned, comparison=replace(comparison, new=new))


def mark_days(planned, summarized):
    """Write on planned orders which summary they wait for.

    :param planned: ecommerce.order records
    :param list summarized: (order, PlannedOrder) pairs of those that wait for one
    """
    days = {order: first_day(plan.comparison.new) for order, plan in summarized}
    for order in planned:
        if order.summary_on != days.get(order, False):
            # sudo: nobody writes evidence by hand; the store's entry points check the right.
            order.sudo().summary_on = days.get(order, False)


def mark_next_day(order, planned, day):
    """Write on an order which summary it waits for once that of a day is posted."""
    later = [entry for entry in planned.comparison.new if entry.true_date != day]
    order.sudo().summary_on = first_day(later) if later else False  # sudo: see mark_days
