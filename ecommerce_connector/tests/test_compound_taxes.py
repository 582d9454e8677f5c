"""Taxes on taxes, such as Quebec's until 2012: sales tax on the net and the federal tax. Amounts are the store's."""

import random

from odoo.tests import tagged

from ..core.currencies import unit
from ..core.rounding import quantize
from .common import D
from .contract_common import ContractCommon

METHODS = ("round_per_line", "round_globally")
#: Document currency per euro.
RATES = {"EUR": D(1), "JPY": D("160.5"), "KWD": D("0.331")}


class CompoundCommon(ContractCommon):
    """GST of 5 %, which is part of the base of QST of 9.5 %; both also as taxes within the price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store._create_accounting(currencies=list(RATES), rates={D(20)})
        for suffix, price in (("", "tax_excluded"), (" IN", "tax_included")):
            first = {"price_include_override": price, "include_base_amount": True, "sequence": 1}
            cls.make_tax(f"GST{suffix}", 5, code=f"GST{suffix}", **first)
            cls.make_tax(f"QST{suffix}", 9.5, code=f"QST{suffix}", price_include_override=price, sequence=2)
        currencies = cls.env["res.currency"].search([("name", "in", ["JPY", "KWD"])])
        cls.env["res.currency.rate"].create(
            [
                {"currency_id": currency.id, "name": "2026-01-01", "rate": float(RATES[currency.name]),
                 "company_id": cls.company.id}
                for currency in currencies
            ]
        )  # fmt: skip

    def compound(self, key, net, gst, qst, suffix="", **more):
        """A line with both taxes."""
        taxes = [
            {"code": f"QST{suffix}", "rate": "9.5", "amount": qst},
            {"code": f"GST{suffix}", "rate": "5", "amount": gst},
        ]  # the later one first: the order in which a store lists them means nothing
        return self.line(key, net, rate=None, **more) | {"taxes": taxes}

    def posted(self, number, lines, refunds=(), currency="EUR"):
        total = sum(D(line["net"]) + sum(D(tax["amount"]) for tax in line["taxes"]) for line in lines)
        payments = [self.payment(f"p-{number}", str(total))]
        (order,) = self.accept(self.order(number, lines, str(total), payments, refunds, currency=currency))
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def items(self, moves):
        """Tax -> (amount in the document's currency, base in the company's); what is owed is positive."""
        found = {}
        for line in moves.line_ids.filtered("tax_line_id"):
            amount, base = found.get(line.tax_line_id.name, (D(0), D(0)))
            found[line.tax_line_id.name] = (
                amount - D(f"{line.amount_currency:.3f}"), base - D(f"{line.tax_base_amount:.3f}")
            )  # fmt: skip
        return found

    def tags(self, moves, kind):
        """Names of the tags of items of a kind."""
        return set(moves.line_ids.filtered(lambda line: line.display_type == kind).tax_tag_ids.mapped("name"))


@tagged("post_install", "-at_install")
class TestCompoundTaxes(CompoundCommon):
    """Invoices and credit notes of lines with both taxes."""

    def lines(self, suffix=""):
        """Odoo would say 5.00 and 9.98 of the first line."""
        return [
            self.compound("MUG", "100.00", "5.01", "9.97", suffix, quantity="3"),
            self.compound("CUP", "10.00", "0.50", "1.00", suffix),
        ]

    def check(self, moves, suffix, gst, qst):
        expected = {f"GST{suffix}": tuple(map(D, gst)), f"QST{suffix}": tuple(map(D, qst))}
        self.assertEqual(self.items(moves), expected)

    def test_invoice(self):
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for suffix in ("", " IN"):
                with self.subTest(method=method, suffix=suffix):
                    order = self.posted(f"I{method}{suffix}", self.lines(suffix))
                    move = self.moves_of(order, "invoice")
                    self.check(move, suffix, ("5.51", "110"), ("10.97", "115.51"))
                    self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (110.0, 16.48, 126.48))
                    self.assertEqual(move.payment_state, "paid")
                    self.assertEqual(self.tags(move, "product"), {f"GST{suffix} base", f"QST{suffix} base"})
                    # The first tax is part of the second one's base, in the report too.
                    self.assertEqual(
                        self.tags(move, "tax"), {f"GST{suffix} tax", f"QST{suffix} tax", f"QST{suffix} base"}
                    )

    def test_refunds_by_quantity_of_tax_only_and_of_the_rest(self):
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for suffix in ("", " IN"):
                with self.subTest(method=method, suffix=suffix):
                    self._check_refunds(f"R{method}{suffix}", suffix)

    def _check_refunds(self, number, suffix):
        refunds = [
            self.refund("r1", "38.32", lines=[self.compound("MUG", "33.33", "1.67", "3.32", suffix)]),
            self.refund("r2", "1.45", at="2026-03-13T10:00:00Z",
                        lines=[self.compound("MUG", "0.00", "0.50", "0.95", suffix)]),
            self.refund("r3", "86.71", at="2026-03-14T10:00:00Z"),
        ]  # fmt: skip
        order = self.posted(number, self.lines(suffix), refunds)
        notes = self.moves_of(order, "credit_note").sorted("invoice_date")
        self.assertEqual(notes.mapped("amount_total"), [38.32, 1.45, 86.71])
        by_quantity, tax_only, rest = notes
        self.check(by_quantity, suffix, ("-1.67", "-33.33"), ("-3.32", "-35"))
        self.check(tax_only, suffix, ("-0.5", "0"), ("-0.95", "-0.5"))
        self.check(rest, suffix, ("-3.34", "-76.67"), ("-6.7", "-80.01"))
        self.check(notes | self.moves_of(order, "invoice"), suffix, ("0", "0"), ("0", "0"))
        given_back = {f"GST{suffix} tax refund", f"QST{suffix} tax refund", f"QST{suffix} base refund"}
        self.assertEqual(self.tags(by_quantity, "tax"), given_back)

    def test_discount_by_the_gross_method(self):
        shown_on = self.store._ensure_account("allowances")
        self.store._ensure_rule("discount", "SPRING", discount_method="gross", account_id=shown_on.id)
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for suffix in ("", " IN"):
                with self.subTest(method=method, suffix=suffix):
                    line = self.compound("MUG", "90.00", "4.51", "8.97", suffix, discount="10.00",
                                         discounts=[{"code": "SPRING", "amount": "10.00"}])  # fmt: skip
                    given = self.refund("r", "103.48", lines=[line])
                    order = self.posted(f"G{method}{suffix}", [line], [given])
                    invoice, note = self.moves_of(order, "invoice"), self.moves_of(order, "credit_note")
                    self.check(invoice, suffix, ("4.51", "90"), ("8.97", "94.51"))
                    self.check(note, suffix, ("-4.51", "-90"), ("-8.97", "-94.51"))
                    self.assertEqual(sorted(invoice.invoice_line_ids.mapped("price_subtotal")), [-10.0, 100.0])

    def test_stays_whatever_is_done_with_the_entry(self):
        for suffix in ("", " IN"):
            move = self.moves_of(self.posted(f"S{suffix}", self.lines(suffix)), "invoice")
            before = self.items(move)
            move.button_draft()
            move.write({"ref": "Another"})
            move.action_post()
            self.assertEqual(self.items(move), before)
            copy = move.copy({"invoice_date": move.invoice_date, "date": move.date})
            copy.action_post()
            self.assertEqual(self.items(copy), before)
            reverse = move._reverse_moves([{"date": move.date, "invoice_date": move.date}])
            reverse.action_post()
            self.assertEqual(self.items(reverse), {tax: (-amount, -base) for tax, (amount, base) in before.items()})


@tagged("post_install", "-at_install")
class TestCompoundCurrencies(CompoundCommon):
    """Random orders in currencies of two, no and three decimals."""

    def random_lines(self, pick, currency, suffix):
        """Lines whose taxes are off by up to two units from what the rates say."""
        step = unit(currency)
        for number in range(pick.randint(1, 4)):
            net = quantize(D(pick.randint(700, 40000)) / 7, step)
            gst = quantize(net * D("0.05"), step) + step * pick.randint(0, 2)
            qst = quantize((net + gst) * D("0.095"), step) + step * pick.randint(0, 2)
            yield self.compound(f"P{number}", str(net), str(gst), str(qst), suffix, quantity=str(pick.randint(1, 7)))

    def check_order(self, number, lines, suffix, currency, method):
        total = self.worth(lines)
        order = self.posted(number, lines, [self.refund("r", str(total), lines=lines)], currency)
        expected = self.expected(lines, suffix, currency, method)
        invoice, note = self.moves_of(order, "invoice"), self.moves_of(order, "credit_note")
        self.assertEqual(self.items(invoice), expected)
        self.assertEqual(self.items(note), {tax: (-amount, -base) for tax, (amount, base) in expected.items()})
        for move in (invoice, note):
            digits = -unit(currency).as_tuple().exponent
            self.assertEqual(f"{move.amount_total:.{digits}f}", f"{total:.{digits}f}")
            self.assertEqual(move.payment_state, "paid")
        taxes = (invoice | note).line_ids.filtered("tax_line_id")
        self.assertAlmostEqual(sum(taxes.mapped("balance")), 0.0)

    def check_partial_refunds(self, number, lines, suffix, currency, method):
        """Half of the first line, a unit of each of its taxes, then the rest."""
        step = unit(currency)
        amounts = (D(lines[0]["net"]), *(D(tax["amount"]) for tax in reversed(lines[0]["taxes"])))
        half = self.compound("HALF", *(str(amount // (2 * step) * step) for amount in amounts), suffix)
        taxes = self.compound("TAXES", "0", str(step), str(step), suffix)
        parts = [self.worth([half]), self.worth([taxes])]
        rest = self.worth(lines) - sum(parts)
        refunds = [
            self.refund("r1", str(parts[0]), lines=[half]),
            self.refund("r2", str(parts[1]), lines=[taxes], at="2026-03-13T10:00:00Z"),
            self.refund("r3", str(rest), at="2026-03-14T10:00:00Z"),
        ]
        order = self.posted(number, lines, refunds, currency)
        notes = self.moves_of(order, "credit_note").sorted("invoice_date")
        for note, line in zip(notes, (half, taxes), strict=False):
            expected = self.expected([line], suffix, currency, method)
            self.assertEqual(self.items(note), {tax: (-amount, -base) for tax, (amount, base) in expected.items()})
        left = self.items(notes | self.moves_of(order, "invoice"))
        self.assertEqual({tax: amount for tax, (amount, _base) in left.items()}, dict.fromkeys(left, 0))
        self.assertEqual(set(notes.mapped("payment_state")), {"paid"})

    @staticmethod
    def worth(lines):
        return sum(D(line["net"]) + sum(D(tax["amount"]) for tax in line["taxes"]) for line in lines)

    def expected(self, lines, suffix, currency, method):
        """What ``items`` says of an invoice of these lines."""
        nets = [D(line["net"]) for line in lines]
        qst, gst = ([D(line["taxes"][at]["amount"]) for line in lines] for at in (0, 1))
        raised = [net + tax for net, tax in zip(nets, gst, strict=True)]
        return {
            f"GST{suffix}": (sum(gst), self.in_euro(nets, currency, method)),
            f"QST{suffix}": (sum(qst), self.in_euro(raised, currency, method)),
        }

    @staticmethod
    def in_euro(amounts, currency, method):
        """Amounts in company currency: rounded one by one, or as a sum."""
        parts = amounts if method == "round_per_line" else [sum(amounts)]
        return sum(quantize(part / RATES[currency], D("0.01")) for part in parts)

    def test_random_orders(self):
        pick = random.Random(9)
        for method in METHODS:
            self.company.tax_calculation_rounding_method = method
            for currency in RATES:
                for turn in range(4):
                    suffix = ("", " IN")[turn % 2]
                    lines = list(self.random_lines(pick, currency, suffix))
                    with self.subTest(method=method, currency=currency, turn=turn, lines=lines):
                        check = self.check_order if turn < 2 else self.check_partial_refunds
                        check(f"{method}{currency}{turn}", lines, suffix, currency, method)
