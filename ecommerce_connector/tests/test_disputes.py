from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import D
from .dispute_common import DisputeCommon

LOSS_DAY = date(2026, 4, 20)


@tagged("post_install", "-at_install")
class TestDisputes(DisputeCommon):
    """Cases 22 to 24b on the ledger: chargebacks from payout reports, and what becomes of them."""

    # === Opened and won === #

    def test_case_22_chargeback_opened(self):
        order = self.sold()
        payout = self.paid_out(self.withdrawal(), payout="po_w")
        self.assertEqual(
            self.entry(payout.move_id),
            [("Disputed payments", D(110)), ("Payment processing fees", D(15)), ("Payouts in transit", D(-125))],
        )
        dispute = self.dispute()
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "opened", "order_id": order.id, "payment_id": order.payment_ids.id,
                    "store_id": self.store.id, "processor_account_id": self.processor.id,
                    "invoice_id": self.moves_of(order, "invoice").id, "partner_id": order.partner_id.id,
                    "charge_id": "ch_p-P1", "withdrawn": 110.0, "fees": 15.0, "reinstated": 0.0, "lost_amount": 0.0,
                    "open_amount": 110.0, "disputed_amount": 110.0, "pending": 0.0, "closed_on": False,
                }
            ],
        )  # fmt: skip
        item = dispute.transaction_ids.disputed_line_id
        self.assertEqual((item.account_id.name, item.partner_id), ("Disputed payments", order.partner_id))
        self.assertEqual(self.open_items(), [D(110)])
        self.assertEqual(order.dispute_ids, dispute)
        self.assertFalse(self.codes(dispute))
        invoice = self.moves_of(order, "invoice")
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("paid", 0.0))

    def test_matched_payout_tells_what_is_coming(self):
        self.sold()
        self.paid_out(self.withdrawal(), payout="po_w", post=False)
        self.assertRecordValues(
            self.dispute(), [{"state": "opened", "withdrawn": 0.0, "pending": 110.0, "open_amount": 0.0, "fees": 0.0}]
        )
        self.assertEqual(self.funds(), (D(0), D(0)))

    def test_case_23_won_and_fee_returned(self):
        dispute = self.opened()
        payout = self.paid_out(self.reinstatement(fee="-15.00"), payout="po_r", paid="2026-04-10")
        self.assertEqual(
            self.entry(payout.move_id),
            [("Payouts in transit", D(125)), ("Payment processing fees", D(-15)), ("Disputed payments", D(-110))],
        )
        self.assertRecordValues(
            dispute,
            [{"state": "won", "open_amount": 0.0, "reinstated": 110.0, "fees": 0.0, "closed_on": date(2026, 4, 10)}],
        )
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(0)), []))
        self.assertEqual(self.balance("Payment processing fees"), D(0))
        self.assertFalse(dispute.posting_ids)

    def test_case_23_won_and_fee_kept(self):
        dispute = self.opened()
        self.paid_out(self.reinstatement(), payout="po_r")
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 0.0, "fees": 15.0}])
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(0)), []))
        self.assertEqual(self.balance("Payment processing fees"), D(15))

    def test_won_by_hand_before_the_money_comes(self):
        dispute = self.opened()
        dispute.action_win()
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 110.0, "decided_by_id": self.env.uid}])
        self.assertEqual((self.codes(dispute), self.open_items()), (["dispute_not_reinstated"], [D(110)]))
        self.paid_out(self.reinstatement(), payout="po_r")
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 0.0}])
        self.assertEqual((self.codes(dispute), self.open_items()), ([], []))

    # === Lost === #

    def test_case_24a_lost(self):
        dispute = self.lose(self.opened())
        self.assertRecordValues(
            dispute, [{"state": "lost", "lost_amount": 110.0, "open_amount": 0.0, "closed_on": LOSS_DAY}]
        )
        move = dispute.loss_move_id
        self.assertEqual(self.entry(move), [("Chargeback losses", D(110)), ("Disputed payments", D(-110))])
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted", "date": LOSS_DAY, "journal_id": self.processor.payout_journal_id.id,
                    "ecommerce_order_id": dispute.order_id.id, "ecommerce_dispute_id": dispute.id,
                }
            ],
        )  # fmt: skip
        self.assertEqual(move.line_ids.partner_id, dispute.partner_id)
        self.assertRecordValues(
            dispute.posting_ids,
            [{"kind": "dispute", "external_id": "du_1", "version": 1, "true_date": LOSS_DAY, "move_id": move.id}],
        )
        rule = move.line_ids.ecommerce_rule_id
        self.assertEqual((rule.kind, rule.is_used, dispute.posting_ids.rule_ids), ("dispute_loss", True, rule))
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(110)), []))
        self.assertTrue(dispute.transaction_ids.disputed_line_id.reconciled)

    def test_case_24b_lost_with_tax_relief(self):
        dispute = self.lose(self.opened(), tax_relief=True)
        self.assertEqual(
            self.entry(dispute.loss_move_id),
            [("Chargeback losses", D(100)), ("Store sales tax", D(10)), ("Disputed payments", D(-110))],
        )
        self.assertTrue(dispute.has_relief)
        self.assertEqual(self.open_items(), [])

    def test_tax_relief_is_reported_like_a_credit_note(self):
        dispute = self.lose(self.opened(), tax_relief=True)
        note = dispute.invoice_id._reverse_moves([{"date": LOSS_DAY}])
        note.action_post()
        reported = self.reported(dispute.loss_move_id)
        self.assertEqual(reported, self.reported(note))
        self.assertEqual(len(reported), 2)

    @staticmethod
    def reported(move):
        """What the tax report adds up: (tags, taxes, repartition line) -> (balance, base)."""
        return {
            (tuple(item.tax_tag_ids.mapped("name")), item.tax_ids, item.tax_repartition_line_id): (
                item.balance, item.tax_base_amount,
            )
            for item in move.line_ids.filtered(lambda item: item.tax_tag_ids)
        }  # fmt: skip

    def test_tax_relief_by_the_policy_of_the_store(self):
        dispute = self.opened()
        for policy in (True, False):
            self.store.dispute_tax_relief = policy
            wizard = self.env["ecommerce.dispute.lose"].create({"dispute_id": dispute.id})
            self.assertIs(wizard.tax_relief, policy)
            self.assertIs("Store sales tax" in wizard.plan_text or "Plain 10 %" in wizard.plan_text, policy)
            self.assertIn("110.00", wizard.plan_text)

    def test_tax_relief_after_a_credit_note_is_of_what_is_left(self):
        """Two rates; the line at 20 % was given back before: the loss is of the other one only."""
        lines = [self.line("MUG", "100.00", "10.00", "10"), self.line("TSH", "50.00", "10.00", "20")]
        refund = self.refund("r1", "60.00", lines=[self.line("TSH", "50.00", "10.00", "20")])
        self.accept(self.order("P1", lines, "170.00", [self.payment("p-P1", "170.00")], [refund]))
        self.paid_out(self.withdrawal(), payout="po_w")
        dispute = self.lose(self.dispute(), tax_relief=True)
        self.assertEqual(
            self.entry(dispute.loss_move_id),
            [("Chargeback losses", D(100)), ("Store sales tax", D(10)), ("Disputed payments", D(-110))],
        )

    def test_tax_relief_over_two_rates_to_the_cent(self):
        lines = [self.line("MUG", "10.00", "1.00", "10"), self.line("TSH", "20.00", "4.00", "20"),
                 self.line("GIFT", "5.00", rate=None, kind="gift_card")]  # fmt: skip
        self.accept(self.order("P1", lines, "40.00", [self.payment("p-P1", "40.00")]))
        self.paid_out(self.withdrawal("33.33"), payout="po_w")
        move = self.lose(self.dispute(), tax_relief=True).loss_move_id
        losses = move.line_ids.filtered(lambda item: item.account_id.name == "Chargeback losses")
        self.assertEqual(sorted(losses.mapped("balance")), [4.17, 8.33, 16.67])
        self.assertEqual(sorted(move.line_ids.filtered("tax_line_id").mapped("balance")), [0.83, 3.33])
        self.assertEqual(
            {item.tax_line_id.amount: item.tax_base_amount for item in move.line_ids.filtered("tax_line_id")},
            {10.0: 8.33, 20.0: 16.67},
        )

    def test_partly_lost(self):
        dispute = self.lose(self.opened(), extent="part", amount=40.0)
        self.assertRecordValues(dispute, [{"state": "partly_lost", "lost_amount": 40.0, "open_amount": 70.0}])
        self.assertEqual((self.funds(), self.open_items()), ((D(70), D(40)), [D(70)]))
        self.paid_out(self.reinstatement("70.00"), payout="po_r")
        self.assertRecordValues(dispute, [{"state": "partly_lost", "lost_amount": 40.0, "open_amount": 0.0}])
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(40)), []))
        self.assertEqual(len(dispute.posting_ids), 1)

    def test_lost_what_is_left_after_a_part_came_back(self):
        dispute = self.opened()
        self.paid_out(self.reinstatement("70.00"), payout="po_r")
        self.lose(dispute)
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 40.0, "open_amount": 0.0}])
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(40)), []))

    def test_money_that_comes_back_after_the_loss_corrects_it(self):
        dispute = self.lose(self.opened())
        first = dispute.loss_move_id
        self.paid_out(self.reinstatement("70.00"), payout="po_r", paid="2026-05-03")
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 40.0, "open_amount": 0.0}])
        self.assertEqual(dispute.posting_ids.mapped("version"), [1, 2])
        self.assertEqual((first.state, first.reversal_move_ids.reversed_entry_id), ("posted", first))
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(40)), []))
        self.paid_out(self.reinstatement("40.00", tx="r2"), payout="po_r2", paid="2026-05-10")
        self.assertRecordValues(dispute, [{"state": "won", "lost_amount": 0.0, "loss_move_id": False}])
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(0)), []))

    def test_second_chargeback_is_a_second_dispute(self):
        first = self.opened()
        self.paid_out(self.reinstatement(), payout="po_r")
        self.paid_out(self.withdrawal(dispute="du_2", tx="w2"), payout="po_w2", paid="2026-05-01")
        second = self.dispute("du_2")
        self.lose(second, lost_on="2026-06-01")
        self.assertRecordValues(
            first | second,
            [{"state": "won", "lost_amount": 0.0, "open_amount": 0.0}, {"state": "lost", "lost_amount": 110.0,
                                                                       "open_amount": 0.0}],
        )  # fmt: skip
        self.assertEqual(first.payment_id, second.payment_id)
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(110)), []))

    def test_second_chargeback_where_only_the_charge_is_named(self):
        self.sold()
        self.paid_out(self.withdrawal(dispute=""), payout="po_w")
        self.paid_out(self.reinstatement(dispute=""), payout="po_r", paid="2026-04-01")
        self.paid_out(self.withdrawal(dispute="", tx="w2"), payout="po_w2", paid="2026-05-01")
        found = self.disputes.search([("order_id.number", "=", "P1")], order="id")
        self.assertRecordValues(
            found,
            [{"external_id": "ch_p-P1", "state": "won"}, {"external_id": "ch_p-P1 #2", "state": "opened"}],
        )
        self.assertEqual(self.open_items(), [D(110)])

    # === In whatever order === #

    def test_reinstated_before_the_withdrawal_is_known(self):
        self.sold()
        self.paid_out(self.reinstatement(), payout="po_r", paid="2026-04-10")
        dispute = self.dispute()
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": -110.0}])
        self.assertEqual(self.codes(dispute), ["dispute_over_reinstated"])
        self.paid_out(self.withdrawal(), payout="po_w")
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 0.0}])
        self.assertEqual((self.codes(dispute), self.open_items(), self.funds()), ([], [], (D(0), D(0))))

    def test_lost_before_the_payout_is_posted(self):
        self.sold()
        payout = self.paid_out(self.withdrawal(), payout="po_w", post=False)
        dispute = self.lose(self.dispute())
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 0.0, "loss_move_id": False}])
        self.assertEqual(self.codes(dispute), ["dispute_not_withdrawn"])
        payout.action_post()
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 110.0, "open_amount": 0.0}])
        self.assertEqual((self.codes(dispute), self.open_items()), ([], []))
        self.assertEqual(dispute.loss_move_id.date, LOSS_DAY)

    def test_order_that_comes_after_its_dispute(self):
        self.paid_out(self.withdrawal(), payout="po_w")
        dispute = self.dispute()
        self.assertFalse(dispute.order_id or dispute.partner_id)
        (order,) = self.accept(self.sale())
        self.assertRecordValues(
            dispute, [{"order_id": order.id, "payment_id": order.payment_ids.id, "partner_id": order.partner_id.id}]
        )
        self.lose(dispute, tax_relief=True)
        self.assertEqual(dispute.loss_move_id.line_ids.partner_id, order.partner_id)
        self.assertEqual(self.open_items(), [])

    def test_dispute_that_names_the_order_only(self):
        order = self.sold()
        content = (
            b"payout_id,paid_on,transaction_id,type,gross,fee,net,order\n"
            b"po_w,2026-03-15,w1,dispute,-110.00,15.00,-125.00,#P1\n"
        )
        self.processor.processor = "generic"
        self.import_payout(content).action_post()
        dispute = order.dispute_ids
        self.assertRecordValues(dispute, [{"external_id": "order p1", "payment_id": order.payment_ids.id}])

    def test_same_report_twice_and_matched_again(self):
        dispute = self.opened()
        again = self.report(self.withdrawal(), payout="po_w")
        self.processor._import_report("again.csv", again, self.store)
        dispute.transaction_ids.payout_id.action_match()
        self.assertEqual((len(self.dispute()), len(dispute.transaction_ids)), (1, 1))
        self.assertEqual(self.funds(), (D(110), D(0)))

    def test_loss_is_booked_once(self):
        dispute = self.lose(self.opened())
        dispute.action_post()
        dispute.transaction_ids.payout_id.action_match()
        self.assertEqual(len(dispute.posting_ids), 1)
        with self.assertRaisesRegex(UserError, "decided already"):
            dispute.action_lose()
        with self.assertRaisesRegex(IntegrityError, "ecommerce_posting_payout_once"), self.env.cr.savepoint():
            dispute.posting_ids.sudo().copy()
        self.assertEqual(self.funds(), (D(0), D(110)))

    # === Undo === #

    def test_undo_reverses_and_opens_again(self):
        dispute = self.lose(self.opened(), tax_relief=True)
        entry = dispute.loss_move_id
        dispute.action_undo()
        self.assertRecordValues(
            dispute,
            [{"state": "opened", "lost_amount": 0.0, "open_amount": 110.0, "loss_move_id": False,
              "decided_state": False, "has_relief": False}],
        )  # fmt: skip
        reversal = entry.reversal_move_ids
        self.assertRecordValues(reversal, [{"state": "posted", "date": LOSS_DAY, "reversed_entry_id": entry.id}])
        self.assertEqual(entry.state, "posted")
        self.assertEqual((self.funds(), self.open_items()), ((D(110), D(0)), [D(110)]))
        self.assertEqual(self.balance("Store sales tax"), D(-10))
        self.lose(dispute, lost_on="2026-05-02")
        self.assertEqual(dispute.posting_ids.mapped("version"), [1, 2])
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(110)), []))

    def test_undo_of_what_was_reversed_in_odoo_lets_go(self):
        dispute = self.lose(self.opened())
        entry = dispute.loss_move_id
        entry._reverse_moves([{"date": entry.date}]).action_post()
        dispute.action_post()
        self.assertEqual(self.codes(dispute), ["dispute_entry_fallen"])
        dispute.action_undo()
        self.assertEqual(len(entry.reversal_move_ids), 1)
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": 110.0}])
        self.assertEqual((self.funds(), self.open_items(), self.codes(dispute)), ((D(110), D(0)), [D(110)], []))

    def test_undo_of_a_draft_is_refused(self):
        dispute = self.lose(self.opened())
        dispute.loss_move_id.button_draft()
        with self.assertRaisesRegex(UserError, "is a draft: there is nothing to reverse"), self.env.cr.savepoint():
            dispute.action_undo()
        self.assertEqual(dispute.lost_amount, 110.0)

    def test_undo_of_nothing(self):
        with self.assertRaisesRegex(UserError, "there is nothing to undo"):
            self.opened().action_undo()

    def test_undo_of_won_and_of_a_closed_inquiry(self):
        dispute = self.opened()
        dispute.action_win()
        dispute.action_undo()
        self.assertRecordValues(dispute, [{"state": "opened", "closed_on": False}])

    def test_payout_of_a_loss_cannot_be_undone(self):
        dispute = self.lose(self.opened())
        payout = dispute.transaction_ids.payout_id
        with self.assertRaisesRegex(UserError, "Dispute du_1, whose money payout po_w moved, is booked as lost"):
            payout.action_undo()
        dispute.action_undo()
        payout.action_undo()
        self.assertRecordValues(dispute, [{"state": "opened", "withdrawn": 0.0, "pending": 110.0}])
        self.assertFalse(dispute.transaction_ids.disputed_line_id)
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(0)), []))
        payout.action_post()
        self.assertEqual((self.funds(), self.open_items()), ((D(110), D(0)), [D(110)]))

    def test_payout_that_brought_the_money_back_is_undone(self):
        dispute = self.opened()
        payout = self.paid_out(self.reinstatement(), payout="po_r")
        payout.action_undo()
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 110.0, "pending": -110.0}])
        self.assertEqual(self.open_items(), [D(110)])
        payout._discard("Not ours")
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": 110.0, "pending": 0.0}])

    # === Dates === #

    def test_locked_day_of_the_loss(self):
        dispute = self.opened()
        self.company.write({"fiscalyear_lock_date": "2026-04-30", "tax_lock_date": "2026-05-31"})
        self.lose(dispute)
        self.assertEqual((dispute.loss_move_id.date, dispute.posting_ids.true_date), (date(2026, 5, 1), LOSS_DAY))
        dispute.action_undo()
        self.lose(dispute, tax_relief=True)
        self.assertEqual(dispute.loss_move_id.date, date(2026, 6, 1))
        self.assertEqual(dispute.closed_on, LOSS_DAY)

    def test_undo_of_a_locked_loss(self):
        dispute = self.lose(self.opened())
        entry = dispute.loss_move_id
        self.company.fiscalyear_lock_date = "2026-04-30"
        dispute.action_undo()
        self.assertEqual((entry.date, entry.reversal_move_ids.date), (LOSS_DAY, date(2026, 5, 1)))

    def test_loss_in_the_future_is_refused(self):
        with self.assertRaisesRegex(UserError, "in the future"):
            self.lose(self.opened(), lost_on="2999-01-01")

    # === Blocked === #

    def test_more_than_is_disputed(self):
        dispute = self.opened()
        with self.assertRaisesRegex(UserError, "120.00 EUR is lost, but only 110.00 EUR"), self.env.cr.savepoint():
            self.lose(dispute, extent="part", amount=120.0)
        with self.assertRaisesRegex(UserError, "Say how much"), self.env.cr.savepoint():
            self.lose(dispute, extent="part")
        dispute.invalidate_recordset()
        self.assertRecordValues(dispute, [{"state": "opened", "decided_state": False, "lost_amount": 0.0}])

    def test_no_relief_for_taxes_that_odoo_must_compute(self):
        dispute = self.opened()
        self.tax.include_base_amount = True
        with (
            self.assertRaisesRegex(UserError, "no tax relief: Plain 10 % is due on payment, compound"),
            self.env.cr.savepoint(),
        ):
            self.lose(dispute, tax_relief=True)
        self.lose(dispute)
        self.assertEqual(self.funds(), (D(0), D(110)))

    def test_no_relief_without_an_invoice(self):
        self.paid_out(self.withdrawal(), payout="po_w")
        with self.assertRaisesRegex(UserError, "its order has no invoice here"):
            self.lose(self.dispute(), tax_relief=True)

    def test_loss_without_a_rule_waits_for_one(self):
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "dispute_loss")]).active = False
        self.sold()
        payout = self.paid_out(self.withdrawal(), payout="po_w", post=False)
        dispute = self.lose(self.dispute())
        payout.action_post()
        self.assertEqual(self.codes(dispute), ["mapping_missing"])
        self.assertEqual(dispute.exception_ids.filtered(lambda item: item.state == "open").key, "dispute_loss:lost")
        rule = self.env["ecommerce.mapping.rule"].create(
            {"kind": "dispute_loss", "pattern": "lost", "account_id": self.account("Chargeback losses").id}
        )
        rule.action_save_and_release()
        self.assertEqual((self.codes(dispute), self.funds()), ([], (D(0), D(110))))
        self.assertEqual(dispute.loss_move_id.line_ids.ecommerce_rule_id, rule)

    def test_disputed_funds_can_be_reconciled(self):
        with self.assertRaisesRegex(ValidationError, "must allow reconciliation"):
            self.env["ecommerce.mapping.rule"].create(
                {"kind": "dispute", "pattern": "x", "account_id": self.account("Store sales").id}
            )

    def test_money_leaves_the_account_it_is_on_whatever_rules_hold_by_then(self):
        dispute = self.opened()
        other = self.account("Disputed payments").copy({"name": "Other disputes"})
        rule = self.env["ecommerce.mapping.rule"].search([("kind", "=", "dispute")])
        rule._draft_version(date_from="2026-04-01", account_id=other.id)._apply("New chart")
        self.paid_out(self.reinstatement(), payout="po_r", paid="2026-04-10")
        self.assertEqual((self.funds(), self.open_items()), ((D(0), D(0)), []))
        self.assertEqual(self.balance("Other disputes"), D(0))
        self.assertEqual(dispute.state, "won")
        self.paid_out(self.withdrawal(dispute="du_2", tx="w2"), payout="po_w2", paid="2026-05-01")
        self.lose(self.dispute("du_2"), lost_on="2026-05-20")
        self.assertEqual((self.balance("Other disputes"), self.funds()), (D(0), (D(0), D(110))))
