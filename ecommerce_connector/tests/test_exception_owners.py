from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.exceptions.exception_owners import ACTIVITY, DAYS
from .exception_common import ExceptionCommon


@tagged("post_install", "-at_install")
class TestExceptionOwners(ExceptionCommon):
    """The first rule that fits gives an exception its owner, its due date and an activity."""

    # === Rules === #

    def test_first_rule_that_fits_decides(self):
        payouts = self.owner_rule(self.bob, subject="payout", days_due=1)
        large = self.owner_rule(
            self.bob, subject="order", amount_from=100.0, days_due=2, escalation_user_id=self.eve.id, escalation_days=4
        )
        rest = self.owner_rule(self.ann)
        small, big = self.blocked("S1", "125.00"), self.blocked("S2", "999.00")
        self.assertRecordValues(
            small | big,
            [
                {"user_id": self.ann.id, "owner_rule_id": rest.id, "amount_company": 5.0, "date_due": self.today(3),
                 "escalation_user_id": False, "escalate_on": False},
                {"user_id": self.bob.id, "owner_rule_id": large.id, "amount_company": 879.0, "date_due": self.today(2),
                 "escalation_user_id": self.eve.id, "escalate_on": self.today(7)},
            ],
        )  # fmt: skip
        self.assertFalse(payouts.problem)

    def test_store_severity_code_and_nothing_that_fits(self):
        other = self.store.copy({"name": "Other shop"})
        self.owner_rule(self.ann, store_id=other.id)
        self.owner_rule(self.ann, severity="0")
        self.owner_rule(self.ann, code="overpaid")
        item = self.blocked()
        self.assertFalse(item.user_id | item.activity_ids.user_id)
        self.assertFalse(item.date_due)
        exact = self.owner_rule(self.bob, code="does_not_add_up", store_id=self.store.id, severity="1")
        exact.action_give_owners()
        self.assertEqual((item.user_id, item.owner_rule_id), (self.bob, exact))
        with self.assertRaisesRegex(ValidationError, "no exception with the code 'nonsense'"):
            exact.code = "nonsense"

    def test_foreign_amount_counts_at_the_rate_of_the_day(self):
        """USD 40 at 2.00 to the euro are EUR 20."""
        usd = self.env.ref("base.USD")
        usd.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": usd.id, "name": "2026-01-01", "rate": 2.0, "company_id": self.company.id}
        )
        self.owner_rule(self.bob, amount_from=20.01)
        self.owner_rule(self.ann)
        item = self.blocked("U1", "160.00", currency="USD")
        self.assertEqual((item.amount, item.amount_company, item.user_id), (40.0, 20.0, self.ann))

    def test_amount_without_rate_counts_as_enough(self):
        """Nobody can tell how much it is: it goes where large amounts go, not to the last line."""
        self.env.ref("base.GBP").active = True
        self.env["res.currency.rate"].search([("currency_id", "=", self.env.ref("base.GBP").id)]).unlink()
        self.owner_rule(self.bob, amount_from=1000.0)
        self.owner_rule(self.ann)
        self.accept(self.broken("G1", "125.00", "GBP"))
        item = self.open_ones().filtered(lambda found: found.code == "does_not_add_up")
        self.assertEqual((item.user_id, item.amount_company), (self.bob, 0.0))

    def test_shared_exception_weighs_all_that_waits(self):
        self.without_gateway_rules()
        self.owner_rule(self.bob, amount_from=200.0)
        self.accept(self.unmapped("E1"))
        (item,) = self.open_ones()
        self.assertEqual((item.amount_company, item.user_id.id), (120.0, False))
        self.accept(self.unmapped("E2"))
        self.assertEqual((self.open_ones(), item.amount_company, item.user_id), (item, 240.0, self.bob))
        self.assertEqual(item.activity_ids.user_id, self.bob)

    def test_who_cannot_own_is_refused_and_passed_over(self):
        for user in (self.eve, self.stranger):  # a viewer, an accountant of another company
            with self.assertRaisesRegex(ValidationError, "somebody else"), self.env.cr.savepoint():
                self.owner_rule(user)
            with self.assertRaisesRegex(ValidationError, "cannot look after"), self.env.cr.savepoint():
                self.blocked("W1").user_id = user
        first, second = self.owner_rule(self.bob), self.owner_rule(self.ann)
        self.bob.active = False
        self.assertIn("archived", first.problem)
        self.assertEqual(self.blocked("W2").owner_rule_id, second)
        with self.assertRaisesRegex(ValidationError, "somebody else than the owner"):
            second.escalation_user_id = self.ann

    def test_rules_of_another_company_give_nothing(self):
        data = self.setup_other_company(name="Elsewhere", currency_id=self.euro.id)
        self.env["ecommerce.exception.rule"].create({"company_id": data["company"].id, "user_id": self.env.user.id})
        self.assertFalse(self.blocked().user_id)

    # === Activities === #

    def test_owner_has_one_activity_until_it_is_resolved(self):
        self.owner_rule(self.ann, days_due=5)
        item = self.blocked()
        self.assertRecordValues(
            item.activity_ids,
            [{"user_id": self.ann.id, "date_deadline": self.today(5), "activity_type_id": self.env.ref(ACTIVITY).id}],
        )
        item.with_user(self.ann).date_due = self.today(9)
        self.assertEqual(item.activity_ids.mapped("date_deadline"), [self.today(9)])
        item.with_user(self.ann).user_id = self.bob
        self.assertEqual((item.activity_ids.user_id, len(item.activity_ids)), (self.bob, 1))
        self.assertFalse(item.owner_rule_id, "a person chose")
        self.mended()
        self.assertEqual((item.state, item.activity_ids.ids), ("resolved", []))

    def test_chosen_by_hand_gets_a_due_date(self):
        item = self.blocked()
        item.with_user(self.ann).user_id = self.ann
        self.assertEqual((item.date_due, item.activity_ids.user_id), (self.today(DAYS), self.ann))
        item.user_id = False
        self.assertFalse(item.activity_ids)

    def test_many_are_assigned_with_one_mail(self):
        for number in range(3):
            self.blocked(f"M{number}")
        items = self.open_ones().with_user(self.ann)
        self.env["mail.mail"].sudo().search([]).unlink()
        wizard = items.env["ecommerce.exception.assign"].browse(items.action_assign()["res_id"])
        wizard.write({"user_id": self.bob.id, "date_due": self.today(1), "note": "The spring campaign"})
        wizard.action_assign()
        self.assertEqual((items.user_id, set(items.mapped("date_due"))), (self.bob, {self.today(1)}))
        self.assertEqual(len(items.activity_ids), 3)
        (mail,) = self.env["mail.mail"].search([])
        self.assertEqual(mail.recipient_ids, self.bob.partner_id)
        self.assertEqual(mail.subject, "Store exceptions given to you: 3")
        self.assertIn("The spring campaign", mail.body_html)
        for item in items:
            self.assertIn("The spring campaign", item.message_ids[0].body)

    # === Speed === #

    def test_queries_do_not_grow_with_exceptions(self):
        """Whether they are made, go or come back: only rows are written, many at once."""
        self.owner_rule(self.ann, escalation_user_id=self.eve.id)
        self.accept(*(self.unpaid(f"Q{number}") for number in range(60)))
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.count(orders[:2], "first of all")
        few, many = self.count(orders[:10], "few"), self.count(orders, "many")
        for what in ("made", "gone", "back"):
            self.assertLess(many[what] - few[what], 10, f"{what}: {few} queries for 10, {many} for 60")

    def count(self, orders, key):
        """Queries to make an exception of each order, to close them, and to open them again."""
        found = {order: [(self.reason(order, key=key), "1")] for order in orders}
        queries = {}
        for what, state in (("made", found), ("gone", {}), ("back", found)):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["ecommerce.exception"]._sync(orders, state, company=self.company)
            self.env.flush_all()
            queries[what] = self.env.cr.sql_log_count - before
            items = self.env["ecommerce.exception"].search([("key", "=", key)])
            self.assertEqual(len(items), len(orders))
            is_open = what != "gone"
            self.assertEqual(set(items.mapped("state")), {"open" if is_open else "resolved"})
            self.assertEqual((len(items.activity_ids), items.user_id), (len(orders) * is_open, self.ann))
            self.assertEqual(set(items.mapped("recurrences")), {int(what == "back")})
        return queries


