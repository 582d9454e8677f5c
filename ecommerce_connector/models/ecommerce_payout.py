from odoo import fields, models


class EcommercePayout(models.Model):
    """One transfer of a processor balance to the bank."""

    _name = "ecommerce.payout"
    _description = "Payout"
    _inherit = ["mail.thread"]
    _order = "paid_on desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", required=True, readonly=True, ondelete="restrict", check_company=True, index=True
    )
    company_id = fields.Many2one(related="processor_account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="processor_account_id.currency_id", store=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="set null")
    external_id = fields.Char(required=True, readonly=True)
    amount = fields.Monetary(readonly=True, help="Positive: to our bank. Negative: the processor debits it.")
    paid_on = fields.Date(readonly=True)
    bank_reference = fields.Char(readonly=True)
    source = fields.Char(readonly=True, help="The report it came from.")
    state = fields.Selection(
        [("draft", "To review"), ("posted", "In transit"), ("banked", "At the bank")],
        default="draft", required=True, readonly=True, index=True, tracking=True,
    )  # fmt: skip
    transaction_ids = fields.One2many("ecommerce.balance.transaction", "payout_id")
    posting_ids = fields.One2many("ecommerce.posting", "payout_id")
    exception_ids = fields.One2many("ecommerce.exception", "payout_id")
    move_id = fields.Many2one("account.move", string="Payout Entry", readonly=True, ondelete="restrict")
    bank_line_id = fields.Many2one("account.bank.statement.line", readonly=True, ondelete="restrict")
    plan_text = fields.Text(string="Plan", readonly=True)
    explanation = fields.Text(string="Why", readonly=True)

    _unique_payout = models.UniqueIndex(
        "(processor_account_id, external_id)", "This payout of the processor account is already imported."
    )
