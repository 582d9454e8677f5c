"""Benchmarks: a fresh database for each, the measured program in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from . import environment, python_env
from .paths import CHECKOUT, STATE, ensure_folder
from .progress import SetupError, say, step

_BENCHMARKS = CHECKOUT / "benchmarks"
_PREFIX = "ec_bench_"
_TITLES = {
    "orders_per_s": "orders per second",
    "sql_per_order": "SQL statements per order",
    "cpu_ms_per_order": "processor time per order (ms)",
    "peak_rss_mb": "peak memory (MB)",
    "orders": "orders",
    "invoices_posted": "invoices posted",
    "payments_reconciled": "payments reconciled",
    "difference": "difference to the store",
}


def run_import(options):
    """Import orders into a fresh database and print the figures; return the exit code."""
    databases = environment.prepare()
    databases.drop_abandoned(_PREFIX)
    with _orders_file(options) as path, _database(databases, options.keep) as name:
        with step("Importing and proving the ledger"):
            code, output = _measure(databases, name, path, options)
    try:
        result = json.loads(output)
    except ValueError:
        raise SetupError("The benchmark gave no result; see above.") from None
    if options.json:
        print(json.dumps(result))
    else:
        _print_table(result)
    return code


@contextlib.contextmanager
def _orders_file(options):
    """The given file of orders, or a synthetic one."""
    if options.orders_file:
        if not options.orders_file.is_file():
            raise SetupError(f"There is no file {options.orders_file}.")
        yield options.orders_file.resolve()
        return
    sys.path.insert(0, str(_BENCHMARKS))
    import synthetic_orders

    with tempfile.TemporaryDirectory(dir=ensure_folder(STATE)) as folder:
        path = Path(folder) / f"synthetic-{options.seed}.jsonl"
        synthetic_orders.write(path, options.orders, options.seed)
        yield path


@contextlib.contextmanager
def _database(databases, keep):
    # A kept one must not look like one that its process left behind.
    prefix = os.environ.get("EC_TEST_DATABASE_PREFIX", _PREFIX)
    name = f"{prefix}{'kept_' if keep else ''}{os.getpid()}"
    with step(f"Database {name}"):
        databases.create_database(name)
        databases.install_addon(name)
    try:
        yield name
    finally:
        if keep:
            say(f"Kept: {databases.server.how_to_reach(name)}")
        else:
            databases.drop_database(name)


def _measure(databases, name, path, options):
    command = [
        python_env.python(), _BENCHMARKS / "import_orders.py", "--conf", databases.configure(name), "--database", name,
        "--orders-file", path,
        "--payments", options.payments, "--batch-size", options.batch_size, "--page-size", options.page_size,
    ]  # fmt: skip
    command += [flag for flag, wanted in (("--again", options.again), ("--products", options.products)) if wanted]
    if options.profile:
        command += ["--profile", options.profile.resolve()]
    result = subprocess.run(
        [str(word) for word in command],
        cwd=CHECKOUT,
        env=databases.environment(name),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return result.returncode, result.stdout


def _print_table(result):
    rows = [(title, result[name]) for name, title in _TITLES.items()]
    if "again" in result:
        rows.append(("unchanged orders per second", result["again"]["orders_per_s"]))
    width = max(len(title) for title, _value in rows)
    for title, value in rows:
        print(f"{title:<{width}}  {value:>12}")
