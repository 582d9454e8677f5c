from datetime import date

from odoo.tests import tagged

from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesPeriods(AccountingCase):
    """Cases 07, 32 and 33 of the specification: what a month ends with."""

    JANUARY = "2026-01-20T10:00:00Z"

    def proposal(self, kind, day="2026-01-31"):
        """What is proposed for a period, accepted; its entry and what takes it back."""
        wizard = self.env["ecommerce.period.end"].create({"day": day})
        wizard.action_compute()
        proposal = wizard.proposal_ids.filtered(lambda found: found.kind == kind)
        self.assertEqual((len(proposal), proposal.obstacle), (1, False))
        proposal.action_accept()
        return proposal.move_ids.sorted("date")

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

    def sold(self, order, on="2026-01-20"):
        """What the case needs and does not show."""
        return (
            Entry("(Invoice)", self.moves_of(order, "invoice"), on),
            Entry("(Payment)", self.moves_of(order, "payment"), on),
        )

    def test_case_07_breakage(self):
        self.store.breakage_percent = 10.0
        self.rule("breakage", "Breakage income")
        card = self.line("CARD", "100.00", rate=None, kind="gift_card", gift_cards=[{"id": "GC-1"}])
        bought = self.book(
            self.order("S1", [card], "100.00", [self.payment("p", "100.00", at=self.JANUARY)], placed_at=self.JANUARY)
        )
        used = self.payment("g", "90.00", "gift_card", at=self.JANUARY, gift_card={"id": "GC-1"})
        order = self.book(
            self.order("S2", [self.line("MUG", "90.00", rate=None)], "90.00", [used], placed_at=self.JANUARY)
        )
        moves = self.proposal("breakage")
        self.check(
            "07", "Of gift cards 10 % are expected never to be redeemed (*Expected Breakage* of the store). One of "
            "100.00 was sold, and 90.00 of it are redeemed: the other 10.00 are proposed as income. Without an "
            "expectation, cards are proposed that are past their last day, or were not used for long.",
            *self.sold(bought), *self.sold(order),
            Entry("Accepted for the end of January", moves, "2026-01-31", ("Period end",)),
        )  # fmt: skip
        self.assertEqual(self.balance("Gift-card liability"), 0)

    def test_case_33a_payout_in_transit(self):
        order = self.book(self.january_sale())
        payout = self.pay_out(("t1", "charge", "110.00", "3.49", "ch_p", "ch_p"), paid="2026-01-31")
        bank = self.bank_line(106.51, on="2026-02-02", text="PAYOUT PO-0001")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        (row,) = self.env["ecommerce.transit.list"].create({"day": "2026-01-31"}).line_ids
        self.assertEqual((row.payout_id, row.amount, row.age), (payout, 106.51, 0))
        self.assertEqual(str(row.settled_on), "2026-02-02")
        self.check(
            "33a", "The processor sends 106.51 on 31 January; the bank has it on 2 February. *Period End → Payouts in "
            "Transit* of 31 January shows this payout, its age, and when it came.",
            *self.sold(order),
            Entry("Payout, with its fee", payout.move_id, "2026-01-31", ("31 Jan",),
                  besides={"Processing fees": "3.49", "PSP": "-3.49"}),
            Entry("Bank line", bank.move_id, "2026-02-02", ("2 Feb",)),
        )  # fmt: skip

    def test_case_33b_paid_not_shipped(self):
        self.store.deferred_revenue_account_id = self.role("Deferred revenue", "liability_current", reconcile=True)
        shipped = [{"id": "f1", "at": "2026-02-02T10:00:00Z", "lines": [{"line": "product-MUG", "quantity": "1"}]}]
        order = self.book(self.january_sale(fulfilments=shipped))
        entry, back = self.proposal("deferral")
        self.check(
            "33b", "An order of 110.00 is paid on 20 January and leaves on 2 February. The order's own line is "
            "deferred, after discounts and without tax.",
            *self.sold(order),
            Entry("Accepted for the end of January", entry, "2026-01-31", ("31 Jan",)),
            Entry("Taken back", back, "2026-02-01", ("1 Feb",)),
        )  # fmt: skip

    def test_case_33c_fees_in_arrears(self):
        accrued = self.role("Accrued expenses", "liability_current", reconcile=True)
        self.processor.write({"bills_in_arrears": True, "accrued_fees_account_id": accrued.id, "arrears_percent": 3.0})
        payments = [self.payment("p", "1000.00", at=self.JANUARY)]
        lines = [self.line("MUG", "1000.00", rate=None)]
        order = self.book(self.order("S1", lines, "1000.00", payments, placed_at=self.JANUARY))
        entry, back = self.proposal("fees")
        self.check(
            "33c", "The processor bills its fees in the following month: 3 % of the 1,000.00 that it took in January. "
            "The amount can be typed instead.",
            *self.sold(order),
            Entry("Accepted for the end of January", entry, "2026-01-31", ("31 Jan",)),
            Entry("Taken back", back, "2026-02-01", ("1 Feb",)),
        )  # fmt: skip
