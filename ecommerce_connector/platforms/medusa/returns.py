"""Returns of a Medusa order, and which refund gave them back. Pure.

A return moves goods, a refund money; Medusa ties neither to the other. A refund that came after a return and is worth
exactly what was returned is of it; any other is an amount, spread over what is left of the order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from ...core.canonical import Line, Refund
from ...core.fulfilments import Restock
from ...core.rounding import ZERO, quantize, total
from .lines import part_of
from .records import Record


@dataclass(frozen=True, slots=True)
class _Return:
    at: datetime
    lines: tuple[Line, ...]


def replaced_quantities(order: Record) -> dict[str, Decimal]:
    """By line: how many pieces came back for others, by an exchange or a claim."""
    found: dict[str, Decimal] = {}
    for record in _received(order):
        if record.part("exchange") or record.part("claim"):
            for item in record.parts("items", "item", required=False):
                line_id = item.key("item_id")
                found[line_id] = found.get(line_id, ZERO) + _back(item) + _damaged(item)
    return found


def given_back(order: Record, lines: Sequence[Line], refunds: Sequence[Refund], step: Decimal) -> list[Refund]:
    """Refunds, with the lines of the return that each is for.

    :param lines: of the order, as sold
    """
    sold = {line.external_id: line for line in lines}
    waiting = [found for record in _received(order) if (found := _returned(record, sold))]
    waiting.sort(key=lambda item: (item.at, item.lines[0].external_id))
    tied = []
    for refund in sorted(refunds, key=lambda refund: (refund.at, refund.external_id)):
        amount = quantize(refund.amount, step)
        match = next((item for item in waiting if item.at <= refund.at and _worth(item, step) == amount), None)
        if match:
            waiting.remove(match)
            refund = replace(refund, lines=match.lines)
        tied.append(refund)
    return tied


def _received(order: Record) -> list[Record]:
    return [record for record in order.parts("returns", "return", required=False) if not record.has("canceled_at")]


def _returned(record: Record, sold: Mapping[str, Line]) -> _Return | None:
    """What came back by a return that nothing replaced."""
    if record.part("exchange") or record.part("claim"):
        return None
    lines: list[Line] = []
    for item in record.parts("items", "item", required=False):
        line = sold.get(item.key("item_id"))
        for quantity, restock in ((_back(item), Restock.STOCK), (_damaged(item), Restock.DAMAGED)):
            if line and quantity > 0:
                key = item.key() if restock is Restock.STOCK else f"{item.key()}-damaged"
                part = part_of(line, quantity)
                lines.append(replace(part, external_id=key, of_line=line.external_id, restock=restock, cards=()))
    at = record.instant_or_none("received_at") or record.instant("created_at")
    return _Return(at, tuple(lines)) if lines else None


def _back(item: Record) -> Decimal:
    return item.amount("received_quantity") if item.has("received_quantity") else ZERO


def _damaged(item: Record) -> Decimal:
    return item.amount("damaged_quantity") if item.has("damaged_quantity") else ZERO


def _worth(item: _Return, step: Decimal) -> Decimal:
    return quantize(total([line.gross for line in item.lines]), step)
