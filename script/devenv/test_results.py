"""Count tests from pytest's XML reports, and hold skipped ones against the list of allowed reasons."""

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from .paths import SCRIPTS

ALLOWED_SKIPS = SCRIPTS / "allowed_skips.txt"


@dataclass
class Results:
    """Counts of one part, or of several added up."""

    passed: int = 0
    failed: int = 0
    skips: list = field(default_factory=list)

    @property
    def executed(self):
        return self.passed + self.failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skips += other.skips

    def line(self):
        """Return the counts in the form that tools read."""
        return f"{self.passed} passed, {self.failed} failed, {len(self.skips)} skipped"


def read(report, exit_code):
    """Return the counts of a report; a run that ended badly without naming a test counts as one failure."""
    results = Results()
    if report.exists():
        for case in ElementTree.parse(report).iter("testcase"):
            _count(case, results)
    if exit_code not in (0, 5) and not results.failed:
        results.failed = 1
    return results


def not_allowed(skips):
    """Return the skipped tests whose reason is not on the list."""
    allowed = allowed_reasons()
    return [skip for skip in skips if not any(reason in skip for reason in allowed)]


def allowed_reasons():
    """Return the texts, one of which must occur in the reason of a skipped test."""
    lines = ALLOWED_SKIPS.read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _count(case, results):
    name = f"{case.get('classname')}::{case.get('name')}"
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        results.failed += 1
    elif skipped is not None:
        results.skips.append(f"{name}: {skipped.get('message') or skipped.get('type')}")
    else:
        results.passed += 1
