"""Payouts that waited for a rule, tried again: planned anew, and posted if they were to be posted by themselves."""

import logging
from collections import defaultdict

import psycopg2

from odoo.exceptions import UserError

from ...core.errors import ConnectorError
from ...core.reasons import Reason
from ..exceptions.ecommerce_exception import LACKING_RULE
from ..orders.batch_errors import sentence_of
from .payout_executor import PayoutExecutor

_logger = logging.getLogger(__name__)

#: Payouts that are tried, logged and committed together.
BATCH = 50


class PayoutRelease:
    """Tries payouts, each by itself: what one of them meets undoes nothing of the others.

    :ivar posted: those that were posted
    :ivar reviewable: those whose plan is complete now, and that wait for a person
    :ivar blocked: those that wait for something else still
    :ivar busy: those that another worker is at
    :ivar failed: (payout, Reason) pairs of those that cannot be booked; they were left as they were
    """

    def __init__(self, env):
        self.env = env
        self.posted = self.reviewable = self.blocked = self.busy = env["ecommerce.payout"]
        self.failed = []

    def release(self, payouts):
        """Try payouts with the rules as they are now; commits after each batch.

        :param recordset payouts: of one company, in the order in which they are to be posted
        """
        payouts.check_access("write")  # what they say is written with sudo
        for start in range(0, len(payouts), BATCH):
            self._release_batch(self._locked(payouts[start : start + BATCH]))
            self.env["ecommerce.store"]._commit_unless_testing()

    def _locked(self, payouts):
        """Those that no other worker is at, and that are still to be posted."""
        # sudo: a lock needs the right to write, and nobody writes payouts by hand. Posting is the user's again.
        locked = set(payouts.sudo().try_lock_for_update().ids)
        self.busy |= payouts.filtered(lambda payout: payout.id not in locked)
        return (payouts - self.busy).filtered(lambda payout: payout.state == "draft" and payout.active)

    def _release_batch(self, payouts):
        payouts._look_after_posted()
        waited = {payout: self._keys(payout) for payout in payouts}
        found, decided = {}, {}
        for payout in payouts:
            try:
                with self.env.cr.savepoint():
                    plan, reasons = self._try(payout)
            except psycopg2.OperationalError:
                raise  # the connection or a concurrent update: the payout is not at fault
            except Exception as error:
                self._refuse(payout, error)
            else:
                found[payout], decided[payout] = reasons, plan.decided
                self._count(payout)
        payouts._sync_exceptions(found)
        self._log({payout: self._deciders(decided[payout], waited[payout] - self._keys(payout)) for payout in found})

    @staticmethod
    def _keys(payout):
        """What the payout lacks rules for, as open exceptions name it."""
        exceptions = payout.exception_ids.filtered(lambda item: item.state == "open" and item.code in LACKING_RULE)
        return set(exceptions.mapped("key"))

    @staticmethod
    def _try(payout):
        plan, reasons = payout._plan_again()
        if payout.post_once_mapped and not payout.is_blocked:
            payout._check_not_posted()
            PayoutExecutor(payout).execute(plan)
        return plan, reasons

    def _count(self, payout):
        if payout.state != "draft":
            self.posted |= payout
        elif payout.is_blocked:
            self.blocked |= payout
        else:
            self.reviewable |= payout

    @staticmethod
    def _deciders(decided, keys):
        """Numbers of the rules that answer what the payout waited for."""
        return {number for key, number in decided if key in keys}

    def _log(self, deciders):
        """Write down with each rule what it let go, in the transaction in which it did."""
        by_rule = defaultdict(self.env["ecommerce.payout"].browse)
        for payout, numbers in deciders.items():
            for number in numbers:
                by_rule[number] |= payout
        for number, payouts in sorted(by_rule.items()):
            self.env["ecommerce.mapping.rule"].browse(number)._log_released_payouts(payouts)

    def _refuse(self, payout, error):
        if not isinstance(error, (UserError, ConnectorError)):
            _logger.exception("Payout %s of %s cannot be booked", payout.external_id, payout.company_id.name)
        reason = Reason(
            code="cannot_book",
            message=self.env._(
                "Payout %(id)s cannot be booked: %(error)s", id=payout.external_id, error=sentence_of(self.env, error)
            ),
            hint=self.env._("Repair the cause, then try again."), key=payout.external_id,
        )  # fmt: skip
        self.failed.append((payout, reason))
