"""Short ways to write orders, rules and plans in tests, and entries as accountants write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from ecommerce_connector.core.canonical import Line, LineKind, MoneyState, Refund, StoreDocument, TaxLine, Tender
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.plans import (
    EntryKind,
    OrderPlan,
    PlannedEntry,
    PlannedMove,
    PlannedPayment,
    PlannedTransfer,
)
from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.posted import Posted
from ecommerce_connector.core.posting import plan_order

D = Decimal
PARIS = ZoneInfo("Europe/Paris")

#: (kind, pattern, account) of a shop that books as ``accounting/cases.md`` does.
SIMPLE_RULES = (
    ("product", "*", "Revenue"),
    ("shipping", "*", "Shipping revenue"),
    ("fee", "*", "Order-fee revenue"),
    ("gift_card", "*", "Gift-card liability"),
    ("tip", "*", "Tips payable"),
    ("duty", "*", "Duties payable"),
    ("return", "*", "Sales returns"),
    ("refund_adjustment", "*", "Sales allowances"),
    ("rounding", "*", "Rounding difference"),
    ("tax", "*", "Tax payable"),
    ("marketplace_tax", "*", "Marketplace-tax clearing"),
    ("gateway", "card", "PSP"),
    ("gateway", "gift*card", "Gift-card liability"),
)

# === ORDERS === #


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    """``"2026-03-10 09:30"`` in the store's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def tax(amount: str, rate: str | None = "20", code: str = "VAT", **more) -> TaxLine:
    return TaxLine(code=code, amount=D(amount), rate=None if rate is None else D(rate), **more)


def line(key: str, net: str, *taxes: TaxLine, kind: LineKind = LineKind.PRODUCT, **more) -> Line:
    """A line whose id is its key."""
    values = {"external_id": key, "description": key.title(), "quantity": D(1)} | more
    return Line(kind=kind, key=key, net=D(net), taxes=taxes, **values)


def paid(amount: str, when: str | datetime = "2026-03-10 10:00", **more) -> Tender:
    """A captured card payment."""
    values = {"external_id": "pay-1", "gateway": "card", "state": MoneyState.DONE} | more
    return Tender(amount=D(amount), at=when if isinstance(when, datetime) else at(when), **values)


def refund(amount: str, *lines: Line, when: str | datetime = "2026-03-12 10:00", **more) -> Refund:
    """A settled refund to the card."""
    values = {"external_id": "ref-1", "gateway": "card", "state": MoneyState.DONE} | more
    values["already_reduced"] = D(values.get("already_reduced", 0))
    return Refund(amount=D(amount), at=when if isinstance(when, datetime) else at(when), lines=lines, **values)


def order(*lines: Line, total: str | None = None, **more) -> StoreDocument:
    """Order 1001 of 2026-03-10 in EUR, worth what its lines come to unless said otherwise."""
    values = {
        "external_id": "1", "number": "1001", "currency": "EUR", "placed_at": at("2026-03-10 09:00"),
        "updated_at": at("2026-03-15 12:00"), "tenders": (), "refunds": (),
    } | more  # fmt: skip
    for name in ("tenders", "refunds"):
        values[name] = tuple(values[name])
    worth = sum((line.gross for line in lines), D(0)) if total is None else D(total)
    return StoreDocument(lines=lines, total=worth, **values)


def sale(*payments: Tender, refunds: Iterable[Refund] = (), **more) -> StoreDocument:
    """The sale of the cases: 100 and 10 % tax."""
    return order(line("mug", "100", tax("10", "10")), tenders=payments, refunds=refunds, **more)


# === RULES AND PLANS === #


def rule(kind: str, pattern: str = "*", label: str = "", id: int = 1, **more) -> Rule:
    return Rule(id=id, kind=kind, pattern=pattern, target=Target(label=label or f"{kind} {pattern}"), **more)


def rulebook(*more: Rule, without: Iterable[str] = (), rows: Iterable[tuple] = SIMPLE_RULES) -> Rulebook:
    """The simple rules and others; some kinds left out.

    :param rows: (kind, pattern, label) and, if need be, a dictionary of qualifiers
    """
    made = [
        rule(kind, pattern, label, number, **dict(*qualifiers))
        for number, (kind, pattern, label, *qualifiers) in enumerate(rows, 1)
        if kind not in without
    ]
    return Rulebook([*made, *more])


def policy(**more) -> Policy:
    return Policy(**({"zone": PARIS} | more))


def plan(
    document: StoreDocument, rules: Rulebook | None = None, *, posted: Posted | None = None,
    credited: Sequence[str] = (), **more,
) -> OrderPlan:  # fmt: skip
    posted = posted or Posted(credited=tuple(credited))
    return plan_order(document, rules or rulebook(), policy(**more), posted=posted)


def codes(reasons: Iterable) -> list[str]:
    return [reason.code for reason in reasons]


# === ENTRIES === #


def booked(plan: OrderPlan) -> list[str]:
    """Each entry as in ``accounting/cases.md``: ``Dr AR 110 / Cr Revenue 100, Tax payable 10``."""
    return [entry_text(entry) for entry in plan.entries()]


def entry_text(entry: PlannedEntry) -> str:
    items = journal_items(entry)
    debits = ", ".join(f"{account} {_plain(amount)}" for account, amount in items.items() if amount > 0)
    credits = ", ".join(f"{account} {_plain(-amount)}" for account, amount in items.items() if amount < 0)
    return f"Dr {debits} / Cr {credits}"


def journal_items(entry: PlannedEntry) -> Mapping[str, Decimal]:
    """Balance per account, debit positive; the accounts receivable are ``AR``."""
    items: defaultdict[str, Decimal] = defaultdict(Decimal)
    if isinstance(entry, PlannedPayment):
        sign = 1 if entry.kind is EntryKind.PAYMENT else -1
        items[entry.rule.target.label] += sign * entry.amount
        items[entry.advance.target.label if entry.advance else "AR"] -= sign * entry.amount
        return items
    if isinstance(entry, PlannedTransfer):
        items[entry.rule.target.label] += entry.amount
        items["AR"] -= entry.amount
        return items
    sign = -1 if entry.kind is EntryKind.CREDIT_NOTE else 1
    items["AR"] += sign * entry.total
    for planned in entry.lines:
        items[planned.rule.target.label] -= sign * planned.net
        for planned_tax in planned.taxes:
            items[planned_tax.rule.target.label] -= sign * planned_tax.amount
    return items


def balances(plan: OrderPlan) -> dict[str, Decimal]:
    """Balance per account after all entries, accounts at zero left out."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for entry in plan.entries():
        for account, amount in journal_items(entry).items():
            sums[account] += amount
    return {account: amount for account, amount in sums.items() if amount}


def taxes_of(moves: Iterable[PlannedMove]) -> dict[tuple[str, Decimal | None], Decimal]:
    """Tax by code and rate, invoices positive, credit notes negative."""
    sums: defaultdict[tuple[str, Decimal | None], Decimal] = defaultdict(Decimal)
    for move in moves:
        for planned in move.lines:
            for planned_tax in planned.taxes:
                signed = -planned_tax.amount if move.kind is EntryKind.CREDIT_NOTE else planned_tax.amount
                sums[planned_tax.code, planned_tax.rate] += signed
    return dict(sums)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
