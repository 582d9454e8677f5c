"""What planning an order costs with few and with many rules, as JSON. Needs neither Odoo nor a database."""

import argparse
import json
import sys
import types
from pathlib import Path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", required=True)
    parser.add_argument("--orders", type=int, required=True)
    options = parser.parse_args()
    # Importing the addon itself would need Odoo; its pure packages do not.
    package = types.ModuleType("ecommerce_connector")
    package.__path__ = [str(Path(__file__).parents[1] / "ecommerce_connector")]
    sys.modules["ecommerce_connector"] = package
    from rule_count_job import RuleCountJob

    json.dump(RuleCountJob([int(count) for count in options.rules.split(",")], options.orders).run(), sys.stdout)


main()
