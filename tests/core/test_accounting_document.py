"""docs/accounting.md shows the worked cases, each written from posted entries by a test on the ledger."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "ecommerce_connector" / "tests"
CASES = [case["id"] for case in json.loads((TESTS / "accounting_cases.json").read_text("utf-8"))]
SHOWN = re.findall(r"^### (\w+) · ", (ROOT / "docs" / "accounting.md").read_text("utf-8"), re.MULTILINE)


def test_every_case_is_shown_once_in_order():
    assert SHOWN == CASES
    assert len(CASES) == len(set(CASES))


def test_each_case_shown_is_checked_by_a_test_of_its_name():
    tests = "\n".join(file.read_text("utf-8") for file in sorted(TESTS.glob("test_cases_*.py")))
    checked = re.findall(r'self\.check\(\s*"(\w+)"', tests)
    assert sorted(checked) == sorted(SHOWN)
    assert all(f"def test_case_{case}_" in tests for case in SHOWN)


def test_debits_equal_credits_in_every_case():
    for case in json.loads((TESTS / "accounting_cases.json").read_text("utf-8")):
        for entry in case["entries"]:
            rest = sum(Decimal(debit) - Decimal(credit) for _role, debit, credit in entry["lines"])
            assert rest == 0, (case["id"], entry["label"])
