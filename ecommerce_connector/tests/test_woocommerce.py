from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP

from odoo import fields
from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .woocommerce_common import WooCommerceCommon

#: Orders of the test payloads that no money was captured for, or that are carts.
UNPAID = {"3108", "3110", "3116", "3118", "3119", "3131"}
CANCELLED_BUT_PAID = {"3117"}
PAID_BY_GIFT_CARD = {3112: "30.50", 3113: "7.77"}


def shop_total(order):
    """What the shop says an order is worth. Its total is what is left to pay after gift cards."""
    return D(order["total"]) + D(PAID_BY_GIFT_CARD.get(order["id"], 0))


def shop_taxes(order, places):
    """The shop's own tax by rate."""
    found = defaultdict(D)
    for row in order["tax_lines"]:
        found[D(str(row["rate_percent"])).normalize()] += D(row["tax_total"]) + D(row["shipping_tax_total"])
    step = D(1).scaleb(-places)
    return {rate: amount.quantize(step, ROUND_HALF_UP) for rate, amount in found.items() if amount}


@tagged("post_install", "-at_install")
class TestWooCommerce(WooCommerceCommon):
    """Orders of a WooCommerce store, over HTTP, booked as the shop counts them."""

    def set_up_with_rates(self):
        """Connect, make accounts and rules, and add the rates that only an accountant knows."""
        self.set_up()
        for code in {payload["order"]["currency"] for payload in self.shop.orders.values()} - {"EUR"}:
            currency = self.env["res.currency"].search([("name", "=", code)])
            self.assertTrue(currency, f"setting up did not activate {code}")
            self.env["res.currency.rate"].create(
                {"name": "2026-01-01", "company_rate": 2.0, "currency_id": currency.id, "company_id": self.company.id}
            )

    def orders(self):
        return self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])

    def counts(self):
        """Rows of what a sync can write."""
        self.env.flush_all()
        models = ("account.move", "account.move.line", "account.payment", "ecommerce.posting", "ecommerce.event",
                  "ecommerce.order", "ecommerce.refund", "ecommerce.exception", "res.partner")  # fmt: skip
        return {name: self.env[name].with_context(active_test=False).search_count([]) for name in models}

    def test_every_order_is_booked_as_the_shop_counts_it(self):
        self.shop.orders = {payload["order"]["id"]: payload for payload in self.read_payloads()}
        self.set_up_with_rates()
        runs = self.sync()
        self.assertRecordValues(
            runs["orders"],
            [{"state": "done", "fetched": 32, "new": 32, "posted": 26, "waiting": 6, "blocked": 0, "failed": 0}],
        )
        orders = self.orders()
        self.assertEqual(set(orders.mapped("external_id")), {str(key) for key in self.shop.orders})
        for order in orders:
            with self.subTest(order=order.number):
                self.assert_as_in_shop(order, self.shop.orders[int(order.external_id)]["order"])
        proof = StoreProof(self.store).report()
        self.assertTrue(proof["holds"], [row for row in proof["totals"] + proof["taxes"] + proof["laws"]
                                         if D(row["difference"])])  # fmt: skip

    def assert_as_in_shop(self, order, said):
        """Total, tax by rate and outstanding amount are the shop's, in its currency."""
        invoice = self.moves_of(order, "invoice")
        if order.external_id in UNPAID:
            self.assertEqual(order.state, "waiting")
            self.assertFalse(order.posting_ids)
            return
        self.assertEqual(order.state, "posted", order.explanation)
        if order.external_id in CANCELLED_BUT_PAID:
            self.assertFalse(invoice)
            self.assertEqual(order.exception_ids.mapped("code"), ["cancelled_but_paid"])
            return
        places = order.currency_id.decimal_places
        self.assertEqual(invoice.currency_id.name, said["currency"])
        self.assertEqual(D(f"{invoice.amount_total:.{places}f}"), shop_total(said))
        self.assertEqual(D(f"{invoice.amount_tax:.{places}f}"), D(said["total_tax"]))
        booked = defaultdict(D)
        for line in invoice.line_ids.filtered("tax_line_id"):
            booked[D(str(line.tax_line_id.amount)).normalize()] -= D(f"{line.amount_currency:.{places}f}")
        self.assertEqual(dict(booked), shop_taxes(said, places))
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_refunds_are_credited(self):
        names = ("partial-refunds", "full-refund-by-lines", "refunded-by-status", "edited-by-hand")
        self.shop.orders = {payload["order"]["id"]: payload for payload in self.read_payloads(*names)}
        self.set_up()
        self.sync()
        for number, amounts in (("3105", [2.0, 15.13]), ("3106", [31.43]), ("3107", [50.06]), ("3130", [20.0])):
            with self.subTest(order=number):
                order = self.order_of(number)
                notes = self.moves_of(order, "credit_note")
                self.assertEqual(sorted(notes.mapped("amount_total")), amounts)
                self.assertEqual(notes.reversed_entry_id, self.moves_of(order, "invoice"))
                self.assertEqual(set(notes.mapped("amount_residual")), {0.0})

    def test_second_sync_writes_nothing(self):
        self.set_up()
        self.sync()
        before = self.counts()
        runs = self.sync()
        self.assertEqual(self.counts(), before)
        for run in runs.values():
            self.assertRecordValues(
                run, [{"state": "done", "new": 0, "changed": 0, "posted": 0, "unchanged": run.fetched}]
            )
        self.assertLess(runs["orders"].fetched, len(self.shop.orders), "it reads only what is near its cursor")

    def test_refund_that_does_not_touch_the_order(self):
        """A plug-in makes the refund, and the order keeps its date of change: only the list of refunds tells."""
        self.set_up()
        self.sync()
        order = self.order_of(3102)
        later = (fields.Datetime.now() + timedelta(minutes=1)).isoformat(timespec="seconds")
        shop_order = self.shop.orders[3102]
        template = next(p for p in self.shop.orders.values() if p["order"]["id"] == 3105)["refunds"][0]
        refund = {
            **template, "id": 9001, "amount": "5.00", "date_created_gmt": later, "reason": "late",
            "line_items": [], "shipping_lines": [], "fee_lines": [],
        }  # fmt: skip
        self.shop.orders[3102] = {
            "order": {**shop_order["order"], "refunds": [{"id": 9001, "reason": "late", "total": "-5.00"}]},
            "refunds": [refund],
        }
        runs = self.sync()
        self.assertRecordValues(runs["orders"], [{"changed": 0, "posted": 0}])
        self.assertRecordValues(runs["refunds"], [{"fetched": 1, "changed": 1, "posted": 1}])
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note,
            [{"amount_total": 5.0, "reversed_entry_id": self.moves_of(order, "invoice").id, "amount_residual": 0.0}],
        )
        before = self.counts()
        self.sync()
        self.assertEqual(self.counts(), before)

    def test_one_order_fetched_again(self):
        self.set_up()
        self.store.auto_post = True
        self.sync(streams=["orders"])
        order = self.order_of(3108)
        self.assertEqual(order.state, "waiting")
        shop_order = self.shop.orders[3108]["order"]
        self.shop.orders[3108]["order"] = {
            **shop_order, "status": "processing", "date_paid_gmt": "2026-10-06T08:00:00",
            "date_modified_gmt": "2026-10-06T08:00:00",
        }  # fmt: skip
        order.action_fetch_again()
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "invoice").amount_total, 13.76)
        self.assertEqual(str(order.payment_ids.moved_on), "2026-10-06")

    def test_fetched_for_review_posts_nothing(self):
        self.set_up()
        before = self.env["account.move"].search_count([])
        self.store.action_fetch()
        self.assertEqual(self.env["account.move"].search_count([]), before)
        ready = self.orders().filtered(lambda order: order.state == "ready")
        self.assertEqual(len(ready), 4)
        self.assertEqual(self.store.waiting_review_count, 4)
        ready.action_post()
        self.assertEqual(set(ready.mapped("state")), {"posted"})
