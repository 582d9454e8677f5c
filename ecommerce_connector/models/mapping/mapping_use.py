from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..ledger.days import said_day
from .mapping_kinds import CHANGEABLE_IN_USE, OF_THE_SALE


class EcommerceMappingRule(models.Model):
    """What a rule decided already, and what must therefore stay."""

    _inherit = "ecommerce.mapping.rule"

    move_line_ids = fields.One2many("account.move.line", "ecommerce_rule_id")
    is_used = fields.Boolean(compute="_compute_is_used", help="It decided posted entries.")
    last_used_on = fields.Date(
        compute="_compute_last_used_on", string="Last Day Used",
        help="The last of its own days with a posted event that it decided. A lock date may make the entry later.",
    )  # fmt: skip

    def _compute_is_used(self):
        lines = self.env["account.move.line"]._read_group(
            [("ecommerce_rule_id", "in", self.ids)], ["ecommerce_rule_id"]
        )
        # A tax of 0 % has no journal item, and Odoo's tax engine names no rule: the posting knows them all.
        postings = self.env["ecommerce.posting"]._read_group([("rule_ids", "in", self.ids)], ["rule_ids"])
        used = {rule for (rule,) in [*lines, *postings]}
        for rule in self:
            rule.is_used = rule._origin in used

    def _compute_last_used_on(self):
        days = self._last_days_used() if self.ids else {}
        for rule in self:
            rule.last_used_on = days.get(rule._origin.id, False)

    def _last_days_used(self):
        """Rule id -> the last of the rule's days on which it decided something that is posted.

        The day is that of the event. What it decided beyond its own days is not asked for: a version took these days,
        and decides on them when they are planned again.

        :rtype: dict[int, date]
        """
        self.env.flush_all()
        self.check_access("read")
        link = self.env["ecommerce.posting"]._fields["rule_ids"]
        # In SQL, for a refund's own day and the day of its sale are in two rows; one query for all rules of a document.
        query = SQL(
            """
            WITH decided AS (
                SELECT rule.id, LEAST(posting.true_date, sale.true_date) AS day
                  FROM ecommerce_mapping_rule rule
                  JOIN %(link)s link ON link.%(rule)s = rule.id
                  JOIN ecommerce_posting posting ON posting.id = link.%(posting)s
                  LEFT JOIN ecommerce_posting sale
                         ON rule.kind IN %(of_the_sale)s AND sale.order_id = posting.order_id AND sale.kind = 'invoice'
                 WHERE rule.id IN %(ids)s
                 UNION ALL
                SELECT item.ecommerce_rule_id, item.date
                  FROM account_move_line item
                 WHERE item.ecommerce_rule_id IN %(ids)s
                   AND NOT EXISTS (SELECT 1 FROM %(link)s link
                                     JOIN ecommerce_posting posting ON posting.id = link.%(posting)s
                                    WHERE posting.move_id = item.move_id AND link.%(rule)s = item.ecommerce_rule_id)
            )
            SELECT rule.id, max(decided.day)
              FROM decided JOIN ecommerce_mapping_rule rule ON rule.id = decided.id
             WHERE decided.day BETWEEN COALESCE(rule.date_from, '-infinity') AND COALESCE(rule.date_to, 'infinity')
             GROUP BY rule.id
            """,
            link=SQL.identifier(link.relation), rule=SQL.identifier(link.column2), posting=SQL.identifier(link.column1),
            of_the_sale=OF_THE_SALE, ids=tuple(self.ids),
        )  # fmt: skip
        return dict(self.env.execute_query(query))

    # === What may not be taken away === #

    def _check_days_stay(self, vals):
        """Refuse to end a rule before a day on which it decided, or to archive it before it is ended.

        :param dict vals: what is about to be written
        """
        rules = self.filtered(lambda rule: not rule.is_draft)
        rules.invalidate_recordset(["is_used", "last_used_on"])
        if vals.get("date_to"):
            last = fields.Date.to_date(vals["date_to"])
            shorter = rules.filtered(lambda rule: not rule.date_to or last < rule.date_to)
            if used := shorter.filtered(lambda rule: rule.last_used_on and last < rule.last_used_on)[:1]:
                raise UserError(
                    self.env._(
                        "%(rule)s decided entries until %(day)s: end it on that day or later. To book these days "
                        "differently, make a new version of it, and see with “What if…” what that changes.",
                        rule=used.display_name, day=said_day(self.env, used.last_used_on),
                    )
                )  # fmt: skip
        if not vals.get("active", True):
            still_open = rules.filtered(lambda rule: rule.active and not vals.get("date_to", rule.date_to))
            if used := still_open.filtered("is_used")[:1]:
                raise UserError(
                    self.env._(
                        "%(rule)s decided entries until %(day)s. Set its last day, that day or later, before you "
                        "archive it.",
                        rule=used.display_name, day=said_day(self.env, used.last_used_on),
                    )
                )  # fmt: skip

    def _check_end_is_looked_at(self):
        """Refuse drafts that end a rule before a day on which it decided: see first what becomes of that day."""
        self.previous_id.invalidate_recordset(["last_used_on"])
        for draft in self:
            replaced = draft.previous_id
            if replaced.last_used_on and draft.date_from and draft.date_from <= replaced.last_used_on:
                raise UserError(
                    self.env._(
                        "%(rule)s decided entries until %(day)s: see with “What if…” what ending it on %(first)s "
                        "changes, and apply the draft there; or let it begin on a later day.",
                        rule=replaced.display_name, day=said_day(self.env, replaced.last_used_on),
                        first=said_day(self.env, draft.date_from),
                    )
                )  # fmt: skip

    def _check_frozen(self, changes):
        frozen = self.browse([rule.id for rule, changed in changes.items() if set(changed) - CHANGEABLE_IN_USE])
        frozen.invalidate_recordset(["is_used"])
        if used := frozen.filtered("is_used")[:1]:
            raise UserError(
                self.env._(
                    "%(rule)s decided posted entries and cannot be changed. Make a new version of it from a day on.",
                    rule=used.display_name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.invalidate_recordset(["is_used"])
        if used := self.filtered("is_used")[:1]:
            raise UserError(
                self.env._(
                    "%(rule)s decided posted entries and cannot be deleted. Set its last day.", rule=used.display_name
                )
            )
