from ..models.proof.store_proof import StoreProof
from .common import D
from .payout_common import PayoutCommon
from .summary_common import SummaryMixin


class PayoutSummaryCommon(SummaryMixin, PayoutCommon):
    """A store whose payouts are summed up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch(mode="payout")
        cls.fee_rule = cls.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "payout_fee"), ("pattern", "=", "*")], limit=1
        )

    def sold(self, number, day="2026-01-20", refunds=(), gateway="card", **more):
        """An order of 100 and 20 %, paid on a day."""
        more = {"placed_at": f"{day}T09:00:00Z", "updated_at": f"{day}T11:00:00Z"} | more
        return self.order(
            number, [self.line("MUG", "100.00", "20.00")], "120.00",
            [self.payment(number, "120.00", gateway, at=f"{day}T10:00:00Z")], refunds, **more,
        )  # fmt: skip

    def back(self, number, at="2026-01-25T10:00:00Z"):
        """Half of an order given back."""
        return self.refund(number, "60.00", at=at, lines=[self.line("MUG", "50.00", "10.00")])

    def paid_out(self, *rows, payout="po_1", paid="2026-01-22", **more):
        """A payout of a Stripe report."""
        return self.import_payout(self.report(*rows, payout=payout, paid=paid, **more))

    @staticmethod
    def given_back(external_id, gross, fee="0.00"):
        """The report's row of a refund."""
        return f"txn_{external_id}", gross, fee, "refund", f"re_{external_id}", ""

    def proof(self):
        """The proof, which must hold."""
        self.assert_rows_add_up()
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        return report

    def days(self):
        """Day, kind, payout and date of each summary."""
        return [
            (str(item.day), item.kind, item.payout_id.external_id or "", str(item.entry_date))
            for item in self.summaries().sorted(lambda item: (item.day, item.id))
        ]

    def clearing(self, currency=None):
        """What is on clearing, in company currency or another."""
        domain = [("account_id", "=", self.processor.clearing_account_id.id), ("parent_state", "=", "posted")]
        if currency:
            domain.append(("currency_id.name", "=", currency))
        lines = self.env["account.move.line"].search(domain)
        return D(f"{sum(lines.mapped('amount_currency' if currency else 'balance')):.2f}")

    def fees(self, until=None):
        """Processing fees, until a day."""
        domain = [("account_id", "=", self.fee_rule.account_id.id), ("parent_state", "=", "posted")]
        if until:
            domain.append(("date", "<=", until))
        return D(f"{sum(self.env['account.move.line'].search(domain).mapped('balance')):.2f}")
