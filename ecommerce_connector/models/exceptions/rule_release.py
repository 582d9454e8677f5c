import logging
from collections import Counter
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools.misc import clean_context

from ...core.payouts.shares import missed_as
from ...core.plan_text import money
from ..ledger.amounts import amount_of
from ..mapping.mapping_kinds import DECIDING, PAYOUT_KINDS
from ..payouts.payout_release import PayoutRelease
from .ecommerce_exception import BY_BUTTON, LACKING_RULE

_logger = logging.getLogger(__name__)

#: Orders or payouts that a button releases at once; the scheduled actions go on with the others.
AT_ONCE = 500


class EcommerceMappingRule(models.Model):
    """A rule made from an exception lets go what waited for it."""

    _inherit = "ecommerce.mapping.rule"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._release_soon()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not {*DECIDING, "is_draft"}.isdisjoint(vals):
            self._release_soon()
        return result

    def _release_soon(self):
        """Have payouts that wait tried by the scheduled action, in whatever way the rules were made."""
        if self.env.context.get(BY_BUTTON):
            return
        rules = self.filtered(lambda rule: rule.kind in PAYOUT_KINDS and rule.active and not rule.is_draft)
        # sudo: whether anything waits is asked for the system, not for the user.
        if rules and self.env["ecommerce.exception"].sudo()._waiting_payouts(rules.company_id, limit=1):
            self.env["ecommerce.exception"]._trigger_release()

    def action_save_and_release(self):
        """Let go what waited for the rule: post blocked orders, move what waits on suspense, plan payouts again."""
        self.ensure_one()
        # What the form fills into a new rule is nothing for the entries that are made now.
        env = self.env(context=clean_context(self.env.context))
        released = env["ecommerce.exception"]._waiting_for(self.with_env(env))._release()
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {
                "type": "success" if released["left"] == 0 else "warning", "sticky": released["left"] > 0,
                "message": self._release_text(released),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }  # fmt: skip

    @api.model
    def _log_released(self, moves):
        """Log what left suspense, with the rules that let it go."""
        moves.line_ids.ecommerce_rule_id._log_reposted(self.env._("It waited on suspense for a rule"), moves)

    def _log_released_payouts(self, payouts):
        """Log payouts that waited for this rule, with the entries of those that were posted.

        :param recordset payouts: as they are now
        """
        self.ensure_one()
        posted = payouts.filtered(lambda payout: payout.state != "draft")
        blocked = (payouts - posted).filtered("is_blocked")
        parts = [
            (self.env._("Posted"), posted), (self.env._("To review"), payouts - posted - blocked),
            (self.env._("Wait for something else"), blocked),
        ]  # fmt: skip
        told = "\n".join(f"{label}: {', '.join(map(self._payout_text, part))}" for label, part in parts if part)
        self._log("released", self.env._("Payouts waited for this rule"), {}, posted.move_id, told=told)

    @staticmethod
    def _payout_text(payout):
        amount = money(amount_of(payout.amount, payout.currency_id), payout.currency_id.name)
        return f"{payout.external_id} ({amount} {payout.currency_id.name})"

    def _release_text(self, released):
        if not any(released.values()):
            return self.env._("The rule is saved. Nothing waited for it.")
        texts = {
            "posted": self.env._("%(count)s orders posted", count=released["posted"]),
            "corrected": self.env._("%(count)s moved from suspense", count=released["corrected"]),
            "payouts_posted": self.env._("%(count)s payouts posted", count=released["payouts_posted"]),
            "reviewable": self.env._("%(count)s payouts ready for review", count=released["reviewable"]),
            "left": self.env._("%(count)s still wait, see their exceptions", count=released["left"]),
        }
        parts = [text for name, text in texts.items() if released[name]]
        return self.env._("The rule is saved: %(what)s.", what=", ".join(parts))


