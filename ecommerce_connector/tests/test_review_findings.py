from dataclasses import replace
from unittest.mock import patch

from odoo.tests import tagged

from ..core.errors import ConnectorError
from ..models.ledger.move_checks import check_move
from ..models.orders.batch_posting import BatchPosting
from ..models.orders.order_planning import OrderPlanning
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

    def test_newer_payload_that_cannot_be_read_is_not_posted_as_the_old_one(self):
        payload = self.paid("R1")
        with self.posting_nothing():
            first, order = self.accept(self.paid("R0"), payload)
        unreadable = dict(payload, updated_at="2026-03-13T11:00:00Z", total="NaN")

        def commit(posting):
            if order.event_id.version == 1:
                with self.posting_nothing():
                    self.accept(unreadable)  # another worker stores the next version

        self.store.batch_size = 1
        with patch.object(BatchPosting, "_commit", commit):
            self.store._post_orders(first | order)
        self.assertEqual([first.state, order.state], ["posted", "blocked"])
        self.assertRecordValues(order.exception_ids, [{"code": "payload", "severity": "1", "state": "open"}])
        self.assertIn("total", order.exception_ids.message)
        self.assertFalse(order.posting_ids)
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

    def test_processor_id_of_a_refund_that_arrives_later_is_kept(self):
        lines = [self.line("TSH", "10.00", "2.00")]
        payload = self.paid("R3", refunds=[self.refund("r3", "12.00", lines=lines)])
        payload["refunds"][0]["transaction_id"] = ""
        (order,) = self.accept(payload)
        paid_back = order.payment_ids.filtered(lambda payment: payment.kind == "refund_payment")
        self.assertFalse(paid_back.transaction_id)
        self.assertRecordValues(paid_back, [{"amount": -12.0, "external_id": "r3"}])
        later = dict(payload, updated_at="2026-03-13T11:00:00Z", refunds=[self.refund("r3", "12.00", lines=lines)])
        self.accept(later)
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(sorted(order.payment_ids.mapped("transaction_id")), ["ch_p-R3", "re_r3"])
        self.assertEqual(paid_back.transaction_id, "re_r3")

    def test_processor_id_that_was_booked_stays(self):
        """Payouts may have been matched by it."""
        payload = self.paid("R3")
        (order,) = self.accept(payload)
        later = dict(payload, updated_at="2026-03-13T11:00:00Z", payments=[self.payment("p-R3", "120.00")])
        later["payments"][0]["transaction_id"] = "ch_another"
        self.accept(later)
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(order.event_id.version, 2)
        self.assertEqual(order.payment_ids.transaction_id, "ch_p-R3")

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

    def test_tax_moved_from_one_tax_to_another_is_refused(self):
        """The totals agree, the tax return would not."""
        lines = [self.line("TSH", "100.00", "20.00"), self.line("BOOK", "100.00", "5.50", "5.5")]
        (order,) = self.accept(self.order("R5", lines, "225.50", [self.payment("p-R5", "225.50")]))
        invoice = self.moves_of(order, "invoice")
        documents, _broken = self.store._stored_documents(order)
        (planned,) = OrderPlanning(self.store).plan(list(documents.values()))
        (entry,) = planned.plan.moves
        check_move(invoice, entry)
        taxes = [
            replace(line.taxes[0], amount=amount)
            for line, amount in zip(entry.lines, (D("19.00"), D("6.50")), strict=True)
        ]
        moved = replace(
            entry, lines=tuple(replace(line, taxes=(tax,)) for line, tax in zip(entry.lines, taxes, strict=True))
        )
        self.assertEqual((moved.total, moved.tax), (entry.total, entry.tax))
        with self.assertRaisesRegex(ConnectorError, "(20.00|5.50) EUR of the tax .*, the store says (19.00|6.50)"):
            check_move(invoice, moved)

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
