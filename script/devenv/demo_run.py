"""The demo from nothing to a running Odoo; a second run reuses what is there."""

from concurrent.futures import ThreadPoolExecutor

from . import demo_job, demo_store, environment, postgres, stamps
from .odoo_server import BackgroundServer
from .paths import ADDON, CHECKOUT, STATE, ensure_folder
from .progress import SetupError, elapsed, say, step

DATABASE = "ec_demo"
_FACTS = STATE / "demo"


def run(reset=False, serve=True, port=None):
    """Set everything up, do the main job, leave Odoo running."""
    server = BackgroundServer(DATABASE)
    with ThreadPoolExecutor() as pool:
        store_job = pool.submit(demo_store.start, reset)
        databases = environment.prepare()
        if reset:
            server.stop()
            databases.drop_database(DATABASE)
        _prepare_database(databases, server)
        store = store_job.result()
    demo_job.run_main_job(databases, DATABASE, store)
    if serve:
        _serve(databases, server, port)
    say(f"Store:    {store.url}")
    say(f"Database: {databases.server.how_to_reach(DATABASE)}")
    say(f"Done in {elapsed():.1f} s. Everything is stopped by: script/demo --stop")


def stop():
    """Stop all that the demo leaves running."""
    if BackgroundServer(DATABASE).stop():
        say("Odoo stopped")
    demo_store.stop()
    say("Store stopped")
    if postgres.stop():
        say("Private PostgreSQL stopped")


def _prepare_database(databases, server):
    """Make sure that the database exists with the addon as it is in the checkout."""
    wanted = {"addon": stamps.digest(*_addon_files())}
    if not databases.exists(DATABASE):
        with step(f"Database {DATABASE}"):
            databases.create_database(DATABASE)
            databases.install_addon(DATABASE)
    elif not databases.is_ours(DATABASE):
        raise SetupError(
            f"The server has a database {DATABASE} that another checkout made: drop it, or use another server."
        )
    elif not databases.is_installed(DATABASE):
        with step(f"Installing {ADDON} in {DATABASE}"):
            databases.install_addon(DATABASE)
    elif stamps.read(_FACTS) != wanted:
        with step(f"Updating {ADDON} in {DATABASE}"):
            server.stop()
            databases.update_addon(DATABASE)
    stamps.write(ensure_folder(_FACTS), **wanted)


def _addon_files():
    files = (CHECKOUT / ADDON).rglob("*")
    return sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts)


def _serve(databases, server, port):
    address = server.address()
    if not address or port:
        with step("Odoo in the background"):
            server.stop()
            address = server.start(databases, port)
    say(f"\nOdoo:     {address}  login admin, password admin")
