"""Plans of orders → the ledger. The only code that writes invoices, credit notes and payments.

It works on a batch: contacts, rates and taxes are resolved together, entries are created, posted
and reconciled together. The caller gives it a savepoint and a commit.
"""

from collections import defaultdict
from decimal import Decimal

from ...core.dates import local_date
from ...core.plans import EntryKind, PlannedMove, PlannedPayment, PlannedTransfer
from ..customers.partners import PartnerResolver
from ..gift_cards.carried_cards import worths_of_payments
from ..gift_cards.gift_card_recorder import GiftCardRecorder
from ..orders.posting_keys import posting_key
from .account_move import OWN_RECONCILIATION
from .account_move_sequence import BATCH_NUMBERING
from .amounts import float_of, rate_of
from .company_facts import CompanyFacts
from .entry_checks import DOCUMENTS
from .move_checks import check_move
from .move_values import MoveValues
from .other_currency import stated_otherwise
from .payment_executor import BatchEntryPayments, OdooPayments
from .quiet import quiet
from .tax_facts import TaxFactsCache
from .transfer_executor import TransferExecutor

KINDS = (EntryKind.DOWN_PAYMENT, EntryKind.INVOICE, EntryKind.CREDIT_NOTE)
#: Postings of which only some items are the customer's.
OTHERS = ("correction", "advance_used", "compensation")
#: Entries are given whole, so Odoo need not look on every step for journal items to add or to bring
#: in line: what its own payment wizard and its point of sale do with entries they give whole.
WHOLE = {"skip_invoice_sync": True, BATCH_NUMBERING: True, OWN_RECONCILIATION: True}
PAYMENT_MODES = {"odoo": OdooPayments, "batch": BatchEntryPayments}


def create_moves(env, values):
    """Create entries, in their order, those without all journal items by Odoo's tax engine.

    :param list values: see ``MoveValues.build``
    """
    whole = [vals for vals in values if "line_ids" in vals]
    engine = [vals for vals in values if "line_ids" not in vals]
    move = env["account.move"]
    moves = iter(move.with_context(skip_invoice_line_sync=True).create(whole).with_env(env))
    computed = iter(move.with_context(skip_invoice_sync=False).create(engine).with_env(env))
    return [next(moves if "line_ids" in vals else computed) for vals in values]


