"""Amounts of an order that its store never rounded, such as 71.81281701303276, in whole units of the currency.

Some stores (Medusa) compute with all decimals and round once, when the customer pays. A ledger has cents:
each net and each tax goes down or up to the next one, so that all of them come to the order's total.
That total must be their sum rounded in one of the ways that stores have, which is never more than half
a unit per amount away from it. Anything else is no rounding and is refused: nothing is plugged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext

from .canonical import Line, Refund, TaxTotal, Tender
from .currencies import unit
from .errors import PayloadError
from .field_checks import check_amount
from .rounding import quantize, round_to_sum, total

#: Amounts have 15 digits before the decimal point and these after it: their sums are exact with so many digits.
MOST_DECIMALS, _DIGITS = 30, 60
_TWO = Decimal(2)
#: A tax as lines and summary name it: code and rate.
_Key = tuple[str, Decimal | None]
#: Where an amount stands: the line, and which of its taxes; None: the net.
_Place = tuple[int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmounts:
    """All of an order that has amounts; see ``StoreDocument``."""

    currency: str
    total: Decimal
    lines: tuple[Line, ...] = ()
    tenders: tuple[Tender, ...] = ()
    refunds: tuple[Refund, ...] = ()
    tax_totals: tuple[TaxTotal, ...] = ()


def in_whole_units(order: OrderAmounts) -> OrderAmounts:
    """The order in whole units: nets and taxes come to its total, which is rounded half up.

    Payments, refunds and the tax summary are rounded half up, each by itself. The lines of a refund come
    to its amount where that is what they are worth, otherwise to their own sum.

    :raises PayloadError: where rounding does not lead from lines and taxes to the total, or an amount has too many
        decimals
    """
    _check_decimals(order)
    step = unit(order.currency)
    with localcontext(Context(prec=_DIGITS)):
        rows = tuple(replace(row, amount=quantize(row.amount, step)) for row in order.tax_totals)
        whole = quantize(order.total, step)
        lines = _to_sum(order.lines, whole, step, _stated(rows))
        if lines is None:
            raise _unexplained(order, whole)
        return OrderAmounts(
            currency=order.currency, total=whole, lines=lines, tax_totals=rows,
            tenders=tuple(replace(tender, amount=quantize(tender.amount, step)) for tender in order.tenders),
            refunds=tuple(_refund(refund, step) for refund in order.refunds),
        )  # fmt: skip


def _refund(refund: Refund, step: Decimal) -> Refund:
    amount = quantize(refund.amount, step)
    worth = quantize(total([line.gross for line in refund.lines]), step)
    lines = _to_sum(refund.lines, amount, step, {}) or _to_sum(refund.lines, worth, step, {}) or ()
    reduced = min(quantize(refund.already_reduced, step), amount)
    return replace(refund, amount=amount, lines=lines, already_reduced=reduced)


def _to_sum(
    lines: Sequence[Line], whole: Decimal, step: Decimal, stated: Mapping[_Key, Decimal]
) -> tuple[Line, ...] | None:
    """Lines in whole units that come to ``whole``; None if that is not their sum, rounded in some way.

    Taxes come first: of each tax all lines together are what the summary says, or their sum rounded
    once, and the nets take the rest. Only where the nets cannot, every amount takes its part.
    """
    if not lines:
        return ()
    amounts = _amounts(lines)
    if not _is_rounded(lines, amounts, whole, step):
        return None
    found = _taxes_first(lines, amounts, whole, step, stated) or _settled(amounts, whole, step)
    if found is None:
        return None
    return tuple(_line(index, line, found, step) for index, line in enumerate(lines))


def _is_rounded(lines: Sequence[Line], amounts: Mapping[_Place, Decimal], whole: Decimal, step: Decimal) -> bool:
    """Whether ``whole`` is what the lines come to, rounded once, per line, per tax, or each amount by itself."""
    nets = quantize(total([line.net for line in lines]), step)
    taxes = [total(list(group.values())) for group in _groups(lines, amounts).values()]
    ways = (
        nets + total([quantize(tax, step) for tax in taxes]),
        total([quantize(line.gross, step) for line in lines]),
        total([quantize(amount, step) for amount in amounts.values()]),
    )
    return abs(whole - total(list(amounts.values()))) <= step / _TWO or whole in ways


def _amounts(lines: Sequence[Line]) -> dict[_Place, Decimal]:
    """Every net and every tax."""
    found: dict[_Place, Decimal] = {}
    for index, line in enumerate(lines):
        found[index, None] = line.net
        found |= {(index, at): tax.amount for at, tax in enumerate(line.taxes)}
    return found


def _groups(lines: Sequence[Line], amounts: Mapping[_Place, Decimal]) -> dict[_Key, dict[_Place, Decimal]]:
    """The amounts of each tax."""
    groups: defaultdict[_Key, dict[_Place, Decimal]] = defaultdict(dict)
    for (index, at), amount in amounts.items():
        if at is not None:
            tax = lines[index].taxes[at]
            groups[tax.code, tax.rate][index, at] = amount
    return dict(groups)


def _taxes_first(
    lines: Sequence[Line], amounts: Mapping[_Place, Decimal], whole: Decimal, step: Decimal,
    stated: Mapping[_Key, Decimal],
) -> dict[_Place, Decimal] | None:  # fmt: skip
    found: dict[_Place, Decimal] = {}
    for key, group in _groups(lines, amounts).items():
        own = quantize(total(list(group.values())), step)
        settled = _settled(group, stated.get(key, own), step) or _settled(group, own, step)
        found |= settled or {}
    nets = {place: amount for place, amount in amounts.items() if place[1] is None}
    rest = _settled(nets, whole - total(list(found.values())), step)
    return None if rest is None else found | rest


def _settled(amounts: Mapping[_Place, Decimal], target: Decimal, step: Decimal) -> dict[_Place, Decimal] | None:
    rounded = round_to_sum(list(amounts.values()), target, step)
    return None if rounded is None else dict(zip(amounts, rounded, strict=True))


def _line(index: int, line: Line, found: Mapping[_Place, Decimal], step: Decimal) -> Line:
    net, discount = found[index, None], quantize(line.discount, step)
    discounts = _parts([part.amount for part in line.discounts], discount, step)
    cards = _parts([card.amount for card in line.cards if card.amount is not None], net, step)
    return replace(
        line,
        net=net,
        taxes=tuple(replace(tax, amount=found[index, at]) for at, tax in enumerate(line.taxes)),
        discount=discount,
        discounts=tuple(replace(part, amount=own) for part, own in zip(line.discounts, discounts, strict=True)),
        cards=tuple(replace(card, amount=own) for card, own in zip(line.cards, cards, strict=True))
        if cards
        else line.cards,
    )


def _parts(amounts: Sequence[Decimal], whole: Decimal, step: Decimal) -> list[Decimal]:
    """What an amount is made of. The parts came to it before, so they can."""
    rounded = round_to_sum(amounts, whole, step)
    return list(amounts) if rounded is None else rounded


def _stated(rows: Sequence[TaxTotal]) -> dict[_Key, Decimal]:
    found: defaultdict[_Key, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row.code, row.rate] += row.amount
    return dict(found)


def _unexplained(order: OrderAmounts, whole: Decimal) -> PayloadError:
    worth = total([line.gross for line in order.lines])
    return PayloadError(
        "total",
        f"it is {whole} {order.currency}, and lines and taxes come to {worth.normalize():f}, which is not rounded to "
        "that at once, per line, per tax or per amount",
        hint="Check in the store which line, tax or discount is missing, and send the order again.",
    )  # fmt: skip


def _check_decimals(order: OrderAmounts) -> None:
    """Refuse what cannot be added up exactly."""
    check_amount("total", order.total)  # the other amounts check themselves
    stated = {"total": order.total}
    stated |= {f"payment {tender.external_id}, amount": tender.amount for tender in order.tenders}
    stated |= {f"tax total {row.code!r}": row.amount for row in order.tax_totals}
    stated |= _stated_in_lines(order.lines)
    for refund in order.refunds:
        within = f"refund {refund.external_id}"
        stated |= {f"{within}, amount": refund.amount, f"{within}, already reduced": refund.already_reduced}
        stated |= {f"{within}, {where}": amount for where, amount in _stated_in_lines(refund.lines).items()}
    for where, amount in stated.items():
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > MOST_DECIMALS:
            raise PayloadError(
                where, f"it has {-exponent} decimals", hint=f"State amounts with at most {MOST_DECIMALS} decimals."
            )


def _stated_in_lines(lines: Sequence[Line]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        where = f"line {line.external_id} ({line.key})"
        found |= {f"{where}, net": line.net, f"{where}, discount": line.discount}
        found |= {f"{where}, tax {tax.code!r}": tax.amount for tax in line.taxes}
        found |= {f"{where}, discount {part.code!r}": part.amount for part in line.discounts}
    return found
