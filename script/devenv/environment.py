"""Put the parts together: what every command needs before it can work."""

from concurrent.futures import ThreadPoolExecutor

from . import browser, locking, odoo_conf, odoo_source, postgres, python_env
from .databases import Databases
from .paths import STATE, ensure_folder
from .progress import SetupError, say


def prepare(template=True, with_browser=False):
    """Return the databases of a complete environment; a second call has nothing left to do."""
    ensure_folder(STATE)
    with locking.exclusive(), ThreadPoolExecutor() as pool:
        # Downloading and unpacking Odoo, its libraries and the browser hardly disturb each other.
        source_job = pool.submit(odoo_source.prepare)
        python_job = pool.submit(python_env.prepare)
        browser_job = pool.submit(browser.prepare) if with_browser else None
        _first_failure(source_job, python_job)
        source = source_job.result()
        python_env.link_odoo(source)
        server = postgres.prepare()
        odoo_conf.write(source, server)
        databases = Databases(source, server)
        if template:
            databases.ensure_template()
        if browser_job:
            browser_job.result()
    return databases


def describe(databases):
    """Say what there is and how to use it."""
    server = databases.server
    say(
        f"\nOdoo {databases.source.version}: {databases.source.python_path}\n"
        f"Commands:   script/odoo ...   script/serve   script/test   script/lint   script/demo\n"
        f"PostgreSQL: {server.how_to_reach(databases.template)}\n"
        f"State:      {STATE} (remove it to start anew)"
    )


def _first_failure(*jobs):
    """Wait for all jobs; tell every failure in one message, since mending one at a time is tedious."""
    failures = [failure for job in jobs if (failure := job.exception())]
    for failure in failures:
        if not isinstance(failure, SetupError):
            raise failure
    if failures:
        raise SetupError("\n\n".join(map(str, failures)))
