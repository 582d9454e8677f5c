import base64
from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .mapping_document_common import DocumentCommon

JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestReplacement(DocumentCommon):
    """Old accounts give way to new ones in all rules at once."""

    def replace(self, day="2026-07-01", **accounts):
        lines = [(0, 0, {"old_account_id": old.id, "new_account_id": new.id}) for old, new in accounts.values()]
        return self.env["ecommerce.account.replacement"].create({"date_from": day, "line_ids": lines})

    def test_drafts_of_every_rule_that_leads_there(self):
        sales, new = self.account("Store sales"), self.fees.copy({"code": "707100", "name": "Sales 2026"})
        mug = self.rule(inventory_account_id=sales.id, cogs_account_id=self.fees.id)
        self.sold("R1", day="2026-03-10")
        ended, later = self.rule(pattern="OLD", date_to="2026-06-30"), self.rule(pattern="LATE", date_from="2026-08-01")
        wizard = self.replace(sales=(sales, new))
        self.assertEqual(wizard.line_ids.rule_count, 3)
        drafts = self.rules.browse(wizard.action_prepare()["domain"][0][2])
        everything = self.rules.search(
            [("pattern", "=", "*"), ("kind", "=", "product"), ("company_id", "=", self.company.id),
             ("is_draft", "=", False)]
        )  # fmt: skip
        self.assertEqual(drafts.previous_id, mug | later | everything)
        draft = drafts.filtered(lambda rule: rule.previous_id == mug)
        self.assertRecordValues(draft, [{
            "date_from": JULY, "account_id": new.id, "inventory_account_id": new.id, "cogs_account_id": self.fees.id,
        }])  # fmt: skip
        self.assertEqual(drafts.filtered(lambda rule: rule.previous_id == later).date_from, date(2026, 8, 1))
        self.assertFalse(self.rules.search([("previous_id", "=", ended.id)]))
        self.assertFalse(self.aliases(), "nothing is replaced yet")
        drafts._apply("New chart")
        self.assertEqual(self.revenue_of(self.sold("R2", day="2026-07-02")), [("Sales 2026", draft)])
        self.assertEqual(self.aliases(), {sales.code: new})

    def aliases(self):
        """Old code -> account."""
        found = self.env["ecommerce.account.alias"].search([("company_id", "=", self.company.id)])
        return {alias.code: alias.account_id for alias in found}

    def test_an_old_code_is_kept_by_whoever_is_applied_first(self):
        sales, new = self.account("Store sales"), self.fees.copy({"code": "707100", "name": "Sales 2026"})
        other = self.account("Store shipping revenue")
        self.env["ecommerce.account.alias"].create({"code": sales.code, "account_id": other.id})
        mug = self.rule()
        drafts = self.rules.browse(self.replace(sales=(sales, new)).action_prepare()["domain"][0][2])
        draft = drafts.filtered(lambda rule: rule.previous_id == mug)
        self.assertEqual(self.aliases(), {sales.code: other})
        draft._apply("New chart")
        self.assertEqual(self.aliases(), {sales.code: new})

    def test_what_is_not_replaced_keeps_no_old_code(self):
        sales, new = self.account("Store sales"), self.fees.copy({"code": "707100", "name": "Sales 2026"})
        mug = self.rule()
        for change, reason in (
            (lambda draft: draft.unlink(), "deleted"),
            (lambda draft: draft.write({"account_id": self.fees.id}), "leads elsewhere"),
            (lambda draft: draft.write({"ends_rule": True}), "ends the rule"),
        ):
            with self.subTest(draft=reason), self.env.cr.savepoint() as savepoint:
                drafts = self.rules.browse(self.replace(sales=(sales, new)).action_prepare()["domain"][0][2])
                draft = drafts.filtered(lambda rule: rule.previous_id == mug)
                change(draft)
                draft.exists()._apply("New chart")
                self.assertFalse(self.aliases())
                savepoint.rollback()
            self.env.invalidate_all()
        wizard = self.replace(sales=(sales, new))
        wizard.keep_aliases = False
        self.rules.browse(wizard.action_prepare()["domain"][0][2])._apply("New chart")
        self.assertFalse(self.aliases())

    def test_nobody_says_over_rpc_which_old_codes_are_kept(self):
        draft = self.rule()._draft_version()
        with self.refused("Versions of rules are made by"):
            draft.write({"kept_codes": {"1": self.fees.id}})

    def test_what_cannot_be_replaced(self):
        sales, new = self.account("Store sales"), self.fees
        with self.refused("cannot replace itself"):
            self.replace(sales=(sales, sales))
        with self.refused("Add at least one account"):
            self.replace().action_prepare()
        with self.refused("by one other only"):
            self.replace(one=(sales, new), two=(sales, self.account("Store shipping revenue"))).action_prepare()
        with self.refused("No rule leads to these accounts"):
            self.replace(one=(self.account("Gift card liability").copy(), new)).action_prepare()
        rule = self.rule(date_from="2026-01-01")
        self.sold("R1", day="2026-03-10")
        with self.refused("decided posted entries: Product MUG"):
            self.replace("2025-12-01", one=(sales, new)).action_prepare()
        rule._draft_version(date_from="2026-05-01")
        with self.refused("have a draft already: Product MUG"):
            self.replace(one=(sales, new)).action_prepare()


