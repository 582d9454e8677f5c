"""Entries of store orders and payouts that are booked after the month in which they happened. Reads only."""

from collections import defaultdict

from ...core.period_end.cutoff import LateEntry, LateItem, Nature, late_groups
from ...core.plans import MONEY, EntryKind
from ...core.rounding import ZERO
from ..ledger.amounts import amount_of
from ..ledger.entry_checks import DOCUMENTS
from ..orders.posting_keys import entry_key

#: A posting says what it is of, the move what it is: an invoice is amended by a credit note.
_DOCUMENTS = {"out_invoice": 1, "out_refund": -1}
_MONEY = frozenset(kind.value for kind in MONEY)
_REVENUE = ("income", "income_other")
_COST = ("expense", "expense_other", "expense_depreciation", "expense_direct_cost")


class LateArrivals:
    """What a company booked late.

    :param res.company company: whose entries
    :param ecommerce.store stores: only theirs, and then nothing of payouts; empty: everything
    """

    def __init__(self, company, stores=None):
        self.company = company
        self.env = company.env
        self.stores = stores

    def groups(self, ends):
        """Late entries of months.

        :param ends: the last day of each month
        :rtype: list[LateGroup]
        """
        return late_groups(self.late_entries(ends))

    def late_entries(self, ends):
        """Late entries of months, one for each event.

        :param ends: the last day of each month
        :rtype: Iterator[LateEntry]
        """
        return self._entries(self._postings(ends))

    def _postings(self, ends):
        postings = self.env["ecommerce.posting"]
        for end in ends:
            domain = [
                ("company_id", "=", self.company.id), ("true_date", ">=", end.replace(day=1)),
                ("true_date", "<=", end), ("move_id.date", ">", end), ("move_id.state", "=", "posted"),
            ]  # fmt: skip
            if self.stores:
                domain.append(("store_id", "in", self.stores.ids))
            postings |= postings.search(domain, order="id")
        return postings

    def _entries(self, postings):
        items, money, counted = self._items(postings.move_id), self._money(postings), set()
        for posting in postings:
            move = posting.move_id
            currency, documents = move.currency_id, ZERO
            if move.move_type in _DOCUMENTS:
                documents = _DOCUMENTS[move.move_type] * amount_of(move.amount_total, currency)
            elif posting.summary_id and (posting.kind in DOCUMENTS or posting.is_amendment):
                currency, documents = posting.summary_id.currency_id, posting._turnover()
            elif posting.kind in _MONEY:
                currency = posting.order_id.currency_id
            yield LateEntry(
                entry=move.id, owner=_owner(posting), currency=currency.name, true_date=posting.true_date,
                booked_on=move.date, documents=documents, money=money.get(posting.id, ZERO),
                # A batch entry books many payments: what it has on an account is told once.
                items=() if move.id in counted else tuple(items.get(move.id, ())),
            )  # fmt: skip
            counted.add(move.id)

    def _items(self, moves):
        """Move id -> what it has on accounts of the result and of taxes."""
        own, found = self.company.currency_id, defaultdict(list)
        of_moves = ("move_id", "in", moves.ids)
        for domain, nature in (
            ([of_moves, ("tax_line_id", "!=", False)], Nature.TAX),
            ([of_moves, ("tax_line_id", "=", False), ("account_id.account_type", "in", _REVENUE)], Nature.REVENUE),
            ([of_moves, ("tax_line_id", "=", False), ("account_id.account_type", "in", _COST)], Nature.COST),
        ):
            for move, account, balance in self.env["account.move.line"]._read_group(
                domain, ["move_id", "account_id"], ["balance:sum"]
            ):
                item = LateItem(account=account.id, nature=nature, balance=amount_of(balance, own))
                found[move.id].append(item)
        return found

    def _money(self, postings):
        """Posting id -> what it received, or gave back (negative)."""
        moved = postings.filtered(lambda posting: posting.kind in _MONEY)
        payments = self.env["ecommerce.payment"].search([("order_id", "in", moved.order_id.ids)])
        amounts = {
            (payment.order_id.id, EntryKind(payment.kind), payment.external_id):
                amount_of(payment.amount, payment.currency_id)
            for payment in payments
        }  # fmt: skip
        return {posting.id: amounts.get((posting.order_id.id, *entry_key(posting)), ZERO) for posting in moved}


def _owner(posting):
    if posting.store_id:
        return "ecommerce.store", posting.store_id.id
    return "ecommerce.processor.account", posting.processor_account_id.id
