from odoo import api, fields, models
from odoo.fields import Domain

#: Context key of the filter that puts the largest amounts first.
BY_AMOUNT = "ecommerce_by_amount"


class EcommerceException(models.Model):
    """How lists of exceptions are sorted."""

    _inherit = "ecommerce.exception"

    @api.model
    @api.readonly
    def web_search_read(self, domain, specification, offset=0, limit=None, order=None, count_limit=None):
        """The largest first where the filter asks for it and nobody clicked on a column."""
        if not order and self.env.context.get(BY_AMOUNT):
            order = "amount_company desc, id desc"
        return super().web_search_read(domain, specification, offset, limit, order, count_limit)


class EcommerceStore(models.Model):
    """What is overdue, on the card of a store."""

    _inherit = "ecommerce.store"

    overdue_count = fields.Integer(compute="_compute_overdue_count", string="Overdue Exceptions")

    def _compute_overdue_count(self):
        late = Domain("store_id", "in", self.ids) & Domain("is_overdue", "=", True)
        counts = dict(self.env["ecommerce.exception"]._read_group(late, ["store_id"], ["__count"]))
        for store in self:
            store.overdue_count = counts.get(store, 0)

    def action_view_overdue(self):
        """Open the store's exceptions that should have been decided."""
        return self._open("ecommerce_connector.ecommerce_exception_action", search_default_overdue=1)
