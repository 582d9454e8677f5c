"""Take packages from Debian without installing them: a private apt state, download, extract. Needs no root."""

import contextlib
import getpass
import os
import shutil
import time

from . import commands, debian_sources, locking, stamps
from .paths import DOWNLOADS, STATE, ensure_folder
from .progress import SetupError, step

PRIVATE = STATE / "apt"
_SUITES = ("sid", "trixie")
_KEEP_LISTS_FOR = 24 * 3600


def available():
    """Tell whether this machine has apt, dpkg and a Debian archive."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb") and debian_sources.configured_archives())


def environment():
    """Return the environment for apt: its messages are parsed, so they must be in English."""
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


class Apt:
    """An apt state of its own, beside the machine's, which it never changes."""

    def __init__(self, folder, options):
        self.folder = folder
        for sub in ("lists/partial", "cache/archives/partial"):
            ensure_folder(folder / sub)
        self.options = [
            f"Dir::State::lists={folder}/lists",
            f"Dir::Cache={folder}/cache",
            # As an ordinary user apt cannot become its sandbox user; as root that user cannot enter the checkout.
            f"APT::Sandbox::User={getpass.getuser()}",
            "Acquire::Languages=none",
            "Acquire::Retries=3",
            *options,
        ]

    def command(self, program, *arguments):
        """Return the command line of an apt program with this state."""
        return [program, *(part for option in self.options for part in ("-o", option)), *arguments]

    def update(self):
        """Fetch the package lists."""
        hint = (
            "The package lists could not be fetched: check the network and the package sources of this machine, "
            "or give an Odoo 19 of your own: ODOO_SRC=/path"
        )
        failing_on_any = ["-o", "APT::Update::Error-Mode=any"]
        commands.run([*self.command("apt-get"), *failing_on_any, "update"], "apt", environment(), hint=hint)
        stamps.write(self.folder, complete=True)

    def versions(self, package):
        """Return the versions on offer, newest first."""
        listing = commands.output_of(self.command("apt-cache", "madison", package), environment()) or ""
        return [line.split("|")[1].strip() for line in listing.splitlines() if line.count("|") == 2]

    def download(self, packages):
        """Download packages (``name`` or ``name=version``) and return their files."""
        # A folder per set of packages: what another run left half-way is never taken for complete.
        folder = ensure_folder(DOWNLOADS) / "-".join(sorted(package.split("=")[0] for package in packages))[:80]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        commands.run(self.command("apt-get", "download", *packages), "apt", environment(), cwd=folder)
        return sorted(folder.glob("*.deb"))


def extract(archives, target):
    """Extract package files into ``target``."""
    for archive in archives:
        commands.run(["dpkg-deb", "-x", archive, target], "apt", hint="Is the disk full?")


def private_apt():
    """Return the apt state with Debian's unstable release, its lists fetched when they are older than a day."""
    with locking.exclusive("apt"):
        archives = debian_sources.configured_archives()
        if not archives or not shutil.which("apt-get"):
            raise SetupError(
                "This machine has no apt with a Debian archive, from where Odoo 19 is taken.\n"
                "Give an Odoo 19 of your own (git checkout, extracted package or dist-packages folder): "
                "ODOO_SRC=/path script/setup"
            )
        if apt := _with_fresh_lists(archives):
            return apt
        with step("Package lists of Debian unstable"):
            return _update_from_first_good(archives)


def _update_from_first_good(archives):
    failure = None
    for archive in archives:
        apt = _state_for(archive)
        try:
            apt.update()
        except SetupError as error:
            failure = failure or error
            continue
        return apt
    raise failure


def _with_fresh_lists(archives):
    for archive in archives:
        apt = _state_for(archive, write=False)
        if apt and stamps.read(PRIVATE) and time.time() - (PRIVATE / "stamp.json").stat().st_mtime < _KEEP_LISTS_FOR:
            return apt
    return None


def _state_for(archive, write=True):
    sources = PRIVATE / "sources" / "debian.sources"
    text = "".join(debian_sources.stanza_text(archive, suite) for suite in _SUITES)
    if write:
        with contextlib.suppress(FileNotFoundError):
            (PRIVATE / "stamp.json").unlink()
        ensure_folder(sources.parent)
        sources.write_text(text)
    elif not sources.is_file() or sources.read_text() != text:
        return None
    nothing = "/dev/null"
    return Apt(
        PRIVATE,
        [
            f"Dir::Etc::sourcelist={nothing}",
            f"Dir::Etc::sourceparts={sources.parent}",
            # Pinning on this machine is about what it installs; here versions are named.
            f"Dir::Etc::preferences={nothing}",
            f"Dir::Etc::preferencesparts={nothing}",
        ],
    )
