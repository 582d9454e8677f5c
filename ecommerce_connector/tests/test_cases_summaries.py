from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestCasesSummaries(SummaryMixin, AccountingCase):
    """Case 34 of the specification: many orders as one entry."""

    def test_case_34_daily_summary(self):
        self.rule("discount", "Discounts (contra-revenue)", discount_method="gross")
        self.gateway("shopify", "PSP Shopify")
        self.gateway("paypal", "PSP PayPal")
        self.gateway("gift card", "Gift-card liability", is_liability=True)
        self.switch()
        coupon = {"discount": "40.00", "discounts": [{"code": "SPRING", "amount": "40.00"}]}
        shipping = self.line("post", "25.00", "5.00", kind="shipping")
        refund = self.refund(
            "r1", "60.00", "shopify", "2026-03-10T15:00:00Z", lines=[self.line("MUG", "50.00", "10.00")]
        )
        orders = self.accept(
            self.order("S1", [self.line("MUG", "360.00", "72.00", **coupon), shipping], "462.00",
                       [self.payment("a", "462.00", "shopify")]),
            self.order("S2", [self.line("MUG", "100.00", "20.00")], "120.00", [self.payment("b", "120.00", "paypal")]),
            self.order("S3", [self.line("MUG", "100.00", "20.00")], "120.00",
                       [self.payment("c", "90.00", "shopify"), self.payment("d", "30.00", "gift card")], [refund]),
        )  # fmt: skip
        self.assertEqual({order.state for order in orders}, {"ready"}, "they wait for the end of the day")
        self.assertEqual({str(order.summary_on) for order in orders}, {"2026-03-10"})
        summary = self.summarize()
        self.assertEqual(len(summary), 1)
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertRecordValues(summary, [{"kind": "day", "order_count": 3, "turnover": 642.0, "first_id": False}])
        self.assert_rows_add_up()
        sides = {
            (line.account_id.name, line.balance) for line in summary.move_id.line_ids
            if line.account_id.name in ("Revenue", "Discounts (contra-revenue)", "Sales returns", "Tax payable")
        }  # fmt: skip
        self.assertEqual(
            sides,
            {("Revenue", -600.0), ("Discounts (contra-revenue)", 40.0), ("Sales returns", 50.0),
             ("Tax payable", -125.0), ("Tax payable", 8.0), ("Tax payable", 10.0)},
        )  # fmt: skip
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        self.check(
            "34", "A day of three orders: 600.00 of products less a coupon of 40.00, shipping of 25.00 and 20 % tax; "
            "paid by Shopify 552.00, PayPal 120.00 and a gift card 30.00; 60.00 of one are refunded on the same day.",
            Entry("Summary of the day", summary.move_id, "2026-03-10", ("One entry per store/day/currency",)),
        )  # fmt: skip
