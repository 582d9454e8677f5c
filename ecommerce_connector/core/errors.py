"""What this package raises on purpose.

Each message is a sentence for an accountant: which document, which field, what to do next. The
Odoo shell shows it as it is, to a person as ``UserError`` and from a scheduled action as an
exception record. What it quotes of a document may be unfit for a database; the message never is.
"""

from __future__ import annotations

from .texts import storable


class ConnectorError(Exception):
    """Root of all deliberate errors.

    :param message: what is wrong, with the document or file it concerns
    :param hint: what to do next
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        message, hint = storable(message), storable(hint)
        super().__init__(f"{message} {hint}".strip())
        self.message = message
        self.hint = hint


class TransportError(ConnectorError):
    """The store or the processor could not be reached, or answered nonsense; trying again may help.

    :param retry_after: seconds the other side asked us to wait, if it said so
    """

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class AuthenticationError(ConnectorError):
    """The credentials are refused, or lack a permission; trying again does not help."""


class PayloadError(ConnectorError):
    """A document contradicts itself or its documentation; it is not booked.

    :param where: the document and field, e.g. ``"order 1001, line 3, net"``
    :param problem: what is wrong with it
    """

    def __init__(self, where: str, problem: str, *, hint: str = "") -> None:
        super().__init__(f"{where}: {problem}.", hint=hint)
        self.where = where
        self.problem = problem


class ReportError(ConnectorError):
    """A payout report cannot be read.

    :param file: the file's name
    :param problem: what is wrong
    :param row: line number in the file as a text editor counts it, from 1; None: the whole file
    :param field: the column concerned
    """

    def __init__(
        self, file: str, problem: str, *, row: int | None = None, field: str | None = None, hint: str = ""
    ) -> None:
        place = file
        if row is not None:
            place += f", row {row}"
        if field is not None:
            place += f", column {field!r}"
        super().__init__(f"{place}: {problem}.", hint=hint)
        self.file, self.problem, self.row, self.field = file, problem, row, field


class MappingMissing(ConnectorError):
    """No rule says how a store value is booked; an accountant must decide."""

    def __init__(self, kind: str, key: str, qualifiers: str = "") -> None:
        super().__init__(
            f"No {kind.replace('_', ' ')} rule covers {key!r}{qualifiers}.",
            hint="Add a mapping rule for it, then retry.",
        )
        self.kind, self.key = kind, key


class MappingAmbiguous(ConnectorError):
    """Two rules are equally specific: a set-up error, never resolved by chance."""

    def __init__(self, kind: str, key: str, rules: tuple[str, str]) -> None:
        super().__init__(
            f"Two {kind.replace('_', ' ')} rules fit {key!r} equally well: {rules[0]} and {rules[1]}.",
            hint="Make one of them more specific, or end it.",
        )
        self.kind, self.key = kind, key


class PlanUnbalanced(ConnectorError):
    """A plan that does not balance; a defect of ours, never written."""
