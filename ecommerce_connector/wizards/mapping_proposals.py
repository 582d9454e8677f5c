"""Findings and their proposals → values of the assistant's lines and of what it would make. Writes nothing."""

from collections import Counter

from odoo import fields
from odoo.tools import formatLang

from ..core.currencies import exponent
from ..core.mapping.rulebook import KEY
from ..core.setup.account_roles import ROLES
from ..core.setup.choices import NewAccount, NewProcessor, NewTax
from ..core.setup.proposals import propose

#: Kind of rule -> section of the assistant's page.
SECTIONS = {
    "discount": "discount", "tax": "tax", "marketplace_tax": "tax", "gateway": "payment", "payout_fee": "payout",
    "dispute": "payout", "dispute_fee": "payout", "dispute_loss": "payout",
    "reserve": "payout", "payout_other": "payout",
}  # fmt: skip
#: Such rules belong to the company: one payout can contain several stores.
OF_COMPANY = frozenset(kind for kind, section in SECTIONS.items() if section == "payout")


class MappingProposals:
    """Turns findings into values.

    :ivar items: key -> values of what is to be made or changed
    """

    def __init__(self, assistant, chart):
        self.assistant = assistant
        self.store = assistant.store_id
        self.env = assistant.env
        self.chart = chart
        self.items = {}
        self.codes = set()
        self.per_kind = Counter()
        self.rulebook = self.store._rulebook()
        self.today = fields.Date.context_today(assistant)
        self.kinds = dict(self.env["ecommerce.mapping.rule"]._fields["kind"]._description_selection(self.env))
        self.currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }

    # === Lines === #

    def lines(self, findings):
        """Values of lines, in the order of the findings.

        :param findings: of the survey
        """
        self.per_kind = Counter(found.kind for found in findings)
        return [self._line(found) for found in findings]

    def _line(self, found):
        rules = found.rules(self.rulebook, self.today)
        return self._facts(found) | (self._covered(rules) if rules else self._proposed(found))

    def _covered(self, rules):
        return {"is_covered": True, "reason": "\n".join(dict.fromkeys(str(rule) for rule in rules[:3]))}

    def _proposed(self, found):
        choice = propose(found, self.chart)
        same = self.store._rule_for(found.kind, found.value, found.match_on, self._limits(found))[:1]
        if same:
            reason = self.env._(
                "%(rule)s is the same but not valid on all these days: extend it.", rule=same.display_name
            )
            return {"is_covered": True, "reason": reason}
        key = self._item_of(choice)
        return {
            "reason": choice.reason, "account_id": choice.account, "tax_id": choice.tax,
            "processor_account_id": choice.processor, "item_key": key, "selected": self._is_selected(choice, key),
        }  # fmt: skip

    def _is_selected(self, choice, key):
        # Who may not make accounts can only use those there are.
        return not choice.is_optional and (not key or self.assistant.is_administrator)

    def _facts(self, found):
        return {
            "kind": found.kind, "section": SECTIONS.get(found.kind, "revenue"), "match_on": found.match_on,
            "pattern": found.value, **self._limits(found), "label": self._label(found), "order_count": found.orders,
            "line_count": found.lines, "amounts": self._amounts(found), "samples": self._samples(found),
        }  # fmt: skip

    def _limits(self, found):
        """What the rule is limited to."""
        country = self.env["res.country"].search([("code", "=", found.country)], limit=1) if found.country else None
        return {
            "tax_rate": f"{found.rate.normalize():f}" if found.rate is not None else False,
            "currency_id": self.currencies.get(found.currency, False), "country_id": country.id if country else False,
            "remitter": found.remitter or False,
        }  # fmt: skip

    def _label(self, found):
        if found.value == "*" and found.kind not in ("tax", "gateway"):
            if not found.lines:
                return self.env._("Not in the sample, but sure to come")
            return self.env._("All others") if self.per_kind[found.kind] > 1 else self.env._("All")
        groups = dict(self.env["ecommerce.mapping.rule"]._fields["match_on"]._description_selection(self.env))
        if found.is_all_rates:
            return self.env._("All rates, to %(country)s", country=found.country)
        text = found.value if found.match_on == KEY else f"{groups[found.match_on]}: {found.value}"
        parts = [text, *([f"{found.rate.normalize():f}\N{NO-BREAK SPACE}%"] if found.rate is not None else [])]
        parts += [found.remitter.upper()] if found.remitter else []
        parts += [found.currency] if found.currency else []
        parts += [self.env._("to %(country)s", country=found.country)] if found.country else []
        return ", ".join(parts)

    def _amounts(self, found):
        return "\n".join(
            f"{formatLang(self.env, float(amount), digits=exponent(currency))} {currency}"
            for currency, amount in found.amounts
        )

    def _samples(self, found):
        numbers = ", ".join(found.samples)
        examples = ", ".join(found.examples)
        return f"{examples} ({numbers})" if examples and numbers else examples or numbers

    # === What is to be made === #

    def _item_of(self, choice):
        """The key of what a choice needs made or changed; the account or tax it is, if that can be used as it is."""
        if isinstance(choice.new, NewAccount):
            return self.account(choice.new)
        if isinstance(choice.new, NewTax):
            return self._tax(choice.new)
        if isinstance(choice.new, NewProcessor):
            return self._processor(choice.new)
        if choice.opens:
            return self._opened("open_tax" if choice.tax else "open_account", choice)
        return False

    def account(self, new):
        """An account to be made.

        :param NewAccount new: what it is
        :return: its key
        """
        if new.key not in self.items:
            spec = {"role": new.role, "type": new.type, "reconcile": new.reconcile, "after": new.after}
            note = self.env._("Account for %(purpose)s", purpose=ROLES[new.role].purpose)
            self._add(new.key, "account", new.name, spec, note)
            self.items[new.key]["code"] = self._free_code(new.after)
        return new.key

    def _free_code(self, after):
        """The next free code, which no other proposal takes."""
        accounts = self.env["account.account"].with_company(self.store.company_id)
        code = accounts._search_new_account_code(after, cache={after, *self.codes})
        self.codes.add(code)
        return code

    def journal(self, code, name, kind, account):
        """A journal to be made.

        :param Choice account: its default account
        :return: its key
        """
        spec = {"code": code, "type": kind, "account": self._reference(account)}
        key = self._add(f"journal:{code}", "journal", name, spec, self.env._("Sales journal"))
        self.items[key]["code"] = code
        return key

    def _tax(self, new):
        account = self._reference(new.account)
        spec = {"rate": str(new.rate) if new.rate is not None else False, "area": new.area.value, "account": account}
        return self._add(new.key, "tax", new.name, spec, self.env._("Sales tax"))

    def _processor(self, new):
        control = self._reference(new.control, control=True)
        in_transit = self._reference(new.in_transit, control=True) if new.in_transit else False
        spec = {
            "family": new.family, "currency": new.currency, "is_liability": new.is_liability,
            "processor": new.processor, "control": control, "in_transit": in_transit,
        }  # fmt: skip
        note = self.env._("Processor account, with a journal of its own")
        return self._add(new.key, "processor", new.name, spec, note)

    def _reference(self, choice, control=False):
        """An account in a specification: its id, or the key of what makes it or makes it usable."""
        if choice.new:
            return self.account(choice.new)
        return self._opened("open_account", choice) if control and choice.opens else choice.account

    def _opened(self, kind, choice):
        record = self.env["account.tax" if choice.tax else "account.account"].browse(choice.tax or choice.account)
        note = self.env._("Activate the tax") if choice.tax else self.env._("Let its items be reconciled")
        return self._add(f"{kind}:{record.id}", kind, record.display_name, {"id": record.id}, note)

    def _add(self, key, kind, name, spec, note):
        self.items.setdefault(key, {"key": key, "kind": kind, "name": name, "spec": spec, "note": note})
        return key
