from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D

MODES = ("odoo", "batch")


@tagged("post_install", "-at_install")
class TestLateChanges(ConnectorCommon):
    """What a store changes after an order was booked: posted entries never change (law 3)."""

    def two_lines(self, number="C1", **more):
        """An order of 100.00 + 50.00 net at 20 %, paid in full unless told otherwise."""
        lines = [self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "10.00")]
        more.setdefault("payments", [self.payment(f"p-{number}", "180.00")])
        return self.order(number, lines, "180.00", **more)

    def again(self, payload, at="2026-03-15T10:00:00Z", **changes):
        """Import the order as the store has it now."""
        (order,) = self.accept({**payload, "updated_at": at, **changes})
        return order

    def snapshot(self):
        """Everything posted, as PostgreSQL has it: whoever touches a posted line changes this."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT move.id, move.name, move.state, move.date, move.amount_total, move.amount_residual, line.id,
                   line.account_id, line.partner_id, line.balance, line.amount_currency, line.amount_residual,
                   line.tax_line_id, line.matching_number
              FROM account_move move JOIN account_move_line line ON line.move_id = move.id
             WHERE move.company_id = %s ORDER BY line.id
            """,
            [self.company.id],
        )
        return self.env.cr.fetchall()

    def residual(self, order):
        """What is open on the receivable of the order, both sides together."""
        documents = self.moves_of(order, "invoice") | self.moves_of(order, "credit_note")
        lines = documents.line_ids.filtered(lambda line: line.display_type == "payment_term")
        lines |= order.payment_ids.receivable_line_id
        return D(f"{sum(lines.mapped('amount_residual')):.2f}")

    # === Nothing to book === #

    def test_change_without_accounting_meaning(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        customer = {**payload["customer"], "phone": "+33 1 00 00 00 00"}
        self.assertEqual(self.again(payload, customer=customer), order)
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(order.state, "posted")
        self.assertEqual(order.event_id.version, 2)
        events = self.env["ecommerce.event"].search([("store_id", "=", self.store.id)])
        self.assertEqual(sorted(events.mapped("version")), [1, 2])
        self.assertNotIn("phone", events.filtered(lambda event: event.version == 1).payload)
        self.assertRecordValues(self.run_log, [{"new": 0, "changed": 1, "unchanged": 0, "posted": 0, "blocked": 0}])

    def test_new_rule_does_not_disturb_what_is_posted(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        other = self.account("Store order fees")
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "TSH", "store_id": self.store.id, "account_id": other.id}
        )
        self.again(payload, customer={"name": "Ada", "email": "c1@example.com"})
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.snapshot(), before)

    # === More money === #

    def test_rest_is_paid_later(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                first = self.payment(f"a-{mode}", "60.00")
                payload = self.two_lines(f"C-{mode}", payments=[first])
                (order,) = self.accept(payload)
                invoice = self.moves_of(order, "invoice")
                self.assertRecordValues(invoice, [{"payment_state": "partial", "amount_residual": 120.0}])
                self.assertEqual(self.residual(order), D("120.00"))

                second = self.payment(f"b-{mode}", "50.00", at="2026-03-14T10:00:00Z")
                self.again(payload, payments=[first, second])
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertRecordValues(invoice, [{"payment_state": "partial", "amount_residual": 70.0}])
                self.assertEqual(self.residual(order), D("70.00"))

                third = self.payment(f"c-{mode}", "70.00", at="2026-03-16T10:00:00Z")
                self.again(payload, at="2026-03-16T10:00:00Z", payments=[first, second, third])
                self.assertRecordValues(invoice, [{"payment_state": "paid", "amount_residual": 0.0}])
                self.assertEqual(self.residual(order), D("0.00"))
                self.assertEqual(self.moves_of(order, "invoice"), invoice)
                self.assertEqual(
                    sorted(order.payment_ids.mapped(lambda payment: (str(payment.moved_on), payment.amount))),
                    [("2026-03-10", 60.0), ("2026-03-14", 50.0), ("2026-03-16", 70.0)],
                )

    def test_captured_after_it_was_invoiced(self):
        self.store.invoice_on = "order"
        held = self.payment("p-C2", "180.00", state="authorized")
        payload = self.two_lines("C2", payments=[held])
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertFalse(order.payment_ids)
        self.assertEqual(self.residual(order), D("180.00"))
        self.again(payload, payments=[{**held, "state": "done", "at": "2026-03-13T10:00:00Z"}])
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        self.assertEqual(str(order.payment_ids.moved_on), "2026-03-13")

    def test_authorized_first_is_no_entry_then_captured(self):
        held = self.payment("p-C3", "180.00", state="authorized")
        payload = self.two_lines("C3", payments=[held])
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "waiting")
        self.assertIn("180.00 EUR is authorized", order.explanation)
        self.assertFalse(order.posting_ids)
        self.assertFalse(order.exception_ids)
        self.again(payload, payments=[{**held, "state": "done"}])
        self.assertEqual(order.state, "posted")
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")

    def test_cart_with_gift_card_is_placed_later(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                number = f"C-{mode}"
                gift = self.payment(f"g-{mode}", "30.00", gateway="gift-card")
                payload = self.two_lines(number, payments=[gift])
                (order,) = self.accept({**payload, "placed_at": None})
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertFalse(self.moves_of(order, "invoice"))
                self.assertEqual(self.residual(order), D("-30.00"))
                self.assertEqual(order.exception_ids.mapped("code"), ["order_not_placed"])
                self.assertEqual(order.exception_ids.severity, "0")

                card = self.payment(f"k-{mode}", "150.00", at="2026-03-15T09:00:00Z")
                self.again(payload, placed_at="2026-03-15T09:00:00Z", payments=[gift, card])
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertEqual(order.exception_ids.mapped("state"), ["resolved"])
                invoice = self.moves_of(order, "invoice")
                self.assertRecordValues(invoice, [{"payment_state": "paid", "amount_residual": 0.0}])
                self.assertEqual(self.residual(order), D("0.00"))
                self.assertTrue(all(order.payment_ids.receivable_line_id.mapped("reconciled")))
                self.assertEqual(
                    order.payment_ids.clearing_line_id.account_id,
                    self.account("Gift card liability") | self.account("Payment clearing"),
                )

    # === Refunds === #

    def test_refund_after_posting(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                payload = self.two_lines(f"C-{mode}")
                (order,) = self.accept(payload)
                invoice = self.moves_of(order, "invoice")
                refund = self.refund(
                    f"r-{mode}", "60.00", at="2026-03-14T10:00:00Z", lines=[self.line("MUG", "50.00", "10.00")]
                )
                self.again(payload, refunds=[refund])
                self.assertEqual(order.state, "posted", order.explanation)
                note = self.moves_of(order, "credit_note")
                self.assertRecordValues(
                    note,
                    [{"reversed_entry_id": invoice.id, "amount_total": 60.0, "amount_tax": 10.0,
                      "partner_id": invoice.partner_id.id, "amount_residual": 0.0,
                      # Odoo's word for a credit note that a plain journal entry settles.
                      "payment_state": "paid" if mode == "odoo" else "reversed"}],
                )  # fmt: skip
                self.assertEqual(invoice.payment_state, "paid")
                self.assertEqual(self.residual(order), D("0.00"))
                self.assertEqual(order.refund_ids.move_id, note)
                self.assertEqual(self.moves_of(order, "invoice"), invoice)

    def test_two_refunds_one_after_the_other(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        first = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.again(payload, refunds=[first])
        second = self.refund("r2", "24.00", at="2026-03-16T10:00:00Z", lines=[self.line("TSH", "20.00", "4.00")])
        self.again(payload, at="2026-03-16T10:00:00Z", refunds=[second, first])
        notes = self.moves_of(order, "credit_note")
        self.assertEqual(sorted(notes.mapped("amount_total")), [12.0, 24.0])
        self.assertEqual(
            {refund.external_id: refund.move_id.amount_total for refund in order.refund_ids}, {"r1": 12.0, "r2": 24.0}
        )
        self.assertEqual(self.balance("Payment clearing"), D("144.00"))
        self.assertEqual(self.residual(order), D("0.00"))

    def test_pending_refund_is_booked_when_it_settles(self):
        pending = self.refund("r1", "60.00", state="pending", lines=[self.line("MUG", "50.00", "10.00")])
        payload = self.two_lines(refunds=[pending])
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertFalse(self.moves_of(order, "credit_note"))
        self.assertEqual(order.exception_ids.mapped("code"), ["refund_pending"])
        self.assertEqual(order.refund_ids.state, "pending")
        self.again(payload, refunds=[{**pending, "state": "done", "at": "2026-03-15T10:00:00Z"}])
        self.assertEqual(order.exception_ids.mapped("state"), ["resolved"])
        self.assertEqual(order.refund_ids.state, "done")
        self.assertRecordValues(self.moves_of(order, "credit_note"), [{"amount_total": 60.0, "payment_state": "paid"}])
        self.assertEqual(str(self.moves_of(order, "credit_note").date), "2026-03-15")

    def test_refund_of_an_unpaid_order_that_was_invoiced(self):
        """What was never paid is credited by the refund's lines; nothing leaves clearing."""
        self.store.invoice_on = "order"
        payload = self.two_lines(payments=[])
        (order,) = self.accept(payload)
        self.assertEqual(self.residual(order), D("180.00"))
        paid = self.payment("p1", "180.00", at="2026-03-15T10:00:00Z")
        refund = self.refund("r1", "180.00", at="2026-03-16T10:00:00Z")
        self.again(payload, payments=[paid], refunds=[refund])
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.residual(order), D("0.00"))
        self.assertRecordValues(self.moves_of(order, "credit_note"), [{"amount_total": 180.0, "amount_tax": 30.0}])
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    # === Conflicts === #

    def assert_changed_after_posting(self, order, before, *keys):
        """Blocked with these keys, nothing posted, nothing posted touched."""
        self.assertEqual(order.state, "blocked")
        found = order.exception_ids.filtered(lambda item: item.state == "open" and item.severity == "1")
        self.assertEqual(set(found.mapped("code")), {"changed_after_posting"})
        self.assertEqual(sorted(found.mapped("key")), sorted(keys))
        for item in found:
            self.assertIn(order.number, item.message)
        self.assertEqual(self.snapshot(), before)
        return found

    def test_total_changed_then_restored(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        cheaper = [self.line("TSH", "90.00", "18.00"), self.line("MUG", "50.00", "10.00")]
        self.again(payload, lines=cheaper, total="168.00")
        found = self.assert_changed_after_posting(order, before, "invoice:id-C1")
        self.assertIn("168.00 EUR", found.message)
        order.action_post()
        self.assertEqual(self.assert_changed_after_posting(order, before, "invoice:id-C1"), found)

        self.again(payload, at="2026-03-16T10:00:00Z")
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(set(order.exception_ids.mapped("state")), {"resolved"})
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(order.event_id.version, 3)

    def test_same_total_with_other_lines(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        moved = [self.line("TSH", "90.00", "18.00"), self.line("MUG", "60.00", "12.00")]
        self.again(payload, lines=moved)
        self.assert_changed_after_posting(order, before, "invoice:id-C1")

    def test_tax_changed(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        retaxed = [self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "9.99")]
        self.again(payload, lines=retaxed, total="179.99")
        self.assert_changed_after_posting(order, before, "invoice:id-C1")

    def test_deleted_lines(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        self.again(payload, lines=[], total="0.00")
        found = self.assert_changed_after_posting(order, before, "invoice:id-C1")
        self.assertIn("gone from the store", found.message)

    def test_cancelled_after_posting(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        invoice = self.moves_of(order, "invoice")
        self.again(payload, cancelled=True, cancelled_at="2026-03-14T09:00:00Z")
        self.assertEqual(order.state, "posted", order.explanation)
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(
            note, [{"reversed_entry_id": invoice.id, "amount_total": invoice.amount_total, "state": "posted"}]
        )
        self.assertEqual((str(note.date), note.amount_tax), ("2026-03-14", invoice.amount_tax))
        self.assertEqual(order.exception_ids.filtered(lambda item: item.state == "open").code, "cancelled_but_paid")
        before = self.snapshot()
        self.again(payload, at="2026-03-17T10:00:00Z", cancelled=True, cancelled_at="2026-03-14T09:00:00Z")
        self.assertEqual(self.snapshot(), before)

    def test_money_given_back_after_the_cancellation(self):
        """The credit note is that of the cancellation; what settles later is its money."""
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                payload = self.two_lines(f"C-{mode}")
                (order,) = self.accept(payload)
                gone = {"cancelled": True, "cancelled_at": "2026-03-14T09:00:00Z"}
                self.again(payload, **gone)
                note = self.moves_of(order, "credit_note")
                parts = [self.refund(f"r{at}", amount, at=f"2026-03-1{6 + at}T09:00:00Z")
                         for at, amount in enumerate(("100.00", "80.00"))]  # fmt: skip
                self.again(payload, at="2026-03-16T10:00:00Z", refunds=parts[:1], **gone)
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertEqual(self.residual(order), D("-80.00"))
                self.again(payload, at="2026-03-17T10:00:00Z", refunds=parts, **gone)
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertEqual(self.moves_of(order, "credit_note"), note)
                self.assertEqual((self.residual(order), note.amount_residual), (D("0.00"), 0.0))
                self.assertFalse(order.exception_ids.filtered(lambda item: item.state == "open"))
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])

    def test_payment_changed_or_gone(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        self.again(payload, payments=[self.payment("p-C1", "170.00")])
        self.assert_changed_after_posting(order, before, "payment:p-C1")
        self.again(payload, at="2026-03-16T10:00:00Z", payments=[self.payment("p-C1", "180.00", state="voided")])
        self.assertEqual(order.state, "blocked")
        self.assertEqual(self.snapshot(), before)

    def test_nothing_new_is_posted_while_there_is_a_conflict(self):
        payload = self.two_lines(payments=[self.payment("a", "60.00")])
        (order,) = self.accept(payload)
        before = self.snapshot()
        cheaper = [self.line("TSH", "90.00", "18.00"), self.line("MUG", "50.00", "10.00")]
        payments = [self.payment("a", "60.00"), self.payment("b", "108.00")]
        self.again(payload, lines=cheaper, total="168.00", payments=payments)
        self.assert_changed_after_posting(order, before, "invoice:id-C1")

    def test_payload_that_became_unreadable(self):
        payload = self.two_lines()
        (order,) = self.accept(payload)
        before = self.snapshot()
        self.again(payload, total="NaN")
        self.assertEqual(order.state, "blocked")
        self.assertEqual(order.exception_ids.mapped("code"), ["payload"])
        self.assertEqual(order.number, "C1")
        self.assertEqual(self.snapshot(), before)
        self.again(payload, at="2026-03-17T10:00:00Z")
        self.assertEqual(order.state, "posted")
        self.assertEqual(order.exception_ids.mapped("state"), ["resolved"])

    # === Contacts === #

    def test_credit_note_stays_with_the_invoiced_contact(self):
        """The customer changed the e-mail address: the credit note belongs to the invoice all the same."""
        payload = self.two_lines()
        (order,) = self.accept(payload)
        invoice = self.moves_of(order, "invoice")
        refund = self.refund("r1", "60.00", lines=[self.line("MUG", "50.00", "10.00")])
        customer = {"name": "Ada Lovelace", "email": "countess@example.com"}
        self.again(payload, customer=customer, refunds=[refund])
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "credit_note").partner_id, invoice.partner_id)
        self.assertEqual(order.payment_ids.receivable_line_id.partner_id, invoice.partner_id)
        self.assertFalse(self.env["res.partner"].search([("email", "=", "countess@example.com")]))

    def test_later_entries_stay_on_the_receivable_account_of_the_first(self):
        """The contact got another receivable account meanwhile: on two accounts nothing can be reconciled."""
        for mode in MODES:
            with self.subTest(mode=mode):
                self.store.payment_mode = mode
                first = self.payment(f"a-{mode}", "60.00")
                payload = self.two_lines(f"C-{mode}", payments=[first])
                (order,) = self.accept(payload)
                invoice = self.moves_of(order, "invoice")
                used = invoice.partner_id.property_account_receivable_id
                invoice.partner_id.property_account_receivable_id = used.copy()
                self.again(payload, payments=[first, self.payment(f"b-{mode}", "120.00")])
                self.assertEqual(order.state, "posted", order.explanation)
                self.assertEqual(order.payment_ids.receivable_line_id.account_id, used)
                self.assertRecordValues(invoice, [{"payment_state": "paid", "amount_residual": 0.0}])

    def test_guest_cart_becomes_a_customers_order(self):
        guests = self.store.shared_partner_id
        guests.property_account_receivable_id = guests.property_account_receivable_id.copy()
        gift = self.payment("g1", "30.00", gateway="gift-card")
        payload = self.two_lines(payments=[gift])
        (order,) = self.accept({**payload, "placed_at": None, "customer": None})
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(order.partner_id, self.store.shared_partner_id)
        self.again(payload, payments=[gift, self.payment("k1", "150.00")])
        invoice = self.moves_of(order, "invoice")
        self.assertEqual(invoice.partner_id.email, "c1@example.com")
        self.assertEqual(order.partner_id, invoice.partner_id)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(self.residual(order), D("0.00"))
