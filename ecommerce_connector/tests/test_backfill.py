from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.store.store_lock import LOCK_CLASS
from ..platforms.woocommerce import WooCommercePlatform
from .woocommerce_common import WooCommerceCommon

CADENCE = "odoo.addons.ecommerce_connector.models.sync.store_cadence"


@tagged("post_install", "-at_install")
class TestBackfill(WooCommerceCommon):
    """A range of days is read in the background, and goes on where it stopped."""

    def setUp(self):
        super().setUp()
        self.set_up()
        self.shop.requests.clear()
        fetch = WooCommercePlatform.fetch
        self.startPatcher(
            patch.object(
                WooCommercePlatform, "fetch",
                lambda platform, stream, cursor, *, page_size=100: fetch(platform, stream, cursor, page_size=2),
            )
        )  # fmt: skip
        self.changes = sorted(payload["order"]["date_modified_gmt"] for payload in self.shop.orders.values())

    def backfill(self, **values):
        return self.env["ecommerce.backfill"].create(
            {"store_id": self.store.id, "date_from": "2026-01-01", "post": True, **values}
        )

    def orders(self):
        return self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])

    def run_cron(self, at="2026-12-01 10:00:00"):
        with freeze_time(at), patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0):
            self.env["ecommerce.backfill"]._cron_backfill()

    def start(self, backfill):
        with freeze_time("2026-12-01 10:00:00"):
            backfill.action_start()

    def test_reads_everything_of_its_days_once(self):
        backfill = self.backfill()
        self.start(backfill)
        self.assertRecordValues(backfill, [{"state": "running", "until": datetime(2026, 12, 1, 10), "progress": 0.0}])
        self.run_cron()
        self.assertRecordValues(
            backfill,
            [{"state": "done", "fetched": 5, "new_count": 5, "changed": 0, "posted": 4, "blocked": 0, "progress": 100.0,
              "time_left": False, "error": False}],
        )  # fmt: skip
        self.assertEqual(len(self.orders()), 5)
        self.assertEqual(backfill.reached_at.isoformat(), self.changes[-1])
        self.assertRecordValues(backfill.run_ids, [{"stream": "backfill", "state": "done", "fetched": 5, "posted": 4}])
        self.assertGreater(backfill.run_ids.requests, 0)
        again = self.backfill()
        self.start(again)
        self.run_cron()
        self.assertRecordValues(again, [{"state": "done", "fetched": 5, "new_count": 0, "changed": 0, "posted": 0}])

    def test_a_form_makes_one(self):
        with Form(self.env["ecommerce.backfill"].with_context(**self.store.action_backfill()["context"])) as form:
            form.date_from = "2026-01-01"
        self.assertRecordValues(form.record, [{"store_id": self.store.id, "post": False, "state": "draft"}])

    def test_days_are_those_of_the_store(self):
        """The range begins and ends at midnight in Brussels."""
        backfill = self.backfill(date_from="2026-10-01", date_to="2026-10-14")
        self.start(backfill)
        self.assertEqual(backfill.until, datetime(2026, 10, 14, 22))
        self.run_cron()
        (asked, *_more) = [params for path, params in self.shop.requests if path.endswith("/orders")]
        self.assertIn("2026-09-30T2", asked["modified_after"])
        inside = [change for change in self.changes if "2026-09-30T22" <= change < "2026-10-14T22"]
        self.assertEqual(len(self.orders()), len(inside))

    def test_without_posting_orders_wait_for_review(self):
        backfill = self.backfill(post=False)
        self.start(backfill)
        self.run_cron()
        self.assertEqual(set(self.orders().mapped("state")), {"ready", "waiting"})
        self.assertRecordValues(backfill.run_ids, [{"planned": 4, "posted": 0, "waiting": 1}])

    def test_goes_on_after_each_turn_where_it_stopped(self):
        backfill = self.backfill()
        self.start(backfill)
        backfill._work(turn=timedelta(0))
        self.assertRecordValues(backfill, [{"state": "running", "fetched": 2, "new_count": 2}])
        self.assertTrue(0 < backfill.progress < 100)
        reached = backfill.reached_at
        self.assertEqual(reached.isoformat(), self.changes[1])
        self.shop.requests.clear()
        backfill._work()
        self.assertEqual(backfill.state, "done")
        self.assertEqual(backfill.new_count, 5)
        (asked, *_more) = [params for path, params in self.shop.requests if path.endswith("/orders")]
        self.assertGreater(asked["modified_after"], (reached - timedelta(minutes=2)).isoformat())

    def test_pause_and_resume(self):
        backfill = self.backfill()
        self.start(backfill)
        self.shop.before = lambda path, params: backfill.action_pause() if path.endswith("/orders") else None
        self.run_cron()
        self.assertRecordValues(backfill, [{"state": "paused", "fetched": 2}])
        self.run_cron("2026-12-01 11:00:00")
        self.assertEqual(len(self.orders()), 2, "nothing is read while it is paused")
        self.shop.before = lambda path, params: None
        backfill.action_resume()
        self.run_cron("2026-12-01 12:00:00")
        self.assertRecordValues(backfill, [{"state": "done", "new_count": 5}])

    def test_a_pause_outlives_the_page_that_it_made_fail(self):
        """In the database the page's transaction fails, because somebody wrote to the backfill meanwhile."""
        backfill = self.backfill()
        self.start(backfill)

        def paused(_backfill):
            backfill.action_pause()
            raise ZeroDivisionError("as a concurrent update does")

        with patch.object(type(backfill), "_work", paused), mute_logger(CADENCE):
            self.run_cron()
        self.assertRecordValues(backfill, [{"state": "paused", "failures": 0, "error": False, "next_run_at": False}])

    def test_cancelled_is_over(self):
        backfill = self.backfill()
        self.start(backfill)
        backfill.action_cancel()
        backfill.action_resume()
        self.run_cron()
        self.assertEqual(backfill.state, "cancelled")
        self.assertFalse(self.orders())

    def test_error_is_tried_again_and_loses_nothing(self):
        seen = []

        def gone(path, params):
            if path.endswith("/orders"):
                seen.append(params)
                if len(seen) > 1:
                    self.shop.answer = (503, "text/html", b"<html>Maintenance</html>")

        self.shop.before = gone
        backfill = self.backfill()
        self.start(backfill)
        self.run_cron()
        self.assertRecordValues(
            backfill, [{"state": "failed", "failures": 1, "fetched": 2, "next_run_at": datetime(2026, 12, 1, 10, 1)}]
        )
        self.assertIn("answered 503", backfill.error)
        self.assertRecordValues(backfill.run_ids, [{"state": "failed", "fetched": 2, "error": backfill.error}])
        self.assertEqual(backfill.run_ids.retries, 4)
        self.shop.before, self.shop.answer = lambda path, params: None, None
        self.run_cron("2026-12-01 10:00:59")
        self.assertEqual(len(self.orders()), 2)
        self.run_cron("2026-12-01 10:01:00")
        self.assertRecordValues(backfill, [{"state": "done", "failures": 0, "error": False, "new_count": 5}])
        self.assertEqual(len(self.orders().posting_ids.filtered(lambda posting: posting.kind == "invoice")), 4)

    def test_waits_while_somebody_else_reads_the_store(self):
        backfill = self.backfill()
        self.start(backfill)
        with self.env.registry.cursor() as other, mute_logger(CADENCE):
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.store.id])
            self.run_cron()
        self.assertRecordValues(backfill, [{"state": "running", "failures": 0}])
        self.run_cron()
        self.assertEqual(backfill.state, "done")

    def test_refusals(self):
        with self.assertRaisesRegex(ValidationError, "before its first"):
            self.backfill(date_to="2025-12-31")
        backfill = self.backfill()
        self.store.state = "draft"
        with self.assertRaisesRegex(UserError, "not connected"):
            backfill.action_start()
        self.store.state = "connected"
        self.start(backfill)
        accountant, viewer = (
            new_test_user(
                self.env, login=f"bf_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("accountant", "viewer")
        )  # fmt: skip
        with self.assertRaisesRegex(UserError, "stays once it is started"):
            backfill.with_user(accountant).date_from = "2026-02-01"
        with self.assertRaisesRegex(AccessError, "evidence"):
            backfill.with_user(accountant).state = "done"
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            backfill.with_user(accountant).unlink()
        with self.assertRaises(AccessError):
            backfill.with_user(viewer).action_pause()
        other = self.backfill().with_user(accountant)
        other.write({"date_from": "2026-02-01", "post": False})
        other.action_start()
        self.assertEqual(other.state, "running")
        self.assertEqual(self.store.is_being_read, True)

    # === The sync log === #

    def test_runs_cannot_be_deleted_but_by_retention(self):
        self.store._sync(post=False)
        runs = self.env["ecommerce.sync.log"].search([("store_id", "=", self.store.id)])
        with self.assertRaisesRegex(UserError, "evidence"):
            runs.sudo().unlink()
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.store.keep_runs_days = 7
            self.env.flush_all()
        self.store.keep_runs_days = 30
        old = runs[0]
        old.sudo().started_at = fields.Datetime.now() - timedelta(days=31)
        self.env["ecommerce.sync.log"]._cron_forget()
        self.assertFalse(old.exists())
        self.assertEqual((runs - old).exists(), runs - old)
        self.assertEqual(len(self.orders()), 5)

    def test_run_again_posts_what_was_left_over(self):
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "tax"), ("tax_rate", "=", "21"), ("company_id", "=", self.company.id)]
        )
        rule.active = False
        run = self.sync(streams=["orders"])["orders"]
        left = run.left_count
        self.assertEqual(left, run.blocked)
        self.assertGreater(left, 0)
        self.assertEqual(len(self.env["ecommerce.order"].search(run.action_view_left()["domain"])), left)
        rule.active = True
        answer = run.action_run_again()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn(f"{left} of {left} orders posted", answer["params"]["message"])
        self.assertEqual(run.left_count, 0)
        self.assertIn("Nothing was left over", run.action_run_again()["params"]["message"])
