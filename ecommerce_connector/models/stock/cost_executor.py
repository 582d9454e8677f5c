"""Planned costs of goods → the ledger: one entry for each event of an order."""

from decimal import Decimal

from ...core.errors import PlanUnbalanced
from ...core.goods.costs import plain
from ...core.rounding import total
from ..ledger.account_move_sequence import BATCH_NUMBERING
from ..ledger.amounts import float_of
from ..ledger.quiet import quiet
from ..orders.posting_keys import posting_key

KIND = "cost"
#: Letters of a journal item's text.
LENGTH = 200


class CostExecutor:
    """Writes the costs of a batch of orders of one store."""

    def __init__(self, store):
        store._ensure_cost_journal()
        self.store = quiet(store, skip_invoice_sync=True, **{BATCH_NUMBERING: True}).with_company(store.company_id)
        self.env = self.store.env
        self.company = self.store.company_id

    def execute(self, batch):
        """Create and post everything that is planned.

        :param list batch: (ecommerce.order, PlannedCost) pairs, those of one event in their order
        :rtype: account.move
        """
        first = self._first_moves(batch)
        moves = self.env["account.move"].create([self._vals(order, entry, first) for order, entry in batch])
        moves._post(soft=False)
        self._link(batch, moves)
        return moves

    def _first_moves(self, batch):
        """(order id, event) -> id of the entry that later ones of the event point back to."""
        later = [(order.id, entry.event) for order, entry in batch if entry.number > 1]
        if not later:
            return {}
        rows = self.env["ecommerce.goods.cost"].search(
            [("order_id", "in", [order_id for order_id, _event in later]), ("posting_id.version", "=", 1)]
        )
        return {(row.order_id.id, row.event): row.posting_id.move_id.id for row in rows}

    def _vals(self, order, entry, first):
        if total([amount for _account, _rule, amount in entry.items()]):
            raise PlanUnbalanced(f"Order {order.number}: the cost of {entry.event} does not balance.")
        text = self._text(order, entry)
        return {
            "move_type": "entry", "journal_id": self.store.cost_journal_id.id, "date": entry.date,
            "ref": self.env._("%(order)s cost of goods", order=order.number), "ecommerce_order_id": order.id,
            "ecommerce_corrected_move_id": first.get((order.id, entry.event), False),
            "line_ids": [
                (0, 0, {
                    "account_id": account_id, "name": text, "tax_ids": [(6, 0, [])],
                    "currency_id": self.company.currency_id.id, "balance": float_of(amount),
                    "amount_currency": float_of(amount), "sequence": sequence, **self._by_rule(rule_id),
                })
                for sequence, (account_id, rule_id, amount) in enumerate(entry.items())
            ],
        }  # fmt: skip

    @staticmethod
    def _text(order, entry):
        sold = {}
        for row in entry.rows:
            sold[row.sku] = sold.get(row.sku, Decimal(0)) + row.quantity
        goods = ", ".join(f"{sku} × {plain(quantity)}" for sku, quantity in sold.items())
        return f"{order.number} {goods}"[:LENGTH]

    def _by_rule(self, rule_id):
        if not rule_id:
            return {}
        rule = self.env["ecommerce.mapping.rule"].browse(rule_id)
        shares = rule.analytic_distribution
        return {"ecommerce_rule_id": rule_id, **({"analytic_distribution": shares} if shares else {})}

    # === Links back === #

    def _link(self, batch, moves):
        # sudo: nobody writes evidence by hand; the entries linked here were made with the user's rights.
        postings = self.env["ecommerce.posting"].sudo().create(
            [
                {
                    "company_id": self.company.id, "store_id": self.store.id, "order_id": order.id, "kind": KIND,
                    "external_id": posting_key(order.external_id, (KIND, entry.event)), "version": entry.number,
                    "fingerprint": entry.fingerprint, "true_date": entry.true_date, "move_id": move.id,
                    "rule_ids": [(6, 0, sorted(entry.rules))],
                }
                for (order, entry), move in zip(batch, moves, strict=True)
            ]
        )  # fmt: skip
        self.env["ecommerce.goods.cost"].sudo().create(  # sudo: as above
            [
                self._row_vals(order, posting, row)
                for (order, entry), posting in zip(batch, postings, strict=True)
                for row in entry.rows
            ]
        )

    def _row_vals(self, order, posting, row):
        return {
            "company_id": self.company.id, "store_id": self.store.id, "order_id": order.id,
            "posting_id": posting.id, "event": row.event, "movement": row.movement.value, "line_id": row.line_id,
            "item_id": row.item_id, "sku": row.sku, "product_id": row.product,
            "quantity": float_of(row.quantity), "unit_cost": float_of(row.unit_cost), "amount": float_of(row.amount),
            "cogs_account_id": row.cogs, "counterpart_account_id": row.counterpart, "rule_id": row.rule or False,
        }  # fmt: skip
