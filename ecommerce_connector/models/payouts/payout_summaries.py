from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...core.payouts.matching import MatchStatus
from ...core.reasons import Reason
from ...core.rounding import total
from ..ledger.amounts import amount_of
from ..orders.open_records import open_records
from ..summary.fee_accruals import due_of, fees_due
from ..summary.money_tokens import row_tokens
from .ecommerce_balance_transaction import WAITING

#: Codes of the reasons: something of it is still to be summed up; a fee that was cannot be settled.
WAITS, FEE_OPEN = "waits_for_summary", "fee_not_settled"
#: So many orders are named.
NAMED = 5


class EcommercePayout(models.Model):
    """A payout whose orders are summed up: its summary comes first, then its own entry."""

    _inherit = "ecommerce.payout"

    summary_ids = fields.One2many("ecommerce.summary", "payout_id", string="Summaries")
    summary_count = fields.Integer(compute="_compute_summary_count", string="Number of Summaries")
    waits_for_summary = fields.Boolean(
        readonly=True, help="Orders in it, or their fees, are booked with summaries that are not posted yet."
    )

    def _compute_summary_count(self):
        for payout in self:
            payout.summary_count = len(payout.summary_ids)

    # === Orders that wait === #

    def _waiting_orders(self, rows=None):
        """Orders that wait for a summary of payouts, and whose money balance transactions name.

        :param rows: balance transactions; None: all of these payouts
        :return: order → balance transactions
        :rtype: dict
        """
        by_token = defaultdict(self.env["ecommerce.balance.transaction"].browse)
        for row in self.transaction_ids if rows is None else rows:
            for token in row_tokens(row):
                by_token[token] |= row
        if not by_token:
            return {}
        self.env["ecommerce.order"].flush_model(["awaited", "state", "is_for_payout", "company_id"])
        found = self.env.execute_query(SQL(
            """
            SELECT id FROM ecommerce_order
             WHERE company_id IN %s AND is_for_payout AND state = 'ready' AND awaited ?| %s ORDER BY id
            """, tuple(self.company_id.ids), list(by_token),
        ))  # fmt: skip
        orders = self.env["ecommerce.order"].browse([order_id for (order_id,) in found])
        none = self.env["ecommerce.balance.transaction"]
        return {
            order: none.union(*(by_token[token] for token in order.awaited if token in by_token)) for order in orders
        }

    def _tell_orders(self):
        """Plan again the orders that wait for these payouts, or did."""
        waiting = self.env["ecommerce.order"].union(*self._waiting_orders())
        waiting |= self.env["ecommerce.order"].search([("summary_payout_id", "in", self.ids), ("state", "=", "ready")])
        for store, orders in waiting.grouped("store_id").items():
            store._plan_ready(orders)

    # === The plan of the payout === #

    def _summary_reasons(self, matches, booked):
        """What of its summaries keeps its own entry from being posted.

        :param MatchResult matches: of its balance transactions
        :param BookedFees booked: fees that summaries have booked
        :return: reasons, and external ids of balance transactions that are missing only because their order waits
        :rtype: tuple[list[Reason], set]
        """
        rows = {row.external_id: row for row in self.transaction_ids}
        missing = self.env["ecommerce.balance.transaction"].union(
            *(rows[row.transaction.external_id] for row in matches.with_status(MatchStatus.MISSING_IN_LEDGER))
        )
        waiting = self._waiting_orders(missing) if missing else {}
        matched = [
            (rows[row.transaction.external_id], self.env["ecommerce.payment"].browse(row.payment.id))
            for row in matches.with_status(MatchStatus.MATCHED) if row.payment
        ]  # fmt: skip
        fees = [(row, payment) for row, payment, _key in due_of(self.env, matched)]
        reasons = [self._fee_reason(rows[key], problem) for key, problem in booked.obstacles.items()]
        if waiting or fees:
            reasons.append(self._waiting_reason(waiting, fees))
        return reasons, {row.external_id for of_order in waiting.values() for row in of_order}

    def _mark_waiting(self, plan):
        """Write on balance transactions that are only missing because their order waits, which one it is."""
        if not any(reason.code == WAITS for reason in plan.reasons):
            return
        missing = self.transaction_ids.filtered(lambda row: row.match_status == MatchStatus.MISSING_IN_LEDGER.value)
        for order, rows in self._waiting_orders(missing).items():
            # sudo: nobody writes evidence by hand; who may match was checked before.
            rows.sudo().write(
                {
                    "match_status": WAITING,
                    "match_reasons": self.env._("Order %(order)s is booked with the summary.", order=order.number),
                }
            )

    def _waiting_reason(self, waiting, fees):
        orders = self.env["ecommerce.order"].union(*waiting, *(payment.order_id for _row, payment in fees))
        numbers = [order.number or order.external_id for order in orders]
        named = ", ".join(numbers[:NAMED])
        if len(numbers) > NAMED:
            named = self.env._("%(names)s and %(count)s more", names=named, count=len(numbers) - NAMED)
        money = self.env["ecommerce.balance.transaction"].union(*waiting.values(), *(row for row, _payment in fees))
        return Reason(
            code=WAITS, key=self.external_id, amount=total([amount_of(row.gross, self.currency_id) for row in money]),
            message=self.env._(
                "Payout %(id)s: its summary is not posted yet. It has what is not booked of %(orders)s.",
                id=self.external_id, orders=named,
            ),
            hint=self.env._("Post its summary, then the payout."),
        )  # fmt: skip

    def _fee_reason(self, row, problem):
        return Reason(
            code=FEE_OPEN, key=row.external_id, amount=amount_of(row.fee, self.currency_id),
            message=self.env._(
                "Payout %(id)s: the fee of %(row)s is booked in a summary, but cannot be settled: %(problem)s.",
                id=self.external_id, row=row.source_id or row.external_id, problem=problem,
            ),
            hint=self.env._("Correct that, then match the payout again."),
        )  # fmt: skip

    # === Buttons === #

    def action_post_summary(self):
        """Post what stores book with this payout: sales, refunds and their fees."""
        self.ensure_one()
        self.check_access("write")
        self._check_not_discarded()
        self.action_match()
        fees = fees_due(self.env, [("payout_id", "=", self.id)])
        orders = self.env["ecommerce.order"].union(
            *self._waiting_orders(), *(payment.order_id for _row, payment, _key in fees)
        )
        before = self.summary_ids
        for store in orders.store_id:
            store._post_summaries(payout=self)
        self.action_match()
        if self.summary_ids == before:
            raise UserError(
                self.env._("Nothing of payout %(id)s could be summed up. See the exceptions.", id=self.external_id)
            )

    def action_view_summaries(self):
        """Open the summaries of what it pays out."""
        self.ensure_one()
        return open_records(self.summary_ids, self.env._("Summaries of %(payout)s", payout=self.external_id))
