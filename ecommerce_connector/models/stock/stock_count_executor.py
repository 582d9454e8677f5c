"""Counts of the stock → the ledger: one entry of the difference, and its reversal."""

from odoo.exceptions import UserError

from ...core.dates import accounting_date
from ...core.goods.counted import worth
from ..ledger.amounts import amount_of, float_of
from ..ledger.days import said_day
from ..ledger.entry_state import why_fallen
from ..ledger.lock_dates import first_open_day
from ..ledger.quiet import quiet


def stock_balance(company, account, day):
    """Posted balance of a stock account at the end of a day, in company currency.

    What happened by then and is booked later, because a lock date closed the day, counts: or a count of a closed day
    would book it again.

    :rtype: Decimal
    """
    late = _booked_later(company, account, day)
    ((balance,),) = company.env["account.move.line"]._read_group(
        [
            ("company_id", "=", company.id), ("account_id", "=", account.id), ("parent_state", "=", "posted"),
            "|", ("date", "<=", day), ("move_id", "in", late.ids),
        ], [], ["balance:sum"],
    )  # fmt: skip
    return amount_of(balance or 0.0, company.currency_id)


def _booked_later(company, account, day):
    """Entries of goods that left and of counts, their reversals too, that are of a day until then and booked after."""
    costs = company.env["ecommerce.posting"].search(
        [("company_id", "=", company.id), ("kind", "=", "cost"), ("true_date", "<=", day), ("move_id.date", ">", day)]
    )
    counts = company.env["ecommerce.stock.count"].search(
        [("company_id", "=", company.id), ("account_id", "=", account.id), ("counted_on", "<=", day)]
    )
    return costs.move_id | counts.move_id | counts.reversal_move_id


class StockCountExecutor:
    """Writes counts of a company's stock."""

    def __init__(self, company):
        self.company = quiet(company).with_company(company)
        self.env = self.company.env

    def post(self, counted, *, store, day, account, difference_account, filename):
        """Book the difference between what was counted and the books.

        :param list counted: Counted objects, all of what is on the account
        :param date day: of the count
        :rtype: ecommerce.stock.count
        :raises UserError: if there is no difference, or the day is counted already
        """
        counts = self.env["ecommerce.stock.count"]
        if counts.search_count(
            [("company_id", "=", self.company.id), ("account_id", "=", account.id), ("counted_on", "=", day),
             ("state", "=", "posted")], limit=1,
        ):  # fmt: skip
            raise UserError(
                self.env._("A count of %(day)s is posted for %(account)s already. Undo it first.",
                           day=said_day(self.env, day), account=account.display_name)
            )  # fmt: skip
        value, balance = worth(counted), stock_balance(self.company, account, day)
        if value == balance:
            raise UserError(self.env._("The books have what was counted: there is nothing to post."))
        store = store.with_env(self.env)
        store._ensure_cost_journal()
        move = self._move(store.cost_journal_id, day, account, difference_account, value - balance)
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        count = counts.sudo().create(
            {
                "company_id": self.company.id, "store_id": store.id, "counted_on": day, "account_id": account.id,
                "difference_account_id": difference_account.id, "filename": filename, "value": float_of(value),
                "balance": float_of(balance), "difference": float_of(value - balance), "move_id": move.id,
                "line_ids": [(0, 0, self._line(row)) for row in counted],
            }
        )  # fmt: skip
        return count.with_env(self.env)

    def _move(self, journal, day, account, difference_account, difference):
        text = self.env._("Stock count of %(day)s", day=said_day(self.env, day))
        on = accounting_date(day, first_open_day(self.company, journal, has_tax=False))
        sides = sorted([(account, difference), (difference_account, -difference)], key=lambda side: side[1] < 0)
        move = self.env["account.move"].create(
            {
                "move_type": "entry", "journal_id": journal.id, "date": on, "ref": text,
                "line_ids": [
                    (0, 0, {"account_id": side.id, "name": text, "tax_ids": [(6, 0, [])], "balance": float_of(amount)})
                    for side, amount in sides
                ],
            }
        )  # fmt: skip
        move._post(soft=False)
        return move

    @staticmethod
    def _line(row):
        return {
            "row": row.row, "sku": row.sku, "product_id": row.product, "quantity": float_of(row.quantity),
            "unit_cost": float_of(row.unit_cost), "value": float_of(row.value),
        }  # fmt: skip

    def undo(self, count):
        """Reverse the entry of a count, once.

        :raises UserError: if it is undone, or its entry does not stand
        """
        move = count.move_id.with_env(self.env)
        if count.state == "undone":
            raise UserError(
                self.env._("The count of %(day)s is undone already.", day=said_day(self.env, count.counted_on))
            )
        if problem := why_fallen(move):
            raise UserError(
                self.env._("%(entry)s %(problem)s: there is nothing to reverse. Post it again first.",
                           entry=move.name, problem=problem)
            )  # fmt: skip
        on = accounting_date(move.date, first_open_day(self.company, move.journal_id, has_tax=False))
        reversal = move._reverse_moves([{"date": on, "ref": self.env._("Undone: %(ref)s", ref=move.ref)}])
        reversal._post(soft=False)
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        count.sudo().write({"state": "undone", "reversal_move_id": reversal.id})