@tagged("post_install", "-at_install")
class TestDocumentWizard(DocumentCommon):
    """What the wizard shows is what it does."""

    def wizard(self, content, **values):
        return self.env["ecommerce.mapping.import"].create(
            {"file": base64.b64encode(content), "file_name": "rules.csv", **values}
        )

    def test_review_and_import(self):
        self.rule()
        wizard = self.wizard(self.edited(MUG={"account": self.fees.code}))
        wizard.action_check()
        old, new = self.account("Store sales").code, self.fees.code
        self.assertRecordValues(wizard.line_ids, [
            {"outcome": "changed", "rule_name": "Product MUG (Test shop)", "what": f"account: {old} → {new}"},
        ])  # fmt: skip
        self.assertEqual((wizard.change_count, wizard.refused_count), (1, 0))
        with self.refused("Say why"):
            wizard.action_apply()
        wizard.reason = "New chart"
        action = wizard.action_apply()
        rules = self.rules.browse(action["domain"][0][2])
        self.assertEqual(rules.mapped("account_id"), self.fees)

    def test_refused_rows_come_first(self):
        content = self.file_of(
            {"kind": "product", "value": "A", "account": self.fees.code},
            {"kind": "produkt", "value": "", "account": "x"},
        )
        wizard = self.wizard(content, reason="x")
        wizard.action_check()
        self.assertEqual(wizard.line_ids.mapped("outcome"), ["refused", "added"])
        self.assertIn("kind: there is no kind 'produkt'", wizard.line_ids[0].what)
        self.assertIn("value: it is empty", wizard.line_ids[0].what)
        with self.refused("Correct the refused rows"):
            wizard.action_apply()

    def test_rules_that_changed_since_are_looked_at_again(self):
        rule = self.rule()
        wizard = self.wizard(self.edited(MUG={"account": self.fees.code}), reason="x")
        wizard.action_check()
        rule.write({"account_id": self.account("Store shipping revenue").id, "change_reason": "Meanwhile"})
        self.assertEqual(wizard.action_apply()["res_id"], wizard.id, "the review opens again")
        self.assertEqual(rule.account_id, self.account("Store shipping revenue"))
        wizard.action_apply()
        self.assertEqual(rule.account_id, self.fees)

    def test_no_file(self):
        with self.refused("Choose a document"):
            self.env["ecommerce.mapping.import"].create({}).action_check()
        with self.assertRaisesRegex(UserError, "rules.csv: The file is no XLSX"):
            self.wizard(b"PK\x03\x04").action_check()
