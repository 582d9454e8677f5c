"""Customers whose personal data is erased, and a look into every table for what may be left of it."""

import base64

from odoo import Command
from odoo.tests import new_test_user

from ..models.proof.store_proof import StoreProof
from .customer_common import CustomerCommon

LATER = "2026-03-20T10:00:00Z"
HOME = {"street": "1 rue de la Paix", "city": "Paris", "postal_code": "75002", "country": "FR"}
ADA = {"id": "7", "name": "Ada Byron", "email": "ada@secret.example", "phone": "+33 123 456", "billing": HOME}
#: What must be nowhere after an erasure.
PERSONAL = ("Ada", "Byron", "secret.example", "+33 123", "rue de la Paix", "75002")


class ErasureCommon(CustomerCommon):
    """An administrator who erases."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.member("administrator")

    @classmethod
    def member(cls, group):
        """A user of the company."""
        return new_test_user(
            cls.env, login=f"erase_{group}", groups=f"ecommerce_connector.group_{group}", company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )  # fmt: skip

    def wizard(self, customer=None, partner=None, user=None, **values):
        """The wizard as an administrator opens it."""
        given = {"customer_id": customer.id if customer else False, "partner_id": partner.id if partner else False}
        return self.env["ecommerce.customer.erase"].with_user(user or self.administrator).create(given | values)

    def erase(self, customer=None, partner=None):
        """Erase, and return the line of the log."""
        self.wizard(customer, partner, reason="Request 17").action_erase()
        self.env.invalidate_all()
        return self.env["ecommerce.erasure"].search([], limit=1)

    def everything(self):
        """Every text that the connector and contacts keep, by table: what a thief of the database would read."""
        self.env.flush_all()
        found = {}
        tables = [self.env[name]._table for name in self.env.registry if name.startswith("ecommerce.")
                  and not self.env[name]._abstract]  # fmt: skip
        tables += ["res_partner", "res_partner_bank", "mail_message", "mail_tracking_value", "account_move"]
        for table in tables:
            self.env.cr.execute(f'SELECT t::text FROM "{table}" t')  # pylint: disable=sql-injection
            found[table] = "\n".join(row for (row,) in self.env.cr.fetchall())
        return found

    def proof(self):
        """The proof of the store."""
        self.env.flush_all()
        return StoreProof(self.store).report()

    def printed(self, move):
        """An invoice as it is printed."""
        self.env.flush_all()
        html, _type = self.env["ir.actions.report"]._render_qweb_html("account.report_invoice", move.ids)
        return str(html, "utf-8")

    def preview(self, content):
        """A review of a file, under way."""
        wizard = self.env["ecommerce.import"].create(
            {"store_id": self.store.id, "file_name": "orders.jsonl", "file": base64.b64encode(content)}
        )
        wizard.action_preview()
        return wizard

    def assert_nothing_came_back(self, *orders):
        """No text of the person is in any table, and the orders show a number only."""
        texts = self.everything()
        del texts["account_move"]  # posted invoices keep their recipient
        for table, text in texts.items():
            for personal in PERSONAL:
                with self.subTest(table=table, personal=personal):
                    self.assertNotIn(personal, text)
        for order in orders:
            self.assertEqual(order.customer_name, f"Erased customer {order.customer_id.id}")
