"""Start, stop and reset the live store.

Sources stay where they are; everything that is installed or written, the database
included, lives in the directory given by the caller. Run from the root of the repository:

    python -m tests.live.vendure.store start|stop|reset DIRECTORY [PORT]
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .actions import StoreActions, StoreError

SOURCES = Path(__file__).parent
PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
OLDEST_NODE = 20
PREFERRED_PORT = 3101
INSTALL_SECONDS = 900
SEED_SECONDS = 240
START_SECONDS = 90
STOP_SECONDS = 10
# UTC as on a server: in another zone, Vendure on PostgreSQL filters dates wrongly.
SERVER_ENVIRONMENT = {
    "NODE_ENV": "development",
    "TZ": "UTC",
    "VENDURE_DISABLE_TELEMETRY": "true",
}

Progress = Callable[[str], None]


@dataclass
class Store(StoreActions):
    """A running store: where it is, the connector's key, and its orders by situation."""

    url: str
    api_key: str
    orders: dict[str, str]
    changeable: bool = True


def start(
    state_dir: Path, port: int | None = None, progress: Progress | None = None
) -> Store:
    """Return the running store, after installing, seeding and starting what is missing."""
    tell = progress or (lambda message: None)
    state_dir = _created(state_dir)
    with _locked(state_dir):
        _install(state_dir, tell)
        running_port = _running_port(state_dir)
        seeded = _is_seeded(state_dir)
        if running_port and seeded and port in (None, running_port):
            tell(f"the store is already running on port {running_port}")
            return _store(state_dir, running_port)
        _stop(state_dir)
        chosen = _choose_port(state_dir, port)
        if not seeded:
            _seed(state_dir, chosen, tell)
        else:
            _serve(state_dir, chosen, tell)
        return _store(state_dir, chosen)


def stop(state_dir: Path) -> None:
    """Stop the store; its data stays. Does nothing when it is not running."""
    state_dir = state_dir.resolve()
    if state_dir.is_dir():
        with _locked(state_dir):
            _stop(state_dir)


def reset(
    state_dir: Path, port: int | None = None, progress: Progress | None = None
) -> Store:
    """Return to the orders of the seed, and start. Takes seconds: a file is copied back."""
    state_dir = _created(state_dir)
    with _locked(state_dir):
        _stop(state_dir)
        _database(state_dir).unlink(missing_ok=True)
    return start(state_dir, port, progress)


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


def _install(state_dir: Path, tell: Progress) -> None:
    """Install the pinned packages, unless these very ones are there."""
    marker = state_dir / "installed.sha256"
    wanted = _fingerprint([SOURCES / name for name in PACKAGE_FILES])
    if marker.exists() and marker.read_text() == wanted:
        return
    if problem := node_problem():
        raise StoreError(problem)
    tell("installing the store's packages with npm (160 MB, up to a minute)")
    _stop(state_dir)
    marker.unlink(missing_ok=True)
    for name in PACKAGE_FILES:
        shutil.copyfile(SOURCES / name, state_dir / name)
    _npm_ci(state_dir)
    marker.write_text(wanted)


