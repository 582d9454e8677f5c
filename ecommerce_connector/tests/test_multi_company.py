import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.mapping.mapping_document import MappingDocument
from ..platforms import payload as payloads
from .common import D
from .goods_common import GoodsStory
from .payout_common import PayoutCommon
from .sync_common import SyncStory


@tagged("post_install", "-at_install")
class TestMultiCompany(SyncStory, GoodsStory, PayoutCommon):
    """Two companies with a store each and the same order numbers: neither sees or touches the other's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data_2 = cls.setup_other_company(name="Second company", currency_id=cls.euro.id)
        cls.company_2 = cls.data_2["company"]
        cls.store_2 = cls.env["ecommerce.store"].create(
            {"name": "Test shop", "platform": "file", "timezone": "Europe/Paris", "company_id": cls.company_2.id}
        )
        cls.store_2._create_accounting(currencies=["EUR", "USD"], rates={D(20)})
        cls.processor_2 = cls.processor_account("EUR", cls.company_2)
        cls.processor_2.bank_journal_id = cls.data_2["default_journal_bank"]
        cls.manager = cls.member("manager", cls.company)
        cls.manager_2 = cls.member("manager2", cls.company_2)

    @classmethod
    def member(cls, login, *companies):
        """An administrator of these companies; the first is the one worked in."""
        return new_test_user(
            cls.env, login=login, groups="ecommerce_connector.group_administrator", company_id=companies[0].id,
            company_ids=[(6, 0, [company.id for company in companies])],
        )  # fmt: skip

    def in_store(self, store):
        """Make the helpers of the common classes work on a store."""
        self.store, self.company = store, store.company_id
        self.processor = self.processor_account("EUR", store.company_id)
        return store

    def story(self, store):
        """Something of everything: booked, blocked, paid out, in a wizard."""
        self.in_store(store)
        booked = self.paid_order("M1", refunds=[self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])])
        blocked = self.paid_order("M2")
        blocked["total"] = "999.00"
        orders = self.accept(booked, blocked)
        payout = self.import_payout(
            self.report(self.charge("p-M1", "120.00", "3.00"), ("t2", "-12.00", "0.00", "refund", "re_r1", "ch_p-M1"))
        )
        payout.action_post()
        payout.action_match_bank()  # no line yet: the wizard opens
        self.import_payout(self.report(("t9", "-12.00", "0.00", "dispute", "du_1", "ch_p-M1"), payout="po_9"))
        dispute = self.env["ecommerce.dispute"].search([("company_id", "=", store.company_id.id)])
        self.env["ecommerce.dispute.lose"].create({"dispute_id": dispute.id})
        bank = self.data_2["default_journal_bank"] if store == self.store_2 else None
        self.bank_line(105.0, text="UNKNOWN", journal=bank)
        payout.action_match_bank()  # one line that is not certain: the wizard opens with it
        self.sync_story(store)
        wizard = self.env["ecommerce.import"].create(
            {"store_id": store.id, "file": base64.b64encode(payloads.dumps(self.paid_order("M3")).encode())}
        )
        wizard.action_preview()
        self.accept(self.paid_order("M4"))
        other = [{**payment, "amount": "119.00"} for payment in self.paid_order("M4")["payments"]]
        self.accept({**self.paid_order("M4"), "payments": other, "updated_at": "2026-03-20T10:00:00Z"})
        changed = self.env["ecommerce.exception"].search(
            [("store_id", "=", store.id), ("code", "=", "changed_after_posting")]
        )
        changed[:1].action_mark_corrected()
        self.env["ecommerce.exception.rule"].create({"company_id": store.company_id.id, "user_id": self.env.user.id})
        for ask in ("action_resolve", "action_assign"):
            getattr(changed.with_company(store.company_id), ask)()
        draft = self.env["ecommerce.mapping.rule"].create(
            {"company_id": store.company_id.id, "store_id": store.id, "kind": "product", "pattern": "TSH",
             "is_draft": True, "account_id": store.suspense_account_id.id}
        )  # fmt: skip
        what_if = self.env["ecommerce.mapping.whatif"].browse(draft.action_what_if()["res_id"])
        what_if.date_from = "2026-01-01"
        what_if.action_compute()
        what_if.line_ids[:1].action_view_orders()
        self.env["ecommerce.mapping.whatif.apply"].create(
            {"whatif_id": what_if.id, "line_ids": [(0, 0, {"rule_id": draft.id, "date_from": "2026-03-01"})]}
        )
        self.env["ecommerce.payout.import"].create(
            {
                "company_id": store.company_id.id, "processor_account_id": self.processor.id,
                "file": base64.b64encode(b"x"),
            }
        )  # fmt: skip
        self.mapping_story(store.company_id)
        self.report_story(store)
        self.period_story(store)
        self.summary_story(store)
        self.combined_story(store)
        self.env["ecommerce.payout.discard"].create({"payout_id": payout.id, "reason": "x"})
        # A currency that no gateway rule covers, so that something is to be made.
        new = self.order(
            "M5", [self.line("TSH", "10.00", "2.00")], "12.00", [self.payment("p5", "12.00")], currency="GBP"
        )
        self.env["ecommerce.mapping.assistant"].create(
            {"store_id": store.id, "source": "file", "file": base64.b64encode(payloads.dumps(new).encode())}
        ).action_read()
        self.erased_customer("M6")
        self.goods_story(store)
        return orders, payout

    def mapping_story(self, company):
        """A mapping document under review, accounts to be replaced, an old code."""
        account = self.env["ecommerce.mapping.rule"].search(
            [("company_id", "=", company.id), ("kind", "=", "product")], limit=1
        ).account_id  # fmt: skip
        self.env["ecommerce.account.alias"].create(
            {"company_id": company.id, "code": "70700", "account_id": account.id}
        )
        content = MappingDocument(company).export("csv").replace(b";shipping;", b";shopping;")
        self.env["ecommerce.mapping.import"].create(
            {"company_id": company.id, "file": base64.b64encode(content)}
        ).action_check()  # fmt: skip
        lines = [(0, 0, {"old_account_id": account.id, "new_account_id": account.copy({"code": "70701"}).id})]
        self.env["ecommerce.account.replacement"].create({"company_id": company.id, "line_ids": lines})
        rule = self.env["ecommerce.mapping.rule"].search([("company_id", "=", company.id)], limit=1)
        self.env["ecommerce.mapping.reason"].create({"company_id": company.id, "rule_ids": [(6, 0, rule.ids)]})

    def summary_story(self, store):
        """A day that is booked as a summary."""
        self.env["ecommerce.summary.mode"].create({"store_id": store.id, "date_from": "2026-05-01", "mode": "day"})
        paid = [self.payment("p19", "12.00", at="2026-05-02T10:00:00Z")]
        self.accept(
            self.order("M19", [self.line("TSH", "10.00", "2.00")], "12.00", paid, placed_at="2026-05-02T09:00:00Z")
        )
        self.env["ecommerce.summary.post"].create({"store_id": store.id}).action_post()

    def combined_story(self, store):
        """Two orders of a customer on one invoice."""
        self.env["ecommerce.summary.mode"].create(
            {"store_id": store.id, "date_from": "2026-05-04", "mode": "customer_week"}
        )
        person = {"name": "Ada Byron", "email": "ada@example.com"}
        orders = [
            self.order(
                f"M{at}", [self.line("TSH", "10.00", "2.00")], "12.00",
                [self.payment(f"p{at}", "12.00", at="2026-05-05T10:00:00Z")], placed_at="2026-05-05T09:00:00Z",
                customer=person,
            )
            for at in (20, 21)
        ]  # fmt: skip
        self.accept(*orders)
        self.env["ecommerce.combined.post"].create({"store_id": store.id}).action_post()

    def report_story(self, store):
        """A gift card and one from before, the tax of a month, dollars at its end."""
        card = self.line("CARD", "50.00", "0", None, kind="gift_card", gift_cards=[{"id": "GC-1"}])
        self.accept(self.order("M7", [card], "50.00", [self.payment("p7", "50.00")]))
        self.env["ecommerce.gift.card.opening"].create(
            {
                "store_id": store.id, "reason": "From before",
                "line_ids": [(0, 0, {"external_id": "GC-0", "amount": 20.0})],
            }
        )  # fmt: skip
        self.env["ecommerce.tax.truth"].create(
            {
                "company_id": store.company_id.id, "store_ids": [(6, 0, store.ids)], "date_from": "2026-03-01",
                "date_to": "2026-03-31",
            }
        ).action_compute()  # fmt: skip
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            [
                {"currency_id": dollar.id, "name": day, "company_rate": rate, "company_id": store.company_id.id}
                for day, rate in (("2026-03-01", 1.10), ("2026-03-31", 1.20))
            ]
        )
        line = self.line("TSH", "110.00", "0", None)
        self.accept(self.order("M8", [line], "110.00", [self.payment("p8", "110.00")], currency="USD"))
        self.env["ecommerce.revaluation.list"].with_company(store.company_id).create(
            {"day": "2026-03-31"}
        ).action_post()

    def period_story(self, store):
        """A month that was locked before an order of it came in."""
        store.company_id.sale_lock_date = "2025-12-31"
        long_ago = "2025-12-20T10:00:00Z"
        self.accept(self.paid_order("M9", placed_at=long_ago, updated_at=long_ago, paid={"at": long_ago}))
        self.env["ecommerce.cutoff"].create(
            {"company_id": store.company_id.id, "date_from": "2025-12-01", "date_to": "2025-12-31"}
        ).action_compute()
        self.processor.bills_in_arrears = True
        period = self.env["ecommerce.period.end"].create({"company_id": store.company_id.id, "day": "2026-03-31"})
        period.action_compute()
        self.env["ecommerce.transit.list"].create({"company_id": store.company_id.id, "day": "2026-03-31"})

    def models(self):
        """Every model of the connector that has a table."""
        found = [
            self.env[name]
            for name in self.env.registry
            if name.startswith("ecommerce.") and not self.env[name]._abstract
        ]
        self.assertGreater(len(found), 15)
        return found

    # === Access === #

    def test_no_record_of_another_company_is_seen(self):
        """A new model without company rule, or without a record in the story above, fails here."""
        for store in (self.store, self.store_2):
            self.story(store)
        for model in self.models():
            with self.subTest(model=model._name):
                own, others = (
                    model.sudo().with_context(active_test=False).search([("company_id", "=", company.id)])
                    for company in (self.store_2.company_id, self.manager.company_id)
                )
                self.assertTrue(own and others, "the story makes no such record in each company: add one")
                as_manager = model.with_user(self.manager_2).with_context(active_test=False)
                self.assertEqual(as_manager.search([]).sudo().company_id, self.company_2)
                with self.assertRaises(AccessError):
                    others.with_user(self.manager_2).read(["id", "display_name"])
                with self.assertRaises(AccessError):
                    others.with_user(self.manager_2).check_access("write")

    def test_every_model_has_a_global_company_rule(self):
        for model in self.models():
            with self.subTest(model=model._name):
                rules = self.env["ir.rule"].search([("model_id.model", "=", model._name)])
                company_rules = rules.filtered(
                    lambda rule: not rule.groups and "company_ids" in (rule.domain_force or "") and rule.perm_read
                )
                self.assertTrue(company_rules)

    def test_allowed_companies_decide_for_a_member_of_both(self):
        both = self.member("both", self.manager.company_id, self.company_2)
        for store in (self.store, self.store_2):
            self.in_store(store)
            self.accept(self.paid_order("M1"))
        orders = self.env["ecommerce.order"].with_user(both)
        one = orders.with_context(allowed_company_ids=self.company_2.ids).search([])
        self.assertEqual(one.store_id, self.store_2)
        two = orders.with_context(allowed_company_ids=both.company_ids.ids).search([])
        self.assertEqual(len(two.store_id), 2)

    def test_rules_of_another_company_do_not_decide(self):
        """An exact rule of the other company is more specific than our catch-all, and still not ours."""
        self.env["ecommerce.mapping.rule"].create(
            {
                "company_id": self.company_2.id, "kind": "product", "pattern": "TSH",
                "account_id": self.data_2["default_account_revenue"].id,
            }
        )  # fmt: skip
        (order,) = self.accept(self.paid_order("M1"))
        product = self.moves_of(order, "invoice").line_ids.filtered(lambda line: line.display_type == "product")
        self.assertEqual(product.account_id, self.account("Store sales"))
        self.assertEqual(product.ecommerce_rule_id.company_id, self.company)

    def test_contact_of_another_company_is_not_used(self):
        """The same customer of both: each company keeps its own contact, and a shared one serves both."""
        theirs, shared = self.env["res.partner"].create(
            [
                {"name": "Theirs", "email": "m1@example.com", "company_id": self.company_2.id},
                {"name": "Of both", "email": "m2@example.com"},
            ]
        )
        self.in_store(self.store.sudo())  # as the scheduled action, which no record rule keeps from seeing both
        first, second = self.accept(self.paid_order("M1"), self.paid_order("M2"))
        self.assertEqual((first.state, second.state), ("posted", "posted"), first.explanation)
        self.assertNotEqual(first.partner_id, theirs)
        self.assertEqual(first.partner_id.email, theirs.email)
        self.assertEqual(second.partner_id, shared)
        self.in_store(self.store_2.sudo())
        third, fourth = self.accept(self.paid_order("M1"), self.paid_order("M2"))
        self.assertIn(third.partner_id, theirs | first.partner_id)
        self.assertEqual(fourth.partner_id, shared)

    # === Books === #

    def test_same_order_numbers_are_booked_in_each_company(self):
        company = self.company
        (first,) = self.accept(self.paid_order("M1"))
        self.in_store(self.store_2)
        (second,) = self.accept(self.paid_order("M1", total="60.00"))
        self.assertEqual((first.state, second.state), ("posted", "posted"), second.explanation)
        for order, owner, total in ((first, company, 120.0), (second, self.company_2, 60.0)):
            self.assertEqual(order.posting_ids.move_id.company_id, owner)
            self.assertEqual(order.posting_ids.move_id.line_ids.account_id.company_ids, owner)
            self.assertRecordValues(self.moves_of(order, "invoice"), [{"amount_total": total, "payment_state": "paid"}])
            self.assertEqual(order.payment_ids.processor_account_id.company_id, owner)
        self.assertEqual(self.balance("Payment clearing"), D("60.00"))

    def test_payout_takes_only_payments_of_its_own_company(self):
        self.accept(self.paid_order("M1"))
        self.in_store(self.store_2)
        payout = self.import_payout(self.report(self.charge("p-M1", "120.00")))
        self.assertEqual(payout.transaction_ids.match_status, "missing_in_ledger")
        self.assertFalse(payout.transaction_ids.payment_id)
        self.accept(self.paid_order("M1"))
        payout.action_match()
        self.assertEqual(payout.transaction_ids.payment_id.company_id, self.company_2)
        payout.action_post()
        self.assertEqual(payout.move_id.company_id, self.company_2)
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.in_store(self.env["ecommerce.store"].search([("company_id", "=", self.manager.company_id.id)]))
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))

    def test_payout_is_not_imported_with_another_companys_store_or_account(self):
        """Payouts are stored as the system: neither the wizard nor the import itself may reach over."""
        content = self.report(self.charge("p-M1", "120.00"))
        for store, account, manager in (
            (self.store_2, self.processor, self.manager), (self.store, self.processor_2, self.manager_2),
        ):  # fmt: skip
            with self.subTest(store=store.company_id.name), self.assertRaises(UserError):
                self.env["ecommerce.payout.import"].with_user(manager).create(
                    {
                        "processor_account_id": account.id, "store_id": store.id, "file": base64.b64encode(content),
                        "company_id": account.company_id.id,
                    }
                )  # fmt: skip
            with self.assertRaises(AccessError):
                account.with_user(manager)._import_report("payout.csv", content, store.with_user(manager))
        with self.assertRaises(AccessError):
            self.processor_2.with_user(self.manager)._import_report("payout.csv", content)
        both = self.member("both", self.company, self.company_2)
        in_both = {"allowed_company_ids": (self.company | self.company_2).ids}
        with self.assertRaisesRegex(UserError, "is a store of Second company.*Choose one of"):
            self.processor.with_user(both).with_context(**in_both)._import_report("payout.csv", content, self.store_2)
        self.assertFalse(self.env["ecommerce.payout"].search([("external_id", "=", "po_1")]))

    def test_work_in_a_company_that_is_not_the_current_one(self):
        """The scheduled action and the command line work in no company in particular."""
        self.assertNotEqual(self.env.company, self.company_2)
        orders, payout = self.story(self.store_2)
        self.assertEqual(orders[0].state, "posted")
        for move in orders[0].posting_ids.move_id | payout.move_id:
            self.assertEqual(move.company_id, self.company_2)
            self.assertEqual(move.journal_id.company_id, self.company_2)

    def test_locks_of_one_company_do_not_move_the_others_entries(self):
        self.company.fiscalyear_lock_date = "2026-03-31"
        (first,) = self.accept(self.paid_order("M1"))
        self.in_store(self.store_2)
        (second,) = self.accept(self.paid_order("M1"))
        self.assertEqual(str(self.moves_of(first, "invoice").date), "2026-04-01")
        self.assertEqual(str(self.moves_of(second, "invoice").date), "2026-03-10")

    # === Records cannot be mixed === #

    def test_store_refuses_accounts_of_another_company(self):
        journal, suspense = self.store_2.sale_journal_id, self.store_2.suspense_account_id
        for values in ({"sale_journal_id": journal.id}, {"suspense_account_id": suspense.id}):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.store.write(values)

    def test_rule_refuses_targets_of_another_company(self):
        with self.assertRaises(UserError):
            self.env["ecommerce.mapping.rule"].create(
                {
                    "company_id": self.company.id, "kind": "product", "pattern": "X",
                    "account_id": self.store_2.suspense_account_id.id,
                }
            )  # fmt: skip
        with self.assertRaises(UserError):
            self.env["ecommerce.mapping.rule"].create(
                {
                    "company_id": self.company.id, "kind": "gateway", "pattern": "X",
                    "processor_account_id": self.processor_2.id,
                }
            )  # fmt: skip

    def test_store_with_orders_stays_in_its_company(self):
        self.accept(self.paid_order("M1"))
        with self.assertRaisesRegex(UserError, "has orders"):
            self.store.write({"company_id": self.company_2.id})
        with self.assertRaisesRegex(UserError, "has orders"):
            self.store.platform = "vendure"
