"""Import a file of orders into a database with the addon, measure it, prove the ledger, print JSON.

Runs in Odoo's environment; ``script/bench`` makes the database and calls it.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import odoo
from odoo.modules.registry import Registry
from odoo.tools import config


def main():
    options = _options()
    # Odoo shows the warnings of its dependencies about their own imports; they would bury what we have to say.
    warnings.simplefilter("ignore", DeprecationWarning)
    config.parse_config(["-c", options.conf, "-d", options.database, "--no-http", "--log-level", "warn"])
    # The addon can be imported once Odoo knows the addons path.
    from import_job import ImportJob

    with Registry(options.database).cursor() as cr:
        # As scheduled actions do; rights are checked by the tests, not here.
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        job = ImportJob(env, options)
        result = job.run()
    _tell(job.problems)
    json.dump(result, sys.stdout)
    return 1 if job.problems else 0


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conf", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--orders-file", type=Path, required=True)
    parser.add_argument("--payments", default="odoo")
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--page-size", type=int, default=200)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--products", action="store_true")
    parser.add_argument("--profile", type=Path)
    return parser.parse_args()


def _tell(problems, most=20):
    for problem in problems[:most]:
        print(problem, file=sys.stderr)
    if len(problems) > most:
        print(f"... and {len(problems) - most} more", file=sys.stderr)


sys.exit(main())
