from odoo import fields, models


class EcommercePosting(models.Model):
    """One event posted once: the link from what a store or processor said to the entry that books it.

    The unique indexes are the law that nothing is posted twice; a row is written in the
    transaction of the entry itself, so a crash leaves both or neither.
    """

    _name = "ecommerce.posting"
    _description = "E-commerce Posting"
    _order = "id"
    _rec_name = "external_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="restrict")
    processor_account_id = fields.Many2one("ecommerce.processor.account", readonly=True, ondelete="restrict")
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="restrict", index="btree_not_null")
    payout_id = fields.Many2one("ecommerce.payout", readonly=True, ondelete="restrict", index="btree_not_null")
    kind = fields.Selection(
        [
            ("down_payment", "Down-payment invoice"), ("invoice", "Invoice"), ("credit_note", "Credit note"),
            ("payment", "Payment"),
            ("refund_payment", "Refund payment"), ("advance_used", "Advance used"), ("compensation", "Compensation"),
            ("payout", "Payout"), ("correction", "Correction"), ("dispute", "Chargeback lost"),
        ],
        required=True, readonly=True,
    )  # fmt: skip
    external_id = fields.Char(required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True, default=1)
    fingerprint = fields.Char(required=True, readonly=True, help="Hash of the facts that were posted.")
    true_date = fields.Date(readonly=True, help="The day it happened; the entry's own date may be later (lock date).")
    reason = fields.Char(readonly=True, help="Why a person accepted what the store says as it is.")
    is_amendment = fields.Boolean(
        readonly=True, help="The connector booked what changed in the store by itself; nobody accepted it."
    )
    rule_ids = fields.Many2many(
        "ecommerce.mapping.rule", readonly=True, ondelete="restrict", string="Mapping Rules",
        help="All rules that decided the entry, those too that left no journal item of their own.",
    )  # fmt: skip
    move_id = fields.Many2one("account.move", required=True, readonly=True, ondelete="restrict", index=True)

    entry_date = fields.Date(related="move_id.date")
    entry_state = fields.Selection(related="move_id.state", string="Entry's Status")
    entry_currency_id = fields.Many2one(related="move_id.currency_id")
    entry_total = fields.Monetary(related="move_id.amount_total", currency_field="entry_currency_id", string="Total")

    _store_event_once = models.UniqueIndex("(store_id, kind, external_id, version)", "This event is already posted.")
    _payout_once = models.UniqueIndex(
        "(processor_account_id, kind, external_id, version) WHERE processor_account_id IS NOT NULL",
        "This payout is already posted.",
    )
    _has_origin = models.Constraint(
        "CHECK (store_id IS NOT NULL OR processor_account_id IS NOT NULL)",
        "A posting has a store or a processor account.",
    )
