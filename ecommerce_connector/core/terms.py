"""Orders that are paid later: invoiced when they are placed, and due some days after that."""

from __future__ import annotations

from datetime import date, timedelta
from fnmatch import fnmatchcase

from .canonical import MoneyState, StoreDocument
from .policy import Policy

#: A payment in these states says how the customer pays, or paid; a failed or voided one says nothing.
_MEANT = frozenset({MoneyState.PENDING, MoneyState.AUTHORIZED, MoneyState.DONE})


def is_on_terms(document: StoreDocument, policy: Policy) -> bool:
    """Whether one of its payments is by a gateway whose orders are invoiced when they are placed."""
    gateways = {tender.gateway.casefold() for tender in document.tenders if tender.state in _MEANT}
    patterns = [pattern.casefold() for pattern in policy.terms_gateways]
    return any(fnmatchcase(gateway, pattern) for gateway in gateways for pattern in patterns)


def due_date(document: StoreDocument, policy: Policy, invoiced_on: date) -> date | None:
    """The day an invoice is to be paid by; None: at once."""
    if not policy.terms_days or not is_on_terms(document, policy):
        return None
    return invoiced_on + timedelta(days=policy.terms_days)
