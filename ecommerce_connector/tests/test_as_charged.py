"""Sales tax of several rates on one tax "as charged": the store's amounts, the base once, given back exactly."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import D
from .contract_common import ContractCommon

NAME = "Sales tax as charged by the store"
#: Odoo would say 6.25, 1.00 and 0.75.
LOCAL = (("STATE", "6.25", "6.26"), ("COUNTY", "1", "1.01"), ("CITY", "0.75", "0.74"))


class AsChargedCommon(ContractCommon):
    """A store with one tax for all rates of the United States, and one tax per jurisdiction for Canada."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._create_accounting(currencies=["EUR", "USD", "JPY", "KWD"], rates={D(20)}, charged={"US"})
        cls.charged = cls.env["account.tax"].search([("name", "=", NAME), ("company_id", "=", cls.company.id)])
        for code, rate, _amount in LOCAL:
            cls.make_tax(code.title(), float(rate), code=code)
        for rule in cls.env["ecommerce.mapping.rule"].search([("pattern", "in", [code for code, *_more in LOCAL])]):
            rule.country_id = cls.env.ref("base.ca")
        rates = [("JPY", 160.5), ("KWD", 0.331)]
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": cls.env["res.currency"].search([("name", "=", code)]).id, "name": "2026-01-01",
                 "rate": rate, "company_id": cls.company.id}
                for code, rate in rates
            ]
        )  # fmt: skip

    def local_line(self, key="MUG", net="100.00", amounts=("6.26", "1.01", "0.74"), **more):
        taxes = [
            {"code": code, "rate": rate, "amount": amount}
            for (code, rate, _own), amount in zip(LOCAL, amounts, strict=True)
        ]
        return self.line(key, net, rate=None, **more) | {"taxes": taxes}

    def local_order(self, number, lines, total, refunds=(), country="US", **more):
        customer = {"name": "Grace", "email": f"{number}@example.com", "shipping": {"country": country}}
        return self.order(
            number, lines, total, [self.payment(f"p-{number}", total)], refunds, customer=customer, **more
        )

    def posted(self, order):
        (record,) = self.accept(order)
        self.assertEqual(record.state, "posted", record.explanation)
        return record

    def items(self, moves):
        """Tax -> (amount, base) of tax items, in the document's and in company currency; credit negative."""
        return {
            line.tax_line_id.name: tuple(
                f"{amount:.10g}" for amount in (line.amount_currency, line.balance, line.tax_base_amount)
            )
            for line in moves.line_ids.filtered("tax_line_id")
        }  # fmt: skip


