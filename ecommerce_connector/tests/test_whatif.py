import json
from argparse import ArgumentParser
from collections import defaultdict
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..command_line import whatif_action
from ..core.errors import ConnectorError
from .common import D
from .test_mapping_rules import RuleCommon


class WhatIfCommon(RuleCommon):
    """What-ifs of the test shop, with the figures as an accountant reads them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = cls.account_named("Books")

    @classmethod
    def account_named(cls, name, **values):
        """An account of income of its own."""
        sales = cls.env["account.account"].search([("name", "=", "Store sales"), ("company_ids", "in", cls.company.id)])
        return sales.copy({"name": name, **values})

    def catch_all(self, kind, **limits):
        """The rule that the set-up made."""
        found = self.rules.search([("kind", "=", kind), ("pattern", "=", "*"), ("company_id", "=", self.company.id)])
        return found.filtered(lambda rule: all(rule[name] == value for name, value in limits.items()))[:1]

    def draft(self, rule=None, date_from="2026-01-01", **values):
        """A draft in the place of a rule, or one that adds a rule."""
        if rule:
            return rule._draft_version(date_from=date_from, **values)
        return self.rule(is_draft=True, date_from=date_from, **values)

    def what_if(self, *drafts, date_from="2026-01-01", date_to="2026-12-31", compute=True, **values):
        """A computed what-if."""
        whatif = self.env["ecommerce.mapping.whatif"].create(
            {
                "company_id": self.company.id, "draft_ids": [(6, 0, [draft.id for draft in drafts])],
                "store_ids": [(6, 0, self.store.ids)], "date_from": date_from, "date_to": date_to, **values,
            }
        )  # fmt: skip
        if compute:
            whatif.action_compute()
        return whatif

    def figures(self, whatif, dimension, *names):
        """Name -> (columns) of the figures that change; the difference if none are named."""
        lines = whatif.line_ids.filtered(lambda line: line.dimension == dimension)
        names = names or ("difference",)
        values = {line.name: tuple(round(line[name], 3) for name in names) for line in lines}
        return {name: found[0] if len(names) == 1 else found for name, found in values.items()}

    def behind(self, line):
        """The rows that the button of a figure opens."""
        action = line.action_view_orders()
        return self.env[action["res_model"]].search(action["domain"])

    def ledger(self):
        """Posted sums, credit positive: per account, and amount and base per tax, in document currency."""
        found = defaultdict(lambda: D(0))
        for item in self.env["account.move.line"].search(
            [("parent_state", "=", "posted"), ("company_id", "=", self.company.id)]
        ):
            amount, code = D(f"{-item.amount_currency:.3f}"), item.currency_id.name
            found["account", item.account_id.id, code] += amount
            if item.tax_line_id:
                found["tax", item.tax_line_id.id, code] += amount
            else:
                for tax in item.tax_ids:
                    found["tax_base", tax.id, code] += amount
        return found

    def assert_as_computed(self, whatif, before):
        """The ledger moved by what the what-if said re-posting would, per account and tax."""
        after = self.ledger()
        moved = {key: after[key] - before[key] for key in {**before, **after}}
        receivables = self.env["account.account"].search([("account_type", "=", "asset_receivable")]).ids
        found = defaultdict(lambda: D(0))
        for (dimension, number, code), amount in moved.items():
            found[dimension, 0 if dimension == "account" and number in receivables else number, code] += amount
        said = defaultdict(lambda: D(0))
        for line in whatif.line_ids.filtered(lambda line: line.dimension in ("account", "tax", "tax_base")):
            number = line.account_id.id if line.dimension == "account" else line.tax_id.id
            said[line.dimension, number or 0, line.currency_id.name] += D(f"{line.reposted:.3f}")
        self.assertEqual(
            {key: amount for key, amount in said.items() if amount},
            {key: amount for key, amount in found.items() if amount},
        )


@tagged("post_install", "-at_install")
class TestWhatIf(WhatIfCommon):
    """What drafts would change, and the choice."""

    def test_another_account(self):
        first, second = self.sold("R1"), self.sold("R2", day="2026-03-12")
        self.sold("R3", sku="CUP")
        rule = self.catch_all("product")
        whatif = self.what_if(self.draft(pattern="MUG", account_id=self.books.id))
        sales = rule.account_id.display_name
        self.assertEqual(
            self.figures(whatif, "account", "amount_now", "amount_then", "difference", "reposted", "locked"),
            {sales: (300.0, 100.0, -200.0, -200.0, 0.0), self.books.display_name: (0.0, 200.0, 200.0, 200.0, 0.0)},
        )
        self.assertEqual(self.figures(whatif, "tax"), {})
        self.assertEqual(
            self.figures(whatif, "product", "amount_now", "difference", "moved"), {"Product MUG": (200.0, 0.0, 200.0)}
        )
        self.assertEqual(self.figures(whatif, "store", "amount_now", "moved"), {"Test shop": (300.0, 200.0)})
        self.assertRecordValues(
            whatif, [{"order_count": 3, "changed_count": 2, "bookable_count": 0, "blocked_count": 0, "locked_count": 0}]
        )
        line = whatif.line_ids.filtered(lambda line: line.account_id == self.books)
        self.assertEqual((line.order_count, self.behind(line).order_id), (2, second | first))
        self.assertEqual(whatif.moved_summary, "200.00 EUR")
        self.assertFalse(whatif.locked_summary)

    def test_nothing_is_written(self):
        self.sold("R1")
        before = self.env["account.move"].search_count([]), self.ledger(), self.changes(self.catch_all("product"))
        self.what_if(self.draft(self.catch_all("product"), account_id=self.books.id))
        self.assertEqual(before[0], self.env["account.move"].search_count([]))
        self.assertEqual(before[1:], (self.ledger(), self.changes(self.catch_all("product"))))

    def test_another_tax(self):
        self.sold("R1")
        rule = self.catch_all("tax", tax_rate="20")
        other = rule.tax_id.copy({"name": "Margin scheme"})
        whatif = self.what_if(self.draft(rule, tax_id=other.id))
        self.assertEqual(self.figures(whatif, "tax"), {rule.tax_id.display_name: -20.0, other.display_name: 20.0})
        self.assertEqual(
            self.figures(whatif, "tax_base"),
            {f"{rule.tax_id.display_name}: base": -100.0, f"{other.display_name}: base": 100.0},
        )
        self.assertEqual(self.figures(whatif, "account"), {})
        self.assertEqual(whatif.moved_summary, "100.00 EUR and 20.00 EUR of tax")

    def test_a_draft_changes_nothing_before_its_first_day(self):
        self.sold("R1", day="2026-03-10")
        self.sold("R2", day="2026-03-11")
        draft = self.draft(self.catch_all("product"), date_from="2026-03-11", account_id=self.books.id)
        self.assertEqual(self.what_if(draft).changed_count, 1)
        whole = self.what_if(draft, basis="whole")
        self.assertEqual(whole.changed_count, 2)
        with self.refused("only what they decide can be re-posted"):
            whole.write({"reason": "As if"})
            whole.action_repost()
        later = self.what_if(draft, date_to="2026-03-10")
        self.assertFalse(later.changed_count)
        self.assertIn("begins after the period", later.notes)

    def test_blocked_becomes_bookable_and_back(self):
        self.store.suspense_account_id = False
        rule = self.catch_all("product")
        rule.write({"active": False, "change_reason": "Test"})
        blocked = self.sold("R1")
        self.assertEqual(blocked.state, "blocked")
        whatif = self.what_if(self.draft(pattern="MUG", account_id=self.books.id))
        self.assertRecordValues(whatif, [{"bookable_count": 1, "blocked_count": 0, "changed_count": 1}])
        self.assertEqual(self.figures(whatif, "account")[self.books.display_name], 100.0)
        orders = self.env["ecommerce.order"].search(whatif.action_view_bookable()["domain"])
        self.assertEqual(orders, blocked)
        whatif.reason = "A rule was missing"
        whatif.action_repost()
        self.assertEqual((blocked.state, whatif.posted_count), ("posted", 1))
        self.assertEqual(whatif.reposted_move_ids, blocked.posting_ids.move_id)
        ends = self.draft(self.rules.search([("account_id", "=", self.books.id)]), ends_rule=True, account_id=False,
                          date_from="2026-02-01")  # fmt: skip
        whatif = self.what_if(ends)
        self.assertRecordValues(whatif, [{"bookable_count": 0, "blocked_count": 1, "changed_count": 0}])
        self.assertIn("1 × No product rule covers 'MUG'", whatif.blocking)

    def test_closed_periods_are_apart_and_stay(self):
        self.sold("R1", day="2026-01-20")
        self.sold("R2", day="2026-02-10")
        self.company.fiscalyear_lock_date = "2026-01-31"
        whatif = self.what_if(self.draft(self.catch_all("product"), account_id=self.books.id))
        self.assertEqual(
            self.figures(whatif, "account", "difference", "reposted", "locked")[self.books.display_name],
            (200.0, 100.0, 100.0),
        )
        self.assertEqual((whatif.locked_count, whatif.locked_summary), (1, "100.00 EUR"))
        whatif.reason = "New account"
        whatif.action_repost()
        self.assertEqual(self.balance("Books"), D("-100.00"))
        self.assertEqual(whatif.reposted_move_ids.mapped("date"), [date(2026, 2, 10)])

    def test_money_is_named_and_left(self):
        self.sold("R1")
        rule = self.rules.search(
            [("kind", "=", "gateway"), ("currency_id.name", "=", "EUR"), ("company_id", "=", self.company.id)]
        ).filtered(lambda rule: rule.pattern == "*")
        clearing = rule.processor_account_id.clearing_account_id.copy({"name": "Other clearing"})
        other = self.store._ensure_processor_account("Other", "money", "EPX", self.euro, clearing)
        whatif = self.what_if(self.draft(rule, processor_account_id=other.id))
        self.assertEqual(self.figures(whatif, "account", "difference", "by_hand", "reposted")[clearing.display_name],
                         (-120.0, -120.0, 0.0))  # fmt: skip
        self.assertEqual(whatif.by_hand_summary, "120.00 EUR")

    # === What applying would refuse === #

    def test_a_tie_is_refused_with_both_rules_named(self):
        self.rule()
        draft = self.draft(pattern="mug", account_id=self.books.id)
        with self.refused(
            "Product mug .*Books.*Product MUG .*Store sales|Product MUG .*Store sales.*Product mug .*Books"
        ):
            self.what_if(draft)

    def test_what_applying_refuses_is_refused_before(self):
        rule = self.rule(date_from="2026-03-01")
        self.sold("R1")
        with self.refused("a new version must begin later"):
            self.what_if(self.draft(rule, date_from="2026-03-01", account_id=self.books.id))
        with self.refused("Choose the drafts"):
            self.what_if()

    def test_a_rule_that_decides_between_two_can_get_a_new_version(self):
        france = self.env.ref("base.fr")
        self.rule(country_id=france.id)
        both = self.rule(country_id=france.id, customer_kind="business")
        self.rule(customer_kind="business")
        draft = self.draft(both, account_id=self.books.id)
        whatif = self.what_if(draft, reason="Another account")
        whatif.action_apply()
        self.assertFalse(draft.is_draft)
        self.assertEqual(both.date_to, date(2025, 12, 31))
        ends = self.draft(draft, date_from="2026-06-01", ends_rule=True, account_id=False)
        with self.refused("equally well"):
            self.what_if(ends)
        with self.refused("equally well"):
            ends._apply("Without one that decides")

    # === The choice === #

    def test_apply_from_a_date_on(self):
        order = self.sold("R1")
        rule = self.catch_all("product")
        draft = self.draft(rule, date_from="2026-02-01", account_id=self.books.id)
        whatif = self.what_if(draft)
        with self.refused("Say why"):
            whatif.action_apply()
        whatif.reason = "New chart"
        whatif.action_apply()
        self.assertEqual((whatif.state, draft.is_draft, rule.date_to), ("applied", False, date(2026, 1, 31)))
        self.assertEqual(self.balance("Books"), D("0.00"))
        self.assertEqual(self.changes(rule)[-1][:2], ("version", "New chart"))
        self.assertEqual(len(order.posting_ids), 2)
        with self.refused("Choose others|Compute first"):
            whatif.action_apply()

    def test_repost_is_logged_with_its_entries(self):
        self.sold("R1")
        rule = self.catch_all("product")
        draft = self.draft(rule, account_id=self.books.id)
        whatif = self.what_if(draft, reason="New chart")
        whatif.action_repost()
        self.assertEqual(self.balance("Books"), D("-100.00"))
        log = self.env["ecommerce.mapping.change"].search(
            [("lineage_number", "=", rule.id), ("action", "=", "reposted")]
        )
        self.assertEqual((log.reason, log.move_ids, log.rule_number), ("New chart", whatif.reposted_move_ids, draft.id))
        self.assertEqual((whatif.left_count, whatif.reposted_count, whatif.outcome), (0, 1, ""))

    def test_discard(self):
        draft = self.draft(self.catch_all("product"), account_id=self.books.id)
        whatif = self.what_if(draft)
        whatif.action_discard()
        self.assertFalse(draft.exists())

    def test_rules_that_changed_since_are_looked_at_again(self):
        self.sold("R1")
        draft = self.draft(self.catch_all("product"), account_id=self.books.id)
        whatif = self.what_if(draft, reason="New chart")
        draft.account_id = self.account("Store order fees")
        with self.refused("Compute again"):
            whatif.action_apply()
        whatif.action_compute()
        whatif.date_from = "2026-02-01"
        with self.refused("Compute again"):
            whatif.action_repost()
        whatif.action_compute()
        self.assertIn(self.account("Store order fees").display_name, self.figures(whatif, "account"))
        whatif.action_apply()

    def test_an_order_that_is_posted_in_part(self):
        """Its refund waits for a rule: only that is new, the invoice stays."""
        self.rules.search([("kind", "=", "refund_adjustment"), ("company_id", "=", self.company.id)]).write(
            {"active": False, "change_reason": "Test"}
        )
        sold = self.order("R1", [self.line("MUG", "100.00", "20.00")], "120.00", [self.payment("p", "120.00")])
        self.accept(sold)
        (order,) = self.accept({**sold, "refunds": [self.refund("r", "12.00")], "updated_at": "2026-03-13T10:00:00Z"})
        self.assertEqual((order.state, len(order.posting_ids)), ("blocked", 2))
        before = self.ledger()
        whatif = self.what_if(self.draft(kind="refund_adjustment", pattern="*", account_id=self.books.id))
        self.assertEqual(whatif.bookable_count, 1)
        self.assertEqual(self.figures(whatif, "account")[self.books.display_name], -10.0)
        self.assertEqual(self.figures(whatif, "product"), {"Refund without lines": -10.0})
        whatif.reason = "Missing"
        whatif.action_repost()
        self.assert_as_computed(whatif, before)

    def test_on_the_command_line(self):
        self.sold("R1")
        draft = self.draft(pattern="MUG", account_id=self.books.id)
        self.draft(pattern="CUP", account_id=self.books.id)
        parser = ArgumentParser()
        whatif_action.add_arguments(parser)
        options = ["--store", self.store.name, "--from", "2026-01-01", "--to", "2026-12-31"]
        result = whatif_action.what_if(self.env, parser.parse_args([*options, "--drafts", str(draft.id)]))
        self.assertEqual((result.data["orders"], result.data["changed_orders"], len(result.data["drafts"])), (1, 1, 1))
        rows = {row["name"]: row["difference"] for row in result.data["figures"] if row["what"] == "account"}
        self.assertEqual(rows[self.books.display_name], "100.00")
        self.assertIn("1 order, 1 booked elsewhere, 0 become bookable", result.text)
        json.dumps(result.data)
        self.assertEqual(len(whatif_action.what_if(self.env, parser.parse_args(options)).data["drafts"]), 2)
        for wrong, message in ((["--drafts", "0"], "There is no draft 0"), (["--from", "May"], "written YYYY-MM-DD")):
            with self.assertRaisesRegex(ConnectorError, message):
                whatif_action.what_if(self.env, parser.parse_args([*options, *wrong]))

    # === Who may what === #

    def test_rights(self):
        self.sold("R1")
        draft = self.draft(self.catch_all("product"), account_id=self.books.id)
        users = {
            group: new_test_user(
                self.env, f"whatif-{group}", groups=f"ecommerce_connector.group_{group}", company_id=self.company.id
            )
            for group in ("viewer", "accountant")
        }
        action = draft.with_user(users["viewer"]).action_what_if()
        theirs = self.env["ecommerce.mapping.whatif"].with_user(users["viewer"]).browse(action["res_id"])
        theirs.write({"date_from": "2026-01-01", "reason": "Mine"})
        theirs.action_compute()
        self.assertEqual(theirs.changed_count, 1)
        for action in ("action_apply", "action_repost", "action_discard"):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(theirs, action)()
        self.assertTrue(draft.is_draft)
        for record in (self.what_if(draft), self.what_if(draft).line_ids[:1]):  # nobody else's decision is theirs
            with self.assertRaises(AccessError):
                record.with_user(users["viewer"]).check_access("write")
        accountants = self.what_if(draft, compute=False, reason="New chart").with_user(users["accountant"])
        accountants.action_compute()
        accountants.action_repost()
        self.assertEqual(self.balance("Books"), D("-100.00"))
        stranger = new_test_user(self.env, "whatif-stranger", groups="base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.env["ecommerce.mapping.whatif"].with_user(stranger).create({})

    def test_companies_are_apart(self):
        self.sold("R1")
        other = self.setup_other_company(name="Second company")["company"]
        store = self.env["ecommerce.store"].create(
            {"name": "Other shop", "platform": "file", "timezone": "Europe/Paris", "company_id": other.id}
        )
        draft = self.draft(self.catch_all("product"), account_id=self.books.id)
        with self.refused("[Ii]ncompatible companies|company"):
            self.what_if(draft, store_ids=[(6, 0, store.ids)])
        self.what_if(draft)
        theirs = new_test_user(
            self.env, "whatif-other", groups="ecommerce_connector.group_accountant", company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )  # fmt: skip
        self.assertFalse(self.env["ecommerce.mapping.whatif"].with_user(theirs).search([]))
        self.assertFalse(self.env["ecommerce.mapping.whatif.line"].with_user(theirs).search([]))
        mine = self.env["ecommerce.mapping.whatif"].with_user(theirs).create({})
        self.assertEqual(mine.store_ids, store)
