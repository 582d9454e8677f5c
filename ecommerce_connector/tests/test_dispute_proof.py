from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .dispute_common import DisputeCommon

FUNDS, OPENED, LOSS = "disputed funds = open disputes", "disputes opened = won + lost + open", "loss of the dispute"


@tagged("post_install", "-at_install")
class TestDisputeProof(DisputeCommon):
    """Law 10: disputes opened = won + lost + open, and disputed funds are the sum of the open ones."""

    def laws(self):
        """(expected, in the ledger) of each check of law 10, by name and currency."""
        report = StoreProof(self.store).report()
        self.holds = report["holds"]
        return {
            (row["name"], row["currency"]): (D(row["store"]), D(row["ledger"]))
            for row in report["controls"] if row["law"] == 10
        }  # fmt: skip

    def assert_holds(self, opened, left):
        laws = self.laws()
        self.assertTrue(self.holds, laws)
        self.assertEqual(laws, {(FUNDS, "EUR"): (D(left), D(left)), (OPENED, "EUR"): (D(opened), D(opened))})

    def assert_off(self, *names):
        laws = self.laws()
        self.assertFalse(self.holds)
        self.assertEqual({name for (name, _currency), (said, found) in laws.items() if said != found}, set(names), laws)
        return laws

    def book(self, *items, on="2026-04-01"):
        """Post an entry by hand: (account name, balance) each."""
        lines = [{"account_id": self.account(name).id, "balance": balance} for name, balance in items]
        entry = self.env["account.move"].create(
            {"move_type": "entry", "date": on, "line_ids": [(0, 0, line) for line in lines]}
        )
        entry.action_post()
        return entry

    # === What holds === #

    def test_nothing_to_prove(self):
        self.assertEqual(self.laws(), {})

    def test_every_step(self):
        dispute = self.opened()
        self.assert_holds("110.00", "110.00")
        self.lose(dispute, extent="part", amount=40.0, tax_relief=True)
        self.assert_holds("110.00", "70.00")
        payout = self.paid_out(self.reinstatement("70.00"), payout="po_r")
        self.assert_holds("110.00", "0.00")
        self.paid_out(self.withdrawal(dispute="du_2", tx="w2"), payout="po_w2")
        self.assert_holds("220.00", "110.00")
        payout_of_loss = dispute.loss_move_id
        dispute.action_undo()
        self.assertEqual(payout_of_loss.state, "posted")
        self.assert_holds("220.00", "150.00")
        payout.action_undo()
        self.assert_holds("220.00", "220.00")

    def test_money_that_came_back_twice(self):
        """Too much came back: an exception, but nothing that the proof could not explain."""
        self.opened()
        self.paid_out(self.reinstatement(), payout="po_r")
        self.paid_out(self.reinstatement("5.00", tx="r2"), payout="po_r2")
        self.assert_holds("110.00", "-5.00")
        self.assertEqual(self.codes(self.dispute()), ["dispute_over_reinstated"])

    # === What does not === #

    def test_money_on_disputed_funds_that_no_payout_moved(self):
        self.opened()
        self.book(("Disputed payments", 7.0), ("Store sales", -7.0))
        laws = self.assert_off(FUNDS, OPENED)
        self.assertEqual(laws[FUNDS, "EUR"], (D("110.00"), D("117.00")))
        self.assertEqual(laws[OPENED, "EUR"], (D("110.00"), D("117.00")))

    def test_written_off_by_hand(self):
        """On Odoo's screens: the dispute is still open, its money is not."""
        dispute = self.opened()
        entry = self.book(("Disputed payments", -110.0), ("Chargeback losses", 110.0))
        item = dispute.transaction_ids.disputed_line_id
        (item | entry.line_ids.filtered(lambda line: line.account_id == item.account_id)).reconcile()
        laws = self.assert_off(FUNDS, OPENED)
        self.assertEqual(laws[OPENED, "EUR"], (D("110.00"), D("0.00")))

    def test_entry_of_the_loss_is_a_draft(self):
        self.lose(self.opened()).loss_move_id.button_draft()
        laws = self.assert_off(FUNDS, OPENED, LOSS)
        self.assertEqual(laws[FUNDS, "EUR"], (D("0.00"), D("110.00")))
        self.assertEqual(laws[LOSS, "EUR"], (D("110.00"), D("0.00")))

    def test_entry_of_the_loss_was_reversed(self):
        entry = self.lose(self.opened()).loss_move_id
        entry._reverse_moves([{"date": entry.date}]).action_post()
        laws = self.assert_off(FUNDS, LOSS)
        self.assertEqual(laws[FUNDS, "EUR"], (D("0.00"), D("110.00")))

    def test_loss_of_an_undone_decision_came_back(self):
        dispute = self.lose(self.opened())
        entry = dispute.loss_move_id
        dispute.action_undo()
        entry.reversal_move_ids.button_draft()
        laws = self.assert_off(FUNDS, OPENED, LOSS)
        self.assertEqual(laws[LOSS, "EUR"], (D("0.00"), D("110.00")))

    def test_entry_of_the_payout_is_a_draft(self):
        dispute = self.opened()
        dispute.transaction_ids.disputed_line_id.move_id.button_draft()
        laws = self.assert_off(FUNDS, OPENED)
        self.assertEqual(laws[FUNDS, "EUR"], (D("110.00"), D("0.00")))

    def test_rest_in_company_currency(self):
        self.opened()
        usd = self.env.ref("base.USD")
        account = self.account("Disputed payments")
        lines = [{"account_id": account.id, "balance": 5.0, "currency_id": usd.id, "amount_currency": 0.0},
                 {"account_id": self.account("Store sales").id, "balance": -5.0}]  # fmt: skip
        self.env["account.move"].create(
            {"move_type": "entry", "date": "2026-04-01", "line_ids": [(0, 0, line) for line in lines]}
        ).action_post()
        report = StoreProof(self.store).report()
        off = [(row["law"], row["ledger"]) for row in report["controls"] if D(row["difference"])]
        self.assertEqual(off, [(15, "5.00")])
