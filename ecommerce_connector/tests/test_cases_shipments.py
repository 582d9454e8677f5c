from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesShipments(AccountingCase):
    """Case 42 of the specification: an order that is invoiced as it ships."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.invoice_on = "fulfilment"
        cls.rule("discount", "Discounts (contra-revenue)", discount_method="gross")

    def shipped(self, number, day, *line_ids):
        """A shipment of whole lines."""
        lines = [{"line": line, "quantity": 1} for line in line_ids]
        return {"id": number, "at": f"2026-03-{day}T10:00:00Z", "lines": lines}

    def goods(self, line_id, key, net, discount, tax):
        """A product line with its share of the order's discount."""
        shares = [{"code": "SPRING", "amount": discount}]
        return {**self.line(key, net, tax), "id": line_id, "discount": discount, "discounts": shares}

    def two_parcels(self, *shipments, **more):
        """100.00 of goods less 10.00, and 6.00 of shipping, at 20 %."""
        lines = [
            self.goods("l1", "POT", "63.00", "7.00", "12.60"), self.goods("l2", "CUP", "27.00", "3.00", "5.40"),
            {**self.line("DHL", "6.00", "1.20"), "id": "l3", "kind": "shipping"},
        ]  # fmt: skip
        more.setdefault("payments", [])
        return self.order("S1", lines, "115.20", fulfilments=list(shipments), **more)

    def test_case_42_split_shipment(self):
        one, two = self.shipped("f1", 12, "l1"), self.shipped("f2", 14, "l2")
        (waiting,) = self.accept(self.two_parcels())
        self.assertEqual((waiting.state, waiting.posting_ids.ids), ("waiting", []))
        order = self.book(self.two_parcels(one, updated_at="2026-03-12T11:00:00Z"))
        first = self.moves_of(order, "invoice")
        order = self.book(self.two_parcels(one, two, updated_at="2026-03-14T11:00:00Z"))
        second = self.moves_of(order, "invoice") - first
        self.assertRecordValues(
            first | second, [{"amount_total": 82.8, "amount_tax": 13.8}, {"amount_total": 32.4, "amount_tax": 5.4}]
        )
        self.assertTrue(StoreProof(self.store).report()["holds"])
        self.check(
            "42", "An order of 100.00 with a discount of 10.00 and shipping of 6.00 leaves in two parcels; each is "
            "invoiced on its day, with its goods and their share of the discount. Shipping goes with the first.",
            Entry("Invoice of 12 March", first, "2026-03-12", ("Shipment 1 invoice (70 - 7 discount + 6 shipping)",)),
            Entry("Invoice of 14 March", second, "2026-03-14", ("Shipment 2 invoice (30 - 3 discount)",)),
        )  # fmt: skip

    def test_a_refund_credits_the_invoice_of_its_parcel(self):
        shipments = [self.shipped("f1", 12, "l1"), self.shipped("f2", 14, "l2")]
        back = {"of_line": "l2", "restock": "stock", "discounts": []}
        lines = [{**self.goods("r1", "CUP", "27.00", "0", "5.40"), **back}]
        paid = [self.payment("p", "115.20")]
        order = self.book(
            self.two_parcels(*shipments, payments=paid, refunds=[self.refund("r", "32.40", lines=lines,
                                                                             at="2026-03-16T10:00:00Z")])
        )  # fmt: skip
        first, second = self.moves_of(order, "invoice").sorted("date")
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note, [{"reversed_entry_id": second.id, "amount_total": 32.4, "amount_tax": 5.4, "payment_state": "paid"}]
        )
        self.assertEqual((first.payment_state, second.payment_state), ("paid", "paid"))
        self.assertEqual(str(note.invoice_date), "2026-03-16")
        self.assertEqual(order.refund_ids.move_id, note)
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_a_refund_of_both_parcels_credits_both(self):
        shipments = [self.shipped("f1", 12, "l1"), self.shipped("f2", 14, "l2")]
        refunds = [self.refund("r", "115.20", at="2026-03-16T10:00:00Z")]
        order = self.book(self.two_parcels(*shipments, payments=[self.payment("p", "115.20")], refunds=refunds))
        invoices, notes = self.moves_of(order, "invoice"), self.moves_of(order, "credit_note")
        self.assertEqual(notes.reversed_entry_id, invoices)
        self.assertEqual(sorted(notes.mapped("amount_total")), [32.4, 82.8])
        self.assertEqual(order.refund_ids.booked_posting_ids.move_id & notes, notes)
        self.assertEqual(set((invoices | notes).mapped("amount_residual")), {0.0})
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_paid_in_advance_each_invoice_uses_its_part(self):
        paid = [self.payment("p", "115.20")]
        order = self.book(self.two_parcels(self.shipped("f1", 12, "l1"), payments=paid))
        self.assertEqual(order.payment_ids.is_advance, True)
        advance = order.payment_ids.receivable_line_id
        self.assertEqual(advance.amount_residual, -32.4)
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        order = self.book(
            self.two_parcels(
                self.shipped("f1", 12, "l1"), self.shipped("f2", 14, "l2"), payments=paid,
                updated_at="2026-03-14T11:00:00Z",
            )
        )  # fmt: skip
        self.assertEqual(advance.amount_residual, 0.0)
        self.assertEqual(self.moves_of(order, "invoice").mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(
            sorted((str(move.date), move.amount_total) for move in self.moves_of(order, "advance_used")),
            [("2026-03-12", 82.8), ("2026-03-14", 32.4)],
        )
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_the_policy_can_change_between_two_parcels(self):
        order = self.book(self.two_parcels(self.shipped("f1", 12, "l1")))
        self.store.invoice_on = "order"
        order = self.book(
            self.two_parcels(
                self.shipped("f1", 12, "l1"), self.shipped("f2", 14, "l2"), updated_at="2026-03-14T11:00:00Z"
            )
        )
        self.assertEqual(self.moves_of(order, "invoice").mapped("amount_total"), [82.8, 32.4])
        self.assertTrue(StoreProof(self.store).report()["holds"])
