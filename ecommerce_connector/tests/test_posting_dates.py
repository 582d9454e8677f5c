from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.dates import local_date, zone
from ..models.ledger.instants import aware
from .common import D
from .period_common import PeriodCommon


@tagged("post_install", "-at_install")
class TestPostingDates(PeriodCommon):
    """Which event gives entries their days, on a real ledger."""

    def stored_on(self, order, version, instant):
        """Pretend that a version of an order was stored then (UTC)."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ecommerce_event SET create_date = %s WHERE external_id = %s AND version = %s",
            [instant, order.external_id, version],
        )
        self.env.invalidate_all()

    def true_days(self, order):
        return {posting.kind: str(posting.true_date) for posting in order.posting_ids}

    def test_invoice_waits_for_the_shipment_and_has_its_day(self):
        self.store.invoice_date_of = "fulfilled"
        (order,) = self.accept(self.goods("D1", shipped=[("2026-03-18", {"MUG": 4})]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.true_days(order), {"payment": "2026-03-10"})
        self.assertEqual(self.balance("Customer advances"), D("-180.00"))
        whole = self.goods("D1", shipped=[("2026-03-18", {"MUG": 4}), ("2026-03-20", {"HAT": 1})])
        self.accept({**whole, "updated_at": "2026-03-20T12:00:00Z"})
        self.assertEqual(self.true_days(order), {
            "payment": "2026-03-10", "invoice": "2026-03-20", "advance_used": "2026-03-20",
        })  # fmt: skip
        invoice = self.moves_of(order, "invoice")
        self.assertEqual((invoice.date, invoice.payment_state), (date(2026, 3, 20), "paid"))
        self.assertEqual(self.balance("Customer advances"), D("0.00"))

    def test_unpaid_order_says_what_it_waits_for(self):
        self.store.write({"invoice_date_of": "paid", "invoice_on": "order"})
        (order,) = self.accept(self.goods("D1", paid=False))
        self.assertEqual(order.state, "waiting")
        self.assertIn("not paid in full", order.explanation)

    def test_import_gives_the_day_on_which_it_was_first_stored(self):
        self.store.write({"auto_post": False, "invoice_date_of": "imported", "credit_note_date_of": "imported",
                          "payment_date_of": "imported"})  # fmt: skip
        payload = self.paid_order("I1", placed_at="2026-03-10T09:00:00Z")
        self.store._accept(self.records(payload), post=False)
        order = self.env["ecommerce.order"].search([("number", "=", "I1")])
        self.stored_on(order, 1, "2026-04-03 22:30:00")  # the 4th in Paris
        order.action_post()
        self.assertEqual(self.true_days(order), {"invoice": "2026-04-04", "payment": "2026-04-04"})
        self.assertEqual(order.posting_ids.move_id.mapped("date"), [date(2026, 4, 4)] * 2)
        self.assertEqual(order.payment_ids.moved_on, date(2026, 3, 10), "when the money moved is matched with payouts")
        lines = [self.line("TSH", "10.00", "2.00")]
        refund = self.refund("r1", "12.00", lines=lines)
        later = {**payload, "refunds": [refund], "updated_at": "2026-03-13T10:00:00Z"}
        self.store._accept(self.records(later), post=False)
        self.stored_on(order, 2, "2026-05-05 10:00:00")
        order.action_post()
        found = self.true_days(order)
        self.assertEqual((found["credit_note"], found["refund_payment"]), ("2026-05-05", "2026-05-05"))
        self.assertEqual(found["invoice"], "2026-04-04")

    def test_import_day_is_never_now(self):
        self.store.invoice_date_of = "imported"
        (order,) = self.accept(self.paid_order("I1"))
        stored = local_date(aware(order.event_id.create_date), zone(self.store.timezone))
        self.assertEqual(self.true_days(order), {"invoice": str(stored), "payment": "2026-03-10"})

    def test_locked_day_of_the_event(self):
        self.store.invoice_date_of = "placed"
        self.company.fiscalyear_lock_date = "2026-03-31"
        (order,) = self.accept(self.paid_order("P1", placed_at="2026-03-05T10:00:00Z"))
        posting = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        self.assertEqual((posting.true_date, posting.move_id.date), (date(2026, 3, 5), date(2026, 4, 1)))

    def test_another_choice_changes_nothing_that_is_posted(self):
        payload = self.paid_order("P1", placed_at="2026-03-05T10:00:00Z")
        (order,) = self.accept(payload)
        before = order.posting_ids
        self.store.write({"invoice_date_of": "placed", "payment_date_of": "imported"})
        order.action_post()
        self.assertEqual((order.posting_ids, order.state), (before, "posted"))
        self.assertEqual(self.true_days(order), {"invoice": "2026-03-10", "payment": "2026-03-10"})

    def test_invoices_of_shipments_have_their_own_day(self):
        self.store.invoice_on = "fulfilment"
        for choice in ("placed", "paid", "fulfilled"):
            with self.subTest(choice=choice), self.assertRaisesRegex(ValidationError, "day of the shipment"):
                self.store.invoice_date_of = choice
        self.store.invoice_date_of = "imported"
