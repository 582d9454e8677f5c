"""Invoices of several orders → values of one ``account.move``, with the rows that tell whose is what."""

from dataclasses import dataclass
from typing import Any

from ...core.combining import Part, joined
from ...core.corrections import Amounts, Booking, Item
from ...core.dates import local_date
from ...core.errors import ConnectorError
from ..ledger.amounts import amount_of, float_of
from ..ledger.days import said_day
from ..ledger.journal_items import ItemReader
from ..summary.summary_rows import row_name

#: A reference names so many orders; of more, the first and the last.
NAMED = 4


@dataclass(frozen=True)
class Share:
    """One order on a combined invoice.

    :ivar entry: its invoice, a PlannedMove
    """

    order: Any
    planned: Any
    entry: Any

    @property
    def name(self):
        """What tells its posting from the others of the invoice."""
        return row_name(self.order, self.entry.key)


class CombinedValues:
    """The values of one invoice.

    :param CombinedExecutor executor: for look-ups of the batch
    :param MoveValues builder: of the invoices of its orders
    :ivar joined: rows and lines, see ``core.combining``
    :ivar numbers: for each journal item the number of its line; None for a heading
    """

    def __init__(self, executor, builder, shares, partner, currency, rate):
        self.executor = executor
        self.env = executor.env
        self.shares = shares
        self.currency = currency
        self.company_currency = executor.company.currency_id
        self.reader = ItemReader(executor.taxes, currency, self.company_currency, is_refund=False)
        self._sources, parts, heads = [], [], []
        for share in shares:
            values = builder.build(share.order, share.entry, partner, currency, rate)
            heads.append(values)
            parts.append(self._part(share, values))
        self.joined = joined(parts)
        self.numbers = []
        self._head = heads[0]
        self._ref = self._reference()

    def values(self):
        """For ``account.move.create``."""
        items = self._items()
        head = {name: value for name, value in self._head.items() if name != "line_ids"}
        return head | {
            "ref": self._ref, "invoice_origin": ", ".join(share.order.number for share in self.shares),
            "narration": False, "ecommerce_order_id": False,
            "invoice_date_due": max(share.entry.due or share.entry.true_date for share in self.shares),
            "line_ids": [(0, 0, item) for item in items],
        }  # fmt: skip

    def _reference(self):
        numbers = [share.order.number for share in self.shares]
        return ", ".join(numbers) if len(numbers) <= NAMED else f"{numbers[0]} … {numbers[-1]}"

    def _part(self, share, values):
        """:raises ConnectorError: if only Odoo's tax engine can make the items"""
        if "line_ids" not in values:
            raise ConnectorError(
                f"The taxes of order {share.order.number} cannot be on a combined invoice: Odoo makes their items "
                "itself.",
                hint="Map its taxes to simple ones, or book it with an invoice of its own.",
            )
        given = [item for _create, _id, item in values["line_ids"]]
        of_order = [item for item in given if item["display_type"] != "payment_term"]
        (owed,) = [item for item in given if item["display_type"] == "payment_term"]
        self._sources += [*of_order, owed]
        amounts = Amounts(
            amount=amount_of(owed["amount_currency"], self.currency),
            balance=amount_of(owed["balance"], self.company_currency),
        )
        customer = Item(
            booking=Booking(account=owed["account_id"]), amounts=amounts, rule=owed["ecommerce_rule_id"] or 0
        )
        return Part(
            order=share.order.id, posting=share.name, items=tuple(self.reader.given(item) for item in of_order),
            customer=customer,
        )  # fmt: skip

    # === Journal items === #

    def _items(self):
        """All of them: under a heading per order its goods, then the taxes, then what is owed for each order."""
        by_name, items, named = {share.name: share for share in self.shares}, [], None
        for number, line in enumerate(self.joined.lines):
            share = by_name[self.joined.rows[line.rows[0]].posting]
            is_goods = not line.is_customer and not line.place.booking.repartition
            if is_goods and share is not named:
                named = share
                items.append(self._heading(share, len(items)))
                self.numbers.append(None)
            items.append(self._item(line, share, is_goods, len(items)))
            self.numbers.append(number)
        return items

    def _item(self, line, share, is_goods, at):
        item = self._sources[line.rows[0]] | {"ref": self._ref}
        if is_goods:
            return item | {"sequence": 100 + at}
        if line.is_customer:
            return item | {"name": share.order.number, "ecommerce_order_id": share.order.id}
        return item | {
            "amount_currency": float_of(line.amounts.amount), "balance": float_of(line.amounts.balance),
            "tax_base_amount": float_of(line.amounts.base),
        }  # fmt: skip

    def _heading(self, share, at):
        zone = self.executor.store._policy_zone()
        day = said_day(self.env, local_date(share.planned.document.placed_at, zone))
        return {
            "display_type": "line_section", "sequence": 100 + at,
            "name": self.env._("Order %(number)s of %(day)s", number=share.order.number, day=day),
        }  # fmt: skip