def _npm_ci(state_dir: Path) -> None:
    log = state_dir / "npm.log"
    with log.open("w") as output:
        try:
            code = subprocess.run(
                ["npm", "ci", "--loglevel=warn"],
                cwd=state_dir, stdout=output, stderr=subprocess.STDOUT,
                check=False, timeout=INSTALL_SECONDS,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise StoreError(
                f"npm did not finish within {INSTALL_SECONDS} s. Its messages: {log}"
            ) from error
    if code:
        raise StoreError(
            f"npm could not install the store (exit code {code}). It needs a package "
            "registry: check the network, or 'npm config get registry' and 'proxy'. "
            f"Its last messages, from {log}:\n{_tail(log)}"
        )


# --- seed and serve ---


def _seed(state_dir: Path, port: int, tell: Progress) -> None:
    """Build the store anew, and keep a copy of its database for resets."""
    tell("creating the store and placing its orders")
    for old in ("store.sqlite", "seeded.sqlite", "seeded.json", "seeded.sha256"):
        (state_dir / old).unlink(missing_ok=True)
    shutil.rmtree(state_dir / "shop", ignore_errors=True)
    shutil.copytree(SOURCES / "shop", state_dir / "shop")
    done = state_dir / "seeded.json"
    _launch(state_dir, port, ["--seed"], done.exists, SEED_SECONDS)
    (state_dir / "seeded.sha256").write_text(_seed_fingerprint())


def _serve(state_dir: Path, port: int, tell: Progress) -> None:
    tell(f"starting the store on port {port}")
    if not _database(state_dir).exists():
        shutil.copyfile(state_dir / "seeded.sqlite", _database(state_dir))
    _launch(state_dir, port, [], lambda: _healthy(port), START_SECONDS)


def _launch(
    state_dir: Path, port: int, options: list[str], ready: Callable[[], bool], seconds: int
) -> None:
    """Start the server, remember it, and wait until it is ready."""
    log = state_dir / "server.log"
    program = str(state_dir / "shop" / "server.js")
    command = ["node", program, "--port", str(port), "--data", str(state_dir), *options]
    # A session of its own: Ctrl-C in a script must not stop a store that it leaves running.
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=state_dir, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | SERVER_ENVIRONMENT,
        )
    _pid_file(state_dir).write_text(json.dumps({"pid": process.pid, "port": port}))
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise StoreError(f"The store stopped while starting. From {log}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            _stop(state_dir)
            raise StoreError(f"The store was not ready after {seconds} s. See {log}.")
        time.sleep(0.1)


def _store(state_dir: Path, port: int) -> Store:
    seeded = json.loads((state_dir / "seeded.json").read_text())
    return Store(f"http://127.0.0.1:{port}", seeded["apiKey"], seeded["orders"])


def _is_seeded(state_dir: Path) -> bool:
    marker = state_dir / "seeded.sha256"
    return marker.exists() and marker.read_text() == _seed_fingerprint()


def _seed_fingerprint() -> str:
    return _fingerprint([SOURCES / "package-lock.json", *sorted((SOURCES / "shop").iterdir())])


# --- the server process ---


def _running_port(state_dir: Path) -> int | None:
    """Return the port of the running server of this directory, if it answers."""
    remembered = _remembered(state_dir)
    pid, port = remembered.get("pid"), remembered.get("port")
    if pid and port and _is_ours(pid, state_dir) and _healthy(port):
        return port
    return None


def _remembered(state_dir: Path) -> dict[str, int]:
    try:
        content: dict[str, int] = json.loads(_pid_file(state_dir).read_text())
    except (OSError, ValueError):
        return {}
    return content


def _is_ours(pid: int, state_dir: Path) -> bool:
    """Tell whether the process is our server: a process id may have been given anew."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # Reap it if it was started here and has ended.
    return f"{state_dir / 'shop' / 'server.js'} " in _command_line(pid)


def _command_line(pid: int) -> str:
    if Path("/proc/self").exists():  # A minimal Linux has no ps.
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        except OSError:
            return ""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _stop(state_dir: Path) -> None:
    remembered = _remembered(state_dir)
    pid = remembered.pop("pid", None)
    if pid and _is_ours(pid, state_dir):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while _is_ours(pid, state_dir):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
    if pid:
        # The port is kept: an Odoo that is connected to this store finds it again.
        _pid_file(state_dir).write_text(json.dumps(remembered))


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _choose_port(state_dir: Path, wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise StoreError(f"Port {wanted} is in use by another program; give another port.")
        return wanted
    for port in (_remembered(state_dir).get("port", PREFERRED_PORT), PREFERRED_PORT):
        if _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


# --- files ---


def _created(state_dir: Path) -> Path:
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    return state_dir


@contextlib.contextmanager
def _locked(state_dir: Path) -> Iterator[None]:
    """Let one process at a time install or start in this directory."""
    with (state_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _database(state_dir: Path) -> Path:
    return state_dir / "store.sqlite"


def _pid_file(state_dir: Path) -> Path:
    return state_dir / "server.json"


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


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
