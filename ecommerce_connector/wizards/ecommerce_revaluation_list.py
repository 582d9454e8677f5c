from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..core.revaluation import revalue, totals
from ..models.ledger.amounts import float_of
from ..models.ledger.days import said_day
from ..models.ledger.exchange_rates import RateChecks
from ..models.revaluation.open_balances import LABELS, OpenBalances
from ..models.revaluation.revaluation_executor import RevaluationExecutor

COLUMNS = (
    "date", "account", "name", "what", "currency", "amount", "rate", "carried", "value", "difference", "entry",
)  # fmt: skip


class EcommerceRevaluationList(models.TransientModel):
    """Open balances in foreign currencies on a day, and what they are worth then."""

    _name = "ecommerce.revaluation.list"
    _inherit = "ecommerce.list.as.of"
    _description = "Revaluation at the End of a Period"

    company_currency_id = fields.Many2one(related="company_id.currency_id")
    line_ids = fields.One2many("ecommerce.revaluation.line", "list_id", readonly=True)
    totals_text = fields.Text(string="Totals", readonly=True)
    finding = fields.Text(readonly=True)
    can_post = fields.Boolean(readonly=True)

    def _revalued(self):
        company = self._company()
        rates = RateChecks(company)

        def rate(code):
            return None if rates.reasons(code, self.day) else rates.of(code, self.day)

        return revalue(OpenBalances(company, self.day).all(), company.currency_id.name, rate)

    def _fill(self):
        lines = self._revalued()
        self.line_ids.unlink()
        self.line_ids = [(0, 0, vals) for vals in self._line_vals(lines)]
        self.totals_text = "\n".join(self._totals(lines))
        self.finding = "\n".join(self._findings(lines))
        self.can_post = any(line.difference and not line.move_id and not line.problem for line in self.line_ids)

    def _line_vals(self, lines):
        posted = {
            (record.account_id.id, record.currency_id.name): record
            for record in self.env["ecommerce.revaluation"].search(
                [("company_id", "=", self.company_id.id), ("day", "=", self.day)]
            )
        }
        currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        for line in lines:
            balance = line.balance
            record = posted.get((balance.account, balance.currency))
            yield {
                "account_id": balance.account, "what": balance.what, "currency_id": currencies[balance.currency],
                "amount": float_of(balance.amount), "carried": float_of(balance.carried),
                "rate": float_of(line.rate or 0), "value": float_of(line.value or 0),
                "difference": float_of(line.difference), "problem": self._problem(line),
                "move_id": record.move_id.id if record else False,
            }  # fmt: skip

    def _problem(self, line):
        if line.is_stranded:
            return self.env._("Nothing is open in %(code)s: no rate explains this.", code=line.balance.currency)
        if line.value is None:
            return self.env._("There is no rate on this day.")
        return False

    def _totals(self, lines):
        names = self.env["account.account"].browse(totals(lines)).sudo().grouped("id")
        for account, (carried, value, difference) in totals(lines).items():
            yield self.env._(
                "%(account)s: carried at %(carried)s, worth %(value)s, difference %(difference)s",
                account=names[account].display_name, carried=self._shown(carried), value=self._shown(value),
                difference=self._shown(difference),
            )  # fmt: skip

    def _shown(self, amount):
        return formatLang(self.env, float_of(amount), currency_obj=self.company_currency_id)

    def _findings(self, lines):
        for line in lines:
            if line.is_stranded:
                yield self.env._(
                    "%(account)s is empty in %(code)s, but carries %(amount)s: find the entry that left it. It is not "
                    "part of the revaluation.",
                    account=self.env["account.account"].browse(line.balance.account).display_name,
                    code=line.balance.currency, amount=self._shown(line.balance.carried),
                )  # fmt: skip

    # === Buttons === #

    def action_compute(self):
        """Show the list as it is now."""
        self.ensure_one()
        self._fill()
        return self._again()

    def action_post(self):
        """Post one entry for each currency on the day, and its reversal on the next."""
        self.ensure_one()
        self.env["account.move"].check_access("create")
        with self.env.cr.savepoint():
            moves = RevaluationExecutor(self._company(), self.day).post(self._revalued())
        if not moves:
            raise UserError(self.env._("There is nothing to post: all differences of this day are posted, or zero."))
        self._fill()
        return {
            "type": "ir.actions.act_window", "res_model": "account.move", "view_mode": "list,form",
            "name": self.env._("Revaluation on %(day)s", day=said_day(self.env, self.day)),
            "domain": [("id", "in", (moves | moves.reversal_move_ids).ids)],
        }  # fmt: skip

    def action_export_csv(self):
        """Download the list."""
        return self._export(f"revaluation {self.company_id.name} {self.day}", COLUMNS, self.line_ids)

    def _again(self):
        return {
            "type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form",
            "target": "new", "name": self.env._("Revaluation"),
        }  # fmt: skip


class EcommerceRevaluationLine(models.TransientModel):
    """One account in one currency."""

    _name = "ecommerce.revaluation.line"
    _description = "Balance to Revalue"

    list_id = fields.Many2one("ecommerce.revaluation.list", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="list_id.company_id")
    account_id = fields.Many2one("account.account", readonly=True)
    what = fields.Selection(list(LABELS.items()), readonly=True, string="What Is Open")
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one(related="list_id.company_currency_id")
    amount = fields.Monetary(readonly=True, string="In Currency")
    rate = fields.Float(readonly=True, digits=0, help="Units of the currency for one of the company's.")
    carried = fields.Monetary(readonly=True, currency_field="company_currency_id", string="Carried At")
    value = fields.Monetary(readonly=True, currency_field="company_currency_id", string="Worth")
    difference = fields.Monetary(readonly=True, currency_field="company_currency_id")
    problem = fields.Char(readonly=True)
    move_id = fields.Many2one("account.move", string="Posted As", readonly=True)

    def _row(self):
        """Its cells in the export, amounts with a decimal point."""
        return [
            self.list_id.day.isoformat(), self.account_id.code or "", self.account_id.name, LABELS[self.what],
            self.currency_id.name, f"{self.amount:.{self.currency_id.decimal_places}f}", f"{self.rate:.10g}",
            *(
                f"{value:.{self.company_currency_id.decimal_places}f}"
                for value in (self.carried, self.value, self.difference)
            ),
            self.move_id.name or "",
        ]  # fmt: skip
