from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestOrderMoney(PayoutCommon):
    """Refunds and payments show what the store said, what was booked and why, and where the money is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.accountant = (
            new_test_user(
                cls.env, login=f"money_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("viewer", "accountant")
        )  # fmt: skip

    def refunded(self, number="P1", **more):
        """An order of 120.00, 30.00 of which are given back for a part of its line."""
        line = {**self.line("TSH", "25.00", "5.00"), "quantity": "0.25"}
        refund = self.refund(f"r-{number}", "30.00", lines=[line], reason="Too small", **more)
        (order,) = self.accept(self.paid_order(number, refunds=[refund]))
        return order

    def money(self, order, kind="payment"):
        return order.payment_ids.filtered(lambda payment: payment.kind == kind)

    def items(self, record):
        return [
            (item.account_id.name, D(f"{item.balance:.2f}"), item.ecommerce_rule_id.kind or "")
            for item in record.booked_item_ids
        ]

    def opened(self, record, method, user=None):
        """What a button opens, as its user sees it."""
        action = call_kw(record.browse().with_user(user or self.viewer), method, [record.ids], {})
        model = self.env[action["res_model"]]
        return model.browse(action["res_id"]) if action.get("res_id") else model.search(action["domain"])

    def paid_out(self, order):
        refund = ("txn_r", "-30.00", "0.00", "refund", f"re_r-{order.number}", f"ch_p-{order.number}")
        payout = self.import_payout(self.report(self.charge(f"p-{order.number}", "120.00", "2.00"), refund))
        payout.action_post()
        return payout

    def test_an_id_with_the_sign_that_tells_parts_apart(self):
        payment, refund = self.payment("p@1", "120.00"), self.refund("r@1", "120.00")
        lines = [self.line("TSH", "100.00", "20.00")]
        (order,) = self.accept(self.order("P1", lines, "120.00", [payment], [refund]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(sorted(order.refund_ids.booked_posting_ids.mapped("kind")), ["credit_note", "refund_payment"])
        self.assertEqual(self.money(order).booked_posting_ids.kind, "payment")

    def test_refund_that_went_all_the_way(self):
        order = self.refunded()
        refund = order.refund_ids.with_user(self.viewer)
        self.assertRecordValues(
            refund, [{"gateway": "card", "transaction_id": "re_r-P1", "reason": "Too small", "payout_count": 0,
                      "invoice_id": self.moves_of(order, "invoice").id, "payment_id":
                      self.money(order, "refund_payment").id, "move_count": 2}],
        )  # fmt: skip
        self.assertEqual(
            sorted(self.items(refund)),
            sorted([
                ("Store sales", D("25.00"), "product"), ("Store sales tax", D("5.00"), "tax"),
                ("Account Receivable", D("-30.00"), ""),
                ("Payment clearing", D("-30.00"), "gateway"), ("Account Receivable", D("30.00"), ""),
            ]),
        )  # fmt: skip
        self.assertIn(f"Credited by {refund.move_id.name}", refund.standing)
        self.assertIn("no payout contains it yet", refund.standing)
        payout = self.paid_out(order)
        refund.invalidate_recordset()
        self.assertIn("with payout po_1, which is on its way to the bank", refund.standing)
        line = self.bank_line(88.00)
        payout.action_match_bank()
        refund.invalidate_recordset()
        self.assertIn("with payout po_1, at the bank on Mar 17, 2026", refund.standing)
        self.assertEqual((refund.row_ids.net, refund.row_ids.bank_line_id), (-30.0, line))

    def test_links_lead_both_ways(self):
        order = self.refunded()
        payout = self.paid_out(order)
        refund, given_back, paid = order.refund_ids, self.money(order, "refund_payment"), self.money(order)
        note, invoice = refund.move_id, self.moves_of(order, "invoice")
        for record, method, expected in (
            (order, "action_view_payments", paid | given_back), (order, "action_view_refunds", refund),
            (order, "action_view_payouts", payout), (refund, "action_view_order", order),
            (refund, "action_view_payment", given_back), (refund, "action_view_payouts", payout),
            (refund, "action_view_moves", note | given_back.payment_id.move_id), (paid, "action_view_order", order),
            (paid, "action_view_moves", paid.payment_id.move_id), (given_back, "action_view_refund", refund),
            (paid, "action_view_payouts", payout), (note, "action_view_ecommerce_refunds", refund),
            (paid.payment_id, "action_view_ecommerce_order", order),
            (paid.payment_id, "action_view_ecommerce_payment", paid),
            (paid.payment_id, "action_view_ecommerce_payouts", payout),
            (given_back.payment_id, "action_view_ecommerce_refunds", refund),
            (paid.payment_id.move_id, "action_view_ecommerce_payments", paid),
            (paid.payment_id.move_id, "action_view_ecommerce_orders", order),
            (paid.payment_id.move_id, "action_view_ecommerce_payouts", payout),
            (payout.move_id, "action_view_ecommerce_payouts", payout),
        ):  # fmt: skip
            with self.subTest(record=record._name, method=method):
                self.assertEqual(self.opened(record, method), expected)
        counts = [f"ecommerce_{name}_count" for name in ("order", "refund", "payment", "payout")]
        for move, expected in (
            (invoice, [0, 0, 0, 0]), (note, [0, 1, 0, 0]), (given_back.payment_id.move_id, [1, 1, 1, 1]),
            (payout.move_id, [0, 0, 0, 1]),
        ):  # fmt: skip
            self.assertEqual([move.with_user(self.viewer)[name] for name in counts], expected, move.name)
        self.assertRecordValues(order, [{"payment_count": 2, "refund_count": 1, "payout_count": 1}])

    def test_forms_load_with_all_they_show(self):
        order = self.refunded()
        self.paid_out(order)
        for user in (self.viewer, self.accountant):
            for record in (order, order.refund_ids, self.money(order), self.money(order).payment_id):
                with self.subTest(user=user.login, model=record._name):
                    theirs = record.with_user(user)
                    view = theirs.get_view(view_type="form")
                    names = view["models"][record._name]
                    self.assertEqual(theirs.web_read({name: {} for name in names})[0]["id"], record.id)

    def test_evidence_is_read_only(self):
        order = self.refunded()
        for record in (order.refund_ids, self.money(order)):
            for values in ({"amount": 1.0}, {"transaction_id": "x"}, {"gateway": "x"}):
                with self.subTest(record=record._name, values=values), self.assertRaises(AccessError):
                    record.with_user(self.accountant).write(values)

    def test_refunds_that_are_not_booked_say_why(self):
        for number, state, expected in (
            ("A", "pending", "The money has not moved yet"), ("B", "failed", "It failed, so no money moved"),
            ("C", "voided", "It was cancelled before any money moved"),
        ):  # fmt: skip
            refund = self.refunded(number, state=state).refund_ids
            with self.subTest(state=state):
                self.assertIn(expected, refund.standing)
                self.assertFalse(refund.booked_item_ids)
                self.assertEqual(bool(refund.exception_ids), state == "pending")

    def test_refund_of_a_blocked_order(self):
        (order,) = self.accept(
            self.order("D", [self.line("TSH", "100.00", "7.00", "7")], "107.00", [self.payment("p-D", "107.00")],
                       [self.refund("r-1", "30.00")])
        )  # fmt: skip
        self.assertEqual(order.state, "blocked")
        self.assertIn("Not booked: order D is blocked.", order.refund_ids.standing)
        self.assertEqual(order.refund_ids.exception_ids.mapped("code"), ["mapping_missing"])
        self.assertIn("p-D by card, 107.00 EUR: the order is blocked", order.unbooked_money)

    def test_payments_that_are_not_booked_say_why(self):
        more = [
            self.payment("p2", "5.00", state="authorized"), self.payment("p3", "6.00", state="failed"),
            self.payment("p4", "7.00", state="pending"), self.payment("p5", "8.00", state="voided"),
        ]  # fmt: skip
        (order,) = self.accept(self.order("U", [self.line("TSH", "100.00", "20.00")], "120.00",
                                          [self.payment("p1", "120.00"), *more]))  # fmt: skip
        self.assertEqual(
            order.unbooked_money.splitlines(),
            ["p2 by card, 5.00 EUR: it is authorized, not captured: no money moved.",
             "p3 by card, 6.00 EUR: it failed: no money moved.",
             "p4 by card, 7.00 EUR: it is pending: it is booked when the money moves.",
             "p5 by card, 8.00 EUR: it was cancelled: no money moved."],
        )  # fmt: skip

    def test_what_the_store_says_of_a_payment_now(self):
        order = self.refunded()
        paid = self.money(order)
        self.assertRecordValues(paid, [{"stated_state": "done", "stated_amount": 120.0}])
        self.assertEqual(str(paid.stated_at), "2026-03-10 10:00:00")
        changed = {**self.paid_order("P1", total="120.00"), "updated_at": "2026-03-20T10:00:00Z"}
        changed["payments"][0] |= {"state": "failed", "amount": "110.00"}
        self.accept(changed)
        self.assertRecordValues(paid, [{"stated_state": "failed", "stated_amount": 110.0, "amount": 120.0}])
        self.assertIn("is booked: see the exceptions", self.gone(order))

    def gone(self, order):
        """Standing of a booked refund that the store takes back."""
        changed = self.paid_order("P1", refunds=[self.refund("r-P1", "30.00", state="failed")])
        self.accept({**changed, "updated_at": "2026-03-21T10:00:00Z"})
        return order.refund_ids.standing

    def test_batch_entries_show_only_the_payments_own_items(self):
        self.store.payment_mode = "batch"
        first, second = self.accept(self.paid_order("P1"), self.paid_order("P2"))
        paid = self.money(first)
        self.assertEqual(paid.clearing_line_id.move_id, self.money(second).clearing_line_id.move_id)
        self.assertEqual(paid.booked_item_ids, paid.clearing_line_id | paid.receivable_line_id)
        self.assertEqual(paid.clearing_line_id.move_id.ecommerce_order_count, 2)
        self.assertEqual(self.opened(paid.clearing_line_id.move_id, "action_view_ecommerce_orders"), first | second)

    def test_entries_taken_out_of_the_ledger_are_told(self):
        order = self.refunded()
        order.refund_ids.move_id.button_draft()
        self.money(order, "refund_payment").payment_id.move_id.button_draft()
        self.assertRegex(order.refund_ids.standing, "Its credit note .* is a draft. Its entry .* is a draft.")
