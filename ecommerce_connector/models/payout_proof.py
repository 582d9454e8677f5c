"""What the processor accounts of a company must have on their control accounts, and have. Reads only.

What they must have follows from the stored payments and payouts, what they have from posted journal
items. Several processor accounts may share a control account: it is compared once per currency.
"""

from collections import defaultdict
from decimal import Decimal

from ..core.matching import COUNTERPART_KINDS
from ..core.proof import Check, broken
from ..core.rounding import ZERO, total
from ..core.settlements import TransactionKind
from .amounts import amount_of

#: States of a payout that has an entry.
BOOKED = ("posted", "banked")


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
        """Every control account, and each payout whose entry does not stand.

        :rtype: list[Check]
        """
        checks = self._of_control("clearing_account_id", 8, "clearing = open payments and rows", self._open)
        checks += self._of_control("in_transit_account_id", 9, "in transit = payouts under way", self._under_way)
        return checks + broken(self._entries())

    # === Control accounts === #

    def _of_control(self, field, law, name, expected):
        groups = defaultdict(self.accounts.browse)
        for account in self.accounts:
            if account[field]:
                groups[account[field], account.currency_id] |= account
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
                        expected=ZERO, actual=balance,
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

    def _open(self, accounts, currency):
        """Payments that nothing settled yet, less rows of payouts that settled none: both stay on clearing."""
        of_accounts = [("processor_account_id", "in", accounts.ids), ("clearing_line_id.reconciled", "=", False)]
        [(payments,)] = self.env["ecommerce.payment"]._read_group(of_accounts, [], ["amount:sum"])
        [(rows,)] = self.env["ecommerce.balance.transaction"]._read_group(
            [
                *of_accounts, ("payout_id.state", "in", BOOKED),
                ("kind", "in", [kind.value for kind in COUNTERPART_KINDS]),
            ], [], ["gross:sum"],
        )  # fmt: skip
        return amount_of(payments or 0, currency) - amount_of(rows or 0, currency)

    def _under_way(self, accounts, currency):
        """Payouts that have not reached the bank, less what came back of them: a later payout has that as a row."""
        of_accounts = [("processor_account_id", "in", accounts.ids)]
        payouts = self.env["ecommerce.payout"].search_fetch(
            [*of_accounts, ("state", "in", BOOKED)], ["external_id", "state", "amount"]
        )
        banked = {payout.external_id for payout in payouts if payout.state == "banked"}
        returned = self.env["ecommerce.balance.transaction"].search_fetch(
            [*of_accounts, ("payout_id", "in", payouts.ids), ("kind", "=", TransactionKind.PAYOUT.value)],
            ["gross", "source_id"],
        )
        amounts = [amount_of(payout.amount, currency) for payout in payouts if payout.state == "posted"]
        # A payout that counts as arrived was settled by its own return: neither is in transit.
        amounts += [-amount_of(row.gross, currency) for row in returned if row.source_id not in banked]
        return total(amounts)

    # === Entries === #

    def _entries(self):
        """Each payout that was posted has exactly one entry that stands, and one to review has none."""
        payouts = self.env["ecommerce.payout"].search_fetch(
            [("processor_account_id", "in", self.accounts.ids), ("posting_ids", "!=", False)],
            ["external_id", "state", "currency_id"],
        )
        return [
            Check(
                law=2, name="entries of the payout that stand", subject=payout.external_id, key=payout.external_id,
                currency="", expected=Decimal(payout.state in BOOKED), actual=Decimal(len(payout._standing_entries())),
            )
            for payout in payouts
        ]  # fmt: skip
