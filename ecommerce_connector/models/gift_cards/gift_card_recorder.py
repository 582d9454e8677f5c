"""What a posted batch moved on gift cards → cards and their movements. Books nothing."""

from dataclasses import dataclass, field
from typing import Any

from ...core.plans import EntryKind, PlannedMove, PlannedPayment
from ...core.rounding import ZERO, total
from ..ledger.amounts import float_of
from ..orders.posting_keys import entry_key
from .liability_accounts import liability_accounts
from .voucher_cents import settle_cents

VOUCHER = "voucher"
SOLD = "gift_card"
_KIND_OF_CARD = {"refunded": "store_credit"}


@dataclass
class _Draft:
    """One movement before it is stored.

    :ivar amount: signed, on the liability
    :ivar face: signed, with the tax of a single-purpose voucher
    """

    order: Any
    entry: Any
    kind: str
    amount: Any
    face: Any
    card: Any
    account_id: int
    line: Any
    partner_id: int
    more: dict = field(default_factory=dict)

    @property
    def card_kind(self):
        """What the card is, told by its first movement."""
        if self.face != self.amount or self.more.get("is_voucher_line"):
            return "voucher"
        return _KIND_OF_CARD.get(self.kind, "gift_card")


class GiftCardRecorder:
    """Records the movements of one batch, with the entries that were just posted for it.

    :param DocumentExecutor executor: for its store
    """

    def __init__(self, executor):
        self.executor = executor
        self.store = executor.store
        self.env = executor.env

    def record(self, batch, moves, money, partners):
        """Store the movements of what is new in the plans; arguments as the executor has them."""
        drafts = []
        accounts = None
        for order, planned in batch:
            for entry in planned.comparison.new:
                if accounts is None:
                    accounts = set(liability_accounts(self.executor.company).ids)
                partner_id = partners[order.external_id][0]
                if isinstance(entry, PlannedMove):
                    drafts += self._of_move(order, entry, moves[order.id, entry.key], accounts, partner_id)
                elif isinstance(entry, PlannedPayment):
                    drafts += self._of_payment(order, entry, money[order.id, entry.key], accounts, partner_id)
        if drafts:
            self._store(drafts)

    def drafts(self, batch, moves, partners):
        """What invoices and credit notes of the batch put on cards, before they are posted.

        :return: journal item -> (card's external id or None, its part of the item, debit positive) pairs
        :rtype: dict
        """
        accounts, shares = set(liability_accounts(self.executor.company).ids), {}
        for order, planned in batch:
            for entry in planned.comparison.new:
                if isinstance(entry, PlannedMove):
                    partner_id = partners[order.external_id][0]
                    for draft in self._of_move(order, entry, moves[order.id, entry.key], accounts, partner_id):
                        shares.setdefault(draft.line, []).append(
                            (draft.card and draft.card.external_id, -draft.amount)
                        )  # fmt: skip
        return shares

    # === What moved === #

    def _of_move(self, order, entry, move, accounts, partner_id):
        concerned = [at for at, line in enumerate(entry.lines) if is_of_card(line, accounts)]
        if not concerned:
            return
        is_note = entry.kind is EntryKind.CREDIT_NOTE
        items = self._items(entry, move)
        for at in concerned:
            line, item = entry.lines[at], items[at]
            for card, net, gross in self._parts(line):
                amount, face = (-net, -gross) if is_note else (net, gross)
                more = {"source_key": line.key}
                if line.kind == VOUCHER:
                    rates = [tax.rate for tax in line.taxes if tax.rate is not None]
                    more |= {"is_voucher_line": True, "tax_rate": f"{rates[0].normalize():f}" if rates else False}
                kind = self._kind_of_line(line, is_note)
                yield _Draft(order, entry, kind, amount, face, card, item.account_id.id, item, partner_id, more)

    def _items(self, entry, move):
        """For each line of a document its journal item."""
        return move.line_ids.filtered(lambda item: item.display_type == "product").sorted("id")

    @staticmethod
    def _kind_of_line(line, is_note):
        if line.kind == VOUCHER:
            return "refunded" if is_note else "redeemed"
        return "returned" if is_note else "sold"

    @staticmethod
    def _parts(line):
        """(card or None, net, gross) of a line."""
        if line.cards:
            return [(share.card, share.net, share.gross) for share in line.cards]
        return [(None, line.net, line.gross)]

    def _of_payment(self, order, entry, booked, accounts, partner_id):
        account = booked.clearing_line.account_id
        if account.id not in accounts:
            return
        kind = "redeemed" if entry.kind is EntryKind.PAYMENT else "refunded"
        yield _Draft(
            order, entry, kind, -entry.signed, -entry.signed, entry.card, account.id, booked.clearing_line, partner_id,
            {"source_key": entry.external_id},
        )  # fmt: skip

    # === Records === #

    def _store(self, drafts):
        orders = {draft.order.id for draft in drafts}
        of_orders = [("order_id", "in", list(orders))]
        postings = {(row.order_id.id, entry_key(row)): row for row in self.env["ecommerce.posting"].search(
            [*of_orders, ("kind", "in", [kind.value for kind in EntryKind])]
        )}  # fmt: skip
        payments = {
            (row.order_id.id, row.kind, row.external_id): row for row in self.env["ecommerce.payment"].search(of_orders)
        }
        refunds = {(row.order_id.id, row.external_id): row for row in self.env["ecommerce.refund"].search(of_orders)}
        cards = self._cards(drafts)
        values = []
        for draft in drafts:
            key, external_id = draft.order.id, draft.entry.external_id
            kind = draft.entry.kind
            is_refund = kind in (EntryKind.CREDIT_NOTE, EntryKind.REFUND_PAYMENT)
            values.append(
                {
                    "store_id": self.store.id, "company_id": self.executor.company.id, "kind": draft.kind,
                    "currency_id": self.executor.currency(draft.entry.currency).id,
                    "card_id": draft.card and cards[self._card_key(draft)].id,
                    "moved_on": draft.entry.true_date, "amount": float_of(draft.amount),
                    "face_amount": float_of(draft.face), "account_id": draft.account_id, "order_id": key,
                    "posting_id": postings[key, draft.entry.key].id, "line_id": draft.line.id,
                    "payment_id": payments[key, kind.value, external_id].id
                    if (key, kind.value, external_id) in payments else False,
                    "refund_id": refunds[key, external_id].id if is_refund and (key, external_id) in refunds else False,
                    **draft.more,
                }
            )  # fmt: skip
        # sudo: nobody writes evidence by hand; the entries were made with the user's rights.
        made = self.env["ecommerce.gift.card.movement"].sudo().create(values).with_env(self.env)
        redeemed = made.filtered(lambda row: row.is_voucher_line and row.kind == "redeemed")
        for on, rows in sorted(redeemed.grouped("moved_on").items()):
            settle_cents(self.store, rows.card_id, on)

    @staticmethod
    def _card_key(draft):
        return draft.entry.currency, draft.card.external_id

    def _cards(self, drafts):
        """(currency code, external id) -> card; made where it is new, its dates completed where it is not."""
        named = [draft for draft in drafts if draft.card]
        ids = {draft.card.external_id for draft in named}
        # sudo: nobody writes evidence by hand; see _store.
        model = self.env["ecommerce.gift.card"].sudo()
        found = model.search([("store_id", "=", self.store.id), ("external_id", "in", list(ids))]) if ids else model
        known = {(card.currency_id.name, card.external_id): card for card in found}
        new = {}
        for draft in named:
            key = self._card_key(draft)
            values = self._values(draft)
            if key in known:
                self._complete(known[key], values)
            elif key not in new:
                new[key] = values
        made = model.create(list(new.values())) if new else model
        return known | dict(zip(new, made, strict=True))

    def _values(self, draft):
        issues = draft.kind in ("sold", "refunded")
        return {
            "external_id": draft.card.external_id, "store_id": self.store.id, "company_id": self.executor.company.id,
            "currency_id": self.executor.currency(draft.entry.currency).id, "kind": draft.card_kind,
            "issued_on": draft.entry.true_date if issues else False, "expires_on": draft.card.expires_on or False,
            "partner_id": draft.partner_id if issues else False,
        }  # fmt: skip

    @staticmethod
    def _complete(card, values):
        """What was not known of a card, and a new last day of it."""
        changed = {
            name: values[name] for name in ("issued_on", "partner_id") if values[name] and not card[name]
        }  # fmt: skip
        if values["expires_on"] and values["expires_on"] != card.expires_on:
            changed["expires_on"] = values["expires_on"]
        if values["issued_on"] and not card.issued_on:
            changed["kind"] = values["kind"]
        if changed:
            card.write(changed)


def is_of_card(line, accounts):
    """Whether a planned line is of gift cards.

    :param set accounts: ids of the accounts of ``liability_accounts``
    """
    return line.kind in (SOLD, VOUCHER) or line.rule.target.account in accounts


def voucher_amounts(movements, amount):
    """What single-purpose vouchers are worth in some movements.

    :param amount: of a movement and its face amount, exact
    :return: (paid by voucher, given back on vouchers), with tax
    """
    faces = [amount(row.face_amount) for row in movements if row.is_voucher_line]
    return -total([face for face in faces if face < ZERO]), total([face for face in faces if face > ZERO])
