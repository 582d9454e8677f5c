"""One tax for all of a country's sales tax rates: what set-up makes of it, and what is booked on it."""

from odoo.tests import tagged

from ..platforms import payload as payloads
from .common import D
from .test_assistant import AssistantCommon

NAME = "Sales tax as charged by the store"
#: State, county and city, as one line of goods bears them, and nine others to make the rates many.
LOCAL = (("TX STATE TAX", "6.25", "6.26"), ("TRAVIS COUNTY", "1", "1.01"), ("AUSTIN CITY", "0.75", "0.74"))
OTHERS = ("4", "4.5", "5.6", "6", "6.5", "7", "7.25", "8.25", "8.875")


class ManyRatesCommon(AssistantCommon):
    """A store at home in France that charges sales tax in the United States."""

    def us_order(self, number, rates, net="100.00", **more):
        """An order to the United States; the rates are (name, percent, amount)."""
        taxes = [{"code": code, "rate": rate, "amount": amount} for code, rate, amount in rates]
        total = f"{D(net) + sum(D(amount) for _code, _rate, amount in rates):.2f}"
        return self.order(
            number, [self.line("MUG", net, rate=None) | {"taxes": taxes}], total, [self.payment(f"p-{number}", total)],
            customer={"name": "Grace", "email": "g@example.com", "shipping": {"country": "US", "state": "TX"}}, **more,
        )  # fmt: skip

    def us_orders(self):
        """Orders with twelve rates, one of which is charged in Canada, too."""
        others = [self.us_order(f"S{rate}", [("STATE", rate, f"{D(rate) + D('0.01'):.2f}")]) for rate in OTHERS]
        canadian = self.us_order("C1", [("GST", "7", "7.00")])
        canadian["customer"]["shipping"]["country"] = "CA"
        exempt = self.us_order("X1", [("EXEMPT", "0", "0.00")])
        return [self.us_order("T1", LOCAL), *others, canadian, exempt]

    def documents(self, *orders):
        read = self.store._document_reader()
        return [read(payloads.loads(payloads.dumps(order))) for order in orders]

    def tax_rules(self):
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id), ("kind", "=", "tax")])
        return {
            (rule.pattern, rule.tax_rate or "", rule.country_id.code or "", rule.tax_id.name) for rule in rules
        }  # fmt: skip

    def items(self, move):
        """(account, tax of a tax line, amount, base), and the taxes of the goods."""
        lines = move.line_ids.filtered("tax_line_id")
        return sorted(
            (line.account_id.name, line.tax_line_id.name, f"{line.balance:.2f}", f"{line.tax_base_amount:.2f}")
            for line in lines
        )


