from odoo.tests import tagged

from ..core.ways_out import WAYS_OUT
from ..models.exceptions.exception_actions import NEEDS
from .exception_common import ExceptionCommon


@tagged("post_install", "-at_install")
class TestExceptionActions(ExceptionCommon):
    """The main button does what solves the exception, or opens where that is done."""

    codes_of_others = frozenset({"a_code_of_another_addon"})

    def made(self, code, key=None, **values):
        """An exception as the connector makes it."""
        return self.env["ecommerce.exception"].sudo().create(
            {"company_id": self.company.id, "store_id": self.store.id, "code": code, "key": key, "message": "x",
             "currency_id": self.euro.id, **values}
        )  # fmt: skip

    def opened(self, item):
        """Model and id of what the main button opens for somebody who only looks."""
        action = item.with_user(self.eve).action_view_way_out()
        return action["res_model"], action.get("res_id") or None or None

    def test_every_code_has_a_button_that_leads_somewhere(self):
        (order,) = self.accept(self.broken())
        rule = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id)], limit=1)
        for code in WAYS_OUT:
            item = self.made(code, f"rule:{rule.id}", order_id=order.id)
            with self.subTest(code=code):
                self.assertTrue(item.way_out)
                if item.way_out not in ("add_rule", "fetch_again", "retry", "mark_corrected"):
                    model, number = self.opened(item)
                    self.assertTrue(number is None or self.env[model].browse(number).exists())

    def test_way_is_that_of_the_code(self):
        (order,) = self.accept(self.broken())
        rule = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id)], limit=1)
        product = self.env["product.product"].create({"name": "Shirt", "default_code": "TSH"})
        for code, key, expected in (
            ("archived_account", f"rule:{rule.id}", ("ecommerce.mapping.rule", rule.id)),
            ("mapping_ambiguous", "product:TSH", ("ecommerce.mapping.rule", None)),
            ("no_contact", None, ("ecommerce.store", self.store.id)),
            ("currency", "GBP", ("res.currency", self.env.ref("base.GBP").id)),
            ("rate_deviates", "USD:2026-03-01", ("res.currency", self.env.ref("base.USD").id)),
            ("cost_missing", "TSH", ("product.product", product.id)),
            ("cost_unknown_product", "NEW", ("product.product", None)),
            ("changed_by_hand", None, ("account.move", None)),
            ("overpaid", None, ("ecommerce.order", order.id)),
            ("a_code_of_another_addon", None, ("ecommerce.order", order.id)),
        ):  # fmt: skip
            with self.subTest(code=code):
                self.assertEqual(self.opened(self.made(code, key, order_id=order.id)), expected)

    def test_what_has_nothing_to_work_on_leads_to_what_it_is_about(self):
        for code in ("retry", "fetch_again"):
            self.assertNotIn(code, NEEDS.values())
        self.assertEqual(self.made("cannot_post").way_out, "open_store", "no order: nothing to try again")
        (order,) = self.accept(self.broken())
        self.assertEqual(self.made("payload", order_id=order.id).way_out, "open_order", "files are not fetched")
        self.assertEqual(self.made("does_not_add_up", state="resolved", order_id=order.id).way_out, False)

    def test_button_in_the_list_solves_it(self):
        item = self.blocked()
        self.assertEqual(item.way_out, "open_order")
        self.assertEqual(item.with_user(self.ann).action_do_way_out()["res_id"], item.order_id.id)
        shared = self.made("mapping_missing", "product:MUG")
        self.assertEqual(shared.with_user(self.ann).action_do_way_out()["res_model"], "ecommerce.mapping.rule")

    def test_largest_first_and_overdue_on_the_card(self):
        for number, total in (("L1", "125.00"), ("L2", "320.00"), ("L3", "121.00")):
            self.blocked(number, total)
        items = self.open_ones().with_context(ecommerce_by_amount=True)
        ours = [("id", "in", items.ids)]
        found = items.web_search_read(ours, {"amount_company": {}})["records"]
        self.assertEqual([row["amount_company"] for row in found], [200.0, 5.0, 1.0])
        found = items.web_search_read(ours, {"amount_company": {}}, order="amount_company")["records"]
        self.assertEqual([row["amount_company"] for row in found], [1.0, 5.0, 200.0])
        items[:2].write({"user_id": self.ann.id, "date_due": self.today(-1)})
        items[2].date_due = self.today()
        self.store.invalidate_recordset()
        self.assertEqual((self.store.overdue_count, self.store.exception_count), (2, 3))
        self.assertEqual(
            self.env["ecommerce.exception"].search([*ours, ("is_overdue", "=", True)]),
            items[:2].sorted("id", reverse=True),
        )
        self.assertEqual(self.env["ecommerce.exception"].search([*ours, ("is_overdue", "=", False)]), items[2])
