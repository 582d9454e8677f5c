from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D

WHY = "The customer kept the cheaper shirt."


@tagged("post_install", "-at_install")
class TestChangeAcceptance(ConnectorCommon):
    """What changed in the store after it was posted is corrected by a person, who says so; then the order goes on."""

    LATER = "2026-03-15T10:00:00Z"

    def sale(self, number="A1", **more):
        """An order of 100.00 + 50.00 net at 20 %, paid in full unless told otherwise."""
        lines = [self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "10.00")]
        more.setdefault("payments", [self.payment(f"p-{number}", "180.00")])
        return self.order(number, lines, "180.00", **more)

    def cheaper(self, number="A1", **more):
        """The same with a discount given later: 168.00."""
        lines = [self.line("TSH", "90.00", "18.00"), self.line("MUG", "50.00", "10.00")]
        return self.sale(number, **more) | {"lines": lines, "total": "168.00", "updated_at": self.LATER}

    def changed(self, first, then):
        """An order that was posted as ``first``; with its open exceptions."""
        (order,) = self.accept(first)
        self.assertEqual(order.state, "posted", order.explanation)
        self.accept(then)
        self.assertEqual(order.state, "blocked")
        return order, order.exception_ids.filtered(lambda item: item.state == "open" and item.severity == "1")

    def mark(self, item, moves=None, reason=WHY):
        """As the button and its wizard do."""
        wizard = self.env["ecommerce.change.accept"].browse(item.action_mark_corrected()["res_id"])
        wizard.write({"move_ids": [(6, 0, moves.ids if moves else [])], "reason": reason})
        return wizard.action_accept()

    def credit_note(self, order, net, **more):
        """A credit note that an accountant posts by hand; 20 % on top."""
        invoice = self.moves_of(order, "invoice")
        line = invoice.invoice_line_ids[0]
        included = line.tax_ids.price_include  # whichever tax of the rate the set-up found
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund", "partner_id": invoice.partner_id.id, "journal_id": invoice.journal_id.id,
                "currency_id": invoice.currency_id.id, "invoice_date": "2026-03-16", "date": "2026-03-16",
                "invoice_line_ids": [
                    (0, 0, {"name": "Later discount", "account_id": line.account_id.id, "quantity": 1,
                            "price_unit": net * 1.2 if included else net, "tax_ids": [(6, 0, line.tax_ids.ids)]})
                ], **more,
            }
        )  # fmt: skip
        note.action_post()
        return note

    def proof(self):
        return StoreProof(self.store).report()

    def broken(self):
        """Broken laws: (number, store, ledger)."""
        return [(row["law"], row["store"], row["ledger"]) for row in self.proof()["laws"]]

    # === Changed === #

    def test_credit_note_that_corrects_an_invoice(self):
        refund = self.refund("r1", "12.00", at=self.LATER, already_reduced="12.00")
        order, item = self.changed(self.sale(), self.cheaper(refunds=[refund]))
        self.assertEqual(item.key, "invoice:id-A1")
        invoice, note = self.moves_of(order, "invoice"), self.credit_note(order, 10.0)
        before = invoice.line_ids.mapped("write_date")
        self.mark(item, note)

        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(item.state, "resolved")
        self.assertEqual(invoice.line_ids.mapped("write_date"), before)
        self.assertRecordValues(
            order.posting_ids.filtered(lambda posting: posting.kind == "invoice"),
            [{"version": 1, "move_id": invoice.id, "reason": False},
             {"version": 2, "move_id": invoice.id, "reason": WHY}],
        )  # fmt: skip
        self.assertRecordValues(
            order.posting_ids.filtered(lambda posting: posting.kind == "correction"),
            [{"version": 1, "move_id": note.id, "external_id": "id-A1", "reason": WHY}],
        )
        self.assertEqual((note.ecommerce_order_id, note.ecommerce_corrected_move_id), (order, invoice))
        self.assertEqual(invoice.ecommerce_correction_ids, note)
        # The refund of money was new, and waited for this; it is reconciled with the accountant's credit note.
        self.assertRecordValues(order.payment_ids.sorted("amount"), [{"amount": -12.0}, {"amount": 180.0}])
        self.assertEqual(note.payment_state, "paid")
        report = self.proof()
        self.assertTrue(report["holds"], report)
        sales = {row["subject"]: (row["store"], row["ledger"]) for row in report["totals"]}
        self.assertEqual(sales["sales"], ("168.00", "168.00"))
        self.assertEqual([row["ledger"] for row in report["taxes"] if row["subject"] == "20 %"], ["28.00"])

    def test_it_does_not_come_back(self):
        order, item = self.changed(self.sale(), self.cheaper())
        self.mark(item, self.credit_note(order, 10.0))
        postings = order.posting_ids
        order.action_post()
        self.accept(self.cheaper(customer={"name": "Ada", "email": "a1@example.com"}))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(order.posting_ids, postings)
        self.assertEqual(set(order.exception_ids.mapped("code")), {"changed_after_posting", "overpaid"})

    def test_the_next_change_is_a_conflict_again(self):
        order, item = self.changed(self.sale(), self.cheaper())
        self.mark(item, self.credit_note(order, 10.0))
        self.accept(self.sale(updated_at="2026-03-17T10:00:00Z"))
        self.assertEqual(order.state, "blocked")
        again = order.exception_ids.filtered(lambda item: item.state == "open")
        self.assertEqual(again.mapped("key"), ["invoice:id-A1"])
        self.mark(again, reason="The credit note was taken back by invoice 7, see there.")
        versions = order.posting_ids.filtered(lambda posting: posting.kind == "invoice").mapped("version")
        self.assertEqual(versions, [1, 2, 3])

    def test_nothing_was_booked_and_the_proof_says_so(self):
        order, item = self.changed(self.sale(), self.cheaper())
        self.mark(item, reason="Too little to bother.")
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(item.state, "resolved")
        self.assertFalse(self.moves_of(order, "correction"))
        self.assertIn((4, "168.00", "180.00"), self.broken())

    def test_wrong_amount_is_not_plugged(self):
        order, item = self.changed(self.sale(), self.cheaper())
        self.mark(item, self.credit_note(order, 9.0))
        self.assertEqual(self.broken(), [(4, "168.00", "169.20"), (5, "-12.00", "-10.80")])

    def test_several_entries(self):
        order, item = self.changed(self.sale(), self.cheaper())
        notes = self.credit_note(order, 4.0) | self.credit_note(order, 6.0)
        self.mark(item, notes)
        corrections = order.posting_ids.filtered(lambda posting: posting.kind == "correction")
        self.assertEqual(corrections.mapped("version"), [1, 2])
        self.assertEqual(corrections.move_id, notes)
        self.assertEqual(self.broken(), [])

    def test_changed_credit_note(self):
        """Of a refund the store says less now; the accountant invoices the rest again."""
        refund = self.refund("r1", "60.00", lines=[self.line("MUG", "50.00", "10.00")])
        less = self.refund("r1", "48.00", lines=[self.line("MUG", "40.00", "8.00")])
        order, items = self.changed(self.sale(refunds=[refund]), self.sale(refunds=[less], updated_at=self.LATER))
        note, money = items.sorted("key")
        self.assertEqual((note.key, money.key), ("credit_note:r1", "refund_payment:r1"))
        back = self.credit_note(order, 10.0, move_type="out_invoice")
        self.mark(note, back)
        self.assertEqual(order.state, "blocked", "its payment still waits")
        self.assertEqual(back.ecommerce_corrected_move_id, self.moves_of(order, "credit_note"))
        entry = self.payment_entry(order, 12.0)
        self.mark(money, entry)
        self.assertEqual(order.state, "posted", order.explanation)
        report = self.proof()
        self.assertTrue(report["holds"], report["laws"])
        refunds = [(row["store"], row["ledger"]) for row in report["totals"] if row["subject"] == "refunds"]
        self.assertEqual(refunds, [("48.00", "48.00")])
        # Reconciled with the payment or not: 12.00 of the 60.00 never left clearing.
        given_back = order.payment_ids.filtered(lambda payment: payment.amount < 0).clearing_line_id
        clearing = entry.line_ids.filtered(lambda line: line.account_id == given_back.account_id)
        (clearing | given_back).reconcile()
        self.assertEqual(given_back.amount_residual, -48.0)
        self.assertTrue(self.proof()["holds"])

    def payment_entry(self, order, amount):
        """Money that is in clearing after all: a journal entry, positive into clearing."""
        receivable = self.moves_of(order, "invoice").line_ids.filtered(lambda line: line.display_type == "payment_term")
        entry = self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-03-16", "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, {"account_id": self.account("Payment clearing").id, "balance": amount}),
                    (0, 0, {"account_id": receivable.account_id.id, "partner_id": receivable.partner_id.id,
                            "balance": -amount}),
                ],
            }
        )  # fmt: skip
        entry.action_post()
        return entry

    # === Gone === #

    def emptied(self, **more):
        """Cancelled by a store that takes the lines out: nothing says any more what there was to credit."""
        return self.sale(cancelled=True, updated_at=self.LATER, **more) | {"lines": [], "total": "0.00"}

    def test_cancelled_after_posting(self):
        """Reversed with Odoo's own wizard: that entry is what corrects the invoice."""
        refund = self.refund("r1", "180.00", at=self.LATER)
        order, item = self.changed(self.sale(), self.emptied(refunds=[refund]))
        invoice = self.moves_of(order, "invoice")
        reversal = invoice._reverse_moves([{"invoice_date": "2026-03-16", "date": "2026-03-16"}])
        reversal.action_post()
        self.mark(item, reversal)
        self.assertNotEqual(order.state, "blocked", order.explanation)
        latest = order.posting_ids.filtered(lambda posting: posting.kind == "invoice")[-1]
        self.assertEqual((latest.version, latest.fingerprint), (2, "gone"))
        self.assertEqual(self.balance("Store sales"), D("0.00"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        report = self.proof()
        self.assertTrue(report["holds"], report["laws"])

    def test_voided_payment(self):
        void = self.payment("p-A1", "180.00", state="voided")
        order, item = self.changed(self.sale(), self.sale(payments=[void], updated_at=self.LATER))
        item = item.filtered(lambda item: item.key == "payment:p-A1")
        self.mark(item, self.payment_entry(order, -180.0))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertNotIn(5, [law for law, _store, _ledger in self.broken()])

    def test_gone_and_back(self):
        order, item = self.changed(self.sale(), self.emptied())
        self.mark(item, reason="Reversed by hand.")
        self.accept(self.sale(updated_at="2026-03-17T10:00:00Z"))
        self.assertEqual(order.state, "blocked")
        self.assertIn("changed in the store", order.explanation)

    # === What is refused === #

    def test_entries_that_cannot_be_the_correction(self):
        order, item = self.changed(self.sale(), self.cheaper())
        (other,) = self.accept(self.sale("A2"))
        draft = self.credit_note(order, 10.0)
        draft.button_draft()
        dollars = self.credit_note(order, 10.0, currency_id=self.env.ref("base.USD").id)
        company = self.setup_other_company(name="Second company", currency_id=self.euro.id)
        foreign = self.env["account.move"].create(
            {
                "move_type": "out_refund", "partner_id": self.partner_a.id, "invoice_date": "2026-03-16",
                "journal_id": company["default_journal_sale"].id,
                "invoice_line_ids": [(0, 0, {"name": "Theirs", "quantity": 1, "price_unit": 10.0, "tax_ids": [],
                                             "account_id": company["default_account_revenue"].id})],
            }
        )  # fmt: skip
        foreign.action_post()
        for moves, words in (
            (draft, "is not posted"), (self.moves_of(other, "invoice"), "booked for a store order already"),
            (self.moves_of(order, "invoice"), "booked for a store order already"), (dollars, "another currency"),
            (foreign, "another company"),
        ):  # fmt: skip
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self.mark(item, moves)
        self.assertEqual(item.state, "open")
        self.assertFalse(self.moves_of(order, "correction"))

    def test_reason_is_required(self):
        _order, item = self.changed(self.sale(), self.cheaper())
        for reason in (False, "  "):
            with self.assertRaisesRegex(UserError, "Say why"):
                self.mark(item, reason=reason)

    def test_no_longer_a_change(self):
        order, item = self.changed(self.sale(), self.cheaper())
        self.accept(self.sale(updated_at="2026-03-17T10:00:00Z"))
        self.assertEqual(item.state, "resolved")
        with self.assertRaisesRegex(UserError, "closed"):
            self.mark(item)
        self.assertFalse(self.moves_of(order, "correction"))

    def test_who_and_why_are_kept(self):
        order, item = self.changed(self.sale(), self.cheaper())
        viewer, accountant = (
            new_test_user(
                self.env, login=f"a_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant")
        )  # fmt: skip
        note = self.credit_note(order, 10.0)
        with self.assertRaises(AccessError):
            item.with_user(viewer).action_mark_corrected()
        wizard = item.with_user(accountant).action_mark_corrected()["res_id"]
        with self.assertRaises(AccessError):
            self.env["ecommerce.change.accept"].with_user(viewer).browse(wizard).action_accept()
        wizard = self.env["ecommerce.change.accept"].with_user(accountant).browse(wizard)
        wizard.write({"move_ids": [(6, 0, note.ids)], "reason": WHY})
        wizard.action_accept()
        self.assertEqual((item.state, item.resolution), ("resolved", WHY))
        message = item.message_ids.filtered(lambda message: WHY in (message.body or ""))[:1]
        self.assertEqual(message.author_id, accountant.partner_id)
        self.assertIn(note.name, message.body)
        new = order.posting_ids.filtered("reason")
        self.assertEqual(new.create_uid, accountant)

    def test_rules_that_change_afterwards(self):
        """What a person booked is of another day and another box of the tax return: no rule moves it."""
        order, item = self.changed(self.sale(), self.cheaper())
        self.mark(item, self.credit_note(order, 10.0))
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "TSH", "store_id": self.store.id, "company_id": self.company.id,
             "account_id": self.account("Store sales").copy({"name": "Shirts"}).id}
        )  # fmt: skip
        outcome = self.store._correct_orders(order)
        self.assertFalse(outcome.moves)
        ((found, reason),) = outcome.not_covered
        self.assertEqual((found, reason.code), (order, "corrected_by_hand"))
