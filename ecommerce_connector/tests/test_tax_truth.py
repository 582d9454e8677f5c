from argparse import Namespace

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import new_test_user

from ..command_line import tax_action
from ..models.proof.tax_truth import TaxTruthRun
from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestTaxTruth(PayoutCommon):
    """The store's tax, Odoo's own computation and the books, on a real ledger."""

    def table(self, first="2026-03-01", last="2026-03-31", **more):
        truth = self.env["ecommerce.tax.truth"].create(
            {"date_from": first, "date_to": last, "store_ids": [(6, 0, self.store.ids)], **more}
        )
        truth.action_compute()
        return truth

    def rows(self, truth):
        """(side, country, rate, store's, Odoo's, booked, open) of each row."""
        return [
            (line.side, line.country_code, line.rate, D(f"{line.charged:.2f}"),
             D(f"{line.computed:.2f}") if line.has_computed else None, D(f"{line.booked:.2f}"), line.is_open)
            for line in truth.line_ids
        ]  # fmt: skip

    def sold(self, number, *lines, country="FR", refunds=(), **more):
        """A paid order; lines are (net, tax, rate)."""
        made = [
            self.line("TSH", net, tax, rate, id=f"l{at}") for at, (net, tax, rate) in enumerate(lines)
        ]  # fmt: skip
        total = sum((D(net) + D(tax) for net, tax, _rate in lines), D(0))
        payment = self.payment(f"p-{number}", f"{total:.2f}")
        customer = {"id": number, "name": number, "shipping": {"country": country}}
        (order,) = self.accept(
            self.order(number, made, f"{total:.2f}", [payment], refunds, customer=customer, **more)
        )  # fmt: skip
        return order

    def test_what_agrees_needs_no_reason(self):
        self.sold("A1", ("100.00", "20.00", "20"), ("10.00", "0.55", "5.5"))
        truth = self.table()
        self.assertEqual(
            self.rows(truth),
            [
                ("sale", "FR", "20 %", D("20.00"), D("20.00"), D("20.00"), False),
                ("sale", "FR", "5.5 %", D("0.55"), D("0.55"), D("0.55"), False),
            ],
        )
        self.assertEqual(truth.line_ids.mapped("explanation"), ["", ""])
        self.assertEqual([(line.net, line.count) for line in truth.line_ids], [(100.0, 1), (10.0, 1)])
        self.assertIn("*", truth.line_ids[0].rules)
        self.assertEqual((truth.order_count, truth.open_count, truth.broken_count), (1, 0, 0))

    def test_the_stores_own_rounding_is_explained(self):
        self.sold("B1", ("33.40", "6.67", "20"))  # Odoo: 6.68
        self.sold("B2", ("33.40", "6.67", "20"), country="DE")
        truth = self.table()
        self.assertEqual(
            self.rows(truth),
            [
                ("sale", "DE", "20 %", D("6.67"), D("6.68"), D("6.67"), False),
                ("sale", "FR", "20 %", D("6.67"), D("6.68"), D("6.67"), False),
            ],
        )
        self.assertEqual(truth.line_ids[0].explanation, "-0.01 EUR: the store rounds otherwise than Odoo.")

    def test_rounding_as_the_company_rounds(self):
        lines = [("0.12", "0.02", "20")] * 3  # 0.024 each: 0.02 per line, 0.07 in all
        self.sold("B3", *lines)
        for method, computed in (("round_per_line", "0.06"), ("round_globally", "0.07")):
            self.company.tax_calculation_rounding_method = method
            self.assertEqual(self.rows(self.table())[0][3:6], (D("0.06"), D(computed), D("0.06")), method)

    def test_a_rule_that_leads_to_a_tax_of_another_rate(self):
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "tax"), ("store_id", "=", self.store.id), ("tax_rate", "=", "5.5")]
        )
        rule.tax_rate = "7"
        self.sold("C1", ("100.00", "7.00", "7"))
        truth = self.table()
        self.assertEqual(self.rows(truth), [("sale", "FR", "7 %", D("7.00"), D("5.50"), D("7.00"), True)])
        self.assertIn("1.50 EUR: the rule leads to a tax of another rate.", truth.line_ids.explanation)
        self.assertIn("Orders: C1.", truth.line_ids.explanation)

    def test_a_tax_that_is_not_the_stores_own_rate(self):
        self.sold("D1", ("100.00", "19.00", "20"))
        truth = self.table()
        self.assertEqual(self.rows(truth), [("sale", "FR", "20 %", D("19.00"), D("20.00"), D("19.00"), True)])
        self.assertIn("the store's tax is not its own rate", truth.line_ids.explanation)

    def test_what_is_not_booked_yet(self):
        self.sold("E1", ("100.00", "8.00", "8"))
        truth = self.table()
        self.assertEqual(self.rows(truth), [("sale", "FR", "8 %", D("8.00"), None, D("0.00"), True)])
        self.assertIn("8.00 EUR are not booked yet. See the exceptions of the orders: E1.", truth.line_ids.explanation)

    def test_refunds_are_negative_and_count_on_their_day(self):
        line = self.line("TSH", "50.00", "10.00", "20", id="l0")
        refunds = [
            self.refund("r1", "60.00", lines=[line], at="2026-04-02T10:00:00Z"),
            self.refund("r2", "12.00", at="2026-04-03T10:00:00Z"),
        ]
        self.sold("F1", ("100.00", "20.00", "20"), refunds=refunds, updated_at="2026-04-03T12:00:00Z")
        self.assertEqual(
            self.rows(self.table()), [("sale", "FR", "20 %", D("20.00"), D("20.00"), D("20.00"), False)], "March"
        )
        april = self.table("2026-04-01", "2026-04-30")
        self.assertEqual(self.rows(april), [("refund", "FR", "20 %", D("-12.00"), D("-12.00"), D("-12.00"), False)])
        self.assertIn("The store gave only the amounts of 1 refunds", april.line_ids.explanation)

    def test_an_entry_that_somebody_took_back(self):
        order = self.sold("G1", ("100.00", "20.00", "20"))
        invoice = self.moves_of(order, "invoice")
        reversal = invoice._reverse_moves([{"date": "2026-03-20", "invoice_date": "2026-03-20"}])
        reversal.action_post()
        truth = self.table()
        self.assertEqual(truth.line_ids.booked, 0.0)
        self.assertTrue(truth.line_ids.is_open)
        self.assertIn("20.00 EUR", truth.line_ids.explanation)

    def test_what_a_marketplace_remits_is_not_our_tax(self):
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "marketplace_tax", "pattern": "*", "store_id": self.store.id,
                "account_id": self.account("Store suspense (unmapped)").id,
            }
        )  # fmt: skip
        tax = {"code": "STATE", "rate": "8.25", "amount": "8.25", "remitter": "marketplace"}
        line = self.line("TSH", "100.00", taxes=[tax])
        self.accept(self.order("H1", [line], "108.25", [self.payment("h", "108.25")]))
        truth = self.table()
        self.assertEqual(
            [(row[2], row[3], row[4], row[5], row[6]) for row in self.rows(truth)],
            [("8.25 %", D("8.25"), None, D("0.00"), False)],
        )
        self.assertIn("collected and remitted by the marketplace", truth.line_ids.explanation)

    def test_an_advance_is_taxed_before_its_order(self):
        self.store.write({"invoice_on": "paid", "down_payments": True})
        line = self.line("SOFA", "200.00", "40.00", "20", id="l0")
        first, last = self.payment("d1", "60.00"), self.payment("d2", "180.00", at="2026-04-20T10:00:00Z")
        self.accept(self.order("L1", [line], "240.00", [first]))
        truth = self.table()
        self.assertEqual(self.rows(truth), [("sale", "", "20 %", D("10.00"), D("10.00"), D("10.00"), False)])
        self.assertEqual(truth.line_ids.net, 50.0)
        self.assertIn("Of 1 orders only advances are invoiced yet", truth.line_ids.explanation)
        self.accept(self.order("L1", [line], "240.00", [first, last], updated_at="2026-04-20T11:00:00Z"))
        april = self.table("2026-04-01", "2026-04-30")
        self.assertEqual(self.rows(april), [("sale", "", "20 %", D("40.00"), D("40.00"), D("40.00"), False)])
        self.assertEqual(april.line_ids.explanation, "")

    def test_a_branch_has_the_taxes_of_its_parents(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        run = TaxTruthRun(self.env["ecommerce.store"].new({"company_id": branch.id}), None, None)
        self.assertIn(self.company_data["default_tax_sale"].id, run._rates)

    def test_orders_behind_a_row(self):
        order = self.sold("I1", ("100.00", "20.00", "20"))
        self.sold("I2", ("10.00", "0.55", "5.5"))
        action = self.table().line_ids[0].action_view_orders()
        self.assertEqual(self.env["ecommerce.order"].search(action["domain"]), order)

    def test_the_command_line_says_the_same(self):
        self.sold("K1", ("33.40", "6.67", "20"))
        asked = Namespace(store=self.store.name, company=None, date_from="2026-03-01", date_to="2026-03-31")
        result = tax_action.taxes(self.env, asked)
        self.assertEqual(result.status, 0)
        (row,) = result.data["rows"]
        self.assertEqual(
            [row[name] for name in ("country_code", "rate", "net", "charged", "computed", "booked", "open")],
            ["FR", "20 %", "33.40", "6.67", "6.68", "6.67", False],
        )
        self.assertEqual(row["explanation"], ["-0.01 EUR: the store rounds otherwise than Odoo."])
        self.assertIn("Every difference is explained.", result.text)
        self.sold("K2", ("100.00", "8.00", "8"))
        result = tax_action.taxes(self.env, asked)
        self.assertEqual((result.status, result.data["open"]), (3, 1))
        self.assertIn("! FR sale", result.text)

    def test_no_period_no_stores(self):
        with self.assertRaisesRegex(ValidationError, "ends before it begins"), self.env.cr.savepoint():
            self.table("2026-03-31", "2026-03-01")
        with self.assertRaisesRegex(ValidationError, "Choose at least one store"), self.env.cr.savepoint():
            self.table(store_ids=False)
        truth = self.table()
        self.assertEqual((truth.order_count, len(truth.line_ids)), (0, 0))

    def test_viewers_may_and_strangers_may_not(self):
        self.sold("J1", ("100.00", "20.00", "20"))
        viewer = new_test_user(
            self.env, "truth_viewer", groups="base.group_user,ecommerce_connector.group_viewer",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        truth = self.env["ecommerce.tax.truth"].with_user(viewer).create(
            {"date_from": "2026-03-01", "date_to": "2026-03-31", "store_ids": [(6, 0, self.store.ids)]}
        )  # fmt: skip
        truth.action_compute()
        self.assertEqual(self.rows(truth), [("sale", "FR", "20 %", D("20.00"), D("20.00"), D("20.00"), False)])
        stranger = new_test_user(self.env, "truth_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["ecommerce.tax.truth"].with_user(stranger).create({})
