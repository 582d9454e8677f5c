from datetime import date, timedelta

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestRuleScreens(RuleCommon):
    """What lists and forms of rules show."""

    def arch(self, model, kind):
        return etree.fromstring(self.env[model].get_view(view_type=kind)["arch"])

    def found(self, name):
        """Rules that a filter of the list finds."""
        (node,) = self.arch("ecommerce.mapping.rule", "search").xpath(f"//filter[@name='{name}']")
        return self.rules.search(Domain(safe_eval(node.get("domain"))) & Domain("pattern", "=like", "F-%"))

    def test_filters_go_by_the_day(self):
        today = date.today()
        shifted = {name: today + timedelta(days=days) for name, days in
                   {"past": -1, "today": 0, "soon": 30, "later": 90}.items()}  # fmt: skip
        rules = {
            "open": self.rule(pattern="F-open"),
            "ended": self.rule(pattern="F-ended", date_to=shifted["past"]),
            "last day": self.rule(pattern="F-last", date_to=shifted["today"]),
            "ends soon": self.rule(pattern="F-soon", date_to=shifted["soon"]),
            "begins": self.rule(pattern="F-begins", date_from=shifted["later"]),
            "draft": self.rule(pattern="F-draft", is_draft=True, date_to=shifted["past"]),
        }
        for name, expected in (
            ("in_force", {"open", "last day", "ends soon", "begins"}), ("ended", {"ended"}), ("drafts", {"draft"}),
            ("valid", {"open", "last day", "ends soon"}), ("ending", {"last day", "ends soon"}),
        ):  # fmt: skip
            with self.subTest(filter=name):
                found = self.found(name)
                self.assertEqual({key for key, rule in rules.items() if rule in found} - (
                    {"draft"} if name in ("valid", "ending") else set()), expected)  # fmt: skip

    def test_the_list_of_rules_begins_with_those_in_force(self):
        action = self.env.ref("ecommerce_connector.ecommerce_mapping_rule_action")
        self.assertTrue(safe_eval(action.context)["search_default_in_force"])

    def test_rules_of_a_store_show_their_days_and_no_drafts(self):
        (field,) = self.arch("ecommerce.store", "form").xpath("//field[@name='rule_ids']")
        self.assertEqual(safe_eval(field.get("domain")), [("is_draft", "=", False)])
        columns = {node.get("name"): node for node in field.xpath("./list/field")}
        self.assertNotEqual(columns["valid"].get("optional"), "hide")

    def test_days_in_words(self):
        for first, last, words in (
            (False, False, "always"), ("2026-07-01", False, "from Jul 1, 2026"),
            (False, "2026-06-30", "until Jun 30, 2026"),
            ("2026-07-01", "2026-12-31", "Jul 1, 2026 – Dec 31, 2026"),
        ):  # fmt: skip
            rule = self.rule(pattern=f"F{first}{last}", date_from=first, date_to=last, store_id=first and self.store.id)
            self.assertEqual((rule.valid, rule.scope), (words, "Test shop" if first else "All stores"))

    # === Accounts that items of invoices and payments are on === #

    def accounts(self):
        """Accounts by type, of those that no line of a document or a payout is booked on."""
        sales, data = self.account("Store sales"), self.company_data
        made = {
            kind: sales.copy({"name": kind, "code": f"99900{at}", "account_type": kind, "reconcile": False})
            for at, kind in enumerate(("asset_cash", "liability_credit_card", "off_balance"))
        }
        return made | {"asset_receivable": data["default_account_receivable"],
                       "liability_payable": data["default_account_payable"]}  # fmt: skip

    def test_no_rule_books_on_customers_vendors_or_banks(self):
        rule = self.rule()
        for kind, account in self.accounts().items():
            message = "is an account of customers, vendors, banks or cash"
            for values in ({}, {"kind": "shipping"}, {"kind": "payout_fee", "store_id": False}):
                with self.subTest(type=kind, values=values), self.refused(message, ValidationError):
                    self.rule(pattern="NEW", account_id=account.id, **values)
            with self.subTest(changed=kind), self.refused(message, ValidationError):
                rule.write({"account_id": account.id, "change_reason": "Wrong"})

    def test_suspense_is_an_account_of_its_own(self):
        for kind, account in self.accounts().items():
            with self.subTest(type=kind), self.refused("cannot hold what waits for a rule", ValidationError):
                self.store.suspense_account_id = account
        self.store.suspense_account_id = self.account("Store sales")

    # === What was waiting === #

    def test_a_resolved_exception_waits_for_nothing(self):
        self.rules.search([("kind", "=", "product"), ("store_id", "=", self.store.id)]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )
        order = self.sold()
        item = self.env["ecommerce.exception"].search([("key", "=", "product:MUG"), ("state", "=", "open")])
        self.assertRegex(item.waiting, r"100\.00")
        self.rule().action_save_and_release()
        self.assertEqual((item.state, item.waiting, item.document_names), ("resolved", "", order.number))
        lists = self.arch("ecommerce.exception", "form").xpath("//list[field[@name='amount']]")
        self.assertEqual(len(lists), 2)
        for shown in lists:
            self.assertEqual(
                {node.get("string"): node.get("column_invisible") for node in shown.xpath("field[@name='amount']")},
                {"Waiting": "parent.state != 'open'", "Waited": "parent.state == 'open'"},
            )

    # === One thing to do next === #

    def primary(self, wizard):
        """Primary buttons of the assistant as it is."""
        names = ("state", "revenue_ids", "tax_ids", "payment_ids", "discount_ids", "payout_ids", "item_ids",
                 "sale_journal_id")  # fmt: skip
        values = {name: wizard[name] if name == "state" else wizard[name].ids for name in names}
        return [
            node.get("name")
            for node in self.arch(wizard._name, "form").xpath("//header/button[contains(@class, 'btn-primary')]")
            if not safe_eval(node.get("invisible") or "False", dict(values))
        ]

    def test_the_assistant_has_one_primary_button_in_each_step(self):
        self.sold()
        wizard = self.env["ecommerce.mapping.assistant"].create({"store_id": self.store.id, "source": "stored"})
        self.assertEqual(self.primary(wizard), ["action_read"])
        wizard.action_read()
        self.assertEqual(wizard.state, "review")
        lines = wizard.revenue_ids | wizard.tax_ids | wizard.payment_ids | wizard.discount_ids | wizard.payout_ids
        self.assertEqual(self.primary(wizard), ["action_apply" if lines or wizard.item_ids else "action_import"])
        (lines | wizard.covered_ids).unlink()
        wizard.item_ids.unlink()
        wizard.invalidate_recordset()
        self.assertEqual(self.primary(wizard), ["action_import"])
        item = self.env["ecommerce.mapping.assistant.item"].create(
            {"assistant_id": wizard.id, "key": "journal", "kind": "journal", "name": "Shop"}
        )
        wizard.invalidate_recordset()
        self.assertEqual(self.primary(wizard), ["action_apply"])
        item.unlink()
        wizard.state = "done"
        self.assertEqual(self.primary(wizard), ["action_import"])
