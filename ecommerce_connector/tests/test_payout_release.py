from odoo.tests import tagged

from ..command_line.actions import _post_payout
from ..models.mapping.mapping_report import MappingReportData
from .common import D
from .payout_release_common import PayoutReleaseCommon


@tagged("post_install", "-at_install")
class TestPayoutRelease(PayoutReleaseCommon):
    """One exception per value of the processor without a rule; the rule made from it lets go of all payouts."""

    # === What the exception says === #

    def test_one_exception_names_all_payouts_with_their_amounts(self):
        first = self.payout(1)
        second = self.payout(2, "60.00", "1.80", day="2026-03-16")
        item = self.waiting_for("payout_fee:charge")
        self.assertRecordValues(
            item,
            [{"code": "mapping_missing", "severity": "1", "payout_id": False, "order_count": 0, "payout_count": 2,
              "document_names": "po_1, po_2", "processor_account_id": self.processor.id, "lacks_rule": True,
              "message": "No payout fee rule covers 'charge' in EUR on Mar 15, 2026."}],
        )  # fmt: skip
        self.assertRecordValues(
            item.payout_line_ids.sorted("id"),
            [
                {"payout_id": first.id, "amount": 3.0, "currency_id": self.euro.id, "payout_state": "draft",
                 "paid_on": first.paid_on, "order_id": False},
                {"payout_id": second.id, "amount": 1.8, "currency_id": self.euro.id, "payout_state": "draft",
                 "paid_on": second.paid_on, "order_id": False},
            ],
        )  # fmt: skip
        self.assertIn("4.80", item.waiting)
        self.assertEqual((first.exception_ids, second.exception_ids), (item, item))
        self.assertIn("Waiting for it: 3.00 EUR in txn_p-P1", first.explanation)
        self.assertEqual(item.action_view_payouts()["domain"], [("id", "in", (first | second).ids)])

    def test_the_rule_is_filled_in_for_the_company(self):
        self.payout(1)
        context = self.waiting_for("payout_fee:charge").action_add_rule()["context"]
        self.assertEqual(
            {name: context[f"default_{name}"] for name in ("kind", "pattern", "store_id", "company_id", "currency_id")},
            {"kind": "payout_fee", "pattern": "charge", "store_id": False, "company_id": self.company.id,
             "currency_id": False},
        )  # fmt: skip
        self.assertIn("No payout fee rule covers 'charge'", context["default_change_reason"])

    def test_amount_follows_a_fuller_report(self):
        payout = self.payout(1)
        (line,) = self.waiting_for("payout_fee:charge").line_ids
        self.accept(self.paid_order("P9"))
        full = self.report(self.charge("p-P1", "120.00", "3.00"), self.charge("p-P9", "120.00", "2.25"))
        self.processor._import_report("full.csv", full, self.store)
        self.assertEqual((line.payout_id, line.amount), (payout, 5.25))

    def test_the_mapping_report_counts_them(self):
        self.payout(1)
        self.payout(2, "60.00", "1.80")
        (row,) = MappingReportData(self.company).keys_without_rule()
        self.assertEqual((row["kind"], row["value"], row["documents"]), ("payout_fee", "charge", 2))
        self.assertEqual((row["open"], row["suspense"], str(row["amount"])), (True, False, "4.80"))
        self.rule_from(self.waiting_for("payout_fee:charge"))
        (row,) = MappingReportData(self.company).keys_without_rule()
        self.assertEqual((row["open"], row["documents"], str(row["amount"])), (False, 2, "4.80"))

    # === What the rule lets go === #

    def test_payouts_that_wait_for_review_are_planned_again_and_not_posted(self):
        payouts = self.payout(1) | self.payout(2, "60.00", "1.80")
        self.assertEqual(payouts.mapped("is_blocked"), [True, True])
        item, count = self.waiting_for("payout_fee:charge"), self.env["account.move"].search_count([])
        rule, message = self.rule_from(item)
        self.assertIn("2 payouts ready for review", message)
        self.assertRecordValues(
            payouts, [{"state": "draft", "is_blocked": False, "explanation": "", "move_id": False}] * 2
        )
        self.assertIn(self.fees.display_name, payouts[0].plan_text)
        self.assertEqual(self.env["account.move"].search_count([]), count)
        self.assertEqual((item.state, item.document_names), ("resolved", "po_1, po_2"))
        [(told, entries)] = self.released(rule)
        self.assertEqual((told, len(entries)), ("To review: po_1 (117.00 EUR), po_2 (58.20 EUR)", 0))
        self.assertIn("po_1 (117.00 EUR)", self.notes(rule))
        payouts.action_post()
        self.assertEqual(self.balance("Payment processing fees"), D("4.80"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_payouts_that_were_to_be_posted_are_posted(self):
        first = self.payout(1, at_once=True)
        second = self.payout(2, "60.00", "1.80", day="2026-03-16", at_once=True)
        third = self.payout(3, "30.00", "0.90", day="2026-03-17")
        item = self.waiting_for("payout_fee:charge")
        rule, message = self.rule_from(item)
        self.assertIn("2 payouts posted, 1 payouts ready for review", message)
        for payout, gross, fee, net, day in (
            (first, "120.00", "3.00", "117.00", "2026-03-15"), (second, "60.00", "1.80", "58.20", "2026-03-16"),
        ):  # fmt: skip
            self.assertEqual(
                self.entry(payout),
                [("Payment clearing", f"-{gross}"), ("Payment processing fees", fee), ("Payouts in transit", net)],
            )
            self.assertEqual((str(payout.move_id.date), payout.state), (day, "posted"))
            (fee_line,) = payout.move_id.line_ids.filtered("ecommerce_rule_id")
            self.assertEqual((fee_line.ecommerce_rule_id, fee_line.account_id), (rule, self.fees))
            self.assertEqual(payout.posting_ids.rule_ids, rule)
        self.assertEqual((third.state, third.is_blocked), ("draft", False))
        self.assertEqual(item.state, "resolved")
        [(told, entries)] = self.released(rule)
        self.assertEqual(
            told, "Posted: po_1 (117.00 EUR), po_2 (58.20 EUR)\nTo review: po_3 (29.10 EUR)", "what the log says"
        )
        self.assertEqual(entries, first.move_id | second.move_id)
        self.assertEqual(self.balance("Payment processing fees"), D("4.80"))

    def test_doing_it_again_does_nothing(self):
        self.payout(1, at_once=True)
        rule, _message = self.rule_from(self.waiting_for("payout_fee:charge"))
        count = self.env["account.move"].search_count([])
        self.assertIn("Nothing waited", rule.action_save_and_release()["params"]["message"])
        self.assertEqual((self.env["account.move"].search_count([]), len(self.released(rule))), (count, 1))

    def test_two_values_in_one_payout(self):
        both = self.payout(1, "120.00", "3.00", ("txn_m", "-7.00", "0.00", "moon_tax"), at_once=True)
        only_fee = self.payout(2, "60.00", "1.80", at_once=True)
        fee, moon = self.waiting_for("payout_fee:charge"), self.waiting_for("payout_other:moon_tax")
        self.assertEqual((fee.document_names, moon.document_names), ("po_1, po_2", "po_1"))
        self.assertEqual((fee.payout_line_ids.mapped("amount"), moon.payout_line_ids.amount), ([3.0, 1.8], 7.0))
        rule, message = self.rule_from(fee)
        self.assertIn("1 payouts posted, 1 still wait", message)
        self.assertEqual((fee.state, moon.state, moon.document_names), ("resolved", "open", "po_1"))
        self.assertEqual((only_fee.state, both.state, both.is_blocked), ("posted", "draft", True))
        [(told, entries)] = self.released(rule)
        self.assertEqual(told, "Posted: po_2 (58.20 EUR)\nWait for something else: po_1 (110.00 EUR)")
        self.assertEqual(entries, only_fee.move_id)
        other = self.fees.copy({"name": "Moon tax", "code": "627999"})
        moon_rule, message = self.rule_from(moon, account_id=other.id)
        self.assertIn("1 payouts posted", message)
        self.assertEqual(
            self.entry(both),
            [("Payment clearing", "-120.00"), ("Moon tax", "7.00"), ("Payment processing fees", "3.00"),
             ("Payouts in transit", "110.00")],
        )  # fmt: skip
        self.assertEqual((moon.state, both.posting_ids.rule_ids), ("resolved", rule | moon_rule))
        self.assertEqual(self.released(moon_rule), [("Posted: po_1 (110.00 EUR)", both.move_id)])
        self.assertEqual(len(self.released(rule)), 1, "it had let go of the payout before")

    def test_what_is_missing_besides_still_blocks(self):
        self.accept(self.paid_order("P1"))
        rows = self.charge("p-P1", "120.00", "3.00"), self.charge("unknown", "50.00", "1.00")
        payout = self.import_payout(self.report(*rows))
        payout.post_once_mapped = True
        self.assertTrue(payout.lacks_rule)
        _rule, message = self.rule_from(self.waiting_for("payout_fee:charge"))
        self.assertIn("1 still wait", message)
        self.assertEqual((payout.state, payout.is_blocked, payout.lacks_rule), ("draft", True, False))
        open_ones = payout.exception_ids.filtered(lambda item: item.state == "open")
        self.assertEqual(open_ones.mapped("code"), ["missing_in_ledger"])

    def test_a_pattern_releases_all_it_covers(self):
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept(self.paid_order("P1", refunds=[refund]))
        payout = self.import_payout(
            self.report(self.charge("p-P1", "120.00", "3.00"), ("t2", "-12.00", "0.30", "refund", "re_r1", "ch_p-P1"))
        )
        self.assertEqual(self.waiting_for("payout_fee:refund").payout_line_ids.amount, 0.3)
        rule, message = self.rule_from(self.waiting_for("payout_fee:charge"), pattern="*")
        self.assertIn("1 payouts ready for review", message)
        self.assertFalse(self.waiting_for("payout_fee:refund"))
        self.assertFalse(payout.is_blocked)
        self.assertEqual(len(self.released(rule)), 1)

    def test_a_rule_for_fees_of_disputes_releases_them(self):
        payout = self.payout(1, "120.00", "0.00", ("txn_d", "-20.00", "15.00", "dispute"))
        item = self.waiting_for("payout_fee:dispute")
        self.assertEqual(item.payout_line_ids.amount, 15.0)
        rule, message = self.rule_from(item, kind="dispute_fee")
        self.assertIn("1 payouts ready for review", message)
        self.assertEqual((item.state, payout.is_blocked), ("resolved", False))
        self.assertEqual(self.released(rule)[0][0], "To review: po_1 (85.00 EUR)")

    def test_a_rule_that_begins_later_leaves_what_was_before(self):
        early, late = self.payout(1, day="2026-03-10"), self.payout(2, day="2026-03-20")
        item = self.waiting_for("payout_fee:charge")
        rule, message = self.rule_from(item, date_from="2026-03-15")
        self.assertIn("1 payouts ready for review, 1 still wait", message)
        self.assertEqual((item.state, item.document_names), ("open", "po_1"))
        self.assertEqual((early.is_blocked, late.is_blocked), (True, False))
        self.assertEqual([told for told, _entries in self.released(rule)], ["To review: po_2 (117.00 EUR)"])

    def test_a_closed_period_is_not_crossed(self):
        payout = self.payout(1, at_once=True)
        self.company.fiscalyear_lock_date = "2026-03-31"
        self.rule_from(self.waiting_for("payout_fee:charge"))
        self.assertEqual((str(payout.move_id.date), payout.move_id.state), ("2026-04-01", "posted"))
        self.assertEqual(str(payout.posting_ids.true_date), "2026-03-15")
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_a_closed_tax_period_is_not_crossed(self):
        tax = self.env["account.tax"].create(
            {"name": "Input", "amount": 20.0, "type_tax_use": "purchase", "company_id": self.company.id}
        )
        payout = self.payout(1, at_once=True)
        self.company.tax_lock_date = "2026-03-31"
        self.rule_from(self.waiting_for("payout_fee:charge"), tax_id=tax.id)
        self.assertIn("Apr 1, 2026", payout.plan_text)
        entry = payout.move_id
        self.assertEqual((str(entry.date), entry.state), ("2026-04-01", "posted"))
        self.company.tax_lock_date = "2026-04-30"
        payout.action_undo()
        self.assertEqual((str(entry.reversal_move_ids.date), entry.reversal_move_ids.state), ("2026-05-01", "posted"))

    # === Payouts that leave === #

    def test_discarded_payouts_leave(self):
        first, second = self.payout(1), self.payout(2, "60.00", "1.80")
        item = self.waiting_for("payout_fee:charge")
        first._discard("Imported for the wrong account")
        self.assertEqual((item.state, item.document_names, item.payout_count), ("open", "po_2", 1))
        self.assertIn("1.80", item.waiting)
        second._discard("This one too")
        self.assertRecordValues(item, [{"state": "resolved", "resolution": "Discarded: This one too"}])
        rule, message = self.rule_from(item)
        self.assertIn("Nothing waited", message)
        self.assertEqual(((first | second).mapped("is_blocked"), self.released(rule)), ([True, True], []))

    def test_a_payout_that_joined_meanwhile_keeps_the_exception_open(self):
        first = self.payout(1)
        self.accept(self.paid_order("P2"))
        item = self.waiting_for("payout_fee:charge")
        self.assertEqual((item.payout_count, item.document_names, "3.00" in item.waiting), (1, "po_1", True))
        self.import_payout(self.report(self.charge("p-P2", "120.00", "1.25"), payout="po_2"))
        self.assertEqual((item.payout_count, item.document_names, "4.25" in item.waiting), (2, "po_1, po_2", True))
        first._discard("Imported for the wrong account")
        self.assertEqual((item.state, item.document_names), ("open", "po_2"))

    def test_posted_payouts_leave_and_come_back_when_they_are_undone(self):
        payout = self.payout(1, at_once=True)
        rule, _message = self.rule_from(self.waiting_for("payout_fee:charge"))
        self.assertEqual(payout.state, "posted")
        with rule._keeping_history():  # people cannot end it before a day on which it decided
            rule.date_to = "2026-01-31"
        payout.action_undo()
        self.assertEqual(self.waiting_for("payout_fee:charge").line_ids.payout_id, payout)
        self.assertFalse(payout.post_once_mapped, "what a person took back is posted by a person")
        with rule._keeping_history():
            rule.date_to = False
        self.waiting_for("payout_fee:charge").action_retry()
        self.assertEqual((payout.state, payout.is_blocked), ("draft", False))

    def test_the_command_line_posts_later_what_it_was_asked_to_post(self):
        payout = self.payout(1)
        self.assertFalse(payout.post_once_mapped)
        (problem,) = _post_payout(payout, with_bank=False)
        self.assertIn("No payout fee rule covers 'charge'", problem)
        self.assertTrue(payout.post_once_mapped)
        self.rule_from(self.waiting_for("payout_fee:charge"))
        self.assertEqual(payout.state, "posted")
