import base64
import csv
import io

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import D
from .payout_common import PayoutCommon


@tagged("post_install", "-at_install")
class TestInTransit(PayoutCommon):
    """Payouts on their way to the bank at the end of a month."""

    def listed(self, day="2026-01-31", user=None):
        return self.env["ecommerce.transit.list"].with_user(user or self.env.user).create({"day": day})

    def rows(self, found):
        return [
            (line.payout_id.external_id, str(line.sent_on), line.age, line.amount, str(line.settled_on or ""))
            for line in found.line_ids
        ]

    def paid_out(self, number="A1", on="2026-01-28", total="120.00"):
        at = "2026-01-20T10:00:00Z"
        self.accept(self.paid_order(number, total, placed_at=at, updated_at=at, paid={"at": at}))
        payout = self.import_payout(self.report(self.charge(f"p-{number}", total), payout=f"po_{number}", paid=on))
        payout.action_post()
        return payout

    def test_open_at_the_end_of_the_month_although_banked_since(self):
        payout = self.paid_out()
        self.paid_out("A2", on="2026-01-31", total="60.00")
        self.paid_out("A3", on="2026-02-01", total="30.00")
        self.bank_line(120.0, on="2026-02-02", text="STRIPE PAYOUT po_A1")
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        found = self.listed()
        self.assertEqual(self.rows(found), [
            ("po_A1", "2026-01-28", 3, 120.0, "2026-02-02"), ("po_A2", "2026-01-31", 0, 60.0, ""),
        ])  # fmt: skip
        self.assertIn("180.00", found.totals_text)
        self.assertEqual(self.rows(self.listed("2026-02-02")), [
            ("po_A2", "2026-01-31", 2, 60.0, ""), ("po_A3", "2026-02-01", 1, 30.0, ""),
        ])  # fmt: skip

    def test_nothing_on_its_way(self):
        payout = self.paid_out()
        found = self.listed("2026-01-27")
        self.assertFalse(found.line_ids)
        self.assertFalse(found.totals_text)
        payout.action_undo()
        self.assertFalse(self.listed("2026-12-31").line_ids)

    def test_rows_add_up_to_the_ledger_with_entries_made_by_hand(self):
        self.paid_out()
        account = self.processor.in_transit_account_id
        self.env["account.move"].create(
            {
                "move_type": "entry", "date": "2026-01-30",
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": 7.0}),
                    (0, 0, {"account_id": self.account("Payment clearing").id, "balance": -7.0}),
                ],
            }
        ).action_post()  # fmt: skip
        found = self.listed()
        self.assertEqual(self.rows(found), [("po_A1", "2026-01-28", 3, 120.0, ""), (False, "2026-01-30", 1, 7.0, "")])
        self.assertIn("127.00", found.totals_text)
        self.assertEqual(found.line_ids.processor_account_id[:1].in_transit_account_id, account)

    def test_export(self):
        self.paid_out()
        found = self.listed()
        self.assertIn("payouts in transit", found.action_export_csv()["url"])
        (row,) = csv.DictReader(io.StringIO(base64.b64decode(found.export_file).decode("utf-8-sig")))
        self.assertEqual((row["payout"], row["age"], D(row["amount"]), row["at the bank"]), ("po_A1", "3", D(120), ""))

    def test_viewers_look_at_it_and_strangers_do_not(self):
        self.paid_out()
        viewer, stranger = (
            new_test_user(
                self.env, login=f"transit_{group[-6:]}", groups=group, company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for group in ("ecommerce_connector.group_viewer", "base.group_user")
        )  # fmt: skip
        self.assertEqual(self.listed(user=viewer).line_ids.amount, 120.0)
        with self.assertRaises(AccessError):
            self.listed(user=stranger)
