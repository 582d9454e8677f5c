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


_WHATIF_TITLES = {
    "orders": "orders",
    "seconds": "seconds",
    "ms_per_order": "per order (ms)",
    "changes": "orders booked elsewhere",
    "figures": "figures that change",
    "posted": "orders posted",
    "peak_rss_mb": "peak memory (MB)",
}


_SUMMARY_TITLES = {
    "orders": "orders of one day",
    "seconds": "seconds",
    "orders_per_s": "orders per second",
    "sql_per_order": "SQL statements per order",
    "cpu_ms_per_order": "processor time per order (ms)",
    "entries": "entries",
    "journal_items": "journal items",
    "rows": "rows behind them",
    "peak_rss_mb": "peak memory (MB)",
}


def run_import(options):
    """Import orders into a fresh database and print the figures; return the exit code."""
    databases = environment.prepare()
    databases.drop_abandoned(_PREFIX)
    with _orders_file(options) as path, _database(databases, options.keep) as name:
        with step("Importing and proving the ledger"):
            code, output = _measure(databases, name, path, options)
    result = _result(output)
    if options.json:
        print(json.dumps(result))
    else:
        _print_table(result, _TITLES)
    return code


def run_whatif(options):
    """Store orders in a fresh database, measure a what-if over them, print the figures; return the exit code."""
    databases = environment.prepare()
    databases.drop_abandoned(_PREFIX)
    with _orders_file(options) as path, _database(databases, options.keep) as name:
        command = [
            python_env.python(), _BENCHMARKS / "what_if.py", "--conf", databases.configure(name), "--database", name,
            "--orders-file", path, "--posted", options.posted,
        ]  # fmt: skip
        with step("Storing the orders"):
            code, output = _run([*command, "--step", "prepare"], databases.environment(name))
            _result(output)
        profile = ["--profile", options.profile.resolve()] if options.profile else []
        with step("What if"):
            code, output = _run([*command, "--step", "measure", *profile], databases.environment(name))
    result = _result(output)
    if options.json:
        print(json.dumps(result))
    else:
        _print_table(result, _WHATIF_TITLES)
    return code


def run_summary(options):
    """Store orders of one day in a fresh database, measure their summary, print the figures; return the exit code."""
    databases = environment.prepare()
    databases.drop_abandoned(_PREFIX)
    with _orders_file(options, per_day=options.orders) as path, _database(databases, options.keep) as name:
        command = [
            python_env.python(), _BENCHMARKS / "summary.py", "--conf", databases.configure(name), "--database", name,
            "--orders-file", path,
        ]  # fmt: skip
        with step("Storing the orders"):
            code, output = _run([*command, "--step", "prepare"], databases.environment(name))
            _result(output)
        profile = ["--profile", options.profile.resolve()] if options.profile else []
        with step("Posting their summary, and proving it"):
            code, output = _run([*command, "--step", "measure", *profile], databases.environment(name))
    result = _result(output)
    if options.json:
        print(json.dumps(result))
    else:
        _print_table(result, _SUMMARY_TITLES)
    return code


def run_rules(options):
    """Plan orders with few and with many rules and print what each costs; return the exit code."""
    environment.prepare()
    command = [
        python_env.python(), _BENCHMARKS / "rule_count.py", "--rules", options.rules, "--orders", options.orders
    ]  # fmt: skip
    with step("Planning"):
        code, output = _run(command, os.environ)
    result = _result(output)
    if options.json:
        print(json.dumps(result))
        return code
    for figures in result["figures"]:
        print(
            f"{figures['rules']:>8} rules: {figures['plan_us_per_order']:>7} µs an order, "
            f"{figures['us_per_lookup']:>6} µs a look-up, compiled in {figures['compile_ms']} ms"
        )
    print(f"ratio: {result['ratio']}")
    return code


def _result(output):
    try:
        return json.loads(output)
    except ValueError:
        raise SetupError("The benchmark gave no result; see above.") from None


@contextlib.contextmanager
def _orders_file(options, **more):
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
        synthetic_orders.write(path, options.orders, options.seed, **more)
        yield path


@contextlib.contextmanager
def _database(databases, keep):
    # A kept one must not look like one that its process left behind.
    prefix = os.environ.get("EC_TEST_DATABASE_PREFIX", _PREFIX)
    name = f"{prefix}{'kept_' if keep else ''}{os.getpid()}"
    with step(f"Database {name}"):
        databases.create_with_addon(name)
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
    return _run(command, databases.environment(name))


def _run(command, variables):
    """Exit code and output of a program."""
    result = subprocess.run(
        [str(word) for word in command], cwd=CHECKOUT, env=variables, stdout=subprocess.PIPE, text=True, check=False
    )
    return result.returncode, result.stdout


def _print_table(result, titles):
    rows = [(title, result[name]) for name, title in titles.items()]
    if "again" in result:
        rows.append(("unchanged orders per second", result["again"]["orders_per_s"]))
    width = max(len(title) for title, _value in rows)
    for title, value in rows:
        print(f"{title:<{width}}  {value:>12}")
