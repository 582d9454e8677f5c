from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.payouts.payout_executor import PayoutExecutor, settle
from .common import D
from .payout_common import PayoutCommon


class StandingCommon(PayoutCommon):
    """A posted payout of one payment, and what people do to entries on Odoo's own screens."""

    def posted_payout(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        payout.action_post()
        return payout

    def reverse(self, move):
        """With Odoo's own wizard."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "reason": "By hand", "date": "2026-03-20"})
        )
        wizard.refund_moves()
        reversal = move.reversal_move_ids
        if reversal.state == "draft":
            reversal.action_post()
        return reversal

    def assert_balances(self, clearing, in_transit, fees):
        for name, amount in (
            ("Payment clearing", clearing), ("Payouts in transit", in_transit), ("Payment processing fees", fees)
        ):  # fmt: skip
            self.assertEqual(self.balance(name), D(amount), name)

    def credit(self, account, amount):
        """An entry by hand with an item on an account, its first."""
        entry = self.env["account.move"].create(
            {
                "move_type": "entry", "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": -amount}),
                    (0, 0, {"account_id": self.account("Store sales").id, "balance": amount}),
                ],
            }
        )  # fmt: skip
        entry.action_post()
        return entry

    def new_account(self, name="Other clearing", code="101977"):
        return self.env["account.account"].create(
            {"name": name, "code": code, "account_type": "asset_current", "reconcile": True}
        )


@tagged("post_install", "-at_install")
class TestFallenEntry(StandingCommon):
    """A payout whose entry was taken out of the ledger on Odoo's own screens."""

    def test_undo_of_a_reversed_entry_reverses_nothing(self):
        payout = self.posted_payout()
        first = payout.move_id
        reversal = self.reverse(first)
        self.assertEqual(payout.state, "posted")
        payout.action_undo()
        self.assertRecordValues(payout, [{"state": "draft", "move_id": False, "in_transit_line_id": False}])
        self.assertEqual(first.reversal_move_ids, reversal)
        self.assert_balances("120.00", "0.00", "0.00")
        self.assertFalse(payout.transaction_ids.payment_id.is_settled)
        controls = self.processor.clearing_account_id | self.processor.in_transit_account_id
        items = (first | reversal).line_ids.filtered(lambda item: item.account_id in controls)
        self.assertEqual(items.mapped("reconciled"), [True] * 4)

        payout.action_post()
        self.assertRecordValues(payout.move_id, [{"state": "posted"}])
        self.assertEqual(payout._standing_entries(), payout.move_id)
        self.assertEqual(payout.posting_ids.mapped("version"), [1, 2])
        self.assert_balances("0.00", "117.00", "3.00")
        self.assertTrue(payout.transaction_ids.payment_id.is_settled)

    def test_undo_after_a_reversal_that_reconciled_everything(self):
        payout = self.posted_payout()
        first = payout.move_id
        reversal = first._reverse_moves([{"date": first.date}], cancel=True)
        payout.action_undo()
        self.assertEqual(first.reversal_move_ids, reversal)
        self.assert_balances("120.00", "0.00", "0.00")
        payout.action_post()
        self.assert_balances("0.00", "117.00", "3.00")

    def test_reversal_that_was_reversed_takes_back_nothing(self):
        payout = self.posted_payout()
        self.reverse(self.reverse(payout.move_id))
        self.assertEqual(payout._standing_entries(), payout.move_id)
        payout.action_undo()
        self.assert_balances("120.00", "0.00", "0.00")

    def test_undo_of_a_draft_is_refused_and_says_what_to_do(self):
        payout = self.posted_payout()
        entry = payout.move_id
        entry.button_draft()
        with self.assertRaisesRegex(
            UserError, f"{entry.name}.* of payout po_1 is a draft.*Post that entry again, then"
        ):
            payout.action_undo()
        self.assertRecordValues(payout, [{"state": "posted", "move_id": entry.id}])
        self.assertFalse(entry.reversal_move_ids)
        self.assert_balances("120.00", "0.00", "0.00")

        entry.action_post()
        payout.action_undo()
        self.assert_balances("120.00", "0.00", "0.00")
        payout.action_post()
        self.assert_balances("0.00", "117.00", "3.00")

    def test_undo_of_a_cancelled_entry_is_refused(self):
        payout = self.posted_payout()
        payout.move_id.button_draft()
        payout.move_id.button_cancel()
        with self.assertRaisesRegex(UserError, "is cancelled: there is nothing to reverse. Reset that entry to draft"):
            payout.action_undo()
        self.assertEqual(payout.state, "posted")
        self.assertFalse(payout.move_id.reversal_move_ids)

    def test_undo_of_a_reversed_payout_of_nothing(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "120.00")))
        payout.action_post()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": False}])
        self.reverse(payout.move_id)
        payout.action_undo()
        self.assertEqual(payout.state, "draft")
        self.assert_balances("120.00", "0.00", "0.00")

    def test_reversed_while_it_is_at_the_bank(self):
        """The reversal left the bank match alone: that is undone first, then the payout lets go of its entry."""
        payout, line = self.posted_payout(), self.bank_line(117.0)
        payout.action_match_bank()
        first = payout.move_id
        first._reverse_moves([{"date": first.date}]).action_post()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        payout.action_undo()
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])
        self.assertFalse(line.is_reconciled)
        with self.assertRaisesRegex(UserError, "po_1 is not in the ledger: its entry .* was reversed by"):
            payout._match_bank_line(line)
        payout.action_undo()
        self.assertEqual(len(first.reversal_move_ids), 1)
        self.assert_balances("120.00", "0.00", "0.00")

    def test_reversed_and_matched_with_the_bank_by_hand(self):
        payout = self.posted_payout()
        lines = self.bank_line(100.0) | self.bank_line(17.0)
        for line in lines:
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.account_id = payout.in_transit_line_id.account_id
            (suspense | payout.in_transit_line_id).reconcile()
        payout.move_id._reverse_moves([{"date": "2026-03-20"}]).action_post()
        with self.assertRaisesRegex(UserError, "is reconciled with .*STRIPE PAYOUT.*Undo that reconciliation first"):
            payout.action_undo()
        self.assertEqual(lines.mapped("is_reconciled"), [True, True])

    def test_match_again_tells_of_an_entry_that_is_gone(self):
        payout = self.posted_payout()
        entry = payout.move_id
        entry.button_draft()
        payout.action_match()
        (found,) = payout.exception_ids
        self.assertRecordValues(found, [{"code": "payout_entry_fallen", "state": "open", "amount": 117.0}])
        self.assertIn(f"its entry {entry.name} is a draft", found.message)
        entry.action_post()
        payout.action_match()
        self.assertEqual(found.state, "resolved")


