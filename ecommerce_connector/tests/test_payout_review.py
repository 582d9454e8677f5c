import base64
import itertools

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestProcessorJournals(PayoutCommon):
    """A journal leads to one clearing account: money never lands on another account's."""

    numbers = itertools.count(10)

    def new_journal(self, code="ETST"):
        return self.env["account.journal"].create({"name": f"Wallet {code}", "code": code, "type": "bank"})

    def new_clearing(self):
        return self.env["account.account"].create(
            {
                "name": "Wallet clearing", "code": f"1019{next(self.numbers)}", "account_type": "asset_current",
                "reconcile": True,
            }
        )  # fmt: skip

    def new_account(self, journal, **more):
        return self.env["ecommerce.processor.account"].create(
            {"name": "Wallet", "journal_id": journal.id, "clearing_account_id": self.new_clearing().id, **more}
        )

    def test_two_accounts_cannot_share_a_journal(self):
        with self.assertRaisesRegex(
            ValidationError, f"Wallet cannot have the journal.*journal of {self.processor.name}"
        ):
            self.new_account(self.processor.journal_id)
        methods = self.processor.journal_id.inbound_payment_method_line_ids
        self.assertEqual(methods.payment_account_id, self.processor.clearing_account_id)
        self.processor.active = False
        with self.assertRaisesRegex(ValidationError, "cannot have the journal"):
            self.new_account(self.processor.journal_id)

    def test_bank_of_the_payouts_is_no_journal_of_payments(self):
        with self.assertRaisesRegex(ValidationError, "is the bank account of the payouts of"):
            self.new_account(self.processor.bank_journal_id)
        with self.assertRaisesRegex(ValidationError, "is the bank account of the payouts of"):
            self.processor.bank_journal_id = self.processor.journal_id
        wallet = self.new_account(self.new_journal())
        with self.assertRaisesRegex(ValidationError, "is the journal of the payments of Wallet"):
            self.processor.bank_journal_id = wallet.journal_id

    def test_journal_with_statement_lines(self):
        journal = self.new_journal()
        self.bank_line(5.0, journal=journal)
        with self.assertRaisesRegex(ValidationError, "has bank statement lines"):
            self.new_account(journal)

    def test_journal_with_payments_on_another_account(self):
        journal = self.new_journal()
        other = self.env["account.account"].create(
            {"name": "Outstanding", "code": "101998", "account_type": "asset_current", "reconcile": True}
        )
        journal.inbound_payment_method_line_ids.payment_account_id = other
        self.env["account.payment"].create(
            {"amount": 5.0, "journal_id": journal.id, "partner_id": self.partner_a.id, "payment_type": "inbound"}
        ).action_post()
        with self.assertRaisesRegex(ValidationError, "has posted payments on .*Outstanding"):
            self.new_account(journal)

    def test_payment_on_another_account_is_not_booked(self):
        """The journal's outstanding account was changed in Odoo."""
        other = self.new_clearing()
        self.processor.journal_id.inbound_payment_method_line_ids.payment_account_id = other
        (order,) = self.accept(self.paid_order("P1"))
        self.assertFalse(order.payment_ids)
        (found,) = order.exception_ids.filtered(lambda item: item.state == "open")
        self.assertIn("Wallet clearing", found.message)
        self.assertIn(self.processor.clearing_account_id.display_name, found.message)
        self.assertEqual(self.balance("Wallet clearing"), D("0.00"))


@tagged("post_install", "-at_install")
class TestUndo(PayoutCommon):
    """Taking back leaves nothing half matched, and nothing is posted twice."""

    def posted_payout(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        payout.action_post()
        return payout

    def match_by_hand(self, payout, line):
        """What an accountant does on the bank's own screen."""
        item = payout.move_id.line_ids.filtered(lambda item: item.account_id == self.processor.in_transit_account_id)
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = item.account_id
        (suspense | item).reconcile()

    def test_match_by_hand_is_undone_like_the_connectors(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        self.match_by_hand(payout, line)
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        payout.action_undo()
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])
        self.assertFalse(line.is_reconciled)
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
        payout.action_undo()
        self.assertEqual(payout.state, "draft")
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))

    def test_undo_leaves_a_bank_line_that_is_something_else_now(self):
        payout, line = self.posted_payout(), self.bank_line(117.0)
        payout.action_match_bank()
        line.action_undo_reconciliation()
        _liquidity, suspense, _other = line._seek_for_lines()
        suspense.account_id = self.account("Payment processing fees")
        self.assertTrue(line.is_reconciled)
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])
        payout.action_undo()
        self.assertEqual(payout.state, "draft")
        self.assertTrue(line.is_reconciled)

    def test_state_forced_to_draft_does_not_post_twice(self):
        payout = self.posted_payout()
        entry = payout.move_id
        payout.sudo().write({"state": "draft"})
        with self.assertRaisesRegex(UserError, f"already posted as {entry.name}.*Reverse that entry"):
            payout.action_post()
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
        payout.sudo().write({"state": "posted"})
        payout.action_undo()
        payout.action_post()
        self.assertEqual(payout.posting_ids.mapped("version"), [1, 2])


