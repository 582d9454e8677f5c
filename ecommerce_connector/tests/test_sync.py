import contextlib
from datetime import datetime, timezone
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.store.store_lock import LOCK_CLASS, reading
from ..platforms.base import Cursor
from ..platforms.woocommerce import WooCommercePlatform
from .common import D
from .woocommerce_common import WooCommerceCommon, server

SYNC = "odoo.addons.ecommerce_connector.models.sync.ecommerce_store_sync"
#: The shop's orders by their date of change: what pages of two hold.
IN_ORDER = ["3101", "3102", "3104", "3108", "3105"]


@tagged("post_install", "-at_install")
class TestSync(WooCommerceCommon):
    """Fetching over real HTTP: pages, cursors, interruptions, and stores that answer nonsense."""

    def setUp(self):
        super().setUp()
        self.set_up()
        self.shop.requests.clear()

    @contextlib.contextmanager
    def pages_of(self, size):
        """Make the platform read small pages."""
        fetch = WooCommercePlatform.fetch

        def fetch_small(platform, stream, cursor, *, page_size=100):
            return fetch(platform, stream, cursor, page_size=size)

        with patch.object(WooCommercePlatform, "fetch", fetch_small):
            yield

    def orders(self):
        return self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])

    def cursor(self, stream="orders"):
        return self.env["ecommerce.sync.stream"]._of(self.store, stream)

    def break_after(self, pages, answer=None):
        """The shop answers so after some pages of orders; ``None``: it is gone."""
        seen = []

        def before(path, params):
            if path.endswith("/orders"):
                seen.append(params)
                if len(seen) > pages:
                    self.shop.answer = answer or (503, "text/html", b"<html>Maintenance</html>")

        self.shop.before = before

    def repair(self):
        self.shop.before, self.shop.answer = lambda path, params: None, None
        self.shop.requests.clear()

    # === Runs and cursors === #

    def test_run_tells_what_it_did(self):
        runs = self.sync()
        self.assertEqual(sorted(runs), ["orders", "refunds"])
        run = runs["orders"]
        self.assertRecordValues(
            run,
            [{"state": "done", "fetched": 5, "new": 5, "changed": 0, "unchanged": 0, "posted": 4, "waiting": 1,
              "blocked": 0, "failed": 0, "error": False, "user_id": self.env.uid}],
        )  # fmt: skip
        self.assertGreater(run.requests, 0)
        self.assertGreater(run.bytes_received, 1000)
        self.assertTrue(run.ended_at)
        self.assertEqual(run.cursor_to, self.cursor().changed_at)
        self.assertEqual(len(run.event_ids), 5)
        self.assertEqual(self.store.last_sync_id.stream, "refunds")

    def test_cursor_goes_to_the_last_change_and_never_back(self):
        self.sync()
        reached = self.cursor().changed_at
        newest = max(payload["order"]["date_modified_gmt"] for payload in self.shop.orders.values())
        self.assertEqual(reached.isoformat(), newest)
        self.shop.requests.clear()
        self.sync()
        self.assertEqual(self.cursor().changed_at, reached)
        (asked,) = [params for path, params in self.shop.requests if path.endswith("/orders")]
        self.assertLess(asked["modified_after"], newest, "the overlap is read again")

    def test_older_page_does_not_move_the_cursor(self):
        """The overlap is read again, and a store may answer with an older page last."""
        cursor = self.cursor()
        late, early = (datetime(2026, 10, day, 12, tzinfo=timezone.utc) for day in (20, 10))
        cursor._advance(Cursor(changed_at=late, external_id="2"))
        cursor._advance(Cursor(changed_at=early, external_id="1"))
        cursor._advance(Cursor())
        self.assertEqual((cursor.changed_at, cursor.external_id), (late.replace(tzinfo=None), "2"))

    def test_error_in_the_middle_keeps_what_was_read(self):
        self.break_after(2)
        with self.pages_of(2), mute_logger(SYNC):
            run = self.sync(streams=["orders"])["orders"]
        stored = len(self.orders())
        self.assertTrue(2 <= stored < 5, stored)
        self.assertRecordValues(run, [{"state": "failed", "fetched": stored, "new": stored}])
        self.assertEqual(run.posted + run.waiting, stored)
        self.assertIn("answered 503", run.error)
        self.assertIn("127.0.0.1", run.error)
        self.assertEqual(self.store.state, "error")
        self.assertEqual(self.store.state_message, run.error)
        self.assertEqual(self.orders().sorted("id").mapped("external_id"), IN_ORDER[:stored])
        self.assertTrue(self.cursor().changed_at)
        last = self.shop.orders[int(IN_ORDER[stored - 1])]["order"]["date_modified_gmt"]
        self.assertLessEqual(self.cursor().changed_at.isoformat(), last)

        self.repair()
        with self.pages_of(2):
            again = self.sync(streams=["orders"])["orders"]
        self.assertRecordValues(again, [{"state": "done", "new": 5 - stored, "changed": 0}])
        self.assertEqual(self.store.state, "connected")
        self.assertEqual(self.orders().sorted("id").mapped("external_id"), IN_ORDER)
        self.assertEqual(len(self.orders().posting_ids.filtered(lambda posting: posting.kind == "invoice")), 4)
        (first, *_rest) = [params for path, params in self.shop.requests if path.endswith("/orders")]
        self.assertTrue(first.get("modified_after"), "it goes on where it stopped")

    def test_error_at_once_moves_no_cursor(self):
        self.break_after(0)
        with mute_logger(SYNC):
            runs = self.sync(streams=["orders"])
        self.assertRecordValues(runs["orders"], [{"state": "failed", "fetched": 0, "new": 0}])
        self.assertFalse(self.cursor().changed_at)
        self.assertFalse(self.orders())

    def test_error_in_one_stream_does_not_stop_the_other(self):
        self.shop.user_sees_refunds = False
        with mute_logger(SYNC):
            runs = self.sync()
        self.assertEqual(runs["refunds"].state, "failed")
        self.assertTrue(runs["refunds"].error)

    def test_run_that_a_crash_left_open_is_closed(self):
        left = self.env["ecommerce.sync.log"].sudo().create({"store_id": self.store.id, "stream": "orders"})
        self.sync()
        self.assertEqual(left.state, "failed")
        self.assertIn("Interrupted", left.error)

    def test_unreadable_order_does_not_stop_the_page(self):
        broken = self.shop.orders[3102]["order"]
        self.shop.orders[3102]["order"] = {**broken, "total": "NaN"}
        run = self.sync()["orders"]
        self.assertRecordValues(run, [{"state": "done", "fetched": 5, "posted": 3, "waiting": 1, "blocked": 1}])
        order = self.order_of(3102)
        self.assertEqual(order.state, "blocked")
        self.assertEqual(order.exception_ids.mapped("code"), ["payload"])
        self.assertIn("3102", order.exception_ids.message)
        self.assertIn("total", order.exception_ids.message)
        self.assertEqual(self.cursor().changed_at.isoformat(), self.newest())
        self.shop.orders[3102]["order"] = {**broken, "date_modified_gmt": "2026-10-20T00:00:00"}
        self.sync()
        self.assertEqual(order.state, "posted")
        self.assertEqual(order.exception_ids.state, "resolved")

    def newest(self):
        return max(payload["order"]["date_modified_gmt"] for payload in self.shop.orders.values())

    # === Stores that answer nonsense === #

    def assert_clear_failure(self, *words):
        """A sync fails with a sentence that has these words; it writes nothing, and shows no secret."""
        moves = self.env["account.move"].search_count([])
        with self.assertLogs("odoo.addons.ecommerce_connector", "INFO") as logs:
            run = self.sync(streams=["orders"])["orders"]
        self.assertEqual(run.state, "failed")
        for word in words:
            self.assertIn(word, run.error)
        self.assertEqual((self.store.state, self.store.state_message), ("error", run.error))
        self.assertFalse(self.orders())
        self.assertFalse(self.env["ecommerce.event"].search([("store_id", "=", self.store.id)]))
        self.assertFalse(self.cursor().changed_at)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        for text in (run.error, *logs.output):
            self.assertNotIn(server.SECRET, text)
            self.assertNotIn(self.shop.secret, text)

    def assert_next_run_goes_on(self):
        self.repair()
        runs = self.sync()
        self.assertEqual([run.state for run in runs.values()], ["done", "done"])
        self.assertEqual(len(self.orders()), 5)
        self.assertEqual(self.store.state, "connected")

    def test_wrong_address(self):
        address = self.store.base_url
        self.store.base_url = f"{address}/blog"
        self.assert_clear_failure("/blog", "nothing is there", "Check the store's address")
        self.store.base_url = address
        self.assert_next_run_goes_on()

    def test_nobody_answers(self):
        address = self.store.base_url
        self.store.base_url = "http://127.0.0.1:9"
        self.assert_clear_failure("127.0.0.1:9")
        self.store.base_url = address
        self.assert_next_run_goes_on()

    def test_wrong_key(self):
        self.store.client_secret = "cs_wrong"
        self.assert_clear_failure("Consumer secret is invalid", "Check the credentials")
        self.store.client_secret = server.SECRET
        self.assert_next_run_goes_on()

    def test_key_without_permission(self):
        self.shop.user_sees_orders = False
        self.assert_clear_failure("answered 403", "permissions")
        self.shop.user_sees_orders = True
        self.assert_next_run_goes_on()

    def test_page_instead_of_data(self):
        self.shop.answer = (200, "text/html", server.WALL.encode())
        self.assert_clear_failure("Just a moment")
        self.assert_next_run_goes_on()

    def test_truncated_page(self):
        self.shop.answer = (200, "application/json", b'[{"id": 3101, "status": "proc')
        self.assert_clear_failure("not whole or not JSON")
        self.assert_next_run_goes_on()

    def test_object_instead_of_a_list(self):
        self.shop.answer = (200, "application/json", b'{"orders": []}')
        self.assert_clear_failure("not a list")
        self.assert_next_run_goes_on()

    def test_list_of_nonsense(self):
        self.shop.answer = (200, "application/json", b'[{"id": null}, 7]')
        self.assert_clear_failure("date_modified_gmt: it is missing")
        self.assert_next_run_goes_on()

    def test_truncated_second_page(self):
        self.break_after(1, (200, "application/json", b'[{"id": 3104'))
        with self.pages_of(2), mute_logger(SYNC):
            run = self.sync(streams=["orders"])["orders"]
        self.assertIn("not whole or not JSON", run.error)
        self.assertEqual(self.orders().sorted("id").mapped("external_id"), IN_ORDER[:2])
        self.assert_next_run_goes_on()

    def test_unencrypted_address_is_refused(self):
        with self.assertRaisesRegex(UserError, "not encrypted"):
            self.store.base_url = "http://shop.example.com"

    # === Buttons and scheduled action === #

    def test_check_connection_says_what_is_wrong(self):
        self.store.client_secret = "cs_wrong"
        answer = self.store.action_check_connection()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertEqual(self.store.state, "error")
        self.assertIn("Consumer secret is invalid", self.store.state_message)
        self.store.client_secret = server.SECRET
        answer = self.store.action_check_connection()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn("Theehuis De Kade", self.store.state_message)

    def test_sync_button_tells_the_counts(self):
        answer = self.store.action_sync()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn("5 new", answer["params"]["message"])
        self.assertIn("4 posted", answer["params"]["message"])
        self.shop.answer = (500, "text/plain", b"broken")
        with mute_logger(SYNC):
            answer = self.store.action_sync()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertIn("answered 500", answer["params"]["message"])

    def run_cron(self):
        """The scheduled actions, without their commits."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0):
            self.env["ecommerce.store"]._cron_sync()
            self.env["ecommerce.store"]._cron_retry()

    def test_scheduled_action_posts_only_where_the_store_does_so_by_itself(self):
        self.run_cron()
        self.assertFalse(self.orders(), "it is not fetched automatically")
        self.store.auto_sync = True
        self.run_cron()
        self.assertEqual(len(self.orders()), 5)
        self.assertEqual(set(self.orders().mapped("state")), {"ready", "waiting"})
        self.assertFalse(self.orders().posting_ids)
        self.store.auto_post = True
        self.run_cron()
        self.assertEqual(set(self.orders().mapped("state")), {"posted", "waiting"})

    def test_scheduled_action_goes_on_after_a_store_that_fails(self):
        bad = self.store.copy(
            {"name": "Broken", "sequence": 1, "base_url": "http://127.0.0.1:9", "state": "connected", "auto_sync": True}
        )
        self.assertLess(bad.sequence, self.store.sequence)
        self.store.write({"auto_sync": True, "auto_post": True})
        with mute_logger(SYNC):
            self.run_cron()
        self.assertEqual(bad.state, "error")
        self.assertEqual(len(self.orders()), 5)
        self.assertEqual(set(self.orders().mapped("state")), {"posted", "waiting"})

    def test_scheduled_action_tries_blocked_orders_again(self):
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "tax"), ("tax_rate", "=", "21"), ("company_id", "=", self.company.id)]
        )
        rule.active = False
        self.store.write({"auto_sync": True, "auto_post": True})
        self.run_cron()
        blocked = self.orders().filtered(lambda order: order.state == "blocked")
        self.assertTrue(blocked)
        rule.active = True
        self.run_cron()
        self.assertEqual(set(blocked.mapped("state")), {"posted"})
        self.assertEqual(set(blocked.exception_ids.mapped("state")), {"resolved"})

    def test_scheduled_action_is_on_while_a_store_needs_it(self):
        cron = self.env.ref("ecommerce_connector.ir_cron_sync")
        self.store.auto_sync = True
        self.assertTrue(cron.active)
        self.store.auto_sync = False
        self.assertFalse(cron.active)

    # === One reader at a time === #

    def lock_is_free(self):
        """Whether another connection could take the store's lock."""
        with self.env.registry.cursor() as other:
            other.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.store.id])
            return other.fetchone()[0]

    def test_second_reader_is_refused(self):
        with self.env.registry.cursor() as other:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.store.id])
            with self.assertRaisesRegex(UserError, "being read by another worker"):
                self.store._sync()
        self.assertFalse(self.orders())
        self.sync()
        self.assertEqual(len(self.orders()), 5)

    def test_lock_is_given_back(self):
        with reading(self.store):
            self.assertFalse(self.lock_is_free())
        self.assertTrue(self.lock_is_free())

    def test_lock_is_given_back_after_an_error_of_the_database(self):
        """The transaction is broken then, and nothing can be asked in it: the first error must come out."""
        with (
            self.assertRaises(psycopg2.errors.DivisionByZero), mute_logger("odoo.sql_db"), self.env.cr.savepoint(),
            reading(self.store),
        ):  # fmt: skip
            self.env.cr.execute("SELECT 1 / 0")
        self.assertTrue(self.lock_is_free())

    # === Copies of the database === #

    def test_neutralized_copy_talks_to_no_store(self):
        self.store.write({"auto_sync": True, "auto_post": True})
        self.assertIn("Theehuis De Kade", self.store.state_message)
        self.env.flush_all()
        for query in get_neutralization_queries(["ecommerce_connector"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.store,
            [{"auto_sync": False, "auto_post": False, "state": "draft", "state_message": False,
              "stored_credentials": ""}],
        )  # fmt: skip
        self.assertEqual(self.store._unsealed(), {})
        with mute_logger(SYNC):
            runs = self.sync(streams=["orders"])
        self.assertEqual(runs["orders"].state, "failed")
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
