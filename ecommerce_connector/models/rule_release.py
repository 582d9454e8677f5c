from odoo import api, fields, models

from .ecommerce_exception import LACKING_RULE

#: Orders that a button releases at once; the scheduled action goes on with the others.
AT_ONCE = 500


class EcommerceMappingRule(models.Model):
    """A rule made from an exception lets go what waited for it."""

    _inherit = "ecommerce.mapping.rule"

    def action_save_and_release(self):
        """Book what waited for the rule: post blocked orders, move what waits on suspense where the rule says."""
        self.ensure_one()
        waiting = self.env["ecommerce.exception"]._waiting_for(self)
        released = waiting._release()
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

    def _release_text(self, released):
        if not any(released.values()):
            return self.env._("The rule is saved. Nothing waited for it.")
        texts = {
            "posted": self.env._("%(count)s orders posted", count=released["posted"]),
            "corrected": self.env._("%(count)s moved from suspense", count=released["corrected"]),
            "left": self.env._("%(count)s still wait, see their exceptions", count=released["left"]),
        }
        parts = [text for name, text in texts.items() if released[name]]
        return self.env._("The rule is saved: %(what)s.", what=", ".join(parts))


class EcommerceException(models.Model):
    """Letting go of what waited for a rule."""

    _inherit = "ecommerce.exception"

    tried_at = fields.Datetime(readonly=True, help="When its orders were last tried with the rules of that time.")

    def _waiting_for(self, rule):
        """Open exceptions that the rule may solve: of its kind, in the stores it is for."""
        stores = rule.store_id or self.env["ecommerce.store"].search([("company_id", "=", rule.company_id.id)])
        found = self.search(
            [("state", "=", "open"), ("code", "in", LACKING_RULE), ("store_id", "in", stores.ids),
             ("key", "=like", f"{rule.kind}:%")]
        )  # fmt: skip
        core = rule._as_core_rule()
        if rule.match_on != "key":
            return found  # the exception names the SKU, not its groups
        return found.filtered(lambda item: core.fits_key(item.key.partition(":")[2]))

    def _release(self, limit=AT_ONCE):
        """Try the orders of these exceptions with the rules as they are now.

        Blocked orders are posted. What waits on the suspense account is moved by correcting entries, in
        the first open period if its own is locked.

        :param int limit: at most so many orders of each store
        :return: counts of orders: posted, corrected, left
        :rtype: dict
        """
        counts = {"posted": 0, "corrected": 0, "left": 0}
        for store, items in self.grouped("store_id").items():
            all_orders = items._orders()
            orders = all_orders[:limit]
            suspended = orders.filtered(lambda order: order.state == "posted")
            if suspended:
                # Closes the exceptions of what it corrects; an order that it must leave keeps them, and is told why.
                outcome = store._correct_orders(
                    suspended, in_open_period=True, before_commit=self.env["ecommerce.mapping.rule"]._log_released
                )
                counts["corrected"] += len(outcome.moves.ecommerce_order_id)
                items._tell_why_left(outcome.not_covered)
            if waiting := orders - suspended:
                counts["posted"] += store._post_orders(waiting)["posted"]
            still = items.filtered(lambda item: item.state == "open")
            counts["left"] += len(still.order_line_ids.order_id)
            if len(all_orders) <= limit:  # else the scheduled action goes on with the others
                still.sudo().tried_at = fields.Datetime.now()  # sudo: people do not write when something was tried
        return counts

    def _tell_why_left(self, not_covered):
        """Say in the chatter why an order still waits on suspense although there is a rule now.

        :param list not_covered: (ecommerce.order, Reason) pairs
        """
        for order, reason in not_covered:
            for item in self.filtered(lambda item, order=order: order in item._orders()):
                item.message_post(body=str(reason))


class EcommerceStore(models.Model):
    """Releasing in the background."""

    _inherit = "ecommerce.store"

    def _release_suspended(self):
        """Try what waits on suspense again, where rules changed since the last time."""
        self.ensure_one()
        items = self.env["ecommerce.exception"].search(
            [("store_id", "=", self.id), ("state", "=", "open"), ("code", "=", "unmapped")]
        )
        rules = self.env["ecommerce.mapping.rule"]
        changed = dict(
            rules._read_group(
                [("company_id", "=", self.company_id.id), ("is_draft", "=", False)], ["kind"], ["write_date:max"]
            )
        )
        items.filtered(
            lambda item: (
                (last := changed.get(item.key.partition(":")[0])) and last > (item.tried_at or item.create_date)
            )
        )._release()
