from odoo.tests import HttpCase, new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestPayoutTour(PayoutCommon, HttpCase):
    """A payout in a browser, as an accountant reconciles it."""

    def test_payout(self):
        new_test_user(
            self.env, login="bookkeeper", password="bookkeeper", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        orders = self.accept(self.paid_order("P1", "120.00"), self.paid_order("P2", "60.00"))
        line = self.bank_line(174.50, text="STRIPE PAYOUT po_tour")
        self.start_tour("/odoo/e-commerce", "ecommerce_payout", login="bookkeeper")
        payout = self.env["ecommerce.payout"].search([("external_id", "=", "po_tour")])
        self.assertRecordValues(payout, [{"state": "banked", "amount": 174.50, "bank_line_id": line.id}])
        self.assertEqual(payout.posting_ids.mapped("version"), [1, 2])
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        self.assertEqual(self.balance("Payment processing fees"), D("5.50"))
        self.assertTrue(all(order.payment_ids.clearing_line_id.reconciled for order in orders))
