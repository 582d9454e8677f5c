import time
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.ledger.days import said_day

#: Orders corrected and posted before the time is looked at.
AT_ONCE = 200
#: Seconds after which the rest is left to another click: a web server allows no request to take for ever.
TIME_LIMIT = 45
#: Reasons that are shown of what was not re-posted.
MOST_REASONS = 20


class EcommerceMappingWhatif(models.TransientModel):
    """What is done about the drafts once somebody saw what they change: applied, re-posted or discarded."""

    _inherit = "ecommerce.mapping.whatif"

    applied_rule_ids = fields.Many2many(
        "ecommerce.mapping.rule", "ecommerce_mapping_whatif_applied_rel", string="Applied Rules", readonly=True
    )
    applied_summary = fields.Text(readonly=True, string="What Holds Now")
    left_count = fields.Integer(string="Orders Left", readonly=True)
    reposted_move_ids = fields.Many2many("account.move", string="Re-posted", readonly=True)
    reposted_count = fields.Integer(compute="_compute_reposted_count")
    reposted_summary = fields.Text(compute="_compute_reposted_summary", string="What Was Re-posted")
    posted_count = fields.Integer(string="Orders Posted", readonly=True)
    is_reposting = fields.Boolean(readonly=True)
    is_other_day = fields.Boolean(readonly=True, help="Applied from another day than the figures were computed with.")
    outcome = fields.Text(readonly=True, string="Not Re-posted", help="Why orders were not re-posted.")

    @api.depends("reposted_move_ids")
    def _compute_reposted_count(self):
        for wizard in self:
            wizard.reposted_count = len(wizard.reposted_move_ids)

    # === Deciding === #

    def action_choose_day(self):
        """Ask from which day the drafts are to hold, and why; their own first day is proposed."""
        self.ensure_one()
        self._check_computed()
        wizard = self.env["ecommerce.mapping.whatif.apply"].create(
            {
                "whatif_id": self.id, "reason": self.reason,
                "line_ids": [
                    (0, 0, {"rule_id": draft.id, "name": draft.display_name, "own_date": draft.date_from,
                            "date_from": draft.date_from})
                    for draft in self._by_day()
                ],
            }
        )  # fmt: skip
        return {
            "type": "ir.actions.act_window", "name": self.env._("Apply from a date on"), "res_model": wizard._name,
            "res_id": wizard.id, "view_mode": "form", "target": "new",
        }  # fmt: skip

    def action_apply(self):
        """Put the drafts in force from their first day on; what is posted stays."""
        self.ensure_one()
        self._apply_drafts({})
        return True

    def _apply_from(self, days):
        """Put the drafts in force from days that somebody chose; what is posted stays.

        :param dict days: draft -> its first day; None or False: always
        """
        self._apply_drafts(days)

    def action_repost(self):
        """Put the drafts in force and bring what is posted in open periods in line with them."""
        self.ensure_one()
        if self.basis != "own":
            raise UserError(
                self.env._("Compute again from the drafts' own first day: only what they decide can be re-posted.")
            )
        ids = [*self.found["to_correct"], *self.found["to_post"]]
        self._apply_drafts({})
        self.write({"left_count": len(ids), "is_reposting": True})
        return self.action_repost_next()

    def action_repost_next(self):
        """Re-post what is left; stops after a while, so that the request ends."""
        self.ensure_one()
        self.applied_rule_ids.check_access("write")
        until = time.monotonic() + TIME_LIMIT
        while self.left_count and time.monotonic() < until:
            self._repost_some()
        return True

    def _repost_some(self):
        found = dict(self.found)
        correct, found["to_correct"] = found["to_correct"][:AT_ONCE], found["to_correct"][AT_ONCE:]
        post, found["to_post"] = found["to_post"][: AT_ONCE - len(correct)], found["to_post"][AT_ONCE - len(correct) :]
        moves, posted, reasons = self.env["account.move"], self.env["account.move"], []
        log = partial(self.applied_rule_ids._log_reposted, self.reason)
        for store, orders in self.env["ecommerce.order"].browse(correct).grouped("store_id").items():
            outcome = store._correct_orders(orders, before_commit=log)
            moves |= outcome.moves
            reasons += [str(reason) for _order, reason in outcome.not_covered]
        for store, orders in self.env["ecommerce.order"].browse(post).grouped("store_id").items():
            before = orders.posting_ids.move_id
            self.posted_count += store._post_orders(orders)["posted"]
            posted |= orders.posting_ids.move_id - before
        log(posted)
        moves |= posted
        lines = (self.outcome or "").splitlines() + list(dict.fromkeys(reasons))
        self.write(
            {
                "found": found, "left_count": len(found["to_correct"]) + len(found["to_post"]),
                "reposted_move_ids": [(4, move.id) for move in moves],
                "outcome": "\n".join(lines[:MOST_REASONS]),
            }
        )  # fmt: skip

    def _check_computed(self):
        if self.state != "computed":
            raise UserError(self.env._("Compute first: look at what changes before you decide."))
        if not self.draft_ids.filtered("is_draft"):
            raise UserError(
                self.env._("There is nothing to apply. %(left_out)s", left_out=self.stale_summary or "").strip()
            )

    def _apply_drafts(self, days):
        self._check_computed()
        self.draft_ids.check_access("write")
        if not self.reason:
            raise UserError(self.env._("Say why the rules change: it goes into the change log."))
        if self._run().digest != self.digest:
            raise UserError(self.env._("The rules, the drafts or the period changed since you looked. Compute again."))
        drafts = self.draft_ids.filtered("is_draft")
        ending = drafts.filtered("ends_rule")
        rules = (drafts - ending) | ending.previous_id
        moved = drafts.filtered(lambda draft: draft in days and draft.date_from != days[draft])
        for draft in moved:
            draft.date_from = days[draft]
        told = drafts._apply_and_tell(self.reason, looked_at=not moved & ending)
        self.write(
            {"state": "applied", "applied_rule_ids": [(6, 0, rules.ids)], "applied_summary": told,
             "is_other_day": bool(moved)}
        )  # fmt: skip

    def action_discard(self):
        """Delete the drafts."""
        self.ensure_one()
        (self.draft_ids | self.stale_ids).filtered("is_draft").unlink()
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_mapping_rule_draft_action")

    # === What was done === #

    @api.depends("state", "is_reposting", "reposted_move_ids", "posted_count", "left_count")
    def _compute_reposted_summary(self):
        for wizard in self:
            wizard.reposted_summary = wizard.state == "applied" and "\n".join(wizard._tell_reposted())

    def _tell_reposted(self):
        """What became of what was posted before, and where to look, a line each."""
        if self.is_reposting:
            yield from self._tell_entries()
        else:
            yield self._tell_nothing_reposted()
        if self.is_reposting and self.locked_summary:
            yield self.env._("%(amount)s is in closed periods and stays as it is posted.", amount=self.locked_summary)
        if self.is_reposting and self.by_hand_summary:
            yield self.env._(
                "%(amount)s is on payments, customers' accounts or entries that re-posting does not touch: move it by "
                "a journal entry if it must be moved.", amount=self.by_hand_summary,
            )  # fmt: skip
        yield self.env._(
            "Where to look: Mapping › Change Log of Rules, with the reason “%(reason)s”; the rule's own form, tabs "
            "Change Log and Versions.", reason=self.reason,
        )  # fmt: skip
        if self.reposted_move_ids:
            yield self.env._("The entries: button “Entries Re-posted” above; each names the entry that it corrects.")

    def _tell_nothing_reposted(self):
        posted = len((self.found or {}).get("to_correct", []))
        if self.basis != "own" or self.is_other_day or not posted:
            return self.env._("Nothing was re-posted: what was posted before stays as it is.")
        if posted == 1:
            return self.env._("Nothing was re-posted: 1 order of these days stays as it was posted by the old rules.")
        return self.env._(
            "Nothing was re-posted: %(count)s orders of these days stay as they were posted by the old rules.",
            count=posted,
        )

    def _tell_entries(self):
        corrections = self.reposted_move_ids.filtered("ecommerce_corrected_move_id")
        if not corrections:
            yield self.env._("No posted entry was corrected.")
        elif len(corrections) == 1:
            yield self.env._("1 correcting entry was posted, dated %(day)s.", day=self._day(corrections.date))
        elif len(days := set(corrections.mapped("date"))) == 1:
            yield self.env._(
                "%(count)s correcting entries were posted, all dated %(day)s.",
                count=len(corrections), day=self._day(min(days)),
            )  # fmt: skip
        else:
            yield self.env._(
                "%(count)s correcting entries were posted, dated from %(first)s to %(last)s.",
                count=len(corrections), first=self._day(min(days)), last=self._day(max(days)),
            )  # fmt: skip
        if self.posted_count == 1:
            yield self.env._("1 order that was blocked is posted.")
        elif self.posted_count:
            yield self.env._("%(count)s orders that were blocked are posted.", count=self.posted_count)
        if self.left_count:
            yield self.env._("Orders left: %(count)s. Go on re-posting.", count=self.left_count)

    def _day(self, day):
        return said_day(self.env, day)
