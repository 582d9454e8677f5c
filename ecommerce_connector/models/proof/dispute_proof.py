"""What a company must have on its accounts of disputed funds, and has (law 10). Reads only.

What it must have follows from the rows of posted payouts and from the losses that were decided, what it has from posted
journal items.
"""

from collections import defaultdict
from decimal import Decimal

from odoo.fields import Domain

from ...core.proof import Check, broken
from ...core.rounding import ZERO, total
from ..disputes.ecommerce_dispute import BOOKED, MOVING
from ..ledger.amounts import amount_of

LAW = 10


class DisputeProof:
    """The proof of one company's disputes, as of now."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.disputes = self.env["ecommerce.dispute"].search([("company_id", "=", company.id)])
        self.rows = self.env["ecommerce.balance.transaction"].search(
            [
                ("company_id", "=", company.id), ("kind", "in", list(MOVING)), ("gross", "!=", 0),
                ("payout_id.state", "in", BOOKED), ("payout_id.active", "=", True),
            ]
        )  # fmt: skip

    def checks(self):
        """Every account of disputed funds, every currency, and each dispute whose loss is not in the ledger.

        :rtype: list[Check]
        """
        return [*self._of_accounts(), *self._of_currencies(), *broken(self._of_losses())]

    # === Accounts === #

    def _of_accounts(self):
        """Disputed funds = what is withdrawn, neither given back nor lost."""
        expected = defaultdict(Decimal)
        for row in self.rows:
            expected[row.disputed_line_id.account_id, row.currency_id] -= amount_of(row.gross, row.currency_id)
        for dispute in self.disputes.filtered("loss_move_id"):
            account = dispute._withdrawn_rows().disputed_line_id.account_id[:1]
            expected[account, dispute.currency_id] -= amount_of(dispute.lost_amount, dispute.currency_id)
        found = self._balances()
        keys = sorted(expected.keys() | found.keys(), key=lambda key: (key[0].code or "", key[1].name))
        for account, currency in keys:
            amount, balance = found.get((account, currency), (ZERO, ZERO))
            common = {"subject": account.name or self.env._("no account"), "key": account.code or ""}
            yield Check(
                law=LAW, name="disputed funds = open disputes", currency=currency.name,
                expected=expected[account, currency], actual=amount, **common,
            )  # fmt: skip
            if currency != self.company.currency_id and not amount:
                own = self.company.currency_id
                yield Check(
                    law=15, name=f"nothing in {currency.name} = nothing in {own.name}", currency=own.name,
                    expected=ZERO, actual=balance, **common,
                )  # fmt: skip

    def _balances(self):
        """(account, currency) -> posted balance in it and in company currency, of all accounts of disputed funds."""
        rules = self.env["ecommerce.mapping.rule"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "dispute"), ("is_draft", "=", False)]
        )
        accounts = rules.account_id | self.rows.disputed_line_id.account_id
        found = self._items(
            [("account_id", "in", accounts.ids)], ["account_id", "currency_id"], ["amount_currency:sum", "balance:sum"]
        )
        own = self.company.currency_id
        return {
            (account, currency): (amount_of(amount, currency), amount_of(balance, own))
            for account, currency, amount, balance in found
        }

    def _items(self, domain, groups, sums):
        of_company = Domain("company_id", "=", self.company.id) & Domain("parent_state", "=", "posted")
        return self.env["account.move.line"]._read_group(of_company & Domain(domain), groups, sums)

    # === Currencies === #

    def _of_currencies(self):
        """Opened = won + lost + open: the withdrawals of payouts against what the ledger made of them."""
        for currency in self.rows.currency_id.sorted("name"):
            rows = self.rows.filtered(lambda row, currency=currency: row.currency_id == currency)
            amounts = [amount_of(row.gross, currency) for row in rows]
            won = total([amount for amount in amounts if amount > ZERO])
            yield Check(
                law=LAW, name="disputes opened = won + lost + open", subject=self.env._("disputes"),
                currency=currency.name, expected=-total([amount for amount in amounts if amount < ZERO]),
                actual=won + self._lost(currency) + self._open(currency),
            )  # fmt: skip

    def _lost(self, currency):
        """What entries of losses took from disputed funds; reversals give it back."""
        moves = self.disputes.filtered(lambda dispute: dispute.currency_id == currency).posting_ids.move_id
        accounts = self.rows.disputed_line_id.account_id
        domain = Domain("move_id", "in", moves.ids) | Domain("move_id.reversed_entry_id", "in", moves.ids)
        [(amount,)] = self._items(domain & Domain("account_id", "in", accounts.ids), [], ["amount_currency:sum"])
        return -amount_of(amount or 0, currency)

    def _open(self, currency):
        """What is open of disputed funds, dispute by dispute, whoever booked it."""
        [(amount,)] = self._items(
            [("account_id", "in", self.rows.disputed_line_id.account_id.ids), ("currency_id", "=", currency.id)],
            [], ["amount_residual_currency:sum"],
        )  # fmt: skip
        return amount_of(amount or 0, currency)

    # === Losses === #

    def _of_losses(self):
        """Each loss that was booked stands in the ledger, whole, and once."""
        for dispute in self.disputes.filtered("posting_ids"):
            currency, moves = dispute.currency_id, dispute.posting_ids.move_id
            accounts = dispute.transaction_ids.disputed_line_id.account_id or moves.line_ids.account_id.filtered(
                "reconcile"
            )
            items = (moves | moves.reversal_move_ids).line_ids.filtered(
                lambda item, accounts=accounts: item.parent_state == "posted" and item.account_id in accounts
            )
            booked = -total([amount_of(item.amount_currency, currency) for item in items])
            yield Check(
                law=LAW, name="loss of the dispute", subject=dispute.external_id, key=dispute.external_id,
                currency=currency.name, expected=amount_of(dispute.lost_amount, currency), actual=booked,
            )  # fmt: skip
