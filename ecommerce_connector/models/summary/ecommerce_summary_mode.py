from odoo import api, fields, models

from ...core.summary import Mode


class EcommerceSummaryMode(models.Model):
    """From a day on, the orders of a store are booked in a mode."""

    _name = "ecommerce.summary.mode"
    _description = "E-commerce Posting Mode"
    _order = "date_from desc"
    _rec_name = "mode"

    store_id = fields.Many2one("ecommerce.store", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="store_id.company_id", store=True, index=True)
    date_from = fields.Date(
        required=True, string="From", default=fields.Date.context_today,
        help="For orders whose first entry is of this day or later. Those of which something is posted go on as they "
        "began.",
    )  # fmt: skip
    mode = fields.Selection(
        [
            (Mode.ORDER.value, "An invoice per order"), (Mode.DAY.value, "A summary per day"),
            (Mode.PAYOUT.value, "A summary per payout"),
            (Mode.CUSTOMER_DAY.value, "An invoice per customer and day"),
            (Mode.CUSTOMER_WEEK.value, "An invoice per customer and week"),
            (Mode.CUSTOMER_MONTH.value, "An invoice per customer and month"),
        ], required=True, default=Mode.DAY.value,
    )  # fmt: skip

    _one_a_day = models.UniqueIndex("(store_id, date_from)", "There is another posting mode from that day on.")

    @api.model_create_multi
    def create(self, vals_list):
        """What waits to be booked may wait for something else now."""
        modes = super().create(vals_list)
        modes.store_id._plan_ready()
        return modes

    def write(self, vals):
        """As ``create``."""
        result = super().write(vals)
        self.store_id._plan_ready()
        return result

    def unlink(self):
        """As ``create``."""
        stores = self.store_id
        result = super().unlink()
        stores._plan_ready()
        return result
