"""Payouts whose fees have no rule, for the tests of what a rule releases."""

from unittest.mock import patch

from .payout_common import PayoutCommon


class PayoutReleaseCommon(PayoutCommon):
    """A company whose rule for all fees is gone: each fee is to be decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["ecommerce.mapping.rule"]
        cls.exceptions = cls.env["ecommerce.exception"]
        cls.rules.search([("kind", "=", "payout_fee"), ("company_id", "=", cls.company.id)]).active = False
        cls.fees = cls.account("Payment processing fees")

    @classmethod
    def account(cls, name):
        return cls.env["account.account"].search([("name", "=", name), ("company_ids", "in", cls.company.id)])

    def payout(self, number, total="120.00", fee="3.00", *rows, day="2026-03-15", at_once=False):
        """A payout of one order and its fee, named after the order's number."""
        self.accept(self.paid_order(f"P{number}", total))
        payout = self.import_payout(
            self.report(self.charge(f"p-P{number}", total, fee), *rows, payout=f"po_{number}", paid=day)
        )
        payout.post_once_mapped = at_once
        return payout

    def waiting_for(self, key, **more):
        domain = [("key", "=", key), ("state", "=", "open"), ("company_id", "=", self.company.id)]
        return self.exceptions.search([*domain, *((name, "=", value) for name, value in more.items())])

    def rule_from(self, item, user=None, **values):
        """What the exception's button prepares, saved with an account; and what the button that saves answers."""
        item = item.with_user(user) if user else item
        action = item.action_add_rule()
        rules = item.env["ecommerce.mapping.rule"].with_context(**action["context"])
        defaults = {
            name.removeprefix("default_"): value
            for name, value in action["context"].items()
            if name.startswith("default_")
        }
        rule = rules.create({**defaults, "account_id": self.fees.id, **values})
        return rule, rule.action_save_and_release()["params"]["message"]

    def fee_rule(self, pattern="charge", **values):
        return self.rules.create(
            {"kind": "payout_fee", "pattern": pattern, "company_id": self.company.id, "account_id": self.fees.id,
             **values}
        )  # fmt: skip

    def entry(self, payout):
        """The posted entry as (account, amount in the payout's currency)."""
        self.assertEqual(payout.move_id.state, "posted")
        return [
            (line.account_id.name, f"{line.amount_currency:.2f}") for line in payout.move_id.line_ids.sorted("sequence")
        ]

    def released(self, rule):
        """What the change log says the rule let go: (what, entries), oldest first."""
        found = self.env["ecommerce.mapping.change"].search(
            [("rule_number", "=", rule.id), ("action", "=", "released")], order="id"
        )
        return [(change.summary, change.move_ids) for change in found]

    def notes(self, record):
        return "\n".join(record.message_ids.mapped("body"))

    # === The scheduled action === #

    def triggers(self):
        cron = self.env.ref("ecommerce_connector.ir_cron_release")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def run_cron(self):
        """The scheduled action, without its commits."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 60.0):
            self.exceptions._cron_release()

    def rules_changed(self, *, hours):
        """Rules were changed earlier or later than they were: a test has one time only."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ecommerce_mapping_rule SET write_date = write_date + make_interval(hours => %s)", [hours]
        )
        self.env.invalidate_all()
