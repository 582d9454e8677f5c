from odoo.tests import tagged

from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesPayouts(AccountingCase):
    """Cases 12a to 13n, 25, 38 and 39 of the specification: what a processor pays out and keeps."""

    SOLD = ("t1", "charge", "110.00", "0.00", "ch_p", "ch_p")

    def sold(self):
        order = self.book(self.sale(payments=[self.payment("p", "110.00")]))
        return (
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(Payment)", self.moves_of(order, "payment"), "2026-03-10"),
        )

    def test_case_12a_processor_fee(self):
        payout = self.pay_out(("t1", "fee", "-3.49", "0.00"))
        self.check(
            "12a", "A payout report with a fee of 3.49 and nothing else; it is taken from the next payout.",
            Entry("Payout", payout.move_id, "2026-03-15", ("Balance transaction",),
                  besides={"PSP": "3.49", "Payout in transit": "-3.49"}),
        )  # fmt: skip

    def test_case_12b_fee_with_input_vat(self):
        tax = self.env["account.tax"].create(
            {
                "name": "Input VAT 20 %", "amount": 20.0, "type_tax_use": "purchase", "company_id": self.company.id,
                "price_include_override": "tax_excluded",
                "invoice_repartition_line_ids": [
                    (0, 0, {"repartition_type": "base"}),
                    (0, 0, {"repartition_type": "tax", "account_id": self.role("Input tax").id}),
                ],
                "refund_repartition_line_ids": [
                    (0, 0, {"repartition_type": "base"}),
                    (0, 0, {"repartition_type": "tax", "account_id": self.role("Input tax").id}),
                ],
            }
        )  # fmt: skip
        self.rule("payout_fee", "Processing fees", pattern="fee", tax_id=tax.id)
        payout = self.pay_out(("t1", "fee", "-4.19", "0.00"))
        self.check(
            "12b", "The same fee, with 20 % input tax in it: the fee's rule names the tax. A tax of the reverse "
            "charge would be owed and reclaimed instead.",
            Entry("Payout", payout.move_id, "2026-03-15", ("Balance transaction",),
                  besides={"PSP": "4.19", "Payout in transit": "-4.19"}),
        )  # fmt: skip

    def test_case_13_payout(self):
        order = self.book(self.sale(payments=[self.payment("p", "110.00")]))
        payout = self.pay_out(("t1", "charge", "110.00", "3.49", "ch_p", "ch_p"))
        bank = self.bank_line(106.51, text="PAYOUT PO-0001")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        self.check(
            "13", "An order of 110.00; the processor keeps 3.49 and pays out 106.51, which is at the bank two days "
            "later.",
            Entry("Invoice", self.moves_of(order, "invoice"), "2026-03-10", ("Invoice",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
            Entry("Payout", payout.move_id, "2026-03-15", ("Fee", "Payout initiated (processor date)")),
            Entry("Bank line", bank.move_id, "2026-03-17", ("Bank line",)),
        )  # fmt: skip

    def test_case_13n_negative_payout(self):
        self.book(self.sale(payments=[self.payment("p", "110.00")]))
        self.rule("payout_fee", "Processing fees", pattern="fee")
        payout = self.pay_out(("t1", "fee", "-40.00", "0.00"))
        bank = self.bank_line(-40.00, text="DEBIT PO-0001")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        order = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.check(
            "13n", "The processor debits 40.00 from the bank, here for fees.",
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(Payment)", self.moves_of(order, "payment"), "2026-03-10"),
            Entry("Payout", payout.move_id, "2026-03-15", ("Payout",), besides={"PSP": "-40", "Processing fees": "40"}),
            Entry("Bank line", bank.move_id, "2026-03-17", ("Bank line",)),
        )  # fmt: skip

    def test_case_25_reserve(self):
        self.rule("reserve", "PSP reserve", pattern="*")
        held = self.pay_out(("t1", "reserve_hold", "-50.00", "0.00"), paid="2026-03-15")
        freed = self.pay_out(("t2", "reserve_release", "50.00", "0.00"), payout="PO-0002", paid="2026-04-15")
        self.check(
            "25", "The processor holds back 50.00 and gives it back a month later.",
            Entry("Payout of March", held.move_id, "2026-03-15", ("Hold",),
                  besides={"PSP": "50", "Payout in transit": "-50"}),
            Entry("Payout of April", freed.move_id, "2026-04-15", ("Release",),
                  besides={"PSP": "-50", "Payout in transit": "50"}),
        )  # fmt: skip

    def test_case_38_marketplace_costs(self):
        market = self.gateway("marketplace", "PSP marketplace")
        for pattern, role in (("commission", "Marketplace commission"), ("fulfilment", "Fulfilment fees"),
                              ("advertising", "Advertising")):  # fmt: skip
            self.rule("payout_fee", role, pattern=pattern)
        self.rule("payout_other", "Other income - reimbursements", pattern="reimbursement")
        costs = self.pay_out(
            ("t1", "fee", "-15.00", "0.00", "", "", "commission"), ("t2", "fee", "-6.00", "0.00", "", "", "fulfilment"),
            ("t3", "fee", "-4.00", "0.00", "", "", "advertising"), processor=market,
        )  # fmt: skip
        lost = self.pay_out(
            ("t4", "adjustment", "20.00", "0.00", "", "", "reimbursement"), processor=market, payout="PO-0002",
            paid="2026-03-29",
        )  # fmt: skip
        stock = self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-03-29",
                "line_ids": [
                    (0, 0, {"name": "lost", "account_id": self.role("Inventory adjustment loss").id, "balance": 12.0}),
                    (0, 0, {"name": "lost", "account_id": self.role("Inventory").id, "balance": -12.0}),
                ],
            }
        )  # fmt: skip
        stock.action_post()
        self.check(
            "38", "A marketplace's settlement takes 15.00 commission, 6.00 for fulfilment and 4.00 for advertising; "
            "the next one pays 20.00 for goods that it lost, which had cost 12.00. Each word of the settlement has "
            "its own rule.",
            Entry("Settlement", costs.move_id, "2026-03-15", ("Costs",),
                  besides={"PSP marketplace": "25", "Payout in transit": "-25"}),
            Entry("Next settlement", lost.move_id, "2026-03-29", ("Reimbursement",),
                  besides={"PSP marketplace": "-20", "Payout in transit": "20"}),
            Entry("The lost stock, which you post", stock, "2026-03-29", ("Stock lost",)),
        )  # fmt: skip

    def test_case_39_merchant_advance(self):
        self.rule("payout_other", "Merchant-advance loan", pattern="advance repayment")
        self.rule("payout_fee", "Finance cost", pattern="advance cost")
        bank = self.bank_line(1000.00, on="2026-03-01", text="ADVANCE")
        _liquidity, suspense, _other = bank._seek_for_lines()
        suspense.account_id = self.role("Merchant-advance loan")
        payout = self.pay_out(
            ("t1", "adjustment", "-90.00", "0.00", "", "", "advance repayment"),
            ("t2", "fee", "-10.00", "0.00", "", "", "advance cost"),
        )  # fmt: skip
        self.check(
            "39", "The processor advances 1,000.00, which you book from the bank statement, and takes 100.00 of it "
            "back from the payouts, 10.00 of them as its price.",
            Entry("Bank line, which you book", bank.move_id, "2026-03-01", ("Received",)),
            Entry("Payout", payout.move_id, "2026-03-15", ("Remittance",),
                  besides={"PSP": "100", "Payout in transit": "-100"}),
        )  # fmt: skip
