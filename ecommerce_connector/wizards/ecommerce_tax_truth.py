from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.ledger.days import said_day
from ..models.proof.tax_truth import TaxTruthRun


class EcommerceTaxTruth(models.TransientModel):
    """The tax of a period as the store charged it, as Odoo would have computed it, and as it is booked.

    Nothing but this record and its lines is written.
    """

    _name = "ecommerce.tax.truth"
    _description = "Tax Truth Table"
    _check_company_auto = True
    _transient_max_hours = 24  # somebody may look into its rows for a day

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    store_ids = fields.Many2many(
        "ecommerce.store", string="Stores", check_company=True, domain="[('company_id', '=', company_id)]",
        default=lambda self: self.env["ecommerce.store"].search([("company_id", "=", self.env.company.id)]),
    )  # fmt: skip
    date_from = fields.Date(
        string="From", required=True, default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="Sales and refunds from this day on, in the store's time zone.",
    )  # fmt: skip
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    state = fields.Selection(
        [("new", "New"), ("computed", "Computed")], string="Status", default="new", readonly=True, required=True
    )
    line_ids = fields.One2many("ecommerce.tax.truth.line", "truth_id", readonly=True)
    order_count = fields.Integer(readonly=True)
    broken_count = fields.Integer(readonly=True)
    open_count = fields.Integer(readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for truth in self:
            if truth.date_from > truth.date_to:
                raise ValidationError(self.env._("The period ends before it begins."))

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for truth in self:
            truth.display_name = self.env._(
                "Tax Truth Table, %(first)s to %(last)s",
                first=said_day(self.env, truth.date_from), last=said_day(self.env, truth.date_to),
            )  # fmt: skip

    def action_compute(self):
        """Read the period's sales and refunds and make a row per country, rate and tax."""
        self.ensure_one()
        if not self.store_ids:
            raise ValidationError(self.env._("Choose at least one store."))
        run = TaxTruthRun(self.store_ids, self.date_from, self.date_to)
        table = run.run()
        self.line_ids.unlink()
        lines = self.env["ecommerce.tax.truth.line"]._create_for(self, table)
        self.write(
            {
                "state": "computed", "order_count": run.orders, "broken_count": run.broken,
                "open_count": len(lines.filtered("is_open")),
            }
        )  # fmt: skip
        return True

    def action_compute_last_month(self):
        """Compute the month before the present one: what is declared next."""
        last = fields.Date.context_today(self).replace(day=1) - timedelta(days=1)
        self.write({"date_from": last.replace(day=1), "date_to": last})
        return self.action_compute()

    def action_view_lines(self):
        """The rows as a list of their own, which can be filtered and exported."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.tax.truth.line", "view_mode": "list",
            "name": self.display_name, "domain": [("truth_id", "=", self.id)],
        }  # fmt: skip
