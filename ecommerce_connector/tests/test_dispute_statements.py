from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import D
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeStatements(DisputeCommon):
    """What a store says of disputes in its orders: tasks, states, and losses once the money was withdrawn."""

    def open_activities(self, dispute):
        return dispute.activity_ids.mapped(lambda activity: (activity.summary, activity.date_deadline))

    # === Inquiries === #

    def test_inquiry_is_a_task_and_no_entry(self):
        order = self.sold()
        moves = self.env["account.move"].search_count([])
        self.say(order, self.said("inquiry", respond_by="2026-05-10", reason="fraudulent"))
        dispute = self.dispute()
        self.assertRecordValues(
            dispute,
            [
                {
                    "state": "inquiry", "order_id": order.id, "payment_id": order.payment_ids.id,
                    "processor_account_id": self.processor.id, "partner_id": order.partner_id.id,
                    "disputed_amount": 110.0, "withdrawn": 0.0, "reason": "fraudulent",
                    "evidence_due": date(2026, 5, 10), "user_id": self.env.uid,
                }
            ],
        )  # fmt: skip
        self.assertEqual(self.open_activities(dispute), [("Answer the inquiry du_1", date(2026, 5, 10))])
        self.assertEqual(dispute.activity_ids.user_id, self.env.user)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertEqual(order.state, "posted")

    def test_inquiry_closed_by_hand(self):
        order = self.sold()
        self.say(order, self.said("inquiry"))
        dispute = self.dispute()
        dispute.action_close_inquiry()
        self.assertRecordValues(dispute, [{"state": "closed", "decided_state": "closed"}])
        self.assertFalse(dispute.activity_ids)
        self.assertFalse(self.disputes.search([("state", "in", ("inquiry", "opened"))]))
        dispute.action_undo()
        self.assertEqual((dispute.state, len(dispute.activity_ids)), ("inquiry", 1))
        self.say(order, self.said("closed"), updated="2026-04-26T10:00:00Z")
        self.assertEqual(dispute.state, "closed")
        dispute.action_undo()
        self.assertEqual(dispute.state, "inquiry")

    def test_inquiry_that_becomes_a_chargeback(self):
        order = self.sold()
        self.say(order, self.said("inquiry"))
        dispute = self.dispute()
        dispute.action_close_inquiry()
        self.paid_out(self.withdrawal(), payout="po_w")
        self.assertEqual(self.dispute(), dispute)
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": 110.0, "closed_on": False}])
        self.assertEqual([text for text, _due in self.open_activities(dispute)],
                         ["Answer the chargeback du_1, or accept it"])  # fmt: skip
        with self.assertRaisesRegex(UserError, "is no inquiry: money was withdrawn"):
            dispute.action_close_inquiry()

    # === Outcomes === #

    def test_lost_after_the_withdrawal_is_booked(self):
        dispute = self.opened()
        self.say(dispute.order_id, self.said("lost", reason="fraudulent"))
        self.assertRecordValues(
            dispute, [{"state": "lost", "lost_amount": 110.0, "open_amount": 0.0, "closed_on": date(2026, 4, 20)}]
        )
        self.assertEqual(
            self.entry(dispute.loss_move_id), [("Chargeback losses", D(110)), ("Disputed payments", D(-110))]
        )
        self.assertFalse(dispute.activity_ids)

    def test_lost_before_the_withdrawal_is_known(self):
        order = self.sold()
        self.say(order, self.said("lost"))
        dispute = self.dispute()
        self.assertEqual((dispute.state, self.codes(dispute)), ("lost", ["dispute_not_withdrawn"]))
        self.assertFalse(dispute.loss_move_id)
        self.paid_out(self.withdrawal(), payout="po_w")
        self.assertEqual(self.dispute(), dispute)
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 110.0, "open_amount": 0.0}])
        self.assertEqual((self.codes(dispute), self.open_items()), ([], []))

    def test_day_of_the_loss_is_the_stores(self):
        dispute = self.opened()
        self.say(dispute.order_id, self.said("lost", at="2026-04-20T22:30:00Z"))
        self.assertEqual(dispute.loss_move_id.date, date(2026, 4, 21))

    def test_partly_lost_with_the_stores_relief(self):
        self.store.dispute_tax_relief = True
        dispute = self.opened()
        self.say(dispute.order_id, self.said("partly_lost", lost="44.00"))
        self.assertEqual(
            self.entry(dispute.loss_move_id),
            [("Chargeback losses", D(40)), ("Store sales tax", D(4)), ("Disputed payments", D(-44))],
        )
        self.assertRecordValues(dispute, [{"state": "partly_lost", "open_amount": 66.0}])

    def test_won_and_said_again(self):
        dispute = self.opened()
        for updated in ("2026-04-25T10:00:00Z", "2026-04-26T10:00:00Z"):
            self.say(dispute.order_id, self.said("won"), updated=updated)
        self.assertRecordValues(dispute, [{"state": "won", "open_amount": 110.0, "closed_on": date(2026, 4, 20)}])
        self.assertEqual(len(self.dispute()), 1)

    def test_the_store_changes_its_mind(self):
        dispute = self.opened()
        self.say(dispute.order_id, self.said("lost"))
        self.say(dispute.order_id, self.said("partly_lost", lost="40.00"), updated="2026-04-26T10:00:00Z")
        self.assertEqual((self.funds(), self.open_items()), ((D(70), D(40)), [D(70)]))
        self.say(dispute.order_id, self.said("won"), updated="2026-04-27T10:00:00Z")
        self.assertEqual((self.funds(), self.open_items()), ((D(110), D(0)), [D(110)]))
        self.assertEqual((dispute.state, dispute.posting_ids.mapped("version")), ("won", [1, 2]))

    def test_amount_that_differs_is_decided_by_hand(self):
        dispute = self.opened(amount="100.00")
        self.say(dispute.order_id, self.said("lost"))
        self.assertEqual((dispute.state, self.codes(dispute)), ("lost", ["dispute_amount"]))
        self.assertFalse(dispute.loss_move_id)
        self.lose(dispute)
        self.assertEqual((self.codes(dispute), self.funds()), ([], (D(0), D(100))))
        with self.assertRaisesRegex(UserError, "decided already"):
            dispute.action_win()

    def test_undone_statement_counts_no_more_until_it_changes(self):
        dispute = self.opened()
        self.say(dispute.order_id, self.said("lost"))
        dispute.action_undo()
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": 110.0}])
        self.say(dispute.order_id, self.said("lost"), updated="2026-04-26T10:00:00Z")
        dispute.action_post()
        self.assertRecordValues(dispute, [{"state": "opened", "open_amount": 110.0}])
        self.say(dispute.order_id, self.said("lost", at="2026-05-05T10:00:00Z"), updated="2026-05-06T10:00:00Z")
        self.assertRecordValues(dispute, [{"state": "lost", "open_amount": 0.0}])
        self.assertEqual(dispute.loss_move_id.date, date(2026, 5, 5))

    def test_a_person_decides_otherwise_than_the_store(self):
        dispute = self.lose(self.opened(), extent="part", amount=40.0)
        self.say(dispute.order_id, self.said("lost"))
        self.assertRecordValues(dispute, [{"state": "partly_lost", "lost_amount": 40.0, "stated_state": "lost"}])

    # === Review, and orders that are not booked === #

    def test_orders_to_review_book_no_loss(self):
        dispute = self.opened()
        moves = self.env["account.move"].search_count([])
        payload = {**self.sale(), "disputes": [self.said("lost")], "updated_at": "2026-04-25T10:00:00Z"}
        self.review(payload)
        self.assertEqual((dispute.state, dispute.lost_amount), ("lost", 0.0))
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        dispute.action_post()
        self.assertRecordValues(dispute, [{"state": "lost", "lost_amount": 110.0}])

    def review(self, *orders):
        accept = type(self.store)._accept
        self.patch(type(self.store), "_accept", lambda store, records: accept(store, records, post=False))
        return self.accept(*orders)

    def test_dispute_of_an_order_that_is_blocked(self):
        payload = self.sale()
        payload["total"] = "999.00"
        (order,) = self.accept({**payload, "disputes": [self.said("inquiry", respond_by="2026-05-10")]})
        self.assertEqual(order.state, "blocked")
        dispute = self.dispute()
        self.assertRecordValues(dispute, [{"state": "inquiry", "order_id": order.id, "processor_account_id": False}])
        self.assertTrue(dispute.activity_ids)
        self.accept({**self.sale(), "disputes": [self.said("inquiry")], "updated_at": "2026-04-25T10:00:00Z"})
        self.assertRecordValues(
            dispute, [{"payment_id": order.payment_ids.id, "processor_account_id": self.processor.id}]
        )

    def test_test_orders_have_no_disputes(self):
        self.accept({**self.sale(), "test": True, "disputes": [self.said("opened")]})
        self.assertFalse(self.dispute())

    def test_two_disputes_of_one_order(self):
        order = self.sold()
        self.say(order, self.said("won"), self.said("opened", at="2026-05-01T10:00:00Z", external_id="du_2"))
        self.assertEqual(order.dispute_count, 2)
        self.assertEqual(order.dispute_ids.sorted("external_id").mapped("state"), ["won", "opened"])
        self.assertEqual(order.action_view_disputes()["domain"], [("id", "in", order.dispute_ids.ids)])

    # === Who answers === #

    def test_owner_of_new_disputes(self):
        owner = self.env["res.users"].create(
            {
                "name": "Dora", "login": "dora", "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
                "group_ids": [(4, self.env.ref("ecommerce_connector.group_accountant").id)],
            }
        )  # fmt: skip
        self.store.dispute_user_id = owner
        dispute = self.opened()
        self.assertEqual((dispute.user_id, dispute.activity_ids.user_id), (owner, owner))
        dispute.activity_ids.action_feedback()
        dispute.action_post()
        self.assertFalse(dispute.activity_ids, "what is done is not asked for again")
        owner.group_ids = self.env.ref("base.group_user")
        self.say(dispute.order_id, self.said("opened", external_id="du_3"))
        self.assertEqual(self.dispute("du_3").user_id, self.env.user, "who sees no disputes cannot answer them")

    def test_deadline_that_is_told_later(self):
        dispute = self.opened()
        self.say(dispute.order_id, self.said("opened", respond_by="2026-06-01"))
        self.assertEqual((dispute.evidence_due, dispute.activity_ids.date_deadline), (date(2026, 6, 1),) * 2)
