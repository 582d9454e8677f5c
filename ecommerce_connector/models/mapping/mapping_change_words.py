from datetime import date

from odoo import models

from ..ledger.days import said_day
from .mapping_kinds import KINDS

#: Entries that a line of the change log names; all of them are one click away.
_SHOWN = 8
_NOTHING = "–"


class EcommerceMappingRule(models.Model):
    """What the change log says, in the words of the screens."""

    _inherit = "ecommerce.mapping.rule"

    def _summary(self, action, changed):
        """What changed, a field a line: labels, names and dates as people read them.

        :param dict changed: field -> [old, new], as text
        """
        if action == "version" and not changed:
            return self.env._("It books as the version before.")
        lines = []
        whole = action in ("added", "deleted")
        for name, values in changed.items():
            if whole and (name == "company_id" or name == "match_on" and not KINDS[self.kind].has_groups):
                continue  # the line of the log has a company itself; other kinds match on one thing only
            old, new = (self._in_words(name, text) for text in values)
            label = self._label(name)
            if action == "added":
                lines.append(f"{label}: {new}")
            elif action == "deleted":
                lines.append(self.env._("%(field)s was %(value)s", field=label, value=old))
            else:
                lines.append(f"{label}: {old} → {new}")
        return "\n".join(lines)

    def _in_words(self, name, text):
        """A logged value as people read it."""
        field = self._fields[name]
        if field.type == "boolean":
            return self.env._("yes") if text == "True" else self.env._("no")
        if not text:
            return {"store_id": self.env._("All stores"), "date_from": self.env._("always"),
                    "date_to": self.env._("open")}.get(name, _NOTHING)  # fmt: skip
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(text, text)
        if field.type == "date":
            return said_day(self.env, date.fromisoformat(text))
        if name == "analytic_distribution":
            return self._analytic_in_words(text)
        return f"{text} %" if name == "tax_rate" else text

    def _analytic_in_words(self, text):
        """``12,7: 60.0, 8: 40`` as ``Web & Paris: 60 %, Shop: 40 %``."""
        accounts = self.env["account.analytic.account"]
        parts = []
        for part in text.split(", "):
            ids, _colon, percent = part.partition(": ")
            names = accounts.browse(int(number) for number in ids.split(",")).exists().mapped("name")
            parts.append(f"{' & '.join(names) or ids}: {float(percent):g} %")
        return ", ".join(parts)

    def _entries_text(self, moves):
        """What was posted anew: how many entries, and the first of them."""
        first = ", ".join(moves[:_SHOWN].mapped("name"))
        if len(moves) > _SHOWN:
            return self.env._("%(count)s entries: %(first)s …", count=len(moves), first=first)
        return self.env._("%(count)s entries: %(first)s", count=len(moves), first=first)
