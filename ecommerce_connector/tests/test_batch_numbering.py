"""The contract with Odoo's numbering: numbers of a batch are those that Odoo would give."""

from contextlib import closing
from unittest.mock import patch

from odoo.tests import tagged

from ..models.ledger.account_move_sequence import BATCH_NUMBERING
from ..models.ledger.document_executor import WHOLE
from .common import ConnectorCommon


@tagged("post_install", "-at_install")
class TestBatchNumbering(ConnectorCommon):
    """Invoices, credit notes and payments of one batch, over the end of a year."""

    def book(self, first, count):
        """Post orders as one batch, every second one with a refund; returns their records."""
        orders = []
        for number in range(first, first + count):
            day = ("2026-12-30", "2026-12-31", "2027-01-01")[number % 3]
            lines = [self.line("TSH", "40.00", "8.00")]
            payment = self.payment(f"p{number}", "48.00", at=f"{day}T10:00:00Z")
            refunds = [self.refund(f"r{number}", "12.00", at=f"{day}T12:00:00Z")] if number % 2 else []
            orders.append(self.order(f"N{number:03d}", lines, "48.00", [payment], refunds))
        return self.accept(*orders)

    def numbers(self, orders):
        """Names of all entries, by order and kind."""
        postings = self.env["ecommerce.posting"].union(*(order.posting_ids for order in orders))
        return {(posting.order_id.number, posting.kind): posting.move_id.name for posting in postings}

    def numbers_of_trial(self, first, count):
        with closing(self.env.cr.savepoint()):
            return self.numbers(self.book(first, count))

    def test_same_numbers_as_odoo(self):
        for mode in ("odoo", "batch"):
            for refunds_apart in (False, True):
                self.store.payment_mode = mode
                self.store.sale_journal_id.refund_sequence = refunds_apart
                with patch.dict(WHOLE, {BATCH_NUMBERING: False}):
                    theirs = self.numbers_of_trial(0, 12)
                self.assertEqual(self.numbers_of_trial(0, 12), theirs, f"{mode}, refunds apart: {refunds_apart}")

    def test_same_numbers_as_odoo_where_one_journal_has_payments_and_entries(self):
        """Odoo numbers payments apart from the other entries of their journal."""
        (order,) = self.book(0, 1)
        payment = order.payment_ids.payment_id

        def numbers(**context):
            with closing(self.env.cr.savepoint()):
                env = self.env(context={**self.env.context, **context})
                paid = payment.with_env(env).copy({"date": "2026-12-30"})
                paid.action_post()
                items = [(0, 0, {"account_id": line.account_id.id, "balance": line.balance})
                         for line in payment.move_id.line_ids]  # fmt: skip
                entry = env["account.move"].create(
                    {"move_type": "entry", "journal_id": payment.journal_id.id, "date": "2026-12-30", "line_ids": items}
                )
                entry.action_post()
                return paid.move_id.name, entry.name

        theirs = numbers()
        self.assertNotEqual(theirs[0].split("/")[0], theirs[1].split("/")[0])
        self.assertEqual(numbers(**{BATCH_NUMBERING: True}), theirs)

    def test_goes_on_after_what_others_post(self):
        (order,) = self.book(0, 1)
        copy = self.moves_of(order, "invoice").copy({"invoice_date": "2026-12-30", "date": "2026-12-30"})
        copy.action_post()
        (order,) = self.book(6, 1)
        self.assertEqual(self.moves_of(order, "invoice").sequence_number, copy.sequence_number + 1)

    def test_follows_a_renamed_series(self):
        (order,) = self.book(0, 1)
        self.moves_of(order, "invoice").name = "SHOP-0041"
        (order,) = self.book(6, 1)
        self.assertEqual(self.moves_of(order, "invoice").name, "SHOP-0042")

    def test_follows_a_series_renamed_within_the_batch(self):
        (order,) = self.book(0, 1)
        invoice = self.moves_of(order, "invoice")
        first, second, third = (
            invoice.with_context(**{BATCH_NUMBERING: True}).copy({"invoice_date": "2026-12-30", "date": "2026-12-30"})
            for _number in range(3)
        )
        first.action_post()
        second.action_post()
        self.assertEqual(second.sequence_number, invoice.sequence_number + 2)
        second.name = "SHOP-0041"
        third.action_post()
        self.assertEqual(third.name, "SHOP-0042")

    def test_what_people_post_is_numbered_by_odoo_alone(self):
        (order,) = self.book(0, 1)
        invoice = self.moves_of(order, "invoice")
        copy = invoice.copy({"invoice_date": "2026-12-30", "date": "2026-12-30"})
        with patch.object(self.env.registry["account.move"], "_numbering_key") as looked_up:
            copy.action_post()
        looked_up.assert_not_called()
        self.assertEqual(copy.sequence_number, invoice.sequence_number + 1)

    def test_a_batch_that_is_rolled_back_leaves_no_gap(self):
        first = self.numbers_of_trial(0, 3)
        self.assertEqual(self.numbers(self.book(0, 3)), first)

    def test_looks_up_the_series_once_per_day(self):
        calls = []
        move = self.env.registry["account.move"]
        original = move._get_last_sequence

        def counted(records, *arguments, **options):
            calls.append(records)
            return original(records, *arguments, **options)

        with patch.object(move, "_get_last_sequence", counted):
            self.book(0, 30)
        # Three days, invoices with credit notes and payments in and out; the first of a year looks twice.
        self.assertLess(len(calls), 20)
