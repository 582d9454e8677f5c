from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.period_end.cutoff import Nature, month_end, months
from ..models.ledger.amounts import float_of
from ..models.ledger.days import said_day, said_month
from ..models.ledger.lock_dates import closed_by
from ..models.period_end.late_arrivals import LateArrivals

#: More months than these are more than anybody looks at at once.
MOST_MONTHS = 36
COLUMNS = ("month", "closed by", "of", "account", "name", "nature", "currency", "amount")
_NATURES = [(Nature.REVENUE.value, "Revenue"), (Nature.COST.value, "Cost"), (Nature.TAX.value, "Tax")]


class EcommerceCutoff(models.TransientModel):
    """Entries of closed months that came too late for them: how many, how much, on which accounts.

    Nothing but this record and its lines is written.
    """

    _name = "ecommerce.cutoff"
    _inherit = "ecommerce.csv.export"
    _description = "Cut-off Report"
    _check_company_auto = True
    _transient_max_hours = 24  # somebody may look into its rows for a day

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )  # fmt: skip
    date_from = fields.Date(
        string="From", required=True, help="Months that have a day in this range.",
        default=lambda self: (fields.Date.context_today(self).replace(day=1) - timedelta(days=80)).replace(day=1),
    )  # fmt: skip
    date_to = fields.Date(
        string="To", required=True, default=lambda self: month_end(fields.Date.context_today(self))
    )  # fmt: skip
    state = fields.Selection(
        [("new", "New"), ("computed", "Computed")], string="Status", default="new", readonly=True, required=True
    )
    line_ids = fields.One2many("ecommerce.cutoff.line", "cutoff_id", readonly=True)
    finding = fields.Text(readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for report in self:
            if report.date_from > report.date_to:
                raise ValidationError(self.env._("The period ends before it begins."))
            if len(list(months(report.date_from, report.date_to))) > MOST_MONTHS:
                raise ValidationError(self.env._("Choose at most %(count)s months.", count=MOST_MONTHS))

    @api.constrains("company_id")
    def _check_own_company(self):
        for report in self:
            if report.company_id not in self.env.companies:
                raise ValidationError(
                    self.env._("%(company)s is not among your companies.", company=report.company_id.name)
                )

    @api.depends("date_from", "date_to")
    def _compute_display_name(self):
        for report in self:
            first, last = (said_day(report.env, day) for day in (report.date_from, report.date_to))
            report.display_name = self.env._("Late Arrivals, %(first)s to %(last)s", first=first, last=last)

    def action_compute(self):
        """Look for late entries, a row for each closed month, store or processor account, and currency."""
        self.ensure_one()
        ends = list(months(self.date_from, self.date_to))
        closed = {end: closed_by(self.company_id, end) for end in ends}
        groups = LateArrivals(self.company_id).groups(ends)
        self.line_ids.unlink()
        self.env["ecommerce.cutoff.line"]._create_for(self, groups, closed)
        found = {group.last_day for group in groups}
        self.write({"state": "computed", "finding": self._finding([e for e in ends if closed[e] and e not in found])})
        return True

    def _finding(self, clean):
        """Names the closed months that lack nothing."""
        if not clean:
            return False
        return self.env._(
            "Closed, and nothing came later: %(months)s.", months=", ".join(said_month(self.env, e) for e in clean)
        )

    def action_view_lines(self):
        """The rows as a list of their own, which can be filtered and exported."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.cutoff.line", "view_mode": "list,form",
            "name": self.display_name, "domain": [("cutoff_id", "=", self.id)],
        }  # fmt: skip

    def action_view_proposals(self):
        """The accruals that are proposed for what came too late in these months."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_period_proposal_action")
        ends = list(months(self.date_from, self.date_to))
        domain = [("company_id", "=", self.company_id.id), ("kind", "=", "late"), ("day", "in", ends)]
        return action | {"domain": domain, "context": {}}

    def action_export_csv(self):
        """Download the amounts per account."""
        name = f"late arrivals {self.company_id.name} {self.date_from} {self.date_to}"
        return self._export(name, COLUMNS, self.line_ids.account_ids)