@tagged("post_install", "-at_install")
class TestPaymentsInTheLedger(StandingCommon):
    """A payout settles what the ledger has: posted, not taken back, and open for the whole amount."""

    def imported(self):
        return self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))

    def assert_not_settled(self, payout, reason, difference):
        """The row is different for this reason, the payout is blocked, and nothing is booked."""
        self.assertTrue(payout.is_blocked)
        self.assertRecordValues(payout.transaction_ids, [{"match_status": "different", "difference": difference}])
        self.assertIn(reason, payout.transaction_ids.match_reasons)
        with self.assertRaisesRegex(UserError, "Correct the payment"):
            payout.action_post()
        self.assertEqual(payout.state, "draft")
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))

    def test_payment_that_is_a_draft(self):
        (order,) = self.accept(self.paid_order("P1"))
        payment = order.payment_ids.payment_id
        payment.action_draft()
        payout = self.imported()
        self.assert_not_settled(payout, f"cannot be settled: its entry {payment.move_id.name} is a draft", 120.0)
        self.assertFalse(payout.missing_payment_ids)
        payment.action_post()
        payout.action_post()
        self.assertEqual(payout.transaction_ids.match_status, "matched")
        self.assert_balances("0.00", "117.00", "3.00")

    def test_batch_entry_that_is_a_draft(self):
        self.store.payment_mode = "batch"
        (order,) = self.accept(self.paid_order("P1"))
        order.payment_ids.clearing_line_id.move_id.button_draft()
        self.assert_not_settled(self.imported(), "is a draft", 120.0)

    def test_payment_that_was_reversed(self):
        for cancel in (False, True):
            with self.subTest(cancel=cancel):
                number = f"R{cancel:d}"
                (order,) = self.accept(self.paid_order(number))
                entry = order.payment_ids.clearing_line_id.move_id
                reversal = entry._reverse_moves([{"date": entry.date}], cancel=cancel)
                if not cancel:
                    reversal.action_post()
                payout = self.import_payout(self.report(self.charge(f"p-{number}", "120.00"), payout=number))
                self.assert_not_settled(payout, f"was reversed by {reversal.name}", 120.0)

    def test_payment_that_is_partly_reconciled(self):
        (order,) = self.accept(self.paid_order("P1"))
        item = order.payment_ids.clearing_line_id
        other = self.credit(item.account_id, 80.0)
        (other.line_ids[0] | item).reconcile()
        payout = self.imported()
        self.assert_not_settled(payout, f"only 40.00 of its 120.00 EUR in {item.move_id.name}", 80.0)
        self.assertIn(f"the rest is reconciled with {other.name}", payout.transaction_ids.match_reasons)

    def test_payment_whose_amount_was_corrected(self):
        (order,) = self.accept(self.paid_order("P1"))
        payment = order.payment_ids.payment_id
        payment.action_draft()
        payment.amount = 100.0
        payment.action_post()
        self.assert_not_settled(self.imported(), "the processor has 120.00 EUR, the ledger 100.00 EUR", 20.0)
        right = self.import_payout(self.report(self.charge("p-P1", "100.00"), payout="po_2"))
        self.assertEqual(right.transaction_ids.match_status, "duplicate", "its row is in po_1 too")
        self.processor.payout_ids.filtered(lambda payout: payout.external_id == "po_1")._discard("Wrong amount")
        right.action_post()
        self.assert_balances("0.00", "100.00", "0.00")
        self.assertTrue(order.payment_ids.is_settled)

    def test_what_changed_since_the_plan_is_refused(self):
        """The plan says which payment; the executor asks the ledger itself."""
        (order,) = self.accept(self.paid_order("P1"))
        payout = self.imported()
        _matches, plan = payout._plan()
        order.payment_ids.payment_id.action_draft()
        with self.assertRaisesRegex(UserError, "Payment P1 ch_p-P1 cannot be settled: its entry .* is a draft"):
            PayoutExecutor(payout).execute(plan)

    def test_pair_that_leaves_something_open_is_refused(self):
        (order,) = self.accept(self.paid_order("P1"))
        payment = order.payment_ids
        item = self.credit(payment.clearing_line_id.account_id, 100.0).line_ids[0]
        with self.assertRaisesRegex(UserError, "Payment P1 ch_p-P1 and its line .* do not settle each other"):
            settle([(item, payment)])

    def test_accepted_because_of_a_draft_is_settled_once_it_is_posted(self):
        (order,) = self.accept(self.paid_order("P1"))
        order.payment_ids.payment_id.action_draft()
        payout = self.imported()
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.assert_balances("-120.00", "117.00", "3.00")
        order.payment_ids.payment_id.action_post()
        payout.action_match()
        self.assertTrue(order.payment_ids.is_settled)
        self.assertEqual(payout.transaction_ids.match_status, "matched")
        self.assert_balances("0.00", "117.00", "3.00")

    def test_late_payment_that_is_partly_reconciled_is_an_exception(self):
        payout = self.imported()
        payout.transaction_ids.accept_open = True
        payout.action_post()
        (order,) = self.accept(self.paid_order("P1"))
        item = order.payment_ids.clearing_line_id
        other = self.credit(item.account_id, 80.0)
        (other.line_ids[0] | item).reconcile()
        payout.action_match()
        self.assertFalse(payout.transaction_ids.clearing_line_id.reconciled)
        self.assertEqual(item.amount_residual, 40.0)
        (found,) = payout.exception_ids.filtered(lambda item: item.state == "open")
        self.assertRecordValues(found, [{"code": "not_settled", "amount": 120.0}])
        self.assertIn("only 40.00 of its 120.00 EUR", found.message)
        other.line_ids.remove_move_reconcile()
        payout.action_match()
        self.assertTrue(item.reconciled)
        self.assertEqual(found.state, "resolved")


