"""What only shows between transactions: real cursors, and rules that are committed and taken away again."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL

#: Begins the store values of all rules that these tests commit.
MARK = "COMMITTED-"


class CommittedCommon(BaseCase):
    """Rules of the database's first company, each transaction on a cursor of its own."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self.clean)
        with self.transaction() as env:
            self.company_id = env.ref("base.main_company").id
            self.account_id = (
                env["account.account"]
                .with_company(self.company_id)
                .search([("company_ids", "in", self.company_id), ("account_type", "=", "income")], limit=1)
                .id
            )

    @contextmanager
    def transaction(self):
        """An environment that commits when it is left."""
        with self.registry.cursor() as cr:
            yield api.Environment(
                cr, SUPERUSER_ID, {"mapping_change_reason": "For a test", "mail_create_nolog": True}
            )  # fmt: skip

    def rule(self, env, pattern, kind="product", **values):
        rule = env["ecommerce.mapping.rule"].create(
            {"company_id": self.company_id, "kind": kind, "pattern": MARK + pattern, "account_id": self.account_id,
             **values}
        )  # fmt: skip
        env.flush_all()
        return rule

    def clean(self):
        """Take away what was committed; only the owner of the database can do that to the log."""
        with self.registry.cursor() as cr:
            self.guard(cr, "DISABLE")
            cr.execute("SELECT id FROM ecommerce_mapping_rule WHERE starts_with(pattern, %s)", [MARK])
            numbers = [number for (number,) in cr.fetchall()]
            cr.execute("DELETE FROM ecommerce_mapping_change WHERE position(%s in rule_name) > 0", [MARK])
            of_rules = ["ecommerce.mapping.rule", numbers]
            cr.execute("DELETE FROM mail_message WHERE model = %s AND res_id = ANY(%s)", of_rules)
            cr.execute("DELETE FROM mail_followers WHERE res_model = %s AND res_id = ANY(%s)", of_rules)
            cr.execute("DELETE FROM ecommerce_mapping_rule WHERE id = ANY(%s)", [numbers])
            self.guard(cr, "ENABLE")
        self.registry.clear_cache()

    @staticmethod
    def guard(cr, how):
        """Enable or disable the triggers that close the change log."""
        for table in ("ecommerce_mapping_change", "account_move_ecommerce_mapping_change_rel"):
            cr.execute(SQL("ALTER TABLE %s %s TRIGGER USER", SQL.identifier(table), SQL(how)))
