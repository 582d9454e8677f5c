from contextlib import contextmanager

from odoo import api, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...core.mapping.rulebook import Rulebook
from ...core.mapping.ties import tied
from ..ledger.days import said_day
from .mapping_kinds import DECIDING

#: Rules are read with all that the core wants of them in one query.
_READ = [
    *DECIDING, "version", "pattern_key", "is_glob",
]  # fmt: skip
#: What says which other rules a rule can meet.
_MEETING = frozenset({"company_id", "store_id", "kind", "match_on", "pattern"})


class EcommerceMappingRule(models.Model):
    """The rules as a whole: compiled for the core, and kept free of ties."""

    _inherit = "ecommerce.mapping.rule"

    @api.model
    def _rulebook(self, company, store=None):
        """The rules in force that may apply to documents of a company, compiled.

        Compiling depends on the number of rules, so it is done once per process and again only when a
        rule, or the name of what one leads to, changes.

        :param store: also the rules of this store
        :rtype: Rulebook
        """
        return self._compiled_rulebook(company.id, store.id if store else False, self.env.lang)

    @tools.ormcache("company_id", "store_id", "lang")
    def _compiled_rulebook(self, company_id, store_id, lang):
        # sudo: the same for everybody who may post in the company, whose right is checked where they post.
        return Rulebook(self.sudo().with_context(lang=lang).with_company(company_id)._core_rules(company_id, store_id))

    @api.model
    def _core_rules(self, company_id, store_id):
        """The rules in force as the core knows them, read anew.

        :rtype: tuple[Rule]
        """
        return tuple(rule._as_core_rule() for rule in self._in_force(company_id, store_id))

    @api.model
    def _in_force(self, company_id, store_id):
        """The rules that are neither drafts nor archived, of a company and of one of its stores."""
        return self.search_fetch(
            [("company_id", "=", company_id), ("store_id", "in", [False, store_id] if store_id else [False]),
             ("is_draft", "=", False), ("active", "=", True)],
            _READ,
        )  # fmt: skip

    def _forget_rulebooks(self):
        self.env.registry.clear_cache()

    # === No ties === #

    def init(self):
        """A row for each kind of rule of a company, which whoever saves such a rule changes: see ``_take_turns``."""
        self.env.cr.execute(
            """
            CREATE TABLE IF NOT EXISTS ecommerce_mapping_turn (
                company_id integer NOT NULL REFERENCES res_company ON DELETE CASCADE,
                kind varchar NOT NULL,
                turn bigint NOT NULL,
                PRIMARY KEY (company_id, kind)
            )
            """
        )
        return super().init()

    def write(self, vals):
        """Change rules; those that they leave behind where they were must be without ties, too."""
        left = self._left_behind() if _MEETING & set(vals) else self.browse()
        result = super().write(vals)
        left._check_ties()
        return result

    def unlink(self):
        """Delete rules; those that they leave behind must be without ties."""
        left = self._left_behind()
        result = super().unlink()
        left._check_ties()
        return result

    def _left_behind(self):
        """Rules in force that others, which are about to go, stand beside: one of these may decide between them."""
        places = self.filtered(lambda rule: rule.active and not rule.is_draft)._by_place()
        return self.union(*(rules._neighbours() for rules in places)) - self

    @contextmanager
    def _ties_checked_together(self):
        """Many changes at once: only what they come to must be free of ties, and is checked when all are done."""
        waiting, key = set(), "ecommerce_mapping_ties"
        if key in self.env.cr.cache:  # within a greater change
            yield
            return
        self.env.cr.cache[key] = waiting
        try:
            yield
        finally:
            self.env.cr.cache.pop(key, None)
        self.browse(sorted(waiting)).exists()._check_ties()

    @api.constrains(*{*DECIDING, "is_draft"} - {"analytic_distribution"})
    def _check_ties(self):
        """No value may fit two rules equally well; both are named.

        Those beside a changed rule are looked at too: it may have been what decided between them.
        """
        waiting = self.env.cr.cache.get("ecommerce_mapping_ties")
        if waiting is not None:
            waiting.update(self.ids)
            return
        in_force = self.filtered(lambda rule: not rule.is_draft)
        in_force._take_turns()
        for rules in in_force._by_place():
            candidates = rules._neighbours()
            rules = rules.filtered("active")
            by_key, globs = {}, []
            for candidate in candidates:
                core = candidate._as_core_rule()
                (globs if candidate.is_glob else by_key.setdefault(candidate.pattern_key, [])).append(core)
            for rule in rules | candidates:
                other = tied(rule._as_core_rule(), globs if rule.is_glob else by_key.get(rule.pattern_key, ()))
                if other:
                    rule._raise_tie(self.browse(other.id))

    def _take_turns(self):
        """Let nobody else save rules of these kinds until this transaction is over.

        Whoever does so at the same time waits here. As he cannot see what was saved after his transaction began, the
        database then refuses to go on, and Odoo runs his request again, which sees it.
        """
        turns = {(rule.company_id.id, rule.kind) for rule in self}
        for company, kind in sorted(turns):  # in one order, or two could wait for each other
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO ecommerce_mapping_turn AS mine (company_id, kind, turn) VALUES (%s, %s, 1)
                    ON CONFLICT (company_id, kind) DO UPDATE SET turn = mine.turn + 1
                    """,
                    company, kind,
                ),
                log_exceptions=False,
            )  # fmt: skip

    def _by_place(self):
        """Rules grouped by where they can meet: company, store, kind and what they match on."""
        return self.grouped(lambda rule: (rule.company_id, rule.store_id, rule.kind, rule.match_on)).values()

    def _neighbours(self):
        """Rules in force that could tie with some of these, which are of one place; themselves included."""
        first = self[:1]
        same = Domain("pattern_key", "in", list({rule.pattern_key for rule in self if not rule.is_glob}))
        if any(rule.is_glob for rule in self):
            same |= Domain("is_glob", "=", True)
        return self.search_fetch(
            Domain([
                ("company_id", "=", first.company_id.id), ("store_id", "=", first.store_id.id),
                ("kind", "=", first.kind), ("match_on", "=", first.match_on), ("is_draft", "=", False),
                ("active", "=", True),
            ]) & same,
            _READ,
        )  # fmt: skip

    def _raise_tie(self, other):
        raise ValidationError(
            self.env._(
                "Two rules would fit the same value on the same days equally well: %(rule)s → %(target)s and "
                "%(other)s → %(other_target)s. End one before the other begins, make one more specific, or first add a "
                "rule for what both cover.",
                rule=self._told(), target=self.target, other=other._told(), other_target=other.target,
            )
        )  # fmt: skip

    def _told(self):
        """Its name, number and days: two that tie may have all the rest in common."""
        always = self.env._("always")
        days = " – ".join(said_day(self.env, day) if day else "…" for day in (self.date_from, self.date_to))
        days = days if self.date_from or self.date_to else always
        number = self.env._("rule %(number)s", number=self._origin.id) if self._origin.id else self.env._("new rule")
        return f"{self.display_name} ({number}, {days})"
