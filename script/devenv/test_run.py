"""Run the parts of the test suite, each with what it needs, and sum up."""

import contextlib
import os
import subprocess
import time

from . import environment, odoo_conf, python_env, test_results
from .paths import ADDON, CHECKOUT, RESULTS, SCRIPTS, ensure_folder
from .progress import SetupError, say, step
from .test_parts import CORE, LIVE

_DATABASE_PREFIX = "ec_test_"
_NO_TESTS_COLLECTED = 5


class TestRun:
    """One run of ``script/test``."""

    def __init__(self, selection):
        self.selection = selection
        self.total = test_results.Results()
        self.times = []
        self.problems = []
        self.databases = None

    def run(self):
        """Run every selected part and return the exit code."""
        for part, paths in self.selection.paths.items():
            if part.has_tests():
                self._run_part(part, paths)
            else:
                say(f"\n{part.folder}: no tests there yet")
        return self._sum_up()

    def _run_part(self, part, paths):
        began = time.monotonic()
        try:
            results = self._results_of(part, paths)
        except SetupError as error:
            # The other parts are still worth running: pure tests need less than the ones in a browser.
            results = test_results.Results(failed=1)
            self.problems.append(f"{part.folder}: could not be run (see above)")
            say(f"\n{part.folder}: {error}")
        self.total.add(results)
        self.times.append(f"{part.name:6} {results.line()} in {time.monotonic() - began:.1f} s")

    def _results_of(self, part, paths):
        if part.needs_odoo and not self.databases:
            self._prepare()
        runner = {CORE: self._run_core, LIVE: self._run_live}.get(part, self._run_on_database)
        code, report = runner(part, paths)
        if code == _NO_TESTS_COLLECTED and not self.selection.is_narrowed:
            self.problems.append(f"{part.folder}: no test was collected")
        return test_results.read(report, code)

    def _prepare(self):
        wants_browser = any(part.needs_browser and part.has_tests() for part in self.selection.paths)
        self.databases = environment.prepare(with_browser=wants_browser)
        self.databases.drop_abandoned(_DATABASE_PREFIX)

    def _run_core(self, part, paths):
        python_env.prepare()
        inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        return _pytest(part, ["-p", "no:odoo", *self.selection.options, *paths], inherited)

    def _run_live(self, part, paths):
        # The tests make databases of their own, named so that the ones they leave are found.
        prefix = f"{_DATABASE_PREFIX}{os.getpid()}_"
        variables = {**self.databases.environment(), "EC_TEST_DATABASE_PREFIX": prefix}
        try:
            return _pytest(part, ["-p", "no:odoo", *self.selection.options, *paths], variables)
        finally:
            for name in self.databases.names(prefix):
                self.databases.drop_database(name)

    def _run_on_database(self, part, paths):
        with self._fresh_database() as name:
            # In the configuration of its own a test database needs no port: pytest-odoo takes a free one.
            arguments = [f"--odoo-database={name}", "--odoo-http", *self.selection.options, *paths]
            return _pytest(part, arguments, self.databases.environment(name))

    @contextlib.contextmanager
    def _fresh_database(self):
        name = f"{_DATABASE_PREFIX}{os.getpid()}"
        self.databases.create_database(name)
        try:
            with step(f"Installing {ADDON} in a fresh database"):
                self.databases.install_addon(name)
            yield name
        finally:
            self.databases.drop_database(name)

    def _sum_up(self):
        say("\n" + "=" * 60)
        self._tell_skips()
        if not self.total.executed:
            self.problems.append("no test was executed")
        for problem in self.problems:
            say(f"FAILURE: {problem}")
        say("\n".join(self.times))
        say(self.total.line())
        return 1 if self.problems or self.total.failed else 0

    def _tell_skips(self):
        allowed = test_results.allowed_reasons()
        say(f"Allowed reasons to skip ({test_results.ALLOWED_SKIPS.name}): {'; '.join(allowed) or 'none'}")
        for skip in self.total.skips:
            say(f"skipped: {skip}")
        for skip in test_results.not_allowed(self.total.skips):
            self.problems.append(f"skipped without an allowed reason: {skip}")


def _pytest(part, arguments, variables):
    """Run pytest with its output visible and return its exit code and its report."""
    report = ensure_folder(RESULTS) / f"{part.name}-{os.getpid()}.xml"
    report.unlink(missing_ok=True)
    say(f"\n{part.folder}: {part.title}")
    command = [
        python_env.python(),
        "-m",
        "pytest",
        f"--junitxml={report}",
        "--continue-on-collection-errors",
        *arguments,
    ]
    variables = {
        **variables,
        "PYTHONPATH": str(SCRIPTS),
        "PYTHONPYCACHEPREFIX": str(odoo_conf.STATE / "pycache"),
    }
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    code = subprocess.run([str(word) for word in command], cwd=CHECKOUT, env=variables, check=False).returncode
    return code, report
