"""Goods that are sold, shipped, returned and counted."""

import base64

from .common import ConnectorCommon, D


class GoodsStory:
    """For tests that need a record of every model."""

    def goods_story(self, store):
        """What shipped goods cost, and a count of the rest."""
        product = self.env["product.product"].with_company(store.company_id).create(
            {"name": "Jug", "default_code": "JUG", "standard_price": 4.0, "company_id": store.company_id.id}
        )  # fmt: skip
        store.cost_of_goods = "fulfilment"
        store.action_create_cost_accounts()
        line = self.line(product.default_code, "10.00", "2.00")
        shipped = [{"id": "f1", "at": "2026-03-11T10:00:00Z"}]
        self.accept(self.order("J9", [line], "12.00", [self.payment("pj9", "12.00")], fulfilments=shipped))
        wizard = self.env["ecommerce.stock.count.post"].create(
            {
                "store_id": store.id, "file": base64.b64encode(b"sku,quantity\nJUG,3\n"),
                "difference_account_id": store._ensure_account("stock_difference").id,
            }
        )  # fmt: skip
        wizard.action_read()
        wizard.action_post()


class GoodsCommon(ConnectorCommon):
    """A store that books costs when goods are shipped, and a mug that costs 8.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.cost_of_goods = "fulfilment"
        cls.store.action_create_cost_accounts()
        cls.mug = cls.goods("MUG", 8.0)

    @classmethod
    def goods(cls, sku, cost, **more):
        return cls.env["product.product"].create(
            {"name": sku.title(), "default_code": sku, "standard_price": cost, **more}
        )

    def mugs(self, number="S1", quantity="2", shipped=True, lines=(), **more):
        """An order of mugs, paid and shipped on 11 March."""
        fulfilments = [{"id": "f1", "at": "2026-03-11T10:00:00Z"}] if shipped else []
        lines = [self.line("MUG", "100.00", "20.00", quantity=quantity), *lines]
        total = f"{sum((D(line['net']) + D(line['taxes'][0]['amount']) for line in lines), D(0)):.2f}"
        return self.order(
            number, lines, total, [self.payment(f"p-{number}", total)], **{"fulfilments": fulfilments, **more}
        )

    def returned(self, restock, quantity="1", at="2026-03-15T10:00:00Z"):
        lines = [self.line("MUG", "50.00", "10.00", quantity=quantity, restock=restock)]
        return self.refund("r", "60.00", at=at, lines=lines)

    def open_exceptions(self, order):
        return self.env["ecommerce.exception"].search([("order_id", "=", order.id), ("state", "=", "open")])

    def balances(self):
        """Stock, cost of goods, write-off."""
        return tuple(self.balance(name) for name in ("Stock Valuation", "Cost of Goods Sold", "Stock written off"))
