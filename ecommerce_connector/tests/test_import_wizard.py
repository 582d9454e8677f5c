import base64
from datetime import date, datetime, timezone
from unittest.mock import patch
from zoneinfo import ZoneInfo

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..core.errors import TransportError
from ..platforms import payload as payloads
from .common import ConnectorCommon, D

#: What must not be touched before a person has accepted.
LEDGER = (
    "account.move", "account.move.line", "account.payment", "res.partner", "ecommerce.event", "ecommerce.order",
    "ecommerce.payment", "ecommerce.refund", "ecommerce.posting", "ecommerce.exception", "ecommerce.sync.log",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestImportWizard(ConnectorCommon):
    """Orders are looked through first; what was accepted is posted, exactly as it was seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.env.ref("base.USD").id,
                "name": "2026-01-01",
                "rate": 1.25,
                "company_id": cls.company.id,
            }
        )
        cls.accountant, cls.viewer = (
            new_test_user(
                cls.env, login=f"import_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("accountant", "viewer")
        )  # fmt: skip

    def paid(self, number, net="10.00", **more):
        total = f"{D(net) * D('1.2'):.2f}"
        lines = [self.line("TEA", net, f"{D(net) * D('0.2'):.2f}")]
        return self.order(number, lines, total, [self.payment(f"p-{number}", total)], **more)

    def unpaid(self, number):
        return self.order(number, [self.line("TEA", "10.00", "2.00")], "12.00")

    def unpayable(self, number):
        """An order whose gateway has no rule in its currency."""
        return self.paid(number, currency="GBP")

    def upload(self, content, name="orders.jsonl", user=None):
        if not isinstance(content, bytes):
            content = "\n".join(payloads.dumps(order) for order in content).encode()
        wizard = self.env["ecommerce.import"].with_user(user or self.accountant)
        return wizard.create({"store_id": self.store.id, "file": base64.b64encode(content), "file_name": name})

    def preview(self, *orders, **options):
        wizard = self.upload(orders, **options)
        wizard.action_preview()
        return wizard

    def counts(self):
        return {model: self.env[model].with_context(active_test=False).search_count([]) for model in LEDGER}

    # === Preview === #

    def test_preview_writes_nothing(self):
        before = self.counts()
        wizard = self.preview(self.paid("A1"), self.unpaid("A2"), self.unpayable("A3"))
        self.assertEqual(self.counts(), before)
        self.assertEqual(
            wizard.line_ids.mapped(lambda line: (line.number, line.state, line.selected, line.total)),
            [("A1", "complete", True, 12.0), ("A2", "waiting", False, 12.0), ("A3", "blocked", False, 12.0)],
        )

    def test_lines_show_the_plan_or_why_there_is_none(self):
        complete, waiting, blocked = self.preview(self.paid("B1"), self.unpaid("B2"), self.unpayable("B3")).line_ids
        self.assertIn("product TEA", complete.plan_text)
        self.assertIn("Store sales", complete.plan_text)
        self.assertFalse(complete.explanation)
        self.assertIn("not paid", waiting.explanation)
        self.assertIn("GBP", blocked.explanation)
        self.assertEqual(blocked.currency_id.name, "GBP", "also if the currency is not active")
        self.assertIn('"number": "B3"', blocked.readable_payload)

    def test_summary(self):
        wizard = self.preview(self.paid("C1"), self.paid("C2", currency="USD"), self.paid("C3"), self.unpaid("C4"))
        summary = wizard.review_summary()
        tiles = {tile["state"]: (tile["count"], sorted(tile["totals"])) for tile in summary["tiles"]}
        self.assertEqual(tiles, {"complete": (3, ["EUR 24.00", "USD 12.00"]), "waiting": (1, ["EUR 12.00"])})
        self.assertEqual(summary["selected"]["count"], 3)
        wizard.action_select(False)
        self.assertEqual(wizard.review_summary()["selected"], {"count": 0, "totals": []})
        wizard.action_select(True)
        self.assertEqual(wizard.line_ids.filtered("selected").mapped("number"), ["C1", "C2", "C3"])

    def test_unreadable_order_is_a_blocked_line(self):
        odd = self.paid("D1")
        odd["lines"][0]["net"] = "10,00"
        wizard = self.preview(odd, self.paid("D2"))
        self.assertEqual(wizard.line_ids.mapped("state"), ["blocked", "complete"])
        self.assertIn("order D1", wizard.line_ids[0].explanation)
        self.assertIn("net", wizard.line_ids[0].explanation)

    def test_the_same_order_twice_counts_once(self):
        wizard = self.preview(self.paid("E1"), self.paid("E1", net="20.00"))
        self.assertEqual(wizard.line_ids.mapped("total"), [24.0])

    # === What cannot be previewed === #

    def test_bad_file_names_file_and_row(self):
        good = payloads.dumps(self.paid("F1")).encode()
        for content, message in (
            (good + b"\n{half", "orders.jsonl, row 2.*not JSON"),
            (good + b"\n\n[]", "orders.jsonl, row 3.*no id"),
            (good + b'\n{"id": "x", "updated_at": "yesterday"}', "orders.jsonl, row 2"),
            ("é".encode("latin-1"), "orders.jsonl, row 1.*UTF-8"),
            (b"\n", "no such orders"),
        ):
            with self.subTest(content=content), self.assertRaisesRegex(UserError, message):
                self.upload(content).action_preview()

    def test_store_that_does_not_answer(self):
        store = self.store.copy({"name": "Shop", "platform": "woocommerce", "base_url": "https://shop.example.com"})
        wizard = self.env["ecommerce.import"].with_user(self.accountant).create({"store_id": store.id})
        error = TransportError("The store did not answer.", hint="Try again later.")
        with patch.object(type(store), "_fetch_records", side_effect=error):
            with self.assertRaisesRegex(UserError, "did not answer. Try again later"):
                wizard.action_preview()

    def test_period_is_whole_days_of_the_store(self):
        store = self.store.copy({"name": "Shop", "platform": "woocommerce", "base_url": "https://shop.example.com"})
        values = {
            "store_id": store.id,
            "scope": "changed",
            "date_from": date(2026, 3, 28),
            "date_to": date(2026, 3, 29),
        }
        wizard = self.env["ecommerce.import"].with_user(self.accountant).create(values)
        with patch.object(type(store), "_fetch_records", return_value=[]) as fetch:
            with self.assertRaisesRegex(UserError, "no such orders"):
                wizard.action_preview()
        cursor = fetch.call_args.kwargs["cursor"]
        paris = ZoneInfo("Europe/Paris")
        self.assertEqual(cursor.changed_at, datetime(2026, 3, 28, tzinfo=paris))
        self.assertEqual(cursor.until, datetime(2026, 3, 30, tzinfo=paris))
        # The clocks go forward in that night: the period has 47 hours.
        self.assertEqual(cursor.until.astimezone(timezone.utc).hour, 22)
        wizard.date_to = date(2026, 3, 27)
        with self.assertRaisesRegex(UserError, "ends before"):
            wizard.action_preview()

    def test_what_is_too_much_for_a_preview(self):
        store = self.store.copy({"name": "Shop", "platform": "woocommerce", "base_url": "https://shop.example.com"})
        wizard = self.env["ecommerce.import"].create({"store_id": store.id})
        for number in (0, 2001):
            with self.subTest(number=number), self.assertRaisesRegex(ValidationError, "1 to 2000"):
                wizard.order_limit = number
        wizard = self.upload([self.paid("G1"), self.paid("G2")])
        with patch("odoo.addons.ecommerce_connector.wizards.ecommerce_import.MOST", 1):
            with self.assertRaisesRegex(UserError, "more than 1 orders"):
                wizard.action_preview()

    # === Accepting === #

    def test_accept_posts_what_is_selected(self):
        wizard = self.preview(self.paid("H1"), self.paid("H2"), self.unpaid("H3"), self.unpayable("H4"))
        wizard.line_ids[1].selected = False
        action = wizard.action_accept()
        self.assertEqual((action["res_model"], action["target"]), ("ecommerce.import", "new"))
        self.assertRecordValues(wizard, [{"posted_count": 1, "blocked_count": 0, "changed_count": 0}])
        order = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.assertRecordValues(order, [{"number": "H1", "state": "posted"}])
        self.assertRecordValues(self.moves_of(order, "invoice"), [{"amount_total": 12.0, "payment_state": "paid"}])
        self.assertEqual(self.balance("Payment clearing"), D("12.00"))
        self.assertEqual(wizard.line_ids.mapped("state"), ["posted", "complete", "waiting", "blocked"])
        self.assertEqual(wizard.line_ids.order_id, order)
        self.assertEqual(wizard.action_view_orders()["domain"], [("id", "in", order.ids)])

    def test_the_payload_is_kept_to_the_digit(self):
        odd = self.paid("I1")
        odd["lines"][0]["discount"] = D("0.10")
        wizard = self.preview(odd)
        wizard.action_accept()
        event = wizard.line_ids.order_id.event_id
        self.assertEqual(event.payload, wizard.line_ids.payload)
        self.assertIn('"discount":0.10,', event.payload)

    def test_many_are_posted_some_at_a_time(self):
        wizard = self.preview(*(self.paid(f"T{number}") for number in range(5)))
        with patch("odoo.addons.ecommerce_connector.wizards.ecommerce_import.AT_ONCE", 2):
            self.assertEqual([wizard.accept_next(restart=True), wizard.accept_next(), wizard.accept_next()], [3, 1, 0])
        self.assertRecordValues(wizard, [{"posted_count": 5}])
        self.assertEqual(self.balance("Payment clearing"), D("60.00"))

    def test_nothing_selected(self):
        wizard = self.preview(self.paid("J1"))
        wizard.action_select(False)
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_accept()

    def test_a_plan_that_changed_is_not_posted_unseen(self):
        wizard = self.preview(self.paid("K1"), self.paid("K2"))
        self.env["ecommerce.mapping.rule"].create(
            {"store_id": self.store.id, "kind": "product", "pattern": "TEA", "company_id": self.company.id,
             "account_id": self.account("Store order fees").id}
        )  # fmt: skip
        before = self.counts()
        wizard.action_accept()
        self.assertEqual(self.counts(), before)
        self.assertRecordValues(wizard, [{"posted_count": 0, "changed_count": 2}])
        self.assertFalse(any(wizard.line_ids.mapped("selected")))
        self.assertIn("Store order fees", wizard.line_ids[0].plan_text)
        wizard.line_ids[0].selected = True
        wizard.action_accept()
        self.assertRecordValues(wizard, [{"posted_count": 1, "changed_count": 0}])

    def test_what_became_complete_is_selected(self):
        wizard = self.preview(self.paid("L1", currency="USD"))
        rule = self.env["ecommerce.mapping.rule"].search(
            [("store_id", "=", self.store.id), ("kind", "=", "gateway"), ("currency_id.name", "=", "USD"),
             ("pattern", "=", "*")]
        )  # fmt: skip
        rule.active = False
        wizard.action_plan_again()
        self.assertEqual((wizard.line_ids.state, wizard.line_ids.selected), ("blocked", False))
        rule.active = True
        wizard.action_plan_again()
        self.assertEqual((wizard.line_ids.state, wizard.line_ids.selected), ("complete", True))

    def test_keep_stores_the_others_with_their_exceptions(self):
        wizard = self.preview(self.paid("M1"), self.unpaid("M2"), self.unpayable("M3"))
        wizard.action_keep()
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)], order="number")
        self.assertRecordValues(
            orders,
            [
                {"number": "M2", "state": "waiting", "move_count": 0},
                {"number": "M3", "state": "blocked", "move_count": 0},
            ],
        )
        self.assertTrue(orders[1].exception_ids)
        self.assertRecordValues(wizard, [{"posted_count": 0, "waiting_count": 1, "blocked_count": 1}])
        self.assertFalse(wizard.review_summary()["to_keep"])

    def test_what_is_booked_is_not_offered_again(self):
        self.preview(self.paid("N1")).action_accept()
        wizard = self.preview(self.paid("N1"), self.paid("N2"))
        self.assertEqual(wizard.line_ids.mapped("state"), ["posted", "complete"])
        self.assertEqual(wizard.line_ids.mapped("selected"), [False, True])

    def test_what_waits_for_review_is_posted(self):
        self.store._accept(self.preview(self.paid("O1")).line_ids._records(), post=False)
        order = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.assertEqual(order.state, "ready")
        self.preview(self.paid("O1")).action_accept()
        self.assertEqual(order.state, "posted")

    def test_an_older_version_is_not_put_back(self):
        self.preview(self.paid("P1")).action_accept()
        wizard = self.preview(self.paid("P1", net="20.00", updated_at="2026-03-09T00:00:00Z"))
        self.assertEqual((wizard.line_ids.state, wizard.line_ids.selected), ("outdated", False))
        self.assertIn("2026-03-10", wizard.line_ids.explanation)

    def test_accounts_and_rules_from_the_orders(self):
        self.store = self.env["ecommerce.store"].create(
            {"name": "Stall", "platform": "file", "timezone": "UTC", "company_id": self.company.id}
        )
        administrator = new_test_user(
            self.env, login="import_administrator", groups="ecommerce_connector.group_administrator",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        lines = [self.line("TEA", "10.00", "0.70", "7")]
        order = self.order("Q1", lines, "10.70", [self.payment("p", "10.70")])
        wizard = self.preview(order, user=administrator)
        self.assertTrue(wizard.review_summary()["lacks_journal"])
        self.assertEqual(wizard.review_summary()["lacking_rule"], 1)
        self.assertEqual(wizard.line_ids.state, "blocked")
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_accept()
        wizard.action_create_accounting()
        self.assertFalse(wizard.review_summary()["lacks_journal"])
        self.assertFalse(wizard.review_summary()["lacking_rule"])
        wizard.action_accept()
        self.assertRecordValues(wizard.line_ids, [{"state": "posted"}])

    # === Access === #

    def test_viewers_do_not_import(self):
        with self.assertRaises(AccessError):
            self.upload([self.paid("R1")], user=self.viewer)

    def test_other_companies_do_not_see_it(self):
        wizard = self.preview(self.paid("S1"))
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env, login="import_stranger", groups="ecommerce_connector.group_accountant", company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )  # fmt: skip
        for record in (wizard, wizard.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(stranger).read(["company_id"])
