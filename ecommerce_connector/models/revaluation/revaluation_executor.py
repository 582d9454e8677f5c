"""Posts revaluations: one entry for each currency on the day, and its reversal on the next."""

from datetime import timedelta

from odoo.exceptions import UserError

from ...core.revaluation import by_currency
from ...core.rounding import ZERO, total
from ..ledger.amounts import float_of
from ..ledger.days import said_day
from ..ledger.lock_dates import first_open_day
from ..ledger.quiet import quiet


class RevaluationExecutor:
    """Writes the revaluation of a company on one day."""

    def __init__(self, company, day):
        self.company = quiet(company).with_company(company)
        self.env = self.company.env
        self.day = day
        self.journal = self.company.currency_exchange_journal_id

    def post(self, lines):
        """Post what is not posted yet for the day.

        :param lines: Revalued objects
        :return: the entries, without their reversals
        """
        known = self.env["ecommerce.revaluation"].search([("company_id", "=", self.company.id), ("day", "=", self.day)])
        done = {(record.account_id.id, record.currency_id.name) for record in known}
        new = [line for line in lines if (line.balance.account, line.balance.currency) not in done]
        self._check(new)
        moves = self.env["account.move"]
        for code, group in by_currency(new).items():
            moves |= self._post(code, group)
        return moves

    def _check(self, lines):
        if missing := sorted({line.balance.currency for line in lines if line.value is None}):
            raise UserError(
                self.env._(
                    "There is no exchange rate of %(codes)s on %(day)s. Add it under Accounting, Configuration, "
                    "Currencies.", codes=", ".join(missing), day=said_day(self.env, self.day),
                )
            )  # fmt: skip
        if not self.journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for exchange differences. Choose one in the accounting settings.",
                    company=self.company.name,
                )
            )
        if self.day < first_open_day(self.company, self.journal, has_tax=False):
            raise UserError(
                self.env._(
                    "%(day)s is closed by a lock date: nothing is posted on or before it.",
                    day=said_day(self.env, self.day),
                )
            )

    def _post(self, code, group):
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        items = [
            {
                "account_id": line.balance.account, "currency_id": currency.id, "amount_currency": 0.0,
                "balance": float_of(line.to_post), "name": self._label(line), "tax_ids": [(6, 0, [])],
            }
            for line in group
        ]  # fmt: skip
        items += self._exchange(group, currency)
        move = self.env["account.move"].with_context(skip_invoice_sync=True).create(
            {
                "move_type": "entry", "journal_id": self.journal.id, "date": self.day,
                "ref": self.env._("Revaluation of %(code)s on %(day)s", code=code, day=said_day(self.env, self.day)),
                "line_ids": [(0, 0, item) for item in items],
            }
        ).with_env(self.env)  # fmt: skip
        move.action_post()
        following = self.day + timedelta(days=1)
        reversal = move._reverse_moves([{"date": following, "ref": self.env._("Undone: %(ref)s", ref=move.ref)}])
        reversal.action_post()  # Odoo reconciles it with the entry it reverses: neither stays open
        self._remember(group, currency, move, reversal)
        return move

    def _label(self, line):
        return self.env._(
            "%(amount)s %(code)s at %(rate)s", amount=line.balance.amount, code=line.balance.currency,
            rate=line.rate.normalize() if line.rate else "",
        )  # fmt: skip

    def _exchange(self, group, currency):
        """Gains and losses, each on its account."""
        for side, part in (
            ("income", total([line.to_post for line in group if line.to_post > ZERO])),
            ("expense", total([line.to_post for line in group if line.to_post < ZERO])),
        ):
            if not part:
                continue
            account = self.company[f"{side}_currency_exchange_account_id"]
            if not account:
                raise UserError(
                    self.env._(
                        "%(company)s has no account for exchange differences. Choose one in the accounting settings.",
                        company=self.company.name,
                    )
                )
            yield {
                "account_id": account.id, "currency_id": currency.id, "amount_currency": 0.0,
                "balance": float_of(-part), "name": self.env._("Revaluation"), "tax_ids": [(6, 0, [])],
            }  # fmt: skip

    def _remember(self, group, currency, move, reversal):
        # sudo: nobody writes evidence by hand; the entries were made with the user's rights.
        self.env["ecommerce.revaluation"].sudo().create(
            [
                {
                    "company_id": self.company.id, "day": self.day, "account_id": line.balance.account,
                    "what": line.balance.what, "currency_id": currency.id, "amount": float_of(line.balance.amount),
                    "carried": float_of(line.balance.carried), "rate": float_of(line.rate),
                    "value": float_of(line.value), "difference": float_of(line.to_post), "move_id": move.id,
                    "reversal_move_id": reversal.id,
                }
                for line in group
            ]
        )  # fmt: skip
