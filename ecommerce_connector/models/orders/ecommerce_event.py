from odoo import api, fields, models
from odoo.exceptions import UserError

from ...platforms import payload as payloads


class EcommerceEvent(models.Model):
    """What a store said, as it came: immutable, hashed, one row per version.

    Of erased customers, without personal data; then it has two hashes.

    The payload is plain text: PostgreSQL compresses it out of line, and an auditor can read it.
    """

    _name = "ecommerce.event"
    _description = "E-commerce Event"
    _order = "id desc"
    _rec_name = "external_id"

    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    kind = fields.Selection([("order", "Order")], required=True, readonly=True)
    external_id = fields.Char(required=True, readonly=True)
    version = fields.Integer(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True, help="SHA-256 of the payload as it came.")
    payload = fields.Text(required=True, readonly=True)
    redacted_digest = fields.Char(
        readonly=True, string="SHA-256 Without Personal Data",
        help="Of the payload as it is kept, where personal data was taken out.",
    )  # fmt: skip
    changed_at = fields.Datetime(readonly=True, help="When the store last changed it (UTC).")
    sync_log_id = fields.Many2one("ecommerce.sync.log", readonly=True, ondelete="set null", index="btree_not_null")

    readable_payload = fields.Text(compute="_compute_readable_payload", string="Payload, Indented")

    _unique_version = models.UniqueIndex(
        "(store_id, kind, external_id, version)", "This version of the event is already stored."
    )

    @api.depends("payload")
    def _compute_readable_payload(self):
        for event in self:
            event.readable_payload = payloads.indented(event.payload) if event.payload else False

    def write(self, vals):
        """Refused: an event is evidence."""
        if set(vals) - {"sync_log_id"}:
            raise UserError(self.env._("What a store said is evidence and cannot be changed."))
        return super().write(vals)

    def _redact(self, text, digest):
        """Replace the payload by the same one without personal data: the only change an event ever sees.

        Called by the erasure of a customer only, and not over RPC.

        :param str digest: SHA-256 of the text
        """
        self.ensure_one()
        # Past this model's own refusal.
        return models.Model.write(self, {"payload": text, "redacted_digest": digest})

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What a store said is evidence and cannot be deleted."))
