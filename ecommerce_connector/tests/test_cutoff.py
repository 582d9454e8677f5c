import base64
import csv
import io
from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon

JANUARY_20 = "2026-01-20T10:00:00Z"
FIRST_OPEN = date(2026, 2, 1)


@tagged("post_install", "-at_install")
class TestCutoff(PayoutCommon):
    """What came in after its month was locked, in numbers."""

    def january_order(self, number="J1", **more):
        more = {"placed_at": JANUARY_20, "updated_at": JANUARY_20, "paid": {"at": JANUARY_20}} | more
        return self.paid_order(number, **more)

    def report(self, *rows, **more):
        """A cut-off report without arguments, else a payout file."""
        return super().report(*rows, **more) if rows else self.cutoff()

    def cutoff(self, first="2026-01-01", last="2026-01-31", user=None):
        report = self.env["ecommerce.cutoff"].with_user(user or self.env.user).create(
            {"date_from": first, "date_to": last}
        )  # fmt: skip
        report.action_compute()
        return report

    def rows(self, report):
        return [
            (str(line.last_day), (line.store_id or line.processor_account_id).name, line.currency_id.name,
             line.entry_count, line.documents, line.money, line.revenue, line.cost, line.tax)
            for line in report.line_ids
        ]  # fmt: skip

    def test_nothing_is_late_in_an_open_month(self):
        self.accept(self.january_order())
        report = self.cutoff()
        self.assertFalse(report.line_ids)
        self.assertFalse(report.finding)
        self.assertEqual(report.state, "computed")

    def test_late_order_with_its_refund(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        lines = [self.line("TSH", "10.00", "2.00")]
        refund = self.refund("r1", "12.00", at="2026-01-25T10:00:00Z", lines=lines)
        (order,) = self.accept(self.january_order(refunds=[refund]))
        report = self.cutoff()
        self.assertEqual(self.rows(report), [("2026-01-31", "Test shop", "EUR", 4, 108.0, 108.0, 90.0, 0.0, 18.0)])
        line = report.line_ids
        self.assertIn("2026", line.closed_by)
        self.assertEqual(line.move_ids, order.posting_ids.move_id)
        self.assertEqual(set(line.move_ids.mapped("date")), {FIRST_OPEN})
        self.assertEqual(self.env["account.move"].search(line.action_view_entries()["domain"]), line.move_ids)
        self.assertEqual(
            {(account.account_id.name, account.nature, account.balance) for account in line.account_ids},
            {("Store sales", "revenue", -90.0), ("Store sales tax", "tax", -18.0)},
        )

    def test_what_a_sales_lock_delays(self):
        """The payment is January's, its invoice is not."""
        self.company.sale_lock_date = "2026-01-31"
        self.accept(self.january_order())
        self.assertEqual(
            self.rows(self.cutoff()), [("2026-01-31", "Test shop", "EUR", 1, 120.0, 0.0, 100.0, 0.0, 20.0)]
        )

    def test_batch_entry_of_several_payments_is_one_entry(self):
        self.store.payment_mode = "batch"
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order(), self.january_order("J2", total="60.00"))
        self.assertEqual(
            self.rows(self.cutoff()), [("2026-01-31", "Test shop", "EUR", 3, 180.0, 180.0, 150.0, 0.0, 30.0)]
        )

    def test_months_currencies_and_payouts_are_told_apart(self):
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.25, "company_id": self.company.id}
        )
        december = "2025-12-31T22:59:00Z"  # 23:59 in Paris
        self.accept(self.january_order("A1"))
        payout = self.import_payout(self.report(self.charge("p-A1", "120.00", "3.00"), paid="2026-01-30"))
        self.company.hard_lock_date = "2026-01-31"
        payout.action_post()
        self.accept(
            self.january_order("D1", placed_at=december, updated_at=december, paid={"at": december}),
            self.january_order("U1", currency="USD"),
        )
        found = self.rows(self.cutoff("2025-12-01", "2026-01-31"))
        self.assertEqual([row[:6] for row in found], [
            ("2025-12-31", "Test shop", "EUR", 2, 120.0, 120.0),
            ("2026-01-31", "Card payments EUR", "EUR", 1, 0.0, 0.0),
            ("2026-01-31", "Test shop", "USD", 2, 120.0, 120.0),
        ])  # fmt: skip
        self.assertEqual([row[6:] for row in found], [(100.0, 0.0, 20.0), (0.0, 3.0, 0.0), (80.0, 0.0, 16.0)])

    def test_closed_months_that_lack_nothing_are_named(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order())
        report = self.cutoff("2025-12-01", "2026-02-28")
        self.assertEqual([row[0] for row in self.rows(report)], ["2026-01-31"])
        self.assertIn("Dec 2025", report.finding)
        self.assertNotIn("Feb 2026", report.finding)

    def test_it_leads_to_the_accruals_of_its_months(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order())
        self.company.fiscalyear_lock_date = False
        self.store.action_make_period_accounts()
        proposals = self.env["ecommerce.period.proposal"]
        for day in ("2026-01-31", "2026-02-28"):
            wizard = self.env["ecommerce.period.end"].create({"day": day})
            wizard.action_compute()
            proposals |= wizard.proposal_ids
        late = proposals.filtered(lambda one: one.kind == "late")
        self.assertEqual(late.mapped("amount"), [100.0])
        report = self.cutoff("2026-01-01", "2026-01-31")
        self.assertEqual(proposals.search(report.action_view_proposals()["domain"]), late)
        self.assertFalse(proposals.search(self.cutoff("2026-02-01", "2026-02-28").action_view_proposals()["domain"]))

    def test_month_that_was_opened_again_still_lacks_it(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order())
        self.company.fiscalyear_lock_date = "2025-12-31"
        line = self.cutoff().line_ids
        self.assertEqual((line.entry_count, line.closed_by), (2, ""))

    def test_export_by_account(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order())
        report = self.cutoff()
        self.assertIn(report.export_name or "", report.action_export_csv()["url"])
        rows = list(csv.DictReader(io.StringIO(base64.b64decode(report.export_file).decode("utf-8-sig"))))
        self.assertEqual(
            {(row["month"], row["of"], row["name"], row["nature"], D(row["amount"])) for row in rows},
            {("2026-01-31", "Test shop", "Store sales", "revenue", D(-100)),
             ("2026-01-31", "Test shop", "Store sales tax", "tax", D(-20))},
        )  # fmt: skip

    def test_period_is_checked(self):
        with self.assertRaisesRegex(ValidationError, "ends before"):
            self.cutoff("2026-02-01", "2026-01-01")
        with self.assertRaisesRegex(ValidationError, "at most"):
            self.cutoff("2016-02-01", "2026-01-01")

    def test_viewers_look_at_it_and_strangers_do_not(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.accept(self.january_order())
        viewer, stranger = (
            new_test_user(
                self.env, login=f"cutoff_{group[-6:]}", groups=group, company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for group in ("ecommerce_connector.group_viewer", "base.group_user")
        )  # fmt: skip
        report = self.cutoff(user=viewer)
        self.assertEqual(report.line_ids.entry_count, 2)
        report.action_export_csv()
        with self.assertRaises(AccessError):
            self.cutoff(user=stranger)
