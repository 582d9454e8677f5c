import hashlib

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.customers.customer_notes import ERASED_AGAIN
from ..platforms import payload as payloads
from .customer_common import VAT
from .erasure_common import ADA, HOME, LATER, PERSONAL, ErasureCommon


@tagged("post_install", "-at_install")
class TestErasedCustomers(ErasureCommon):
    """The store cannot bring the data of erased customers back, and what follows is booked all the same."""

    # === What the store still sends === #

    def test_unchanged_order_is_neither_changed_nor_brings_the_data_back(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        self.erase(order.customer_id)
        event, before = order.event_id, self.everything()
        self.accept(payload)
        self.assertEqual((self.run_log.unchanged, self.run_log.changed, self.run_log.new), (1, 0, 0))
        self.assertEqual(order.event_id, event)
        self.assertEqual(self.everything()["ecommerce_event"], before["ecommerce_event"])

    def test_change_of_personal_data_alone_is_no_change(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        self.erase(order.customer_id)
        moved = {**ADA, "phone": "+33 123 999", "billing": {**HOME, "street": "2 rue de la Paix"}}
        self.accept({**payload, "customer": moved})
        self.assertEqual((self.run_log.unchanged, self.run_log.changed), (1, 0))

    def test_later_refund_is_booked_without_the_data(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        partner = order.partner_id
        self.erase(order.customer_id)
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        changed = {**payload, "refunds": [refund], "updated_at": LATER}
        self.accept(changed)
        self.assertEqual((self.run_log.changed, order.state), (1, "posted"), order.explanation)
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note, [{"amount_total": 12.0, "payment_state": "paid", "partner_id": partner.id,
                    "reversed_entry_id": self.moves_of(order, "invoice").id}]
        )  # fmt: skip
        self.assertFalse(note.ecommerce_recipient)
        self.assertIn("1 rue de la Paix", self.printed(note), "a credit note is addressed like its invoice")
        event = order.event_id
        self.assertEqual(event.version, 2)
        self.assertEqual(event.digest, hashlib.sha256(payloads.dumps(changed).encode()).hexdigest())
        self.assertEqual(event.redacted_digest, hashlib.sha256(event.payload.encode()).hexdigest())
        self.assert_nothing_came_back(order)
        self.assertTrue(self.proof()["holds"])
        self.accept(changed)
        self.assertEqual(self.run_log.unchanged, 1)

    def test_new_order_of_an_erased_customer_is_stored_without_the_data(self):
        first = self.buy("A1", ADA)
        customer, partner = first.customer_id, first.partner_id
        self.erase(customer)
        second = self.buy("A2", ADA)
        self.assertEqual((second.customer_id, second.partner_id), (customer, partner))
        self.assert_nothing_came_back(first, second)
        notice = self.exceptions(customer, ERASED_AGAIN)
        self.assertIn("placed order", notice.message)
        guest = self.buy("A3", {key: ADA[key] for key in ("name", "email", "billing")})
        self.assertEqual((guest.customer_id, guest.partner_id), (customer, partner))
        merged = self.buy("A4", {**ADA, "id": "12", "merged_into": "7"})
        self.assertEqual(merged.customer_id, customer)
        self.assert_nothing_came_back(guest, merged)
        self.settled(first, second, guest, merged)

    def test_guest_comes_back(self):
        guest = {"name": "Ada Byron", "email": "ada@secret.example", "billing": HOME}
        first = self.buy("A1", guest)
        self.erase(first.customer_id)
        second = self.buy("A2", {**guest, "email": "ADA@Secret.example"})
        self.assertEqual(second.customer_id, first.customer_id)
        self.assert_nothing_came_back(first, second)

    def test_other_account_with_the_same_address_is_somebody_else(self):
        first = self.buy("A1", ADA)
        self.erase(first.customer_id)
        second = self.buy("A2", {"id": "8", "name": "Eve", "email": "ada@secret.example"})
        self.assertNotEqual(second.partner_id, first.partner_id)
        self.assertEqual(second.customer_name, "Eve")

    def test_erased_business_is_not_found_by_its_vat_number(self):
        first = self.buy("A1", {**ADA, "company": "Byron GmbH", "vat": VAT})
        self.erase(first.customer_id)
        second = self.buy("A2", {"id": "8", "company": "Byron GmbH", "vat": VAT})
        self.assertNotEqual(second.partner_id, first.partner_id)

    def test_unreadable_payload_of_an_erased_customer(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        self.erase(order.customer_id)
        self.accept({**payload, "total": "nonsense", "updated_at": LATER})
        self.assertEqual(order.state, "blocked")
        self.accept({**self.paid("A2", customer=ADA), "currency": "XYZ"})
        self.assert_nothing_came_back(order)

    def test_preview_keeps_no_data_of_erased_customers(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        self.erase(order.customer_id)
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        changed = {**payload, "refunds": [refund], "updated_at": LATER}
        rows = [changed, self.paid("A2", customer=ADA), self.paid("A3", customer=self.someone(8))]
        wizard = self.preview("\n".join(payloads.dumps(row) for row in rows).encode())
        for personal in PERSONAL:
            self.assertNotIn(personal, self.everything()["ecommerce_import_line"])
        self.assertIn("Customer 8", self.everything()["ecommerce_import_line"])
        wizard.action_accept()
        self.assertEqual(set(wizard.line_ids.order_id.mapped("state")), {"posted"})
        self.assert_nothing_came_back(order)
        self.assertEqual(self.moves_of(order, "credit_note").amount_total, 12.0)
        self.accept(changed)
        self.assertEqual(self.run_log.unchanged, 1, "the whole payload says nothing new")

    # === From the contact, and the log === #

    def test_from_the_contact_in_all_stores(self):
        first = self.buy("A1", ADA)
        self.second_store()
        second = self.buy("A1", {**ADA, "id": "70"})
        self.assertEqual(first.partner_id, second.partner_id)
        log = self.erase(partner=first.partner_id)
        self.assertEqual((log.order_count, log.payload_count, log.document_count), (2, 2, 2))
        self.assert_nothing_came_back(first, second)

    def test_contact_that_an_order_was_booked_on_before(self):
        first = self.buy("A1", ADA)
        old = first.partner_id
        first.customer_id.partner_id = self.contact("Ada the second")
        second = self.buy("A2", ADA)
        self.erase(first.customer_id)
        self.assertTrue(old.ecommerce_is_erased and second.partner_id.ecommerce_is_erased)
        self.assertNotEqual(old, second.partner_id)

    def test_contact_of_somebody_else_too_is_left(self):
        """An order was booked on a wrong contact, which a person corrected: that contact is not this customer."""
        theirs = self.buy("B1", self.someone(8))
        first = self.buy("A1", {"id": "7", "name": "Ada", "email": "c8@example.com"})
        self.assertEqual(first.partner_id, theirs.partner_id)
        first.customer_id.partner_id = self.contact("Ada")
        self.erase(first.customer_id)
        self.assertEqual(theirs.partner_id.name, "Customer 8")
        self.assertFalse(theirs.partner_id.ecommerce_is_erased)

    def test_log_says_who_when_and_why_and_is_final(self):
        order = self.buy("A1", ADA)
        log = self.erase(order.customer_id)
        self.assertEqual((log.user_id, log.reason, log.action), (self.administrator, "Request 17", "erased"))
        self.assertEqual(log.subject, f"Erased customer {order.customer_id.id}")
        self.assertEqual(log.customer_numbers, str(order.customer_id.id))
        self.assertEqual(log.contact_numbers, str(order.partner_id.id))
        self.assertLess((fields.Datetime.now() - log.erased_at).total_seconds(), 600)
        with self.assertRaises(UserError):
            log.sudo().reason = "Other"
        with self.assertRaises(UserError):
            log.sudo().unlink()
        for statement in ("UPDATE ecommerce_erasure SET reason = 'x'", "DELETE FROM ecommerce_erasure"):
            with self.subTest(statement=statement), mute_logger("odoo.sql_db"), self.assertRaises(Exception) as raised:
                with self.env.cr.savepoint():
                    self.env.cr.execute(statement)
            self.assertIn("cannot be altered", str(raised.exception))

    def test_customer_becomes_one_again(self):
        payload = self.paid("A1", customer=ADA)
        (first,) = self.accept(payload)
        customer, erased = first.customer_id, first.partner_id
        self.erase(customer)
        customer.with_user(self.administrator).action_take_data_again()
        second = self.buy("A2", ADA)
        self.assertEqual((second.customer_id, second.customer_name), (customer, "Ada Byron"))
        self.assertEqual(second.partner_id.name, "Ada Byron")
        self.assertNotEqual(second.partner_id, erased)
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept({**payload, "refunds": [refund], "updated_at": LATER})
        self.assertNotIn("Ada", first.event_id.payload, "what was erased stays erased")
        self.assertEqual(self.moves_of(first, "credit_note").partner_id, erased)
        lifted = self.env["ecommerce.erasure"].search([], limit=1)
        self.assertEqual((lifted.action, lifted.user_id), ("lifted", self.administrator))
        with self.assertRaisesRegex(UserError, "was not erased"):
            customer.with_user(self.administrator).action_take_data_again()

    def test_accountant_cannot_choose_a_contact_for_an_erased_customer(self):
        order = self.buy("A1", ADA)
        self.erase(order.customer_id)
        with self.assertRaisesRegex(UserError, "was erased"):
            order.customer_id.with_user(self.administrator).partner_id = self.contact("Ada")
