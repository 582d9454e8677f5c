"""Which orders of a store come on combined invoices, and which of these wait."""

from dataclasses import dataclass, replace
from typing import Any

from ...core.combining import combinable, dated, span_of, waiting
from ...core.combining import not_waiting as money_of
from ...core.customers.choice import Sharing, needs_store_contact
from ...core.customers.identity import identity_of
from ...core.plans import EntryKind
from ...core.summary import Mode, mode_on
from ..customers.partners import sharing_of
from ..summary.summary_modes import SummaryModes


@dataclass
class _Begun:
    """What is posted of an order.

    :ivar is_summarized: in summaries of days
    :ivar is_invoiced: an invoice, of whatever kind
    :ivar combined_on: the day of its combined invoice
    """

    is_summarized: bool = False
    is_invoiced: bool = False
    combined_on: Any = None


class Combining:
    """Looks up what one store combines, once per batch.

    :param date until: the last day whose invoices are posted now; None: they wait
    :param bool unfinished: those of periods that end later too, if it was sold until then; such an invoice has that day
    """

    def __init__(self, store, until=None, *, unfinished=False):
        self.store = store
        self.until = until
        self.unfinished = unfinished
        self.switches = [(switch.date_from, Mode(switch.mode)) for switch in store.posting_mode_ids]
        self.is_used = any(mode.is_combined for _first, mode in self.switches)
        self._modes = self._sharing = None

    def posted(self, postings):
        """External id of an order → what is posted of it, as far as it matters here.

        :param ecommerce.posting postings: of the orders
        """
        if not self.is_used and not any(summary.kind == "invoice" for summary in postings.summary_id):
            return {}
        found = {}
        for posting in postings:
            begun = found.setdefault(posting.order_id.external_id, _Begun())
            begun.is_summarized |= posting.summary_id.is_of_days
            if posting.kind in ("invoice", "down_payment"):
                begun.is_invoiced = True
                if posting.summary_id.kind == "invoice":
                    begun.combined_on = posting.true_date
        return found

    def combined(self, plan, document, policy, begun):
        """The plan with the days of the combined invoice that it comes on, and the period of one still to be posted.

        :param _Begun begun: what is posted of the order; None for nothing
        :rtype: tuple[OrderPlan, Span | None]
        """
        if begun and begun.combined_on:
            return dated(plan, begun.combined_on, policy), None
        if not self.is_used or (begun and (begun.is_summarized or begun.is_invoiced)):
            return plan, None
        span = self._span(plan, document, is_new=begun is None)
        if span is None:
            return plan, None
        on = span.last
        if self.unfinished and combinable(plan).true_date <= self.until < on:
            on = self.until
        plan = dated(plan, on, policy)
        return plan if self.until and on <= self.until else waiting(plan, span), span

    def _span(self, plan, document, *, is_new):
        invoice = combinable(plan)
        if invoice is None:
            return None
        mode = mode_on(self.switches, invoice.true_date)
        if not mode.is_combined:
            return None
        first = min(entry.true_date for entry in plan.entries())
        if is_new and mode_on(self.switches, first) is Mode.DAY:
            return None  # it begins in the summary of a day, and goes on so
        if self._shares_contact(document) or not self._can_be_combined(invoice):
            return None
        return span_of(mode, invoice.true_date)

    def _shares_contact(self, document):
        """Whether it is booked on a contact that customers share: one invoice would be of several people."""
        if self._sharing is None:
            self._sharing = sharing_of(self.store)
        identity = identity_of(document.customer, document.external_id)
        is_of_country = self._sharing is Sharing.COUNTRY and not identity.is_business
        return is_of_country or needs_store_contact(identity, self._sharing)

    def _can_be_combined(self, invoice):
        """Whether its journal items are known beforehand, and none is about gift cards."""
        if self._modes is None:
            self._modes = SummaryModes(self.store)
        return self._modes.can_be_added_up([invoice]) and not self._modes.is_on_cards([invoice])


def waits(planned):
    """Whether an order has an invoice that waits for a combined one."""
    return bool(planned.span) and any(entry.kind is EntryKind.INVOICE for entry in planned.comparison.new)


def not_waiting(batch):
    """Orders with what of them is booked at once; those that wait as a whole are left out.

    :param list batch: (ecommerce.order, PlannedOrder) pairs
    """
    found = []
    for order, planned in batch:
        if not waits(planned):
            found.append((order, planned))
        elif money := money_of(planned.comparison.new):
            comparison = replace(planned.comparison, new=money)
            found.append((order, replace(planned, comparison=comparison, is_held=True)))
    return found


def mark_spans(planned, own):
    """Write on planned orders which combined invoice they wait for.

    :param planned: ecommerce.order records
    :param list own: (order, PlannedOrder) pairs of those that are ready, and in no summary
    """
    spans = {order: plan.span for order, plan in own if waits(plan)}
    for order in planned:
        span = spans.get(order)
        values = {
            "combined_on": span.last if span else False, "combined_from": span.first if span else False,
            "combined_period": span.name if span else False,
        }  # fmt: skip
        if any(order[name] != value for name, value in values.items()):
            order.sudo().write(values)  # sudo: nobody writes evidence by hand; the store's entry points check the right
