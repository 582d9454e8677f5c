from odoo import api, fields, models


class EcommerceOrder(models.Model):
    """The gift cards that an order sold or was paid by."""

    _inherit = "ecommerce.order"

    gift_card_movement_ids = fields.One2many("ecommerce.gift.card.movement", "order_id")
    gift_card_movement_count = fields.Integer(compute="_compute_gift_card_movement_count")

    @api.depends("gift_card_movement_ids")
    def _compute_gift_card_movement_count(self):
        for order in self:
            order.gift_card_movement_count = len(order.gift_card_movement_ids)

    def action_view_gift_cards(self):
        """Open the movements of gift cards of the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Gift cards of %(order)s", order=self.number),
            "res_model": "ecommerce.gift.card.movement", "view_mode": "list,form",
            "domain": [("order_id", "=", self.id)],
        }  # fmt: skip


class EcommercePosting(models.Model):
    """The card whose expiry or opening balance an entry books."""

    _inherit = "ecommerce.posting"

    kind = fields.Selection(selection_add=[("gift_card", "Gift card")], ondelete={"gift_card": "cascade"})
    gift_card_id = fields.Many2one("ecommerce.gift.card", readonly=True, ondelete="restrict", index="btree_not_null")


class AccountMove(models.Model):
    """The way from an entry to the cards it moved."""

    _inherit = "account.move"

    ecommerce_gift_card_movement_ids = fields.One2many(
        "ecommerce.gift.card.movement", "move_id", groups="ecommerce_connector.group_viewer"
    )
    ecommerce_gift_card_count = fields.Integer(
        compute="_compute_ecommerce_gift_card_count", groups="ecommerce_connector.group_viewer"
    )

    @api.depends("ecommerce_gift_card_movement_ids")
    def _compute_ecommerce_gift_card_count(self):
        for move in self:
            move.ecommerce_gift_card_count = len(move.ecommerce_gift_card_movement_ids)

    def action_view_ecommerce_gift_cards(self):
        """Open the movements of gift cards that the entry books."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Gift cards of %(entry)s", entry=self.name),
            "res_model": "ecommerce.gift.card.movement", "view_mode": "list,form",
            "domain": [("move_id", "=", self.id)],
        }  # fmt: skip
