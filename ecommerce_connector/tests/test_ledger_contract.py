"""The contract with the parts of Odoo that the executor leans on, checked column by column.

Entries are given whole (journal items, amounts, what Odoo would compute and store), which is twice
as fast as letting Odoo make them and keeps the store's tax. That is right only while nothing that
Odoo or a tax report reads differs from what Odoo itself would have written. When a new version of
Odoo breaks one of these tests, ``move_values.py`` or ``payment_executor.py`` must follow it.
"""

from odoo.tests import tagged

from .contract_common import ContractCommon


@tagged("post_install", "-at_install")
class TestWholeEntries(ContractCommon):
    """An entry given whole is the entry that Odoo makes, wherever Odoo computes the same amounts."""

    def check_invoice(self, number, lines, total, **more):
        """Book an order, let Odoo make the same document and payment, and compare all of it."""
        order = self.book(number, lines, total, **more)
        ours = self.moves_of(order, "invoice")
        theirs = self.engine_copy(ours)
        payment = self.engine_payment(order.payment_ids.payment_id)
        receivable = ours.line_ids.filtered(lambda line: line.display_type == "payment_term").account_id
        both = (theirs | payment.move_id).line_ids.filtered(lambda line: line.account_id == receivable)
        both.reconcile()
        self.assertEqual(ours.payment_state, "paid")
        self.assert_same_entry(ours, theirs)
        self.assert_same_entry(order.payment_ids.payment_id.move_id, payment.move_id)
        self._assert_same_record(order.payment_ids.payment_id, payment)
        return order

    def test_one_tax(self):
        lines = [
            self.line("TSH", "39.98", "8.00", quantity="2"),
            self.line("BOOK", "18.90", "1.04", "5.5"),
            self.line("standard", "5.00", "1.00", kind="shipping"),
        ]
        self.check_invoice("C1", lines, "73.92")

    def test_two_taxes_on_a_line(self):
        taxes = [{"code": "VAT", "rate": "20", "amount": "8.00"}, {"code": "ECO", "rate": "2", "amount": "0.80"}]
        lines = [self.line("TSH", "40.00", taxes=taxes), self.line("BOOK", "10.00", "2.00")]
        self.check_invoice("C2", lines, "60.80")

    def test_tax_included_in_prices(self):
        lines = [
            self.line("TSH", "33.32", "6.66", quantity="2", code="INCLUDED"),
            self.line("BOOK", "10.00", "2.00", code="INCLUDED"),
        ]
        self.check_invoice("C3", lines, "51.98")

    def test_tax_of_zero_percent(self):
        lines = [self.line("TSH", "40.00", "0.00", "0", code="EXEMPT"), self.line("BOOK", "10.00", "2.00")]
        self.check_invoice("C4", lines, "52.00")

    def test_no_tax(self):
        self.check_invoice("C5", [self.line("TSH", "40.00", rate=None)], "40.00")

    def test_negative_line(self):
        lines = [self.line("TSH", "40.00", "8.00"), self.line("COUPON", "-10.00", "-2.00")]
        self.check_invoice("C6", lines, "36.00")

    def test_foreign_currency(self):
        lines = [
            self.line("TSH", "40.03", "8.01"),
            self.line("BOOK", "10.01", "0.55", "5.5"),
            self.line("PEN", "9.97", "1.99"),
        ]
        order = self.check_invoice("C7", lines, "70.56", currency="USD")
        self.assertEqual(self.moves_of(order, "invoice").invoice_currency_rate, 1.17)

    def test_credit_note(self):
        lines = [self.line("TSH", "40.00", "8.00", quantity="2"), self.line("BOOK", "10.00", "0.55", "5.5")]
        refund = self.refund(
            "r8", "34.55", lines=[self.line("TSH", "20.00", "4.00"), self.line("BOOK", "10.00", "0.55", "5.5")]
        )
        order = self.book("C8", lines, "58.55", refunds=[refund])
        ours = self.moves_of(order, "credit_note")
        theirs = self.engine_copy(ours)
        out = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment").payment_id
        payment = self.engine_payment(out)
        terms = (theirs | payment.move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        terms.reconcile()
        self.assert_same_entry(ours, theirs)
        self.assert_same_entry(out.move_id, payment.move_id)

    def test_credit_note_where_refunds_are_negative_sales(self):
        """Storno accounting: a credit note reduces the turnover of its own side."""
        self.company.account_storno = True
        refund = self.refund("r9", "24.00", lines=[self.line("TSH", "20.00", "4.00")])
        order = self.book("C9", [self.line("TSH", "40.00", "8.00")], "48.00", refunds=[refund])
        ours = self.moves_of(order, "credit_note")
        theirs = self.engine_copy(ours)
        out = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment").payment_id
        (theirs | self.engine_payment(out).move_id).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assert_same_entry(ours, theirs)
        self.assertTrue(all(ours.invoice_line_ids.mapped("is_storno")))

    def test_batch_entry(self):
        self.store.payment_mode = "batch"
        lines = [self.line("TSH", "40.00", "8.00")]
        orders = self.accept(
            *(self.order(f"C10{n}", lines, "48.00", [self.payment(f"p{n}", "48.00")]) for n in range(3))
        )
        payments = self.env["ecommerce.payment"].union(*(order.payment_ids for order in orders))
        ours = payments.clearing_line_id.move_id
        self.assertEqual(len(ours), 1)
        theirs = self.env["account.move"].create(
            {
                "journal_id": ours.journal_id.id, "date": ours.date, "ref": ours.ref,
                "line_ids": [
                    (0, 0, {name: line._fields[name].convert_to_write(line[name], line)
                            for name in ("account_id", "partner_id", "name", "balance", "amount_currency", "sequence")})
                    for line in ours.line_ids
                ],
            }
        )  # fmt: skip
        theirs.action_post()
        open_invoices = [self.engine_copy(self.moves_of(order, "invoice")) for order in orders]
        receivable = theirs.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        for invoice, line in zip(open_invoices, receivable.sorted("sequence"), strict=True):
            (invoice.line_ids.filtered(lambda line: line.display_type == "payment_term") | line).reconcile()
        self.assert_same_entry(ours, theirs)
        for order, theirs in zip(orders, open_invoices, strict=True):
            self.assert_same_entry(self.moves_of(order, "invoice"), theirs)
