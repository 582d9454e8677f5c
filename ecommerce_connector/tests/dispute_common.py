"""Disputes of an order of 110.00: its payout rows, its decisions, and where its money is."""

from ..platforms import payload as payloads
from .common import D
from .payout_common import PayoutCommon

CHARGE = "ch_p-P1"


class DisputeCommon(PayoutCommon):
    """A store with an order of 100.00 and 10 % tax that was paid and paid out before it is disputed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.plain_tax(10)
        cls.store._ensure_rule("tax", "*", tax_rate="10", tax_id=cls.tax.id)
        cls.disputes = cls.env["ecommerce.dispute"]

    @classmethod
    def plain_tax(cls, rate):
        """A sales tax with a tag on each of its parts."""
        country = cls.company.account_fiscal_country_id

        def part(name, **values):
            tag = cls.env["account.account.tag"].create(
                {"name": f"{name} of {rate} %", "applicability": "taxes", "country_id": country.id}
            )
            return (0, 0, {"tag_ids": [(6, 0, tag.ids)], **values})

        def parts(kind):
            account = cls.store._ensure_account("tax")
            return [
                part(f"{kind} base", repartition_type="base"),
                part(f"{kind} tax", repartition_type="tax", account_id=account.id),
            ]

        return cls.env["account.tax"].create(
            {
                "name": f"Plain {rate} %", "amount": rate, "type_tax_use": "sale", "company_id": cls.company.id,
                "invoice_repartition_line_ids": parts("invoice"), "refund_repartition_line_ids": parts("refund"),
            }
        )  # fmt: skip

    def sale(self, number="P1", **more):
        """The order of the cases, paid by card."""
        payment = self.payment(f"p-{number}", "110.00", **more.pop("paid", {}))
        return self.order(number, [self.line("MUG", "100.00", "10.00", "10")], "110.00", [payment], **more)

    def sold(self, number="P1", **more):
        """The order, posted and paid out."""
        (order,) = self.accept(self.sale(number, **more))
        self.paid_out((f"txn_{number}", "110.00", "0.00", "charge", f"ch_p-{number}", f"ch_p-{number}"),
                      payout=f"po_{number}", paid="2026-03-12")  # fmt: skip
        return order

    def paid_out(self, *rows, payout, paid="2026-03-15", post=True, processor=None, currency="eur"):
        """A payout of these rows, posted unless said otherwise."""
        found = self.import_payout(self.report(*rows, payout=payout, paid=paid, currency=currency), processor)
        if post:
            found.action_post()
        return found

    @staticmethod
    def withdrawal(amount="110.00", fee="15.00", *, dispute="du_1", charge=CHARGE, tx="w1"):
        return f"txn_{tx}", f"-{amount}", fee, "dispute", dispute, charge

    @staticmethod
    def reinstatement(amount="110.00", fee="0.00", *, dispute="du_1", charge=CHARGE, tx="r1"):
        return f"txn_{tx}", amount, fee, "dispute_reversal", dispute, charge

    def opened(self, **more):
        """The dispute of the order, withdrawn in a posted payout."""
        self.sold()
        self.paid_out(self.withdrawal(**more), payout="po_w")
        return self.dispute()

    def dispute(self, external_id="du_1"):
        return self.disputes.search([("external_id", "=", external_id), ("company_id", "=", self.company.id)])

    def lose(self, dispute, **values):
        """By the wizard's button."""
        values = {"dispute_id": dispute.id, "lost_on": "2026-04-20", **values}
        self.env["ecommerce.dispute.lose"].create(values).action_lose()
        return dispute

    def say(self, order, *disputes, updated="2026-04-25T10:00:00Z", **more):
        """What the store says of the order now, with disputes."""
        payload = payloads.loads(order.event_id.payload)
        return self.accept({**payload, "disputes": list(disputes), "updated_at": updated, **more})

    @staticmethod
    def said(state, at="2026-04-20T10:00:00Z", external_id="du_1", **more):
        """A dispute in the project's JSON format."""
        return {"id": external_id, "transaction_id": CHARGE, "state": state, "at": at, "amount": "110.00", **more}

    # === The ledger === #

    def funds(self, currency=None):
        """(disputed funds, chargeback losses, tax payable given back)"""
        return self.balance("Disputed payments", currency), self.balance("Chargeback losses", currency)

    def entry(self, move):
        """An entry as (account, amount in company currency), largest debit first."""
        items = [(item.account_id.name, D(f"{item.balance:.2f}")) for item in move.line_ids]
        return sorted(items, key=lambda pair: (-pair[1], pair[0]))

    def open_items(self):
        """Open items of disputed funds, as amounts in their currency."""
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.account("Disputed payments").id), ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        )  # fmt: skip
        return [D(f"{item.amount_residual_currency:.2f}") for item in items]

    def codes(self, dispute):
        """Codes of the open exceptions of a dispute."""
        return sorted(dispute.exception_ids.filtered(lambda item: item.state == "open").mapped("code"))
