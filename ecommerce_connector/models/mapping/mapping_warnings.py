from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ...core.mapping.rate_watch import other_rates
from ...core.mapping_sheet.check import Level
from ...core.reasons import Reason
from ..ledger.days import said_day
from ..ledger.tax_facts import rate_of_tax
from .mapping_report import MappingReportData

#: Orders of a store whose rates are looked at, the latest ones, and how far back.
ORDERS, DAYS = 500, 30
#: SKUs that a warning names.
SHOWN = 5


class EcommerceException(models.Model):
    """Warnings about rules are exceptions too: with an owner, and gone when their cause is."""

    _inherit = "ecommerce.exception"

    rule_id = fields.Many2one("ecommerce.mapping.rule", readonly=True, ondelete="cascade", index="btree_not_null")


class EcommerceMappingRule(models.Model):
    """Warnings before a rule leads astray: it ends, what it leads to is archived, or the store's rates changed."""

    _inherit = "ecommerce.mapping.rule"

    @api.model
    def _cron_warn(self):
        """Look at the rules of each company that has a store."""
        companies = [company for (company,) in self.env["ecommerce.store"]._read_group([], ["company_id"])]
        for number, company in enumerate(companies, start=1):
            self.with_company(company)._warn(company)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(companies) - number):
                break

    @api.model
    def _warn(self, company):
        """Make the open warnings about a company's rules be those found now.

        :return: the warnings that are new
        :rtype: ecommerce.exception
        """
        found = defaultdict(list)
        for finding in MappingReportData(company).findings():
            if finding.level is not Level.NOTE:
                reason = Reason(
                    code=finding.code, message=finding.message, hint=finding.hint, key=f"rule:{finding.rule}"
                )
                found[self.browse(finding.rule)].append((reason, "0"))
        for store in self.env["ecommerce.store"].search([("company_id", "=", company.id)]):
            for item in self._other_rates(store):
                found[self.browse(item.rule.id)].append((self._rate_reason(store, item), "0"))
        exceptions = self.env["ecommerce.exception"]
        open_ones = exceptions.search(
            [("rule_id", "!=", False), ("state", "=", "open"), ("company_id", "=", company.id)]
        )
        return exceptions._sync(open_ones.rule_id | self.union(*found), found, company=company)

    @staticmethod
    def _other_rates(store):
        since = fields.Datetime.now() - timedelta(days=DAYS)
        orders = store.env["ecommerce.order"].search(
            [("store_id", "=", store.id), ("placed_at", ">=", since)], order="placed_at desc, id desc", limit=ORDERS
        )
        documents, _broken = store._stored_documents(orders)
        taxes = store.env["ecommerce.mapping.rule"]._in_force(store.company_id.id, store.id).tax_id
        rates = {tax.id: rate_of_tax(tax) for tax in taxes}
        return other_rates(documents.values(), store._rulebook(), store._policy(), rates)

    def _orders_counted(self, count):
        return self.env._("1 order") if count == 1 else self.env._("%(count)s orders", count=count)

    def _rate_reason(self, store, item):
        keys = sorted(item.keys)
        shown = ", ".join(keys[:SHOWN]) + (
            self.env._(" and %(count)s more", count=len(keys) - SHOWN) if len(keys) > SHOWN else ""
        )
        return Reason(
            code="store_rate",
            message=self.env._(
                "%(store)s charges %(charged)s %% on %(keys)s since %(day)s (%(orders)s), and the rule %(rule)s "
                "books it as a tax of %(booked)s %%.",
                store=store.name, charged=f"{item.charged.normalize():f}", keys=shown,
                day=said_day(self.env, item.since), orders=self._orders_counted(len(item.orders)), rule=str(item.rule),
                booked=f"{item.booked.normalize():f}",
            ),
            hint=self.env._("Make a version of the rule from that day, or correct the rate in the store."),
            key=f"rate:{store.id}:{item.charged.normalize():f}",
        )  # fmt: skip
