"""Configuration files of Odoo, one per database, and the environment its processes run in."""

import os

from . import browser, python_env
from .paths import CHECKOUT, CONF, DATA, STATE, ensure_folder

GENERAL = STATE / "odoo.conf"
HTTP_PORT = 8069


def write(source, server, database=None, http_port=HTTP_PORT, **options):
    """Write the configuration for ``database`` (or the general one) and return its path."""
    settings = {
        "addons_path": ",".join(map(str, [*source.addons, CHECKOUT])),
        "data_dir": ensure_folder(DATA),
        # The password, if there is one, comes from PGPASSWORD: it is written nowhere.
        "db_host": server.host,
        "db_port": server.port,
        "db_user": server.user,
        "http_interface": "127.0.0.1",
        "http_port": http_port,
        # Local and for development: what acts by itself is switched on by whoever wants it.
        "max_cron_threads": 0,
        "workers": 0,
    }
    if database:
        settings |= {"db_name": database, "dbfilter": f"^{database}$", "list_db": False}
    settings |= options
    path = ensure_folder(CONF) / f"{database}.conf" if database else GENERAL
    text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path


def environment(server, conf=GENERAL):
    """Return the environment for Odoo, pytest and everything they start."""
    # PG* variables outrank Odoo's configuration file, so stray ones must go. Only the password is needed.
    dropped = ("PGDATABASE", "PGSERVICE", "PGHOSTADDR", "PGOPTIONS", "PYTHONHOME", "PYTHONPATH")
    # Uncompiled, Odoo takes seconds longer to start; compiled files lie in the state folder.
    dropped += ("PYTHONDONTWRITEBYTECODE",)
    kept = {name: text for name, text in os.environ.items() if name not in dropped}
    path = [str(folder) for folder in (python_env.VENV / "bin", server.binaries, browser.folder()) if folder]
    return {
        **kept,
        **server.environment(),
        "ODOO_RC": str(conf),
        "PATH": os.pathsep.join([*path, os.environ.get("PATH", os.defpath)]),
        "PYTHONPYCACHEPREFIX": str(STATE / "pycache"),
        "VIRTUAL_ENV": str(python_env.VENV),
    }
