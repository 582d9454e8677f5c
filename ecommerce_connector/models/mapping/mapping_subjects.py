from odoo import api, models
from odoo.exceptions import ValidationError

#: What a rule is about; its limits and what it books to may differ from version to version.
SUBJECT = ("company_id", "store_id", "kind", "match_on", "pattern_key")


class EcommerceMappingRule(models.Model):
    """All versions of a rule are about the same thing: nobody can follow a rule that changes its subject."""

    _inherit = "ecommerce.mapping.rule"

    @api.constrains("previous_id", "company_id", "store_id", "kind", "match_on", "pattern")
    def _check_same_subject(self):
        of_versions = self.filtered("previous_id")
        followers = self.with_context(active_test=False).search([("previous_id", "in", self.ids)])
        for rule in of_versions | followers:
            replaced = rule.previous_id
            if other := next((name for name in SUBJECT if rule[name] != replaced[name]), None):
                raise ValidationError(
                    self.env._(
                        "%(rule)s takes the place of %(replaced)s, so both are about the same: their %(field)s cannot "
                        "differ. End the old rule and add another for what is new.",
                        rule=rule.display_name, replaced=replaced.display_name,
                        field=self._label("pattern" if other == "pattern_key" else other),
                    )
                )  # fmt: skip
