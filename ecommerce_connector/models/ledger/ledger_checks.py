"""What the ledger must have before a plan can be written; the core cannot know it."""

from decimal import Decimal

from ...core.currencies import unit
from ...core.customers.choice import needs_store_contact
from ...core.customers.identity import identity_of
from ...core.plans import PlannedMove, PlannedPayment, PlannedTransfer
from ...core.reasons import Reason
from ..customers.partners import sharing_of
from .exchange_rates import RateChecks


class LedgerChecks:
    """Looks up currencies, rates, accounts and journals once per batch."""

    def __init__(self, store):
        self.store = store
        self.env = store.env
        self.company = store.company_id
        self.rates = RateChecks(store.company_id)
        self.sharing = sharing_of(store)
        self._targets = {}

    def reasons(self, document, entries):
        """Why these entries cannot be written, as the accountant should read it.

        :rtype: list[Reason]
        """
        if not entries:
            return []
        # The rate is that of the day it happened, also where a lock date makes the entry's own day later.
        found = self.rates.reasons(document.currency, min(entry.true_date for entry in entries))
        if any(isinstance(entry, PlannedMove) for entry in entries):
            found += self._journal_reasons()
        found += self._contact_reasons(document)
        found += self._coarse_reasons(document.currency, entries)
        found += self.target_reasons(document, entries)
        if not found:  # without a rate of Odoo's there is nothing to compare with
            found += [
                reason
                for on, rate in {(entry.true_date, entry.rate) for entry in entries if entry.rate}
                for reason in self.rates.deviations(document.currency, on, rate, self.store.rate_bound)
            ]
        return list(dict.fromkeys(found))

    def target_reasons(self, document, entries):
        """Why what the rules lead to cannot be booked on.

        :rtype: list[Reason]
        """
        rules = dict.fromkeys(rule for entry in entries for rule in self._rules(entry))
        return list(dict.fromkeys(reason for rule in rules for reason in self._target_reasons(rule, document.currency)))

    def refuses(self, rule):
        """Whether a rule of a line or a tax leads to what cannot be booked on."""
        return bool(self._target_reasons(rule, ""))

    @staticmethod
    def _rules(entry):
        if isinstance(entry, PlannedPayment):
            return [rule for rule in (entry.rule, entry.advance) if rule]
        if isinstance(entry, PlannedTransfer):
            return [entry.rule]
        return [line.rule for line in entry.lines] + [tax.rule for line in entry.lines for tax in line.taxes]

    @staticmethod
    def _reason(code, message, hint, key=None):
        return Reason(code=code, message=message, hint=hint, key=key)

    def _contact_reasons(self, document):
        identity = identity_of(document.customer, document.external_id)
        shared = self.store.shared_partner_id
        if shared.active or not needs_store_contact(identity, self.sharing):
            return []
        if shared:
            problem = self.env._("The shared contact of %(store)s is archived.", store=self.store.name)
        elif identity.is_known_again:
            problem = self.env._(
                "Order %(number)s names no country, and the store has no shared contact.", number=document.number
            )
        else:
            problem = self.env._(
                "Order %(number)s has no e-mail address, and the store has no shared contact.", number=document.number
            )
        return [self._reason("no_contact", problem, self.env._("Choose a shared contact on the store's form."))]

    def _journal_reasons(self):
        if self.store.sale_journal_id:
            return []
        return [
            self._reason(
                "no_journal", self.env._("%(store)s has no sales journal.", store=self.store.name),
                self.env._("Choose one on the store's form."),
            )
        ]  # fmt: skip

    def _coarse_reasons(self, code, entries):
        """Odoo would round away cents of a currency whose rounding is set coarser than the store's amounts."""
        currency = self.rates.currency(code)
        step = Decimal(repr(currency.rounding)) if currency else Decimal(0)
        if not step or step <= unit(code) or not any(amount % step for amount in self._amounts(entries)):
            return []
        return [
            self._reason(
                "currency_rounding",
                self.env._("Odoo rounds %(code)s to %(step)s; the order has finer amounts.", code=code, step=step),
                self.env._("Set the rounding of the currency to its smallest unit."), key=code,
            )
        ]  # fmt: skip

    @staticmethod
    def _amounts(entries):
        for entry in entries:
            if isinstance(entry, (PlannedPayment, PlannedTransfer)):
                yield entry.amount
                continue
            for line in entry.lines:
                yield line.net
                yield from (tax.amount for tax in line.taxes)

    def _target_reasons(self, rule, currency):
        key = (rule.id, rule.target, currency)
        if key not in self._targets:
            self._targets[key] = self._check_target(rule, currency)
        return self._targets[key]

    def _check_target(self, rule, currency):
        target = rule.target
        if target.processor_account:
            account = self.env["ecommerce.processor.account"].browse(target.processor_account)
            if account.currency_id.name != currency and not account.converts_charges:
                return [
                    self._reason(
                        "processor_currency",
                        self.env._(
                            "The gateway rule leads to %(account)s in %(theirs)s; the payment is in %(ours)s.",
                            account=account.name, theirs=account.currency_id.name, ours=currency,
                        ),
                        self.env._(
                            "Add a gateway rule limited to %(ours)s; or, if the processor turns such charges into "
                            "%(theirs)s at once, tick Converts Charges on %(account)s.",
                            ours=currency, theirs=account.currency_id.name, account=account.name,
                        ),
                        key=f"gateway:{currency}",
                    )
                ]  # fmt: skip
        if target.account and not self.env["account.account"].browse(target.account).active:
            return [
                self._reason(
                    "archived_account", self.env._("The rule %(rule)s books to an archived account.", rule=str(rule)),
                    self.env._("Choose another account from a date on."), key=f"rule:{rule.id}",
                )
            ]  # fmt: skip
        return self._check_tax(rule) if target.tax else []

    def _check_tax(self, rule):
        tax = self.env["account.tax"].browse(rule.target.tax)
        if not tax.active:
            problem = self.env._("The rule %(rule)s leads to an archived tax.", rule=str(rule))
        elif tax.amount_type == "group":
            problem = self.env._("The rule %(rule)s leads to a group of taxes.", rule=str(rule))
        else:
            return []
        hint = self.env._("Choose one simple tax from a date on.")
        return [self._reason("unusable_tax", problem, hint, key=f"rule:{rule.id}")]
