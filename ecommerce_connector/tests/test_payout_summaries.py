import datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import D
from .payout_summary_common import PayoutSummaryCommon

JANUARY = datetime.date(2026, 1, 31)


@tagged("post_install", "-at_install")
class TestPayoutSummaries(PayoutSummaryCommon):
    """Summaries of payouts: when, and of what."""

    # === When === #

    def test_an_order_waits_for_its_payout_and_says_so(self):
        (order,) = self.accept(self.sold("D1"))
        self.assertRecordValues(
            order, [{"state": "ready", "summary_on": JANUARY, "summary_payout_id": False, "is_for_payout": True}]
        )
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        self.assertRecordValues(
            order, [{"summary_on": datetime.date(2026, 1, 22), "summary_payout_id": payout.id, "is_for_payout": True}]
        )
        self.assertRecordValues(payout, [{"is_blocked": True, "waits_for_summary": True, "problem_count": 0}])
        self.assertRecordValues(
            payout.transaction_ids,
            [{"match_status": "waiting", "match_reasons": "Order D1 is booked with the summary."}],
        )
        self.assertFalse(payout.exception_line_ids, "nobody has to decide anything")
        self.assertIn("its summary is not posted yet. It has what is not booked of D1", payout.explanation)
        self.assertNotIn("missing in the ledger", payout.explanation)
        with self.assertRaisesRegex(UserError, "its summary is not posted yet"), self.cr.savepoint():
            payout.action_post()
        payout.action_post_summary()
        self.assertRecordValues(
            order, [{"state": "posted", "summary_on": False, "summary_payout_id": False, "is_for_payout": False}]
        )
        self.assertRecordValues(payout, [{"is_blocked": False, "waits_for_summary": False, "matched_count": 1}])
        self.assertEqual((self.clearing(), self.fees()), (D("117.00"), D("3.00")))
        self.proof()
        payout.action_post()
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
        self.assertEqual(self.days(), [("2026-01-22", "payout", "po_1", "2026-01-22")])
        self.proof()
        with self.assertRaisesRegex(UserError, "Nothing of payout po_1"), self.cr.savepoint():
            payout.action_post_summary()

    def test_what_no_payout_takes_is_booked_at_the_end_of_the_month(self):
        self.store.auto_post = True
        self.accept(self.sold("D1"), self.sold("D2", "2026-02-02"))
        with freeze_time("2026-01-31 22:30:00"):  # 23:30 in Paris: the month has half an hour left
            self.run_cron()
        self.assertFalse(self.summaries())
        with freeze_time("2026-01-31 23:30:00"):
            self.run_cron()
        self.assertEqual(self.days(), [("2026-01-31", "month", "", "2026-01-31")])
        self.assertEqual(self.balance("Store sales"), D("-100.00"))
        self.proof()

    def test_a_payout_that_comes_after_the_month_was_booked(self):
        """Its fee is January's, as the sale is; nothing is booked twice."""
        self.accept(self.sold("D1"))
        first = self.summarize("2026-01-31")
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"), paid="2026-02-03")
        self.assertIn("It has what is not booked of D1", payout.explanation)
        delta = self.summarize("2026-02-03")
        self.assertEqual((first.kind, delta.kind, delta.payout_id), ("month", "payout", payout))
        self.assertRecordValues(delta, [{"day": JANUARY, "entry_date": JANUARY, "order_count": 1, "turnover": 0.0}])
        self.assertEqual(self.fees("2026-01-31"), D("3.00"))
        self.assertEqual(self.balance("Store sales"), D("-100.00"))
        payout.action_post()
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
        self.assertFalse(self.summarize())
        self.proof()

    def test_a_payout_that_comes_after_the_month_was_locked(self):
        """What comes too late has the first open day; the true day is kept (law 14)."""
        self.accept(self.sold("D1"))
        self.summarize("2026-01-31")
        self.company.fiscalyear_lock_date = "2026-01-31"
        (late,) = self.accept(self.sold("D2"))
        payout = self.paid_out(
            self.charge("D1", "120.00", "3.00"), self.charge("D2", "120.00", "4.00"), paid="2026-02-03"
        )  # fmt: skip
        payout.action_post_summary()
        self.assertEqual(
            self.days(), [("2026-01-31", "month", "", "2026-01-31"), ("2026-01-31", "payout", "po_1", "2026-02-01")]
        )
        self.assertEqual(late.posting_ids.mapped("true_date"), [datetime.date(2026, 1, 20)] * len(late.posting_ids))
        self.assertEqual((self.fees("2026-01-31"), self.fees()), (D("0.00"), D("7.00")))
        payout.action_post()
        self.assertEqual(payout.move_id.date, datetime.date(2026, 2, 3))
        self.assertEqual(self.clearing(), D("0.00"))
        self.proof()

    # === Of what === #

    def test_a_refund_of_the_next_month_is_in_its_own_payout(self):
        self.accept(self.sold("D1"))
        self.paid_out(self.charge("D1", "120.00", "3.00")).action_post_summary()
        self.accept(
            self.sold("D1", refunds=[self.back("r1", "2026-02-02T10:00:00Z")], updated_at="2026-02-02T11:00:00Z")
        )
        second = self.paid_out(self.given_back("r1", "-60.00", "-0.50"), payout="po_2", paid="2026-02-04")
        second.action_post_summary()
        self.assertEqual(
            self.days(),
            [("2026-01-22", "payout", "po_1", "2026-01-22"), ("2026-02-04", "payout", "po_2", "2026-02-04")],
        )
        self.assertRecordValues(second.summary_ids, [{"turnover": -60.0, "order_count": 1}])
        self.assertEqual((self.balance("Store sales tax"), self.fees()), (D("-10.00"), D("2.50")))
        second.action_post()
        self.assertEqual(second.amount, -59.5)
        self.assertEqual(self.balance(self.processor.in_transit_account_id.name), D("-59.50"))
        self.proof()

    def test_a_negative_payout_of_refunds_and_a_chargeback_alone(self):
        orders = [self.sold("D1"), self.sold("D2")]
        self.accept(*orders)
        first = self.paid_out(self.charge("D1", "120.00"), self.charge("D2", "120.00"))
        first.action_post_summary()
        first.action_post()
        self.accept(self.sold("D1", refunds=[self.back("r1")], updated_at="2026-01-26T11:00:00Z"))
        second = self.paid_out(
            self.given_back("r1", "-60.00"), ("txn_dp", "-120.00", "15.00", "dispute", "dp_1", "ch_D2"),
            payout="po_2", paid="2026-01-28",
        )  # fmt: skip
        second.action_post_summary()
        self.assertRecordValues(second.summary_ids, [{"turnover": -60.0, "order_count": 1}])
        second.action_post()
        self.assertEqual(second.amount, -195.0)
        self.assertEqual(self.clearing(), D("0.00"))
        self.assertEqual(self.balance(self.processor.in_transit_account_id.name), D("45.00"))
        self.assertEqual(self.fees(), D("15.00"), "the fee of a chargeback is no sale's")
        self.assert_rows_add_up()

    def test_a_sale_that_is_missing_in_payouts_is_booked_with_its_refund(self):
        (order,) = self.accept(self.sold("D1", refunds=[self.back("r1")]))
        payout = self.paid_out(self.given_back("r1", "-60.00"), paid="2026-01-28")
        payout.action_post_summary()
        self.assertEqual(order.state, "posted")
        self.assertEqual(self.days(), [("2026-01-28", "payout", "po_1", "2026-01-28")])
        self.assertEqual(self.clearing(), D("60.00"))
        self.proof()

    def test_a_gift_card_goes_with_the_payout_of_the_rest(self):
        mixed = self.sold("D1") | {"payments": [
            self.payment("D1", "90.00", at="2026-01-20T10:00:00Z"),
            self.payment("gc", "30.00", "gift card", at="2026-01-20T10:00:00Z"),
        ]}  # fmt: skip
        (order,) = self.accept(mixed)
        payout = self.paid_out(self.charge("D1", "90.00", "2.00"))
        payout.action_post_summary()
        self.assertEqual(order.state, "posted")
        self.assertEqual(self.days(), [("2026-01-22", "payout", "po_1", "2026-01-22")])
        lines = payout.summary_ids.move_id.line_ids
        self.assertFalse(lines.filtered(lambda line: line.account_id.account_type == "asset_receivable"))
        self.assertEqual(self.clearing(), D("88.00"))
        self.proof()

    def test_two_payouts_of_a_day_have_an_entry_each(self):
        self.accept(self.sold("D1"), self.sold("D2"), self.sold("D3"))
        first, second = self.paid_out(self.charge("D1", "120.00")), self.paid_out(
            self.charge("D2", "120.00"), self.charge("D3", "120.00"), payout="po_2"
        )  # fmt: skip
        self.summarize()
        self.assertEqual([first.summary_ids.order_count, second.summary_ids.order_count], [1, 2])
        self.assertFalse((first | second).summary_ids.first_id, "neither adds to the other")
        self.assertEqual(
            first.summary_ids.display_name, f"Test shop · Jan 22, 2026 · po_1 · {first.summary_ids.move_id.name}"
        )
        self.assertEqual(first.summary_ids.move_id.ref, "Test shop, summary of payout po_1, Jan 22, 2026")
        first.action_post()
        second.action_post()
        self.proof()

    def test_one_entry_per_currency(self):
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.ref("base.USD").id, "name": "2026-01-01", "rate": 1.25,
             "company_id": self.company.id}
        )  # fmt: skip
        self.accept(self.sold("D1"), self.sold("D2", currency="USD"))
        dollars = self.processor_account("USD")
        euros = self.paid_out(self.charge("D1", "120.00", "3.00"))
        row = self.charge("D2", "120.00", "5.00")
        dollar = self.import_payout(self.report(row, payout="po_2", paid="2026-01-22", currency="usd"), dollars)
        self.summarize()
        found = {(item.currency_id.name, item.payout_id) for item in self.summaries()}
        self.assertEqual(found, {("EUR", euros), ("USD", dollar)})
        self.assertEqual(self.balance("Store sales"), D("-180.00"))
        self.assertEqual(self.fees(), D("7.00"))
        (euros | dollar).action_post()
        for processor in (self.processor, dollars):
            self.assertFalse(self.balance(processor.clearing_account_id.name))
        self.proof()

    def test_input_tax_in_a_fee(self):
        tax = self.env["account.tax"].create(
            {"name": "Input VAT 20 %", "amount": 20.0, "type_tax_use": "purchase", "company_id": self.company.id,
             "price_include_override": "tax_excluded"}
        )  # fmt: skip
        self.fee_rule.tax_id = tax
        self.accept(self.sold("D1"))
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        payout.action_post_summary()
        (fee,) = payout.summary_ids.move_id.line_ids.filtered(lambda line: line.tax_ids == tax)
        (charged,) = payout.summary_ids.move_id.line_ids.filtered(lambda line: line.tax_line_id == tax)
        self.assertEqual((fee.balance, charged.balance, charged.tax_base_amount), (2.5, 0.5, 2.5))
        self.assertEqual(fee.name, "Fees of Jan 22, 2026")
        payout.action_post()
        self.assertFalse(payout.move_id.line_ids.tax_ids | payout.move_id.line_ids.tax_line_id)
        self.assertEqual(self.clearing(), D("0.00"))
        self.proof()

    # === The dialog === #

    def test_the_dialog_asks_for_the_store(self):
        """From the list of summaries it has the store that books them, if there is but one."""
        dialog = self.env["ecommerce.summary.post"].with_context(active_model="ecommerce.summary", active_id=1)
        self.assertEqual(dialog.new({}).store_id, self.store)
        other = self.env["ecommerce.store"].create(
            {"name": "Other shop", "platform": "file", "timezone": "Europe/Paris", "company_id": self.company.id}
        )
        pressed = dialog.with_context(active_model="ecommerce.store", active_id=other.id)
        self.assertEqual(pressed.new({}).store_id, other)
        self.assertEqual(dialog.new({}).store_id, self.store, "the other books no summaries")
        self.switch(store=other)
        self.assertFalse(dialog.new({}).store_id)
