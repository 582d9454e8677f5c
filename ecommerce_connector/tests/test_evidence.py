from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon

#: What the connector alone writes, whoever asks.
EVIDENCE = ("event", "order", "refund", "payment", "posting", "sync.log")


@tagged("post_install", "-at_install")
class TestEvidence(PayoutCommon):
    """What a store said and what was booked for it is written by the connector only, not over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.accountant, cls.administrator = (
            new_test_user(
                cls.env, login=f"ev_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("viewer", "accountant", "administrator")
        )  # fmt: skip

    def rpc(self, user, record, method, *arguments):
        return call_kw(record.browse().with_user(user), method, [record.ids, *arguments], {})

    def test_nobody_writes_evidence(self):
        for user in (self.viewer, self.accountant, self.administrator):
            for name in EVIDENCE:
                model = self.env[f"ecommerce.{name}"].with_user(user)
                with self.subTest(user=user.login, model=name):
                    rights = {right for right in ("read", "write", "create", "unlink") if model.has_access(right)}
                    self.assertEqual(rights, {"read"})

    def test_booked_order_cannot_be_rewritten_over_rpc(self):
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        (order,) = self.accept(self.paid_order(refunds=[refund]))
        cursor = self.env["ecommerce.sync.stream"]._of(self.store, "orders")
        for record, values in (
            (order, {"total": 1.0}), (order, {"state": "waiting"}), (order.payment_ids[:1], {"amount": 1.0}),
            (order.refund_ids, {"move_id": False}), (order.posting_ids[:1], {"fingerprint": "x"}),
            (self.run_log, {"posted": 0}), (cursor, {"changed_at": False}),
        ):  # fmt: skip
            for user in (self.accountant, self.administrator):
                with self.subTest(model=record._name, values=values), self.assertRaises(AccessError):
                    self.rpc(user, record, "write", values)
        with self.assertRaises(AccessError):
            self.rpc(self.accountant, self.run_log, "finish")

    def test_run_keeps_who_started_it(self):
        self.store = self.store.with_user(self.accountant)
        (order,) = self.accept(self.paid_order())
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.run_log.user_id, self.accountant)
        self.assertEqual(self.moves_of(order, "invoice").create_uid, self.accountant)

    def test_exception_is_decided_not_rewritten(self):
        blocked = self.paid_order("P2")
        blocked["total"] = "999.00"
        (order,) = self.accept(blocked)
        found = order.exception_ids[:1]
        for values in (
            {"message": "Nothing."}, {"state": "resolved"}, {"order_id": False}, {"severity": "0"},
            {"resolution": "It was nothing."}, {"opened_at": False}, {"escalated_at": False}, {"recurrences": 0},
            {"amount_company": 0}, {"owner_rule_id": False}, {"escalation_user_id": False},
        ):  # fmt: skip
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.rpc(self.accountant, found, "write", values)
        with self.assertRaises(AccessError):
            found.with_user(self.accountant).create({"code": "x", "message": "x", "company_id": self.company.id})
        self.rpc(self.accountant, found, "write", {"user_id": self.accountant.id, "date_due": "2026-04-01"})
        dialog = self.env["ecommerce.exception.resolve"].browse(
            self.rpc(self.accountant, found, "action_resolve")["res_id"]
        )
        dialog.reason = "Asked the shop."
        self.rpc(self.accountant, dialog, "action_resolve")
        self.assertEqual((found.state, found.user_id), ("resolved", self.accountant))
        self.assertEqual((found.resolution, found.resolved_by_id), ("Asked the shop.", self.accountant))
        with self.assertRaises(AccessError):
            self.rpc(self.viewer, found, "action_resolve")

    def test_viewer_does_not_make_the_server_ask_the_store(self):
        (order,) = self.accept(self.paid_order())
        with self.assertRaises(AccessError):
            self.rpc(self.viewer, order, "action_fetch_again")

    def test_store_on_a_private_network_needs_a_system_parameter(self):
        with self.assertRaisesRegex(ValidationError, "private network"):
            self.store.base_url = "https://192.168.1.20"
        self.env["ir.config_parameter"].sudo().set_param("ecommerce_connector.allow_private_addresses", "True")
        self.store.base_url = "https://192.168.1.20"
        self.assertEqual(self.store._credentials().base_url, "https://192.168.1.20")

    # === Payouts === #

    def draft_payout(self):
        """A payout with one charge that the ledger lacks; made as the accountant."""
        self.processor = self.processor.with_user(self.accountant)
        self.store = self.store.with_user(self.accountant)
        return self.import_payout(self.report(self.charge("unknown", "50.00", "1.00")))

    def test_payout_cannot_be_rewritten_over_rpc(self):
        payout = self.draft_payout()
        row = payout.transaction_ids
        for record, values in (
            (payout, {"state": "posted"}), (payout, {"amount": 1.0}), (payout, {"move_id": False}),
            (payout, {"transaction_ids": [(1, row.id, {"gross": 1.0})]}),
            (payout, {"transaction_ids": [(0, 0, {"external_id": "x", "kind": "charge"})]}),
            (payout, {"transaction_ids": [(2, row.id, 0)]}), (row, {"gross": 1.0}), (row, {"match_status": "matched"}),
        ):  # fmt: skip
            for user, why in (
                (self.viewer, "is evidence|not allowed to modify"), (self.accountant, "is evidence"),
                (self.administrator, "is evidence"),
            ):  # fmt: skip
                with self.subTest(values=values, user=user.login), self.assertRaisesRegex(AccessError, why):
                    self.rpc(user, record, "write", values)
        with self.assertRaises(AccessError):
            self.rpc(self.accountant, row, "unlink")
        for method in ("action_match", "action_post", "action_undo", "action_match_bank"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(self.viewer, payout, method)

    def test_accepting_a_row_is_written_down_and_planned_at_once(self):
        payout = self.draft_payout()
        self.assertTrue(payout.is_blocked)
        self.rpc(
            self.accountant,
            payout,
            "write",
            {"transaction_ids": [(1, payout.transaction_ids.id, {"accept_open": True})]},
        )
        self.assertRecordValues(payout, [{"is_blocked": False, "state": "draft"}])
        note = payout.message_ids.sorted("id")[-1]
        self.assertEqual(note.author_id, self.accountant.partner_id)
        self.assertIn("Accepted without a payment to settle: txn_unknown, 50.00 EUR", note.body)
        self.rpc(self.accountant, payout, "action_post")
        self.assertEqual(payout.state, "posted")
        self.assertEqual(self.balance("Payment clearing"), D("-50.00"))
        with self.assertRaisesRegex(UserError, "Undo the posting"):
            self.rpc(self.accountant, payout.transaction_ids, "write", {"accept_open": False})

    def test_acceptance_taken_back_is_written_down_too(self):
        payout = self.draft_payout()
        row = payout.transaction_ids
        self.rpc(self.accountant, row, "write", {"accept_open": True})
        notes = payout.message_ids
        self.rpc(self.accountant, row, "write", {"accept_open": True})
        self.assertEqual(payout.message_ids, notes, "nothing changed, nothing to note")
        self.rpc(self.accountant, row, "write", {"accept_open": False})
        note = payout.message_ids - notes
        self.assertEqual(note.author_id, self.accountant.partner_id)
        self.assertIn("No longer accepted: txn_unknown, 50.00 EUR", note.body)
        self.assertRecordValues(payout, [{"is_blocked": True, "state": "draft"}])
        with self.assertRaisesRegex(UserError, "txn_unknown|ch_unknown"):
            self.rpc(self.accountant, payout, "action_post")
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_who_books_in_odoo_but_only_views_payouts_changes_none(self):
        """Odoo's own rights would let such a user reverse the entry and match the bank line."""
        user = new_test_user(
            self.env, login="ev_bookkeeper", company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
            groups="ecommerce_connector.group_viewer,account.group_account_manager",
        )  # fmt: skip
        self.accept(self.paid_order())
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        payout.action_post()
        self.bank_line(117.0)
        entry = payout.move_id
        for method in ("action_match", "action_post", "action_undo", "action_match_bank"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(user, payout, method)
        for number in ("po_1", "po_2"):
            report = self.report(self.charge("p-P1", "120.00", "4.00"), payout=number)
            with self.assertRaisesRegex(AccessError, "Payout"):
                self.processor.with_user(user)._import_report("other.csv", report)
        self.assertEqual(self.processor.payout_ids, payout, "refused before anything is stored")
        self.assertRecordValues(payout, [{"state": "posted", "move_id": entry.id, "amount": 117.0}])
        self.assertFalse(payout.exception_ids)
        self.assertFalse(entry.reversal_move_ids)
        self.assertEqual(self.balance("Payouts in transit"), D("117.00"))
