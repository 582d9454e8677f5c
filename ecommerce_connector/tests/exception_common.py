from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from ..core.reasons import Reason
from .common import ConnectorCommon


class ExceptionCommon(ConnectorCommon):
    """Ann and Bob are accountants, Eve is a viewer; a stranger works for another company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.bob, cls.eve = (
            cls.member(name, group) for name, group in (("Ann", "accountant"), ("Bob", "accountant"), ("Eve", "viewer"))
        )
        elsewhere = cls.env["res.company"].create({"name": "Somewhere else"})
        cls.stranger = cls.member("Stranger", "accountant", elsewhere)

    @classmethod
    def member(cls, name, group, company=None, **more):
        company = company or cls.company
        return new_test_user(
            cls.env, login=f"ex_{name.lower()}", name=name, groups=f"ecommerce_connector.group_{group}",
            email=f"{name.lower()}@example.com", company_id=company.id, company_ids=[(6, 0, company.ids)], **more,
        )  # fmt: skip

    @staticmethod
    def today(days=0):
        return fields.Date.today() + timedelta(days=days)

    def owner_rule(self, user, **values):
        return self.env["ecommerce.exception.rule"].create(
            {"company_id": self.company.id, "user_id": user.id, **values}
        )

    def open_ones(self):
        return self.env["ecommerce.exception"].search(
            [("company_id", "=", self.company.id), ("state", "=", "open")], order="id"
        )

    # === What goes wrong === #

    def broken(self, number="B1", total="125.00", currency="EUR", **more):
        """An order of 120.00 that says it is another total."""
        lines = [self.line("TSH", "100.00", "20.00")]
        return self.order(number, lines, total, [self.payment(f"p-{number}", "120.00")], currency=currency, **more)

    def blocked(self, number="B1", total="125.00", currency="EUR"):
        """The exception of such an order."""
        (order,) = self.accept(self.broken(number, total, currency))
        return order.exception_ids.filtered(lambda item: item.code == "does_not_add_up")

    def mended(self, number="B1"):
        """The shop repaired it."""
        self.accept(self.broken(number, "120.00", updated_at="2026-03-15T10:00:00Z"))

    def reason(self, order, key):
        return Reason(code="does_not_add_up", message=f"Order {order.number}: wrong.", hint="Look.", key=key)

    def unmapped(self, number, **more):
        """An order paid by a gateway that no rule covers."""
        paid = [self.payment(f"p-{number}", "120.00", gateway="invoice-me")]
        return {**self.order(number, [self.line("TSH", "100.00", "20.00")], "120.00", paid), **more}

    def unpaid(self, number):
        """The same, when its money turns out not to have come."""
        return self.unmapped(number, payments=[], updated_at="2026-03-12T10:00:00Z")

    def without_gateway_rules(self):
        """Take the catch-all gateway rules away; cards keep theirs."""
        rules = self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("store_id", "=", self.store.id)])
        rules.active = False
        card = rules[:1].copy({"pattern": "card", "active": True})
        return rules, card
