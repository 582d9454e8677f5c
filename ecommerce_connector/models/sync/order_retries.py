from odoo import api, fields, models

from ...core.sync.retries import next_try

#: Orders that one run of the scheduled action tries again.
RETRY_LIMIT = 500


class EcommerceOrder(models.Model):
    """Which run handled an order last, and how often it was tried in vain."""

    _inherit = "ecommerce.order"

    run_id = fields.Many2one(
        "ecommerce.sync.log", string="Handled By", readonly=True, ondelete="set null", index="btree_not_null",
        help="The run that planned or posted it last.",
    )  # fmt: skip
    tries = fields.Integer(
        string="Tried in Vain", readonly=True, help="By the scheduled action, since its last change."
    )
    retry_at = fields.Datetime(string="Tried Again", readonly=True, help="When the scheduled action tries it again.")

    @api.model
    def _domain_left_over(self):
        """The orders that could be posted or that somebody must decide about."""
        # What waits for a summary is posted with it.
        return [
            ("state", "in", ("ready", "blocked")), "|", ("state", "!=", "ready"),
            "&", ("summary_on", "=", False), ("combined_on", "=", False),
        ]  # fmt: skip

    def _tried_in_vain(self):
        """Give those of them that still wait more and more time before they are tried again."""
        now = fields.Datetime.now()
        for tries, orders in self.grouped("tries").items():
            # sudo: nobody writes evidence by hand; the store's entry points check the right.
            orders.sudo().write({"tries": tries + 1, "retry_at": next_try(now, tries + 1)})


class EcommerceMappingRule(models.Model):
    """A changed rule may be what blocked orders wait for."""

    _inherit = "ecommerce.mapping.rule"

    def _release_soon(self):
        """Have blocked orders tried by the next run of the scheduled action, too."""
        # sudo: nobody writes evidence by hand; a new rule makes no order wait longer.
        self.env["ecommerce.order"].sudo().search(
            [("company_id", "in", self.company_id.ids), ("state", "=", "blocked"), ("retry_at", "!=", False)]
        ).write({"tries": 0, "retry_at": False})
        return super()._release_soon()


class EcommerceStore(models.Model):
    """Trying again by itself what could not be booked."""

    _inherit = "ecommerce.store"

    @api.model
    def _cron_retry(self):
        """Post what was left over or blocked, in the stores that post by themselves."""
        stores = self.search([*self._domain_to_sync(), ("auto_post", "=", True)])
        for number, store in enumerate(stores, start=1):
            store._keep_others_going(store._retry)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(stores) - number):
                break

    def _retry(self, limit=RETRY_LIMIT):
        """Plan and post again what waits: orders left over, and blocked ones whose cause may be gone.

        :param int limit: at most so many, those tried longest ago first
        """
        self.ensure_one()
        waiting = self.env["ecommerce.order"].search(
            [
                ("store_id", "=", self.id), *self.env["ecommerce.order"]._domain_left_over(),
                "|", ("retry_at", "=", False), ("retry_at", "<=", fields.Datetime.now()),
            ], order="write_date, id", limit=limit,
        )  # fmt: skip
        if waiting:
            self._post_orders(waiting)
            waiting.filtered(lambda order: order.state == "blocked")._tried_in_vain()
        self._release_suspended()
