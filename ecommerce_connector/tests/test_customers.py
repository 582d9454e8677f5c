from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.customers.identity import email_address
from ..models.customers.customer_notes import CONTACT_GONE, VAT_CHANGED, VAT_ELSEWHERE
from .common import D
from .customer_common import VAT, CustomerCommon


@tagged("post_install", "-at_install")
class TestCustomers(CustomerCommon):
    """Each customer has one contact: by the id in the store, then by VAT number, then by e-mail address."""

    # === By id === #

    def test_customer_that_comes_back_keeps_the_contact_whatever_the_address(self):
        first = self.buy("A1", self.someone(7))
        second = self.buy("A2", self.someone(7, email="moved@example.com", name="Ada Lovelace"))
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertEqual(first.partner_id.email, "c7@example.com", "an address that is there is not replaced")
        self.assertEqual(first.partner_id.name, "Customer 7")
        self.assertEqual(first.customer_id, second.customer_id)
        self.assertEqual((first.customer_id.external_id, first.customer_id.is_guest), ("7", False))
        self.assertEqual(first.customer_id.email, "moved@example.com", "what the store says last")
        self.settled(first, second)

    def test_store_id_beats_email(self):
        first = self.buy("A1", self.someone(7))
        other = self.contact("Somebody else", email="new@example.com")
        second = self.buy("A2", self.someone(7, email="new@example.com"))
        self.assertEqual(second.partner_id, first.partner_id)
        self.assertNotEqual(second.partner_id, other)
        log = " ".join(second.customer_id.message_ids.mapped("body"))
        self.assertIn(f"its e-mail address belongs to contact no. {other.id}", log)
        self.assertNotIn("Somebody", log, "a log that is kept names nobody")
        self.assertFalse(second.customer_id.exception_ids, "an address decides nothing about tax")

    def test_store_id_beats_the_vat_number_of_another_contact(self):
        first = self.buy("A1", self.someone(7, company="Byron GmbH"))
        other = self.contact("Byron Holding", is_company=True, vat=VAT)
        second = self.buy("A2", self.someone(7, company="Byron GmbH", vat="DE 123.456.788"))
        self.assertEqual(second.partner_id, first.partner_id)
        notice = self.exceptions(second.customer_id, VAT_ELSEWHERE)
        self.assertEqual((notice.severity, notice.store_id), ("0", self.store))
        self.assertIn(f"contact no. {other.id}", notice.message)
        self.assertEqual(second.state, "posted", "named, not blocked")

    def test_same_customer_id_of_two_stores_is_two_customers(self):
        first = self.buy("A1", self.someone(7))
        self.second_store()
        second = self.buy("A1", self.someone(7, email="another@example.com"))
        self.assertNotEqual(second.partner_id, first.partner_id)

    # === By VAT number and address === #

    def test_vat_number_is_found_however_it_is_written(self):
        germany = self.env.ref("base.de")
        ours = self.contact("Byron GmbH", is_company=True, vat="DE 123 456 788", country_id=germany.id)
        for number, vat in (("1", "DE123.456.788"), ("2", "de-123456788"), ("3", "123 456 788")):
            with self.subTest(vat=vat):
                home = {"street": "Lindenweg 7", "city": "Kassel", "country": "DE"}
                order = self.buy(f"A{number}", {"id": number, "company": "Byron", "vat": vat, "billing": home})
                self.assertEqual(order.partner_id, ours)
        self.assertEqual(ours.vat, "DE 123 456 788", "as the accountant wrote it")

    def test_vat_number_beats_email(self):
        by_email = self.contact("Office", is_company=True, email="office@example.com")
        by_vat = self.contact("Byron GmbH", is_company=True, vat=VAT)
        order = self.buy("A1", {"company": "Byron GmbH", "vat": VAT, "email": "office@example.com"})
        self.assertEqual(order.partner_id, by_vat)
        self.assertIn(f"contact no. {by_email.id}", order.customer_id.message_ids[0].body)

    def test_invalid_vat_number_is_no_reason_not_to_book(self):
        """Where Odoo checks numbers, too: the tax was charged, and the number is for a person to judge."""
        order = self.buy("A1", {"company": "Byron GmbH", "vat": "DE123", "billing": {"country": "DE"}})
        self.assertEqual(order.partner_id.vat, "DE123")
        words = self.buy("A2", {"id": "8", "name": "Eve", "email": "eve@example.com", "vat": "n/a"})
        self.assertFalse(words.partner_id.ecommerce_vat)

    def test_accountants_contact_is_found_by_email(self):
        ours = self.contact("Ada, our best customer", email="Ada@Example.com")
        order = self.buy("A1", {"id": "7", "name": "A. Byron", "email": "ada@example.COM"})
        self.assertEqual(order.partner_id, ours)
        self.assertEqual(ours.name, "Ada, our best customer")

    def test_address_that_a_person_changed_still_finds_the_contact(self):
        first = self.buy("A1", self.someone(7))
        first.partner_id.email = "corrected@example.com"
        second = self.buy("A2", self.someone(8, email="c7@example.com"))
        self.assertEqual(second.partner_id, first.partner_id)

    def test_nobody_is_found_by_name(self):
        ours = self.contact("Ada Byron")
        orders = [self.buy("A1", {"id": "7", "name": "Ada Byron"}), self.buy("A2", {"id": "8", "name": "Ada Byron"})]
        self.assertEqual(len(orders[0].partner_id | orders[1].partner_id | ours), 3)
        company = self.contact("Byron GmbH", is_company=True)
        businesses = [self.buy(f"B{number}", {"company": "Byron GmbH"}) for number in "12"]
        self.assertEqual(len(businesses[0].partner_id | businesses[1].partner_id | company), 3)

    def test_addresses_are_read_as_odoo_reads_them(self):
        for text in ("Ada@Example.COM", " ada@example.com ", "Ada <ada@example.com>", "ada", "", "a@b, c@d"):
            partner = self.contact("x", email=text)
            with self.subTest(text=text):
                if "," not in text:  # of several, Odoo takes the first; they identify nobody here
                    self.assertEqual(email_address(text), partner.email_normalized or "")

    # === Guests === #

    def test_guest_is_known_by_address(self):
        first = self.buy("G1", {"name": "Ada", "email": "ada@example.com"})
        second = self.buy("G2", {"name": "A. Byron", "email": "ADA@example.com"})
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.customer_id, second.customer_id)
        self.assertTrue(first.customer_id.is_guest)
        self.assertNotIn("ada", first.customer_id.external_id)

    def test_guest_without_an_address_is_on_the_shared_contact(self):
        order = self.buy("G1", {"name": "Ada Byron"})
        self.assertEqual(order.partner_id, self.store.shared_partner_id)
        self.assertTrue(order.customer_id, "the order's data can be erased, too")
        self.assertFalse(order.customer_id.partner_id)

    def test_guest_who_opened_an_account_is_the_same_contact(self):
        guest = self.buy("G1", {"name": "Ada", "email": "ada@example.com"})
        registered = self.buy("A1", {"id": "7", "name": "Ada", "email": "ada@example.com"})
        self.assertEqual(registered.partner_id, guest.partner_id)
        self.assertNotEqual(registered.customer_id, guest.customer_id)

    # === Companies === #

    def test_person_who_buys_for_a_company(self):
        home = {"street": "Lindenweg 7", "city": "Kassel", "postal_code": "34117", "country": "DE"}
        order = self.buy("A1", self.someone(7, company="Byron GmbH", vat=VAT, billing=home))
        company = order.partner_id
        self.assertRecordValues(
            company, [{"name": "Byron GmbH", "is_company": True, "vat": VAT, "city": "Kassel", "parent_id": False}]
        )
        self.assertRecordValues(
            company.child_ids, [{"name": "Customer 7", "type": "contact", "email": "c7@example.com"}]
        )
        self.assertEqual(self.moves_of(order, "invoice").partner_id, company)
        self.settled(order)

    def test_address_of_a_companys_person_leads_to_the_company(self):
        company = self.contact(
            "Byron GmbH", is_company=True, child_ids=[Command.create({"name": "Ada", "email": "ada@example.com"})]
        )
        order = self.buy("A1", {"company": "Byron", "name": "Ada", "email": "ada@example.com"})
        self.assertEqual(order.partner_id, company)
        self.assertEqual(self.moves_of(order, "invoice").partner_id, company)

    def test_what_a_person_buys_is_not_on_the_company_and_the_other_way_round(self):
        business = self.buy("A1", {"company": "Byron GmbH", "vat": VAT, "name": "Ada", "email": "ada@example.com"})
        private = self.buy("A2", {"name": "Ada", "email": "ada@example.com"})
        again = self.buy("A3", {"company": "Byron GmbH", "vat": VAT, "email": "else@example.com"})
        self.assertNotEqual(private.partner_id, business.partner_id)
        self.assertFalse(private.partner_id.is_company)
        self.assertEqual(again.partner_id, business.partner_id)
        self.settled(business, private, again)

    # === What is filled in, what is told === #

    def test_empty_fields_are_filled_and_nothing_is_replaced(self):
        ours = self.contact("Ada", email="c7@example.com", phone="+1 555")
        home = {"street": "1 rue de la Paix", "city": "Paris", "postal_code": "75002", "country": "FR"}
        order = self.buy("A1", self.someone(7, phone="+33 1", billing=home))
        self.assertRecordValues(
            ours,
            [{"name": "Ada", "phone": "+1 555", "street": "1 rue de la Paix", "city": "Paris", "zip": "75002",
              "country_id": self.env.ref("base.fr").id}],
        )  # fmt: skip
        self.assertEqual(order.partner_id, ours)
        self.assertIn("Filled in from the store", ours.message_ids[0].body)
        moved = {"street": "9 Elm Street", "city": "Lyon", "postal_code": "69001", "country": "FR"}
        self.buy("A2", self.someone(7, billing=moved))
        self.assertEqual((ours.street, ours.city), ("1 rue de la Paix", "Paris"))
        self.assertIn("another address", order.customer_id.message_ids[0].body)

    def test_changed_vat_number_is_an_exception_and_changes_nothing(self):
        order = self.buy("A1", self.someone(7, company="Byron GmbH", vat=VAT))
        customer, ours = order.customer_id, order.partner_id
        self.buy("A2", self.someone(7, company="Byron GmbH", vat="DE 123 456 788"))
        self.assertFalse(customer.exception_ids, "written otherwise is not another")
        self.buy("A3", self.someone(7, company="Byron GmbH", vat="DE999999999"))
        notice = self.exceptions(customer, VAT_CHANGED)
        self.assertEqual((len(notice), notice.severity, ours.vat), (1, "0", VAT))
        self.assertNotIn("999", notice.message, "an exception is kept: no number in it")
        self.buy("A4", self.someone(7, company="Byron GmbH", vat="DE999999999"))
        self.assertEqual(self.exceptions(customer, VAT_CHANGED), notice, "told once")
        notice._close("Both numbers are theirs")
        self.buy("A5", self.someone(7, company="Byron GmbH", vat="DE999999999"))
        self.assertFalse(self.exceptions(customer, VAT_CHANGED), "the store said nothing new")
        self.buy("A6", self.someone(7, company="Byron GmbH", vat="DE888888888"))
        self.assertTrue(self.exceptions(customer, VAT_CHANGED))
        self.buy("A7", self.someone(7, company="Byron GmbH", vat=VAT))
        self.assertFalse(self.exceptions(customer, VAT_CHANGED), "right again")

    def test_older_state_of_an_order_changes_nothing(self):
        order = self.buy("A1", self.someone(7, phone="+33 1"), updated_at="2026-03-12T10:00:00Z")
        self.buy("A2", self.someone(7, email="old@example.com", phone="+33 2"), updated_at="2026-03-11T10:00:00Z")
        self.assertEqual((order.customer_id.email, order.partner_id.phone), ("c7@example.com", "+33 1"))

    def test_replay_makes_nothing_new(self):
        payloads = [
            self.paid("A1", customer=self.someone(7)), self.paid("A2", customer={"company": "Byron GmbH"}),
            self.paid("A3", customer={"email": "guest@example.com"}), self.paid("A4", customer={"name": "Nobody"}),
            self.paid("A5", customer=self.someone(8, company="Byron GmbH", vat=VAT)),
        ]  # fmt: skip
        self.accept(*payloads)
        counts = self.counts()
        self.accept(*payloads)
        self.accept(*({**payload, "updated_at": "2026-03-20T10:00:00Z"} for payload in reversed(payloads)))
        self.assertEqual(self.counts(), counts)

    def counts(self):
        """How many records there are of all that resolving makes."""
        self.env.flush_all()
        models = ("res.partner", "ecommerce.customer", "ecommerce.exception", "account.move")
        return {name: self.env[name].with_context(active_test=False).search_count([]) for name in models}

    # === Contacts that may not be used === #

    def test_archived_contact_is_not_used_and_not_brought_back(self):
        first = self.buy("A1", self.someone(7))
        old = first.partner_id
        old.active = False
        second = self.buy("A2", self.someone(7))
        self.assertFalse(old.active)
        self.assertNotIn(second.partner_id, (old, self.store.shared_partner_id))
        self.assertEqual(second.customer_id.partner_id, second.partner_id)
        notice = self.exceptions(second.customer_id, CONTACT_GONE)
        self.assertIn(f"Contact no. {old.id}", notice.message)
        third = self.buy("A3", self.someone(7))
        self.assertEqual(third.partner_id, second.partner_id)
        self.settled(first, second, third)

    def test_archived_contact_is_not_found_by_address_or_number(self):
        self.contact("Old", email="c7@example.com", active=False)
        self.contact("Old GmbH", is_company=True, vat=VAT, active=False)
        person, company = self.buy("A1", self.someone(7)), self.buy("A2", {"company": "Byron", "vat": VAT})
        self.assertTrue(person.partner_id.active and company.partner_id.active)

    def test_refund_stays_with_a_contact_that_was_archived_since(self):
        payload = self.paid("A1", customer=self.someone(7))
        (order,) = self.accept(payload)
        order.partner_id.active = False
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept({**payload, "refunds": [refund], "updated_at": "2026-03-20T10:00:00Z"})
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "credit_note").partner_id, self.moves_of(order, "invoice").partner_id)

    # === What people decide === #

    def test_accountant_chooses_another_contact_for_later_orders(self):
        first = self.buy("A1", self.someone(7))
        accountant = new_test_user(
            self.env, login="customers_accountant", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        ours = self.contact("Chosen")
        first.customer_id.with_user(accountant).partner_id = ours
        self.assertTrue(first.customer_id.is_pinned)
        second = self.buy("A2", self.someone(7))
        self.assertEqual(second.partner_id, ours)
        self.assertEqual(self.moves_of(first, "invoice").partner_id, first.partner_id, "posted stays")
        self.assertNotEqual(first.partner_id, ours)
        self.store.partner_policy = "shared"
        self.assertEqual(self.buy("A3", self.someone(7)).partner_id, ours, "chosen whatever the policy")
        first.customer_id.with_user(accountant).partner_id = False
        self.assertEqual(self.buy("A4", self.someone(7)).partner_id, self.store.shared_partner_id)

    def test_people_write_nothing_else_of_a_customer(self):
        order = self.buy("A1", self.someone(7))
        customer = order.customer_id
        for values in ({"email": "x@example.com"}, {"external_id": "8"}, {"merged_into_id": customer.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                customer.with_user(self.env.ref("base.user_admin")).write(values)
        theirs = self.setup_other_company(name="Theirs")["company"]
        stranger = self.contact("Stranger", company_id=theirs.id)
        with self.assertRaises(UserError):
            customer.with_user(self.env.ref("base.user_admin")).partner_id = stranger

    def test_orders_from_before_there_were_customers(self):
        payload = self.paid("A1", customer=self.someone(7))
        self.store._accept(self.records(payload), post=False)
        order = self.env["ecommerce.order"].search([("external_id", "=", payload["id"])])
        order.sudo().customer_id = False
        order.action_post()
        self.assertEqual((order.state, order.customer_id.external_id), ("posted", "7"))
        self.assertEqual(order.customer_id.partner_id, order.partner_id)

    # === Contacts merged in Odoo === #

    def test_links_follow_when_contacts_are_merged_in_odoo(self):
        first, second = self.buy("A1", self.someone(7)), self.buy("A2", self.someone(8))
        keep, gone = first.partner_id, second.partner_id
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [Command.set((keep | gone).ids)], "dst_partner_id": keep.id}
        )
        wizard._merge((keep | gone).ids, keep)
        self.assertFalse(gone.exists())
        self.env.invalidate_all()
        self.assertEqual((first.customer_id | second.customer_id).partner_id, keep)
        self.assertEqual(second.partner_id, keep)
        third = self.buy("A3", self.someone(8))
        self.assertEqual(third.partner_id, keep)
        self.settled(first, second, third)
        self.assertEqual(keep.ecommerce_order_count, 3)
        self.assertEqual(keep.ecommerce_customer_count, 2)
        self.assertEqual(self.balance("Payment clearing"), D("360.00"))

    def test_smart_buttons_of_a_contact(self):
        order = self.buy("A1", self.someone(7, company="Byron GmbH", vat=VAT))
        company = order.partner_id
        self.assertEqual((company.ecommerce_order_count, company.ecommerce_customer_count), (1, 1))
        orders = self.env["ecommerce.order"].search(company.action_view_ecommerce_orders()["domain"])
        customers = self.env["ecommerce.customer"].search(company.action_view_ecommerce_customers()["domain"])
        self.assertEqual((orders, customers), (order, order.customer_id))
        self.assertEqual(self.env["ecommerce.order"].search(customers.action_view_orders()["domain"]), order)
