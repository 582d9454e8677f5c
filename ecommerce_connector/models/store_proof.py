"""What a store says against what the ledger has, to the cent. Reads only.

The store's side comes from the stored facts of its orders, the ledger's side from posted journal
items; nothing is taken from a plan.
"""

from collections import defaultdict
from decimal import Decimal

from ..core.proof import broken, compare
from .amounts import amount_of

ZERO = Decimal(0)


class StoreProof:
    """The proof of one store, as of now."""

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.orders = self.env["ecommerce.order"].search([("store_id", "=", store.id)])
        self.postings = self.env["ecommerce.posting"].search([("store_id", "=", store.id)])

    def report(self):
        """Everything, ready for JSON: amounts are text.

        :rtype: dict
        """
        checks = self.checks()
        return {
            "store": self.store.name,
            "counts": self.counts(),
            "totals": [self._row(check) for check in self.totals()],
            "taxes": [self._row(check) for check in self.taxes()],
            "laws": [self._row(check) for check in broken(checks)],
            "laws_checked": len(checks),
            "accounts": self.accounts(),
            "exceptions": self.exceptions(),
            "waiting": self.waiting(),
            "holds": not broken([*checks, *self.totals(), *self.taxes()]),
        }

    def counts(self):
        """How many records there are, by kind and state."""
        moves = {
            kind: len(self.postings.filtered(lambda posting, kind=kind: posting.kind == kind).move_id)
            for kind in ("invoice", "credit_note")
        }
        payments = self.postings.filtered(lambda posting: posting.kind in ("payment", "refund_payment"))
        states = defaultdict(int)
        for order in self.orders:
            states[order.state] += 1
        return {
            "orders": len(self.orders), **{f"orders_{state}": count for state, count in sorted(states.items())},
            "invoices": moves["invoice"], "credit_notes": moves["credit_note"], "payments": len(payments),
            "exceptions": self.env["ecommerce.exception"].search_count(self._open_exceptions()),
        }  # fmt: skip

    # === Store against ledger === #

    def totals(self):
        """Sales, refunds and what waits, per currency: store total = ledger + what is not booked."""
        sales, booked, unbooked = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
        invoiced = self._orders_with("invoice")
        for order in self.orders:
            code = order.currency_id.name or "?"
            total = amount_of(order.total, order.currency_id) if order.currency_id else ZERO
            if order.state == "waiting" or not total:
                continue
            sales["sales", code] += total
            if order not in invoiced:
                unbooked["sales", code] += total
        for move in self._moves("invoice"):
            booked["sales", move.currency_id.name] += amount_of(move.amount_total, move.currency_id)
        for key, amount in unbooked.items():
            booked[key] += amount
        refunds, credited = defaultdict(Decimal), defaultdict(Decimal)
        for refund in invoiced.refund_ids.filtered(lambda refund: refund.state == "done"):
            currency = refund.currency_id
            refunds["refunds", currency.name] += amount_of(refund.amount - refund.already_reduced, currency)
        for move in self._moves("credit_note"):
            credited["refunds", move.currency_id.name] += amount_of(move.amount_total, move.currency_id)
        return compare(4, "store total = ledger total", sales | refunds, booked | credited)

    def taxes(self):
        """Tax by rate: the store's own summary against the tax items of the invoices."""
        charged, booked = defaultdict(Decimal), defaultdict(Decimal)
        for order in self._orders_with("invoice"):
            for _code, rate, amount in order.tax_facts or ():
                charged[f"{rate or '?'} %", order.currency_id.name] += Decimal(amount)
        for line in self._moves("invoice").line_ids.filtered("tax_line_id"):
            rate = f"{Decimal(str(line.tax_line_id.amount)).normalize():f} %"
            booked[rate, line.currency_id.name] -= amount_of(line.amount_currency, line.currency_id)
        shown = {key: amount for key, amount in charged.items() if amount or key in booked}
        return compare(12, "tax charged = tax booked", shown, booked)

    def checks(self):
        """Per order: what it is worth and what is outstanding, in the store and in the ledger."""
        worth, invoiced, owed, residual = {}, {}, {}, {}
        for order in self.orders.filtered(lambda order: order.state == "posted" and order.posting_ids):
            key = (order.number, order.currency_id.name)
            worth[key], owed[key] = self._store_says(order)
            invoiced[key], residual[key] = self._ledger_says(order)
        return compare(4, "worth of the order", worth, invoiced) + compare(5, "outstanding", owed, residual)

    def _store_says(self, order):
        amount = lambda value: amount_of(value, order.currency_id)  # noqa: E731
        has_invoice = "invoice" in order.posting_ids.mapped("kind")
        credited = sum(
            (amount(refund.amount - refund.already_reduced) for refund in order.refund_ids if refund.state == "done"),
            ZERO,
        )
        worth = amount(order.total) - credited if has_invoice else ZERO
        return worth, worth - amount(order.paid_total) + amount(order.refunded_total)

    def _ledger_says(self, order):
        documents = order.posting_ids.filtered(lambda posting: posting.kind in ("invoice", "credit_note")).move_id
        terms = documents.line_ids.filtered(lambda line: line.display_type == "payment_term")
        currency = order.currency_id
        worth = sum((amount_of(line.amount_currency, currency) for line in terms), ZERO)
        lines = terms | order.payment_ids.receivable_line_id
        return worth, sum((amount_of(line.amount_residual_currency, currency) for line in lines), ZERO)

    # === Control accounts and exceptions === #

    def accounts(self):
        """Balances of the processor accounts and of the suspense account."""
        rows = []
        for account in self.env["ecommerce.processor.account"].search([("company_id", "=", self.store.company_id.id)]):
            currency = account.currency_id
            rows.append(
                {
                    "account": account.name, "currency": currency.name,
                    "clearing": str(amount_of(account.clearing_balance, currency)),
                    "in_transit": str(amount_of(account.in_transit_balance, currency)),
                }
            )  # fmt: skip
        return rows

    def exceptions(self):
        """The open exceptions: who, what, what to do."""
        found = self.env["ecommerce.exception"].search(self._open_exceptions())
        return [
            {
                "order": item.order_id.number or "", "payout": item.payout_id.external_id or "", "code": item.code,
                "blocks": item.severity == "1", "message": item.message, "hint": item.hint or "",
            }
            for item in found
        ]  # fmt: skip

    def waiting(self):
        """Orders of which nothing is booked yet, and why."""
        return [
            {"order": order.number, "why": order.explanation or ""}
            for order in self.orders.filtered(lambda order: order.state == "waiting")
        ]

    def _open_exceptions(self):
        return [("store_id", "=", self.store.id), ("state", "=", "open")]

    # === Look-ups === #

    def _moves(self, kind):
        return self.postings.filtered(lambda posting: posting.kind == kind).move_id.filtered(
            lambda move: move.state == "posted"
        )

    def _orders_with(self, kind):
        return self.postings.filtered(lambda posting: posting.kind == kind).order_id

    @staticmethod
    def _row(check):
        return {
            "law": check.law, "name": check.name, "subject": check.subject, "currency": check.currency,
            "store": str(check.expected), "ledger": str(check.actual), "difference": str(check.difference),
        }  # fmt: skip
