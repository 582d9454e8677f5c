from unittest.mock import patch

from odoo.tests import tagged

from ..models.batch_posting import BatchPosting
from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestReviewFindings(ConnectorCommon):
    """Ways in which an order was once lost, changed or rounded without a word."""

    def paid(self, number="R1", net="100.00", tax="20.00", total="120.00", **more):
        return self.order(number, [self.line("TSH", net, tax)], total, [self.payment(f"p-{number}", total)], **more)

    # === Payloads that change while they are posted === #

    def test_newer_payload_stored_while_posting_is_not_lost(self):
        payload = self.paid("R1")
        with self.posting_nothing():
            first, order = self.accept(self.paid("R0"), payload)
        newer = dict(payload, updated_at="2026-03-13T11:00:00Z", refunds=[self.refund("r1", "120.00")])

        def commit(posting):
            if order.event_id.version == 1:
                with self.posting_nothing():
                    self.accept(newer)  # another worker stores the next version

        self.store.batch_size = 1
        with patch.object(BatchPosting, "_commit", commit):
            self.store._post_orders(first | order)
        self.assertEqual(order.state, "posted")
        kinds = ["credit_note", "invoice", "payment", "refund_payment"]
        self.assertEqual(sorted(order.posting_ids.mapped("kind")), kinds)
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))  # of the other order

    @staticmethod
    def posting_nothing():
        """Orders are stored only."""
        return patch.object(BatchPosting, "post", lambda posting, documents, broken=None: None)

    def test_older_payload_does_not_replace_a_newer_one(self):
        old = self.paid("R2")
        newer = dict(old, updated_at="2026-03-13T11:00:00Z", refunds=[self.refund("r2", "120.00")])
        self.accept(newer)
        (order,) = self.accept(old)
        self.assertRecordValues(order, [{"state": "posted", "refunded_total": 120.0}])
        self.assertEqual(order.event_id.version, 1)

    def test_processor_id_that_arrives_later_is_kept(self):
        payload = self.paid("R3")
        payload["payments"][0]["transaction_id"] = ""
        (order,) = self.accept(payload)
        self.assertFalse(order.payment_ids.transaction_id)
        later = dict(payload, updated_at="2026-03-13T11:00:00Z", payments=[self.payment("p-R3", "120.00")])
        self.accept(later)
        self.assertEqual(order.payment_ids.transaction_id, "ch_p-R3")
        self.assertEqual(len(order.payment_ids), 1)

    # === Taxes that Odoo would make different === #

    def tax(self, **values):
        return self.env["account.tax"].create(
            {"name": "Odd tax", "amount": 20.0, "type_tax_use": "sale", "company_id": self.company.id, **values}
        )

    def test_group_of_taxes_is_refused(self):
        parts = self.tax(name="GST", amount=5.0) | self.tax(name="QST", amount=9.975)
        group = self.tax(name="Group", amount_type="group", children_tax_ids=[(6, 0, parts.ids)])
        self.map_tax("GROUP", group)
        lines = [self.line("TSH", "100.00", "14.90", "14.975", code="GROUP")]
        (order,) = self.accept(self.order("R4", lines, "114.90", [self.payment("p-R4", "114.90")]))
        self.assertEqual(order.state, "blocked")
        self.assertEqual(order.exception_ids.mapped("code"), ["unusable_tax"])
        self.assertFalse(order.posting_ids)

    def test_tax_shares_that_do_not_add_up_are_refused(self):
        account = self.account("Store sales tax").id
        shares = [
            (0, 0, {"repartition_type": "base"}),
            (0, 0, {"repartition_type": "tax", "factor_percent": 100, "account_id": account}),
            (0, 0, {"repartition_type": "tax", "factor_percent": -100, "account_id": account}),
        ]
        tax = self.tax(invoice_repartition_line_ids=shares, refund_repartition_line_ids=shares)
        self.map_tax("SPLIT", tax)
        lines = [self.line("TSH", "100.00", "20.00", code="SPLIT")]
        (order,) = self.accept(self.order("R5", lines, "120.00", [self.payment("p-R5", "120.00")]))
        self.assertEqual(order.state, "blocked")
        self.assertIn("the store says 120.00", order.explanation)
        self.assertFalse(order.posting_ids)
        self.assertFalse(self.env["account.move"].search([("ecommerce_order_id", "=", order.id)]))

    def test_archived_tax_is_refused(self):
        tax = self.tax(name="Old tax")
        self.map_tax("OLD", tax)
        tax.active = False
        lines = [self.line("TSH", "100.00", "20.00", code="OLD")]
        (order,) = self.accept(self.order("R6", lines, "120.00", [self.payment("p-R6", "120.00")]))
        self.assertEqual(order.exception_ids.mapped("code"), ["unusable_tax"])

    def map_tax(self, code, tax):
        self.env["ecommerce.mapping.rule"].create(
            {"company_id": self.company.id, "store_id": self.store.id, "kind": "tax", "pattern": code, "tax_id": tax.id}
        )

    def test_two_store_taxes_on_one_tax_have_their_base_once(self):
        lines = [self.line("TSH", "100.00", "12.00")]
        lines[0]["taxes"].append({"code": "SURCHARGE", "rate": "20", "amount": "8.00"})
        (order,) = self.accept(self.order("R7", lines, "120.00", [self.payment("p-R7", "120.00")]))
        item = self.moves_of(order, "invoice").line_ids.filtered("tax_line_id")
        self.assertRecordValues(item, [{"balance": -20.0, "tax_base_amount": -100.0}])

    # === Currencies that Odoo rounds coarser === #

    def test_coarse_currency_is_refused(self):
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.1, "company_id": self.company.id}
        )
        dollar.rounding = 1.0
        (order,) = self.accept(self.paid("R8", "100.37", "20.08", "120.45", currency="USD"))
        self.assertEqual(order.exception_ids.mapped("code"), ["currency_rounding"])
        self.assertFalse(order.posting_ids)

    # === Hostile text === #

    def test_hostile_name_stops_one_order_only(self):
        for number, name in (("R9", "A\x00da"), ("R10", "\ud83d")):
            with self.subTest(name=name):
                bad = self.paid(number, customer={"name": name, "email": f"{number}@example.com"})
                good = self.paid(f"{number}-good")
                hostile, other = self.accept(bad, good)
                self.assertEqual((hostile.state, other.state), ("blocked", "posted"))
                self.assertEqual(hostile.exception_ids.mapped("code"), ["payload"])

    def test_entries_of_different_orders_may_have_alike_ids(self):
        first = self.order(
            "A", [self.line("TSH", "100.00", "20.00")], "120.00", [self.payment("B:C", "120.00")], id="A"
        )
        other = self.order(
            "A2", [self.line("TSH", "100.00", "20.00")], "120.00", [self.payment("C", "120.00")], id="A:B"
        )
        self.assertEqual([order.state for order in self.accept(first, other)], ["posted", "posted"])
