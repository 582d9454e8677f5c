"""Serve Odoo: in the foreground for a person who develops, in the background for the demo."""

import os
import socket
import time
import urllib.error
import urllib.request

from . import commands
from .paths import LOGS, STATE
from .progress import SetupError

FIRST_PORT = 8069
_SECONDS_TO_START = 120


def free_port(first=FIRST_PORT):
    """Return the first free port from ``first`` on."""
    for port in range(first, first + 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # Without this a port counts as taken for a minute after its last connection.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SetupError(f"No free port from {first} to {first + 199}. Name one: --port N")


def serve_here(databases, name, port):
    """Become an Odoo that serves ``name``; does not return."""
    databases.configure(name, http_port=port, max_cron_threads=1)
    command = [str(part) for part in databases.odoo_command("-d", name)]
    os.execve(command[0], command, databases.environment(name))


class BackgroundServer:
    """The Odoo that serves one database after the command has ended."""

    def __init__(self, name):
        self.name = name
        self.pid_file = STATE / f"odoo-{name}.pid"
        self.log = LOGS / f"server-{name}.log"

    def address(self):
        """Return where it serves, ``None`` when it does not run."""
        try:
            pid, port = map(int, self.pid_file.read_text().split())
        except (OSError, ValueError):
            return None
        return f"http://127.0.0.1:{port}" if self.name in commands.process_command_line(pid) else None

    def start(self, databases, port=None):
        """Start it, wait until it answers, and return its address."""
        port = port or free_port()
        databases.configure(self.name, http_port=port, max_cron_threads=1)
        process = commands.start_in_background(
            databases.odoo_command("-d", self.name), f"server-{self.name}", databases.environment(self.name)
        )
        self.pid_file.write_text(f"{process.pid} {port}\n")
        deadline = time.monotonic() + _SECONDS_TO_START
        while not _answers(f"http://127.0.0.1:{port}/web/login"):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise SetupError(f"Odoo did not start to serve {self.name}. See {self.log}")
            time.sleep(0.2)
        return self.address()

    def stop(self):
        """Stop it; return whether it was running."""
        running = self.address() is not None
        if running:
            commands.stop_process(int(self.pid_file.read_text().split()[0]))
        self.pid_file.unlink(missing_ok=True)
        return running


def _answers(address):
    # No proxy: the environment may name one that does not know this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
