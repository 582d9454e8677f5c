from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..core.reasons import Reason
from .common import D
from .payout_common import PayoutCommon


class AcceptanceCommon(PayoutCommon):
    """An accountant, and what he calls over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant, cls.viewer, cls.administrator = (
            new_test_user(
                cls.env, login=f"accept_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("accountant", "viewer", "administrator")
        )  # fmt: skip

    def rpc(self, user, record, method, *arguments):
        return call_kw(record.browse().with_user(user), method, [record.ids, *arguments], {})

    def draft_payout(self, payout="po_1"):
        """A payout with one charge that the ledger lacks."""
        return self.import_payout(self.report(self.charge("unknown", "50.00", "1.00"), payout=payout))


@tagged("post_install", "-at_install")
class TestAcceptance(AcceptanceCommon):
    """Who accepted which row is kept where nobody can rewrite it."""

    def test_acceptance_is_data(self):
        payout = self.draft_payout()
        row = payout.transaction_ids
        self.assertRecordValues(row, [{"accepted_by_id": False, "accepted_on": False}])
        before = fields.Datetime.now()
        self.rpc(self.accountant, row, "write", {"accept_open": True})
        self.assertEqual(row.accepted_by_id, self.accountant)
        self.assertLessEqual(abs(row.accepted_on - before), timedelta(minutes=1))
        kept = row.accepted_on
        self.rpc(self.administrator, row, "write", {"accept_open": True})
        self.assertRecordValues(row, [{"accepted_by_id": self.accountant.id, "accepted_on": kept}])
        self.rpc(self.administrator, row, "write", {"accept_open": False})
        self.assertRecordValues(row, [{"accepted_by_id": False, "accepted_on": False}])
        self.assertEqual(len(payout.message_ids.filtered(lambda note: "ccepted" in note.body)), 2)

    def test_acceptance_cannot_be_rewritten(self):
        payout = self.draft_payout()
        row = payout.transaction_ids
        self.rpc(self.accountant, row, "write", {"accept_open": True})
        note = payout.message_ids.sorted("id")[-1]
        for record, values in (
            (row, {"accepted_by_id": self.viewer.id}), (row, {"accepted_on": "2020-01-01 00:00:00"}),
            (payout, {"message_ids": [(1, note.id, {"body": "Nothing to see"})]}),
            (payout, {"message_ids": [(2, note.id, 0)]}),
            (payout, {"transaction_ids": [(1, row.id, {"accepted_by_id": self.viewer.id})]}),
        ):  # fmt: skip
            for user in (self.accountant, self.administrator):
                with self.subTest(values=values, user=user.login), self.assertRaises(AccessError):
                    self.rpc(user, record, "write", values)
        self.assertIn("Accepted without a payment", note.body)
        self.assertEqual(row.accepted_by_id, self.accountant)
        self.rpc(self.accountant, payout, "message_subscribe", [self.viewer.partner_id.id])
        self.assertIn(self.viewer.partner_id, payout.message_partner_ids)

    def test_note_of_an_exception_cannot_be_rewritten(self):
        (found,) = self.draft_payout().exception_ids
        note = found.message_post(body="The processor's mistake")
        with self.assertRaises(AccessError):
            self.rpc(self.accountant, found, "write", {"message_ids": [(1, note.id, {"body": "Mine"})]})
        with self.assertRaises(AccessError):
            self.rpc(self.accountant, found, "write", {"message_ids": [(2, note.id, 0)]})
        found.with_user(self.accountant).activity_schedule(
            "mail.mail_activity_data_todo", summary="Ask them", user_id=self.accountant.id
        )
        activity = found.activity_ids
        self.rpc(self.accountant, found, "write", {"activity_ids": [(1, activity.id, {"summary": "Call them"})]})
        self.assertEqual(activity.summary, "Call them")

    def test_acceptance_by_the_system_is_noted_and_planned_too(self):
        payout = self.draft_payout()
        self.assertTrue(payout.is_blocked)
        payout.with_user(self.accountant).sudo().transaction_ids.accept_open = True
        self.assertFalse(payout.is_blocked)
        self.assertFalse(payout.exception_ids.filtered(lambda item: item.state == "open"))
        self.assertIn("Accepted without a payment", payout.message_ids.sorted("id")[-1].body)
        self.assertEqual(payout.transaction_ids.accepted_by_id, self.accountant)
        payout.action_post()
        with self.assertRaisesRegex(UserError, "Undo the posting"):
            payout.sudo().transaction_ids.accept_open = False

    def test_row_that_a_fuller_report_changed_is_accepted_no_longer(self):
        payout = self.draft_payout()
        payout.transaction_ids.accept_open = True
        content = self.report(self.charge("unknown", "60.00", "1.00"), self.charge("more", "5.00"))
        self.processor._import_report("full.csv", content, self.store)
        row = payout.transaction_ids.filtered(lambda row: row.external_id == "txn_unknown")
        self.assertRecordValues(row, [{"gross": 60.0, "accept_open": False, "accepted_by_id": False}])
        self.assertTrue(payout.is_blocked)
        notes = "\n".join(payout.message_ids.mapped("body"))
        self.assertIn("No longer accepted: txn_unknown, 50.00 EUR", notes)

    def test_note_has_the_decimals_of_the_currency(self):
        for code, gross, said in (("JPY", "5000", "5,000 JPY"), ("KWD", "5.125", "5.125 KWD")):
            currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
            currency.active = True
            self.env["res.currency.rate"].create(
                {
                    "name": "2026-01-01", "company_rate": 1.5, "currency_id": currency.id,
                    "company_id": self.company.id,
                }
            )  # fmt: skip
            self.store._create_accounting(currencies=[code], rates=set())
            content = self.report(("txn_1", gross, "0", "charge", "ch_1", "ch_1"), payout=code, currency=code.lower())
            payout = self.import_payout(content, self.processor_account(code))
            payout.transaction_ids.accept_open = True
            self.assertIn(f"txn_1, {said}.", payout.message_ids.sorted("id")[-1].body)

    def test_exception_follows_amount_hint_and_severity(self):
        """Its sentence may be the same: what is at stake and what to do are not."""
        payout = self.draft_payout()
        (found,) = payout.exception_ids
        said = {"code": found.code, "message": found.message, "key": found.key}
        self.env["ecommerce.exception"]._sync(
            payout, {payout: [(Reason(**said, hint="Ask them.", amount=D("7.00")), "0")]}, company=self.company
        )
        self.assertEqual(payout.exception_ids, found)
        self.assertRecordValues(found, [{"hint": "Ask them.", "amount": 7.0, "severity": "0", "state": "open"}])


@tagged("post_install", "-at_install")
class TestDiscard(AcceptanceCommon):
    """A payout that shall not be booked is kept with the reason, and its report can be read again."""

    def discard(self, payout, reason="Imported for the wrong account", user=None):
        wizard = self.env["ecommerce.payout.discard"].with_user(user or self.accountant).with_context(
            active_id=payout.id
        ).create({"reason": reason})  # fmt: skip
        return wizard.action_discard()

    def test_discarded_is_kept_with_who_and_why(self):
        payout = self.draft_payout()
        (found,) = payout.exception_ids
        self.discard(payout)
        self.assertRecordValues(
            payout, [{
                "active": False, "state": "draft", "discard_reason": "Imported for the wrong account",
                "discarded_by_id": self.accountant.id,
            }],
        )  # fmt: skip
        self.assertTrue(payout.discarded_on)
        self.assertFalse(self.env["ecommerce.payout"].search([("external_id", "=", "po_1")]))
        self.assertRecordValues(
            found, [{"state": "resolved", "resolution": "Discarded: Imported for the wrong account"}]
        )
        note = payout.message_ids.sorted("id")[-1]
        self.assertIn("Discarded: Imported for the wrong account", note.body)
        self.assertEqual(note.author_id, self.accountant.partner_id)

    def test_nobody_deletes_a_payout(self):
        payout = self.draft_payout()
        for user in (self.viewer, self.accountant, self.administrator):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.rpc(user, payout, "unlink")
        with self.assertRaisesRegex(UserError, "discard it"):
            payout.sudo().unlink()

    def test_a_reason_is_required(self):
        payout = self.draft_payout()
        with self.assertRaisesRegex(UserError, "Say why"):
            self.discard(payout, "  ")
        self.assertTrue(payout.active)

    def test_viewers_discard_nothing(self):
        payout = self.draft_payout()
        with self.assertRaises(AccessError):
            self.discard(payout, user=self.viewer)
        with self.assertRaises(AccessError):
            payout.with_user(self.viewer)._discard("No")
        with self.assertRaises(AccessError):
            self.rpc(self.accountant, payout, "action_archive")
        self.assertTrue(payout.active)

    def test_posted_payout_is_not_discarded(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        payout.action_post()
        with self.assertRaisesRegex(UserError, "po_1 is posted. Undo the posting"):
            self.discard(payout)
        payout.sudo().write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "po_1 is posted"):
            self.discard(payout)

    def test_discarded_is_neither_posted_nor_accepted(self):
        payout = self.draft_payout()
        self.discard(payout)
        for act in (payout.action_post, lambda: payout.transaction_ids.write({"accept_open": True}),
                    lambda: self.discard(payout)):  # fmt: skip
            with self.assertRaisesRegex(UserError, "po_1 was discarded .Imported for.*Import its report again"):
                act()
        payout.action_match()
        self.assertFalse(payout.exception_ids.filtered(lambda item: item.state == "open"))

    def test_entries_of_an_undone_payout_stay_in_reach(self):
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        form = etree.fromstring(payout.get_view(view_type="form")["arch"])
        hidden = form.find(".//button[@name='action_view_moves']").get("invisible")
        self.assertTrue(safe_eval(hidden, {name: payout[name].ids for name in ("move_id", "posting_ids")}))
        payout.action_post()
        entry = payout.move_id
        payout.action_undo()
        self.assertFalse(safe_eval(hidden, {name: payout[name].ids for name in ("move_id", "posting_ids")}))
        shown = self.env["account.move"].search(payout.action_view_moves()["domain"])
        self.assertEqual(shown, entry | entry.reversal_move_ids)
        self.assertEqual(len(shown), 2)

    def test_report_of_a_discarded_payout_can_be_read_again(self):
        self.accept(self.paid_order("P1"))
        content = self.report(self.charge("p-P1", "120.00", "3.00"))
        first = self.import_payout(content)
        first.action_post()
        first.action_undo()
        self.discard(first)
        again, notices = self.processor._import_report("again.csv", content, self.store)
        self.assertNotEqual(again, first)
        self.assertRecordValues(again, [{"external_id": "po_1", "is_blocked": False, "state": "draft"}])
        self.assertIn(f"po_1 was imported before and discarded by {self.accountant.name}: Imp", "\n".join(notices))
        again.action_post()
        self.assertEqual((first.posting_ids.version, again.posting_ids.version), (1, 2))
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        same, _notices = self.processor._import_report("third.csv", content, self.store)
        self.assertFalse(same)
