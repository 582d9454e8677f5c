"""Chromium for browser tests: found on the machine, installed, or extracted into the state folder."""

import os
import re
import shutil
import stat

from . import commands, debian, stamps
from .paths import BROWSER, LOGS, ensure_folder
from .progress import SetupError, notice, step

# The names under which Odoo's test runner looks for a browser.
_NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
_GET_ONE = "Install Chromium or Google Chrome (as root: apt-get install chromium) so that it is in PATH."
_WRAPPER = """#!/bin/sh
# The libraries this machine lacks lie beside the browser.
root="$(dirname "$(dirname "$(readlink -f "$0")")")/root"
for folder in "$root"/usr/lib/*-linux-gnu* "$root"/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu*/*; do
    [ -d "$folder" ] && LD_LIBRARY_PATH="$folder:$LD_LIBRARY_PATH"
done
export LD_LIBRARY_PATH
export XDG_DATA_DIRS="$root/usr/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_SYSROOT="$root"
exec "$root/usr/lib/chromium/chromium" "$@"
"""


def folder():
    """Return the folder of the browser extracted here, ``None`` when there is none."""
    return BROWSER / "bin" if stamps.read(BROWSER) else None


def find():
    """Return the browser to use and its version, or ``None``."""
    path = os.pathsep.join(filter(None, [os.environ.get("PATH", os.defpath), str(folder() or "")]))
    for name in _NAMES:
        program = shutil.which(name, path=path)
        # Some distributions put a stub there that only tells how to install the browser.
        if program and (version := commands.output_of([program, "--version"])):
            return program, version.strip()
    return None


def prepare():
    """Make sure that there is a browser."""
    if find():
        return
    if not debian.available():
        raise SetupError(f"There is no browser for the browser tests. {_GET_ONE}")
    with step("Chromium for the browser tests") as done:
        if os.geteuid() == 0:
            _install()
        else:
            _extract()
        found = find()
        if not found:
            raise SetupError(f"Chromium does not start here. See {LOGS / 'browser.log'}. {_GET_ONE}")
        done(found[1])


def _install():
    environment = debian.environment()
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    try:
        commands.run(install, "browser", environment)
    except SetupError:
        # A new machine has no package lists, an old one has lists of packages that are gone.
        commands.run(["apt-get", "update"], "browser", environment, hint=_GET_ONE)
        commands.run(install, "browser", environment, hint=_GET_ONE)


def _extract():
    """Extract the package and the dependencies this machine lacks: an ordinary user cannot install."""
    # The machine's own release and package database, so that the libraries fit what is installed.
    apt = debian.Apt(BROWSER / "apt", [])
    apt.update()
    simulated = commands.output_of(
        apt.command("apt-get", "--simulate", "--no-install-recommends", "install", "chromium"), debian.environment()
    )
    wanted = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+) ", simulated or "", re.MULTILINE)
    if not wanted:
        raise SetupError(f"The packages of Chromium cannot be determined here. {_GET_ONE}")
    root = BROWSER / "root"
    shutil.rmtree(root, ignore_errors=True)
    debian.extract(apt.download([f"{name}={version}" for name, version in wanted]), ensure_folder(root))
    wrapper = ensure_folder(BROWSER / "bin") / "chromium"
    wrapper.write_text(_WRAPPER)
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    if commands.output_of([wrapper, "--version"]) is None:
        notice("The extracted Chromium does not start.")
        commands.run([wrapper, "--version"], "browser", hint=_GET_ONE)
    stamps.write(BROWSER, packages=len(wanted))
