from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..ledger.quiet import UNTOLD
from .exception_owners import DAYS
from .exception_rule import OWNING_GROUP

#: What an exception says that several documents share is the same matter if it comes back so soon after it was gone by
#: itself; later it is a new one. What a person closed always comes back as the same.
SAME_MATTER = timedelta(days=90)


class EcommerceException(models.Model):
    """An exception is closed, by itself or by a person, and opens again when its cause comes back."""

    _inherit = "ecommerce.exception"

    resolved_at = fields.Datetime(string="Resolved on", readonly=True)
    resolved_by_id = fields.Many2one("res.users", string="Resolved by", readonly=True, help="Empty: by itself.")
    recurrences = fields.Integer(
        string="Came Back", readonly=True, help="How many times it was opened again after it had been resolved."
    )

    # === Closing === #

    def _resolve_gone(self, resolution=None):
        """Close what is no longer the case.

        :param str resolution: what became of it, if there is more to say
        """
        if self:
            self.with_context(**UNTOLD).write(
                {
                    "state": "resolved", "resolution": resolution or self.env._("No longer the case."),
                    "resolved_at": fields.Datetime.now(), "resolved_by_id": False,
                }
            )  # fmt: skip

    def _close(self, reason, note=None):
        """Close what the user decided about; the log says who and why.

        :param str reason: why, from the user
        :param str note: what the log says, if not only that
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: an auditor will ask."))
        self.check_access("write")
        items = self.sudo().with_context(**UNTOLD)  # sudo: the state is changed by the buttons only
        items.write(
            {
                "state": "resolved", "resolution": reason, "resolved_at": fields.Datetime.now(),
                "resolved_by_id": self.env.uid,
            }
        )  # fmt: skip
        items._log_each(note or self.env._("Resolved: %(reason)s", reason=reason))

    def action_resolve(self):
        """Ask why these are closed by hand, and close them."""
        self.check_access("write")
        wizard = self.env["ecommerce.exception.resolve"].create(
            {"exception_ids": [(6, 0, self.filtered(lambda item: item.state == "open").ids)]}
        )
        return {
            "type": "ir.actions.act_window", "res_model": wizard._name, "res_id": wizard.id, "view_mode": "form",
            "target": "new", "name": self.env._("Resolve"),
        }  # fmt: skip

    def action_assign(self):
        """Ask whom to give these to, and until when."""
        self.check_access("write")
        wizard = self.env["ecommerce.exception.assign"].create(
            {"exception_ids": [(6, 0, self.filtered(lambda item: item.state == "open").ids)]}
        )
        return {
            "type": "ir.actions.act_window", "res_model": wizard._name, "res_id": wizard.id, "view_mode": "form",
            "target": "new", "name": self.env._("Assign"),
        }  # fmt: skip

    def _log_each(self, note):
        """A note in the log of each, all at once."""
        self._message_log_batch(bodies={item.id: Markup("<p>%s</p>") % note for item in self})

    # === Opening again === #

    def _reopen_own(self, field, new):
        """Open those again that a document had for the same cause, however long ago.

        :param str field: which names the document
        :param dict new: (id of the document, code, key) -> values of an exception that is to be made
        :return: cause -> the exception that is open again
        :rtype: dict
        """
        if not new:
            return {}
        domain = [
            (field, "in", list({cause[0] for cause in new})), ("code", "in", list({cause[1] for cause in new})),
        ]  # fmt: skip
        return self._reopen(domain, new, lambda item: (item[field].id, item.code, item.key or ""))

    def _reopen_shared(self, place, new):
        """Open those again that documents shared for the same cause, unless that is long over.

        :param list place: domain of the store or the processor account
        :param dict new: (code, key) -> values
        :return: see ``_reopen_own``
        """
        if not new:
            return {}
        limit = fields.Datetime.now() - SAME_MATTER
        domain = [
            *place, ("order_id", "=", False), ("payout_id", "=", False),
            ("key", "in", list({key for _code, key in new})),
            "|", ("resolved_by_id", "!=", False), ("resolved_at", ">=", limit),
        ]  # fmt: skip
        back = self._reopen(domain, new, lambda item: (item.code, item.key))
        # Those that waited then wait no longer; the log names them.
        self.union(*back.values()).line_ids.unlink()
        return back

    def _reopen(self, domain, new, cause_of):
        found = {}
        for item in self.search([*domain, ("state", "=", "resolved")], order="id"):
            if cause_of(item) in new:
                found[cause_of(item)] = item
        notes = {item.id: Markup("<p>%s</p>") % item._history() for item in found.values()}
        owners = defaultdict(self.with_context(**UNTOLD).browse)
        for item in found.values():
            owners[item._same_owner()] |= item
        now = fields.Datetime.now()
        for owner, items in owners.items():
            items.write(
                {
                    "state": "open", "opened_at": now, "tried_at": now, "resolution": False, "resolved_at": False,
                    "resolved_by_id": False, "escalated_at": False, **dict(owner),
                }
            )  # fmt: skip
        for cause, item in found.items():
            item.with_context(**UNTOLD)._say_again(new[cause])
        if notes:
            self.browse(notes)._message_log_batch(bodies=notes)
        return found

    def _say_again(self, vals):
        """What is found now, once more than before."""
        self.write(
            {
                **{name: vals[name] for name in ("message", "hint", "severity", "amount", "currency_id")},
                "recurrences": self.recurrences + 1,
            }
        )  # fmt: skip
        if (self.order_id or self.payout_id) and self.line_ids.amount != vals["amount"]:
            self.line_ids.amount = vals["amount"]

    def _history(self):
        """What happened until now, for the log: it is overwritten."""
        day = format_date(self.env, self.resolved_at) if self.resolved_at else "-"
        who = self.resolved_by_id.name or self.env._("itself")
        told = self.env._(
            "Found again. It was resolved on %(day)s by %(who)s: %(why)s", day=day, who=who, why=self.resolution or "-"
        )
        if self.order_id or self.payout_id or not self.document_names:
            return told
        return f"{told} {self.env._('It was about %(documents)s then.', documents=self.document_names)}"

    def _same_owner(self):
        """Whom a person chose keeps it, if he still can; else the rules choose anew.

        :return: names and values to write
        :rtype: tuple
        """
        chosen = self.user_id if not self.owner_rule_id else self.user_id.browse()
        rules = self.env["ecommerce.exception.rule"]
        if chosen and not rules._obstacle(chosen, self.company_id, OWNING_GROUP):
            return (("date_due", fields.Date.today() + timedelta(days=DAYS)),)
        return tuple((name, False) for name in ("date_due", "user_id", "owner_rule_id", "escalation_user_id"))
