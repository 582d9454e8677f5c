from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestExceptions(ConnectorCommon):
    """Something a person must decide: opened once per cause, resolved when the cause is gone."""

    def unmapped(self, number="E1", gateway="invoice-me", sku="TSH", **more):
        """An order paid by a gateway; of the rules below, none covers ``invoice-me``."""
        lines = [self.line(sku, "100.00", "20.00")]
        return self.order(number, lines, "120.00", [self.payment(f"p-{number}", "120.00", gateway=gateway)], **more)

    def without_gateway_rules(self):
        """Take the catch-all gateway rules away, as an accountant who wants to decide about each would."""
        rules = self.env["ecommerce.mapping.rule"].search([("kind", "=", "gateway"), ("store_id", "=", self.store.id)])
        rules.active = False
        card = self.rule("gateway", "card", processor_account_id=rules.processor_account_id.filtered(
            lambda account: account.kind == "money" and account.currency_id == self.euro).id)  # fmt: skip
        return rules, card

    def rule(self, kind, pattern, **target):
        return self.env["ecommerce.mapping.rule"].create(
            {"kind": kind, "pattern": pattern, "store_id": self.store.id, "company_id": self.company.id, **target}
        )

    # === Life of an exception === #

    def test_opened_once_then_resolved_then_opened_anew(self):
        catch_all, _card = self.without_gateway_rules()
        payload = self.unmapped()
        (order,) = self.accept(payload)
        (found,) = order.exception_ids
        self.assertRecordValues(
            found,
            [{"code": "mapping_missing", "key": "gateway:invoice-me", "severity": "1", "state": "open", "amount": 120.0,
              "currency_id": self.euro.id, "company_id": self.company.id, "store_id": self.store.id}],
        )  # fmt: skip
        self.assertIn("'invoice-me'", found.message)
        self.assertIn("Add a mapping rule", found.hint)
        self.assertEqual(self.store.exception_count, 1)

        found.user_id = self.env.user
        for _again in range(2):
            order.action_post()
        self.accept({**payload, "updated_at": "2026-03-12T10:00:00Z"})
        self.assertEqual(order.exception_ids, found)
        self.assertEqual((found.state, found.user_id), ("open", self.env.user))

        catch_all.active = True
        found.action_retry()
        self.assertEqual(order.state, "posted")
        self.assertEqual(found.state, "resolved")
        self.assertTrue(found.resolution)
        self.store.invalidate_recordset(["exception_count"])
        self.assertEqual(self.store.exception_count, 0)

    def test_same_cause_later_is_open_again(self):
        catch_all, _card = self.without_gateway_rules()
        payload = self.unmapped()
        (order,) = self.accept(payload)
        first = order.exception_ids
        self.accept({**payload, "updated_at": "2026-03-12T10:00:00Z", "payments": []})
        self.assertEqual((order.state, first.state), ("waiting", "resolved"))
        self.accept({**payload, "updated_at": "2026-03-13T10:00:00Z"})
        self.assertEqual(order.state, "blocked")
        self.assertEqual((order.exception_ids, first.state, first.recurrences), (first, "open", 1))

    def test_closed_by_hand_comes_back_while_the_cause_is_there(self):
        self.without_gateway_rules()
        (order,) = self.accept(self.unmapped())
        order.exception_ids._close("Not now")
        self.assertEqual(order.exception_ids.mapped("state"), ["resolved"])
        order.action_post()
        self.assertEqual(order.exception_ids.mapped("state"), ["open"])

    def test_all_reasons_are_told_at_once(self):
        self.without_gateway_rules()
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "tax"), ("tax_rate", "=", "20")]).active = False
        (order,) = self.accept(self.unmapped())
        self.assertEqual(sorted(order.exception_ids.mapped("key")), ["gateway:invoice-me", "tax:VAT"])
        for found in order.exception_ids:
            self.assertIn(found.message, order.explanation)

    def test_one_cause_of_many_orders_is_retried_for_all(self):
        catch_all, _card = self.without_gateway_rules()
        orders = self.accept(*(self.unmapped(f"E{number}") for number in range(3)))
        found = self.env["ecommerce.order"].union(*orders).exception_ids
        self.assertEqual((len(found), found.order_count, found.document_names), (1, 3, "E0, E1, E2"))
        self.assertEqual(found.order_line_ids.mapped("amount"), [120.0] * 3)
        self.assertIn("360.00", found.waiting)
        self.accept({**self.unmapped("E1"), "updated_at": "2026-03-12T10:00:00Z", "payments": []})
        self.assertEqual((found.document_names, found.state), ("E0, E2", "open"), "E1 waits for its money now")
        self.accept(self.unmapped("E1", updated_at="2026-03-13T10:00:00Z"), self.unmapped("E9"))
        self.assertEqual(found.document_names, "E0, E2, E1, E9")
        catch_all.active = True
        found.action_retry()
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertEqual(set(found.mapped("state")), {"resolved"})

    def test_message_of_a_shared_exception_follows_what_waits(self):
        """When one rate has its rule, the exception speaks of the other that waits."""
        rules = self.env["ecommerce.mapping.rule"]
        rules.search([("kind", "=", "tax"), ("company_id", "=", self.company.id)]).active = False
        at_20, at_21 = self.accept(
            self.order("T1", [self.line("MUG", "100.00", "20.00")], "120.00", [self.payment("p1", "120.00")]),
            self.order("T2", [self.line("MUG", "100.00", "21.00", "21")], "121.00", [self.payment("p2", "121.00")]),
        )
        (found,) = (at_20 | at_21).exception_ids
        self.assertIn("at 20 %", found.message)
        rule = rules.with_context(active_test=False).search(
            [("kind", "=", "tax"), ("tax_rate", "=", "20"), ("company_id", "=", self.company.id)], limit=1
        )
        rule.active = True
        found.action_retry()
        self.assertEqual((at_20.state, at_21.state, found.state), ("posted", "blocked", "open"))
        self.assertIn("at 21 %", found.message)

    def test_message_follows_the_order(self):
        cheap = self.unmapped()
        (order,) = self.accept({**cheap, "total": "125.00"})
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.amount), ("does_not_add_up", 5.0))
        self.accept({**cheap, "total": "127.00", "updated_at": "2026-03-12T10:00:00Z"})
        self.assertEqual(order.exception_ids, found)
        self.assertIn("127.00", found.message)
        self.assertEqual((found.amount, found.order_line_ids.amount), (7.0, 7.0))

    def test_rounding_within_the_cap_is_booked_and_beyond_it_blocked(self):
        lines = [self.line("TSH", "100.00", "20.00")]
        first, second = self.accept(
            self.order("E1", lines, "120.05", [self.payment("p1", "120.05")]),
            self.order("E2", lines, "120.06", [self.payment("p2", "120.06")]),
        )
        self.assertEqual(first.state, "posted", first.explanation)
        self.assertEqual(self.balance("Store rounding differences"), D("-0.05"))
        self.assertEqual(self.moves_of(first, "invoice").amount_total, 120.05)
        self.assertEqual(second.state, "blocked")
        self.assertEqual(second.exception_ids.code, "does_not_add_up")
        self.assertFalse(second.posting_ids)

    # === Set-up problems === #

    def test_archived_account(self):
        other = self.account("Store sales").copy({"name": "Old sales"})
        rule = self.rule("product", "TSH", account_id=other.id)
        other.active = False
        (order,) = self.accept(self.unmapped(gateway="card"))
        self.assertEqual(order.state, "blocked")
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.key), ("archived_account", f"rule:{rule.id}"))
        self.assertFalse(order.posting_ids)
        other.active = True
        found.action_retry()
        self.assertEqual((order.state, found.state), ("posted", "resolved"))

    def test_ambiguous_rules(self):
        """Two patterns that meet are refused when saved; two tags meet on a product only."""
        with self.assertRaisesRegex(ValidationError, r"Product \*SH .* and Product TS\* "):
            self.rule("product", "TS*", account_id=self.account("Store sales").id)
            self.rule("product", "*SH", account_id=self.account("Store order fees").id)
        self.rule("product", "new", match_on="tag", account_id=self.account("Store sales").id)
        self.rule("product", "sale", match_on="tag", account_id=self.account("Store order fees").id)
        (order,) = self.accept(
            self.order("E1", [self.line("TSH", "100.00", "20.00", tags=["new", "sale"])], "120.00",
                       [self.payment("p-E1", "120.00")])
        )  # fmt: skip
        self.assertEqual(order.exception_ids.mapped("code"), ["mapping_ambiguous"])
        self.assertFalse(order.posting_ids)

    def test_no_contact(self):
        self.store.shared_partner_id = False
        (order,) = self.accept(self.unmapped(gateway="card", customer=None))
        self.assertEqual(order.exception_ids.mapped("code"), ["no_contact"])
        self.assertFalse(order.posting_ids)

    def test_e_mail_address_that_is_none(self):
        """What the shop took for an address but is none cannot tell contacts apart."""
        customer = {"name": "Ada", "email": "not-an-address"}
        (order,) = self.accept(self.unmapped(gateway="card", customer=customer))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "invoice").partner_id, self.store.shared_partner_id)
        self.store.shared_partner_id = False
        (order,) = self.accept(self.unmapped("E2", gateway="card", customer=customer))
        self.assertEqual(order.exception_ids.mapped("code"), ["no_contact"])

    def test_posting_without_sales_journal_is_refused_before_anything_is_stored(self):
        self.store.sale_journal_id = False
        with self.assertRaisesRegex(UserError, "no sales journal"):
            self.accept(self.unmapped())
        self.assertFalse(self.env["ecommerce.order"].search([("store_id", "=", self.store.id)]))

    # === Suspense === #

    def test_unmapped_product_waits_on_suspense(self):
        catch_all = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "product"), ("store_id", "=", self.store.id), ("pattern", "=", "*")]
        )
        catch_all.active = False
        self.rule("product", "MUG", account_id=self.account("Store sales").id)
        lines = [self.line("TSH", "100.00", "20.00"), self.line("MUG", "10.00", "2.00")]
        (order,) = self.accept(self.order("S1", lines, "132.00", [self.payment("s1", "132.00")]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-100.00"))
        self.assertEqual(self.balance("Store sales"), D("-10.00"))
        self.assertEqual(self.balance("Store sales tax"), D("-22.00"))
        (found,) = order.exception_ids
        self.assertRecordValues(
            found, [{"code": "unmapped", "key": "product:TSH", "severity": "0", "amount": 100.0, "state": "open"}]
        )
        self.assertIn("'TSH'", found.message)
        self.assertIn("Store suspense", found.message)

    def test_without_suspense_account_the_order_is_blocked(self):
        self.store.suspense_account_id = False
        self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "product"), ("store_id", "=", self.store.id)]
        ).active = False
        (order,) = self.accept(self.unmapped(gateway="card"))
        self.assertEqual(order.exception_ids.mapped("code"), ["mapping_missing"])
        self.assertFalse(order.posting_ids)

    def test_gift_card_sold_never_waits_on_suspense(self):
        """It is the customer's money: without a rule it blocks."""
        self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "gift_card"), ("store_id", "=", self.store.id)]
        ).active = False
        lines = [self.line("GC50", "50.00", rate=None, kind="gift_card")]
        (order,) = self.accept(self.order("S2", lines, "50.00", [self.payment("s2", "50.00")]))
        self.assertEqual(order.exception_ids.mapped("code"), ["mapping_missing"])
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("0.00"))
