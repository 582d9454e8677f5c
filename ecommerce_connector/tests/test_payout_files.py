import base64

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.errors import ReportError
from .common import D
from .payout_common import HEADER, PayoutCommon

PAYPAL = (
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address",'
    '"To Email Address","Transaction ID"\n'
    '"01/03/2026","08:00:00","CET","Ada","Payment","Completed","EUR","120.00","-3.00","117.00","a","b","T1"\n'
)


@tagged("post_install", "-at_install")
class TestPayoutFiles(PayoutCommon):
    """Reports that are wrong, odd or known: a clear sentence, and nothing half stored."""

    def payouts(self):
        return self.env["ecommerce.payout"].search([("company_id", "=", self.company.id)])

    def upload(self, content, processor=None, name="payout.csv"):
        """What the wizard does with a file."""
        return self.env["ecommerce.payout.import"].create(
            {
                "processor_account_id": (processor or self.processor).id, "file": base64.b64encode(content),
                "file_name": name, "store_id": self.store.id,
            }
        ).action_import()  # fmt: skip

    def assert_refused(self, content, *words, processor=None):
        """The file is refused with these words, through the wizard, and nothing is stored."""
        before = self.payouts()
        with self.assertRaises(UserError) as caught:
            self.upload(content, processor)
        for word in ("payout.csv", *words):
            self.assertIn(word, str(caught.exception))
        self.assertEqual(self.payouts(), before)

    # === Files === #

    def test_same_file_twice(self):
        self.accept(self.paid_order("P1"))
        content = self.report(self.charge("p-P1", "120.00"))
        self.upload(content)
        first = self.payouts()
        with self.assertRaisesRegex(UserError, "Nothing new.*\n.*po_1 is already imported from payout.csv"):
            self.upload(content, name="again.csv")
        self.assertEqual(self.payouts(), first)

    def test_two_payouts_of_which_one_is_known(self):
        self.accept(self.paid_order("P1"), self.paid_order("P2"))
        known = self.report(self.charge("p-P1", "120.00"))
        self.upload(known)
        first = self.payouts()
        first.action_post()
        both = known + self.report(self.charge("p-P2", "120.00"), payout="po_2").split(b"\n", 1)[1]
        action = self.upload(both, name="both.csv")
        second = self.env["ecommerce.payout"].browse(action["res_id"])
        self.assertEqual((second.external_id, second.source), ("po_2", "both.csv"))
        self.assertIn("po_1 is already imported", second.message_ids.mapped("body")[0])
        self.assertEqual(first.state, "posted")
        self.assertEqual(second.transaction_ids.match_status, "matched")
        self.assertEqual(self.payouts(), first | second)

    def test_known_payout_is_not_changed_by_a_shorter_file(self):
        self.upload(self.report(("t1", "-1.00", "0.00", "fee"), ("t2", "-2.00", "0.00", "fee")))
        with self.assertRaisesRegex(UserError, "it was left as it is.*1 missing .t2 -2.00"):
            self.upload(self.report(("t1", "-9.00", "0.00", "fee")))
        self.assertEqual(self.payouts().amount, -3.0)

    def test_account_of_another_currency(self):
        content = self.report(self.charge("x", "120.00"))
        self.assert_refused(content, "is in USD, the file has EUR", processor=self.processor_account("USD"))

    def test_payouts_of_two_currencies_go_to_their_accounts(self):
        both = (
            self.report(("t1", "-1.00", "0.00", "fee"))
            + (self.report(("t2", "-2.00", "0.00", "fee"), payout="po_2", currency="usd").split(b"\n", 1)[1])
        )
        new, notices = self.processor._import_report("both.csv", both, self.store)
        self.assertEqual(new.mapped("external_id"), ["po_1"])
        self.assertTrue(any("other currencies" in notice for notice in notices))
        new, _notices = self.processor_account("USD")._import_report("both.csv", both, self.store)
        self.assertEqual(new.mapped("external_id"), ["po_2"])

    def test_file_of_another_processor(self):
        self.assert_refused(PAYPAL.encode(), "PayPal")

    def test_missing_column(self):
        content = self.report(self.charge("x", "120.00")).replace(b",fee,", b",charges,", 1)
        self.assert_refused(content, "fee", "Stripe payout reconciliation")

    def test_several_missing_columns_are_named_at_once(self):
        content = self.report(self.charge("x", "120.00"))
        content = content.replace(b",fee,net,", b",charges,rest,", 1)
        self.assert_refused(content, "fee", "net")

    def test_decimal_comma(self):
        content = HEADER + 'po_1,2026-03-15 00:00:00,t1,2026-03-12 08:00:00,eur,"120,00","3,00","117,00",charge,ch,ch\n'
        self.assert_refused(content.encode(), "row 2", "gross", "120,00")

    def test_row_that_does_not_add_up(self):
        content = self.report(self.charge("x", "120.00", "3.00")).replace(b",117.00,", b",118.00,")
        self.assert_refused(content, "row 2", "net", "120.00 gross - 3.00 fee is 117.00, not 118.00")

    def test_amount_that_is_none(self):
        for amount in (b"NaN", b"Infinity", b"", b"12.345", b"1e3"):
            with self.subTest(amount=amount):
                content = self.report(self.charge("x", "120.00", "3.00")).replace(
                    b",eur,120.00,", b",eur," + amount + b","
                )
                self.assert_refused(content, "row 2", "gross")

    def test_day_that_is_none(self):
        content = self.report(self.charge("x", "120.00")).replace(b"2026-03-15 00:00:00", b"15/03/2026")
        self.assert_refused(content, "row 2", "15/03/2026")

    def test_currency_that_is_none(self):
        self.assert_refused(self.report(self.charge("x", "120.00"), currency="euro"), "row 2", "currency", "EURO")

    def test_other_encodings(self):
        content = self.report(self.charge("x", "120.00"))
        self.assert_refused(content.replace(b"po_1", b"po_\xe9"), "UTF-8")
        self.assert_refused(b"PK\x03\x04" + bytes(200), "payout.csv")

    def test_empty_files(self):
        self.assert_refused(b" \n", "payout.csv")
        self.assert_refused(HEADER.encode(), "payout.csv")

    def test_last_row_cut_off(self):
        content = self.report(self.charge("x", "120.00"), self.charge("y", "10.00"))[:-30]
        self.assert_refused(content, "row 3")

    def test_one_wrong_row_keeps_the_whole_file_out(self):
        good = self.report(self.charge("x", "120.00"))
        bad = (
            self.report(self.charge("y", "10.00"), payout="po_2").split(b"\n", 1)[1].replace(b",10.00,", b",1O.00,", 1)
        )
        self.assert_refused(good + bad, "row 3", "1O.00")

    def test_error_of_the_report_names_its_place(self):
        content = self.report(self.charge("x", "120.00")).replace(b",eur,120.00,", b",eur,abc,")
        with self.assertRaises(ReportError) as caught:
            self.processor._import_report("march.csv", content, self.store)
        self.assertEqual(
            (caught.exception.file, caught.exception.row, caught.exception.field), ("march.csv", 2, "gross")
        )

    # === Odd payouts === #

    def test_negative_payout(self):
        """Refunds and costs outweigh the charges: the processor debits the bank (case 13n)."""
        refund = self.refund("r1", "60.00", lines=[self.line("TSH", "50.00", "10.00")])
        self.accept(self.paid_order("P1", refunds=[refund]))
        first = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        first.action_post()
        payout = self.import_payout(
            self.report(
                ("t2", "-60.00", "0.00", "refund", "re_r1", "ch_p-P1"), ("t3", "-2.50", "0.00", "fee"), payout="po_2"
            )
        )
        self.assertEqual(payout.amount, -62.5)
        payout.action_post()
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("57.50"))
        line = self.bank_line(-62.5, text="STRIPE po_2")
        payout.action_match_bank()
        self.assertEqual(payout.bank_line_id, line)
        self.assertEqual(self.balance("Payouts in transit"), D("120.00"))

    def test_unknown_movement_needs_a_rule(self):
        payout = self.import_payout(self.report(("t1", "-7.00", "0.00", "moon_tax")))
        self.assertTrue(payout.is_blocked)
        (found,) = payout.exception_ids
        self.assertEqual((found.code, found.key), ("mapping_missing", "payout_other:moon_tax"))
        self.assertEqual((found.payout_line_ids.payout_id, found.payout_line_ids.amount), (payout, 7.0))
        with self.assertRaisesRegex(UserError, "moon_tax"):
            payout.action_post()
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "payout_other", "pattern": "moon_tax", "company_id": self.company.id,
                "account_id": self.account("Payment processing fees").id,
            }
        )  # fmt: skip
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(found.state, "resolved")
        self.assertEqual(self.balance("Payment processing fees"), D("7.00"))

    def test_charge_settled_by_another_payout_under_another_id(self):
        self.accept(self.paid_order("P1"))
        self.import_payout(self.report(self.charge("p-P1", "120.00"))).action_post()
        again = self.import_payout(self.report(("t9", "120.00", "0.00", "charge", "ch_p-P1", "ch_p-P1"), payout="po_2"))
        self.assertEqual(again.transaction_ids.match_status, "duplicate")
        with self.assertRaisesRegex(UserError, "po_1"):
            again.action_post()
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_order_imported_after_its_payout(self):
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        self.assertEqual(payout.transaction_ids.match_status, "missing_in_ledger")
        self.assertTrue(payout.is_blocked)
        self.accept(self.paid_order("P1"))
        payout.action_match()
        self.assertFalse(payout.is_blocked)
        self.assertEqual(payout.transaction_ids.match_status, "matched")
        self.assertEqual(payout.exception_ids.mapped("state"), ["resolved"])

    def test_order_of_an_accepted_charge_evens_clearing_out(self):
        """A person posted the charge without its order: it is open on clearing until the order comes."""
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.assertEqual(self.balance("Payment clearing"), D("-120.00"))
        self.accept(self.paid_order("P1"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    # === Once === #

    def test_posted_payout_cannot_be_posted_again_or_deleted(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        payout.action_post()
        entry = payout.move_id
        with self.assertRaisesRegex(UserError, "po_1 is already posted"):
            payout.action_post()
        with self.assertRaisesRegex(UserError, "po_1 is evidence; it cannot be deleted.*discard it"):
            payout.sudo().unlink()
        payout.action_match()
        self.assertEqual((payout.state, payout.move_id), ("posted", entry))
        payout.action_undo()
        with self.assertRaisesRegex(UserError, "evidence"):
            payout.sudo().unlink()
        self.assertEqual(self.env["account.move"].search_count([("ref", "=", entry.ref)]), 1)

    def test_nothing_to_undo(self):
        payout = self.import_payout(self.report(("t1", "-1.00", "0.00", "fee")))
        with self.assertRaisesRegex(UserError, "nothing to undo"):
            payout.action_undo()
        with self.assertRaisesRegex(UserError, "Post payout po_1"):
            payout.action_match_bank()

    def test_failed_posting_leaves_nothing(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        self.env["ecommerce.posting"].sudo().create(
            {
                "company_id": self.company.id, "processor_account_id": self.processor.id, "kind": "payout",
                "external_id": "po_1", "fingerprint": "x",
                "move_id": self.env["account.move"].search([("company_id", "=", self.company.id)], limit=1).id,
            }
        )  # fmt: skip
        before = self.env["account.move"].search_count([])
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            payout.action_post()
        self.assertEqual(self.env["account.move"].search_count([]), before)
        self.assertEqual(payout.state, "draft")
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))

    # === The bank === #

    def posted_payout(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00"), payout="po_march_2026"))
        payout.action_post()
        return payout

    def test_two_equal_bank_lines_are_a_persons_choice(self):
        payout = self.posted_payout()
        first, second = self.bank_line(117.0), self.bank_line(117.0)
        action = payout.action_match_bank()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(action["res_model"], "ecommerce.payout.bank")
        wizard = self.env["ecommerce.payout.bank"].browse(action["res_id"])
        self.assertEqual(wizard.line_ids.bank_line_id, first | second)
        self.assertTrue(all(wizard.line_ids.mapped("reasons")))
        chosen, other = wizard.line_ids.sorted(lambda line: line.bank_line_id != second)
        chosen.action_choose()
        self.assertEqual((payout.state, payout.bank_line_id), ("banked", second))
        self.assertTrue(second.is_reconciled)
        self.assertFalse(first.is_reconciled)
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        with self.assertRaisesRegex(UserError, "not in transit"):
            other.action_choose()

    def test_no_bank_line_yet(self):
        payout = self.posted_payout()
        action = payout.action_match_bank()
        self.assertFalse(self.env["ecommerce.payout.bank"].browse(action["res_id"]).line_ids)
        self.assertEqual(payout.state, "posted")

    def test_bank_line_of_another_amount_is_refused(self):
        payout = self.posted_payout()
        line = self.bank_line(116.0, text="STRIPE po_march_2026")
        wizard = self.env["ecommerce.payout.bank"].browse(payout.action_match_bank()["res_id"])
        (candidate,) = wizard.line_ids
        self.assertIn("116.00", candidate.reasons)
        with self.assertRaisesRegex(UserError, "does not settle payout po_march_2026 exactly"):
            candidate.action_choose()
        self.assertEqual(payout.state, "posted")
        self.assertFalse(line.is_reconciled)
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))

    def test_line_that_hides_a_surplus_is_refused(self):
        """More came than the payout: reconciling would close it and leave the surplus in transit."""
        payout = self.posted_payout()
        line = self.bank_line(118.0, text="STRIPE po_march_2026")
        wizard = self.env["ecommerce.payout.bank"].browse(payout.action_match_bank()["res_id"])
        with self.assertRaisesRegex(UserError, "does not settle"):
            wizard.line_ids.action_choose()
        self.assertEqual(payout.state, "posted")
        self.assertFalse(line.is_reconciled)

    def test_line_that_is_taken_is_refused(self):
        payout = self.posted_payout()
        line = self.bank_line(117.0)
        payout.action_match_bank()
        other = self.import_payout(self.report(("t7", "117.00", "0.00", "charge", "ch_z", "ch_z"), payout="po_2"))
        other.transaction_ids.accept_open = True
        other.action_post()
        self.assertEqual(other._bank_candidates(), [])
        with self.assertRaisesRegex(UserError, "already reconciled"):
            other._match_bank_line(line)
        self.assertEqual((other.state, payout.state), ("posted", "banked"))

    def test_bank_match_undone_in_odoo_can_be_made_again(self):
        """An accountant took the match back on the bank's own screen."""
        payout = self.posted_payout()
        line = self.bank_line(117.0)
        payout.action_match_bank()
        line.action_undo_reconciliation()
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
        self.assertRecordValues(payout, [{"state": "posted", "bank_line_id": False}])
        payout.action_match_bank()
        self.assertEqual((payout.state, payout.bank_line_id), ("banked", line))
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
