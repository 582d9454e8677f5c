"""Whatever a shop's rounding settings are, a document adds up to its own total and tax summary.

``Shop`` computes orders the way WooCommerce 9.9 does (``WC_Abstract_Order::calculate_totals`` and
``update_taxes``), from prices and rates, without looking at the code under test.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import pytest

from ecommerce_connector.core.rounding import round_to_sum
from ecommerce_connector.platforms.woocommerce.adapter import order_document
from ecommerce_connector.platforms.woocommerce.rounding import Stated, settle, steps

PARIS = ZoneInfo("Europe/Paris")
CENT = Decimal("0.01")
#: What WooCommerce keeps of a tax it computed.
MICRO = Decimal("0.000001")


@dataclass
class Shop:
    """A shop's settings and tax rates ``{id: (code, percent, compound)}``."""

    rates: dict
    currency: str = "EUR"
    decimals: int = 2
    prices_include_tax: bool = False
    round_at_subtotal: bool = False
    dp: int = 6

    def round(self, amount):
        return amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)

    def round_tax(self, amount):
        mode = ROUND_HALF_DOWN if self.prices_include_tax else ROUND_HALF_UP
        return amount.quantize(Decimal(1).scaleb(-self.decimals), mode)

    def line_tax(self, amount):
        return amount if self.round_at_subtotal else self.round_tax(amount)

    def taxed(self, price, rate_ids):
        """Net and raw taxes of a price."""
        if self.prices_include_tax and rate_ids:
            (rate_id,) = rate_ids
            tax = (price - price / (1 + self.rates[rate_id][1] / 100)).quantize(MICRO, ROUND_HALF_UP)
            return price - tax, {rate_id: tax}
        taxes = {}
        for rate_id in rate_ids:
            _code, percent, compound = self.rates[rate_id]
            base = price + sum(taxes.values()) if compound else price
            taxes[rate_id] = (base * percent / 100).quantize(MICRO, ROUND_HALF_UP)
        return price, taxes

    def text(self, amount):
        return f"{amount.quantize(Decimal(1).scaleb(-self.dp), ROUND_HALF_UP):f}"

    def line(self, line_id, amounts, before=None, **fields):
        net, taxes = amounts
        total_tax = sum((self.line_tax(tax) for tax in taxes.values()), Decimal(0))
        line = {"id": line_id, "total": self.text(net), "total_tax": self.text(total_tax), "meta_data": []}
        if before is not None:
            line |= {"subtotal": self.text(before[0]), "subtotal_tax": self.text(sum(before[1].values(), Decimal(0)))}
        cells = [
            {
                "id": rate_id, "total": f"{tax.normalize():f}",
                "subtotal": f"{before[1][rate_id].normalize():f}" if before else "",
            }
            for rate_id, tax in taxes.items()
        ]  # fmt: skip
        return line | {"taxes": cells} | fields

    def order(self, order_id, products=(), deliveries=(), fees=(), **fields):
        """An order.

        :param products: (fields, quantity, price of all, discount of all, rate ids)
        :param deliveries: (fields, net price, rate ids); their prices are always without tax
        :param fees: the same
        """
        bare = Shop(self.rates, self.currency, self.decimals, False, self.round_at_subtotal, self.dp)
        product_amounts = [self.taxed(price - discount, rates) for _f, _q, price, discount, rates in products]
        shipping_amounts = [bare.taxed(price, rates) for _fields, price, rates in deliveries]
        fee_amounts = [bare.taxed(price, rates) for _fields, price, rates in fees]
        cart_taxes, shipping_taxes = defaultdict(Decimal), defaultdict(Decimal)
        for _net, taxes in product_amounts + fee_amounts:
            for rate_id, tax in taxes.items():
                cart_taxes[rate_id] += self.line_tax(tax)
        for _net, taxes in shipping_amounts:
            for rate_id, tax in taxes.items():
                shipping_taxes[rate_id] += self.line_tax(tax)
        nets = sum((net if self.round_at_subtotal else self.round(net) for net, _taxes in product_amounts), Decimal(0))
        nets += sum((self.round(net) for net, _taxes in shipping_amounts), Decimal(0))
        nets += sum((net for net, _taxes in fee_amounts), Decimal(0))
        cart_tax, shipping_tax = sum(cart_taxes.values(), Decimal(0)), sum(shipping_taxes.values(), Decimal(0))
        ids = iter(range(order_id * 10 + 1, order_id * 10 + 100))
        lines = {
            "line_items": [
                self.line(next(ids), amounts, self.taxed(price, rates), quantity=quantity, **own)
                for amounts, (own, quantity, price, _discount, rates) in zip(product_amounts, products, strict=True)
            ],
            "shipping_lines": [
                self.line(next(ids), amounts, **own)
                for amounts, (own, _p, _r) in zip(shipping_amounts, deliveries, strict=True)
            ],
            "fee_lines": [
                self.line(next(ids), amounts, **own) for amounts, (own, _p, _r) in zip(fee_amounts, fees, strict=True)
            ],
        }
        tax_lines = [
            {
                "id": next(ids), "rate_id": rate_id, "rate_code": self.rates[rate_id][0],
                "rate_percent": self.rates[rate_id][1], "compound": self.rates[rate_id][2],
                "tax_total": self.text(cart_taxes[rate_id]), "shipping_tax_total": self.text(shipping_taxes[rate_id]),
            }
            for rate_id in dict.fromkeys([*cart_taxes, *shipping_taxes])
        ]  # fmt: skip
        head = {
            "id": order_id, "parent_id": 0, "number": str(order_id), "status": "processing", "currency": self.currency,
            "prices_include_tax": self.prices_include_tax, "customer_id": 0, "payment_method": "stripe",
            "total": self.text(self.round(nets + cart_tax + shipping_tax)),
            "total_tax": self.text(self.round(cart_tax + shipping_tax)),
            "transaction_id": f"ch_{order_id}", "date_created_gmt": "2026-10-05T08:00:00",
            "date_modified_gmt": "2026-10-05T08:00:01", "date_paid_gmt": "2026-10-05T08:00:01",
        }  # fmt: skip
        return head | fields | lines | {"tax_lines": tax_lines, "refunds": []}


