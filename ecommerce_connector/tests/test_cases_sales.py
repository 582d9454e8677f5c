from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesSales(AccountingCase):
    """Cases 01 to 10b, 26 to 28b, 30 and 41 of the specification: what is sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.invoice_on = "order"

    def invoice_of(self, order):
        return self.moves_of(order, "invoice")

    def invoiced(self, *lines, total, **more):
        """The invoice of an order of these lines."""
        return self.invoice_of(self.book(self.order("S1", lines, total, **more)))

    # === Sales, shipping, discounts === #

    def test_case_01_prices_exclude_tax(self):
        invoice = self.invoice_of(self.book(self.sale()))
        self.assertRecordValues(
            invoice, [{"move_type": "out_invoice", "amount_untaxed": 100.0, "amount_tax": 10.0, "amount_total": 110.0}]
        )
        self.check(
            "01", "An order of one product for 100.00, to which the store adds 10 % tax; not paid yet.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice at order/fulfilment",)),
        )  # fmt: skip

    def test_case_02_prices_include_tax(self):
        line = self.line("MUG", "100.00")
        line["taxes"] = [{"code": "VAT", "rate": "20", "amount": "20.00", "included": True}]
        invoice = self.invoiced(line, total="120.00")
        self.check(
            "02", "A product for 120.00, of which the store says that 20.00 are tax.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
        )  # fmt: skip

    def test_case_03_shipping(self):
        invoice = self.invoiced(self.line("post", "5.00", "1.00", kind="shipping"), total="6.00")
        self.check(
            "03", "Shipping of 5.00, and 20 % tax on it.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice line",)),
        )  # fmt: skip

    def discounted(self):
        discount = {"discount": "20.00", "discounts": [{"code": "SPRING", "amount": "20.00"}]}
        return self.invoiced(self.line("MUG", "80.00", "16.00", **discount), total="96.00")

    def test_case_04a_discount_gross_method(self):
        self.rule("discount", "Discounts (contra-revenue)", discount_method="gross")
        invoice = self.discounted()
        contra = invoice.invoice_line_ids.filtered(lambda item: item.balance > 0)
        self.assertRecordValues(contra, [{"price_subtotal": -20.0, "balance": 20.0}])
        self.assertEqual(contra.tax_ids, (invoice.invoice_line_ids - contra).tax_ids)
        self.check(
            "04a", "A product of 100.00 less the coupon SPRING of 20.00, 20 % tax on 80.00. The rule of the coupon "
            "says “gross”: the discount has a line of its own, which carries the tax of what it reduces.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
        )  # fmt: skip

    def test_case_04b_discount_net_method(self):
        invoice = self.discounted()
        self.assertEqual(len(invoice.invoice_line_ids), 1)
        self.check(
            "04b", "The same, and the rule of the coupon says “net”: the discount only lowers the revenue.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
        )  # fmt: skip

    def test_case_04c_voucher_funded_by_the_platform(self):
        self.gateway("platform voucher", "PSP")
        payments = [self.payment("card", "100.00"), self.payment("voucher", "20.00", gateway="platform voucher")]
        order = self.book(self.order("S1", [self.line("MUG", "100.00", "20.00")], "120.00", payments))
        self.assertEqual(self.invoice_of(order).payment_state, "paid")
        self.check(
            "04c", "An order of 120.00 with tax; the customer pays 100.00, the platform pays 20.00 for its own "
            "voucher. The voucher is a payment, not a discount: its gateway leads to the account of the processor "
            "that pays it out.",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Invoice",)),
            Entry("Payments of the customer and of the platform", self.moves_of(order, "payment"), "2026-03-10",
                  ("Settlement",)),
        )  # fmt: skip

    # === Gift cards === #

    def test_case_05a_gift_card_sold(self):
        card = self.line("CARD50", "50.00", rate=None, kind="gift_card")
        order = self.book(self.order("S1", [card], "50.00", [self.payment("p", "50.00")]))
        self.check(
            "05a", "A gift card of 50.00 for whatever the shop sells, paid by card.",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Sale",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
        )  # fmt: skip

    def test_case_05b_single_purpose_voucher(self):
        card = self.line("SPA60", "50.00", "10.00", kind="gift_card")
        order = self.book(self.order("S1", [card], "60.00", [self.payment("p", "60.00")]))
        self.check(
            "05b", "A voucher of 60.00 for one thing at one rate: the store charges 20 % tax when it is sold.",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Sale",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
        )  # fmt: skip

    def test_case_05c_single_purpose_voucher_redeemed(self):
        self.rule("voucher", "Gift-card liability", "spa voucher")
        card = self.line("SPA60", "50.00", "10.00", kind="gift_card", gift_cards=[{"id": "V-1"}])
        sold = self.book(self.order("S1", [card], "60.00", [self.payment("p", "60.00")]))
        gift = self.payment("v", "60.00", gateway="spa voucher", at="2026-03-20T10:00:00Z", gift_card={"id": "V-1"})
        used = self.book(
            self.order("S2", [self.line("SPA", "50.00", "10.00")], "60.00", [gift], placed_at="2026-03-20T09:00:00Z")
        )
        invoice = self.invoice_of(used)
        self.assertRecordValues(invoice, [{"amount_untaxed": 0.0, "amount_tax": 0.0, "payment_state": "paid"}])
        self.assertFalse(self.moves_of(used, "payment"), "a voucher is no payment")
        self.check(
            "05c", "A voucher of 60.00 for one thing at one rate is sold, and pays an order of it ten days later.",
            Entry("Invoice of the voucher", self.invoice_of(sold), "2026-03-10", ("Sale",)),
            Entry("Payment", self.moves_of(sold, "payment"), "2026-03-10", ("Capture",)),
            Entry("Invoice of the order", invoice, "2026-03-20", ("Redemption",)),
        )  # fmt: skip

    def test_case_06_gift_card_redeemed(self):
        payments = [self.payment("g", "50.00", gateway="gift card"), self.payment("p", "70.00")]
        order = self.book(self.order("S1", [self.line("MUG", "100.00", "20.00")], "120.00", payments))
        self.check(
            "06", "An order of 120.00 with tax; 50.00 by gift card, 70.00 by card.",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Invoice",)),
            Entry("Payments", self.moves_of(order, "payment"), "2026-03-10", ("Tender",)),
        )  # fmt: skip

    # === Other lines === #

    def test_case_09_tip(self):
        self.rule("tip", "Tips payable")
        tip = self.line("tip", "5.00", rate=None, kind="tip")
        order = self.book(self.order("S1", [tip], "5.00", [self.payment("p", "5.00")]))
        self.check(
            "09", "A tip of 5.00 that the shop passes on to its staff.",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Invoice line",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Capture",)),
        )  # fmt: skip

    def test_case_10a_order_fee(self):
        invoice = self.invoiced(self.line("handling", "3.00", "0.60", kind="fee"), total="3.60")
        self.check(
            "10a", "A handling fee of 3.00, and 20 % tax on it.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice line",)),
        )  # fmt: skip

    def test_case_10b_duties(self):
        self.rule("duty", "Duties payable")
        invoice = self.invoiced(self.line("ddp", "12.00", rate=None, kind="duty"), total="12.00")
        self.company_data["default_account_payable"].name = "AP"
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice", "partner_id": self.partner_a.id, "invoice_date": "2026-03-20",
                "date": "2026-03-20",
                "invoice_line_ids": [
                    (0, 0, {"name": "duties", "account_id": self.role("Duties payable").id, "price_unit": 12.0,
                            "tax_ids": [(5,)]})
                ],
            }
        )  # fmt: skip
        bill.action_post()
        self.check(
            "10b", "Import duties of 12.00 collected at checkout; ten days later you enter the broker's bill in Odoo.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice line",)),
            Entry("The broker's bill, which you enter", bill, "2026-03-20", ("Broker/carrier bill",)),
        )  # fmt: skip

    # === Who owes the tax === #

    def marketplace(self):
        """A marketplace that pays out what customers paid it, and is owed it on an account of its own."""
        account = self.role("AR marketplace", reconcile=True)
        self.rule("customer", account_id=account.id)
        return self.gateway("marketplace", "PSP marketplace")

    def test_case_26_marketplace_collected_tax(self):
        processor = self.marketplace()
        self.rule("marketplace_tax", "Marketplace-tax clearing")
        self.rule("payout_other", "Marketplace-tax clearing", pattern="adjustment")
        line = self.line("MUG", "100.00")
        line["taxes"] = [{"code": "State tax", "rate": "8.25", "amount": "8.25", "remitter": "marketplace"}]
        payment = self.payment("m", "108.25", gateway="marketplace")
        order = self.book(self.order("S1", [line], "108.25", [payment]))
        self.assertEqual(self.invoice_of(order).amount_tax, 0.0)  # it is not our tax, nor on our tax return
        payout = self.pay_out(("tax1", "adjustment", "-8.25", "0.00"), processor=processor)
        self.check(
            "26", "A marketplace sells for you: 100.00, and 8.25 tax that it collects and pays to the state itself. "
            "In its settlement it withholds the tax. (Here it is alone in the settlement, and taken from the next "
            "one.)",
            Entry("Invoice", self.invoice_of(order), "2026-03-10", ("Sale",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Collected",)),
            Entry("Settlement", payout.move_id, "2026-03-15", ("Withheld and remitted by marketplace",),
                  besides={"PSP marketplace": "8.25", "Payout in transit": "-8.25"}),
        )  # fmt: skip

    def test_case_27_oss(self):
        self.rule("product", "Revenue (OSS FR)", country_id=self.env.ref("base.fr").id)
        tax = self.sales_tax("FR 20 % (OSS)", 20, "OSS VAT payable FR")
        self.rule("tax", tax_id=tax.id, tax_rate="20", remitter="oss", country_id=self.env.ref("base.fr").id)
        line = self.line("MUG", "100.00")
        line["taxes"] = [{"code": "TVA", "rate": "20", "amount": "20.00", "remitter": "oss", "included": True}]
        customer = {"name": "Ada", "email": "ada@example.com", "shipping": {"country": "FR"}}
        invoice = self.invoiced(line, total="120.00", customer=customer)
        declared = self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-03-31", "ref": "OSS return",
                "line_ids": [
                    (0, 0, {"name": "OSS", "account_id": self.role("OSS VAT payable FR").id, "balance": 20.0}),
                    (0, 0, {"name": "OSS", "account_id": self.role("OSS authority payable").id, "balance": -20.0}),
                ],
            }
        )  # fmt: skip
        declared.action_post()
        self.check(
            "27", "A seller in another country of the union ships to a consumer in France: 120.00, of which 20.00 "
            "are French tax under the one-stop shop. Rules with the country France lead to accounts of their own.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
            Entry("The quarter's return, which you post", declared, "2026-03-31", ("Quarter return",)),
        )  # fmt: skip

    def test_case_28a_ioss(self):
        self.rule("product", "Revenue (IOSS)", country_id=self.env.ref("base.fr").id)
        tax = self.sales_tax("FR 20 % (IOSS)", 20, "IOSS VAT payable")
        self.rule("tax", tax_id=tax.id, tax_rate="20", remitter="ioss")
        line = self.line("MUG", "50.00")
        line["taxes"] = [{"code": "TVA", "rate": "20", "amount": "10.00", "remitter": "ioss", "included": True}]
        customer = {"name": "Ada", "email": "ada@example.com", "shipping": {"country": "FR"}}
        invoice = self.invoiced(line, total="60.00", customer=customer)
        self.check(
            "28a", "A consignment of 60.00 from outside the union, of which 10.00 are tax under your own import "
            "one-stop-shop number.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
        )  # fmt: skip

    def test_case_28b_marketplace_is_the_supplier(self):
        self.marketplace()
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "product")]).account_id = self.role(
            "Revenue (deemed supplier)"
        )
        market = self.env["res.partner"].create({"name": "The marketplace"})
        self.store.write({"deemed_supplier": True, "partner_policy": "shared", "shared_partner_id": market.id})
        line = self.line("MUG", "50.00")
        line["taxes"] = [{"code": "VAT", "rate": "20", "amount": "10.00", "remitter": "marketplace"}]
        order = self.book(self.order("S1", [line], "60.00", [self.payment("m", "60.00", gateway="marketplace")]))
        invoice = self.invoice_of(order)
        self.assertRecordValues(invoice, [{"partner_id": market.id, "amount_tax": 0.0, "payment_state": "paid"}])
        self.assertTrue(StoreProof(self.store).report()["holds"])
        self.check(
            "28b", "A consumer pays a marketplace 60.00, of which 10.00 are tax that the marketplace owes as the "
            "supplier. Your sale is to the marketplace, without tax: the store's setting “Marketplace is the "
            "supplier”.",
            Entry("Invoice", invoice, "2026-03-10", ("Deemed B2B supply to marketplace, no VAT",)),
            Entry("Payment", self.moves_of(order, "payment"), "2026-03-10", ("Settlement",)),
        )  # fmt: skip

    # === Rounding, unmapped === #

    def test_case_30_rounding(self):
        line = self.line("MUG", "24.98", "5.00")
        invoice = self.invoiced(line, total="29.97")
        self.check(
            "30", "The store's total is 29.97, its lines and taxes come to 29.98. The difference is within the "
            "store's rounding cap; above it, nothing would be posted and an exception raised.",
            Entry("Invoice", invoice, "2026-03-10", ("Invoice",)),
        )  # fmt: skip
        self.assertEqual(self.accept(self.order("S2", [line], "29.92"))[0].state, "blocked")

    def test_case_41_unknown_product(self):
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "product")]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )
        (order,) = self.accept(self.order("S1", [self.line("NEW", "20.00", "4.00")], "24.00"))
        invoice = self.invoice_of(order)
        exception = self.env["ecommerce.exception"].search([("code", "=", "unmapped")])
        self.assertRecordValues(exception, [{"state": "open"}])
        self.assertEqual(exception.key, "product:NEW")
        self.rule_from(exception, "Revenue")
        released = self.env["account.move"].search([("ecommerce_corrected_move_id", "=", invoice.id)])
        self.assertEqual(exception.state, "resolved")
        self.check(
            "41", "A product that no rule covers: the order is posted all the same, with its revenue on the suspense "
            "account, and an exception is raised. When its rule is saved, an entry that points back moves the "
            "revenue.",
            Entry("Invoice", invoice, "2026-03-10", ("Posting, not blocked",)),
            Entry("Correcting entry", released, "2026-03-10", ("Reclass once mapped",)),
        )  # fmt: skip
