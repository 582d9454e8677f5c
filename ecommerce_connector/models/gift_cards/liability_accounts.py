"""Which accounts of a company hold what its gift cards are worth."""

from odoo.fields import Domain

#: Kinds of mapping rules that lead to such an account.
RULES = ("gift_card", "voucher")


def liability_accounts(company):
    """Accounts of gift-card processor accounts, and those that rules for cards sold or vouchers lead to.

    A rule may lead elsewhere, to revenue above all: that account holds no balance of cards.

    :rtype: account.account
    """
    env = company.env
    of_company = Domain("company_id", "=", company.id)
    # An archived account, or one of an archived rule, still has what it had.
    processors = env["ecommerce.processor.account"].with_context(active_test=False)
    rules = env["ecommerce.mapping.rule"].with_context(active_test=False)
    found = processors.search(of_company & Domain("kind", "=", "liability")).clearing_account_id
    ruled = rules.search(of_company & Domain("kind", "in", RULES) & Domain("is_draft", "=", False)).account_id
    return found | ruled.filtered(lambda account: account.internal_group == "liability")
