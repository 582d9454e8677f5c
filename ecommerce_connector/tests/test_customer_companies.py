from odoo.tests import tagged

from ..models.customers.customer_notes import CONTACT_GONE
from .common import D
from .customer_common import VAT, CustomerCommon


@tagged("post_install", "-at_install")
class TestCustomerCompanies(CustomerCommon):
    """Two companies with a store each: what they share is used by both, what one has is never the other's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2 = cls.setup_other_company(name="Second company", currency_id=cls.euro.id)["company"]
        cls.store_1 = cls.store
        cls.store_2 = cls.env["ecommerce.store"].create(
            {"name": "Shop two", "platform": "file", "timezone": "Europe/Paris", "company_id": cls.company_2.id}
        )
        cls.store_2._create_accounting(currencies=["EUR"], rates={D(20)})

    def in_store(self, store):
        """The helpers work on a store, as the scheduled action: no record rule keeps it from seeing both companies."""
        self.store, self.company = store.sudo(), store.company_id

    def test_same_address_and_number_in_two_companies(self):
        theirs = self.contact("Theirs", email="c7@example.com", company_id=self.company_2.id)
        theirs_gmbh = self.contact("Their GmbH", is_company=True, vat=VAT, company_id=self.company_2.id)
        ours = self.contact("Ours", email="c7@example.com", company_id=self.company.id)
        self.in_store(self.store_1)
        person, business = self.buy("A1", self.someone(7)), self.buy("A2", {"company": "Byron", "vat": VAT})
        self.assertEqual(person.partner_id, ours)
        self.assertNotEqual(business.partner_id, theirs_gmbh)
        self.in_store(self.store_2)
        person, business = self.buy("A1", self.someone(7)), self.buy("A2", {"company": "Byron", "vat": VAT})
        self.assertEqual((person.partner_id, business.partner_id), (theirs, theirs_gmbh))

    def test_shared_contact_and_shared_product_serve_both(self):
        shared = self.contact("Of both", email="c7@example.com")
        product = self.env["product.product"].create({"name": "T-shirt", "company_id": False})
        for store in (self.store_1, self.store_2):
            self.in_store(store)
            self.env["ecommerce.mapping.rule"].create(
                {"kind": "product", "pattern": "TSH", "store_id": store.id, "company_id": self.company.id,
                 "account_id": self.account("Store sales").id, "product_id": product.id}
            )  # fmt: skip
            order = self.buy("A1", self.someone(7))
            invoice = self.moves_of(order, "invoice")
            self.assertEqual((order.partner_id, invoice.company_id), (shared, self.company))
            self.assertEqual(invoice.invoice_line_ids.product_id, product)
            self.assertEqual(invoice.line_ids.account_id.company_ids, self.company)
            self.settled(order)

    def test_contact_that_was_given_to_another_company_is_not_used(self):
        self.in_store(self.store_1)
        order = self.buy("A1", self.someone(7))
        given = self.contact("Given away", company_id=self.company_2.id)
        order.customer_id.sudo().with_context(tracking_disable=True)._write({"partner_id": given.id})
        order.customer_id.invalidate_recordset()
        second = self.buy("A2", self.someone(7))
        self.assertNotEqual(second.partner_id, given)
        self.assertFalse(second.partner_id.company_id - self.company)
        self.assertTrue(self.exceptions(second.customer_id, CONTACT_GONE))

    def test_shared_contacts_of_countries_belong_to_their_company(self):
        there = {"id": "7", "name": "Ada", "email": "c7@example.com", "shipping": {"country": "FR"}}
        for store in (self.store_1, self.store_2):
            self.in_store(store)
            store.partner_policy = "country"
            self.assertEqual(self.buy("A1", there).partner_id.company_id, store.company_id)
