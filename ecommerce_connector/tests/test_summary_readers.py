from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from . import test_payouts, test_tax_truth
from .common import D
from .dispute_common import DisputeCommon
from .summary_common import InSummaries
from .test_change_acceptance import WHY
from .test_gift_cards import GiftCardCommon
from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestTaxTruthOfSummaries(InSummaries, test_tax_truth.TestTaxTruth):
    """The tax truth table is the same where the books have summaries."""


@tagged("post_install", "-at_install")
class TestPayoutsOfSummaries(InSummaries, test_payouts.TestPayouts):
    """Payouts are matched with the payments of summaries as with any other."""


@tagged("post_install", "-at_install")
class TestReadersOfSummaries(InSummaries, GiftCardCommon):
    """What reads an order's amounts from the ledger finds them in its rows."""

    def sold(self, number="D1", net="100.00", tax="20.00", **more):
        """A paid order."""
        total = f"{D(net) + D(tax):.2f}"
        payments = more.pop("payments", [self.payment(f"p{number}", total)])
        return self.order(number, [self.line("MUG", net, tax)], total, payments, **more)

    def holds(self):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])

    def test_postings_have_the_amounts_of_their_order(self):
        first, second = self.accept(self.sold("D1"), self.sold("D2", "50.00", "10.00"))
        self.assertEqual(first.posting_ids.move_id, second.posting_ids.move_id)
        for order, total in ((first, 120.0), (second, 60.0)):
            self.assertEqual(set(order.posting_ids.mapped("entry_total")), {total})
        self.assertEqual(
            StoreProof(self.store).counts() | {"invoices": 2, "payments": 2}, StoreProof(self.store).counts()
        )

    def test_money_shows_what_is_its_own(self):
        first, _second = self.accept(self.sold("D1"), self.sold("D2"))
        items = first.payment_ids.booked_item_ids
        self.assertEqual(items.mapped("name"), ["D1 ch_pD1"])

    def test_a_change_that_a_person_accepts(self):
        (order,) = self.accept(self.sold("D1"), self.sold("D2"))[:1]
        invoiced = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        changed = self.sold("D1", "90.00", "18.00", updated_at="2026-03-20T10:00:00Z")
        changed["payments"] = [self.payment("pD1", "120.00")]
        self.accept(changed)
        self.assertEqual(order.state, "blocked")
        item = order.exception_ids.filtered(lambda item: item.state == "open" and item.code == "changed_after_posting")
        account, receivable = (
            self.account("Store sales"), invoiced.row_ids.filtered("is_customer").account_id
        )  # fmt: skip
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
        correction = order.posting_ids.filtered(lambda posting: posting.kind == "correction")
        self.assertEqual((correction.move_id, correction.corrected_id), (entry, invoiced))
        laws = [
            (row["law"], row["subject"], row["store"], row["ledger"]) for row in StoreProof(self.store).report()["laws"]
        ]
        self.assertFalse(laws)

    def test_a_summary_that_somebody_changed_is_not_corrected(self):
        (order,) = self.accept(self.sold("D1"))
        sales = self.account("Store sales")
        other = sales.copy({"name": "By hand"})
        move = self.summaries().move_id
        move.button_draft()
        move.line_ids.filtered(lambda line: line.account_id == sales).account_id = other
        move.action_post()
        self.assertFalse(StoreProof(self.store).report()["holds"])
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "MUG", "store_id": self.store.id,
             "account_id": sales.copy({"name": "Mugs"}).id}
        )  # fmt: skip
        outcome = self.store._correct_orders(order)
        self.assertFalse(outcome.moves)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["changed_by_hand"])

    def test_vouchers_and_cards(self):
        """A card sold and redeemed, each on the liability; law 11 holds for lines of many orders."""
        sold = [self.sell("G1", "GC-1"), self.sell("G2", "GC-2")]
        self.accept(*sold)
        line = self.summaries().move_id.line_ids.filtered(lambda line: line.account_id.name == "Gift card liability")
        self.assertEqual(line.balance, -100.0)
        self.accept(self.sold("D1", payments=[
            self.payment("c", "30.00", gateway="gift card", gift_card={"id": "GC-1"}), self.payment("d", "90.00"),
        ]))  # fmt: skip
        cards = self.env["ecommerce.gift.card"].search([("store_id", "=", self.store.id)])
        self.assertEqual({card.external_id: card.balance for card in cards}, {"GC-1": 20.0, "GC-2": 50.0})
        self.holds()

    def test_cards_in_a_foreign_currency_have_entries_of_their_own(self):
        """What leaves such a card is worth what it is carried at: card by card, in no sum."""
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.ref("base.USD").id, "name": "2026-01-01", "rate": 1.25,
             "company_id": self.company.id}
        )  # fmt: skip
        (order,) = self.accept(self.sell("G1", "GC-1", currency="USD"))
        self.assertEqual(self.moves_of(order, "invoice").move_type, "out_invoice")
        self.assertFalse(self.summaries())

    def test_an_open_order_keeps_its_customer(self):
        """Who still owes something in a summary cannot be erased."""
        self.store.invoice_on = "order"
        (order,) = self.accept(self.sold("D1", payments=[]))
        wizard = self.env["ecommerce.customer.erase"].create({"customer_id": order.customer_id.id, "reason": "x"})
        with self.assertRaisesRegex(Exception, "D1"), self.env.cr.savepoint():
            wizard.action_erase()


@tagged("post_install", "-at_install")
class TestWhatIfOfSummaries(InSummaries, WhatIfCommon):
    """A what-if tells what re-posting then does to summaries."""

    def test_it_tells_what_re_posting_does(self):
        orders = self.accept(
            *(
                self.order(
                    f"D{at}", [self.line("MUG", "100.00", "20.00")], "120.00", [self.payment(f"p{at}", "120.00")]
                )
                for at in range(2)
            )
        )
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
class TestDisputesOfSummaries(InSummaries, DisputeCommon):
    """A lost chargeback gives back the order's own tax, not that of the day."""

    def test_tax_relief_is_that_of_the_order(self):
        self.accept(self.sale("P2"))
        dispute = self.opened()
        self.lose(dispute, tax_relief=True)
        taxes = dispute.loss_move_id.line_ids.filtered("tax_line_id")
        self.assertEqual(sum(taxes.mapped("balance")), 10.0)
