from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .common import D
from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestRelease(RuleCommon):
    """One exception per store value without a rule; the rule made from it lets go of all that waited."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules.search([("kind", "=", "product"), ("store_id", "=", cls.store.id)]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )

    def waiting_for(self, key):
        return self.env["ecommerce.exception"].search(
            [("key", "=", key), ("state", "=", "open"), ("store_id", "=", self.store.id)]
        )

    def rule_from(self, item, **values):
        """What the exception's button prepares, saved with an account."""
        action = item.action_add_rule()
        rules = self.rules.with_context(**action["context"])
        defaults = {
            name.removeprefix("default_"): value
            for name, value in action["context"].items()
            if name.startswith("default_")
        }
        rule = rules.create({**defaults, "account_id": self.account("Store sales").id, **values})
        return rule, rule.action_save_and_release()

    def test_suspense_postings_are_moved_by_entries_that_point_back(self):
        orders = self.env["ecommerce.order"].union(
            self.sold("R1", day="2026-03-10"), self.sold("R2", day="2026-03-12", net="50.00", tax="10.00")
        )
        self.assertEqual(set(orders.mapped("state")), {"posted"})
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-150.00"))
        item = self.waiting_for("product:MUG")
        self.assertRecordValues(
            item,
            [{"code": "unmapped", "order_count": 2, "document_names": "R1, R2", "lacks_rule": True, "severity": "0"}],
        )
        rule, answer = self.rule_from(item)
        self.assertIn("2 moved from suspense", answer["params"]["message"])
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("0.00"))
        self.assertEqual(self.balance("Store sales"), D("-150.00"))
        self.assertEqual(self.balance("Store sales tax"), D("-30.00"))
        self.assertEqual(item.state, "resolved")
        for order, amount, day in ((orders[0], 100.0, "2026-03-10"), (orders[1], 50.0, "2026-03-12")):
            invoice = self.moves_of(order, "invoice")
            entry = self.env["account.move"].search([("ecommerce_corrected_move_id", "=", invoice.id)])
            self.assertEqual((str(entry.date), entry.state, entry.move_type), (day, "posted", "entry"))
            self.assertEqual(
                [(line.account_id.name, line.balance) for line in entry.line_ids.sorted("balance")],
                [("Store sales", -amount), ("Store suspense (unmapped)", amount)],
            )
            self.assertEqual(entry.line_ids.sorted("balance")[0].ecommerce_rule_id, rule)
        reposted, added = self.env["ecommerce.mapping.change"].search([("rule_number", "=", rule.id)])
        self.assertIn(f"Exception {item.id} of Test shop: No product rule covers 'MUG'", added.reason)
        entries = self.env["account.move"].search(
            [("ecommerce_corrected_move_id.ecommerce_order_id", "in", orders.ids)]
        )
        self.assertEqual((reposted.action, reposted.move_ids), ("reposted", entries))
        self.assertEqual(len(entries), 2)

    def test_the_dialogs_defaults_are_not_for_entries(self):
        """A foreign order: its exchange difference would be made in the currency that the rule's form proposes."""
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].search([("currency_id", "=", dollar.id)]).unlink()
        for day, rate in (("2026-03-01", 1.25), ("2026-03-20", 1.10)):
            self.env["res.currency.rate"].create(
                {"currency_id": dollar.id, "name": day, "rate": rate, "company_id": self.company.id}
            )
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("currency_id", "=", dollar.id)]).write(
            {"active": False, "change_reason": "To be decided"}
        )
        self.store.invoice_on = "order"
        self.rules.create(
            {"kind": "product", "store_id": self.store.id, "account_id": self.account("Store sales").id,
             "change_reason": "All of it"}
        )  # fmt: skip
        payment = self.payment("p", "120.00", at="2026-03-20T10:00:00Z")
        (order,) = self.accept(
            self.order("F1", [self.line("MUG", "100.00", "20.00")], "120.00", [payment], currency="USD")
        )
        self.assertEqual(order.state, "blocked")
        (item,) = self.waiting_for("gateway:card")
        processor = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "money"), ("currency_id", "=", dollar.id)], limit=1
        )
        self.rule_from(item, account_id=False, processor_account_id=processor.id)
        self.assertEqual(order.state, "posted", order.explanation)
        # 120 USD are 96.00 at 1.25 and 109.09 at 1.10.
        self.assertEqual(self.moves_of(order, "invoice").amount_total_signed, 96.0)
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        exchanged = order.payment_ids.receivable_line_id.matched_debit_ids.exchange_move_id
        self.assertEqual((exchanged.state, exchanged.currency_id), ("posted", self.euro))
        self.assertEqual(sorted(exchanged.line_ids.mapped("balance")), [-13.09, 13.09])

    def test_each_batch_is_logged_in_its_own_transaction(self):
        """A crash between two batches must not leave entries that no log knows."""
        self.store.batch_size = 1
        self.sold("R1")
        self.sold("R2")
        committed = []

        def commit(_store):
            logged = self.env["ecommerce.mapping.change"].search([("action", "=", "reposted")]).move_ids
            made = self.env["account.move"].search([("ecommerce_corrected_move_id", "!=", False)])
            committed.append((len(made), made == logged))

        with patch.object(type(self.store), "_commit_unless_testing", commit):
            self.rule_from(self.waiting_for("product:MUG"))
        self.assertIn((1, True), committed, "two batches")
        self.assertEqual({logged for _made, logged in committed}, {True})

    def test_what_cannot_be_moved_keeps_its_exception_and_says_why(self):
        """An invoice that somebody changed by hand: its revenue still waits, and must not be forgotten."""
        order = self.sold("R1")
        invoice = self.moves_of(order, "invoice")
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 90.0
        invoice.action_post()
        self.sold("R2")
        waits = self.balance("Store suspense (unmapped)")
        item = self.waiting_for("product:MUG")
        _rule, answer = self.rule_from(item)
        self.assertIn("1 moved from suspense, 1 still wait", answer["params"]["message"])
        self.assertEqual(self.balance("Store suspense (unmapped)"), waits + D("100.00"))
        self.assertEqual((item.state, item.document_names), ("open", "R1"))
        self.assertIn("It was changed by hand", item.message_ids[0].body)

    def test_a_release_moves_nothing_but_what_waits(self):
        """A shipping rule that changed for new orders only stays out of the release of a product."""
        shipping = self.rules.search([("kind", "=", "shipping"), ("store_id", "=", self.store.id)])
        self.accept(
            self.order("R1", [self.line("MUG", "100.00", "20.00"), self.line("dhl", "5.00", "1.00", kind="shipping")],
                       "126.00", [self.payment("p-R1", "126.00")])
        )  # fmt: skip
        self.sold("R2")
        self.rule("shipping", "dhl", account_id=self.account("Store order fees").id)
        self.company.fiscalyear_lock_date = "2026-03-31"
        item = self.waiting_for("product:MUG")
        _rule, answer = self.rule_from(item)
        self.assertIn("1 moved from suspense, 1 still wait", answer["params"]["message"])
        self.assertEqual((item.state, item.document_names), ("open", "R1"))
        self.assertIn("other rules of", item.message_ids[0].body)
        self.assertEqual(self.balance(shipping.account_id.name), D("-5.00"))
        self.assertEqual(self.balance("Store order fees"), D("0.00"))
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-100.00"))

    def test_planning_again_does_not_close_what_is_still_on_suspense(self):
        """There is a rule now, but nobody moved anything: neither a button on the order nor news of it hide that."""
        order = self.sold("R1")
        item = self.waiting_for("product:MUG")
        self.rule()
        order.action_post()
        self.assertEqual((item.state, self.balance("Store suspense (unmapped)")), ("open", D("-100.00")))
        item.action_retry()
        self.assertEqual((item.state, self.balance("Store suspense (unmapped)")), ("resolved", D("0.00")))
        order.action_post()
        self.assertEqual(self.balance("Store sales"), D("-100.00"))

    def test_doing_it_again_moves_nothing(self):
        self.sold()
        item = self.waiting_for("product:MUG")
        rule, _answer = self.rule_from(item)
        count = self.env["account.move"].search_count([])
        self.assertIn("Nothing waited", rule.action_save_and_release()["params"]["message"])
        self.store._release_suspended()
        self.assertEqual(self.env["account.move"].search_count([]), count)

    def test_blocked_orders_are_posted(self):
        self.store.suspend_product = False
        orders = self.sold("R1") | self.sold("R2", sku="CUP") | self.sold("R3")
        self.assertEqual(orders.mapped("state"), ["blocked"] * 3)
        item = self.waiting_for("product:MUG")
        self.assertEqual((item.document_names, item.code), ("R1, R3", "mapping_missing"))
        rule, answer = self.rule_from(item)
        self.assertIn("2 orders posted", answer["params"]["message"])
        self.assertEqual(orders.mapped("state"), ["posted", "blocked", "posted"])
        self.assertEqual(self.revenue_of(orders[2]), [("Store sales", rule)])
        self.assertEqual((item.state, self.waiting_for("product:CUP").state), ("resolved", "open"))

    def test_a_store_without_a_journal_for_corrections_gets_one(self):
        self.store.correction_journal_id = False
        self.sold()
        _rule, answer = self.rule_from(self.waiting_for("product:MUG"))
        self.assertIn("1 moved from suspense", answer["params"]["message"])
        self.assertEqual(self.store.correction_journal_id.type, "general")

    def test_more_orders_than_a_button_takes_are_left_to_the_scheduled_action(self):
        self.sold("R1")
        self.sold("R2")
        item = self.waiting_for("product:MUG")
        self.rule()
        item._release(limit=1)
        self.assertEqual((item.state, self.balance("Store suspense (unmapped)")), ("open", D("-100.00")))
        self.assertFalse(item.tried_at)
        self.env.cr.execute("UPDATE ecommerce_mapping_rule SET write_date = write_date + interval '1 hour'")
        self.env.invalidate_all()
        self.store._release_suspended()
        self.assertEqual((item.state, self.balance("Store suspense (unmapped)")), ("resolved", D("0.00")))

    def test_a_pattern_releases_all_it_covers(self):
        orders = self.sold("R1", sku="MUG-1") | self.sold("R2", sku="MUG-2") | self.sold("R3", sku="CUP-1")
        _rule, answer = self.rule_from(self.waiting_for("product:MUG-1"), pattern="MUG-*")
        self.assertIn("2 moved from suspense", answer["params"]["message"])
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-100.00"))
        self.assertFalse(self.waiting_for("product:MUG-2"))
        self.assertEqual(self.waiting_for("product:CUP-1").order_line_ids.order_id, orders[2])

    def test_a_rule_that_begins_later_leaves_what_was_before(self):
        self.sold("R1", day="2026-03-10")
        self.sold("R2", day="2026-03-20")
        item = self.waiting_for("product:MUG")
        _rule, answer = self.rule_from(item, date_from="2026-03-15")
        self.assertIn("1 moved from suspense", answer["params"]["message"])
        self.assertIn("1 still wait", answer["params"]["message"])
        self.assertEqual((item.state, item.document_names), ("open", "R1"))
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-100.00"))

    def test_a_locked_period_is_not_touched_but_emptied_in_the_first_open_one(self):
        self.sold("R1", day="2026-03-10")
        self.company.fiscalyear_lock_date = "2026-03-31"
        _rule, _answer = self.rule_from(self.waiting_for("product:MUG"))
        entry = self.env["account.move"].search([("ecommerce_corrected_move_id", "!=", False)])
        self.assertEqual((str(entry.date), entry.state), ("2026-04-01", "posted"))
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("0.00"))

    def test_the_scheduled_action_releases_too_but_only_when_rules_changed(self):
        self.sold("R1")
        item = self.waiting_for("product:MUG")
        item._release()  # tried, in vain
        self.assertTrue(item.tried_at)
        self.env.cr.execute("UPDATE ecommerce_mapping_rule SET write_date = write_date - interval '1 hour'")
        before = item.write_date
        self.store._release_suspended()
        self.assertEqual((item.state, item.write_date), ("open", before))
        self.rule()
        self.env.flush_all()
        self.env.cr.execute("UPDATE ecommerce_mapping_rule SET write_date = write_date + interval '1 hour'")
        self.env.invalidate_all()
        self.store._release_suspended()
        self.assertEqual((item.state, self.balance("Store suspense (unmapped)")), ("resolved", D("0.00")))


