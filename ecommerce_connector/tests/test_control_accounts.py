from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_payout_standing import StandingCommon


@tagged("post_install", "-at_install")
class TestControlAccounts(StandingCommon):
    """What is booked on a control account stays to be settled there."""

    def assert_account_kept(self, field, *words):
        account, other = self.processor[field], self.new_account()
        refused = self.assertRaisesRegex(ValidationError, ".*".join([self.processor.name, account.name, *words]))
        with refused, self.env.cr.savepoint():
            self.processor[field] = other
        self.assertEqual(self.processor[field], account)

    def test_unused_accounts_can_be_changed(self):
        self.processor.clearing_account_id = self.new_account()
        self.processor.in_transit_account_id = self.new_account("Other transit", "101978")

    def test_clearing_with_payments(self):
        (order,) = self.accept(self.paid_order("P1"))
        self.assert_account_kept("clearing_account_id", order.payment_ids.clearing_line_id.move_id.name, "Keep")

    def test_clearing_with_payments_of_batch_entries(self):
        """They are no ``account.payment``: only the connector knows them."""
        self.store.payment_mode = "batch"
        (order,) = self.accept(self.paid_order("P1"))
        self.assertFalse(order.payment_ids.payment_id)
        self.assert_account_kept("clearing_account_id", order.payment_ids.clearing_line_id.move_id.name, "Keep")

    def test_clearing_with_an_accepted_row_only(self):
        payout = self.import_payout(self.report(self.charge("p-P9", "60.00")))
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.assert_account_kept("clearing_account_id", payout.move_id.name, "new processor account")

    def test_in_transit_with_a_payout(self):
        payout = self.posted_payout()
        self.assert_account_kept("in_transit_account_id", payout.move_id.name)
        payout.action_undo()
        self.processor.in_transit_account_id = self.new_account("Other transit", "101978")

    def test_late_order_on_another_account_is_an_exception_and_imports_go_on(self):
        """Accounts that parted before the constraint was there, or by force."""
        payout = self.import_payout(self.report(self.charge("p-P9", "60.00")))
        payout.transaction_ids.accept_open = True
        payout.action_post()
        other = self.new_account()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ecommerce_processor_account SET clearing_account_id = %s WHERE id = %s",
            [other.id, self.processor.id],
        )
        self.processor.invalidate_recordset()
        self.processor._point_journals()
        late, on_time = self.accept(self.paid_order("P9", "60.00"), self.paid_order("P8", "48.00"))
        self.assertEqual(late.payment_ids.clearing_line_id.account_id, other)
        second = self.import_payout(self.report(self.charge("p-P8", "48.00"), payout="po_2"))
        self.assertFalse(second.is_blocked, second.explanation)
        self.assertEqual(second.transaction_ids.payment_id, on_time.payment_ids)
        self.assertFalse(late.payment_ids.is_settled)
        (found,) = payout.exception_ids.filtered(lambda item: item.state == "open")
        self.assertRecordValues(found, [{"code": "not_settled", "key": "txn_p-P9", "amount": 60.0, "severity": "1"}])
        self.assertIn(f"is on {other.display_name}, not on ", found.message)
