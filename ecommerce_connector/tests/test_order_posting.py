from odoo.tests import tagged

from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestOrderPosting(ConnectorCommon):
    """Orders become posted, paid invoices with exactly the store's amounts."""

    def two_rate_order(self, number="W1001", **more):
        lines = [
            self.line("TSH", "39.98", "8.00", quantity="2"),
            self.line("BOOK", "18.90", "1.04", "5.5"),
            self.line("standard", "5.00", "1.00", kind="shipping"),
        ]
        return self.order(number, lines, "73.92", [self.payment(f"p-{number}", "73.92")], **more)

    def test_paid_order(self):
        (order,) = self.accept(self.two_rate_order())
        self.assertEqual(order.state, "posted", order.explanation)
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(
            invoice,
            [{"state": "posted", "payment_state": "paid", "amount_total": 73.92, "amount_tax": 10.04,
              "amount_residual": 0.0, "ref": "W1001", "move_type": "out_invoice"}],
        )  # fmt: skip
        self.assertEqual(str(invoice.invoice_date), "2026-03-10")
        self.assertRecordValues(
            invoice.line_ids.sorted(lambda line: (line.display_type, line.sequence, line.id)),
            [
                {
                    "account_id": invoice.partner_id.property_account_receivable_id.id,
                    "balance": 73.92,
                    "tax_base_amount": 0,
                },
                {"account_id": self.account("Store sales").id, "balance": -39.98, "tax_base_amount": 0},
                {"account_id": self.account("Store sales").id, "balance": -18.90, "tax_base_amount": 0},
                {"account_id": self.account("Store shipping revenue").id, "balance": -5.00, "tax_base_amount": 0},
                {"account_id": self.account("Store sales tax").id, "balance": -9.00, "tax_base_amount": -44.98},
                {"account_id": self.account("Store sales tax").id, "balance": -1.04, "tax_base_amount": -18.90},
            ],
        )
        self.assertEqual(self.balance("Payment clearing"), D("73.92"))

    def test_unchanged_again_writes_nothing(self):
        self.accept(self.two_rate_order())
        before = self.env["account.move"].search_count([])
        self.accept(self.two_rate_order())
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.assertRecordValues(self.run_log, [{"new": 0, "changed": 0, "unchanged": 1, "posted": 0}])

    def test_store_tax_is_kept_where_odoo_computes_another(self):
        lines = [self.line("ODD", "33.40", "6.67")]  # Odoo's engine says 6.68
        (order,) = self.accept(self.order("W1002", lines, "40.07", [self.payment("p2", "40.07")]))
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(invoice, [{"amount_tax": 6.67, "amount_total": 40.07, "payment_state": "paid"}])

    def test_refund_with_lines(self):
        payload = self.two_rate_order("W1003")
        payload["refunds"] = [self.refund("r1", "23.99", lines=[self.line("TSH", "19.99", "4.00")], reason="too small")]
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note, [{"move_type": "out_refund", "amount_total": 23.99, "amount_tax": 4.0, "payment_state": "paid",
                    "reversed_entry_id": self.moves_of(order, "invoice").id}]
        )  # fmt: skip
        self.assertEqual(str(note.date), "2026-03-12")
        self.assertEqual(self.balance("Payment clearing"), D("49.93"))
        self.assertEqual(order.refund_ids.move_id, note)

    def test_batch_entries(self):
        self.store.payment_mode = "batch"
        orders = self.accept(*(self.two_rate_order(f"W20{n}") for n in range(3)))
        for order in orders:
            self.assertRecordValues(
                self.moves_of(order, "invoice"), [{"payment_state": "paid", "amount_residual": 0.0}]
            )
        self.assertEqual(len({order.payment_ids.clearing_line_id.move_id for order in orders}), 1)
        self.assertEqual(self.balance("Payment clearing"), D("221.76"))
