from odoo import api, fields, models
from odoo.exceptions import UserError


class EcommerceMappingChange(models.Model):
    """The change log of mapping rules. A line is written once and never again: not by the ORM, and not in SQL."""

    _name = "ecommerce.mapping.change"
    _description = "E-commerce Mapping Change"
    _order = "id desc"
    _rec_name = "rule_name"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    store_name = fields.Char(readonly=True, string="Store")
    # Numbers, not links: a line outlives its rule.
    rule_number = fields.Integer(readonly=True, required=True, index=True, string="Rule No.", aggregator=None)
    lineage_number = fields.Integer(
        readonly=True, required=True, index=True, aggregator=None, help="Number of the rule's first version."
    )
    rule_name = fields.Char(readonly=True, required=True, string="Rule", help="As it was called then.")
    kind = fields.Char(readonly=True)
    action = fields.Selection(
        [
            ("added", "Added"), ("changed", "Changed"), ("version", "New version"), ("ended", "Ended"),
            ("archived", "Archived"), ("restored", "Restored"), ("deleted", "Deleted"), ("reposted", "Re-posted"),
            ("released", "Released"),
        ],
        required=True, readonly=True,
    )  # fmt: skip
    user_id = fields.Many2one("res.users", required=True, readonly=True, string="Who", ondelete="restrict")
    changed_at = fields.Datetime(required=True, readonly=True, string="When", default=fields.Datetime.now)
    reason = fields.Char(required=True, readonly=True, string="Why")
    values = fields.Json(readonly=True, help="Field -> [old, new], as text.")
    summary = fields.Text(readonly=True, string="What")
    effective_from = fields.Date(readonly=True, help="From which day it decides; empty: always.")
    move_ids = fields.Many2many(
        "account.move", readonly=True, string="Journal Entries", help="What was posted or re-posted because of it."
    )
    move_count = fields.Integer(compute="_compute_move_count", string="Entries")
    rule_id = fields.Many2one("ecommerce.mapping.rule", compute="_compute_rule_id", string="Rule Today")

    _reason_given = models.Constraint("CHECK (trim(reason) <> '')", "Say why.")

    def init(self):
        """Close the table to UPDATE and DELETE, whoever asks."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION ecommerce_mapping_change_is_final() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'The change log of mapping rules cannot be altered.' USING ERRCODE = 'check_violation';
            END
            $$ LANGUAGE plpgsql;
            CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_final
                BEFORE UPDATE OR DELETE ON ecommerce_mapping_change
                FOR EACH ROW EXECUTE FUNCTION ecommerce_mapping_change_is_final();
            """
        )

    @api.depends("rule_number")
    def _compute_rule_id(self):
        there = self.env["ecommerce.mapping.rule"].with_context(active_test=False)
        known = {rule.id: rule for rule in there.search([("id", "in", self.mapped("rule_number"))])}
        for change in self:
            change.rule_id = known.get(change.rule_number, there)

    def _compute_move_count(self):
        for change in self:
            change.move_count = len(change.move_ids)

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused, whoever asks."""
        raise UserError(self.env._("The change log of mapping rules cannot be altered."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The change log of mapping rules cannot be altered."))

    def action_view_moves(self):
        """Open the entries that were posted because of the change."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.env._("Journal Entries"), "res_model": "account.move",
            "view_mode": "list,form", "domain": [("id", "in", self.move_ids.ids)],
        }  # fmt: skip
