from odoo.tests import tagged

from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesDisputes(AccountingCase):
    """Cases 22 to 24b of the specification: chargebacks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.role_of("Disputed payments").name = "Disputed funds receivable"
        cls.rule("dispute_fee", "Dispute fees")

    def opened(self, fee="15.00"):
        """The order, paid out before it is disputed, and the payout that the dispute is taken from."""
        order = self.book(self.sale(payments=[self.payment("p", "110.00")]))
        paid = self.pay_out(("t1", "charge", "110.00", "0.00", "ch_p", "ch_p"), payout="PO-0000", paid="2026-03-12")
        taken = self.pay_out(("w1", "dispute", "-110.00", fee, "du_1", "ch_p"), payout="PO-0001", paid="2026-03-20")
        self.dispute = self.env["ecommerce.dispute"].search([("external_id", "=", "du_1")])
        self.assertEqual((self.dispute.order_id, self.dispute.state), (order, "opened"))
        before = (
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(Payment)", self.moves_of(order, "payment"), "2026-03-10"),
            Entry("(Payout of the order)", paid.move_id, "2026-03-12"),
        )
        return before, taken

    def lost(self, **more):
        values = {"dispute_id": self.dispute.id, "lost_on": "2026-04-20", **more}
        self.env["ecommerce.dispute.lose"].create(values).action_lose()
        self.assertEqual(self.dispute.state, "lost")
        return self.dispute.loss_move_id

    def test_case_22_chargeback_opened(self):
        before, taken = self.opened()
        self.check(
            "22", "A customer disputes a payment of 110.00; the processor takes it back from a later payout, and "
            "15.00 for it.",
            *before,
            Entry("Payout", taken.move_id, "2026-03-20", ("Funds withdrawn", "Dispute fee"),
                  besides={"PSP": "125", "Payout in transit": "-125"}),
        )  # fmt: skip

    def test_case_23_chargeback_won(self):
        before, taken = self.opened()
        back = self.pay_out(
            ("r1", "dispute_reversal", "110.00", "-15.00", "du_1", "ch_p"), payout="PO-0002", paid="2026-04-10"
        )
        self.assertEqual(self.dispute.state, "won")
        self.check(
            "23", "The same dispute is won three weeks later: the processor gives the money back, and its fee.",
            *before,
            Entry("Payout of March", taken.move_id, "2026-03-20", ("Funds withdrawn", "Fee"),
                  besides={"PSP": "125", "Payout in transit": "-125"}),
            Entry("Payout of April", back.move_id, "2026-04-10",
                  ("Reinstated", "Fee returned (only if the processor does)"),
                  besides={"PSP": "-125", "Payout in transit": "125"}),
        )  # fmt: skip

    def test_case_24a_chargeback_lost(self):
        before, taken = self.opened(fee="0.00")
        loss = self.lost()
        self.check(
            "24a", "The dispute is lost, and the country gives no tax back for it.",
            *before,
            Entry("Payout", taken.move_id, "2026-03-20", ("Funds withdrawn",),
                  besides={"PSP": "110", "Payout in transit": "-110"}),
            Entry("Loss", loss, "2026-04-20", ("Lost",)),
        )  # fmt: skip

    def test_case_24b_chargeback_lost_with_tax_relief(self):
        before, taken = self.opened(fee="0.00")
        loss = self.lost(tax_relief=True)
        self.check(
            "24b", "The same, where the tax of a sale that was never paid in the end is given back.",
            *before,
            Entry("Payout", taken.move_id, "2026-03-20", ("Funds withdrawn",),
                  besides={"PSP": "110", "Payout in transit": "-110"}),
            Entry("Loss", loss, "2026-04-20", ("Lost",)),
        )  # fmt: skip
