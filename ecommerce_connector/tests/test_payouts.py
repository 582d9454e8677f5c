from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ConnectorCommon, D

HEADER = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,currency,gross,fee,net,"
    "reporting_category,source_id,charge_id\n"
)


@tagged("post_install", "-at_install")
class TestPayouts(ConnectorCommon):
    """A payout report is matched, posted, found at the bank, and can be undone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.processor = cls.env["ecommerce.processor.account"].search(
            [("kind", "=", "money"), ("currency_id", "=", cls.euro.id), ("company_id", "=", cls.company.id)]
        )
        cls.processor.bank_journal_id = cls.company_data["default_journal_bank"]

    def report(self, *rows, payout="po_1"):
        """A Stripe payout reconciliation file of (id, gross, fee, category, source, charge) rows."""
        lines = [
            f"{payout},2026-03-15 00:00:00,{tx},2026-03-12 08:00:00,eur,{gross},{fee},{D(gross) - D(fee)},"
            f"{kind},{source},{charge}"
            for tx, gross, fee, kind, source, charge in rows
        ]
        return (HEADER + "\n".join(lines) + "\n").encode()

    def shop_with_sales(self):
        lines = [self.line("TSH", "100.00", "20.00")]
        first = self.order("P1", lines, "120.00", [self.payment("a", "120.00")])
        second = self.order(
            "P2", lines, "120.00", [self.payment("b", "120.00")],
            [self.refund("c", "30.00", lines=[self.line("TSH", "25.00", "5.00")])],
        )  # fmt: skip
        return self.accept(first, second)

    def full_report(self):
        return self.report(
            ("t1", "120.00", "3.00", "charge", "ch_a", "ch_a"),
            ("t2", "120.00", "3.00", "charge", "ch_b", "ch_b"),
            ("t3", "-30.00", "0.00", "refund", "re_c", "ch_b"),
            ("t4", "-1.50", "0.00", "fee", "", ""),
        )

    def bank_line(self, amount, text="STRIPE PAYOUT po_1"):
        return self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "date": "2026-03-17",
                "payment_ref": text,
                "amount": amount,
            }
        )

    def import_payout(self, content):
        new, _notices = self.processor._import_report("payout.csv", content, self.store)
        return new

    def test_circle_closes_and_undo_opens_it(self):
        self.shop_with_sales()
        self.assertEqual(self.balance("Payment clearing"), D("210.00"))
        payout = self.import_payout(self.full_report())
        self.assertRecordValues(payout, [{"amount": 202.50, "state": "draft", "is_blocked": False}])
        self.assertEqual(
            payout.transaction_ids.mapped("match_status"), ["matched", "matched", "matched", "no_counterpart"]
        )
        payout.action_post()
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("202.50"))
        self.assertEqual(self.balance("Payment processing fees"), D("7.50"))
        self.assertTrue(all(payout.transaction_ids.payment_id.clearing_line_id.mapped("reconciled")))
        line = self.bank_line(202.50)
        payout.action_match_bank()
        self.assertRecordValues(payout, [{"state": "banked", "bank_line_id": line.id}])
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        self.assertTrue(line.is_reconciled)

        payout.action_undo()
        self.assertIn(f"Bank match undone: {line.display_name} is open again.", payout.message_ids[0].body)
        self.assertEqual(self.balance("Payouts in transit"), D("202.50"))
        self.assertFalse(line.is_reconciled)
        self.assertEqual(len(payout.transaction_ids.clearing_line_id), 3)
        entry = payout.move_id
        payout.action_undo()
        self.assertIn(
            f"Posting undone: {entry.name} is reversed by {entry.reversal_move_ids.name}.", payout.message_ids[0].body
        )
        self.assertFalse(payout.transaction_ids.clearing_line_id)
        self.assertEqual(self.balance("Payment clearing"), D("210.00"))
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        self.assertEqual(self.balance("Payment processing fees"), D("0.00"))
        payout.action_post()
        self.assertEqual(payout.posting_ids.mapped("version"), [1, 2])
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))

    def test_missing_and_different_are_named(self):
        self.shop_with_sales()
        payout = self.import_payout(
            self.report(
                ("t1", "119.00", "3.00", "charge", "ch_a", "ch_a"),
                ("t9", "55.00", "1.00", "charge", "ch_unknown", "ch_unknown"),
            )
        )
        self.assertEqual(payout.transaction_ids.mapped("match_status"), ["different", "missing_in_ledger"])
        self.assertEqual(payout.transaction_ids[0].difference, -1.0)
        self.assertEqual(sorted(payout.missing_payment_ids.mapped("transaction_id")), ["ch_b", "re_c"])
        self.assertEqual(sorted(payout.exception_ids.mapped("code")), ["different", "missing_in_ledger"])
        with self.assertRaisesRegex(UserError, "ch_unknown"):
            payout.action_post()
        self.assertFalse(payout.move_id)
        payout.transaction_ids.accept_open = True
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        # 210.00 captured, 174.00 gross paid out: the rest is open and visible.
        self.assertEqual(self.balance("Payment clearing"), D("36.00"))

    def test_same_file_twice(self):
        self.shop_with_sales()
        self.import_payout(self.full_report())
        new, notices = self.processor._import_report("again.csv", self.full_report(), self.store)
        self.assertFalse(new)
        self.assertEqual(len(notices), 1)
        self.assertIn("po_1 is already imported from payout.csv", notices[0])

    def test_listed_again_in_another_payout(self):
        self.shop_with_sales()
        self.import_payout(self.full_report()).action_post()
        again = self.import_payout(self.report(("t1", "120.00", "3.00", "charge", "ch_a", "ch_a"), payout="po_2"))
        self.assertEqual(again.transaction_ids.match_status, "duplicate")
        self.assertIn("po_1", again.transaction_ids.match_reasons)
        with self.assertRaises(UserError):
            again.action_post()
