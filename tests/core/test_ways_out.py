"""Every code that the code base can give an exception has a way out, and none is listed in vain."""

import ast
from decimal import Decimal
from pathlib import Path

import pytest

import ecommerce_connector
from ecommerce_connector.core.goods.costs import CODES as COST_CODES
from ecommerce_connector.core.ownership import Matter, OwnerRule, first_fitting
from ecommerce_connector.core.payouts.matching import MatchStatus
from ecommerce_connector.core.ways_out import WAYS_OUT, Action, Subject, codes_of

ADDON = Path(next(iter(ecommerce_connector.__path__)))
#: Functions whose first text is a code.
MAKERS = {"_reason", "block", "notice", "_tell", "_wait", "Fallen"}
#: What is made from something else than a text in the code: statuses of matching, codes of costs.
COMPUTED = {status.value for status in MatchStatus if status is not MatchStatus.MATCHED} | set(COST_CODES)
#: Looked up, but never shown as an exception.
SILENT = {"combined_invoice", "nothing_to_book", "waits_for_summary"}


def test_every_code_made_has_a_way_out() -> None:
    made = _codes_in_code() | COMPUTED
    assert made - SILENT - set(WAYS_OUT) == set()


def test_no_way_out_is_for_a_code_that_nobody_makes() -> None:
    assert set(WAYS_OUT) - _codes_in_code() - COMPUTED == set()


def test_every_subject_has_codes_and_every_action_is_used() -> None:
    assert all(codes_of(subject) for subject in Subject)
    assert {way.action for way in WAYS_OUT.values()} == set(Action)


def _codes_in_code() -> set[str]:
    """All codes given to a reason, a finding or something that makes one; constants are looked up."""
    # Platforms have codes of another kind: of taxes, of coupons.
    paths = [path for path in ADDON.rglob("*.py") if not {"tests", "platforms"} & set(path.parts)]
    trees = [ast.parse(path.read_text()) for path in paths]
    everywhere = {name: text for tree in trees for name, text in _constants(tree).items()}
    found: set[str] = set()
    for tree in trees:
        constants = everywhere | _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found |= _codes_of_call(node, constants)
            if isinstance(node, ast.Assign):
                found |= _codes_assigned(node, constants)
    return found


def _constants(tree: ast.Module) -> dict[str, str]:
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names, values = [node.targets[0]], [node.value]
            if isinstance(names[0], ast.Tuple) and isinstance(values[0], ast.Tuple):
                names, values = names[0].elts, values[0].elts
            for name, value in zip(names, values, strict=True):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found[name.id] = value.value
    return found


def _codes_assigned(node: ast.Assign, constants: dict[str, str]) -> set[str]:
    """``code, what = "overpaid", ...`` and ``code = "mapping_missing" if ... else ...``."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        target, value = target.elts[0], value.elts[0]
    elif not isinstance(value, ast.IfExp):
        return set()
    is_code = isinstance(target, ast.Name) and target.id == "code"
    return _texts(value, constants) - {""} if is_code else set()


def _codes_of_call(node: ast.Call, constants: dict[str, str]) -> set[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in ("Reason", "Finding", "replace"):
        given = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
        return set().union(*(_texts(value, constants) for value in given))
    if name in MAKERS:
        texts = [text for value in node.args[:2] for text in _texts(value, constants)]
        return {text for text in texts[:1] if text.replace("_", "").isalpha() and text.islower()}
    return set()


def _texts(value: ast.expr, constants: dict[str, str]) -> set[str]:
    if isinstance(value, ast.Constant):
        return {value.value} if isinstance(value.value, str) else set()
    if isinstance(value, ast.IfExp):
        return _texts(value.body, constants) | _texts(value.orelse, constants)
    if isinstance(value, ast.Name):
        return {constants[value.id]} if value.id in constants else set()
    return set()


# === Owners === #


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True), ({"store": 7}, True), ({"store": 8}, False), ({"subject": Subject.ORDER}, True),
        ({"subject": Subject.PAYOUT}, False), ({"code": "overpaid"}, True), ({"code": "busy"}, False),
        ({"severity": "0"}, True), ({"severity": "1"}, False), ({"least": Decimal("10.00")}, True),
        ({"least": Decimal("10.01")}, False), ({"store": 7, "subject": Subject.PAYOUT}, False),
    ],
)  # fmt: skip
def test_everything_that_a_rule_says_must_fit(rule: dict[str, object], fits: bool) -> None:
    matter = Matter(store=7, code="overpaid", severity="0", amount=Decimal("10.00"))
    assert OwnerRule(id=1, **rule).fits(matter) is fits  # type: ignore[arg-type]


def test_first_rule_that_fits_decides() -> None:
    rules = [OwnerRule(id=1, least=Decimal(100)), OwnerRule(id=2), OwnerRule(id=3)]
    small = Matter(store=None, code="unknown_code", severity="1", amount=Decimal(5))
    unknown = Matter(store=None, code="unknown_code", severity="1", amount=None)
    assert first_fitting(rules, small) == rules[1]
    assert first_fitting(rules, unknown) == rules[0]
    assert first_fitting(rules[:1], small) is None
