"""Run the lint tools; all of them, so that one run tells everything."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from . import python_env
from .paths import ADDON, CHECKOUT, LINT_VENV
from .progress import say

_PURE = ("core", "platforms", "processors")


def run(fix=False):
    """Run every tool and return the exit code."""
    python_env.prepare_lint()
    if fix:
        for arguments in (["check", "--fix-only", "--quiet", "."], ["format", "--quiet", "."]):
            _run("ruff", arguments)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda tool: (tool, _timed(*tool[1:])), _tools()))
    for (title, *_), (code, output, seconds) in results:
        say(f"{title}: {'failed' if code else 'good'} ({seconds:.1f} s)")
        if code or output:
            say(f"{output}\n")
    return 1 if any(code for _, (code, _, _) in results) else 0


def _tools():
    yield "mypy (the pure packages, strict)", "mypy", _pure_packages()
    yield "pylint-odoo", "pylint", [ADDON]
    yield "ruff check", "ruff", ["check", "."]
    yield "ruff format", "ruff", ["format", "--check", "."]


def _pure_packages():
    packages = [CHECKOUT / ADDON / name for name in _PURE]
    # A package that has no file yet would be an error.
    return [str(package.relative_to(CHECKOUT)) for package in packages if any(package.rglob("*.py"))]


def _timed(tool, arguments):
    began = time.monotonic()
    result = _run(tool, arguments)
    output = (result.stdout + result.stderr).strip()
    return result.returncode, output if result.returncode else "", time.monotonic() - began


def _run(tool, arguments):
    variables = {name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    # pylint starts helpers of its own, and mypy looks for the stubs beside the interpreter that runs it.
    command = [str(python_env.python(LINT_VENV)), "-m", tool, *arguments]
    return subprocess.run(command, cwd=CHECKOUT, env=variables, capture_output=True, text=True, check=False)
