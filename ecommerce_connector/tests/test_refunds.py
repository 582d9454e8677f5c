from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestRefunds(ConnectorCommon):
    """Money given back, by whatever way: credited with its taxes, and never more than there is."""

    def mixed(self, number="R1", **more):
        """100.00 + 20 %, 50.00 + 5.5 %, 10.00 untaxed: 182.75, paid by card."""
        lines = [
            self.line("TSH", "100.00", "20.00"), self.line("BOOK", "50.00", "2.75", "5.5"),
            self.line("STAMP", "10.00", "0.00", "0"),
        ]  # fmt: skip
        more.setdefault("payments", [self.payment(f"p-{number}", "182.75")])
        return self.order(number, lines, "182.75", **more)

    def tax_of(self, move):
        """Tax by rate, as a positive amount."""
        found = {}
        for line in move.line_ids.filtered("tax_line_id"):
            rate = D(str(line.tax_line_id.amount)).normalize()
            found[rate] = found.get(rate, D(0)) + abs(D(f"{line.balance:.2f}"))
        return found

    def assert_proof(self):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)

    def accept_one(self, payload):
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    # === Without lines === #

    def test_amount_alone_is_spread_over_the_taxes(self):
        """36.55 is a fifth of the order: a fifth of each tax goes back with it (case 19)."""
        order = self.accept_one(self.mixed(refunds=[self.refund("r1", "36.55")]))
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"amount_total": 36.55, "amount_tax": 4.55, "amount_residual": 0.0}])
        self.assertEqual(self.tax_of(note), {D(20): D("4.00"), D("5.5"): D("0.55")})
        self.assertEqual(self.balance("Store refunds without lines"), D("32.00"))
        self.assertEqual(self.balance("Payment clearing"), D("146.20"))
        self.assert_proof()

    def test_amounts_that_exhaust_the_order_leave_no_tax(self):
        """However the cents fall in between, at the end every tax is back to the cent."""
        refunds = [self.refund(f"r{at}", amount, at=f"2026-03-{12 + at}T10:00:00Z")
                   for at, amount in enumerate(("33.33", "0.01", "66.67", "82.74"))]  # fmt: skip
        order = self.accept_one(self.mixed(refunds=refunds))
        notes = self.moves_of(order, "credit_note")
        self.assertEqual(len(notes), 4)
        self.assertEqual(self.balance("Store sales tax"), D("0.00"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertEqual(D(f"{sum(notes.mapped('amount_tax')):.2f}"), D("22.75"))
        self.assert_proof()

    # === With lines === #

    def test_lines_and_a_rest(self):
        """More than the lines is spread over what is left of the order."""
        refund = self.refund("r1", "70.00", lines=[self.line("TSH", "50.00", "10.00")])
        order = self.accept_one(self.mixed(refunds=[refund]))
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"amount_total": 70.0, "amount_residual": 0.0}])
        self.assertEqual(self.balance("Store sales"), D("-110.00"))
        rest = self.balance("Store refunds without lines")
        self.assertEqual(D(f"{note.amount_untaxed:.2f}"), D("50.00") + rest)
        self.assertEqual(D(f"{note.amount_tax:.2f}"), D("10.00") + D("10.00") - rest)
        # 10.00 over 60.00 at 20 %, 52.75 at 5.5 % and 10.00 untaxed, which are left: 4.89, 4.30 and 0.81.
        self.assertEqual(self.tax_of(note), {D(20): D("10.81"), D("5.5"): D("0.22")})
        self.assert_proof()

    def test_restocking_fee_is_withheld_with_its_tax(self):
        """60.00 came back, 54.00 is given: what is kept stays revenue and stays taxed."""
        refund = self.refund("r1", "54.00", lines=[self.line("TSH", "50.00", "10.00")])
        order = self.accept_one(self.mixed(refunds=[refund]))
        note = self.moves_of(order, "credit_note")
        self.assertRecordValues(note, [{"amount_total": 54.0, "amount_untaxed": 45.0, "amount_tax": 9.0}])
        self.assertEqual(self.tax_of(note), {D(20): D("9.00")})
        self.assertEqual(self.balance("Store refunds without lines"), D("-5.00"))
        self.assert_proof()

    def test_returns_have_an_account_of_their_own_if_a_rule_says_so(self):
        returns = self.account("Store sales").copy({"name": "Sales returns"})
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "return", "pattern": "TSH", "store_id": self.store.id, "account_id": returns.id}
        )
        refund = self.refund("r1", "120.00", lines=[self.line("TSH", "100.00", "20.00")])
        self.accept_one(self.mixed(refunds=[refund]))
        self.assertEqual(self.balance("Sales returns"), D("100.00"))
        self.assertEqual(self.balance("Store sales"), D("-160.00"))

    # === Ways of giving back === #

    def test_refund_to_a_gift_card_is_a_liability(self):
        """Store credit (case 8): nothing leaves the processor, the liability grows."""
        refund = self.refund("r1", "60.00", gateway="gift-card", lines=[self.line("TSH", "50.00", "10.00")])
        order = self.accept_one(self.mixed(refunds=[refund]))
        self.assertEqual(self.balance("Payment clearing"), D("182.75"))
        self.assertEqual(self.balance("Gift card liability"), D("-60.00"))
        self.assertEqual(self.moves_of(order, "credit_note").amount_residual, 0.0)
        self.assert_proof()

    def test_gift_card_sold_and_redeemed(self):
        """Cases 5a and 6: no revenue and no tax at the sale; a tender, not a discount, afterwards."""
        card = self.line("GC50", "50.00", rate=None, kind="gift_card")
        self.accept_one(self.order("G1", [card], "50.00", [self.payment("g1", "50.00")]))
        self.assertEqual(self.balance("Gift card liability"), D("-50.00"))
        self.assertEqual(self.balance("Store sales"), D("0.00"))
        payments = [self.payment("g2", "50.00", gateway="Gift Card"), self.payment("k2", "132.75")]
        order = self.accept_one(self.mixed("G2", payments=payments))
        self.assertEqual(self.balance("Gift card liability"), D("0.00"))
        self.assertEqual(self.balance("Store sales"), D("-160.00"))
        self.assertEqual(self.balance("Payment clearing"), D("182.75"))
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")

    def test_two_refunds_in_one_batch_settle_nobody_elses_invoice(self):
        """Odoo pairs credit notes with invoices by place; here the first invoice has two of them."""
        unpaid = [self.payment("a", "10.00")]

        def order(number, refunds, at="2026-03-10T11:00:00Z"):
            return self.order(number, [self.line("MUG", "100.00", "20.00")], "120.00", unpaid, refunds, updated_at=at)

        self.accept(order("A", []), order("B", []))
        later = "2026-03-13T11:00:00Z"
        first, second = self.accept(
            order("A", [self.refund("r1", "5.00"), self.refund("r2", "3.00", at="2026-03-13T10:00:00Z")], later),
            order("B", [self.refund("r1", "7.00")], later),
        )
        for record, open_amount, given in ((first, 110.0, [5.0, 3.0]), (second, 110.0, [7.0])):
            invoice, notes = self.moves_of(record, "invoice"), self.moves_of(record, "credit_note")
            self.assertEqual(invoice.amount_residual, open_amount)
            self.assertEqual(notes.sorted("date").mapped("amount_total"), given)
            self.assertEqual(set(notes.mapped("payment_state")), {"paid"})
            settled = notes.line_ids.matched_debit_ids.debit_move_id.move_id
            self.assertEqual(settled, self.moves_of(record, "refund_payment"))

    # === Cancelled === #

    def test_cancelled_and_given_back_before_it_was_booked(self):
        """Case 20: the money came and went; there never was a sale."""
        refund = self.refund("r1", "182.75")
        order = self.accept_one(self.mixed(cancelled=True, refunds=[refund]))
        self.assertFalse(self.moves_of(order, "invoice") | self.moves_of(order, "credit_note"))
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertEqual(self.balance("Store sales"), D("0.00"))
        self.assertTrue(all(order.payment_ids.receivable_line_id.mapped("reconciled")))
        self.assertFalse(order.exception_ids)

    def test_cancelled_and_not_given_back_is_told(self):
        order = self.accept_one(self.mixed(cancelled=True))
        self.assertFalse(self.moves_of(order, "invoice"))
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.severity, found.amount), ("cancelled_but_paid", "0", 182.75))
        self.assertEqual(self.balance("Payment clearing"), D("182.75"))

    # === Too much === #

    def without_compensation(self):
        self.env["ecommerce.mapping.rule"].search([("kind", "=", "compensation")]).write({"active": False})

    def test_refund_beyond_the_order_is_blocked_whole(self):
        """Without a rule, what is beyond the order is somebody's decision; nothing of it is posted meanwhile."""
        self.without_compensation()
        (order,) = self.accept(self.mixed(refunds=[self.refund("r1", "200.00")]))
        self.assertEqual(order.state, "blocked")
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.amount), ("refund_above_order", 17.25))
        self.assertFalse(order.posting_ids)

    def test_second_refund_beyond_the_order_keeps_the_first(self):
        self.without_compensation()
        payload = self.mixed(refunds=[self.refund("r1", "182.75")])
        order = self.accept_one(payload)
        posted = order.posting_ids
        payload["refunds"].append(self.refund("r2", "10.00", at="2026-03-20T10:00:00Z"))
        self.accept({**payload, "updated_at": "2026-03-20T10:00:00Z"})
        self.assertEqual(order.state, "blocked")
        self.assertEqual(order.exception_ids.code, "refund_above_order")
        self.assertEqual(order.posting_ids, posted)

    def test_paid_twice_and_returned(self):
        """Case 40: the second capture is a credit of the customer until it is given back; never income."""
        payments = [self.payment("a", "182.75"), self.payment("b", "182.75")]
        payload = self.mixed(payments=payments)
        order = self.accept_one(payload)
        (found,) = order.exception_ids
        self.assertEqual((found.code, found.amount, found.severity), ("overpaid", 182.75, "0"))
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        self.assertEqual(self.balance("Payment clearing"), D("365.50"))
        self.assertEqual(self.balance("Store sales"), D("-160.00"))
        # The shop calls it a refund of the order's money without anything being returned.
        back = self.refund("r1", "182.75", at="2026-03-14T10:00:00Z", already_reduced="182.75")
        self.accept({**payload, "refunds": [back], "updated_at": "2026-03-14T10:00:00Z"})
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(found.state, "resolved")
        self.assertFalse(self.moves_of(order, "credit_note"))
        self.assertEqual(self.balance("Payment clearing"), D("182.75"))
        self.assertTrue(all(order.payment_ids.receivable_line_id.mapped("reconciled")))

    # === Odd orders === #

    def test_order_that_is_worth_nothing(self):
        """A voucher pays for the whole: lines that even out make an invoice of 0.00, free lines none."""
        lines = [self.line("TSH", "100.00", "20.00"), self.line("FREE", "-100.00", "-20.00", kind="fee")]
        order = self.accept_one(self.order("Z1", lines, "0.00"))
        invoice = self.moves_of(order, "invoice")
        self.assertRecordValues(invoice, [{"amount_total": 0.0, "state": "posted", "payment_state": "paid"}])
        self.assertEqual(self.balance("Store sales tax"), D("0.00"))
        (free,) = self.accept(self.order("Z2", [self.line("TSH", "0.00", "0.00")], "0.00"))
        self.assertEqual(free.state, "waiting")
        self.assertFalse(free.posting_ids)

    def test_every_kind_of_line_goes_to_its_account(self):
        accounts = {name: self.account("Store sales").copy({"name": name}) for name in ("Tips", "Duties")}
        accounts["Duties"].account_type = accounts["Tips"].account_type = "liability_current"
        for kind, name in (("tip", "Tips"), ("duty", "Duties")):
            self.env["ecommerce.mapping.rule"].create(
                {"kind": kind, "pattern": "*", "store_id": self.store.id, "account_id": accounts[name].id}
            )
        lines = [
            self.line("TSH", "100.00", "20.00"), self.line("express", "5.00", "1.00", kind="shipping"),
            self.line("gift wrap", "3.00", "0.60", kind="fee"), self.line("tip", "2.00", rate=None, kind="tip"),
            self.line("import", "12.00", rate=None, kind="duty"),
            self.line("GC", "50.00", rate=None, kind="gift_card"),
        ]  # fmt: skip
        self.accept_one(self.order("K1", lines, "193.60", [self.payment("k1", "193.60")]))
        for name, amount in (
            ("Store sales", "-100.00"), ("Store shipping revenue", "-5.00"), ("Store order fees", "-3.00"),
            ("Tips", "-2.00"), ("Duties", "-12.00"), ("Gift card liability", "-50.00"), ("Store sales tax", "-21.60"),
            ("Payment clearing", "193.60"),
        ):  # fmt: skip
            self.assertEqual(self.balance(name), D(amount), name)
