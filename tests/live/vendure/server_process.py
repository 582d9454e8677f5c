"""A store's server in the background: started, found again by a later run, stopped."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .actions import StoreError

PREFERRED_PORT = 3101
STOP_SECONDS = 10


class ServerProcess:
    """The one server of a folder, which holds its log and, in ``server.json``, what is known of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._file = folder / "server.json"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time change this folder."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def running_port(self) -> int | None:
        """Return the port of the running server, if it answers."""
        port = self._remembered().get("port")
        return port if self._is_running() and is_healthy(port) else None

    def launch(self, command: list[str], port: int, ready: Callable[[], bool], seconds: int, **variables: str) -> None:
        """Start the server, remember it, and wait until it is ready."""
        # A session of its own: Ctrl-C in a script must not stop a store that it leaves running.
        with self.log.open("w") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=os.environ | variables,
            )
        self._remember({"pid": process.pid, "port": port, "command": command})
        deadline = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None:
                raise StoreError(f"The store stopped while starting. From {self.log}:\n{tail(self.log)}")
            if time.monotonic() > deadline:
                self.stop()
                raise StoreError(f"The store was not ready after {seconds} s. See {self.log}.")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server and wait until it has gone."""
        remembered = self._remembered()
        if self._is_running():
            os.kill(remembered["pid"], signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while self._is_running():
                if time.monotonic() > deadline:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(remembered["pid"], signal.SIGKILL)
                time.sleep(0.05)
        if "pid" in remembered:
            # The port is kept: an Odoo that is connected to this store finds it again.
            self._remember({"port": remembered["port"]})

    def choose_port(self, wanted: int | None) -> int:
        """Return the wanted port, else the one used before, else a free one."""
        if wanted is not None:
            if not _is_free(wanted):
                raise StoreError(f"Port {wanted} is in use by another program; give another port.")
            return wanted
        for port in (self._remembered().get("port", PREFERRED_PORT), PREFERRED_PORT):
            if _is_free(port):
                return int(port)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def _is_running(self) -> bool:
        """Compare the command as well: the number of an ended process is given anew."""
        remembered = self._remembered()
        pid, command = remembered.get("pid"), remembered.get("command", [])
        if not pid or not command:
            return False
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # Reap it if it was started here and has ended.
        return _command_line(pid) == " ".join(command)

    def _remembered(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return content

    def _remember(self, content: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(content) + "\n")


def is_healthy(port: int | None) -> bool:
    """Tell whether a store answers on the port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _command_line(pid: int) -> str:
    if Path("/proc/self").exists():  # A minimal Linux has no ps.
        try:
            return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").replace("\0", " ")
        except OSError:
            return ""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
