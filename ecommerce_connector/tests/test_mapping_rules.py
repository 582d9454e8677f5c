from contextlib import contextmanager
from datetime import date

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import ConnectorCommon


class RuleCommon(ConnectorCommon):
    """Rules of the test shop, and orders that they book."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Here each change says itself why.
        cls.env = cls.env(
            context={key: value for key, value in cls.env.context.items() if key != "mapping_change_reason"}
        )
        cls.store = cls.store.with_env(cls.env)
        cls.rules = cls.env["ecommerce.mapping.rule"]

    @contextmanager
    def refused(self, message, error=(UserError, ValidationError)):
        """What is refused leaves nothing behind."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            yield

    def rule(self, kind="product", pattern="MUG", **values):
        if not set(values) & {"tax_id", "processor_account_id", "account_id", "discount_method", "fiscal_position_id"}:
            values["account_id"] = self.account("Store sales").id
        return self.rules.create(
            {"kind": kind, "pattern": pattern, "store_id": self.store.id, "company_id": self.company.id,
             "change_reason": "New rule", **values}
        )  # fmt: skip

    def sold(self, number="R1", sku="MUG", net="100.00", tax="20.00", day="2026-03-10", **more):
        """An order of one product, posted."""
        total = f"{float(net) + float(tax):.2f}"
        at = f"{day}T10:00:00Z"
        (order,) = self.accept(
            self.order(number, [self.line(sku, net, tax, **more)], total, [self.payment(f"p-{number}", total, at=at)],
                       placed_at=at, updated_at=at)
        )  # fmt: skip
        return order

    def revenue_of(self, order):
        """(account name, rule) of the revenue items."""
        items = self.moves_of(order, "invoice").line_ids.filtered(lambda item: item.display_type == "product")
        return [(item.account_id.name, item.ecommerce_rule_id) for item in items]

    def changes(self, rule):
        """(action, reason, changed fields) of the log, oldest first."""
        found = self.env["ecommerce.mapping.change"].search(
            [("lineage_number", "=", (rule.origin_id or rule).id)], order="id"
        )
        return [(item.action, item.reason, item.values) for item in found]


