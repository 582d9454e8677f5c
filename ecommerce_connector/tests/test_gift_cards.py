from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..command_line.texts import proofs
from ..models.proof.gift_card_proof import GiftCardProof
from ..models.proof.store_proof import StoreProof
from .common import ConnectorCommon, D

LIABILITY = "Gift card liability"


class GiftCardCommon(ConnectorCommon):
    """Orders that sell cards, are paid by them, and are refunded to them."""

    def sell(self, number, *cards, net="50.00", tax=None, **more):
        """An order that sells cards, paid by card."""
        line = self.line(
            "CARD", net, tax or "0", "20" if tax else None, kind="gift_card", quantity=str(len(cards) or 1)
        )
        if cards:
            line["gift_cards"] = [card if isinstance(card, dict) else {"id": card} for card in cards]
        total = str(D(net) + D(tax or 0))
        return self.order(number, [line], total, [self.payment(f"p{number}", total)], **more)

    def use(self, number, card, amount, **more):
        """An order of 120.00 with 20 % tax, of which a card pays a part."""
        gift = self.payment(f"g{number}", amount, gateway="gift card")
        if card:
            gift["gift_card"] = {"id": card}
        rest = D("120.00") - D(amount)
        payments = [gift, *([self.payment(f"k{number}", str(rest))] if rest else [])]
        return self.order(number, [self.line("MUG", "100.00", "20.00")], "120.00", payments, **more)

    def post(self, *orders):
        found = self.accept(*orders)
        for order in found:
            self.assertEqual(order.state, "posted", order.explanation)
        return found

    def card(self, external_id, currency="EUR"):
        return self.env["ecommerce.gift.card"].search(
            [("external_id", "=", external_id), ("currency_id.name", "=", currency)]
        )

    def checks(self):
        return GiftCardProof(self.company).checks()

    def broken(self):
        return [(c.name, c.subject, c.expected, c.actual) for c in self.checks() if not c.holds]

    def assert_proved(self, balance):
        self.assertEqual(self.broken(), [])
        self.assertEqual(self.balance(LIABILITY), -D(balance))
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)
        row = next(row for row in report["controls"] if row["law"] == 11 and row["currency"] == "EUR")
        self.assertEqual((row["store"], row["ledger"]), (balance, balance))


