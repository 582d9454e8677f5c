"""Make the pure packages importable without Odoo, and compare plans with their golden texts."""

import sys
import types
from pathlib import Path

import pytest

ADDON = Path(__file__).parents[2] / "ecommerce_connector"
GOLDEN = Path(__file__).parent / "golden"

# Importing the addon would execute its models, which need Odoo: a bare package with its path stands in.
package = types.ModuleType(ADDON.name)
package.__path__ = [str(ADDON)]
sys.modules.setdefault(ADDON.name, package)


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the texts in tests/core/golden anew; read each before you commit",
    )


@pytest.fixture
def golden(request):
    """Compare a text with a file below ``golden/``, or write it there with ``--update-golden``."""

    def check(name, text):
        file = GOLDEN / f"{name}.txt"
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        expected = file.read_text(encoding="utf-8") if file.exists() else "(no golden text: run with --update-golden)\n"
        assert text == expected

    return check
