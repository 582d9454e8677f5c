"""Run the parts of the test suite, each with what it needs, and sum up."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from . import odoo_conf, python_env, test_jobs, test_results
from .paths import CHECKOUT, RESULTS, SCRIPTS, STATE, ensure_folder
from .progress import SetupError, say, step
from .side_by_side import SideBySide
from .test_databases import TestDatabases
from .test_parts import CORE, LIVE

_NO_TESTS_COLLECTED = 5
_CACHE = STATE / "pytest"
_FAILED = "v/cache/lastfailed"


@dataclass
class Outcome:
    """What came of a job."""

    job: test_jobs.Job
    results: test_results.Results
    seconds: float
    problem: str = ""


class TestRun:
    """One run of ``script/test``."""

    def __init__(self, selection):
        self.selection = selection
        self.total = test_results.Results()
        self.problems = []
        self.lanes = test_jobs.lanes(selection)
        wants_browser = any(part.needs_browser and part.has_tests() for part in selection.paths)
        self.databases = TestDatabases(wants_browser, many=wants_browser and self.lanes > 1)
        self.programs = SideBySide()

    def run(self):
        """Run every selected part and return the exit code."""
        jobs = test_jobs.split(self.selection, self.lanes)
        if len(jobs) == 1:
            self.lanes = 1
        try:
            outcomes = self._side_by_side(jobs) if self.lanes > 1 else [self._run_job(job) for job in jobs]
        finally:
            self.databases.drop()
        return self._sum_up(outcomes)

    def _side_by_side(self, jobs):
        for job in jobs:
            shutil.rmtree(_CACHE / job.name, ignore_errors=True)
        try:
            return self.programs.call(self._run_job, jobs, self.lanes)
        finally:
            _collect_failures(jobs)

    def _run_job(self, job):
        began, problem = time.monotonic(), ""
        try:
            code, report = self._run_part(job)
            results = test_results.read(report, code)
            if code == _NO_TESTS_COLLECTED and not self.selection.is_narrowed:
                problem = f"{job.title}: no test was collected"
        except SetupError as error:
            # The others are still worth running: pure tests need less than the ones in a browser.
            results, problem = test_results.Results(failed=1), f"{job.title}: could not be run (see above)"
            say(f"\n{job.title}: {error}")
        return Outcome(job, results, time.monotonic() - began, problem)

    def _run_part(self, job):
        """Run pytest and return its exit code and its report."""
        options = self.selection.options
        if job.part is CORE:
            python_env.prepare()
            inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
            return self._pytest(job, ["-p", "no:odoo", *options], inherited)
        if job.part is LIVE:
            return self._pytest(job, ["-p", "no:odoo", *options], self.databases.environment(job.name))
        name, variables = self.databases.copy(job.name)
        # In the configuration of its own a test database needs no port: pytest-odoo takes a free one.
        return self._pytest(job, [f"--odoo-database={name}", "--odoo-http", *options], variables)

    def _pytest(self, job, arguments, variables):
        report = ensure_folder(RESULTS) / f"{job.name}-{os.getpid()}.xml"
        report.unlink(missing_ok=True)
        command = [python_env.python(), "-m", "pytest", f"--junitxml={report}", "--continue-on-collection-errors"]
        command = [str(word) for word in (*command, *arguments, *job.paths)]
        variables = {
            **variables,
            "PYTHONPATH": str(SCRIPTS),
            "PYTHONPYCACHEPREFIX": str(odoo_conf.STATE / "pycache"),
        }
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
        if self.lanes == 1:
            say(f"\n{job.title}")
            return subprocess.run(command, cwd=CHECKOUT, env=variables, check=False).returncode, report
        command += ["-o", f"cache_dir={_CACHE / job.name}", *(["--color=yes"] if sys.stdout.isatty() else [])]
        with step(job.title):
            code = self.programs.run(command, f"test-{job.name}", cwd=CHECKOUT, env=variables)
        return code, report

    def _sum_up(self, outcomes):
        say("\n" + "=" * 60)
        for outcome in outcomes:
            self.total.add(outcome.results)
            self.problems += [outcome.problem] if outcome.problem else []
        self._tell_skips()
        if not self.total.executed:
            self.problems.append("no test was executed")
        for problem in self.problems:
            say(f"FAILURE: {problem}")
        for outcome in outcomes:
            say(f"{outcome.job.name:6} {outcome.results.line()} in {outcome.seconds:.1f} s")
        say(self.total.line())
        return 1 if self.problems or self.total.failed else 0

    def _tell_skips(self):
        allowed = test_results.allowed_reasons()
        say(f"Allowed reasons to skip ({test_results.ALLOWED_SKIPS.name}): {'; '.join(allowed) or 'none'}")
        for skip in self.total.skips:
            say(f"skipped: {skip}")
        for skip in test_results.not_allowed(self.total.skips):
            self.problems.append(f"skipped without an allowed reason: {skip}")


def _collect_failures(jobs):
    """Let a later ``--lf`` know what failed in any of the processes: each has noted its own."""
    failed = {}
    for file in (_CACHE / job.name / _FAILED for job in jobs):
        if file.exists():
            failed |= json.loads(file.read_text())
    ensure_folder((_CACHE / _FAILED).parent)
    (_CACHE / _FAILED).write_text(json.dumps(failed))
