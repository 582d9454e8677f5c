from types import SimpleNamespace

from odoo.tests import tagged

from ..command_line import actions, texts
from ..models.proof.store_proof import StoreProof
from .common import D
from .payout_common import PayoutCommon

CLEARING, IN_TRANSIT, REST, ENTRIES = 8, 9, 15, 2


@tagged("post_install", "-at_install")
class TestPayoutProof(PayoutCommon):
    """The proof covers what is on the control accounts, and why: payments, payouts and their entries."""

    def report_of(self, store=None):
        return StoreProof(store or self.store).report()

    def control(self, law, subject="Card payments EUR", report=None):
        """(expected, in the ledger) of one check."""
        (row,) = [
            row for row in (report or self.report_of())["controls"] if row["law"] == law and subject in row["subject"]
        ]
        return D(row["store"]), D(row["ledger"])

    def assert_holds(self, clearing, in_transit):
        report = self.report_of()
        self.assertTrue(report["holds"], report["controls"] + report["laws"])
        self.assertEqual(self.control(CLEARING, report=report), (D(clearing), D(clearing)))
        self.assertEqual(self.control(IN_TRANSIT, report=report), (D(in_transit), D(in_transit)))
        self.assertFalse([row for row in report["controls"] if row["law"] == ENTRIES])

    def assert_off(self, *laws):
        """These laws are broken, and nothing of the orders."""
        report = self.report_of()
        off = {row["law"] for row in report["controls"] if D(row["difference"])}
        self.assertEqual((report["holds"], off, report["laws"]), (False, set(laws), []))
        self.assertIn("THE BOOKS DO NOT AGREE WITH THE PAYOUTS.", texts.proofs([report]))
        self.assertEqual(actions.proof(self.env, SimpleNamespace(store=None)).status, actions.BOOKS_DISAGREE)
        return report

    def posted_payout(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        payout.action_post()
        return payout

    def book(self, *items):
        """Post an entry by hand: (account name, balance[, currency, amount in it]) each."""
        usd = self.env.ref("base.USD")
        lines = [
            {"account_id": self.account(name).id, "balance": balance}
            | ({"currency_id": usd.id, "amount_currency": foreign[0]} if foreign else {})
            for name, balance, *foreign in items
        ]
        entry = self.env["account.move"].create(
            {"move_type": "entry", "date": "2026-03-20", "line_ids": [(0, 0, line) for line in lines]}
        )
        entry.action_post()
        return entry

    # === What holds === #

    def test_every_step_of_a_payout(self):
        self.assert_holds("0.00", "0.00")
        self.accept(self.paid_order("P1"), self.paid_order("P2", "60.00"))
        self.assert_holds("180.00", "0.00")
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        self.assert_holds("180.00", "0.00")
        payout.action_post()
        self.assert_holds("60.00", "117.00")
        self.bank_line(117.0)
        payout.action_match_bank()
        self.assert_holds("60.00", "0.00")
        payout.action_undo()
        self.assert_holds("60.00", "117.00")
        payout.action_undo()
        self.assert_holds("180.00", "0.00")
        payout.action_post()
        self.assert_holds("60.00", "117.00")

    def test_rows_accepted_without_a_payment(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(
            self.report(self.charge("p-P1", "120.00", "3.00"), self.charge("nobody", "50.00", "1.00"))
        )
        payout.transaction_ids.filtered(lambda row: row.source_id == "ch_nobody").accept_open = True
        payout.action_match()
        payout.action_post()
        self.assert_holds("-50.00", "166.00")

    def test_payout_that_came_back(self):
        self.posted_payout()
        self.accept(self.paid_order("P2", "60.00"))
        later = self.import_payout(
            self.report(
                self.charge("p-P2", "60.00", "1.00"), ("txn_back", "117.00", "0.00", "payout_reversal", "po_1", ""),
                payout="po_2", paid="2026-03-20",
            )
        )  # fmt: skip
        self.assertEqual(later.transaction_ids.mapped("kind"), ["charge", "payout"])
        later.action_post()
        self.assert_holds("0.00", "176.00")

    def test_return_that_is_reconciled_with_its_payout(self):
        """The report names no payout: the link is the reconciliation."""
        first = self.posted_payout()
        self.accept(self.paid_order("P2", "60.00"))
        later = self.import_payout(
            self.report(
                self.charge("p-P2", "60.00"), ("txn_back", "117.00", "0.00", "payout_reversal", "tr_x", ""),
                payout="po_2",
            )
        )  # fmt: skip
        later.action_post()
        self.assert_holds("0.00", "177.00")
        back = later.transaction_ids.filtered(lambda row: row.kind == "payout")
        self.assertEqual((back.clearing_line_id.balance, later.in_transit_line_id.balance), (-117.0, 177.0))
        (first.in_transit_line_id | back.clearing_line_id).reconcile()
        self.assert_holds("0.00", "177.00")
        self.assertEqual((first.state, later.state), ("banked", "posted"))

    def test_items_that_are_partly_reconciled(self):
        payout = self.posted_payout()
        line = self.bank_line(100.0)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = payout.in_transit_line_id.account_id
        (suspense | payout.in_transit_line_id).reconcile()
        self.assertEqual(payout.state, "posted")
        self.assert_holds("0.00", "17.00")
        (order,) = self.accept(self.paid_order("P2", "60.00"))
        write_off = self.book(("Payment clearing", -20.0), ("Payment processing fees", 20.0))
        item = order.payment_ids.clearing_line_id
        (item | write_off.line_ids.filtered(lambda line: line.account_id == item.account_id)).reconcile()
        self.assert_holds("40.00", "17.00")

    def test_exchange_difference_leaves_nothing(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        for day, rate in (("2026-03-01", 1.1), ("2026-03-14", 1.3)):
            self.env["res.currency.rate"].create(
                {"name": day, "company_rate": rate, "currency_id": usd.id, "company_id": self.company.id}
            )
        self.accept({**self.paid_order("U1"), "currency": "USD"})
        processor = self.processor_account("USD")
        content = self.report(self.charge("p-U1", "120.00", "3.00"), currency="usd")
        self.import_payout(content, processor).action_post()
        report = self.report_of()
        self.assertTrue(report["holds"], report["controls"])
        self.assertEqual(self.control(CLEARING, "Card payments USD", report), (0, 0))
        self.assertEqual(self.control(IN_TRANSIT, "Card payments USD", report), (117, 117))
        self.assertEqual(self.control(REST, "Payment clearing, Card payments USD", report), (0, 0))
        # 120 USD were 109.09 EUR when they were paid, and 92.31 when they were paid out.
        difference = self.env["account.move.line"].search(
            [("account_id", "=", self.company.expense_currency_exchange_account_id.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(sum(difference.mapped("balance")), 16.78)

    # === What does not === #

    def test_entry_of_the_payout_is_a_draft(self):
        self.posted_payout().move_id.button_draft()
        report = self.assert_off(CLEARING, IN_TRANSIT, ENTRIES)
        self.assertEqual(self.control(CLEARING, report=report), (D("0.00"), D("120.00")))
        self.assertEqual(self.control(IN_TRANSIT, report=report), (D("117.00"), D("0.00")))
        self.assertEqual(self.control(ENTRIES, "po_1", report), (1, 0))

    def test_entry_of_the_payout_was_reversed(self):
        payout = self.posted_payout()
        payout.move_id._reverse_moves([{"date": payout.move_id.date}]).action_post()
        report = self.assert_off(CLEARING, IN_TRANSIT, ENTRIES)
        self.assertEqual(self.control(ENTRIES, "po_1", report), (1, 0))

    def test_entry_of_an_undone_payout_stands(self):
        payout = self.posted_payout()
        entry = payout.move_id
        payout.action_undo()
        entry.reversal_move_ids.button_draft()
        entry.reversal_move_ids.button_cancel()
        report = self.assert_off(CLEARING, IN_TRANSIT, ENTRIES)
        self.assertEqual(self.control(ENTRIES, "po_1", report), (0, 1))

    def test_money_that_no_payout_moved(self):
        """Clearing 240 and in transit -117 while no payout is posted."""
        self.accept(self.paid_order("P1"))
        self.book(("Payment clearing", 120.0), ("Payouts in transit", -117.0), ("Store sales", -3.0))
        report = self.assert_off(CLEARING, IN_TRANSIT)
        self.assertEqual(self.control(CLEARING, report=report), (D("120.00"), D("240.00")))
        self.assertEqual(self.control(IN_TRANSIT, report=report), (D("0.00"), D("-117.00")))

    def test_payment_that_is_a_draft(self):
        (order,) = self.accept(self.paid_order("P1"))
        order.payment_ids.payment_id.action_draft()
        self.assertEqual(self.control(CLEARING), (D("120.00"), D("0.00")))
        self.assertIn("THE BOOKS DO NOT AGREE WITH THE STORE AND THE PAYOUTS.", texts.proofs([self.report_of()]))

    def test_rest_in_company_currency(self):
        self.book(("Payment clearing", 5.0, 0.0), ("Store sales", -5.0))
        report = self.assert_off(REST)
        self.assertEqual(self.control(REST, "Payment clearing, Card payments USD", report), (D("0.00"), D("5.00")))

    def test_two_entries_of_one_payout(self):
        """The one that was undone comes back beside the next: its reversal is reset to draft."""
        payout = self.posted_payout()
        first = payout.move_id
        payout.action_undo()
        payout.action_post()
        self.assert_holds("0.00", "117.00")
        first.reversal_move_ids.button_draft()
        report = self.report_of()
        self.assertEqual(self.control(ENTRIES, "po_1", report), (1, 2))
        self.assertEqual(self.control(IN_TRANSIT, report=report), (D("117.00"), D("234.00")))

    def test_entry_of_a_discarded_payout_came_back(self):
        payout = self.posted_payout()
        first = payout.move_id
        payout.action_undo()
        payout._discard("Not ours")
        self.assert_holds("120.00", "0.00")
        first.reversal_move_ids.button_draft()
        self.assertEqual(self.control(ENTRIES, "po_1"), (0, 1))

    def test_payment_that_was_reversed(self):
        """Reconciled with its own reversal it is not settled: the store's money is not on clearing."""
        (order,) = self.accept(self.paid_order("P1"))
        entry = order.payment_ids.clearing_line_id.move_id
        entry._reverse_moves([{"date": entry.date}], cancel=True)
        self.assertTrue(order.payment_ids.is_settled)
        self.assertEqual(self.control(CLEARING), (D("120.00"), D("0.00")))

    def test_payment_of_another_amount_than_the_stores(self):
        (order,) = self.accept(self.paid_order("P1"))
        payment = order.payment_ids.payment_id
        payment.action_draft()
        payment.amount = 100.0
        payment.action_post()
        self.assertEqual(self.control(CLEARING), (D("120.00"), D("100.00")))

    # === Exceptions === #

    def test_exceptions_of_payouts_of_no_store(self):
        payout, _notices = self.processor._import_report("p.csv", self.report(self.charge("zz", "50.00", "1.00")))
        self.assertFalse(payout.store_id)
        report = self.report_of()
        self.assertEqual(
            [(item["payout"], item["code"], item["blocks"]) for item in report["exceptions"]],
            [("po_1", "missing_in_ledger", True)],
        )
        self.assertEqual(report["counts"]["exceptions"], 1)

    def test_the_other_company_has_books_of_its_own(self):
        data = self.setup_other_company(name="Second company", currency_id=self.euro.id)
        store = self.env["ecommerce.store"].create(
            {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": data["company"].id}
        )
        store._create_accounting(currencies=["EUR"], rates={D(20)})
        self.posted_payout().move_id.button_draft()
        self.processor._import_report("p.csv", self.report(self.charge("zz", "50.00", "1.00"), payout="po_2"))
        report = self.report_of(store)
        self.assertTrue(report["holds"], report["controls"])
        self.assertEqual((self.control(CLEARING, report=report), report["exceptions"]), ((0, 0), []))
        self.assert_off(CLEARING, IN_TRANSIT, ENTRIES)
