import base64
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..core.errors import AuthenticationError
from ..platforms import payload as payloads
from ..platforms.base import Page, RawRecord
from .common import ConnectorCommon, D
from .payout_common import PayoutCommon

#: A figure and its sign stay on one line.
PERCENT = "\N{NO-BREAK SPACE}%"


class AssistantCommon(ConnectorCommon):
    """A store without accounts, journals and rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.fr")
        cls.old_store = cls.store
        # What the common store was set up with belongs to it alone.
        cls.env["ecommerce.mapping.rule"].search([]).with_context(mapping_change_reason="For a test").unlink()
        cls.store = cls.env["ecommerce.store"].create(
            {"name": "New shop", "platform": "file", "timezone": "Europe/Paris", "company_id": cls.company.id}
        )
        cls.accountant, cls.administrator, cls.viewer = (
            new_test_user(
                cls.env, login=f"assistant_{name}", groups=f"ecommerce_connector.group_{name}",
                company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)],
            )
            for name in ("accountant", "administrator", "viewer")
        )  # fmt: skip

    def sample(self):
        """Orders in which everything occurs that a store can say."""
        goods = [
            self.line("MUG-1", "100.00", "20.00", discount="10.00",
                      discounts=[{"code": "SPRING", "amount": "10.00"}]),
            self.line("MUG-2", "10.00", "2.00"), self.line("BOOK", "20.00", "1.10", "5.5"),
            self.line("GIFT50", "50.00", "0.00", "0", description="Gift card 50", code="Zero"),
            self.line("ground", "5.00", "1.00", kind="shipping"), self.line("wrap", "2.00", "0.40", kind="fee"),
            self.line("tip", "3.00", rate=None, kind="tip"), self.line("trees", "1.00", rate=None, kind="donation"),
            self.line("GC", "25.00", rate=None, kind="gift_card"),
        ]  # fmt: skip
        sold = self.order(
            "A1", goods, "240.51", [self.payment("a", "200.51"), self.payment("g", "40.00", "gift-card")],
            [self.refund("r1", "12.00", lines=[self.line("MUG-2", "10.00", "2.00")]), self.refund("r2", "6.00")],
        )  # fmt: skip
        exported = self.order(
            "A2", [self.line("MUG-1", "80.00", "0.00", "0", code="Zero")], "80.00",
            [self.payment("b", "80.00", "paypal")],
            customer={"name": "Grace", "email": "grace@example.com", "shipping": {"country": "US"}},
        )  # fmt: skip
        dollars = self.order(
            "A3", [self.line("BOOK", "20.00", "1.10", "5.5")], "21.10", [self.payment("c", "21.10")], currency="USD"
        )
        return [sold, exported, dollars]

    def assistant(self, *orders, user=None, **more):
        """An assistant that read a file of orders."""
        content = "\n".join(payloads.dumps(order) for order in orders or self.sample())
        found = self.env["ecommerce.mapping.assistant"].with_user(user or self.env.user).create(
            {"store_id": self.store.id, "source": "file", "file_name": "orders.jsonl",
             "file": base64.b64encode(content.encode()), **more}
        )  # fmt: skip
        found.action_read()
        return found

    def line_of(self, assistant, kind, label=None):
        lines = assistant.line_ids.filtered(
            lambda line: line.kind == kind and line.order_count and label in (None, line.label)
        )
        self.assertEqual(len(lines), 1, lines.mapped("label"))
        return lines

    def rates(self):
        """Exchange rates, without which no order in another currency is booked."""
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.1, "company_id": self.company.id}
        )


@tagged("post_install", "-at_install")
class TestAssistant(AssistantCommon):
    """From a sample to rules that book it."""

    # === What is found === #

    def test_everything_in_the_sample_is_listed(self):
        assistant = self.assistant()
        self.assertEqual(assistant.state, "review")
        self.assertIn("3 orders in EUR, USD", assistant.summary)
        found = {(line.section, line.kind, line.label) for line in assistant.line_ids if line.line_count}
        self.assertEqual(
            found,
            {
                ("revenue", "product", "GIFT50"), ("revenue", "product", "MUG-*"), ("revenue", "product", "All others"),
                ("revenue", "gift_card", "GC"), ("revenue", "shipping", "ground"), ("revenue", "fee", "wrap"),
                ("revenue", "tip", "tip"), ("revenue", "donation", "trees"), ("discount", "discount", "SPRING"),
                ("revenue", "refund_adjustment", "All"), ("revenue", "rounding", "All"),
                ("tax", "tax", f"VAT, 20{PERCENT}"), ("tax", "tax", f"VAT, 5.5{PERCENT}"),
                ("tax", "tax", f"Zero, 0{PERCENT}"), ("tax", "tax", f"Zero, 0{PERCENT}, to US"),
                ("payment", "gateway", "card, EUR"), ("payment", "gateway", "card, USD"),
                ("payment", "gateway", "paypal, EUR"), ("payment", "gateway", "gift-card, EUR"),
            },
        )  # fmt: skip
        self.assertRecordValues(
            self.line_of(assistant, "product", "MUG-*"),
            [{"order_count": 2, "line_count": 4, "amounts": "180.00 EUR", "samples": "MUG-1, MUG-2 (A1, A2)"}],
        )
        self.assertEqual(self.line_of(assistant, "product", "All others").amounts, "20.00 EUR\n20.00 USD")

    def test_nothing_is_written_by_reading(self):
        def counts():
            return [
                self.env[model].search_count([])
                for model in ("account.account", "account.journal", "account.tax", "ecommerce.mapping.rule",
                              "ecommerce.order", "ecommerce.event", "ecommerce.processor.account")
            ]  # fmt: skip

        before = counts()
        self.assistant()
        self.assertEqual(counts(), before)

    def test_proposals_say_why(self):
        assistant = self.assistant()
        product = self.line_of(assistant, "product", "MUG-*")
        self.assertEqual(product.account_id, self.account("Store sales"))
        self.assertEqual(product.reason, "It was made for sales of goods.")
        export = self.line_of(assistant, "tax", f"Zero, 0{PERCENT}, to US")
        self.assertEqual(export.tax_id.name, "0% Exports")
        self.assertNotEqual(self.line_of(assistant, "tax", f"Zero, 0{PERCENT}").tax_id, export.tax_id)
        self.assertTrue(all(line.reason for line in assistant.line_ids))

    # === Applying === #

    def test_after_applying_the_sample_is_complete(self):
        self.rates()
        assistant = self.assistant()
        action = assistant.action_apply()
        self.assertEqual(action["res_model"], "ecommerce.import")
        review = self.env["ecommerce.import"].browse(action["res_id"])
        review.action_preview()
        self.assertEqual(set(review.line_ids.mapped("state")), {"complete"}, review.line_ids.mapped("explanation"))
        self.assertNotIn("suspense", " ".join(review.line_ids.mapped("plan_text")).lower())
        review.action_accept()
        self.assertEqual(set(review.line_ids.mapped("state")), {"posted"}, review.line_ids.mapped("explanation"))
        self.assertEqual(
            self.assistant().line_ids.filtered(lambda line: not line.is_covered).mapped("kind"), ["discount"]
        )

    def test_every_rule_says_where_it_comes_from(self):
        self.assistant().action_apply()
        rules = self.env["ecommerce.mapping.rule"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(rules.change_ids.mapped("reason")), {f"Set-up assistant of {self.store.name}"})
        self.assertEqual(rules.filtered(lambda rule: not rule.store_id).mapped("kind"), ["dispute_loss", "payout_fee"])
        self.assertIn("mapping rules from 3 orders", self.store.message_ids[0].body)

    def test_twice_makes_nothing(self):
        def counts():
            return [
                self.env[model].search_count([])
                for model in ("account.account", "account.journal", "account.tax", "ecommerce.mapping.rule",
                              "ecommerce.processor.account", "ecommerce.mapping.change")
            ]  # fmt: skip

        first = self.assistant()
        again = self.assistant()
        first.action_apply()
        before = counts()
        first.action_apply()
        again.action_apply()
        self.assertEqual(counts(), before)

    def test_a_choice_of_ones_own(self):
        assistant = self.assistant()
        account = self.company_data["default_account_revenue"]
        line = self.line_of(assistant, "product", "MUG-*")
        self.line_of(assistant, "shipping").selected = False
        with Form(assistant) as form:
            at = assistant.revenue_ids.ids.index(line.id)
            with form.revenue_ids.edit(at) as edited:
                edited.account_id = account
        assistant.action_apply()
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id)])
        self.assertEqual(rules.filtered(lambda rule: rule.pattern == "MUG-*").account_id, account)
        self.assertFalse(rules.filtered(lambda rule: rule.kind == "shipping"))

    def test_a_discount_shown_apart(self):
        assistant = self.assistant()
        line = self.line_of(assistant, "discount")
        self.assertFalse(line.selected)
        line.write({"selected": True, "account_id": self.company_data["default_account_revenue"].id})
        assistant.action_apply()
        rule = self.env["ecommerce.mapping.rule"].search([("kind", "=", "discount")])
        self.assertRecordValues(rule, [{"pattern": "SPRING", "discount_method": "gross"}])

    def test_what_is_not_ticked_is_not_made(self):
        self.old_store.unlink()
        assistant = self.assistant()
        paypal = self.line_of(assistant, "gateway", "paypal, EUR")
        self.assertEqual(paypal.item_id.name, "PayPal EUR")
        paypal.item_id.selected = False
        with self.assertRaisesRegex(UserError, "paypal, EUR is to be booked on “PayPal EUR”, which is not ticked"):
            assistant.action_apply()
        paypal.selected = False
        assistant.action_apply()
        self.assertFalse(self.env["ecommerce.processor.account"].search([("name", "=", "PayPal EUR")]))
        self.assertFalse(self.env["ecommerce.mapping.rule"].search([("pattern", "=", "paypal")]))

    def test_a_processor_account_needs_its_accounts(self):
        assistant = self.assistant()
        clearing = assistant.item_ids.filtered(lambda item: item.name == "PayPal clearing")
        clearing.selected = False
        with self.assertRaisesRegex(UserError, "PayPal EUR needs “PayPal clearing”: tick that too"):
            assistant.action_apply()

    def test_one_processor_account_per_processor_and_currency(self):
        assistant = self.assistant()
        assistant.action_apply()
        accounts = self.env["ecommerce.processor.account"].search([("company_id", "=", self.company.id)])
        paypal = accounts.filtered(lambda account: account.name == "PayPal EUR")
        self.assertEqual(paypal.clearing_account_id.name, "PayPal clearing")
        self.assertEqual(paypal.in_transit_account_id.name, "PayPal payouts in transit")
        self.assertEqual(paypal.payout_journal_id.code, "EPAY")
        self.assertEqual(
            paypal.journal_id.inbound_payment_method_line_ids.payment_account_id, paypal.clearing_account_id
        )

    # === What exists === #

    def test_what_has_a_rule_is_shown_as_covered(self):
        rule = self.env["ecommerce.mapping.rule"].create(
            {"company_id": self.company.id, "kind": "product", "pattern": "mug*",
             "account_id": self.company_data["default_account_revenue"].id}
        )  # fmt: skip
        assistant = self.assistant()
        line = self.line_of(assistant, "product", "MUG-*")
        self.assertTrue(line.is_covered)
        self.assertEqual(line.reason, f"Product mug* → {rule.target}")
        self.assertIn(line, assistant.covered_ids)
        self.assertNotIn(line, assistant.revenue_ids)

    def test_a_rule_that_begins_later_is_to_be_extended(self):
        self.env["ecommerce.mapping.rule"].create(
            {"store_id": self.store.id, "company_id": self.company.id, "kind": "product", "pattern": "MUG-*",
             "date_from": "2026-06-01", "account_id": self.company_data["default_account_revenue"].id}
        )  # fmt: skip
        assistant = self.assistant()
        line = self.line_of(assistant, "product", "MUG-*")
        self.assertIn("extend it", line.reason)
        assistant.action_apply()
        self.assertEqual(self.env["ecommerce.mapping.rule"].search_count([("pattern", "=", "MUG-*")]), 1)

    def test_untaxed_at_home_is_no_export_in_the_quick_way_either(self):
        at_home = self.order("H1", [self.line("A", "80.00", "0.00", "0", code="Zero")], "80.00")
        abroad = at_home | {"id": "H2", "customer": {"name": "Grace", "shipping": {"country": "US"}}}
        read = self.store._document_reader()
        for orders, name in (([at_home, abroad], "0% S"), ([abroad], "0% Exports")):
            with self.subTest(name=name):
                documents = [read(payloads.loads(payloads.dumps(order))) for order in orders]
                self.store._create_accounting_for(documents)
                rule = self.env["ecommerce.mapping.rule"].search(
                    [("store_id", "=", self.store.id), ("kind", "=", "tax")]
                )
                self.assertEqual(rule.tax_id.name, name)
                rule.unlink()

    # === Errors === #

    def test_a_file_without_orders(self):
        with self.assertRaisesRegex(UserError, "There are no orders to read"):
            self.assistant(file_name="empty.jsonl", file=base64.b64encode(b"\n"))
        assistant = self.env["ecommerce.mapping.assistant"].create({"store_id": self.store.id})
        self.assertEqual(assistant.source, "file")
        with self.assertRaisesRegex(UserError, "Choose a file"):
            assistant.action_read()

    def test_orders_that_cannot_be_read(self):
        broken = self.order("X", [self.line("A", "1")], "-1.00")
        with self.assertRaisesRegex(UserError, "None of the 1 orders could be read. The first one: order X"):
            self.assistant(broken)
        assistant = self.assistant(broken, *self.sample())
        self.assertIn("1 orders could not be read", assistant.note)

    # === Rights === #

    def test_viewers_have_no_assistant(self):
        with self.assertRaises(AccessError):
            self.store.with_user(self.viewer).action_set_up_mapping()

    def test_an_accountant_makes_rules_for_accounts_that_exist(self):
        assistant = self.assistant(user=self.accountant)
        self.assertFalse(assistant.is_administrator)
        self.assertFalse(assistant.item_ids.filtered("selected"))
        self.assertFalse(assistant.line_ids.filtered(lambda line: line.selected and line.item_id))
        self.assertEqual(assistant.sale_journal_id.code, "ECS")
        assistant.action_apply()
        self.assertTrue(self.store.sale_journal_id)
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id)])
        self.assertIn("MUG-*", rules.mapped("pattern"))
        self.assertNotIn("paypal", rules.mapped("pattern"))

    def test_only_an_administrator_makes_accounts(self):
        assistant = self.assistant(user=self.accountant)
        assistant.item_ids.selected = True
        with self.assertRaisesRegex(UserError, "made by an administrator"):
            assistant.action_apply()
        self.assistant(user=self.administrator).action_apply()

    def test_another_company(self):
        other = self.setup_other_company()["company"]
        store = self.env["ecommerce.store"].create({"name": "Theirs", "platform": "file", "company_id": other.id})
        ours = self.store
        self.store = store
        theirs = self.assistant()
        theirs.action_apply()
        self.store = ours
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", store.id)])
        self.assertEqual(rules.company_id, other)
        self.assertEqual(rules.account_id.company_ids, other)
        self.assertEqual(rules.tax_id.company_id, other)
        self.assertEqual(store.sale_journal_id.company_id, other)
        with self.assertRaises(AccessError):
            theirs.with_user(self.accountant).read(["summary"])
        with self.assertRaises(AccessError):
            theirs.line_ids.with_user(self.accountant).read(["label"])
        with self.assertRaises(AccessError):
            theirs.item_ids.with_user(self.accountant).read(["name"])


class FakePlatform:
    """Lists orders of a period, as a platform does."""

    def __init__(self, orders=(), error=None):
        self.orders, self.error, self.asked = orders, error, []

    def fetch(self, stream, cursor, *, page_size):
        if self.error:
            raise self.error
        self.asked.append((cursor.changed_at, cursor.until, page_size))
        records = [
            RawRecord(external_id=order["id"], changed_at=at, payload=payloads.loads(payloads.dumps(order)))
            for order in self.orders
            for at in [datetime.fromisoformat(order["updated_at"].replace("Z", "+00:00"))]
            if (cursor.changed_at is None or at >= cursor.changed_at) and (cursor.until is None or at < cursor.until)
        ]
        for start in range(0, len(records), page_size):
            yield Page(records=tuple(records[start : start + page_size]), cursor=cursor)


@tagged("post_install", "-at_install")
class TestSample(AssistantCommon):
    """What is read, and how much of it."""

    def look(self, platform, **more):
        assistant = self.env["ecommerce.mapping.assistant"].create(
            {"store_id": self.store.id, "source": "store", **more}
        )
        with patch.object(type(self.store), "_platform", lambda store, transport=None: platform):
            assistant.action_read()
        return assistant

    def orders_of(self, days):
        moments = [datetime.now() - timedelta(days=ago) for ago in days]
        return [
            self.order(f"D{at}", [self.line("A", "10.00", "2.00")], "12.00", updated_at=f"{day:%Y-%m-%dT%H:%M:%SZ}")
            for at, day in enumerate(moments)
        ]

    def test_the_period_is_read_in_parts(self):
        platform = FakePlatform(self.orders_of([80, 50, 20, 1]))
        assistant = self.look(platform)
        self.assertIn("4 orders", assistant.summary)
        self.assertFalse(assistant.note)
        self.assertEqual(len(platform.asked), 3)
        self.assertFalse(self.store.order_ids)

    def test_no_more_than_asked_for(self):
        assistant = self.look(FakePlatform(self.orders_of([80, 70, 50, 40, 20, 10, 1])), order_limit=3)
        self.assertIn("3 orders", assistant.summary)

    def test_older_orders_if_there_are_no_others(self):
        assistant = self.look(FakePlatform(self.orders_of([200, 300])))
        self.assertIn("2 orders", assistant.summary)
        self.assertIn("no orders in the last 90 days", assistant.note)

    def test_a_store_without_orders(self):
        with self.assertRaisesRegex(UserError, "Place a test order"):
            self.look(FakePlatform())

    def test_a_store_that_refuses(self):
        error = AuthenticationError("The key is refused.", hint="Enter it again.")
        with self.assertRaisesRegex(UserError, "The key is refused. Enter it again."):
            self.look(FakePlatform(error=error))

    def test_a_slow_store(self):
        with patch("odoo.addons.ecommerce_connector.wizards.mapping_sample.SECONDS", -1):
            assistant = self.look(FakePlatform(self.orders_of([50, 20, 1])))
        self.assertIn("2 orders", assistant.summary)
        self.assertIn("stopped after a minute", assistant.note)

    def test_stored_orders(self):
        store, self.store = self.store, self.old_store
        self.accept(*self.sample())
        assistant = self.env["ecommerce.mapping.assistant"].create({"store_id": self.store.id})
        self.assertEqual(assistant.source, "stored")
        assistant.action_read()
        self.assertIn("3 orders", assistant.summary)
        self.store = store

    def test_bounds(self):
        for values in ({"days": 0}, {"order_limit": 0}, {"order_limit": 1001}):
            with self.assertRaises(UserError):
                self.env["ecommerce.mapping.assistant"].create({"store_id": self.store.id, **values})


@tagged("post_install", "-at_install")
class TestPayoutFindings(PayoutCommon):
    """What processors charge, from payouts that are stored."""

    def test_fees_of_stored_payouts_are_found_and_covered(self):
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "payout_fee")]).unlink()
        self.accept(self.paid_order("P1"))
        payout = self.import_payout(self.report(self.charge("p-P1", "120.00", "3.00")))
        assistant = self.env["ecommerce.mapping.assistant"].create({"store_id": self.store.id})
        assistant.action_read()
        fee = assistant.payout_ids.filtered("line_count")
        self.assertRecordValues(fee, [{"kind": "payout_fee", "label": "charge", "amounts": "3.00 EUR"}])
        assistant.action_apply()
        payout.action_match()
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(self.balance("Payment processing fees"), D("3.00"))
