"""The lines of a summary → values of a journal entry, journal items given whole."""

from decimal import Decimal

from ...core.rounding import ZERO
from ..ledger.amounts import float_of
from ..ledger.days import said_day


class SummaryValues:
    """Builds the values of one entry.

    :param SummaryExecutor executor: for the store and what is the same for every journal item
    """

    def __init__(self, executor):
        self.executor = executor
        self.env = executor.env
        self.store = executor.store
        #: Odoo takes as the base of a tax item the items of its contact: what is given back has another one than sales.
        self.refund_partner = self.store.shared_partner_id.id or self.store.company_id.partner_id.id

    def build(self, lines, details, day, on, currency, corrected=None):
        """Values for ``account.move.create``.

        :param lines: see ``core.summary.added_up``
        :param dict details: posting's name → (contact id, label, due date)
        :param date day: the day it sums up
        :param date on: accounting date
        :param account.move corrected: what it corrects
        """
        ref = self._reference(day)
        given = {
            "currency_id": currency.id, "date": on, "ref": ref, "parent_state": "draft", "reconciled": False,
            **self.executor.facts.given,
        }  # fmt: skip
        return {
            "move_type": "entry",
            "journal_id": self.store.summary_journal_id.id,
            "company_id": self.store.company_id.id,
            "currency_id": currency.id,
            "date": on,
            "ref": ref,
            "ecommerce_corrected_move_id": corrected.id if corrected else False,
            "line_ids": [(0, 0, given | self._item(line, details, day)) for line in lines],
        }

    def _reference(self, day):
        store, number, day = self.store.name, self.executor.key.payout, said_day(self.env, day)
        if not number:
            return self.env._("%(store)s, summary of %(day)s", store=store, day=day)
        payout = self.env["ecommerce.payout"].browse(number).external_id
        return self.env._("%(store)s, summary of payout %(payout)s, %(day)s", store=store, payout=payout, day=day)

    def _item(self, line, details, day):
        booking, amounts = line.place.booking, line.amounts
        item = {
            "account_id": booking.account,
            "product_id": booking.product or False,
            "tax_ids": [(6, 0, booking.taxes)],
            "tax_tag_ids": [(6, 0, booking.tags)],
            "amount_currency": float_of(amounts.amount),
            "balance": float_of(amounts.balance),
            "ecommerce_rule_id": line.place.rule or False,
            "amount_residual": 0.0, "amount_residual_currency": 0.0,
            "quantity": 1, "price_unit": float_of(amounts.amount), "discount": 0.0,
            "price_subtotal": float_of(amounts.amount), "price_total": float_of(amounts.amount),
            "display_type": "product", "product_uom_id": False,
        }  # fmt: skip
        if booking.analytic:
            item["analytic_distribution"] = {ids: float_of(Decimal(percent)) for ids, percent in booking.analytic}
        if line.place.alone:
            return item | self._alone(line, details[line.place.alone])
        item["partner_id"] = self._partner(line.place)
        if booking.repartition:
            return item | self._tax(line)
        return item | {"name": self._name(line, day), "sequence": 100 + line.place.is_refund}

    def _partner(self, place):
        if place.is_fee:
            return place.partner or False
        return self.refund_partner if place.is_refund else False

    def _name(self, line, day):
        day = said_day(self.env, day)
        if line.place.is_fee:
            return self.env._("Fees of %(day)s", day=day)
        if line.place.is_refund:
            return self.env._("Refunds of %(day)s", day=day)
        return self.env._("Sales of %(day)s", day=day) if not line.place.is_debit else (
            self.env._("Deductions of %(day)s", day=day)
        )  # fmt: skip

    def _alone(self, line, detail):
        partner_id, label, due = detail
        amounts = line.amounts
        return {
            "partner_id": partner_id, "name": label, "sequence": 12000 if line.is_customer else 11000,
            "date_maturity": due if line.is_customer else False,
            "amount_residual": float_of(amounts.balance), "amount_residual_currency": float_of(amounts.amount),
        }  # fmt: skip

    def _tax(self, line):
        repartition = self.env["account.tax.repartition.line"].browse(line.place.booking.repartition)
        return {
            "display_type": "tax", "name": repartition.tax_id.name, "sequence": 10000,
            "tax_repartition_line_id": repartition.id, "tax_base_amount": float_of(line.amounts.base or ZERO),
            "quantity": 0, "price_unit": 0.0, "price_subtotal": 0.0, "price_total": 0.0,
        }  # fmt: skip
