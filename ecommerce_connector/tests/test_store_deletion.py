from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestStoreDeletion(RuleCommon):
    """A store that brought something stays; of another, the log tells which rules went with it."""

    def test_a_store_with_orders_is_archived_instead(self):
        self.sold()
        rules = self.store.rule_ids
        self.assertTrue(rules)
        with self.refused("Test shop has orders, payouts or customers, which stay as evidence: archive it instead"):
            self.store.unlink()
        self.assertEqual(rules.exists(), rules)

    def test_each_rule_that_goes_with_its_store_is_logged(self):
        shop = self.store.copy({"name": "Closed shop"})
        rule, ended = self.rule(store_id=shop.id), self.rule(pattern="CUP", store_id=shop.id)
        ended.write({"active": False, "change_reason": "Not sold"})
        version = rule._draft_version(date_from="2026-06-01", account_id=self.account("Store order fees").id)
        version._apply("From June")
        draft = version._draft_version(date_from="2026-09-01")
        kept = self.rule(pattern="POT", store_id=False)
        numbers = {item.id: item.display_name for item in rule | ended | version}
        administrator = new_test_user(
            self.env, "closing", groups="ecommerce_connector.group_administrator", company_id=self.company.id
        )
        shop.with_user(administrator).unlink()
        self.assertFalse(shop.exists() or (rule | ended | version | draft).exists())
        self.assertTrue(kept.exists())
        lines = self.env["ecommerce.mapping.change"].search(
            [("action", "=", "deleted"), ("store_name", "=", "Closed shop")]
        )
        self.assertEqual({line.rule_number: line.rule_name for line in lines}, numbers)
        self.assertEqual(set(lines.mapped("reason")), {"The store Closed shop was deleted"})
        self.assertEqual(lines.user_id, administrator)

    def test_the_database_does_not_take_rules_away(self):
        self.env.cr.execute(
            "SELECT confdeltype FROM pg_constraint WHERE conrelid = 'ecommerce_mapping_rule'::regclass "
            "AND confrelid = 'ecommerce_store'::regclass"
        )
        self.assertEqual(self.env.cr.fetchall(), [("r",)])

    def test_who_may_not_delete_a_store_takes_no_rule_away(self):
        shop = self.store.copy({"name": "Closed shop"})
        rule = self.rule(store_id=shop.id)
        accountant = new_test_user(
            self.env, "not-closing", groups="ecommerce_connector.group_accountant", company_id=self.company.id
        )
        with self.refused("not allowed to delete", UserError):
            shop.with_user(accountant).unlink()
        self.assertTrue(rule.exists())
