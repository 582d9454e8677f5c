from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .corrections_common import CorrectionsCommon
from .summary_common import InSummaries

LATER = "2026-03-20T10:00:00Z"
WAITING = "Store suspense (unmapped)"


@tagged("post_install", "-at_install")
class TestSummaryAmendments(InSummaries, CorrectionsCommon):
    """Orders in summaries that change in the store: an entry of the difference, with its rows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.late_changes = "amend"

    def sale(self, *nets, number="D1", at=None, paid="180.00", **more):
        """Goods of nets at 20 %, of which some was paid."""
        lines = [self.line(f"SKU{index}", net, f"{D(net) / 5:.2f}") for index, net in enumerate(nets)]
        total = f"{sum(D(net) for net in nets) * D('1.2'):.2f}"
        more.setdefault("payments", [self.payment(f"p-{number}", paid)])
        return self.order(number, lines, total, **more, **({"updated_at": at} if at else {}))

    def sold(self):
        """Two orders of a day."""
        return self.accept(self.sale("100.00", "50.00"), self.sale("10.00", number="D2", paid="12.00"))

    def assert_proved(self):
        self.assert_rows_add_up()
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])

    def open_amount(self, order):
        return D(f"{sum(order.summary_row_ids.filtered('is_customer').line_id.mapped('amount_residual')):.2f}")

    def test_goods_taken_away(self):
        order, other = self.sold()
        (first,) = self.summaries()
        self.accept(self.sale("100.00", at=LATER))
        self.assertEqual(order.state, "posted", order.explanation)
        amended = self.summaries() - first
        self.assertRecordValues(
            amended,
            [{"kind": "correction", "turnover": -60.0, "order_count": 1, "entry_state": "posted",
              "first_id": first.id}],
        )  # fmt: skip
        self.assertEqual((str(amended.day), str(amended.entry_date)), ("2026-03-20", "2026-03-20"))
        self.assertEqual(amended.move_id.ecommerce_corrected_move_id, first.move_id)
        self.assertEqual((self.balance("Store sales"), self.balance("Store sales tax")), (D("-110.00"), D("-22.00")))
        self.assertEqual((self.open_amount(order), self.open_amount(other)), (D("-60.00"), D("0.00")))
        self.assert_proved()

    def test_told_again_it_is_booked_once(self):
        order, _other = self.sold()
        self.accept(self.sale("100.00", at=LATER))
        known = self.summaries()
        self.accept(self.sale("100.00", at="2026-03-21T10:00:00Z"))
        order.action_post()
        self.assertEqual(self.summaries(), known)

    def test_goods_added_are_paid_in_the_summary_of_their_day(self):
        order, _other = self.sold()
        more = [self.payment("p-D1", "180.00"), self.payment("p2", "24.00", at="2026-03-20T09:00:00Z")]
        self.accept(self.sale("120.00", "50.00", at=LATER, payments=more))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual((self.open_amount(order), self.balance("Payment clearing")), (D("0.00"), D("216.00")))
        added, paid = self.summaries()[1:]
        self.assertEqual((added.kind, paid.kind, paid.first_id.ids), ("correction", "day", []))
        self.assert_proved()

    def test_changed_to_and_fro_then_another_rule(self):
        """Each document has its own correction, in each summary."""
        self.to_suspense()
        order, _other = self.sold()
        self.accept(self.sale("100.00", at=LATER))
        self.accept(self.sale("100.00", "50.00", at="2026-03-22T10:00:00Z"))
        self.assertEqual(self.balance(WAITING), D("-160.00"))
        self.rule("product", "SKU1", account_id=self.revenue("Mugs").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome, 3)
        self.assertEqual((self.balance(WAITING), self.balance("Mugs")), (D("-110.00"), D("-50.00")))
        self.assert_corrected(self.correct(order), 0)
        self.assert_proved()

    def test_a_tax_that_changed_reaches_all_of_it(self):
        order, _other = self.sold()
        self.accept(self.sale("100.00", at=LATER))
        other = self.make_tax("Other 20", 20, code="OTHER")
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=other.id)
        self.assert_corrected(self.correct(order), 2)
        rows = order.summary_row_ids.filtered("tax_line_id")
        sums = {tax.name: sum(its.mapped("amount")) for tax, its in rows.grouped("tax_line_id").items()}
        self.assertEqual({name: round(amount, 2) for name, amount in sums.items() if amount}, {other.name: -20.0})
        self.assert_proved()

    def test_a_closed_period_stays_closed(self):
        order, _other = self.sold()
        self.company.fiscalyear_lock_date = "2026-03-31"
        self.accept(self.sale("100.00", at=LATER))
        amended = self.summaries()[-1]
        self.assertEqual((str(amended.day), str(amended.entry_date)), ("2026-03-20", "2026-04-01"))
        self.assertEqual(str(order.posting_ids.sorted("id")[-2:].filtered("corrected_id").true_date), "2026-03-20")

    def test_a_credit_note_that_would_be_another_now_is_left_to_a_person(self):
        lines = [self.line("MUG", "100.00", "20.00"), self.line("BOOK", "100.00", "0.00", "0")]
        paid, back = [self.payment("p", "220.00")], [self.refund("r", "44.00")]
        (order,) = self.accept(self.order("D1", lines, "220.00", paid, back))
        self.accept(self.order("D1", lines[:1], "120.00", paid, back, updated_at=LATER))
        self.assertEqual(order.state, "blocked")
        self.assertFalse(order.posting_ids.filtered(lambda row: row.kind == "correction"))

    def test_a_credit_note_that_stays_what_it_is(self):
        back = [self.refund("r", "60.00", lines=[self.line("SKU1", "50.00", "10.00")])]
        (order,) = self.accept(self.sale("100.00", "50.00", refunds=back))
        self.accept(self.sale("90.00", "50.00", at=LATER, refunds=back))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.summaries()[-1].turnover, -12.0)
        self.assert_proved()

    def test_a_policy_that_asks_a_person(self):
        self.store.late_changes = "exception"
        order, _other = self.sold()
        self.accept(self.sale("100.00", at=LATER))
        self.assertEqual(order.state, "blocked")
        self.assertIn("changed_after_posting", order.exception_ids.mapped("code"))
        self.assertEqual(self.balance("Store sales"), D("-160.00"))