@tagged("post_install", "-at_install")
class TestAsCharged(AsChargedCommon):
    """One line with the rates of state, county and city."""

    def test_all_to_the_one_tax(self):
        lines = [self.local_line(), self.local_line("CUP", "10.00", ("0.63", "0.10", "0.08"))]
        order = self.posted(self.local_order("A1", lines, "118.82"))
        move = self.moves_of(order, "invoice")
        self.assertEqual(self.items(move), {NAME: ("-8.82", "-8.82", "-110")})
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.payment_state), (110.0, 8.82, "paid"))
        goods = move.invoice_line_ids
        self.assertEqual([line.tax_ids for line in goods], [self.charged, self.charged])
        self.assertEqual(move.line_ids.filtered("tax_line_id").account_id, self.account("Store sales tax"))

    def test_each_to_a_tax_of_its_own(self):
        order = self.posted(self.local_order("A2", [self.local_line()], "108.01", country="CA"))
        move = self.moves_of(order, "invoice")
        self.assertEqual(
            self.items(move),
            {
                "State": ("-6.26", "-6.26", "-100"), "County": ("-1.01", "-1.01", "-100"),
                "City": ("-0.74", "-0.74", "-100"),
            },
        )  # fmt: skip
        self.assertEqual(len(move.line_ids.filtered("tax_line_id").tax_tag_ids), 3)

    def test_some_to_the_one_tax_and_some_to_their_own(self):
        (rule,) = self.env["ecommerce.mapping.rule"].search([("pattern", "=", "CITY")])
        rule.country_id = False
        order = self.posted(self.local_order("A3", [self.local_line()], "108.01"))
        self.assertEqual(
            self.items(self.moves_of(order, "invoice")),
            {NAME: ("-7.27", "-7.27", "-100"), "City": ("-0.74", "-0.74", "-100")},
        )

    def test_in_other_currencies(self):
        cases = {
            "USD": ("100.00", ("6.26", "1.01", "0.74"), "108.01", ("-8.01", "-6.85", "-85.47")),
            "JPY": ("10007", ("626", "101", "74"), "10808", ("-801", "-4.99", "-62.35")),
            "KWD": ("10.005", ("0.626", "0.101", "0.075"), "10.807", ("-0.802", "-2.42", "-30.23")),
        }
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for currency, (net, amounts, total, expected) in cases.items():
                with self.subTest(currency=currency, method=method):
                    lines = [self.local_line("MUG", net, amounts)]
                    given = self.refund("r", total, lines=lines)
                    order = self.posted(
                        self.local_order(f"C-{currency}-{method}", lines, total, [given], currency=currency)
                    )
                    self.assertEqual(self.items(self.moves_of(order, "invoice")), {NAME: expected})
                    back = tuple(amount.removeprefix("-") for amount in expected)
                    self.assertEqual(self.items(self.moves_of(order, "credit_note")), {NAME: back})

    def test_credit_notes_give_back_exactly(self):
        by_line = self.refund("r1", "32.40", lines=[self.local_line("MUG", "30.00", ("1.88", "0.30", "0.22"))])
        amount_only = self.refund("r2", "10.80", at="2026-03-13T10:00:00Z")
        tax_only = self.refund("r3", "0.75", lines=[self.local_line("MUG", "0.00", ("0.58", "0.10", "0.07"))],
                               at="2026-03-14T10:00:00Z")  # fmt: skip
        rest = self.refund("r4", "64.06", at="2026-03-15T10:00:00Z")
        order = self.posted(
            self.local_order("A4", [self.local_line()], "108.01", [by_line, amount_only, tax_only, rest])
        )
        notes = self.moves_of(order, "credit_note").sorted("invoice_date")
        self.assertEqual(
            [(self.items(note), f"{note.amount_total:.2f}") for note in notes],
            [
                ({NAME: ("2.4", "2.4", "30")}, "32.40"), ({NAME: ("0.8", "0.8", "10")}, "10.80"),
                ({NAME: ("0.75", "0.75", "0")}, "0.75"), ({NAME: ("4.06", "4.06", "60")}, "64.06"),
            ],
        )  # fmt: skip
        tax = self.moves_of(order, "invoice").line_ids | notes.line_ids
        self.assertAlmostEqual(sum(tax.filtered("tax_line_id").mapped("balance")), 0.0)
        self.assertAlmostEqual(sum(tax.filtered("tax_line_id").mapped("tax_base_amount")), 0.0)

    def test_gross_discounts_share_base_and_tax(self):
        shown_on = self.store._ensure_account("allowances")
        self.store._ensure_rule("discount", "SPRING", discount_method="gross", account_id=shown_on.id)
        line = self.local_line("MUG", "90.00", ("5.63", "0.91", "0.67"), discount="10.00",
                               discounts=[{"code": "SPRING", "amount": "10.00"}])  # fmt: skip
        move = self.moves_of(self.posted(self.local_order("A5", [line], "97.21")), "invoice")
        self.assertEqual(self.items(move), {NAME: ("-7.21", "-7.21", "-90")})
        self.assertEqual(sorted(move.invoice_line_ids.mapped("price_subtotal")), [-10.0, 100.0])

    def test_stays_whatever_is_done_with_the_entry(self):
        move = self.moves_of(self.posted(self.local_order("A6", [self.local_line()], "108.01")), "invoice")
        expected = {NAME: ("-8.01", "-8.01", "-100")}
        move.button_draft()
        move.write({"ref": "Another"})
        move.write({"invoice_line_ids": [Command.update(move.invoice_line_ids[0].id, {"name": "New"})]})
        move.action_post()
        self.assertEqual(self.items(move), expected)
        copy = move.copy({"invoice_date": move.invoice_date, "date": move.date})
        copy.action_post()
        self.assertEqual(self.items(copy), expected)
        reverse = move._reverse_moves([{"date": move.date, "invoice_date": move.date}])
        reverse.action_post()
        self.assertEqual(self.items(reverse), {NAME: ("8.01", "8.01", "100")})

    def test_made_by_odoos_tax_engine(self):
        """A product with tags: the engine makes the tax item of the store's amounts, for a tax without a rate too."""
        tag = self.env["account.account.tag"].create({"name": "Services", "applicability": "products"})
        product = self.env["product.product"].create({"name": "Tagged", "account_tag_ids": [Command.set(tag.ids)]})
        self.store._ensure_rule("product", "ODD", account_id=self.account("Store sales").id, product_id=product.id)
        given = self.refund("r", "8.01", lines=[self.local_line("ODD", "0.00")])
        order = self.posted(self.local_order("A7", [self.local_line("ODD", quantity="3")], "108.01", [given]))
        self.assertEqual(self.items(self.moves_of(order, "invoice")), {NAME: ("-8.01", "-8.01", "-100")})
        self.assertEqual(self.items(self.moves_of(order, "credit_note")), {NAME: ("8.01", "8.01", "0")})
