"""What orders add to a summary that is to be written, and the summary once it is."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class PreparedEntry:
    """One posting to be, without the documents it came from: a day of them must fit into memory.

    :ivar date: accounting date
    :ivar total: with tax, credit notes negative; 0 for what is no document
    :ivar currency: if it is not that of its order: a fee has its payout's
    :ivar values: of its ecommerce.posting
    :ivar payment: values of its ecommerce.payment, if it moves money
    """

    key: tuple
    date: date
    label: str
    due: date
    total: Any
    rows: list
    values: dict
    payment: dict | None = None
    currency: Any = None


@dataclass(slots=True)
class PreparedOrder:
    """What an order adds to a summary.

    :ivar cards: its plan, if gift cards are concerned
    """

    order: Any
    partner_id: int
    entries: list
    continues: bool
    is_whole: bool
    cards: Any = None


@dataclass(slots=True)
class Written:
    """A summary entry, posted.

    :ivar lines: row number -> its line's id
    """

    summary: Any
    rows: list = field(default_factory=list)
    lines: dict = field(default_factory=dict)