@tagged("post_install", "-at_install")
class TestMappingRules(RuleCommon):
    """What a rule may be, and what it books."""

    # === Which rules are refused === #

    def test_overlap_names_both_rules(self):
        self.rule(date_to="2026-06-30")
        self.rule(date_from="2026-07-01", account_id=self.account("Store order fees").id)
        with self.refused("Product mug .*Store order fees.*Product MUG .*Store sales"):
            self.rule(pattern="mug", date_from="2026-06-30", date_to="2026-06-30",
                      account_id=self.account("Store order fees").id)  # fmt: skip

    def test_limits_that_cross_are_refused_until_both_are_covered(self):
        france, business = self.env.ref("base.fr"), {"customer_kind": "business"}
        self.rule(country_id=france.id)
        with self.refused("MUG, Businesses .*MUG, France .*first add a rule for what both cover"):
            self.rule(**business)
        both = self.rule(country_id=france.id, **business)
        crossing = self.rule(**business)
        with self.refused("equally well"):
            both.write({"active": False, "change_reason": "No longer needed"})
        crossing.write({"active": False, "change_reason": "First this one"})
        both.write({"active": False, "change_reason": "Now it can go"})

    def test_a_rule_of_one_kind_has_no_fields_of_another(self):
        with self.refused("a rule of this kind has no Remitted By"):
            self.rule(remitter="oss")
        with self.refused("only product rules match on tags"):
            self.rule("shipping", match_on="tag")
        for everything in ("*", "?*"):
            with self.refused("Name the tag"):
                self.rule(pattern=everything, match_on="tag")
        with self.refused("choose its Account"):
            self.rule("discount", "*", discount_method="gross")
        with self.refused("choose a receivable account"):
            self.rule("customer", "*", account_id=self.account("Store sales").id)
        for rate in ("twenty", "NaN", "Infinity"):
            with self.refused("is not a rate such as 20"):
                self.rule("tax", tax_rate=rate, tax_id=self.company.account_sale_tax_id.id)

    # === What they book === #

    def test_by_tag_with_analytic_distribution(self):
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        web = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        rule = self.rule(pattern="web", match_on="tag", analytic_distribution={str(web.id): 100})
        order = self.sold(tags=["web"])
        self.assertEqual(self.revenue_of(order), [("Store sales", rule)])
        item = self.moves_of(order, "invoice").line_ids.filtered("analytic_distribution")
        self.assertEqual(item.analytic_distribution, {str(web.id): 100})
        self.assertEqual(sum(item.analytic_line_ids.mapped("amount")), 100.0)

    def test_gross_discount(self):
        account = self.account("Store sales").copy({"name": "Discounts given", "code": "400950"})
        rule = self.rule("discount", "SPRING*", discount_method="gross", account_id=account.id)
        order = self.sold(net="80.00", tax="16.00", discount="20.00",
                          discounts=[{"code": "SPRING10", "amount": "20.00"}])  # fmt: skip
        move = self.moves_of(order, "invoice")
        self.assertEqual(
            [(item.account_id.name, item.balance) for item in move.line_ids.sorted("balance")],
            [("Store sales", -100.0), ("Store sales tax", -16.0), ("Discounts given", 20.0),
             (move.partner_id.property_account_receivable_id.name, 96.0)],
        )  # fmt: skip
        self.assertEqual(move.line_ids.filtered(lambda item: item.account_id == account).ecommerce_rule_id, rule)

    def test_shipping_with_a_tax_of_its_own(self):
        tax = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20")]).tax_id
        own = tax.copy({"name": "20% shipping"})
        self.rule("shipping", "dhl", tax_id=own.id, account_id=self.account("Store shipping revenue").id)
        (order,) = self.accept(
            self.order("R2", [self.line("MUG", "10.00", "2.00"), self.line("dhl", "5.00", "1.00", kind="shipping")],
                       "18.00", [self.payment("p-R2", "18.00")])
        )  # fmt: skip
        items = self.moves_of(order, "invoice").line_ids.filtered("tax_line_id")
        self.assertEqual({item.tax_line_id: -item.balance for item in items}, {tax: 2.0, own: 1.0})

    def test_customers_by_country(self):
        receivable = self.company_data["default_account_receivable"].copy({"name": "Receivables France"})
        position = self.env["account.fiscal.position"].create({"name": "France", "company_id": self.company.id})
        rule = self.rule("customer", "*", country_id=self.env.ref("base.fr").id, account_id=receivable.id,
                         fiscal_position_id=position.id)  # fmt: skip
        customer = {"email": "ada@example.com", "shipping": {"country": "FR"}}
        (order,) = self.accept(
            self.order("R3", [self.line("MUG", "10.00", "2.00")], "12.00", [self.payment("p-R3", "12.00")],
                       [self.refund("r-R3", "12.00", lines=[self.line("MUG", "10.00", "2.00")])], customer=customer)
        )  # fmt: skip
        self.assertEqual(order.state, "posted", order.explanation)
        moves = self.moves_of(order, "invoice") | self.moves_of(order, "credit_note")
        terms = moves.line_ids.filtered(lambda item: item.display_type == "payment_term")
        self.assertEqual(terms.account_id, receivable)
        self.assertEqual(terms.ecommerce_rule_id, rule)
        self.assertEqual(moves.fiscal_position_id, position)
        self.assertEqual(sum(receivable.mapped("current_balance")), 0.0)
        self.assertEqual(order.payment_ids.receivable_line_id.account_id, receivable)

    def test_customers_by_country_where_odoo_makes_the_taxes(self):
        """A tax on payment goes through Odoo's engine, which knows the contact's account only."""
        tax = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20")]).tax_id
        due = tax.copy({"name": "20% on payment", "tax_exigibility": "on_payment",
                        "cash_basis_transition_account_id": tax.invoice_repartition_line_ids.account_id[:1].copy(
                            {"name": "Tax not due yet", "reconcile": True}).id})  # fmt: skip
        self.company.tax_exigibility = True
        self.rule("tax", "VAT", tax_id=due.id)
        receivable = self.company_data["default_account_receivable"].copy({"name": "Receivables France"})
        rule = self.rule("customer", "*", country_id=self.env.ref("base.fr").id, account_id=receivable.id)
        customer = {"email": "ada@example.com", "shipping": {"country": "FR"}}
        (order,) = self.accept(
            self.order("R3", [self.line("MUG", "10.00", "2.00")], "12.00", [self.payment("p-R3", "12.00")],
                       customer=customer)
        )  # fmt: skip
        self.assertEqual(order.state, "posted", order.explanation)
        terms = self.moves_of(order, "invoice").line_ids.filtered(lambda item: item.display_type == "payment_term")
        self.assertEqual((terms.account_id, terms.ecommerce_rule_id), (receivable, rule))
        self.assertEqual((terms.reconciled, terms.move_id.payment_state), (True, "paid"))

    # === Compiled once === #

    def test_a_rulebook_is_compiled_again_only_when_rules_change(self):
        first = self.store._rulebook()
        self.assertIs(self.store._rulebook(), first)
        rule = self.rule()
        second = self.store._rulebook()
        self.assertNotEqual(second.digest, first.digest)
        self.account("Store sales").name = "Web sales"
        self.assertIn("Web sales", second.__class__([rule._as_core_rule()]).rules[0].target.label)
        self.assertIn("Web sales", self.store._rulebook().find("product", "MUG", date(2026, 3, 1)).target.label)

    def test_a_changed_or_deleted_rule_decides_at_once(self):
        rule, gone = self.rule(), self.rule(pattern="CUP")
        book = self.store._rulebook()
        self.assertEqual(book.find("product", "MUG", date(2026, 3, 10)).id, rule.id)
        rule.write({"account_id": self.account("Store order fees").id, "change_reason": "Another account"})
        self.assertEqual(self.revenue_of(self.sold("R1")), [("Store order fees", rule)])
        gone.with_context(mapping_change_reason="Not sold any more").unlink()
        (_account, decided), *_more = self.revenue_of(self.sold("R2", sku="CUP"))
        self.assertEqual((decided.pattern, decided.account_id), ("*", self.account("Store sales")))

    def test_posting_reads_no_more_rules_when_there_are_many(self):
        self.rules.with_context(mapping_change_reason="Test").create(
            [
                {"kind": "product", "pattern": f"SKU-{number}", "store_id": self.store.id,
                 "company_id": self.company.id, "account_id": self.account("Store sales").id}
                for number in range(300)
            ]
        )  # fmt: skip
        self.store._rulebook()
        before = self.env.cr.sql_log_count
        book = self.store._rulebook()
        self.assertEqual(self.env.cr.sql_log_count, before)
        self.assertEqual(book.find("product", "sku-299", date(2026, 3, 1)).pattern, "SKU-299")


