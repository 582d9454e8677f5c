"""What is proposed for the end of a period of a company, and what is left out, with the reason."""

from .arrears import arrears_drafts
from .breakage import breakage_drafts
from .deferrals import deferral_drafts
from .late_accruals import late_drafts


class PeriodEnd:
    """The end of one period.

    :param res.company company: whose period it is
    :param day: its last day
    :ivar notes: what is left out, sentences
    """

    def __init__(self, company, day):
        self.company = company
        self.env = company.env
        self.day = day
        self.notes = []

    def propose(self):
        """Compute and store the proposals; what is decided on stays as it is.

        :rtype: ecommerce.period.proposal
        """
        stores = self.env["ecommerce.store"].search([("company_id", "=", self.company.id)])
        accounts = self.env["ecommerce.processor.account"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "money")]
        )
        drafts = [*deferral_drafts(stores, self.day, self.notes), *arrears_drafts(accounts, self.day)]
        drafts += breakage_drafts(stores, self.day)
        drafts += late_drafts(self.company, stores, accounts, self.day)
        return self.env["ecommerce.period.proposal"]._propose(drafts)
