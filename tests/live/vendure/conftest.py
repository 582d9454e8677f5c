"""A store for the tests: the packages are the demo's, the data are the tests' own."""

from pathlib import Path

import pytest

from .recorded_store import start_recorded
from .store import node_problem, reset, stop

STATE = Path(__file__).parents[3] / ".state"


@pytest.fixture(scope="session")
def live_store():
    """The live store as seeded. Tests place orders of their own to change."""
    if problem := node_problem():
        pytest.skip(f"no Node.js: {problem}")
    yield reset(STATE / "store-tests", packages=STATE / "store")
    stop(STATE / "store-tests")


@pytest.fixture(scope="session")
def recorded_store():
    store = start_recorded()
    yield store
    store.stop()


@pytest.fixture(scope="module")
def shop(request):
    """The live store; without Node.js, the recording of its answers."""
    return request.getfixturevalue("recorded_store" if node_problem() else "live_store")
