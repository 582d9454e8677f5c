from datetime import date

from odoo.tests import HttpCase, new_test_user, tagged

from .common import ConnectorCommon, D
from .goods_common import GoodsCommon
from .period_common import APRIL_1, MARCH_31, PeriodCommon
from .summary_common import SummaryMixin


class _Bookkeeper(HttpCase):
    """Somebody who closes a month in a browser."""

    def tour(self, name, group="accountant"):
        new_test_user(
            self.env, login="bookkeeper", password="bookkeeper", groups=f"ecommerce_connector.group_{group}",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        self.start_tour("/odoo/e-commerce", name, login="bookkeeper")


@tagged("post_install", "-at_install")
class TestSummaryTour(SummaryMixin, ConnectorCommon, _Bookkeeper):
    """A day that becomes one entry, and the way from it to its orders."""

    def test_summary(self):
        self.switch()
        lines = [self.line("MUG", "100.00", "20.00")]
        orders = self.accept(
            *(self.order(number, lines, "120.00", [self.payment(f"p{number}", "120.00")]) for number in ("S1", "S2"))
        )
        self.assertFalse(self.summaries())
        self.tour("ecommerce_summary")
        self.assertRecordValues(
            self.summaries(), [{"day": date(2026, 3, 10), "order_count": 2, "turnover": 240.0, "entry_state": "posted"}]
        )
        self.assertEqual(set(self.env["ecommerce.order"].union(*orders).mapped("state")), {"posted"})
        self.assert_rows_add_up()


@tagged("post_install", "-at_install")
class TestPeriodEndTour(PeriodCommon, _Bookkeeper):
    """A month that is ended."""

    def test_period_end(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        self.processor.bills_in_arrears = True
        self.tour("ecommerce_period_end")
        found = self.env["ecommerce.period.proposal"].search([("day", "=", MARCH_31)]).grouped("kind")
        self.assertEqual(
            {kind: one.state for kind, one in found.items()}, {"deferral": "accepted", "fees": "dismissed"}
        )
        entries = found["deferral"].move_ids
        self.assertEqual(len(entries), 6)
        for day, deferred in ((MARCH_31, D("-75.00")), (APRIL_1, D("75.00"))):
            booked = self.items(entries.filtered(lambda move, day=day: move.date == day))
            self.assertEqual(booked["Deferred store revenue"], deferred)
        self.assertFalse(found["fees"].move_ids)


@tagged("post_install", "-at_install")
class TestStockCountTour(GoodsCommon, _Bookkeeper):
    """A count that is looked at, posted and undone."""

    def test_stock_count(self):
        stock, other = self.store.inventory_account_id, self.company_data["default_account_expense"]
        opening = self.env["account.move"].create(
            {"move_type": "entry", "date": "2026-03-01",
             "line_ids": [(0, 0, {"account_id": stock.id, "balance": 100.0}),
                          (0, 0, {"account_id": other.id, "balance": -100.0})]}
        )  # fmt: skip
        opening.action_post()
        self.tour("ecommerce_stock_count", group="administrator")
        count = self.env["ecommerce.stock.count"].search([("store_id", "=", self.store.id)])
        self.assertRecordValues(
            count, [{"state": "undone", "value": 80.0, "balance": 100.0, "difference": -20.0, "filename": "count.csv"}]
        )
        self.assertEqual((count.move_id.state, count.reversal_move_id.state), ("posted", "posted"))
        self.assertEqual(self.balance(stock.name), D("100.00"))
