"""The mapping document: read cell by cell with every error, written without loss, planned without guessing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.errors import ConnectorError
from ecommerce_connector.core.mapping.store_values import is_blank, plain
from ecommerce_connector.core.mapping_sheet.columns import COLUMNS, DocumentRow, texts_of
from ecommerce_connector.core.mapping_sheet.document import (
    KindColumns,
    format_analytic,
    parse,
    parse_analytic,
    protected,
    read_csv,
    unprotected,
    write_csv,
)
from ecommerce_connector.core.mapping_sheet.importing import ImportPlan, Outcome

HEADER = [column.name for column in COLUMNS]
DESTINATION = ("currency", "country", "state", "customers")
KINDS = {
    "product": KindColumns(
        ("account",), frozenset({"account", "product", "analytic", "inventory account", "cogs account", *DESTINATION}),
        has_groups=True,
    ),
    "tax": KindColumns(
        ("tax",), frozenset({"tax", "tax rate", *DESTINATION, "tax in prices", "remitted by"}),
    ),
    "discount": KindColumns(("discount method",), frozenset({"discount method", "account", "funded by"})),
}  # fmt: skip
JULY = date(2026, 7, 1)


def cells(**values: str) -> list[str]:
    """The cells of a row; the attribute names stand for columns."""
    given_cells = {name.replace("_", " "): text for name, text in values.items()}
    assert set(given_cells) <= set(HEADER)
    return [given_cells.get(name, "") for name in HEADER]


def errors(*rows: list[str], header: list[str] | None = None) -> list[tuple[int, str, str]]:
    """(row, column, problem) of each error."""
    parsed = parse(header or HEADER, list(enumerate(rows, 2)), KINDS)
    return [(error.row, error.column, error.problem) for error in parsed.errors]


def rule(value: str = "MUG", **values: object) -> DocumentRow:
    return DocumentRow(**{"kind": "product", "value": value, "account": "400100", **values})  # type: ignore[arg-type]


def plan(*rows: DocumentRow, existing: tuple[DocumentRow, ...] = (), **more: object) -> ImportPlan:
    numbered = [replace(row, row=number) for number, row in enumerate(rows, 2)]
    return ImportPlan(numbered, existing, **{"company": "Ours", **more})  # type: ignore[arg-type]


def outcomes(found: ImportPlan) -> list[str]:
    return [step.outcome.value for step in found.steps]


# === Reading === #


def test_a_row_is_read_into_what_its_columns_mean():
    (row,) = parse(
        HEADER,
        [(7, cells(number="12", kind=" Tax ", value=" VAT* ", tax_rate="5.50", tax="VAT 5.5", customers="Business",
                   country="fr", valid_from="2026-07-01", status="Draft"))],
        KINDS,
    ).rows  # fmt: skip
    assert row == DocumentRow(
        row=7, number=12, kind="tax", value="VAT*", tax_rate=Decimal("5.5"), tax="VAT 5.5", customers="business",
        country="FR", valid_from=JULY, status="draft",
    )  # fmt: skip


def test_every_error_of_every_cell_is_told():
    found = errors(
        cells(kind="produkt", value="", valid_from="01/07/2026", number="x"),
        cells(kind="product", value="MUG", tax_rate="5,5", customers="companies", account=""),
        cells(kind="tax", value="VAT", tax="VAT", account="4", match_on="tag", status="gone", state="BY"),
        cells(kind="product", value="*", match_on="tag", account="4", valid_from="2026-07-02", valid_to="2026-07-01"),
        cells(kind="product", value="A", account="4", analytic="Web 100"),
    )
    assert found == [
        (2, "kind", "there is no kind 'produkt'"),
        (2, "number", "'x' is not a whole number"),
        (2, "value", "it is empty"),
        (2, "valid from", "'01/07/2026' is not a day such as 2026-01-31"),
        (3, "tax rate", "'5,5' is not a rate such as 20 or 5.5"),
        (3, "customers", "'companies' is none of business, consumer"),
        (3, "account", "a product rule needs its account"),
        (4, "status", "'gone' is none of active, archived, draft, archived draft"),
        (4, "state", "a state needs its country"),
        (4, "account", "a tax rule has none"),
        (4, "match on", "only product rules match on tags and categories"),
        (5, "valid to", "the rule ends before it begins"),
        (5, "value", "a rule for everything matches on the key"),
        (6, "analytic", "'Web 100' is not written like Web: 60; Shop: 40"),
    ]


def test_errors_know_their_place_and_what_to_do():
    parsed = parse(HEADER, [(9, cells(kind="tax", value="VAT", tax="V", tax_rate="5,5"))], KINDS)
    assert [str(error) for error in parsed.errors] == [
        "row 9, tax rate: '5,5' is not a rate such as 20 or 5.5. Write it with a decimal point."
    ]
    assert parsed.errors[0].value == "5,5"
    assert not parsed.rows


def test_values_and_rates_that_cannot_be_meant():
    found = errors(
        cells(kind="tax", value=" \u3000", tax="V", tax_rate="-5"),
        cells(kind="tax", value="\u200b", tax="V", tax_rate="500"),
        cells(kind="tax", value="ＶＡＴ ", tax="V", tax_rate="２０ %"),
    )
    assert found == [
        (2, "value", "it is empty"),
        (2, "tax rate", "'-5' is not a rate such as 20 or 5.5"),
        (3, "value", "it is empty"),
        (3, "tax rate", "'500' is not a rate such as 20 or 5.5"),
    ]
    (row,) = parse(HEADER, [(4, cells(kind="tax", value="ＶＡＴ ", tax="V", tax_rate="２０ %"))], KINDS).rows
    assert (row.value, row.tax_rate) == ("VAT", Decimal(20))


def test_columns_that_are_unknown_doubled_or_missing():
    assert errors(header=[*HEADER, "Kind", "colour"]) == [
        (1, "kind", "two columns have this name"),
        (1, "colour", "there is no such column"),
    ]
    assert errors(header=[name for name in HEADER if name not in ("account", "number")]) == [
        (1, "account", "the column is missing")
    ]


def test_number_twice_and_cells_beyond_the_header():
    row = cells(kind="product", value="A", account="4", number="3")
    assert errors(row, row, [*row[:-1], "", "more"]) == [
        (3, "number", "row 2 has this number too"),
        (4, "", "it has 33 cells, the header has 32"),
        (4, "number", "row 2 has this number too"),
    ]
    assert errors([""] * len(HEADER)) == [], "a row without text is no row"


def test_a_gross_discount_needs_an_account_a_net_one_none():
    assert errors(cells(kind="discount", value="*", discount_method="net")) == []
    assert errors(cells(kind="discount", value="*", discount_method="gross")) == [
        (2, "account", "a discount rule needs its account")
    ]


# === Written and read without loss === #

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
NAME = TEXT.map(str.strip)
#: What a rule holds: without blanks around it.
VALUE = TEXT.map(plain).filter(lambda text: not is_blank(text))
DAYS = st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2090, 1, 1)))


@st.composite
def rows(draw) -> DocumentRow:
    kind = draw(st.sampled_from(sorted(KINDS)))
    columns = {name: draw(NAME) for name in ("product", "inventory account", "cogs account", "analytic", "tax",
                                             "account") if name in KINDS[kind].allowed}  # fmt: skip
    columns.pop("analytic", None)
    start, end = sorted([draw(DAYS) or date.min, draw(DAYS) or date.max])
    return DocumentRow(
        kind=kind, value=draw(VALUE), number=draw(st.one_of(st.none(), st.integers(1, 999999999))),
        store=draw(NAME), company=draw(NAME),
        **{name.replace(" ", "_"): text for name, text in columns.items()}
        | {KINDS[kind].needed[0].replace(" ", "_"): "gross" if kind == "discount" else draw(NAME.filter(bool))}
        | ({"account": draw(NAME.filter(bool))} if kind == "discount" else {})
        | ({"tax_rate": draw(st.decimals(0, 99, places=2)), "remitted_by": draw(st.sampled_from(["", "oss"]))}
           if kind == "tax" else {})
        | ({"analytic": format_analytic((((draw(NAME.filter(bool)), "W & P: 1;"), "60.0"), (("Z\\",), "40")))}
           if kind == "product" else {}),
        valid_from=None if start == date.min else start, valid_to=None if end == date.max else end,
        version=draw(st.one_of(st.none(), st.integers(1, 99))), used=False,
        status=draw(st.sampled_from(["active", "archived", "draft"])),
    )  # fmt: skip


@stable
@given(st.lists(rows(), max_size=4), st.sampled_from([";", ","]))
def test_csv_round_trip(found, delimiter):
    found = [replace(row, number=None) if row.number in [one.number for one in found[:at]] else row
             for at, row in enumerate(found)]  # fmt: skip
    content = write_csv([HEADER, *map(texts_of, found)], delimiter)
    (_line, header), *records = read_csv(content)
    assert header == HEADER
    parsed = parse(header, records, KINDS)
    assert parsed.errors == ()
    assert [replace(row, row=0) for row in parsed.rows] == found


@stable
@given(st.text(max_size=6), st.sampled_from(["", "=", "+1", "-", "@a", "'", "'=", " =", "\t=", "\r"]))
def test_no_cell_is_a_formula_and_each_comes_back(text, start):
    cell = start + text
    assert protected(cell).lstrip()[:1] not in set("=+-@")
    assert protected(cell)[:1] not in set("\t\r\n") - {""}
    assert unprotected(protected(cell)) == cell


@stable
@given(
    st.lists(
        st.tuples(st.lists(NAME.filter(bool), min_size=1, max_size=3).map(tuple), st.sampled_from(["100", "33.3"])),
        max_size=3,
    ).map(tuple)
)
def test_analytic_distributions_come_back(distribution):
    assert parse_analytic(format_analytic(distribution)) == distribution


@pytest.mark.parametrize("text", ["Web", "Web: x", ": 5", "Web: 5: 6", "Web: 5;", "Web & : 5", "Web\\"])
def test_analytic_that_is_written_otherwise(text):
    with pytest.raises(ValueError):
        parse_analytic(text)


def test_the_file_spreadsheets_make():
    content = write_csv([["kind", "account"], ["tax", "0400"], ["=1+1", "a;b\nc"]])
    assert content == b'\xef\xbb\xbfkind;account\r\ntax;0400\r\n\'=1+1;"a;b\nc"\r\n'
    assert read_csv(content) == [(1, ["kind", "account"]), (2, ["tax", "0400"]), (3, ["=1+1", "a;b\nc"])]
    assert read_csv(b"kind,account\n\ntax,4\n") == [(1, ["kind", "account"]), (3, ["tax", "4"])]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "The file is empty"), (b"kind;b\xe9", "Byte 7 of the file is not UTF-8 text"),
        (b'kind;"a', "Row 1 of the file is no row of cells"),
    ],
)  # fmt: skip
def test_files_that_are_no_document(content, problem):
    with pytest.raises(ConnectorError, match=problem):
        read_csv(content)


# === What an import would do === #


def test_unchanged_changed_ended_and_added():
    existing = (rule(number=1), rule("CUP", number=2), rule("HAT", number=3), rule("BAG", number=4))
    found = plan(
        rule(number=1), rule("CUP", number=2, account="400200"), rule("HAT", valid_to=JULY), rule("NEW"),
        rule("BAG", number=4, status="archived"), existing=existing,
    )  # fmt: skip
    assert outcomes(found) == ["unchanged", "changed", "ended", "added", "archived"]
    assert found.steps[1].changes == (("account", "400100", "400200"),)
    assert found.steps[2].rule.number == 3, "found by what it is about"
    assert found.errors == []


def test_a_used_rule_becomes_a_new_version():
    used = rule(number=1, used=True, valid_from=date(2026, 1, 1))
    changed = replace(used, account="400200")
    assert outcomes(plan(changed, existing=(used,))) == ["refused"]
    for found in (
        plan(changed, existing=(used,), start=JULY),
        plan(replace(changed, valid_from=JULY), existing=(used,)),
    ):
        assert outcomes(found) == ["version"]
        assert (found.steps[0].row.valid_from, found.steps[0].previous) == (JULY, 1)
    for day in (date(2026, 1, 1), date(2025, 6, 1)):
        assert outcomes(plan(changed, existing=(used,), start=day)) == ["refused"]
    assert outcomes(plan(replace(used, valid_to=JULY), existing=(used,))) == ["ended"]


def test_a_used_rule_keeps_the_days_on_which_it_decided():
    used = rule(number=1, used=True, last_used=date(2026, 3, 20))

    def problem(**values):
        found = plan(replace(used, **values), existing=(used,))
        return [(error.column, error.value) for error in found.errors] or outcomes(found)

    assert problem(valid_to=date(2026, 3, 19)) == [("valid to", "2026-03-19")]
    assert problem(valid_to=date(2026, 3, 20)) == ["ended"]
    assert problem(status="archived") == [("status", "archived")]
    assert problem(status="archived", valid_to=date(2026, 3, 20)) == ["changed"]
    ended = replace(used, valid_to=date(2026, 3, 20))
    assert outcomes(plan(replace(ended, status="archived"), existing=(ended,))) == ["archived"]
    gone = replace(ended, status="archived", valid_to=None)
    assert outcomes(plan(replace(gone, status="active"), existing=(gone,))) == ["restored"]


def test_a_draft_without_first_day_takes_the_place_of_an_unused_rule():
    old = rule(number=1, account="400100")
    draft = rule(number=2, version=2, replaces=1, account="400200", status="draft")
    applied = replace(draft, status="active")
    assert outcomes(plan(applied, existing=(old, draft))) == ["applied"]
    for replaced in (replace(old, used=True), replace(old, valid_from=JULY)):
        found = plan(applied, existing=(replaced, draft))
        assert [(error.column, error.hint) for error in found.errors] == [("valid from", "Write this day.")]
    assert outcomes(plan(replace(applied, valid_from=JULY), existing=(old, draft))) == ["applied"]


def test_importing_a_new_version_twice_changes_nothing_more():
    used = rule(number=1, used=True, valid_to=date(2026, 6, 30))
    second = rule(number=2, version=2, replaces=1, account="400200", valid_from=JULY)
    found = plan(rule(number=1, account="400200"), existing=(used, second), start=JULY)
    assert outcomes(found) == ["unchanged"]
    assert found.steps[0].rule.number == 2


def test_numbers_of_another_company_are_the_documents_own():
    theirs = rule("CUP", number=1)
    found = plan(
        rule(number=1, company="Theirs"), rule(number=2, company="Theirs", replaces=1, valid_from=JULY, version=2),
        existing=(theirs,),
    )  # fmt: skip
    assert [step.rule for step in found.steps] == [None, None]
    assert [step.previous for step in found.steps] == [None, -2]
    assert outcomes(found) == ["refused", "refused"], "the first never ends"
    found = plan(
        rule(number=1, company="Theirs", valid_to=date(2026, 6, 30)),
        rule(number=2, company="Theirs", replaces=1, valid_from=JULY, version=2), existing=(theirs,),
    )  # fmt: skip
    assert outcomes(found) == ["added", "added"]
    again = tuple(replace(row, number=row.number + 50, company="Ours", replaces=row.replaces and 51)
                  for row in (step.row for step in found.steps))  # fmt: skip
    assert outcomes(plan(*(step.row for step in found.steps), existing=(theirs, *again))) == ["unchanged"] * 2


def test_a_number_of_another_kind_is_not_the_same_rule():
    (step,) = plan(rule(number=1), existing=(DocumentRow(kind="tax", number=1, tax="VAT"),)).steps
    assert (step.outcome, step.rule) == (Outcome.ADDED, None)


def test_ties_are_told_at_their_row():
    found = plan(rule(valid_from=JULY), existing=(rule(number=5),))
    assert [str(error) for error in found.errors] == [
        "row 2, value: row 2 (Product MUG) and rule 5 (Product MUG) would fit the same value on the same days "
        "equally well. End one before the other begins, or make one more specific."
    ]
    assert plan(rule(valid_from=JULY), replace(rule(number=5), valid_to=date(2026, 6, 30)),
                existing=(rule(number=5),)).errors == []  # fmt: skip


def test_what_decided_between_two_rules_cannot_go():
    both = rule(number=3, country="FR", customers="business")
    existing = (rule(number=1, country="FR"), rule(number=2, customers="business"), both)
    for row in (replace(both, status="archived"), replace(both, value="CUP")):
        found = plan(rule(number=1, country="FR"), row, existing=existing)
        assert outcomes(found) == ["unchanged", "refused"]
        assert "rule 2 (Product MUG, business)" in str(found.errors[0])
    assert outcomes(plan(*(replace(one, status="archived") for one in existing), existing=existing)) == ["archived"] * 3


def test_two_rows_may_change_places():
    existing = (rule(number=1), rule("CUP", number=2, account="400200"))
    found = plan(rule("CUP", number=1), rule("MUG", number=2, account="400200"), existing=existing)
    assert outcomes(found) == ["changed", "changed"]


def test_what_cannot_be_changed():
    existing = (rule(number=1, version=2), rule("CUP", number=2, status="draft"))
    for row, column in (
        (rule(number=1, version=3), "version"), (rule(number=1, replaces=9), "replaces"),
        (rule(number=1, status="draft"), "status"), (rule("CUP", number=2, status="archived"), "status"),
    ):  # fmt: skip
        (error,) = plan(row, existing=existing).errors
        assert error.column == column
    assert outcomes(plan(rule("CUP", number=2), existing=existing)) == ["applied"]


# === What it is called === #


def test_rows_are_called_as_the_screens_call_rules():
    row = rule("A_B*", match_on="product_type", store="Shop", country="FR", customers="business", version=2)
    assert str(row) == "Product product type A_B*, FR, business (Shop) v2"
    assert str(DocumentRow(kind="tax", value="VAT", tax_rate=Decimal("5.5"))) == "Tax VAT, 5.5 %"


# === Versions are about the same === #


@pytest.mark.parametrize(
    ("changed", "column"),
    [({"value": "CUP"}, "value"), ({"store": "Other"}, "store"), ({"match_on": "tag"}, "match on")],
)
def test_a_version_is_about_what_the_rule_is_about(changed, column):
    used = rule(number=1, used=True, last_used=date(2026, 3, 10))
    (step,) = plan(replace(used, **changed), existing=(used,), start=JULY).steps
    assert (step.outcome, [error.column for error in step.errors]) == (Outcome.REFUSED, [column])
    draft = rule(number=2, version=2, replaces=1, valid_from=JULY, status="draft")
    (step,) = plan(replace(draft, status="active", **changed), existing=(used, draft)).steps
    assert [error.column for error in step.errors] == [column]
    new = replace(draft, number=None, version=None, **changed)
    assert outcomes(plan(new, existing=(used,))) == ["refused"]
    unused = replace(used, used=False, last_used=None)
    assert outcomes(plan(replace(unused, **changed), existing=(unused, draft))) == ["refused"]
    assert outcomes(plan(replace(unused, **changed), existing=(unused,))) == ["changed"]


def test_a_version_of_another_company_is_about_what_its_rule_is_about():
    first = rule(number=51, company="Theirs", valid_to=date(2026, 6, 30))
    second = rule(number=52, company="Theirs", replaces=51, version=2, valid_from=JULY)
    assert outcomes(plan(first, second)) == ["added", "added"]
    assert outcomes(plan(first, replace(second, value="CUP"))) == ["added", "refused"]
    assert outcomes(plan(first, replace(second, value="mug "))) == ["added", "added"], "the same in another way"
