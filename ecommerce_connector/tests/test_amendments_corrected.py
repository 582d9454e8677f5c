from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .corrections_common import CorrectionsCommon

LATER = "2026-03-20T10:00:00Z"
WAITING = "Store suspense (unmapped)"


@tagged("post_install", "-at_install")
class TestAmendmentsCorrected(CorrectionsCommon):
    """A rule that changes reaches sales that were amended: each of their documents is corrected by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.late_changes = "amend"

    def sale(self, *lines, number="A1", total="180.00", at=None, **more):
        lines = lines or (self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "10.00"))
        more.setdefault("payments", [self.payment(f"p-{number}", "180.00")])
        return self.order(number, lines, total, **more, **({"updated_at": at} if at else {}))

    def amended(self, *lines, at=LATER, **more):
        """An order as it was sold, then as it changed."""
        self.accept(self.sale())
        (order,) = self.accept(self.sale(*lines, at=at, **more))
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def assert_proved(self):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])

    def test_what_waits_of_a_sale_and_of_its_amendment(self):
        self.to_suspense()
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        invoice, note = self.moves_of(order, "invoice"), self.moves_of(order, "correction")
        self.assertEqual(self.balance(WAITING), D("-100.00"))
        self.rule("product", "*", account_id=self.revenue("Web sales").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome, 2)
        self.assertEqual(outcome.moves.ecommerce_corrected_move_id, invoice | note)
        self.assertEqual((self.balance(WAITING), self.balance("Web sales")), (D("0.00"), D("-100.00")))
        of_note = outcome.moves.filtered(lambda move: move.ecommerce_corrected_move_id == note)
        self.assertEqual(
            sorted((line.account_id.name, line.balance) for line in of_note.line_ids),
            [(WAITING, -50.0), ("Web sales", 50.0)],
        )
        self.assertFalse(outcome.moves.line_ids.tax_line_id)
        self.assert_corrected(self.correct(order), 0)
        self.assert_proved()

    def test_what_changed_to_and_fro(self):
        """Three documents of the same facts, and each has its own correction."""
        self.to_suspense()
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        self.accept(self.sale(at="2026-03-22T10:00:00Z"))
        self.rule("product", "MUG", account_id=self.revenue("Mugs").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome, 3)
        self.assertEqual((self.balance(WAITING), self.balance("Mugs")), (D("-100.00"), D("-50.00")))
        self.assert_proved()

    def test_another_tax_is_corrected_where_it_was_reported(self):
        """The tax items of the credit note are those of refunds, and stay so."""
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        other = self.make_tax("Other 20", 20, code="OTHER")
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=other.id)
        self.assert_corrected(self.correct(order), 2)
        found = self.report(self.entries(order))
        self.assertEqual(
            {name: amount for (what, name), amount in found.items() if what == "tax"}, {other.name: D("-20.00")}
        )
        self.assertEqual(found["base in details", other.name], D("-100.00"))
        self.assert_proved()

    def test_corrected_then_amended_again(self):
        self.to_suspense()
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        self.rule("product", "*", account_id=self.revenue("Web sales").id)
        self.correct(order)
        self.accept(self.sale(self.line("TSH", "90.00", "18.00"), total="108.00", at="2026-03-24T10:00:00Z"))
        self.assertEqual((self.balance(WAITING), self.balance("Web sales")), (D("0.00"), D("-90.00")))
        self.assert_corrected(self.correct(order), 0)
        self.assert_proved()

    def test_without_the_payload_of_then_it_is_a_persons(self):
        """Personal data may be gone from what is kept, and the facts with it."""
        self.to_suspense()
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        first = self.env["ecommerce.event"].search(
            [("store_id", "=", self.store.id), ("external_id", "=", order.external_id), ("version", "=", 1)]
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE ecommerce_event SET version = 99, external_id = 'x' WHERE id = %s", [first.id])
        self.env.invalidate_all()
        self.rule("product", "*", account_id=self.revenue("Web sales").id)
        outcome = self.correct(order)
        self.assertFalse(outcome.moves)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["amended_otherwise"])
        self.assertEqual(self.balance(WAITING), D("-100.00"))

    def test_what_a_person_accepted_in_between_is_a_persons(self):
        order = self.amended(self.line("TSH", "100.00", "20.00"), total="120.00")
        order.posting_ids.filtered(lambda row: row.kind == "invoice" and row.version == 2).sudo().is_amendment = False
        self.rule("product", "TSH", account_id=self.revenue("Web sales").id)
        outcome = self.correct(order)
        self.assertFalse(outcome.moves)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["corrected_by_hand"])
