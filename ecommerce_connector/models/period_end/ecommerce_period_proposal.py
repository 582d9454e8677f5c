from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...core.rounding import total
from ..ledger.amounts import amount_of, float_of
from ..ledger.days import said_day
from ..ledger.lock_dates import why_closed
from .proposal_executor import ProposalExecutor

KINDS = [
    ("deferral", "Invoiced, not shipped"), ("fees", "Fees billed later"), ("breakage", "Breakage of gift cards"),
    ("late", "Late arrivals"),
]  # fmt: skip
#: What people write on a proposal themselves: an amount that is typed, and its conversation.
WRITTEN_BY_PEOPLE = frozenset({"amount", "message_follower_ids", "activity_ids"})


class EcommercePeriodProposal(models.Model):
    """An entry that is proposed for the end of a period: an accountant accepts or dismisses it.

    There is one for a period, a store or processor account, a kind and a currency, so nothing is posted twice. Of late
    arrivals there is another one for what came in after one was decided on.
    """

    _name = "ecommerce.period.proposal"
    _description = "Period-end Proposal"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "day desc, kind, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    store_id = fields.Many2one("ecommerce.store", readonly=True, ondelete="restrict", index="btree_not_null")
    processor_account_id = fields.Many2one(
        "ecommerce.processor.account", readonly=True, ondelete="restrict", index="btree_not_null"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    day = fields.Date(string="Period To", required=True, readonly=True, help="The period's last day.")
    number = fields.Integer(
        required=True, readonly=True, default=1, help="Counts the proposals of late arrivals of a period."
    )
    state = fields.Selection(
        [("proposed", "Proposed"), ("accepted", "Accepted"), ("dismissed", "Dismissed")], default="proposed",
        string="Status", required=True, readonly=True, tracking=True, index=True,
    )  # fmt: skip
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, help="Of the amounts.")
    amount = fields.Monetary(tracking=True, help="What the entry moves to or from the balance sheet.")
    is_typed = fields.Boolean(readonly=True, string="Amount Typed", help="A person typed it; computing again keeps it.")
    counterpart_account_id = fields.Many2one("account.account", readonly=True, ondelete="restrict")
    line_ids = fields.One2many("ecommerce.period.proposal.line", "proposal_id", readonly=True)
    source_move_ids = fields.Many2many(
        "account.move", "ecommerce_period_proposal_source_rel", readonly=True, string="Behind It"
    )
    explanation = fields.Text(readonly=True, string="How It Is Computed")
    problem = fields.Text(readonly=True, help="What is missing before it can be accepted.")
    obstacle = fields.Text(compute="_compute_obstacle", help="Why it cannot be accepted now.")
    computed_on = fields.Datetime(readonly=True)
    move_ids = fields.One2many("account.move", "ecommerce_period_proposal_id", string="Journal Entries", readonly=True)
    move_count = fields.Integer(compute="_compute_move_count")

    _once = models.UniqueIndex(
        "(company_id, day, kind, COALESCE(store_id, 0), COALESCE(processor_account_id, 0), currency_id, number)",
        "There is a proposal of this kind for the period already.",
    )

    @api.depends("kind", "day", "store_id", "processor_account_id", "currency_id", "number")
    def _compute_display_name(self):
        names = dict(self._fields["kind"]._description_selection(self.env))
        for proposal in self:
            owner = (proposal.store_id or proposal.processor_account_id).name
            told = [names.get(proposal.kind), owner, said_day(proposal.env, proposal.day)]
            proposal.display_name = " · ".join(map(str, told + ([proposal.number] if proposal.number > 1 else [])))

    @api.depends("move_ids")
    def _compute_move_count(self):
        for proposal in self:
            proposal.move_count = len(proposal.move_ids)

    @api.depends("state", "problem", "day", "counterpart_account_id", "amount")
    @api.depends_context("uid")
    def _compute_obstacle(self):
        for proposal in self:
            proposal.obstacle = proposal._obstacle() if proposal.state == "proposed" else False

    def _obstacle(self):
        """Why it cannot be accepted now, as sentences; False if it can."""
        self.ensure_one()
        found = [self.problem] if self.problem else []
        if self.day and self.day > fields.Date.context_today(self):
            found.append(
                self.env._("The period ends on %(day)s: it is not over yet.", day=said_day(self.env, self.day))
            )
        if not self.line_ids or not self.amount:
            found.append(self.env._("Enter the amount first.") if self.kind == "fees" else self.env._("It is zero."))
        journal = ProposalExecutor(self).journal()
        for day in sorted({self.day} | {line.reversed_on for line in self.line_ids if line.reversed_on}):
            found.append(why_closed(self.company_id, journal, day, has_tax=False))
        return "\n".join(filter(None, found)) or False

    # === What people write === #

    def write(self, vals):
        """People type the amount of fees and talk about a proposal; the rest is computed."""
        if self.env.su:
            return super().write(vals)
        if set(vals) - WRITTEN_BY_PEOPLE:
            raise AccessError(
                self.env._("A proposal is computed; accept it, dismiss it, or type the amount of fees billed later.")
            )
        if "amount" not in vals:
            return super().write(vals)
        for proposal in self:
            proposal._check_typed(vals["amount"])
        result = super().write(vals)
        for proposal in self:
            # sudo: the only line of such a proposal has its amount.
            proposal.sudo().line_ids.balance = proposal.amount
            proposal.sudo().is_typed = True
        return result

    def _check_typed(self, amount):
        if self.kind != "fees" or self.state != "proposed":
            raise UserError(
                self.env._("The amount of %(proposal)s is computed and cannot be typed.", proposal=self.display_name)
            )
        if amount < 0:
            raise UserError(self.env._("Fees that are billed later are a positive amount."))

    @api.ondelete(at_uninstall=False)
    def _unlink_computed_only(self):
        if kept := self.filtered(lambda proposal: proposal.state != "proposed")[:1]:
            raise UserError(
                self.env._("%(proposal)s was decided on and cannot be deleted.", proposal=kept.display_name)
            )

    # === Buttons === #

    def action_accept(self):
        """Post the entry on the period's last day and what takes it back."""
        self.check_access("write")
        self.env["account.move"].check_access("create")
        for proposal in self:
            proposal._accept()

    def _accept(self):
        self.sudo().lock_for_update()  # sudo: a lock needs the right to write; twice at once would post twice
        self._check_undecided()
        if obstacle := self._obstacle():
            raise UserError(self.env._("%(proposal)s: %(obstacle)s", proposal=self.display_name, obstacle=obstacle))
        with self.env.cr.savepoint():
            moves = ProposalExecutor(self).post()
        self.sudo().state = "accepted"  # sudo: nobody writes it by hand; who may accept was checked
        self.message_post(body=self.env._("Accepted: %(entries)s.", entries=", ".join(moves.mapped("name"))))

    def action_undo(self):
        """Take an acceptance back: its entries are reversed, and it is proposed again."""
        self.check_access("write")
        self.env["account.move"].check_access("create")
        for proposal in self:
            proposal.sudo().lock_for_update()  # sudo: as in _accept
            if proposal.state != "accepted":
                raise UserError(self.env._("%(proposal)s is not accepted.", proposal=proposal.display_name))
            if proposal.kind == "breakage":
                raise UserError(
                    self.env._("What became income of gift cards is taken back card by card, or by a journal entry.")
                )
            with self.env.cr.savepoint():
                moves = ProposalExecutor(proposal).undo()
            proposal.sudo().state = "proposed"  # sudo: as in _accept
            proposal.message_post(body=self.env._("Undone: %(entries)s.", entries=", ".join(moves.mapped("name"))))

    def action_dismiss(self):
        """Decide that nothing is posted for it."""
        self.check_access("write")
        for proposal in self:
            proposal._check_undecided()
            proposal.sudo().state = "dismissed"  # sudo: as in _accept

    def action_reopen(self):
        """Propose again what was dismissed."""
        self.check_access("write")
        for proposal in self:
            if proposal.state != "dismissed":
                raise UserError(self.env._("%(proposal)s is not dismissed.", proposal=proposal.display_name))
            proposal.sudo().state = "proposed"  # sudo: as in _accept

    def _check_undecided(self):
        self.ensure_one()
        if self.state == "accepted":
            raise UserError(
                self.env._(
                    "%(proposal)s is accepted already: %(entries)s. Undo it if it is wrong.",
                    proposal=self.display_name, entries=", ".join(self.move_ids.mapped("name")),
                )
            )  # fmt: skip
        if self.state == "dismissed":
            raise UserError(self.env._("%(proposal)s was dismissed. Reopen it first.", proposal=self.display_name))

    def action_view_moves(self):
        """Open the entries that were posted for it."""
        self.ensure_one()
        return self.move_ids._open_as_entries(self.display_name)

    def action_view_sources(self):
        """Open the entries that it is computed from."""
        self.ensure_one()
        return self.source_move_ids._open_as_entries(self.display_name)

    # === Computing === #

    @api.model
    def _propose(self, drafts):
        """Store what is computed; what is decided on stays as it is, and what is of the rest is another proposal.

        :param list drafts: ProposalDraft objects
        :return: the proposals of the drafts
        """
        found = self.browse()
        for draft in drafts:
            known = self.search(draft.domain())
            decided = known.filtered(lambda proposal: proposal.state in ("accepted", "dismissed"))
            found |= decided
            if decided and not draft.is_of_the_rest:
                continue
            left = known - decided
            # What was posted and undone keeps its entries, also if nothing is to be proposed any more.
            undone = left.filtered("move_ids")
            kept = (undone or left)[:1] if not draft.is_empty() else undone[:1]
            (left - undone - kept).sudo().unlink()  # sudo: nobody deletes proposals by hand
            if kept:
                found |= kept._update(draft)
            elif not draft.is_empty():
                found |= self._make(draft, max(decided.mapped("number"), default=0) + 1)
        return found

    def _make(self, draft, number):
        # sudo: proposals are computed; nobody writes them by hand.
        return self.sudo().create(draft.key() | {"number": number} | self._computed(draft)).with_env(self.env)

    def _update(self, draft):
        vals = self._computed(draft)
        if self.is_typed:
            typed = amount_of(self.amount, self.currency_id)
            vals |= {"amount": self.amount, "line_ids": self._lines(draft, typed)}
        self.sudo().write(vals)  # sudo: as in _make
        return self

    def _computed(self, draft):
        return {
            "amount": float_of(abs(total([line["balance"] for line in draft.lines]))),
            "counterpart_account_id": draft.counterpart.id, "explanation": draft.explanation or False,
            "problem": "\n".join(draft.problems) or False, "source_move_ids": [(6, 0, draft.sources.ids)],
            "computed_on": fields.Datetime.now(), "line_ids": self._lines(draft),
        }  # fmt: skip

    @staticmethod
    def _lines(draft, typed=None):
        lines = [
            line | {"balance": float_of(line["balance"] if typed is None else typed)} for line in draft.lines
        ]  # fmt: skip
        return [(5, 0, 0), *((0, 0, line) for line in lines)]
