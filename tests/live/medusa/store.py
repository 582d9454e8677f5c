"""Start, stop and reset the live Medusa store.

Packages, configuration and log are in the directory given by the caller; its databases are on the project's own
PostgreSQL server: one that is seeded once, and a copy of it that is worked on. From the root of the repository:

    PYTHONPATH=tests/live:script python -m medusa.store start|stop DIRECTORY
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vendure.server_process import ServerProcess, is_healthy, tail
from vendure.store import Progress, fingerprint, install_packages, node_problem

from devenv import environment, sql

from .actions import StoreActions, StoreError, staff
from .catalog import set_up
from .situations import place_all

Json = dict[str, Any]

SOURCES = Path(__file__).parent
SIZE = "260 MB, up to two minutes"
MIGRATE_SECONDS = 300
START_SECONDS = 120
VARIABLES = {"NODE_ENV": "production", "TZ": "UTC", "MEDUSA_DISABLE_TELEMETRY": "true"}

__all__ = ["Store", "node_problem", "reset", "stop"]


@dataclass
class Store(StoreActions):
    """A running store: where it is, the connector's key, what the seed made, and its orders by situation."""

    url: str
    api_key: str = field(repr=False)
    setup: Json = field(repr=False)
    situations: dict[str, str]


class _Database:
    """The store's databases: one that is seeded, and the copy that is worked on."""

    def __init__(self) -> None:
        databases = environment.prepare()
        self._server = databases.server
        # On a server that others use, too, the template's name ends with a mark of this checkout.
        self.seeded = "ec_medusa" + databases.template.removeprefix("ec_template")
        self.work = f"{self.seeded}_work"

    def exists(self, name: str) -> bool:
        return bool(sql.scalar(self._server, "SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def create(self, name: str, template: str = "template0") -> None:
        """Make a database anew."""
        sql.rows(self._server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        sql.rows(self._server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def url(self, name: str) -> str:
        """The address of a database; the host may be the folder of a socket."""
        variables = {**os.environ, **self._server.environment()}
        user = quote(variables["PGUSER"], safe="")
        password = variables.get("PGPASSWORD")
        login = f"{user}:{quote(password, safe='')}" if password else user
        return f"postgres://{login}@{quote(variables['PGHOST'], safe='')}:{variables['PGPORT']}/{name}"


def reset(folder: Path, progress: Progress | None = None) -> Store:
    """Return the store as it was seeded, running, after installing and seeding what is missing."""
    tell = progress or (lambda message: None)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    database, server = _Database(), ServerProcess(folder)
    with server.locked():
        server.stop()
        install_packages(folder, SOURCES, tell, SIZE)
        for file in (SOURCES / "shop").iterdir():
            shutil.copyfile(file, folder / file.name)
        if not (_seeded(folder) and database.exists(database.seeded)):
            tell("creating the store and placing its orders")
            _seed(server, database)
        database.create(database.work, database.seeded)
        port = _launch(server, database.url(database.work))
    known = json.loads((folder / "seeded.json").read_text())
    return Store(f"http://127.0.0.1:{port}", known["api_key"], known["setup"], known["situations"])


def stop(folder: Path) -> None:
    """Stop the store; its data stays. Does nothing when it is not running."""
    server = ServerProcess(folder.resolve())
    if server.folder.is_dir():
        with server.locked():
            server.stop()


def _seed(server: ServerProcess, database: _Database) -> None:
    folder = server.folder
    (folder / "seeded.json").unlink(missing_ok=True)
    database.create(database.seeded)
    address, key = database.url(database.seeded), f"sk_{secrets.token_hex(32)}"
    _node(folder, "medusa.js", str(folder), "db:migrate", address=address)
    _node(folder, "key.js", key, address=address)
    url = f"http://127.0.0.1:{_launch(server, address)}"
    setup = set_up(staff(url, key))
    situations = place_all(Store(url, key, setup, {}))
    server.stop()
    known = {"sources": _sources(), "api_key": key, "setup": setup, "situations": situations}
    (folder / "seeded.json").write_text(json.dumps(known, indent=1) + "\n")


def _node(folder: Path, program: str, *arguments: str, address: str) -> None:
    log = folder / f"{program}.log"
    with log.open("w") as output:
        code = subprocess.run(
            ["node", str(folder / program), *arguments], cwd=folder, stdout=output, stderr=subprocess.STDOUT,
            timeout=MIGRATE_SECONDS, check=False, env={**os.environ, **VARIABLES, "DATABASE_URL": address},
        ).returncode  # fmt: skip
    if code:
        raise StoreError(f"{program} {' '.join(arguments[1:])} failed (exit code {code}). From {log}:\n{tail(log)}")


def _launch(server: ServerProcess, address: str) -> int:
    port = server.choose_port(None)
    command = [
        "node",
        str(server.folder / "medusa.js"),
        str(server.folder),
        "start",
        "-H",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    server.launch(command, port, lambda: is_healthy(port), START_SECONDS, **VARIABLES, DATABASE_URL=address)
    return port


def _seeded(folder: Path) -> bool:
    try:
        known = json.loads((folder / "seeded.json").read_text())
    except (OSError, ValueError):
        return False
    return bool(known.get("sources") == _sources())


def _sources() -> str:
    names = ("actions.py", "catalog.py", "situations.py", "package-lock.json")
    return fingerprint([*(SOURCES / name for name in names), *sorted((SOURCES / "shop").iterdir())])


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    try:
        if sys.argv[1] == "stop":
            stop(Path(sys.argv[2]))
        else:
            store = reset(Path(sys.argv[2]), print)
            print(f"{store.url}\nsecret API key: {store.api_key}")
    except StoreError as problem:
        sys.exit(str(problem))
