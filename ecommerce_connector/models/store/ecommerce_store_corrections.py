from odoo import fields, models

from ..orders.batch_correction import BatchCorrection
from .store_lock import reading


class EcommerceStore(models.Model):
    """Correcting what is posted when the rules change."""

    _inherit = "ecommerce.store"

    correction_journal_id = fields.Many2one(
        "account.journal", check_company=True, domain="[('type', '=', 'general')]", tracking=True,
        help="Entries that correct posted invoices and credit notes are made here: the sales journal numbers documents "
        "of customers.",
    )  # fmt: skip

    def _correct_orders(self, orders, *, in_open_period=False, before_commit=None):
        """Bring what is posted for orders in line with the rules as they are now, by correcting entries.

        Commits batch by batch. The caller must not hold the store's lock, see ``store_lock``.

        :param recordset orders: of this store
        :param bool in_open_period: what is due in a closed period is corrected on the first open day, instead of being
            left and told
        :param before_commit: see ``BatchCorrection``
        :rtype: CorrectionOutcome
        """
        self.ensure_one()
        self.check_access("write")  # postings are written with sudo
        self._ensure_correction_journal()
        with reading(self):
            return BatchCorrection(self, in_open_period=in_open_period, before_commit=before_commit).correct(orders)