class EcommerceCutoffLine(models.TransientModel):
    """What came too late for one month, of one store or processor account in one currency."""

    _name = "ecommerce.cutoff.line"
    _description = "Late Arrivals of a Month"
    _order = "last_day, id"
    _transient_max_hours = 24  # as long as the report it belongs to

    cutoff_id = fields.Many2one("ecommerce.cutoff", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cutoff_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    last_day = fields.Date(string="Period To", readonly=True, help="The last day of the month.")
    closed_by = fields.Char(readonly=True, help="The lock dates that close the month; empty: it is open again.")
    store_id = fields.Many2one("ecommerce.store", readonly=True)
    processor_account_id = fields.Many2one("ecommerce.processor.account", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    entry_count = fields.Integer(string="Entries", readonly=True)
    documents = fields.Monetary(
        string="Invoiced", readonly=True, aggregator=None, help="Invoices less credit notes, with tax."
    )
    money = fields.Monetary(readonly=True, aggregator=None, help="Payments less refunds of money.")
    revenue = fields.Monetary(readonly=True, currency_field="company_currency_id", help="On accounts of income.")
    cost = fields.Monetary(readonly=True, currency_field="company_currency_id", help="On accounts of expenses.")
    tax = fields.Monetary(readonly=True, currency_field="company_currency_id", help="Owed; given back negative.")
    move_ids = fields.Many2many("account.move", string="Journal Entries", readonly=True)
    account_ids = fields.One2many("ecommerce.cutoff.account", "line_id", readonly=True, string="By Account")

    @api.depends("last_day", "store_id", "processor_account_id")
    def _compute_display_name(self):
        for line in self:
            owner = line.store_id or line.processor_account_id
            line.display_name = f"{said_month(line.env, line.last_day)} · {owner.name} · {line.currency_id.name}"

    @api.model
    def _create_for(self, report, groups, closed):
        """Rows of a report.

        :param groups: LateGroup objects of the core
        :param dict closed: last day of a month -> the lock dates that close it
        """
        codes = list({group.currency for group in groups})
        known = self.env["res.currency"].with_context(active_test=False).search([("name", "in", codes)])
        currencies = {currency.name: currency.id for currency in known}
        return self.create(
            [
                {
                    "cutoff_id": report.id, "last_day": group.last_day,
                    "closed_by": report.company_id._format_lock_dates(closed[group.last_day]),
                    _OWNERS[group.owner[0]]: group.owner[1], "currency_id": currencies[group.currency],
                    "entry_count": len(group.entries), "documents": float_of(group.documents),
                    "money": float_of(group.money), "revenue": float_of(group.of(Nature.REVENUE)),
                    "cost": float_of(group.of(Nature.COST)), "tax": float_of(group.of(Nature.TAX)),
                    "move_ids": [(6, 0, group.entries)],
                    "account_ids": [
                        (0, 0, {"account_id": account, "nature": nature.value, "balance": float_of(balance)})
                        for (account, nature), balance in group.balances.items()
                    ],
                }
                for group in groups
            ]
        )  # fmt: skip

    def action_view_entries(self):
        """The entries behind the row."""
        self.ensure_one()
        return self.move_ids._open_as_entries(self.display_name)


_OWNERS = {"ecommerce.store": "store_id", "ecommerce.processor.account": "processor_account_id"}


class EcommerceCutoffAccount(models.TransientModel):
    """What late entries have on one account."""

    _name = "ecommerce.cutoff.account"
    _description = "Late Arrivals on an Account"
    _order = "id"
    _transient_max_hours = 24  # as long as the report it belongs to

    line_id = fields.Many2one("ecommerce.cutoff.line", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("account.account", readonly=True)
    nature = fields.Selection(_NATURES, readonly=True)
    balance = fields.Monetary(readonly=True, currency_field="company_currency_id", help="Debit positive.")

    def _row(self):
        """Its cells in the export, amounts with a decimal point, debit positive."""
        line, currency = self.line_id, self.company_currency_id
        return [
            line.last_day.isoformat(), line.closed_by or "", (line.store_id or line.processor_account_id).name,
            self.account_id.code or "", self.account_id.name, self.nature, currency.name,
            f"{self.balance:.{currency.decimal_places}f}",
        ]  # fmt: skip
