from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.store.store_lock import LOCK_CLASS
from ..platforms.woocommerce import WooCommercePlatform
from .woocommerce_common import WooCommerceCommon

SYNC = "odoo.addons.ecommerce_connector.models.sync.ecommerce_store_sync"
CADENCE = "odoo.addons.ecommerce_connector.models.sync.store_cadence"


@tagged("post_install", "-at_install")
class TestSyncCadence(WooCommerceCommon):
    """How often each stream of a store is read by itself, and what an error does to its pace."""

    def setUp(self):
        super().setUp()
        self.set_up()
        self.store.write({"auto_sync": True, "timezone": "Europe/Amsterdam"})
        self.orders_stream, self.refunds_stream = self.store.stream_ids.sorted("stream")
        self.shop.requests.clear()

    def run_cron(self, at):
        """The scheduled action at an instant (UTC), without its commits.

        :return: the streams that it read
        """
        known = self.env["ecommerce.sync.log"].search([])
        with freeze_time(at), patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0):
            self.env["ecommerce.store"]._cron_sync()
        return sorted((self.env["ecommerce.sync.log"].search([]) - known).mapped("stream"))

    def set_pace(self, stream, at="2026-11-24 10:00:00", **values):
        with freeze_time(at):
            stream.write(values)

    def test_every_stream_of_the_platform_has_its_own_pace(self):
        self.assertRecordValues(
            self.store.stream_ids.sorted("stream"),
            [{"stream": "orders", "cadence": "minutes", "minutes": 15, "paused": False, "next_run_at": False},
             {"stream": "refunds", "cadence": "minutes", "minutes": 15, "paused": False, "next_run_at": False}],
        )  # fmt: skip

    def test_streams_are_read_when_they_are_due(self):
        self.assertEqual(self.run_cron("2026-11-24 10:00:00"), ["orders", "refunds"])
        self.assertEqual(self.orders_stream.next_run_at, datetime(2026, 11, 24, 10, 15))
        self.set_pace(self.refunds_stream, cadence="daily", at_hour=2.5)
        self.assertEqual(self.refunds_stream.next_run_at, datetime(2026, 11, 25, 1, 30), "02:30 in Amsterdam")
        self.assertEqual(self.run_cron("2026-11-24 10:14:59"), [])
        self.assertEqual(self.run_cron("2026-11-24 10:15:00"), ["orders"])
        self.assertEqual(self.orders_stream.next_run_at, datetime(2026, 11, 24, 10, 30))
        self.assertEqual(self.run_cron("2026-11-25 01:30:00"), ["orders", "refunds"])

    def test_after_downtime_each_stream_is_read_once(self):
        self.run_cron("2026-11-24 10:00:00")
        self.assertEqual(self.run_cron("2026-11-27 03:07:00"), ["orders", "refunds"])
        self.assertEqual(self.run_cron("2026-11-27 03:08:00"), [])
        self.assertEqual(self.orders_stream.next_run_at, datetime(2026, 11, 27, 3, 22))

    def test_by_hand_and_paused_streams_are_left_alone(self):
        self.set_pace(self.orders_stream, cadence="manual")
        self.set_pace(self.refunds_stream, paused=True)
        self.assertEqual(self.run_cron("2026-11-24 12:00:00"), [])
        with freeze_time("2026-11-24 12:00:00"):
            self.assertEqual(sorted(self.store._sync(post=False).mapped("stream")), ["orders", "refunds"])
        self.set_pace(self.refunds_stream, at="2026-11-24 13:00:00", paused=False)
        self.assertEqual(self.run_cron("2026-11-24 13:00:00"), ["refunds"], "what was missed is read after the pause")

    def test_nothing_is_read_in_quiet_hours(self):
        with freeze_time("2026-11-24 10:00:00"):
            self.store.write({"quiet_from": 22.0, "quiet_to": 6.5})
        self.assertEqual(self.run_cron("2026-11-24 20:50:00"), ["orders", "refunds"])
        self.assertEqual(self.orders_stream.next_run_at, datetime(2026, 11, 25, 5, 30), "21:05 UTC is quiet")
        self.assertEqual(self.run_cron("2026-11-25 05:29:00"), [])
        self.assertEqual(self.run_cron("2026-11-25 05:30:00"), ["orders", "refunds"])

    def test_a_server_that_starts_in_quiet_hours_waits_for_their_end(self):
        with freeze_time("2026-11-24 10:00:00"):
            self.store.write({"quiet_from": 22.0, "quiet_to": 6.0})
        self.assertEqual(self.run_cron("2026-11-25 00:00:00"), [])
        self.assertEqual(self.orders_stream.next_run_at, datetime(2026, 11, 25, 5, 0))

    def test_errors_are_tried_again_soon_then_told_then_closed(self):
        self.shop.answer = (500, "text/plain", b"broken")
        at, waits = datetime(2026, 11, 24, 10), []
        self.set_pace(self.refunds_stream, cadence="manual")
        self.set_pace(self.orders_stream, at="2026-11-24 09:00:00", cadence="daily", at_hour=11.0)
        with mute_logger(SYNC):
            for _failure in range(5):
                self.assertEqual(self.run_cron(at), ["orders"])
                waits.append(self.orders_stream.next_run_at - at)
                at = self.orders_stream.next_run_at
        self.assertEqual([wait.seconds // 60 for wait in waits], [1, 2, 5, 15, 30])
        item = self.env["ecommerce.exception"].search([("code", "=", "stream_failing")])
        self.assertRecordValues(
            item, [{"store_id": self.store.id, "state": "open", "severity": "1", "key": "orders", "amount": 0.0}]
        )
        self.assertIn("could not be read 5 times in a row", item.message)
        self.assertIn("answered 500", item.message)
        self.assertEqual(item.action_open_record()["res_model"], "ecommerce.store")
        self.shop.answer = None
        self.assertEqual(self.run_cron(at), ["orders"])
        self.assertRecordValues(self.orders_stream, [{"failures": 0, "last_error": False}])
        self.assertEqual(item.state, "resolved")
        self.assertEqual(len(self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])), 5)

    def test_two_failing_streams_are_two_exceptions_and_other_exceptions_stay(self):
        other = (
            self.env["ecommerce.exception"]
            .sudo()
            .create(
                {
                    "store_id": self.store.id,
                    "company_id": self.company.id,
                    "code": "payload",
                    "message": "Something else.",
                }
            )
        )
        self.store.stream_ids.sudo().write({"failures": 4})
        for stream in self.store.stream_ids.sudo():
            stream._failed("The store is gone.")
        found = self.env["ecommerce.exception"].search([("code", "=", "stream_failing"), ("state", "=", "open")])
        self.assertEqual(sorted(found.mapped("key")), ["orders", "refunds"])
        self.orders_stream.sudo()._succeeded(datetime(2026, 11, 24, 10))
        self.assertEqual(found.filtered(lambda item: item.state == "open").key, "refunds")
        self.assertEqual(other.state, "open")

    def test_a_busy_store_is_no_failure(self):
        with self.env.registry.cursor() as other, mute_logger(CADENCE):
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.store.id])
            self.assertEqual(self.run_cron("2026-11-24 10:00:00"), [])
        self.assertRecordValues(self.orders_stream, [{"failures": 0, "next_run_at": datetime(2026, 11, 24, 10, 1)}])

    def test_a_defect_does_not_make_it_run_hot(self):
        store = type(self.store)
        with patch.object(store, "_process", side_effect=ZeroDivisionError("no")), mute_logger(CADENCE):
            self.run_cron("2026-11-24 10:00:00")
        self.assertRecordValues(
            self.orders_stream,
            [{"failures": 1, "next_run_at": datetime(2026, 11, 24, 10, 1), "last_error": "ZeroDivisionError: no"}],
        )

    def test_scheduled_action_is_woken_when_the_next_stream_is_due(self):
        cron = self.env.ref("ecommerce_connector.ir_cron_sync")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.set_pace(self.refunds_stream, cadence="manual")
        self.run_cron("2026-11-24 10:00:00")
        made = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertEqual(max(made.mapped("call_at")), datetime(2026, 11, 24, 10, 15))

    def test_a_button_reads_for_a_while_and_the_scheduled_action_goes_on(self):
        self.store.auto_sync = False
        fetch = WooCommercePlatform.fetch
        cron = self.env.ref("ecommerce_connector.ir_cron_sync")
        self.assertFalse(cron.active)
        with (
            patch("odoo.addons.ecommerce_connector.models.store.ecommerce_store_form.AT_ONCE", timedelta(0)),
            patch.object(WooCommercePlatform, "fetch", lambda platform, stream, cursor, *, page_size=100:
                         fetch(platform, stream, cursor, page_size=2)),
        ):  # fmt: skip
            answer = self.store.action_sync()
        self.assertIn("2 new and 0 changed orders", answer["params"]["message"])
        self.assertIn("goes on in the background", answer["params"]["message"])
        self.assertEqual(self.orders_stream.asked, "post")
        self.assertTrue(cron.active)
        self.orders_stream.sudo().next_run_at = "2026-11-24 09:59:00"
        self.shop.answer = (500, "text/plain", b"broken")
        with mute_logger(SYNC):
            self.assertIn("orders", self.run_cron("2026-11-24 09:59:00"))
        self.assertRecordValues(self.orders_stream, [{"asked": "post", "next_run_at": datetime(2026, 11, 24, 10, 0)}])
        self.shop.answer = None
        self.assertEqual(self.run_cron("2026-11-24 09:59:30"), [], "not before its time")
        self.assertIn("orders", self.run_cron("2026-11-24 10:00:00"))
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.assertEqual(sorted(orders.mapped("state")), ["posted"] * 4 + ["waiting"], "posted as the button was asked")
        self.assertEqual(set(self.store.stream_ids.mapped("asked")), {False})
        self.assertFalse(cron.active)
        self.assertEqual(self.run_cron("2026-11-25 10:00:00"), [])

    # === Who may === #

    def test_accountants_set_the_pace_and_nobody_the_cursor(self):
        users = {
            name: new_test_user(
                self.env, login=f"sc_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant", "administrator")
        }  # fmt: skip
        self.orders_stream.with_user(users["accountant"]).write({"cadence": "minutes", "minutes": 30})
        self.assertEqual(self.orders_stream.minutes, 30)
        with self.assertRaises(AccessError):
            self.orders_stream.with_user(users["viewer"]).minutes = 20
        for name in ("accountant", "administrator"):
            for values in ({"changed_at": False}, {"external_id": "x"}, {"next_run_at": False}, {"failures": 0}):
                with self.subTest(user=name, values=values), self.assertRaisesRegex(AccessError, "evidence"):
                    self.orders_stream.with_user(users[name]).write(values)
            with self.assertRaises(AccessError):
                self.orders_stream.with_user(users[name]).unlink()

    def test_times_of_day_are_checked(self):
        for record, values in (
            (self.orders_stream, {"at_hour": 24.0}), (self.store, {"quiet_from": -1.0}),
            (self.store, {"quiet_to": 25.0}),
        ):  # fmt: skip
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, "00:00 and 23:59"):
                record.write(values)


