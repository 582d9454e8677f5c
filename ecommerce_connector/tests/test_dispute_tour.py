from odoo.tests import HttpCase, new_test_user, tagged

from .common import D
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeTour(DisputeCommon, HttpCase):
    """A dispute in a browser, as an accountant decides it."""

    def test_dispute(self):
        new_test_user(
            self.env, login="bookkeeper", password="bookkeeper", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        dispute = self.opened()
        self.start_tour("/odoo/e-commerce", "ecommerce_dispute", login="bookkeeper")
        self.assertRecordValues(dispute, [{"state": "opened", "lost_amount": 0.0, "open_amount": 110.0}])
        entry = dispute.posting_ids.move_id
        self.assertEqual(
            self.entry(entry),
            [("Chargeback losses", D(40)), ("Store sales tax", D(4)), ("Disputed payments", D(-44))],
        )
        self.assertEqual(entry.reversal_move_ids.state, "posted")
        self.assertEqual((self.funds(), self.open_items()), ((D(110), D(0)), [D(110)]))
