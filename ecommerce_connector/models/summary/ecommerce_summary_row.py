from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...core.corrections import Amounts, Booking, Item
from ..ledger.amounts import amount_of
from ..orders.open_records import open_records


class EcommerceSummaryRow(models.Model):
    """What one posting of one order adds to one line of a summary entry: the sub-ledger of the summaries.

    The rows of a line add up to it to the cent; those of a posting balance. Rows of a customer who owes nothing in
    the end have no line.
    """

    _name = "ecommerce.summary.row"
    _description = "E-commerce Summary Row"
    _order = "id"
    _rec_name = "order_id"

    summary_id = fields.Many2one("ecommerce.summary", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="restrict", index=True)
    posting_id = fields.Many2one("ecommerce.posting", required=True, readonly=True, ondelete="restrict", index=True)
    posting_kind = fields.Selection(related="posting_id.kind", string="Books")
    line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    day = fields.Date(readonly=True, help="The day it happened, in the store's time zone.")
    account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict", index=True)
    tax_line_id = fields.Many2one("account.tax", string="Tax", readonly=True, ondelete="restrict")
    rule_id = fields.Many2one(
        "ecommerce.mapping.rule", string="Mapping Rule", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary(readonly=True, help="In the currency of the order; debit positive.")
    balance = fields.Monetary(
        readonly=True, currency_field="company_currency_id", help="In company currency; debit positive."
    )
    tax_base = fields.Monetary(
        readonly=True, currency_field="company_currency_id", help="Of a tax: what it is charged on; debit positive."
    )
    is_customer = fields.Boolean(readonly=True, help="What the customer owes, or is owed.")
    place = fields.Json(
        readonly=True, required=True,
        help="Where it counts besides its account: product, taxes, the line of a tax's distribution, tags, analytics.",
    )  # fmt: skip
    charged = fields.Json(readonly=True, help="What was charged on it for each tax: amounts as text.")

    def action_view_order(self):
        """Open the order that the row is of."""
        self.ensure_one()
        return open_records(self.order_id, self.env._("Store Orders"))

    def _item(self):
        """The row as a journal item of an entry of its own.

        :rtype: Item
        """
        self.ensure_one()
        product, taxes, repartition, tags, analytic = self.place
        booking = Booking(
            account=self.account_id.id, product=product, taxes=tuple(taxes), repartition=repartition, tags=tuple(tags),
            analytic=tuple((ids, percent) for ids, percent in analytic),
        )  # fmt: skip
        amounts = Amounts(
            amount=amount_of(self.amount, self.currency_id), balance=amount_of(self.balance, self.company_currency_id),
            base=amount_of(self.tax_base, self.company_currency_id),
        )  # fmt: skip
        return Item(booking=booking, amounts=amounts, rule=self.rule_id.id or 0, shares=tuple(self._shares()))

    def _shares(self):
        for account, repartition, tags, *texts in self.charged or ():
            amount, balance, base_amount, base = (Decimal(text) for text in texts)
            yield (
                Booking(account=account, repartition=repartition, tags=tuple(tags)),
                Amounts(amount=amount, balance=balance, base_amount=base_amount, base=base),
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Rows of a summary are evidence; they cannot be deleted."))
