"""Revenue of what is invoiced and not shipped at the end of a period. Reads only."""

from datetime import datetime, time, timedelta

from ...core.currencies import unit
from ...core.deliveries import is_delivery
from ...core.period_end.deferral import defer
from ...core.plan_text import money
from ...core.rounding import quantize
from ..ledger.days import said_day
from ..ledger.entry_checks import EntryChecks
from ..orders.posting_keys import entry_key
from .proposal_draft import ProposalDraft

#: Orders whose payloads are in memory at once.
AT_ONCE = 500
#: Days before the end within which an order was invoiced: what is not shipped for so long never will be.
LOOK_BACK = 400


def deferral_drafts(stores, day, notes):
    """A draft for each store that states shipments.

    :param list notes: gets a sentence for each store that is left out
    """
    found = []
    for store in stores:
        deferrals = _StoreDeferrals(store, day)
        draft = deferrals.draft()
        if deferrals.orders and not deferrals.states_shipments:
            notes.append(
                store.env._(
                    "%(store)s states no shipments: whether its orders had left on %(day)s is not known, and nothing "
                    "is deferred for it.", store=store.name, day=said_day(store.env, day),
                )
            )  # fmt: skip
            draft.lines = []
        found.append(draft)
    return found


class _StoreDeferrals:
    """One store at the end of one day.

    :ivar orders: how many invoiced orders were looked at
    :ivar states_shipments: one of them says that something left
    """

    def __init__(self, store, day):
        self.store = store
        self.env = store.env
        self.company = store.company_id
        self.day = day
        # The end of the day where the store is.
        midnight = datetime.combine(day + timedelta(days=1), time.min, store._policy_zone())
        self.at = midnight - timedelta(microseconds=1)
        self.rulebook, self.policy = store._rulebook(), store._policy()
        self.orders = 0
        self.states_shipments = False

    def draft(self):
        """What is to be deferred, a line for each order and account."""
        draft = ProposalDraft(
            kind="deferral", company=self.company, owner=self.store, day=self.day, currency=self.company.currency_id,
            counterpart=self.store.deferred_revenue_account_id, sources=self.env["account.move"],
        )  # fmt: skip
        unknown, changed = [], []
        for order, document, invoice, on in self._invoiced():
            if self._changed_later(order):
                changed.append(order.number)
                continue
            deferral = defer(document, self.rulebook, self.policy, at=self.at, on=on)
            if deferral.reasons:
                unknown.append(order.number)
                continue
            lines = list(self._lines(order, document, deferral, invoice._exact_rate()))
            draft.lines += lines
            draft.sources |= invoice.move_id if lines else draft.sources.browse()
        draft.explanation = self._explanation(draft, unknown, changed)
        if draft.lines and not draft.counterpart:
            draft.problems.append(
                self.env._("Choose the deferred revenue account of the store %(store)s (Period End).",
                           store=self.store.name)
            )  # fmt: skip
        return draft

    def _lines(self, order, document, deferral, rate):
        revenue = self.env["account.account"].browse([part.account for part in deferral.parts]).filtered(
            lambda account: account.internal_group == "income"
        )  # fmt: skip
        for part in deferral.parts:
            balance = quantize(part.amount / rate, unit(self.company.currency_id.name))
            if balance and part.account in revenue.ids:
                yield {
                    "account_id": part.account, "order_id": order.id, "balance": balance,
                    "name": f"{order.number}: {money(part.amount, document.currency)} {document.currency}",
                    "reversed_on": self.day + timedelta(days=1),
                }  # fmt: skip

    def _invoiced(self):
        """Orders with an invoice that is booked up to the day, as they are stored now."""
        postings = self.env["ecommerce.posting"].search(
            [
                ("store_id", "=", self.store.id), ("kind", "=", "invoice"), ("move_id.state", "=", "posted"),
                ("move_id.date", "<=", self.day), ("move_id.date", ">", self.day - timedelta(days=LOOK_BACK)),
            ], order="id",
        )  # fmt: skip
        by_order = postings.grouped("order_id")
        # An order is looked at once, however many invoices and versions of them it has.
        orders = self.env["ecommerce.order"].union(*by_order)
        for start in range(0, len(orders), AT_ONCE):
            yield from self._of_portion(orders[start : start + AT_ONCE], by_order)

    def _of_portion(self, orders, by_order):
        own = self.env["ecommerce.posting"].union(*(by_order[order] for order in orders))
        # A credit note of the store's points back to its invoice, too, and takes nothing of it out of the books.
        own -= own.browse().union(*(item.posting for items in EntryChecks(own).fallen().values() for item in items))
        by_order = {
            order: postings for order, postings in own.grouped("order_id").items()
            if not any(is_delivery(entry_key(posting)) for posting in postings)  # invoiced as it ships
        }  # fmt: skip
        documents, _broken = self.store._stored_documents(orders.browse([order.id for order in by_order]))
        self.orders += len(documents)
        for order, document in documents.items():
            self.states_shipments = self.states_shipments or bool(document.fulfilments)
            first = by_order[order][0]
            yield order, document, first, first.true_date
        for records in (orders.event_id, orders):
            records.invalidate_recordset(flush=False)

    def _changed_later(self, order):
        """Whether what was invoiced changed, and is booked after the period: what it was is not what is stored now."""
        documents = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        corrections = order.posting_ids.filtered(lambda posting: posting.kind == "correction")
        return max(documents.mapped("version")) > 1 and any(day > self.day for day in corrections.mapped("entry_date"))

    def _explanation(self, draft, unknown, changed):
        said = self.env._(
            "%(orders)s invoiced orders were looked at, %(open)s of them had not left as a whole. Without tax, after "
            "discounts; shipping goes with the goods.",
            orders=self.orders, open=len({line["order_id"] for line in draft.lines}),
        )  # fmt: skip
        if unknown:
            said += "\n" + self.env._(
                "Left out, their rules are not there any more: %(orders)s.", orders=", ".join(unknown[:20])
            )
        if changed:
            said += "\n" + self.env._(
                "Left out, they changed after they were invoiced, and that is booked after %(day)s: %(orders)s.",
                day=said_day(self.env, self.day),
                orders=", ".join(changed[:20]),
            )
        return said
