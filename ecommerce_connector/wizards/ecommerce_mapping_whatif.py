from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.whatif.cases import Standing
from ..models.ledger.days import said_day
from ..models.mapping.mapping_kinds import PAYOUT_KINDS
from ..models.mapping.whatif_proposals import DraftProposal
from ..models.mapping.whatif_run import WhatIfRun


class EcommerceMappingWhatif(models.TransientModel):
    """What draft rules would change in what is booked, and the choice what to do with them.

    The orders are planned in memory, once by the rules in force and once by the drafts; nothing but
    this record and its lines is written.
    """

    _name = "ecommerce.mapping.whatif"
    _description = "What If"
    _check_company_auto = True
    _transient_max_hours = 24  # a decision may wait for somebody until the next day

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    draft_ids = fields.Many2many(
        "ecommerce.mapping.rule", string="Drafts", check_company=True,
        domain="[('is_draft', '=', True), ('company_id', '=', company_id)]",
    )  # fmt: skip
    stale_ids = fields.Many2many(
        "ecommerce.mapping.rule", "ecommerce_mapping_whatif_stale_rel", string="Drafts Left Out", readonly=True,
        help="Drafts that are out of date.",
    )  # fmt: skip
    stale_summary = fields.Text(readonly=True, string="Left Out")
    draft_summary = fields.Text(compute="_compute_draft_summary", string="What They Say")
    store_ids = fields.Many2many(
        "ecommerce.store", string="Stores", check_company=True, domain="[('company_id', '=', company_id)]",
        default=lambda self: self.env["ecommerce.store"].search([("company_id", "=", self.env.company.id)]),
    )  # fmt: skip
    date_from = fields.Date(
        string="From", required=True, default=lambda self: fields.Date.context_today(self) - timedelta(days=90),
        help="Orders that were placed, booked or refunded since this day, in the store's time zone.",
    )  # fmt: skip
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    basis = fields.Selection(
        [("own", "From their own first day"), ("whole", "As if they had always held in the period")],
        string="Drafts Hold", required=True, default="own",
        help="As if they had always held: to see beforehand what a change to come would mean. Only what holds from its "
        "own first day can be re-posted.",
    )  # fmt: skip
    reason = fields.Char(string="Why", help="Goes into the change log.")

    # === What came of it === #

    state = fields.Selection(
        [("new", "To compute"), ("computed", "To decide"), ("applied", "Applied")],
        string="Status", default="new", required=True, readonly=True,
    )  # fmt: skip
    line_ids = fields.One2many("ecommerce.mapping.whatif.line", "whatif_id", readonly=True)
    account_line_ids = fields.One2many(
        "ecommerce.mapping.whatif.line", "whatif_id", domain=[("dimension", "=", "account")], readonly=True
    )
    tax_line_ids = fields.One2many(
        "ecommerce.mapping.whatif.line", "whatif_id", domain=[("dimension", "in", ("tax", "tax_base"))], readonly=True
    )
    product_line_ids = fields.One2many(
        "ecommerce.mapping.whatif.line", "whatif_id", domain=[("dimension", "=", "product")], readonly=True
    )
    store_line_ids = fields.One2many(
        "ecommerce.mapping.whatif.line", "whatif_id", domain=[("dimension", "=", "store")], readonly=True
    )
    order_count = fields.Integer(string="Orders Looked At", readonly=True)
    changed_count = fields.Integer(string="Booked Elsewhere", readonly=True)
    bookable_count = fields.Integer(string="Become Bookable", readonly=True)
    blocked_count = fields.Integer(string="Become Blocked", readonly=True)
    locked_count = fields.Integer(string="In Closed Periods", readonly=True)
    moved_summary = fields.Char(string="Booked Elsewhere in All", readonly=True)
    locked_summary = fields.Char(string="Amount in Closed Periods", readonly=True)
    by_hand_summary = fields.Char(string="Amount Not Corrected", readonly=True)
    notes = fields.Text(readonly=True)
    blocking = fields.Text(string="Why They Would Be Blocked", readonly=True)
    found = fields.Json(readonly=True, help="Ids of orders: changed, bookable, blocked, locked; to_correct, to_post.")
    digest = fields.Char(readonly=True)

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for wizard in self:
            if wizard.date_to < wizard.date_from:
                raise ValidationError(self.env._("The period ends before it begins."))

    @api.depends("draft_ids.change_summary", "draft_ids.date_from", "draft_ids.date_to")
    def _compute_draft_summary(self):
        for wizard in self:
            wizard.draft_summary = "\n".join(wizard._say(draft) for draft in wizard._by_day())

    def _by_day(self):
        """The drafts, the earliest first."""
        return self.draft_ids.sorted(lambda draft: (draft.date_from or date.min, draft.id))

    def _say(self, draft):
        """A draft in one line: what it is about, what it changes, from when until when."""
        change = "; ".join((draft.change_summary or self.env._("changes nothing")).splitlines())
        return f"{draft.display_name}: {change}, {draft._days_text()}"

    @api.depends("state")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._("What if…")

    # === Computing === #

    def action_compute(self):
        """Plan the period's orders by both and show the difference."""
        self.ensure_one()
        self = self.with_company(self.company_id)  # accounts are called as this company calls them
        if self.state == "applied":
            raise UserError(self.env._("The drafts are applied. Choose others."))
        self._leave_stale_out()
        self._show(self._run())
        return True

    def _leave_stale_out(self):
        """Put drafts apart that are out of date: what they would change cannot be applied as it stands."""
        drafts = (self.draft_ids | self.stale_ids).filtered("is_draft")
        overtaken = drafts._overtaken()
        stale = drafts.filtered(lambda draft: draft in overtaken)
        told = [f"{draft.display_name}: {draft._why_stale(version)}" for draft, version in overtaken.items()]
        self.write(
            {"draft_ids": [(6, 0, (drafts - stale).ids)], "stale_ids": [(6, 0, stale.ids)],
             "stale_summary": "\n".join(told)}
        )  # fmt: skip

    def _show(self, run):
        """Plan the period's orders by the rules in force and by others, and keep the difference."""
        run.check()
        result = run.run()
        self.line_ids.unlink()
        self.env["ecommerce.mapping.whatif.line"]._create_for(self, result)
        self.write(self._summary(run, result) | {"state": "computed", "digest": run.digest})

    def _run(self):
        drafts = self.draft_ids.filtered("is_draft")
        if not drafts and not self.stale_ids:
            raise UserError(self.env._("Choose the drafts to look at."))
        if not self.store_ids:
            raise UserError(self.env._("Choose a store."))
        proposal = DraftProposal(drafts, self._always_from())
        return WhatIfRun(self.store_ids, proposal, self.date_from, self.date_to)

    def _always_from(self):
        return self.date_from if self.basis == "whole" else None

    def _summary(self, run, result):
        lists = {name: getattr(result, name) for name in ("changed", "bookable", "blocked", "locked")}
        return {
            "order_count": result.count,
            **{f"{name}_count": found.count for name, found in lists.items()},
            "moved_summary": self._amounts(result, *Standing),
            "locked_summary": self._amounts(result, Standing.LOCKED),
            "by_hand_summary": self._amounts(result, Standing.BY_HAND),
            "blocking": "\n".join(f"{count} × {reason}" for reason, count in result.blocking.most_common()),
            "notes": "\n".join(self._notes(run, result)),
            "found": {name: found.orders for name, found in lists.items()}
            | {"to_correct": result.to_correct, "to_post": result.to_post},
        }  # fmt: skip

    def _amounts(self, result, *standings):
        """How much goes elsewhere, as text, per currency: tax apart, as it is no revenue."""
        parts = []
        for currency in sorted(result.moved):
            whole, tax = (
                sum(moved[currency].get(standing, 0) for standing in standings)
                for moved in (result.moved, result.moved_tax)
            )
            if part := self._amount_and_tax(whole - tax, tax, currency):
                parts.append(part)
        return "; ".join(parts)

    def _amount_and_tax(self, amount, tax, currency):
        net, of_tax = (self.env["ecommerce.mapping.whatif.line"]._as_money(it, currency) for it in (amount, tax))
        if amount and tax:
            return self.env._("%(net)s and %(tax)s of tax", net=net, tax=of_tax)
        return self.env._("%(tax)s of tax", tax=of_tax) if tax else amount and net

    def _notes(self, run, result):
        """What a person should know of the figures."""
        changes, stores = run.proposal.changes, set(self.store_ids.mapped("name"))
        if run.broken == 1:
            yield self.env._("1 order cannot be read and is left out; see its exception.")
        elif run.broken:
            yield self.env._(
                "%(count)s orders cannot be read and are left out; see their exceptions.", count=run.broken
            )
        yield from self._notes_of_turns(run.proposal.by_own_days)
        first = min((change.date_from or date.min for change in changes), default=self.date_from)
        if not result.changed.count and self.basis == "own":
            if first > self.date_to:
                yield self.env._(
                    "What is proposed begins after the period, on %(day)s. Look “as if it had always held” to see what "
                    "it will mean.", day=said_day(self.env, first),
                )  # fmt: skip
        elif self.basis == "own" and first < self.date_from:
            yield self.env._(
                "What is proposed begins before the period: orders before %(day)s are not looked at, nor re-posted.",
                day=said_day(self.env, self.date_from),
            )
        named = {change.store for change in changes}
        if named - stores - {""} or ("" in named and self._other_stores()):
            yield self.env._("What is proposed also holds for stores that are not looked at.")
        if any(change.kind in PAYOUT_KINDS for change in changes):
            yield self.env._("Rules of payout lines decide payouts, which are not looked at here.")

    def _notes_of_turns(self, by_own_days):
        """What was not looked at as if it had always held, and which days were taken instead."""
        if not by_own_days:
            return
        yield self.env._(
            "Versions of one rule cannot all have always held, so these were looked at by their own days: %(rules)s. "
            "To see what one of them would mean in the whole period, look at it alone.",
            rules="; ".join(f"{rule.name} {rule.days}" for rule in by_own_days),
        )  # fmt: skip
        for rule in by_own_days:
            if rule.date_from and rule.date_from > self.date_to:
                yield self.env._(
                    "%(rule)s begins after the period, on %(day)s: nothing of it is in these figures.",
                    rule=rule.name, day=said_day(self.env, rule.date_from),
                )  # fmt: skip

    def _other_stores(self):
        return self.env["ecommerce.store"].search_count(
            [("company_id", "=", self.company_id.id), ("id", "not in", self.store_ids.ids)], limit=1
        )

    # === Looking === #

    def action_view_changed(self):
        """The orders that are booked elsewhere."""
        return self._view_orders("changed", self.env._("Booked elsewhere"))

    def action_view_bookable(self):
        """The orders that become bookable."""
        return self._view_orders("bookable", self.env._("Become bookable"))

    def action_view_blocked(self):
        """The orders that become blocked."""
        return self._view_orders("blocked", self.env._("Become blocked"))

    def action_view_locked(self):
        """The orders with differences in closed periods."""
        return self._view_orders("locked", self.env._("In closed periods"))

    def _view_orders(self, name, title):
        self.ensure_one()
        return self._orders_action((self.found or {}).get(name, []), title)

    @api.model
    def _orders_action(self, ids, title):
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action")
        return action | {"name": title, "display_name": title, "domain": [("id", "in", ids)], "context": {}}

    def action_view_moves(self):
        """The entries that were re-posted."""
        self.ensure_one()
        return self.reposted_move_ids._open_as_entries(self.env._("Re-posted"))
