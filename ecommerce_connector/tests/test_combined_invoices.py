import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .combined_common import CombinedCommon
from .common import D

DAY = datetime.date


@tagged("post_install", "-at_install")
class TestCombinedInvoices(CombinedCommon):
    """The orders of a customer in a week on one invoice: 2026-03-09 is a Monday."""

    def test_orders_of_a_week_are_on_one_invoice(self):
        first, second, other = self.accept(
            self.sold("C1"), self.sold("C2", "2026-03-12", net="50.00", tax="10.00"),
            self.sold("C3", "2026-03-11", customer="grace"),
        )  # fmt: skip
        self.assertRecordValues(
            first | second,
            [{"state": "ready", "combined_on": DAY(2026, 3, 15), "combined_period": "2026-W11"}] * 2,
        )  # fmt: skip
        self.assertIn("combined invoice of week 2026-W11 (2026-03-09 to 2026-03-15)", first.explanation)
        self.assertEqual(self.balance("Store sales"), D("0.00"))
        self.assertEqual(len(first.payment_ids), 1, "money is booked when it moves")
        self.proof()
        self.assertFalse(self.post_combined("2026-03-14"))
        invoices = self.post_combined("2026-03-15")
        self.assertEqual(len(invoices), 2, first.explanation)
        invoice = first.combined_invoice_id
        self.assertEqual(invoice, second.combined_invoice_id)
        self.assertNotEqual(invoice, other.combined_invoice_id)
        self.assertRecordValues(
            invoice,
            [{
                "move_type": "out_invoice", "state": "posted", "invoice_date": DAY(2026, 3, 15),
                "date": DAY(2026, 3, 15), "amount_total": 180.0, "amount_tax": 30.0, "payment_state": "paid",
                "ref": "C1, C2", "partner_id": first.partner_id.id,
            }],
        )  # fmt: skip
        lines = invoice.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        self.assertEqual(
            [(line.display_type, line.name, line.price_subtotal) for line in lines],
            [
                ("line_section", "Order C1 of Mar 10, 2026", 0.0), ("product", "Mug", 100.0),
                ("line_section", "Order C2 of Mar 12, 2026", 0.0), ("product", "Mug", 50.0),
            ],
        )  # fmt: skip
        owed = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual({(line.name, line.balance, line.reconciled) for line in owed},
                         {("C1", 120.0, True), ("C2", 60.0, True)})  # fmt: skip
        self.assertRecordValues(first | second, [{"state": "posted", "combined_on": False}] * 2)
        self.assertFalse(first.explanation)
        self.assert_rows_add_up()
        self.proof()

    # === When === #

    def run_cron(self, at):
        """The scheduled action at an instant, without its commits."""
        nothing = patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0)
        with nothing, freeze_time(at):
            self.env["ecommerce.store"]._cron_post_summaries()

    def test_a_week_waits_until_it_is_over_in_the_store(self):
        """22:30 UTC of Sunday is 23:30 in Paris: the week has half an hour left there."""
        self.store.auto_post = True
        (order,) = self.accept(self.sold("C1"))
        self.run_cron("2026-03-15 22:30:00")
        self.assertFalse(self.combined())
        self.store._retry()
        self.assertEqual(order.state, "ready", "the next run must not post it by itself")
        self.run_cron("2026-03-15 23:30:00")
        self.assertEqual(self.combined().mapped("period"), ["2026-W11"])
        self.assertEqual(order.state, "posted")

    def test_nothing_is_posted_twice(self):
        orders = self.accept(self.sold("C1"), self.sold("C2"))
        self.assertEqual(len(self.post_combined()), 1)
        self.assertFalse(self.post_combined())
        self.accept(self.sold("C1"), self.sold("C2"))
        orders[0].action_post()
        self.store._post_orders(orders[1])
        self.assertFalse(self.post_combined())
        self.assertEqual(self.balance("Store sales"), D("-200.00"))
        self.assertEqual(self.balance("Store sales tax"), D("-40.00"))

    def test_what_arrives_late_is_on_another_invoice_of_the_period(self):
        self.accept(self.sold("C1"))
        first = self.post_combined("2026-03-15")
        before = [(line.account_id.id, line.balance) for line in first.line_ids]
        (late,) = self.accept(self.sold("C2"))
        self.assertEqual(late.combined_period, "2026-W11")
        second = self.post_combined("2026-03-15")
        self.assertRecordValues(second, [{"invoice_date": DAY(2026, 3, 15), "amount_total": 120.0}])
        self.assertEqual(second.ecommerce_first_summary_id, first)
        self.assertEqual([(line.account_id.id, line.balance) for line in first.line_ids], before)
        self.proof()

    def test_a_period_that_is_not_over(self):
        """What is sold until then has that day; what comes later in the week the last one."""
        early, later = self.accept(self.sold("C1"), self.sold("C2", "2026-03-12"))
        with freeze_time("2026-03-11 12:00:00"):
            wizard = self.env["ecommerce.combined.post"].create({"store_id": self.store.id, "until": "2026-03-11"})
            self.assertEqual((wizard.order_count, wizard.later_count), (0, 2))
            with self.assertRaisesRegex(UserError, "No order waits for a combined invoice of Mar 11, 2026"):
                wizard.action_post()
            wizard.unfinished = True
            action = wizard.action_post()
        found = self.env["ecommerce.summary"].search(action["domain"]).move_id
        self.assertRecordValues(found, [{"invoice_date": DAY(2026, 3, 11), "amount_total": 120.0}])
        self.assertEqual(early.state, "posted")
        self.assertRecordValues(later, [{"state": "ready", "combined_on": DAY(2026, 3, 15)}])
        rest = self.post_combined("2026-03-15")
        self.assertRecordValues(rest, [{"invoice_date": DAY(2026, 3, 15), "amount_total": 120.0}])
        self.assertEqual(rest.ecommerce_first_summary_id, found)
        self.proof()

    def test_no_invoice_has_a_day_that_has_not_come(self):
        self.accept(self.sold("C1"))
        with freeze_time("2026-03-11 12:00:00"):
            wizard = self.env["ecommerce.combined.post"].create(
                {"store_id": self.store.id, "until": "2026-03-12", "unfinished": True}
            )
            with self.assertRaisesRegex(UserError, "until today at the latest"):
                wizard.action_post()

    def test_a_week_ends_with_its_month(self):
        march, april = self.accept(self.sold("C1", "2026-03-31"), self.sold("C2", "2026-04-01"))
        self.post_combined()
        self.assertEqual(march.combined_invoice_id.invoice_date, DAY(2026, 3, 31))
        self.assertEqual(april.combined_invoice_id.invoice_date, DAY(2026, 4, 5))

    def test_a_lock_date_moves_the_entry_and_keeps_the_day(self):
        (order,) = self.accept(self.sold("C1"))
        self.company.sale_lock_date = "2026-03-31"
        invoice = self.post_combined()
        self.assertRecordValues(invoice, [{"invoice_date": DAY(2026, 3, 15), "date": DAY(2026, 4, 1)}])
        posting = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        self.assertEqual(posting.true_date, DAY(2026, 3, 15))
        self.proof()

    # === Whose === #

    def test_customers_currencies_and_stores_are_kept_apart(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.ref("base.USD").id, "name": "2026-01-01", "rate": 1.25,
             "company_id": self.company.id}
        )  # fmt: skip
        self.accept(self.sold("C1"), self.sold("C2"), self.sold("C3", currency="USD"), self.sold("C4", customer="bea"))
        invoices = self.post_combined()
        found = {(invoice.ref, invoice.currency_id.name, invoice.partner_id.name) for invoice in invoices}
        self.assertEqual(found, {("C1, C2", "EUR", "Ada"), ("C3", "USD", "Ada"), ("C4", "EUR", "Bea")})
        self.proof()

    def test_guests_that_share_a_contact_have_invoices_of_their_own(self):
        self.store._make_shared_partner()
        nobody = {"customer": {"name": "Guest", "email": ""}}
        orders = self.accept(self.sold("C1", **nobody), self.sold("C2", **nobody))
        self.assertRecordValues(orders[0] | orders[1], [{"state": "posted", "combined_on": False}] * 2)
        self.assertNotEqual(self.moves_of(orders[0], "invoice"), self.moves_of(orders[1], "invoice"))
        self.assertEqual(orders[0].partner_id, orders[1].partner_id)
        self.assertFalse(self.post_combined())
        self.store.partner_policy = "shared"
        (known,) = self.accept(self.sold("C3"))
        self.assertEqual(known.state, "posted", "the store books all customers on one contact")

    def test_orders_about_gift_cards_and_shipments_have_invoices_of_their_own(self):
        card = self.order(
            "C1", [self.line("CARD", "50.00", rate=None, kind="gift_card")], "50.00", [self.payment("p1", "50.00")]
        )
        (sold,) = self.accept(card)
        self.assertRecordValues(sold, [{"state": "posted", "combined_on": False}])
        self.assertFalse(sold.combined_invoice_id)
        paid = self.order(
            "C2", [self.line("MUG", "50.00", "10.00")], "60.00", [self.payment("p2", "60.00", "gift card")]
        )
        (order,) = self.accept(paid)
        self.assertEqual(order.combined_period, "2026-W11", "a card that pays is money")
        self.post_combined()
        self.assertEqual(order.state, "posted")
        self.store.invoice_on = "fulfilment"
        (shipped,) = self.accept(self.sold("C3", fulfilments=[{"id": "f1", "at": "2026-03-11T10:00:00Z"}]))
        self.assertRecordValues(shipped, [{"state": "posted", "combined_on": False}])
        self.proof()

    # === What comes later === #

    def test_a_refund_credits_the_combined_invoice_and_only_its_order(self):
        first, second = self.accept(self.sold("C1"), self.sold("C2"))
        invoice = self.post_combined()
        back = self.refund("r1", "60.00", at="2026-03-20T10:00:00Z", lines=[self.line("MUG", "50.00", "10.00")])
        self.accept(self.refunded("C1", back))
        note = self.moves_of(first, "credit_note")
        self.assertRecordValues(
            note,
            [{"move_type": "out_refund", "reversed_entry_id": invoice.id, "amount_total": 60.0, "amount_tax": 10.0,
              "invoice_date": DAY(2026, 3, 20), "payment_state": "paid"}],
        )  # fmt: skip
        self.assertEqual(first.refund_ids.move_id, note)
        self.assertEqual(first.refund_ids.invoice_id, invoice)
        self.assertFalse(self.moves_of(second, "credit_note"))
        self.assertRecordValues(first | second, [{"state": "posted"}] * 2)
        rest = self.refund("r2", "60.00", at="2026-03-21T10:00:00Z")
        self.accept(self.refunded("C1", back, rest))
        self.assertEqual(self.balance("Store sales tax"), D("-20.00"), "of the second order alone")
        self.assertFalse(invoice.line_ids.filtered(lambda line: line.name == "C2").amount_residual)
        self.proof()

    def test_a_refund_before_the_invoice_is_credited_with_it(self):
        back = self.refund("r1", "60.00", at="2026-03-12T10:00:00Z", lines=[self.line("MUG", "50.00", "10.00")])
        (order,) = self.accept(self.sold("C1", refunds=[back]))
        self.assertEqual(len(order.payment_ids), 2, "both movements of money are booked when they happened")
        invoice = self.post_combined()
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"invoice_date": DAY(2026, 3, 15), "reversed_entry_id": invoice.id}])
        self.assertEqual(invoice.amount_total, 120.0)
        self.proof()

    def test_an_order_cancelled_before_its_period_ends_has_no_invoice(self):
        paid_back = self.refund("r1", "120.00", at="2026-03-12T10:00:00Z")
        kept, gone = self.accept(self.sold("C1"), self.sold("C2"))
        self.accept(
            self.sold("C2", refunds=[paid_back], cancelled=True, cancelled_at="2026-03-12T10:00:00Z",
                      updated_at="2026-03-12T11:00:00Z")
        )  # fmt: skip
        self.assertRecordValues(gone, [{"state": "posted", "combined_on": False}])
        invoice = self.post_combined()
        self.assertEqual(invoice.ref, "C1")
        self.assertFalse(self.moves_of(gone, "invoice"))
        self.assertEqual(kept.combined_invoice_id, invoice)
        self.proof()

    def test_an_order_cancelled_after_its_invoice_is_credited_whole(self):
        gone, kept = self.accept(self.sold("C1"), self.sold("C2"))
        invoice = self.post_combined()
        self.accept(
            self.refunded("C1", self.refund("r1", "120.00", at="2026-03-20T10:00:00Z"), cancelled=True,
                          cancelled_at="2026-03-20T10:00:00Z")
        )  # fmt: skip
        self.assertEqual(self.moves_of(gone, "credit_note").reversed_entry_id, invoice)
        self.assertEqual(self.balance("Store sales tax"), D("-20.00"))
        self.assertEqual(kept.state, "posted")
        self.proof()

    def test_each_payment_settles_its_own_order(self):
        self.store.invoice_on = "order"
        unpaid = [self.sold(number) | {"payments": []} for number in ("C1", "C2")]
        first, second = self.accept(*unpaid)
        invoice = self.post_combined()
        owed = {line.name: line for line in invoice.line_ids if line.display_type == "payment_term"}
        self.assertEqual([owed[name].amount_residual for name in ("C1", "C2")], [120.0, 120.0])
        paid = [self.payment("p2", "70.00", at="2026-03-20T10:00:00Z")]
        self.accept(unpaid[1] | {"payments": paid, "updated_at": "2026-03-20T11:00:00Z"})
        self.assertEqual([owed[name].amount_residual for name in ("C1", "C2")], [120.0, 50.0])
        self.assertEqual(invoice.payment_state, "partial")
        self.proof()

    def test_money_before_the_invoice_waits_as_an_advance(self):
        """Where the invoice needs all of the money, and it comes on two days."""
        self.store.invoice_on = "paid"
        halves = [self.payment("p1", "50.00"), self.payment("p2", "70.00", at="2026-03-12T10:00:00Z")]
        (order,) = self.accept(self.sold("C1") | {"payments": halves})
        self.assertEqual(order.combined_period, "2026-W11")
        self.assertEqual(self.balance("Customer advances"), D("-50.00"))
        self.post_combined()
        self.assertEqual(self.balance("Customer advances"), D("0.00"))
        self.assertEqual(self.moves_of(order, "advance_used").date, DAY(2026, 3, 15))
        self.proof()
