from odoo import api, models
from odoo.exceptions import UserError

from ..mapping.mapping_change_log import REASON

#: What a store brought that stays evidence, by model.
_BROUGHT = (
    "ecommerce.event", "ecommerce.order", "ecommerce.customer", "ecommerce.posting", "ecommerce.payout",
    "ecommerce.dispute", "ecommerce.collective",
)  # fmt: skip


class EcommerceStore(models.Model):
    """A store that brought nothing can be deleted; its own mapping rules go first, each with a line in the log."""

    _inherit = "ecommerce.store"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_evidence(self):
        for store in self:
            # sudo: what other companies' users may see is evidence all the same.
            if any(self.env[name].sudo().search_count([("store_id", "=", store.id)], limit=1) for name in _BROUGHT):
                raise UserError(
                    self.env._(
                        "%(store)s has orders, payouts or customers, which stay as evidence: archive it instead.",
                        store=store.name,
                    )
                )

    def unlink(self):
        """Delete stores that brought nothing, and say so in the change log of their rules."""
        self.check_access("unlink")
        self._unlink_except_with_evidence()
        for store in self:
            rules = self.env["ecommerce.mapping.rule"].with_context(
                active_test=False, **{REASON: self.env._("The store %(store)s was deleted", store=store.name)}
            )
            # The latest version first: each names the one before it.
            rules.search([("store_id", "=", store.id)], order="version desc, id desc").unlink()
        return super().unlink()
