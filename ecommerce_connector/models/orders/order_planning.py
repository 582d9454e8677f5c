"""Documents → plans, compared with what is posted and with what the ledger can take. Writes nothing."""

from dataclasses import dataclass, field, replace

from ...core.canonical import StoreDocument
from ...core.changes import Comparison, compare
from ...core.combining import WAITS, Span
from ...core.errors import ConnectorError
from ...core.plan_text import to_text
from ...core.plans import MONEY, EntryKind, OrderPlan, PlanStatus
from ...core.posted import Posted
from ...core.posting import plan_order
from ...core.reasons import Reason
from ...core.stated_rates import with_stated_rates
from ..combined.combining import Combining
from ..ledger.entry_checks import EntryChecks
from ..ledger.ledger_checks import LedgerChecks
from .import_days import ImportDays, imported
from .posting_keys import entry_key

ENTRY_KINDS = frozenset(kind.value for kind in EntryKind)
#: Notices that are no exception: a state, not a question.
SILENT_NOTICES = frozenset({"nothing_to_book", WAITS})
_WILL_AMEND = "Post the order: the difference is invoiced or credited then. There is nothing to book by hand."


@dataclass(frozen=True)
class PlannedOrder:
    """One order with its plan, and what of it is new.

    :ivar will_amend: posting it books what changed of it, by the store's policy
    :ivar span: whose combined invoice its invoice comes on, if that is not posted yet
    :ivar is_held: what is new is only what does not wait for that invoice
    """

    document: StoreDocument
    plan: OrderPlan
    comparison: Comparison
    ledger_reasons: tuple[Reason, ...] = field(default=())
    will_amend: bool = False
    span: Span | None = None
    is_held: bool = False

    @property
    def reasons(self):
        """Everything that keeps it from being posted."""
        conflicts = () if self.will_amend else self.comparison.conflicts
        return self.plan.reasons + conflicts + self.ledger_reasons

    @property
    def notices(self):
        """What to know about it, that keeps it from nothing."""
        changes = self.comparison.conflicts if self.will_amend else ()
        return (*self.plan.notices, *(replace(reason, code="will_amend", hint=_WILL_AMEND) for reason in changes))

    def refused(self, sentence):
        """The same, with why its change could not be booked.

        :param str sentence: an error for people
        """
        reason = Reason(
            code="cannot_amend", key=self.document.external_id,
            message=f"Order {self.document.number}: its change in the store cannot be booked: {sentence}",
            hint="Repair the cause, then retry.",
        )  # fmt: skip
        return replace(self, ledger_reasons=(*self.ledger_reasons, reason))

    @property
    def state(self):
        """State of the order record."""
        if self.reasons:
            return "blocked"
        if self.plan.status is PlanStatus.WAITING:
            return "waiting"
        return "ready" if self.comparison.new or self.will_amend else "posted"

    @property
    def state_after(self):
        """State of the order record once what is new is posted."""
        return "ready" if self.is_held else "posted"

    @property
    def exceptions(self):
        """(reason, severity) of what a person should see."""
        notices = [notice for notice in self.notices if notice.code not in SILENT_NOTICES]
        return [(reason, "1") for reason in self.reasons] + [(notice, "0") for notice in notices]

    @property
    def explanation(self):
        """Why it is blocked or waits, or what to know."""
        return "\n".join(str(reason) for reason in (*self.reasons, *self.notices))

    @property
    def text(self):
        """The plan for people."""
        return to_text(self.plan)


