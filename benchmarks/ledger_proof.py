"""Is what was imported in the ledger, exactly? Compares a file of orders with the posted entries.

The expected figures are added up from the file itself, not from the connector's documents or
plans, and the ledger is read with SQL: an error in between cannot hide itself.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from order_file import amount, dicts

ZERO = Decimal(0)

_BOOKED = """
SELECT o.external_id, o.state, coalesce(o.explanation, ''),
       coalesce(m.invoices, 0), coalesce(m.open, 0), coalesce(m.drafts, 0),
       coalesce(m.total, 0)::text, coalesce(m.tax, 0)::text, coalesce(m.credited, 0)::text,
       coalesce(p.payments, 0), coalesce(p.reconciled, 0), coalesce(p.paid, 0)::text
  FROM ecommerce_order o
  LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'invoice') AS invoices,
               count(*) FILTER (WHERE move.amount_residual <> 0) AS open,
               count(*) FILTER (WHERE move.state <> 'posted') AS drafts,
               sum(move.amount_total) FILTER (WHERE kind = 'invoice') AS total,
               sum(move.amount_tax) FILTER (WHERE kind = 'invoice') AS tax,
               sum(move.amount_total) FILTER (WHERE kind = 'credit_note') AS credited
          FROM ecommerce_posting posting JOIN account_move move ON move.id = posting.move_id
         WHERE posting.order_id = o.id AND kind IN ('invoice', 'credit_note')) m ON true
  LEFT JOIN LATERAL (
        SELECT count(*) AS payments,
               count(*) FILTER (WHERE receivable.reconciled) AS reconciled,
               sum(clearing.amount_currency) FILTER (WHERE clearing.parent_state = 'posted') AS paid
          FROM ecommerce_payment payment
          JOIN account_move_line receivable ON receivable.id = payment.receivable_line_id
          JOIN account_move_line clearing ON clearing.id = payment.clearing_line_id
         WHERE payment.order_id = o.id) p ON true
 WHERE o.store_id = %s AND o.external_id = ANY(%s)
"""
_CLEARING = """
SELECT currency.name, sum(line.amount_currency)::text
  FROM account_move_line line JOIN res_currency currency ON currency.id = line.currency_id
 WHERE line.parent_state = 'posted' AND line.account_id IN (
       SELECT clearing_account_id FROM ecommerce_processor_account WHERE company_id = %s)
 GROUP BY currency.name
"""
_UNBALANCED = "SELECT count(*) FROM (SELECT move_id FROM account_move_line GROUP BY 1 HAVING sum(balance) <> 0) found"
_DRAFTS = "SELECT count(*) FROM account_move WHERE state <> 'posted'"


@dataclass
class Proof:
    """What the ledger holds of a file.

    :ivar difference: sum of all differences found, each counted positive: zero only if every one is
    :ivar problems: in words, with the row of the file
    """

    orders: int = 0
    orders_posted: int = 0
    orders_waiting: int = 0
    invoices_posted: int = 0
    payments_reconciled: int = 0
    difference: Decimal = ZERO
    problems: list = field(default_factory=list)
    cleared: Counter = field(default_factory=Counter)


def prove(env, store, orders):
    """Compare an ``OrderFile`` with the ledger.

    :rtype: Proof
    """
    proof = Proof()
    for page in orders.pages(500):
        env.cr.execute(_BOOKED, [store.id, [record.external_id for _number, record in page]])
        booked = {row[0]: row[1:] for row in env.cr.fetchall()}
        for number, record in page:
            proof.orders += 1
            _compare(proof, f"row {number}, order {record.external_id}", record.payload, booked.get(record.external_id))
    _compare_clearing(proof, env, store)
    for statement, what in ((_UNBALANCED, "entries do not balance"), (_DRAFTS, "entries are not posted")):
        env.cr.execute(statement)
        if count := env.cr.fetchone()[0]:
            proof.problems.append(f"{count} {what}")
    return proof


def _compare(proof, where, payload, row):
    if row is None:
        proof.problems.append(f"{where}: it is not stored")
        return
    state, explanation, invoices, still_open, drafts, *rest = row
    expected = _Expected(payload)
    if state == "waiting" and not expected.is_due:
        proof.orders_waiting += 1
        return
    if state != "posted":
        proof.problems.append(f"{where}: it is {state}: {explanation}")
        proof.difference += abs(expected.total)
        return
    total, tax, credited, payments, reconciled, paid = rest
    proof.orders_posted += 1
    proof.invoices_posted += invoices
    proof.payments_reconciled += reconciled
    proof.cleared[payload["currency"]] += expected.cleared
    found = {"total": Decimal(total), "tax": Decimal(tax), "credited": Decimal(credited), "paid": Decimal(paid)}
    for name, value in found.items():
        wanted = getattr(expected, name)
        if value != wanted:
            proof.problems.append(f"{where}: {name} is {wanted} in the file and {value} in the ledger")
            proof.difference += abs(wanted - value)
    if drafts:
        proof.problems.append(f"{where}: {drafts} entries are not posted")
    if expected.is_settled and (still_open or reconciled != payments):
        proof.problems.append(f"{where}: it is paid in the file, but not in the ledger")


class _Expected:
    """The figures of one order as the file states them."""

    def __init__(self, payload):
        done = {
            kind: [item for item in dicts(payload.get(kind)) if item.get("state", "done") == "done"]
            for kind in ("payments", "refunds")
        }
        received, given_back = (sum((amount(item.get("amount")) for item in items), ZERO) for items in done.values())
        is_sale = bool(payload.get("placed_at") and payload.get("lines") and not payload.get("cancelled"))
        reduced = sum((amount(item.get("already_reduced")) for item in done["refunds"]), ZERO)
        #: Money moved, so something must be booked.
        self.is_due = bool(received or given_back) and not payload.get("test")
        self.total = amount(payload.get("total")) if is_sale else ZERO
        self.tax = sum((_tax(line) for line in dicts(payload.get("lines"))), ZERO) if is_sale else ZERO
        self.credited = given_back - reduced if is_sale else ZERO
        self.paid = received - given_back
        self.is_settled = self.total - self.credited == self.paid
        #: What the clearing accounts must hold: gift cards sold are owed on the account they are paid from.
        self.cleared = self.paid - (_vouchers(payload, done["refunds"]) if is_sale else ZERO)


def _tax(line):
    ours = [tax for tax in dicts(line.get("taxes")) if tax.get("remitter") != "marketplace"]
    return sum((amount(tax.get("amount")) for tax in ours), ZERO)


def _vouchers(payload, refunds):
    sold, taken_back = dicts(payload.get("lines")), [line for item in refunds for line in dicts(item.get("lines"))]
    sums = [sum((amount(line.get("net")) for line in lines if line.get("kind") == "gift_card"), ZERO)
            for lines in (sold, taken_back)]  # fmt: skip
    return sums[0] - sums[1]


def _compare_clearing(proof, env, store):
    """The clearing accounts hold what was paid, neither more nor less, in each currency."""
    env.cr.execute(_CLEARING, [store.company_id.id])
    found = {currency: Decimal(balance) for currency, balance in env.cr.fetchall()}
    for currency in sorted(found.keys() | proof.cleared.keys()):
        wanted, balance = proof.cleared[currency], found.get(currency, ZERO)
        if wanted != balance:
            proof.problems.append(f"clearing accounts: {wanted} {currency} in the file, {balance} in the ledger")
            proof.difference += abs(wanted - balance)
