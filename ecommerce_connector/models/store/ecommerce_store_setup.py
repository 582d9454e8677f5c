from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ...core.errors import ConnectorError
from ...core.mapping.store_values import folded
from ...core.rounding import ZERO
from ...core.setup.account_roles import ROLES, new_code
from ...core.setup.choices import NewAccount
from ..mapping.mapping_kinds import LIMITS
from .chart_facts import ChartFacts

#: Roles of the accounts that every store gets.
ACCOUNTS = (
    "sales", "shipping", "fees_charged", "allowances", "suspense", "gift_cards", "tax", "clearing", "in_transit",
    "processing", "rounding", "advances", "compensation", "disputes", "chargeback_losses",
)  # fmt: skip
#: Kind of rule -> role of its account; each becomes one ``*`` rule that an accountant can refine.
CATCH_ALL_RULES = {
    "product": "sales", "shipping": "shipping", "fee": "fees_charged", "refund_adjustment": "allowances",
    "rounding": "rounding", "gift_card": "gift_cards", "advance": "advances", "compensation": "compensation",
}  # fmt: skip
#: The same for payouts, which belong to the company, not to one store.
COMPANY_RULES = {"payout_fee": "processing", "dispute": "disputes", "dispute_loss": "chargeback_losses"}
GIFT_CARD_GATEWAY = "*gift*card*"


#: Stored orders that tell what a store without a connection sells.
STORED = 500


class EcommerceStore(models.Model):
    """First accounts, journals and rules of a store, so that it can post within minutes.

    Everything made is an ordinary record with an explicit ``*`` rule: nothing is a hidden default,
    and each can be refined or replaced. What exists already is used, not made again.
    """

    _inherit = "ecommerce.store"

    def action_create_accounting(self):
        """Make accounts, journals, processor accounts and catch-all rules for what the store sells."""
        self.ensure_one()
        self.env["ecommerce.processor.account"].check_access("create")  # before the store is asked
        currencies, documents = (self.company_id.currency_id.name,), []
        if self.has_connection:
            try:
                currencies = self._platform().check().currencies
                previews = self._preview(self._fetch_records(limit=100))
            except ConnectorError as error:
                raise UserError(str(error)) from error
            documents = [plan.document for _record, plan in previews if hasattr(plan, "document")]
        else:
            stored, _broken = self._stored_documents(self.order_ids[:STORED])
            documents = list(stored.values())
        self._create_accounting_for(documents, currencies)
        return self._notify(
            self.env._("Accounts, journals and rules are ready. Look through the mapping rules before you post."),
            "success",
        )

    def _create_accounting_for(self, documents, currencies=()):
        """Make what these documents need.

        :param list documents: canonical documents
        :param currencies: ISO codes the store sells in besides
        """
        destinations, taxed = self._taxes_of(documents)
        charged = self._many_rates().among(taxed)
        self._create_accounting(
            currencies=sorted({*currencies} | {document.currency for document in documents}),
            rates={rate for rate, countries in destinations.items() if rate == ZERO or countries - charged},
            untaxed=destinations.get(ZERO, ()), charged=charged,
        )  # fmt: skip

    def _create_accounting(self, *, currencies, rates, untaxed=(), charged=(), processor="stripe"):
        """Make what is missing; doing it twice makes nothing.

        :param list currencies: ISO codes the store sells in; inactive ones are activated
        :param set rates: tax rates in percent (Decimal) the store charges
        :param untaxed: ISO codes of the countries to which it sells at 0 %: that is an export, or not
        :param charged: ISO codes of the countries where one tax takes what the store charged at all rates
        :param str processor: whose payout reports are read for the processor accounts
        """
        self.ensure_one()
        accounts = {role: self._ensure_account(role) for role in ACCOUNTS}
        if not self.sale_journal_id:
            self.sale_journal_id = self._ensure_journal("ECS", "Store sales", "sale", accounts["sales"])
        self._ensure_correction_journal()
        if not self.suspense_account_id:
            self.suspense_account_id = accounts["suspense"]
        if not self.shared_partner_id:
            self._make_shared_partner()
        for kind, role in CATCH_ALL_RULES.items():
            self._ensure_rule(kind, "*", account_id=accounts[role].id)
        for kind, role in COMPANY_RULES.items():
            self._ensure_rule(kind, "*", of_store=False, account_id=accounts[role].id)
        chart = ChartFacts(self.company_id).chart()
        self._ensure_tax_rules(chart, rates=set(rates), untaxed=untaxed, charged=charged)
        for code in currencies:
            self._ensure_currency(code, accounts, processor)

    def _ensure_account(self, role):
        new = ROLES[role]
        return self._make_account(
            NewAccount(
                role=role, name=new.name, type=new.types[0], reconcile=new.reconcile,
                after=new_code(self.company_id.chart_template, role),
            )
        )  # fmt: skip

    def _ensure_rule(self, kind, pattern, *, currency=None, of_store=True, reason=None, **values):
        """A rule for exactly this, made if there is none.

        :param str reason: for the change log
        :param values: other limits, and what it is booked on
        """
        limits = {name: value for name, value in values.items() if name in LIMITS}
        limits["currency_id"] = currency.id if currency else False
        found = self._rule_for(kind, pattern, values.get("match_on", "key"), limits)[:1]
        return found or self._add_rule(kind, pattern, of_store=of_store, reason=reason, **values | limits)

    def _add_rule(self, kind, pattern, *, of_store=True, reason=None, **values):
        """A new rule; see ``_ensure_rule``."""
        rule = self.env["ecommerce.mapping.rule"].with_context(
            mapping_change_reason=reason
            or self.env._("Made by “Create accounts and rules” of %(store)s", store=self.name)
        )
        return rule.create(
            {
                "company_id": self.company_id.id, "store_id": self.id if of_store else False,
                "kind": kind, "pattern": pattern, **values,
            }
        )  # fmt: skip

    def _rule_for(self, kind, pattern, match_on, limits):
        """Rules in force that are for exactly this, whatever their days.

        :param dict limits: field -> value, of the fields of ``LIMITS`` that are set
        """
        others = [(name, "=", limits.get(name) or False) for name in LIMITS if name != "tax_rate"]
        rate = limits.get("tax_rate")
        return (
            self.env["ecommerce.mapping.rule"]
            .search(
                [
                    ("company_id", "=", self.company_id.id), ("store_id", "in", (False, self.id)), ("kind", "=", kind),
                    ("match_on", "=", match_on), ("pattern_key", "=", folded(pattern)), ("is_draft", "=", False),
                    *others,
                ]
            )
            .filtered(lambda rule: rule._rate() == (Decimal(rate) if rate else None))
        )  # fmt: skip

    def _ensure_currency(self, code, accounts, processor):
        """A processor account and a gift-card account of a currency, with their journals and gateway rules."""
        currency = self._open_currency(code)
        money = self._ensure_processor_account(
            self.env._("Card payments %(code)s", code=code), "money", f"EP{code}", currency, accounts["clearing"],
            processor=processor, in_transit_account_id=accounts["in_transit"].id,
            payout_journal_id=self._ensure_journal("EPAY", "Payouts", "general", accounts["in_transit"]).id,
            bank_journal_id=self._bank_journal(currency).id,
        )  # fmt: skip
        cards = self._ensure_processor_account(
            self.env._("Gift cards %(code)s", code=code), "liability", f"EG{code}", currency, accounts["gift_cards"]
        )
        self._ensure_rule("gateway", "*", currency=currency, processor_account_id=money.id)
        self._ensure_rule("gateway", GIFT_CARD_GATEWAY, currency=currency, processor_account_id=cards.id)
