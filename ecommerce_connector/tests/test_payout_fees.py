from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestPayoutFees(PayoutCommon):
    """Input tax and reverse charge on what a processor charges, as a vendor bill would report them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_rule = cls.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "payout_fee"), ("company_id", "=", cls.company.id)]
        )

    def tax(self, amount=20.0, factors=(100,), **more):
        """A purchase tax with a tag on each of its parts."""
        account = self.company_data["default_account_tax_purchase"]
        number = self.env["account.tax"].search_count([])

        def part(name, **values):
            tag = self.env["account.account.tag"].create(
                {"name": f"{name} of tax {number}", "applicability": "taxes",
                 "country_id": self.company.account_fiscal_country_id.id}
            )  # fmt: skip
            return Command.create({"tag_ids": [Command.set(tag.ids)], **values})

        def parts(kind):
            return [
                part(f"{kind} base", repartition_type="base"),
                *(part(f"{kind} {factor}", repartition_type="tax", factor_percent=factor, account_id=account.id)
                  for factor in factors),
            ]  # fmt: skip

        return self.env["account.tax"].create(
            {
                "name": f"Services {number}", "amount": amount, "type_tax_use": "purchase",
                "company_id": self.company.id, "price_include_override": "tax_excluded",
                "invoice_repartition_line_ids": parts("invoice"), "refund_repartition_line_ids": parts("refund"),
                **more,
            }
        )  # fmt: skip

    def posted(self, tax, *rows):
        self.fee_rule.tax_id = tax
        lines = [self.line("TSH", "100.00", "20.00")]
        refund = self.refund("c", "30.00", lines=[self.line("TSH", "25.00", "5.00")])
        self.accept(
            self.order("P1", lines, "120.00", [self.payment("a", "120.00")]),
            self.order("P2", lines, "120.00", [self.payment("b", "120.00")], [refund]),
        )
        payout = self.import_payout(self.report(*(rows or (("t1", "120.00", "3.00", "charge", "ch_a", "ch_a"),))))
        payout.action_post()
        return payout.move_id

    def billed(self, tax, net, move_type="in_invoice"):
        """The same fee as a vendor bill of Odoo's own."""
        bill = self.env["account.move"].create(
            {
                "move_type": move_type, "partner_id": self.partner_a.id, "invoice_date": "2026-03-15",
                "invoice_line_ids": [
                    Command.create({"name": "fees", "account_id": self.fee_rule.account_id.id, "quantity": 1,
                                    "price_unit": net, "tax_ids": [Command.set(tax.ids)]})
                ],
            }
        )  # fmt: skip
        bill.action_post()
        return bill

    def reported(self, move):
        """What the tax report adds up: (tags, tax, repartition line) -> (balance, base)."""
        found = {}
        for item in move.line_ids.filtered(lambda item: item.tax_tag_ids or item.tax_ids or item.tax_line_id):
            key = (tuple(item.tax_tag_ids.mapped("name")), item.tax_line_id.id, item.tax_repartition_line_id.id)
            balance, base = found.get(key, (0.0, 0.0))
            found[key] = (balance + item.balance, base + item.tax_base_amount)
        return found

    def test_input_tax_is_taken_out_of_the_fee(self):
        tax = self.tax()
        move = self.posted(tax)
        self.assertEqual(self.balance("Payment processing fees"), D("2.50"))
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
        self.assertEqual(self.reported(move), self.reported(self.billed(tax, 2.50)))
        items = move.line_ids.filtered(lambda item: item.ecommerce_rule_id == self.fee_rule)
        self.assertEqual(items.mapped("balance"), [2.5, 0.5])

    def test_reverse_charge_is_owed_and_reclaimed(self):
        tax = self.tax(21.0, (100, -100))
        move = self.posted(tax)
        self.assertEqual(self.balance("Payment processing fees"), D("3.00"))
        self.assertEqual(self.reported(move), self.reported(self.billed(tax, 3.00)))
        self.assertEqual(sorted(move.line_ids.filtered("tax_line_id").mapped("balance")), [-0.63, 0.63])

    def test_a_fee_given_back_is_a_refund_of_the_processors(self):
        for tax, net in ((self.tax(), 0.50), (self.tax(21.0, (100, -100)), 0.60)):
            with self.subTest(tax=tax.name), self.env.cr.savepoint() as savepoint:
                move = self.posted(tax, ("t3", "-30.00", "-0.60", "refund", "re_c", "ch_b"))
                self.assertEqual(self.reported(move), self.reported(self.billed(tax, net, "in_refund")))
                savepoint.rollback()

    def test_undo_reports_nothing_in_the_end(self):
        move = self.posted(self.tax())
        self.env["ecommerce.payout"].search([("move_id", "=", move.id)]).action_undo()
        reversal = move.reversal_move_ids
        self.assertEqual(reversal.state, "posted")
        self.assertEqual(sum((move | reversal).line_ids.filtered("tax_line_id").mapped("balance")), 0.0)
        self.assertEqual(self.balance("Payment processing fees"), D("0.00"))
        self.assertEqual(self.balance("Payment clearing"), D("210.00"))

    def test_only_simple_purchase_taxes(self):
        for tax, message in (
            (self.tax(amount_type="fixed"), "choose a single percentage"),
            (self.tax(12.0, (40, 60)), "choose a single percentage"),
            (self.company.account_sale_tax_id, "is no tax of purchases"),
        ):
            with self.subTest(tax=tax.name), self.assertRaisesRegex(ValidationError, message), self.env.cr.savepoint():
                self.fee_rule.tax_id = tax
        rule = self.env["ecommerce.mapping.rule"].search([("kind", "=", "shipping"), ("store_id", "=", self.store.id)])
        with self.assertRaisesRegex((UserError, ValidationError), "is no tax of sales"), self.env.cr.savepoint():
            rule.tax_id = self.tax()

    def test_analytic_distribution_of_fees(self):
        plan = self.env["account.analytic.plan"].create({"name": "Costs"})
        web = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        self.fee_rule.analytic_distribution = {str(web.id): 100}
        move = self.posted(self.tax())
        (item,) = move.line_ids.filtered("analytic_distribution")
        self.assertEqual((item.account_id.name, item.balance), ("Payment processing fees", 2.5))
        self.assertEqual(sum(item.analytic_line_ids.mapped("amount")), -2.5)
