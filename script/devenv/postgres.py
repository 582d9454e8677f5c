"""PostgreSQL: the server that PGHOST names, or a private cluster in the state folder.

The private one listens on a Unix socket only, in a folder that nobody else may enter.
"""

import contextlib
import os
import pwd
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from . import commands, postgres_place, sql
from .paths import LOGS, POSTGRES, ensure_folder
from .progress import SetupError, step

# Odoo refuses to work as "postgres".
_ROLE = "odoo"
_PORT = 5432
# Tells a command that another one started that PGHOST names the private server of this very checkout.
_PRIVATE = "EC_PRIVATE_POSTGRES"


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server."""

    host: str
    port: str
    user: str
    binaries: Path | None = None
    # On a server of this checkout alone, every database is its own.
    is_private: bool = False

    def environment(self):
        """Return the variables that libpq, Odoo and PostgreSQL's tools read."""
        variables = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user}
        return variables | ({_PRIVATE: str(POSTGRES)} if self.is_private else {})

    def how_to_reach(self, database):
        """Return a command line that opens ``database``."""
        client = self.binaries / "psql" if self.binaries else "psql"
        return f"{client} -h {self.host} -p {self.port} -U {self.user} {database}"


def prepare():
    """Return a running server that this user may create databases on."""
    if os.environ.get("PGHOST") and os.environ.get(_PRIVATE) != str(POSTGRES):
        return _given_server()
    cluster = PrivateCluster()
    if not cluster.is_up():
        with step("Private PostgreSQL") as done:
            cluster.start()
            done(f"running ({cluster.version()})")
    return cluster.server()


def stop():
    """Stop the private server; return whether it was running."""
    return POSTGRES.is_dir() and PrivateCluster().stop()


def _given_server():
    user = os.environ.get("PGUSER") or pwd.getpwuid(os.getuid()).pw_name
    server = Server(os.environ["PGHOST"], os.environ.get("PGPORT") or str(_PORT), user)
    if user == "postgres":
        raise SetupError(
            "Odoo refuses the role 'postgres'. Create another one that may create databases, and set PGUSER."
        )
    try:
        may_create = sql.scalar(server, "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    except sql.DatabaseError as error:
        raise SetupError(
            f"PGHOST={server.host}: no connection as {user} on port {server.port}. {error}\n"
            "Set PGHOST, PGPORT, PGUSER and PGPASSWORD, or unset PGHOST to use a private server."
        ) from error
    if not may_create:
        raise SetupError(f"The role {user} may not create databases: ALTER ROLE {user} CREATEDB (as an administrator).")
    return server


class PrivateCluster:
    """A PostgreSQL server of this checkout."""

    def __init__(self):
        self.place = postgres_place.find()
        self.folder = self.place.cluster

    def server(self):
        return Server(str(self.place.socket_folder), str(_PORT), _ROLE, self.place.binaries, is_private=True)

    def version(self):
        text = commands.output_of([self.place.binaries / "postgres", "--version"]) or ""
        return text.strip().replace("postgres (PostgreSQL)", "PostgreSQL")

    def is_up(self):
        with contextlib.suppress(sql.DatabaseError):
            return sql.scalar(self.server(), "SELECT 1") == 1
        return False

    def start(self):
        """Start the server, after making the cluster if it is not there."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        self._forget_dead_server()
        self.place.own(self.place.socket_folder)
        log = ensure_folder(LOGS) / "postgres-server.log"
        log.touch()
        process = commands.start_in_background(
            [*self.place.prefix, self.place.binaries / "postgres", "-D", self.folder, "-k", self.place.socket_folder],
            "postgres-server",
            self._environment(),
            # The folder the command was typed in may be closed to the server's user.
            cwd=self.place.folder,
        )
        deadline = time.monotonic() + 60
        while not self.is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SetupError(f"PostgreSQL did not start. Its last words:\n{_tail(log)}\nWhole log: {log}")
            time.sleep(0.1)

    def stop(self):
        pid = self._server_pid()
        if pid:
            commands.stop_process(pid)
        return bool(pid)

    def _make(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.place.own(self.folder)
        initdb = [self.place.binaries / "initdb", "-D", self.folder, "-U", _ROLE, "--auth=trust", "--no-sync"]
        commands.run(
            [*self.place.prefix, *initdb, "--encoding=UTF8", "--locale=C"],
            "postgres",
            self._environment(),
            cwd=self.place.folder,
        )
        # The databases here are made anew at will, so the time to keep them through a power cut is not spent.
        with (self.folder / "postgresql.conf").open("a") as conf:
            conf.write("\nlisten_addresses = ''\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
            conf.write("unix_socket_permissions = 0700\nmax_connections = 100\nshared_buffers = 256MB\n")

    def _environment(self):
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C"}

    def _server_pid(self):
        """Return the process that serves this cluster, ``None`` when there is none."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            if str(self.folder) in commands.process_command_line(pid):
                return pid
        return None

    def _forget_dead_server(self):
        """Remove what a server left that did not end in order.

        After a reboot the process number in its file may belong to a stranger, and PostgreSQL would not start.
        """
        if not self._server_pid():
            for leftover in [self.folder / "postmaster.pid", *self.place.socket_folder.glob(".s.PGSQL.*")]:
                leftover.unlink(missing_ok=True)


def _tail(path, lines=12):
    return "\n".join(f"    {line}" for line in path.read_text(errors="replace").splitlines()[-lines:])
