"""What an order's invoices less its credit notes come to in the ledger, net and by tax. Reads only."""

from collections import defaultdict
from decimal import Decimal

from ...core.disputes.taxes import BookedTax, BookedTaxes
from .amounts import amount_of
from .entry_checks import DOCUMENTS
from .entry_state import holds
from .tax_facts import TaxFactsCache


def read_booked_taxes(order):
    """Net by taxes, and the taxes, of the order's entries as they are posted, corrections included.

    :return: None if the order is not known, or has no posted invoice
    :rtype: BookedTaxes | None
    """
    moves = _entries(order)
    if not moves:
        return None
    bases, taxes = defaultdict(Decimal), defaultdict(Decimal)
    summarized = order.posting_ids.filtered(
        lambda posting: posting.summary_id and posting.kind in (*DOCUMENTS, "correction") and posting.move_id in moves
    )
    for row in summarized.row_ids.filtered(lambda row: row.account_id.account_type != "asset_receivable"):
        amount = -amount_of(row.amount, row.currency_id)
        if row.tax_line_id:
            taxes[row.tax_line_id] += amount
        else:
            bases[row._item().booking.taxes] += amount
    for item in (moves - summarized.move_id).line_ids:
        if item.account_id.account_type == "asset_receivable":
            continue
        amount = -amount_of(item.amount_currency, item.currency_id)
        if item.tax_line_id:
            taxes[item.tax_line_id] += amount
        else:
            bases[tuple(sorted(item.tax_ids.ids))] += amount
    return BookedTaxes(
        bases=tuple((ids, net) for ids, net in sorted(bases.items()) if net),
        taxes=tuple(
            BookedTax(tax=tax.id, label=tax.name, amount=amount)
            for tax, amount in sorted(taxes.items(), key=lambda pair: pair[0].id)
            if amount
        ),
        refused=_refused(moves),
    )


def _entries(order):
    """Posted invoices, credit notes and their corrections, without what was taken back."""
    kinds = (*DOCUMENTS, "correction")
    moves = order.posting_ids.filtered(lambda posting: posting.kind in kinds).move_id
    known = moves.filtered(lambda move: move.state == "posted")
    invoices = order.posting_ids.filtered(lambda posting: posting.kind == "invoice").move_id & known
    return known if invoices.filtered(lambda move: holds(move) or move.reversal_move_ids <= moves) else known.browse()


def _refused(moves):
    """Why the taxes cannot be given back in one entry, as the rest of a sentence."""
    facts, tax = TaxFactsCache(moves.env), moves.line_ids.tax_ids | moves.line_ids.tax_line_id
    odd = tax.filtered(lambda tax: not facts.of(tax.id, is_refund=True).is_simple)
    if not odd:
        return ""
    return moves.env._(
        "%(taxes)s is due on payment, compound or shared out, and only Odoo's own screens can give it back",
        taxes=", ".join(odd.mapped("name")),
    )
