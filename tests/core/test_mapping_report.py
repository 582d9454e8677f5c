"""What is told of a set of rules: what is wrong with them, what they cover, which do nothing, where they meet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from builders import rule

from ecommerce_connector.core.mapping_sheet.check import CheckedRule, check
from ecommerce_connector.core.mapping_sheet.report import Booked, ReportedRule, report

TODAY, SINCE = date(2026, 7, 1), date(2026, 4, 3)
D = Decimal


def checked(number, pattern="*", kind="tax", *, rate=None, until=date.max, since=date.min, **more):
    found = rule(kind, pattern, "target", number, rate=rate, date_from=since, date_to=until)
    return CheckedRule(rule=found, name=f"rule {number}", **more)


def codes(*rules, **more):
    return [(item.level.value, item.code, item.rule) for item in check(rules, TODAY, **more)]


def reported(number, pattern="MUG", kind="product", *, store="", items=0, amount="0", **more):
    limits = {name: more.pop(name) for name in ("currency", "country", "match_on", "date_to") if name in more}
    found = rule(kind, pattern, "target", number, of_store=bool(store), **limits)
    return ReportedRule(rule=found, name=f"rule {number}", store=store, items=items, amount=D(amount), **more)


def booked(kind="product", documents=10, lacking=0, amount="100", lacking_amount="0"):
    return Booked(kind=kind, documents=documents, lacking=lacking, amount=D(amount), lacking_amount=D(lacking_amount))


# === What is wrong === #


def test_taxes_of_another_rate():
    assert codes(
        checked(1, rate=D(20), tax_rate=D(10), tax_name="10% S"),
        checked(2, rate=D("5.50"), tax_rate=D("5.5"), tax_name="5.5% S"),
        checked(3, rate=D(0), tax_rate=D(0), tax_name="Export"),
        checked(4, "VAT", tax_rate=D(10)),
        checked(5, rate=D(7), tax_rate=None),
    ) == [("error", "other_rate", 1), ("note", "zero_rate", 3)]
    (finding,) = check([checked(1, rate=D(20), tax_rate=D(10), tax_name="10% S")], TODAY)
    assert finding.message == "rule 1 is for 20 %, but 10% S is 10 %."


def test_archived_targets_but_not_of_rules_that_ended():
    archived = {"archived": ("400100 Sales",)}
    assert codes(checked(1, **archived), checked(2, "A", until=date(2026, 6, 30), **archived)) == [
        ("error", "archived_target", 1)
    ]


def test_ties_are_told_once_and_only_within_a_store():
    assert codes(checked(1, store="A"), checked(2, store="A"), checked(3, store="B")) == [("error", "tie", 1)]


def test_rules_that_end_soon_and_have_no_successor():
    day = date(2026, 8, 30)
    assert codes(checked(1, "A", until=day), checked(2, "B", until=date(2026, 8, 31)), checked(3, "C", until=TODAY),
                 checked(4, "D", until=day), checked(5, "D", since=date(2026, 8, 31))) == [
        ("warning", "ends_soon", 1), ("warning", "ends_soon", 3)
    ]  # fmt: skip
    assert codes(checked(1, "A", until=date(2026, 7, 8)), soon=6) == []


def test_a_temporary_cut_and_back_leaves_no_gap():
    """The rule for 20 %, its version for 16 %, and the one after it for 20 % again: one follows the other."""
    rates = [checked(1, rate=D(20), until=date(2026, 7, 31)),
             checked(2, rate=D(16), since=date(2026, 8, 1), until=date(2026, 8, 25), origin=1),
             checked(3, rate=D(20), since=date(2026, 8, 26), origin=1)]  # fmt: skip
    assert [code for _level, code, _rule in codes(*rates)] == []
    assert codes(*rates[:2]) == [("warning", "ends_soon", 2)]
    alone = checked(2, rate=D(16), since=date(2026, 8, 1))
    assert codes(rates[0], alone) == [("warning", "ends_soon", 1)]


# === What they cover and do === #


def test_coverage_in_percent():
    found = report([], [booked(lacking=1, amount="75", lacking_amount="25"), booked("tax", 0, 0, "0")], SINCE, TODAY)
    assert [(item.kind, item.documents_covered, item.amount_covered) for item in found.coverage] == [
        ("product", D("90.0"), D("75.0")), ("tax", None, None)
    ]  # fmt: skip


def test_unused_and_never_won():
    rules = [
        reported(1, "*", items=5, items_ever=9), reported(2, "MUG"), reported(3, "CUP", items_ever=4),
        reported(4, "*", "tip"), reported(5, "*", "discount", is_traceable=False),
        reported(6, "M*", store="Shop", items=3), reported(7, "OLD", date_to=date(2026, 4, 2)),
    ]  # fmt: skip
    found = report(rules, [booked()], SINCE, TODAY)
    assert [item.rule.id for item in found.unused] == [3, 4]
    assert [(item.rule.rule.id, [one.rule.id for one in item.winners]) for item in found.never_won] == [(2, [6])]


def test_a_value_wins_over_its_groups():
    rules = [reported(1, "web", match_on="tag"), reported(2, "M*", items=4), reported(3, "shop", match_on="tag")]
    (first, second) = report(rules, [booked()], SINCE, TODAY).never_won
    assert [item.rule.id for item in first.winners] == []
    assert [item.rule.id for item in second.winners] == []
    rules.append(reported(4, "w*", match_on="tag", store="Shop", items=1))
    assert [item.rule.id for item in report(rules, [booked()], SINCE, TODAY).never_won[0].winners] == [4]


def test_overlaps():
    rules = [
        reported(1, "*"), reported(2, "M*"), reported(3, "MUG*"), reported(4, "CUP*"), reported(5, "mug"),
        reported(6, "MUG", store="Shop"), reported(7, "MUG", country="FR"),
        reported(8, "X?", "tip"), reported(9, "?Y", "tip"),
        reported(10, "M*", store="One"), reported(11, "M*", store="Two"),
    ]  # fmt: skip
    found = report(rules, [], SINCE, TODAY)
    assert [(item.one.rule.id, item.other.rule.id, item.winner and item.winner.rule.id) for item in found.overlaps] == [
        (2, 10, 10), (2, 11, 11), (5, 6, 6), (5, 7, 7), (6, 7, 6), (2, 3, 3), (3, 10, 10), (3, 11, 11), (8, 9, None),
    ]  # fmt: skip
    many = report([reported(number, f"*{number}*") for number in range(1, 31)], [], SINCE, TODAY)
    assert (len(many.overlaps), many.overlaps_left_out) == (200, 435 - 200)


def test_accounts_used_across_kinds():
    rules = [
        reported(1, accounts=("400 Sales", "600 Goods"), amount="10"), reported(2, "A", accounts=("400 Sales",)),
        reported(3, "*", "tip", accounts=("400 Sales",), amount="2"), reported(4, "*", "fee", accounts=("700 Fees",)),
    ]  # fmt: skip
    (found,) = report(rules, [], SINCE, TODAY).shared_accounts
    assert (found.account, found.kinds, found.rules, found.amount) == ("400 Sales", ("product", "tip"), 3, D(12))
