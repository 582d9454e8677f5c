"""The correction of an invoice or credit note → values of a journal entry, journal items given whole."""

from decimal import Decimal

from ...core.rounding import total
from .amounts import float_of


class CorrectionValues:
    """Builds the values of one batch.

    :param store: the store, for its journal and company
    :param CompanyFacts facts: what is the same for every journal item
    :param recordset products: the products of the items
    """

    def __init__(self, store, facts, products):
        self.store = store
        self.env = store.env
        self.given = facts.given
        self.units_of_measure = {product.id: product.uom_id.id for product in products}

    def build(self, order, corrected, items, on):
        """Values for ``account.move.create``.

        :param ecommerce.order order: for the reference
        :param account.move corrected: the posted entry
        :param items: what to add to it, see ``core.corrections.difference``
        :param date on: accounting date
        """
        common = {
            "name": self.env._("Correction of %(entry)s", entry=corrected.name),
            # On the contact of the corrected items, or Odoo would not see taxes and bases together.
            "currency_id": corrected.currency_id.id, "partner_id": corrected.line_ids.partner_id[:1].id,
            # Computed and stored; given, so that they are in the row at once (see MoveValues).
            "date": on, "ref": order.number, "parent_state": "draft", "reconciled": False,
            "amount_residual": 0.0, "amount_residual_currency": 0.0,
            **self.given,
        }  # fmt: skip
        return {
            "move_type": "entry",
            "journal_id": self.store.correction_journal_id.id,
            "company_id": self.store.company_id.id,
            "currency_id": corrected.currency_id.id,
            "partner_id": corrected.partner_id.id,
            "date": on,
            "ref": order.number,
            "ecommerce_order_id": order.id,
            "ecommerce_corrected_move_id": corrected.id,
            "line_ids": [(0, 0, common | self._place(item) | self._kind(item, corrected)) for item in items],
        }

    def _kind(self, item, corrected):
        return self._tax(item) if item.booking.repartition else self._base(item, corrected)

    @staticmethod
    def _place(item):
        booking, amounts = item.booking, item.amounts
        return {
            "account_id": booking.account,
            "product_id": booking.product or False,
            "tax_ids": [(6, 0, booking.taxes)],
            "tax_tag_ids": [(6, 0, booking.tags)],
            "analytic_distribution": {ids: float_of(Decimal(percent)) for ids, percent in booking.analytic} or False,
            "amount_currency": float_of(amounts.amount),
            "balance": float_of(amounts.balance),
            "ecommerce_rule_id": item.rule or False,
        }

    @staticmethod
    def _tax(item):
        return {
            "display_type": "tax", "tax_repartition_line_id": item.booking.repartition,
            "tax_base_amount": float_of(item.amounts.base), "sequence": 10000,
            "quantity": 0, "price_unit": 0.0, "product_uom_id": False, "price_subtotal": 0.0, "price_total": 0.0,
        }  # fmt: skip

    def _base(self, item, corrected):
        amount = item.amounts.amount
        gross = amount + total([share.amount for _tax, share in item.shares])
        return {
            "display_type": "product", "sequence": 100,
            "quantity": 1, "price_unit": float_of(amount), "discount": 0.0,
            "product_uom_id": self.units_of_measure.get(item.booking.product, False),
            "price_subtotal": float_of(amount), "price_total": float_of(gross),
            "extra_tax_data": self._extra_tax_data(item, corrected) if item.shares else False,
        }  # fmt: skip

    def _extra_tax_data(self, item, corrected):
        """What is charged on the item for each tax: an edit in draft keeps it, and the next correction reads it."""
        amounts = item.amounts
        return {
            "currency_id": corrected.currency_id.id,
            "price_unit": float_of(amounts.amount),
            "quantity": 1.0,
            "discount": 0.0,
            "rate": corrected.invoice_currency_rate,
            "manual_total_excluded_currency": float_of(amounts.amount),
            "manual_total_excluded": float_of(amounts.balance),
            "manual_tax_amounts": {
                str(self._tax_of(booking)): {
                    "tax_amount_currency": float_of(share.amount),
                    "tax_amount": float_of(share.balance),
                    "base_amount_currency": float_of(share.base_amount),
                    "base_amount": float_of(share.base),
                }
                for booking, share in item.shares
            },
        }

    def _tax_of(self, booking):
        return self.env["account.tax.repartition.line"].browse(booking.repartition).tax_id.id
