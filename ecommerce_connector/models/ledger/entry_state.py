"""Whether what a record points to in the ledger still stands there.

People reset entries to draft, cancel, reverse and reconcile them on Odoo's own screens. A link to an entry says where
something was booked; that it still is must be asked each time.
"""

from .amounts import amount_of


def stands(move):
    """Whether an entry is posted and not taken back; a reversal that was itself reversed takes back nothing."""
    return move.state == "posted" and not standing_reversals(move)


def holds(move):
    """As ``stands``, of an entry that several orders share: credit notes of the store's refunds take nothing back."""
    # sudo: which entries are postings of orders is the connector's own knowledge.
    unknown = standing_reversals(move).filtered(lambda reversal: not reversal.sudo().ecommerce_posting_ids)
    return move.state == "posted" and not unknown


def standing_reversals(move):
    """The entries that take an entry back."""
    return move.reversal_move_ids.filtered(stands)


def why_fallen(move):
    """Why an entry does not stand, as the rest of a sentence about it.

    :rtype: str | None
    """
    if not move:
        return move.env._("is gone")
    if move.state != "posted":
        return move.env._("is a draft") if move.state == "draft" else move.env._("is cancelled")
    if found := standing_reversals(move):
        return move.env._("was reversed by %(entries)s", entries=names(found))
    return None


def obstacle(item, account):
    """Why a journal item cannot be settled for its whole amount on an account, as a part of a sentence.

    :rtype: str | None
    """
    move, currency = item.move_id, item.currency_id
    if problem := why_fallen(move):
        return item.env._("its entry %(entry)s %(problem)s", entry=names(move), problem=problem)
    if item.account_id != account:
        return item.env._(
            "its item in %(entry)s is on %(there)s, not on %(account)s",
            entry=names(move), there=item.account_id.display_name, account=account.display_name,
        )  # fmt: skip
    amount, left = (amount_of(value, currency) for value in (item.amount_currency, item.amount_residual_currency))
    if left != amount:
        return item.env._(
            "only %(left)s of its %(amount)s %(code)s in %(entry)s is open, the rest is reconciled with %(others)s",
            left=abs(left), amount=abs(amount), code=currency.name, entry=names(move),
            others=names(counterparts(item).move_id),
        )  # fmt: skip
    return None


def names(moves):
    """Entries by their numbers alone: a display name says "Draft Entry" before it, and the reference after it."""
    return ", ".join(move.name or move.display_name for move in moves)


def counterparts(items):
    """The journal items that some are reconciled with."""
    return items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
