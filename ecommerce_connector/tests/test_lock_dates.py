from datetime import date

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon

JANUARY_20 = "2026-01-20T10:00:00Z"
FIRST_OPEN = date(2026, 2, 1)


@tagged("post_install", "-at_install")
class TestLockDates(PayoutCommon):
    """No entry on or before a lock date; the day it really happened is kept (law 14)."""

    def lock(self, **dates):
        """Close periods of the company, e.g. ``fiscalyear_lock_date="2026-01-31"``."""
        self.company.write(dates)

    def january_order(self, number="J1", **more):
        return self.paid_order(number, placed_at=JANUARY_20, updated_at=JANUARY_20, paid={"at": JANUARY_20}, **more)

    def assert_dates(self, order, kind, *, entry, true):
        """The entry is dated ``entry``; the posting remembers ``true``."""
        posting = order.posting_ids.filtered(lambda posting: posting.kind == kind)
        self.assertEqual(posting.move_id.mapped("state"), ["posted"])
        self.assertEqual((posting.move_id.date, posting.true_date), (entry, true))

    def test_open_period_keeps_the_date(self):
        (order,) = self.accept(self.january_order())
        for kind in ("invoice", "payment"):
            self.assert_dates(order, kind, entry=date(2026, 1, 20), true=date(2026, 1, 20))

    def test_locked_january_is_booked_on_the_first_open_day(self):
        self.lock(fiscalyear_lock_date="2026-01-31")
        for mode in ("odoo", "batch"):
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                (order,) = self.accept(self.january_order(f"J-{mode}"))
                self.assertEqual(order.state, "posted", order.explanation)
                for kind in ("invoice", "payment"):
                    self.assert_dates(order, kind, entry=FIRST_OPEN, true=date(2026, 1, 20))
                invoice = self.moves_of(order, "invoice")
                self.assertRecordValues(
                    invoice, [{"invoice_date": date(2026, 1, 20), "payment_state": "paid", "amount_residual": 0.0}]
                )
                self.assertEqual(set(invoice.line_ids.mapped("date")), {FIRST_OPEN})
                self.assertEqual(order.payment_ids.moved_on, date(2026, 1, 20))
                self.assertIn("Jan 20, 2026", order.plan_text)

    def test_sales_lock_does_not_delay_payments(self):
        self.lock(sale_lock_date="2026-01-31")
        (order,) = self.accept(self.january_order())
        self.assert_dates(order, "invoice", entry=FIRST_OPEN, true=date(2026, 1, 20))
        self.assert_dates(order, "payment", entry=date(2026, 1, 20), true=date(2026, 1, 20))
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")

    def test_tax_lock_delays_what_carries_tax_only(self):
        self.lock(tax_lock_date="2026-01-31")
        (order,) = self.accept(self.january_order())
        self.assert_dates(order, "invoice", entry=FIRST_OPEN, true=date(2026, 1, 20))
        self.assert_dates(order, "payment", entry=date(2026, 1, 20), true=date(2026, 1, 20))

    def test_hard_lock(self):
        self.lock(hard_lock_date="2026-01-31")
        (order,) = self.accept(self.january_order())
        for kind in ("invoice", "payment"):
            self.assert_dates(order, kind, entry=FIRST_OPEN, true=date(2026, 1, 20))

    def test_purchase_lock_delays_nothing_of_a_store(self):
        """No journal of the connector is one of purchases: fees of a processor are not vendor bills."""
        self.lock(purchase_lock_date="2026-01-31")
        (order,) = self.accept(self.january_order())
        for kind in ("invoice", "payment"):
            self.assert_dates(order, kind, entry=date(2026, 1, 20), true=date(2026, 1, 20))

    def excepted(self, field, user, until="2025-12-31", **more):
        """Let a user (False: everybody) book until an earlier day of a lock date."""
        return self.env["account.lock_exception"].create(
            {"company_id": self.company.id, "user_id": user and user.id, field: until, "reason": "For a test", **more}
        )

    def test_exception_to_a_lock_date_opens_the_days_behind_it(self):
        """What Odoo lets a user do, the connector does for him, up to the day of the exception."""
        self.lock(fiscalyear_lock_date="2026-01-31")
        self.excepted("fiscalyear_lock_date", self.env.user, until="2026-01-19")
        (order,) = self.accept(self.january_order())
        for kind in ("invoice", "payment"):
            self.assert_dates(order, kind, entry=date(2026, 1, 20), true=date(2026, 1, 20))
        self.store.invalidate_recordset()
        early = "2026-01-05T10:00:00Z"
        (order,) = self.accept(self.paid_order("J2", placed_at=early, updated_at=early, paid={"at": early}))
        self.assert_dates(order, "invoice", entry=date(2026, 1, 20), true=date(2026, 1, 5))

    def test_exception_of_somebody_else_opens_nothing(self):
        other = new_test_user(self.env, login="other_accountant", groups="account.group_account_manager",
                              company_id=self.company.id, company_ids=[(6, 0, self.company.ids)])  # fmt: skip
        self.lock(fiscalyear_lock_date="2026-01-31")
        self.excepted("fiscalyear_lock_date", other)
        (order,) = self.accept(self.january_order())
        for kind in ("invoice", "payment"):
            self.assert_dates(order, kind, entry=FIRST_OPEN, true=date(2026, 1, 20))

    def test_exception_for_everybody_holds_until_it_ends(self):
        self.lock(sale_lock_date="2026-01-31", tax_lock_date="2026-01-31")
        self.excepted("sale_lock_date", False)
        self.excepted("tax_lock_date", False, end_datetime="2020-01-01 00:00:00")
        (order,) = self.accept(self.january_order())
        self.assert_dates(order, "invoice", entry=FIRST_OPEN, true=date(2026, 1, 20))
        self.env["account.lock_exception"].search([]).action_revoke()
        self.excepted("sale_lock_date", False)
        self.excepted("tax_lock_date", False)
        (order,) = self.accept(self.january_order("J2"))
        self.assert_dates(order, "invoice", entry=date(2026, 1, 20), true=date(2026, 1, 20))

    def everything(self, mark):
        """Entries of every kind with a day in January: sale, payment, refund, payout, undone and done again."""
        lines = [self.line("TSH", "10.00", "2.00")]
        refund = self.refund(f"r{mark}", "12.00", at="2026-01-25T10:00:00Z", lines=lines)
        (order,) = self.accept(self.january_order(mark, refunds=[refund]))
        self.assertEqual(order.state, "posted", order.explanation)
        rows = self.charge(f"p-{mark}", "120.00", "3.00")
        payout = self.import_payout(self.report(rows, payout=f"po_{mark}", paid="2026-01-28"))
        payout.action_post()
        payout.action_undo()
        payout.action_post()

    def test_no_entry_is_on_or_before_any_lock_date(self):
        for number, field in enumerate(
            ("sale_lock_date", "purchase_lock_date", "tax_lock_date", "fiscalyear_lock_date", "hard_lock_date")
        ):
            with self.subTest(lock=field):
                self.lock(**{field: f"2026-0{number + 2}-10"})
                before = self.env["account.move"].search([])
                self.everything(f"L{number}")
                made = self.env["account.move"].search([]) - before
                self.assertGreaterEqual(len(made), 7)
                for move in made:
                    has_tax = move._affect_tax_report()
                    self.assertFalse(
                        self.company._get_violated_lock_dates(move.date, has_tax, move.journal_id),
                        f"{move.name} of {move.date}",
                    )

    def test_latest_of_several_locks_counts(self):
        self.lock(hard_lock_date="2025-12-31", fiscalyear_lock_date="2026-01-31", sale_lock_date="2026-02-28")
        (order,) = self.accept(self.january_order())
        self.assert_dates(order, "invoice", entry=date(2026, 3, 1), true=date(2026, 1, 20))
        self.assert_dates(order, "payment", entry=FIRST_OPEN, true=date(2026, 1, 20))

    def test_locked_entries_stay_and_a_late_refund_is_booked_in_the_open_period(self):
        payload = self.january_order()
        (order,) = self.accept(payload)
        before = order.posting_ids.move_id
        self.lock(fiscalyear_lock_date="2026-01-31")
        refund = self.refund("r1", "12.00", at="2026-01-25T10:00:00Z", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept({**payload, "refunds": [refund], "updated_at": "2026-02-03T10:00:00Z"})
        self.assertEqual(order.state, "posted", order.explanation)
        for kind in ("credit_note", "refund_payment"):
            self.assert_dates(order, kind, entry=FIRST_OPEN, true=date(2026, 1, 25))
        self.assertEqual(set(before.mapped("date")), {date(2026, 1, 20)})
        self.assertEqual(self.moves_of(order, "credit_note").payment_state, "paid")

    def test_days_are_those_of_the_store(self):
        """Midnight in Paris is an hour earlier in UTC: the order of the 31st, 23:30 UTC, is February's."""
        self.lock(fiscalyear_lock_date="2026-01-31")
        late = "2026-01-31T23:30:00Z"
        (order,) = self.accept(self.paid_order("J2", placed_at=late, updated_at=late, paid={"at": late}))
        self.assert_dates(order, "invoice", entry=FIRST_OPEN, true=FIRST_OPEN)

    def test_payout_of_a_locked_day(self):
        self.accept(self.january_order())
        payout = self.import_payout(self.report(self.charge("p-J1", "120.00", "3.00"), paid="2026-01-25"))
        self.lock(fiscalyear_lock_date="2026-01-31")
        payout.action_post()
        self.assertEqual(payout.move_id.date, FIRST_OPEN)
        self.assertEqual(payout.posting_ids.true_date, date(2026, 1, 25))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_undo_of_a_locked_payout_is_booked_in_the_open_period(self):
        self.accept(self.january_order())
        payout = self.import_payout(self.report(self.charge("p-J1", "120.00", "3.00"), paid="2026-01-25"))
        payout.action_post()
        entry = payout.move_id
        self.assertEqual(entry.date, date(2026, 1, 25))
        self.lock(fiscalyear_lock_date="2026-01-31")
        payout.action_undo()
        self.assertEqual(entry.state, "posted")
        self.assertEqual(entry.reversal_move_ids.date, FIRST_OPEN)
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        payout.action_post()
        self.assertEqual(payout.move_id.date, FIRST_OPEN)
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_posted_entries_cannot_be_reset_into_a_locked_period(self):
        """What the connector relies on: Odoo itself refuses to touch a locked entry."""
        (order,) = self.accept(self.january_order())
        self.lock(hard_lock_date="2026-01-31")
        with self.assertRaises(UserError):
            self.moves_of(order, "invoice").button_draft()
