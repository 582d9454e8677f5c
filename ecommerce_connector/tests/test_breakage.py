from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.proof.gift_card_proof import GiftCardProof
from .common import D
from .period_common import MARCH_31, PeriodCommon

LIABILITY, INCOME = "Gift card liability", "Breakage income"


@tagged("post_install", "-at_install")
class TestBreakage(PeriodCommon):
    """Gift cards that will not be redeemed: in proportion to redemptions, or card by card when it is remote."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        income = cls.env["account.account"].search(
            [("name", "=", "Store sales"), ("company_ids", "in", cls.company.id)]
        ).copy({"name": INCOME})  # fmt: skip
        cls.rule = cls.env["ecommerce.mapping.rule"].create(
            {"kind": "breakage", "pattern": "*", "company_id": cls.company.id, "account_id": income.id}
        )

    def sell(self, card="GC-1", amount="100.00", on="2026-03-01", **more):
        """A gift card that is sold and paid by card."""
        at = f"{on}T10:00:00Z"
        line = self.line(card, amount, rate=None, kind="gift_card", gift_cards=[{"id": card, **more}])
        (order,) = self.accept(
            self.order(f"S-{card}", [line], amount, [self.payment(f"s-{card}", amount, at=at)], placed_at=at)
        )
        self.assertEqual(order.state, "posted", order.explanation)

    def redeem(self, amount, card="GC-1", on="2026-03-10", number="R"):
        """An order without tax that is paid by gift card."""
        at = f"{on}T10:00:00Z"
        payment = self.payment(f"r-{number}-{card}", amount, "gift_card", at=at, gift_card={"id": card})
        line = self.line("TSH", amount, rate=None)
        (order,) = self.accept(self.order(f"{number}-{card}", [line], amount, [payment], placed_at=at))
        self.assertEqual(order.state, "posted", order.explanation)

    def breakage(self, day=MARCH_31):
        return self.proposals("breakage", day)

    def card(self, name="GC-1"):
        return self.env["ecommerce.gift.card"].search([("external_id", "=", name)])

    def assert_proved(self):
        """Σ of cards = the liability account (law 11)."""
        broken = [check for check in GiftCardProof(self.company).checks() if not check.holds]
        self.assertFalse(broken)

    def test_in_proportion_to_redemptions(self):
        self.store.breakage_percent = 10.0
        self.sell()
        self.redeem("45.00")
        proposal = self.breakage()
        self.assertEqual((proposal.amount, proposal.line_ids.account_id), (5.0, self.account(LIABILITY)))
        self.assertIn("45.00 redeemed", proposal.explanation)
        proposal.action_accept()
        self.assertEqual(proposal.move_ids.date, MARCH_31)
        self.assertEqual(self.items(proposal.move_ids), {LIABILITY: D("5.00"), INCOME: D("-5.00")})
        self.assertEqual(proposal.move_ids.line_ids.ecommerce_rule_id, self.rule)
        self.assertEqual(self.card().balance, 55.0, "the customer can still spend it")
        self.assert_proved()
        self.redeem("45.00", number="R2", on="2026-04-10")
        self.assertEqual(self.breakage(date(2026, 4, 30)).amount, 5.0)
        self.assertEqual(self.breakage(), proposal)

    def test_never_more_than_is_owed(self):
        self.store.breakage_percent = 50.0
        self.sell()
        self.redeem("98.00")
        self.assertEqual(self.breakage().amount, 2.0)

    def test_card_that_expires_is_income_once(self):
        """What was foreseen of it is given back when the whole card becomes income."""
        self.store.breakage_percent = 10.0
        self.sell(expires_on="2026-04-15")
        self.redeem("90.00")
        self.breakage().action_accept()
        self.assertEqual(self.balance(LIABILITY), D("0.00"))
        self.card().action_expire()
        self.assertEqual((self.balance(LIABILITY), self.balance(INCOME)), (D("0.00"), D("-10.00")))
        self.assertEqual(self.card().state, "expired")
        self.assert_proved()
        self.assertFalse(self.breakage(date(2026, 4, 30)))

    def test_expiry_beyond_what_was_foreseen(self):
        self.store.breakage_percent = 10.0
        self.sell(expires_on="2026-04-15")
        self.redeem("45.00")
        self.breakage().action_accept()
        self.card().action_expire()
        self.assertEqual((self.balance(LIABILITY), self.balance(INCOME)), (D("0.00"), D("-55.00")))
        self.assert_proved()

    def test_cards_past_their_last_day(self):
        self.sell("OLD", "10.00", expires_on="2026-03-20")
        self.sell("NEW", "20.00", expires_on="2026-04-20")
        proposal = self.breakage()
        self.assertEqual(proposal.line_ids.gift_card_id.mapped("external_id"), ["OLD"])
        proposal.action_accept()
        self.assertEqual((self.card("OLD").state, self.card("NEW").state), ("expired", "active"))
        self.assertEqual(proposal.move_ids.date, MARCH_31)
        self.assertEqual(self.items(proposal.move_ids), {LIABILITY: D("10.00"), INCOME: D("-10.00")})
        self.assert_proved()

    def test_cards_nobody_used_for_long(self):
        self.store.breakage_months = 12
        self.sell("A", "10.00", on="2025-03-31")
        self.sell("B", "20.00", on="2025-04-01")
        self.sell("C", "30.00", on="2025-01-01")
        self.redeem("5.00", "C", on="2025-06-01")
        proposal = self.breakage()
        self.assertEqual(proposal.line_ids.gift_card_id.mapped("external_id"), ["A"])
        self.assertIn("not used since Mar 31, 2025", proposal.line_ids.name)
        proposal.action_accept()
        self.assertEqual(self.card("A").state, "expired")

    def test_card_that_was_used_after_the_period_is_left_alone(self):
        self.sell("OLD", "10.00", expires_on="2026-03-20")
        self.redeem("4.00", "OLD", on="2026-04-02")
        self.assertFalse(self.breakage())

    def test_missing_rule_is_named(self):
        self.sell("OLD", "10.00", expires_on="2026-03-20")
        self.rule.unlink()
        proposal = self.breakage()
        with self.assertRaisesRegex(UserError, "Gift card expired"):
            proposal.action_accept()
        self.assertEqual(self.card("OLD").state, "active")

    def test_locked_period(self):
        self.sell("OLD", "10.00", expires_on="2026-03-20")
        proposal = self.breakage()
        self.company.fiscalyear_lock_date = "2026-03-31"
        proposal.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "lock date"):
            proposal.action_accept()
        self.assertEqual(self.card("OLD").state, "active")
