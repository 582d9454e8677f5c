from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from . import test_payouts, test_tax_truth
from .combined_common import InCombined
from .common import ConnectorCommon, D
from .dispute_common import DisputeCommon
from .test_change_acceptance import WHY
from .test_whatif import WhatIfCommon

ADA = {"name": "Ada Byron", "email": "ada@example.com"}


@tagged("post_install", "-at_install")
class TestTaxTruthOfCombined(InCombined, test_tax_truth.TestTaxTruth):
    """The tax truth table is the same where orders share invoices."""


@tagged("post_install", "-at_install")
class TestPayoutsOfCombined(InCombined, test_payouts.TestPayouts):
    """Payouts are matched with payments as in any other mode."""


@tagged("post_install", "-at_install")
class TestReadersOfCombined(InCombined, ConnectorCommon):
    """What reads an order's amounts from the ledger finds its own part of the invoice."""

    def sold(self, number="D1", net="100.00", tax="20.00", **more):
        """A paid order of one customer."""
        total = f"{D(net) + D(tax):.2f}"
        payments = more.pop("payments", [self.payment(f"p{number}", total)])
        return self.order(number, [self.line("MUG", net, tax)], total, payments, customer=ADA, **more)

    def test_postings_have_the_amounts_of_their_order(self):
        first, second = self.accept(self.sold("D1"), self.sold("D2", "50.00", "10.00"))
        self.assertEqual(first.combined_invoice_id, second.combined_invoice_id)
        for order, total in ((first, 120.0), (second, 60.0)):
            self.assertEqual(set(order.posting_ids.mapped("entry_total")), {total})
        counts = StoreProof(self.store).counts()
        self.assertEqual((counts["invoices"], counts["payments"]), (2, 2))

    def test_a_change_that_a_person_accepts(self):
        """Of one order; the other on the invoice is not touched."""
        order, other = self.accept(self.sold("D1"), self.sold("D2"))
        invoiced = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        changed = self.sold("D1", "90.00", "18.00", updated_at="2026-03-20T10:00:00Z")
        changed["payments"] = [self.payment("pD1", "120.00")]
        self.accept(changed)
        item = order.exception_ids.filtered(lambda item: item.state == "open" and item.code == "changed_after_posting")
        account, receivable = self.account("Store sales"), invoiced.row_ids.filtered("is_customer").account_id
        entry = self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-03-20", "journal_id": self.store.correction_journal_id.id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "debit": 12.0, "tax_ids": [(6, 0, [])]}),
                    (0, 0, {"account_id": receivable.id, "credit": 12.0, "partner_id": order.partner_id.id}),
                ],
            }
        )  # fmt: skip
        entry.action_post()
        wizard = self.env["ecommerce.change.accept"].browse(item.action_mark_corrected()["res_id"])
        wizard.write({"move_ids": [(6, 0, entry.ids)], "reason": WHY})
        wizard.action_accept()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(other.state, "posted")
        self.assertFalse(StoreProof(self.store).report()["laws"])

    def test_revenue_that_waits_on_suspense_keeps_its_exception(self):
        self.store.suspense_account_id = self.account("Store sales").copy({"name": "Waiting"})
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "product")]))
        first, _second = self.accept(self.sold("D1"), self.sold("D2"))
        self.assertTrue(first.combined_invoice_id)
        self.assertEqual(self.balance("Waiting"), D("-200.00"))
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "store_id": self.store.id, "account_id": self.account("Store sales").id}
        )
        first.action_post()
        self.assertIn("open", first.exception_line_ids.exception_id.mapped("state"), "nothing has moved it yet")
        first.exception_ids.filtered(lambda item: item.state == "open")._release()
        self.assertEqual(self.balance("Waiting"), D("0.00"))
        self.assertEqual(self.balance("Store sales"), D("-200.00"))
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_who_still_owes_something_cannot_be_erased(self):
        self.store.invoice_on = "order"
        (order,) = self.accept(self.sold("D1", payments=[]), self.sold("D2"))[:1]
        wizard = self.env["ecommerce.customer.erase"].create({"customer_id": order.customer_id.id, "reason": "x"})
        with self.assertRaisesRegex(Exception, "D1"), self.env.cr.savepoint():
            wizard.action_erase()


@tagged("post_install", "-at_install")
class TestWhatIfOfCombined(InCombined, WhatIfCommon):
    """A what-if tells what re-posting then does to orders that share an invoice."""

    def test_it_tells_what_re_posting_does(self):
        orders = self.accept(
            *(
                self.order(
                    f"D{at}", [self.line("MUG", "100.00", "20.00")], "120.00", [self.payment(f"p{at}", "120.00")],
                    customer=ADA,
                )
                for at in range(2)
            )
        )  # fmt: skip
        self.assertEqual(len(self.combined()), 1)
        draft = self.draft(pattern="MUG", kind="product", account_id=self.books.id)
        whatif = self.what_if(draft)
        self.assertEqual(self.figures(whatif, "account")[self.books.display_name], 200.0)
        before = self.ledger()
        draft._apply("For a test", looked_at=True)
        self.store._correct_orders(self.env["ecommerce.order"].union(*orders))
        after = self.ledger()
        moved = {key: after.get(key, D(0)) - before.get(key, D(0)) for key in {*before, *after}}
        self.assertEqual({amount for amount in moved.values() if amount}, {D("200.000"), D("-200.000")})


@tagged("post_install", "-at_install")
class TestDisputesOfCombined(InCombined, DisputeCommon):
    """A lost chargeback gives back the order's own tax, not that of the invoice."""

    def test_tax_relief_is_that_of_the_order(self):
        self.accept(self.sale("P2") | {"customer": ADA}, self.sale("P3") | {"customer": ADA})
        self.assertEqual(len(self.combined()), 1)
        dispute = self.opened()
        self.lose(dispute, tax_relief=True)
        taxes = dispute.loss_move_id.line_ids.filtered("tax_line_id")
        self.assertEqual(sum(taxes.mapped("balance")), 10.0)
