from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...core.goods.costs import CODES as COST_CODES
from ..ledger.amounts import float_of
from ..ledger.quiet import UNTOLD

#: Codes of reasons that name a store value without a rule; their key is ``kind:value``.
LACKING_RULE = ("mapping_missing", "unmapped")
#: What an exception concerns, by model.
CONCERNED = {
    "ecommerce.order": "order_id", "ecommerce.payout": "payout_id", "ecommerce.mapping.rule": "rule_id",
    "ecommerce.dispute": "dispute_id", "ecommerce.customer": "customer_id", "ecommerce.store": "store_id",
}  # fmt: skip
#: Context key of forms whose button releases what waits: it need not be done in the background, too.
BY_BUTTON = "mapping_release_by_button"
#: What can share exceptions with others of its kind.
DOCUMENTS = ("ecommerce.order", "ecommerce.payout")
#: What people write on an exception; the reason why it is closed is asked by a dialog and kept. Its conversation is no
#: part of it, or a note could be rewritten through it.
DECIDED_BY_PEOPLE = frozenset({"user_id", "date_due", "message_follower_ids", "activity_ids"})


class EcommerceException(models.Model):
    """Something a person must decide: one record per cause."""

    _name = "ecommerce.exception"
    _description = "E-commerce Exception"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state, severity desc, id desc"
    _rec_name = "message"

    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="cascade", index=True)
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", readonly=True, ondelete="cascade", index="btree_not_null",
        help="Of exceptions of payouts: the account that they are paid out from.",
    )  # fmt: skip
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    order_id = fields.Many2one("ecommerce.order", readonly=True, ondelete="cascade", index="btree_not_null")
    payout_id = fields.Many2one("ecommerce.payout", readonly=True, ondelete="cascade", index="btree_not_null")
    code = fields.Char(required=True, readonly=True, index=True)
    key = fields.Char(readonly=True)
    severity = fields.Selection([("0", "To know"), ("1", "Blocks booking")], default="1", required=True, readonly=True)
    message = fields.Text(required=True, readonly=True)
    hint = fields.Text(string="What to Do", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("resolved", "Resolved")],
        string="Status",
        default="open",
        required=True,
        index=True,
    )
    lacks_rule = fields.Boolean(compute="_compute_lacks_rule", help="A mapping rule solves it.")
    user_id = fields.Many2one("res.users", string="Owner", tracking=True)
    resolution = fields.Text(readonly=True)

    @api.depends("code", "state")
    def _compute_lacks_rule(self):
        for item in self:
            item.lacks_rule = item.state == "open" and item.code in LACKING_RULE

    @api.model
    def _sync(self, records, found, *, company, codes=None):
        """Make the open exceptions of some records be exactly those found now.

        What is found again stays open with its owner; what is not found any more is resolved.

        :param recordset records: orders of one store, payouts of one processor account and store, rules, or stores,
            which need ``codes``: all exceptions of its orders name a store
        :param dict found: record -> list of (Reason, severity)
        :param list codes: only exceptions of these codes are looked at; None: all but those of costs of goods, which
            are planned apart
        """
        if records._name in DOCUMENTS:
            return self._sync_documents(records, found, company=company, codes=codes)
        return self._sync_own(records, found, company=company, codes=codes)

    def _sync_own(self, records, found, *, company, codes=None):
        """The exceptions that each record has for itself; arguments as of ``_sync``."""
        exceptions = self.sudo()  # sudo: a person decides about exceptions, but states none
        field = CONCERNED[records._name]
        current, seen, new = {}, set(), {}
        repeated = exceptions
        domain = [(field, "in", records.ids), ("state", "=", "open")]
        domain.append(("code", "in", codes) if codes is not None else ("code", "not in", COST_CODES))
        for item in exceptions.search(domain, order="id"):
            if current.setdefault((item[field].id, item.code, item.key or ""), item) != item:
                repeated |= item
        for record in records:
            for reason, severity in found.get(record, ()):
                cause = (record.id, reason.code, reason.key or "")
                if cause in seen:
                    continue  # one exception per cause, also when the cause is met on two days
                seen.add(cause)
                item = current.pop(cause, None)
                if item is None:
                    new[cause] = self._vals(field, record, reason, severity, company)
                else:
                    item._tell(reason, severity)
        gone = exceptions.union(repeated, *current.values())
        gone._resolve_gone()
        back = exceptions._reopen_own(field, new)
        made = exceptions.with_context(**UNTOLD).create([vals for cause, vals in new.items() if cause not in back])
        if records._name in DOCUMENTS:
            exceptions.env["ecommerce.exception.line"].create(
                [{"exception_id": item.id, field: item[field].id, "amount": item.amount} for item in made]
            )
        made = exceptions.union(made, *back.values())
        made._give_owners()
        return made.with_env(self.env)

    def _tell(self, reason, severity):
        """Say what is found now, the amount and the way out too; nothing is written if it is said already."""
        new = {
            "message": reason.message, "hint": reason.hint, "severity": severity,
            "amount": float_of(reason.amount or 0),
        }  # fmt: skip
        if changed := {name: value for name, value in new.items() if (self[name] or "") != (value or "")}:
            self.with_context(**UNTOLD).write(changed)
            if "amount" in changed:
                self.line_ids.amount = changed["amount"]
                self._give_owners()

    def write(self, vals):
        """People own, explain and close an exception; what it says is the connector's."""
        if set(vals) - DECIDED_BY_PEOPLE and not self.env.su:
            raise AccessError(
                self.env._("What an exception says is evidence; you can own it, explain it and resolve it.")
            )
        return super().write(vals)

    @api.model
    def _vals(self, field, record, reason, severity, company):
        """A new exception; without ``field`` one that others of its kind can share."""
        return {
            **({field: record.id} if field else {}), **self._place(record),
            "company_id": company.id, "code": reason.code, "key": reason.key,
            "message": reason.message if field else reason.cause or reason.message, "hint": reason.hint,
            "severity": severity, "amount": float_of(reason.amount or 0),
            "currency_id": record.currency_id.id if "currency_id" in record else record.company_currency_id.id,
        }  # fmt: skip

    @staticmethod
    def _place(record):
        """Where one exception serves all: orders of a store; payouts of an account that the same rules apply to."""
        of_payout = record._name == "ecommerce.payout"
        return {
            "store_id": record.id if record._name == "ecommerce.store" else record.store_id.id,
            "processor_account_id": record.processor_account_id.id if of_payout else False,
        }

    def action_retry(self):
        """Try the orders or payouts again with the rules as they are now, see ``_release``."""
        lacking = self.filtered(lambda item: item.code in LACKING_RULE and (item.store_id or item.processor_account_id))
        if lacking:
            lacking._release()
        (self - lacking)._orders().action_post()

    def action_add_rule(self):
        """Open a new mapping rule, filled in, for the value that has none."""
        self.ensure_one()
        kind, _separator, pattern = (self.key or "").partition(":")
        orders = self._orders()
        currencies = orders.currency_id
        return {
            "type": "ir.actions.act_window", "name": self.env._("New mapping rule"),
            "res_model": "ecommerce.mapping.rule", "view_mode": "form", "target": "new",
            "views": [(self.env.ref("ecommerce_connector.ecommerce_mapping_rule_view_form_release").id, "form")],
            "context": {
                BY_BUTTON: True, "default_kind": kind, "default_pattern": pattern,
                # One payout can contain several stores: its rules belong to the company.
                "default_store_id": False if self.processor_account_id else self.store_id.id,
                "default_company_id": self.company_id.id,
                "default_change_reason": self.env._(
                    "Exception %(number)s of %(store)s: %(message)s", number=self.id,
                    store=(self.store_id or self.payout_id).display_name, message=self.message,
                ),
                "default_tax_rate": self._only_rate(pattern) if kind == "tax" else False,
                # A gateway leads to a balance in one currency.
                "default_currency_id": currencies.id if kind == "gateway" and len(currencies) == 1 else False,
            },
        }  # fmt: skip

    def _only_rate(self, code):
        """The rate of a tax of the orders, if it has one only: its rule must not cover other rates unseen."""
        orders = self._orders()
        rates = {rate for order in orders for found, rate, _amount in order.tax_facts or () if found == code and rate}
        return rates.pop() if len(rates) == 1 else False

    def action_mark_corrected(self):
        """Open the wizard that accepts what changed in the store after it was posted."""
        self.ensure_one()
        wizard = self.env["ecommerce.change.accept"].create({"exception_id": self.id})
        return {
            "type": "ir.actions.act_window", "res_model": wizard._name, "res_id": wizard.id, "view_mode": "form",
            "target": "new", "name": self.env._("Mark as corrected"),
        }  # fmt: skip

    def _mark_corrected(self, moves, reason):
        """Close it, and write down who decided so and why."""
        self.ensure_one()
        entries = ", ".join(moves.mapped("name")) or self.env._("nothing; the books stay as they are")
        self._close(
            reason, self.env._("Marked as corrected by %(entries)s. %(reason)s", entries=entries, reason=reason)
        )

    def action_open_record(self):
        """Open the order, payout or rule concerned, or the store."""
        self.ensure_one()
        record = self.order_id or self.payout_id or self.rule_id or self.store_id
        return {
            "type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form",
        }  # fmt: skip
