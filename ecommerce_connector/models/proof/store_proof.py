"""What a store says against what the ledger has, to the cent. Reads only.

The store's side comes from the stored facts of its orders, the ledger's side from posted journal
items; nothing is taken from a plan. What is not booked is a column of its own, to review: it is
never counted as booked. Orders are read in batches, so that memory does not grow with their number.
"""

from collections import defaultdict
from decimal import Decimal

from odoo.fields import Domain

from ...core.proof import Check, broken, compare
from ...core.rounding import ZERO, total
from ..ledger.amounts import amount_of
from ..orders.order_figures import BILLS, OrderFigures
from .gift_card_proof import GiftCardProof
from .payout_proof import PayoutProof
from .summary_proof import SummaryProof

#: Orders that are compared before the next ones are read.
BATCH = 1000
#: Orders whose latest version is not booked, or not all of it: somebody must review them.
NOT_BOOKED = ("blocked", "ready")


class StoreProof:
    """The proof of one store, as of now."""

    def __init__(self, store):
        self.store = store
        self.env = store.env

    def report(self):
        """Everything, ready for JSON: amounts are text.

        :rtype: dict
        """
        found = _Comparison(self.store)
        orders = self.env["ecommerce.order"]
        ids = orders._search([("store_id", "=", self.store.id)], order="id").get_result_ids()
        for start in range(0, len(ids), BATCH):
            found.add(orders.browse(ids[start : start + BATCH]))
            self.env.invalidate_all()  # or all orders would be in memory in the end
        totals, taxes, controls = found.totals(), found.taxes(), PayoutProof(self.store.company_id).checks()
        gift_cards = GiftCardProof(self.store.company_id)
        controls += gift_cards.checks() + SummaryProof(self.store).checks()
        return {
            "store": self.store.name,
            "counts": self.counts() | {"orders_not_booked": found.unbooked_orders},
            "totals": [self._row(check) for check in totals],
            "taxes": [self._row(check) for check in taxes],
            "laws": [self._row(check) for check in found.broken],
            "laws_checked": found.checked,
            "controls": [self._row(check) for check in controls],
            "accounts": self.accounts(),
            "remarks": list(gift_cards.remarks().values()),
            "exceptions": self.exceptions(),
            "waiting": self.waiting(),
            "complete": not found.unbooked_orders,
            "holds": not found.broken and not broken([*totals, *taxes, *controls]),
        }

    def counts(self):
        """How many records there are, by kind and state."""
        of_store = [("store_id", "=", self.store.id)]
        states = dict(self.env["ecommerce.order"]._read_group(of_store, ["state"], ["__count"]))
        postings = {
            kind: (documents, moves, count)
            for kind, documents, moves, count in self.env["ecommerce.posting"]._read_group(
                [*of_store, ("move_id.state", "=", "posted")],
                ["kind"],
                ["external_id:count_distinct", "move_id:count_distinct", "__count"],
            )
        }
        nothing = (0, 0, 0)
        return {
            "orders": sum(states.values()), **{f"orders_{state}": count for state, count in sorted(states.items())},
            "invoices": postings.get("invoice", nothing)[0],
            "credit_notes": postings.get("credit_note", nothing)[0],
            "payments": sum(postings.get(kind, nothing)[2] for kind in ("payment", "refund_payment")),
            "corrections": postings.get("correction", nothing)[1],
            "exceptions": self.env["ecommerce.exception"].search_count(self._open_exceptions()),
        }  # fmt: skip

    # === Control accounts and exceptions === #

    def accounts(self):
        """Balances of the processor accounts: money that waits, or what is owed to holders of gift cards."""
        rows = []
        for account in self.env["ecommerce.processor.account"].search([("company_id", "=", self.store.company_id.id)]):
            currency = account.currency_id
            rows.append(
                {
                    "account": account.name, "currency": currency.name, "kind": account.kind,
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
                "order": item.order_id.number or "",
                "payout": ", ".join(item.payout_line_ids.payout_id.mapped("external_id")), "code": item.code,
                "blocks": item.severity == "1", "message": item.message, "hint": item.hint or "",
            }
            for item in found
        ]  # fmt: skip

    def waiting(self):
        """Orders of which nothing is booked yet, and why."""
        orders = self.env["ecommerce.order"].search_fetch(
            [("store_id", "=", self.store.id), ("state", "=", "waiting")], ["number", "explanation"]
        )
        return [{"order": order.number, "why": order.explanation or ""} for order in orders]

    def _open_exceptions(self):
        """Of the store, and of payouts of its company that belong to no store: they may well have its orders."""
        of_company = [
            ("store_id", "=", False), ("company_id", "=", self.store.company_id.id),
            "|", ("processor_account_id", "!=", False), ("dispute_id", "!=", False),
        ]  # fmt: skip
        return Domain("state", "=", "open") & (Domain("store_id", "=", self.store.id) | Domain(of_company))

    @staticmethod
    def _row(check):
        nothing = (check.actual - check.actual) + (check.expected - check.expected)  # with the currency's decimals
        return {
            "law": check.law, "name": check.name, "subject": check.subject, "key": check.key,
            "currency": check.currency, "store": str(check.expected + nothing), "ledger": str(check.actual + nothing),
            "not_booked": str(check.not_booked + nothing),
            "difference": str(check.difference),
        }  # fmt: skip