@tagged("post_install", "-at_install")
class TestReadAgain(PayoutCommon):
    """A report that was cut off is completed by the full one, and never silently."""

    def setUp(self):
        super().setUp()
        self.accept(self.paid_order("P1"), self.paid_order("P2"))
        self.rows = [self.charge("p-P1", "120.00", "3.00"), self.charge("p-P2", "120.00", "3.00")]
        self.cut, self.full = self.report(self.rows[0]), self.report(*self.rows)

    def upload(self, content, name):
        return self.env["ecommerce.payout.import"].create(
            {
                "processor_account_id": self.processor.id, "store_id": self.store.id, "file_name": name,
                "file": base64.b64encode(content),
            }
        ).action_import()  # fmt: skip

    def test_amount_without_a_payout_row_is_said_to_be_a_sum(self):
        new, notices = self.processor._import_report("cut.csv", self.cut, self.store)
        self.assertFalse(new.is_stated)
        self.assertTrue(any("Not proven by a payout row" in notice and "po_1" in notice for notice in notices))
        stated = self.report(self.rows[1], ("po_2", "-117.00", "0.00", "payout"), payout="po_2")
        new, notices = self.processor._import_report("stated.csv", stated, self.store)
        self.assertTrue(new.is_stated)
        self.assertFalse(notices)

    def test_draft_is_completed_by_the_full_report(self):
        self.upload(self.cut, "cut.csv")
        payout = self.processor.payout_ids
        payout.transaction_ids.accept_open = True
        action = self.upload(self.full, "full.csv")
        self.assertEqual(action["res_id"], payout.id)
        self.assertRecordValues(payout, [{"amount": 234.0, "source": "full.csv", "is_blocked": False}])
        self.assertEqual(payout.transaction_ids.mapped("match_status"), ["matched", "matched"])
        self.assertEqual(payout.transaction_ids.mapped("accept_open"), [True, False])
        self.assertIn("1 more (txn_p-P2 117.00)", "\n".join(payout.message_ids.mapped("body")))
        payout.action_post()
        self.assertEqual(self.balance("Payouts in transit"), D("234.00"))

    def test_posted_payout_that_was_cut_off_is_an_exception(self):
        payout = self.import_payout(self.cut)
        payout.action_post()
        action = self.upload(self.full, "full.csv")
        self.assertEqual(action["res_id"], payout.id)
        self.assertRecordValues(payout, [{"state": "posted", "amount": 117.0}])
        (found,) = payout.exception_ids
        self.assertRecordValues(found, [{"code": "payout_changed", "state": "open", "amount": 117.0}])
        self.assertIn("1 more (txn_p-P2 117.00)", found.message)
        self.upload(self.full, "full.csv")
        self.assertEqual(payout.exception_ids, found)
        payout.action_undo()
        self.assertEqual(found.state, "open")
        self.upload(self.full, "full.csv")
        self.assertEqual(found.state, "resolved")
        payout.action_post()
        self.assertEqual(self.balance("Payouts in transit"), D("234.00"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_posted_payout_in_a_corrected_report_is_an_exception(self):
        payout = self.import_payout(self.full)
        payout.action_post()
        wrong = self.report(self.rows[0], self.charge("p-P2", "120.00", "4.00"))
        found, notices = self.processor._import_report("new.csv", wrong, self.store)
        self.assertEqual(found, payout)
        self.assertIn("1 changed (txn_p-P2 117.00 net to 116.00)", notices[-1])
        self.assertEqual(payout.exception_ids.code, "payout_changed")
        self.assertEqual(payout.amount, 234.0)

    def test_identical_posted_report_changes_nothing(self):
        payout = self.import_payout(self.full)
        payout.action_post()
        found, notices = self.processor._import_report("again.csv", self.full, self.store)
        self.assertFalse(found)
        self.assertIn("already imported from payout.csv; it was left as it is", notices[-1])
        self.assertFalse(payout.exception_ids)


@tagged("post_install", "-at_install")
class TestAcceptedCharge(PayoutCommon):
    """A charge that was posted before its order is settled when the order comes."""

    def accepted(self, *rows, payout="po_1"):
        payout = self.import_payout(self.report(*rows, payout=payout))
        payout.transaction_ids.accept_open = True
        payout.action_post()
        return payout

    def test_order_that_comes_later_settles_its_charge(self):
        first = self.accepted(self.charge("p-P1", "120.00"))
        (order, other) = self.accept(self.paid_order("P1"), self.paid_order("P2"))
        payment = order.payment_ids
        self.assertFalse(payment.is_settled)
        # A charge of unknown id and equal amount: only the other order's payment is left for it.
        second = self.import_payout(self.report(("t9", "120.00", "0.00", "charge", "", ""), payout="po_2"))
        self.assertTrue(payment.is_settled)
        self.assertRecordValues(
            first.transaction_ids, [{"payment_id": payment.id, "match_status": "matched", "accept_open": True}]
        )
        self.assertNotIn(payment, second.missing_payment_ids)
        self.assertNotEqual(second.transaction_ids.payment_id, payment)
        self.assertFalse(other.payment_ids.is_settled)

    def test_match_again_of_the_posted_payout_settles_it_too(self):
        first = self.accepted(self.charge("p-P1", "120.00"))
        (order,) = self.accept(self.paid_order("P1"))
        first.action_match()
        self.assertTrue(order.payment_ids.is_settled)
        self.assertEqual(first.state, "posted")
        first.action_undo()
        self.assertFalse(order.payment_ids.is_settled)
        self.assertEqual(first.transaction_ids.match_status, "matched")
        first.action_post()
        self.assertTrue(order.payment_ids.is_settled)
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_another_amount_is_not_settled(self):
        first = self.accepted(self.charge("p-P1", "119.00"))
        (order,) = self.accept(self.paid_order("P1"))
        first.action_match()
        self.assertFalse(order.payment_ids.is_settled)
        self.assertFalse(first.transaction_ids.payment_id)


@tagged("post_install", "-at_install")
class TestPayoutDetails(PayoutCommon):
    """Equal payouts at the bank, payouts of nothing, days, and cents of another currency."""

    def posted(self, number, payout):
        self.accept(self.paid_order(number))
        record = self.import_payout(self.report(self.charge(f"p-{number}", "120.00"), payout=payout))
        record.action_post()
        return record

    def test_two_equal_payouts_and_one_bank_line(self):
        first, second = self.posted("P1", "po_alpha"), self.posted("P2", "po_beta")
        line = self.bank_line(120.0, text="STRIPE TRANSFER")
        action = first.action_match_bank()
        self.assertEqual(first.state, "posted")
        wizard = self.env["ecommerce.payout.bank"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.bank_line_id, line)
        self.assertIn("po_beta", wizard.line_ids.reasons)
        line.payment_ref = "STRIPE TRANSFER po_beta"
        self.assertEqual(first.action_match_bank()["res_model"], "ecommerce.payout.bank")
        second.action_match_bank()
        self.assertEqual((second.state, second.bank_line_id), ("banked", line))

    def test_payout_of_nothing_is_not_looked_for_at_the_bank(self):
        refund = self.refund("r1", "120.00", lines=[self.line("TSH", "100.00", "20.00")])
        self.accept(self.paid_order("P1", refunds=[refund]))
        payout = self.import_payout(
            self.report(self.charge("p-P1", "120.00"), ("t2", "-120.00", "0.00", "refund", "re_r1", "ch_p-P1"))
        )
        payout.action_post()
        self.assertEqual((payout.state, payout.amount), ("banked", 0.0))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        payout.action_undo()
        self.assertEqual(payout.state, "draft")

    def test_days_do_not_depend_on_who_uploads(self):
        late = self.report(self.charge("p-P1", "120.00"), paid="2026-03-15").replace(b"15 00:00:00", b"15 23:30:00")
        self.env.user.tz = "Asia/Tokyo"
        self.company.partner_id.tz = "America/New_York"
        self.assertEqual(str(self.processor._zone(self.env["ecommerce.store"])), "America/New_York")
        new, _notices = self.processor._import_report("payout.csv", late)
        self.assertEqual(str(new.paid_on), "2026-03-15")
        new._discard("Read in the company's time zone")
        self.processor.timezone = "Europe/Paris"
        new, _notices = self.processor._import_report("payout.csv", late)
        self.assertEqual(str(new.paid_on), "2026-03-16")

    def test_cents_of_another_currency_are_not_left_on_clearing(self):
        """2 × 0.05 - 0.10 USD at 2 for 1: rounded line by line a cent remains, and no line but clearing to take it."""
        dollar = self.env.ref("base.USD")
        dollar.rate_ids.unlink()
        dollar.rate_ids.create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 2.0, "company_id": self.company.id}
        )
        payout = self.import_payout(
            self.report(
                ("t1", "0.05", "0.00", "charge", "ch_1", "ch_1"), ("t2", "0.05", "0.00", "charge", "ch_2", "ch_2"),
                ("t3", "-0.10", "0.00", "refund", "re_1", "ch_1"), currency="usd",
            ),
            self.processor_account("USD"),
        )  # fmt: skip
        payout.transaction_ids.accept_open = True
        payout.action_post()
        clearing = payout.transaction_ids.clearing_line_id
        self.assertEqual(len(clearing), 3)
        (rest,) = payout.move_id.line_ids - clearing
        self.assertEqual(abs(rest.balance), 0.01)
        exchange = self.company.income_currency_exchange_account_id | self.company.expense_currency_exchange_account_id
        self.assertIn(rest.account_id, exchange)
        first, second = clearing[:2]
        self.assertEqual(first.balance, second.balance)
