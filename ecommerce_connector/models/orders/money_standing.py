"""Where the money of an order is, and why something of it is not booked: one or two sentences for its form."""

from ..ledger.days import said_day
from ..ledger.entry_state import counterparts, names, why_fallen


def payment_standing(payment):
    """Where booked money is by now.

    :param ecommerce.payment payment: one
    :rtype: str
    """
    env, item = payment.env, payment.clearing_line_id
    if problem := why_fallen(item.move_id):
        return env._("Its entry %(entry)s %(problem)s.", entry=names(item.move_id), problem=problem)
    if item.reconciled:
        return _settled(payment)
    if payment.processor_account_id.kind == "liability":
        return env._("Booked on %(account)s, which has no payouts.", account=item.account_id.display_name)
    drafts = payment.balance_transaction_ids.payout_id.filtered(lambda payout: payout.active and not payout.move_id)
    if drafts:
        return env._(
            "On %(account)s. Payout %(payout)s lists it and is to be reviewed.",
            account=item.account_id.display_name, payout=", ".join(drafts.mapped("external_id")),
        )  # fmt: skip
    return env._("On %(account)s: no payout contains it yet.", account=item.account_id.display_name)


def _settled(payment):
    env, item = payment.env, payment.clearing_line_id
    payout = payment.payout_ids.filtered(lambda payout: payout.state != "draft")[:1]
    if not payout:
        return env._("Settled by %(entries)s.", entries=names(counterparts(item).move_id))
    facts = {"payout": payout.external_id, "day": said_day(env, payout.paid_on)}
    if payout.bank_line_id:
        day = said_day(env, payout.bank_line_id.date)
        return env._("Paid out on %(day)s with payout %(payout)s, at the bank on %(bank_day)s.", bank_day=day, **facts)
    if payout.state == "banked":
        return env._("Paid out on %(day)s with payout %(payout)s, which is settled.", **facts)
    return env._("Paid out on %(day)s with payout %(payout)s, which is on its way to the bank.", **facts)


def refund_standing(refund):
    """What was booked for a refund, or why nothing was.

    :param ecommerce.refund refund: one
    :rtype: str
    """
    booked = [_credited(refund), *(payment_standing(payment) for payment in refund._payments())]
    found = [sentence for sentence in booked if sentence]
    if refund.state != "done":
        found.insert(0, _not_moved(refund, is_booked=bool(found)))
    return " ".join(found) or _why_not_booked(refund)


def _credited(refund):
    env, move = refund.env, refund.move_id
    if not move:
        return ""
    if problem := why_fallen(move):
        return env._("Its credit note %(entry)s %(problem)s.", entry=names(move), problem=problem)
    return env._("Credited by %(entry)s.", entry=names(move))


def _not_moved(refund, *, is_booked):
    env = refund.env
    if is_booked:
        return env._("The store no longer says that this money moved, but it is booked: see the exceptions.")
    if refund.state in ("pending", "authorized"):
        return env._("The money has not moved yet: its credit note and its payment are booked when it does.")
    if refund.state == "failed":
        return env._("It failed, so no money moved: nothing is booked.")
    return env._("It was cancelled before any money moved: nothing is booked.")


def _why_not_booked(refund):
    env, order = refund.env, refund.order_id
    if order.state == "blocked":
        return env._("Not booked: order %(order)s is blocked. %(why)s", order=order.number, why=order.explanation or "")
    if order.state == "ready":
        return env._("Not booked yet: order %(order)s is to be reviewed.", order=order.number)
    return env._("Nothing to book for it. %(why)s", why=order.explanation or "")
