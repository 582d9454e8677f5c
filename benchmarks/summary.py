"""Store a file of orders of one day, then measure their daily summary; prove the ledger, print JSON.

Runs in Odoo's environment; ``script/bench`` makes the database and calls it, once per step: what
storing the orders took of memory is no part of what is measured.
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
    from summary_job import SummaryJob

    with Registry(options.database).cursor() as cr:
        # As scheduled actions do; rights are checked by the tests, not here.
        job = SummaryJob(odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}), options)
        result = job.prepare() if options.step == "prepare" else job.measure()
    for problem in job.problems:
        print(problem, file=sys.stderr)
    json.dump(result, sys.stdout)
    return 1 if job.problems else 0


def _options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conf", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--orders-file", type=Path, required=True)
    parser.add_argument("--step", choices=("prepare", "measure"), required=True)
    parser.add_argument("--profile", type=Path)
    return parser.parse_args()


sys.exit(main())
