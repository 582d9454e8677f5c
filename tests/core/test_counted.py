"""A count of the stock: read from a file that is named where it is wrong, and valued at what products cost."""

from __future__ import annotations

import pytest
from builders import D
from cost_builders import Catalogue

from ecommerce_connector.core.errors import ReportError
from ecommerce_connector.core.goods.counted import read_count, value_count, worth

CENT = D("0.01")


def read(text: str):
    return read_count("count.csv", text.encode())


def value(text: str, **more):
    return value_count("count.csv", read(text), Catalogue(**more), CENT)


@pytest.mark.parametrize(
    "text",
    [
        "sku,quantity\nmug,12\njug,2.5\n",
        "\ufeffSKU;Quantity\r\nmug;12\r\n;\r\njug;2.5",
        'sku,quantity\rmug,"12"\rjug, 2.5 ',
    ],
)
def test_rows(text):
    assert [(row.sku, row.quantity) for row in read(text)] == [("mug", D(12)), ("jug", D("2.5"))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "count.csv, row 1: the columns are sku, quantity, not nothing"),
        ("sku,count\nmug,1", "count.csv, row 1: the columns are sku, quantity, not sku, count"),
        ("sku,quantity\n", "count.csv: it has no rows"),
        ("sku,quantity\nmug,1\n,2", "count.csv, row 3, column 'sku': it is empty"),
        ("sku,quantity\nmug,many", "count.csv, row 2, column 'quantity': many is no quantity"),
        ("sku,quantity\nmug,", "count.csv, row 2, column 'quantity': - is no quantity"),
        ("sku,quantity\nmug,NaN", "count.csv, row 2, column 'quantity': NaN is no quantity"),
        ("sku,quantity\nmug,1e12", "column 'quantity': 1e12 is no quantity"),
        ("sku,quantity\nmug,0.0000001", "column 'quantity': 0.0000001 is no quantity"),
        ("sku,quantity\nmug,-1", "count.csv, row 2, column 'quantity': -1 is less than nothing"),
        ("sku,quantity\nmug,1,000", "count.csv, row 2: it has 3 values, not 2.*thousands separators"),
        ("sku,quantity\nmug,1\njug,2\nmug,3", "count.csv, row 4, column 'sku': mug is in row 2 already"),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(ReportError, match=message.replace(".", r"\.").replace(r"\.*", ".*")):
        read(text)


def test_other_encodings_are_refused():
    with pytest.raises(ReportError, match="it is not UTF-8"):
        read_count("count.csv", b"sku,quantity\nm\xfcg,1")


def test_value_is_rounded_per_product():
    counted = value("sku,quantity\nmug,3\njug,2", costs={"mug": "3.333", "jug": "0.005"})
    assert [(row.unit_cost, row.value) for row in counted] == [(D("3.333"), D("10.00")), (D("0.005"), D("0.01"))]
    assert worth(counted) == D("10.01")


def test_what_is_not_there_needs_no_cost():
    assert worth(value("sku,quantity\nmug,0", costs={"mug": "0"})) == 0


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"costs": {"jug": "1"}}, "count.csv, row 2, column 'sku': no product has the SKU mug"),
        ({"costs": {"mug": "1"}, "twins": ("mug",)}, "several products have the SKU mug: Mug, Mug"),
        ({"costs": {"mug": "0"}}, "count.csv, row 2, column 'sku': Mug has no cost"),
        ({"costs": {"mug": "1"}, "services": ("mug",)}, "Mug is a service"),
    ],
)
def test_products_without_a_known_cost_are_named(more, message):
    with pytest.raises(ReportError, match=message):
        value("sku,quantity\nmug,2", **more)


def test_a_product_is_counted_once_under_whatever_sku():
    class Twice(Catalogue):
        def by_sku(self, sku):
            return super().by_sku("mug")

    with pytest.raises(ReportError, match="row 3, column 'sku': code is the product Mug, which row 2 counts already"):
        value_count("count.csv", read("sku,quantity\nmug,1\ncode,2"), Twice(), CENT)
