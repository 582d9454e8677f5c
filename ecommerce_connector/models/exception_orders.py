from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import formatLang

from .amounts import float_of
from .ecommerce_exception import LACKING_RULE

#: Code of what was booked on the suspense account.
SUSPENDED = "unmapped"
#: Orders that a form names; all of them are one click away.
SHOWN = 5


class EcommerceExceptionOrder(models.Model):
    """An order that waits for what an exception is about, and how much of it does."""

    _name = "ecommerce.exception.order"
    _description = "E-commerce Order with an Exception"
    _order = "id"

    exception_id = fields.Many2one("ecommerce.exception", required=True, readonly=True, ondelete="cascade")
    order_id = fields.Many2one("ecommerce.order", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="exception_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount = fields.Monetary(readonly=True, help="How much of the order waits, in its currency.")
    order_state = fields.Selection(related="order_id.state")

    _once = models.UniqueIndex("(exception_id, order_id)", "The order is named by this exception already.")


class EcommerceOrder(models.Model):
    """The exceptions of an order: its own, and those it shares with other orders."""

    _inherit = "ecommerce.order"

    exception_line_ids = fields.One2many("ecommerce.exception.order", "order_id")
    exception_ids = fields.Many2many(
        "ecommerce.exception", compute="_compute_exception_ids", search="_search_exception_ids", string="Exceptions"
    )

    @api.depends("exception_line_ids.exception_id")
    def _compute_exception_ids(self):
        for order in self:
            order.exception_ids = order.exception_line_ids.exception_id

    def _search_exception_ids(self, operator, value):
        return [("exception_line_ids.exception_id", operator, value)]


class EcommerceException(models.Model):
    """One exception for a store value without a rule, with all the orders that wait for it."""

    _inherit = "ecommerce.exception"

    order_line_ids = fields.One2many("ecommerce.exception.order", "exception_id", string="Orders", readonly=True)
    order_count = fields.Integer(compute="_compute_order_count", string="Number of Orders")
    order_names = fields.Char(compute="_compute_order_names", string="Order Numbers")
    waiting = fields.Char(compute="_compute_order_names", help="What waits, in each currency.")

    def _compute_order_count(self):
        counts = dict(
            self.env["ecommerce.exception.order"]._read_group(
                [("exception_id", "in", self.ids)], ["exception_id"], ["__count"]
            )
        )
        for item in self:
            item.order_count = counts.get(item._origin, 0)

    def _compute_order_names(self):
        lines = self.env["ecommerce.exception.order"]
        for item in self:
            of_item = [("exception_id", "in", item.ids)]
            numbers = (lines.search(of_item, limit=SHOWN).order_id or item.order_id).mapped("number")
            more = item.order_count - len(numbers)
            item.order_names = ", ".join(filter(None, numbers)) + (
                self.env._(" and %(count)s more", count=more) if more > 0 else ""
            )
            sums = lines._read_group(of_item, ["order_id.currency_id"], ["amount:sum"]) if numbers else []
            item.waiting = ", ".join(
                formatLang(self.env, amount, currency_obj=currency) for currency, amount in sums if amount
            )

    def _orders(self):
        """All orders that these exceptions are about."""
        return self.order_line_ids.order_id | self.order_id

    # === Kept in line with what is found === #

    @api.model
    def _sync_orders(self, orders, found, *, company):
        """Make the open exceptions of orders be those found now: shared ones here, their own by ``_sync_own``.

        :param recordset orders: of one store
        :param dict found: order -> list of (Reason, severity)
        """
        shared, own = {}, {}
        for order, reasons in found.items():
            shared[order] = [pair for pair in reasons if pair[0].code in LACKING_RULE]
            own[order] = [pair for pair in reasons if pair[0].code not in LACKING_RULE]
        made = self._sync_own(orders, own, company=company)
        made |= self._sync_shared(orders, shared, company)
        return made

    def _sync_shared(self, orders, found, company):
        exceptions = self.sudo()  # sudo: a person decides about exceptions, but states none
        lines = exceptions.env["ecommerce.exception.order"]
        named = {
            (line.exception_id.code, line.exception_id.key, line.order_id.id): line
            for line in lines.search(
                [("order_id", "in", orders.ids), ("exception_id.state", "=", "open"),
                 ("exception_id.order_id", "=", False)]
            )
        }  # fmt: skip
        wanted = {}
        for order in orders:
            for reason, severity in found.get(order, ()):
                wanted.setdefault((reason.code, reason.key, order.id), (order, reason, severity))
        gone = lines.union(*(line for cause, line in named.items() if cause not in wanted))
        self._leave(gone - self._still_held(gone, {order_id for code, _key, order_id in wanted if code == SUSPENDED}))
        new = {cause: values for cause, values in wanted.items() if cause not in named}
        made = self._join(exceptions, new, company)
        for cause in wanted.keys() & named.keys():
            amount = float_of(wanted[cause][1].amount or 0)
            if named[cause].amount != amount:
                named[cause].amount = amount
        return made.with_env(self.env)

    @staticmethod
    def _still_held(gone, named):
        """Orders that have a rule now, but whose revenue is on the suspense account all the same.

        Planning an order again moves nothing: its exception stays until a correcting entry has.

        :param set named: ids of orders that another open exception still names
        """
        suspended = gone.filtered(lambda line: line.exception_id.code == SUSPENDED and line.order_id.id not in named)
        if not suspended:
            return suspended
        held = gone.env["account.move.line"]._read_group(
            [
                ("move_id.ecommerce_order_id", "in", suspended.order_id.ids), ("parent_state", "=", "posted"),
                ("account_id", "in", suspended.order_id.store_id.suspense_account_id.ids),
            ],
            ["move_id.ecommerce_order_id"], ["amount_currency:sum"],
        )  # fmt: skip
        orders = {order.id for order, amount in held if not order.currency_id.is_zero(amount)}
        return suspended.filtered(lambda line: line.order_id.id in orders)

    def _join(self, exceptions, new, company):
        """Name more orders: by the open exception of their cause, or by a new one."""
        if not new:
            return exceptions.browse()
        first = next(iter(new.values()))[0]
        known = {
            (item.code, item.key): item
            for item in exceptions.search(
                [("store_id", "=", first.store_id.id), ("state", "=", "open"), ("order_id", "=", False),
                 ("payout_id", "=", False), ("key", "in", list({key for _code, key, _order in new}))], order="id desc",
            )
        }  # fmt: skip
        causes = {}
        for (code, key, _order_id), (order, reason, severity) in new.items():
            if (code, key) not in known:
                causes.setdefault((code, key), self._vals(False, order, reason, severity, company))
        made = exceptions.create(list(causes.values()))
        known |= dict(zip(causes, made, strict=True))
        exceptions.env["ecommerce.exception.order"].create(
            [
                {"exception_id": known[code, key].id, "order_id": order_id, "amount": float_of(reason.amount or 0)}
                for (code, key, order_id), (_order, reason, _severity) in new.items()
            ]
        )
        return made

    @staticmethod
    def _leave(lines):
        """Orders that wait no longer; an exception that nobody waits for is resolved and keeps its last orders."""
        leaving = defaultdict(lines.browse)
        for line in lines:
            leaving[line.exception_id] |= line
        for item, of_item in leaving.items():
            if item.order_count == len(of_item):
                item._resolve_gone()
            else:
                of_item.unlink()

    def action_view_orders(self):
        """Open the orders that wait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action")
        return action | {"domain": [("id", "in", self.order_line_ids.order_id.ids)], "context": {}}
