"""The pure packages stay free of Odoo, so that they can be tested, and reasoned about, without a database."""

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).parents[2] / "ecommerce_connector"
PURE_FILES = sorted(file for package in ("core", "platforms", "processors") for file in (ADDON / package).rglob("*.py"))


def imported_modules(file):
    for node in ast.walk(ast.parse(file.read_text(), str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("file", PURE_FILES, ids=lambda file: str(file.relative_to(ADDON)))
def test_never_imports_odoo(file):
    assert not [name for name in imported_modules(file) if name.split(".")[0] == "odoo"]


def test_there_is_something_to_check():
    assert PURE_FILES
