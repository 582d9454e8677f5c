"""Planned transfers → the ledger: uses of advances, and compensations."""

from ...core.currencies import unit
from ...core.rounding import quantize
from .amounts import float_of
from .payment_executor import BookedPayment


class TransferExecutor:
    """Books the transfers of a batch: a journal entry each, of two items.

    :param DocumentExecutor executor: for look-ups of the batch
    """

    def __init__(self, executor):
        self.executor = executor
        self.env = executor.env
        self.store = executor.store
        self.company = executor.company

    def book(self, items):
        """Create and post.

        :param list items: (ecommerce.order, PlannedTransfer, (contact id, receivable account id))
        :return: (order id, entry key) -> BookedPayment, whose clearing item is that on the rule's account
        :rtype: dict
        """
        if not items:
            return {}
        self.store._ensure_correction_journal()
        values = [self._vals(*item) for item in items]
        moves = self.env["account.move"].with_context(skip_invoice_line_sync=True).create(values).with_env(self.env)
        moves._post(soft=False)
        booked = {}
        for (order, entry, _partner), move in zip(items, moves, strict=True):
            ours, theirs = move.line_ids.sorted("sequence")
            booked[order.id, entry.key] = BookedPayment(self.env["account.payment"], move, theirs, ours)
        return booked

    def _vals(self, order, entry, partner):
        partner_id, receivable_id = partner
        currency = self.executor.currency(entry.currency)
        rate = entry.rate or self.executor.rate(currency, entry.true_date)
        balance = quantize(entry.amount / rate, unit(self.company.currency_id.name))
        common = {
            "partner_id": partner_id, "currency_id": currency.id, "tax_ids": [(6, 0, [])],
            "name": " ".join(filter(None, [order.number, entry.label])),
        }  # fmt: skip
        sides = (
            (entry.rule.target.account, 1, {"ecommerce_rule_id": entry.rule.id, **self._analytic(entry)}),
            (receivable_id, -1, {}),
        )
        return {
            "move_type": "entry", "journal_id": self.store.correction_journal_id.id, "date": entry.date,
            "ref": order.number, "ecommerce_order_id": order.id,
            "line_ids": [
                (0, 0, {
                    **common, **more, "account_id": account_id, "sequence": sequence,
                    "balance": float_of(sign * balance), "amount_currency": float_of(sign * entry.amount),
                })
                for sequence, (account_id, sign, more) in enumerate(sides)
            ],
        }  # fmt: skip

    @staticmethod
    def _analytic(entry):
        shares = entry.rule.target.analytic
        return {"analytic_distribution": {ids: float(percent) for ids, percent in shares}} if shares else {}
