from decimal import Decimal

from odoo import models
from odoo.exceptions import UserError

from ..core.errors import ConnectorError
from .amounts import float_of

#: Role -> (name, account type, reconcile, where its code is looked for). Names are translated.
ACCOUNTS = {
    "sales": ("Store sales", "income", False, "400100"),
    "shipping": ("Store shipping revenue", "income", False, "400200"),
    "fees_charged": ("Store order fees", "income", False, "400300"),
    "allowances": ("Store refunds without lines", "income", False, "400400"),
    "suspense": ("Store suspense (unmapped)", "income", False, "400900"),
    "gift_cards": ("Gift card liability", "liability_current", True, "250500"),
    "tax": ("Store sales tax", "liability_current", False, "251500"),
    "clearing": ("Payment clearing", "asset_current", True, "101600"),
    "in_transit": ("Payouts in transit", "asset_current", True, "101700"),
    "processing": ("Payment processing fees", "expense", False, "620100"),
    "rounding": ("Store rounding differences", "expense", False, "620900"),
}
#: Kind of rule -> role of its account; each becomes one ``*`` rule that an accountant can refine.
CATCH_ALL_RULES = {
    "product": "sales", "shipping": "shipping", "fee": "fees_charged", "refund_adjustment": "allowances",
    "rounding": "rounding", "gift_card": "gift_cards",
}  # fmt: skip
#: The same for payouts, which belong to the company, not to one store.
COMPANY_RULES = {"payout_fee": "processing"}
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
        self._create_accounting(
            currencies=sorted({*currencies} | {document.currency for document in documents}),
            rates={
                tax.rate
                for document in documents
                for line in document.lines
                for tax in line.taxes
                if tax.rate is not None
            },
        )

    def _create_accounting(self, *, currencies, rates, processor="stripe"):
        """Make what is missing; doing it twice makes nothing.

        :param list currencies: ISO codes the store sells in; inactive ones are activated
        :param set rates: tax rates in percent (Decimal) the store charges
        :param str processor: whose payout reports are read for the processor accounts
        """
        self.ensure_one()
        accounts = {role: self._ensure_account(role) for role in ACCOUNTS}
        if not self.sale_journal_id:
            self.sale_journal_id = self._ensure_journal("ECS", "Store sales", "sale", accounts["sales"])
        if not self.correction_journal_id:
            self.correction_journal_id = self._ensure_journal(
                "ECC", "Store corrections", "general", accounts["suspense"].browse()
            )
        if not self.suspense_account_id:
            self.suspense_account_id = accounts["suspense"]
        if not self.shared_partner_id:
            self.shared_partner_id = self.env["res.partner"].create(
                {"name": self.env._("Guests of %(store)s", store=self.name), "company_id": self.company_id.id}
            )
        for kind, role in CATCH_ALL_RULES.items():
            self._ensure_rule(kind, "*", account_id=accounts[role].id)
        for kind, role in COMPANY_RULES.items():
            self._ensure_rule(kind, "*", of_store=False, account_id=accounts[role].id)
        for rate in sorted(rates):
            self._ensure_rule(
                "tax", "*", tax_rate=f"{rate.normalize():f}", tax_id=self._ensure_tax(rate, accounts["tax"]).id
            )
        for code in currencies:
            self._ensure_currency(code, accounts, processor)

    def _ensure_account(self, role):
        name, account_type, reconcile, start = ACCOUNTS[role]
        account = self.env["account.account"].with_company(self.company_id)
        found = account.search(
            [("name", "=", name), ("account_type", "=", account_type), ("company_ids", "in", self.company_id.id)],
            limit=1,
        )
        return found or account.create(
            {
                "name": name, "account_type": account_type, "reconcile": reconcile,
                "code": account._search_new_account_code(start), "company_ids": [(6, 0, self.company_id.ids)],
            }
        )  # fmt: skip

    def _ensure_journal(self, code, name, journal_type, account, currency=None):
        journal = self.env["account.journal"]
        found = journal.search([("code", "=", code), ("company_id", "=", self.company_id.id)], limit=1)
        foreign = currency and currency != self.company_id.currency_id
        return found or journal.create(
            {
                "name": name, "code": code, "type": journal_type, "company_id": self.company_id.id,
                "default_account_id": account.id, "currency_id": currency.id if foreign else False,
            }
        )  # fmt: skip

    def _ensure_rule(self, kind, pattern, *, tax_rate=False, currency=None, of_store=True, **target):
        rule = self.env["ecommerce.mapping.rule"].with_context(
            mapping_change_reason=self.env._("Made by “Create accounts and rules”")
        )
        currency_id = currency.id if currency else False
        found = rule.search(
            [
                ("company_id", "=", self.company_id.id), ("store_id", "in", (False, self.id)), ("kind", "=", kind),
                ("pattern", "=", pattern), ("currency_id", "=", currency_id), ("is_draft", "=", False),
            ]
        ).filtered(lambda rule: rule._rate() == (Decimal(tax_rate) if tax_rate else None))  # fmt: skip
        return found[:1] or rule.create(
            {
                "company_id": self.company_id.id, "store_id": self.id if of_store else False,
                "kind": kind, "pattern": pattern,
                "tax_rate": tax_rate, "currency_id": currency_id, **target,
            }
        )  # fmt: skip

    def _ensure_tax(self, rate, account):
        """A sales tax of the rate with prices excluded; the amounts come from the store anyway."""
        tax = self.env["account.tax"].with_company(self.company_id)
        found = tax.search(
            [
                ("company_id", "=", self.company_id.id), ("type_tax_use", "=", "sale"), ("amount_type", "=", "percent"),
                ("amount", "=", float_of(rate)),
            ]
        ).filtered(lambda tax: not tax.price_include)  # fmt: skip
        if found:
            return found[0]
        shares = [(0, 0, {"repartition_type": "base"}), (0, 0, {"repartition_type": "tax", "account_id": account.id})]
        return tax.create(
            {
                "name": f"{rate.normalize():f}% S", "amount": float_of(rate), "amount_type": "percent",
                "type_tax_use": "sale", "company_id": self.company_id.id, "price_include_override": "tax_excluded",
                "tax_group_id": self._ensure_tax_group(rate).id,
                "invoice_repartition_line_ids": shares, "refund_repartition_line_ids": shares,
            }
        )  # fmt: skip

    def _ensure_tax_group(self, rate):
        """The group under whose name invoices show taxes of the rate; Odoo's default is another rate's."""
        group = self.env["account.tax.group"].with_company(self.company_id)
        name = self.env._("Tax %(rate)s%%", rate=f"{rate.normalize():f}")
        found = group.search([("name", "=", name), ("company_id", "=", self.company_id.id)], limit=1)
        return found or group.create({"name": name, "company_id": self.company_id.id})

    def _ensure_currency(self, code, accounts, processor):
        """A processor account and a gift-card account of a currency, with their journals and gateway rules."""
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
        if not currency.active:
            currency.active = True
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

    def _bank_journal(self, currency):
        domain = [("type", "=", "bank"), ("company_id", "=", self.company_id.id), ("code", "not like", "E")]
        banks = self.env["account.journal"].search(domain)
        wanted = currency if currency != self.company_id.currency_id else currency.browse()
        return banks.filtered(lambda journal: journal.currency_id == wanted)[:1]

    def _ensure_processor_account(self, name, kind, code, currency, control, **more):
        account = self.env["ecommerce.processor.account"]
        found = account.search(
            [
                ("company_id", "=", self.company_id.id), ("currency_id", "=", currency.id), ("kind", "=", kind),
                ("clearing_account_id", "=", control.id),
            ], limit=1,
        )  # fmt: skip
        return found or account.create(
            {
                "name": name, "kind": kind, "company_id": self.company_id.id, "currency_id": currency.id,
                "journal_id": self._ensure_journal(code, name, "bank", control, currency).id,
                "clearing_account_id": control.id, **more,
            }
        )  # fmt: skip
