"""A planned entry of an order → rows of a summary, with the amounts it would have as an entry of its own."""

from dataclasses import replace
from decimal import Decimal

from ...core.corrections import Amounts, Booking
from ...core.currencies import unit
from ...core.errors import ConnectorError
from ...core.plans import EntryKind, PlannedMove, PlannedPayment
from ...core.rounding import quantize
from ...core.summary import Place, Row, document_rows
from ..ledger.journal_items import ItemReader
from ..ledger.payment_executor import customer_account


def row_name(order, entry_key):
    """What tells a posting from the others of a summary."""
    kind, external_id = entry_key
    return f"{order.id}:{kind.value}:{external_id}"


class RowMaker:
    """Makes the rows of a batch.

    :param SummaryExecutor executor: for look-ups of the batch
    :param MoveValues builder: of invoices and credit notes
    :param dict worths: (order id, entry key) → company amount, of payments that move what is carried at another value
        than that of the day
    """

    def __init__(self, executor, builder, worths):
        self.executor = executor
        self.builder = builder
        self.worths = worths
        self.env = executor.env
        self.company_unit = unit(executor.company.currency_id.name)

    def rows(self, order, entry, partner):
        """Rows of any entry.

        :param partner: (contact id, receivable account id)
        :rtype: list[Row]
        """
        if isinstance(entry, PlannedMove):
            return self._of_move(order, entry, partner)
        if isinstance(entry, PlannedPayment):
            return self._of_payment(order, entry, partner)
        return self._of_transfer(order, entry, partner)

    def items(self, order, entry, partner):
        """Journal items of an invoice or credit note, without the customer's side.

        :raises ConnectorError: if only Odoo's tax engine can make them
        :rtype: list[Item]
        """
        currency, is_refund = self.executor.currency(entry.currency), entry.kind is EntryKind.CREDIT_NOTE
        rate = entry.rate or self.executor.rate(currency, entry.true_date)
        values = self.builder.build(order, entry, partner, currency, rate)
        if "line_ids" not in values:
            raise ConnectorError(
                f"The taxes of order {order.number} cannot be added up: Odoo makes their items itself.",
                hint="Map its taxes to simple ones, or book its day with an invoice per order.",
            )
        reader = ItemReader(
            self.executor.taxes, currency, self.executor.company.currency_id, is_refund=is_refund
        )  # fmt: skip
        return [
            reader.given(item) for _create, _id, item in values["line_ids"] if item["display_type"] != "payment_term"
        ]

    def _of_move(self, order, entry, partner):
        name, is_refund = row_name(order, entry.key), entry.kind is EntryKind.CREDIT_NOTE
        rows = document_rows(order.id, name, self.items(order, entry, partner), is_refund=is_refund)
        left = Amounts()
        for row in rows:
            left += -row.amounts
        rule = entry.customer_rule.id if entry.customer_rule else 0
        customer = Amounts(amount=left.amount, balance=left.balance)
        return [*rows, *self._customer(order, name, partner[1], customer, rule)]

    def _of_payment(self, order, entry, partner):
        name = row_name(order, entry.key)
        account = self.env["ecommerce.processor.account"].browse(entry.rule.target.processor_account)
        amounts = self._amounts(entry, entry.signed)
        if (worth := self.worths.get((order.id, entry.key))) is not None:
            amounts = replace(amounts, balance=worth)
        clearing = Place(
            booking=Booking(account=account.clearing_account_id.id), rule=entry.rule.id, alone=name,
            is_debit=amounts.is_debit,
        )  # fmt: skip
        rule = entry.advance.id if entry.advance else 0
        return [
            Row(order=order.id, posting=name, place=clearing, amounts=amounts),
            *self._customer(order, name, customer_account(entry, partner[1]), -amounts, rule),
        ]

    def _of_transfer(self, order, entry, partner):
        name, target = row_name(order, entry.key), entry.rule.target
        amounts = self._amounts(entry, entry.amount)
        if entry.kind is EntryKind.ADVANCE_USED:  # of the customer on both sides: it settles what waits there
            ours = self._customer(order, name, target.account, amounts, entry.rule.id)
        else:
            booking = Booking(account=target.account, analytic=tuple(sorted(target.analytic)))
            place = Place(booking=booking, rule=entry.rule.id, is_refund=True, is_debit=amounts.is_debit)
            ours = [Row(order=order.id, posting=name, place=place, amounts=amounts)]
        return [*ours, *self._customer(order, name, partner[1], -amounts, 0)]

    @staticmethod
    def _customer(order, name, account_id, amounts, rule):
        if not amounts:
            return []
        place = Place(
            booking=Booking(account=account_id), rule=rule, alone=name, is_debit=amounts.is_debit
        )  # fmt: skip
        return [Row(order=order.id, posting=name, place=place, amounts=amounts, is_customer=True)]

    def _amounts(self, entry, amount):
        rate = entry.rate or self.executor.rate(self.executor.currency(entry.currency), entry.true_date)
        return Amounts(amount=Decimal(amount), balance=quantize(amount / rate, self.company_unit))
