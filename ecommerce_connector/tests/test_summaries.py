import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.period_end.late_arrivals import LateArrivals
from ..models.proof.store_proof import StoreProof
from ..models.summary.summary_executor import SummaryExecutor
from .common import ConnectorCommon, D
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestSummaries(SummaryMixin, ConnectorCommon):
    """Daily summaries: when, for which orders, what comes later, and what goes wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch()

    def sold(self, number, day="2026-03-10", refunds=(), **more):
        """An order of 100 and 20 %, paid on a day."""
        return self.order(
            number, [self.line("MUG", "100.00", "20.00")], "120.00",
            [self.payment(f"p{number}", "120.00", at=f"{day}T10:00:00Z")], refunds, **more,
        )  # fmt: skip

    def proof(self):
        """The proof, which must hold."""
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        return report

    # === When === #

    def test_a_day_waits_until_it_is_over_in_the_store(self):
        """22:30 UTC is 23:30 in Paris: the day has half an hour left there."""
        self.store.auto_post = True
        (order,) = self.accept(self.sold("D1"))
        with freeze_time("2026-03-10 22:30:00"):
            self.run_cron()
        self.assertFalse(self.summaries())
        with freeze_time("2026-03-10 23:30:00"):
            self.run_cron()
        self.assertEqual(self.summaries().mapped("day"), [datetime.date(2026, 3, 10)])
        self.assertRecordValues(order, [{"state": "posted", "summary_on": False}])

    def test_review_mode_waits_for_the_button(self):
        self.store.auto_post = False
        (order,) = self.accept(self.sold("D1"))
        self.run_cron()
        self.assertFalse(self.summaries())
        self.assertEqual(order.state, "ready")
        self.summarize("2026-03-09")
        self.assertFalse(self.summaries(), "the day after the last that was asked for")
        self.summarize("2026-03-10")
        self.assertEqual(order.state, "posted")

    def test_one_entry_per_day_and_currency(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.ref("base.USD").id, "name": "2026-01-01", "rate": 1.25,
             "company_id": self.company.id}
        )  # fmt: skip
        self.accept(
            self.sold("D1"), self.sold("D2"), self.sold("D3", "2026-03-11", placed_at="2026-03-11T09:00:00Z"),
            self.sold("D4", currency="USD"),
        )  # fmt: skip
        self.summarize()
        found = {(str(item.day), item.currency_id.name, item.order_count, item.turnover) for item in self.summaries()}
        self.assertEqual(
            found,
            {("2026-03-10", "EUR", 2, 240.0), ("2026-03-10", "USD", 1, 120.0), ("2026-03-11", "EUR", 1, 120.0)},
        )
        self.assertEqual(self.balance("Store sales"), D("-380.00"))
        self.assertEqual(self.balance("Store sales", "USD"), D("-100.00"))
        self.assert_rows_add_up()
        self.proof()

    def test_nothing_is_booked_twice(self):
        orders = self.accept(self.sold("D1"), self.sold("D2"))
        self.assertEqual(len(self.summarize()), 1)
        self.assertFalse(self.summarize())
        self.accept(self.sold("D1"), self.sold("D2"))
        orders[0].action_post()
        self.store._post_orders(orders[1])
        self.assertFalse(self.summarize())
        self.assertEqual(self.balance("Store sales"), D("-200.00"))

    # === What comes later === #

    def test_what_arrives_late_adds_to_the_day(self):
        self.accept(self.sold("D1"))
        first = self.summarize()
        lines = [(line.account_id.id, line.balance) for line in first.move_id.line_ids]
        (late,) = self.accept(self.sold("D2"))
        delta = self.summarize()
        self.assertRecordValues(
            delta, [{"day": datetime.date(2026, 3, 10), "first_id": first.id, "order_count": 1, "turnover": 120.0}]
        )
        self.assertEqual(delta.move_id.date, datetime.date(2026, 3, 10))
        self.assertEqual([(line.account_id.id, line.balance) for line in first.move_id.line_ids], lines)
        self.assertEqual(late.summary_ids, delta)
        self.assertEqual(self.balance("Store sales"), D("-200.00"))

    def test_a_payment_of_a_later_day_settles_the_customer(self):
        self.store.invoice_on = "order"
        unpaid = self.order("D1", [self.line("MUG", "100.00", "20.00")], "120.00")
        (order,) = self.accept(unpaid, self.sold("D2"))[:1]
        (first,) = self.summarize()
        owed = first.move_id.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        self.assertRecordValues(
            owed, [{"partner_id": order.partner_id.id, "balance": 120.0, "amount_residual": 120.0, "name": "D1"}]
        )
        paid = unpaid | {"payments": [self.payment("p1", "50.00", at="2026-03-12T10:00:00Z"),
                                      self.payment("p2", "70.00", at="2026-03-13T10:00:00Z")]}  # fmt: skip
        self.accept(paid | {"updated_at": "2026-03-13T11:00:00Z"})
        self.assertEqual(str(order.summary_on), "2026-03-12")
        self.summarize("2026-03-12")
        self.assertRecordValues(order, [{"state": "ready", "summary_on": datetime.date(2026, 3, 13)}])
        self.assertEqual(owed.amount_residual, 70.0)
        self.summarize()
        self.assertTrue(owed.reconciled)
        self.assertRecordValues(order, [{"state": "posted", "summary_on": False, "summary_count": 3}])
        self.proof()

    def test_a_refund_of_a_later_day(self):
        self.accept(self.sold("D1"))
        self.summarize()
        back = self.refund("r1", "60.00", lines=[self.line("MUG", "50.00", "10.00")])
        (order,) = self.accept(self.sold("D1", refunds=[back], updated_at="2026-03-12T11:00:00Z"))
        summary = self.summarize()
        self.assertEqual(summary.turnover, -60.0)
        self.assertEqual(order.refund_ids.move_id, summary.move_id)
        self.assertEqual(self.balance("Store sales tax"), D("-10.00"))
        self.assertFalse(
            summary.move_id.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        )
        self.proof()

    def test_a_mapping_that_changes_gives_a_delta_with_its_rows(self):
        orders = self.accept(self.sold("D1"), self.sold("D2"))
        first = self.summarize()
        sales = self.account("Store sales")
        other = sales.copy({"name": "Mugs", "code": "709876"})
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "MUG", "store_id": self.store.id, "account_id": other.id}
        )
        outcome = self.store._correct_orders(orders[0])
        outcome.add(self.store._correct_orders(orders[1]))
        self.assertFalse(outcome.not_covered)
        self.assertEqual(len(outcome.moves), 2)
        self.assertEqual(outcome.moves.ecommerce_corrected_move_id, first.move_id)
        self.assertEqual((self.balance("Store sales"), self.balance("Mugs")), (D("0.00"), D("-200.00")))
        self.assertRecordValues(
            orders[0].posting_ids.filtered(lambda posting: posting.kind == "correction"),
            [{"version": 1, "entry_date": first.move_id.date}],
        )
        self.assert_rows_add_up()
        self.assertFalse(self.store._correct_orders(self.env["ecommerce.order"].union(*orders)).moves, "done already")
        self.proof()

    def test_suspense_is_released_from_a_summary(self):
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "product")]))
        orders = self.env["ecommerce.order"].union(*self.accept(self.sold("D1"), self.sold("D2")))
        self.summarize()
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-200.00"))
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "product",
                "pattern": "MUG",
                "store_id": self.store.id,
                "account_id": self.account("Store sales").id,
            }
        )
        outcome = self.store._correct_orders(orders, in_open_period=True)
        self.assertEqual(len(outcome.moves), 1, "one delta for both")
        self.assertEqual((self.balance("Store suspense (unmapped)"), self.balance("Store sales")), (D(0), D("-200.00")))
        self.proof()

    # === Modes === #

    def test_switching_there_and_back(self):
        """An order goes on as it began; nothing twice, nothing missing."""
        self.store.posting_mode_ids.unlink()
        self.store.invoice_on = "order"
        days = {"J": "2026-01-20", "F": "2026-02-20", "M": "2026-03-20"}
        orders = {
            name: self.order(name, [self.line("MUG", "100.00", "20.00")], "120.00", placed_at=f"{day}T09:00:00Z")
            for name, day in days.items()
        }
        self.switch("2026-02-01")
        self.switch("2026-03-01", "order")
        january, february, march = self.accept(*orders.values())
        self.summarize()
        self.assertEqual([order.state for order in (january, february, march)], ["posted"] * 3)
        self.assertEqual([bool(order.summary_ids) for order in (january, february, march)], [False, True, False])
        for name, paid in (("J", "2026-02-10"), ("F", "2026-03-10"), ("M", "2026-03-22")):
            orders[name] |= {
                "payments": [self.payment(f"p{name}", "120.00", at=f"{paid}T10:00:00Z")],
                "updated_at": "2026-04-01T11:00:00Z",
            }
        self.accept(*orders.values())
        self.summarize()
        self.assertEqual([len(order.summary_ids) for order in (january, february, march)], [0, 2, 0])
        self.assertEqual(self.balance("Store sales"), D("-300.00"))
        self.assertFalse(
            self.env["account.move.line"].search(
                [("account_id.account_type", "=", "asset_receivable"), ("reconciled", "=", False),
                 ("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
            )
        )  # fmt: skip
        self.proof()

    def test_what_waits_follows_the_mode(self):
        (order,) = self.accept(self.sold("D1"))
        self.assertTrue(order.summary_on)
        self.store.posting_mode_ids.unlink()
        self.assertFalse(order.summary_on)
        order.action_post()
        self.assertEqual(self.moves_of(order, "invoice").move_type, "out_invoice")

    def test_what_odoo_alone_can_compute_has_an_invoice(self):
        tax = self.env["ecommerce.mapping.rule"].search([("kind", "=", "tax"), ("tax_rate", "=", 20)], limit=1).tax_id
        tax.include_base_amount = True
        (order,) = self.accept(self.sold("D1"))
        self.assertEqual(self.moves_of(order, "invoice").move_type, "out_invoice")
        self.assertFalse(self.summarize())

    # === What goes wrong === #

    def test_an_order_at_fault_is_left_out(self):
        orders = self.accept(*(self.sold(f"D{number}") for number in range(5)))
        bad, rows_of = orders[3], SummaryExecutor._link_rows

        def refusing(executor, group, written):
            if any(item.order == bad for item, _entry in group):
                raise ValueError("The fourth is at fault")
            return rows_of(executor, group, written)

        self.patch(SummaryExecutor, "_link_rows", refusing)
        summary = self.summarize()
        self.assertEqual(summary.order_count, 4)
        self.assertEqual([order.state for order in orders], ["posted", "posted", "posted", "blocked", "posted"])
        self.assertIn("The fourth is at fault", bad.explanation)
        self.assertEqual(self.balance("Store sales"), D("-400.00"))
        self.patch(SummaryExecutor, "_link_rows", rows_of)
        bad.action_post()
        self.assertEqual(self.summarize().first_id, summary)
        self.assertEqual(self.balance("Store sales"), D("-500.00"))
        self.proof()

    def test_a_lock_date_keeps_the_true_day(self):
        self.accept(self.sold("D1"))
        self.company.fiscalyear_lock_date = "2026-03-31"
        summary = self.summarize()
        self.assertEqual((str(summary.day), str(summary.move_id.date)), ("2026-03-10", "2026-04-01"))

        late = LateArrivals(self.company).groups([datetime.date(2026, 3, 31)])
        self.assertEqual(sum(group.documents for group in late), D("120.00"), "the cut-off report knows the order")

    def test_a_lock_of_sales_alone_moves_the_sales_alone(self):
        self.accept(self.sold("D1"))
        self.company.sale_lock_date = "2026-03-31"
        found = {str(item.move_id.date): item for item in self.summarize()}
        self.assertEqual(sorted(found), ["2026-03-10", "2026-04-01"])
        accounts = found["2026-03-10"].move_id.line_ids.account_id
        self.assertEqual(len(accounts), 2, "the money and the customer")
        self.assertFalse(self.summaries().move_id.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        ))  # fmt: skip
        self.proof()

    def test_an_entry_reset_to_draft_stops_its_orders(self):
        (order,) = self.accept(self.sold("D1"))
        summary = self.summarize()
        summary.move_id.button_draft()
        back = self.refund("r1", "60.00", lines=[self.line("MUG", "50.00", "10.00")])
        self.accept(self.sold("D1", refunds=[back], updated_at="2026-03-12T11:00:00Z"))
        self.assertEqual(order.state, "blocked")
        self.assertIn("is a draft", order.explanation)
        self.assertFalse(StoreProof(self.store).report()["holds"])

    def test_a_line_that_its_rows_do_not_make_breaks_the_proof(self):
        self.accept(self.sold("D1"))
        summary = self.summarize()
        self.proof()
        row = summary.row_ids.filtered("line_id")[:1]
        self.env.cr.execute("UPDATE ecommerce_summary_row SET balance = balance + 0.01 WHERE id = %s", [row.id])
        self.env.invalidate_all()
        broken = [check for check in StoreProof(self.store).report()["controls"] if check["law"] == 16]
        self.assertEqual([check["difference"] for check in broken if D(check["difference"])], ["-0.01"])

    def test_evidence_stays(self):
        self.accept(self.sold("D1"))
        summary = self.summarize()
        for records in (summary, summary.row_ids):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                records.sudo().unlink()