class _Comparison:
    """Figures of both sides, added up batch by batch.

    :ivar broken: the laws per order that do not hold
    :ivar checked: how many were checked
    :ivar unbooked_orders: how many orders have something to book that is not booked
    """

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.broken, self.checked, self.unbooked_orders = [], 0, 0
        self.said, self.booked, self.not_booked = defaultdict(Decimal), defaultdict(Decimal), defaultdict(Decimal)
        self.charged, self.taxed = defaultdict(Decimal), defaultdict(Decimal)

    def totals(self):
        """Sales and refunds per currency: store total = ledger + what is not booked."""
        return compare(4, "store total = ledger total", self.said, self.booked, self.not_booked)

    def taxes(self):
        """Tax by rate: what the store says of invoices and refunds against the tax items that book them."""
        shown = {key: amount for key, amount in self.charged.items() if amount or key in self.taxed}
        return compare(12, "tax charged = tax booked", shown, self.taxed)

    def add(self, orders):
        """Compare some more orders, on both sides."""
        batch = OrderFigures(self.store, orders)
        for order in batch.orders:
            cancelled = batch.is_cancelled(order)
            self._add_sales(batch, order, cancelled)
            self._add_refunds(batch, order, cancelled)
            self._add_laws(batch, order, cancelled)
            self._add_standing(batch, order)
        for (_move, kind, code), amount in batch.totals.items():
            self.booked["sales" if kind in BILLS else "refunds", code] += amount
        for key, amount in batch.taxes().items():
            self.taxed[key] += amount

    def _add_sales(self, batch, order, cancelled):
        """An order counts as sold once it has an invoice, or money that asks for one."""
        code = order.currency_id.name or "?"
        is_open = order.state in NOT_BOOKED
        has_invoice = bool(batch.moves(order, "invoice"))
        if batch.has_deposits_only(order):  # they are all that is sold yet
            self.said["sales", code] += batch.amount(order, order.paid_total)
            return
        # A cart that is paid but not placed is no sale yet; its money is compared by law 5.
        shipments = batch.shipments(order)
        lacks_invoice = bool(order.placed_at) and not has_invoice and not cancelled and order.state != "waiting"
        if shipments and not shipments.invoices:
            lacks_invoice = False  # nothing of it left yet
        self.unbooked_orders += is_open or lacks_invoice
        if not has_invoice and not lacks_invoice:
            return
        total = batch.amount(order, order.total) - batch.by_voucher(order) - batch.not_invoiced(order)
        self.said["sales", code] += total
        if shipments and is_open and has_invoice:
            self.not_booked["sales", code] += total - batch.invoiced(order)
        if lacks_invoice:
            self.not_booked["sales", code] += total
        elif not cancelled:  # of a cancelled one nothing is left, whatever its credit notes give back
            for _code, rate, amount in order.tax_facts or ():
                self.charged[f"{rate or '?'} %", code] += Decimal(amount)
            for rate, amount in (*batch.voucher_taxes(order), *_untaxed_yet(shipments)):
                self.charged[rate, code] -= amount

    def _add_refunds(self, batch, order, cancelled):
        has_invoice = bool(batch.moves(order, "invoice"))
        code = order.currency_id.name or "?"
        if batch.has_deposits_only(order):
            self.said["refunds", code] += batch.amount(order, order.refunded_total)
            return
        if cancelled and has_invoice:  # its credit notes come to all of it, whatever was refunded
            sold = batch.amount(order, order.total) - batch.not_invoiced(order)
            self.said["refunds", code] += sold - batch.to_voucher(order)
            if order.state in NOT_BOOKED:
                self.not_booked["refunds", code] += sold - batch.credited(order)
            return
        if cancelled or (order.state == "waiting" and not has_invoice):
            return
        for refund in batch.refunds(order):
            amount = batch.credited_for(order, refund)
            self.said["refunds", code] += amount
            if not refund.move_id and (order.state in NOT_BOOKED or not has_invoice):
                self.not_booked["refunds", code] += amount
            for rate, tax in batch.refunded_taxes(order, refund, amount):
                self.charged[rate, code] -= tax

    def _add_laws(self, batch, order, cancelled):
        """What the order is worth and what is outstanding, in the store and in the ledger.

        Every order with postings is checked, blocked ones too: it may be blocked because they disagree.
        """
        if not batch.has_postings(order):
            return
        code = order.currency_id.name or "?"
        credited = total([batch.credited_for(order, refund) for refund in batch.refunds(order)])
        has_invoice = bool(batch.moves(order, "invoice"))
        sold = batch.amount(order, order.total) - batch.by_voucher(order) - batch.not_invoiced(order)
        worth = sold - credited if has_invoice and not cancelled else ZERO
        owed = worth - batch.amount(order, order.paid_total) + batch.amount(order, order.refunded_total)
        owed += batch.kept_by_voucher(order)
        if batch.has_deposits_only(order):
            worth, owed = batch.amount(order, order.paid_total) - batch.amount(order, order.refunded_total), ZERO
        # Given back beyond its worth is a compensation, never more than that.
        worth += min(batch.compensated(order), max(-worth, ZERO))
        invoiced, items = batch.ledger(order)
        residual = {currency: total(left) for currency, left in items.items()}
        # What is owed and what was paid can be equal, and the invoice be dunned: they must be reconciled too.
        unmatched = {currency: _on_both_sides(left) for currency, left in items.items()}
        for law, name, store_says, ledger_says in (
            (4, "worth of the order", worth, invoiced), (5, "outstanding", owed, residual),
            (5, "open, and not reconciled", ZERO, unmatched),
        ):  # fmt: skip
            for currency in {code, *ledger_says}:
                check = Check(
                    law=law, name=name, subject=order.number or order.external_id, key=order.external_id,
                    currency=currency, expected=store_says if currency == code else ZERO,
                    actual=ledger_says.get(currency, ZERO),
                )  # fmt: skip
                self.checked += 1
                self.broken += broken([check])

    def _add_standing(self, batch, order):
        """Each posting of the order has one entry that stands: posted entries never change (law 3)."""
        self.checked += batch.has_postings(order)
        for item in batch.fallen(order):
            self.broken.append(
                Check(
                    law=3, name=item.name, subject=f"{order.number or order.external_id}: {item.entry}",
                    key=order.external_id, currency="", expected=Decimal(1), actual=ZERO,
                )
            )  # fmt: skip


def _untaxed_yet(shipments):
    """(rate, tax) of what no invoice bills yet, or ever, of an order that is invoiced as it ships."""
    lines = (*shipments.unshipped, *shipments.undelivered) if shipments else ()
    return [
        (f"{tax.rate.normalize():f} %" if tax.rate is not None else "? %", tax.amount)
        for line in lines for tax in line.taxes if tax.remitted_by_seller and tax.amount
    ]  # fmt: skip


def _on_both_sides(items):
    """How much of open items the others would settle."""
    return min(total([max(item, ZERO) for item in items]), -total([min(item, ZERO) for item in items]))