@tagged("post_install", "-at_install")
class TestExceptionClosing(ExceptionCommon):
    """Closed with a reason, opened again as the same record."""

    def close(self, item, reason, user=None):
        item = item.with_user(user or self.ann)
        wizard = item.env["ecommerce.exception.resolve"].browse(item.action_resolve()["res_id"])
        wizard.reason = reason
        wizard.action_resolve()

    def test_reason_is_required_and_kept(self):
        item = self.blocked()
        for reason in (False, "  "):
            with self.assertRaisesRegex(UserError, "Say why"):
                self.close(item, reason)
        self.close(item, "The shop pays the difference")
        self.assertRecordValues(
            item,
            [{"state": "resolved", "resolution": "The shop pays the difference", "resolved_by_id": self.ann.id}],
        )
        self.assertIn("The shop pays the difference", item.message_ids[0].body)
        self.assertEqual(item.message_ids[0].author_id, self.ann.partner_id)
        with self.assertRaises(AccessError):
            item.with_user(self.ann).resolution = "Something else"
        with self.assertRaises(AccessError):
            item.with_user(self.eve).action_resolve()

    def test_many_with_one_reason(self):
        for number in range(3):
            self.blocked(f"M{number}")
        items = self.open_ones()
        self.close(items, "All of them are tests")
        self.assertEqual((set(items.mapped("state")), set(items.mapped("resolution"))),
                         ({"resolved"}, {"All of them are tests"}))  # fmt: skip

    def test_same_record_opens_again(self):
        self.owner_rule(self.ann, days_due=5, escalation_user_id=self.eve.id)
        item = self.blocked()
        self.close(item, "Wait for the shop", self.bob)
        item.sudo().write({"opened_at": "2026-01-01 00:00:00", "escalated_at": "2026-01-09 00:00:00"})
        item.order_id.action_post()
        self.assertRecordValues(
            item,
            [{"state": "open", "recurrences": 1, "resolution": False, "resolved_by_id": False, "resolved_at": False,
              "user_id": self.ann.id, "date_due": self.today(5), "escalated_at": False}],
        )  # fmt: skip
        self.assertEqual(item.order_id.exception_ids, item)
        self.assertEqual(item.opened_at.date(), fields.Date.today())
        self.assertEqual(item.activity_ids.user_id, self.ann)
        note = item.message_ids[0].body
        self.assertIn("Wait for the shop", note)
        self.assertIn(self.bob.name, note)
        self.mended()
        self.assertEqual((item.state, item.resolved_by_id.id), ("resolved", False))
        self.accept(self.broken("B1", "126.00", updated_at="2026-03-20T10:00:00Z"))
        self.assertEqual((item.state, item.recurrences, item.amount, item.order_line_ids.amount), ("open", 2, 6.0, 6.0))
        self.assertIn("126.00", item.message)

    def test_owner_chosen_by_hand_stays(self):
        self.owner_rule(self.ann)
        item = self.blocked()
        item.user_id = self.bob
        self.close(item, "Done")
        item.order_id.action_post()
        self.assertEqual(
            (item.user_id, item.date_due, item.activity_ids.user_id), (self.bob, self.today(DAYS), self.bob)
        )

    def test_shared_one_names_who_waits_now(self):
        self.without_gateway_rules()
        self.accept(self.unmapped("E1"), self.unmapped("E2"))
        (item,) = self.open_ones()
        self.accept(self.unpaid("E1"), self.unpaid("E2"))
        self.assertEqual(item.state, "resolved")
        self.accept(self.unmapped("E3"))
        self.assertEqual((self.open_ones(), item.document_names, item.recurrences), (item, "E3", 1))
        self.assertIn("E1, E2", item.message_ids[0].body)

    def test_shared_one_that_was_gone_for_long_is_another_matter(self):
        self.without_gateway_rules()
        self.accept(self.unmapped("E1"))
        (item,) = self.open_ones()
        self.accept(self.unpaid("E1"))
        item.sudo().resolved_at = fields.Datetime.now() - timedelta(days=91)
        self.accept(self.unmapped("E2"))
        self.assertEqual((item.state, item.document_names, self.open_ones().document_names), ("resolved", "E1", "E2"))

    def test_shared_one_closed_by_hand_comes_back_whenever(self):
        self.without_gateway_rules()
        self.accept(self.unmapped("E1"))
        (item,) = self.open_ones()
        self.close(item, "We do not take this gateway")
        item.sudo().resolved_at = fields.Datetime.now() - timedelta(days=400)
        self.accept(self.unmapped("E2"))
        self.assertEqual((self.open_ones(), item.recurrences), (item, 1))
