"""What the command line names: records, files, days and credentials."""

import os
from datetime import datetime, time
from pathlib import Path

from ..core.dates import zone
from ..core.errors import ConnectorError
from ..platforms.base import Cursor

CREDENTIALS = ("client_id", "client_secret", "access_token")


def company(env, name):
    """A company by name; without one, the only one.

    :raises ConnectorError: if there are several and none is named: nobody's books are chosen by accident
    """
    companies = env["res.company"]
    if name:
        return _only(companies, [("name", "=", name)], "company", name)
    found = companies.search([])
    if len(found) > 1:
        names = ", ".join(sorted(found.mapped("name")))
        raise ConnectorError(f"There are several companies: {names}.", hint="Name one: --company NAME.")
    return found


def store(env, name):
    """A store by name or id."""
    domain = [("id", "=", int(name))] if name.isdigit() else [("name", "=", name)]
    return _only(env["ecommerce.store"], domain, "store", name)


def processor_account(env, name):
    """A processor account by name; without one, the only one that is paid out."""
    domain = [("name", "=", name)] if name else [("kind", "=", "money")]
    return _only(env["ecommerce.processor.account"], domain, "processor account", name or "(any)")


def _only(model, domain, what, name):
    found = model.search(domain)
    if len(found) == 1:
        return found
    known = ", ".join(sorted(model.search([]).mapped("name"))) or "none"
    problem = "There is no" if not found else "There is more than one"
    raise ConnectorError(f"{problem} {what} {name!r}. There are: {known}.")


def day(text, option):
    """A day of an option; None if it is not given."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise ConnectorError(f"{option} {text}: a day is written YYYY-MM-DD.") from None


def cursor_since(store_record, text):
    """From the beginning of a day in the store's time zone; None: from the beginning."""
    start = day(text, "--since")
    return start and Cursor(changed_at=datetime.combine(start, time.min, zone(store_record.timezone)))


def credentials():
    """Credentials from the environment, by field name."""
    return {name: value for name in CREDENTIALS if (value := os.environ.get(f"ECOMMERCE_{name.upper()}"))}


def read_file(path):
    """(name, content) of a file.

    :raises ConnectorError: if it cannot be read
    """
    try:
        return Path(path).name, Path(path).read_bytes()
    except OSError as error:
        raise ConnectorError(f"{path}: {error.strerror}.") from error


def write_file(path, content):
    """Write a file.

    :raises ConnectorError: if it cannot be written
    """
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise ConnectorError(f"{path}: {error.strerror}.") from error
