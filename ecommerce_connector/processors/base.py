"""The contract between the connector and a payout report.

A report format is one module: it recognizes its files and turns one into payouts with their
balance transactions. It sees neither the ORM nor the ledger, reads no clock, and raises only
``core.errors.ReportError``. Whether the same file was read before is the caller's question.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from zoneinfo import ZoneInfo

from ..core.reasons import Reason
from ..core.settlements import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file as it was uploaded.

    :ivar name: what the person calls it; every error starts with it
    :ivar content: its bytes, unchanged
    """

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """What a format makes of a file.

    :ivar processor: code of the format, e.g. ``stripe``
    :ivar layout: which of the processor's reports it is, in words
    :ivar confidence: 0 to 100; the most confident format reads the file, a tie is an error
    :ivar reason: what it was recognized by, for the person who asks why
    """

    processor: str
    layout: str
    confidence: int
    reason: str

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 100:
            raise ValueError(f"a confidence is 0 to 100, not {self.confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedReport:
    """What a report says.

    :ivar payouts: in the order of the file, each with its transactions in the order of the file
    :ivar notices: what a person should know and nothing stops for: rows left out, a time zone
        that was assumed
    """

    payouts: tuple[Payout, ...]
    notices: tuple[Reason, ...] = ()


class ReportFormat(ABC):
    """One layout of payout reports of one processor.

    :cvar code: unique among formats; the processor's code where it has only one format
    :cvar label: the report's name on the processor's own screens
    :cvar mandatory: the columns it cannot do without, normalized (see ``tables``); each entry
        lists the alternatives of which one must be there. Empty for formats that are no tables.
    :cvar export_hint: a sentence: where the processor gives this report
    """

    code: ClassVar[str]
    label: ClassVar[str]
    mandatory: ClassVar[tuple[tuple[str, ...], ...]] = ()
    export_hint: ClassVar[str] = ""

    @abstractmethod
    def identify(self, file: ReportFile) -> Identification | None:
        """Whether this format can read the file; never raises."""

    @abstractmethod
    def parse(
        self,
        file: ReportFile,
        *,
        zone: ZoneInfo,
        default_currency: str | None = None,
        options: Mapping[str, str] | None = None,
    ) -> ParsedReport:
        """Read the whole file, or nothing of it.

        :param zone: of the processor account: in it, times without an offset are read and the
            transactions' times are given
        :param default_currency: ISO code for a report without a currency column
        :param options: what a format documents for itself; others are ignored
        :raises ReportError: naming file, row and column of the first thing that is wrong, or all
            missing columns at once
        """

    @classmethod
    def missing_columns(cls, columns: Collection[str]) -> tuple[str, ...]:
        """Mandatory columns that are not among ``columns`` (normalized), alternatives joined by "or"."""
        return tuple(" or ".join(names) for names in cls.mandatory if not set(names) & set(columns))
