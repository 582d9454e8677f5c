from odoo.tests import tagged

from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestWords(WhatIfCommon):
    """Change log and screens speak as the forms do: labels, names, dates; one name for a rule."""

    def log(self, rule, action):
        """The latest line of the rule and its other versions with this action."""
        lines = self.env["ecommerce.mapping.change"].search(
            [("lineage_number", "=", (rule.origin_id or rule).id), ("action", "=", action)], order="id desc"
        )
        return lines[:1]

    def test_a_rule_has_one_name(self):
        rule = self.rule(country_id=self.env.ref("base.fr").id, customer_kind="business")
        tag = self.rule(pattern="new", match_on="tag", store_id=False)
        self.assertEqual(rule.display_name, "Product MUG, France, Businesses (Test shop)")
        self.assertEqual(tag.display_name, "Product tag new")
        draft = rule._draft_version(date_from="2026-06-01")
        self.assertEqual(draft.display_name, "Product MUG, France, Businesses (Test shop) v2")
        self.assertEqual(self.log(rule, "added").rule_name, rule.display_name)
        with self.refused(r"Product MUG, France, Businesses \(Test shop\) \(rule \d+, always\)"):
            self.rule(country_id=self.env.ref("base.fr").id, customer_kind="business")
        rule.write({"country_id": False, "change_reason": "Everywhere"})
        self.assertEqual(rule.display_name, "Product MUG, Businesses (Test shop)", "as it is now")

    def test_what_is_added(self):
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        web = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        rule = self.rule(customer_kind="business", date_from="2026-06-01", analytic_distribution={str(web.id): 60})
        self.assertEqual(
            self.log(rule, "added").summary.splitlines(),
            [
                "Store: Test shop", "Kind: Product", "Match On: SKU or name",
                "Store Value: MUG", "Customers: Businesses", f"Account: {rule.account_id.display_name}",
                "Analytic Distribution: Web: 60 %", "Valid From: Jun 1, 2026",
            ],
        )  # fmt: skip

    def test_what_changes(self):
        rule = self.rule()
        account, other = rule.account_id.display_name, self.books.display_name
        rule.write({"account_id": self.books.id, "date_to": "2026-12-31", "store_id": False,
                    "customer_kind": "consumer", "change_reason": "All shops"})  # fmt: skip
        self.assertEqual(
            self.log(rule, "changed").summary.splitlines(),
            ["Store: Test shop → All stores", "Customers: – → Consumers", f"Account: {account} → {other}",
             "Valid To: open → Dec 31, 2026"],
        )  # fmt: skip
        self.assertIn("Valid To: open → Dec 31, 2026", rule.message_ids[0].body)
        rule.write({"active": False, "change_reason": "Away"})
        self.assertEqual(self.log(rule, "archived").summary, "Active: yes → no")

    def test_what_it_matches_on_is_said_where_there_is_a_choice(self):
        shipping, goods = self.rule(kind="shipping", pattern="drone"), self.rule(kind="return")
        self.assertNotIn("Match On", self.log(shipping, "added").summary)
        self.assertIn("Store Value: drone", self.log(shipping, "added").summary)
        self.assertIn("Match On: SKU or name", self.log(goods, "added").summary)

    def test_a_version_tells_only_what_it_changes(self):
        rule = self.rule(date_to="2026-12-31")
        draft = rule._draft_version(date_from="2026-06-01", account_id=self.books.id)
        draft._apply("Books")
        names = [self.account("Store sales").display_name, self.books.display_name]
        self.assertEqual(
            self.log(rule, "version").summary.splitlines(),
            [f"Account: {names[0]} → {names[1]}", "Valid From: always → Jun 1, 2026"],
        )
        self.assertEqual(self.log(rule, "ended").summary, "Valid To: Dec 31, 2026 → May 31, 2026")

    def test_a_version_on_all_days_of_an_unused_rule(self):
        rule = self.rule()
        rule._draft_version(date_from=False)._apply("Looked at")
        self.assertEqual(self.log(rule, "archived").summary, "A new version holds on all its days.")
        self.assertEqual(self.log(rule, "version").summary, "It books as the version before.")

    def test_what_is_deleted(self):
        rule = self.rule("tax", "VAT", tax_rate="7", tax_id=self.company.account_sale_tax_id.id)
        rule.with_context(mapping_change_reason="Twice").unlink()
        line = self.env["ecommerce.mapping.change"].search([("rule_number", "=", rule.id), ("action", "=", "deleted")])
        tax = self.company.account_sale_tax_id.display_name
        self.assertEqual(
            line.summary.splitlines(),
            ["Store was Test shop", "Kind was Tax",
             "Store Value was VAT", "Tax Rate % was 7 %", f"Tax was {tax}"],
        )  # fmt: skip
        self.assertEqual(line.values["tax_rate"], ["7", ""])

    # === What was posted anew === #

    def test_what_is_reposted_is_named_and_opens_as_entries(self):
        for number in range(9):
            self.sold(f"R{number}")
        whatif = self.what_if(self.draft(self.catch_all("product"), account_id=self.books.id), reason="New chart")
        whatif.action_repost()
        line = self.env["ecommerce.mapping.change"].search([("action", "=", "reposted")])
        moves = line.move_ids
        self.assertEqual(len(moves), 9)
        self.assertRegex(line.summary, r"^9 entries: (\S+, ){7}\S+ …$")
        self.assertLessEqual(set(line.summary[11:-2].split(", ")), set(moves.mapped("name")))
        order = self.env["ecommerce.order"].search([("number", "=", "R1")])
        for record, named in ((line, moves), (whatif, moves), (order, order.posting_ids.move_id)):
            with self.subTest(record=record):
                action = record.action_view_moves()
                self.assertEqual(action["views"][0], (self.env.ref("account.view_move_tree").id, "list"))
                self.assertEqual(self.env["account.move"].search(action["domain"]), named)