@tagged("post_install", "-at_install")
class TestVersions(RuleCommon):
    """A rule that is used is frozen; a new version takes its place from a day on."""

    def test_used_rule_is_frozen(self):
        rule = self.rule()
        self.assertEqual(self.revenue_of(self.sold()), [("Store sales", rule)])
        self.assertTrue(rule.is_used)
        for values in ({"account_id": self.account("Store order fees").id}, {"pattern": "CUP"}, {"tax_rate": "5"},
                       {"date_from": "2026-01-01"}):  # fmt: skip
            with self.refused("decided posted entries|has no Tax Rate"):
                rule.write({**values, "change_reason": "Please"})
        with self.refused("cannot be deleted. Set its last day"):
            rule.unlink()
        rule.write({"date_to": "2026-12-31", "change_reason": "Sold until the end of the year"})
        self.assertEqual(rule.date_to, date(2026, 12, 31))

    def test_used_rules_of_taxes_and_gateways_are_frozen_too(self):
        self.check_frozen_taxes_and_gateways()

    def test_used_rules_are_frozen_in_batch_mode_too(self):
        self.store.payment_mode = "batch"
        self.check_frozen_taxes_and_gateways()

    def check_frozen_taxes_and_gateways(self):
        self.assertEqual(self.sold().state, "posted")
        rules = self.rules.search([("store_id", "=", self.store.id)])
        (gateway,) = rules.filtered(lambda rule: rule.kind == "gateway" and rule.is_used)
        # It decides where the money is, not what the customer owes: a report of its items would count all twice.
        self.assertEqual(
            [(item.account_id, item.balance) for item in gateway.move_line_ids],
            [(gateway.processor_account_id.clearing_account_id, 120.0)],
        )
        (tax,) = rules.filtered(lambda rule: rule.kind == "tax" and rule.is_used)
        (reduced,) = rules.filtered(lambda rule: rule.kind == "tax" and rule.tax_rate == "5.5")
        other = rules.processor_account_id.filtered(lambda account: account.kind == "liability")[:1]
        for rule, values in (
            (tax, {"tax_id": reduced.tax_id.id}), (gateway, {"processor_account_id": other.id}),
        ):  # fmt: skip
            with self.subTest(kind=rule.kind), self.refused("decided posted entries"):
                rule.write({**values, "change_reason": "Please"})
        reduced.write({"tax_id": tax.tax_id.id, "change_reason": "It decided nothing yet"})
        self.assertEqual(reduced.tax_id, tax.tax_id)

    def test_new_version_from_a_day(self):
        rule = self.rule()
        first = self.sold("R1", day="2026-03-10")
        draft = rule._draft_version(date_from="2026-03-11", account_id=self.account("Store order fees").id)
        self.assertRecordValues(
            draft, [{"is_draft": True, "version": 2, "previous_id": rule.id, "origin_id": rule.id, "pattern": "MUG"}]
        )
        self.assertEqual(self.revenue_of(self.sold("R2", day="2026-03-12")), [("Store sales", rule)], "not applied yet")
        draft.change_reason = "New account"
        with self.refused("Say why"):
            draft._apply(None)
        draft._apply("New account")
        self.assertEqual((rule.date_to, draft.is_draft), (date(2026, 3, 10), False))
        self.assertEqual(self.revenue_of(self.sold("R3", day="2026-03-12")), [("Store order fees", draft)])
        self.assertEqual(self.revenue_of(self.sold("R4", day="2026-03-10")), [("Store sales", rule)], "its own day")
        self.assertEqual(self.revenue_of(first), [("Store sales", rule)], "what is posted stays")
        self.assertEqual(rule._versions(), rule | draft)
        self.assertEqual(draft.display_name, "Product MUG (Test shop) v2")

    def test_a_tax_cut_there_and_back(self):
        """19 % → 16 % for half a year → 19 %: three versions, the middle one ends by itself."""
        taxes = {
            rate: self.env["account.tax"].create({"name": f"MwSt {rate}", "amount": rate, "type_tax_use": "sale"})
            for rate in (19, 16)
        }
        rule = self.rule("tax", "MwSt", tax_id=taxes[19].id)
        cut = rule._draft_version(date_from="2020-07-01", tax_id=taxes[16].id)
        cut._apply("Corona tax relief act")
        back = cut._draft_version(date_from="2021-01-01", tax_id=taxes[19].id)
        back._apply("The relief ends")
        self.assertEqual(
            [(item.version, item.date_from or None, item.date_to or None) for item in rule._versions()],
            [(1, None, date(2020, 6, 30)), (2, date(2020, 7, 1), date(2020, 12, 31)), (3, date(2021, 1, 1), None)],
        )
        for number, day, rate, amount in (
            ("T1", "2020-06-30", 19, "19.00"), ("T2", "2020-07-01", 16, "16.00"), ("T3", "2020-12-31", 16, "16.00"),
            ("T4", "2021-01-01", 19, "19.00"),
        ):  # fmt: skip
            order = self.sold(number, tax=amount, day=day, rate=str(rate), code="MwSt")
            items = self.moves_of(order, "invoice").line_ids.filtered("tax_line_id")
            self.assertEqual((items.tax_line_id, -items.balance), (taxes[rate], float(amount)), day)

    def test_rules_that_leave_no_journal_item_are_frozen_too(self):
        """A tax of 0 % has no item of its own, and of two rules to one tax its item names one."""
        zero = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "0")])
        twenty = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20")])
        second = self.rule("tax", "Other", tax_id=twenty.tax_id.id)
        self.accept(
            self.order(
                "Z1",
                [self.line("A", "10.00", "0.00", "0"), self.line("B", "10.00", "2.00"),
                 self.line("C", "10.00", "2.00", code="Other")],
                "34.00", [self.payment("p-Z1", "34.00")],
            )
        )  # fmt: skip
        for rule in (zero, twenty, second):
            rule.invalidate_recordset(["is_used"])
            self.assertTrue(rule.is_used, rule.display_name)
            with self.refused("decided posted entries and cannot be changed"):
                rule.write({"pattern": "Renamed", "change_reason": "x"})
            with self.refused("decided posted entries and cannot be deleted"):
                rule.unlink()

    def test_two_drafts_of_one_rule_in_either_order(self):
        """A cut and its end, both prepared from the first version."""
        for pattern, turned in (("MUG", False), ("CUP", True)):
            rule = self.rule(pattern=pattern)
            cut = rule._draft_version(date_from="2026-07-01", date_to="2026-12-31")
            back = rule._draft_version(date_from="2027-01-01")
            drafts = self.rules.browse([back.id, cut.id] if turned else [cut.id, back.id])
            drafts._apply("Relief act")
            self.assertEqual(
                [(item.date_from or None, item.date_to or None) for item in rule._versions()],
                [(None, date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 12, 31)), (date(2027, 1, 1), None)],
            )

    def test_a_draft_can_end_a_rule(self):
        rule = self.rule()
        draft = rule._draft_version(date_from="2026-05-01", ends_rule=True, account_id=False)
        draft._apply("No longer sold")
        self.assertEqual(rule.date_to, date(2026, 4, 30))
        self.assertFalse(draft.exists())

    def test_a_version_cannot_begin_before_what_it_replaces_was_used(self):
        rule = self.rule(date_from="2026-01-01")
        self.sold()
        draft = rule._draft_version(date_from="2025-12-01")
        with self.refused("a new version must begin later"):
            draft._apply("Earlier")

    def test_several_drafts_all_or_none(self):
        rules = self.rule(date_from="2026-01-01") | self.rule(pattern="CUP", date_from="2026-01-01")
        drafts = self.rules.union(*(rule._draft_version(date_from="2026-04-01") for rule in rules))
        drafts[1].date_from = False
        with self.refused("choose the first day"):
            drafts._apply("Both")
        self.assertEqual(rules.mapped("date_to"), [False, False])
        drafts[1].date_from = "2026-05-01"
        drafts._apply("Both")
        self.assertEqual(rules.mapped("date_to"), [date(2026, 3, 31), date(2026, 4, 30)])


