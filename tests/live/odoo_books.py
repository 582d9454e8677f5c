"""A throw-away Odoo database with the addon, worked on from outside: its command line, its shell, and SQL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from devenv import environment, sql
from devenv.paths import CHECKOUT

PREFIX = os.environ.get("EC_TEST_DATABASE_PREFIX", f"ec_test_{os.getpid()}_")
LONGEST_SECONDS = 240
#: What booking an order or a payout can write.
TABLES = (
    "account_move", "account_move_line", "account_payment", "account_partial_reconcile", "ecommerce_posting",
    "ecommerce_payment", "ecommerce_order", "ecommerce_event", "ecommerce_refund", "ecommerce_exception",
    "ecommerce_payout", "ecommerce_balance_transaction", "res_partner",
)  # fmt: skip


#: Who waits to write to a table; the tables a connection holds for writing; whether it is still there.
_WAITING = """SELECT min(pid) FROM pg_locks WHERE NOT granted AND relation = %s::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_WRITTEN = """SELECT relation::regclass::text FROM pg_locks
               WHERE pid = %s AND granted AND locktype = 'relation' AND mode = 'RowExclusiveLock'"""
_IS_THERE = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"


@dataclass
class Done:
    """A command that ended."""

    status: int
    output: str
    errors: str

    @property
    def data(self) -> Any:
        """What it printed as JSON."""
        return json.loads(self.output)

    @property
    def problem(self) -> str:
        """The error it told as JSON."""
        return str(json.loads(self.errors[self.errors.index("{") :])["error"])


class OdooBooks:
    """One database."""

    def __init__(self, name: str) -> None:
        self.name = PREFIX + name
        self.databases = environment.prepare()
        self.databases.create_with_addon(self.name)

    def drop(self) -> None:
        """Remove the database and its files."""
        self.databases.drop_database(self.name)

    # === Commands === #

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """Start a command of Odoo."""
        command = [str(word) for word in self.databases.odoo_command(*arguments)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT,
            env={**self.databases.environment(self.name), **variables},
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[str], text: str | None = "") -> Done:
        """Wait for a command, after giving it the text to read; ``None``: it was given already."""
        if text is None:
            process.stdin = None
        try:
            output, errors = process.communicate(text, timeout=LONGEST_SECONDS)
        finally:
            process.kill()  # does nothing to one that has ended
        return Done(process.returncode, output, errors)

    def ecommerce(self, action: str, *arguments: object, database: str = "", **variables: str) -> Done:
        """Run ``odoo ecommerce ACTION --json``; the action may be of two words."""
        words = ("ecommerce", *action.split(), "-d", database or self.name, "--json", *arguments)
        return self.finish(self.start(*words, **variables))

    def shell(self, code: str) -> str:
        """Run code in ``odoo shell``; its transaction is committed. What it prints is returned."""
        process = self.start("shell", "-d", self.name, "--log-level", "error")
        done = self.finish(process, f"{code.strip()}\n\nenv.cr.commit()\nprint('ended well')\n")
        if done.status or "ended well" not in done.output:
            raise AssertionError(f"odoo shell failed:\n{done.output}\n{done.errors}")
        return done.output

    def kill_held(self, process: subprocess.Popen[str], table: str, statement: str, at_least: int) -> set[str]:
        """End a command by force in the middle of a transaction: while it waits to write to a table.

        The table is locked against writing as soon as a count has been reached; who reads it does not notice.

        :return: the tables it had written to in that transaction
        """
        connection = psycopg2.connect(dbname=self.name, **self._server())
        try:
            with connection, connection.cursor() as cursor:
                self._wait(process, lambda: _first(cursor, statement) >= at_least, connection.rollback)
                cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                self._wait(process, lambda: _first(cursor, _WAITING, table))
                worker = _first(cursor, _WAITING, table)
                cursor.execute(_WRITTEN, [worker])
                written = {name for (name,) in cursor}
                process.send_signal(signal.SIGKILL)
                process.communicate()
            with connection, connection.cursor() as cursor:  # without the lock: the server meets that nobody is there
                # A transaction sees the list of connections as it was when it first looked.
                self._wait(None, lambda: not _first(cursor, _IS_THERE, worker), connection.rollback)
        finally:
            connection.close()
        return written

    @staticmethod
    def _wait(process: subprocess.Popen[str] | None, reached: Any, between: Any = lambda: None) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not reached():
            if process and process.poll() is not None:
                raise AssertionError(f"it ended before it could be killed: {process.communicate()}")
            if time.monotonic() > deadline:
                raise AssertionError("it took too long to get there")
            between()
            time.sleep(0.02)

    def _server(self) -> dict[str, str]:
        variables = {**os.environ, **self.databases.server.environment()}
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        return {name: variables[variable] for name, variable in names.items() if variable in variables}

    # === The database === #

    def rows(self, statement: str, *parameters: object) -> list[list[Any]]:
        """Rows of a query; numbers that are not whole come as text."""
        return list(sql.rows(self.databases.server, statement, parameters, self.name))

    def value(self, statement: str, *parameters: object) -> Any:
        """The first column of the first row."""
        return self.rows(statement, *parameters)[0][0]

    def counts(self) -> dict[str, int]:
        """Rows of each table that booking writes."""
        selected = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
        return dict(zip(TABLES, self.rows(f"SELECT {selected}")[0], strict=True))


def _first(cursor: Any, statement: str, *parameters: object) -> Any:
    cursor.execute(statement, parameters or None)
    return cursor.fetchone()[0]


def write_json_lines(path: Path, orders: list[dict[str, Any]]) -> Path:
    """A file of orders in the project's own format."""
    path.write_text("".join(json.dumps(order) + "\n" for order in orders))
    return path
