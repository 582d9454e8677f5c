from freezegun import freeze_time

from odoo.tests import tagged

from ..models.proof.gift_card_proof import GiftCardProof
from .common import D
from .test_gift_card_values import GiftCardValuesCommon
from .test_gift_cards import LIABILITY

RATES = (("2026-03-01", 1.25), ("2026-04-01", 1.0), ("2026-05-01", 1.6), ("2026-06-01", 1.0))


class ForeignCardCommon(GiftCardValuesCommon):
    """A EUR company whose cards are in USD: 1.25, 1.00, 1.60 and 1.00 for a euro, from March to June."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dollar = cls.env.ref("base.USD")
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": dollar.id, "name": day, "company_rate": rate, "company_id": cls.company.id}
                for day, rate in RATES
            ]
        )

    def sell_on(self, day, number, *cards, net="50.00"):
        paid = [self.payment(f"p{number}", net, at=f"{day}T10:00:00Z")]
        return self.sell(number, *cards, net=net, currency="USD", placed_at=f"{day}T09:00:00Z") | {"payments": paid}

    def use_on(self, day, number, card, amount, **more):
        gift = self.payment(f"g{number}", amount, gateway="gift card", at=f"{day}T10:00:00Z")
        gift |= {"gift_card": {"id": card}} if card else {}
        rest = [self.payment(f"k{number}", str(D("120.00") - D(amount)), at=f"{day}T10:00:00Z")]
        order = self.use(number, card, amount, currency="USD", placed_at=f"{day}T09:00:00Z", **more)
        return order | {"payments": [gift, *rest]}

    def back_on(self, day, number, card, amount):
        net = D(amount) / D("1.2")
        line = self.line("MUG", f"{net:.2f}", f"{D(amount) - net:.2f}")
        return self.refund(
            f"r{number}", amount, gateway="gift card", at=f"{day}T10:00:00Z", lines=[line], gift_card={"id": card}
        )

    def on_liability(self):
        return self.balance(LIABILITY, "USD"), self.balance(LIABILITY)

    def worth(self, order):
        """What the gift-card payments of an order moved, in USD and in EUR, off the liability."""
        items = order.payment_ids.clearing_line_id.filtered(lambda item: item.account_id.name == LIABILITY)
        return [(D(f"{item.amount_currency:.2f}"), D(f"{item.balance:.2f}")) for item in items.sorted("date")]

    def exchange(self):
        """What is on the accounts of exchange differences: losses less gains."""
        accounts = (
            self.company.expense_currency_exchange_account_id | self.company.income_currency_exchange_account_id
        )  # fmt: skip
        items = self.env["account.move.line"].search(
            [("account_id", "in", accounts.ids), ("parent_state", "=", "posted"), ("company_id", "=", self.company.id)]
        )
        return D(f"{sum(items.mapped('balance')):.2f}")

    def assert_settled(self, *orders):
        """Invoices are paid, and nothing is left of them in any currency."""
        for order in orders:
            invoice = self.moves_of(order, "invoice")
            self.assertIn(invoice.payment_state, ("paid", "in_payment"))
            terms = invoice.line_ids.filtered(lambda item: item.display_type == "payment_term")
            self.assertEqual(set(terms.mapped("amount_residual")), {0.0})


@tagged("post_install", "-at_install")
class TestForeignCards(ForeignCardCommon):
    """What is redeemed leaves the liability as it is carried there, whatever the rate of the day (law 15)."""

    def assert_two_parts(self):
        """Sold for 50 USD = 40 EUR; redeemed at 1.00 and at 1.60: 16 and 24 EUR leave, as they came."""
        (sold,) = self.post(self.sell_on("2026-03-10", "S1", "GC-1"))
        self.assertEqual(self.on_liability(), (D("-50.00"), D("-40.00")))
        (first,) = self.post(self.use_on("2026-04-10", "U1", "GC-1", "20.00"))
        self.assertEqual(self.worth(first), [(D("20.00"), D("16.00"))])
        self.assertEqual(self.on_liability(), (D("-30.00"), D("-24.00")))
        (second,) = self.post(self.use_on("2026-05-10", "U2", "GC-1", "30.00"))
        self.assertEqual(self.worth(second), [(D("30.00"), D("24.00"))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))
        # 20 USD were owed by the customer as 20 EUR and settled with 16; 30 USD as 18.75 and settled with 24.
        self.assertEqual(self.exchange(), D("4.00") - D("5.25"))
        self.assert_settled(sold, first, second)
        self.assertEqual(self.broken(), [])

    def test_redeemed_in_two_parts(self):
        self.assert_two_parts()

    def test_redeemed_in_two_parts_in_batch_entries(self):
        self.store.payment_mode = "batch"
        self.assert_two_parts()

    def assert_one_batch(self):
        """The invoice that sells the card is a draft while its redemptions are booked, in the order of their days."""
        sold, second, first = self.post(
            self.sell_on("2026-05-10", "S1", "GC-1", net="10.00"), self.use_on("2026-06-12", "U2", "GC-1", "9.96"),
            self.use_on("2026-06-11", "U1", "GC-1", "0.04"),
        )  # fmt: skip
        self.assertEqual(self.worth(first), [(D("0.04"), D("0.03"))])  # 6.25 * 0.04 / 10 = 0.025
        self.assertEqual(self.worth(second), [(D("9.96"), D("6.22"))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))
        self.assert_settled(sold, first, second)
        self.assertEqual(self.broken(), [])

    def test_sold_and_redeemed_in_one_batch(self):
        self.assert_one_batch()

    def test_sold_and_redeemed_in_one_batch_with_batch_entries(self):
        self.store.payment_mode = "batch"
        self.assert_one_batch()

    def assert_given_back(self):
        """A refund to the card puts on it what that is worth on its day; the card then carries the average."""
        self.post(self.sell_on("2026-03-10", "S1", "GC-1"))
        order = self.use_on(
            "2026-04-10", "U1", "GC-1", "50.00", refunds=[self.back_on("2026-04-12", "U1", "GC-1", "24.00")]
        )
        (used,) = self.post(order)
        self.assertEqual(self.worth(used), [(D("50.00"), D("40.00")), (D("-24.00"), D("-24.00"))])
        self.assertEqual(self.on_liability(), (D("-24.00"), D("-24.00")))
        (again,) = self.post(self.use_on("2026-05-10", "U2", "GC-1", "24.00"))
        self.assertEqual(self.worth(again), [(D("24.00"), D("24.00"))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))
        self.assert_settled(used, again)
        self.assertEqual(self.broken(), [])

    def test_refunded_to_and_redeemed_again(self):
        self.assert_given_back()

    def test_refunded_to_and_redeemed_again_in_batch_entries(self):
        self.store.payment_mode = "batch"
        self.assert_given_back()

    def test_each_card_leaves_with_its_own_value(self):
        """50 USD at 1.25 and 50 USD at 1.00: whichever is used, its own 40 or 50 EUR leave, not the average of 45."""
        self.post(self.sell_on("2026-03-10", "S1", "GC-1"), self.sell_on("2026-04-10", "S2", "GC-2"))
        (used,) = self.post(self.use_on("2026-05-10", "U1", "GC-2", "50.00"))
        self.assertEqual(self.worth(used), [(D("50.00"), D("50.00"))])
        self.assertEqual(self.on_liability(), (D("-50.00"), D("-40.00")))
        (used,) = self.post(self.use_on("2026-05-11", "U2", "GC-1", "50.00"))
        self.assertEqual(self.worth(used), [(D("50.00"), D("40.00"))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))

    def test_three_cards_of_a_line_share_its_cents(self):
        """100 USD at 1.60 are 62.50 EUR: 20.84 for the card of 33.34 and 20.83 for the others."""
        self.post(self.sell_on("2026-05-10", "S1", "A", "B", "C", net="100.00"))
        parts = [("A", "33.34", "20.84"), ("B", "33.33", "20.83"), ("C", "33.33", "20.83")]
        for day, (card, amount, worth) in enumerate(parts, 11):
            (used,) = self.post(self.use_on(f"2026-05-{day}", f"U{card}", card, amount))
            self.assertEqual(self.worth(used), [(D(amount), D(worth))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))

    def test_cards_without_ids_leave_with_the_average_of_the_account(self):
        self.post(self.sell_on("2026-03-10", "S1"), self.sell_on("2026-04-10", "S2"))
        (used,) = self.post(self.use_on("2026-05-10", "U1", None, "20.00"))
        self.assertEqual(self.worth(used), [(D("20.00"), D("18.00"))])
        # Only when it is redeemed does the store say which card it is: nothing is known to be on that one.
        self.post(self.use_on("2026-05-11", "U2", "GC-1", "80.00"))
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))

    def test_what_empties_the_account_takes_all_that_is_there(self):
        """A card without id took the average of 45 EUR, so 45 are left for the one that was sold for 50."""
        self.post(self.sell_on("2026-03-10", "S1"), self.sell_on("2026-04-10", "S2", "GC-2"))
        self.post(self.use_on("2026-05-10", "U1", None, "50.00"))
        (used,) = self.post(self.use_on("2026-05-11", "U2", "GC-2", "50.00"))
        self.assertEqual(self.worth(used), [(D("50.00"), D("45.00"))])
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))

    @freeze_time("2026-07-15")
    def test_what_is_left_expires_with_the_cards_own_value(self):
        self.post(
            self.sell_on("2026-03-10", "S1", {"id": "GC-1", "expires_on": "2026-06-30"}),
            self.sell_on("2026-04-10", "S2", {"id": "GC-2", "expires_on": "2026-06-30"}),
        )
        self.post(self.use_on("2026-05-10", "U1", "GC-2", "25.00"))
        self.card("GC-2", "USD").action_expire()
        self.assertEqual(self.balance("Breakage income"), D("-25.00"))
        self.assertEqual(self.on_liability(), (D("-50.00"), D("-40.00")))
        self.card("GC-1", "USD").action_expire()
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))
        self.assertEqual(self.broken(), [])

    def test_a_card_below_zero_takes_the_rate_of_the_day(self):
        (used,) = self.post(self.use_on("2026-04-10", "U1", "OLD", "30.00"))
        self.assertEqual(self.worth(used), [(D("30.00"), D("30.00"))])

    # === What is not right is named === #

    def test_an_account_that_is_empty_in_one_currency_alone_is_named(self):
        """A card that was redeemed before its sale was read: the sale is worth what the invoice says."""
        self.post(self.use_on("2026-04-10", "U1", "GC-1", "50.00"))
        self.post(self.sell_on("2026-03-10", "S1", "GC-1"))
        self.assertEqual(self.on_liability(), (D("0.00"), D("10.00")))
        self.assertEqual(self.broken(), [("nothing in USD = nothing in EUR", LIABILITY, 0, -10)])
        (check,) = [check for check in GiftCardProof(self.company).of_currencies() if not check.holds]
        self.assertEqual((check.law, check.currency), (15, "EUR"))
        account = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "liability"), ("currency_id.name", "=", "USD")]
        )
        self.assertEqual(
            account.card_findings, f"Nothing in USD = nothing in EUR: {LIABILITY}, 0.00 by the store, -10.00 here"
        )
        # 10 USD = 8 EUR more: now 10 USD are "worth" 2 EUR the wrong way round, which no redemption can take.
        self.post(self.sell_on("2026-03-10", "S2", "GC-2", net="10.00"))
        (used,) = self.post(self.use_on("2026-04-11", "U2", "GC-2", "10.00"))
        self.assertEqual(self.worth(used), [(D("10.00"), D("10.00"))])

    def test_a_person_books_what_is_left(self):
        self.post(self.use_on("2026-04-10", "U1", "GC-1", "50.00"))
        self.post(self.sell_on("2026-03-10", "S1", "GC-1"))
        loss = self.company.expense_currency_exchange_account_id
        common = {"currency_id": self.env.ref("base.USD").id, "amount_currency": 0.0}
        move = self.env["account.move"].create(
            {
                "line_ids": [
                    (0, 0, common | {"account_id": self.account(LIABILITY).id, "balance": -10.0}),
                    (0, 0, common | {"account_id": loss.id, "balance": 10.0}),
                ],
            }
        )
        move.action_post()
        self.assertEqual(self.on_liability(), (D("0.00"), D("0.00")))
        self.assertEqual(self.broken(), [])
