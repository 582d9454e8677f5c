"""What the processor accounts of a company must have on their control accounts, and have. Reads only.

What they must have follows from the stored payments and payouts, what they have from posted journal
items. Several processor accounts may share a control account: it is compared once per currency.
"""

from collections import defaultdict
from decimal import Decimal

from ...core.payouts.matching import COUNTERPART_KINDS
from ...core.proof import Check, broken
from ...core.rounding import total
from ...core.settlements import TransactionKind
from ..ledger.amounts import amount_of
from ..ledger.entry_state import stands
from ..summary.fee_postings import FEE
from .dispute_proof import DisputeProof

#: States of a payout that has an entry.
BOOKED = ("posted", "banked")
OPEN = [("clearing_line_id.reconciled", "=", False)]


class PayoutProof:
    """The proof of one company's payouts, as of now."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        # An archived account still has what it had.
        self.accounts = (
            self.env["ecommerce.processor.account"]
            .with_context(active_test=False)
            .search([("company_id", "=", company.id), ("kind", "=", "money")])
        )

    def checks(self):
        """Every control account, each payout whose entry does not stand, and the disputes.

        :rtype: list[Check]
        """
        charged = self._other_currencies("ecommerce.payment", "currency_id")
        arriving = self._other_currencies("ecommerce.payout", "bank_currency_id")
        checks = self._of_control("clearing_account_id", charged, 8, "clearing = open payments and rows", self._open)
        checks += self._of_control(
            "in_transit_account_id", arriving, 9, "in transit = payouts under way", self._under_way
        )
        return checks + broken(self._entries()) + DisputeProof(self.company).checks()

    # === Control accounts === #

    def _other_currencies(self, model, field):
        """Currencies besides its own in which an account has payments, or its payouts arrive.

        :rtype: dict
        """
        groups = self.env[model]._read_group(
            [("processor_account_id", "in", self.accounts.ids), (field, "!=", False)], ["processor_account_id", field]
        )
        others = defaultdict(self.env["res.currency"].browse)
        for account, currency in groups:
            others[account] |= currency
        return others

    def _of_control(self, field, others, law, name, expected):
        groups = defaultdict(self.accounts.browse)
        for account in self.accounts:
            for currency in account.currency_id | others[account]:
                if account[field]:
                    groups[account[field], currency] |= account
        checks = []
        for (control, currency), accounts in groups.items():
            amount, balance = self._balance(control, currency)
            subject = ", ".join(accounts.mapped("name"))
            checks.append(
                Check(
                    law=law, name=name, subject=subject, key=control.code or "", currency=currency.name,
                    expected=expected(accounts, currency), actual=amount,
                )
            )  # fmt: skip
            if currency != self.company.currency_id and not amount:
                own = self.company.currency_id
                checks.append(
                    Check(
                        law=15, name=f"nothing in {currency.name} = nothing in {own.name}",
                        subject=f"{control.name}, {subject}", key=control.code or "", currency=own.name,
                        expected=self._carried(control, currency), actual=balance,
                    )
                )  # fmt: skip
        return checks

    def _balance(self, control, currency):
        """Posted balance of an account in a currency, and what that is in company currency."""
        [(amount, balance)] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", control.id), ("currency_id", "=", currency.id), ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ], [], ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        return amount_of(amount or 0, currency), amount_of(balance or 0, self.company.currency_id)

    def _carried(self, control, currency):
        """What is open of an account in a currency, in company currency: items that cancel out there need not here."""
        [(carried,)] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", control.id), ("currency_id", "=", currency.id), ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id), ("amount_residual_currency", "!=", 0),
            ], [], ["amount_residual:sum"],
        )  # fmt: skip
        return amount_of(carried or 0, self.company.currency_id)

    def _open(self, accounts, currency):
        """Payments that nothing settled, less rows of payouts that settled none: both stay on clearing."""
        payments, rows = self.env["ecommerce.payment"], self.env["ecommerce.balance.transaction"]
        of_accounts = [("processor_account_id", "in", accounts.ids)]
        of_rows = [
            *of_accounts, ("payout_id.state", "in", BOOKED), ("kind", "in", [kind.value for kind in COUNTERPART_KINDS])
        ]  # fmt: skip
        of_payments = [*of_accounts, ("currency_id", "=", currency.id)]
        # A charge that settled its payment left clearing in its own currency.
        in_own = [("charged_currency_id", "!=", False), ("match_status", "=", "matched")]
        as_charged = [*of_rows, *in_own, ("charged_currency_id", "=", currency.id)]
        as_paid_out = [*of_rows, "!", "&", *in_own, ("currency_id", "=", currency.id)]
        return total(
            [
                self._sum(payments, [*of_payments, *OPEN], "amount", currency),
                self._sum(self._taken_back(of_payments), None, "amount", currency),
                -self._sum(rows, [*as_charged, *OPEN], "charged_amount", currency),
                -self._sum(rows, [*as_paid_out, *OPEN], "gross", currency),
                -self._settled_parts(payments, of_payments, "clearing_line_id", currency),
                -self._settled_parts(rows, as_charged, "clearing_line_id", currency),
                -self._settled_parts(rows, as_paid_out, "clearing_line_id", currency),
                self._corrected(accounts, currency),
                self._fees(accounts, currency),
            ]
        )

    def _corrected(self, accounts, currency):
        """What is open of items that people booked on clearing as corrections of payments."""
        [(amount,)] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "in", accounts.clearing_account_id.ids), ("currency_id", "=", currency.id),
                ("move_id.ecommerce_corrected_move_id", "!=", False), ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
            ], [], ["amount_residual_currency:sum"],
        )  # fmt: skip
        return amount_of(amount or 0, currency)

    def _fees(self, accounts, currency):
        """Fees that summaries have booked with their payments, of payouts that are not posted."""
        [(amount,)] = self.env["ecommerce.summary.row"]._read_group(
            [
                ("posting_id.kind", "=", FEE), ("posting_id.processor_account_id", "in", accounts.ids),
                ("rule_id", "=", False), ("currency_id", "=", currency.id), ("line_id.reconciled", "=", False),
            ], [], ["amount:sum"],
        )  # fmt: skip
        return amount_of(amount or 0, currency)

    def _under_way(self, accounts, currency):
        """Payouts that have not reached the bank, less what came back of them: a later payout has that as a row."""
        payouts, rows = self.env["ecommerce.payout"], self.env["ecommerce.balance.transaction"]
        of_accounts = [("processor_account_id", "in", accounts.ids)]
        sent = [*of_accounts, ("state", "=", "posted")]
        converted = [*sent, ("bank_currency_id", "=", currency.id)]
        unconverted = [*sent, ("bank_currency_id", "=", False), ("currency_id", "=", currency.id)]
        returned = [
            *of_accounts, ("payout_id.state", "in", BOOKED), ("kind", "=", TransactionKind.PAYOUT.value),
            ("currency_id", "=", currency.id),
        ]  # fmt: skip
        return total(
            [
                self._sum(payouts, converted, "bank_amount", currency),
                self._sum(payouts, unconverted, "amount", currency),
                -self._sum(rows, [*returned, *OPEN], "gross", currency),
                -self._settled_parts(payouts, converted, "in_transit_line_id", currency),
                -self._settled_parts(payouts, unconverted, "in_transit_line_id", currency),
                -self._settled_parts(rows, returned, "clearing_line_id", currency),
            ]
        )

    @staticmethod
    def _sum(records, domain, field, currency):
        """Sum of a stored amount, of what a domain finds or of given records."""
        domain = [("id", "in", records.ids)] if domain is None else domain
        [(amount,)] = records._read_group(domain, [], [f"{field}:sum"])
        return amount_of(amount or 0, currency)

    def _taken_back(self, domain):
        """Payments that look settled, because an item that is a draft or was reversed is reconciled too."""
        suspects = self.env["ecommerce.payment"].search(
            [
                *domain, ("clearing_line_id.reconciled", "=", True), "|",
                ("clearing_line_id.parent_state", "!=", "posted"),
                ("clearing_line_id.move_id.reversal_move_ids.state", "=", "posted"),
            ]
        )  # fmt: skip
        return suspects.filtered(lambda payment: not stands(payment.clearing_line_id.move_id))

    @staticmethod
    def _settled_parts(records, domain, link, currency):
        """What is reconciled already of items that are still open."""
        items = records.search(
            [
                *domain, (f"{link}.reconciled", "=", False), (f"{link}.parent_state", "=", "posted"), "|",
                (f"{link}.matched_debit_ids", "!=", False), (f"{link}.matched_credit_ids", "!=", False),
            ]
        )[link]  # fmt: skip
        return total(
            [
                amount_of(item.amount_currency, currency) - amount_of(item.amount_residual_currency, currency)
                for item in items
            ]
        )

    # === Entries === #

    def _entries(self):
        """A posted payout has exactly one entry that stands, its own; any other has none, discarded or not."""
        payouts = self.env["ecommerce.payout"].with_context(active_test=False).search_fetch(
            [("processor_account_id", "in", self.accounts.ids), ("posting_ids", "!=", False)],
            ["external_id", "state", "move_id"],
        )  # fmt: skip
        checks = []
        for payout in payouts:
            standing = payout._standing_entries()
            count = len(standing) if payout.move_id <= standing else 0
            checks.append(
                Check(
                    law=2, name="entries of the payout that stand", subject=payout.external_id, key=payout.external_id,
                    currency="", expected=Decimal(payout.state in BOOKED), actual=Decimal(count),
                )
            )  # fmt: skip
        return checks
