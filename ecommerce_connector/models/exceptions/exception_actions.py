from odoo import api, fields, models

from ...core.ways_out import WAYS_OUT, Action

#: Where an exception leads whose own way is barred: what it is about, the nearest first.
BY_RECORD = {
    "dispute_id": Action.OPEN_DISPUTE, "customer_id": Action.OPEN_CUSTOMER, "rule_id": Action.OPEN_RULE,
    "order_id": Action.OPEN_ORDER, "payout_id": Action.OPEN_PAYOUT, "store_id": Action.OPEN_STORE,
}  # fmt: skip
#: What an action is about; without it the exception leads elsewhere.
NEEDS = {
    Action.OPEN_ORDER: "order_id", Action.RETRY: "order_id", Action.MARK_CORRECTED: "order_id",
    Action.FETCH_AGAIN: "order_id", Action.OPEN_ENTRIES: "order_id", Action.OPEN_PAYOUT: "payout_id",
    Action.OPEN_DISPUTE: "dispute_id", Action.OPEN_CUSTOMER: "customer_id", Action.OPEN_STORE: "store_id",
    Action.OPEN_CURRENCY: "currency_id",
}  # fmt: skip
#: What changes something, with the method; the others open a screen.
DOES = {
    Action.ADD_RULE: "action_add_rule", Action.FETCH_AGAIN: "action_fetch_again", Action.RETRY: "action_retry",
    Action.MARK_CORRECTED: "action_mark_corrected",
}  # fmt: skip


class EcommerceException(models.Model):
    """The main button: what solves an exception of its kind, see ``core.ways_out``."""

    _inherit = "ecommerce.exception"

    way_out = fields.Selection(
        [
            ("add_rule", "Add mapping rule"), ("open_rule", "Open rule"), ("open_order", "Open order"),
            ("fetch_again", "Fetch again"), ("retry", "Try again"), ("mark_corrected", "Mark as corrected…"),
            ("open_entries", "Open entries"), ("open_payout", "Open payout"), ("open_dispute", "Open dispute"),
            ("open_customer", "Open customer"), ("open_store", "Open store"), ("open_currency", "Open currency"),
            ("open_products", "Open products"),
        ], compute="_compute_way_out", help="What the main button does or opens.",
    )  # fmt: skip

    @api.depends("code", "state", "key")
    def _compute_way_out(self):
        for item in self:
            way = item._way_out() if item.state == "open" else None
            item.way_out = way.value if way else False

    def _way_out(self):
        """The action of its code; where that has nothing to work on, what the exception is about is opened.

        :rtype: Action
        """
        self.ensure_one()
        known = WAYS_OUT.get(self.code)
        action = known.action if known else None
        if action is Action.FETCH_AGAIN and not self.store_id.has_connection:
            action = Action.OPEN_ORDER
        if action is Action.ADD_RULE and not (self.store_id or self.processor_account_id):
            action = None
        if action in NEEDS and not self[NEEDS[action]]:
            action = None
        if action:
            return action
        return next((opens for name, opens in BY_RECORD.items() if self[name]), None)

    def action_do_way_out(self):
        """Do what solves it, or open where that is done."""
        self.ensure_one()
        action = self._way_out()
        return getattr(self, DOES[action])() if action in DOES else self.action_view_way_out()

    def action_view_way_out(self):
        """Open where it is solved."""
        self.ensure_one()
        action = self._way_out()
        opens = {
            Action.OPEN_RULE: self._open_rules, Action.OPEN_ENTRIES: self.order_id.action_view_moves,
            Action.OPEN_STORE: lambda: self._open_one(self.store_id), Action.OPEN_PRODUCTS: self._open_products,
            Action.OPEN_CURRENCY: lambda: self._open_one(self._currency_concerned()),
            Action.OPEN_PAYOUT: lambda: self._open_one(self.payout_id),
            Action.OPEN_ORDER: lambda: self._open_one(self.order_id),
        }  # fmt: skip
        return opens.get(action, self.action_open_record)()

    def action_fetch_again(self):
        """Ask the store for the present state of the orders."""
        self.check_access("write")
        self._orders().action_fetch_again()

    def _currency_concerned(self):
        """The one that the key names, else the document's."""
        code = (self.key or "").partition(":")[0]
        named = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
        return named or self.currency_id

    def _open_rules(self):
        """The rule that it names, or all that cover what it is about."""
        kind, _separator, pattern = (self.key or "").partition(":")
        rules = self.env["ecommerce.mapping.rule"]
        one = self.rule_id or (rules.browse(int(pattern)).exists() if kind == "rule" and pattern.isdigit() else rules)
        if one:
            return self._open_one(one)
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_mapping_rule_action")
        kinds = dict(rules._fields["kind"]._description_selection(self.env))
        domain = [("company_id", "=", self.company_id.id)] + ([("kind", "=", kind)] if kind in kinds else [])
        return action | {"domain": domain, "context": {}}

    def _open_products(self):
        """The products with the SKU that the key names, or all to choose where it belongs."""
        found = self.env["product.product"].search(["|", ("default_code", "=", self.key), ("barcode", "=", self.key)])
        if len(found) == 1:
            return self._open_one(found)
        return {
            "type": "ir.actions.act_window", "name": self.env._("Products"), "res_model": "product.product",
            "view_mode": "list,form", "domain": [("id", "in", found.ids)] if found else [],
        }  # fmt: skip

    @staticmethod
    def _open_one(record):
        return {
            "type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form",
        }  # fmt: skip
