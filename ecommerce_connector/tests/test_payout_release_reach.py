from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.payouts import payout_release
from ..models.payouts.payout_executor import PayoutExecutor
from .common import D
from .payout_release_common import PayoutReleaseCommon


@tagged("post_install", "-at_install")
class TestReleaseReach(PayoutReleaseCommon):
    """What a release reaches and what it leaves: failing payouts, other accounts and companies, other users."""

    # === Each by itself === #

    def archived_account_rule(self, pattern="moon_tax"):
        """A rule that leads to an account archived since: Odoo refuses the entry."""
        gone = self.fees.copy({"name": "Gone", "code": "627998"})
        self.rules.create(
            {"kind": "payout_other", "pattern": pattern, "company_id": self.company.id, "account_id": gone.id}
        )
        gone.active = False
        return gone

    def test_a_payout_that_fails_keeps_its_exception_with_the_reason_and_the_others_go_through(self):
        gone = self.archived_account_rule()
        first = self.payout(1, at_once=True)
        failing = self.payout(2, "60.00", "1.80", ("txn_m", "-7.00", "0.00", "moon_tax"), at_once=True)
        last = self.payout(3, "30.00", "0.90", day="2026-03-17", at_once=True)
        item = self.waiting_for("payout_fee:charge")
        rule, message = self.rule_from(item)
        self.assertIn("2 payouts posted, 1 still wait", message)
        self.assertEqual((first | failing | last).mapped("state"), ["posted", "draft", "posted"])
        self.assertFalse(self.env["account.move"].search([("ref", "like", "po_2")]), "nothing of it is left")
        self.assertFalse(failing.posting_ids or failing.transaction_ids.clearing_line_id)
        self.assertEqual((item.state, item.document_names, item.line_ids.amount), ("open", "po_2", 1.8))
        self.assertIn("Payout po_2 cannot be booked: The account Gone (627998) is archived.", self.notes(item))
        self.assertIn("No payout fee rule covers 'charge'", failing.explanation)
        self.assertEqual([entries for _told, entries in self.released(rule)], [first.move_id | last.move_id])
        self.assertEqual(self.balance("Payment clearing"), D("60.00"))
        gone.active = True
        item.action_retry()
        self.assertEqual((failing.state, item.state), ("posted", "resolved"))
        self.assertEqual(self.balance("Gone"), D("7.00"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_a_payout_that_fails_after_its_entry_was_posted_leaves_no_entry(self):
        first, failing = self.payout(1, at_once=True), self.payout(2, "60.00", "1.80", at_once=True)
        item, settle = self.waiting_for("payout_fee:charge"), PayoutExecutor._settle

        def fail(executor, plan, move):
            settle(executor, plan, move)
            if executor.payout == failing:
                raise ValueError("A defect")

        with (
            patch.object(PayoutExecutor, "_settle", fail),
            mute_logger("odoo.addons.ecommerce_connector.models.payouts.payout_release"),
        ):
            _rule, message = self.rule_from(item)
        self.assertIn("1 payouts posted, 1 still wait", message)
        self.assertEqual((first.state, failing.state, failing.is_blocked), ("posted", "draft", True))
        self.assertFalse(self.env["account.move"].search([("ref", "like", "po_2")]))
        self.assertEqual(self.balance("Payment clearing"), D("60.00"))
        self.assertEqual((item.state, item.document_names), ("open", "po_2"))
        self.assertIn("Payout po_2 cannot be booked: A defect", self.notes(item))

    def test_each_batch_is_logged_in_its_own_transaction(self):
        """A crash between two batches must not leave entries that no log knows."""
        first, second = self.payout(1, at_once=True), self.payout(2, at_once=True)
        committed = []

        def commit(_store):
            moves = (first | second).move_id
            logged = self.env["ecommerce.mapping.change"].search([("action", "=", "released")]).move_ids
            committed.append((len(moves), moves == logged))

        with (
            patch.object(payout_release, "BATCH", 1),
            patch.object(type(self.store), "_commit_unless_testing", commit),
        ):
            rule, _message = self.rule_from(self.waiting_for("payout_fee:charge"))
        self.assertEqual(committed, [(1, True), (2, True)])
        self.assertEqual(len(self.released(rule)), 2)

    def test_more_payouts_than_a_button_takes_are_left_to_the_scheduled_action(self):
        payouts = self.payout(1) | self.payout(2, "60.00", "1.80")
        item = self.waiting_for("payout_fee:charge")
        self.fee_rule()
        triggers = self.triggers()
        item._release(limit=1)
        self.assertEqual((item.state, payouts.mapped("is_blocked"), item.tried_at), ("open", [False, True], False))
        self.assertEqual(self.triggers(), triggers + 1)
        self.rules_changed(hours=1)
        self.run_cron()
        self.assertEqual((item.state, payouts.mapped("is_blocked")), ("resolved", [False, False]))

    def test_payouts_that_another_worker_is_at_are_tried_again_soon(self):
        payout = self.payout(1, at_once=True)
        item, triggers = self.waiting_for("payout_fee:charge"), self.triggers()
        with patch.object(type(payout), "try_lock_for_update", lambda payouts, **_kwargs: payouts.browse()):
            rule, message = self.rule_from(item)
        self.assertIn("1 still wait", message)
        self.assertEqual((payout.state, item.state, item.tried_at), ("draft", "open", False))
        self.assertEqual((self.triggers(), self.released(rule)), (triggers + 1, []))
        self.rules_changed(hours=1)
        self.run_cron()
        self.assertEqual((payout.state, item.state), ("posted", "resolved"))

    def test_the_scheduled_action_gives_way_and_comes_again(self):
        """Somebody writes the same exceptions just now: that is no defect, and nothing is lost."""
        self.payout(1)
        self.fee_rule()
        self.rules_changed(hours=1)
        triggers = self.triggers()
        busy = psycopg2.errors.SerializationFailure("could not serialize access due to concurrent update")
        with patch.object(payout_release.PayoutRelease, "release", side_effect=busy):
            self.run_cron()
        self.assertEqual((self.triggers(), self.waiting_for("payout_fee:charge").tried_at), (triggers + 1, False))

    # === Where exceptions are shared === #

    def test_each_processor_account_has_its_own_and_one_rule_releases_both(self):
        euros, dollar = self.payout(1), self.processor_account("USD")
        self.env["res.currency.rate"].create(
            {"name": "2026-01-01", "rate": 2.0, "currency_id": dollar.currency_id.id, "company_id": self.company.id}
        )
        self.accept(self.paid_order("P2", currency="USD"))
        dollars = self.import_payout(
            self.report(self.charge("p-P2", "120.00", "5.00"), payout="po_2", currency="usd"), dollar
        )
        of_euros = self.waiting_for("payout_fee:charge", processor_account_id=self.processor.id)
        of_dollars = self.waiting_for("payout_fee:charge", processor_account_id=dollar.id)
        self.assertEqual((of_euros.line_ids.payout_id, of_dollars.line_ids.payout_id), (euros, dollars))
        self.assertRecordValues(of_dollars.line_ids, [{"amount": 5.0, "currency_id": dollar.currency_id.id}])
        rule, message = self.rule_from(of_euros)
        self.assertIn("2 payouts ready for review", message)
        self.assertEqual((of_euros | of_dollars).mapped("state"), ["resolved"] * 2)
        self.assertEqual(
            {told for told, _entries in self.released(rule)},
            {"To review: po_1 (117.00 EUR)", "To review: po_2 (115.00 USD)"},
        )

    def test_a_rule_of_the_store_releases_its_payouts_only(self):
        of_store = self.payout(1)
        self.accept(self.paid_order("P2"))
        content = self.report(self.charge("p-P2", "120.00", "3.00"), payout="po_2")
        (of_none,), _notices = self.processor._import_report("payout.csv", content)
        found = self.waiting_for("payout_fee:charge")
        self.assertEqual({item.store_id: item.line_ids.payout_id for item in found},
                         {self.store: of_store, self.env["ecommerce.store"]: of_none})  # fmt: skip
        item = found.filtered("store_id")
        _rule, message = self.rule_from(item, store_id=self.store.id)
        self.assertIn("1 payouts ready for review", message)
        self.assertEqual((of_store.is_blocked, of_none.is_blocked), (False, True))
        self.assertEqual(self.waiting_for("payout_fee:charge"), found - item)

    def test_another_company_is_not_touched(self):
        own = self.payout(1, at_once=True)
        data = self.setup_other_company(name="Second company", currency_id=self.euro.id)
        company = data["company"]
        store = self.env["ecommerce.store"].create(
            {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": company.id}
        )
        store._create_accounting(currencies=["EUR"], rates={D(20)})
        self.rules.search([("kind", "=", "payout_fee"), ("company_id", "=", company.id)]).active = False
        content = self.report(("txn_f", "-4.00", "0.00", "charge_fee"), ("txn_c", "-1.00", "3.00", "charge", "", ""))
        (theirs,), _notices = self.processor_account("EUR", company)._import_report("payout.csv", content, store)
        theirs.transaction_ids.accept_open = True
        theirs.post_once_mapped = True
        item = self.exceptions.search([("company_id", "=", company.id), ("key", "=", "payout_fee:charge")])
        self.assertEqual((item.state, item.line_ids.payout_id), ("open", theirs))
        count = self.env["account.move"].search_count([("company_id", "=", company.id)])
        self.rule_from(self.waiting_for("payout_fee:charge"), pattern="*")
        self.assertEqual((own.state, theirs.state, theirs.is_blocked), ("posted", "draft", True))
        self.assertEqual((item.state, item.tried_at), ("open", False))
        self.run_cron()
        self.assertEqual((theirs.state, item.state), ("draft", "open"))
        self.assertEqual(self.env["account.move"].search_count([("company_id", "=", company.id)]), count)

    # === Rules made in any other way === #

    def test_the_scheduled_action_releases_too_but_only_when_rules_changed(self):
        payout = self.payout(1, at_once=True)
        item = self.waiting_for("payout_fee:charge")
        item._release()  # tried, in vain
        self.assertTrue(item.tried_at)
        tried = item.sudo().tried_at = fields.Datetime.subtract(item.tried_at, hours=1)
        self.rules_changed(hours=-2)
        self.run_cron()
        self.assertEqual((item.state, item.tried_at), ("open", tried))
        rule = self.fee_rule()
        self.run_cron()
        self.assertEqual((payout.state, item.state), ("posted", "resolved"))
        self.assertEqual(self.released(rule), [("Posted: po_1 (117.00 EUR)", payout.move_id)])

    def test_saving_a_rule_of_payouts_runs_it_soon_if_a_payout_waits(self):
        start = self.triggers()
        self.fee_rule("nothing_waits")
        self.assertEqual(self.triggers(), start)
        self.payout(1)
        self.rules.create({"kind": "shipping", "pattern": "x", "company_id": self.company.id,
                           "account_id": self.fees.id})  # fmt: skip
        self.assertEqual(self.triggers(), start, "no rule of payouts")
        draft = self.fee_rule("char*", is_draft=True)
        self.assertEqual(self.triggers(), start, "a draft decides nothing")
        draft.action_apply()
        self.assertEqual(self.triggers(), start + 1)
        draft.date_to = "2027-01-31"
        self.assertEqual(self.triggers(), start + 2)
        by_button = self.waiting_for("payout_fee:charge").action_add_rule()["context"]
        self.rules.with_context(**by_button).create({"account_id": self.fees.id})
        self.assertEqual(self.triggers(), start + 2, "the button does it: both at once would be in each other's way")

    # === Rights === #

    def member(self, name):
        return new_test_user(
            self.env, login=f"pr_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip

    def test_an_accountant_can_do_it_all(self):
        user = self.member("accountant")
        payout, other = self.payout(1), self.payout(2, "60.00", "1.80")
        payout.with_user(user).post_once_mapped = True
        item = self.waiting_for("payout_fee:charge")
        rule, message = self.rule_from(item, user)
        self.assertIn("1 payouts posted, 1 payouts ready for review", message)
        self.assertEqual((payout.move_id.create_uid, other.is_blocked, item.state), (user, False, "resolved"))
        log = self.env["ecommerce.mapping.change"].search([("rule_number", "=", rule.id)])
        self.assertEqual((log.user_id, log.mapped("action")), (user, ["released", "added"]))

    def test_a_viewer_sees_it_and_does_nothing(self):
        user = self.member("viewer")
        payout = self.payout(1, at_once=True)
        item = self.waiting_for("payout_fee:charge")
        self.accept(self.order("G1", [self.line("TSH", "10.00", "1.00", "10", code="GST")], "11.00",
                               [self.payment("p-G1", "11.00")]))  # fmt: skip
        of_order = self.waiting_for("tax:GST")
        seen = item.with_user(user)
        self.assertEqual((seen.document_names, seen.payout_line_ids.amount), ("po_1", 3.0))
        rule = self.fee_rule()
        for act in (
            seen.action_retry, seen._release, lambda: of_order.with_user(user)._release(limit=0),
            rule.with_user(user).action_save_and_release, lambda: self.rule_from(item, user),
            lambda: payout.with_user(user).write({"post_once_mapped": False}),
            lambda: seen.line_ids.write({"amount": 0.0}),
            lambda: payout_release.PayoutRelease(seen.env).release(payout.with_user(user)),
        ):  # fmt: skip
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()
        self.assertEqual((payout.state, item.state), ("draft", "open"))
        self.assertEqual((item | of_order).mapped("tried_at"), [False, False])

    def test_nobody_writes_what_an_exception_names(self):
        user = self.member("administrator")
        self.payout(1)
        line = self.waiting_for("payout_fee:charge").line_ids.with_user(user)
        for act in (lambda: line.write({"amount": 0.0}), line.unlink, lambda: line.copy({})):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                act()


@tagged("post_install", "-at_install")
class TestPayoutReleaseTour(PayoutReleaseCommon, HttpCase):
    """The same in a browser, as an accountant does it."""

    def test_exception(self):
        payouts = self.payout(1, at_once=True) | self.payout(2, "60.00", "1.80")
        user = new_test_user(
            self.env, login="bookkeeper", password="bookkeeper", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        self.start_tour("/odoo/e-commerce", "ecommerce_payout_exception", login="bookkeeper", timeout=120)
        self.assertEqual(payouts.mapped("state"), ["posted", "draft"])
        self.assertEqual(payouts.mapped("is_blocked"), [False, False])
        self.assertEqual(self.balance("Payment processing fees"), D("3.00"))
        rule = self.rules.search([("kind", "=", "payout_fee"), ("pattern", "=", "charge")])
        self.assertFalse(rule.store_id)
        self.assertEqual(rule.change_ids.mapped("action"), ["released", "added"])
        self.assertEqual(rule.change_ids.user_id, user)
