from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .goods_common import GoodsCommon
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestSummaryCosts(SummaryMixin, GoodsCommon):
    """Goods of orders that are booked in summaries cost what they cost elsewhere, on the same days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch()

    def test_goods_cost_when_their_summary_is_posted(self):
        self.store.cost_of_goods = "invoice"
        (order,) = self.accept(self.mugs())
        self.assertEqual(self.balances(), (D("0.00"), D("0.00"), D("0.00")))
        self.summarize()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.balances()[:2], (D("-16.00"), D("16.00")))
        self.assertEqual(str(self.moves_of(order, "cost").date), "2026-03-10")
        self.assertTrue(StoreProof(self.store).report()["holds"])
        self.summarize()
        self.assertEqual(self.balances()[:2], (D("-16.00"), D("16.00")))

    def test_goods_that_come_back_are_in_stock_again(self):
        (order,) = self.accept(self.mugs(refunds=[self.returned("stock")]))
        self.summarize()
        self.assertEqual(self.balances()[:2], (D("-8.00"), D("8.00")))
        self.assertEqual(sorted(str(move.date) for move in self.moves_of(order, "cost")), ["2026-03-11", "2026-03-15"])
        self.assertTrue(StoreProof(self.store).report()["holds"])