@tagged("post_install", "-at_install")
class TestReleaseTour(RuleCommon, HttpCase):
    """The same in a browser, as an accountant does it."""

    def orders_that_wait(self):
        """Two orders on the suspense account, and who decides about them."""
        self.rules.search([("kind", "=", "product"), ("store_id", "=", self.store.id)]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )
        orders = self.sold("R1") | self.sold("R2", net="50.00", tax="10.00")
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-150.00"))
        user = new_test_user(
            self.env, login="bookkeeper", password="bookkeeper", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        return orders, user

    def test_exception(self):
        orders, user = self.orders_that_wait()
        self.start_tour("/odoo/e-commerce", "ecommerce_exception", login="bookkeeper", timeout=120)
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("0.00"))
        self.assertEqual(self.balance("Store order fees"), D("-150.00"))
        self.assertEqual(set(orders.exception_ids.mapped("state")), {"resolved"})
        rule = self.rules.search([("pattern", "=", "MUG")])
        self.assertEqual(rule.change_ids.user_id, user)
        self.assertEqual(rule.change_ids.mapped("action"), ["reposted", "added"])
        self.assertRegex(rule.change_ids[-1].reason, "^Exception [0-9]+ of Test shop: No product rule covers")

    def test_exception_from_the_list(self):
        """The arrow of a line, the rule, and it is gone; another is closed with a reason."""
        _orders, user = self.orders_that_wait()
        lines = [self.line("MUG", "100.00", "20.00")]
        (wrong,) = self.accept(self.order("R3", lines, "125.00", [self.payment("p-R3", "120.00")]))
        self.start_tour("/odoo/e-commerce", "ecommerce_exception_list", login="bookkeeper", timeout=120)
        self.assertEqual(self.balance("Store order fees"), D("-150.00"))
        shared = self.env["ecommerce.exception"].search([("key", "=", "product:MUG"), ("store_id", "=", self.store.id)])
        self.assertEqual(shared.mapped("state"), ["resolved"])
        item = wrong.exception_ids.filtered(lambda found: found.code == "does_not_add_up")
        self.assertRecordValues(
            item,
            [{"state": "resolved", "resolution": "The shop pays the difference", "resolved_by_id": user.id}],
        )