class EcommerceException(models.Model):
    """Letting go of what waited for a rule."""

    _inherit = "ecommerce.exception"

    tried_at = fields.Datetime(
        readonly=True, help="When its orders or payouts were last tried with the rules of that time."
    )

    def _waiting_for(self, rule):
        """Open exceptions that the rule may solve: of its kind, in the stores and processor accounts it is for."""
        stores = ["|", ("store_id", "=", False), ("store_id.active", "=", True)]
        found = self.search(
            [
                ("state", "=", "open"), ("code", "in", LACKING_RULE), ("company_id", "=", rule.company_id.id),
                ("key", "=like", f"{missed_as(rule.kind)}:%"),
                *([("store_id", "=", rule.store_id.id)] if rule.store_id else stores),
            ]
        )  # fmt: skip
        core = rule._as_core_rule()
        if rule.match_on != "key":
            return found  # the exception names the SKU, not its groups
        return found.filtered(lambda item: core.fits_key(item.key.partition(":")[2]))

    @api.model
    def _waiting_payouts(self, companies, limit=None):
        """Open exceptions of payouts that lack a rule."""
        return self.search(
            [
                ("state", "=", "open"), ("code", "in", LACKING_RULE), ("processor_account_id", "!=", False),
                ("company_id", "in", companies.ids),
            ], limit=limit,
        )  # fmt: skip

    def _release(self, limit=AT_ONCE):
        """Try the orders and payouts of these exceptions with the rules as they are now.

        Blocked orders are posted. What waits on the suspense account is moved by correcting entries, in
        the first open period if its own is locked. Payouts are planned again, and posted if they were to
        be posted by themselves.

        :param int limit: at most so many, of each store and processor account
        :return: counts: of orders ``posted`` and ``corrected``, of payouts ``payouts_posted`` and ``reviewable``,
            and of both ``left``
        :rtype: Counter
        """
        self.check_access("write")
        counts = Counter()
        of_payouts = self.filtered("processor_account_id")
        for store, items in (self - of_payouts).grouped("store_id").items():
            items._release_orders(store, limit, counts)
        for items in of_payouts.grouped("processor_account_id").values():
            items._release_payouts(limit, counts)
        return counts

    def _release_orders(self, store, limit, counts):
        all_orders = self._orders()
        orders = all_orders[:limit]
        suspended = orders.filtered(lambda order: order.state == "posted")
        if suspended:
            # Closes the exceptions of what it corrects; an order that it must leave keeps them, and is told why.
            outcome = store._correct_orders(
                suspended, in_open_period=True, before_commit=self.env["ecommerce.mapping.rule"]._log_released
            )
            counts["corrected"] += len(outcome.moves.ecommerce_order_id)
            self._tell_why_left(outcome.not_covered)
        if waiting := orders - suspended:
            counts["posted"] += store._post_orders(waiting)["posted"]
        counts["left"] += len(self._still_open(is_tried=len(all_orders) <= limit).line_ids.order_id)

    def _release_payouts(self, limit, counts):
        # The earlier first: what it settles is none of the later one's.
        all_payouts = self.line_ids.payout_id.sorted(lambda payout: (payout.paid_on, payout.id))
        release = PayoutRelease(self.env)
        release.release(all_payouts[:limit])
        is_tried = len(all_payouts) <= limit and not release.busy
        self._tell_why_left(release.failed)
        counts["payouts_posted"] += len(release.posted)
        counts["reviewable"] += len(release.reviewable)
        counts["left"] += len(release.blocked | self._still_open(is_tried=is_tried).line_ids.payout_id)
        if not is_tried:
            self._trigger_release(minutes=1)

    def _still_open(self, *, is_tried):
        """Those that were not solved.

        :param bool is_tried: all of theirs was tried; else the scheduled action goes on with the others
        """
        still = self.filtered(lambda item: item.state == "open")
        if is_tried:
            still.sudo().tried_at = fields.Datetime.now()  # sudo: people do not write when something was tried
        return still

    def _tell_why_left(self, not_covered):
        """Say in the chatter why an order or a payout still waits although there is a rule now.

        :param list not_covered: (ecommerce.order or ecommerce.payout, Reason) pairs
        """
        for document, reason in not_covered:
            for item in self & document.exception_ids:
                item.message_post(body=str(reason))

    # === In the background === #

    def _with_changed_rules(self):
        """Those of one company whose rules changed since they were tried last."""
        groups = self.env["ecommerce.mapping.rule"]._read_group(
            [("company_id", "in", self.company_id.ids), ("is_draft", "=", False)], ["kind"], ["write_date:max"]
        )
        changed = {}
        for kind, last in groups:
            changed[missed_as(kind)] = max(last, changed.get(missed_as(kind), last))
        return self.filtered(
            lambda item: (
                (last := changed.get(item.key.partition(":")[0])) and last > (item.tried_at or item.create_date)
            )
        )

    @api.model
    def _trigger_release(self, minutes=0):
        """Run the scheduled action below as soon as this transaction is done, or some minutes later."""
        if cron := self.env.ref("ecommerce_connector.ir_cron_release", raise_if_not_found=False):
            cron._trigger(fields.Datetime.now() + timedelta(minutes=minutes))

    @api.model
    def _cron_release(self):
        """Try payouts that wait for rules which changed since: by an import, a draft, the assistant, or a form."""
        companies = self.env["ecommerce.processor.account"]._read_group([], ["company_id"])
        for number, (company,) in enumerate(companies, start=1):
            try:
                self.with_company(company)._waiting_payouts(company)._with_changed_rules()._release()
            except psycopg2.OperationalError:  # somebody works on the same payouts just now
                self.env["ecommerce.store"]._rollback_unless_testing()
                self._trigger_release(minutes=1)
            except Exception:  # a defect met in one company must not keep the others waiting
                _logger.exception("Payouts of %s cannot be released", company.name)
                self.env["ecommerce.store"]._rollback_unless_testing()
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - number):
                break


class EcommerceStore(models.Model):
    """Releasing orders in the background."""

    _inherit = "ecommerce.store"

    def _release_suspended(self):
        """Try what waits on suspense again, where rules changed since the last time."""
        self.ensure_one()
        items = self.env["ecommerce.exception"].search(
            [("store_id", "=", self.id), ("state", "=", "open"), ("code", "=", "unmapped")]
        )
        items._with_changed_rules()._release()
