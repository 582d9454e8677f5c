"""Law 16: each line of a summary entry is the sum of its rows. Reads only."""

from odoo.tools import SQL

from ...core.proof import Check
from ...core.rounding import ZERO
from ..ledger.amounts import amount_of
from ..ledger.entry_state import names

LAW = 16


class SummaryProof:
    """The summaries of one store, as of now."""

    def __init__(self, store):
        self.store = store
        self.env = store.env

    def checks(self):
        """What the rows and the lines of all posted summaries move, by currency, and each line that its rows miss.

        :rtype: list[Check]
        """
        self.env["ecommerce.summary.row"].flush_model()
        self.env["account.move.line"].flush_model(["account_id", "amount_currency", "balance", "parent_state"])
        return [*self._totals(), *self._of_lines()]

    def _totals(self):
        found = self.env.execute_query(SQL(
            """
            SELECT line.currency_id, COALESCE(SUM(line.amount), 0), COALESCE(SUM(line.item), 0)
              FROM (%s) AS line GROUP BY line.currency_id ORDER BY line.currency_id
            """, self._lines()
        ))  # fmt: skip
        for currency_id, rows, items in found:
            currency = self.env["res.currency"].browse(currency_id)
            yield Check(
                law=LAW, name="debits of summaries", subject=self.store.name, key=str(self.store.id),
                currency=currency.name, expected=amount_of(rows, currency), actual=amount_of(items, currency),
            )  # fmt: skip

    def _of_lines(self):
        found = self.env.execute_query(SQL(
            """
            SELECT line.id, line.signed_rows, line.signed_item, line.rows_balance, line.item_balance FROM (%s) AS line
             WHERE ROUND(line.signed_rows, 6) != ROUND(line.signed_item, 6)
                OR ROUND(line.rows_balance, 6) != ROUND(line.item_balance, 6)
             ORDER BY line.id
            """, self._lines()
        ))  # fmt: skip
        for line_id, *amounts in found:
            item = self.env["account.move.line"].browse(line_id)
            own = self.store.company_id.currency_id
            for currency, expected, actual in ((item.currency_id, *amounts[:2]), (own, *amounts[2:])):
                check = Check(
                    law=LAW, name="rows of a summary", subject=f"{names(item.move_id)} {item.account_id.code}",
                    key=str(line_id), currency=currency.name, expected=amount_of(expected or ZERO, currency),
                    actual=amount_of(actual or ZERO, currency),
                )  # fmt: skip
                if not check.holds:
                    yield check

    def _lines(self):
        """Each line of posted summaries with the sum of its rows; lines without rows too."""
        return SQL(
            """
            SELECT item.id, item.currency_id,
                   GREATEST(COALESCE(rows.amount, 0), 0) AS amount, GREATEST(item.amount_currency, 0) AS item,
                   COALESCE(rows.amount, 0) AS signed_rows, item.amount_currency AS signed_item,
                   COALESCE(rows.balance, 0) AS rows_balance, item.balance AS item_balance
              FROM ecommerce_summary summary
              JOIN account_move_line item ON item.move_id = summary.move_id AND item.parent_state = 'posted'
              LEFT JOIN (SELECT line_id, account_id, SUM(amount) AS amount, SUM(balance) AS balance
                           FROM ecommerce_summary_row
                          WHERE store_id = %(store)s GROUP BY line_id, account_id) AS rows
                     ON rows.line_id = item.id AND rows.account_id = item.account_id
             WHERE summary.store_id = %(store)s
               AND (item.display_type NOT IN ('line_section', 'line_note', 'line_subsection'))
            """,
            store=self.store.id,
        )  # fmt: skip
