"""Where Odoo 19 comes from: a source the person names, or Debian's package, extracted into the state folder."""

import ast
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import debian, stamps
from .paths import ODOO, ensure_folder
from .progress import SetupError, notice, say, step

SERIES = (19, 0)
PACKAGE = "odoo-19"
KNOWN_VERSION = "19.0.0+dfsg-1"

# Debian replaces these files of Odoo by links into other packages; the links are relative, so extracting
# the packages into the same folder mends them. Without jquery every page answers 500.
_LINKED = (
    "libjs-jquery libjs-jquery-form libjs-underscore fonts-roboto-unhinted "
    "fonts-montserrat fonts-inconsolata fonts-glyphicons-halflings"
).split()
# Newer releases of this font renamed the files Odoo links to.
_LINKED_FONT, _LINKED_FONT_VERSION = "fonts-font-awesome", "4.7.0"
# Debian removes this file (background blur in calls); the web client logs an error when it cannot load it.
_REMOVED = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
_LINK = "odoo/addons/web/static/lib/jquery/jquery.js"
_OWN = "ODOO_SRC=/path script/setup (a git checkout of Odoo 19, an extracted package, or its dist-packages folder)"


@dataclass(frozen=True)
class OdooSource:
    """A usable Odoo: the folder to import ``odoo`` from, and its addons."""

    python_path: Path
    addons: tuple
    version: str


def prepare():
    """Return the Odoo source, fetching it when there is none yet."""
    if own := os.environ.get("ODOO_SRC"):
        source = _inspect(Path(own).expanduser().resolve(), f"ODOO_SRC={own}")
        _warn_of_gaps(source)
        return source
    target = ODOO / "debian"
    if not stamps.read(target):
        with step("Odoo 19 from Debian unstable") as done:
            _fetch(target)
            done(stamps.read(target)["version"])
    return _inspect(target, "the extracted package")


def _inspect(folder, name):
    """Find Odoo in ``folder`` and make sure that it is the right series."""
    for candidate in (folder, folder / "usr/lib/python3/dist-packages", folder.parent):
        release = candidate / "odoo" / "release.py"
        if release.is_file():
            break
    else:
        raise SetupError(f"{name}: no odoo/release.py there, so this is no Odoo source. Expected: {_OWN}")
    version = _series(release)
    if version[:2] != SERIES:
        raise SetupError(
            f"{name} is Odoo {version[0]}.{version[1]}; this addon is for {SERIES[0]}.{SERIES[1]}. Go on with {_OWN}"
        )
    addons = tuple(path for path in (candidate / "addons", candidate / "odoo/addons") if _has_manifest(path, "account"))
    if not addons:
        raise SetupError(f"{name} has no addon 'account': the community addons are missing. Go on with {_OWN}")
    return OdooSource(candidate, addons, ".".join(map(str, version[:2])))


def _warn_of_gaps(source):
    """Say once that a source is Debian's package as it is, which the browser tests cannot work with."""
    gaps = [path for path in (_REMOVED, _LINK) if not (source.python_path / path).exists()]
    if (source.python_path / "odoo/addons/mail").is_dir() and gaps:
        say(f"ODOO_SRC lacks {', '.join(gaps)}: Odoo's web client, and the browser tests, need these files.")


def _has_manifest(folder, addon):
    # Debian's package leaves a second folder of manifests beside the real one; only the real one has views.
    return (folder / addon / "__manifest__.py").is_file() and (folder / addon / "views").is_dir()


def _series(release):
    match = re.search(r"^version_info\s*=\s*\(([^)]*)\)", release.read_text(), re.MULTILINE)
    numbers = match[1].split(",")[:2] if match else ()
    try:
        # A development version counts as "saas~19.1" or the like.
        return tuple(int(str(ast.literal_eval(number.strip())).rpartition("~")[2]) for number in numbers)
    except (SyntaxError, ValueError):
        return (0, 0)


def _fetch(target):
    apt = debian.private_apt()
    version = choose_version(apt)
    font = next((v for v in apt.versions(_LINKED_FONT) if _LINKED_FONT_VERSION in v), None)
    packages = [f"{PACKAGE}={version}", *_LINKED, f"{_LINKED_FONT}={font}" if font else _LINKED_FONT]
    partial = target.with_name("partial")
    shutil.rmtree(partial, ignore_errors=True)
    ensure_folder(partial)
    archives = apt.download(packages)
    if len(archives) != len(packages):
        raise SetupError(f"Only {len(archives)} of {len(packages)} packages arrived: run the command again.")
    debian.extract(archives, partial)
    source = _inspect(partial, f"{PACKAGE} {version} of Debian")
    removed = source.python_path / _REMOVED
    if not removed.exists():
        ensure_folder(removed.parent)
        removed.touch()
    stamps.write(partial, version=version)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    shutil.rmtree(archives[0].parent)


def choose_version(apt):
    """Return the version to take: the known one, else another 19.0 with a notice."""
    versions = apt.versions(PACKAGE)
    if KNOWN_VERSION in versions:
        return KNOWN_VERSION
    fitting = [version for version in versions if version.startswith("19.0")]
    if fitting:
        notice(
            f"Debian no longer offers {PACKAGE} {KNOWN_VERSION}, for which this project was tested.\n"
            f"Taking {fitting[0]} instead. If something fails now, that is the first thing to suspect:\n"
            f"go on with {_OWN}."
        )
        return fitting[0]
    offered = f"{PACKAGE} {', '.join(versions)}" if versions else f"no package {PACKAGE}"
    others = [name for name in ("odoo", "odoo-20", "odoo-21") if apt.versions(name)]
    if others:
        offered += f", but {', '.join(f'{name} {apt.versions(name)[0]}' for name in others)}"
    raise SetupError(f"Odoo 19.0 is needed, and Debian unstable has {offered}.\nGo on with {_OWN}.")
