from odoo import api, fields, models


class EcommerceExceptionsMixin(models.AbstractModel):
    """What can have exceptions, an order or a payout: its own, and those that it shares with others of its kind."""

    _name = "ecommerce.exceptions.mixin"
    _description = "Document with E-commerce Exceptions"

    #: Each model names the field of the line that links to it.
    exception_line_ids = fields.One2many("ecommerce.exception.line")
    exception_ids = fields.Many2many(
        "ecommerce.exception", compute="_compute_exception_ids", search="_search_exception_ids", string="Exceptions"
    )

    @api.depends("exception_line_ids.exception_id")
    def _compute_exception_ids(self):
        for document in self:
            document.exception_ids = document.exception_line_ids.exception_id

    def _search_exception_ids(self, operator, value):
        return [("exception_line_ids.exception_id", operator, value)]
