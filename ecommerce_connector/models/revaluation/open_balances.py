"""What is open on the control accounts of a company in foreign currencies, on a day. Reads only."""

from collections import defaultdict

from ...core.revaluation import OpenBalance
from ..ledger.amounts import amount_of

#: What accounts are for, in the order in which an account that serves several is told.
LABELS = {
    "clearing": "Clearing", "liability": "Gift cards and store credit", "transit": "In transit", "reserve": "Reserve",
    "dispute": "Disputed funds", "receivable": "Receivable of store orders",
}  # fmt: skip


class OpenBalances:
    """Control accounts as a whole; of receivable accounts only the items of store orders."""

    def __init__(self, company, day):
        self.company = company
        self.env = company.env
        self.day = day
        self.own = company.currency_id

    def all(self):
        """One for each account and currency with items.

        :rtype: list[OpenBalance]
        """
        purposes = self._purposes()
        whole = self._whole(list(purposes))
        return [
            OpenBalance(account=account, what=purposes[account], currency=code, amount=amount, carried=carried)
            for (account, code), (amount, carried) in whole.items()
        ] + [
            OpenBalance(account=account, what="receivable", currency=code, amount=amount, carried=carried)
            for (account, code), (amount, carried) in self._receivables(set(purposes)).items()
        ]

    def _purposes(self):
        """Account id -> what it is for."""
        found = {}
        accounts = self.env["ecommerce.processor.account"].with_context(active_test=False)
        for account in accounts.search([("company_id", "=", self.company.id)]):
            kind = "liability" if account.kind == "liability" else "clearing"
            found.setdefault(account.clearing_account_id.id, kind)
            if account.in_transit_account_id:
                found.setdefault(account.in_transit_account_id.id, "transit")
        rules = self.env["ecommerce.mapping.rule"].with_context(active_test=False)
        for rule in rules.search(
            [
                ("company_id", "=", self.company.id), ("kind", "in", ("reserve", "dispute")),
                ("account_id", "!=", False),
            ], order="id",
        ):  # fmt: skip
            found.setdefault(rule.account_id.id, rule.kind)
        return found

    def _items(self):
        """Posted items in a foreign currency up to the day, without earlier revaluations."""
        return [
            ("company_id", "=", self.company.id), ("parent_state", "=", "posted"), ("date", "<=", self.day),
            ("currency_id", "!=", self.own.id), ("move_id", "not in", self._revaluations()),
        ]  # fmt: skip

    def _revaluations(self):
        posted = self.env["ecommerce.revaluation"].search([("company_id", "=", self.company.id)])
        return (posted.move_id | posted.reversal_move_id).ids

    def _whole(self, accounts):
        groups = self.env["account.move.line"]._read_group(
            [*self._items(), ("account_id", "in", accounts)], ["account_id", "currency_id"],
            ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        return {
            (account.id, currency.name): (amount_of(amount, currency), amount_of(balance, self.own))
            for account, currency, amount, balance in groups
        }

    # === Receivables === #

    def _receivables(self, without):
        """Items of orders and their payments, less what was reconciled with them up to the day."""
        lines = self.env["account.move.line"]
        of_orders = [*self._items(), ("account_id.account_type", "=", "asset_receivable"),
                     ("account_id", "not in", list(without)), ("move_id.ecommerce_order_id", "!=", False)]  # fmt: skip
        paid = self.env["ecommerce.payment"].search([("company_id", "=", self.company.id)]).receivable_line_id
        of_payments = [*self._items(), ("id", "in", paid.ids), ("account_id", "not in", list(without)),
                       ("account_id.account_type", "=", "asset_receivable")]  # fmt: skip
        rows = self.env["ecommerce.summary.row"].search(
            [("company_id", "=", self.company.id), ("is_customer", "=", True), ("line_id", "!=", False)]
        )
        of_rows = [*self._items(), ("id", "in", rows.line_id.ids), ("account_id", "not in", list(without)),
                   ("account_id.account_type", "=", "asset_receivable")]  # fmt: skip
        found = lines.search(of_orders) | lines.search(of_payments) | lines.search(of_rows)
        found.fetch(["account_id", "currency_id", "amount_currency", "balance"])
        settled = self._settled(found)
        sums = defaultdict(lambda: (amount_of(0, self.own), amount_of(0, self.own)))
        for line in found:
            amount, balance = sums[line.account_id.id, line.currency_id.name]
            left, worth = settled.get(line.id, (0, 0))
            sums[line.account_id.id, line.currency_id.name] = (
                amount + amount_of(line.amount_currency, line.currency_id) - left,
                balance + amount_of(line.balance, self.own) - worth,
            )
        return sums

    def _settled(self, lines):
        """Line id -> what was reconciled of it up to the day, in its currency and in the company's."""
        found = {}
        partials = self.env["account.partial.reconcile"]
        for side, sign in (("debit", 1), ("credit", -1)):
            for line, amount, balance in partials._read_group(
                [(f"{side}_move_id", "in", lines.ids), ("max_date", "<=", self.day)], [f"{side}_move_id"],
                [f"{side}_amount_currency:sum", "amount:sum"],
            ):  # fmt: skip
                found[line.id] = sign * amount_of(amount, line.currency_id), sign * amount_of(balance, self.own)
        return found
