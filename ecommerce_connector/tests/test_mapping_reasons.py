from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestReasons(RuleCommon):
    """Who adds, archives, restores or deletes a rule says why, as who changes one does."""

    def values(self, pattern="MUG", **more):
        return {"kind": "product", "pattern": pattern, "store_id": self.store.id, "company_id": self.company.id,
                "account_id": self.account("Store sales").id, **more}  # fmt: skip

    def wizard(self, rules, action="delete", **values):
        """As the Actions menu opens it."""
        wizard = self.env["ecommerce.mapping.reason"].with_context(
            active_model=rules._name, active_ids=rules.ids, default_action=action
        )
        return wizard.create(values)

    # === Adding === #

    def test_who_adds_a_rule_says_why(self):
        for reason in (None, "", "  "):
            with self.refused("Say why the rule is added: it goes into the change log"):
                self.rules.create(self.values(change_reason=reason))
        said = self.rules.create(self.values(change_reason="New product"))
        self.assertEqual([item[:2] for item in self.changes(said)], [("added", "New product")])
        with self.refused("Say why the rule is added"):
            self.rules.create([self.values("A", change_reason="New product"), self.values("B")])
        programs = self.rules.with_context(mapping_change_reason="From the catalog").create(
            [self.values("A"), self.values("B", change_reason="Its own reason")]
        )
        self.assertEqual(
            [self.changes(rule)[0][:2] for rule in programs],
            [("added", "From the catalog"), ("added", "Its own reason")],
        )

    def test_a_draft_needs_no_reason_until_it_is_applied(self):
        draft = self.rules.create(self.values(is_draft=True))
        self.assertEqual(self.changes(draft), [])
        asked = self.env["ecommerce.mapping.reason"].browse(draft.action_apply()["res_id"])
        self.assertEqual((asked.action, asked.rule_ids, asked.needs_reason), ("apply", draft, True))
        with self.refused("Say why"):
            asked.action_confirm()
        self.assertTrue(draft.is_draft)
        asked.reason = "Agreed with the adviser"
        asked.action_confirm()
        self.assertFalse(draft.is_draft)
        self.assertEqual([change[:2] for change in self.changes(draft)], [("added", "Agreed with the adviser")])

    def test_a_draft_that_is_not_applied_goes_without_a_word(self):
        draft = self.rules.create(self.values(is_draft=True))
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_the_form_asks_for_the_reason(self):
        form = Form(self.rules.with_context(default_store_id=self.store.id))
        form.kind, form.pattern, form.account_id = "product", "MUG", self.account("Store sales")
        with self.assertRaisesRegex(AssertionError, "change_reason is a required field"):
            form.save()
        form.change_reason = "New product"
        self.assertEqual(self.changes(form.save())[0][:2], ("added", "New product"))

    # === Reasons that are known === #

    def test_rules_made_with_the_store_name_it(self):
        found = self.env["ecommerce.mapping.change"].search([("action", "=", "added")])
        self.assertEqual(set(found.mapped("reason")), {"Made by “Create accounts and rules” of Test shop"})

    def test_a_rule_from_an_exception_names_it(self):
        self.rules.search([("kind", "=", "product"), ("store_id", "=", self.store.id)]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )
        self.sold()
        item = self.env["ecommerce.exception"].search([("key", "=", "product:MUG"), ("state", "=", "open")])
        action = item.action_add_rule()
        form = Form(self.rules.with_context(**action["context"]), action["views"][0][0])
        form.account_id = self.account("Store sales")
        ((_action, reason, _values),) = self.changes(form.save())
        self.assertRegex(reason, rf"^Exception {item.id} of Test shop: No product rule covers 'MUG'")

    # === Deleting, archiving, restoring === #

    def test_who_deletes_a_rule_says_why(self):
        rule = self.rule()
        with self.refused("Say why the rule is deleted: choose “Delete…” in its Actions menu"):
            rule.unlink()
        self.assertTrue(rule.exists())
        number = rule.id
        rule.with_context(mapping_change_reason="Twice in the catalog").unlink()
        line = self.env["ecommerce.mapping.change"].search([("rule_number", "=", number)], limit=1)
        self.assertEqual((line.action, line.reason), ("deleted", "Twice in the catalog"))

    def test_the_actions_menu_asks_why(self):
        rules = self.rule() | self.rule(pattern="CUP")
        wizard = self.wizard(rules, reason=" ")
        self.assertEqual(wizard.rule_ids, rules)
        with self.refused("Say why"):
            wizard.action_confirm()
        wizard.reason = "Not sold any more"
        wizard.action_confirm()
        self.assertFalse(rules.exists())
        lines = self.env["ecommerce.mapping.change"].search([("rule_number", "in", rules.ids)], limit=2)
        self.assertEqual([(line.action, line.reason) for line in lines], [("deleted", "Not sold any more")] * 2)

    def test_drafts_are_deleted_without_a_reason(self):
        draft = self.rule()._draft_version()
        wizard = self.wizard(draft)
        self.assertFalse(wizard.needs_reason)
        wizard.action_confirm()
        self.assertFalse(draft.exists())

    def test_archive_and_restore_ask_why(self):
        rule = self.rule()
        action = rule.action_archive()
        self.assertTrue(rule.active, "not yet")
        wizard = self.env["ecommerce.mapping.reason"].browse(action["res_id"])
        wizard.reason = "Season is over"
        wizard.action_confirm()
        self.assertFalse(rule.active)
        wizard = self.env["ecommerce.mapping.reason"].browse(rule.action_unarchive()["res_id"])
        wizard.reason = "Next season"
        wizard.action_confirm()
        self.assertTrue(rule.active)
        self.assertEqual(
            [item[:2] for item in self.changes(rule)[1:]], [("archived", "Season is over"), ("restored", "Next season")]
        )
        self.assertFalse(rule.with_context(mapping_change_reason="A program").action_archive())
        self.assertFalse(rule.active)
        draft = self.rule(pattern="CUP")._draft_version()
        draft.action_archive()
        self.assertFalse(draft.active, "a draft is nobody's business yet")

    def test_what_is_used_is_not_deleted_by_the_menu_either(self):
        rule = self.rule()
        self.sold()
        with self.refused("decided posted entries and cannot be deleted. Set its last day"):
            self.wizard(rule, reason="Away").action_confirm()
        with self.refused("Set its last day"):
            self.wizard(rule, "archive", reason="Away").action_confirm()

    def test_rights(self):
        rule = self.rule()
        viewer, accountant = (
            new_test_user(
                self.env, f"why-{group}", groups=f"ecommerce_connector.group_{group}", company_id=self.company.id
            )
            for group in ("viewer", "accountant")
        )
        with self.assertRaises(AccessError):
            self.wizard(rule.with_user(viewer)).with_user(viewer).create({"rule_ids": [(6, 0, rule.ids)]})
        for method in ("action_archive", "action_unarchive"):
            with self.assertRaises(AccessError):
                getattr(rule.with_user(viewer), method)()
        theirs = self.wizard(rule).with_user(accountant)
        theirs.reason = "Twice in the catalog"
        theirs.action_confirm()
        self.assertFalse(rule.exists())
