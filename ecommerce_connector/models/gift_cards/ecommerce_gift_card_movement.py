from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("sold", "Sold"), ("returned", "Taken back"), ("redeemed", "Redeemed"), ("refunded", "Refunded to it"),
    ("expired", "Expired"), ("reactivated", "Active again"), ("opening", "Opening balance"),
    ("rounding", "Cents of a used-up voucher"), ("breakage", "Foreseen breakage"),
]  # fmt: skip


class EcommerceGiftCardMovement(models.Model):
    """What changed the value of a card, as the store said it, with the journal item that books it.

    Without a card, it is of one that the store does not name: such movements are proved in total.
    """

    _name = "ecommerce.gift.card.movement"
    _description = "Gift Card Movement"
    _order = "moved_on desc, id desc"
    _rec_name = "kind"

    card_id = fields.Many2one("ecommerce.gift.card", readonly=True, ondelete="restrict", index="btree_not_null")
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    moved_on = fields.Date(readonly=True, help="The day it happened, in the store's time zone.")
    amount = fields.Monetary(readonly=True, help="Positive: more is owed. Without the tax of a single-purpose voucher.")
    face_amount = fields.Monetary(
        string="For the Customer", readonly=True, help="With the tax of a single-purpose voucher."
    )
    tax_rate = fields.Char(readonly=True, help="Percent, of a single-purpose voucher that was redeemed or given back.")
    is_voucher_line = fields.Boolean(readonly=True, help="A single-purpose voucher as a line of an invoice.")
    account_id = fields.Many2one("account.account", required=True, readonly=True, ondelete="restrict", index=True)
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="restrict", index="btree_not_null")
    refund_id = fields.Many2one("ecommerce.refund", readonly=True, ondelete="restrict", index="btree_not_null")
    payment_id = fields.Many2one("ecommerce.payment", readonly=True, ondelete="restrict", index="btree_not_null")
    posting_id = fields.Many2one("ecommerce.posting", readonly=True, ondelete="restrict", index="btree_not_null")
    line_id = fields.Many2one(
        "account.move.line", string="Journal Item", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    move_id = fields.Many2one(related="line_id.move_id", store=True, index="btree_not_null", string="Entry")
    reason = fields.Char(readonly=True, help="Why a person brought it in.")
    source_key = fields.Char(readonly=True, help="The payment, the refund or the line of the order that it is.")

    @api.depends("kind", "card_id")
    def _compute_display_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for row in self:
            row.display_name = " ".join(filter(None, [names.get(row.kind), row.card_id.external_id]))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Movements of gift cards are evidence; they cannot be deleted."))
