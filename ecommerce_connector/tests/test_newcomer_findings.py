from odoo.tests import tagged

from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestNewcomerFindings(ConnectorCommon):
    """What somebody met who knew only the README."""

    def unknown_tax(self, number="N1", rate="13"):
        """An order and a later refund of it, both with a tax that no rule covers."""
        lines = [self.line("TSH", "100.00", "13.00", rate, code="GST")]
        refund = self.refund("r", "11.30", lines=[self.line("TSH", "10.00", "1.30", rate, code="GST")])
        return self.order(number, lines, "113.00", [self.payment(f"p-{number}", "113.00")], [refund])

    def missing_tax(self, order):
        return order.exception_ids.filtered(lambda item: item.state == "open" and item.key == "tax:GST")

    def test_one_exception_per_cause_however_often_it_is_met(self):
        (order,) = self.accept(self.unknown_tax())
        self.assertEqual(order.state, "blocked")
        self.assertEqual(len(self.missing_tax(order)), 1)
        order.action_post()
        order.action_post()
        self.assertEqual(len(self.missing_tax(order)), 1)
        self.store._create_accounting(currencies=["EUR"], rates={D(13)})
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertFalse(order.exception_ids.filtered(lambda item: item.state == "open"))

    def test_of_two_exceptions_of_one_cause_the_older_takes_further_orders(self):
        (order,) = self.accept(self.unknown_tax())
        item = self.missing_tax(order)
        item.sudo().copy()
        (other,) = self.accept(self.unknown_tax("N2"))
        self.assertEqual(self.missing_tax(other), item)
        self.assertEqual(item.order_line_ids.order_id, order | other)

    def test_rule_of_a_tax_exception_covers_its_rate_only(self):
        (order,) = self.accept(self.unknown_tax())
        context = self.missing_tax(order).action_add_rule()["context"]
        self.assertEqual((context["default_pattern"], context["default_tax_rate"]), ("GST", "13"))

    def test_rule_of_a_tax_with_two_rates_leaves_the_rate_open(self):
        payload = self.unknown_tax()
        payload["lines"].append(self.line("BOOK", "100.00", "5.00", "5", code="GST"))
        payload.update(total="218.00", payments=[self.payment("p", "218.00")])
        (order,) = self.accept(payload)
        self.assertFalse(self.missing_tax(order)[:1].action_add_rule()["context"]["default_tax_rate"])

    def test_rates_of_another_tax_do_not_count(self):
        payload = self.unknown_tax()
        payload["lines"].append(self.line("BOOK", "100.00", "20.00"))
        payload.update(total="233.00", payments=[self.payment("p", "233.00")])
        (order,) = self.accept(payload)
        context = self.missing_tax(order).action_add_rule()["context"]
        self.assertEqual((context["default_pattern"], context["default_tax_rate"]), ("GST", "13"))

    def test_rules_of_a_file_store_are_made_from_its_stored_orders(self):
        (order,) = self.accept(self.unknown_tax())
        self.store.action_create_accounting()
        rule = self.env["ecommerce.mapping.rule"].search([("store_id", "=", self.store.id), ("tax_rate", "=", "13")])
        self.assertRecordValues(rule, [{"kind": "tax", "pattern": "*"}])
        self.assertEqual(rule.tax_id.amount, 13.0)
        order.action_post()
        self.assertEqual(order.state, "posted", order.explanation)
