"""Run other programs: with a log file, with a clear message when they fail, or in the background."""

import os
import shlex
import signal
import subprocess
import time

from .paths import LOGS, ensure_folder
from .progress import SetupError

_LAST_LINES = 15
_LONGEST_LINE = 200


def run(arguments, log, env=None, cwd=None, hint="", text=""):
    """Run a program with its output in ``.state/log/<log>.log``; raise ``SetupError`` when it fails.

    :param text: what it reads from its standard input
    """
    path = ensure_folder(LOGS) / f"{log}.log"
    with path.open("ab") as output:
        output.write(f"\n$ {shlex.join(map(str, arguments))}\n".encode())
        output.flush()
        start = output.tell()
        try:
            code = subprocess.run(
                [str(argument) for argument in arguments],
                input=text.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                check=False,
            ).returncode
        except FileNotFoundError as error:
            raise SetupError(f"{arguments[0]} is not installed. {hint}".strip()) from error
    if code:
        raise SetupError(failure_message(arguments, code, path, start, hint))
    return path


def failure_message(arguments, code, path, start=0, hint=""):
    """Return what to tell about a failed program: its last words, its log file, what to do."""
    with path.open("rb") as log:
        log.seek(start)
        lines = log.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
    parts = [f"{shlex.join(map(str, arguments[:4]))} ... failed with exit code {code}:"]
    parts += [f"    {line[:_LONGEST_LINE]}" for line in lines]
    parts.append(f"Whole log: {path}")
    return "\n".join(parts + ([hint] if hint else []))


def output_of(arguments, env=None, cwd=None):
    """Return what a program prints, or ``None`` when it is absent or fails."""
    try:
        result = subprocess.run(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=env,
            cwd=cwd,
            check=False,
        )
    except OSError:
        return None
    return result.stdout if result.returncode == 0 else None


def start_in_background(arguments, log, env=None, cwd=None):
    """Start a program that outlives this one and return its process; its output goes to the log."""
    path = ensure_folder(LOGS) / f"{log}.log"
    with path.open("ab") as output:
        # A session of its own and no inherited pipe: neither Ctrl-C here nor a waiting caller may hang on it.
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )


def process_command_line(pid):
    """Return the command line of a running process as text, empty when there is none."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def stop_process(pid, seconds=15):
    """Ask a process to stop, and end it when it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not process_command_line(pid):
                return
            time.sleep(0.1)
