import datetime
from unittest.mock import patch

from odoo.tests import tagged

from ..core.errors import ConnectorError
from ..models.ledger.move_values import MoveValues
from ..models.orders.order_planning import OrderPlanning
from ..models.proof.store_proof import StoreProof
from ..models.revaluation.open_balances import OpenBalances
from ..models.summary.summary_corrections import correct
from .combined_common import FAR, CombinedCommon
from .common import D

DAY = datetime.date


@tagged("post_install", "-at_install")
class TestCombinedChanges(CombinedCommon):
    """Orders, rules and modes that change, and what goes wrong with combined invoices."""

    # === Changes === #

    def test_a_change_before_the_invoice_is_in_it(self):
        (order,) = self.accept(self.sold("C1"))
        self.accept(self.sold("C1", net="110.00", tax="22.00", updated_at="2026-03-12T11:00:00Z")
                    | {"payments": [self.payment("pC1", "120.00", at="2026-03-10T10:00:00Z")]})  # fmt: skip
        invoice = self.post_combined()
        self.assertEqual(invoice.amount_total, 132.0)
        self.assertEqual(order.state, "posted")
        self.proof()

    def changed(self, number, net, tax):
        more = {"updated_at": "2026-03-20T11:00:00Z"}
        payments = [self.payment(f"p{number}", "120.00", at="2026-03-10T10:00:00Z")]
        return self.sold(number, net=net, tax=tax, **more) | {"payments": payments}

    def test_a_change_after_the_invoice_is_a_persons_to_decide(self):
        order, other = self.accept(self.sold("C1"), self.sold("C2"))
        self.post_combined()
        self.accept(self.changed("C1", "90.00", "18.00"))
        self.assertEqual(order.state, "blocked")
        self.assertIn("changed in the store after it was posted", order.explanation)
        self.assertEqual(other.state, "posted")

    def test_a_change_after_the_invoice_is_amended_where_the_store_says_so(self):
        self.store.late_changes = "amend"
        order, other = self.accept(self.sold("C1"), self.sold("C2"))
        invoice = self.post_combined()
        self.accept(self.changed("C1", "90.00", "18.00"))
        self.assertEqual(order.state, "posted", order.explanation)
        note = self.moves_of(order, "correction")
        self.assertRecordValues(
            note, [{"move_type": "out_refund", "amount_total": 12.0, "amount_tax": 2.0, "reversed_entry_id": invoice.id,
                    "invoice_date": DAY(2026, 3, 20)}],
        )  # fmt: skip
        self.accept(self.changed("C1", "95.00", "19.00") | {"updated_at": "2026-03-21T11:00:00Z"})
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.balance("Store sales tax"), D("-39.00"))
        self.assertEqual(other.state, "posted")
        self.proof()

    def test_a_mapping_that_changes_is_corrected_with_its_rows(self):
        first, second = self.accept(self.sold("C1"), self.sold("C2"))
        invoice = self.post_combined()
        back = self.refund("r1", "60.00", at="2026-03-20T10:00:00Z", lines=[self.line("MUG", "50.00", "10.00")])
        self.accept(self.refunded("C1", back))
        self.other = self.env["account.account"].create(
            {"name": "Mugs", "code": "MUGS", "account_type": "income", "company_ids": self.company.ids}
        )
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "MUG", "store_id": self.store.id, "account_id": self.other.id}
        )
        orders = first | second
        documents, _broken = self.store._stored_documents(orders)
        plans = OrderPlanning(self.store).plan([documents[order] for order in orders])
        outcome = correct(self.store, list(zip(orders, plans, strict=True)), in_open_period=False)
        self.assertFalse(outcome.not_covered)
        self.assertEqual(self.balance("Mugs"), D("-150.00"), "the credit note is corrected, too")
        summary = self.env["ecommerce.summary"].search([("kind", "=", "correction")])
        self.assertRecordValues(summary, [{"first_id": invoice.ecommerce_summary_ids.id, "order_count": 2}])
        self.assertEqual(summary.move_id.ecommerce_corrected_move_id, invoice)
        self.assertFalse(first._is_summarized())
        again = correct(self.store, list(zip(orders, plans, strict=True)), in_open_period=False)
        self.assertFalse(again.moves)
        self.proof()

    # === Switching === #

    def test_switching_to_it_and_back(self):
        """Orders of before, of the time, and of after; each once, whenever the store tells of it."""
        self.store.posting_mode_ids.unlink()
        (before,) = self.accept(self.sold("C1", "2026-03-09"))
        self.combine("2026-03-10")
        told = [self.sold(f"C{at}", f"2026-03-{day}") for at, day in ((2, "09"), (3, "10"), (4, "11"), (5, "13"))]
        self.accept(*told)
        self.combine("2026-03-12", "order")
        self.accept(*told)
        found = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)], order="number")
        self.assertEqual(found.mapped("combined_period"), [False, False, "2026-W11", "2026-W11", False])
        self.store._retry()
        invoice = self.post_combined()
        self.assertEqual(invoice.ref, "C3, C4")
        self.assertEqual(before.combined_invoice_id, self.env["account.move"])
        self.store.posting_mode_ids.unlink()
        self.accept(self.sold("C1", "2026-03-09"), *told)
        self.store._retry()
        self.assertEqual(self.balance("Store sales"), D("-500.00"))
        self.assertEqual(set(found.mapped("state")), {"posted"})
        back = self.refund("r1", "60.00", at="2026-03-20T10:00:00Z", lines=[self.line("MUG", "50.00", "10.00")])
        self.accept(self.refunded("C3", back, day="2026-03-10"))
        self.assertEqual(self.moves_of(found[2], "credit_note").reversed_entry_id, invoice)
        self.proof()

    def test_taking_the_mode_back_frees_what_waits(self):
        (order,) = self.accept(self.sold("C1"))
        self.store.posting_mode_ids.unlink()
        self.assertRecordValues(order, [{"state": "ready", "combined_on": False, "combined_period": False}])
        order.action_post()
        self.assertEqual(order.state, "posted")
        self.assertFalse(order.combined_invoice_id)
        self.assertEqual(self.moves_of(order, "invoice").invoice_date, DAY(2026, 3, 10))
        self.proof()

    def test_from_summaries_and_back_to_them(self):
        self.store.posting_mode_ids.unlink()
        self.combine("2026-03-01", "day")
        self.combine("2026-03-10", "customer_week")
        self.combine("2026-03-12", "day")
        orders = self.accept(*[self.sold(f"C{day}", f"2026-03-{day}") for day in ("09", "10", "11", "12")])
        self.store._post_summaries(FAR)
        invoice = self.post_combined()
        self.assertEqual(invoice.ref, "C10, C11")
        self.assertEqual([bool(order.summary_ids) for order in orders], [True, False, False, True])
        self.assertEqual(self.balance("Store sales"), D("-400.00"))
        self.proof()

    # === What goes wrong === #

    def test_an_order_at_fault_keeps_no_other_from_its_invoice(self):
        orders = self.accept(self.sold("C1"), self.sold("C2"), self.sold("C3"), self.sold("C4", customer="bea"))
        build = MoveValues.build

        def failing(values, order, *args):
            if order.number == "C2":
                raise ConnectorError("No.", hint="Never.")
            return build(values, order, *args)

        with patch.object(MoveValues, "build", failing):
            invoices = self.post_combined()
        self.assertEqual(sorted(invoices.mapped("ref")), ["C1, C3", "C4"])
        self.assertRecordValues(orders[1], [{"state": "blocked", "combined_on": False}])
        self.assertIn("No.", orders[1].explanation)
        self.store._retry()
        self.assertRecordValues(orders[1], [{"state": "ready", "combined_period": "2026-W11"}])
        self.assertEqual(self.post_combined().ref, "C2")
        self.proof()

    def test_the_invoice_keeps_its_amounts_when_it_is_reset_and_posted_again(self):
        self.accept(self.sold("C1", net="99.99", tax="20.01"), self.sold("C2"))
        invoice = self.post_combined()
        before = sorted((line.name or "", line.account_id.id, line.balance) for line in invoice.line_ids)
        invoice.button_draft()
        self.assertEqual(
            sorted((line.name or "", line.account_id.id, line.balance) for line in invoice.line_ids), before
        )
        self.assertFalse(StoreProof(self.store).report()["holds"], "a draft is no entry")
        invoice.action_post()
        self.assertEqual(
            sorted((line.name or "", line.account_id.id, line.balance) for line in invoice.line_ids), before
        )
        self.assert_rows_add_up()

    def test_an_invoice_reversed_in_odoo_stops_all_its_orders(self):
        orders = self.accept(self.sold("C1"), self.sold("C2"))
        invoice = self.post_combined()
        reversal = invoice._reverse_moves([{"invoice_date": "2026-03-16", "date": "2026-03-16"}], cancel=True)
        self.assertEqual(reversal.state, "posted")
        self.store._post_orders(orders[0] | orders[1])
        self.assertRecordValues(orders[0] | orders[1], [{"state": "blocked"}] * 2)
        self.assertIn("was reversed in Odoo", orders[0].explanation)
        self.assertFalse(StoreProof(self.store).report()["holds"])

    def test_an_open_part_in_a_foreign_currency_is_revalued(self):
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.25, "company_id": self.company.id}
        )
        self.store.invoice_on = "order"
        self.accept(self.sold("C1", currency="USD") | {"payments": []})
        self.assertEqual(len(self.post_combined()), 1)
        found = [
            balance for balance in OpenBalances(self.company, DAY(2026, 3, 31)).all() if balance.what == "receivable"
        ]
        self.assertEqual([(each.currency, each.amount, each.carried) for each in found],
                         [("USD", D("120.00"), D("96.00"))])  # fmt: skip

    def test_queries_do_not_grow_by_more_than_a_few_per_order(self):
        def cost(start, count):
            self.accept(*(self.sold(f"C{start + at}", customer=f"c{start + at % 5}") for at in range(count)))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.post_combined()), 5)
            return self.env.cr.sql_log_count - before

        cost(1000, 10)  # what is the same for every batch is known then
        few, many = cost(2000, 10), cost(3000, 60)
        self.assertLess((many - few) / 50, 12)
