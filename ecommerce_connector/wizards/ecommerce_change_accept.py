from odoo import fields, models
from odoo.exceptions import UserError

from ..core.changes import CHANGED_AFTER_POSTING
from ..models.ledger.document_executor import DocumentExecutor
from ..models.orders.change_acceptance import ChangeAcceptance
from ..models.summary.summary_executor import SummaryExecutor


class EcommerceChangeAccept(models.TransientModel):
    """Mark what changed in the store after it was posted as corrected."""

    _name = "ecommerce.change.accept"
    _description = "Mark a Late Change as Corrected"

    exception_id = fields.Many2one("ecommerce.exception", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="exception_id.company_id")
    order_id = fields.Many2one(related="exception_id.order_id")
    message = fields.Text(related="exception_id.message")
    move_ids = fields.Many2many(
        "account.move", string="Corrected By",
        domain="[('company_id', '=', company_id), ('state', '=', 'posted'), ('ecommerce_posting_ids', '=', False)]",
        help="Entries that you posted because of this change: a credit note, another invoice, a journal entry. They "
        "belong to the order from now on, and the proof counts them. None: the books stay as they are.",
    )  # fmt: skip
    #: Required by the form and by the button: the wizard exists before anybody has written anything.
    reason = fields.Text(help="Kept with the order's postings and in the exception's log.")

    def action_accept(self):
        """Accept the change, then plan the order again and post what else is new."""
        self.ensure_one()
        item, reason = self.exception_id, (self.reason or "").strip()
        item.check_access("write")
        item.store_id.check_access("write")  # postings are written with sudo
        if item.code != CHANGED_AFTER_POSTING or item.state != "open":
            raise UserError(self.env._("This exception is closed, or there is nothing to correct."))
        if not reason:
            raise UserError(self.env._("Say why: an auditor will ask."))
        ChangeAcceptance(item.order_id, item.key).accept(self.move_ids, reason)
        item._mark_corrected(self.move_ids, reason)
        item.order_id.action_post()
        executor = SummaryExecutor if item.order_id._is_summarized() else DocumentExecutor
        executor(item.store_id).reconcile_open(item.order_id)
        return {"type": "ir.actions.act_window_close"}
