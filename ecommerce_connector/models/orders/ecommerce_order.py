from odoo import api, fields, models


class EcommerceOrder(models.Model):
    """An order of a store: its state here, and links to what was booked for it."""

    _name = "ecommerce.order"
    _description = "E-commerce Order"
    _inherit = ["ecommerce.exceptions.mixin"]
    _order = "placed_at desc, id desc"
    _rec_name = "number"
    _check_company_auto = True

    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True, help="The platform's key.")
    number = fields.Char(readonly=True, index="trigram", help="What people call the order; a label, not a key.")
    state = fields.Selection(
        [
            ("waiting", "Nothing to book yet"), ("blocked", "Blocked"), ("ready", "To review"), ("posted", "Posted"),
        ],
        string="Status", required=True, default="ready", readonly=True, index=True,
        help="To review: its plan is complete and can be posted. Nothing to book yet: no money was captured, or it is "
        "worth nothing. Blocked: somebody must decide something first.",
    )  # fmt: skip
    event_id = fields.Many2one("ecommerce.event", readonly=True, ondelete="restrict", string="Latest Payload")
    facts_digest = fields.Char(readonly=True, help="Hash of the accounting facts of the latest payload.")
    placed_at = fields.Datetime(readonly=True, index=True)
    changed_at = fields.Datetime(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    total = fields.Monetary(readonly=True, help="What the store says the order is worth now, with tax.")
    tax_total = fields.Monetary(readonly=True, string="Tax", help="As the store charged it.")
    paid_total = fields.Monetary(readonly=True, string="Captured")
    refunded_total = fields.Monetary(readonly=True, string="Refunded")
    other_currency_id = fields.Many2one(
        "res.currency", readonly=True, ondelete="restrict",
        help="Where the customer paid in another currency than the store's: the one the order is not booked in.",
    )  # fmt: skip
    other_total = fields.Monetary(
        readonly=True, currency_field="other_currency_id", string="Also Stated As",
        help="The total in the other of the two currencies, the store's and the customer's.",
    )  # fmt: skip
    tax_facts = fields.Json(readonly=True, help="The store's own tax summary: code, rate, amount as text.")
    customer_name = fields.Char(readonly=True)
    customer_email = fields.Char(readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True, check_company=True)
    plan_text = fields.Text(
        string="Plan", readonly=True, help="What is booked, on which accounts, and which rule decided."
    )
    explanation = fields.Text(readonly=True, string="Why", help="Why it is blocked or waits, or what to know about it.")
    payment_ids = fields.One2many("ecommerce.payment", "order_id")
    refund_ids = fields.One2many("ecommerce.refund", "order_id")
    posting_ids = fields.One2many("ecommerce.posting", "order_id")
    exception_line_ids = fields.One2many("ecommerce.exception.line", "order_id")
    has_connection = fields.Boolean(related="store_id.has_connection")
    payload = fields.Text(related="event_id.readable_payload")
    payload_version = fields.Integer(related="event_id.version")
    payload_digest = fields.Char(related="event_id.digest")
    redacted_digest = fields.Char(related="event_id.redacted_digest")
    move_count = fields.Integer(compute="_compute_move_count")

    _unique_order = models.UniqueIndex("(store_id, external_id)", "This order of the store is already stored.")

    @api.depends("posting_ids.move_id")
    def _compute_move_count(self):
        for order in self:
            order.move_count = len(order.posting_ids.move_id)

    def _document(self):
        """The latest payload as a canonical document.

        :raises PayloadError: if it contradicts itself
        """
        self.ensure_one()
        return self.store_id._document(self.event_id)

    def action_view_moves(self):
        """Open the journal entries booked for the order."""
        self.ensure_one()
        return self.posting_ids.move_id._open_as_entries(self.env._("Entries of %(order)s", order=self.number))

    def action_post(self):
        """Plan the selected orders again and post what is complete."""
        for store in self.store_id:
            store._post_orders(self.filtered(lambda order, store=store: order.store_id == store))

    def action_fetch_again(self):
        """Ask the store for the order's present state."""
        self.store_id.check_access("write")  # before the credentials are used
        for order in self:
            order.store_id._fetch_one(order.external_id)
