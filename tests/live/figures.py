"""The store's own figures, asked from its Admin API, and the ledger's, read by SQL: neither knows the connector.

Both sides come in the same shape, so that a test compares them with ``==``. Amounts are ``Decimal``
in the order's currency.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

Json = dict[str, Any]
ZERO = Decimal("0.00")


@dataclass
class Figures:
    """One order.

    :ivar invoiced: what was sold, with tax; zero if it is no sale (yet)
    :ivar credited: what of it was taken back, beyond what the store took out of the order itself
    :ivar outstanding: what the customer still owes; negative: what the shop owes
    :ivar taxes: charged, by rate
    :ivar credited_taxes: given back in credit notes, by rate; None where the store states no taxes of its refunds
    """

    currency: str
    invoiced: Decimal = ZERO
    credited: Decimal = ZERO
    received: Decimal = ZERO
    returned: Decimal = ZERO
    outstanding: Decimal = ZERO
    taxes: dict[Decimal, Decimal] = field(default_factory=dict)
    credited_taxes: dict[Decimal, Decimal] | None = field(default_factory=dict)

    def as_stated_by(self, other: Figures) -> Figures:
        """These figures without those that the other side does not state."""
        return replace(self, credited_taxes=None) if other.credited_taxes is None else self


def totals(orders: dict[str, Figures]) -> dict[tuple[str, str], Decimal]:
    """All orders added up, by figure and currency; taxes by rate."""
    found: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for order in orders.values():
        for name in ("invoiced", "credited", "received", "returned", "outstanding"):
            found[name, order.currency] += getattr(order, name)
        for rate, amount in order.taxes.items():
            found[f"tax {rate:f} %", order.currency] += amount
        for rate, amount in (order.credited_taxes or {}).items():
            found[f"credited tax {rate:f} %", order.currency] += amount
    return {key: amount for key, amount in found.items() if amount}


# === The store === #


def of_store(orders: list[Json]) -> dict[str, Figures]:
    """By order code, of the orders that money has moved for."""
    found = {order["code"]: _of_order(order) for order in orders}
    return {code: figures for code, figures in found.items() if figures.received}


def _of_order(order: Json) -> Figures:
    settled = [payment for payment in order["payments"] if payment["state"] == "Settled"]
    received = sum((_major(payment["amount"]) for payment in settled), ZERO)
    refunds = [refund for payment in order["payments"] for refund in payment["refunds"] if refund["state"] == "Settled"]
    returned = sum((_major(refund["total"]) for refund in refunds), ZERO)
    worth = _major(order["totalWithTax"])
    figures = Figures(order["currencyCode"], received=received, returned=returned)
    if order["orderPlacedAt"] and not order["active"] and order["state"] != "Cancelled" and received:
        figures.invoiced = worth
        # What was paid beyond the present worth was taken out of the order: no credit note for that.
        figures.credited = max(ZERO, returned - max(ZERO, received - worth))
        # The lines it names are out of the order itself; of other refunds it states an amount only.
        figures.credited_taxes = None if figures.credited else {}
        for row in order["taxSummary"]:
            if row["taxTotal"]:
                rate = Decimal(str(row["taxRate"])).normalize()
                figures.taxes[rate] = figures.taxes.get(rate, ZERO) + _major(row["taxTotal"])
    figures.outstanding = figures.invoiced - figures.credited - received + returned
    return figures


def gateways_of_store(orders: list[Json]) -> dict[tuple[str, str], Decimal]:
    """Money received less money given back, by kind of gateway and currency."""
    kinds = {"card": "card", "card-authorize": "card", "gift-card": "gift card"}
    found: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for order in orders:
        for payment in order["payments"]:
            if payment["state"] == "Settled":
                refunds = [refund["total"] for refund in payment["refunds"] if refund["state"] == "Settled"]
                kind = kinds.get(payment["method"], "manual")
                found[kind, order["currencyCode"]] += _major(payment["amount"] - sum(refunds))
    return dict(found)


def _major(minor: int) -> Decimal:
    return Decimal(minor).scaleb(-2)


# === The ledger === #

# What amends an invoice is of it; a posting that has later facts has the same entry once more.
_DOCUMENTS = """
    SELECT number, currency, kind, sum(amount)
      FROM (SELECT DISTINCT o.number, c.name AS currency, m.id,
                   CASE p.kind WHEN 'correction' THEN 'invoice' ELSE p.kind END AS kind,
                   CASE WHEN p.kind = 'correction' AND m.move_type = 'out_refund'
                        THEN -m.amount_total ELSE m.amount_total END AS amount
              FROM ecommerce_posting p
              JOIN ecommerce_order o ON o.id = p.order_id
              JOIN account_move m ON m.id = p.move_id AND m.state = 'posted'
              JOIN res_currency c ON c.id = m.currency_id
             WHERE p.kind IN ('invoice', 'credit_note', 'correction')) documents
     GROUP BY number, currency, kind
