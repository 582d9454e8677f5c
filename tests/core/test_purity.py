"""The pure packages stay free of Odoo, so that they can be tested, and reasoned about, without a database."""

import ast
from pathlib import Path

import pytest

ADDON = Path(__file__).parents[2] / "ecommerce_connector"
PURE_FILES = sorted(file for package in ("core", "platforms", "processors") for file in (ADDON / package).rglob("*.py"))

TEST_FILES = sorted(
    file for folder in (ADDON / "tests", Path(__file__).parents[1]) for file in folder.rglob("test_*.py")
)


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


@pytest.mark.parametrize("file", TEST_FILES, ids=lambda file: str(file.relative_to(ADDON.parent)))
def test_no_class_of_tests_is_imported(file):
    """It would be collected, and run, a second time in the module that imports it; import its module instead."""
    imported = [node for node in ast.parse(file.read_text(), str(file)).body if isinstance(node, ast.ImportFrom)]
    names = [alias.asname or alias.name for node in imported for alias in node.names]
    assert not [name for name in names if name.startswith("Test")]
