import contextlib
from unittest.mock import patch

import psycopg2

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.ledger.document_executor import DocumentExecutor
from .common import ConnectorCommon, D

MODES = ("odoo", "batch")
AT_FAULT = 5
REFUSAL = "The customer's VAT number is not valid."
TABLES = (
    "account_move", "account_move_line", "account_payment", "account_partial_reconcile", "ecommerce_posting",
    "ecommerce_payment", "ecommerce_order", "ecommerce_event", "res_partner",
)  # fmt: skip


class _TakenBack(Exception):
    """Ends a subtransaction."""


@tagged("post_install", "-at_install")
class TestBisect(ConnectorCommon):
    """One order that cannot be posted keeps none of the others back, and leaves nothing behind."""

    def eight(self, prefix="B"):
        """Eight orders, each with a customer of its own."""
        return [
            self.order(
                f"{prefix}{number}", [self.line("TSH", "100.00", "20.00")], "120.00",
                [self.payment(f"p-{prefix}{number}", "120.00")],
            )
            for number in range(1, 9)
        ]  # fmt: skip

    @contextlib.contextmanager
    def subtransaction(self):
        """Take back what the block writes: the next mode begins with empty books."""
        with self.assertRaises(_TakenBack), self.env.cr.savepoint():
            yield
            raise _TakenBack
        self.env.invalidate_all()

    def counts(self):
        """Rows of every table that booking an order writes."""
        self.env.flush_all()
        found = {}
        for table in TABLES:
            self.env.cr.execute(f"SELECT count(*) FROM {table}")  # pylint: disable=sql-injection
            found[table] = self.env.cr.fetchone()[0]
        return found

    def assert_one_is_left_out(self, orders, cause):
        """Seven are posted and paid; the one at fault is blocked with a reason and has left no trace."""
        bad = orders[AT_FAULT - 1]
        self.assertEqual([order.state for order in orders if order != bad], ["posted"] * 7)
        self.assertEqual(bad.state, "blocked")
        (found,) = bad.exception_ids
        self.assertRecordValues(found, [{"code": "cannot_post", "severity": "1", "state": "open"}])
        self.assertIn(bad.number, found.message)
        self.assertRegex(found.message, cause)
        self.assertEqual(bad.explanation, f"{found.message} {found.hint}")
        self.assertFalse(bad.posting_ids)
        self.assertFalse(bad.payment_ids)
        entries = self.env["account.move"].search([("company_id", "=", self.company.id)])
        self.assertFalse(entries.filtered(lambda entry: entry.ecommerce_order_id == bad))
        self.assertFalse(entries.line_ids.filtered(lambda line: bad.number in (line.name or "").split()))
        self.assertEqual(set(entries.mapped("state")), {"posted"})
        self.assertEqual(self.balance("Payment clearing"), D("840.00"))
        self.assertEqual(self.balance("Store sales tax"), D("-140.00"))
        for order in set(orders) - {bad}:
            self.assertRecordValues(
                self.moves_of(order, "invoice"), [{"payment_state": "paid", "amount_residual": 0.0}]
            )
            self.assertFalse(order.exception_ids)
        numbers = sorted(entries.filtered(lambda entry: entry.move_type == "out_invoice").mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 7)), "invoice numbers have no gap")
        self.assertRecordValues(self.run_log, [{"posted": 7, "failed": 1, "blocked": 0, "waiting": 0}])

    def test_archived_receivable_account_of_one_contact(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.subtransaction():
                self.store.payment_mode = mode
                payloads = self.eight()
                account = self.company_data["default_account_receivable"].copy()
                self.env["res.partner"].create(
                    {"name": "Old", "email": "b5@example.com", "property_account_receivable_id": account.id}
                )
                account.active = False
                orders = self.accept(*payloads)
                self.assert_one_is_left_out(orders, "archived|deprecated|inactive")

    def test_contact_that_cannot_be_made(self):
        create = type(self.env["res.partner"]).create

        def refuse(records, vals_list):
            if any(vals.get("email") == "b5@example.com" for vals in vals_list):
                raise UserError(REFUSAL)
            return create(records, vals_list)

        for mode in MODES:
            with self.subTest(mode=mode), self.subtransaction():
                self.store.payment_mode = mode
                with patch.object(type(self.env["res.partner"]), "create", refuse):
                    orders = self.accept(*self.eight())
                self.assert_one_is_left_out(orders, "VAT number is not valid")
                orders[AT_FAULT - 1].action_post()
                self.assertEqual(orders[AT_FAULT - 1].state, "posted")
                self.assertEqual(orders[AT_FAULT - 1].exception_ids.state, "resolved")
                self.assertEqual(self.balance("Payment clearing"), D("960.00"))

    @mute_logger("odoo.addons.ecommerce_connector.models.orders.batch_posting", "odoo.sql_db")
    def test_defect_of_ours_is_contained(self):
        """Even an error that nobody foresaw is one order's, with a log entry for the administrator."""
        link = DocumentExecutor._link

        def fail(executor, batch, *rest):
            if any(order.number == "B5" for order, _planned in batch):
                raise ZeroDivisionError("division by zero")
            return link(executor, batch, *rest)

        with patch.object(DocumentExecutor, "_link", fail):
            orders = self.accept(*self.eight())
        self.assert_one_is_left_out(orders, "division by zero")

    @mute_logger("odoo.addons.ecommerce_connector.models.orders.batch_posting", "odoo.sql_db")
    def test_second_posting_of_the_same_event_is_refused_by_the_database(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.subtransaction():
                self.store.payment_mode = mode
                lines = [self.line("TSH", "1.00", rate=None)]
                (first,) = self.accept(self.order("X1", lines, "1.00", [self.payment("x", "1.00")]))
                before = self.balance("Payment clearing")
                self.env["ecommerce.posting"].sudo().create(
                    {
                        "company_id": self.company.id, "store_id": self.store.id, "order_id": first.id,
                        "kind": "invoice", "external_id": "id-B5", "fingerprint": "another",
                        "move_id": first.posting_ids.move_id[:1].id,
                    }
                )  # fmt: skip
                orders = self.accept(*self.eight())
                self.assertEqual([order.state for order in orders].count("posted"), 7)
                self.assertEqual(orders[AT_FAULT - 1].state, "blocked")
                self.assertIn("already posted", orders[AT_FAULT - 1].explanation)
                self.assertFalse(orders[AT_FAULT - 1].posting_ids)
                self.assertEqual(self.balance("Payment clearing") - before, D("840.00"))

    def test_posting_key_is_unique(self):
        (order,) = self.accept(self.eight()[0])
        posting = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            posting.sudo().copy()
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute(
                """
                INSERT INTO ecommerce_posting (company_id, store_id, kind, external_id, version, fingerprint, move_id)
                SELECT company_id, store_id, kind, external_id, version, 'other', move_id
                  FROM ecommerce_posting WHERE id = %s
                """,
                [posting.id],
            )

    def test_replay_writes_nothing(self):
        for mode in MODES:
            with self.subTest(mode=mode), self.subtransaction():
                self.store.payment_mode = mode
                payloads = self.eight()
                orders = self.accept(*payloads)
                before = self.counts()
                self.accept(*payloads)
                self.assertRecordValues(self.run_log, [{"new": 0, "changed": 0, "unchanged": 8, "posted": 0}])
                self.env["ecommerce.order"].union(*orders).action_post()
                self.accept(*reversed(payloads))
                self.assertEqual(self.counts(), before)

    def test_small_batches_book_the_same(self):
        self.store.batch_size = 3
        orders = self.accept(*self.eight())
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertEqual(self.balance("Payment clearing"), D("960.00"))
        self.assertRecordValues(self.run_log, [{"posted": 8, "failed": 0}])

    def test_same_order_twice_in_a_file_is_booked_once(self):
        first, second = self.eight()[:2]
        newer = {**first, "updated_at": "2026-03-11T11:00:00Z"}
        self.accept(first, second, newer)
        self.assertEqual(self.balance("Payment clearing"), D("240.00"))
        self.assertRecordValues(self.run_log, [{"fetched": 3, "new": 2, "posted": 2}])

    # === Crashes === #

    def test_crash_after_the_entries_leaves_nothing(self):
        """The process ends, or the database goes away, between the entries and the mark that they are posted."""
        before = self.counts()
        for error in (KeyboardInterrupt(), psycopg2.OperationalError("server closed the connection")):
            for step in ("_create_moves", "_reconcile", "_link"):
                with (
                    self.subTest(error=type(error).__name__, step=step),
                    self.assertRaises(type(error)),
                    patch.object(DocumentExecutor, step, side_effect=error),
                    self.env.cr.savepoint(),
                ):
                    self.accept(*self.eight())
                self.assertEqual(self.counts(), before)
        orders = self.accept(*self.eight())
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertEqual(self.balance("Payment clearing"), D("960.00"))

    def test_crash_in_the_second_batch_keeps_the_first(self):
        """A batch is one transaction; what it stands for here is one savepoint."""
        self.store.batch_size = 4
        link, calls = DocumentExecutor._link, []

        def crash_in_second(executor, batch, *rest):
            calls.append(len(batch))
            if len(calls) == 2:
                raise psycopg2.OperationalError("server closed the connection")
            return link(executor, batch, *rest)

        payloads = self.eight()
        with patch.object(DocumentExecutor, "_link", crash_in_second):
            # Not assertRaises: Odoo's would take back the first batch, too.
            with contextlib.suppress(psycopg2.OperationalError):
                self.accept(*payloads)
                self.fail("the crash was swallowed")
        self.assertEqual(calls, [4, 4])
        self.assertEqual(self.balance("Payment clearing"), D("480.00"))
        orders = self.accept(*payloads)
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertEqual(self.balance("Payment clearing"), D("960.00"))
        self.assertEqual(len(self.env["ecommerce.posting"].search([("store_id", "=", self.store.id)])), 16)
