from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core.payouts.plans import LineRole
from ..exceptions.ecommerce_exception import LACKING_RULE
from .ecommerce_dispute import MOVING


class EcommerceStore(models.Model):
    """How a store wants its disputes handled."""

    _inherit = "ecommerce.store"

    dispute_tax_relief = fields.Boolean(
        string="Tax Relief on Lost Chargebacks", tracking=True,
        help="The tax in what is lost is booked back, in the proportion of the order's taxes. Whether the law allows "
        "it depends on the country. Each loss can be decided otherwise.",
    )  # fmt: skip
    dispute_user_id = fields.Many2one(
        "res.users", string="Owner of New Disputes", domain="[('share', '=', False)]", tracking=True,
        help="Who is told to answer them. Empty: who imports the payout or the order.",
    )  # fmt: skip


class EcommercePayout(models.Model):
    """A payout finds the disputes of its rows when it is matched, and brings them in line when it is posted."""

    _inherit = "ecommerce.payout"

    dispute_count = fields.Integer(compute="_compute_dispute_count")

    @api.depends("transaction_ids.dispute_id")
    def _compute_dispute_count(self):
        for payout in self:
            payout.dispute_count = len(payout.transaction_ids.dispute_id)

    def action_match(self):
        result = super().action_match()
        drafts = self.filtered(lambda payout: payout.state == "draft" and payout.active)
        self.env["ecommerce.dispute"]._of_rows(drafts.transaction_ids)._follow()
        return result

    def action_post(self):
        result = super().action_post()
        self.transaction_ids.dispute_id._follow(book=True)
        return result

    def action_undo(self):
        self._check_no_loss()
        result = super().action_undo()
        for payout in self.filtered(lambda payout: payout.state == "draft"):
            # sudo: nobody writes evidence by hand; who may undo was checked above.
            payout.transaction_ids.filtered("disputed_line_id").sudo().disputed_line_id = False
            payout.transaction_ids.dispute_id._follow(book=True)
        return result

    def _check_no_loss(self):
        """What is lost was settled with what the payout withdrew: without that it would be lost twice."""
        if self.bank_line_id or self.state == "draft":
            return  # the bank match is undone, not the entry
        if lost := self.transaction_ids.dispute_id.filtered("loss_move_id")[:1]:
            raise UserError(
                self.env._(
                    "Dispute %(dispute)s, whose money payout %(id)s moved, is booked as lost. Undo that decision "
                    "first.",
                    dispute=lost.external_id, id=self.external_id,
                )
            )  # fmt: skip

    def _discard(self, reason):
        result = super()._discard(reason)
        self.transaction_ids.dispute_id._follow()
        return result

    def _withdrawn_by(self):
        """Rows that give disputed money back -> the rule that booked its withdrawal, which is where it must leave from.

        :rtype: dict[str, Rule]
        """
        found = {}
        for row in self.transaction_ids.filtered(lambda row: row.kind in MOVING and row.gross > 0):
            rules = row.dispute_id._withdrawn_rows().disputed_line_id.ecommerce_rule_id
            if len(rules) == 1:
                found[row.external_id] = rules._as_core_rule()
        return found

    def _customer_of(self, line):
        """The customer of a line of disputed money, if it is known.

        :param PayoutLine line: of the plan
        """
        if line.role is not LineRole.DISPUTE:
            return False
        rows = self.transaction_ids.filtered(lambda row: row.external_id in line.transaction_ids)
        return rows.dispute_id.partner_id[:1].id

    def action_view_disputes(self):
        """Open the disputes of its rows."""
        self.ensure_one()
        return _view_disputes(self.transaction_ids.dispute_id)


class EcommerceOrder(models.Model):
    """The disputes of an order's payments."""

    _inherit = "ecommerce.order"

    dispute_ids = fields.One2many("ecommerce.dispute", "order_id")
    dispute_count = fields.Integer(compute="_compute_dispute_count")

    @api.depends("dispute_ids")
    def _compute_dispute_count(self):
        for order in self:
            order.dispute_count = len(order.dispute_ids)

    def action_view_disputes(self):
        """Open the disputes of the order."""
        self.ensure_one()
        return _view_disputes(self.dispute_ids)


class EcommercePosting(models.Model):
    """The dispute whose loss an entry books."""

    _inherit = "ecommerce.posting"

    dispute_id = fields.Many2one("ecommerce.dispute", readonly=True, ondelete="restrict", index="btree_not_null")


class AccountMove(models.Model):
    """The way back from the entry of a loss to its dispute."""

    _inherit = "account.move"

    ecommerce_dispute_id = fields.Many2one(
        related="ecommerce_posting_ids.dispute_id", groups="ecommerce_connector.group_viewer", string="Dispute"
    )

    def action_view_ecommerce_dispute(self):
        """Open the dispute whose loss the entry books."""
        self.ensure_one()
        return _view_disputes(self.ecommerce_dispute_id)


class EcommerceException(models.Model):
    """What is wrong with a dispute."""

    _inherit = "ecommerce.exception"

    dispute_id = fields.Many2one("ecommerce.dispute", readonly=True, ondelete="cascade", index="btree_not_null")

    def action_retry(self):
        of_disputes = self.filtered("dispute_id")
        of_disputes.dispute_id.action_post()
        return super(EcommerceException, self - of_disputes).action_retry()

    def _release(self, limit=500):
        """A rule for losses books what waited for it."""
        of_disputes = self.filtered("dispute_id")
        counts = super(EcommerceException, self - of_disputes)._release(limit=limit)
        of_disputes.dispute_id._follow(book=True)
        still = of_disputes.filtered(lambda item: item.state == "open" and item.code in LACKING_RULE)
        counts["posted"] += len(of_disputes - still)
        counts["left"] += len(still)
        return counts

    def action_open_record(self):
        if self.dispute_id:
            return _view_disputes(self.dispute_id)
        return super().action_open_record()


class EcommerceMappingRule(models.Model):
    """Disputed funds are settled item by item."""

    _inherit = "ecommerce.mapping.rule"

    @api.constrains("kind", "account_id")
    def _check_disputed_account(self):
        for rule in self.filtered(lambda rule: rule.kind == "dispute" and rule.account_id):
            if not rule.account_id.reconcile:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: %(account)s must allow reconciliation, so that what is withdrawn, given back and "
                        "lost can be settled there.",
                        rule=rule.display_name, account=rule.account_id.display_name,
                    )
                )  # fmt: skip


def _view_disputes(disputes):
    """Open disputes: one as a form, several as a list."""
    action = disputes.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_dispute_action")
    if len(disputes) == 1:
        return action | {"views": [(False, "form")], "view_mode": "form", "res_id": disputes.id}
    return action | {"domain": [("id", "in", disputes.ids)], "context": {}}