class DocumentExecutor:
    """Writes batches of planned orders of one store."""

    def __init__(self, store):
        self.store = quiet(store, **WHOLE).with_company(store.company_id)
        self.env = self.store.env
        self.company = self.store.company_id
        self.taxes = TaxFactsCache(self.env)
        self.facts = CompanyFacts.of(self.company)
        self._rates = {}
        self._currencies = {}

    def execute(self, batch):
        """Create, post and reconcile everything that is new in the plans.

        :param list batch: (ecommerce.order, PlannedOrder) pairs, none of them blocked
        """
        partners = self._partners(batch)
        moves = self._create_moves(batch, partners)
        payments = [
            (order, entry, partners[order.external_id])
            for order, planned in batch
            for entry in planned.comparison.new
            if isinstance(entry, PlannedPayment)
        ]
        recorder = GiftCardRecorder(self)
        worths = worths_of_payments(self, payments, lambda: recorder.drafts(batch, moves, partners))
        money = PAYMENT_MODES[self.store.payment_mode](self, worths).book(payments)
        money |= TransferExecutor(self).book(
            [
                (order, entry, partners[order.external_id])
                for order, planned in batch
                for entry in planned.comparison.new
                if isinstance(entry, PlannedTransfer)
            ]
        )
        posted = self.env["account.move"].union(*moves.values(), *(item.move_id for item in money.values()))
        self.env["account.move"].union(*moves.values())._post(soft=False)
        self._reconcile(batch, moves, money)
        self._link(batch, moves, money, partners)
        return posted

    # === Look-ups === #

    def _partners(self, batch):
        """Order external id -> (contact id, receivable account id).

        What comes later of an order stays with the contact that was invoiced, and on the receivable account of
        what is posted: on two accounts nothing could be reconciled.
        """
        kept, accounts = {}, {}
        for order, planned in batch:
            if planned.comparison.unchanged:
                accounts[order.external_id] = self._receivable_account(order) or self._ruled_receivable(planned.plan)
                if any(kind in KINDS for kind, _external_id in planned.comparison.unchanged):
                    kept[order.external_id] = order.partner_id.id
            elif account := self._ruled_receivable(planned.plan):
                accounts[order.external_id] = account
        without = [(order, planned.document) for order, planned in batch if order.external_id not in kept]
        ids = PartnerResolver(self.store).resolve(without) | kept
        contacts = self.env["res.partner"].browse(set(ids.values()))
        usual = {contact.id: contact.property_account_receivable_id.id for contact in contacts}
        return {order: (contact, accounts.get(order) or usual[contact]) for order, contact in ids.items()}

    def _receivable_account(self, order):
        """Id of the receivable account of what is posted for an order; advances are on one of their own."""
        advances = order.payment_ids.filtered("is_advance").receivable_line_id
        return (self._receivable_lines(order) - advances)[:1].account_id.id

    @staticmethod
    def _ruled_receivable(plan):
        """The receivable account that a customer rule gives to the order, if one does."""
        return next((move.customer_rule.target.account for move in plan.moves if move.customer_rule), None)

    def currency(self, code):
        """The currency record of an ISO code."""
        if code not in self._currencies:
            self._currencies[code] = self.env["res.currency"].search([("name", "=", code)], limit=1)
        return self._currencies[code]

    def rate(self, currency, on):
        """Document currency per unit of company currency, on a day.

        :rtype: Decimal
        """
        if currency == self.company.currency_id:
            return Decimal(1)
        key = (currency.id, on)
        if key not in self._rates:
            rate = self.env["res.currency"]._get_conversion_rate(self.company.currency_id, currency, self.company, on)
            self._rates[key] = rate_of(rate)
        return self._rates[key]

    def _products(self, batch):
        products = {
            line.rule.target.product
            for _order, planned in batch
            for entry in planned.comparison.new
            if isinstance(entry, PlannedMove)
            for line in entry.lines
            if line.rule.target.product
        }
        return self.env["product.product"].browse(products)

    # === Entries === #

    @staticmethod
    def set_receivable(move, entry, account_id):
        """Where Odoo's engine made the entry it took the contact's account, not the one the order is booked on."""
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        if terms.account_id.id != account_id:
            terms.account_id = account_id
        if entry.customer_rule and not terms.ecommerce_rule_id:
            terms.ecommerce_rule_id = entry.customer_rule.id

    def _create_moves(self, batch, partners):
        """(order, entry key) -> move, in draft."""
        builder = MoveValues(self.store, self.taxes, self.facts, self._products(batch))
        shared = self._shared_moves(batch, builder, partners)
        made = dict(shared)
        # Invoices first: a credit note of the same batch points back to its invoice.
        for kind in KINDS:
            keys, values = [], []
            for order, planned in batch:
                for entry in planned.comparison.new:
                    if entry.kind is kind and (order.id, entry.key) not in shared:
                        currency = self.currency(entry.currency)
                        reversed_id = self._invoice_of(order, entry, made) if kind is EntryKind.CREDIT_NOTE else False
                        keys.append((order.id, entry.key))
                        values.append(
                            builder.build(
                                order, entry, partners[order.external_id], currency,
                                entry.rate or self.rate(currency, entry.true_date), reversed_id,
                            )
                        )  # fmt: skip
            made.update(zip(keys, create_moves(self.env, values), strict=True))
        entries = {
            (order.id, entry.key): entry
            for order, planned in batch
            for entry in planned.comparison.new
            if entry.kind in KINDS
        }
        receivables = {order.id: partners[order.external_id][1] for order, _planned in batch}
        own = {key: move for key, move in made.items() if key not in shared}
        for key, move in own.items():
            self.set_receivable(move, entries[key], receivables[key[0]])
            check_move(move, entries[key])
        return made

    def _shared_moves(self, _batch, _builder, _partners):
        """(order, entry key) -> move of several orders, in draft: none here."""
        return {}

    def _invoice_of(self, order, entry, made):
        """Id of what a credit note reverses: the invoice, or without one the first invoice of a deposit."""
        key = (EntryKind.INVOICE, entry.reverses or order.external_id)
        if (order.id, key) in made:
            return made[order.id, key].id
        posted, external_id = order.posting_ids, posting_key(order.external_id, key)
        invoice = posted.filtered(lambda posting: (posting.kind, posting.external_id) == ("invoice", external_id))
        deposits = posted.filtered(lambda posting: posting.kind == "down_payment")
        if found := (invoice or deposits).move_id[:1].id:
            return found
        return next((move.id for (order_id, (kind, _id)), move in made.items()
                     if order_id == order.id and kind is EntryKind.DOWN_PAYMENT), False)  # fmt: skip

    # === Reconciliation === #

    def _reconcile(self, batch, moves, money):
        """Per order: each credit note with what was paid back for it, then all that is open on either side."""
        lines, pairs = defaultdict(lambda: self.env["account.move.line"]), defaultdict(list)
        for (order_id, (kind, external_id)), move in moves.items():
            term = self._terms(order_id, move)
            lines[order_id] |= term
            paid_back = money.get((order_id, (EntryKind.REFUND_PAYMENT, external_id)))
            if kind is EntryKind.CREDIT_NOTE and paid_back:
                pairs[order_id].append(term | paid_back.receivable_line)
        for (order_id, key), item in money.items():
            lines[order_id] |= item.receivable_line
            if key[0] is EntryKind.ADVANCE_USED:
                lines[order_id] |= item.clearing_line
        for order, planned in batch:
            if planned.comparison.unchanged:
                lines[order.id] |= self._open_lines(order)
        plan = [
            self._in_turn(group, pairs[order_id])
            for order_id, of_order in lines.items()
            for group in self._to_reconcile(of_order)
        ]
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)

    def _terms(self, _order_id, move):
        """What the customer owes by an entry."""
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term")

    @staticmethod
    def _in_turn(group, pairs):
        """A plan for ``_reconcile_plan``: these pairs first, then what is left of all."""
        first = [pair for pair in pairs if pair <= group]
        rest = group - group.browse().union(*first)
        return [*first, *([rest] if rest else [])] if first else group

    @staticmethod
    def _to_reconcile(lines):
        """What is open of an order, by account, where something is on both sides."""
        groups = lines.filtered(lambda line: not line.reconciled).grouped("account_id").values()
        # By the order's currency: a fils of an order in dinars may be nothing in the company's.
        sides = {group: {line.amount_currency > 0 for line in group if line.amount_currency} for group in groups}
        return [group for group, found in sides.items() if len(found) == 2]

    def reconcile_open(self, order):
        """Reconcile what is open of an order, without posting anything: a person booked what it was open for."""
        if plan := self._to_reconcile(self._open_lines(order)):
            self.env["account.move.line"]._reconcile_plan(plan)

    def _open_lines(self, order):
        """What earlier batches left open of the order."""
        return self._receivable_lines(order).filtered(lambda line: not line.reconciled)

    @staticmethod
    def _receivable_lines(order):
        """The customer's side of all that is posted for the order."""
        documents = order.posting_ids.filtered(lambda posting: posting.kind in DOCUMENTS and not posting.summary_id)
        terms = documents.move_id.line_ids.filtered(lambda line: line.display_type == "payment_term")
        terms |= order.summary_row_ids.filtered("is_customer").line_id  # its own part of a combined invoice
        lines = terms | order.payment_ids.receivable_line_id
        # What a person booked as a correction can be reconciled on the same account only, and may be of several orders.
        others = order.posting_ids.filtered(lambda posting: posting.kind in OTHERS).move_id
        lines |= others.line_ids.filtered(
            lambda line: line.account_id in lines.account_id and line.partner_id in lines.partner_id
        )
        # Never a draft's: Odoo would reconcile with it, and nothing of that is in the books.
        return lines.filtered(lambda line: line.parent_state == "posted")

    # === Links back === #

    def _link(self, batch, moves, money, partners):
        postings, credit_notes = [], {}
        for order, planned in batch:
            turns = {key: turn for turn, key in enumerate(planned.plan.turns)}
            # Rows are numbered in the turn of what they book: what comes later of the order is planned after them.
            for entry in sorted(planned.comparison.new, key=lambda entry: turns.get(entry.key, -1)):
                key = (order.id, entry.key)
                move = moves[key] if key in moves else money[key].move_id
                if entry.kind is EntryKind.CREDIT_NOTE:
                    credit_notes[order.id, entry.external_id] = move.id
                postings.append(
                    {
                        "company_id": self.company.id, "store_id": self.store.id, "order_id": order.id,
                        "kind": entry.kind.value,
                        "external_id": posting_key(order.external_id, entry.key),
                        "fingerprint": entry.fingerprint, "true_date": entry.true_date, "move_id": move.id,
                        "rule_ids": [(6, 0, sorted(entry.rules))],
                        **self._posting_values(order, entry),
                    }
                )  # fmt: skip
            # sudo: nobody writes evidence by hand; the entries linked here were made with the user's rights.
            order.sudo().write({"state": planned.state_after, "partner_id": partners[order.external_id][0]})
        # sudo: nobody writes evidence by hand; as above
        self._link_postings(self.env["ecommerce.posting"].sudo().create(postings))
        self._link_payments(batch, money)
        GiftCardRecorder(self).record(batch, moves, money, partners)
        if credit_notes:
            for refund in self.env["ecommerce.refund"].search([("order_id", "in", [key[0] for key in credit_notes])]):
                if move_id := credit_notes.get((refund.order_id.id, refund.external_id)):
                    refund.sudo().move_id = move_id  # sudo: nobody writes evidence by hand; as above

    def _posting_values(self, _order, _entry):
        """More of the posting of an entry."""
        return {}

    def _link_postings(self, postings):
        """Link what postings that share an entry have of it."""

    def _link_payments(self, batch, money):
        values, zone = [], self.store._policy_zone()
        for order, planned in batch:
            for entry in planned.comparison.new:
                if not isinstance(entry, PlannedPayment):
                    continue
                item = money[order.id, entry.key]
                values.append(
                    {
                        "order_id": order.id, "kind": entry.kind.value, "external_id": entry.external_id,
                        "transaction_id": entry.transaction_id, "gateway": entry.gateway,
                        "moved_on": local_date(entry.at, zone),
                        "amount": float_of(entry.signed), "processor_account_id": entry.rule.target.processor_account,
                        "payment_id": item.payment.id, "clearing_line_id": item.clearing_line.id,
                        "receivable_line_id": item.receivable_line.id, "is_advance": bool(entry.advance),
                        "other_amount": float_of(stated_otherwise(planned.document, entry)),
                    }
                )  # fmt: skip
        self.env["ecommerce.payment"].sudo().create(values)  # sudo: nobody writes evidence by hand; see _link
