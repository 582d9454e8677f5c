"""Virtual environments with pinned packages: one for Odoo and the tests, one for the lint tools."""

import os
import platform
import shutil
import sys
from pathlib import Path

from . import commands, debian, locking, stamps
from .paths import CHECKOUT, LINT_VENV, REQUIREMENTS, STATE, VENV, ensure_folder
from .progress import SetupError, notice, step

# Called from within a virtual environment, this one must not depend on it.
_BASE = getattr(sys, "_base_executable", None) or sys.executable
_NEWEST_TESTED = (3, 13)
_PROGRAM = f"#!{VENV}/bin/python\nimport odoo.cli\n\nodoo.cli.main()\n"
_PIP_HINT = "pip could not install it: check the network and the configuration of pip (`pip config list`)."


def prepare():
    """Make the environment Odoo runs in."""
    if sys.version_info[:2] > _NEWEST_TESTED and not stamps.read(VENV):
        newest = ".".join(map(str, _NEWEST_TESTED))
        notice(
            f"This is Python {platform.python_version()}; Odoo 19 is made for Python up to {newest}.\n"
            "If a package cannot be installed, run the command with an older one: python3.13 script/setup"
        )
    _prepare(VENV, REQUIREMENTS / "odoo.txt", "Python environment for Odoo")


def prepare_lint():
    """Make the environment of the lint tools."""
    _prepare(LINT_VENV, REQUIREMENTS / "lint.txt", "Python environment for the lint tools")


def python(folder=VENV):
    """Return the interpreter of an environment."""
    return folder / "bin" / "python"


def site_packages(folder=VENV):
    """Return the folder with the installed packages."""
    return next((folder / "lib").glob("python3*/site-packages"))


def odoo_program():
    """Return Odoo's command line program; under this name it speaks of itself in its help."""
    return VENV / "bin" / "odoo"


def link_odoo(source):
    """Let Python and pip know the Odoo source: OCA addons then install as ordinary dependencies."""
    for file, text in ((site_packages() / "odoo-source.pth", f"{source.python_path}\n"), (odoo_program(), _PROGRAM)):
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
    odoo_program().chmod(0o755)


def install_to(folder, requirements, log):
    """Install requirements into a plain folder, from wheels only; raise ``SetupError`` when there is none."""
    arguments = ["install", "--no-deps", "--no-compile", "--only-binary=:all:", "--upgrade", "--target", folder]
    _pip(_BASE, [*arguments, "-r", requirements], log)


def _prepare(folder, requirements, title):
    # script/lint and both halves of script/test may begin at the same time.
    with locking.exclusive(folder.name):
        _prepare_alone(folder, requirements, title)


def _prepare_alone(folder, requirements, title):
    # Not the Python version: whoever calls with another python3 must not rebuild it under a running Odoo.
    # The checkout: a virtual environment cannot be moved.
    wanted = {"requirements": stamps.digest(requirements), "checkout": str(CHECKOUT)}
    if stamps.read(folder) == wanted and python(folder).exists():
        return
    with step(title) as done:
        log = f"python-{folder.name}"
        shutil.rmtree(folder, ignore_errors=True)
        commands.run([_BASE, "-m", "venv", "--without-pip", folder], log, hint="Install python3-venv.")
        # Everything is named in the requirements, so pip need not resolve; compiling happens on first use.
        _pip(python(folder), ["install", "--no-deps", "--no-compile", "-r", requirements], log)
        stamps.write(folder, **wanted)
        done(f"Python {platform.python_version()}, {len(list(site_packages(folder).glob('*.dist-info')))} packages")


def _pip(interpreter, arguments, log):
    """Run pip with ``interpreter``, which need not have pip itself."""
    environment = {name: text for name, text in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment |= {"PYTHONPATH": str(_pip_wheel()), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    # A user's own choice of target or of an environment to demand would lead elsewhere.
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"):
        environment.pop(name, None)
    commands.run([interpreter, "-m", "pip", *arguments], log, environment, hint=_PIP_HINT)


def _pip_wheel():
    """Return a wheel of pip: Python's own, the system's, or one from Debian.

    Debian splits pip's wheel from python3, so a machine with python3 alone has none.
    """
    if wheel := _bundled_wheel() or _system_wheel():
        return wheel
    fetched = STATE / "pip"
    with locking.exclusive("pip"):
        if wheel := _newest(fetched / "usr/share/python-wheels"):
            return wheel
        if not debian.available():
            raise SetupError("This Python has no pip and no ensurepip. Install them (python3-venv) and run again.")
        with step("pip from Debian (this Python has none)"):
            debian.extract(debian.private_apt().download(["python3-pip-whl"]), ensure_folder(fetched))
        return _newest(fetched / "usr/share/python-wheels")


def _bundled_wheel():
    try:
        import ensurepip
    except ImportError:
        return None
    return _newest(Path(ensurepip.__file__).parent / "_bundled")


def _system_wheel():
    return _newest("/usr/share/python-wheels")


def _newest(folder):
    return max(Path(folder).glob("pip-*.whl"), default=None)
