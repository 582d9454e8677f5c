"""One lock per checkout, so that two runs do not prepare the same folder at the same time."""

import contextlib
import fcntl
import os

from .paths import STATE, ensure_folder
from .progress import say


@contextlib.contextmanager
def exclusive(name="setup"):
    """Hold the lock ``name``; the kernel frees it when the process ends, however it ends."""
    with (ensure_folder(STATE) / f"{name}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            say(f"Process {file.read().strip() or '?'} is preparing .state: waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
