"""Orders that are invoiced as they ship: invoices that sum to the order, refunds of the right invoice (case 42)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from builders import at, balances, booked, codes, line, order, paid, plan, refund, rule, rulebook, tax
from hypothesis import given, settings
from hypothesis import strategies as st

from ecommerce_connector.core.canonical import LineKind, MoneyState
from ecommerce_connector.core.changes import compare
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine
from ecommerce_connector.core.line_parts import share
from ecommerce_connector.core.plan_text import to_text
from ecommerce_connector.core.plans import EntryKind, PlanStatus
from ecommerce_connector.core.policy import InvoiceOn
from ecommerce_connector.core.posted import Posted
from ecommerce_connector.core.rounding import ZERO, total

RULES = rulebook(rule("discount", label="Discounts (contra-revenue)", id=80))
ADVANCES = rulebook(rule("advance", label="Customer advances", id=90))
FIRST, SECOND, BACK = at("2026-03-12 10:00"), at("2026-03-14 10:00"), at("2026-03-16 10:00")


def shipped(number, when, **quantities):
    lines = tuple(ShippedLine(line_id=key, quantity=D(quantity)) for key, quantity in quantities.items())
    return Fulfilment(external_id=number, at=when, lines=lines)


def mugs(**more):
    """Three mugs for 10.00 with tax, which no three equal parts make."""
    more.setdefault("tenders", [paid("10.00")])
    return order(line("mug", "8.33", tax("1.67"), quantity=D(3), external_id="m"), **more)


def back(amount, quantity, net, taxes, when=BACK, **more):
    return refund(
        amount, line("mug", net, tax(taxes), quantity=D(quantity), external_id="m", **more), when=when
    )  # fmt: skip


def planned(document, rules=None, **more):
    return plan(document, rules, invoice_on=InvoiceOn.FULFILMENT, **more)


def later(document, first, rules=None):
    """The plan of the document after ``first`` is posted, and what of it is new."""
    posted = {}
    for key in first.turns:
        posted |= {entry.key: entry.fingerprint for entry in first.entries() if entry.key == key}
    posted = {e.key: e.fingerprint for e in first.entries() if e.key not in posted} | posted
    known = Posted(
        is_invoiced=any(kind is EntryKind.INVOICE for kind, _id in posted), keys=tuple(posted),
        credited=tuple(its for kind, its in posted if kind is EntryKind.CREDIT_NOTE),
        advances={e.key: bool(e.advance) for e in first.payments},
    )  # fmt: skip
    after = planned(document, rules, posted=known)
    if after.status is PlanStatus.BLOCKED:
        return after, ()
    found = compare(after, posted)
    assert not found.conflicts, found.conflicts
    return after, found.new


def test_case_42_split_shipment():
    document = order(
        line("a", "63", tax("12.60"), discount=D(7), external_id="a"),
        line("b", "27", tax("5.40"), discount=D(3), external_id="b"),
        line("ship", "6", tax("1.20"), kind=LineKind.SHIPPING, external_id="s"),
        fulfilments=(shipped("f1", FIRST, a=1), shipped("f2", SECOND, b=1)),
    )
    found = planned(document)
    assert [(str(move.true_date), move.external_id, move.total) for move in found.moves] == [
        ("2026-03-12", "shipment:f1", D("82.80")), ("2026-03-14", "shipment:f2", D("32.40")),
    ]  # fmt: skip
    assert found.invoiced == document.total == D("115.20")


def test_the_plan_says_which_shipment():
    text = to_text(planned(split(back("3.34", 1, "2.78", "0.56", restock=Restock.STOCK))))
    assert "Invoice of shipment f1, Mar 12, 2026" in text
    assert "Credit note of shipment f1, Mar 16, 2026" in text


def test_nothing_is_booked_before_it_ships_but_the_money():
    found = planned(mugs())
    assert booked(found) == ["Dr PSP 10 / Cr AR 10"]
    assert codes(found.notices) == []
    waiting = planned(mugs(tenders=[]))
    assert waiting.status is PlanStatus.WAITING
    assert "Nothing of it was shipped yet" in waiting.notices[0].message


def test_parts_sum_to_the_order_and_stay_as_they_are():
    one = mugs(fulfilments=(shipped("f1", FIRST, m=1),))
    first = planned(one)
    assert booked(first)[:1] == ["Dr AR 3.34 / Cr Revenue 2.78, Tax payable 0.56"]
    two = replace(one, fulfilments=(*one.fulfilments, shipped("f2", SECOND, m=1)))
    second, new = later(two, first)
    assert [entry.total for entry in new] == [D("3.34")]
    _third, new = later(replace(two, fulfilments=(*two.fulfilments, shipped("f3", BACK, m=1))), second)
    assert [entry.total for entry in new] == [D("3.32")]


def test_a_shipment_without_lines_is_all_that_is_left():
    found = planned(mugs(fulfilments=(shipped("f1", FIRST, m=1), shipped("f2", SECOND))))
    assert [move.total for move in found.moves] == [D("3.34"), D("6.66")]


def test_a_late_earlier_shipment_changes_nothing_posted():
    first = planned(mugs(fulfilments=(shipped("f2", SECOND, m=1),)))
    _after, new = later(mugs(fulfilments=(shipped("f1", FIRST, m=2), shipped("f2", SECOND, m=1))), first)
    assert [(entry.external_id, entry.total) for entry in new] == [("shipment:f1", D("6.66"))]


def test_an_order_that_is_invoiced_whole_stays_so_and_one_by_shipment_too():
    document = mugs(fulfilments=(shipped("f1", FIRST, m=1),))
    whole = Posted(is_invoiced=True, keys=((EntryKind.INVOICE, "1"),))
    assert [move.external_id for move in planned(document, posted=whole).moves] == ["1"]
    parts = Posted(is_invoiced=True, keys=((EntryKind.INVOICE, "shipment:f1"),))
    assert [move.external_id for move in plan(document, posted=parts).moves] == ["shipment:f1"]


def test_an_order_of_downloads_is_invoiced_when_it_is_paid():
    download = order(line("ebook", "10", tax("2"), ships=False), tenders=[paid("12")])
    assert [(move.external_id, move.total) for move in planned(download).moves] == [("1", D(12))]


# === Refunds === #


def split(*refunds, **more):
    return mugs(fulfilments=(shipped("f1", FIRST, m=1), shipped("f2", SECOND, m=2)), refunds=refunds, **more)


def test_a_refund_credits_the_invoice_of_what_it_gives_back():
    found = planned(split(back("3.34", 1, "2.78", "0.56", restock=Restock.STOCK)))
    note = found.moves[-1]
    assert (note.kind, note.reverses, note.total) == (EntryKind.CREDIT_NOTE, "shipment:f1", D("3.34"))
    assert found.residual == 0


def test_a_refund_of_two_shipments_credits_both():
    found = planned(split(back("10.00", 3, "8.33", "1.67")))
    notes = [move for move in found.moves if move.kind is EntryKind.CREDIT_NOTE]
    assert [(note.external_id, note.reverses, note.total) for note in notes] == [
        ("ref-1", "shipment:f1", D("3.34")), ("ref-1@shipment:f2", "shipment:f2", D("6.66")),
    ]  # fmt: skip
    assert balances(found) == {"Revenue": D("-8.33"), "Sales returns": D("8.33")}


def test_what_never_left_is_not_invoiced():
    document = mugs(
        fulfilments=(shipped("f1", FIRST, m=2),),
        refunds=[back("3.33", 1, "2.77", "0.56", when=at("2026-03-11 10:00"))],
    )
    found = planned(document)
    assert [(move.kind, move.total) for move in found.moves] == [(EntryKind.INVOICE, D("6.67"))]
    assert found.residual == 0
    assert codes(found.notices) == []


def test_refunded_after_a_part_shipped_and_the_rest_ships_later():
    first = planned(mugs(fulfilments=(shipped("f1", FIRST, m=1),)))
    given = replace(
        mugs(fulfilments=(shipped("f1", FIRST, m=1),)),
        refunds=(back("3.40", 1, "2.83", "0.57", when=SECOND, restock=Restock.CANCELLED),),
    )
    second, new = later(given, first)
    assert [entry.kind for entry in new] == [EntryKind.REFUND_PAYMENT]
    third, new = later(replace(given, fulfilments=(*given.fulfilments, shipped("f2", BACK, m=1))), second)
    assert [entry.total for entry in new] == [D("3.26")]
    assert third.residual == 0


def test_all_is_given_back_before_it_ships():
    found = planned(mugs(refunds=[refund("10.00")]), ADVANCES)
    assert not found.moves
    assert balances(found) == {}


def test_all_is_given_back_before_it_ships_of_an_order_with_a_rounding_cent():
    document = mugs(total="10.01", tenders=[paid("10.01")], refunds=[refund("10.01")])
    found = planned(document, ADVANCES)
    assert (found.status, found.moves, codes(found.notices)) == (PlanStatus.COMPLETE, (), [])
    assert balances(found) == {}
    assert planned(replace(document, fulfilments=(shipped("f1", BACK),))).moves == ()


def test_shipping_that_is_kept_is_billed_on_the_day_of_the_refund():
    document = order(
        line("mug", "8.33", tax("1.67"), external_id="m"),
        line("dhl", "5", tax("1"), kind=LineKind.SHIPPING, external_id="s"),
        tenders=[paid("16")], refunds=[back("10.00", 1, "8.33", "1.67")],
    )  # fmt: skip
    found = planned(document)
    assert [(move.external_id, str(move.true_date), move.total) for move in found.moves] == [
        ("kept:ref-1", "2026-03-16", D(6))
    ]
    assert found.residual == 0


def test_what_was_kept_is_billed_when_free_goods_are_the_last_that_do_not_ship():
    document = order(
        line("pen", "5", external_id="p"), line("mug", "1", external_id="m"),
        line("gift", "0", discount=D(1), external_id="g"),
        tenders=[paid("6")], fulfilments=(shipped("f1", at("2026-03-11 10:00"), p=1), shipped("f2", BACK)),
        refunds=[
            refund("0.70", line("mug", "1", external_id="m"), when=FIRST),
            refund("0.10", line("gift", "0", external_id="g"), when=SECOND, external_id="ref-2"),
        ],
    )  # fmt: skip
    found = planned(document)
    assert [(move.external_id, move.total) for move in found.moves if move.kind is EntryKind.INVOICE] == [
        ("shipment:f1", D(5)), ("kept:ref-2", D("0.30"))
    ]  # fmt: skip
    assert found.residual == 0


def test_an_amount_given_back_before_delivery_lowers_its_invoice():
    document = mugs(refunds=[refund("1.20", when=at("2026-03-11 10:00"))], fulfilments=(shipped("f1", FIRST),))
    found = planned(document)
    assert [(move.kind, move.net, move.tax) for move in found.moves] == [(EntryKind.INVOICE, D("7.33"), D("1.47"))]
    assert found.residual == 0


def test_an_amount_after_delivery_is_credited_to_the_last_one():
    found = planned(split(refund("1.20", when=BACK)))
    note = found.moves[-1]
    assert (note.reverses, note.net, note.tax) == ("shipment:f2", D("1.00"), D("0.20"))


def test_a_refund_that_settles_late_changes_no_credit_note_that_is_posted():
    """What is posted is taken off what is left first, whatever the turn in which the store lists the refunds."""
    early = refund("44", when=SECOND, external_id="early", state=MoneyState.PENDING)
    document = order(
        line("mug", "100", tax("20"), external_id="m"), line("book", "100", tax("0", "0"), external_id="b"),
        tenders=[paid("220")], fulfilments=(shipped("f1", FIRST),),
        refunds=[early, refund("120", line("mug", "100", tax("20"), external_id="m"), when=BACK, external_id="late")],
    )  # fmt: skip
    first = planned(document)
    settled = replace(document, refunds=(replace(early, state=MoneyState.DONE), document.refunds[1]))
    after, new = later(settled, first)
    assert [move for move in after.moves if move.external_id == "late"] == [first.moves[-1]]
    assert [(entry.key[1], entry.total, entry.tax) for entry in new if entry.kind is EntryKind.CREDIT_NOTE] == [
        ("early", D(44), D(0))
    ]


def test_more_than_is_left_is_a_compensation():
    rules = rulebook(rule("compensation", label="Customer compensation", id=70))
    found = planned(split(refund("13.00")), rules)
    assert found.compensated == D(3)
    assert planned(split(refund("13.00"))).status is PlanStatus.BLOCKED


def test_what_a_small_delivery_cannot_bear_the_next_one_does():
    document = mugs(
        refunds=[refund("4.00", when=at("2026-03-11 10:00"))],
        fulfilments=(shipped("f1", FIRST, m=1), shipped("f2", SECOND)),
    )
    found = planned(document)
    assert [move.total for move in found.moves] == [D("0.00"), D("6.00")]
    assert found.residual == 0


def test_cancelled_after_a_shipment_credits_its_invoice():
    first = planned(mugs(fulfilments=(shipped("f1", FIRST, m=1),)))
    cancelled = mugs(
        fulfilments=(shipped("f1", FIRST, m=1),), refunds=[refund("10.00", when=BACK)], cancelled=True,
        cancelled_at=BACK,
    )  # fmt: skip
    after, new = later(cancelled, first)
    notes = [entry for entry in new if entry.kind is EntryKind.CREDIT_NOTE]
    assert [(note.total, note.reverses) for note in notes] == [(D("3.34"), "shipment:f1")]
    assert after.residual == 0


def test_cancelled_after_shipping_was_kept_credits_that():
    kept = order(
        line("mug", "8.33", tax("1.67"), external_id="m"),
        line("dhl", "5", tax("1"), kind=LineKind.SHIPPING, external_id="s"),
        tenders=[paid("16")], refunds=[back("10.00", 1, "8.33", "1.67")],
    )  # fmt: skip
    first = planned(kept)
    cancelled = replace(kept, cancelled=True, cancelled_at=at("2026-03-18 10:00"))
    after, new = later(cancelled, first)
    assert [(entry.kind, entry.total, entry.reverses) for entry in new] == [(EntryKind.CREDIT_NOTE, D(6), "kept:ref-1")]
    assert after.residual == D(-6)


# === Advances === #


def test_each_invoice_uses_what_it_needs_of_the_advance():
    found = planned(mugs(fulfilments=(shipped("f1", FIRST, m=1),)), ADVANCES)
    assert booked(found) == [
        "Dr AR 3.34 / Cr Revenue 2.78, Tax payable 0.56",
        "Dr PSP 10 / Cr Customer advances 10",
        "Dr Customer advances 3.34 / Cr AR 3.34",
    ]
    whole = mugs(fulfilments=(shipped("f1", FIRST, m=1), shipped("f2", SECOND)))
    after, new = later(whole, found, ADVANCES)
    assert [(str(entry.true_date), entry.key[0]) for entry in new] == [
        ("2026-03-14", EntryKind.INVOICE), ("2026-03-14", EntryKind.ADVANCE_USED),
    ]  # fmt: skip
    assert "Customer advances" not in balances(after)


def test_what_is_left_of_an_advance_is_the_customers_in_the_end():
    over = mugs(tenders=[paid("12.00")], fulfilments=(shipped("f1", FIRST),))
    found = planned(over, ADVANCES)
    assert balances(found)["AR"] == D(-2)
    assert "Customer advances" not in balances(found)
    assert codes(found.notices) == ["overpaid"]


# === Whatever happens === #


@st.composite
def histories(draw):
    """An order of some lines, shipped and given back in parts, told state by state."""
    cents = st.integers(100, 5000) | st.integers(0, 3)
    lines = [
        line(
            f"sku{n}", str(D(draw(cents)) / 100), tax(str(D(draw(cents)) / 500)), quantity=D(draw(st.integers(1, 4))),
            external_id=f"l{n}", discount=D(draw(cents)) / 100,
        )
        for n in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    lines = [
        replace(own, taxes=tuple(replace(t, amount=t.amount.quantize(D("0.01"))) for t in own.taxes)) for own in lines
    ]
    if draw(st.booleans()):
        lines.append(line("dhl", "4.90", tax("0.98"), kind=LineKind.SHIPPING, external_id="s"))
    document = order(*lines)
    document = replace(document, tenders=(paid(str(document.total)),) if document.total else ())
    states, events = [document], draw(st.lists(st.booleans(), min_size=1, max_size=5))
    given = {own.external_id: D(0) for own in lines}
    for number, is_shipment in enumerate(events):
        when = at("2026-03-11 10:00") + timedelta(days=number)
        chosen = draw(st.sampled_from([own for own in lines if own.external_id != "s"]))
        quantity = D(draw(st.integers(1, 3)))
        if is_shipment:
            parts = (ShippedLine(line_id=chosen.external_id, quantity=quantity),) if draw(st.booleans()) else ()
            event = Fulfilment(external_id=f"f{number}", at=when, lines=parts)
            document = replace(document, fulfilments=(*document.fulfilments, event))
        else:
            left = chosen.quantity - given[chosen.external_id]
            quantity = min(quantity, left)
            rest = document.total - document.refunded
            if not quantity or not rest:
                continue
            given[chosen.external_id] += quantity
            part = share(chosen, quantity, chosen.quantity, D("0.01"))
            part = replace(part, discount=ZERO, discounts=(), restock=draw(st.sampled_from(list(Restock))))
            amount = min(rest, part.gross + draw(st.sampled_from([D(0), D("0.50"), D("-0.30")])))
            if amount <= 0:
                continue
            event = refund(str(amount), *([part] if draw(st.booleans()) else []), when=when, external_id=f"r{number}")
            document = replace(document, refunds=(*document.refunds, event))
        states.append(document)
    states.append(replace(document, fulfilments=(*document.fulfilments, Fulfilment(external_id="last", at=BACK))))
    return states


@pytest.mark.parametrize("rules", [None, ADVANCES])
@settings(max_examples=500, deadline=None)
@given(states=histories())
def test_whatever_happens_the_books_are_the_stores(rules, states):
    found = planned(states[0], rules)
    for document in states[1:]:
        if found.status is PlanStatus.BLOCKED:
            assert codes(found.reasons) == ["refund_before_delivery"]
            return
        found, _new = later(document, found, rules) if found.payments or found.moves else (planned(document, rules), ())
    if found.status is PlanStatus.BLOCKED:
        assert set(codes(found.reasons)) <= {"refund_before_delivery"}
        return
    document = states[-1]
    assert found.invoiced == document.total - document.refunded
    assert found.residual == 0
    sums = balances(found)
    assert not {name for name in sums if name in ("AR", "Customer advances")}
    by_invoice = {}
    for move in found.moves:
        key = move.reverses or move.external_id
        by_invoice[key] = by_invoice.get(key, ZERO) + (-move.total if move.reverses else move.total)
    assert all(left >= 0 for left in by_invoice.values()), by_invoice
    assert total(list(by_invoice.values())) == found.invoiced