@tagged("post_install", "-at_install")
class TestManyRates(ManyRatesCommon):
    """What set-up makes."""

    def test_one_rule_instead_of_one_per_rate(self):
        self.store._create_accounting_for(self.documents(*self.us_orders()))
        self.assertEqual(
            self.tax_rules(),
            {
                ("*", "", "US", NAME), ("*", "7", "US", NAME), ("*", "7", "", "7% S"), ("*", "0", "", "0% Exports"),
                ("*", "0", "US", "0% Exports"),
            },
        )  # fmt: skip
        self.assertEqual((self.store.tax_detail, self.store.charged_country_ids.code), ("charged", "US"))
        tax = self.env["account.tax"].search([("name", "=", NAME), ("company_id", "=", self.company.id)])
        self.assertRecordValues(
            tax, [{"amount_type": "fixed", "amount": 0, "type_tax_use": "sale", "invoice_label": "Sales tax"}]
        )
        self.assertEqual(tax.tax_group_id.name, "Sales tax")
        self.assertEqual(tax.repartition_line_ids.account_id, self.account("Store sales tax"))
        self.assertFalse(self.env["ecommerce.mapping.rule"]._warn(self.company), "no rate is another than its tax's")

    def test_twice_makes_nothing_and_new_rates_need_nothing(self):
        self.store._create_accounting_for(self.documents(*self.us_orders()))
        before = self.tax_rules()
        self.store._create_accounting_for(self.documents(self.us_order("N1", [("NEW", "9.125", "9.13")])))
        self.assertEqual(self.tax_rules(), before)
        self.assertEqual(self.env["account.tax"].search_count([("name", "=", NAME)]), 1)

    def test_a_rate_that_comes_later_elsewhere(self):
        self.store._create_accounting_for(self.documents(*self.us_orders()))
        later = self.us_order("C2", [("GST", "5", "5.00")])
        later["customer"]["shipping"]["country"] = "CA"
        self.store._create_accounting_for(self.documents(later))
        self.assertLessEqual({("*", "5", "", "5% S"), ("*", "5", "US", NAME)}, self.tax_rules())

    def test_the_policy_decides(self):
        self.store.tax_detail = "rate"
        self.store._create_accounting_for(self.documents(*self.us_orders()))
        self.assertEqual({rate for _pattern, rate, _to, _tax in self.tax_rules()},
                         {"0", "6.25", "1", "0.75", *OTHERS})  # fmt: skip
        self.assertNotIn(NAME, {tax for *_rule, tax in self.tax_rules()})

    def test_the_companys_country_where_the_policy_names_none(self):
        self.store.tax_detail = "charged"
        at_home = self.order("H1", [self.line("A", "80.00", "16.00")], "96.00")
        at_home["customer"]["shipping"] = {"country": "FR"}
        self.store._create_accounting_for(self.documents(at_home))
        self.assertEqual(self.tax_rules(), {("*", "", "FR", NAME)})

    def test_a_rate_that_was_booked_before_keeps_its_tax_for_its_refunds(self):
        self.store.tax_detail = "rate"
        self.store._create_accounting_for(self.documents(self.us_order("B1", [("STATE", "7", "7.01")])))
        (before,) = self.accept(self.us_order("B1", [("STATE", "7", "7.01")]))
        self.store.tax_detail = False
        self.store._create_accounting_for(self.documents(*self.us_orders()))
        late = self.us_order("B2", [("STATE", "7", "7.01")], placed_at="2026-03-11T09:00:00Z")
        late["payments"][0]["at"] = "2026-03-11T10:00:00Z"
        given_back = self.us_order("B1", [("STATE", "7", "7.01")], updated_at="2026-03-12T11:00:00Z",
                                   refunds=[self.refund("r", "107.01")])  # fmt: skip
        after, before = self.accept(late, given_back)
        self.assertEqual(self.items(self.moves_of(after, "invoice"))[0][1], NAME)
        (credited,) = self.items(self.moves_of(before, "credit_note"))
        self.assertEqual(credited[1:], ("7% S", "7.01", "100.00"))

    def test_the_assistant_proposes_one_row(self):
        assistant = self.assistant(*self.us_orders())
        row = self.line_of(assistant, "tax", "All rates, to US")
        self.assertRecordValues(row, [{"pattern": "*", "tax_rate": False, "order_count": 10, "selected": True}])
        self.assertEqual(row.item_id.name, NAME)
        self.assertIn("12 different rates are charged there", row.reason)
        assistant.action_apply()
        self.assertIn(("*", "", "US", NAME), self.tax_rules())
        self.assertEqual((self.store.tax_detail, self.store.charged_country_ids.code), ("charged", "US"))
        again = self.assistant(*self.us_orders())
        self.assertTrue(self.line_of(again, "tax", "All rates, to US").is_covered)
        orders = self.accept(*self.us_orders())
        self.assertEqual({order.state for order in orders}, {"posted"})

    def test_an_accountant_is_proposed_the_tax_that_exists(self):
        self.assistant(*self.us_orders()).action_apply()
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "tax")]).unlink()
        row = self.line_of(self.assistant(*self.us_orders(), user=self.accountant), "tax", "All rates, to US")
        self.assertEqual((row.tax_id.name, row.item_id.id, row.selected), (NAME, False, True))
