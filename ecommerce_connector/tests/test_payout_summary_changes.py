import datetime

from odoo.tests import tagged

from .common import D
from .payout_summary_common import PayoutSummaryCommon

JANUARY = datetime.date(2026, 1, 31)


@tagged("post_install", "-at_install")
class TestPayoutSummaryChanges(PayoutSummaryCommon):
    """Summaries of payouts: what comes later, switches of the mode, and what goes wrong."""

    # === What comes later === #

    def test_a_payout_undone_and_read_again(self):
        """The fee that its summary has is settled by whichever payout is posted in the end."""
        self.accept(self.sold("D1"))
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        payout.action_post_summary()
        payout.action_post()
        payout.action_undo()
        self.assertEqual((self.clearing(), self.fees()), (D("117.00"), D("3.00")))
        self.proof()
        payout._discard("The report was wrong")
        again = self.paid_out(self.charge("D1", "120.00", "3.25"))
        self.assertFalse(again.is_blocked, again.explanation)
        again.action_post()
        fee = again.move_id.line_ids.filtered(lambda line: line.account_id == self.fee_rule.account_id)
        self.assertEqual(fee.balance, 0.25, "only what the summary has not")
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.25")))
        self.assertFalse(self.summarize())
        self.proof()

    def test_a_discarded_payout_lets_go_of_its_orders(self):
        (order,) = self.accept(self.sold("D1"))
        payout = self.paid_out(self.charge("D1", "120.00"))
        payout._discard("Of another account")
        self.assertRecordValues(order, [{"summary_payout_id": False, "summary_on": JANUARY, "state": "ready"}])

    def test_an_order_that_comes_after_its_payout(self):
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        self.assertIn("is missing in the ledger", payout.explanation)
        (order,) = self.accept(self.sold("D1"))
        self.assertEqual(order.summary_payout_id, payout)
        self.summarize()
        self.assertFalse(payout.is_blocked, "it was matched again")
        payout.action_post()
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
        self.proof()

    def test_an_order_that_comes_after_its_payout_was_posted(self):
        """The fee is in the payout's entry already."""
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.accept(self.sold("D1"))
        self.summarize()
        payout.action_match()
        self.assertEqual(self.days(), [("2026-01-22", "payout", "po_1", "2026-01-22")])
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
        self.proof()

    def test_a_fee_without_a_rule_waits_with_its_payout(self):
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "payout_fee")]))
        self.accept(self.sold("D1"))
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"))
        payout.action_post_summary()
        self.assertEqual(self.balance("Store sales"), D("-100.00"))
        self.assertIn("mapping", payout.explanation.lower())
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "payout_fee", "pattern": "*", "company_id": self.company.id,
             "account_id": self.fee_rule.account_id.id}
        )  # fmt: skip
        payout.action_match()
        self.assertTrue(payout.waits_for_summary)
        payout.action_post_summary()
        self.assertEqual(payout.summary_ids.sorted("id").mapped("first_id"), payout.summary_ids.sorted("id")[0])
        payout.action_post()
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
        self.proof()

    # === Modes === #

    def test_switching_between_all_modes(self):
        """An order goes on as it began; nothing twice, nothing missing."""
        self.store.posting_mode_ids.unlink()
        for on, mode in (("2026-02-01", "payout"), ("2026-03-01", "day"), ("2026-04-01", "order")):
            self.switch(on, mode)
        months = ["01", "02", "03", "04"]
        orders = {month: self.sold(f"M{month}", f"2026-{month}-20") for month in months}
        self.accept(*orders.values())
        payouts = [
            self.paid_out(self.charge(f"M{month}", "120.00", "3.00"), payout=f"po_{month}", paid=f"2026-{month}-25")
            for month in months
        ]
        self.summarize()
        self.assertEqual(
            self.days(),
            [("2026-02-25", "payout", "po_02", "2026-02-25"), ("2026-03-20", "day", "", "2026-03-20")],
        )
        for month in months:
            orders[month] |= {
                "refunds": [self.back(f"r{month}", "2026-05-02T10:00:00Z")],
                "updated_at": "2026-05-02T11:00:00Z",
            }
        self.accept(*orders.values())
        payouts.append(
            self.paid_out(
                *(self.given_back(f"r{month}", "-60.00") for month in months), payout="po_5", paid="2026-05-04"
            )
        )
        self.summarize()
        self.assertEqual(
            self.days()[2:], [("2026-05-02", "day", "", "2026-05-02"), ("2026-05-04", "payout", "po_5", "2026-05-04")]
        )
        for payout in payouts:
            payout.action_post()
        self.assertEqual(self.balance("Store sales tax"), D("-40.00"))
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("12.00")))
        self.assertEqual(self.fees("2026-02-28"), D("6.00"))
        self.assertFalse(
            self.env["account.move.line"].search(
                [("account_id.account_type", "=", "asset_receivable"), ("reconciled", "=", False),
                 ("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
            )
        )  # fmt: skip
        self.assertFalse(self.summarize())
        self.proof()

    # === What goes wrong === #

    def test_a_summary_that_was_reset_stops_its_payout(self):
        self.accept(self.sold("D1"))
        self.summarize("2026-01-31")
        payout = self.paid_out(self.charge("D1", "120.00", "3.00"), paid="2026-02-03")
        payout.action_post_summary()
        payout.summary_ids.move_id.button_draft()
        payout.action_match()
        self.assertTrue(payout.is_blocked)
        self.assertIn("is booked in a summary, but cannot be settled", payout.explanation)
        payout.summary_ids.move_id.action_post()
        payout.action_match()
        payout.action_post()
        self.assertEqual((self.clearing(), self.fees()), (D("0.00"), D("3.00")))
