"""The parts of the test suite, and which of them a command line asks for."""

from dataclasses import dataclass

from .paths import ADDON, CHECKOUT
from .progress import SetupError

# Options of pytest whose value is the next word, which must not be taken for a path.
_OPTIONS_WITH_VALUE = set("-k -m -p -o -c -W -n -r --maxfail --durations --tb --log-level".split())


@dataclass(frozen=True)
class Part:
    """A folder of tests that are run together, and what they need."""

    name: str
    folder: str
    title: str
    needs_odoo: bool = True
    needs_browser: bool = False

    def has_tests(self):
        return any((CHECKOUT / self.folder).rglob("test_*.py"))


CORE = Part("core", "tests/core", "pure tests, without Odoo and without a database", needs_odoo=False)
ADDON_PART = Part("addon", f"{ADDON}/tests", "tests on a database and in a browser", needs_browser=True)
LIVE = Part("live", "tests/live", "live tests: real stores, Odoo's command line")
# In the order to begin them: the pure ones run while a database is made, and single live ones take the longest.
PARTS = (CORE, LIVE, ADDON_PART)


@dataclass(frozen=True)
class Selection:
    """What to run: per part its paths; options for every part."""

    paths: dict
    options: list

    @property
    def is_narrowed(self):
        """Tell whether a part may rightly end up with no test to run."""
        return any(option.startswith(("-k", "-m", "--lf", "--last-failed")) for option in self.options)


def select(arguments):
    """Split pytest's arguments into options and the paths of each part."""
    paths, options = {}, []
    words = iter(arguments)
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            options += [word, next(words, "")]
        elif word.startswith("-"):
            options.append(word)
        else:
            for part, path in _parts_of(word):
                paths.setdefault(part, []).append(path)
    if not paths:
        paths = {part: [part.folder] for part in PARTS}
    return Selection({part: paths[part] for part in PARTS if part in paths}, options)


def _parts_of(word):
    """Return the parts a path belongs to, each with the path to give to pytest."""
    file, separator, test = word.partition("::")
    path = (CHECKOUT / file).resolve()
    if not path.exists():
        raise SetupError(f"There is no {file} in {CHECKOUT}. Options of pytest that take a value: --option=value")
    inside = [(part, f"{path}{separator}{test}") for part in PARTS if path.is_relative_to(CHECKOUT / part.folder)]
    around = [(part, part.folder) for part in PARTS if (CHECKOUT / part.folder).is_relative_to(path)]
    if not inside and not around:
        raise SetupError(f"{file} is in no part of the tests: {', '.join(part.folder for part in PARTS)}")
    return inside or around
