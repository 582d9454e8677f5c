"""Months with orders, for the tests of what they end with."""

from datetime import date

from .common import D
from .payout_common import PayoutCommon

MARCH_31, APRIL_1 = date(2026, 3, 31), date(2026, 4, 1)


class PeriodCommon(PayoutCommon):
    """A store whose accounts for the end of a period are chosen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.processor.bills_in_arrears = True
        cls.store.action_make_period_accounts()
        cls.processor.bills_in_arrears = False

    def wizard(self, day=MARCH_31, user=None):
        """The wizard, computed."""
        wizard = self.env["ecommerce.period.end"].with_user(user or self.env.user).create({"day": day})
        wizard.action_compute()
        return wizard

    def proposals(self, kind=None, day=MARCH_31):
        """What is proposed for a month, of a kind."""
        found = self.wizard(day).proposal_ids
        return found.filtered(lambda proposal: not kind or proposal.kind == kind)

    def goods(self, number, *, shipped=(), paid=True, **more):
        """An order of 4 mugs for 100.00 and a hat for 50.00, 20 % tax.

        :param shipped: (day, {line id: quantity}) pairs; no lines: everything
        """
        lines = [self.line("MUG", "100.00", "20.00", quantity="4"), self.line("HAT", "50.00", "10.00")]
        payments = [self.payment(f"p-{number}", "180.00")] if paid else []
        fulfilments = [
            {
                "id": f"f{at}", "at": f"{day}T10:00:00Z",
                "lines": [{"line": f"product-{key}", "quantity": quantity} for key, quantity in parts.items()],
            }
            for at, (day, parts) in enumerate(shipped)
        ]  # fmt: skip
        return self.order(number, lines, "180.00", payments, fulfilments=fulfilments, **more)

    def items(self, move):
        """Account name -> balance of an entry, debit positive."""
        found = {}
        for item in move.line_ids:
            found[item.account_id.name] = found.get(item.account_id.name, D(0)) + D(f"{item.balance:.2f}")
        return found
