"""Payouts that came back: settled with the original, where it is certain which one that is.

A report has such a payout as a row of a later one. The original is the payout that the row names, if it has the same
amount and nothing else came back for it. What is not certain stays open in transit, and a person is told why.
"""

from collections import defaultdict

from odoo.exceptions import UserError

from ...core.payouts.plans import Returned
from ...core.plan_text import money
from ...core.reasons import Reason
from ...core.settlements import Money, TransactionKind
from ..ledger.amounts import amount_of
from ..ledger.entry_state import obstacle, stands

#: Code of the exception for a payout that came back and stays open in transit.
RETURN_OPEN = "return_open"
#: Code of the reason why the payout that a row is in waits for the original.
WAITS = "return_waits"


def returns(rows):
    """The balance transactions that are payouts that came back."""
    return rows.filtered(lambda row: row.kind == TransactionKind.PAYOUT.value)


class Originals:
    """The originals of payouts that came back.

    :ivar returned: balance transaction id → Returned, where it is certain
    :ivar problems: row → why it is not
    :ivar waiting: reasons why the rows cannot be booked before their originals are

    :param ecommerce.balance.transaction rows: of one processor account; others than returned payouts are left alone
    """

    def __init__(self, rows):
        self.env = rows.env
        self.returned, self.problems, self.waiting = {}, {}, []
        for row in returns(rows):
            self._look_at(row)

    def _look_at(self, row):
        original, problem = self._original(row)
        if not problem and original.state == "draft":
            self.waiting.append(self._waits(row, original))
        elif problem := problem or self._obstacle(row, original):
            self.problems[row] = problem
        else:
            item = original.in_transit_line_id
            there = Money(amount_of(item.amount_currency, item.currency_id), item.currency_id.name)
            self.returned[row.external_id] = Returned(original.id, there)

    def _original(self, row):
        """The payout that a row names, or why it is not known.

        :return: (payout, problem or None)
        """
        payouts, ids = self.env["ecommerce.payout"], {key for key in (row.source_id, row.charge_id) if key}
        of_account = [("processor_account_id", "=", row.processor_account_id.id)]
        found = payouts.search([*of_account, ("external_id", "in", list(ids)), ("id", "!=", row.payout_id.id)])
        if not ids:
            return payouts, self.env._("the report does not say which payout it was")
        if len(found) != 1:
            named = ", ".join(sorted(ids))
            return payouts, self.env._("payout %(id)s is not here", id=named) if not found else self.env._(
                "it can be each of %(ids)s", ids=named
            )
        others = self.env["ecommerce.balance.transaction"].search(
            [
                *of_account, ("kind", "=", TransactionKind.PAYOUT.value), ("id", "!=", row.id),
                ("payout_id.active", "=", True), "|", ("source_id", "=", found.external_id),
                ("charge_id", "=", found.external_id),
            ]
        )  # fmt: skip
        if others:
            return found, self.env._(
                "%(others)s says too that payout %(id)s came back",
                others=", ".join(f"{other.external_id} ({other.payout_id.external_id})" for other in others),
                id=found.external_id,
            )
        return found, None

    def _obstacle(self, row, original):
        """Why a row does not settle the original that it names."""
        currency = row.currency_id
        came, went = amount_of(row.gross, currency), amount_of(original.amount, currency)
        if came != went:
            return self.env._(
                "payout %(id)s was %(went)s %(code)s", id=original.external_id, went=money(went, currency.name),
                code=currency.name,
            )  # fmt: skip
        if original.bank_currency_id and original.conversion_fee:
            return self.env._(
                "of payout %(id)s something was taken for its conversion, and it is not said who bears that",
                id=original.external_id,
            )
        if problem := obstacle(original.in_transit_line_id, row.processor_account_id.in_transit_account_id):
            return self.env._("payout %(id)s: %(problem)s", id=original.external_id, problem=problem)
        return None

    def _waits(self, row, original):
        currency = row.currency_id
        return Reason(
            code=WAITS, key=row.external_id, amount=amount_of(row.gross, currency),
            message=self.env._(
                "Payout %(id)s: %(row)s is payout %(original)s that came back, which is not posted yet.",
                id=row.payout_id.external_id, row=row.external_id, original=original.external_id,
            ),
            hint=self.env._("Post payout %(original)s first, or discard it.", original=original.external_id),
        )  # fmt: skip


def settle_return(item, original):
    """Reconcile the item of a payout that came back with the original's in transit, each for its whole amount.

    :raises UserError: naming the payout, if something of them stays open
    """
    (item | original.in_transit_line_id).reconcile()
    if not (item.reconciled and original.in_transit_line_id.reconciled):
        raise UserError(
            original.env._(
                "Payout %(id)s and its return %(item)s do not settle each other: something of them stays open.",
                id=original.external_id, item=item.display_name,
            )
        )  # fmt: skip


def settle_returned(account):
    """Settle what came back before it was certain which payout it was; tell what is open still.

    :param account: the processor account
    :return: payout → reasons
    :rtype: dict
    """
    rows = account.env["ecommerce.balance.transaction"].search(
        [
            ("processor_account_id", "=", account.id), ("kind", "=", TransactionKind.PAYOUT.value),
            ("payout_id.state", "!=", "draft"), ("clearing_line_id.reconciled", "=", False),
            ("clearing_line_id.parent_state", "=", "posted"),
        ]
    ).filtered(lambda row: stands(row.clearing_line_id.move_id))  # fmt: skip
    originals, found = Originals(rows), defaultdict(list)
    for row in rows:
        problem = originals.problems.get(row) or _settle_late(row, originals.returned.get(row.external_id))
        if problem:
            found[row.payout_id].append(_open(row, problem))
    return dict(found)


def _settle_late(row, returned):
    """Settle a row that is booked already; why that cannot be, else nothing."""
    env = row.env
    if returned is None:
        return env._("the original is not posted yet")
    item, original = row.clearing_line_id, env["ecommerce.payout"].browse(returned.payout_id)
    if item.currency_id != original.in_transit_line_id.currency_id:
        return env._(
            "payout %(id)s is in transit in %(code)s: undo the posting of this one, and post it again",
            id=original.external_id, code=original.in_transit_line_id.currency_id.name,
        )  # fmt: skip
    if problem := obstacle(item, original.in_transit_line_id.account_id):
        return problem
    try:
        with env.cr.savepoint():
            settle_return(item.with_company(row.company_id), original)
    except UserError as error:  # one that cannot be settled keeps no other from being so
        return str(error)
    return None


def _open(row, problem):
    amount, currency = amount_of(row.gross, row.currency_id), row.currency_id.name
    return Reason(
        code=RETURN_OPEN, amount=amount, key=row.external_id,
        message=row.env._(
            "Payout %(id)s: %(row)s, a payout of %(amount)s %(code)s that came back, stays open in transit: "
            "%(problem)s.",
            id=row.payout_id.external_id, row=row.external_id, amount=money(amount, currency), code=currency,
            problem=problem,
        ),
        hint=row.env._("Reconcile its item in transit with what it belongs to, or with the bank's line of its return."),
    )  # fmt: skip
