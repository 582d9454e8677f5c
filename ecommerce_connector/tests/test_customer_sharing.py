from odoo.tests import tagged

from .common import D
from .customer_common import VAT, CustomerCommon


@tagged("post_install", "-at_install")
class TestCustomerSharing(CustomerCommon):
    """Consumers on one contact of the store or of their country; businesses always on their own."""

    @staticmethod
    def from_(country, number=7, **more):
        """A consumer whose goods go to a country."""
        return {"id": str(number), "name": "Ada", "email": f"c{number}@example.com", "shipping": {"country": country},
                **more}  # fmt: skip

    def test_one_contact_for_the_store(self):
        self.store.partner_policy = "shared"
        orders = self.buy("A1", self.someone(7)), self.buy("A2", self.someone(8)), self.buy("A3", {"name": "Guest"})
        for order in orders:
            self.assertEqual(order.partner_id, self.store.shared_partner_id)
            self.assertFalse(order.customer_id.partner_id)
        self.settled(*orders)
        self.assertEqual(self.env["res.partner"].search_count([("email", "=", "c7@example.com")]), 0)

    def test_businesses_have_their_own(self):
        for policy in ("shared", "country"):
            self.store.partner_policy = policy
            with self.subTest(policy=policy):
                company = self.buy(f"{policy}1", {"company": f"{policy} GmbH", "shipping": {"country": "DE"}})
                numbered = self.buy(f"{policy}2", self.from_("DE", vat=VAT))
                known = self.buy(f"{policy}3", {"company": "Byron", "vat": "123 456 788", "billing": {"country": "DE"}})
                shared = self.store.shared_partner_id | self.store.collective_ids.partner_id
                self.assertEqual(len(company.partner_id | numbered.partner_id | shared), 2 + len(shared))
                self.assertEqual(known.partner_id, numbered.partner_id)

    def test_one_contact_per_country(self):
        self.store.partner_policy = "country"
        orders = [
            self.buy("A1", self.from_("FR")), self.buy("A2", self.from_("FR", 8)), self.buy("A3", self.from_("DE", 9)),
            self.buy("A4", {"name": "Ada", "email": "x@example.com"}),
        ]  # fmt: skip
        france, germany = orders[0].partner_id, orders[2].partner_id
        self.assertRecordValues(
            france | germany,
            [
                {"name": "Test shop – customers in France", "country_id": self.env.ref("base.fr").id,
                 "company_id": self.company.id},
                {"name": "Test shop – customers in Germany", "country_id": self.env.ref("base.de").id,
                 "company_id": self.company.id},
            ],
        )  # fmt: skip
        self.assertEqual(orders[1].partner_id, france)
        self.assertEqual(orders[3].partner_id, self.store.shared_partner_id, "a country is not guessed")
        self.assertEqual(self.store.collective_ids.partner_id, france | germany)
        self.settled(*orders)

    def test_goods_decide_the_country_not_the_invoice(self):
        self.store.partner_policy = "country"
        order = self.buy("A1", self.from_("FR", billing={"country": "DE"}))
        self.assertEqual(order.partner_id.country_id.code, "FR")

    def test_figures_by_country_are_in_the_ledger(self):
        self.store.partner_policy = "country"
        for number, country, total in (("A1", "FR", "120.00"), ("A2", "FR", "60.00"), ("A3", "DE", "12.00")):
            self.accept(self.paid(number, total, customer=self.from_(country, number)))
        lines = self.env["account.move.line"]._read_group(
            [("account_id", "=", self.account("Store sales").id), ("parent_state", "=", "posted")],
            ["partner_id"], ["balance:sum"],
        )  # fmt: skip
        found = {partner.country_id.code: D(f"{-balance:.2f}") for partner, balance in lines}
        self.assertEqual(found, {"FR": D("150.00"), "DE": D("10.00")})

    def test_orders_on_one_contact_are_reconciled_each_for_itself(self):
        """An overpaid order leaves its credit; it does not pay the unpaid one beside it."""
        self.store.partner_policy = "country"
        self.store.invoice_on = "order"
        overpaid = self.paid("A1", customer=self.from_("FR"))
        overpaid["payments"].append(self.payment("p-more", "5.00"))
        unpaid = self.paid("A2", customer=self.from_("FR", 8))
        unpaid["payments"] = []
        paid = self.paid("A3", customer=self.from_("FR", 9))
        first, second, third = self.accept(unpaid, overpaid, paid)
        self.assertEqual((first | second | third).mapped("state"), ["posted"] * 3, first.explanation)
        self.assertEqual(len((first | second | third).partner_id), 1)
        residuals = [self.moves_of(order, "invoice").amount_residual for order in (first, second, third)]
        self.assertEqual(residuals, [120.0, 0.0, 0.0])
        left = sum(second.payment_ids.receivable_line_id.mapped("amount_residual"))
        self.assertEqual(left, -5.0)

    def test_refund_of_a_customer_on_a_shared_contact_settles_the_right_invoice(self):
        self.store.partner_policy = "country"
        payload = self.paid("A1", customer=self.from_("FR"))
        (order,) = self.accept(payload)
        other = self.buy("A2", self.from_("FR", 8))
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept({**payload, "refunds": [refund], "updated_at": "2026-03-20T10:00:00Z"})
        note = self.moves_of(order, "credit_note")
        self.assertEqual((note.reversed_entry_id, note.partner_id), (self.moves_of(order, "invoice"), order.partner_id))
        self.assertEqual(note.payment_state, "paid")
        self.assertFalse(self.moves_of(other, "credit_note"))
        self.assertEqual(self.balance("Payment clearing"), D("228.00"))

    def test_archived_contact_of_a_country_is_replaced_not_used(self):
        self.store.partner_policy = "country"
        first = self.buy("A1", self.from_("FR"))
        first.partner_id.active = False
        second = self.buy("A2", self.from_("FR", 8))
        self.assertNotEqual(second.partner_id, first.partner_id)
        self.assertEqual(second.partner_id.country_id, first.partner_id.country_id)
        self.assertEqual(len(self.store.collective_ids), 1)

    def test_archived_shared_contact_blocks_with_a_reason(self):
        self.store.shared_partner_id.active = False
        (order,) = self.accept(self.paid("A1", customer={"name": "Guest"}))
        self.assertEqual(order.state, "blocked")
        self.assertIn("shared contact of Test shop is archived", order.explanation)

    def test_country_that_odoo_does_not_know(self):
        self.store.partner_policy = "country"
        order = self.buy("A1", self.from_("XX"))
        self.assertEqual(order.partner_id, self.store.shared_partner_id)
        self.store.shared_partner_id = False
        (lost,) = self.accept(self.paid("A2", customer=self.from_("XX", 8)))
        self.assertEqual(lost.state, "blocked")
        self.assertIn("'XX'", lost.explanation)
        (nowhere,) = self.accept(self.paid("A3", customer={"email": "x@example.com"}))
        self.assertIn("names no country", nowhere.explanation)

    def test_policy_changes_for_later_orders_only(self):
        own = self.buy("A1", self.from_("FR"))
        self.store.partner_policy = "country"
        shared = self.buy("A2", self.from_("FR"))
        self.store.partner_policy = "customer"
        again = self.buy("A3", self.from_("FR"))
        self.assertEqual(own.partner_id, again.partner_id)
        self.assertNotEqual(shared.partner_id, own.partner_id)
        self.assertEqual(shared.customer_id.partner_id, own.partner_id)

    def test_shared_contact_is_nobodys_own_whatever_its_address(self):
        self.store.shared_partner_id.email = "c7@example.com"
        order = self.buy("A1", self.someone(7))
        self.assertNotEqual(order.partner_id, self.store.shared_partner_id)

    def test_each_store_has_its_own_contact_of_a_country(self):
        self.store.partner_policy = "country"
        first = self.buy("A1", self.from_("FR"))
        self.second_store().partner_policy = "country"
        second = self.buy("A1", self.from_("FR"))
        self.assertNotEqual(first.partner_id, second.partner_id)
        self.assertEqual(second.partner_id.name, "Second shop – customers in France")
