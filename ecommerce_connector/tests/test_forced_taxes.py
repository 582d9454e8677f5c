"""The store's tax amounts stay, whatever an accountant or another tax set-up does to the entry."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import D
from .contract_common import ContractCommon


@tagged("post_install", "-at_install")
class TestForcedTaxes(ContractCommon):
    """Taxes that are off by cents from what Odoo computes survive what is done with an entry."""

    #: Odoo would say 6.68, 0.67 and 5.00.
    LINES = (
        ("ODD", "33.40", [("VAT", "20", "6.67"), ("ECO", "2", "0.68")]),
        ("EVEN", "30.00", [("INCLUDED", "20", "5.99")]),
        ("FREE", "7.77", []),
    )
    TOTAL = "84.51"
    TAX = 13.34

    def book_odd(self, number, currency="EUR"):
        lines = [
            self.line(key, net, taxes=[{"code": code, "rate": rate, "amount": amount} for code, rate, amount in taxes])
            for key, net, taxes in self.LINES
        ]
        return self.moves_of(self.book(number, lines, self.TOTAL, currency=currency), "invoice")

    def amounts(self, move, sign=1):
        """Everything the entry says in money: lines by account, taxes and their bases."""
        return sorted(
            (line.display_type, line.account_id.id, line.tax_line_id.id,
             *(round(sign * line[name], 2) for name in ("balance", "amount_currency", "tax_base_amount")))
            for line in move.line_ids
        )  # fmt: skip

    def check_kept(self, move, before):
        self.assertEqual(self.amounts(move), before)
        self.assertEqual((move.amount_tax, move.amount_total), (self.TAX, float(self.TOTAL)))

    def test_survive_reset_and_repost(self):
        for currency in ("EUR", "USD"):
            move = self.book_odd(f"F1{currency}", currency)
            before = self.amounts(move)
            self.check_kept(move, before)
            move.button_draft()
            self.check_kept(move, before)
            move.action_post()
            self.check_kept(move, before)

    def test_survive_edits_in_draft(self):
        other = self.env["res.partner"].create({"name": "Somebody else"})
        for currency in ("EUR", "USD"):
            move = self.book_odd(f"F2{currency}", currency)
            before = self.amounts(move)
            move.button_draft()
            renamed = [Command.update(move.invoice_line_ids[0].id, {"name": "New"})]
            for values in (
                {"ref": "Another"}, {"partner_id": other.id}, {"invoice_date": "2026-03-12"}, {"date": "2026-03-13"},
                {"narration": "Corrected"}, {"invoice_line_ids": renamed},
            ):  # fmt: skip
                move.write(values)
                self.assertEqual(self.amounts(move), before, f"after a change of {values}")
            move.action_post()
            self.check_kept(move, before)

    def test_survive_reversal_and_copy(self):
        for currency in ("EUR", "USD"):
            move = self.book_odd(f"F3{currency}", currency)
            before = self.amounts(move)
            reverse = move._reverse_moves([{"date": move.date, "invoice_date": move.date}])
            reverse.action_post()
            refunded = {tax: -amount for tax, amount in self._tax_balances(move).items()}
            self.assertEqual(self._tax_balances(reverse), refunded)
            self.assertEqual((reverse.amount_tax, reverse.amount_total), (self.TAX, float(self.TOTAL)))
            copy = move.copy({"invoice_date": move.invoice_date, "date": move.date})
            copy.action_post()
            self.check_kept(copy, before)

    @staticmethod
    def _tax_balances(move):
        taxes = move.line_ids.filtered("tax_line_id")
        return {line.tax_line_id: (round(line.balance, 2)) for line in taxes}


@tagged("post_install", "-at_install")
class TestEngineTaxes(ContractCommon):
    """Taxes whose items the executor does not know are left to Odoo, with the store's amounts."""

    def check_exact(self, number, taxes, tax_amount, net="33.40"):
        total = f"{D(net) + D(tax_amount):.2f}"
        order = self.book(number, [self.line("ODD", net, taxes=taxes), self.line("PLAIN", "10.00", rate=None)],
                          f"{D(total) + 10:.2f}")  # fmt: skip
        move = self.moves_of(order, "invoice")
        self.assertEqual(f"{move.amount_tax:.2f}", tax_amount)
        self.assertEqual(f"{move.amount_total:.2f}", f"{D(total) + 10:.2f}")
        self.assertEqual(move.payment_state, "paid")
        return move

    def test_cash_basis(self):
        self.company.tax_exigibility = True
        transition = self.account("Store sales tax").copy({"name": "Tax on hold", "reconcile": True})
        self.make_tax(
            "On payment", 20, code="CASH", tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id
        )
        self.check_exact("E2", [{"code": "CASH", "rate": "20", "amount": "6.67"}], "6.67")

    def test_two_shares(self):
        tax = self.make_tax("Split", 20, code="SPLIT")
        for lines in (tax.invoice_repartition_line_ids, tax.refund_repartition_line_ids):
            share = lines.filtered(lambda line: line.repartition_type == "tax")
            share.factor_percent = 50
            share.copy({"factor_percent": 50, "account_id": self.account("Store suspense (unmapped)").id})
        move = self.check_exact("E3", [{"code": "SPLIT", "rate": "20", "amount": "6.67"}], "6.67")
        self.assertEqual(len(move.line_ids.filtered("tax_repartition_line_id")), 2)

    def test_tax_on_tax(self):
        self.make_tax("Excise", 10, code="EXCISE", include_base_amount=True, sequence=0)
        taxes = [{"code": "EXCISE", "rate": "10", "amount": "3.35"}, {"code": "VAT", "rate": "20", "amount": "7.36"}]
        move = self.check_exact("E4", taxes, "10.71")
        bases = {line.tax_line_id.name: line.tax_base_amount for line in move.line_ids.filtered("tax_line_id")}
        self.assertEqual(bases, {"Excise": -33.40, "VAT 20": -36.75})

    def test_tagged_product(self):
        """Tags of a product are on its line and on its tax, as the tax report wants them."""
        tag = self.env["account.account.tag"].create({"name": "Services", "applicability": "products"})
        product = self.env["product.product"].create({"name": "Tagged", "account_tag_ids": [(6, 0, tag.ids)]})
        self.store._ensure_rule("product", "ODD", account_id=self.account("Store sales").id, product_id=product.id)
        move = self.check_exact("E5", [{"code": "VAT", "rate": "20", "amount": "6.67"}], "6.67")
        tagged_lines = move.line_ids.filtered(lambda line: tag in line.tax_tag_ids)
        self.assertEqual(sorted(tagged_lines.mapped("display_type")), ["product", "tax"])

    def test_analytic_models(self):
        """Distribution models apply to what the store sells."""
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        channel = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {"account_prefix": self.account("Store sales").code, "analytic_distribution": {str(channel.id): 100}}
        )
        move = self.check_exact("E6", [{"code": "VAT", "rate": "20", "amount": "6.67"}], "6.67")
        sales = move.line_ids.filtered(lambda line: line.account_id == self.account("Store sales"))
        self.assertEqual(sales.mapped("analytic_distribution"), [{str(channel.id): 100}] * 2)
