import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core.errors import PayloadError
from ..platforms import payload as payloads
from ..platforms.file import read_records
from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestBadInput(ConnectorCommon):
    """Wrong orders: a sentence that names order and field, nothing half written, and the rest goes on."""

    def good(self, number="I1", **changes):
        """A paid order; ``changes`` spoil it."""
        lines = [self.line("TSH", "100.00", "20.00"), self.line("standard", "5.00", "1.00", kind="shipping")]
        return {**self.order(number, lines, "126.00", [self.payment(f"p-{number}", "126.00")]), **changes}

    def spoiled_line(self, **changes):
        line = {**self.line("TSH", "100.00", "20.00"), **changes}
        return self.good(lines=[line, self.line("standard", "5.00", "1.00", kind="shipping")])

    def spoiled_payment(self, **changes):
        return self.good(payments=[{**self.payment("p-I1", "126.00"), **changes}])

    def spoiled_refund(self, **changes):
        return self.good(refunds=[{**self.refund("r1", "6.00"), **changes}])

    def assert_blocked(self, *variants):
        """Each is stored with one clear exception, nothing of it is booked, and a good order among them is.

        :param variants: (payload, words that the message must have) pairs
        """
        before = self.env["account.move"].search_count([])
        named = [{**payload, "id": f"id-X{at}", "number": f"X{at}"} for at, (payload, *_words) in enumerate(variants)]
        *orders, neighbor = self.accept(*named, self.good("N1"))
        for order, (_payload, *words) in zip(orders, variants, strict=True):
            with self.subTest(words=words):
                self.assertEqual(order.state, "blocked")
                found = order.exception_ids.filtered(lambda item: item.severity == "1")
                self.assertEqual(len(found), 1, found.mapped("message"))
                self.assertTrue(found.hint, "it says what to do")
                for word in (order.external_id.removeprefix("id-"), *words):
                    self.assertIn(word, found.message)
                self.assertIn(found.message, order.explanation)
                self.assertFalse(order.posting_ids)
                self.assertFalse(order.payment_ids)
        self.assertEqual(neighbor.state, "posted")
        self.assertEqual(self.env["account.move"].search_count([]), before + 2, "the neighbor's entries only")

    # === Orders that contradict themselves === #

    def test_amounts_that_are_none(self):
        amounts = ("NaN", "Infinity", "-Infinity", "1,20", "12O.00", "", True, [], {})
        self.assert_blocked(*((self.good(total=amount), "total", "is not an amount") for amount in amounts))

    def test_fields_with_wrong_amounts(self):
        self.assert_blocked(
            (self.good(total="-126.00"), "total", "negative"),
            (self.good(total="126.001"), "total", "more decimals than EUR has"),
            (self.good(total="130.00"), "126.00", "130.00", "4.00 is not explained"),
            (self.spoiled_line(net="NaN"), "line", "net"),
            (self.spoiled_line(net="100.005"), "line", "TSH", "net", "more decimals"),
            (self.spoiled_line(quantity="two"), "quantity", "two"),
            (self.spoiled_line(taxes=[{"code": "VAT", "rate": "20", "amount": "x"}]), "tax", "amount"),
            (self.spoiled_line(taxes=[{"code": "VAT", "rate": "NaN", "amount": "20.00"}]), "rate"),
            (self.spoiled_payment(amount="-126.00"), "payment", "negative"),
            (self.spoiled_payment(amount="126.009"), "payment", "more decimals"),
            (self.spoiled_refund(amount="-6.00"), "refund r1", "negative"),
            (self.spoiled_refund(already_reduced="7.00"), "refund r1", "already reduced"),
        )

    def test_currency_that_is_none(self):
        self.assert_blocked(*((self.good(currency=code), "currency") for code in ("XYZ", "eur", "", "EURO", None)))

    def test_times_that_are_none(self):
        self.assert_blocked(
            (self.good(placed_at="yesterday"), "placed_at", "yesterday"),
            (self.good(placed_at="2026-03-10T09:00:00"), "placed_at", "no UTC offset"),
            (self.good(placed_at="2026-02-30T09:00:00Z"), "placed_at"),
            (self.spoiled_payment(at="10/03/2026"), "payments 1", "at"),
            (self.spoiled_payment(at=None), "payments 1", "at"),
        )

    def test_things_that_are_listed_twice(self):
        line, payment, refund = (
            self.line("TSH", "100.00", "20.00"),
            self.payment("p1", "63.00"),
            self.refund("r1", "1.00"),
        )
        self.assert_blocked(
            (self.good(lines=[line, line]), "line", "listed twice"),
            (self.good(payments=[payment, payment]), "payment p1", "listed twice"),
            (self.good(refunds=[refund, refund]), "refund r1", "listed twice"),
        )

    def test_fields_that_are_missing_unknown_or_of_another_kind(self):
        self.assert_blocked(
            (self.good(total=None), "total", "missing"),
            (self.good(lines="none"), "lines", "not a list"),
            (self.good(lines=["TSH"]), "lines 1", "not a JSON object"),
            (self.good(customer="Ada"), "customer", "not a JSON object"),
            (self.good(discont="10.00"), "discont", "no such field"),
            (self.spoiled_line(nett="1.00"), "nett", "no such field"),
            (self.spoiled_line(kind="surprise"), "kind", "surprise", "product"),
            (self.spoiled_payment(state="paid"), "state", "paid", "done"),
            (self.good(cancelled="no"), "cancelled", "true or false"),
        )

    def test_repaired_order_is_booked(self):
        self.accept(self.good(total="NaN"))
        (order,) = self.accept(self.good(updated_at="2026-03-12T10:00:00Z"))
        self.assertEqual(order.state, "posted")
        self.assertEqual(order.exception_ids.mapped("state"), ["resolved"])
        self.assertEqual(self.balance("Payment clearing"), D("126.00"))

    def test_amounts_keep_all_their_digits(self):
        """As a JSON number, with more digits than a binary fraction holds."""
        payload = payloads.loads(payloads.dumps(self.good()).replace('"126.00"', "126.00000000000000000001"))
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "blocked")
        self.assertIn("126.00000000000000000001", order.explanation)

    def test_large_amounts_are_exact(self):
        lines = [self.line("TSH", "9999999999.99", "2000000000.01")]
        (order,) = self.accept(self.order("I9", lines, "12000000000.00", [self.payment("p9", "12000000000.00")]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertRecordValues(
            self.moves_of(order, "invoice"),
            [{"amount_untaxed": 9999999999.99, "amount_tax": 2000000000.01, "amount_residual": 0.0}],
        )

    def test_texts_are_kept_as_they_are(self):
        """Markup, other scripts and very long names: shown as text, and no reason to fail."""
        name = "<script>alert(1)</script> Ада 艾达 \U0001f600 " + "x" * 500
        line = {**self.line("TSH", "100.00", "20.00"), "description": name, "key": "SKU '\"; DROP TABLE --"}
        payload = self.order("I<b>1</b>", [line], "120.00", [self.payment("p1", "120.00")])
        payload["customer"] = {"name": name, "email": "i1@example.com"}
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        invoice = self.moves_of(order, "invoice")
        self.assertEqual(invoice.partner_id.name, name)
        self.assertEqual(invoice.line_ids.filtered(lambda item: item.display_type == "product").name, name)
        self.assertEqual(invoice.ref, "I<b>1</b>")

    # === Files of orders === #

    def read_rows(self, *rows):
        return list(read_records("orders.jsonl", b"\n".join(rows)))

    def test_rows_that_are_no_orders_name_file_and_row(self):
        good = payloads.dumps(self.good()).encode()
        for row, words in (
            (b"{not json", "row 2: it is not JSON"),
            (b'{"id": "1", "total": 1', "row 2: it is not JSON"),
            (b"[]", "row 2: it has no id"),
            (b"{}", "row 2: it has no id"),
            (b'"text"', "row 2: it has no id"),
            ('{"id": "1", "number": "é"}'.encode("latin-1"), "row 2: it is not UTF-8"),
            (b'{"id": "1"}', "row 2, updated_at"),
            (b'{"id": "1", "updated_at": "soon"}', "row 2, updated_at"),
        ):
            with self.subTest(row=row), self.assertRaises(PayloadError) as caught:
                self.read_rows(good, row, good)
            self.assertIn(f"orders.jsonl, {words}", str(caught.exception))

    def test_empty_rows_and_a_byte_order_mark_are_no_errors(self):
        good = payloads.dumps(self.good()).encode()
        records = self.read_rows(b"\xef\xbb\xbf" + good, b"", b"   ", payloads.dumps(self.good("I2")).encode(), b"")
        self.assertEqual([record.external_id for record in records], ["id-I1", "id-I2"])

    def test_wizard_says_what_is_wrong_with_a_file_and_stores_nothing(self):
        for content in (b"", b"\n\n", b"{oops", b"id,total\n1,2\n"):
            with self.subTest(content=content), self.assertRaises(UserError):
                self.env["ecommerce.import"].create(
                    {"store_id": self.store.id, "file": base64.b64encode(content), "file_name": "orders.jsonl"}
                ).action_preview()
        self.assertFalse(self.env["ecommerce.order"].search([("store_id", "=", self.store.id)]))
        self.assertFalse(self.env["ecommerce.event"].search([("store_id", "=", self.store.id)]))
