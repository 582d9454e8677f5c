from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..core.sync.completeness import number_gaps
from .common import D
from .woocommerce_common import WooCommerceCommon


@tagged("post_install", "-at_install")
class TestCompleteness(WooCommerceCommon):
    """What the store has is counted and summed against the orders here; what is missing is fetched and told."""

    def setUp(self):
        super().setUp()
        self.set_up()
        self.store.write({"auto_sync": True, "check_days": 90, "timezone": "Europe/Amsterdam"})

    def run_cron(self, method, model="ecommerce.store", at="2026-11-24 10:00:00"):
        with freeze_time(at), patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0):
            getattr(self.env[model], method)()

    def check(self, at="2026-11-24 10:00:00"):
        with freeze_time(at):
            action = self.store.action_check_completeness()
        check = self.env["ecommerce.backfill"].browse(action["res_id"])
        self.run_cron("_cron_backfill", "ecommerce.backfill", at)
        self.assertEqual(check.state, "done", check.error)
        return check

    def orders(self):
        return self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])

    def told(self, code="incomplete"):
        return self.env["ecommerce.exception"].search([("store_id", "=", self.store.id), ("code", "=", code)])

    def total(self):
        return sum(D(payload["order"]["total"]) for payload in self.shop.orders.values())

    def test_nothing_is_missing_after_a_whole_reading(self):
        self.sync()
        check = self.check()
        self.assertRecordValues(
            check,
            [
                {
                    "kind": "check",
                    "fetched": 5,
                    "new_count": 0,
                    "missing_count": 0,
                    "different_count": 0,
                    "findings": False,
                }
            ],
        )
        self.assertRecordValues(
            check.tally_ids,
            [{"store_count": 5, "held_count": 5, "store_total": float(self.total()),
              "held_total": float(self.total()), "difference": 0.0}],
        )  # fmt: skip
        self.assertEqual(check.run_ids.stream, "check")
        self.assertFalse(self.told())

    def test_what_polling_missed_is_fetched_and_told_until_the_next_check(self):
        """An order that the store shows with an old date of change, so that no cursor finds it."""
        late = self.shop.orders.pop(3104)
        self.sync()
        self.assertEqual(len(self.orders()), 4)
        self.shop.orders[3104] = late
        self.sync()
        self.assertEqual(len(self.orders()), 4, "it changed long before the cursor")
        check = self.check()
        self.assertRecordValues(check, [{"missing_count": 1, "different_count": 0, "new_count": 1}])
        number = self.order_of(3104).number
        self.assertEqual(check.findings, f"missing: {number}")
        self.assertEqual(check.tally_ids.difference, float(late["order"]["total"]))
        self.assertRecordValues(
            self.told(), [{"state": "open", "severity": "0", "amount": float(late["order"]["total"])}]
        )
        self.assertIn(f"1 were missing here and 0 were different (missing: {number})", self.told().message)
        self.assertEqual(self.order_of(3104).state, "ready", "it waits for review as what is fetched does")
        self.check("2026-11-25 10:00:00")
        self.assertEqual(self.told().state, "resolved")

    def test_an_order_that_changed_unseen_is_different(self):
        self.sync()
        held = self.order_of(3102)
        held.sudo().total = 1.0
        check = self.check()
        self.assertRecordValues(
            check, [{"missing_count": 0, "different_count": 1, "findings": f"different: {held.number}"}]
        )
        self.assertAlmostEqual(check.tally_ids.difference, float(self.shop.orders[3102]["order"]["total"]) - 1.0)

    def test_only_the_days_asked_for_are_counted(self):
        self.sync()
        self.store.check_days = 1
        check = self.check("2027-06-01 10:00:00")
        self.assertRecordValues(check, [{"fetched": 0, "missing_count": 0}])
        self.assertFalse(check.tally_ids)

    def test_gaps_in_consecutive_numbers_are_told(self):
        self.sync()
        gaps = number_gaps(self.orders().mapped("number"))
        self.assertTrue(gaps)
        self.check()
        self.assertFalse(self.told("number_gap"), "this store does not promise it")
        self.store.consecutive_numbers = True
        self.check("2026-11-25 10:00:00")
        self.assertRecordValues(self.told("number_gap"), [{"state": "open", "severity": "0"}])
        for gap in gaps:
            self.assertIn(gap, self.told("number_gap").message)
        self.store.consecutive_numbers = False
        self.check("2026-11-26 10:00:00")
        self.assertEqual(self.told("number_gap").state, "resolved")

    def test_checks_begin_at_their_pace(self):
        checks = self.env["ecommerce.backfill"]
        self.store.check_pace = "never"
        self.run_cron("_cron_check")
        self.assertFalse(checks.search([]))
        self.store.check_pace = "weekly"
        self.run_cron("_cron_check")
        first = checks.search([])
        self.assertRecordValues(first, [{"kind": "check", "state": "running", "store_id": self.store.id}])
        self.assertEqual(str(first.date_from), "2026-08-26")
        self.run_cron("_cron_check", at="2026-12-02 10:00:00")
        self.assertEqual(checks.search([]), first, "the last one is not over")
        self.run_cron("_cron_backfill", "ecommerce.backfill")
        self.run_cron("_cron_check", at="2026-11-30 10:00:00")
        self.assertEqual(checks.search([]), first)
        self.run_cron("_cron_check", at="2026-12-01 09:30:00")
        self.assertEqual(len(checks.search([])), 2)
