from odoo.tests import tagged

from .common import D
from .customer_common import VAT, CustomerCommon

LATER = "2026-03-20T10:00:00Z"


@tagged("post_install", "-at_install")
class TestCustomerMerges(CustomerCommon):
    """The store makes two customers one: later orders go to the one that stands, what is posted stays."""

    def test_merged_by_what_the_store_says(self):
        seven, nine = self.buy("A1", self.someone(7)), self.buy("A2", self.someone(9))
        old, new = seven.partner_id, nine.partner_id
        self.assertNotEqual(old, new)
        merged = self.buy("A3", self.someone(7, merged_into="9"))
        self.assertEqual(merged.partner_id, new)
        self.assertEqual(self.customer("7").merged_into_id, self.customer("9"))
        self.assertEqual(self.moves_of(seven, "invoice").partner_id, old, "posted stays")
        self.assertEqual(seven.partner_id, old)
        plain = self.buy("A4", self.someone(7))
        self.assertEqual(plain.partner_id, new, "also where the store does not say it again")
        self.assertIn("Merged into Customer 9", self.customer("7").message_ids[0].body)
        self.assertEqual(self.customer("9").order_count, 4)
        self.settled(seven, nine, merged, plain)

    def test_merged_into_a_customer_who_never_ordered(self):
        seven = self.buy("A1", self.someone(7))
        later = self.buy("A2", self.someone(7, merged_into="9"))
        self.assertEqual(later.partner_id, seven.partner_id, "the one that stands takes over the contact")
        self.assertEqual(self.customer("9").partner_id, seven.partner_id)
        nine = self.buy("A3", self.someone(9, email="c7@example.com"))
        self.assertEqual(nine.partner_id, seven.partner_id)

    def test_merged_as_an_orders_customer_changes(self):
        payload = self.paid("A1", customer=self.someone(7))
        (seven,) = self.accept(payload)
        nine = self.buy("A2", self.someone(9, email="c9@example.com"))
        same = self.someone(9, email="c7@example.com")
        self.accept({**payload, "customer": same, "updated_at": LATER})
        self.assertEqual(self.customer("7").merged_into_id, self.customer("9"))
        self.assertEqual(self.moves_of(seven, "invoice").partner_id, seven.partner_id)
        self.assertEqual(self.buy("A3", self.someone(7)).partner_id, nine.partner_id)

    def test_guest_orders_given_to_a_new_account(self):
        payload = self.paid("A1", customer={"name": "Ada", "email": "ada@example.com"})
        (guest,) = self.accept(payload)
        account = {"id": "7", "name": "Ada", "email": "ada@example.com"}
        self.accept({**payload, "customer": account, "updated_at": LATER})
        self.assertEqual(guest.customer_id, self.customer("7"))
        was_guest = self.env["ecommerce.customer"].search([("is_guest", "=", True), ("email", "=", "ada@example.com")])
        self.assertEqual(was_guest.merged_into_id, self.customer("7"))
        self.assertEqual(self.buy("A2", account).partner_id, guest.partner_id)

    def test_order_given_to_somebody_else_merges_nobody(self):
        payload = self.paid("A1", customer=self.someone(7))
        (order,) = self.accept(payload)
        self.accept({**payload, "customer": self.someone(9), "updated_at": LATER})
        self.assertFalse(self.customer("7").merged_into_id)
        self.assertEqual(order.customer_id, self.customer("9"))
        self.assertEqual(self.moves_of(order, "invoice").partner_id, self.customer("7").partner_id, "posted stays")

    def test_account_deleted_in_the_store_is_no_merge(self):
        payload = self.paid("A1", customer=self.someone(7))
        (order,) = self.accept(payload)
        guest = {"name": "Customer 7", "email": "c7@example.com"}
        self.accept({**payload, "customer": guest, "updated_at": LATER})
        self.assertEqual(order.customer_id, self.customer("7"))
        self.assertFalse(self.customer("7").merged_into_id)

    def test_merged_twice_and_back(self):
        first = self.buy("A1", self.someone(7))
        self.buy("A2", self.someone(9))
        third = self.buy("A3", self.someone(11))
        self.buy("A4", self.someone(7, merged_into="9"))
        self.buy("A5", self.someone(9, merged_into="11"))
        self.assertEqual((self.customer("7") | self.customer("9")).merged_into_id, self.customer("11"))
        self.assertEqual(self.buy("A6", self.someone(7)).partner_id, third.partner_id)
        back = self.buy("A7", self.someone(11, merged_into="7"))
        self.assertFalse(self.customer("7").merged_into_id)
        self.assertEqual((self.customer("11") | self.customer("9")).merged_into_id, self.customer("7"))
        self.assertEqual(back.partner_id, first.partner_id)

    def test_merge_within_one_page_whatever_its_order(self):
        orders = [
            self.paid("A1", customer=self.someone(7), updated_at="2026-03-10T11:00:00Z"),
            self.paid("A2", customer=self.someone(9), updated_at="2026-03-10T11:01:00Z"),
            self.paid("A3", customer=self.someone(7, merged_into="9"), updated_at="2026-03-10T11:02:00Z"),
        ]
        found = self.accept(*reversed(orders))
        self.assertEqual([order.state for order in found], ["posted"] * 3)
        self.assertEqual(self.customer("7").merged_into_id, self.customer("9"))
        self.assertEqual(len({order.partner_id for order in found}), 1, "nothing was posted before the merge was known")

    def test_refund_after_a_merge_stays_with_the_invoice(self):
        payload = self.paid("A1", customer=self.someone(7))
        (order,) = self.accept(payload)
        old = order.partner_id
        self.buy("A2", self.someone(9))
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        customer = self.someone(7, merged_into="9")
        self.accept({**payload, "customer": customer, "refunds": [refund], "updated_at": LATER})
        self.assertEqual(self.moves_of(order, "credit_note").partner_id, old)
        self.assertEqual(self.moves_of(order, "credit_note").payment_state, "paid")
        self.assertEqual(self.balance("Payment clearing"), D("228.00"))

    def test_business_takes_its_contact_along(self):
        first = self.buy("A1", self.someone(7, company="Byron GmbH", vat=VAT))
        later = self.buy("A2", self.someone(7, company="Byron GmbH", vat=VAT, merged_into="9"))
        self.assertEqual(later.partner_id, first.partner_id)

    def test_guest_is_merged_into_nobody(self):
        (order,) = self.accept(self.paid("A1", customer={"name": "Ada", "merged_into": "9"}))
        self.assertEqual(order.state, "blocked")
        self.assertIn("a guest is merged into nobody", order.explanation)
