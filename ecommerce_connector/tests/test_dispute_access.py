from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .common import D
from .dispute_common import DisputeCommon

LOSE = "ecommerce.dispute.lose"


@tagged("post_install", "-at_install")
class TestDisputeAccess(DisputeCommon):
    """Viewers see disputes, accountants decide them, and nobody rewrites what is known of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.accountant, cls.administrator = (
            new_test_user(
                cls.env, login=f"du_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("viewer", "accountant", "administrator")
        )  # fmt: skip

    def rpc(self, user, record, method, *arguments):
        return call_kw(record.browse().with_user(user), method, [record.ids, *arguments], {})

    def test_what_is_known_cannot_be_rewritten(self):
        dispute = self.lose(self.opened())
        row, posting = dispute.transaction_ids, dispute.posting_ids
        for record, values in (
            (dispute, {"state": "won"}), (dispute, {"lost_amount": 0.0}), (dispute, {"loss_move_id": False}),
            (dispute, {"decided_state": False}), (dispute, {"withdrawn": 1.0}), (dispute, {"partner_id": False}),
            (dispute, {"transaction_ids": [(5, 0, 0)]}), (dispute, {"ignored_digest": "x"}),
            (row, {"dispute_id": False}), (row, {"disputed_line_id": False}), (posting, {"dispute_id": False}),
        ):  # fmt: skip
            for user in (self.viewer, self.accountant, self.administrator):
                with self.subTest(values=values, user=user.login), self.assertRaises(AccessError):
                    self.rpc(user, record, "write", values)
        for user in (self.accountant, self.administrator):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.disputes.with_user(user).create({"external_id": "x", "company_id": self.company.id})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.rpc(user, dispute, "unlink")
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            dispute.sudo().unlink()
        for method in ("_decide", "_follow", "_take_back", "_take_statements"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(self.administrator, dispute, method)

    def test_people_own_a_dispute(self):
        dispute = self.opened()
        self.rpc(self.accountant, dispute, "write", {"user_id": self.accountant.id, "evidence_due": "2026-05-01"})
        self.assertEqual(dispute.user_id, self.accountant)
        with self.assertRaises(AccessError):
            self.rpc(self.viewer, dispute, "write", {"user_id": self.viewer.id})

    def test_viewer_decides_nothing(self):
        dispute = self.opened()
        for method in ("action_win", "action_lose", "action_close_inquiry", "action_undo", "action_post"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(self.viewer, dispute, method)
        with self.assertRaises(AccessError):
            self.env[LOSE].with_user(self.viewer).create({"dispute_id": dispute.id})
        self.assertEqual(dispute.with_user(self.viewer).open_amount, 110.0)
        self.assertEqual((dispute.state, self.funds()), ("opened", (D(110), D(0))))

    def test_accountant_goes_the_whole_way(self):
        self.processor = self.processor.with_user(self.accountant)
        self.store = self.store.with_user(self.accountant)
        dispute = self.opened().with_user(self.accountant)
        self.assertEqual(dispute.activity_ids.user_id, self.accountant)
        wizard = dispute.env[LOSE].create({"dispute_id": dispute.id, "lost_on": "2026-04-20", "tax_relief": True})
        self.assertIn("Chargeback losses", wizard.plan_text)
        wizard.action_lose()
        self.assertRecordValues(dispute, [{"state": "lost", "decided_by_id": self.accountant.id, "open_amount": 0.0}])
        self.assertEqual(dispute.loss_move_id.create_uid, self.accountant)
        dispute.action_undo()
        self.assertEqual(dispute.state, "opened")
        self.assertIn("Decision undone", dispute.message_ids.sorted("id")[-1].body)

    def test_another_company_sees_nothing(self):
        dispute = self.opened()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env, login="du_stranger", groups="ecommerce_connector.group_administrator", company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )  # fmt: skip
        self.assertFalse(self.disputes.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            dispute.with_user(stranger).read(["state"])
        with self.assertRaises(AccessError):
            self.rpc(stranger, dispute, "action_win")

    def test_links_lead_both_ways(self):
        dispute = self.lose(self.opened())
        order, payout, entry = dispute.order_id, dispute.transaction_ids.payout_id, dispute.loss_move_id
        for record, method in (
            (order, "action_view_disputes"), (payout, "action_view_disputes"), (entry, "action_view_ecommerce_dispute"),
        ):  # fmt: skip
            with self.subTest(model=record._name):
                action = self.rpc(self.viewer, record, method)
                self.assertEqual((action["res_model"], action["res_id"]), (dispute._name, dispute.id))
        self.assertEqual((order.dispute_count, payout.dispute_count), (1, 1))
        found = self.env["account.move"].search(self.rpc(self.viewer, dispute, "action_view_moves")["domain"])
        self.assertEqual(found, payout.move_id | entry)
        items = self.env["account.move.line"].search(self.rpc(self.viewer, dispute, "action_view_items")["domain"])
        self.assertEqual(sorted(items.mapped("balance")), [-110.0, 110.0])
        payouts = self.env["ecommerce.payout"].search(self.rpc(self.viewer, dispute, "action_view_payouts")["domain"])
        self.assertEqual(payouts, payout)
        self.assertEqual(self.rpc(self.viewer, dispute, "action_view_order")["res_id"], order.id)

    def test_exception_leads_to_its_dispute_and_can_be_tried_again(self):
        self.sold()
        self.paid_out(self.reinstatement(), payout="po_r")
        dispute = self.dispute()
        item = dispute.exception_ids
        self.assertEqual(item.action_open_record()["res_id"], dispute.id)
        self.rpc(self.accountant, item, "action_retry")
        self.assertEqual(item.state, "open")
        with self.assertRaises(AccessError):
            self.rpc(self.viewer, item, "action_retry")
