"""One lock per checkout, so that two runs do not prepare the same folder at the same time."""

import contextlib
import fcntl
import os

from .paths import STATE, ensure_folder
from .progress import say


@contextlib.contextmanager
def exclusive(name="setup"):
    """Hold the lock ``name`` against other processes and threads; it is freed however the process ends."""
    with (ensure_folder(STATE) / f"{name}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip()
            if holder != str(os.getpid()):
                say(f"Process {holder or '?'} is preparing .state: waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
