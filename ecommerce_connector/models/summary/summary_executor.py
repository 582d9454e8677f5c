"""Planned entries of many orders → one journal entry of a day, with the rows that add up to it.

The caller gives it a savepoint and a commit: entry, rows and postings are written together or not at all.
"""

from collections import defaultdict
from dataclasses import replace

from ...core.dates import local_date
from ...core.errors import ConnectorError
from ...core.plans import EntryKind, PlannedMove, PlannedPayment
from ...core.rounding import ZERO, total
from ...core.summary import added_up
from ..gift_cards.carried_cards import worths_of_payments
from ..gift_cards.liability_accounts import liability_accounts
from ..ledger.amounts import amount_of, float_of
from ..ledger.document_executor import DocumentExecutor, create_moves
from ..ledger.move_values import MoveValues
from ..ledger.other_currency import stated_otherwise
from ..ledger.payment_executor import BookedPayment
from ..orders.posting_keys import posting_key
from .prepared import PreparedEntry, PreparedOrder, Written
from .row_records import create_rows
from .summary_gift_cards import SummaryGiftCards, concerns_cards
from .summary_rows import RowMaker, row_name
from .summary_values import SummaryValues

#: Kinds of postings that move money.
MONEY = ("payment", "refund_payment")


class SummaryExecutor(DocumentExecutor):
    """Writes the summaries of one day, or of one payout on a day, of a store."""

    def __init__(self, store, key=None, kind="day"):
        """
        :param SummaryKey key: needed to write entries
        :param str kind: of the summaries
        """
        super().__init__(store)
        self.key, self.kind = key, kind
        self.day = key and key.day
        self.store._ensure_summary_journal()
        self._liabilities = None

    # === First, batch by batch: what each order adds === #

    def prepare(self, batch):
        """What orders add to the summary; writes nothing but contacts.

        :param list batch: (ecommerce.order, PlannedOrder of the day's entries alone, whether that is all of it) triples
        :return: PreparedOrder objects, and the errors of orders that cannot be added up
        :rtype: tuple[list, dict]
        """
        planned = [(order, plan) for order, plan, _is_whole in batch]
        partners = self._partners(planned)
        maker = RowMaker(
            self, MoveValues(self.store, self.taxes, self.facts, self._products(planned)), self._worths(planned)
        )
        if self._liabilities is None:
            self._liabilities = set(liability_accounts(self.company).ids)
        prepared, failed = [], {}
        for order, plan, is_whole in batch:
            try:
                prepared.append(self._prepare(maker, order, plan, partners[order.external_id], is_whole))
            except Exception as error:  # noqa: BLE001  # told with the order; the others go on
                failed[order] = error
        return prepared, failed

    def _worths(self, planned):
        """What is given back to cards in foreign currencies; what else is on such cards is in no summary."""
        payments = [
            (order, entry, None)
            for order, plan in planned
            for entry in plan.comparison.new
            if isinstance(entry, PlannedPayment)
        ]
        return worths_of_payments(self, payments, dict)

    def _prepare(self, maker, order, planned, partner, is_whole):
        new = planned.comparison.new
        turns = {key: turn for turn, key in enumerate(planned.plan.turns)}
        cards = planned if concerns_cards(new, self._liabilities, self.env) else None
        return PreparedOrder(
            order=order, partner_id=partner[0], continues=bool(planned.comparison.unchanged), is_whole=is_whole,
            # Postings are numbered in the turn of what they book: what comes later of the order is planned after them.
            entries=[
                self._entry(maker, order, planned, entry, partner)
                for entry in sorted(new, key=lambda entry: turns.get(entry.key, -1))
            ],
            cards=cards and replace(cards, document=None),
        )  # fmt: skip

    def _entry(self, maker, order, planned, entry, partner):
        is_move = isinstance(entry, PlannedMove)
        return PreparedEntry(
            key=entry.key, date=max(entry.date, self.day), label=self._label(order, entry),
            due=entry.due or entry.true_date if is_move else entry.true_date,
            total=_signed_total(entry),
            rows=maker.rows(order, entry, partner),
            values={
                "kind": entry.kind.value, "external_id": posting_key(order.external_id, entry.key),
                "fingerprint": entry.fingerprint, "true_date": entry.true_date,
                "rule_ids": [(6, 0, sorted(entry.rules))],
                "rate": str(entry.rate or self.rate(self.currency(entry.currency), entry.true_date)),
            },
            payment=self._payment(order, planned, entry) if isinstance(entry, PlannedPayment) else None,
        )  # fmt: skip

    @staticmethod
    def _label(order, entry):
        return " ".join(
            filter(None, [order.number, getattr(entry, "transaction_id", "") or getattr(entry, "label", "")])
        )

    def _payment(self, order, planned, entry):
        return {
            "order_id": order.id, "kind": entry.kind.value, "external_id": entry.external_id,
            "transaction_id": entry.transaction_id, "gateway": entry.gateway,
            "moved_on": local_date(entry.at, self.store._policy_zone()),
            "amount": float_of(entry.signed), "processor_account_id": entry.rule.target.processor_account,
            "is_advance": bool(entry.advance), "other_amount": float_of(stated_otherwise(planned.document, entry)),
        }  # fmt: skip

    # === Then, together: the entries === #

    def execute(self, prepared):
        """Create, post and reconcile the summaries of prepared orders; one per currency and accounting date.

        :rtype: account.move
        """
        groups = defaultdict(list)
        for item in prepared:
            for entry in item.entries:
                groups[entry.currency or item.order.currency_id, entry.date].append((item, entry))
        booked = {}
        moves = self.env["account.move"]
        for (currency, on), group in sorted(groups.items(), key=lambda pair: (pair[0][0].id, pair[0][1])):
            written = self.book(self.kind, group, currency, on)
            moves |= written.summary.move_id
            booked |= self._link_rows(group, written)
        self._link_orders(prepared, booked)
        self._reconcile_customers(prepared, booked)
        return moves

    def book(self, kind, group, currency, on, corrected=None):
        """One entry, posted, with its summary.

        :param list group: (PreparedOrder, PreparedEntry) pairs
        :rtype: Written
        """
        rows = [row for _item, entry in group for row in entry.rows]
        lines = added_up(rows)
        details = {
            row_name(item.order, entry.key): (item.partner_id, entry.label, entry.due) for item, entry in group
        }  # fmt: skip
        values = SummaryValues(self).build(lines, details, self.day, on, currency, corrected)
        (move,) = create_moves(self.env, [values])
        written = Written(self._summary(kind, group, currency, move, corrected), rows)
        # Odoo sorts journal items its own way; they were made in the order of the lines.
        for line, made in zip(lines, move.line_ids.sorted("id"), strict=True):
            self._check(line, made)
            written.lines.update(dict.fromkeys(line.rows, made.id))
        move._post(soft=False)
        return written

    def _check(self, line, made):
        """Refuse an entry in which Odoo made anything else of a line.

        :raises ConnectorError: naming the account
        """
        booking, amounts = line.place.booking, line.amounts
        found = (
            made.account_id.id, amount_of(made.amount_currency, made.currency_id),
            amount_of(made.balance, self.company.currency_id), made.tax_repartition_line_id.id or 0,
            tuple(sorted(made.tax_tag_ids.ids)), tuple(sorted(made.tax_ids.ids)),
        )  # fmt: skip
        if found != (
            booking.account, amounts.amount, amounts.balance, booking.repartition, booking.tags, booking.taxes
        ):  # fmt: skip
            raise ConnectorError(
                f"Odoo makes another journal item of the summary of {self.day} on {made.account_id.display_name} than "
                "planned.",
                hint="See whether another addon changes journal entries.",
            )

    def _summary(self, kind, group, currency, move, corrected):
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        model = self.env["ecommerce.summary"].sudo()
        if corrected:
            own = corrected.sudo().ecommerce_summary_ids[:1]
            first = own.first_id or own
        else:
            first = model.search(
                [("store_id", "=", self.store.id), ("day", "=", self.day), ("currency_id", "=", currency.id),
                 ("payout_id", "=", self.key.payout or False), ("kind", "=", kind), ("first_id", "=", False)],
                order="id", limit=1,
            )  # fmt: skip
        return model.create(
            {
                "company_id": self.company.id, "store_id": self.store.id, "kind": kind, "day": self.day,
                "currency_id": currency.id, "move_id": move.id, "first_id": first.id,
                "payout_id": self.key.payout or False,
                "order_count": len({item.order.id for item, _entry in group}),
                "turnover": float_of(total([entry.total for _item, entry in group])),
            }
        )  # fmt: skip

    # === Links back === #

    def _link_rows(self, group, written):
        """Postings and rows of an entry.

        :return: (order id, entry key) -> (posting id, summary, clearing item's id, customer item's id)
        """
        summary = written.summary
        common = {"company_id": self.company.id, "store_id": self.store.id}
        # sudo: nobody writes evidence by hand; see _summary.
        postings = self.env["ecommerce.posting"].sudo().create(
            [
                common | entry.values
                | {"order_id": item.order.id, "move_id": summary.move_id.id, "summary_id": summary.id}
                for item, entry in group
            ]
        )  # fmt: skip
        ids = {
            row_name(item.order, entry.key): posting.id
            for (item, entry), posting in zip(group, postings, strict=True)
        }  # fmt: skip
        create_rows(summary, written.rows, written.lines, ids)
        booked = {
            (item.order.id, entry.key): (ids[row_name(item.order, entry.key)], summary, {}) for item, entry in group
        }
        by_name = {row_name(item.order, entry.key): (item.order.id, entry.key) for item, entry in group}
        for number, row in enumerate(written.rows):
            if row.place.alone and number in written.lines:
                side = "customer" if row.is_customer else "clearing"
                booked[by_name[row.posting]][2].setdefault(side, []).append(written.lines[number])
        return booked

    def _link_orders(self, prepared, booked):
        payments, credited = [], {}
        for item in prepared:
            for entry in item.entries:
                _posting, summary, lines = booked[item.order.id, entry.key]
                if entry.payment:
                    customer = lines.get("customer", [False])[0]
                    payments.append(
                        entry.payment | {"clearing_line_id": lines["clearing"][0], "receivable_line_id": customer}
                    )
                if entry.key[0] is EntryKind.CREDIT_NOTE:
                    credited[item.order.id, entry.key[1]] = summary.move_id.id
            # sudo: nobody writes evidence by hand; see _summary.
            item.order.sudo().write({"partner_id": item.partner_id} | ({"state": "posted"} if item.is_whole else {}))
        self.env["ecommerce.payment"].sudo().create(payments)  # sudo: see _summary
        for refund in self.env["ecommerce.refund"].search([("order_id", "in", [key[0] for key in credited])]):
            if move_id := credited.get((refund.order_id.id, refund.external_id)):
                refund.sudo().move_id = move_id  # sudo: see _summary
        SummaryGiftCards(self).record_prepared(prepared, booked)

    # === Reconciliation === #

    def _reconcile_customers(self, prepared, booked):
        """What orders leave open, as in order mode: credit notes with what was paid back, then all on either side."""
        line = self.env["account.move.line"]
        lines, money = defaultdict(line.browse), {}
        for (order_id, key), (_posting, summary, items) in booked.items():
            open_items = line.browse(items.get("customer", ()))
            lines[order_id] |= open_items
            money[order_id, key] = BookedPayment(self.env["account.payment"], summary.move_id, open_items, line)
        plan = []
        for item in prepared:
            of_order = lines[item.order.id]
            if item.continues:
                of_order |= self._open_lines(item.order)
            for group in self._to_reconcile(of_order):
                plan.append(self._in_turn(group, self._pairs(item, money)))
        if plan:
            line._reconcile_plan(plan)

    @staticmethod
    def _pairs(item, money):
        keys = [(item.order.id, entry.key) for entry in item.entries if entry.key[0] is EntryKind.CREDIT_NOTE]
        pairs = []
        for order_id, (kind, external_id) in keys:
            paid_back = money.get((order_id, (EntryKind.REFUND_PAYMENT, external_id)))
            note = money[order_id, (kind, external_id)]
            if paid_back and paid_back.receivable_line and note.receivable_line:
                pairs.append(note.receivable_line | paid_back.receivable_line)
        return pairs

    # === What is posted for an order that goes on === #

    def _receivable_account(self, order):
        """As ``DocumentExecutor``; a customer who owed nothing has no journal item, but rows."""
        advances = {
            posting_key(order.external_id, (EntryKind(payment.kind), payment.external_id))
            for payment in order.payment_ids.filtered("is_advance")
        }
        rows = order.summary_row_ids.filtered(
            lambda row: row.is_customer and row.posting_kind != "advance_used"
            and (row.posting_kind not in MONEY or row.posting_id.external_id not in advances)
        )  # fmt: skip
        return rows[:1].account_id.id

    @staticmethod
    def _receivable_lines(order):
        """The customer's side of all that is posted for the order, in summaries or by hand."""
        rows = order.summary_row_ids.filtered("is_customer")
        by_hand = order.posting_ids.filtered(lambda posting: posting.kind == "correction" and not posting.summary_id)
        lines = rows.line_id | by_hand.move_id.line_ids.filtered(
            lambda line: line.account_id in rows.account_id and line.partner_id == order.partner_id
        )
        return lines.filtered(lambda line: line.parent_state == "posted")


def _signed_total(entry):
    """What a document adds to the turnover."""
    if not isinstance(entry, PlannedMove):
        return ZERO
    return -entry.total if entry.kind is EntryKind.CREDIT_NOTE else entry.total
