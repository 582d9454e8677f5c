from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestAmendments(ConnectorCommon):
    """The policy that books what changed of posted sales by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.late_changes = "amend"

    def sold(self, *lines, total="180.00", **more):
        lines = lines or (self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "10.00"))
        more.setdefault("payments", [self.payment("p", "180.00")])
        (order,) = self.accept(self.order("A1", lines, total, **more))
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def changed(self, *lines, at="2026-03-20T10:00:00Z", **more):
        return self.sold(*lines, updated_at=at, **more)

    def amendments(self, order):
        return self.moves_of(order, "correction").sorted("id")

    def assert_proved(self):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])

    def test_goods_taken_away_are_credited(self):
        order = self.sold()
        invoice = self.moves_of(order, "invoice")
        before = [(line.id, line.balance, line.account_id.id) for line in invoice.line_ids]
        self.changed(self.line("TSH", "100.00", "20.00"), total="120.00")
        note = self.amendments(order)
        self.assertRecordValues(
            note,
            [{"move_type": "out_refund", "amount_untaxed": 50.0, "amount_tax": 10.0, "amount_total": 60.0,
              "reversed_entry_id": invoice.id, "ecommerce_corrected_move_id": invoice.id, "state": "posted"}],
        )  # fmt: skip
        self.assertEqual((str(note.date), str(note.invoice_date)), ("2026-03-20", "2026-03-20"))
        self.assertEqual([(line.id, line.balance, line.account_id.id) for line in invoice.line_ids], before)
        self.assertRecordValues(
            order.posting_ids.filtered(lambda row: row.kind in ("invoice", "correction")).sorted("id"),
            [{"kind": "invoice", "version": 1, "reason": False},
             {"kind": "invoice", "version": 2, "reason": "Changed in the store"},
             {"kind": "correction", "version": 1, "reason": "Changed in the store"}],
        )  # fmt: skip
        self.assert_proved()

    def test_told_again_it_is_booked_once(self):
        order = self.sold()
        self.changed(self.line("TSH", "100.00", "20.00"), total="120.00")
        note = self.amendments(order)
        self.changed(self.line("TSH", "100.00", "20.00"), total="120.00", at="2026-03-21T10:00:00Z")
        order.action_post()
        self.assertEqual(self.amendments(order), note)

    def test_goods_added_are_invoiced_and_paid(self):
        order = self.sold()
        more = [self.payment("p", "180.00"), self.payment("p2", "24.00", at="2026-03-20T09:00:00Z")]
        lines = [self.line("TSH", "120.00", "24.00"), self.line("MUG", "50.00", "10.00")]
        self.changed(*lines, total="204.00", payments=more)
        self.assertRecordValues(
            self.amendments(order), [{"move_type": "out_invoice", "amount_total": 24.0, "payment_state": "paid"}]
        )
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        self.assert_proved()

    def test_changed_and_changed_back(self):
        order = self.sold()
        self.changed(self.line("TSH", "100.00", "20.00"), total="120.00")
        self.changed(at="2026-03-22T10:00:00Z")
        self.assertEqual(self.amendments(order).mapped("move_type"), ["out_refund", "out_invoice"])
        self.assertEqual(self.amendments(order).mapped("amount_total"), [60.0, 60.0])
        self.assertEqual(sum(self.amendments(order).mapped("amount_residual")), 0)
        self.assert_proved()

    def test_a_closed_period_stays_closed(self):
        order = self.sold()
        self.company.fiscalyear_lock_date = "2026-03-31"
        self.changed(self.line("TSH", "100.00", "20.00"), total="120.00")
        note = self.amendments(order)
        self.assertEqual((str(note.date), str(note.invoice_date)), ("2026-04-01", "2026-03-20"))
        row = order.posting_ids.filtered(lambda row: row.kind == "correction")
        self.assertEqual(str(row.true_date), "2026-03-20")

    def test_a_changed_payment_is_a_persons(self):
        order = self.sold()
        (again,) = self.accept(
            self.order(
                "A1", [self.line("TSH", "100.00", "20.00")], "120.00", [self.payment("p", "170.00")],
                updated_at="2026-03-20T10:00:00Z",
            )
        )  # fmt: skip
        self.assertEqual((again, again.state), (order, "blocked"))
        self.assertFalse(self.amendments(order))
        exceptions = self.env["ecommerce.exception"].search([("order_id", "=", order.id), ("severity", "=", "1")])
        self.assertEqual(sorted(exceptions.mapped("key")), ["invoice:id-A1", "payment:p"])

    def test_the_policy_asks_a_person_unless_told(self):
        self.store.late_changes = "exception"
        order = self.sold()
        self.accept(
            self.order("A1", [self.line("TSH", "100.00", "20.00")], "120.00", [self.payment("p", "180.00")],
                       updated_at="2026-03-20T10:00:00Z")
        )  # fmt: skip
        self.assertEqual(order.state, "blocked")
        self.assertFalse(self.amendments(order))

    def test_a_refund_of_what_was_added_later(self):
        order = self.sold()
        lines = [self.line("TSH", "100.00", "20.00"), self.line("MUG", "100.00", "20.00")]
        paid = [self.payment("p", "180.00"), self.payment("p2", "60.00", at="2026-03-20T09:00:00Z")]
        back = self.refund("r", "120.00", lines=[self.line("MUG", "100.00", "20.00")], at="2026-03-21T10:00:00Z")
        self.changed(*lines, total="240.00", payments=paid, refunds=[back])
        self.assertEqual(self.amendments(order).amount_total, 60.0)
        self.assertRecordValues(self.moves_of(order, "credit_note"), [{"amount_total": 120.0, "payment_state": "paid"}])
        self.assert_proved()

    def test_a_fils_is_settled_though_it_is_nothing_in_euros(self):
        self.store._create_accounting(currencies=["KWD"], rates={D(20)})
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.ref("base.KWD").id, "name": "2026-01-01", "rate": 0.3345,
             "company_id": self.company.id}
        )  # fmt: skip
        mug = self.line("MUG", "10.000", "2.000")
        sold = self.order("K1", [mug], "12.000", [self.payment("p", "12.000")], currency="KWD")
        self.accept(sold)
        more = [self.payment("p", "12.000"), self.payment("p2", "0.001", at="2026-03-20T09:00:00Z")]
        lines = [self.line("MUG", "10.001", "2.000")]
        (order,) = self.accept(
            {**sold, "lines": lines, "total": "12.001", "payments": more, "updated_at": "2026-03-20T10:00:00Z"}
        )
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertRecordValues(self.amendments(order), [{"amount_total": 0.001, "amount_residual": 0.0}])
        self.assert_proved()
