"""Split what is selected into processes of pytest: a part that needs Odoo into several of about the same size."""

import os
from dataclasses import dataclass

from .paths import CHECKOUT
from .test_parts import Part

# More processes than run at once: who is done early takes the next one.
_JOBS_PER_LANE = 3
# Each has an Odoo of its own in memory.
_MOST_LANES = 4


@dataclass(frozen=True)
class Job:
    """One process of pytest."""

    name: str
    part: Part
    paths: list

    @property
    def title(self):
        number = self.name.removeprefix(self.part.name)
        return f"{self.part.folder}{number and f' (process {number})'}: {self.part.title}"


def lanes(selection):
    """Return how many processes run at once: one per processor, if whole parts run without options for pytest.

    Options such as ``-x``, ``--pdb`` or ``--lf`` are about one process, whose output is seen as it comes.
    """
    if selection.options or not all(_is_whole(part, paths) for part, paths in selection.paths.items()):
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_LANES)


def split(selection, lanes):
    """Return the jobs in the order to begin them."""
    jobs = []
    for part, paths in selection.paths.items():
        if not part.has_tests():
            continue
        if lanes == 1 or not part.needs_odoo:
            jobs.append(Job(part.name, part, paths))
            continue
        groups = balanced(_units(CHECKOUT / part.folder), _JOBS_PER_LANE * lanes)
        jobs += [Job(f"{part.name}{number}", part, group) for number, group in enumerate(groups, 1)]
    return jobs


def balanced(units, count):
    """Spread units (lists of files) over at most ``count`` groups of about the same number of bytes."""
    weighed = sorted(((sum((CHECKOUT / file).stat().st_size for file in unit), unit) for unit in units), reverse=True)
    weights, groups = [0] * count, [[] for _ in range(count)]
    for weight, unit in weighed:
        lightest = weights.index(min(weights))
        weights[lightest] += weight
        groups[lightest] += unit
    return [group for group in groups if group]


def _units(folder):
    """Return the files of tests, one by one; those of a store's folders below stay together: they work on one store."""
    alone, stores = [], {}
    for file in sorted(folder.rglob("test_*.py")):
        name = str(file.relative_to(CHECKOUT))
        if file.parent == folder:
            alone.append([name])
        else:
            # "vendure" and "vendure_books" are of one store.
            stores.setdefault(file.parent.name.split("_")[0], []).append(name)
    return [*alone, *stores.values()]


def _is_whole(part, paths):
    return [CHECKOUT / path for path in paths] == [CHECKOUT / part.folder]
