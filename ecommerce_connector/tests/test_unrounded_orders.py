"""Orders whose store never rounds (Medusa): booked in whole units, paid, and given back without a rest."""

from odoo.tests import tagged

from .common import ConnectorCommon, D


@tagged("post_install", "-at_install")
class TestUnroundedOrders(ConnectorCommon):
    """From the file to posted entries."""

    #: Currency -> net and tax of each of three lines, and what the order comes to.
    CASES = {
        "EUR": ("19.94800472584243", "3.989600945168487", "71.81", "11.97"),
        "JPY": ("1994.800472584243", "398.9600945168487", "7181", "1197"),
        "KWD": ("19.94800472584243", "3.989600945168487", "71.813", "11.969"),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._create_accounting(currencies=list(cls.CASES), rates={D(20)})
        for code, rate in (("JPY", 160.5), ("KWD", 0.331)):
            currency = cls.env["res.currency"].search([("name", "=", code)])
            cls.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": "2026-01-01", "rate": rate, "company_id": cls.company.id}
            )

    def unrounded(self, number, currency):
        net, tax, _total, _tax = self.CASES[currency]
        lines = [self.line(key, net, tax) for key in ("A", "B", "C")]
        total = str(3 * (D(net) + D(tax)))
        third = str(D(net) + D(tax))
        refunds = [
            self.refund("one", third, lines=lines[:1]),
            self.refund("rest", str(D(total) - D(third)), at="2026-03-13T10:00:00Z"),
        ]
        return self.order(
            number, lines, total, [self.payment(f"p-{number}", total)], refunds, currency=currency, unrounded=True
        )

    def test_booked_in_whole_units(self):
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for currency, (_net, _tax, total, tax) in self.CASES.items():
                with self.subTest(currency=currency, method=method):
                    (order,) = self.accept(self.unrounded(f"{currency}-{method}", currency))
                    self.assertEqual(order.state, "posted", order.explanation)
                    invoice, notes = self.moves_of(order, "invoice"), self.moves_of(order, "credit_note")
                    self.assertEqual((invoice.amount_total, invoice.amount_tax), (float(total), float(tax)))
                    self.assertEqual(invoice.payment_state, "paid")
                    self.assertAlmostEqual(sum(notes.mapped("amount_total")), float(total))
                    self.assertAlmostEqual(sum(notes.mapped("amount_tax")), float(tax))
                    self.assertEqual(set(notes.mapped("payment_state")), {"paid"})

    def test_refused_by_name(self):
        order = self.unrounded("M9", "EUR") | {"total": "75.00"}
        (record,) = self.accept(order)
        self.assertEqual(record.state, "blocked")
        self.assertFalse(record.posting_ids)
        self.assertIn("order M9, total: it is 75.00 EUR", record.exception_ids.mapped("message")[0])
