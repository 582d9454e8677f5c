from odoo import fields, models

#: Context key of entries that whoever posts them reconciles, too.
OWN_RECONCILIATION = "ecommerce_own_reconciliation"


class AccountMove(models.Model):
    """The way back from an entry to the order or payout it books."""

    _inherit = "account.move"

    ecommerce_order_id = fields.Many2one(
        "ecommerce.order", string="Store Order", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    ecommerce_corrected_move_id = fields.Many2one(
        "account.move", string="Corrects", readonly=True, copy=False, index="btree_not_null", ondelete="restrict",
        help="The entry of the store order that this one corrects.",
    )  # fmt: skip
    ecommerce_correction_ids = fields.One2many("account.move", "ecommerce_corrected_move_id", string="Corrections")

    ecommerce_posting_ids = fields.One2many("ecommerce.posting", "move_id", groups="ecommerce_connector.group_viewer")

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """Odoo pairs invoices and credit notes by their places in two lists.

        With two credit notes of one invoice in a batch the lists differ in length, and a credit note would settle the
        invoice of somebody else. Entries of store orders are reconciled per order, after they are posted.
        """
        if self.env.context.get(OWN_RECONCILIATION):
            return reverse_moves
        return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)

    def _open_as_entries(self, name):
        """Open these in the list of journal entries: the list of invoices shows no amount of an entry.

        :param str name: of the screen
        """
        views = [(self.env.ref("account.view_move_tree").id, "list"), (False, "kanban"), (False, "form")]
        return {
            "type": "ir.actions.act_window", "name": name, "res_model": self._name, "view_mode": "list,kanban,form",
            "views": views, "search_view_id": [self.env.ref("account.view_account_move_filter").id, "search"],
            "domain": [("id", "in", self.ids)],
        }  # fmt: skip

    def action_view_ecommerce_order(self):
        """Open the store order the entry books."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "res_id": self.ecommerce_order_id.id,
            "view_mode": "form",
        }  # fmt: skip
