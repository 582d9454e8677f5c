from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.mapping.mapping_kinds import KINDS
from .mapping_proposals import OF_COMPANY

#: Section of the page -> the field that says how its lines are booked.
TARGETS = {
    "revenue": "account_id", "discount": "account_id", "tax": "tax_id", "payment": "processor_account_id",
    "payout": "account_id",
}  # fmt: skip


class EcommerceMappingAssistantLine(models.TransientModel):
    """One thing found in the sample, and the rule proposed for it."""

    _name = "ecommerce.mapping.assistant.line"
    _description = "Finding of the Set-up Assistant"
    _order = "id"
    _rec_name = "label"
    _check_company_auto = True
    _transient_max_hours = 24  # as long as the assistant it belongs to

    assistant_id = fields.Many2one(
        "ecommerce.mapping.assistant", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="assistant_id.company_id", store=True)
    section = fields.Selection(
        [
            ("revenue", "Sold"), ("discount", "Discounts"), ("tax", "Taxes"), ("payment", "Paid by"),
            ("payout", "Payouts"),
        ],
        required=True, readonly=True,
    )  # fmt: skip

    # === What was found === #
    kind = fields.Selection([(name, kind.label) for name, kind in KINDS.items()], required=True, readonly=True)
    match_on = fields.Char(required=True, readonly=True)
    pattern = fields.Char(required=True, readonly=True)
    tax_rate = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    remitter = fields.Char(readonly=True)
    label = fields.Char(string="Found", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    line_count = fields.Integer(string="Times", readonly=True, help="Lines, payments or processor movements.")
    amounts = fields.Text(readonly=True, help="What was sold or received; returned and refunded is deducted.")
    samples = fields.Char(string="For Example", readonly=True)
    is_covered = fields.Boolean(readonly=True)

    # === How it is to be booked === #
    selected = fields.Boolean(string="Rule", help="Whether a mapping rule is made for it.")
    account_id = fields.Many2one("account.account", check_company=True)
    tax_id = fields.Many2one(
        "account.tax", check_company=True, domain="[('type_tax_use', '=', 'sale'), ('amount_type', '!=', 'group')]"
    )
    processor_account_id = fields.Many2one("ecommerce.processor.account", check_company=True)
    item_id = fields.Many2one(
        "ecommerce.mapping.assistant.item", string="Or to Be Made", ondelete="set null", index=True,
        domain="[('assistant_id', '=', assistant_id)]",
    )  # fmt: skip
    item_key = fields.Char(readonly=True)
    reason = fields.Text(string="Why", readonly=True)

    @api.onchange("account_id", "tax_id", "processor_account_id")
    def _onchange_target(self):
        for line in self:
            if line[line._target_name()]:
                line.item_id = False
                line.selected = True

    def _target_name(self):
        return "account_id" if self.kind == "marketplace_tax" else TARGETS[self.section]

    def _make_rules(self, made):
        """The rules of these lines; one that exists is left as it is.

        :param dict made: key -> record, of what was made just now
        :return: the new rules
        :rtype: ecommerce.mapping.rule
        """
        rules = self.env["ecommerce.mapping.rule"]
        for line in self.filtered(lambda line: not line.is_covered):
            limits = line._limits()
            store = line.assistant_id.store_id
            if store._rule_for(line.kind, line.pattern, line.match_on, limits):
                continue
            rules |= store._ensure_rule(
                line.kind, line.pattern, match_on=line.match_on, of_store=line.kind not in OF_COMPANY,
                currency=line.currency_id, tax_rate=line.tax_rate,
                reason=self.env._("Set-up assistant of %(store)s", store=store.name),
                country_id=line.country_id.id, remitter=line.remitter, **line._target(made),
            )  # fmt: skip
        return rules

    def _limits(self):
        return {
            "tax_rate": self.tax_rate, "currency_id": self.currency_id.id, "country_id": self.country_id.id,
            "remitter": self.remitter,
        }  # fmt: skip

    def _target(self, made):
        """Values of the rule that say how it is booked."""
        name = self._target_name()
        record = self[name] or made.get(self.item_id.key)
        if self.kind == "discount":
            return {"discount_method": "gross" if record else "net", name: record.id if record else False}
        if not record or (name == "tax_id" and not record.active):
            raise UserError(self._what_is_missing())
        return {name: record.id}

    def _what_is_missing(self):
        kind = dict(self._fields["kind"]._description_selection(self.env))[self.kind]
        if self.item_id:
            return self.env._(
                "%(kind)s %(label)s is to be booked on “%(item)s”, which is not ticked to be made. Tick it, choose "
                "another, or untick the rule.",
                kind=kind, label=self.label, item=self.item_id.name,
            )  # fmt: skip
        return self.env._(
            "%(kind)s %(label)s: choose what it is booked on, or untick the rule.", kind=kind, label=self.label
        )
