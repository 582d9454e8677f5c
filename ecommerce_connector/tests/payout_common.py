"""Payout reports, bank lines and the way of a payout, for the tests that need one."""

from .common import ConnectorCommon, D

HEADER = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,currency,gross,fee,net,"
    "reporting_category,source_id,charge_id\n"
)


class PayoutCommon(ConnectorCommon):
    """A store with card payments, and the reports and bank lines of their processor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.processor = cls.processor_account("EUR")
        cls.processor.bank_journal_id = cls.company_data["default_journal_bank"]

    @classmethod
    def processor_account(cls, code, company=None):
        """The account of card payments in a currency."""
        return cls.env["ecommerce.processor.account"].search(
            [
                ("kind", "=", "money"), ("currency_id.name", "=", code),
                ("company_id", "=", (company or cls.company).id),
            ]
        )  # fmt: skip

    @staticmethod
    def report(*rows, payout="po_1", paid="2026-03-15", currency="eur"):
        """A Stripe payout reconciliation file.

        :param rows: (balance transaction id, gross, fee, category, source, charge), the last two may be left out
        """
        lines = []
        for tx, gross, fee, kind, *ids in rows:
            source, charge = ids or ("", "")
            lines.append(
                f"{payout},{paid} 00:00:00,{tx},{paid} 08:00:00,{currency},{gross},{fee},{D(gross) - D(fee)},{kind},"
                f"{source},{charge}"
            )
        return (HEADER + "\n".join(lines) + "\n").encode()

    @staticmethod
    def charge(external_id, gross, fee="0.00"):
        """The report's row of the payment with this id."""
        return f"txn_{external_id}", gross, fee, "charge", f"ch_{external_id}", f"ch_{external_id}"

    def import_payout(self, content, processor=None):
        """Store the payouts of a report."""
        new, _notices = (processor or self.processor)._import_report("payout.csv", content, self.store)
        return new

    def bank_line(self, amount, *, on="2026-03-17", text="STRIPE PAYOUT po_1", journal=None):
        """A line of the bank statement."""
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": (journal or self.company_data["default_journal_bank"]).id, "date": on,
                "payment_ref": text, "amount": amount,
            }
        )  # fmt: skip

    def paid_order(self, number="P1", total="120.00", **more):
        """An order of one taxed line (20 %), paid by card with a payment named after it."""
        net = D(total) / D("1.2")
        payment = self.payment(f"p-{number}", total, **more.pop("paid", {}))
        return self.order(number, [self.line("TSH", str(net), str(D(total) - net))], total, [payment], **more)

    def erased_customer(self, number):
        """A consumer on the contact of a country, whose data was erased since."""
        self.store.partner_policy = "country"
        there = {"id": number, "name": "Eve", "email": f"{number}@example.com", "shipping": {"country": "FR"}}
        (order,) = self.accept(self.paid_order(number, customer=there))
        self.store.partner_policy = "customer"
        wizard = self.env["ecommerce.customer.erase"].create(
            {"customer_id": order.customer_id.id, "reason": "Asked for"}
        )
        wizard.action_erase()
        return order
