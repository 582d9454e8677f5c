from datetime import timedelta, timezone

from odoo import fields, models

from ...platforms.base import Cursor

#: Re-read this much before the cursor: "changed after" filters are coarse and clocks differ.
OVERLAP = timedelta(minutes=10)


class EcommerceSyncCursor(models.Model):
    """How far one stream of a store has been read."""

    _name = "ecommerce.sync.cursor"
    _description = "E-commerce Sync Cursor"
    _order = "store_id, stream"

    store_id = fields.Many2one("ecommerce.store", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    stream = fields.Char(required=True, readonly=True)
    changed_at = fields.Datetime(readonly=True, help="Every change up to here (UTC) is stored.")
    external_id = fields.Char(readonly=True)

    _unique_stream = models.UniqueIndex("(store_id, stream)", "A stream has one cursor.")

    def _of(self, store, stream):
        """The cursor record of a stream, made on first use; with sudo, for nobody writes cursors by hand."""
        cursors = self.sudo()  # sudo: fetching checks the right on the store before
        found = cursors.search([("store_id", "=", store.id), ("stream", "=", stream)])
        return found or cursors.create({"store_id": store.id, "stream": stream})

    def _start(self):
        """Where to read from: the overlap before what is stored.

        :rtype: Cursor
        """
        self.ensure_one()
        if not self.changed_at:
            return Cursor()
        return Cursor(changed_at=self.changed_at.replace(tzinfo=timezone.utc) - OVERLAP)

    def _advance(self, cursor):
        """Remember a fully stored page; a cursor never goes back."""
        self.ensure_one()
        if cursor.changed_at is None:
            return
        reached = cursor.changed_at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        if not self.changed_at or reached > self.changed_at:
            self.write({"changed_at": reached, "external_id": cursor.external_id})
