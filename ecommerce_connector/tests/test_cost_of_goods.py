from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .goods_common import GoodsCommon


@tagged("post_install", "-at_install")
class TestCostOfGoods(GoodsCommon):
    """Costs on the ledger: booked once, kept with what they were, corrected by entries that point back."""

    def test_one_entry_for_each_shipment_with_what_it_cost(self):
        (order,) = self.accept(self.mugs())
        move = self.moves_of(order, "cost")
        self.assertRecordValues(
            move,
            [{
                "state": "posted", "move_type": "entry", "journal_id": self.store.cost_journal_id.id,
                "ecommerce_order_id": order.id, "ecommerce_corrected_move_id": False,
            }],
        )  # fmt: skip
        self.assertEqual(str(move.date), "2026-03-11")
        self.assertRecordValues(
            move.line_ids.sorted("balance", reverse=True),
            [
                {"account_id": self.store.cogs_account_id.id, "balance": 16.0, "name": "S1 MUG × 2"},
                {"account_id": self.store.inventory_account_id.id, "balance": -16.0, "name": "S1 MUG × 2"},
            ],
        )  # fmt: skip
        self.assertRecordValues(
            order.goods_cost_ids,
            [{
                "product_id": self.mug.id, "quantity": 2.0, "unit_cost": 8.0, "amount": 16.0, "movement": "sold",
                "sku": "MUG", "event": "fulfilment:f1", "move_id": move.id,
            }],
        )  # fmt: skip
        self.assertEqual(str(order.goods_cost_ids.true_date), "2026-03-11")
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_off_by_default(self):
        self.assertEqual(self.store.copy({"name": "Other"}).cost_of_goods, "off")
        self.store.cost_of_goods = "off"
        (order,) = self.accept(self.mugs())
        self.assertFalse(self.moves_of(order, "cost"))

    def test_posting_again_books_nothing_twice(self):
        (order,) = self.accept(self.mugs())
        order.action_post()
        self.accept(self.mugs(updated_at="2026-03-20T10:00:00Z"))
        self.assertEqual(len(self.moves_of(order, "cost")), 1)

    def test_shipment_that_is_told_later(self):
        (order,) = self.accept(self.mugs(shipped=False))
        self.assertFalse(self.moves_of(order, "cost"))
        self.accept(self.mugs(updated_at="2026-03-20T10:00:00Z"))
        self.assertEqual(str(self.moves_of(order, "cost").date), "2026-03-11")

    def test_shipment_before_the_money(self):
        """Goods that left before anything is sold have left all the same; the proof has nothing against it."""
        (order,) = self.accept({**self.mugs(), "payments": []})
        self.assertEqual(order.state, "waiting")
        self.assertEqual(self.balances(), (D("-16.00"), D("16.00"), D("0.00")))
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_with_the_invoice(self):
        self.store.cost_of_goods = "invoice"
        (order,) = self.accept(self.mugs(shipped=False))
        self.assertEqual(self.moves_of(order, "cost").date, self.moves_of(order, "invoice").date)
        self.assertEqual(order.goods_cost_ids.event, "invoice:id-S1")

    def test_with_each_invoice_of_a_shipment(self):
        self.store.write({"invoice_on": "fulfilment", "cost_of_goods": "invoice"})
        shipments = [
            {"id": key, "at": f"2026-03-{day}T10:00:00Z", "lines": [{"line": "product-MUG", "quantity": count}]}
            for key, day, count in (("f1", "11", "2"), ("f2", "14", "1"))
        ]
        (order,) = self.accept(self.mugs(quantity="3", fulfilments=shipments))
        self.assertEqual(
            [(str(move.date), move.amount_total) for move in self.moves_of(order, "cost").sorted("date")],
            [("2026-03-11", 16.0), ("2026-03-14", 8.0)],
        )
        self.assertEqual(self.moves_of(order, "invoice").mapped("date"), self.moves_of(order, "cost").mapped("date"))

    def test_blocked_order_waits_with_its_costs(self):
        (order,) = self.accept({**self.mugs(), "total": "999.00"})
        self.assertEqual(order.state, "blocked")
        self.assertFalse(self.moves_of(order, "cost"))

    def test_orders_for_review_are_not_booked(self):
        self.store._accept(self.records(self.mugs()), post=False)
        self.assertFalse(self.env["ecommerce.goods.cost"].search([]))

    def test_unknown_cost_waits_with_an_exception_and_the_rest_is_booked(self):
        self.mug.standard_price = 0
        jug = self.line("JUG", "10.00", "2.00")
        pot = self.line("POT", "10.00", "2.00")
        self.goods("POT", 3.0)
        (order,) = self.accept(self.mugs(lines=[jug, pot]))
        self.assertEqual(order.state, "posted")
        self.assertEqual(self.balances()[1], D("3.00"))
        found = self.open_exceptions(order)
        self.assertEqual(
            {(item.code, item.key, item.severity) for item in found},
            {("cost_missing", "MUG", "1"), ("cost_unknown_product", "JUG", "1")},
        )
        missing = found.filtered(lambda item: item.code == "cost_missing")
        self.assertIn("Order S1, SKU MUG: the product [MUG] Mug has no cost", missing.message)
        self.assertIn("Enter its cost on the product", missing.hint)
        missing.user_id = self.env.user
        order.action_post()
        self.assertEqual(missing.state, "open", "found again: it keeps its owner")
        self.mug.standard_price = 5.0
        missing.action_retry()
        self.assertEqual(missing.state, "resolved")
        self.assertEqual(self.balances()[1], D("13.00"))
        first, second = self.moves_of(order, "cost").sorted("id")
        self.assertEqual(second.ecommerce_corrected_move_id, first)
        self.assertEqual(str(second.date), "2026-03-11")
        self.assertEqual(self.open_exceptions(order).code, "cost_unknown_product")

    def test_scheduled_action_tries_again(self):
        self.mug.standard_price = 0
        (order,) = self.accept(self.mugs())
        self.mug.standard_price = 8.0
        self.store._retry()
        self.assertEqual(self.balances()[1], D("16.00"))
        self.assertFalse(self.open_exceptions(order))

    def test_exceptions_go_with_the_setting(self):
        self.mug.standard_price = 0
        (order,) = self.accept(self.mugs())
        self.store.cost_of_goods = "off"
        self.assertFalse(self.open_exceptions(order))

    def test_product_by_barcode_and_by_rule(self):
        self.mug.write({"default_code": False, "barcode": "MUG"})
        (order,) = self.accept(self.mugs())
        self.assertEqual(order.goods_cost_ids.product_id, self.mug)
        other = self.goods("OTHER", 3.0)
        stock = self.store.inventory_account_id.copy({"code": "110199", "name": "Stock of jugs"})
        rule = self.env["ecommerce.mapping.rule"].create(
            {
                "company_id": self.company.id, "store_id": self.store.id, "kind": "product", "pattern": "MUG",
                "account_id": self.account("Store sales").id, "product_id": other.id, "inventory_account_id": stock.id,
            }
        )  # fmt: skip
        (order,) = self.accept(self.mugs("S2"))
        self.assertEqual((order.goods_cost_ids.product_id, order.goods_cost_ids.rule_id), (other, rule))
        self.assertEqual(self.balance("Stock of jugs"), D("-6.00"))
        cost = self.moves_of(order, "cost").line_ids.filtered(lambda item: item.balance > 0)
        self.assertEqual(cost.ecommerce_rule_id, rule)
        self.assertTrue(rule.is_used)

    def test_services_have_no_cost(self):
        self.mug.type = "service"
        (order,) = self.accept(self.mugs())
        self.assertFalse(self.moves_of(order, "cost") or self.open_exceptions(order))

    def test_archived_product_counts_where_no_other_has_the_sku(self):
        self.mug.active = False
        (order,) = self.accept(self.mugs())
        self.assertEqual(order.goods_cost_ids.product_id, self.mug)
        new = self.goods("MUG", 9.0)
        (order,) = self.accept(self.mugs("S2"))
        self.assertEqual(order.goods_cost_ids.product_id, new)

    # === What comes back === #

    def test_return_at_the_original_cost(self):
        (order,) = self.accept(self.mugs())
        self.mug.standard_price = 30.0
        self.accept(self.mugs(refunds=[self.returned("stock")], updated_at="2026-03-15T11:00:00Z"))
        self.assertEqual(self.balances(), (D("-8.00"), D("8.00"), D("0.00")))
        back = self.moves_of(order, "cost").sorted("id")[1:]
        self.assertEqual(str(back.date), "2026-03-15")
        self.assertFalse(back.ecommerce_corrected_move_id, "an event of its own, no correction")
        self.assertEqual(order.goods_cost_ids[-1:].movement, "returned")

    def test_damaged_goods_are_written_off_then_found_to_be_good(self):
        self.accept(self.mugs(refunds=[self.returned("damaged")]))
        self.assertEqual(self.balances(), (D("-16.00"), D("8.00"), D("8.00")))
        (order,) = self.accept(self.mugs(refunds=[self.returned("stock")], updated_at="2026-03-16T11:00:00Z"))
        self.assertEqual(self.balances(), (D("-8.00"), D("8.00"), D("0.00")))
        _sale, damaged, good = self.moves_of(order, "cost").sorted("id")
        self.assertEqual(good.ecommerce_corrected_move_id, damaged)

    def test_return_of_which_the_store_says_nothing(self):
        self.accept(self.mugs(refunds=[self.returned("unknown")]))
        self.assertEqual(self.balances()[1], D("16.00"))
        self.store.unknown_restock = "stock"
        self.accept(self.mugs("S2", refunds=[self.returned("unknown")]))
        self.assertEqual(self.balances()[1], D("24.00"))

    # === Late changes, lock dates, Odoo's own screens === #

    def test_changed_quantity_is_corrected_by_the_difference(self):
        part = [{"id": "f1", "at": "2026-03-11T10:00:00Z", "lines": [{"line": "product-MUG", "quantity": "1"}]}]
        (order,) = self.accept(self.mugs())
        original = self.moves_of(order, "cost")
        self.mug.standard_price = 50.0
        self.accept(self.mugs(fulfilments=part, updated_at="2026-03-20T10:00:00Z"))
        self.assertEqual(self.balances()[1], D("8.00"))
        correction = self.moves_of(order, "cost") - original
        self.assertEqual(correction.ecommerce_corrected_move_id, original)
        self.assertEqual(original.line_ids.mapped("balance"), [16.0, -16.0])
        self.assertRecordValues(
            order.posting_ids.filtered(lambda posting: posting.kind == "cost"), [{"version": 1}, {"version": 2}]
        )

    def test_lock_date_moves_the_entry_and_the_true_date_stays(self):
        self.company.fiscalyear_lock_date = "2026-03-31"
        (order,) = self.accept(self.mugs())
        self.assertEqual(str(self.moves_of(order, "cost").date), "2026-04-01")
        self.assertEqual(str(order.goods_cost_ids.true_date), "2026-03-11")

    def test_first_day(self):
        self.store.cost_from = "2026-03-12"
        (order,) = self.accept(self.mugs())
        self.assertFalse(self.moves_of(order, "cost"))
        self.store.cost_from = "2026-03-11"
        order.action_post()
        self.assertEqual(len(self.moves_of(order, "cost")), 1)

    def test_entry_that_somebody_took_back_stops_costs_but_not_the_order(self):
        (order,) = self.accept(self.mugs())
        self.moves_of(order, "cost").button_draft()
        self.accept(self.mugs(refunds=[self.returned("stock")], updated_at="2026-03-15T11:00:00Z"))
        self.assertEqual(order.state, "posted")
        self.assertEqual(len(self.moves_of(order, "credit_note")), 1)
        self.assertEqual(self.open_exceptions(order).code, "cost_entry_not_posted")
        self.assertEqual(len(self.moves_of(order, "cost")), 1)
        self.assertFalse(StoreProof(self.store).report()["holds"], "the proof names the draft")
        self.moves_of(order, "cost").action_post()
        order.action_post()
        self.assertEqual(len(self.moves_of(order, "cost")), 2)
        self.assertFalse(self.open_exceptions(order))

    def test_what_cannot_be_posted_keeps_no_other_order_from_it(self):
        self.goods("POT", 3.0)
        bad = self.store.cogs_account_id.copy({"code": "500199", "name": "Closed"})
        self.env["ecommerce.mapping.rule"].create(
            {
                "company_id": self.company.id, "store_id": self.store.id, "kind": "product", "pattern": "POT",
                "account_id": self.account("Store sales").id, "cogs_account_id": bad.id,
            }
        )  # fmt: skip
        bad.active = False
        pot = self.order("S2", [self.line("POT", "10.00", "2.00")], "12.00", [self.payment("p2", "12.00")],
                         fulfilments=[{"id": "f", "at": "2026-03-11T10:00:00Z"}])  # fmt: skip
        first, second, third = self.accept(self.mugs("S1"), pot, self.mugs("S3"))
        self.assertEqual([order.state for order in (first, second, third)], ["posted"] * 3)
        self.assertEqual([len(self.moves_of(order, "cost")) for order in (first, second, third)], [1, 0, 1])
        self.assertEqual(self.open_exceptions(second).code, "cost_cannot_post")
        bad.active = True
        second.action_post()
        self.assertEqual(self.balance("Closed"), D("3.00"))
        self.assertFalse(self.open_exceptions(second))

    def test_rules_and_reports_know_the_cost_apart(self):
        """What-if, corrections and the tax table read what is posted for orders, and costs are none of theirs."""
        (order,) = self.accept(self.mugs())
        outcome = self.store._correct_orders(order)
        self.assertFalse(outcome.moves or outcome.not_covered)
        draft = self.env["ecommerce.mapping.rule"].create(
            {"company_id": self.company.id, "store_id": self.store.id, "kind": "product", "pattern": "MUG",
             "is_draft": True, "account_id": self.account("Store order fees").id}
        )  # fmt: skip
        what_if = self.env["ecommerce.mapping.whatif"].browse(draft.action_what_if()["res_id"])
        what_if.date_from = "2026-01-01"
        what_if.action_compute()
        self.assertTrue(what_if.line_ids)
        table = self.env["ecommerce.tax.truth"].create(
            {"company_id": self.company.id, "date_from": "2026-03-01", "date_to": "2026-03-31"}
        )
        table.action_compute()
        self.assertTrue(table.line_ids)

    # === Settings and rights === #

    def test_off_with_the_stock_app(self):
        self.store.cost_of_goods = "off"
        with patch.object(type(self.store), "_has_stock_app", return_value=True):
            self.store.invalidate_recordset(["cost_obstacle"])
            self.assertIn("The Inventory app is installed", self.store.cost_obstacle)
            with self.assertRaisesRegex(ValidationError, "The Inventory app is installed"):
                self.store.cost_of_goods = "fulfilment"
                self.store.flush_recordset()

    def test_stock_app_that_is_installed_later_books_alone(self):
        with patch.object(type(self.store), "_has_stock_app", return_value=True):
            (order,) = self.accept(self.mugs())
        self.assertEqual(order.state, "posted")
        self.assertFalse(self.moves_of(order, "cost"))

    def test_accounts_that_cannot_hold_stock_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "choose another as the Stock Account"):
            self.store.inventory_account_id = self.company_data["default_account_receivable"]

    def test_set_up_twice_makes_nothing_twice(self):
        accounts = self.store.inventory_account_id | self.store.cogs_account_id | self.store.write_off_account_id
        self.assertEqual(len(accounts), 3)
        self.assertEqual(self.store.cogs_account_id.name, "Cost of Goods Sold")
        self.store.write({"inventory_account_id": False, "cogs_account_id": False})
        self.store.action_create_cost_accounts()
        self.assertLessEqual(self.store.inventory_account_id | self.store.cogs_account_id, accounts)

    def test_evidence_is_the_connectors(self):
        (order,) = self.accept(self.mugs())
        accountant = new_test_user(
            self.env, login="goods_accountant", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        row = order.goods_cost_ids.with_user(accountant)
        self.assertEqual(row.amount, 16.0)
        for write in (lambda: row.write({"amount": 1}), lambda: row.create({"sku": "x"}), row.unlink):
            with self.assertRaises(AccessError):
                write()
        with self.assertRaises(UserError):
            order.goods_cost_ids.sudo().unlink()

    def test_an_accountant_posts_costs(self):
        accountant = new_test_user(
            self.env, login="goods_accountant", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        self.store.cost_journal_id = False
        self.store.with_user(accountant)._accept(self.records(self.mugs()))
        self.assertEqual(self.balances()[1], D("16.00"))

    def test_queries_do_not_grow_with_orders(self):
        self.accept(*(self.mugs(f"W{number}") for number in range(3)))  # caches
        counts = []
        for size in (5, 25):
            orders = [self.mugs(f"Q{size}-{number}", shipped=False) for number in range(size)]
            records = self.accept(*orders)
            shipped = [self.mugs(f"Q{size}-{number}", updated_at="2026-03-20T10:00:00Z") for number in range(size)]
            before = self.env.cr.sql_log_count
            self.accept(*shipped)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertTrue(all(self.moves_of(order, "cost") for order in records))
        self.assertLess((counts[1] - counts[0]) / 20, 8, counts)


@tagged("post_install", "-at_install")
class TestCostOfTwoCompanies(GoodsCommon):
    """A cost belongs to a company."""

    def test_each_company_has_its_own_cost(self):
        data = self.setup_other_company(name="Second company", currency_id=self.euro.id)
        other = self.env["ecommerce.store"].create(
            {"name": "Other shop", "platform": "file", "timezone": "Europe/Paris", "company_id": data["company"].id}
        )
        other._create_accounting(currencies=["EUR"], rates={D(20)})
        other.cost_of_goods = "fulfilment"
        other.action_create_cost_accounts()
        self.mug.with_company(data["company"]).standard_price = 11.0
        self.assertNotEqual(self.env.company, data["company"])
        self.accept(self.mugs())
        self.store = other
        (order,) = self.accept(self.mugs())
        self.assertEqual(order.goods_cost_ids.amount, 22.0)
        self.assertEqual(self.moves_of(order, "cost").company_id, data["company"])
        self.assertEqual(self.moves_of(order, "cost").line_ids.account_id.company_ids, data["company"])

    def test_product_of_another_company_is_not_taken(self):
        data = self.setup_other_company(name="Second company", currency_id=self.euro.id)
        self.mug.company_id = data["company"]
        (order,) = self.accept(self.mugs())
        self.assertEqual(self.open_exceptions(order).code, "cost_unknown_product")
