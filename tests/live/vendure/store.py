"""Start, stop and reset the live store.

Sources stay where they are; everything that is installed or written, the database
included, lives in the directory given by the caller. Run from the root of the repository:

    python -m tests.live.vendure.store start|stop|reset DIRECTORY [PORT]
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .actions import StoreActions, StoreError
from .server_process import ServerProcess, is_healthy, tail

SOURCES = Path(__file__).parent
# "nothing" is a package in place of others that a store never loads.
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc", "nothing/package.json")
OLDEST_NODE = 20
INSTALL_SECONDS = 900
SEED_SECONDS = 240
START_SECONDS = 90
# UTC as on a server: in another zone, Vendure on PostgreSQL filters dates wrongly.
SERVER_ENVIRONMENT = {"NODE_ENV": "development", "TZ": "UTC", "VENDURE_DISABLE_TELEMETRY": "true"}

Progress = Callable[[str], None]


@dataclass
class Store(StoreActions):
    """A running store: where it is, the connector's key, and its orders by situation."""

    url: str
    api_key: str
    orders: dict[str, str]
    changeable: bool = True


def start(
    state_dir: Path, port: int | None = None, progress: Progress | None = None, *, packages: Path | None = None
) -> Store:
    """Return the running store, after installing, seeding and starting what is missing.

    ``packages`` is the folder of another store whose installed packages serve this one, too.
    """
    tell = progress or (lambda message: None)
    packages = _created(packages or state_dir)
    with ServerProcess(packages).locked():
        install_packages(packages, SOURCES, tell)
    server = ServerProcess(_created(state_dir))
    with server.locked():
        running_port = server.running_port()
        seeded = _is_seeded(server.folder)
        if running_port and seeded and port in (None, running_port):
            tell(f"the store is already running on port {running_port}")
            return _store(server.folder, running_port)
        server.stop()
        chosen = server.choose_port(port)
        begin = _serve if seeded else _seed
        begin(server, packages, chosen, tell)
        return _store(server.folder, chosen)


def stop(state_dir: Path) -> None:
    """Stop the store; its data stays. Does nothing when it is not running."""
    server = ServerProcess(state_dir.resolve())
    if server.folder.is_dir():
        with server.locked():
            server.stop()


def reset(
    state_dir: Path, port: int | None = None, progress: Progress | None = None, *, packages: Path | None = None
) -> Store:
    """Return to the orders of the seed, and start. Takes seconds: a file is copied back."""
    server = ServerProcess(_created(state_dir))
    with server.locked():
        server.stop()
        _database(server.folder).unlink(missing_ok=True)
    return start(state_dir, port, progress, packages=packages)


def node_available() -> bool:
    """Tell whether this machine can run the store."""
    return node_problem() is None


def node_problem() -> str | None:
    """Say what is missing to run the store and how to get it; None if nothing is."""
    remedy = (
        f"Install Node.js {OLDEST_NODE} or newer with npm: 'apt install nodejs npm' on "
        "Debian 13, or a download from nodejs.org where the system's own is older."
    )
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            return f"The live store needs {program}, which is not in PATH. {remedy}"
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = answer.stdout.strip()
    major = version.removeprefix("v").split(".")[0]
    if not major.isdecimal() or int(major) < OLDEST_NODE:
        return f"The live store cannot run on Node.js {version or '(no version)'}. {remedy}"
    return None


# --- install ---


def install_packages(folder: Path, sources: Path, tell: Progress, size: str = "160 MB, up to a minute") -> None:
    """Install the packages that a store's sources pin, unless these very ones are there."""
    marker = folder / "installed.sha256"
    files = [file for name in PACKAGE_FILES if (file := sources / name).exists()]
    wanted = fingerprint(files)
    if marker.exists() and marker.read_text() == wanted:
        return
    if problem := node_problem():
        raise StoreError(problem)
    tell(f"installing the store's packages with npm ({size})")
    ServerProcess(folder).stop()
    marker.unlink(missing_ok=True)
    for file in files:
        target = folder / file.relative_to(sources)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    _npm_ci(folder)
    marker.write_text(wanted)


def _npm_ci(folder: Path) -> None:
    log = folder / "npm.log"
    with log.open("w") as output:
        try:
            code = subprocess.run(
                ["npm", "ci", "--loglevel=warn"],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=INSTALL_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise StoreError(f"npm did not finish within {INSTALL_SECONDS} s. Its messages: {log}") from error
    if code:
        raise StoreError(
            f"npm could not install the store (exit code {code}). It needs a package "
            "registry: check the network, or 'npm config get registry' and 'proxy'. "
            f"Its last messages, from {log}:\n{tail(log)}"
        )


# --- seed and serve ---


def _seed(server: ServerProcess, packages: Path, port: int, tell: Progress) -> None:
    """Build the store anew, and keep a copy of its database for resets."""
    tell("creating the store and placing its orders")
    folder = server.folder
    for old in ("store.sqlite", "seeded.sqlite", "seeded.json", "seeded.sha256"):
        (folder / old).unlink(missing_ok=True)
    shutil.rmtree(folder / "shop", ignore_errors=True)
    shutil.copytree(SOURCES / "shop", folder / "shop")
    _launch(server, packages, port, ["--seed"], (folder / "seeded.json").exists, SEED_SECONDS)
    (folder / "seeded.sha256").write_text(_seed_fingerprint())


def _serve(server: ServerProcess, packages: Path, port: int, tell: Progress) -> None:
    tell(f"starting the store on port {port}")
    if not _database(server.folder).exists():
        shutil.copyfile(server.folder / "seeded.sqlite", _database(server.folder))
    _launch(server, packages, port, [], lambda: is_healthy(port), START_SECONDS)


def _launch(
    server: ServerProcess, packages: Path, port: int, options: list[str], ready: Callable[[], bool], seconds: int
) -> None:
    program = str(server.folder / "shop" / "server.js")
    command = ["node", program, "--port", str(port), "--data", str(server.folder), *options]
    variables = {**SERVER_ENVIRONMENT, "NODE_PATH": str(packages / "node_modules")}
    server.launch(command, port, ready, seconds, **variables)


def _store(folder: Path, port: int) -> Store:
    seeded = json.loads((folder / "seeded.json").read_text())
    return Store(f"http://127.0.0.1:{port}", seeded["apiKey"], seeded["orders"])


def _is_seeded(folder: Path) -> bool:
    marker = folder / "seeded.sha256"
    return marker.exists() and marker.read_text() == _seed_fingerprint()


def _seed_fingerprint() -> str:
    return fingerprint([SOURCES / "package-lock.json", *sorted((SOURCES / "shop").iterdir())])


# --- files ---


def _created(folder: Path) -> Path:
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _database(folder: Path) -> Path:
    return folder / "store.sqlite"


def fingerprint(files: list[Path]) -> str:
    """A hash of files by name and content."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _main(arguments: list[str]) -> None:
    command, directory, *more = arguments
    state_dir = Path(directory)
    if command == "stop":
        stop(state_dir)
        return
    begin = {"start": start, "reset": reset}[command]
    store = begin(state_dir, int(more[0]) if more else None, print)
    print(f"{store.url}\nvendure-api-key: {store.api_key}")


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except (KeyError, ValueError):
        sys.exit(__doc__)
    except StoreError as problem:
        sys.exit(str(problem))
