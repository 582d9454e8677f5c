from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry


@tagged("post_install", "-at_install")
class TestCasesGoods(AccountingCase):
    """Cases 17 and 36 of the specification: what sold and returned goods cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.write(
            {
                "cost_of_goods": "fulfilment", "inventory_account_id": cls.role("Inventory", "asset_current").id,
                "cogs_account_id": cls.role("COGS").id, "write_off_account_id": cls.role("Write-off").id,
            }
        )  # fmt: skip
        cls.mug = cls.env["product.product"].create({"name": "Mug", "default_code": "MUG", "standard_price": 20.0})

    def check(self, *case):
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], report)
        return super().check(*case)

    def shipped(self, **more):
        return self.sale(
            payments=[self.payment("p", "110.00")], fulfilments=[{"id": "f1", "at": "2026-03-11T10:00:00Z"}], **more
        )

    def sold(self, order):
        return (
            Entry("(Invoice)", self.moves_of(order, "invoice"), "2026-03-10"),
            Entry("(Payment)", self.moves_of(order, "payment"), "2026-03-10"),
        )

    def test_case_36_cost_of_goods_at_shipment(self):
        order = self.book(self.shipped())
        self.check(
            "36", "Goods that cost 20.00 are shipped the day after the sale; the store books their cost when they are "
            "shipped.",
            *self.sold(order),
            Entry("Cost of goods", self.moves_of(order, "cost"), "2026-03-11",
                  ("Delivery/invoice per company valuation setting",)),
        )  # fmt: skip

    def test_case_17_partial_refund_with_restock(self):
        self.book(self.shipped())
        self.mug.standard_price = 31.0  # what it costs by now is not what it cost when it was sold
        lines = [self.line("MUG", "50.00", "5.00", "10", restock="stock")]
        order = self.book(
            self.shipped(refunds=[self.refund("r", "55.00", lines=lines)], updated_at="2026-03-12T11:00:00Z")
        )
        cost, back = self.moves_of(order, "cost").sorted("id")
        self.check(
            "17", "55.00 of an order are refunded and its goods, which had cost 20.00, come back in stock. The product "
            "costs more by now; what comes back has the cost that it left with.",
            *self.sold(order),
            Entry("(Cost of goods)", cost, "2026-03-11"),
            Entry("Credit note", self.moves_of(order, "credit_note"), "2026-03-12", ("Credit note",)),
            Entry("Refund", self.moves_of(order, "refund_payment"), "2026-03-12", ("Refund paid",)),
            Entry("Stock return", back, "2026-03-12", ("Stock return",)),
        )  # fmt: skip
