from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import formatLang

from ..ledger.amounts import float_of
from ..ledger.quiet import UNTOLD
from .ecommerce_exception import CONCERNED, LACKING_RULE

#: Code of what was booked on the suspense account.
SUSPENDED = "unmapped"
#: Documents that a form names; all of them are one click away.
SHOWN = 5


class EcommerceExceptionLine(models.Model):
    """An order or a payout that waits for what an exception is about, and how much of it does."""

    _name = "ecommerce.exception.line"
    _description = "Document of an E-commerce Exception"
    _order = "id"

    exception_id = fields.Many2one("ecommerce.exception", required=True, readonly=True, ondelete="cascade", index=True)
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="cascade", index="btree_not_null")
    payout_id = fields.Many2one("ecommerce.payout", readonly=True, ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one(related="exception_id.company_id", store=True, index=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id", store=True, precompute=True)
    amount = fields.Monetary(
        readonly=True,
        help="How much of the document waits, in its currency. Of a payout: positive is a cost or money held back, "
        "negative what is given back.",
    )
    order_state = fields.Selection(related="order_id.state", string="Order Status")
    payout_state = fields.Selection(related="payout_id.state", string="Payout Status")
    is_blocked = fields.Boolean(related="payout_id.is_blocked")
    paid_on = fields.Date(related="payout_id.paid_on")

    _one_document = models.Constraint(
        "CHECK (num_nonnulls(order_id, payout_id) = 1)", "A line of an exception names one order or one payout."
    )
    _order_once = models.UniqueIndex("(exception_id, order_id)", "The order is named by this exception already.")
    _payout_once = models.UniqueIndex("(exception_id, payout_id)", "The payout is named by this exception already.")

    @api.depends("order_id.currency_id", "payout_id.currency_id")
    def _compute_currency_id(self):
        for line in self:
            line.currency_id = line.order_id.currency_id or line.payout_id.currency_id

    def action_open_record(self):
        """Open the order or the payout."""
        self.ensure_one()
        record = self.order_id or self.payout_id
        return {
            "type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form",
        }  # fmt: skip


class EcommerceException(models.Model):
    """One exception for a value without a rule, with all the orders or payouts that wait for it."""

    _inherit = "ecommerce.exception"

    line_ids = fields.One2many("ecommerce.exception.line", "exception_id", string="Documents", readonly=True)
    order_line_ids = fields.One2many(
        "ecommerce.exception.line", "exception_id", string="Orders", readonly=True, domain=[("order_id", "!=", False)]
    )
    payout_line_ids = fields.One2many(
        "ecommerce.exception.line", "exception_id", string="Payouts", readonly=True,
        domain=[("payout_id", "!=", False)],
    )  # fmt: skip
    order_count = fields.Integer(compute="_compute_counts", string="Number of Orders")
    payout_count = fields.Integer(compute="_compute_counts", string="Number of Payouts")
    document_names = fields.Char(compute="_compute_document_names", string="Orders or Payouts")
    waiting = fields.Char(
        compute="_compute_document_names", help="What waits, in each currency. Nothing once the exception is resolved."
    )

    @api.depends("line_ids")
    def _compute_counts(self):
        found = self.env["ecommerce.exception.line"]._read_group(
            [("exception_id", "in", self.ids)], ["exception_id"], ["order_id:count", "payout_id:count"]
        )
        counts = {item: numbers for item, *numbers in found}
        for item in self:
            item.order_count, item.payout_count = counts.get(item._origin, (0, 0))

    @api.depends("line_ids.amount", "state")
    def _compute_document_names(self):
        lines = self.env["ecommerce.exception.line"]
        for item in self:
            of_item = [("exception_id", "in", item.ids)]
            first = lines.search(of_item, limit=SHOWN)
            names = [line.order_id.number or line.payout_id.external_id for line in first]
            names = names or item.order_id.mapped("number") or item.payout_id.mapped("external_id")
            more = item.order_count + item.payout_count - len(names)
            item.document_names = ", ".join(filter(None, names)) + (
                self.env._(" and %(count)s more", count=more) if more > 0 else ""
            )
            is_waiting = first and item.state == "open"
            sums = lines._read_group(of_item, ["currency_id"], ["amount:sum"]) if is_waiting else []
            item.waiting = ", ".join(
                formatLang(self.env, amount, currency_obj=currency) for currency, amount in sums if amount
            )

    def _orders(self):
        """All orders that these exceptions are about."""
        return self.line_ids.order_id | self.order_id

    # === Kept in line with what is found === #

    @api.model
    def _sync_documents(self, records, found, *, company, codes=None):
        """Make the open exceptions of documents be those found now: shared ones here, their own by ``_sync_own``.

        :param recordset records: orders of one store, or payouts of one processor account and store
        :param dict found: record -> list of (Reason, severity)
        :param list codes: see ``_sync``
        """
        shared, own = {}, {}
        for record, reasons in found.items():
            shared[record] = [pair for pair in reasons if pair[0].code in LACKING_RULE]
            own[record] = [pair for pair in reasons if pair[0].code not in LACKING_RULE]
        made = self._sync_own(records, own, company=company, codes=codes)
        if codes is None or not set(codes).isdisjoint(LACKING_RULE):
            made |= self._sync_shared(records, shared, company)
        return made

    def _sync_shared(self, records, found, company):
        exceptions = self.sudo()  # sudo: a person decides about exceptions, but states none
        lines, field = exceptions.env["ecommerce.exception.line"], CONCERNED[records._name]
        named = {
            (line.exception_id.code, line.exception_id.key, line[field].id): line
            for line in lines.search(
                [(field, "in", records.ids), ("exception_id.state", "=", "open"), (f"exception_id.{field}", "=", False)]
            )
        }
        wanted = {}
        for record in records:
            for reason, severity in found.get(record, ()):
                wanted.setdefault((reason.code, reason.key, record.id), (record, reason, severity))
        gone = lines.union(*(line for cause, line in named.items() if cause not in wanted))
        self._leave(gone - self._still_held(gone, {number for code, _key, number in wanted if code == SUSPENDED}))
        new = {cause: values for cause, values in wanted.items() if cause not in named}
        made = self._join(exceptions, field, new, company)
        changed = exceptions.browse()
        for cause in wanted.keys() & named.keys():
            amount = float_of(wanted[cause][1].amount or 0)
            if named[cause].amount != amount:
                named[cause].amount = amount
                changed |= named[cause].exception_id
        changed._give_owners()
        self._tell_shared(
            records, field, [(named[cause].exception_id, wanted[cause][1]) for cause in wanted if cause in named]
        )
        return made.with_env(self.env)

    @staticmethod
    def _tell_shared(records, field, found):
        """Say what waits now, where nothing that waits is still as it was first said: another rate has no rule.

        :param list found: (exception, Reason) pairs of documents that it names already
        """
        said = {}
        for item, reason in found:
            said.setdefault(item, []).append(reason.cause or reason.message)
        for item, messages in said.items():
            if item.message not in messages and item.line_ids[field] <= records:
                item.message = messages[0]

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
        in_rows = gone.env["ecommerce.summary.row"]._read_group(
            [
                ("order_id", "in", suspended.order_id.ids), ("summary_id.move_id.state", "=", "posted"),
                ("account_id", "in", suspended.order_id.store_id.suspense_account_id.ids),
            ],
            ["order_id"], ["amount:sum"],
        )  # fmt: skip
        orders = {order.id for order, amount in (*held, *in_rows) if not order.currency_id.is_zero(amount)}
        return suspended.filtered(lambda line: line.order_id.id in orders)

    def _join(self, exceptions, field, new, company):
        """Name more documents: by the open exception of their cause, or by a new one."""
        if not new:
            return exceptions.browse()
        first = next(iter(new.values()))[0]
        place = [(name, "=", value) for name, value in self._place(first).items()]
        known = {
            (item.code, item.key): item
            for item in exceptions.search(
                [*place, ("state", "=", "open"), ("order_id", "=", False), ("payout_id", "=", False),
                 ("key", "in", list({key for _code, key, _record in new}))], order="id desc",
            )
        }  # fmt: skip
        causes = {}
        for (code, key, _record_id), (record, reason, severity) in new.items():
            if (code, key) not in known:
                causes.setdefault((code, key), self._vals(False, record, reason, severity, company))
        known |= exceptions._reopen_shared(place, causes)
        anew = [cause for cause in causes if cause not in known]
        created = exceptions.with_context(**UNTOLD).create([causes[cause] for cause in anew])
        known |= dict(zip(anew, created, strict=True))
        exceptions.env["ecommerce.exception.line"].create(
            [
                {"exception_id": known[code, key].id, field: record_id, "amount": float_of(reason.amount or 0)}
                for (code, key, record_id), (_record, reason, _severity) in new.items()
            ]
        )
        exceptions.union(*(known[code, key] for code, key, _record_id in new))._give_owners()
        return exceptions.union(*(known[cause] for cause in causes))

    @api.model
    def _forget(self, records, resolution):
        """Documents that are set aside: they wait for nothing any more.

        :param str resolution: what to say in the exceptions that were about nothing else
        """
        lines = self.sudo().env["ecommerce.exception.line"]  # sudo: what still holds is the connector's to say
        of_records = (CONCERNED[records._name], "in", records.ids)
        self._leave(lines.search([of_records, ("exception_id.state", "=", "open")]), resolution)

    @staticmethod
    def _leave(lines, resolution=None):
        """Documents that wait no longer; an exception that none waits for is resolved and keeps its last ones."""
        leaving = defaultdict(lines.browse)
        for line in lines:
            leaving[line.exception_id] |= line
        gone = staying = lines.exception_id.browse()
        for item, of_item in leaving.items():
            if item.order_count + item.payout_count == len(of_item):
                gone |= item
            else:
                of_item.unlink()
                staying |= item
        gone._resolve_gone(resolution)
        staying._give_owners()

    def action_view_orders(self):
        """Open the orders that wait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action")
        return action | {"domain": [("id", "in", self.line_ids.order_id.ids)], "context": {}}

    def action_view_payouts(self):
        """Open the payouts that wait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_payout_action")
        return action | {"domain": [("id", "in", self.line_ids.payout_id.ids)], "context": {"active_test": False}}
