"""Whether what was posted for orders still stands in the ledger. Reads only.

Accountants reset entries to draft and cancel them on Odoo's own screens: that is their right, but
what comes next of such an order cannot be booked on top of it.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ..core.reasons import Reason
from .amounts import amount_of

#: Kinds of postings whose entry has the order's own amount; a payment may share its entry with others.
DOCUMENTS = ("invoice", "credit_note")


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
    """Looks at the entries of some postings of orders, with one query."""

    def __init__(self, postings):
        self.postings = postings
        self.env = postings.env
        postings.move_id.fetch(["name", "state", "amount_total", "currency_id"])

    def fallen(self):
        """What does not stand, by order.

        :return: order id -> list of Fallen
        :rtype: dict
        """
        found = defaultdict(list)
        for posting in self.postings:
            if posting.move_id.state != "posted":
                found[posting.order_id.id].append(self._not_posted(posting))
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

    def _reason(self, order, item):
        posting, move = item.posting, item.posting.move_id
        return Reason(
            code=item.code,
            message=self.env._(
                "Order %(number)s: its %(kind)s %(entry)s %(what)s.", number=order.number or order.external_id,
                kind=self._kinds()[posting.kind].lower(), entry=item.entry, what=item.what,
            ),
            hint=item.hint,
            amount=amount_of(move.amount_total, move.currency_id) if posting.kind in DOCUMENTS else None,
            key=f"{posting.kind}:{posting.external_id}",
        )  # fmt: skip

    def _kinds(self):
        return dict(self.postings._fields["kind"]._description_selection(self.env))
