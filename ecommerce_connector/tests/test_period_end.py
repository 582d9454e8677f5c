from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.period_end import deferrals
from .common import D
from .period_common import APRIL_1, MARCH_31, PeriodCommon

SALES, DEFERRED = "Store sales", "Deferred store revenue"


@tagged("post_install", "-at_install")
class TestPeriodEnd(PeriodCommon):
    """Proposals: computed, accepted or dismissed, posted once and taken back the next day."""

    def deferral(self, day=MARCH_31):
        return self.proposals("deferral", day)

    # === Accepting === #

    def test_accepted_once_with_what_takes_it_back(self):
        (order,) = self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        self.assertRecordValues(
            proposal, [{"state": "proposed", "amount": 75.0, "store_id": self.store.id, "obstacle": False}]
        )
        self.assertEqual(proposal.line_ids.mapped(lambda line: (line.order_id, line.balance)), [(order, 75.0)])
        self.assertEqual(proposal.source_move_ids, self.moves_of(order, "invoice"))
        proposal.action_accept()
        entry, back = proposal.move_ids.sorted("date")
        self.assertEqual((entry.date, back.date), (MARCH_31, APRIL_1))
        self.assertEqual(set(proposal.move_ids.mapped("state")), {"posted"})
        self.assertEqual(back.reversed_entry_id, entry)
        self.assertEqual(self.items(entry), {SALES: D("75.00"), DEFERRED: D("-75.00")})
        self.assertEqual(self.items(back), {SALES: D("-75.00"), DEFERRED: D("75.00")})
        waiting = proposal.move_ids.line_ids.filtered(lambda item: item.account_id.name == DEFERRED)
        self.assertTrue(all(waiting.mapped("reconciled")))
        self.assertEqual(entry.action_view_ecommerce_proposal()["res_id"], proposal.id)
        with self.assertRaisesRegex(UserError, "accepted already"):
            proposal.action_accept()
        with self.assertRaisesRegex(UserError, "accepted already"):
            proposal.action_dismiss()
        with self.assertRaises(UserError):
            proposal.sudo().unlink()

    def test_undone_it_leaves_nothing_and_is_proposed_again(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        proposal.action_accept()
        accepted = proposal.move_ids
        proposal.action_undo()
        undone = proposal.move_ids - accepted
        self.assertEqual((proposal.state, sorted(undone.mapped("date"))), ("proposed", [MARCH_31, APRIL_1]))
        self.assertEqual({move.reversed_entry_id for move in undone}, set(accepted))
        for day in (MARCH_31, APRIL_1):
            entries = proposal.move_ids.filtered(lambda move, day=day: move.date == day)
            self.assertEqual(self.items(entries), {SALES: D("0.00"), DEFERRED: D("0.00")})
        with self.assertRaisesRegex(UserError, "is not accepted"):
            proposal.action_undo()
        proposal.action_accept()
        again = proposal.move_ids - accepted - undone
        self.assertEqual(self.items(again.filtered(lambda move: move.date == MARCH_31))[DEFERRED], D("-75.00"))
        proposal.action_undo()
        self.assertEqual(len(proposal.move_ids), 8)
        self.assertEqual(self.items(proposal.move_ids)[SALES], D("0.00"))

    def test_undoing_crosses_no_lock_date_and_reverses_nothing_twice(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        proposal.action_accept()
        back = proposal.move_ids.filtered(lambda move: move.date == APRIL_1)
        by_hand = back._reverse_moves([{"date": date(2026, 4, 2)}])
        by_hand.action_post()
        with self.assertRaisesRegex(UserError, f"{back.name} was reversed by {by_hand.name}"):
            proposal.action_undo()
        by_hand.button_draft()
        self.company.fiscalyear_lock_date = MARCH_31
        with self.assertRaisesRegex(UserError, "is closed by a lock date"):
            proposal.action_undo()
        self.assertEqual((proposal.state, len(proposal.move_ids)), ("accepted", 2))

    def test_undone_and_not_due_any_more_it_stays_with_its_entries(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        proposal.action_accept()
        proposal.action_undo()
        self.accept(
            self.goods("D1", shipped=[("2026-03-20", {"MUG": 3}), ("2026-03-21", {"MUG": 1, "HAT": 1})],
                       updated_at="2026-03-22T10:00:00Z")
        )  # fmt: skip
        self.wizard()
        self.assertRecordValues(proposal, [{"state": "proposed", "amount": 0.0, "obstacle": "It is zero."}])

    def test_computing_again_updates_only_what_is_undecided(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        march = self.deferral()
        (other,) = self.accept(self.goods("D2"))
        again = self.deferral()
        self.assertEqual(again, march)
        self.assertEqual((again.amount, len(again.line_ids)), (225.0, 2))
        again.action_accept()
        self.accept(self.goods("D3"))
        self.assertEqual(self.deferral(), march)
        self.assertEqual((march.amount, march.state, len(march.move_ids)), (225.0, "accepted", 2))
        self.assertIn(other, march.line_ids.order_id)

    def test_dismissed_stays_dismissed_until_it_is_reopened(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        proposal.action_dismiss()
        self.accept(self.goods("D2"))
        self.assertEqual((self.deferral(), proposal.state, proposal.amount), (proposal, "dismissed", 75.0))
        with self.assertRaisesRegex(UserError, "Reopen"):
            proposal.action_accept()
        proposal.action_reopen()
        self.assertEqual((self.deferral().amount, proposal.state), (225.0, "proposed"))
        self.assertFalse(proposal.move_ids)

    def test_what_is_not_due_any_more_is_not_proposed_any_more(self):
        payload = self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})])
        self.accept(payload)
        self.assertTrue(self.deferral())
        gone = self.goods("D1", shipped=[("2026-03-20", {"MUG": 3}), ("2026-03-21", {"MUG": 1, "HAT": 1})])
        self.accept({**gone, "updated_at": "2026-04-02T10:00:00Z"})
        self.assertFalse(self.deferral())
        self.assertFalse(self.env["ecommerce.period.proposal"].search([]))

    # === Lock dates === #

    def test_no_lock_date_is_crossed(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        for field in ("fiscalyear_lock_date", "hard_lock_date"):
            with self.subTest(lock=field), self.env.cr.savepoint() as savepoint:
                self.company[field] = "2026-03-31"
                proposal.invalidate_recordset()
                self.assertIn("2026", proposal.obstacle)
                with self.assertRaisesRegex(UserError, "for good" if "hard" in field else "exception"):
                    proposal.action_accept()
                self.assertEqual((proposal.state, len(proposal.move_ids)), ("proposed", 0))
                savepoint.rollback()
            self.env.invalidate_all()
        self.company.fiscalyear_lock_date = "2026-03-31"
        self.env["account.lock_exception"].create(
            {"company_id": self.company.id, "user_id": self.env.user.id, "fiscalyear_lock_date": "2026-03-30"}
        )
        proposal.invalidate_recordset()
        self.assertFalse(proposal.obstacle)
        proposal.action_accept()
        self.assertEqual(proposal.move_ids.sorted("date").mapped("date"), [MARCH_31, APRIL_1])

    def test_sales_and_tax_locks_do_not_close_it(self):
        """It is no sale and bears no tax: that is how an accrual gets into a month that is closed for sales."""
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.deferral()
        self.company.write({"sale_lock_date": "2026-03-31", "tax_lock_date": "2026-03-31"})
        proposal.invalidate_recordset()
        proposal.action_accept()
        self.assertEqual(proposal.move_ids.sorted("date").mapped("date"), [MARCH_31, APRIL_1])

    def test_a_period_that_is_not_over(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        proposal = self.proposals("deferral", date(2099, 3, 31))
        self.assertFalse(proposal, "invoices of long ago are not looked at")
        proposal = self.deferral()
        proposal.sudo().day = date(2099, 3, 31)
        with self.assertRaisesRegex(UserError, "not over"):
            proposal.action_accept()

    # === Deferral === #

    def test_stores_that_state_no_shipments_are_left_out_and_named(self):
        self.accept(self.goods("D1"))
        wizard = self.wizard()
        self.assertFalse(wizard.proposal_ids)
        self.assertIn("Test shop states no shipments", wizard.notes)
        self.accept(self.goods("D2", shipped=[("2026-04-02", {})]))
        wizard = self.wizard()
        self.assertFalse(wizard.notes)
        self.assertEqual(wizard.proposal_ids.amount, 300.0)

    def test_orders_invoiced_as_they_ship_have_nothing_to_defer(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        self.store.invoice_on = "fulfilment"
        (order,) = self.accept(self.goods("D2", shipped=[("2026-03-20", {"HAT": 1})]))
        self.assertTrue(self.moves_of(order, "invoice"), order.explanation)
        self.assertEqual(self.deferral().line_ids.order_id.mapped("number"), ["D1"])

    def test_what_is_invoiced_later_is_not_deferred(self):
        """An order of the month whose invoice a lock date moved into the next: there is no revenue to defer."""
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        self.company.sale_lock_date = "2026-03-31"
        self.accept(self.goods("D2"))
        self.assertEqual(self.deferral().line_ids.order_id.mapped("number"), ["D1"])

    def test_midnight_is_the_stores(self):
        """23:30 UTC on the 31st is April in Paris."""
        late = self.goods("D1", shipped=[("2026-03-31", {})])
        late["fulfilments"][0]["at"] = "2026-03-31T22:30:00Z"
        self.accept(late)
        self.assertEqual(self.deferral().amount, 150.0)
        self.assertFalse(self.deferral(date(2026, 4, 30)))

    def test_order_in_a_foreign_currency_has_the_value_of_its_invoice(self):
        dollar = self.env.ref("base.USD")
        for day, rate in (("2026-03-01", 1.25), ("2026-03-31", 2.0)):
            self.env["res.currency.rate"].create(
                {"currency_id": dollar.id, "name": day, "rate": rate, "company_id": self.company.id}
            )
        (order,) = self.accept(self.goods("U1", shipped=[("2026-03-20", {"HAT": 1})], currency="USD"))
        self.assertEqual(order.state, "posted", order.explanation)
        proposal = self.deferral()
        self.assertEqual((proposal.amount, proposal.currency_id), (80.0, self.euro))
        proposal.action_accept()
        self.assertEqual(self.balance(SALES), D("-120.00"))

    def test_an_order_is_deferred_once_however_many_versions_its_invoice_has(self):
        self.store.late_changes = "amend"
        self.accept(self.goods("D1"), self.goods("D2", shipped=[("2026-03-20", {"MUG": 3})]))
        changed = self.goods("D1", updated_at="2026-03-25T10:00:00Z")
        changed |= {"lines": changed["lines"][:1], "total": "120.00"}
        (order,) = self.accept(changed)
        self.assertEqual(
            sorted(order.posting_ids.filtered(lambda row: row.kind == "invoice").mapped("version")), [1, 2]
        )
        with patch.object(deferrals, "AT_ONCE", 2):  # the two versions are not beside each other
            self.assertEqual(sorted(self.deferral().line_ids.mapped("balance")), [75.0, 100.0])

    def test_a_refund_does_not_take_an_order_out(self):
        """The store's credit note points back to the invoice, as a reversal does."""
        later = self.refund("r1", "60.00", at="2026-04-10T10:00:00Z", lines=[self.line("HAT", "50.00", "10.00")])
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})], refunds=[later]))
        self.assertEqual(self.deferral().amount, 75.0)
        self.assertEqual(self.deferral(date(2026, 4, 30)).amount, 25.0)

    def test_an_invoice_that_somebody_reversed_is_left_out(self):
        orders = self.accept(self.goods("D1"), self.goods("D2", shipped=[("2026-03-20", {"MUG": 3})]))
        invoice = self.moves_of(orders[0], "invoice")
        invoice._reverse_moves([{"date": "2026-03-15", "invoice_date": "2026-03-15"}])._post(soft=False)
        self.assertEqual(self.deferral().line_ids.order_id.mapped("number"), ["D2"])

    def test_what_changed_after_the_period_is_left_out_and_named(self):
        """What is stored now is not what was invoiced then."""
        self.store.late_changes = "amend"
        self.accept(self.goods("D1"), self.goods("D2", shipped=[("2026-03-20", {"MUG": 3})]))
        changed = self.goods("D1", updated_at="2026-04-02T10:00:00Z")
        self.accept(changed | {"lines": changed["lines"][:1], "total": "120.00"})
        proposal = self.deferral()
        self.assertEqual(proposal.line_ids.order_id.mapped("number"), ["D2"])
        self.assertIn("booked after Mar 31, 2026: D1", proposal.explanation)
        self.assertEqual(sorted(self.deferral(date(2026, 4, 30)).line_ids.mapped("balance")), [75.0, 100.0])

    def test_missing_account_is_named(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        self.store.deferred_revenue_account_id = False
        proposal = self.deferral()
        with self.assertRaisesRegex(UserError, "deferred revenue account of the store Test shop"):
            proposal.action_accept()
        self.store.deferred_revenue_account_id = self.account(DEFERRED)
        self.deferral().action_accept()
        self.assertEqual(proposal.state, "accepted")

    # === Fees billed later === #

    def bill_later(self, percent=0.0, fixed=0.0, **more):
        self.processor.write(
            {"bills_in_arrears": True, "arrears_percent": percent, "arrears_fixed": fixed, **more}
        )  # fmt: skip
        return self.proposals("fees")

    def test_estimated_from_the_volume_of_the_month(self):
        self.accept(
            self.paid_order("A", paid={"at": "2026-03-31T21:00:00Z"}), self.paid_order("B", total="60.00"),
            self.paid_order("C", paid={"at": "2026-03-31T22:30:00Z"}),
        )  # fmt: skip
        proposal = self.bill_later(1.5, 0.1)
        self.assertEqual(proposal.amount, 2.9)
        self.assertIn("2 payments of 180.00 EUR", proposal.explanation)
        proposal.action_accept()
        entry, back = proposal.move_ids.sorted("date")
        self.assertEqual(
            self.items(entry), {"Payment processing fees": D("2.90"), "Accrued processor fees": D("-2.90")}
        )
        self.assertEqual((entry.date, back.date), (MARCH_31, APRIL_1))
        self.assertEqual(entry.journal_id, self.processor.payout_journal_id)
        self.assertEqual(self.balance("Accrued processor fees"), D("0.00"))

    def test_typed_amount_is_kept(self):
        proposal = self.bill_later()
        self.assertEqual(proposal.amount, 0.0)
        with self.assertRaisesRegex(UserError, "Enter the amount"):
            proposal.action_accept()
        proposal.amount = 30.0
        self.processor.arrears_percent = 2.0
        self.accept(self.paid_order("A"))
        again = self.proposals("fees")
        self.assertEqual((again, again.amount, again.line_ids.balance, again.is_typed), (proposal, 30.0, 30.0, True))
        again.action_accept()
        self.assertEqual(self.items(again.move_ids.sorted("date")[0])["Payment processing fees"], D("30.00"))
        with self.assertRaisesRegex(UserError, "cannot be typed"):
            again.amount = 31.0

    def test_only_fees_are_typed(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        with self.assertRaisesRegex(UserError, "cannot be typed"):
            self.deferral().amount = 1.0
        with self.assertRaisesRegex(UserError, "positive"):
            self.bill_later().amount = -1.0
        with self.assertRaises(ValidationError):
            self.processor.arrears_percent = 101.0

    def test_missing_rule_and_accounts_of_fees_are_named(self):
        rules = self.env["ecommerce.mapping.rule"].search([("kind", "=", "payout_fee")])
        rules.unlink()
        proposal = self.bill_later(accrued_fees_account_id=False)
        proposal.amount = 30.0
        for words in ("Processor fee” covers “billed_later” on Mar 31", "accrued fees account"):
            with self.assertRaisesRegex(UserError, words):
                proposal.action_accept()

    # === Late arrivals === #

    def test_accrual_of_what_came_in_late(self):
        self.company.sale_lock_date = "2026-03-31"
        lines = [self.line("TSH", "10.00", "2.00")]
        self.accept(self.paid_order("L1", refunds=[self.refund("r1", "12.00", lines=lines)]))
        self.company.sale_lock_date = "2026-04-30"
        self.accept(self.paid_order("L2", total="60.00"))
        proposal = self.proposals("late")
        self.assertRecordValues(proposal, [{"amount": 140.0, "counterpart_account_id": self.late.id}])
        self.assertIn("Tax of 28.00 EUR is not accrued", proposal.explanation)
        self.assertEqual(len(proposal.source_move_ids), 3)
        proposal.action_accept()
        first, april, may = proposal.move_ids.sorted("date")
        self.assertEqual([str(move.date) for move in (first, april, may)], ["2026-03-31", "2026-04-01", "2026-05-01"])
        self.assertEqual(self.items(first), {SALES: D("-140.00"), self.late.name: D("140.00")})
        self.assertEqual(self.items(april), {SALES: D("90.00"), self.late.name: D("-90.00")})
        self.assertEqual(self.items(may), {SALES: D("50.00"), self.late.name: D("-50.00")})
        self.assertEqual(self.balance(self.late.name), D("0.00"))
        self.assertEqual(self.balance(SALES), D("-140.00"))
        for day, result in (("2026-03-31", -140), ("2026-04-30", -140), ("2026-05-31", -140)):
            upto = self.env["account.move.line"].search(
                [("account_id", "=", self.account(SALES).id), ("date", "<=", day), ("parent_state", "=", "posted")]
            )
            self.assertEqual(round(sum(upto.mapped("balance"))), result, "each month has its own sales")

    def test_what_comes_in_after_an_accrual_has_one_of_its_own(self):
        self.company.sale_lock_date = "2026-03-31"
        self.accept(self.paid_order("L1"))
        first = self.proposals("late")
        first.action_accept()
        self.assertEqual(self.proposals("late"), first, "nothing more came in")
        self.accept(self.paid_order("L2", total="60.00"))
        second = self.proposals("late") - first
        self.assertRecordValues(second, [{"amount": 50.0, "number": 2, "state": "proposed"}])
        self.assertTrue(second.display_name.endswith(" · 2"))
        self.accept(self.paid_order("L3", total="12.00"))
        self.assertEqual((self.proposals("late") - first, second.amount), (second, 60.0))
        second.action_dismiss()
        self.assertEqual(self.proposals("late"), first | second, "what is dismissed is decided on")
        second.action_reopen()
        self.assertEqual(self.proposals("late"), first | second)
        second.action_accept()
        march = [("account_id", "=", self.account(SALES).id), ("date", "<=", MARCH_31), ("parent_state", "=", "posted")]
        self.assertEqual(sum(self.env["account.move.line"].search(march).mapped("balance")), -160.0)
        self.assertEqual((self.balance(SALES), self.balance(self.late.name)), (D("-160.00"), D("0.00")))

    def test_a_reopened_proposal_is_computed_with_what_came_since(self):
        self.company.sale_lock_date = "2026-03-31"
        self.accept(self.paid_order("L1"))
        first = self.proposals("late")
        first.action_dismiss()
        self.accept(self.paid_order("L2", total="60.00"))
        second = self.proposals("late") - first
        first.action_reopen()
        self.assertEqual(self.proposals("late"), first, "one proposal of all that nobody decided on")
        self.assertEqual((first.amount, second.exists().ids), (150.0, []))

    @property
    def late(self):
        return self.store.late_accrual_account_id

    def test_accrual_into_a_hard_locked_period_says_why_not(self):
        self.company.hard_lock_date = "2026-03-31"
        self.accept(self.paid_order("L1"))
        proposal = self.proposals("late")
        self.assertEqual(proposal.amount, 100.0)
        self.assertIn("for good", proposal.obstacle)
        with self.assertRaisesRegex(UserError, "hard lock date"):
            proposal.action_accept()
        self.assertFalse(proposal.move_ids)

    def test_late_payout_has_its_own_proposal(self):
        self.accept(self.paid_order("A1"))
        payout = self.import_payout(self.report(self.charge("p-A1", "120.00", "3.00"), paid="2026-03-30"))
        self.company.fiscalyear_lock_date = "2026-03-31"
        payout.action_post()
        proposal = self.proposals("late")
        self.assertEqual((proposal.processor_account_id, proposal.amount), (self.processor, 3.0))
        self.company.fiscalyear_lock_date = "2026-03-30"
        proposal.invalidate_recordset()
        proposal.action_accept()
        self.assertEqual(self.balance("Payment processing fees"), D("3.00"))

    # === Access === #

    def test_viewers_see_and_accountants_accept(self):
        self.accept(self.goods("D1", shipped=[("2026-03-20", {"MUG": 3})]))
        viewer, accountant = (
            new_test_user(
                self.env, login=f"period_{name}", groups=f"ecommerce_connector.group_{name}",
                company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant")
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self.wizard(user=viewer)
        proposal = self.wizard(user=accountant).proposal_ids
        seen = proposal.with_user(viewer)
        self.assertEqual((seen.amount, seen.obstacle), (75.0, False))
        for button in ("action_accept", "action_dismiss", "action_reopen"):
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(seen, button)()
        with self.assertRaises(AccessError):
            proposal.with_user(accountant).state = "accepted"
        with self.assertRaises(AccessError):
            proposal.with_user(accountant).line_ids.balance = 1.0
        proposal.with_user(accountant).action_accept()
        self.assertEqual(proposal.state, "accepted")
        self.assertIn("Accepted", proposal.message_ids[0].body)