@tagged("post_install", "-at_install")
class TestChangeLog(RuleCommon):
    """Who changed what, when and why; nobody can alter it."""

    def test_a_change_says_why(self):
        rule = self.rule()
        with self.refused("Say why the rule changes"):
            rule.account_id = self.account("Store order fees")
        rule.write({"account_id": self.account("Store order fees").id, "change_reason": "Wrong account"})
        sales, fees = (self.account(name).display_name for name in ("Store sales", "Store order fees"))
        self.assertEqual(self.changes(rule)[1:], [("changed", "Wrong account", {"account_id": [sales, fees]})])
        (added, *_rest) = self.changes(rule)
        self.assertEqual(added[:2], ("added", "New rule"))
        self.assertEqual(added[2]["pattern"], ["", "MUG"])
        self.assertIn("Wrong account", rule.message_ids[0].body)

    def test_each_kind_of_change(self):
        rule = self.rule()
        rule.write({"date_to": "2026-12-31", "change_reason": "Ends"})
        rule.write({"active": False, "change_reason": "Archive"})
        rule.write({"active": True, "change_reason": "Back"})
        rule.write({"active": True, "change_reason": "Nothing changes"})
        draft = rule._draft_version(date_from="2026-06-01", account_id=self.account("Store shipping revenue").id)
        draft.write({"account_id": self.account("Store order fees").id})  # a draft is nobody's business yet
        draft._apply("Wider")
        self.assertEqual(
            [(action, reason) for action, reason, _values in self.changes(rule)],
            [("added", "New rule"), ("ended", "Ends"), ("archived", "Archive"), ("restored", "Back"),
             ("ended", "Wider"), ("version", "Wider")],
        )  # fmt: skip
        names = [self.account(name).display_name for name in ("Store sales", "Store order fees")]
        self.assertEqual(self.changes(rule)[-1][2], {"account_id": names, "date_from": ["", "2026-06-01"]},
                         "the last day of the rule is no change of its version")  # fmt: skip
        self.assertEqual(self.changes(rule)[-2][2], {"date_to": ["2026-12-31", "2026-05-31"]})

    def test_the_log_outlives_its_rule(self):
        rule = self.rule()
        number = rule.id
        rule.with_context(mapping_change_reason="Not sold any more").unlink()
        found = self.env["ecommerce.mapping.change"].search([("rule_number", "=", number)])
        self.assertEqual(found.mapped("action"), ["deleted", "added"])
        self.assertEqual(found.mapped("rule_name"), ["Product MUG (Test shop)"] * 2)
        self.assertFalse(found.rule_id)

    def test_nobody_alters_it(self):
        line = self.env["ecommerce.mapping.change"].search([("rule_number", "=", self.rule().id)])
        for change in (lambda: line.sudo().write({"reason": "Other"}), lambda: line.sudo().unlink()):
            with self.refused("cannot be altered"):
                change()
        for statement in ("UPDATE ecommerce_mapping_change SET reason = 'x'", "DELETE FROM ecommerce_mapping_change"):
            with mute_logger("odoo.sql_db"), self.assertRaisesRegex(psycopg2.IntegrityError, "cannot be altered"):
                with self.env.cr.savepoint():
                    self.env.cr.execute(statement)
        self.assertEqual((line.reason, line.exists()), ("New rule", line))

    def test_nobody_goes_around_it(self):
        """Over RPC a client can send any field and any context."""
        rule = self.rule()
        self.sold()
        user = new_test_user(
            self.env, "clever", groups="ecommerce_connector.group_accountant", company_id=self.company.id
        )
        theirs = rule.with_user(user).with_context(mapping_quiet=True)
        for values in ({"is_draft": True}, {"version": 7}, {"origin_id": False}, {"previous_id": rule.id},
                       {"ends_rule": True}):  # fmt: skip
            with self.refused("Versions of rules are made by|Only a draft can end"):
                theirs.write({**values, "change_reason": "x"})
        with self.refused("Versions of rules are made by"):
            theirs.create({"kind": "product", "pattern": "X", "store_id": self.store.id, "previous_id": rule.id,
                           "account_id": rule.account_id.id})  # fmt: skip
        with self.refused("Say why"):
            theirs.write({"date_to": "2030-01-01"})
        self.assertEqual([action for action, _reason, _values in self.changes(rule)], ["added"])

    def test_what_a_rule_leads_to_cannot_be_deleted_behind_it(self):
        account = self.account("Store sales").copy({"name": "Other sales", "code": "400998"})
        rule = self.rule(account_id=account.id)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint():
            account.unlink()
        self.assertEqual(rule.account_id, account)

    def test_rights(self):
        rule = self.rule()
        for group, may_change in (("viewer", False), ("accountant", True)):
            user = new_test_user(
                self.env, f"rules-{group}", groups=f"ecommerce_connector.group_{group}", company_id=self.company.id
            )
            theirs = rule.with_user(user)
            self.assertEqual(theirs.change_ids.mapped("action"), ["added"])
            if may_change:
                theirs.write({"pattern": "MUGS", "change_reason": "Plural"})
                theirs.invalidate_recordset(["change_ids"])
                self.assertEqual(theirs.change_ids[0].user_id, user)
            else:
                with self.assertRaises(AccessError):
                    theirs.write({"pattern": "MUGS", "change_reason": "Plural"})
                with self.assertRaises(AccessError):
                    theirs.action_new_version()
                with self.assertRaises(AccessError):
                    theirs.unlink()
            with self.assertRaises(AccessError):
                self.env["ecommerce.mapping.change"].with_user(user).create(
                    {"company_id": self.company.id, "rule_number": rule.id, "lineage_number": rule.id,
                     "rule_name": "x", "action": "changed", "user_id": user.id, "reason": "made up"}
                )  # fmt: skip
