"""What is posted for orders, brought in line with the rules as they are now, by correcting entries.

The entry that an invoice or credit note would be under the rules of now is compared with the posted
one and its earlier corrections; what differs becomes one journal entry of the same date. Neither
the customer's balance nor a posted entry is touched. The caller gives it a savepoint and a commit.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ...core.corrections import booked, difference, missing, moved, settled, takes_back_others
from ...core.currencies import unit
from ...core.errors import ConnectorError
from ...core.plans import EntryKind
from ..orders.posting_keys import posting_key
from .amended_sales import AmendedSales
from .amounts import rate_of
from .company_facts import CompanyFacts
from .correction_reasons import CorrectionReasons
from .correction_values import CorrectionValues
from .document_executor import KINDS, WHOLE, create_moves
from .journal_items import COLUMNS, ItemReader
from .ledger_checks import LedgerChecks
from .lock_dates import first_open_day
from .move_values import MoveValues
from .quiet import quiet
from .tax_facts import TaxFactsCache

CORRECTION = "correction"
#: Items that rules decide; the customer's side and what other addons put into an invoice stay.
DECIDED = [
    ("display_type", "in", ("product", "tax")),
    ("account_id.account_type", "not in", ("asset_receivable", "liability_payable")),
]


@dataclass(frozen=True)
class Locked:
    """A correction that is due in a closed period and is not made.

    :ivar amount: how much it would move, in the currency of the entry
    """

    order: Any
    move: Any
    amount: Any


@dataclass
class CorrectionOutcome:
    """What came of correcting some orders.

    :ivar moves: the correcting entries, posted
    :ivar locked: corrections that a lock date prevents
    :ivar not_covered: (order, Reason) pairs: what the rules of now would book differently and nothing here corrects
    """

    moves: Any
    locked: list = field(default_factory=list)
    not_covered: list = field(default_factory=list)

    def add(self, other):
        """Take in what came of other orders."""
        self.moves |= other.moves
        self.locked += other.locked
        self.not_covered += other.not_covered


@dataclass
class _Candidate:
    """A posted invoice or credit note with what it should be.

    :ivar entry: the plan of now
    :ivar posting: the row under which it is posted
    :ivar corrections: its earlier corrections
    :ivar items: the correction that is due
    :ivar date: the day of the correction
    """

    order: Any
    entry: Any
    document: Any
    posting: Any
    corrections: Any = None
    target: list = field(default_factory=list)
    posted: list = field(default_factory=list)
    items: tuple = ()
    date: Any = None

    @property
    def move(self):
        return self.posting.move_id

    @property
    def is_refund(self):
        return self.entry.kind is EntryKind.CREDIT_NOTE


class CorrectionExecutor:
    """Corrects batches of orders of one store.

    :param bool in_open_period: only what waits on suspense is moved, on the first open day if its period is closed;
        otherwise all that differs is corrected, and what is due in a closed period is left as it is and told
    """

    def __init__(self, store, *, in_open_period=False):
        self.in_open_period = in_open_period
        self.store = quiet(store, **WHOLE).with_company(store.company_id)
        self.env = self.store.env
        self.company = self.store.company_id
        self.taxes = TaxFactsCache(self.env)
        self.facts = CompanyFacts.of(self.company)
        self.checks = LedgerChecks(self.store)
        self.reasons = CorrectionReasons(self.env)
        self._open_days = {}
        self._amended = None

    def execute(self, batch):
        """Correct what differs.

        :param list batch: (ecommerce.order, PlannedOrder) pairs
        :rtype: CorrectionOutcome
        """
        outcome = CorrectionOutcome(self.env["account.move"])
        outcome.not_covered += self._reasons_of_orders(batch)
        standing = [(order, planned) for order, planned in batch if self.reasons.stands(planned)]
        candidates = self._candidates(standing, outcome)
        outcome.not_covered += self._moved_receivables(candidates)
        self._read_corrections(candidates)
        self._read_targets(candidates)
        self._read_posted(candidates)
        due = [candidate for candidate in candidates if self._is_due(candidate, outcome)]
        outcome.moves = self._post(due)
        return outcome

    def _reasons_of_orders(self, batch):
        """(order, Reason) pairs of what is not an entry's own."""
        return [(order, reason) for order, planned in batch for reason in self.reasons.of_order(order, planned)]

    # === What is posted, and what should be === #

    @staticmethod
    def _is_ours(posting):
        """Whether it has an entry of its own."""
        return not posting.summary_id

    def _candidates(self, batch, outcome):
        """Posted invoices and credit notes of which the store says what it said when they were posted."""
        kinds, orders = [kind.value for kind in KINDS], [order.id for order, _planned in batch]
        postings = self.env["ecommerce.posting"].search_fetch(
            [("order_id", "in", orders), ("kind", "in", kinds)],
            ["order_id", "kind", "external_id", "version", "move_id", "true_date", "is_amendment"],
            order="version, id",
        )
        versions = defaultdict(list)
        for posting in postings:
            versions[posting.order_id.id, posting.kind, posting.external_id].append(posting)
        found = [
            _Candidate(order, planned_now, planned.document, posting)
            for order, planned in batch
            for entry in planned.plan.moves
            if entry.key in planned.comparison.unchanged
            for posting, planned_now in self._documents(
                order, entry, versions[order.id, entry.kind.value, posting_key(order.external_id, entry.key)], outcome
            )
        ]  # fmt: skip
        return [candidate for candidate in found if self._is_ours(candidate.posting)]

    def _documents(self, order, entry, versions, outcome):
        """(posting, entry as planned now) pairs: of a sale that was amended, each of its documents."""
        if len(versions) == 1:
            return [(versions[0], entry)]
        if not all(posting.is_amendment for posting in versions[1:]):
            outcome.not_covered.append((order, self.reasons.corrected_by_hand(order, versions[0].move_id)))
            return []
        if self._amended is None:
            self._amended = AmendedSales(self.store)
        found = self._amended.documents(order, entry, versions)
        if found is None:
            outcome.not_covered.append((order, self.reasons.amended_otherwise(order, versions[0].move_id)))
        return found or []

    def _read_corrections(self, candidates):
        moves = self.env["account.move"].union(*(candidate.move for candidate in candidates))
        found = self.env["account.move"].search_fetch(
            [("ecommerce_corrected_move_id", "in", moves.ids), ("state", "=", "posted")],
            ["ecommerce_corrected_move_id"],
        )
        # What amends a sale is a document of its own, see ``AmendedSales``.
        corrections = (found - moves).grouped("ecommerce_corrected_move_id")
        for candidate in candidates:
            candidate.corrections = corrections.get(candidate.move, found.browse())

    def _read_posted(self, candidates):
        moves = self.env["account.move"].union(*(candidate.move | candidate.corrections for candidate in candidates))
        lines = defaultdict(list)
        for line in self.env["account.move.line"].search_fetch([("move_id", "in", moves.ids), *DECIDED], COLUMNS):
            lines[line.move_id.id].append(line)
        for candidate in candidates:
            reader = self._reader(candidate)
            candidate.posted = [
                reader.posted(line) for move in candidate.move | candidate.corrections for line in lines[move.id]
            ]

    def _read_targets(self, candidates):
        """Each entry as it would be posted now, with the contact and the rate it was posted with."""
        products = {line.rule.target.product for candidate in candidates for line in candidate.entry.lines}
        builder = MoveValues(
            self.store, self.taxes, self.facts, self.env["product.product"].browse(sorted(filter(None, products)))
        )
        left_to_odoo = []
        for candidate in candidates:
            values = self._values(builder, candidate)
            if "line_ids" in values and not self.facts.has_analytic_models:
                self._take_given(candidate, values)
            else:
                left_to_odoo.append((candidate, values))
        self._read_drafts(left_to_odoo)

    def _values(self, builder, candidate):
        move = candidate.move
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        rate = rate_of(move.invoice_currency_rate)
        partner = (move.partner_id.id, terms[:1].account_id.id)
        return builder.build(candidate.order, candidate.entry, partner, move.currency_id, rate)

    def _take_given(self, candidate, values):
        reader = self._reader(candidate)
        items = [item for _create, _id, item in values["line_ids"] if item["display_type"] != "payment_term"]
        candidate.target = [reader.given(item) for item in items]

    def _read_drafts(self, left_to_odoo):
        """Entries that Odoo completes (taxes it splits, analytics by its models) are made as drafts and taken back."""
        if not left_to_odoo:
            return
        with self.env.cr.savepoint() as savepoint:
            drafts = create_moves(self.env, [values for _candidate, values in left_to_odoo])
            for (candidate, _values), draft in zip(left_to_odoo, drafts, strict=True):
                reader = self._reader(candidate)
                candidate.target = [reader.posted(line) for line in draft.line_ids.filtered_domain(DECIDED)]
            savepoint.rollback()

    def _reader(self, candidate):
        return ItemReader(
            self.taxes, candidate.move.currency_id, self.company.currency_id, is_refund=candidate.is_refund
        )

    # === What is due === #

    def _moved_receivables(self, candidates):
        """Named only: the rest of the entry is corrected."""
        found = [(each.order, self.reasons.of_receivable(each.order, each.entry, each.move)) for each in candidates]
        return [(order, reason) for order, reason in found if reason]

    def _is_due(self, candidate, outcome):
        """Find the correction of an entry; whether there is one that can be made."""
        rest = missing(candidate.target, candidate.posted)
        # Rounding leaves less than a unit per item; the rest is nothing that rules explain.
        most = unit(self.company.currency_id.name) * len(candidate.target)
        if rest.amount or abs(rest.balance) > most:
            reason = self.reasons.changed_by_hand(candidate.order, candidate.move, rest)
            outcome.not_covered.append((candidate.order, reason))
            return False
        candidate.items = difference(settled(candidate.target, rest.balance), candidate.posted)
        if not candidate.items:
            return False
        first_open_day = self._first_open_day(candidate.items)
        candidate.date = candidate.move.date
        if self.in_open_period:
            # Nobody asked for more than the release of what waits; of a closed period least of all.
            if takes_back_others(candidate.items, candidate.posted, self.store.suspense_account_id.id):
                reason = self.reasons.other_rules_changed(candidate.order, candidate.move)
                outcome.not_covered.append((candidate.order, reason))
                return False
            candidate.date = max(candidate.date, first_open_day)
        elif candidate.date < first_open_day:
            outcome.locked.append(Locked(candidate.order, candidate.move, moved(candidate.items)))
            return False
        refusals = self.reasons.of_cash_basis(candidate.order, candidate.move, candidate.items)
        refusals += self.checks.target_reasons(candidate.document, [candidate.entry])
        outcome.not_covered += [(candidate.order, reason) for reason in refusals]
        return not refusals

    def _first_open_day(self, items):
        """No lock date of the sales journal is crossed either: it is the sales of a closed period that would change."""
        has_tax = any(item.booking.taxes or item.booking.repartition or item.booking.tags for item in items)
        if has_tax not in self._open_days:
            journals = self.store.sale_journal_id, self.store.correction_journal_id
            self._open_days[has_tax] = max(first_open_day(self.company, each, has_tax=has_tax) for each in journals)
        return self._open_days[has_tax]

    # === Entries === #

    def _post(self, due):
        if not due:
            return self.env["account.move"]
        products = {item.booking.product for candidate in due for item in candidate.items}
        builder = CorrectionValues(
            self.store, self.facts, self.env["product.product"].browse(sorted(filter(None, products)))
        )
        moves = create_moves(self.env, [builder.build(each.order, each.move, each.items, each.date) for each in due])
        for candidate, move in zip(due, moves, strict=True):
            self._check(candidate, move)
        posted = self.env["account.move"].union(*moves)
        posted._post(soft=False)
        self._link(due, moves)
        return posted

    def _check(self, candidate, move):
        """Refuse an entry in which Odoo made anything else of the items.

        :raises ConnectorError: naming the entry that was to be corrected
        """
        reader = self._reader(candidate)
        if booked(reader.posted(line) for line in move.line_ids) != booked(candidate.items):
            raise ConnectorError(
                f"Odoo makes other journal items of the correction of {candidate.move.name} than planned.",
                hint="See whether another addon changes journal entries.",
            )

    def _link(self, due, moves):
        versions = self._versions(due)
        rows = []
        for candidate, move in zip(due, moves, strict=True):
            external_id = candidate.posting.external_id
            versions[external_id] += 1
            rows.append(
                {
                    "company_id": self.company.id, "store_id": self.store.id, "order_id": candidate.order.id,
                    "kind": CORRECTION, "external_id": external_id, "version": versions[external_id],
                    "fingerprint": candidate.entry.fingerprint, "true_date": candidate.posting.true_date,
                    "rule_ids": [(6, 0, sorted(candidate.entry.rules))],
                    "move_id": move.id,
                }
            )  # fmt: skip
        self.env["ecommerce.posting"].sudo().create(rows)  # sudo: nobody writes evidence by hand; see DocumentExecutor

    def _versions(self, due):
        """Latest version of each correction, 0 for none."""
        found = self.env["ecommerce.posting"]._read_group(
            [
                ("store_id", "=", self.store.id), ("kind", "=", CORRECTION),
                ("external_id", "in", [candidate.posting.external_id for candidate in due]),
            ],
            ["external_id"], ["version:max"],
        )  # fmt: skip
        return defaultdict(int, found)