RATES = {
    1: ("FR-TVA 20-1", Decimal("20"), False),
    2: ("FR-TVA 5,5-1", Decimal("5.5"), False),
    3: ("CA-GST-1", Decimal("5"), False),
    4: ("CA-QST-2", Decimal("9.975"), False),
    5: ("US-STATE-1", Decimal("4"), False),
    6: ("US-CITY-2", Decimal("4.875"), True),
}


def random_order(rng, shop):
    single = [[1], [2], []] if shop.prices_include_tax else [[1], [2], [], [3, 4], [5, 6]]
    scale = 10**shop.decimals
    products = []
    for number in range(rng.randint(1, 12)):
        price = Decimal(rng.randint(1, 300 * scale)) / scale
        discount = (price * rng.choice([0, 0, 10, 25]) / 100).quantize(Decimal(1).scaleb(-shop.decimals))
        products.append(({"sku": f"S{number}", "name": f"P{number}"}, 1, price, discount, rng.choice(single)))
    shipping = [({"method_id": "flat_rate"}, Decimal(rng.randint(0, 20 * scale)) / scale, rng.choice(single))]
    fees = [
        ({"name": f"Fee {number}"}, Decimal(rng.randint(-2000, 90000)) / 10000, rng.choice(single))
        for number in range(rng.choice([0, 0, 1, 2]))
    ]
    return shop.order(rng.randint(1, 10**6), products, shipping, fees)


def charged(order):
    """Tax by rate code as the order's own summary states it, at full precision."""
    rows = defaultdict(Decimal)
    for row in order["tax_lines"]:
        rows[row["rate_code"]] += Decimal(row["tax_total"]) + Decimal(row["shipping_tax_total"])
    return rows


def booked(document):
    """Tax by code as the lines carry it; a tax that only free things bear is not there."""
    rows = {row.code: Decimal(0) for row in document.tax_totals}
    for line in document.lines:
        for tax in line.taxes:
            rows[tax.code] += tax.amount
    return rows


