"""Orders that changed in the store after they were invoiced: what the store's policy books by itself.

A change of goods, prices or taxes gets an invoice or credit note of the difference, which points back to what it
amends; the new facts get the next version of the posting, as if a person had marked them as corrected. Changes of
money stay exceptions: where money went is not for us to guess.
"""

from dataclasses import dataclass
from typing import Any

from ...core.amendments import AMENDED, amendment, dated
from ...core.changes import conflict_key
from ...core.dates import local_date
from ...core.errors import ConnectorError
from ...core.plans import EntryKind, PlannedMove
from ..gift_cards.gift_card_recorder import is_of_card
from ..gift_cards.liability_accounts import liability_accounts
from ..orders.posting_keys import posting_key
from .amounts import amount_of
from .document_executor import DocumentExecutor, create_moves
from .instants import aware
from .move_checks import check_move
from .move_values import MoveValues
from .posted_facts import PostedFacts

CORRECTION = "correction"


@dataclass(frozen=True)
class Change:
    """What changed of one invoice or credit note.

    :ivar entry: the entry as the store says it now
    :ivar document: of the difference; None if nothing of the books changes
    :ivar posting: the row under which it is posted, in its latest version
    """

    entry: PlannedMove
    document: PlannedMove | None
    posting: Any


class AmendmentExecutor:
    """Amends what is posted for orders of one store, if its policy says so.

    :param OrderPlanning planning: of the batch
    """

    def __init__(self, store, planning):
        self.store = store
        self.env = store.env
        self.planning = planning
        self.facts = PostedFacts(planning)

    def applies(self, planned):
        """Whether nothing but amendable changes keeps an order from being posted."""
        conflicts = planned.comparison.conflicts
        if self.store.late_changes != "amend" or not conflicts or planned.plan.reasons or planned.ledger_reasons:
            return False
        keys = {conflict_key(move.key) for move in planned.plan.moves if move.kind in AMENDED}
        return all(reason.key in keys for reason in conflicts)

    def amend(self, order, planned):
        """Post what changed of one order; the caller gives it a savepoint, and plans the order again.

        :return: whether everything that changed is amended: otherwise nothing is
        :rtype: bool
        """
        changes = self._changes(order, planned)
        if changes is None:
            return False
        executor = self._book(order, changes)
        order.invalidate_recordset(["posting_ids"])
        executor.reconcile_open(order)
        return True

    def would_amend(self, order, planned):
        """Whether posting the order would book what changed; writes nothing."""
        if not self.applies(planned):
            return False
        try:
            return self._changes(order, planned) is not None
        except ConnectorError:
            return False

    # === What changed === #

    def _changes(self, order, planned):
        conflicts = {reason.key for reason in planned.comparison.conflicts}
        entries = [move for move in planned.plan.moves if conflict_key(move.key) in conflicts]
        latest = self._latest(order, entries)
        policy, changes = self.planning.policy, []
        changed = local_date(planned.document.updated_at, policy.zone)
        stored = local_date(aware(order.event_id.create_date), policy.zone)
        for entry in entries:
            posting = latest[entry.key]
            old = self.facts.entry(order, entry.key, posting.fingerprint)
            if old is None or old.currency != entry.currency:
                return None
            document = amendment(old, entry, changed, policy.first_open_sale_day)
            document = document and dated(document, policy, stored=stored, amended=posting.true_date)
            if document and self._is_of_cards(document):
                return None
            changes.append(Change(entry, document and self._rated(document, planned.document), posting))
        return changes if self._stand_still(order, planned) else None

    def _is_of_cards(self, document):
        """Whether the difference is of gift cards: of which of them, the store does not say."""
        accounts = set(liability_accounts(self.store.company_id).ids)
        return any(is_of_card(line, accounts) for line in document.lines)

    def _rated(self, document, said):
        """The document with the store's rate, if it is to be used.

        :raises ConnectorError: if the ledger cannot take it
        """
        (document,), reasons = self.planning.rated((document,), said)
        if reasons := [*reasons, *self.planning.checks.reasons(said, (document,))]:
            raise ConnectorError(" ".join(reason.message for reason in reasons), hint=reasons[0].hint)
        return document

    def _stand_still(self, order, planned):
        """Whether the credit notes of which the store says what it said come to what is posted of them.

        How an amount without lines is spread, and what of it is above the order's worth, depends on what was sold.
        """
        unchanged = [
            move for move in planned.plan.moves
            if move.kind is EntryKind.CREDIT_NOTE and move.key in planned.comparison.unchanged
        ]  # fmt: skip
        latest = self._latest(order, unchanged)
        return all(self._credited(order, latest[entry.key]) == (entry.total, entry.tax) for entry in unchanged)

    def _credited(self, _order, posting):
        """(total, tax) of a credit note with its corrections, in its own currency."""
        note = posting.move_id
        amendments = note.ecommerce_correction_ids
        moves = amendments | amendments.ecommerce_correction_ids  # an amendment has corrections, too
        items = (note | moves.filtered(lambda move: move.state == "posted")).line_ids
        of_customer = items.filtered(lambda item: item.account_id.account_type == "asset_receivable")
        of_taxes = items.filtered("tax_line_id")
        total, tax = (sum(its.mapped("amount_currency")) for its in (of_customer, of_taxes))
        return -amount_of(total, note.currency_id), amount_of(tax, note.currency_id)

    def _latest(self, order, entries):
        """Entry key -> its posting, in the latest version."""
        keys = {(entry.kind.value, posting_key(order.external_id, entry.key)): entry.key for entry in entries}
        found = {}
        for posting in order.posting_ids.sorted("version"):
            if key := keys.get((posting.kind, posting.external_id)):
                found[key] = posting
        return found

    # === What is booked === #

    def _book(self, order, changes):
        """Post the documents, and write the new facts.

        :return: what reconciles the order
        """
        executor = DocumentExecutor(self.store)
        booked = [change for change in changes if change.document]
        moves = self._post(order, booked, executor)
        corrections = self._corrections(order, booked)
        rows = [values | {"move_id": move.id} for values, move in zip(corrections, moves, strict=True)]
        self._create([*self._versions(order, changes), *rows])
        return executor

    def _post(self, order, changes, executor):
        products = executor.env["product.product"].browse(
            {line.rule.target.product for change in changes for line in change.document.lines}
            - {False, None}
        )  # fmt: skip
        builder = MoveValues(executor.store, executor.taxes, executor.facts, products)
        values = [self._values(builder, order, change, executor) for change in changes]
        moves = create_moves(executor.env, values)
        for change, move in zip(changes, moves, strict=True):
            executor.set_receivable(move, change.document, self._receivable(change).id)
            check_move(move, change.document)
        executor.env["account.move"].union(*moves)._post(soft=False)
        return moves

    def _values(self, builder, order, change, executor):
        amended, document = change.posting.move_id, change.document
        currency = executor.currency(document.currency)
        rate = document.rate or executor.rate(currency, document.true_date)
        is_credit = document.kind is EntryKind.CREDIT_NOTE
        values = builder.build(
            order, document, (amended.partner_id.id, self._receivable(change).id), currency, rate,
            amended.id if is_credit and amended.move_type == "out_invoice" else False,
        )  # fmt: skip
        return values | {"ecommerce_corrected_move_id": amended.id}

    @staticmethod
    def _receivable(change):
        terms = change.posting.move_id.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return terms[:1].account_id

    # === What is remembered === #

    def _common(self, order, change):
        posting = change.posting
        return {
            "company_id": posting.company_id.id, "store_id": self.store.id, "order_id": order.id,
            "external_id": posting.external_id, "fingerprint": change.entry.fingerprint,
            "reason": self.env._("Changed in the store"), "is_amendment": True,
        }  # fmt: skip

    def _versions(self, order, changes):
        """Values of the new facts: the next version of each posting."""
        return [
            self._common(order, change) | {
                "kind": change.posting.kind, "version": change.posting.version + 1,
                "move_id": change.posting.move_id.id, "summary_id": change.posting.summary_id.id,
                "rate": change.posting.rate, "true_date": change.posting.true_date,
            }
            for change in changes
        ]  # fmt: skip

    def _corrections(self, order, changes):
        """Values of each amendment, a correction, without its entry."""
        last = dict(
            self.env["ecommerce.posting"]._read_group(
                [("store_id", "=", self.store.id), ("kind", "=", CORRECTION),
                 ("external_id", "in", [change.posting.external_id for change in changes])],
                ["external_id"], ["version:max"],
            )
        )  # fmt: skip
        return [
            self._common(order, change) | {
                "kind": CORRECTION, "version": last.get(change.posting.external_id, 0) + 1,
                "true_date": change.document.true_date, "corrected_id": change.posting.id,
                "rule_ids": [(6, 0, sorted(change.document.rules))],
            }
            for change in changes
        ]  # fmt: skip

    def _create(self, rows):
        self.env["ecommerce.posting"].sudo().create(rows)  # sudo: nobody writes evidence by hand; see DocumentExecutor
