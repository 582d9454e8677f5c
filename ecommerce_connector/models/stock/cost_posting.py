"""Costs of goods of a batch of orders: planned, booked, and told where they cannot be."""

import logging

from odoo.exceptions import UserError

from ...core.errors import ConnectorError
from ...core.goods.costs import CODES, CostRow, Movement
from ...core.goods.moved import Invoiced, skus_of
from ...core.goods.planning import plan_costs
from ...core.reasons import Reason
from ..ledger.amounts import amount_of, decimal_of
from ..ledger.days import said_day
from ..ledger.entry_checks import EntryChecks
from ..orders.batch_errors import in_halves, sentence_of
from ..orders.posting_keys import entry_key
from .catalogue import OdooCatalogue
from .cost_executor import KIND, CostExecutor

_logger = logging.getLogger(__name__)
#: States of orders whose sale stands as the store tells it. A blocked one waits for a person as a whole.
STANDING = ("posted", "waiting")


class CostPosting:
    """Books what goods of orders of one store cost.

    :param Rulebook rulebook: the store's
    """

    def __init__(self, store, rulebook):
        self.store = store
        self.env = store.env
        self.rulebook = rulebook

    def post(self, documents):
        """Book what is new or changed. The caller has locked the orders, and commits.

        :param dict documents: order record -> its document
        """
        policy = self.store._cost_policy()
        orders = self.env["ecommerce.order"].union(*documents).filtered(lambda order: order.state in STANDING)
        if policy is None or not orders:
            return
        found, batch = {}, []
        for order, plan in self._plans({order: documents[order] for order in orders}, policy, found):
            found.setdefault(order, []).extend(
                (reason, "1" if is_blocking else "0") for reason, is_blocking in plan.reasons
            )
            batch += [(order, entry) for entry in plan.entries]
        self._execute(batch, found)
        self.env["ecommerce.exception"]._sync(orders, found, company=self.store.company_id, codes=CODES)

    # === Planning === #

    def _plans(self, documents, policy, found):
        """(order, plan) of each order whose posted costs stand; the others are told."""
        postings = self.env["ecommerce.posting"].search_fetch(
            [("order_id", "in", [order.id for order in documents]), ("kind", "in", (KIND, "invoice"))],
            ["kind", "external_id", "order_id", "move_id", "true_date", "version"], order="id",
        )  # fmt: skip
        costs = postings.filtered(lambda posting: posting.kind == KIND)
        fallen = EntryChecks(costs).reasons()
        invoices, booked = self._invoices(postings - costs), self._booked(costs)
        catalogue = OdooCatalogue(self.store.company_id, skus_of(documents.values()), self._ruled_products())
        for order, document in documents.items():
            if reasons := fallen.get(order.external_id):
                found[order] = [(self._of_cost(reason), "1") for reason in reasons]
                continue
            plan = plan_costs(
                document, self.rulebook, policy, catalogue, invoices=invoices.get(order.id, ()),
                booked=booked.get(order.id, ()),
            )  # fmt: skip
            yield order, plan

    def _ruled_products(self):
        return {rule.target.product for rule in self.rulebook.rules if rule.kind == "product" and rule.target.product}

    @staticmethod
    def _of_cost(reason):
        """The order itself goes on: only its costs wait."""
        return Reason(code=f"cost_{reason.code}", message=reason.message, hint=reason.hint, key=reason.key)

    @staticmethod
    def _invoices(postings):
        found = {}
        for posting in postings.filtered(lambda posting: posting.version == 1):
            _kind, external_id = entry_key(posting)
            found.setdefault(posting.order_id.id, []).append(Invoiced(external_id=external_id, day=posting.true_date))
        return found

    def _booked(self, postings):
        """Order id -> its rows, as booked."""
        found = {}
        currency = self.store.company_id.currency_id
        for row in self.env["ecommerce.goods.cost"].search([("posting_id", "in", postings.ids)], order="id"):
            found.setdefault(row.order_id.id, []).append(
                CostRow(
                    event=row.event, movement=Movement(row.movement), line_id=row.line_id, item_id=row.item_id,
                    sku=row.sku or "", day=row.posting_id.true_date, product=row.product_id.id,
                    quantity=decimal_of(row.quantity, 6), unit_cost=decimal_of(row.unit_cost, 6),
                    amount=amount_of(row.amount, currency), cogs=row.cogs_account_id.id,
                    counterpart=row.counterpart_account_id.id, rule=row.rule_id.id or 0,
                    number=row.posting_id.version,
                )
            )  # fmt: skip
        return found

    # === Booking === #

    def _execute(self, batch, found):
        in_halves(
            self.env,
            batch,
            lambda part: CostExecutor(self.store).execute(part),
            lambda pair, error: self._refuse(*pair, error, found),
        )

    def _refuse(self, order, entry, error, found):
        if not isinstance(error, (UserError, ConnectorError)):
            _logger.exception("Costs of order %s of %s cannot be posted", order.number, self.store.name)
        reason = Reason(
            code="cost_cannot_post", key=entry.event, amount=entry.amount,
            message=self.env._(
                "Order %(number)s: the cost of its goods of %(day)s cannot be posted: %(error)s",
                number=order.number, day=said_day(self.env, entry.true_date), error=sentence_of(self.env, error),
            ),
            hint=self.env._("Repair the cause, then retry."),
        )  # fmt: skip
        found.setdefault(order, []).append((reason, "1"))