"""
_MONEY = """
    SELECT o.number, c.name, sum(greatest(l.amount_currency, 0)), -sum(least(l.amount_currency, 0))
      FROM ecommerce_payment e
      JOIN ecommerce_order o ON o.id = e.order_id
      JOIN account_move_line l ON l.id = e.clearing_line_id AND l.parent_state = 'posted'
      JOIN res_currency c ON c.id = l.currency_id
     GROUP BY o.number, c.name
"""
_RECEIVABLE = """
    SELECT o.number, sum(l.amount_residual_currency)
      FROM ecommerce_order o
      JOIN account_move_line l ON l.parent_state = 'posted'
      JOIN account_account a ON a.id = l.account_id
     WHERE (a.account_type = 'asset_receivable'
            AND l.move_id IN (SELECT move_id FROM ecommerce_posting
                               WHERE order_id = o.id AND kind IN ('invoice', 'credit_note', 'correction')))
        -- What was paid for a cart waits on an account of advances.
        OR l.id IN (SELECT receivable_line_id FROM ecommerce_payment WHERE order_id = o.id)
     GROUP BY o.number
"""
_TAXES = """
    SELECT number, kind, rate, -sum(amount)
      FROM (SELECT DISTINCT o.number, l.id, t.amount AS rate, l.amount_currency AS amount,
                   CASE p.kind WHEN 'correction' THEN 'invoice' ELSE p.kind END AS kind
              FROM ecommerce_posting p
              JOIN ecommerce_order o ON o.id = p.order_id
              JOIN account_move_line l ON l.move_id = p.move_id AND l.parent_state = 'posted'
              JOIN account_tax t ON t.id = l.tax_line_id
             WHERE p.kind IN ('invoice', 'credit_note', 'correction')) taxes
     GROUP BY number, kind, rate
"""


def of_ledger(books: Any) -> dict[str, Figures]:
    """By order number, of the orders that anything is posted for."""
    found: dict[str, Figures] = {}
    for number, currency, kind, amount in books.rows(_DOCUMENTS):
        order = found.setdefault(number, Figures(currency))
        setattr(order, {"invoice": "invoiced", "credit_note": "credited"}[kind], _exact(amount))
    for number, currency, received, returned in books.rows(_MONEY):
        order = found.setdefault(number, Figures(currency))
        order.received, order.returned = _exact(received), _exact(returned)
    for number, outstanding in books.rows(_RECEIVABLE):
        found[number].outstanding = _exact(outstanding)
    for number, kind, rate, amount in books.rows(_TAXES):
        if kind == "invoice" and _exact(amount):
            found[number].taxes[Decimal(rate).normalize()] = _exact(amount)
        elif _exact(amount):
            found[number].credited_taxes[Decimal(rate).normalize()] = -_exact(amount)
    return found


def gateways_of_ledger(books: Any) -> dict[tuple[str, str], Decimal]:
    """Balances of the control accounts, by kind of gateway and currency."""
    rows = books.rows(
        """
        SELECT j.name->>'en_US', c.name, sum(l.amount_currency)
          FROM ecommerce_processor_account p
          JOIN account_journal j ON j.id = p.journal_id
          JOIN res_currency c ON c.id = p.currency_id
          JOIN account_move_line l ON l.account_id = p.clearing_account_id AND l.currency_id = p.currency_id
                                  AND l.parent_state = 'posted'
         GROUP BY j.id, c.name
        """
    )
    kinds = {"Card": "card", "Gift": "gift card", "Manual": "manual"}
    return {(kinds[name.split()[0]], currency): _exact(amount) for name, currency, amount in rows if _exact(amount)}


def balance(books: Any, account: str, currency: str) -> Decimal:
    """Balance of an account by its name, in a currency."""
    statement = """
        SELECT coalesce(sum(l.amount_currency), 0)
          FROM account_move_line l
          JOIN account_account a ON a.id = l.account_id
          JOIN res_currency c ON c.id = l.currency_id
         WHERE l.parent_state = 'posted' AND a.name->>'en_US' = %s AND c.name = %s
    """
    return _exact(books.value(statement, account, currency))


def _exact(amount: object) -> Decimal:
    return Decimal(str(amount)).quantize(ZERO)
