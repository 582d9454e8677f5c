"""A person accepts that the store says something else than what was posted for an order.

What is posted stays (law 3). The new facts get the next version of the posting, so that they are no
conflict any more, and the entries that the person booked as its correction belong to the order from
then on: the proof counts them. Whether the two then agree is the proof's to say.
"""

from collections import defaultdict

from odoo.exceptions import UserError

from ...core.changes import CHANGED_AFTER_POSTING, accepted_fingerprint, conflict_key
from ...core.errors import ConnectorError
from ...core.plans import EntryKind
from .order_planning import OrderPlanning
from .posting_keys import posting_key

CORRECTION = "correction"


class ChangeAcceptance:
    """Accepts one change of one order."""

    def __init__(self, order, key):
        """:param str key: which entry, as its exception names it"""
        self.order = order
        self.store = order.store_id
        self.env = order.env
        kind, _separator, external_id = key.partition(":")
        self.key = EntryKind(kind), external_id

    def accept(self, moves, reason):
        """Write the new version; posts nothing.

        :param account.move moves: what corrects the posted entry; may be empty
        :param str reason: why
        :raises UserError: if there is nothing to accept, or an entry cannot be its correction
        """
        # sudo: a lock needs the right to write, and nobody writes orders by hand; the wizard checks the right.
        if not self.order.sudo().try_lock_for_update():
            raise UserError(
                self.env._("Order %(number)s is being posted by another worker. Try again when its run is done.",
                           number=self.order.number)
            )  # fmt: skip
        fingerprint = self._fingerprint()
        corrected = self._latest()
        self._check(moves, corrected.move_id)
        moves.write({"ecommerce_order_id": self.order.id, "ecommerce_corrected_move_id": corrected.move_id.id})
        common = {
            "company_id": corrected.company_id.id, "store_id": self.store.id, "order_id": self.order.id,
            "external_id": corrected.external_id, "fingerprint": fingerprint, "true_date": corrected.true_date,
            "reason": reason,
        }  # fmt: skip
        version = self._version(corrected.external_id)
        accepted = {
            "kind": corrected.kind, "version": corrected.version + 1, "move_id": corrected.move_id.id,
            "summary_id": corrected.summary_id.id, "rate": corrected.rate,
        }  # fmt: skip
        corrections = [
            {"kind": CORRECTION, "version": version + number, "move_id": move.id, "corrected_id": corrected.id}
            for number, move in enumerate(moves, start=1)
        ]
        # sudo: nobody writes evidence by hand; the entries are those of the user's choice.
        self.env["ecommerce.posting"].sudo().create([common | values for values in (accepted, *corrections)])

    def _fingerprint(self):
        try:
            document = self.order._document()
        except ConnectorError as error:
            raise UserError(str(error)) from error
        (planned,) = OrderPlanning(self.store).plan([document])
        conflicts = {reason.key for reason in planned.comparison.conflicts if reason.code == CHANGED_AFTER_POSTING}
        if conflict_key(self.key) not in conflicts:
            refusal = self.env._("Order %(number)s: this cannot be marked as corrected now.", number=self.order.number)
            raise UserError("\n".join([refusal, *map(str, planned.reasons)]))
        return accepted_fingerprint(planned.plan, self.key)

    def _latest(self):
        """The posting of the entry, in its latest version."""
        kind, _external_id = self.key
        return self.env["ecommerce.posting"].search(
            [
                ("store_id", "=", self.store.id), ("kind", "=", kind.value),
                ("external_id", "=", posting_key(self.order.external_id, self.key)),
            ], order="version desc", limit=1,
        )  # fmt: skip

    def _version(self, external_id):
        """Latest version of its corrections."""
        last = self.env["ecommerce.posting"].search(
            [("store_id", "=", self.store.id), ("kind", "=", CORRECTION), ("external_id", "=", external_id)],
            order="version desc", limit=1,
        )  # fmt: skip
        return last.version

    def _check(self, moves, corrected):
        known = self.env["ecommerce.posting"].search_fetch([("move_id", "in", moves.ids)], ["move_id"]).move_id
        problems = defaultdict(lambda: self.env["account.move"])
        for move in moves:
            if move.state != "posted":
                problems[self.env._("is not posted")] |= move
            elif move.company_id != self.store.company_id:
                problems[self.env._("belongs to another company")] |= move
            elif move in known or move.ecommerce_order_id:
                problems[self.env._("is booked for a store order already")] |= move
            elif move.line_ids.currency_id != corrected.line_ids.currency_id:
                problems[self.env._("is in another currency than %(entry)s", entry=corrected.name)] |= move
        if problems:
            raise UserError(
                "\n".join(f"{', '.join(found.mapped('display_name'))} {what}." for what, found in problems.items())
            )
