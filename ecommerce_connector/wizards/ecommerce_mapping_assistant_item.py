from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ..core.setup.areas import Area
from ..core.setup.choices import Choice, NewAccount, NewProcessor, NewTax

#: What is made earlier can be used by what is made later.
KINDS = {
    "account": "Account", "open_account": "Reconciliation", "tax": "Tax", "open_tax": "Archived tax",
    "journal": "Journal", "processor": "Processor account",
}  # fmt: skip


class EcommerceMappingAssistantItem(models.TransientModel):
    """An account, tax, journal or processor account that is missing, or a change that one needs."""

    _name = "ecommerce.mapping.assistant.item"
    _description = "To Be Made by the Set-up Assistant"
    _order = "id"  # in which they are to be made
    _transient_max_hours = 24  # as long as the assistant it belongs to

    assistant_id = fields.Many2one(
        "ecommerce.mapping.assistant", required=True, readonly=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="assistant_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    kind = fields.Selection(list(KINDS.items()), required=True, readonly=True)
    selected = fields.Boolean(string="Make", help="Only what is ticked is made.")
    code = fields.Char()
    name = fields.Char(required=True)
    note = fields.Char(readonly=True, string="What")
    spec = fields.Json(readonly=True)
    line_ids = fields.One2many("ecommerce.mapping.assistant.line", "item_id")
    used_by = fields.Char(compute="_compute_used_by", string="For")

    def _compute_used_by(self):
        for item in self:
            parts = item.assistant_id.item_ids.filtered(lambda other, key=item.key: key in (other.spec or {}).values())
            item.used_by = ", ".join([*item.line_ids.mapped("label"), *parts.mapped("name")])

    def _make(self):
        """Make these; what exists already is found.

        :return: key -> record
        :rtype: dict
        """
        made = {}
        for item in self.sorted():
            made[item.key] = getattr(item, f"_make_{item.kind}")(item.spec, made)
        return made

    def _account(self, reference, made):
        """An account that a specification refers to: by its id, or by the key of what makes it."""
        if isinstance(reference, str):
            if reference not in made:
                wanted = self.assistant_id.item_ids.filtered(lambda item: item.key == reference)
                raise UserError(
                    self.env._("%(name)s needs “%(account)s”: tick that too.", name=self.name, account=wanted.name)
                )
            return made[reference]
        return self.env["account.account"].browse(reference)

    @property
    def _store(self):
        return self.assistant_id.store_id

    def _make_account(self, spec, made):
        return self._store._make_account(
            NewAccount(
                role=spec["role"], name=self.name, type=spec["type"], reconcile=spec["reconcile"], after=spec["after"]
            ),
            code=self.code,
        )

    def _make_open_account(self, spec, made):
        return self._store._open_account(spec["id"])

    def _make_tax(self, spec, made):
        rate = Decimal(spec["rate"]) if spec["rate"] else None
        new = NewTax(name=self.name, rate=rate, area=Area(spec["area"]), account=Choice(reason=""))
        return self._store._make_tax(new, self._account(spec["account"], made))

    def _make_open_tax(self, spec, made):
        return self._store._open_tax(spec["id"])

    def _make_journal(self, spec, made):
        return self._store._ensure_journal(spec["code"], self.name, spec["type"], self._account(spec["account"], made))

    def _make_processor(self, spec, made):
        new = NewProcessor(
            name=self.name, family=spec["family"], currency=spec["currency"], is_liability=spec["is_liability"],
            processor=spec["processor"], control=Choice(reason=""),
        )  # fmt: skip
        control = self._account(spec["control"], made)
        in_transit = self._account(spec["in_transit"], made) if spec["in_transit"] else None
        return self._store._make_processor(new, control, in_transit)
