"""What the company's settings make the same for every journal item of a batch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CompanyFacts:
    """Read once per batch.

    :ivar given: columns that Odoo would compute for each journal item, always with this result; given, it need not
    :ivar has_analytic_models: analytic distribution models may apply, so Odoo looks for them item by item
    """

    given: dict
    has_analytic_models: bool

    @classmethod
    def of(cls, company):
        """:rtype: CompanyFacts"""
        # sudo: Odoo finds the models as the system too, whatever the user may read.
        models = company.env["account.analytic.distribution.model"].sudo()
        has_models = bool(models.search_count([("company_id", "in", [False, *company.parent_ids.ids])], limit=1))
        given = {} if has_models else {"analytic_distribution": False}
        if not company.account_storno:
            given["is_storno"] = False
        return cls(given=given, has_analytic_models=has_models)
