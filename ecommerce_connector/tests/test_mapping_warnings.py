from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestMappingWarnings(RuleCommon):
    """What is told before a rule leads astray."""

    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.store)

    def warnings(self):
        self.rules._warn(self.company)
        return self.env["ecommerce.exception"].search(
            [("rule_id", "!=", False), ("state", "=", "open"), ("company_id", "=", self.company.id)]
        )

    def test_a_rule_that_ends_without_a_successor(self):
        rule = self.rule(date_to=self.today + timedelta(days=10))
        (found,) = self.warnings()
        self.assertRecordValues(
            found, [{"code": "ends_soon", "rule_id": rule.id, "severity": "0", "store_id": self.store.id}]
        )
        self.assertIn(f"ends on {self.today + timedelta(days=10)}", found.message)
        self.assertEqual(self.warnings(), found, "told once")
        self.rule(date_from=self.today + timedelta(days=11))
        self.assertFalse(self.warnings())
        self.assertEqual(found.state, "resolved")

    def test_a_rule_that_leads_to_something_archived(self):
        account = self.account("Store sales").copy({"name": "Old sales", "code": "400999"})
        rule = self.rule(account_id=account.id)
        account.active = False
        self.assertEqual(self.warnings().mapped(lambda item: (item.code, item.rule_id)), [("archived_target", rule)])

    def test_a_rate_that_changed_in_the_store_only(self):
        day = str(self.today - timedelta(days=3))
        tax = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20")]).tax_id
        rule = self.rule("tax", "MwSt", tax_id=tax.id)
        self.sold("W1", day=day, code="MwSt")
        self.assertFalse(self.warnings())
        self.sold("W2", sku="BOOK", tax="10.00", rate="10", day=day, code="MwSt")
        (found,) = self.warnings()
        self.assertRecordValues(found, [{"code": "store_rate", "rule_id": rule.id, "state": "open"}])
        self.assertIn(f"charges 10 % on BOOK since {fields.Date.to_date(day):%b %-d, %Y} (1 order)", found.message)
        self.assertIn("a tax of 20 %", found.message)
        ten = tax.copy({"name": "10 %", "amount": 10.0})
        self.rule("tax", "MwSt", tax_rate="10", tax_id=ten.id)
        self.assertFalse(self.warnings())

    def test_each_company_by_itself(self):
        self.rule(date_to=self.today + timedelta(days=10))
        other = self.env["res.company"].create({"name": "Other"})
        self.rules._warn(other)
        self.assertFalse(self.env["ecommerce.exception"].search([("rule_id", "!=", False)]))
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0):
            self.rules._cron_warn()
        found = self.env["ecommerce.exception"].search([("rule_id", "!=", False)])
        self.assertEqual(found.company_id, self.company)
        self.assertEqual(found.action_open_record()["res_model"], "ecommerce.mapping.rule")
