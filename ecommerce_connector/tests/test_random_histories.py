import os
from collections import defaultdict
from random import Random

from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D
from .history_common import UNITS, History

FULL = bool(os.environ.get("EC_TEST_FULL"))
ORDERS = 500 if FULL else 8


@tagged("post_install", "-at_install")
class TestRandomHistories(ConnectorCommon):
    """Whatever happens to orders, however often and in whatever order the store tells of it: the books are exact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._create_accounting(currencies=list(UNITS), rates={D(20), D("5.5"), D(0)})
        for code, rate in (("USD", 1.0837), ("JPY", 163.21), ("KWD", 0.3345)):
            cls.env["res.currency.rate"].create(
                {"currency_id": cls.env.ref(f"base.{code}").id, "name": "2026-01-01", "rate": rate,
                 "company_id": cls.company.id}
            )  # fmt: skip
        cls.env["ecommerce.mapping.rule"].create(
            {"kind": "discount", "discount_method": "gross", "store_id": cls.store.id,
             "account_id": cls.env["account.account"].search([("name", "=", "Store sales")], limit=1).id}
        )  # fmt: skip

    def live(self, seed, mode="payment", currencies=("EUR",), *, edits=False):
        """Tell the store's orders, each state never, once or twice, sometimes an old one after a new one."""
        random = Random(seed)
        histories = [
            History(random, f"H{number}", random.choice(currencies), mode, edits=edits) for number in range(ORDERS)
        ]
        for at in range(max(len(history.states) for history in histories)):
            told = [history.states[at] for history in histories if at < len(history.states) and random.randrange(4)]
            told += [random.choice(history.states[: at + 1]) for history in histories if not random.randrange(5)]
            random.shuffle(told)
            self.accept(*told)
        last = [history.states[-1] for history in histories]
        random.shuffle(last)
        self.accept(*last)
        return histories

    def check(self, histories, mode="payment"):
        """What is booked is what the last states say; the proof holds; telling all again writes nothing."""
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        for order in orders:
            self.assertIn(order.state, ("posted", "waiting"), f"{order.number}: {order.explanation}")
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        self.assertEqual(self.sums(orders), self.expected(histories, mode))
        posted = self.env["account.move"].search([("state", "=", "posted"), ("company_id", "=", self.company.id)])
        self.accept(*(history.states[-1] for history in histories))
        again = self.env["account.move"].search([("state", "=", "posted"), ("company_id", "=", self.company.id)])
        self.assertEqual(again, posted)
        self.env.flush_all()
        self.assertFalse(
            [move.name for move in posted if move.company_currency_id.round(sum(move.line_ids.mapped("balance")))]
        )

    def sums(self, orders):
        """Per order: invoices less credit notes, tax, money; in its currency."""
        found = {}
        for order in orders:
            documents = order.posting_ids.filtered(
                lambda posting: posting.kind in ("invoice", "down_payment", "credit_note", "correction")
            ).move_id
            signs = [(1 if move.move_type == "out_invoice" else -1, move) for move in documents]
            found[order.number] = tuple(
                D(str(round(amount, 3))).normalize() + 0
                for amount in (
                    sum(sign * move.amount_total for sign, move in signs),
                    sum(order.payment_ids.mapped("amount")),
                )
            )
        return found

    @staticmethod
    def expected(histories, mode):
        """The same from the last states, computed directly."""
        found = {}
        for history in histories:
            order, sums = history.states[-1], defaultdict(D)
            for name, sign in (("payments", 1), ("refunds", -1)):
                for money in order[name]:
                    if money["state"] == "done":
                        sums[name] += D(money["amount"])
                        sums["money"] += sign * D(money["amount"])
            total = D(order["total"])
            if mode == "paid" and sums["payments"] < total:
                total = sums["payments"]  # deposits only
            is_sold = sums["payments"] or mode == "order"
            if mode == "fulfilment" and any(line["kind"] == "product" for line in order["lines"]):
                is_sold = True  # all of it was shipped, if it was not cancelled
            sold = total - sums["refunds"] if is_sold and not order.get("cancelled") else D(0)
            found[order["number"]] = (sold.normalize() + 0, sums["money"].normalize() + 0)
        return found

    def test_company_currency(self):
        self.check(self.live(1))

    def test_four_currencies_of_zero_two_and_three_decimals(self):
        self.check(self.live(2, currencies=tuple(UNITS)))

    def test_batch_entries(self):
        self.store.payment_mode = "batch"
        self.check(self.live(3, currencies=("EUR", "USD")))

    def test_taxes_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        self.check(self.live(4, currencies=("EUR", "JPY")))

    def test_invoices_when_they_are_ordered(self):
        self.store.write({"late_changes": "amend", "invoice_on": "order"})
        self.check(self.live(11, mode="order", currencies=("EUR", "JPY"), edits=True), mode="order")

    def test_invoices_as_they_ship(self):
        self.store.invoice_on = "fulfilment"
        self.check(self.live(6, mode="fulfilment", currencies=("EUR", "JPY")), mode="fulfilment")

    def test_invoices_as_they_ship_and_credits_before(self):
        self.store.invoice_on = "fulfilment"
        self.take_away(self.env["ecommerce.mapping.rule"].search([("kind", "=", "advance")]))
        self.check(self.live(7, mode="fulfilment", currencies=("EUR", "USD")), mode="fulfilment")

    def test_edits_are_amended(self):
        self.store.late_changes = "amend"
        self.check(self.live(8, currencies=("EUR", "KWD"), edits=True))

    def test_edits_of_what_ships_are_amended(self):
        self.store.write({"late_changes": "amend", "invoice_on": "fulfilment"})
        self.check(self.live(9, mode="fulfilment", edits=True), mode="fulfilment")

    def test_deposits(self):
        self.store.write({"invoice_on": "paid", "down_payments": True})
        self.check(self.live(5, mode="paid"), mode="paid")
