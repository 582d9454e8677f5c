"""Stored orders planned by the rules in force and by others, in memory: what would be booked elsewhere."""

from collections import defaultdict

from ...core.mapping.rulebook import Rulebook
from ...core.whatif.cases import Case, Limits, Posted, Side
from ...core.whatif.comparison import WhatIf
from ..ledger.correction_reasons import CorrectionReasons
from ..ledger.entry_checks import DOCUMENTS
from ..ledger.lock_dates import first_open_day
from ..orders.order_period import OrderPeriod
from ..orders.order_planning import OrderPlanning
from ..orders.posting_keys import entry_key
from .whatif_books import WhatIfBooks


class WhatIfRun:
    """One what-if of a company.

    :param stores: whose orders are looked at
    :param proposal: the rules as they would be
    :param date date_from: first day of the period, in each store's time zone
    :param date date_to: its last day
    """

    def __init__(self, stores, proposal, date_from, date_to):
        self.env = stores.env
        self.company = stores.company_id
        self.stores = stores
        self.proposal = proposal
        self.period = date_from, date_to
        self.broken = 0
        self._rulebooks = {}

    # === Rules === #

    def rulebooks(self, store):
        """The rules of a store as they are in force, and as they would be.

        :rtype: tuple[Rulebook, Rulebook]
        """
        if store not in self._rulebooks:
            now = store._rulebook()
            self._rulebooks[store] = now, Rulebook(self.proposal.rules(store, now.rules))
        return self._rulebooks[store]

    def check(self):
        """Refuse what putting it in force would refuse.

        :raises ValidationError: naming what is wrong
        """
        self.proposal.check(self.stores)

    @property
    def digest(self):
        """Identifies what is compared: the period, the rules in force, and as they would be."""
        books = [
            f"{store.id}:{now.digest}:{then.digest}"
            for store in self.stores.sorted("id")
            for now, then in [self.rulebooks(store)]
        ]
        return " ".join([*map(str, self.period), str(self.proposal.always_from), *books])

    # === Orders === #

    def run(self):
        """Plan every order of the period twice and add up the differences.

        :rtype: WhatIf
        """
        found = WhatIf(WhatIfBooks(self.company))
        for store in self.stores:
            self._run_store(store, found)
        return found

    def _run_store(self, store, found):
        now, then = self.rulebooks(store)
        planning = OrderPlanning(store)
        limits = self._limits(store, planning)
        for documents, broken, postings in OrderPeriod(store, *self.period).portions(planning):
            self.broken += len(broken)
            plans = planning.plan_by(list(documents.values()), postings, now, then)
            posted = self._posted(found.ledger, postings, dict(zip(documents, plans, strict=True)), limits)
            for order, (old, new) in zip(documents, plans, strict=True):
                case = Case(
                    order=order.id, store=store.id, old=self._side(old), new=self._side(new), posted=posted[order.id]
                )
                found.add(case, limits)

    @staticmethod
    def _side(planned):
        return Side(plan=planned.plan, reasons=(*planned.comparison.conflicts, *planned.ledger_reasons))

    def _limits(self, store, planning):
        journals = store.sale_journal_id, store.correction_journal_id
        taxes = self.env["account.tax"].with_context(active_test=False)
        held = taxes.search([("company_id", "=", self.company.id), ("tax_exigibility", "=", "on_payment")])
        return Limits(
            first_open_day=max(first_open_day(self.company, journal, has_tax=False) for journal in journals),
            first_open_tax_day=max(first_open_day(self.company, journal, has_tax=True) for journal in journals),
            held_taxes=frozenset(held.ids),
            refuses=planning.checks.refuses,
        )

    def _posted(self, books, postings, plans, limits):
        """Order id -> {entry key: Posted}.

        What is booked is read only where the rules in force do not plan it, and where only the tax lock date is passed:
        there, an earlier change of taxed items that was not made keeps the untaxed ones from being corrected, too.
        """
        old = {order.id: planned for order, (planned, _new) in plans.items()}
        postings.move_id.fetch(["date", "state"])
        documents = postings.filtered(
            lambda posting: (
                posting.kind in DOCUMENTS
                and (
                    not old[posting.order_id.id].plan.moves
                    or limits.first_open_day <= posting.move_id.date < limits.first_open_tax_day
                )
            )
        )
        summarized = documents.filtered("summary_id")
        booked = books.booked((documents - summarized).move_id) if documents - summarized else {}
        in_summaries = books.booked_in_summaries(summarized) if summarized else {}
        found = defaultdict(dict)
        for posting in postings.filtered(lambda posting: posting.kind != "correction"):
            move, planned = posting.move_id, old[posting.order_id.id]
            is_document = posting.kind in DOCUMENTS
            items = in_summaries.get(posting.id, booked.get(move.id) if is_document else None)
            found[posting.order_id.id][entry_key(posting)] = Posted(
                date=move.date, fingerprint=posting.fingerprint,
                is_fixed=move.state != "posted" or not CorrectionReasons.stands(planned),
                items=tuple(items) if items is not None else None,
            )  # fmt: skip
        return found
