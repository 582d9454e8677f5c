from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core.rounding import ZERO, total
from ..ledger.amounts import amount_of, float_of

KINDS = [
    ("gift_card", "Gift card"), ("voucher", "Single-purpose voucher"), ("store_credit", "Store credit"),
]  # fmt: skip
#: What people write on a card themselves: its conversation.
WRITTEN_BY_PEOPLE = frozenset({"message_follower_ids", "activity_ids"})


class EcommerceGiftCard(models.Model):
    """A gift card, a single-purpose voucher or a store credit of a store: what is on it follows from what was booked.

    It is known by the store's id of it, never by the code that pays with it. Its balance is the sum of its movements.
    """

    _name = "ecommerce.gift.card"
    _description = "Gift Card"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "issued_on desc, id desc"
    _rec_name = "external_id"

    external_id = fields.Char(string="Card", required=True, readonly=True, index=True, help="The store's id of it.")
    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(
        KINDS, required=True, readonly=True,
        help="A single-purpose voucher is taxed when it is sold, a gift card when it is redeemed. A store credit was "
        "given as a refund.",
    )  # fmt: skip
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict", help="Who bought it, or got it back."
    )
    issued_on = fields.Date(
        readonly=True, help="The day it was sold or given; empty if the connector did not see that."
    )
    expires_on = fields.Date(readonly=True, tracking=True, help="The last day it can be used.")
    is_expired = fields.Boolean(readonly=True, string="Booked as Expired")
    state = fields.Selection(
        [("active", "Active"), ("used", "Used up"), ("expired", "Expired"), ("overdrawn", "Below zero")],
        string="Status", compute="_compute_balance", store=True, index=True,
        help="Below zero: more was redeemed than the connector knows to be on it.",
    )  # fmt: skip
    movement_ids = fields.One2many("ecommerce.gift.card.movement", "card_id", string="Movements")
    balance = fields.Monetary(compute="_compute_balance", store=True, help="Of the liability: without tax.")
    issued = fields.Monetary(compute="_compute_balance", store=True, help="Sold, given back on it, or brought in.")
    redeemed = fields.Monetary(compute="_compute_balance", store=True)
    explanation = fields.Char(readonly=True, string="Why", help="Why it could not be booked as expired.")

    _once = models.UniqueIndex("(store_id, currency_id, external_id)", "This card of the store is already stored.")

    @api.depends("movement_ids.amount", "movement_ids.kind", "is_expired")
    def _compute_balance(self):
        for card in self:
            moved = [(row.kind, amount_of(row.amount, card.currency_id)) for row in card.movement_ids]
            balance = total([amount for _kind, amount in moved])
            card.balance = float_of(balance)
            card.redeemed = float_of(-total([amount for kind, amount in moved if kind == "redeemed"]))
            card.issued = float_of(
                total([amount for kind, amount in moved if kind in ("sold", "returned", "refunded", "opening")])
            )
            card.state = card._state_at(balance)

    def _state_at(self, balance):
        if balance < ZERO:
            return "overdrawn"
        if balance > ZERO:
            return "active"
        return "expired" if self.is_expired else "used"

    def _by_account(self):
        """Account -> exact balance of the card on it, where there is one."""
        self.ensure_one()
        sums = {}
        for row in self.movement_ids:
            sums[row.account_id] = sums.get(row.account_id, ZERO) + amount_of(row.amount, self.currency_id)
        return {account: amount for account, amount in sums.items() if amount}

    # === Evidence === #

    def write(self, vals):
        """What is known of a card is the connector's; people talk about it."""
        if set(vals) - WRITTEN_BY_PEOPLE and not self.env.su:
            raise AccessError(
                self.env._("What is known of a card is evidence; expire it, or bring in what is missing.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Card %(card)s is evidence; it cannot be deleted.", card=self[:1].external_id))

    # === Buttons === #

    def action_view_moves(self):
        """Open the journal entries behind the card's movements."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Entries of card %(card)s", card=self.external_id),
            "res_model": "account.move", "view_mode": "list,form",
            "domain": [("id", "in", self.movement_ids.move_id.ids)],
        }  # fmt: skip

    def action_view_orders(self):
        """Open the orders that sold the card or were paid by it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Orders of card %(card)s", card=self.external_id),
            "res_model": "ecommerce.order", "view_mode": "list,form",
            "domain": [("id", "in", self.movement_ids.order_id.ids)],
        }  # fmt: skip
