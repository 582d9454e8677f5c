"""What a person at the terminal sees: steps with elapsed time, notices, one clear message per failure."""

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

_started = time.monotonic()
_printing = threading.Lock()
_audience = None


class SetupError(Exception):
    """An expected failure: its text says what is missing and how to get it."""


def talk_to(stream):
    """Print everything to ``stream`` from now on."""
    global _audience
    _audience = stream


def say(text=""):
    """Print ``text`` at once: steps run in parallel and output may be a pipe."""
    with _printing:
        print(text, file=_audience or sys.stdout, flush=True)


def elapsed():
    """Return the seconds since the command started."""
    return time.monotonic() - _started


@contextlib.contextmanager
def step(title):
    """Announce ``title``, run the block, and tell how long it took.

    The block may change the closing words: ``with step("Odoo") as done: ...; done("19.0")``.
    """
    outcome = ["done"]
    began = time.monotonic()
    say(f"[{elapsed():6.1f} s] {title} ...")
    yield outcome.append
    say(f"[{elapsed():6.1f} s] {title}: {outcome[-1]} ({time.monotonic() - began:.1f} s)")


def notice(text):
    """Print ``text`` so that it cannot be overlooked."""
    lines = text.strip().splitlines()
    rule = "!" * (max(map(len, lines)) + 4)
    say("\n".join([rule, *(f"! {line}" for line in lines), rule]))


def run_command(main):
    """Run the ``main`` function of a script and turn expected failures into one message."""
    name = Path(sys.argv[0]).name
    try:
        code = main(sys.argv[1:])
    except SetupError as error:
        say(f"\nscript/{name}: {error}")
        code = 1
    except PermissionError as error:
        say(f"\nscript/{name}: {_permission_message(error)}")
        code = 1
    except BrokenPipeError:
        # Whoever read the output has enough of it, for example `head`.
        os._exit(1)
    except KeyboardInterrupt:
        say(f"\nscript/{name}: interrupted; the next run goes on where this one stopped")
        code = 130
    sys.exit(code or 0)


def _permission_message(error):
    """Explain a permission error: nearly always another user made the state folder."""
    path = Path(error.filename or ".")
    owner = next((p.stat().st_uid for p in [path, *path.parents] if _visible(p)), None)
    return (
        f"no permission for {path} (owner {owner}, you are {os.getuid()}).\n"
        "Run the command as the user who ran it first, or remove the folder .state and start again."
    )


def _visible(path):
    try:
        return path.exists()
    except PermissionError:
        return False
