"""Programs that run side by side: the output of each is told whole when it ends, and all can be stopped at once."""

import contextlib
import os
import signal
import subprocess
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from .paths import LOGS, ensure_folder
from .progress import say

_SECONDS_TO_END = 30


class SideBySide:
    """Runs functions in threads, which run programs."""

    def __init__(self):
        self._running = set()
        self._starting = threading.Lock()
        self._stopped = False

    def call(self, function, items, lanes):
        """Return the results of ``function`` for all items, ``lanes`` of them at once.

        When one fails unexpectedly or somebody interrupts, the running programs are interrupted and no more begin.
        """
        with ThreadPoolExecutor(lanes) as pool, _ended_like_interrupted():
            futures = [pool.submit(function, item) for item in items]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stop()
                raise

    def run(self, command, name, **options):
        """Run a program, tell what it said, and return its exit code."""
        path = ensure_folder(LOGS) / f"{name}.log"
        with path.open("wb") as output:
            # A group of its own, so that an interruption reaches all that it started, and once.
            options |= {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
            with self._starting:
                if self._stopped:
                    return 1
                process = subprocess.Popen(command, start_new_session=True, **options)
                self._running.add(process)
            code = process.wait()
        self._running.discard(process)
        say(path.read_text(errors="replace").rstrip())
        return code

    def _stop(self):
        with self._starting:
            self._stopped = True
        for number in (signal.SIGINT, signal.SIGKILL):
            for process in list(self._running):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            for process in list(self._running):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS_TO_END)


@contextlib.contextmanager
def _ended_like_interrupted():
    """Let the signal that ends a program act like Ctrl-C: the programs in groups of their own would go on."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        for number, handler in before.items():
            if handler == signal.SIG_DFL:  # not under nohup
                signal.signal(number, signal.default_int_handler)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
