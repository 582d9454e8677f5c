"""The demo's store: a live Vendure, or the recording of its answers where there is no Node."""

import sys

from .paths import CHECKOUT, STATE
from .progress import SetupError, notice, say, step

_FOLDER = STATE / "store"


def start(fresh=False):
    """Start the store and return it: ``url``, ``api_key``, ``orders``. ``fresh`` returns it to its seed."""
    vendure = _vendure()
    problem = vendure.node_problem()
    if problem:
        return _start_recording(problem)
    with step("Vendure, the store") as done:
        begin = vendure.reset if fresh else vendure.start
        try:
            store = begin(_FOLDER, progress=lambda text: say(f"{'':11}{text}"))
        except vendure.StoreError as error:
            raise SetupError(str(error)) from error
        done(f"{store.url}, {len(store.orders)} situations")
    return store


def stop():
    """Stop the store if it runs; its orders stay."""
    if _FOLDER.is_dir():
        _vendure().stop(_FOLDER)


def _start_recording(problem):
    from tests.live.vendure.recorded_store import start_recorded_process

    notice(f"{problem}\nUsing a recording of the same store's answers instead: it cannot be changed.")
    with step("The recorded store") as done:
        store = start_recorded_process(_FOLDER)
        done(f"{store.url}, {len(store.orders)} situations")
    return store


def _vendure():
    # The store belongs to the live tests, which are run from the checkout.
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    from tests.live.vendure import store

    return store
