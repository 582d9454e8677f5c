from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesCurrencies(AccountingCase):
    """Case 29 of the specification: order, processor and bank in two currencies, at three rates."""

    HEADER = (
        "payout_id,paid_on,transaction_id,type,gross,fee,net,currency,date,source_id,bank_amount,bank_currency,"
        "conversion_fee\n"
    )

    def test_case_29_converted_payout(self):
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            [
                {"name": day, "company_rate": rate, "currency_id": dollar.id, "company_id": self.company.id}
                for day, rate in (("2026-03-10", 1.10), ("2026-03-12", 1.12), ("2026-03-15", 1.13))
            ]
        )
        self.company.expense_currency_exchange_account_id.name = "FX loss"
        self.rule("payout_fee", "Currency-conversion fees", pattern="currency_conversion")
        self.store.invoice_on = "order"
        processor = self.processor_account("USD")
        processor.write({"processor": "generic", "bank_journal_id": self.company_data["default_journal_bank"].id})
        order = self.book(self.sale(payments=[self.payment("p", "110.00", at="2026-03-12T10:00:00Z")], currency="USD"))
        payout = self.import_payout(
            (
                self.HEADER + "PO-0001,2026-03-15,t1,charge,110.00,3.50,106.50,USD,2026-03-12T10:00:00Z,ch_p,,,\n"
                "PO-0001,2026-03-15,t2,payout,106.50,0.00,106.50,USD,,,92.84,EUR,1.41\n"
            ).encode(), processor,
        )  # fmt: skip
        payout.action_post()
        bank = self.bank_line(92.84, text="PAYOUT PO-0001")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        invoice = self.moves_of(order, "invoice")
        terms = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.check(
            "29", "An order of USD 110.00 in books in euros: invoiced at 1.10 dollars per euro, paid at 1.12. "
            "The processor keeps USD 3.50 that day, turns the rest into euros three days later, at 1.13, and takes "
            "EUR 1.41 for it. Clearing is left with the value that the payment has there; what the rates changed is "
            "the exchange difference of the payout.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice (USD 110 = EUR 100.00)",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-12", ("Capture (USD 110 = EUR 98.21)",)),
            Entry("Exchange difference", terms.matched_credit_ids.exchange_move_id, "2026-03-12",
                  ("Exchange difference on reconciling AR",)),
            Entry("Payout", payout.move_id, "2026-03-15",
                  ("Fee (USD 3.50 = EUR 3.13)", "Payout: USD 106.50 leaves PSP, carrying EUR 95.08")),
            Entry("Bank line", bank.move_id, "2026-03-17", ("Bank",)),
        )  # fmt: skip
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)
