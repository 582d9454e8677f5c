from datetime import timedelta

from odoo import api, models

from .quiet import TRUE_DATES


class AccountJournal(models.Model):
    """Exchange differences on the day on which they arose.

    Odoo moves an entry of the past to the end of its period, or to today: to the end of the month, or even of the
    year, as the numbers of the journal happen to begin anew. What the rates changed in March is then another month's.
    """

    _inherit = "account.journal"

    @api.depends_context("move_date", "has_tax", TRUE_DATES)
    def _compute_accounting_date(self):
        on = self.env.context.get("move_date")
        if not (self.env.context.get(TRUE_DATES) and on):
            return super()._compute_accounting_date()
        has_tax = bool(self.env.context.get("has_tax"))
        for journal in self:
            locked = journal.company_id._get_violated_lock_dates(on, has_tax, journal)
            journal.accounting_date = max(lock for lock, _name in locked) + timedelta(days=1) if locked else on
        return None
