"""Where things are: the checkout and the folder that holds all state."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPTS = CHECKOUT / "script"
REQUIREMENTS = SCRIPTS / "requirements"
ADDON = "ecommerce_connector"

STATE = CHECKOUT / ".state"
LOGS = STATE / "log"
CONF = STATE / "conf"
DATA = STATE / "data"
DOWNLOADS = STATE / "download"
ODOO = STATE / "odoo"
VENV = STATE / "venv"
LINT_VENV = STATE / "venv-lint"
POSTGRES = STATE / "postgres"
BROWSER = STATE / "browser"
RESULTS = STATE / "results"


def ensure_folder(path):
    """Return ``path``, made if it was not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path
