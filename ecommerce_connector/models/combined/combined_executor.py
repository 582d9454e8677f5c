"""Orders of customers → combined invoices, with the rows that tell which order has what of them."""

from collections import defaultdict

from ...core.errors import ConnectorError
from ...core.plans import EntryKind
from ...core.rounding import total
from ..ledger.amounts import amount_of, float_of
from ..ledger.document_executor import DocumentExecutor, create_moves
from ..summary.row_records import create_rows
from ..summary.summary_rows import row_name
from .combined_values import CombinedValues, Share
from .combining import waits


class CombinedExecutor(DocumentExecutor):
    """As for entries of their own; invoices of the same customer, period and currency are one."""

    def __init__(self, store):
        super().__init__(store)
        self._summaries = {}  # (order id, entry key) → (ecommerce.summary, rate)
        self._owed = {}  # (order id, move id) → its journal item
        self._written = []  # (ecommerce.summary, Joined, lines)

    def _shared_moves(self, batch, builder, partners):
        groups = defaultdict(list)
        for order, planned in batch:
            for entry in planned.comparison.new if waits(planned) else ():
                if entry.kind is EntryKind.INVOICE:
                    currency = self.currency(entry.currency)
                    rate = entry.rate or self.rate(currency, entry.true_date)
                    key = (
                        partners[order.external_id], currency, rate, planned.span, entry.true_date, entry.date,
                        entry.customer_rule and entry.customer_rule.id,
                    )  # fmt: skip
                    groups[key].append(Share(order, planned, entry))
        made = [
            CombinedValues(self, builder, self._in_turn_of_sale(shares), partner, currency, rate)
            for (partner, currency, rate, *_more), shares in groups.items()
        ]
        moves = create_moves(self.env, [each.values() for each in made])
        first = self._first_of([(key[0][0], key[3], key[1]) for key in groups])
        shared = {}
        for key, combined, move in zip(groups, made, moves, strict=True):
            shared |= self._take(key, combined, move, first)
        return shared

    @staticmethod
    def _in_turn_of_sale(shares):
        return sorted(shares, key=lambda share: (share.planned.document.placed_at, share.order.id))

    # === One invoice === #

    def _take(self, key, combined, move, first):
        """Check an invoice, and remember whose is what.

        :return: (order id, entry key) → the invoice
        """
        (partner_id, _receivable), currency, rate, span, *_more = key
        lines = self._lines(combined, move)
        summary = self._summary(combined, move, span, first.get((partner_id, span.name, currency)))
        shared = {}
        for share in combined.shares:
            shared[share.order.id, share.entry.key] = move
            self._summaries[share.order.id, share.entry.key] = summary, rate
        for number, row in enumerate(combined.joined.rows):
            if row.is_customer:
                self._owed[row.order, move.id] = lines[number]
        self._written.append((summary, combined.joined, lines))
        return shared

    def _lines(self, combined, move):
        """Number of a row → id of its journal item.

        :raises ConnectorError: if Odoo made anything else of the invoice
        """
        found = {}
        # Odoo sorts journal items its own way; they were made in the order of the values.
        for number, item in zip(combined.numbers, move.line_ids.sorted("id"), strict=True):
            if number is None:
                continue
            line = combined.joined.lines[number]
            self._check(line, item, combined)
            found.update(dict.fromkeys(line.rows, item.id))
        expected = total([share.entry.total for share in combined.shares])
        if amount_of(move.amount_total, move.currency_id) != expected:
            raise ConnectorError(
                f"Odoo makes the total of the combined invoice {move.amount_total}, the store says {expected}.",
                hint="Map each tax of the store to one simple tax in Odoo.",
            )
        return found

    def _check(self, line, item, combined):
        booking, amounts = line.place.booking, line.amounts
        made = (
            item.account_id.id, amount_of(item.amount_currency, item.currency_id),
            amount_of(item.balance, self.company.currency_id), item.tax_repartition_line_id.id or 0,
            tuple(sorted(item.tax_tag_ids.ids)), tuple(sorted(item.tax_ids.ids)),
        )  # fmt: skip
        planned = booking.account, amounts.amount, amounts.balance, booking.repartition, booking.tags, booking.taxes
        if made != planned:
            numbers = ", ".join(share.order.number for share in combined.shares)
            raise ConnectorError(
                f"Odoo makes another journal item of the combined invoice of {numbers} on "
                f"{item.account_id.display_name} than planned.",
                hint="See whether another addon changes invoices.",
            )

    def _first_of(self, keys):
        """(contact id, period, currency) → the first combined invoice of it that is posted already."""
        found = self.env["ecommerce.summary"].sudo().search(
            [
                ("store_id", "=", self.store.id), ("kind", "=", "invoice"), ("first_id", "=", False),
                ("partner_id", "in", [partner for partner, _span, _currency in keys]),
                ("period", "in", [span.name for _partner, span, _currency in keys]),
            ], order="id desc",
        )  # fmt: skip
        return {(each.partner_id.id, each.period, each.currency_id): each for each in found}

    def _summary(self, combined, move, span, first):
        # sudo: nobody writes evidence by hand; the invoice was made with the user's rights.
        return self.env["ecommerce.summary"].sudo().create(
            {
                "company_id": self.company.id, "store_id": self.store.id, "kind": "invoice", "day": move.invoice_date,
                "currency_id": move.currency_id.id, "move_id": move.id, "first_id": first.id if first else False,
                "order_count": len(combined.shares), "partner_id": move.partner_id.id, "period": span.name,
                "date_from": span.first, "date_to": span.last,
                "turnover": float_of(total([share.entry.total for share in combined.shares])),
            }
        )  # fmt: skip

    # === What is the order's own of it === #

    def _terms(self, order_id, move):
        owed = self._owed.get((order_id, move.id))
        return self.env["account.move.line"].browse(owed) if owed else super()._terms(order_id, move)

    def _posting_values(self, order, entry):
        if (order.id, entry.key) not in self._summaries:
            return {}
        summary, rate = self._summaries[order.id, entry.key]
        return {"summary_id": summary.id, "rate": str(rate)}

    def _link_postings(self, postings):
        ids = {}
        for posting in postings.filtered("summary_id"):
            ids[row_name(posting.order_id, (EntryKind.INVOICE, posting.order_id.external_id))] = posting.id
        for summary, combined, lines in self._written:
            create_rows(summary, combined.rows, lines, ids)
