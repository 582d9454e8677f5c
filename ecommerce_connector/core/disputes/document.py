"""What a store or a processor says of a dispute; checks itself like the documents of ``canonical``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from ..errors import PayloadError
from ..field_checks import check_amount, check_aware, check_currency, check_texts
from ..rounding import ZERO


class DisputeState(str, Enum):
    """How far a dispute has come. An ``INQUIRY`` moves no money; ``CLOSED`` is one that never did."""

    INQUIRY = "inquiry"
    OPENED = "opened"
    WON = "won"
    LOST = "lost"
    PARTLY_LOST = "partly_lost"
    CLOSED = "closed"

    @property
    def is_decided(self) -> bool:
        """Whether the bank has decided."""
        return self in (DisputeState.WON, DisputeState.LOST, DisputeState.PARTLY_LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One dispute as it stands now. A second chargeback on the same charge is a second dispute.

    What it cost in fees, and what money moved, is said by balance transactions, never here.

    :ivar external_id: the processor's id of the dispute, which payout reports carry
    :ivar at: when it came to its state
    :ivar charge_id: the processor's id of the payment that is disputed
    :ivar order_reference: number or id of the order, where the document is not within its order
    :ivar amount: what is disputed, positive
    :ivar inquired_at: of what is more than an inquiry by now: when the bank asked, before any money moved
    :ivar opened_at: of what is decided by now: when it became a chargeback
    :ivar lost: of a partly lost one, the part that stays with the customer
    :ivar reason: as the processor calls it; what rules of kind ``dispute_loss`` match on
    :ivar respond_by: last day for evidence
    """

    external_id: str
    state: DisputeState
    at: datetime
    amount: Decimal
    currency: str
    charge_id: str = ""
    order_reference: str = ""
    inquired_at: datetime | None = None
    opened_at: datetime | None = None
    lost: Decimal | None = None
    reason: str = ""
    respond_by: date | None = None

    def __post_init__(self) -> None:
        where = f"dispute {self.external_id}".rstrip()
        check_texts(self, where)
        if not self.external_id:
            raise PayloadError(f"{where}, id", "it is empty")
        check_currency(f"{where}, currency", self.currency)
        check_amount(f"{where}, amount", self.amount, self.currency)
        if self.amount <= ZERO:
            raise PayloadError(f"{where}, amount", f"{self.amount} is not positive")
        self._check_instants(where)
        self._check_lost(where)

    def _check_instants(self, where: str) -> None:
        check_aware(where, self.at)
        latest = self.at
        for name, at in (("opened at", self.opened_at), ("inquired at", self.inquired_at)):
            if at is None:
                continue
            check_aware(f"{where}, {name}", at)
            if at > latest:
                raise PayloadError(f"{where}, {name}", f"{at} is after what followed it, {latest}")
            latest = at
        if self.opened_at and self.state in (DisputeState.INQUIRY, DisputeState.CLOSED):
            raise PayloadError(
                f"{where}, opened at", "an inquiry is no chargeback, which would be opened, won, lost or partly lost"
            )

    def _check_lost(self, where: str) -> None:
        if self.state is not DisputeState.PARTLY_LOST:
            if self.lost is not None:
                raise PayloadError(f"{where}, lost", f"it is told, but the dispute is {self._word}, not partly lost")
            return
        if self.lost is None:
            raise PayloadError(f"{where}, lost", "it is missing, and the dispute is partly lost")
        check_amount(f"{where}, lost", self.lost, self.currency)
        if not ZERO < self.lost < self.amount:
            raise PayloadError(f"{where}, lost", f"{self.lost} is not a part of the {self.amount} that are disputed")

    @property
    def _word(self) -> str:
        return self.state.value.replace("_", " ")
