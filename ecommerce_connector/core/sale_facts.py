"""What the store says of a sale, whatever rules decided: what a posted invoice is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from .canonical import Line
from .plans import plain


def sale_facts(lines: Iterable[Line], unexplained: Decimal) -> tuple[object, ...]:
    """Lines with their taxes, in an order of their own, and what they lack of the total."""
    rows = sorted(
        (line.kind.value, line.key, plain(line.net))
        + tuple((tax.code, plain(tax.rate), plain(tax.amount), tax.remitted_by_seller) for tax in line.taxes)
        for line in lines
        if line.net or line.discount or any(tax.amount for tax in line.taxes)
    )
    return plain(unexplained), tuple(rows)
