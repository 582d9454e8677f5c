"""What a count of the stock comes to, against the books."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ..errors import ReportError
from ..rounding import ZERO, quantize, total
from .costs import SIXTH, Catalogue, Product

COLUMNS = ("sku", "quantity")
_HINT = "Correct the file, then read it again; nothing of it was used."


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRow:
    """A row of the file.

    :ivar row: line number in the file, from 1
    :ivar quantity: 0 or positive, at most six decimals
    """

    row: int
    sku: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A product that was counted.

    :ivar value: quantity times unit cost, in company currency
    """

    row: int
    sku: str
    product: int
    quantity: Decimal
    unit_cost: Decimal
    value: Decimal


def read_count(file: str, content: bytes) -> list[CountedRow]:
    """The rows of a CSV file with the columns ``sku`` and ``quantity``.

    :param file: its name, for errors
    :raises ReportError: naming the row and the column
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReportError(file, "it is not UTF-8", hint="Save it as UTF-8.") from None
    lines = text.splitlines()  # they may end as any program ends them
    separator = ";" if lines and ";" in lines[0] else ","
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ReportError(file, f"it is no CSV ({error})", row=reader.line_num) from None
    if not rows or tuple(name.strip().lower() for name in rows[0][1]) != COLUMNS:
        found = ", ".join(rows[0][1]) if rows else "nothing"
        raise ReportError(file, f"the columns are {', '.join(COLUMNS)}, not {found}", row=1, hint=_HINT)
    counted = [_row(file, number, row) for number, row in rows[1:] if any(value.strip() for value in row)]
    if not counted:
        raise ReportError(file, "it has no rows", hint="Export the counted quantities again.")
    _refuse_twice(file, counted)
    return counted


def _row(file: str, number: int, row: list[str]) -> CountedRow:
    if len(row) != len(COLUMNS):  # "1,000" without quotes would be 1
        raise ReportError(
            file, f"it has {len(row)} values, not {len(COLUMNS)}", row=number,
            hint="Write quantities without thousands separators.",
        )  # fmt: skip
    sku, text = (value.strip() for value in row)
    if not sku:
        raise ReportError(file, "it is empty", row=number, field="sku", hint=_HINT)
    return CountedRow(row=number, sku=sku, quantity=_quantity(file, number, text))


def _quantity(file: str, number: int, text: str) -> Decimal:
    try:
        quantity = Decimal(text)
        is_quantity = quantity.is_finite() and abs(quantity) < Decimal(10) ** 9 and not quantity % SIXTH
    except InvalidOperation:
        is_quantity = False
    if not is_quantity:
        raise ReportError(file, f"{text or '-'} is no quantity, written 12 or 2.5", row=number, field="quantity",
                          hint=_HINT)  # fmt: skip
    if quantity < 0:
        raise ReportError(
            file, f"{text} is less than nothing", row=number, field="quantity",
            hint="Count the goods again, or leave the row out and book them by hand.",
        )  # fmt: skip
    return quantity


def _refuse_twice(file: str, rows: Iterable[CountedRow]) -> None:
    first: dict[str, int] = {}
    for row in rows:
        if row.sku in first:
            raise ReportError(
                file, f"{row.sku} is in row {first[row.sku]} already", row=row.row, field="sku",
                hint="Add the quantities up in one row.",
            )  # fmt: skip
        first[row.sku] = row.row


def value_count(file: str, rows: Iterable[CountedRow], catalogue: Catalogue, unit: Decimal) -> list[Counted]:
    """What was counted, at what it costs now.

    :param unit: smallest amount of the company's currency
    :raises ReportError: naming the row, if a product or its cost is not known
    """
    counted: list[Counted] = []
    products: dict[int, int] = {}
    for row in rows:
        product = _product(file, row, catalogue)
        if product.id in products:
            raise ReportError(
                file, f"{row.sku} is the product {product.name}, which row {products[product.id]} counts already",
                row=row.row, field="sku", hint="Name each product once.",
            )  # fmt: skip
        products[product.id] = row.row
        counted.append(
            Counted(
                row=row.row, sku=row.sku, product=product.id, quantity=row.quantity, unit_cost=product.cost,
                value=quantize(row.quantity * product.cost, unit),
            )
        )  # fmt: skip
    return counted


def _product(file: str, row: CountedRow, catalogue: Catalogue) -> Product:
    found = catalogue.by_sku(row.sku)
    if len(found) != 1:
        names = ", ".join(sorted(product.name for product in found))
        problem = f"several products have the SKU {row.sku}: {names}" if found else f"no product has the SKU {row.sku}"
        raise ReportError(
            file, problem, row=row.row, field="sku",
            hint="It is looked for among internal references, then barcodes.",
        )  # fmt: skip
    (product,) = found
    if not product.is_goods:
        raise ReportError(file, f"{product.name} is a service: there is no stock of it", row=row.row, field="sku",
                          hint="Leave the row out.")  # fmt: skip
    if row.quantity and product.cost <= 0:
        raise ReportError(
            file, f"{product.name} has no cost", row=row.row, field="sku",
            hint="Enter its cost on the product, then read the file again.",
        )  # fmt: skip
    return product


def worth(counted: Iterable[Counted]) -> Decimal:
    """What all of it is worth."""
    return total([row.value for row in counted]) + ZERO
