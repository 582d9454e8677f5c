from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..core.whatif import behind
from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestOrdersBehindAFigure(WhatIfCommon):
    """From a figure down to its orders: each with what it adds to that figure, not with its total."""

    def setUp(self):
        super().setUp()
        mug, tin = self.line("MUG", "100.00", "20.00"), self.line("TIN", "7.00", "1.40")
        (self.both,) = self.accept(self.order("R2", [mug, tin], "128.40", [self.payment("p2", "128.40")]))
        self.one = self.sold("R1", net="50.00", tax="10.00")
        self.sold("R3", sku="CUP", net="30.00", tax="6.00")

    def rows(self, line):
        names = ("amount_now", "amount_then", "difference", "moved")
        return {
            row.order_id.number or row.name: tuple(round(row[name], 2) for name in names) for row in self.behind(line)
        }

    def lines(self, dimension):
        whatif = self.what_if(self.draft(pattern="MUG", account_id=self.books.id))
        return whatif.line_ids.filtered(lambda line: line.dimension == dimension)

    def test_each_order_shows_its_part_of_the_figure(self):
        sales, books = self.lines("account").sorted("difference")
        self.assertEqual(self.rows(books), {"R2": (0, 100, 100, 100), "R1": (0, 50, 50, 50)})
        self.assertEqual(
            self.rows(sales),
            {
                "R2": (107, 7, -100, 100), "R1": (50, 0, -50, 50),
                "Orders that stay as they are": (30, 30, 0, 0),
            },
        )  # fmt: skip
        (product,) = self.lines("product")
        self.assertEqual(self.rows(product), {"R2": (100, 100, 0, 100), "R1": (50, 50, 0, 50)})
        (store,) = self.lines("store")
        self.assertEqual(self.rows(store)["R2"], (107, 107, 0, 100))

    def test_the_orders_come_to_the_figure(self):
        rule = self.catch_all("tax", tax_rate="20")
        whatif = self.what_if(
            self.draft(pattern="MUG", account_id=self.books.id),
            self.draft(rule, tax_id=rule.tax_id.copy({"name": "Margin scheme"}).id),
        )
        self.assertEqual(set(whatif.line_ids.mapped("dimension")), {"account", "tax", "tax_base", "product", "store"})
        for line in whatif.line_ids:
            with self.subTest(line.name):
                rows = self.behind(line)
                self.assertEqual(len(rows.order_id), line.order_count)
                for name in ("amount_now", "amount_then", "difference", "moved"):
                    self.assertAlmostEqual(sum(rows.mapped(name)), line[name], 2)

    def test_beyond_a_thousand_the_rest_is_one_row(self):
        self.patch(behind, "MOST_ORDERS", 1)
        _sales, books = self.lines("account").sorted("difference")
        self.assertEqual(self.rows(books), {"R2": (0, 100, 100, 100), "1 further order": (0, 50, 50, 50)})
        self.assertFalse(self.behind(books)[-1].action_open_order())
        self.assertEqual(self.behind(books)[0].action_open_order()["res_id"], self.both.id)

    def test_pressed_twice_they_are_the_same_rows(self):
        line = self.lines("product")
        self.assertEqual(self.behind(line), self.behind(line))

    def test_who_may_look(self):
        viewer = new_test_user(
            self.env, "order-viewer", groups="ecommerce_connector.group_viewer", company_id=self.company.id
        )
        draft = self.draft(pattern="MUG", account_id=self.books.id)
        action = draft.with_user(viewer).action_what_if()
        theirs = self.env["ecommerce.mapping.whatif"].with_user(viewer).browse(action["res_id"])
        theirs.date_from = "2026-01-01"
        theirs.action_compute()
        self.assertEqual(self.behind(theirs.line_ids[0].with_user(viewer)).order_id, self.both | self.one)
        stranger = new_test_user(self.env, "order-stranger", groups="base.group_user", company_id=self.company.id)
        with self.assertRaises(AccessError):
            self.env["ecommerce.mapping.whatif.order"].with_user(stranger).search([])
        company = self.setup_other_company(name="Second company")["company"]
        abroad = new_test_user(
            self.env, "order-abroad", groups="ecommerce_connector.group_accountant", company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )  # fmt: skip
        self.assertFalse(self.env["ecommerce.mapping.whatif.order"].with_user(abroad).search([]))
