import base64
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import D
from .goods_common import GoodsCommon


@tagged("post_install", "-at_install")
class TestStockCount(GoodsCommon):
    """A count of the stock against the stock account: shown first, posted once, undone by a reversal."""

    def wizard(self, text="sku,quantity\nMUG,10\n", **more):
        values = {
            "store_id": self.store.id, "counted_on": "2026-03-31", "filename": "count.csv",
            "file": base64.b64encode(text.encode()),
        }  # fmt: skip
        wizard = self.env["ecommerce.stock.count.post"].create(values | more)
        wizard.difference_account_id = self.store._ensure_account("stock_difference")
        return wizard

    def post(self, wizard):
        wizard.action_read()
        return self.env["ecommerce.stock.count"].browse(wizard.action_post()["res_id"])

    def stocked(self, amount, on="2026-03-01"):
        """What the stock account holds."""
        lines = [(self.store.inventory_account_id, amount), (self.company_data["default_account_expense"], -amount)]
        move = self.env["account.move"].create(
            {"move_type": "entry", "date": on,
             "line_ids": [(0, 0, {"account_id": account.id, "balance": part}) for account, part in lines]}
        )  # fmt: skip
        move.action_post()
        return move

    def refused(self, message):
        return self.assertRaisesRegex(UserError, message)

    def test_preview_shows_each_product_and_the_difference(self):
        self.goods("POT", 2.5)
        self.stocked(100.0)
        self.stocked(40.0, on="2026-04-01")  # after the count
        wizard = self.wizard("sku,quantity\nMUG,10\nPOT,2\n")
        self.assertEqual(wizard.account_id, self.store.inventory_account_id)
        wizard.action_read()
        self.assertRecordValues(
            wizard.line_ids,
            [
                {"row": 2, "sku": "MUG", "product_id": self.mug.id, "quantity": 10.0, "unit_cost": 8.0, "value": 80.0},
                {"row": 3, "sku": "POT", "quantity": 2.0, "unit_cost": 2.5, "value": 5.0,
                 "product_id": self.env["product.product"].search([("default_code", "=", "POT")]).id},
            ],
        )  # fmt: skip
        self.assertRecordValues(wizard, [{"value": 85.0, "balance": 100.0, "difference": -15.0}])
        self.assertFalse(self.env["ecommerce.stock.count"].search([]))

    def test_a_loss_is_posted_once(self):
        self.stocked(100.0)
        count = self.post(self.wizard())
        self.assertRecordValues(count, [{"value": 80.0, "balance": 100.0, "difference": -20.0, "state": "posted"}])
        self.assertRecordValues(
            count.move_id.line_ids.sorted("balance", reverse=True),
            [
                {"account_id": self.account("Stock count differences").id, "balance": 20.0},
                {"account_id": self.store.inventory_account_id.id, "balance": -20.0},
            ],
        )
        self.assertEqual((str(count.move_id.date), count.move_id.state), ("2026-03-31", "posted"))
        self.assertEqual(count.line_ids.mapped("sku"), ["MUG"])
        again = self.wizard()
        again.action_read()
        with self.refused("A count of Mar 31, 2026 is posted for .* already"):
            again.action_post()

    def test_a_gain(self):
        self.stocked(50.0)
        count = self.post(self.wizard())
        self.assertEqual(self.balances()[0], D("80.00"))
        self.assertEqual(self.balance("Stock count differences"), D("-30.00"))
        self.assertEqual(count.difference, 30.0)

    def test_undone_by_a_reversal_then_counted_again(self):
        self.stocked(100.0)
        count = self.post(self.wizard())
        count.action_undo()
        self.assertEqual(count.state, "undone")
        self.assertEqual(count.reversal_move_id.reversed_entry_id, count.move_id)
        self.assertEqual((str(count.reversal_move_id.date), count.reversal_move_id.state), ("2026-03-31", "posted"))
        self.assertEqual(self.balances()[0], D("100.00"))
        with self.refused("is undone already"):
            count.action_undo()
        second = self.post(self.wizard("sku,quantity\nMUG,11\n"))
        self.assertEqual(second.difference, -12.0)

    def test_entry_that_does_not_stand_is_not_reversed(self):
        self.stocked(100.0)
        count = self.post(self.wizard())
        count.move_id.button_draft()
        with self.refused("is a draft: there is nothing to reverse"):
            count.action_undo()

    def test_closed_days(self):
        self.stocked(100.0)
        self.company.fiscalyear_lock_date = "2026-03-31"
        count = self.post(self.wizard())
        self.assertEqual((str(count.counted_on), str(count.move_id.date)), ("2026-03-31", "2026-04-01"))
        self.company.fiscalyear_lock_date = "2026-04-30"
        count.action_undo()
        self.assertEqual(str(count.reversal_move_id.date), "2026-05-01")

    def test_counts_of_closed_days_do_not_book_a_difference_twice(self):
        """The entry of the first has a day after that of the second."""
        self.stocked(100.0)
        self.company.fiscalyear_lock_date = "2026-03-31"
        first = self.post(self.wizard(counted_on="2026-03-20"))
        self.assertEqual((first.difference, str(first.move_id.date)), (-20.0, "2026-04-01"))
        second = self.wizard(counted_on="2026-03-31")
        second.action_read()
        self.assertRecordValues(second, [{"value": 80.0, "balance": 80.0, "difference": 0.0}])
        first.action_undo()
        self.assertEqual(self.post(self.wizard(counted_on="2026-03-31")).difference, -20.0)

    def test_a_count_of_a_closed_day_knows_what_left_before_and_is_booked_after(self):
        self.stocked(100.0)
        self.company.fiscalyear_lock_date = "2026-03-31"
        self.accept(self.mugs())
        count = self.wizard("sku,quantity\nMUG,10\n")
        count.action_read()
        self.assertRecordValues(count, [{"value": 80.0, "balance": 84.0, "difference": -4.0}])
        before = self.wizard("sku,quantity\nMUG,10\n", counted_on="2026-03-09")
        before.action_read()
        self.assertEqual(before.balance, 100.0)

    def test_what_changed_since_it_was_shown_is_shown_again(self):
        self.stocked(100.0)
        wizard = self.wizard()
        wizard.action_read()
        self.mug.standard_price = 9.0
        with self.refused("changed since the file was read"):
            wizard.action_post()
        wizard.action_read()
        self.stocked(1.0)
        with self.refused("changed since the file was read"):
            wizard.action_post()

    def test_another_file_or_day_is_read_again(self):
        self.stocked(100.0)
        wizard = self.wizard()
        with self.refused("Read the file first"):
            wizard.action_post()
        wizard.action_read()
        wizard.counted_on = "2026-03-30"
        with self.refused("Read the file first"):
            wizard.action_post()

    def test_nothing_to_post(self):
        self.stocked(80.0)
        wizard = self.wizard()
        wizard.action_read()
        with self.refused("there is nothing to post"):
            wizard.action_post()

    def test_accounts(self):
        wizard = self.wizard()
        wizard.action_read()
        wizard.difference_account_id = wizard.account_id
        with self.refused("Choose the account that the difference goes to"):
            wizard.action_post()

    def test_errors_name_row_and_column(self):
        with self.refused("count.csv, row 2, column 'quantity': many is no quantity"):
            self.wizard("sku,quantity\nMUG,many").action_read()
        with self.refused("count.csv, row 2, column 'sku': no product has the SKU CUP"):
            self.wizard("sku,quantity\nCUP,1").action_read()
        with self.refused("Choose the CSV file"):
            self.wizard(file=False).action_read()

    def test_not_with_the_stock_app(self):
        wizard = self.wizard()
        with (
            patch.object(type(self.store), "_has_stock_app", return_value=True),
            self.refused("The Inventory app is installed"),
        ):
            self.store.invalidate_recordset(["cost_obstacle"])
            wizard.action_read()

    def test_evidence_is_the_connectors(self):
        self.stocked(100.0)
        count = self.post(self.wizard())
        users = {
            name: new_test_user(
                self.env, login=f"count_{name}", groups=f"ecommerce_connector.group_{name}",
                company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant")
        }  # fmt: skip
        theirs = count.with_user(users["accountant"])
        for write in (lambda: theirs.write({"value": 1}), lambda: theirs.create({"filename": "x"}), theirs.unlink):
            with self.assertRaises(AccessError):
                write()
        with self.assertRaises(UserError):
            count.sudo().unlink()
        with self.assertRaises(AccessError):
            count.with_user(users["viewer"]).action_undo()
        with self.assertRaises(AccessError):
            self.env["ecommerce.stock.count.post"].with_user(users["viewer"]).create({"store_id": self.store.id})
        count.with_user(users["accountant"]).action_undo()
        self.assertEqual(count.state, "undone")

    def test_the_database_keeps_it_once(self):
        self.stocked(100.0)
        count = self.post(self.wizard())
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            count.sudo().copy({"move_id": count.move_id.id}).flush_recordset()
