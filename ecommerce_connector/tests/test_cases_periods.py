from datetime import date

from odoo.tests import tagged

from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesPeriods(AccountingCase):
    """Cases 07, 32 and 33 of the specification: what a month ends with."""

    JANUARY = "2026-01-20T10:00:00Z"

    def january_sale(self, **more):
        payments = [self.payment("p", "110.00", at=self.JANUARY)]
        return self.sale(payments=payments, placed_at=self.JANUARY, updated_at=self.JANUARY, **more)

    def test_case_32_january_sale_refunded_in_february(self):
        payload = self.january_sale()
        order = self.book(payload)
        self.company.fiscalyear_lock_date = "2026-01-31"
        lines = [self.line("MUG", "100.00", "10.00", "10")]
        refund = self.refund("r", "110.00", at="2026-02-03T10:00:00Z", lines=lines)
        self.book({**payload, "refunds": [refund], "updated_at": "2026-02-03T11:00:00Z"})
        notes = order.posting_ids.filtered(lambda posting: posting.kind == "credit_note")
        self.assertEqual(notes.true_date, date(2026, 2, 3))
        self.assertRecordValues(
            notes.move_id, [{"reversed_entry_id": self.moves_of(order, "invoice").id, "payment_state": "paid"}]
        )
        self.check(
            "32", "An order of 20 January is refunded on 3 February, when January is locked. What is posted stays; the "
            "credit note is February's. Had the store made the refund in January and told it later, the entries would "
            "have 1 February, the first open day, and keep the true day on their posting.",
            Entry("Invoice", self.moves_of(order, "invoice"), "2026-01-20", ("Jan: invoice",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-01-20", ("Jan: capture",)),
            Entry("Credit note", notes.move_id, "2026-02-03",
                  ("Feb: credit note, accounting date = max(refund date, lock date + 1)",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-02-03", ("Feb: refund",)),
        )  # fmt: skip
