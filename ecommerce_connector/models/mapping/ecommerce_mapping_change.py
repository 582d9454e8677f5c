from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What the database itself refuses: to alter a line, to take what it links to away, to add to it afterwards.
_GUARDS = """
    CREATE OR REPLACE FUNCTION ecommerce_mapping_change_is_final() RETURNS trigger AS $$
    BEGIN
        RAISE EXCEPTION 'The change log of mapping rules cannot be altered.' USING ERRCODE = 'check_violation';
    END
    $$ LANGUAGE plpgsql;
    CREATE OR REPLACE FUNCTION ecommerce_mapping_change_is_being_written() RETURNS trigger AS $$
    DECLARE
        epoch bigint := (pg_current_xact_id()::text::bigint >> 32) << 32;
    BEGIN
        -- Its transaction is not over, and it is seen here: it is this one.
        PERFORM FROM ecommerce_mapping_change
          WHERE id = NEW.%(line)s AND pg_xact_status((epoch + xmin::text::bigint)::text::xid8) = 'in progress';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'The change log of mapping rules cannot be altered.' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END
    $$ LANGUAGE plpgsql;
    CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_final
        BEFORE UPDATE OR DELETE ON ecommerce_mapping_change
        FOR EACH ROW EXECUTE FUNCTION ecommerce_mapping_change_is_final();
    CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_kept
        BEFORE TRUNCATE ON ecommerce_mapping_change
        FOR EACH STATEMENT EXECUTE FUNCTION ecommerce_mapping_change_is_final();
    CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_being_written
        BEFORE INSERT ON %(links)s
        FOR EACH ROW EXECUTE FUNCTION ecommerce_mapping_change_is_being_written();
    CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_final
        BEFORE UPDATE OR DELETE ON %(links)s
        FOR EACH ROW EXECUTE FUNCTION ecommerce_mapping_change_is_final();
    CREATE OR REPLACE TRIGGER ecommerce_mapping_change_is_kept
        BEFORE TRUNCATE ON %(links)s
        FOR EACH STATEMENT EXECUTE FUNCTION ecommerce_mapping_change_is_final();
"""


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
        "account.move", readonly=True, string="Journal Entries", ondelete="restrict",
        help="What was posted or re-posted because of it.",
    )  # fmt: skip
    move_count = fields.Integer(compute="_compute_move_count", string="Entries")
    rule_id = fields.Many2one("ecommerce.mapping.rule", compute="_compute_rule_id", string="Rule Today")

    _reason_given = models.Constraint("CHECK (trim(reason) <> '')", "Say why.")

    def init(self):
        """Close the log to all but INSERT, whoever asks. Links to entries are written with their line or never."""
        links = self._fields["move_ids"]
        self.env.cr.execute(
            SQL(_GUARDS, links=SQL.identifier(links.relation), line=SQL.identifier(links.column1))
        )  # fmt: skip

    @api.model
    def _drop_guards(self):
        """Take the guards away with the addon; what is logged goes with its table."""
        for name in ("is_final", "is_being_written"):
            function = SQL.identifier(f"{self._table}_{name}")
            self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s CASCADE", function))

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
        return self.move_ids._open_as_entries(self.env._("Journal Entries"))
