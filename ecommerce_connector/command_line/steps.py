"""What importing a mapping document would do, row by row, as data for programs and as text for people."""

from .texts import counted

#: Rows shown to people; all are in ``--json``.
MOST_SHOWN = 100


def data(plan, unread):
    """Counts, steps and errors.

    :param list unread: errors of rows that cannot be read
    """
    return {
        "counts": plan.counts(), "steps": [*map(_step, plan.steps)],
        "errors": [
            {"row": item.row, "column": item.column, "value": item.value, "problem": item.problem, "hint": item.hint}
            for item in [*unread, *plan.errors]
        ],
    }  # fmt: skip


def _step(step):
    return {
        "row": step.row.row, "outcome": step.outcome.value, "number": step.rule.number if step.rule else None,
        "rule": str(step.row),
        "changes": [{"column": column, "old": old, "new": new} for column, old, new in step.changes],
    }  # fmt: skip


def errors_text(plan, unread, outcome):
    """All errors, and what comes of them."""
    errors = [*unread, *plan.errors]
    return "\n".join([*map(str, errors), f"{counted(len(errors), 'error')}: {outcome}."])


def shown(steps):
    """The rows that change something, a line each."""
    changed = [step for step in steps if step["outcome"] != "unchanged"]
    for step in changed[:MOST_SHOWN]:
        changes = "; ".join(f"{item['column']} {item['old'] or '-'} → {item['new'] or '-'}" for item in step["changes"])
        yield f"row {step['row']:>5}  {step['outcome']:<10} {step['rule']}" + (f": {changes}" if changes else "")
    if len(changed) > MOST_SHOWN:
        yield f"and {len(changed) - MOST_SHOWN} more"


def counts_text(counts):
    """How many rows of each outcome."""
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "The document has no rows."
