"""The same orders planned with few and with many rules for SKUs.

The rulebooks are measured in turns, each time compiled anew, so that no answer is remembered; the
fastest turn of each counts, in processor time.
"""

import json
import time
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import synthetic_orders

from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.plans import PlanStatus
from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.posting import plan_order
from ecommerce_connector.platforms import payload
from ecommerce_connector.platforms.file import FilePlatform

_TURNS = 5
#: Each product is looked up on so many days, for no answer is known of another day.
_DAYS = 200
_UTC = ZoneInfo("UTC")
_OTHERS = (("shipping", {"account": 2}), ("tax", {"tax": 3}), ("gateway", {"processor_account": 4}))


class RuleCountJob:
    """Measures rulebooks of some sizes."""

    def __init__(self, counts, orders):
        self.rules = {count: _rules(count) for count in counts}
        self.documents = [
            FilePlatform.order_document(payload.loads(json.dumps(order)), _UTC)
            for order in synthetic_orders.orders(orders)
        ]
        self.best = {}

    def run(self):
        """The figures; ``ratio``: planning with the last number of rules, in units of the first."""
        for _turn in range(_TURNS):
            for count, rules in self.rules.items():
                rulebook = self._measure(count, "compile", lambda rules=rules: Rulebook(rules))
                self._measure(count, "lookup", lambda rulebook=rulebook: self._look_up(rulebook))
                rulebook = Rulebook(rules)
                self._measure(count, "plan", lambda rulebook=rulebook: self._plan(rulebook))
        counts = list(self.rules)
        return {
            "orders": len(self.documents),
            "figures": [self._figures(count) for count in counts],
            "ratio": round(self.best[counts[-1], "plan"] / self.best[counts[0], "plan"], 2),
        }

    def _measure(self, count, name, work):
        start = time.process_time()
        result = work()
        took = time.process_time() - start
        self.best[count, name] = min(took, self.best.get((count, name), took))
        return result

    def _figures(self, count):
        lookups = synthetic_orders.SKUS * _DAYS
        return {
            "rules": count,
            "plan_us_per_order": round(1e6 * self.best[count, "plan"] / len(self.documents), 1),
            "us_per_lookup": round(1e6 * self.best[count, "lookup"] / lookups, 2),
            "compile_ms": round(1e3 * self.best[count, "compile"], 1),
        }

    @staticmethod
    def _look_up(rulebook):
        for day in range(_DAYS):
            on = date(2025, 1, 1) + timedelta(days=day)
            for sku in range(1, synthetic_orders.SKUS + 1):
                rulebook.resolve("product", f"SKU-{sku:03d}", on)

    def _plan(self, rulebook):
        policy = Policy(zone=_UTC)
        for document in self.documents:
            plan = plan_order(document, rulebook, policy)
            if plan.status is not PlanStatus.COMPLETE:
                raise SystemExit(f"Order {document.number} is not planned: {plan.reasons}")


def _rules(count):
    """So many rules for SKUs, those of the orders among them, and one for all of each other kind."""
    made = [
        Rule(id=number, kind="product", pattern=f"SKU-{number:03d}", target=Target(label="Sales", account=1))
        for number in range(1, count + 1)
    ]
    return made + [
        Rule(id=count + at, kind=kind, target=Target(label=kind, **target))
        for at, (kind, target) in enumerate(_OTHERS, 1)
    ]