@tagged("post_install", "-at_install")
class TestGiftCards(GiftCardCommon):
    """Each card has the balance that the store's orders give it, and all of them the liability's (law 11)."""

    def test_sold_redeemed_in_part_and_refunded_to(self):
        sold, used = self.post(
            self.sell("G1", {"id": "GC-1", "expires_on": "2028-03-10"}),
            self.use("G2", "GC-1", "30.00", refunds=[
                self.refund("r1", "12.00", gateway="gift card", lines=[self.line("MUG", "10.00", "2.00")],
                            gift_card={"id": "GC-1"}),
            ]),
        )  # fmt: skip
        card = self.card("GC-1")
        self.assertRecordValues(card, [{
            "kind": "gift_card", "balance": 32.0, "issued": 62.0, "redeemed": 30.0, "state": "active",
            "issued_on": sold.placed_at.date(), "expires_on": card.expires_on, "partner_id": sold.partner_id.id,
        }])  # fmt: skip
        self.assertEqual(str(card.expires_on), "2028-03-10")
        rows = card.movement_ids.sorted("id")
        self.assertEqual(
            [(row.kind, row.amount, str(row.moved_on), row.order_id, row.account_id.name) for row in rows],
            [
                ("sold", 50.0, "2026-03-10", sold, LIABILITY), ("redeemed", -30.0, "2026-03-10", used, LIABILITY),
                ("refunded", 12.0, "2026-03-12", used, LIABILITY),
            ],
        )  # fmt: skip
        self.assertEqual(rows.mapped("posting_id.kind"), ["invoice", "payment", "refund_payment"])
        self.assertEqual(rows[0].move_id, self.moves_of(sold, "invoice"))
        self.assertEqual(rows[1].payment_id, used.payment_ids.filtered(lambda payment: payment.amount == 30.0))
        self.assertEqual(rows[2].refund_id, used.refund_ids)
        for row in rows:
            self.assertEqual(row.line_id.account_id, row.account_id)
            self.assertEqual(row.line_id.amount_currency, -row.amount)
            self.assertIn(row, row.move_id.ecommerce_gift_card_movement_ids)
        self.assert_proved("32.00")

    def test_used_up(self):
        self.post(self.sell("G1", "GC-1"), self.use("G2", "GC-1", "50.00"))
        self.assertRecordValues(self.card("GC-1"), [{"balance": 0.0, "state": "used"}])
        self.assert_proved("0.00")

    def test_used_before_its_sale_is_read(self):
        """Orders come in any order: what the sale says of the card is completed, and it was never wrong for long."""
        (used,) = self.post(self.use("G2", "GC-1", "30.00"))
        self.assertRecordValues(
            self.card("GC-1"), [{"state": "overdrawn", "issued_on": False, "partner_id": False, "kind": "gift_card"}]
        )
        (sold,) = self.post(self.sell("G1", {"id": "GC-1", "expires_on": "2028-03-10"}, tax="10.00"))
        self.assertNotEqual(sold.partner_id, used.partner_id)
        card = self.card("GC-1")
        self.assertRecordValues(
            card, [{"state": "active", "balance": 20.0, "partner_id": sold.partner_id.id, "kind": "voucher"}]
        )
        self.assertEqual((str(card.issued_on), str(card.expires_on)), ("2026-03-10", "2028-03-10"))
        self.assert_proved("20.00")

    def test_three_cards_of_a_line(self):
        self.post(self.sell("G1", "A", "B", "C", net="100.00"))
        self.assertEqual([self.card(name).balance for name in "ABC"], [33.34, 33.33, 33.33])
        self.assertEqual(len(self.card("A").movement_ids.line_id | self.card("C").movement_ids.line_id), 1)
        self.assert_proved("100.00")

    def test_store_credit_starts_with_a_refund(self):
        refund = self.refund("r1", "60.00", gateway="gift-card", lines=[self.line("MUG", "50.00", "10.00")],
                             gift_card={"id": "SC-9"})  # fmt: skip
        payments = [self.payment("p", "120.00")]
        self.post(self.order("G1", [self.line("MUG", "100.00", "20.00")], "120.00", payments, [refund]))
        self.assertRecordValues(
            self.card("SC-9"), [{"kind": "store_credit", "balance": 60.0, "state": "active"}]
        )  # fmt: skip
        self.assert_proved("60.00")

    def test_without_ids_in_total(self):
        """What the store does not name is no card, and is proved all the same."""
        self.post(self.sell("G1"), self.use("G2", None, "20.00"))
        self.assertFalse(self.env["ecommerce.gift.card"].search([]))
        rows = self.env["ecommerce.gift.card.movement"].search([("card_id", "=", False)])
        self.assertEqual(sorted(rows.mapped("amount")), [-20.0, 50.0])
        account = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "liability"), ("currency_id", "=", self.euro.id)]
        )
        self.assertRecordValues(
            account,
            [
                {
                    "card_balance": 0.0,
                    "unnamed_balance": 30.0,
                    "card_ledger": 30.0,
                    "card_difference": 0.0,
                    "card_findings": False,
                }
            ],
        )
        self.assert_proved("30.00")

    def test_more_redeemed_than_sold_without_ids_is_remarked(self):
        """Store and ledger agree, so the proof holds; but a liability below zero is said wherever it is shown."""
        account = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "liability"), ("currency_id", "=", self.euro.id), ("company_id", "=", self.company.id)]
        )
        self.post(self.use("G1", None, "20.00"))
        self.assertEqual((account.clearing_balance, account.card_ledger, account.unnamed_balance), (-20.0,) * 3)
        self.assertRegex(account.card_findings, "Gift card liability is -20.00 EUR, below zero")
        self.assertFalse(account.card_is_wrong)
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"])
        self.assertEqual(report["remarks"], [account.card_findings])
        (row,) = (row for row in report["accounts"] if row["account"] == account.name)
        self.assertEqual((row["kind"], row["clearing"]), ("liability", "-20.00"))
        self.assertIn("owed", proofs([report]))
        self.assertIn(account.card_findings, proofs([report]))
        self.post(self.sell("G2"))
        account.invalidate_recordset()
        self.assertEqual((account.clearing_balance, account.card_findings), (30.0, False))
        self.assertEqual(StoreProof(self.store).report()["remarks"], [])

    def test_batch_entries_are_linked_too(self):
        self.store.payment_mode = "batch"
        self.post(self.sell("G1", "GC-1"), self.use("G2", "GC-1", "20.00"), self.use("G3", "GC-1", "30.00"))
        rows = self.card("GC-1").movement_ids.filtered(lambda row: row.kind == "redeemed")
        self.assertEqual(sorted(rows.line_id.mapped("amount_currency")), [20.0, 30.0])
        self.assertEqual(len(rows.move_id), 1)
        self.assert_proved("0.00")

    def test_card_sold_as_a_product_or_waiting_on_suspense(self):
        """The account decides, not the kind of the line; on suspense no balance of cards is expected."""
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "product", "pattern": "GIFT*", "store_id": self.store.id, "account_id": self.account(LIABILITY).id}
        )
        self.post(self.order("G1", [self.line("GIFT50", "50.00", rate=None)], "50.00", [self.payment("p", "50.00")]))
        self.assert_proved("50.00")

    # === What is not right is named === #

    def test_more_than_the_card_has(self):
        self.post(self.sell("G1", "GC-1"), self.use("G2", "GC-1", "70.00"))
        self.assertRecordValues(self.card("GC-1"), [{"balance": -20.0, "state": "overdrawn"}])
        self.assertEqual(self.broken(), [("card redeemed above its balance", "GC-1", 0, -20)])
        self.assertEqual(self.balance(LIABILITY), D("20.00"))

    def test_unknown_card_and_card_of_another_currency(self):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.env.ref("base.USD").id, "name": "2026-03-01", "rate": 1.25,
                "company_id": self.company.id,
            }
        )  # fmt: skip
        self.post(
            self.sell("G1", "GC-1"), self.use("G2", "OLD", "10.00"), self.use("G3", "GC-1", "10.00", currency="USD")
        )
        self.assertEqual(
            self.broken(),
            [("card never sold or opened here", "OLD", 0, -10), ("card never sold or opened here", "GC-1", 0, -10)],
        )
        self.assertRecordValues(self.card("GC-1", "USD"), [{"balance": -10.0, "issued_on": False}])
        self.assertEqual(self.card("GC-1").balance, 50.0)

    def manual(self, amount, account=LIABILITY):
        move = self.env["account.move"].create(
            {
                "date": "2026-03-20",
                "line_ids": [
                    (0, 0, {"account_id": self.account(account).id, "balance": -amount}),
                    (0, 0, {"account_id": self.account("Store sales").id, "balance": amount}),
                ],
            }
        )
        move.action_post()
        return move

    def test_manual_entry_is_not_from_the_store(self):
        self.post(self.sell("G1", "GC-1"))
        move = self.manual(7.0)
        self.assertEqual(
            self.broken(),
            [("balances of gift cards = liability", LIABILITY, 50, 57), ("not from the store", move.name, 0, 7)],
        )
        self.assertFalse(StoreProof(self.store).report()["holds"])
        account = self.env["ecommerce.processor.account"].search(
            [("kind", "=", "liability"), ("currency_id", "=", self.euro.id)]
        )
        self.assertEqual((account.card_balance, account.card_difference), (50.0, 7.0))
        self.assertEqual(
            account.card_findings.splitlines()[1], f"Not from the store: {move.name}, 0.00 by the store, 7.00 here"
        )

    def test_entry_that_is_reset_or_changed_is_named(self):
        sold, _other = self.post(self.sell("G1", "GC-1"), self.sell("G2", "GC-2"))
        move = self.moves_of(sold, "invoice")
        move.line_ids.remove_move_reconcile()
        move.button_draft()
        found = self.broken()
        self.assertIn(("balances of gift cards = liability", LIABILITY, 100, 50), found)
        self.assertIn(("gift cards of the entry", move.name, 50, 0), found)

    def test_reversed_entry_is_named(self):
        (sold,) = self.post(self.sell("G1", "GC-1"))
        reversal = self.moves_of(sold, "invoice")._reverse_moves([{"date": "2026-03-20"}])
        reversal.action_post()
        self.assertIn(("not from the store", reversal.name, 0, -50), self.broken())

    def test_two_stores_on_one_account(self):
        self.post(self.sell("G1", "GC-1"))
        self.store = self.env["ecommerce.store"].create(
            {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": self.company.id}
        )
        self.store._create_accounting(currencies=["EUR"], rates={D(20)})
        self.post(self.sell("G1", "GC-1", net="20.00"))
        cards = self.card("GC-1")
        self.assertEqual(sorted((card.store_id.name, card.balance) for card in cards),
                         [("Second shop", 20.0), ("Test shop", 50.0)])  # fmt: skip
        self.assertEqual(self.broken(), [])
        self.assertEqual(self.balance(LIABILITY), D("-70.00"))

    def test_corrected_entries_are_known(self):
        rule = self.env["ecommerce.mapping.rule"].search([("kind", "=", "gift_card"), ("store_id", "=", self.store.id)])
        rule = self.env["ecommerce.mapping.rule"].search([("kind", "=", "gift_card"), ("store_id", "=", self.store.id)])
        account = rule.account_id
        self.take_away(rule)
        self.store.suspend_gift_card = True
        (order,) = self.post(self.sell("G1", "GC-1"))
        self.assertEqual(self.card("GC-1").movement_ids.account_id, self.store.suspense_account_id)
        self.assertEqual(self.broken(), [])
        self.env["ecommerce.mapping.rule"].create(
            {"kind": "gift_card", "pattern": "CARD", "store_id": self.store.id, "account_id": account.id}
        )
        self.assertEqual(len(self.store._correct_orders(order).moves), 1)
        self.assertEqual(self.card("GC-1").balance, 50.0)
        self.assert_proved("50.00")

    # === Single-purpose vouchers === #

    def vouchers(self):
        self.env["ecommerce.mapping.rule"].create(
            {
                "kind": "voucher", "pattern": "spa voucher", "store_id": self.store.id,
                "account_id": self.account(LIABILITY).id,
            }
        )  # fmt: skip

    def by_voucher(self, number, amount, card="V-1", net="50.00", tax="10.00", **more):
        gift = self.payment(f"v{number}", amount, gateway="Spa voucher", gift_card={"id": card})
        total = D(net) + D(tax)
        rest = total - D(amount)
        payments = [gift, *([self.payment(f"k{number}", str(rest))] if rest else [])]
        return self.order(number, [self.line("SPA", net, tax)], str(total), payments, **more)

    def test_voucher_is_taxed_once(self):
        self.vouchers()
        _sold, used = self.post(self.sell("V1", "V-1", tax="10.00"), self.by_voucher("V2", "60.00"))
        self.assertEqual(self.balance("Store sales tax"), D("-10.00"))
        self.assertEqual((self.balance("Store sales"), self.balance("Payment clearing")), (D("-50.00"), D("60.00")))
        invoice = self.moves_of(used, "invoice")
        self.assertRecordValues(invoice, [{"amount_total": 0.0, "amount_tax": 0.0, "payment_state": "paid"}])
        card = self.card("V-1")
        self.assertRecordValues(card, [{"kind": "voucher", "balance": 0.0, "state": "used"}])
        self.assertEqual(card.movement_ids.sorted("id").mapped("face_amount"), [60.0, -60.0])
        self.assertFalse(used.payment_ids)
        self.assert_proved("0.00")

    def test_voucher_and_card_and_a_refund_to_the_voucher(self):
        self.vouchers()
        refund = self.refund("r1", "12.00", gateway="spa voucher", lines=[self.line("SPA", "10.00", "2.00")],
                             gift_card={"id": "V-1"})  # fmt: skip
        _sold, used = self.post(self.sell("V1", "V-1", tax="10.00"), self.by_voucher("V2", "24.00", refunds=[refund]))
        invoice, note = self.moves_of(used, "invoice"), self.moves_of(used, "credit_note")
        self.assertRecordValues(invoice, [{"amount_total": 36.0, "amount_tax": 6.0, "payment_state": "paid"}])
        self.assertRecordValues(note, [{"amount_total": 0.0, "amount_tax": 0.0}])
        self.assertEqual(self.balance("Store sales tax"), D("-16.00"))
        self.assertEqual(self.card("V-1").balance, 40.0)
        self.assert_proved("40.00")

    def test_a_voucher_in_three_parts_leaves_no_cent(self):
        """3 × 16.67 is 50.01: the cent is a rounding difference, and the tax stays what it was at the sale."""
        self.vouchers()
        parts = [self.by_voucher(f"V{at}", "20.00", net="16.67", tax="3.33") for at in (2, 3, 4)]
        self.post(self.sell("V1", "V-1", tax="10.00"), *parts[:2])
        self.assertEqual(self.card("V-1").balance, 16.66)
        self.post(parts[2])
        card = self.card("V-1")
        self.assertRecordValues(card, [{"balance": 0.0, "state": "used"}])
        row = card.movement_ids.filtered(lambda row: row.kind == "rounding")
        self.assertEqual((row.amount, row.face_amount, str(row.move_id.date)), (0.01, 0.0, "2026-03-10"))
        self.assertEqual(self.balance("Store sales tax"), D("-10.00"))
        self.assertEqual((self.balance("Store sales"), self.balance("Store rounding differences")),
                         (D("-50.01"), D("0.01")))  # fmt: skip
        self.assert_proved("0.00")

    def test_cents_above_the_cap_stay_and_are_named(self):
        self.vouchers()
        self.store.rounding_cap = 0.0
        parts = [self.by_voucher(f"V{at}", "20.00", net="16.67", tax="3.33") for at in (2, 3, 4)]
        self.post(self.sell("V1", "V-1", tax="10.00"), *parts)
        self.assertEqual(self.broken(), [("card redeemed above its balance", "V-1", 0, D("-0.01"))])

    def test_voucher_of_a_card_that_waits_for_its_last_payment(self):
        """What a voucher pays of an order without an invoice yet is not booked, and no credit of the customer."""
        self.vouchers()
        self.store.invoice_on = "paid"
        payload = self.by_voucher("V2", "24.00")
        payload["payments"][1]["amount"] = "20.00"
        (waiting,) = self.post(payload)
        self.assertFalse(self.moves_of(waiting, "invoice"))
        self.assertEqual(self.broken(), [])
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)

    def test_cash_back_for_goods_that_a_voucher_paid(self):
        self.vouchers()
        refund = self.refund("r1", "60.00", lines=[self.line("SPA", "50.00", "10.00")])
        self.post(self.sell("V1", "V-1", tax="10.00"), self.by_voucher("V2", "60.00", refunds=[refund]))
        self.assertEqual(self.balance("Store sales tax"), D("0.00"))
        self.assertEqual((self.balance("Store sales"), self.balance("Payment clearing")), (D("0.00"), D("0.00")))
        self.assert_proved("0.00")

    # === Who may what === #

    def test_nobody_rewrites_a_card(self):
        self.post(self.sell("G1", "GC-1"))
        card = self.card("GC-1")
        user = new_test_user(
            self.env, login="gc_admin", groups="ecommerce_connector.group_administrator", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        with self.assertRaises(AccessError):
            card.with_user(user).write({"expires_on": "2030-01-01"})
        with self.assertRaises(AccessError):
            card.movement_ids.with_user(user).write({"amount": 1.0})
        with self.assertRaises(AccessError):
            card.with_user(user).create({"external_id": "X", "store_id": self.store.id, "currency_id": self.euro.id})
        for record in (card, card.movement_ids):
            with self.assertRaises(AccessError):
                record.with_user(user).unlink()
            with self.assertRaisesRegex(UserError, "evidence"):
                record.sudo().unlink()
        card.with_user(user).message_post(body="Seen")

    def test_another_company_sees_nothing(self):
        self.post(self.sell("G1", "GC-1"))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env, login="gc_stranger", groups="ecommerce_connector.group_administrator", company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )  # fmt: skip
        for model in ("ecommerce.gift.card", "ecommerce.gift.card.movement"):
            self.assertTrue(self.env[model].search([]))
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        self.assertFalse(GiftCardProof(other).checks())