class OrderPlanning:
    """Plans orders of one store; made once per batch, so that rules are compiled once.

    :param Combining combining: what to combine; None: as the store's modes say
    """

    def __init__(self, store, combining=None):
        self.store = store
        self.rulebook = store._rulebook()
        self.policy = store._policy()
        self.checks = LedgerChecks(store)
        self.import_days = ImportDays(store, self.policy)
        self.combining = combining or Combining(store)

    def plan(self, documents):
        """Plans of documents, in their order.

        :param list documents: of one store, each order once
        :rtype: list[PlannedOrder]
        """
        postings = self.postings([document.external_id for document in documents])
        return [plan for (plan,) in self.plan_by(documents, postings, self.rulebook)]

    def plan_by(self, documents, postings, *rulebooks):
        """Plans of documents, in their order, by each of some rulebooks; what is posted is looked at once.

        :param list documents: of one store, each order once
        :param ecommerce.posting postings: what is posted for them, see ``postings``
        :rtype: list[tuple[PlannedOrder]]
        """
        posted, fallen = self._posted(postings), EntryChecks(postings).reasons()
        advances = self._advances(postings)
        days = self.import_days.of([document.external_id for document in documents])
        invoiced = self.combining.posted(postings)
        return [
            tuple(
                self._plan(
                    rulebook, document, posted.get(document.external_id, {}),
                    fallen.get(document.external_id, ()), advances.get(document.external_id, ()),
                    imported(days, document), invoiced.get(document.external_id),
                )
                for rulebook in rulebooks
            )
            for document in documents
        ]  # fmt: skip

    def _plan(self, rulebook, document, posted, fallen, advances, days, invoiced):
        known = Posted(
            is_invoiced=any(kind is EntryKind.INVOICE for kind, _external_id in posted),
            credited=tuple(external_id for kind, external_id in posted if kind is EntryKind.CREDIT_NOTE),
            keys=tuple(posted),
            advances={key: key in advances for key in posted if key[0] in MONEY},
        )
        try:
            plan = plan_order(document, rulebook, self.policy, posted=known, imported=days)
        except ConnectorError as error:
            reason = Reason(code="cannot_plan", message=error.message, hint=error.hint, key=document.external_id)
            plan = OrderPlan(
                document_id=document.external_id, number=document.number, currency=document.currency,
                status=PlanStatus.BLOCKED, reasons=(reason,),
            )  # fmt: skip
        if plan.status is PlanStatus.BLOCKED:
            return PlannedOrder(document, plan, Comparison(new=(), unchanged=(), conflicts=()), fallen)
        plan, span = self.combining.combined(plan, document, self.policy, invoiced)
        comparison = compare(plan, posted)
        new, unrated = self.rated(comparison.new, document)
        comparison = replace(comparison, new=new)
        reasons = (*fallen, *unrated, *self.checks.reasons(document, comparison.new))
        return PlannedOrder(document, plan, comparison, reasons, span=span)

    def rated(self, entries, document):
        """Entries with the store's own rates, if they are to be used, and why they cannot be."""
        own = self.store.company_id.currency_id.name
        if self.store.rate_source != "stated" or document.currency == own:
            return entries, ()
        return with_stated_rates(entries, document)

    def postings(self, external_ids):
        """What is posted for orders, as it was posted; what their goods cost is planned apart from it.

        :rtype: ecommerce.posting
        """
        return self.store.env["ecommerce.posting"].search_fetch(
            [("store_id", "=", self.store.id), ("order_id.external_id", "in", external_ids), ("kind", "!=", "cost")],
            ["kind", "external_id", "fingerprint", "order_id", "move_id", "summary_id", "true_date"],
            order="id",
        )

    @staticmethod
    def _advances(postings):
        """Payments that wait on an account of advances: order external id -> {(kind, payment external id)}."""
        found = {}
        for payment in postings.env["ecommerce.payment"].search_fetch(
            [("order_id", "in", postings.order_id.ids), ("is_advance", "=", True)], ["order_id", "kind", "external_id"]
        ):
            key = EntryKind(payment.kind), payment.external_id
            found.setdefault(payment.order_id.external_id, set()).add(key)
        return found

    @staticmethod
    def _posted(postings):
        """Fingerprints of posted entries: order external id -> {(kind, entry external id): fingerprint}, as posted."""
        posted = {}
        for row in postings:
            if row.kind in ENTRY_KINDS:  # a correction is of an entry, and none of the plan's
                posted.setdefault(row.order_id.external_id, {})[entry_key(row)] = row.fingerprint
        return posted
