import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..hooks import uninstall_hook
from .test_whatif import WhatIfCommon

LINKS = "account_move_ecommerce_mapping_change_rel"


@tagged("post_install", "-at_install")
class TestLogIsFinal(WhatIfCommon):
    """A line of the change log, and what it says was re-posted, is written once and never again, in SQL neither."""

    def setUp(self):
        super().setUp()
        self.sold("R1")
        self.sold("R2")
        whatif = self.what_if(self.draft(self.catch_all("product"), account_id=self.books.id), reason="New chart")
        whatif.action_repost()
        self.line = self.env["ecommerce.mapping.change"].search([("action", "=", "reposted")])
        self.entries = self.line.move_ids
        self.env.flush_all()

    def refused_in_sql(self, statement, message="cannot be altered"):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(psycopg2.IntegrityError, message):
            with self.env.cr.savepoint():
                self.env.cr.execute(statement)

    def test_the_log(self):
        self.assertEqual(len(self.line), 1)
        for statement in (
            "UPDATE ecommerce_mapping_change SET reason = 'x'", "DELETE FROM ecommerce_mapping_change",
            "TRUNCATE ecommerce_mapping_change CASCADE",
        ):  # fmt: skip
            with self.subTest(statement=statement):
                self.refused_in_sql(statement)

    def test_what_it_reposted(self):
        self.assertEqual(len(self.entries), 2)
        other = self.moves_of(self.env["ecommerce.order"].search([("number", "=", "R1")]), "invoice")
        for statement in (
            f"UPDATE {LINKS} SET account_move_id = {other.id}", f"DELETE FROM {LINKS}", f"TRUNCATE {LINKS}",
        ):  # fmt: skip
            with self.subTest(statement=statement):
                self.refused_in_sql(statement)
        for change in ([(4, other.id)], [(3, self.entries[0].id)], [(5,)], [(6, 0, [])]):
            with self.subTest(change=change), self.refused("cannot be altered", UserError):
                self.line.sudo().write({"move_ids": change})
        self.line.invalidate_recordset()
        self.assertEqual(self.line.move_ids, self.entries)

    def test_an_entry_that_it_names_stays(self):
        self.env.cr.execute(
            "SELECT confdeltype FROM pg_constraint WHERE conrelid = %s::regclass AND confrelid = %s::regclass",
            [LINKS, "account_move"],
        )
        self.assertEqual(self.env.cr.fetchall(), [("r",)])

    def test_the_hook_takes_its_guards_away_with_the_addon(self):
        with self.env.cr.savepoint() as savepoint:
            uninstall_hook(self.env)
            self.env.cr.execute("DELETE FROM ecommerce_mapping_change WHERE id = %s", [self.line.id])
            self.assertEqual(self.env.cr.rowcount, 1)
            self.env.cr.execute("SELECT count(*) FROM pg_proc WHERE proname LIKE 'ecommerce_mapping_change%'")
            self.assertEqual(self.env.cr.fetchone(), (0,))
            savepoint.rollback()
        self.refused_in_sql("DELETE FROM ecommerce_mapping_change")