@pytest.mark.parametrize("currency, decimals", [("EUR", 2), ("HUF", 0), ("JPY", 0), ("KWD", 3)])
@pytest.mark.parametrize("at_subtotal", [False, True], ids=["each line", "at subtotal"])
@pytest.mark.parametrize("inclusive", [False, True], ids=["net prices", "gross prices"])
def test_every_order_adds_up_to_its_total_and_its_tax_summary(currency, decimals, at_subtotal, inclusive):
    shop = Shop(RATES, currency, decimals, inclusive, at_subtotal)
    rng = random.Random(f"{currency}{at_subtotal}{inclusive}")
    for _round in range(150):
        order = random_order(rng, shop)
        rows = charged(order)
        # Whole forints rounded at subtotal level cannot be told from an order that does not add up
        # where the tax comes to whole forints by chance.
        ambiguous = currency == "HUF" and at_subtotal and sum(rows.values(), Decimal(0)).quantize(CENT) % 1 == 0
        if Decimal(order["total"]) < 0 or ambiguous:
            continue
        document = order_document({"order": order, "refunds": []}, PARIS)
        totals = {row.code: row.amount for row in document.tax_totals}
        assert document.unexplained == 0, order
        assert document.tax == Decimal(order["total_tax"]), order
        assert booked(document) == totals, order
        assert all(abs(totals[code] - amount) < Decimal(1).scaleb(-decimals) for code, amount in rows.items()), order
        if not at_subtotal:
            assert totals == rows, order


@pytest.mark.parametrize("inclusive", [False, True], ids=["net prices", "gross prices"])
def test_the_shops_own_decimals_give_the_same_amounts(inclusive):
    """``dp=2``: what an export or an older recording holds."""
    rng = random.Random(str(inclusive))
    for _round in range(150):
        order = random_order(rng, Shop(RATES, prices_include_tax=inclusive, dp=2))
        if order["fee_lines"]:
            continue  # their fractions of a cent are lost in two decimals
        document = order_document({"order": order, "refunds": []}, PARIS)
        assert document.unexplained == 0, order
        assert booked(document) == charged(order), order


def d(*amounts):
    return [Decimal(amount) for amount in amounts]


def test_the_largest_remainders_are_rounded_up():
    assert round_to_sum(d("1.004", "1.006", "1.007"), Decimal("3.02"), CENT) == d("1.00", "1.01", "1.01")
    assert round_to_sum(d("1.005", "2.005"), Decimal("3.01"), CENT) == d("1.00", "2.01")
    assert round_to_sum(d("1.005", "1.005"), Decimal("2.01"), CENT) == d("1.01", "1.00")
    assert round_to_sum(d("-1.004", "3.004"), Decimal("2.00"), CENT) == d("-1.00", "3.00")


@pytest.mark.parametrize("target", ["2.99", "3.04", "3.015", "9"])
def test_no_rounding_gives_a_sum_out_of_reach(target):
    assert round_to_sum(d("1.004", "1.006", "1.007"), Decimal(target), CENT) is None


def test_whole_amounts_are_never_moved_to_meet_a_sum():
    assert round_to_sum(d("1.00", "2.00"), Decimal("3.01"), CENT) is None


def test_coarser_steps_must_divide_the_totals():
    assert list(steps("EUR", d("12.34"))) == d("0.01")
    assert list(steps("EUR", d("12.30"))) == d("0.01", "0.1")
    assert list(steps("HUF", d("1234", "0"))) == d("0.01", "0.1", "1")
    assert list(steps("JPY", d("1234"))) == d("1")


def stated(**changes):
    figures = {
        "nets": d("10.00", "5.00"), "taxes": [{"1": Decimal("2.00")}, {"1": Decimal("1.00")}], "loose": frozenset(),
        "tax_rows": {"1": Decimal("3.00")}, "total": Decimal("18.00"), "total_tax": Decimal("3.00"), "half_down": False,
    }  # fmt: skip
    return Stated(**(figures | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"total": Decimal("18.01")},
        {"nets": d("10.00", "5.40")},
        {"nets": d("10.00", "5.015")},
        {"nets": d("1.0025") * 15, "taxes": [{"1": Decimal("0.20")}] * 15, "total": Decimal("18.10")},
        {"tax_rows": {"1": Decimal("4.00")}, "total_tax": Decimal("4.00"), "total": Decimal("19.00")},
    ],
    ids=["total", "net", "fraction of a net", "many fractions", "tax summary"],
)
def test_a_difference_that_rounding_does_not_explain_stays(changes):
    booked = settle(stated(**changes), "EUR")
    assert not booked.adds_up
    assert sum(cells["1"] for cells in booked.taxes) == Decimal("3.00")
