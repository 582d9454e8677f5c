"""Charges that were posted before their order was known: settled when its payment comes."""

from collections import defaultdict

from odoo.exceptions import UserError

from ...core.plan_text import money
from ...core.reasons import Reason
from ..ledger.amounts import amount_of
from ..ledger.entry_state import stands
from .payout_executor import settle

#: Code of the exception for an accepted charge whose payment came, but cannot be settled with it.
NOT_SETTLED = "not_settled"


def settle_accepted(account):
    """Settle payments whose charge was posted open, because they were not there, or not whole, at that time.

    Only by the processor's own id and the exact amount; each payment is no other's candidate after it. A pair that
    cannot be settled keeps no other from being so.

    :param account: the processor account
    :return: payout -> why charges of it cannot be settled
    :rtype: dict
    """
    env = account.env
    rows = env["ecommerce.balance.transaction"].search(
        [
            ("processor_account_id", "=", account.id), ("payout_id.state", "!=", "draft"),
            ("kind", "in", ("charge", "refund")), ("match_status", "in", ("missing_in_ledger", "different")),
            ("clearing_line_id.reconciled", "=", False), ("clearing_line_id.parent_state", "=", "posted"),
        ]
    ).filtered(lambda row: stands(row.clearing_line_id.move_id))  # fmt: skip
    problems, free = defaultdict(list), _open_payments(account, rows)
    for row in rows:
        amount, currency = row._claimed()
        keys = [(key, amount, currency) for key in (row.source_id, row.charge_id) if free.get((key, amount, currency))]
        if not keys:
            continue
        payment = free[keys[0]].pop(0)
        try:
            with env.cr.savepoint():
                _check_same_currency(row, payment)
                _settle_late(row, payment)
        except UserError as error:
            problems[row.payout_id].append(_problem(row, error))
    return dict(problems)


def _open_payments(account, rows):
    """Payments in the ledger that these rows can be, by the processor's id and the amount that was booked."""
    ids = {key for row in rows for key in (row.source_id, row.charge_id) if key}
    payments = account.env["ecommerce.payment"].search(
        [
            ("processor_account_id", "=", account.id), ("transaction_id", "in", list(ids)),
            ("clearing_line_id.reconciled", "=", False), ("clearing_line_id.parent_state", "=", "posted"),
        ], order="moved_on, id",
    )  # fmt: skip
    free = defaultdict(list)
    for payment in payments:
        item = payment.clearing_line_id
        booked = amount_of(item.amount_currency, item.currency_id)
        free[payment.transaction_id, booked, item.currency_id].append(payment)
    return free


def _check_same_currency(row, payment):
    """A charge without its payment was posted as what it became: that settles no payment in its own currency."""
    if row.currency_id != payment.currency_id:
        raise UserError(
            row.env._(
                "Its payment %(payment)s is in %(theirs)s, its entry has what it became in %(ours)s: undo the payout, "
                "and post it again.",
                payment=payment.display_name, theirs=payment.currency_id.name, ours=row.currency_id.name,
            )
        )  # fmt: skip


def _settle_late(row, payment):
    settle([(row.clearing_line_id.with_company(row.company_id), payment)])
    # sudo: nobody writes evidence by hand; the items were reconciled with the user's rights.
    row.sudo().write(
        {
            "payment_id": payment.id, "match_status": "matched", "difference": 0.0,
            "match_reasons": row.env._(
                "%(before)s\nAccepted so; its order came later: same id %(id)s and amount.",
                before=row.match_reasons or "", id=payment.transaction_id,
            ),
        }
    )  # fmt: skip


def _problem(row, error):
    amount, currency = amount_of(row.gross, row.currency_id), row.currency_id.name
    return Reason(
        code=NOT_SETTLED, amount=amount, key=row.external_id,
        message=row.env._(
            "Payout %(id)s: %(row)s, %(amount)s %(code)s, was accepted before its payment was there, and stays open. "
            "%(error)s",
            id=row.payout_id.external_id, row=row.external_id, amount=money(amount, currency), code=currency,
            error=error,
        ),
        hint=row.env._("Or undo the payout, and post it again once the payment is right."),
    )  # fmt: skip
