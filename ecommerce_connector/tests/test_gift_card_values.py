import base64
import random
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import D
from .test_gift_cards import LIABILITY, GiftCardCommon

OPENING = "ecommerce.gift.card.opening"


class GiftCardValuesCommon(GiftCardCommon):
    """A store with an account of breakage income."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sales = cls.env["account.account"].search([("name", "=", "Store sales"), ("company_ids", "in", cls.company.id)])
        cls.breakage = sales.copy({"name": "Breakage income"})
        cls.rule = cls.env["ecommerce.mapping.rule"].create(
            {"kind": "breakage", "pattern": "*", "company_id": cls.company.id, "account_id": cls.breakage.id}
        )


@tagged("post_install", "-at_install")
class TestExpiry(GiftCardValuesCommon):
    """What is left of an expired card becomes income on its last day, once, and comes back if it is active again."""

    def sold(self, expires_on="2026-06-30", external_id="GC-1"):
        card = {"id": external_id, **({"expires_on": expires_on} if expires_on else {})}
        self.post(self.sell(f"S{external_id}", card), self.use(f"U{external_id}", external_id, "20.00"))
        return self.card(external_id)

    @freeze_time("2026-07-15")
    def test_expiry_on_the_last_day(self):
        card = self.sold()
        card.action_expire()
        self.assertRecordValues(card, [{"state": "expired", "is_expired": True, "balance": 0.0}])
        row = card.movement_ids.filtered(lambda row: row.kind == "expired")
        self.assertRecordValues(row.move_id, [{"state": "posted"}])
        self.assertEqual((str(row.move_id.date), str(row.moved_on), row.amount), ("2026-06-30", "2026-06-30", -30.0))
        self.assertEqual((self.balance(LIABILITY), self.balance("Breakage income")), (D("0.00"), D("-30.00")))
        self.assertEqual((row.posting_id.gift_card_id, row.posting_id.rule_ids), (card, self.rule))
        self.assertIn(row, row.move_id.ecommerce_gift_card_movement_ids)
        with self.assertRaisesRegex(UserError, "expired already"):
            card.action_expire()
        self.assert_proved("0.00")

    @freeze_time("2026-07-15")
    def test_active_again(self):
        card = self.sold()
        for turn in (1, 2):
            card.action_expire()
            card.action_reactivate()
            self.assertRecordValues(card, [{"state": "active", "is_expired": False, "balance": 30.0}])
            self.assertEqual(self.balance("Breakage income"), D("0.00"))
            row = card.movement_ids.filtered(lambda row: row.kind == "reactivated").sorted("id")[-1:]
            self.assertEqual((str(row.move_id.date), row.amount, row.posting_id.version), ("2026-07-15", 30.0, turn))
        with self.assertRaisesRegex(UserError, "not booked as expired"):
            card.action_reactivate()
        self.assert_proved("30.00")

    @freeze_time("2026-07-15")
    def test_an_expiry_that_somebody_reversed_is_not_taken_back_twice(self):
        card = self.sold()
        card.action_expire()
        entry = card.movement_ids.filtered(lambda row: row.kind == "expired").move_id
        reversal = entry._reverse_moves([{"date": "2026-07-15"}], cancel=True)
        with self.assertRaisesRegex(UserError, f"{entry.name} of its expiry was reversed by {reversal.name}"):
            card.action_reactivate()
        self.assertEqual((self.balance(LIABILITY), card.is_expired), (D("-30.00"), True))
        reversal._reverse_moves([{"date": "2026-07-15"}], cancel=True)
        card.action_reactivate()
        self.assertEqual((self.balance(LIABILITY), card.balance), (D("-30.00"), 30.0))

    @freeze_time("2026-07-15")
    def test_a_card_in_another_currency_leaves_with_what_it_was_worth(self):
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            [
                {"currency_id": dollar.id, "name": day, "company_rate": rate, "company_id": self.company.id}
                for day, rate in (("2026-03-01", 1.25), ("2026-06-01", 1.0))
            ]
        )
        self.post(self.sell("S1", {"id": "GC-1", "expires_on": "2026-06-30"}, currency="USD"))
        self.assertEqual((self.balance(LIABILITY, "USD"), self.balance(LIABILITY)), (D("-50.00"), D("-40.00")))
        card = self.card("GC-1", "USD")
        card.action_expire()
        self.assertEqual((self.balance(LIABILITY, "USD"), self.balance(LIABILITY)), (D("0.00"), D("0.00")))
        self.assertEqual(self.balance("Breakage income"), D("-40.00"))
        self.assertEqual(self.broken(), [])

    @freeze_time("2026-07-15")
    def test_never_into_a_closed_period(self):
        card = self.sold()
        self.company.fiscalyear_lock_date = "2026-06-30"
        card.action_expire()
        row = card.movement_ids.filtered(lambda row: row.kind == "expired")
        self.assertEqual((str(row.move_id.date), str(row.moved_on)), ("2026-07-01", "2026-06-30"))

    @freeze_time("2026-06-30 10:00:00")
    def test_not_before_the_last_day_is_over(self):
        card = self.sold()
        with self.assertRaisesRegex(UserError, "can be used until Jun 30, 2026"):
            card.action_expire()
        forever = self.sold(expires_on=None, external_id="GC-2")
        forever.action_expire()  # a person says so
        self.assertEqual(str(forever.movement_ids.sorted("id")[-1:].move_id.date), "2026-06-30")

    @freeze_time("2026-07-15")
    def test_without_a_rule_or_a_value_nothing_is_booked(self):
        card = self.sold()
        self.post(self.use("U2", "OLD", "10.00"), self.use("U3", "GC-1", "30.00"))
        with self.assertRaisesRegex(UserError, "nothing is left"):
            card.action_expire()
        with self.assertRaisesRegex(UserError, "below zero"):
            self.card("OLD").action_expire()
        other = self.sold(external_id="GC-2")
        self.rule.active = False
        with self.assertRaisesRegex(UserError, "breakage"):
            other.action_expire()
        self.assertFalse(other.is_expired)

    def run_cron(self):
        """The scheduled action, without its commits."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0):
            self.env["ecommerce.gift.card"]._cron_expire()

    @freeze_time("2026-07-15")
    def test_automatic_by_policy(self):
        due, later = self.sold(), self.sold(expires_on="2026-07-15", external_id="GC-2")
        self.post(self.use("U2", "GC-3", "5.00"), self.sell("S3", {"id": "GC-4", "expires_on": "2026-06-30"}))
        self.run_cron()
        self.assertEqual((due.state, later.state), ("active", "active"))
        self.store.gift_card_expiry = "automatic"
        self.rule.pattern = "voucher"
        self.run_cron()
        self.assertEqual(due.state, "active")
        self.assertIn("breakage", due.explanation)
        self.rule.pattern = "gift_card"
        self.run_cron()
        self.assertFalse(due.explanation)
        self.assertEqual(self.card("GC-4").state, "expired")
        self.assertEqual((due.state, later.state), ("expired", "active"))
        self.assertEqual(self.balance(LIABILITY), D("-25.00"))

    def assert_due(self, timezone, *, is_due):
        """A card of 30 June is past its last day in a store of this time zone, or not yet."""
        self.store.write({"timezone": timezone, "gift_card_expiry": "automatic"})
        card = self.sold()
        self.run_cron()
        self.assertEqual((card.state, card.explanation), ("expired" if is_due else "active", False))
        row = card.movement_ids.filtered(lambda row: row.kind == "expired")
        self.assertEqual([str(day) for day in row.move_id.mapped("date")], ["2026-06-30"] if is_due else [])

    @freeze_time("2026-06-30 16:00:00")
    def test_automatic_where_the_next_day_has_begun(self):
        self.assert_due("Asia/Tokyo", is_due=True)

    @freeze_time("2026-07-01 06:00:00")
    def test_automatic_where_the_last_day_is_not_over(self):
        self.assert_due("America/Los_Angeles", is_due=False)

    @freeze_time("2026-07-01 08:00:00")
    def test_automatic_where_the_last_day_is_over_at_last(self):
        self.assert_due("America/Los_Angeles", is_due=True)

    @freeze_time("2026-06-30 16:00:00")
    def test_automatic_in_each_store_by_its_own_day(self):
        """Kiritimati has the 1st of July already, Paris not."""
        self.store.gift_card_expiry = "automatic"
        here = self.sold()
        self.store = self.env["ecommerce.store"].create(
            {
                "name": "Second shop", "platform": "file", "timezone": "Pacific/Kiritimati",
                "company_id": self.company.id, "gift_card_expiry": "automatic",
            }
        )  # fmt: skip
        self.store._create_accounting(currencies=["EUR"], rates={D(20)})
        self.post(self.sell("T1", {"id": "GC-9", "expires_on": "2026-06-30"}))
        self.run_cron()
        self.assertEqual((here.state, self.card("GC-9").state), ("active", "expired"))

    @freeze_time("2026-07-15")
    def test_used_after_it_expired_is_named(self):
        card = self.sold()
        card.action_expire()
        self.post(self.use("U2", "GC-1", "5.00"))
        self.assertRecordValues(card, [{"state": "overdrawn", "balance": -5.0}])
        self.assertEqual(self.broken(), [("card redeemed above its balance", "GC-1", 0, -5)])

    @freeze_time("2026-07-15")
    def test_viewers_expire_nothing(self):
        card = self.sold()
        viewer = new_test_user(
            self.env, login="gv_viewer", groups="ecommerce_connector.group_viewer", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        accountant = new_test_user(
            self.env, login="gv_accountant", groups="ecommerce_connector.group_accountant", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        with self.assertRaises(AccessError):
            card.with_user(viewer).action_expire()
        with self.assertRaises(AccessError):
            self.env[OPENING].with_user(viewer).create({"store_id": self.store.id, "reason": "x"})
        card.with_user(accountant).action_expire()
        self.assertEqual(card.state, "expired")
        self.assertEqual(card.movement_ids.sorted("id")[-1:].move_id.create_uid, accountant)

    @freeze_time("2026-07-15")
    def test_who_may_post_but_only_look_here_expires_nothing(self):
        """The right to post entries is not enough: cards are the connector's."""
        card, expired = self.sold(), self.sold(external_id="GC-2")
        expired.action_expire()
        bookkeeper = new_test_user(
            self.env, login="gv_bookkeeper", groups="ecommerce_connector.group_viewer,account.group_account_user",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        self.assertTrue(self.env["account.move"].with_user(bookkeeper).has_access("create"))
        for attempt in (card.with_user(bookkeeper)._expire, expired.with_user(bookkeeper)._reactivate):
            with self.assertRaisesRegex(AccessError, "Gift Card"), self.cr.savepoint():
                attempt()
        self.assertEqual((card.state, expired.state), ("active", "expired"))
        self.assertEqual(len((card | expired).movement_ids.filtered(lambda row: row.kind == "reactivated")), 0)


@tagged("post_install", "-at_install")
class TestOpening(GiftCardValuesCommon):
    """Cards that were sold before the connector began get their value from a person, with a reason."""

    def opening(self, *rows, **more):
        values = {
            "store_id": self.store.id, "opened_on": "2026-03-01", "reason": "List of the store",
            "account_id": self.account(LIABILITY).id,
            "line_ids": [(0, 0, {"external_id": name, "amount": amount}) for name, amount in rows], **more,
        }  # fmt: skip
        return self.env[OPENING].create(values)

    def of_file(self, content):
        return self.opening(file=base64.b64encode(content), filename="cards.csv")

    def test_thousands_separators_are_no_columns(self):
        with self.assertRaisesRegex(UserError, "cards.csv, row 2: it has more values than columns"):
            self.of_file(b"card,amount\nA,1,000.00\n").action_open()
        self.assertFalse(self.card("A"))

    def test_lines_may_end_as_they_like(self):
        self.of_file(b"card;amount\rA;1.00;\rB;2.00;").action_open()
        self.assertEqual((self.card("A").balance, self.card("B").balance), (1.0, 2.0))

    def in_ledger(self, amount):
        move = self.env["account.move"].create(
            {
                "date": "2026-03-01",
                "line_ids": [
                    (0, 0, {"account_id": self.account(LIABILITY).id, "balance": -amount}),
                    (0, 0, {"account_id": self.breakage.id, "balance": amount}),
                ],
            }
        )
        move.action_post()
        return move

    def test_recorded_for_what_the_ledger_has(self):
        self.in_ledger(75.0)
        self.opening(("OLD", 50.0), ("OLDER", 25.0)).action_open()
        self.post(self.use("G1", "OLD", "10.00"))
        self.assertRecordValues(self.card("OLD"), [{"balance": 40.0, "issued": 50.0, "state": "active"}])
        row = self.card("OLDER").movement_ids
        self.assertEqual(
            (row.kind, row.amount, row.reason, row.move_id.id), ("opening", 25.0, "List of the store", False)
        )
        self.assert_proved("65.00")

    def test_recorded_for_what_the_ledger_has_not(self):
        move = self.in_ledger(70.0)
        self.opening(("OLD", 75.0)).action_open()
        self.assertEqual(
            self.broken(),
            [
                ("balances of gift cards = liability", LIABILITY, 75, 70),
                ("opening balances of gift cards", LIABILITY, 75, 0), ("not from the store", move.name, 0, 70),
            ],
        )  # fmt: skip

    def test_booked_card_by_card(self):
        self.post(self.use("G1", "OLD", "10.00"))
        self.assertEqual(self.broken(), [("card never sold or opened here", "OLD", 0, -10)])
        self.company.fiscalyear_lock_date = "2026-03-05"
        self.opening(("OLD", 50.0), mode="entry", counterpart_id=self.breakage.id).action_open()
        row = self.card("OLD").movement_ids.filtered(lambda row: row.kind == "opening")
        self.assertEqual((str(row.move_id.date), str(row.moved_on)), ("2026-03-06", "2026-03-01"))
        self.assertIn("List of the store", row.move_id.ref)
        self.assertEqual(self.balance("Breakage income"), D("50.00"))
        self.assert_proved("40.00")

    def file(self, text):
        return {"file": base64.b64encode(text.encode()), "filename": "cards.csv"}

    def test_from_a_file(self):
        self.in_ledger(30.5)
        self.opening(**self.file("card;amount;expires_on\nA-1;25.50;2027-01-31\nB-2;5.00;\n")).action_open()
        self.assertEqual((self.card("A-1").balance, str(self.card("A-1").expires_on)), (25.5, "2027-01-31"))
        self.assertEqual((self.card("B-2").balance, self.card("B-2").expires_on), (5.0, False))
        self.assert_proved("30.50")

    def test_bad_files_are_named_and_change_nothing(self):
        for text, message in (
            ("id,amount\nA,1\n", "row 1: the columns are card, amount, expires_on"),
            ("card,amount\nA,1.00\n,2.00\n", "row 3, card: it is empty"),
            ("card,amount\nA,1.005\n", "row 2, amount: 1.005 is no amount in EUR"),
            ("card,amount\nA,one\n", "row 2, amount: one is no amount"),
            ("card,amount\nA,NaN\n", "row 2, amount: NaN is no amount"),
            ("card,amount,expires_on\nA,1.00,31.12.2027\n", "row 2, expires_on: 31.12.2027 is no day"),
            ("card,amount\nA,1.00\nA,2.00\n", "Listed twice: A"),
            ("card,amount\n", "Name at least one card"),
        ):
            with self.subTest(text=text), self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                self.opening(**self.file(text)).action_open()
        with self.assertRaisesRegex(UserError, "no account of gift cards"), self.cr.savepoint():
            self.opening(("A", 1.0), account_id=self.breakage.id).action_open()
        with self.assertRaisesRegex(UserError, "which other account"), self.cr.savepoint():
            self.opening(("A", 1.0), mode="entry").action_open()
        self.assertFalse(self.env["ecommerce.gift.card"].search([]))


@tagged("post_install", "-at_install")
class TestRandomHistories(GiftCardValuesCommon):
    """However cards are sold, used, refunded to and expired: Σ of balances = the liability."""

    @freeze_time("2026-07-15")
    def test_sum_of_balances(self):
        for seed in range(3):
            chance = random.Random(seed)
            left, orders = {}, []
            for number in range(25):
                name = f"{seed}-{chance.randrange(8)}"
                cents = chance.randint(1, 11999)
                amount = D(cents) / 100
                key = f"R{seed}-{number}"
                named = chance.random() < 0.8
                step = chance.choice(("sell", "use", "refund"))
                card = name if named else None
                if step == "sell":
                    cards = [{"id": card, "expires_on": "2026-06-30"}] if card else []
                    orders.append(self.sell(key, *cards, net=f"{amount:.2f}"))
                elif step == "use":
                    orders.append(self.use(key, card, f"{amount:.2f}"))
                    amount = -amount
                else:
                    refund = self.refund(f"r{key}", f"{amount:.2f}", gateway="gift card")
                    refund |= {"gift_card": {"id": card}} if card else {}
                    goods, paid = [self.line("MUG", "100.00", "20.00")], [self.payment("p", "120.00")]
                    orders.append(self.order(key, goods, "120.00", paid, [refund]))
                left[card] = left.get(card, D(0)) + amount
            chance.shuffle(orders)
            self.post(*orders)
            self.accept(*orders)  # a second time brings nothing
            for name, amount in left.items():
                if name:
                    self.assertEqual(D(f"{self.card(name).balance:.2f}"), amount, (seed, name))
            cards = self.env["ecommerce.gift.card"].search([("external_id", "=like", f"{seed}-%")])
            for card in cards.filtered(lambda card: card.state == "active" and card.issued_on)[:2]:
                card.action_expire()
            rows = self.env["ecommerce.gift.card.movement"].search([])
            self.assertEqual(D(f"{sum(rows.mapped('amount')):.2f}"), -self.balance(LIABILITY))
            named = {name for name, *_figures in self.broken()}
            self.assertLessEqual(named, {"card never sold or opened here", "card redeemed above its balance"})
