"""A sale that changed after it was invoiced: the document of the difference, to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from builders import entry_text, line, order, plan, policy, tax
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.amendments import amendment, dated
from ecommerce_connector.core.plans import EntryKind
from ecommerce_connector.core.policy import CreditNoteDate, InvoiceDate, InvoiceOn

ON = date(2026, 3, 20)


def invoice(*lines, **more):
    (move,) = plan(order(*lines, **more), invoice_on=InvoiceOn.ORDER).moves
    return move


MUG = line("mug", "100", tax("10", "10"), quantity=D(4))


def test_goods_taken_away_are_credited():
    found = amendment(invoice(MUG), invoice(line("mug", "75", tax("7.50", "10"), quantity=D(3))), ON, date.min)
    assert (found.kind, found.key[1], found.true_date, found.date) == (EntryKind.CREDIT_NOTE, "1", ON, ON)
    assert entry_text(found) == "Dr Revenue 25, Tax payable 2.5 / Cr AR 27.5"
    assert [item.quantity for item in found.lines] == [D(1)]


def test_goods_added_are_invoiced_in_an_open_period():
    found = amendment(invoice(MUG), invoice(MUG, line("pot", "30", tax("3", "10"))), ON, date(2026, 4, 1))
    assert (found.kind, found.true_date, found.date) == (EntryKind.INVOICE, ON, date(2026, 4, 1))
    assert entry_text(found) == "Dr AR 33 / Cr Revenue 30, Tax payable 3"


def test_one_thing_for_another_of_the_same_price_is_an_invoice_of_nothing():
    found = amendment(invoice(MUG), invoice(line("pot", "100", tax("10", "10"))), ON, date.min)
    assert (found.kind, found.total) == (EntryKind.INVOICE, D(0))
    assert sorted((item.key, item.net, item.tax) for item in found.lines) == [
        ("mug", D(-100), D(-10)), ("pot", D(100), D(10)),
    ]  # fmt: skip


def test_another_tax_for_the_same_price():
    found = amendment(invoice(MUG), invoice(line("mug", "90", tax("20", "22"), quantity=D(4))), ON, date.min)
    assert found.total == 0
    assert sorted((str(item.taxes[0].rate), item.net, item.tax) for item in found.lines) == [
        ("10", D(-100), D(-10)), ("22", D(90), D(20)),
    ]  # fmt: skip


def test_more_tax_alone_is_one_of_it():
    found = amendment(invoice(MUG), invoice(line("mug", "100", tax("12", "10"), quantity=D(4))), ON, date.min)
    assert [(found.kind, item.quantity, item.net, item.tax) for item in found.lines] == [
        (EntryKind.INVOICE, D(1), D(0), D(2))
    ]


def test_what_says_the_same_in_other_lines_is_no_document():
    halves = [line("mug", "50", tax("5", "10"), quantity=D(2), external_id=name) for name in "ab"]
    assert amendment(invoice(MUG), invoice(*halves), ON, date.min) is None


@pytest.mark.parametrize(
    ("more", "day"),
    [
        ({}, date(2026, 3, 20)),
        ({"invoice_date": InvoiceDate.IMPORTED}, date(2026, 3, 20)),  # a credit note has a date of its own
        ({"credit_note_date": CreditNoteDate.IMPORTED}, date(2026, 3, 25)),
        ({"credit_note_date": CreditNoteDate.IMPORTED, "first_open_sale_day": date(2026, 4, 1)}, date(2026, 3, 25)),
    ],
)
def test_a_credit_note_of_a_change_has_the_day_that_the_store_wants(more, day):
    less = amendment(invoice(MUG), invoice(line("mug", "75", tax("7.50", "10"), quantity=D(3))), ON, date.min)
    found = dated(less, policy(**more), stored=date(2026, 3, 25), amended=date(2026, 3, 10))
    assert (found.true_date, found.date) == (day, max(day, more.get("first_open_sale_day", day)))


def test_an_invoice_of_a_change_by_its_import_and_never_before_the_first():
    more = amendment(invoice(MUG), invoice(MUG, line("pot", "30", tax("3", "10"))), ON, date.min)
    by_import = policy(invoice_date=InvoiceDate.IMPORTED)
    assert dated(more, by_import, stored=date(2026, 3, 25), amended=ON).true_date == date(2026, 3, 25)
    assert dated(more, policy(), stored=date(2026, 3, 25), amended=date(2026, 3, 31)).date == date(2026, 3, 31)


cents = st.integers(1, 99_999).map(lambda number: D(number) / 100)
lines = st.lists(st.tuples(st.sampled_from(["mug", "pot"]), cents, cents, st.sampled_from(["10", "20"])), max_size=4)


@given(lines, lines)
def test_old_and_amendment_are_the_new(before, after):
    one, other = (
        invoice(*[line(key, str(net), tax(str(amount), rate), external_id=str(at))
                  for at, (key, net, amount, rate) in enumerate([*found, ("cup", D(1), D(0), "0")])])
        for found in (before, after)
    )  # fmt: skip
    found = amendment(one, other, ON, date.min)
    sign = 0 if found is None else -1 if found.kind is EntryKind.CREDIT_NOTE else 1
    assert other.total == one.total + (sign * found.total if found else 0)
    assert other.tax == one.tax + (sign * found.tax if found else 0)
    assert found is None or found.total >= 0