@tagged("post_install", "-at_install")
class TestOrderRetries(WooCommerceCommon):
    """Orders that could not be posted are tried again less and less often, and at once after a change."""

    def setUp(self):
        super().setUp()
        self.set_up()
        self.store.write({"auto_sync": True, "auto_post": True})
        self.rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "tax"), ("tax_rate", "=", "21"), ("company_id", "=", self.company.id)]
        )
        self.rule.active = False
        self.sync()
        self.blocked = self.env["ecommerce.order"].search([("store_id", "=", self.store.id), ("state", "=", "blocked")])

    def retry(self, at):
        with freeze_time(at), patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 60.0):
            self.env["ecommerce.store"]._cron_retry()

    def test_pauses_grow_and_a_rule_ends_them(self):
        self.assertTrue(self.blocked)
        at, waits = datetime(2026, 11, 24, 10), []
        for _try in range(5):
            self.retry(at)
            waits.append(self.blocked[0].retry_at - at)
            at = self.blocked[0].retry_at
        self.assertEqual(waits, [timedelta(hours=hours) for hours in (0, 1, 4, 12, 24)])
        self.assertEqual(set(self.blocked.mapped("tries")), {5})
        self.retry(at - timedelta(minutes=1))
        self.assertEqual(set(self.blocked.mapped("tries")), {5}, "not before its time")
        self.rule.active = True
        self.assertEqual(set(self.blocked.mapped("retry_at")), {False})
        self.retry(at - timedelta(minutes=1))
        self.assertEqual(set(self.blocked.mapped("state")), {"posted"})

    def test_a_newer_payload_is_tried_at_once(self):
        self.blocked._tried_in_vain()
        order = self.blocked.filtered(lambda order: order.external_id == "3102") or self.blocked[0]
        payload = self.shop.orders[int(order.external_id)]["order"]
        self.shop.orders[int(order.external_id)]["order"] = {**payload, "date_modified_gmt": "2026-11-20T00:00:00"}
        self.sync()
        self.assertRecordValues(order, [{"tries": 0, "retry_at": False}])
