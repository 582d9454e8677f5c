from unittest.mock import patch

from odoo.tests import tagged

from ..models.customers.customer_staging import CustomerStaging
from ..models.customers.partners import PartnerResolver
from .customer_common import CustomerCommon

MANY = 50


@tagged("post_install", "-at_install")
class TestCustomerSpeed(CustomerCommon):
    """A batch of fifty orders asks the database for its customers as often as one of one order."""

    def queries(self, number, payloads):
        """How many queries staging customers and finding their contacts take for a page of orders."""
        counted = {}

        def counting(name, method):
            def run(item, *arguments):
                item.env.flush_all()
                before = item.env.cr.sql_log_count
                found = method(item, *arguments)
                item.env.flush_all()
                counted.setdefault(name, []).append(item.env.cr.sql_log_count - before)
                return found

            return run

        stage, resolve = CustomerStaging.stage, PartnerResolver.resolve
        with (
            patch.object(CustomerStaging, "stage", counting("stage", stage)),
            patch.object(PartnerResolver, "resolve", counting("resolve", resolve)),
        ):
            orders = self.accept(*payloads)
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertEqual(len(orders), number)
        return counted

    def payloads(self, name, number, customer):
        return [self.paid(f"{name}{at}", customer=customer(at)) for at in range(number)]

    def assert_constant(self, customer, name):
        """Fifty cost as much as one; both after a first page, which fills the caches of a new database."""
        self.queries(1, self.payloads(f"{name}-warm", 1, lambda at: customer(1000)))
        one = self.queries(1, self.payloads(f"{name}-one", 1, lambda at: customer(2000)))
        many = self.queries(MANY, self.payloads(f"{name}-many", MANY, customer))
        self.assertEqual(many["stage"], one["stage"])
        # One more where Odoo writes what it computed for new contacts in two portions.
        self.assertIn(many["resolve"][0] - one["resolve"][0], (0, 1))
        self.assertLess(max(one["resolve"]), 25)
        self.assertLess(max(one["stage"]), 10)

    def test_new_customers(self):
        self.assert_constant(self.someone, "new")

    def test_new_guests_in_many_states(self):
        states = self.env["res.country.state"].search([("country_id.code", "=", "US")], limit=MANY).mapped("code")

        def guest(at):
            home = {"street": f"{at} Elm Street", "city": "Town", "state": states[at % MANY], "country": "US"}
            return {"name": "Guest", "email": f"guest{at}@example.com", "billing": home}

        self.assert_constant(guest, "guest")

    def test_customers_that_come_back(self):
        self.accept(*self.payloads("first", MANY, self.someone), self.paid("w", customer=self.someone(1000)),
                    self.paid("o", customer=self.someone(2000)))  # fmt: skip
        self.assert_constant(self.someone, "again")

    def test_shared_contacts_of_countries(self):
        self.store.partner_policy = "country"
        codes = self.env["res.country"].search([], limit=MANY + 2).mapped("code")
        of = {1000: codes[MANY], 2000: codes[MANY + 1]}
        self.assert_constant(
            lambda at: self.someone(at, shipping={"country": of.get(at) or codes[at % MANY]}), "country"
        )

    def test_customers_whose_data_changed(self):
        """Their contacts are written, and their logs: no more than a few queries each."""
        numbers = [*range(MANY), 1000, 2000]
        self.accept(*(self.paid(f"old{at}", customer=self.someone(at)) for at in numbers))
        one = self.queries(1, [self.paid("one", customer=self.someone(2000, phone="+33 1"))])
        many = self.queries(MANY, self.payloads("new", MANY, lambda at: self.someone(at, phone="+33 1")))
        self.assertLess(max(many["resolve"]) - max(one["resolve"]), 3 * MANY)
        self.assertEqual(self.customer("7").partner_id.phone, "+33 1")
