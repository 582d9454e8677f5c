"""Sales that changed in the store after they were invoiced: the invoice or credit note of the difference.

What is posted stays. The document of the difference has the lines that came, and takes away those that went; a
line that changed is there with what changed of it. It points back to what it amends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from .dates import accounting_date
from .lines import ONE
from .plans import EntryKind, PlannedLine, PlannedMove
from .policy import CreditNoteDate, InvoiceDate, Policy
from .rounding import ZERO, total

#: Entries that can be amended; what moved money is a person's to judge.
AMENDED = frozenset({EntryKind.INVOICE, EntryKind.CREDIT_NOTE})
_OTHER = {EntryKind.INVOICE: EntryKind.CREDIT_NOTE, EntryKind.CREDIT_NOTE: EntryKind.INVOICE}


def amendment(old: PlannedMove, new: PlannedMove, on: date, first_open_day: date) -> PlannedMove | None:
    """What brings a posted invoice or credit note from what it was to what it is now.

    :param old: as it was when it was posted, by the rules of now
    :param new: as the store says it now
    :param on: the day of the change
    :return: an invoice or a credit note with the key of ``new``; None if the two come to the same
    """
    lines = [*_merged([*new.lines, *(_turned(line) for line in old.lines)])]
    if not lines:
        return None
    kind = new.kind
    if total([line.gross for line in lines]) < 0:
        kind, lines = _OTHER[kind], [_turned(line) for line in lines]
    return replace(
        new, kind=kind, lines=tuple(lines), true_date=on, date=accounting_date(on, first_open_day), due=None,
        label="Changed in the store",
    )  # fmt: skip


def dated(document: PlannedMove, policy: Policy, *, stored: date, amended: date) -> PlannedMove:
    """What amends a sale, with the day that the store wants for such documents; never before what it amends.

    :param stored: the day on which the connector first stored the change
    :param amended: the day of what is amended
    """
    is_credit = document.kind is EntryKind.CREDIT_NOTE
    by_import = (
        policy.credit_note_date is CreditNoteDate.IMPORTED if is_credit else policy.invoice_date is InvoiceDate.IMPORTED
    )
    on = max(stored if by_import else document.true_date, amended)
    return replace(document, true_date=on, date=accounting_date(on, policy.first_open_sale_day))


def _turned(line: PlannedLine) -> PlannedLine:
    return replace(
        line, net=-line.net, quantity=-line.quantity,
        taxes=tuple(replace(tax, amount=-tax.amount) for tax in line.taxes),
    )  # fmt: skip


def _merged(lines: Iterable[PlannedLine]) -> Iterator[PlannedLine]:
    """Lines of one thing as one, what comes to nothing left out."""
    found: dict[tuple[object, ...], PlannedLine] = {}
    for line in lines:
        taxes = tuple((tax.rule.id, tax.code, tax.rate) for tax in line.taxes)
        key = (line.rule.id, line.rule.target.account, line.kind, line.key, taxes)
        found[key] = _sum(found[key], line) if key in found else line
    for line in found.values():
        if line.net or any(tax.amount for tax in line.taxes):
            yield replace(line, quantity=_shown(line), cards=())


def _sum(one: PlannedLine, other: PlannedLine) -> PlannedLine:
    taxes = tuple(
        replace(mine, amount=mine.amount + its.amount) for mine, its in zip(one.taxes, other.taxes, strict=True)
    )
    return replace(one, net=one.net + other.net, quantity=one.quantity + other.quantity, taxes=taxes)


def _shown(line: PlannedLine) -> Decimal:
    """How many more or fewer; one where only the price changed, or where it goes the other way than the amount."""
    amount = line.net or line.tax
    return line.quantity if line.quantity * amount > ZERO else ONE if amount > ZERO else -ONE