@tagged("post_install", "-at_install")
class TestStateFollowsTheBank(StandingCommon):
    """Where a payout is, is read from its item in transit, whoever reconciled it."""

    def test_bank_match_undone_on_odoos_screen(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        payout.action_match_bank()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        line.action_undo_reconciliation()
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])
        self.assertEqual(self.env["ecommerce.payout"].search([("state", "=", "posted")]), payout)
        payout.action_match_bank()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        self.assert_balances("0.00", "0.00", "3.00")

    def test_reconciled_by_hand_is_adopted(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        item = payout.in_transit_line_id
        self.assertEqual((item.account_id, item.balance), (self.processor.in_transit_account_id, 117.0))
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = item.account_id
        (suspense | item).reconcile()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        with self.assertRaisesRegex(UserError, "Post payout po_1 before"):
            payout.action_match_bank()

    def test_two_bank_lines_settle_one_payout(self):
        payout = self.posted_payout()
        item = payout.in_transit_line_id
        for amount in (100.0, 17.0):
            self.assertEqual(payout.state, "posted")
            line = self.bank_line(amount)
            _liquidity, suspense, _other = line._seek_for_lines()
            suspense.account_id = item.account_id
            (suspense | item).reconcile()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": False}])
        with self.assertRaisesRegex(UserError, "is reconciled with .*STRIPE PAYOUT po_1.*, .*STRIPE"):
            payout.action_undo()

    def test_bank_line_that_is_deleted(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        payout.action_match_bank()
        line.unlink()
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])

    def test_item_in_transit_is_found_from_the_entry(self):
        """The setting is forced to another account: the entry still says where its item is."""
        payout, line = self.posted_payout(), self.bank_line(117.0)
        self.env.cr.execute(
            "UPDATE ecommerce_processor_account SET in_transit_account_id = %s WHERE id = %s",
            [self.new_account().id, self.processor.id],
        )
        self.processor.invalidate_recordset()
        payout.action_match_bank()
        self.assertEqual((payout.state, payout.bank_line_id), ("banked", line))
        payout.action_undo()
        self.assertFalse(line.is_reconciled)
        payout.action_undo()
        self.assert_balances("120.00", "0.00", "0.00")

    def test_undo_of_a_bank_match_without_an_item_fails(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        payout.action_match_bank()
        self.env.flush_all()
        self.env.cr.execute("UPDATE ecommerce_payout SET in_transit_line_id = NULL WHERE id = %s", [payout.id])
        payout.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "po_1 has no item in transit"):
            payout.action_undo()
        self.assertTrue(line.is_reconciled)
