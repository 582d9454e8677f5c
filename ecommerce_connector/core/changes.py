"""What is new in a plan, against what is posted already.

Posted entries never change. An entry that is posted with the same facts is left alone; one whose
facts changed in the store is a conflict until a person has booked what corrects it and accepts the
new facts as posted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .plans import EntryKind, EventKey, OrderPlan, PlannedEntry, PlannedMove
from .reasons import Reason

#: In place of a fingerprint: that the store has the posted entry no longer is accepted.
GONE = "gone"
#: Code of the reasons for conflicts.
CHANGED_AFTER_POSTING = "changed_after_posting"
_HINT = "Post what corrects it, if anything does, and mark it as corrected; what is posted stays."
_NAMES = {
    EntryKind.INVOICE: "invoice",
    EntryKind.DOWN_PAYMENT: "down-payment invoice",
    EntryKind.CREDIT_NOTE: "credit note",
    EntryKind.PAYMENT: "payment",
    EntryKind.REFUND_PAYMENT: "refund payment",
    EntryKind.ADVANCE_USED: "use of the advance",
    EntryKind.COMPENSATION: "compensation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """:ivar new: to be written
    :ivar unchanged: keys of entries that are posted as they should be
    :ivar conflicts: what was posted and is different now; nothing of the order is written while there are any
    """

    new: tuple[PlannedEntry, ...]
    unchanged: tuple[EventKey, ...]
    conflicts: tuple[Reason, ...]


def compare(plan: OrderPlan, posted: Mapping[EventKey, str]) -> Comparison:
    """Tell new entries from posted ones.

    :param posted: fingerprint of each entry posted for this order, by its key
    """
    new, unchanged, conflicts = [], [], []
    planned = set()
    for entry in plan.entries():
        planned.add(entry.key)
        if entry.key not in posted:
            new.append(entry)
        elif posted[entry.key] == entry.fingerprint:
            unchanged.append(entry.key)
        else:
            conflicts.append(_changed(plan, entry))
    for kind, external_id in sorted(posted.keys() - planned):
        if posted[kind, external_id] == GONE:
            continue
        conflicts.append(
            Reason(
                code=CHANGED_AFTER_POSTING,
                message=(
                    f"Order {plan.number}: its {_NAMES[kind]} {external_id} is posted, but it is gone from the store."
                ),
                hint=_HINT,
                key=conflict_key((kind, external_id)),
            )
        )
    return Comparison(new=tuple(new), unchanged=tuple(unchanged), conflicts=tuple(conflicts))


def conflict_key(key: EventKey) -> str:
    """How the reason for a conflict names the entry."""
    kind, external_id = key
    return f"{kind.value}:{external_id}"


def accepted_fingerprint(plan: OrderPlan, key: EventKey) -> str:
    """What to remember of an entry when a person accepts that what is posted for it differs from the store."""
    return next((entry.fingerprint for entry in plan.entries() if entry.key == key), GONE)


def _changed(plan: OrderPlan, entry: PlannedEntry) -> Reason:
    amount = entry.total if isinstance(entry, PlannedMove) else entry.amount
    return Reason(
        code=CHANGED_AFTER_POSTING,
        message=(
            f"Order {plan.number}: its {_NAMES[entry.kind]} {entry.external_id} changed in the store after it was "
            f"posted; it is {amount} {plan.currency} now."
        ),
        hint=_HINT,
        amount=amount,
        key=conflict_key(entry.key),
    )
