from unittest.mock import patch

from odoo.tests import tagged

from ..core.dates import local_date
from ..models.ledger.amendment_executor import AmendmentExecutor
from ..models.ledger.instants import aware
from .common import ConnectorCommon, D

LATER = "2026-03-20T10:00:00Z"


@tagged("post_install", "-at_install")
class TestAmendmentLimits(ConnectorCommon):
    """Changes of posted sales that are booked with other facts than the usual ones, or are left to a person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.late_changes = "amend"

    def goods(self, *nets):
        """Lines at 20 %, of nets."""
        return [self.line(f"SKU{at}", net, f"{D(net) / 5:.2f}") for at, net in enumerate(nets)]

    def amendments(self, order):
        return self.moves_of(order, "correction").sorted("id")

    def assert_left_to_a_person(self, order, *keys):
        self.assertEqual(order.state, "blocked")
        self.assertFalse(self.amendments(order))
        found = order.exception_ids.filtered(lambda item: item.state == "open" and item.severity == "1")
        self.assertEqual(sorted(found.mapped("key")), sorted(keys), found.mapped("message"))

    # === The customer's account === #

    def test_an_entry_of_odoos_engine_is_on_the_account_of_the_order(self):
        """A tax with analytics is computed by Odoo, which knows the contact's account only."""
        used = self.env["account.account"].search(
            [("account_type", "=", "asset_receivable"), ("company_ids", "in", self.company.id)], limit=1
        )
        other = used.copy({"name": "Online customers"})
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "customer", "pattern": "*", "store_id": self.store.id, "account_id": other.id}
        )
        plan = self.env["account.analytic.plan"].create({"name": "Shops"})
        shop = self.env["account.analytic.account"].create({"name": "Web", "plan_id": plan.id})
        rule = self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "product"), ("store_id", "=", self.store.id)], limit=1
        )
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "SKU*", "store_id": self.store.id, "account_id": rule.account_id.id,
             "analytic_distribution": {str(shop.id): 100}}
        )  # fmt: skip
        self.env["account.tax"].search([("company_id", "=", self.company.id)]).analytic = True
        paid = [self.payment("p", "180.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", paid))
        self.assertEqual(order.state, "posted", order.explanation)
        self.accept(self.order("A1", self.goods("100.00"), "120.00", paid, updated_at=LATER))
        note = self.amendments(order)
        terms = (note | self.moves_of(order, "invoice")).line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        self.assertEqual(terms.account_id, other)

    # === Rates and currencies === #

    def test_the_stores_rate(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", dollar.id)]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-03-01", "rate": 1.1, "company_id": self.company.id}
        )
        self.store.write({"rate_source": "stated", "invoice_on": "order"})
        facts = {"currency": "USD", "exchange_rate": "1.0750"}
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", **facts))
        self.assertEqual(self.moves_of(order, "invoice").invoice_currency_rate, 1.075)
        self.accept(self.order("A1", self.goods("100.00"), "120.00", updated_at=LATER, **facts))
        self.assertRecordValues(self.amendments(order), [{"invoice_currency_rate": 1.075, "amount_total": 60.0}])

    def test_another_currency_is_left_to_a_person(self):
        self.store.invoice_on = "order"
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-03-01", "rate": 1.1, "company_id": self.company.id}
        )
        (order,) = self.accept(self.order("A1", self.goods("100.00"), "120.00"))
        self.accept(self.order("A1", self.goods("110.00"), "132.00", currency="USD", updated_at=LATER))
        self.assert_left_to_a_person(order, "invoice:id-A1")

    def test_without_a_rate_nothing_is_booked(self):
        self.store.invoice_on = "order"
        dollar = self.env.ref("base.USD")
        rate = self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-03-01", "rate": 1.1, "company_id": self.company.id}
        )
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", currency="USD"))
        self.assertEqual(order.state, "posted", order.explanation)
        (rate | self.env["res.currency.rate"].search([("currency_id", "=", dollar.id)])).unlink()
        self.accept(self.order("A1", self.goods("100.00"), "120.00", currency="USD", updated_at=LATER))
        self.assertFalse(self.amendments(order))
        self.assertEqual(order.state, "blocked")
        self.assertIn("its change in the store cannot be booked: ", order.explanation)
        self.assertIn("no exchange rate", order.explanation)

    # === What is left to a person === #

    def test_gift_cards_are_left_to_a_person(self):
        """Which card the difference is of is not known, and the liability must be what its cards are worth (law 11)."""
        card = self.line("CARD", "50.00", rate=None, kind="gift_card", gift_cards=[{"id": "GC-1"}])
        paid = [self.payment("p", "50.00")]
        (order,) = self.accept(self.order("A1", [card], "50.00", paid))
        self.assertEqual(order.state, "posted", order.explanation)
        self.accept(self.order("A1", [card | {"net": "80.00"}], "80.00", paid, updated_at=LATER))
        self.assert_left_to_a_person(order, "invoice:id-A1")
        self.assertEqual(self.balance("Gift card liability"), D("-50.00"))

    def test_what_another_credit_note_would_be_now_is_left_to_a_person(self):
        """An amount that was given back was spread over goods of which some are gone."""
        lines = [self.line("MUG", "100.00", "20.00"), self.line("BOOK", "100.00", "0.00", "0")]
        paid, back = [self.payment("p", "220.00")], [self.refund("r", "44.00")]
        (order,) = self.accept(self.order("A1", lines, "220.00", paid, back))
        self.assertRecordValues(self.moves_of(order, "credit_note"), [{"amount_total": 44.0, "amount_tax": 4.0}])
        self.accept(self.order("A1", lines[:1], "120.00", paid, back, updated_at=LATER))
        self.assert_left_to_a_person(order, "invoice:id-A1")

    def test_no_compensation_is_booked_for_what_is_credited(self):
        paid, back = [self.payment("p", "240.00")], [self.refund("r", "150.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "100.00"), "240.00", paid, back))
        self.accept(self.order("A1", self.goods("100.00"), "120.00", paid, back, updated_at=LATER))
        self.assertFalse(self.moves_of(order, "compensation"))
        self.assert_left_to_a_person(order, "invoice:id-A1")

    # === Days === #

    def test_documents_with_the_day_of_the_import(self):
        self.store.credit_note_date_of = "imported"
        paid = [self.payment("p", "180.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", paid))
        changed = self.order("A1", self.goods("100.00"), "120.00", paid, updated_at=LATER)
        self.accept(changed)
        stored = local_date(aware(order.event_id.create_date), self.store._policy_zone())
        self.assertEqual(self.amendments(order).invoice_date, stored)

    # === Review === #

    def reviewed(self, *lines, total="120.00", **more):
        """An order that changed after it was posted, stored and not posted again."""
        paid = [self.payment("p", "180.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", paid))
        more.setdefault("payments", paid)
        self.store._accept(self.records(self.order("A1", lines, total, updated_at=LATER, **more)), post=False)
        return order

    def test_a_review_says_that_posting_books_it(self):
        order = self.reviewed(*self.goods("100.00"))
        self.assertEqual((order.state, self.amendments(order).ids), ("ready", []))
        item = order.exception_ids.filtered(lambda item: item.state == "open" and item.code == "will_amend")
        self.assertEqual(item.severity, "0")
        self.assertIn("nothing to book by hand", item.hint)
        self.assertNotIn("mark it as corrected", order.explanation)
        order.action_post()
        self.assertEqual((order.state, self.amendments(order).mapped("amount_total")), ("posted", [60.0]))
        self.assertEqual(item.state, "resolved")

    def test_the_review_of_an_import_selects_it(self):
        paid = [self.payment("p", "180.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", paid))
        wizard = self.env["ecommerce.import"].create({"store_id": self.store.id})
        changed = self.records(self.order("A1", self.goods("100.00"), "120.00", paid, updated_at=LATER))
        line = self.env["ecommerce.import.line"]._create_for(wizard, changed)
        self.assertRecordValues(line, [{"state": "complete", "selected": True}])
        self.assertIn("nothing to book by hand", line.explanation)
        self.store.late_changes = "exception"
        line._plan_again()
        self.assertRecordValues(line, [{"state": "blocked", "selected": False}])
        self.assertFalse(self.amendments(order))

    def test_a_review_leaves_to_a_person_what_posting_would(self):
        order = self.reviewed(*self.goods("100.00"), payments=[self.payment("p", "170.00")])
        self.assert_left_to_a_person(order, "invoice:id-A1", "payment:p")

    # === Batches === #

    def test_an_order_whose_change_fails_keeps_no_other_from_being_posted(self):
        paid = [self.payment("p", "180.00")]
        (order,) = self.accept(self.order("A1", self.goods("100.00", "50.00"), "180.00", paid))
        with (
            patch.object(AmendmentExecutor, "_post", side_effect=ValueError("odd")),
            self.assertLogs("odoo.addons.ecommerce_connector.models.orders.batch_posting", "ERROR"),
        ):
            _order, other = self.accept(
                self.order("A1", self.goods("100.00"), "120.00", paid, updated_at=LATER),
                self.order("A2", self.goods("10.00"), "12.00", [self.payment("q", "12.00")]),
            )
        self.assertEqual((order.state, other.state), ("blocked", "posted"))
        self.assertIn("odd", order.explanation)
