"""Whether what was posted for orders still stands in the ledger. Reads only.

Accountants reset entries to draft, cancel and reverse them on Odoo's own screens: that is their
right, but what comes next of such an order cannot be booked on top of it.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...core.reasons import Reason
from .amounts import amount_of

#: Kinds of postings whose entry has the order's own amount; a payment may share its entry with others.
DOCUMENTS = ("down_payment", "invoice", "credit_note")


@dataclass(frozen=True)
class Fallen:
    """A posting whose entry does not stand any more.

    :ivar code: of the exception
    :ivar name: of the broken law, in the proof
    :ivar posting: ecommerce.posting
    :ivar what: what happened to the entry, the end of a sentence
    :ivar hint: what to do next
    """

    code: str
    name: str
    posting: Any
    what: str
    hint: str

    @property
    def entry(self):
        """The entry's number."""
        return self.posting.move_id.name or self.posting.move_id.display_name


class EntryChecks:
    """Looks at the entries of some postings of orders, with a few queries for all of them.

    :ivar reversals: entry id -> posted entries that reverse it and that no posting knows, with those that reverse
        them in turn
    """

    def __init__(self, postings):
        self.postings = postings
        self.env = postings.env
        postings.move_id.fetch(["name", "state", "amount_total", "currency_id"])
        self.reversals = self._read_reversals(postings.move_id)
        self._undone = self._read_undone()

    def fallen(self):
        """What does not stand, by order.

        :return: order id -> list of Fallen
        :rtype: dict
        """
        found = defaultdict(list)
        for posting in self.postings:
            if posting.move_id.state != "posted":
                found[posting.order_id.id].append(self._not_posted(posting))
            elif posting.move_id.id in self._undone:
                found[posting.order_id.id].append(self._reversed(posting))
        return found

    def reasons(self):
        """Why orders cannot be continued.

        :return: external id of the order -> tuple of Reason
        :rtype: dict
        """
        orders = {posting.order_id.id: posting.order_id for posting in self.postings}
        return {
            orders[order_id].external_id: tuple(self._reason(orders[order_id], item) for item in items)
            for order_id, items in self.fallen().items()
        }

    def _not_posted(self, posting):
        if posting.move_id.state == "cancel":
            name, what = "entry is cancelled", self.env._("is cancelled in Odoo")
            hint = self.env._(
                "Reset it to draft and post it again, then retry the order. If it shall stay out of the books, book "
                "by hand what happens to the order from now on."
            )
        else:
            name, what = "entry is a draft", self.env._("is a draft in Odoo")
            hint = self.env._(
                "Post it again, then retry the order. If it shall stay out of the books, book by hand what happens to "
                "the order from now on."
            )
        return Fallen("entry_not_posted", name, posting, what, hint)

    def _reversed(self, posting):
        entries = ", ".join(self.reversals[posting.move_id.id].mapped("name"))
        return Fallen(
            "reversed_in_odoo", f"entry is reversed by {entries}", posting,
            self.env._("was reversed in Odoo by %(entries)s, and the store knows nothing of it", entries=entries),
            self.env._(
                "What the store refunds is credited by itself: take %(entries)s back (reset to draft and cancel, or "
                "reverse it in turn), then retry the order. If it shall stay, book by hand what happens to the order "
                "from now on.",
                entries=entries,
            ),
        )  # fmt: skip

    def _read_reversals(self, moves):
        found, origins = {}, {move.id: move.id for move in moves}
        while origins:
            reversals = self.env["account.move"].search_fetch(
                [("reversed_entry_id", "in", list(origins)), ("state", "=", "posted")],
                ["name", "reversed_entry_id", "move_type", "amount_total", "currency_id"], order="id",
            )  # fmt: skip
            # Credit notes of the store's refunds are reversals too, but not anybody's own.
            known = self.env["ecommerce.posting"].search([("move_id", "in", reversals.ids)]).move_id
            above, origins = origins, {}
            for reversal in reversals - known:
                origin = origins[reversal.id] = above[reversal.reversed_entry_id.id]
                found[origin] = found.get(origin, reversal.browse()) | reversal
        return found

    def _read_undone(self):
        """Entries of which a reversal took something back; one that was reversed in turn takes nothing."""
        origins = {reversal.id: entry for entry, reversals in self.reversals.items() for reversal in reversals}
        left = defaultdict(Decimal)
        for move, account, currency, amount, balance in self.env["account.move.line"]._read_group(
            [("move_id", "in", list(origins))],
            ["move_id", "account_id", "currency_id"], ["amount_currency:sum", "balance:sum"],
        ):  # fmt: skip
            entry = origins[move.id]
            left[entry, account.id, currency.id] += amount_of(amount, currency)
            left[entry, account.id] += amount_of(balance, move.company_id.currency_id)
        return {key[0] for key, amount in left.items() if amount}

    def _reason(self, order, item):
        posting = item.posting
        return Reason(
            code=item.code,
            message=self.env._(
                "Order %(number)s: its %(kind)s %(entry)s %(what)s.", number=order.number or order.external_id,
                kind=self._kinds()[posting.kind].lower(), entry=item.entry, what=item.what,
            ),
            hint=item.hint,
            amount=posting._total() if posting.kind in DOCUMENTS else None,
            key=f"{posting.kind}:{posting.external_id}",
        )  # fmt: skip

    def _kinds(self):
        return dict(self.postings._fields["kind"]._description_selection(self.env))
