"""What the store and the ledger say of some orders, read with a few queries. Reads only."""

from collections import defaultdict
from decimal import Decimal

from ...core.canonical import MoneyState
from ...core.lines import LinePlanner
from ...core.vouchers import kept_by_voucher
from ..gift_cards.gift_card_recorder import voucher_amounts
from ..ledger.amounts import amount_of
from ..ledger.document_executor import OTHERS
from ..ledger.entry_checks import DOCUMENTS, EntryChecks
from ..summary.summary_figures import SummaryFigures, unit_of
from .order_shipments import OrderShipments

ZERO = Decimal(0)
#: Kinds of postings that bill the customer.
BILLS = ("down_payment", "invoice")
ORDER_FACTS = (
    "external_id", "number", "state", "currency_id", "placed_at", "total", "paid_total", "refunded_total", "tax_facts",
)  # fmt: skip


class OrderFigures:
    """Some orders with all that is booked for them, read with a few queries.

    Entries are told by their ids, postings in summaries by ``unit_of``.

    :ivar totals: (entry id, kind, currency code) -> total, of posted invoices and credit notes, those made in Odoo too;
        of a correction, under the kind that it corrects, what it adds to that total
    """

    def __init__(self, store, orders):
        self.env = store.env
        self.store = store
        self.orders = self.env["ecommerce.order"].search_fetch([("id", "in", orders.ids)], ORDER_FACTS, order="id")
        self._moves = defaultdict(set)
        self._posted_orders = set()
        self._kinds = {}  # entry id -> kind under which it was posted first
        of_orders = [("order_id", "in", orders.ids)]
        postings = self.env["ecommerce.posting"].search_fetch(
            of_orders, ["order_id", "kind", "external_id", "move_id", "summary_id", "corrected_id"], order="id"
        )
        self._shipments = OrderShipments(store, postings)
        checks = EntryChecks(postings)
        self._fallen, self._reversals = checks.fallen(), checks.reversals
        self._summaries = SummaryFigures(postings)
        for posting in postings:
            unit = unit_of(posting)
            self._moves[posting.order_id.id, posting.kind].add(unit)
            self._kinds.setdefault(unit, posting.kind)
            if posting.kind != "cost":  # goods may leave before anything is sold
                self._posted_orders.add(posting.order_id.id)
        self._refunds = defaultdict(list)
        for refund in self.env["ecommerce.refund"].search_fetch(
            [*of_orders, ("state", "=", "done")],
            ["order_id", "external_id", "amount", "already_reduced", "move_id"], order="id",
        ):  # fmt: skip
            self._refunds[refund.order_id.id].append(refund)
        self._vouchers = self.env["ecommerce.gift.card.movement"].search_fetch(
            [*of_orders, ("is_voucher_line", "=", True)],
            ["order_id", "refund_id", "amount", "face_amount", "tax_rate", "is_voucher_line"], order="id",
        ).grouped("order_id")  # fmt: skip
        self._documents = self._read_documents()
        self._credit_notes_with_taxes = set()
        self._corrected = self._read_corrected() | {
            unit_of(posting): unit_of(posting._first_corrected())
            for posting in postings
            if posting.corrected_id.summary_id and posting.move_id.state == "posted"
        }
        self._terms = self._read_terms()
        self.totals = self._read_totals()
        self._payments = self._read_payments(of_orders)

    # === The store's side === #

    @staticmethod
    def amount(order, value):
        """A stored amount of an order, exact; an order without a currency could not be read and has none."""
        return amount_of(value, order.currency_id) if order.currency_id else ZERO

    def refunds(self, order):
        """Refunds whose money has moved."""
        return self._refunds[order.id]

    def by_voucher(self, order):
        """What single-purpose vouchers took out of the order's invoice, with tax: no money, and taxed before."""
        return self._voucher_amounts(order)[0]

    def to_voucher(self, order):
        """What was given back on such vouchers: no money, and no credit of the customer."""
        return self._voucher_amounts(order)[1]

    def kept_by_voucher(self, order):
        """What vouchers paid and was not given back on them. Without an invoice none of it is booked."""
        document = self._documents.get(order.id)
        if self.moves(order, "invoice") or document is None:
            return self.by_voucher(order) - self.to_voucher(order)
        return kept_by_voucher(LinePlanner(document, self.store._rulebook(), self.store._policy()))

    def _voucher_amounts(self, order):
        return voucher_amounts(self._vouchers.get(order, ()), lambda value: self.amount(order, value))

    def voucher_taxes(self, order):
        """(rate, tax) of the vouchers in the order's invoice: due when they were sold, so no tax of the invoice."""
        return [
            (f"{row.tax_rate or '?'} %", self.amount(order, row.amount) - self.amount(order, row.face_amount))
            for row in self._vouchers.get(order, ()) if row.face_amount < 0
        ]  # fmt: skip

    def credited_for(self, order, refund):
        """What the credit note of a refund comes to: one to a voucher comes to nothing."""
        amount = self.amount(order, refund.amount) - self.amount(order, refund.already_reduced)
        if shipments := self.shipments(order):
            amount -= shipments.never_left.get(refund.external_id, ZERO)
        back = [row for row in self._vouchers.get(order, ()) if row.refund_id == refund]
        return amount - voucher_amounts(back, lambda value: self.amount(order, value))[1]

    def shipments(self, order):
        """The deliveries of an order that is invoiced as it ships; None for any other."""
        return self._shipments.of(order, self._documents.get(order.id))

    def not_invoiced(self, order):
        """What of an order that is invoiced as it ships no invoice bills, with tax."""
        shipments = self.shipments(order)
        return shipments.not_invoiced if shipments else ZERO

    def invoiced(self, order):
        """Total of the order's posted invoices."""
        moves = self.moves(order, "invoice")
        return sum((amount for (move, kind, _code), amount in self.totals.items() if move in moves), ZERO)

    def is_cancelled(self, order):
        """Whether the store says that nothing was sold in the end."""
        document = self._documents.get(order.id)
        return bool(document and document.cancelled)

    def refunded_taxes(self, order, refund, amount):
        """Taxes the store gives for a booked refund, by rate; nothing where it gives an amount only.

        :return: (rate, amount) pairs
        :rtype: list
        """
        document = self._documents.get(order.id)
        said = {item.external_id: item for item in document.refunds}.get(refund.external_id) if document else None
        if said is None or not refund.move_id or not said.lines or said.state is not MoneyState.DONE:
            return []
        lines, shipments = said.lines, self.shipments(order)
        if shipments:
            lines = [line for credit in shipments.credits.get(refund.external_id, ()) for line in credit.lines]
        if sum((line.gross for line in lines), ZERO) != amount:
            return []  # the rest is spread over the taxes by us: no figure of the store's to compare with
        self._credit_notes_with_taxes |= self._shipments.credit_notes(refund) or {refund.move_id.id}
        return [
            (f"{tax.rate.normalize():f} %" if tax.rate is not None else "? %", tax.amount)
            for line in lines
            for tax in line.taxes
            if tax.remitted_by_seller and tax.amount
        ]

    def _read_documents(self):
        """Documents of the orders whose stored facts do not tell enough: odd ones, and those with refunds."""
        wanted = self.orders.filtered(
            lambda order: (
                self._refunds[order.id]
                or self._shipments.may_have(order)
                or self.moves(order, "credit_note")
                or (order.state != "posted" and self.has_postings(order))
                or (order.state == "posted" and not self.moves(order, "invoice"))
            )
        )
        # Those that cannot be read are blocked, and their exceptions say why.
        documents, _broken = self.store._stored_documents(wanted)
        return {order.id: document for order, document in documents.items()}

    # === The ledger's side === #

    def has_postings(self, order):
        """Whether anything was ever booked for the order."""
        return order.id in self._posted_orders

    def moves(self, order, kind):
        """Ids of the order's entries of a kind, whatever their state."""
        return self._moves.get((order.id, kind), ())

    def fallen(self, order):
        """Postings of the order whose entry does not stand any more."""
        return self._fallen.get(order.id, ())

    def ledger(self, order):
        """Worth and open items per currency code, of posted entries only.

        :rtype: tuple[dict, dict]
        """
        worth, items = defaultdict(Decimal), defaultdict(list)
        for kind in (*DOCUMENTS, *OTHERS):
            for moved in self.moves(order, kind):
                # A correction of a payment is no part of what the order is worth.
                is_document = self._kind_corrected(moved) in DOCUMENTS
                for move in self._with_reversals([moved]):
                    for code, amount, left in self._terms.get(move, ()):
                        worth[code] += amount if is_document else ZERO
                        items[code].append(left)
        for code, left in self._payments[order.id]:
            items[code].append(left)
        return worth, items

    def has_deposits_only(self, order):
        """Whether only deposits of the order are invoiced yet."""
        return bool(self.moves(order, "down_payment")) and not self.moves(order, "invoice")

    def credited(self, order):
        """Total of the order's posted credit notes."""
        moves = self.moves(order, "credit_note")
        return sum((amount for (move, _kind, _code), amount in self.totals.items() if move in moves), ZERO)

    def compensated(self, order):
        """What was given back beyond the order's worth, as posted."""
        return -sum(
            (amount for move in self.moves(order, "compensation") for _code, amount, _left in self._terms[move]), ZERO
        )

    def taxes(self):
        """Tax items of invoices, of the credit notes that the store gives figures for, and of corrections, by rate."""
        found = defaultdict(Decimal)
        invoiced = {order.id for order in self.orders if self.moves(order, "invoice")}
        moves = {
            move for (order, kind), ids in self._moves.items() if order in invoiced and kind in BILLS for move in ids
        } | self._credit_notes_with_taxes
        cancelled = (order for order in self.orders if order.id in invoiced and self.is_cancelled(order))
        moves |= {move for order in cancelled for move in self.moves(order, "credit_note")}
        moves |= {move for move, corrected in self._corrected.items() if corrected in moves}
        for tax, currency, amount in self.env["account.move.line"]._read_group(
            [
                ("move_id", "in", self._with_reversals(moves)), ("parent_state", "=", "posted"),
                ("tax_line_id", "!=", False),
            ],
            ["tax_line_id", "currency_id"], ["amount_currency:sum"],
        ):  # fmt: skip
            rate = f"{Decimal(str(tax.amount)).normalize():f} %"
            found[rate, currency.name] -= amount_of(amount, currency)
        for (tax, currency), amount in self._summaries.taxes(moves).items():
            found[f"{Decimal(str(tax.amount)).normalize():f} %", currency.name] -= amount
        return found

    def _with_reversals(self, moves):
        """Ids of entries and of what reverses them in Odoo: the ledger has both, whoever made them."""
        return [*moves, *(item.id for move in moves for item in self._reversals.get(move, ()))]

    def _of_kind(self, *kinds):
        return {move: kind for (_order, kind), moves in self._moves.items() if kind in kinds for move in moves}

    def _read_corrected(self):
        """Id of a posted correction -> id of the entry it corrects; of what corrects an amendment, of the first."""
        moves = self.env["account.move"].search_fetch(
            [("id", "in", list(self._of_kind("correction"))), ("state", "=", "posted")], ["ecommerce_corrected_move_id"]
        )
        corrected = {move.id: move.ecommerce_corrected_move_id.id for move in moves}
        for move in corrected:
            while corrected[move] in corrected:
                corrected[move] = corrected[corrected[move]]
        return corrected

    def _kind_corrected(self, move):
        """Kind of an entry; of a correction, the kind of what it corrects."""
        return self._kinds.get(self._corrected.get(move, move))

    def _read_totals(self):
        kinds = self._of_kind(*DOCUMENTS) | dict.fromkeys(self._of_kind("compensation"), "credit_note")
        moves = self.env["account.move"].search_fetch(
            [("id", "in", list(kinds)), ("state", "=", "posted")], ["amount_total", "currency_id"]
        )
        found = {
            (move.id, kinds[move.id], move.currency_id.name): amount_of(move.amount_total, move.currency_id)
            for move in moves
        }
        for unit in (unit for unit in kinds if unit < 0):  # of a posting in a summary, the customer's side
            for code, amount, _left in self._terms.get(unit, ()):
                key = (unit, kinds[unit], code)
                found[key] = found.get(key, ZERO) + (amount if kinds[unit] in BILLS else -amount)
        for item in (item for move in moves for item in self._reversals.get(move.id, ())):
            amount = amount_of(item.amount_total, item.currency_id)
            is_credit = item.move_type == "out_refund"
            found[item.id, "credit_note", item.currency_id.name] = amount if is_credit else -amount
        for move in self._corrected:
            # What a correction does to the customer's account: nothing if only rules changed.
            kind = self._kind_corrected(move)
            for code, amount, _left in self._terms.get(move, ()) if kind in DOCUMENTS else ():
                key = (move, kind, code)
                found[key] = found.get(key, ZERO) + (amount if kind in BILLS else -amount)
        return found

    def _read_terms(self):
        documents = self._with_reversals(self._of_kind(*DOCUMENTS, *OTHERS))
        found = defaultdict(list)
        for line, left in self._posted_lines(
            [("move_id", "in", documents), ("account_id.account_type", "=", "asset_receivable")]
        ):
            currency = line.currency_id
            found[line.move_id.id].append((currency.name, amount_of(line.amount_currency, currency), left))
        of_summaries = self._summaries.lines.ids
        open_items = self._posted_lines([("id", "in", of_summaries)]) if of_summaries else ()
        open_amounts = {line.id: left for line, left in open_items}
        for unit, code, amount, left in self._summaries.terms(open_amounts):
            if self._kinds[unit] in (*DOCUMENTS, *OTHERS):
                found[unit].append((code, amount, left))
        return found

    def _read_payments(self, of_orders):
        found = defaultdict(list)
        payments = self.env["ecommerce.payment"].search_fetch(of_orders, ["order_id", "receivable_line_id"])
        lines = {
            line.id: (line.currency_id.name, left)
            for line, left in self._posted_lines([("id", "in", payments.receivable_line_id.ids)])
        }
        for payment in payments:
            if payment.receivable_line_id.id in lines:
                found[payment.order_id.id].append(lines[payment.receivable_line_id.id])
        return found

    def _posted_lines(self, domain):
        """Journal items of posted entries, each with what is open of it.

        What only a draft settles is open: Odoo keeps the reconciliation of a payment that is reset to draft.
        """
        lines = self.env["account.move.line"].search_fetch(
            [*domain, ("parent_state", "=", "posted")],
            ["move_id", "currency_id", "amount_currency", "amount_residual_currency"],
        )
        left = {line.id: amount_of(line.amount_residual_currency, line.currency_id) for line in lines}
        for partial in self.env["account.partial.reconcile"].search_fetch(
            [
                "|", "&", ("debit_move_id", "in", lines.ids), ("credit_move_id.parent_state", "!=", "posted"),
                "&", ("credit_move_id", "in", lines.ids), ("debit_move_id.parent_state", "!=", "posted"),
            ], ["debit_move_id", "credit_move_id", "debit_amount_currency", "credit_amount_currency"],
        ):  # fmt: skip
            debit, credit = partial.debit_move_id, partial.credit_move_id
            if debit.id in left:
                left[debit.id] += amount_of(partial.debit_amount_currency, debit.currency_id)
            if credit.id in left:
                left[credit.id] -= amount_of(partial.credit_amount_currency, credit.currency_id)
        return [(line, left[line.id]) for line in lines]
