"""Refunds by line, by amount and in between: which accounts and taxes they give back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from decimal import Decimal as D

import pytest
from builders import at, balances, booked, codes, line, order, paid, plan, refund, rule, rulebook, sale, tax, taxes_of

from ecommerce_connector.core.canonical import LineKind, MoneyState, Remitter, StoreDocument
from ecommerce_connector.core.plans import EntryKind, OrderPlan, PlanStatus
from ecommerce_connector.core.posted import Posted

MUG = line("mug", "100", tax("20"))
BOOK = line("book", "60", tax("3.30", "5.5"))
STAMP = line("stamp", "10", tax("0", "0"))


def basket(*refunds, total: str | None = None) -> StoreDocument:
    """193.30 with three taxes: 120 at 20 %, 63.30 at 5.5 %, 10 at 0 %."""
    return order(MUG, BOOK, STAMP, total=total, tenders=[paid(total or "193.30")], refunds=refunds)


def notes(planned: OrderPlan) -> list[str]:
    """Credit notes only."""
    assert planned.status is PlanStatus.COMPLETE, planned.reasons
    return [
        text
        for entry, text in zip(planned.entries(), booked(planned), strict=True)
        if entry.kind is EntryKind.CREDIT_NOTE
    ]


def lines_of_note(planned: OrderPlan) -> list[str]:
    """Lines of the last credit note: key, net and taxes."""
    note = [move for move in planned.moves if move.kind is EntryKind.CREDIT_NOTE][-1]
    return [
        f"{item.key} {item.net}" + "".join(f" + {t.amount} at {t.rate} %" for t in item.taxes) for item in note.lines
    ]


# === SPREADING === #


def test_amount_is_spread_over_the_tax_mix_to_the_cent() -> None:
    """20.00 over 120.00, 63.30 and 10.00: 12.42, 6.55 and 1.03, each with its tax inside."""
    planned = plan(basket(refund("20")))
    assert lines_of_note(planned) == [
        "amount_only 10.35 + 2.07 at 20 %", "amount_only 6.21 + 0.34 at 5.5 %", "amount_only 1.03 + 0.00 at 0 %",
    ]  # fmt: skip
    assert notes(planned) == ["Dr Sales allowances 17.59, Tax payable 2.41 / Cr AR 20"]


def test_what_a_line_gave_back_is_no_longer_in_the_mix() -> None:
    planned = plan(
        basket(refund("120", MUG, external_id="r1"), refund("7.33", external_id="r2", when="2026-03-20 10:00"))
    )
    assert lines_of_note(planned) == ["amount_only 6.00 + 0.33 at 5.5 %", "amount_only 1.00 + 0.00 at 0 %"]


def test_refund_by_line_and_more() -> None:
    """The mug and 7.33 for the trouble: the rest bears the taxes of what was kept."""
    planned = plan(basket(refund("127.33", MUG)))
    assert lines_of_note(planned) == [
        "mug 100 + 20 at 20 %", "amount_only 6.00 + 0.33 at 5.5 %", "amount_only 1.00 + 0.00 at 0 %",
    ]  # fmt: skip
    assert notes(planned) == ["Dr Sales returns 100, Tax payable 20.33, Sales allowances 7 / Cr AR 127.33"]


def test_restocking_fee_is_withheld_with_the_tax_of_what_came_back() -> None:
    planned = plan(basket(refund("108", MUG)))
    assert lines_of_note(planned) == ["mug 100 + 20 at 20 %", "withheld -10.00 + -2.00 at 20 %"]
    assert notes(planned) == ["Dr Sales returns 100, Tax payable 18 / Cr AR 108, Sales allowances 10"]


def test_several_taxes_of_one_line_are_spread_together() -> None:
    ski = line("ski", "649.99", tax("32.50", "5", "GST"), tax("64.84", "9.975", "QST"))
    planned = plan(order(ski, tenders=[paid("747.33")], refunds=[refund("100")]))
    assert lines_of_note(planned) == ["amount_only 86.97 + 4.35 at 5 % + 8.68 at 9.975 %"]


def test_yen_have_no_decimals() -> None:
    tea = line("tea", "2940", tax("294", "10"))
    planned = plan(order(tea, currency="JPY", tenders=[paid("3234")], refunds=[refund("1000")]))
    assert lines_of_note(planned) == ["amount_only 909 + 91 at 10 %"]


def test_reason_of_the_refund_is_on_the_credit_note() -> None:
    planned = plan(basket(refund("20", reason="late")))
    note = planned.moves[-1]
    assert (note.label, {item.description for item in note.lines}) == ("late", {"late"})
    unsaid = plan(basket(refund("20"))).moves[-1]
    assert {item.description for item in unsaid.lines} == {"Refund without lines"}
    withheld = plan(basket(refund("108", MUG))).moves[-1]
    assert withheld.lines[-1].description == "Withheld from the refund"


# === THE WHOLE ORDER === #


@pytest.mark.parametrize(
    "refunds",
    [
        [refund("193.30")],
        [refund("193.30", MUG, BOOK, STAMP)],
        [refund("50.01", external_id="r1"), refund("143.29", external_id="r2", when="2026-03-20 10:00")],
        [refund("50.01", external_id="r1"), refund("143.29", MUG, BOOK, STAMP, when="2026-03-20 10:00")],
        [refund("120", MUG, external_id="r1"), refund("73.30", external_id="r2", when="2026-03-20 10:00")],
        [refund("0.01", external_id="r0"), refund("90", MUG, external_id="r1"), refund("103.29", external_id="r2")],
    ],
)
def test_nothing_remains_however_it_was_given_back(refunds: list) -> None:
    planned = plan(basket(*refunds))
    assert planned.status is PlanStatus.COMPLETE
    assert taxes_of(planned.moves) == {("VAT", Decimal("20")): 0, ("VAT", Decimal("5.5")): 0, ("VAT", Decimal("0")): 0}
    assert sum(amount for account, amount in balances(planned).items()) == 0
    assert planned.invoiced == planned.residual == planned.paid == 0


@pytest.mark.parametrize("lines", [(), (MUG, BOOK, STAMP)], ids=["amount only", "by line"])
@pytest.mark.parametrize("total", ["193.34", "193.26"])
def test_rounding_is_given_back_with_the_rest(total: str, lines: tuple) -> None:
    planned = plan(basket(refund(total, *lines), total=total))
    off = Decimal(total) - Decimal("193.30")
    rounding = [(move.kind, item.net) for move in planned.moves for item in move.lines if item.kind == "rounding"]
    assert rounding == [(EntryKind.INVOICE, off), (EntryKind.CREDIT_NOTE, off)]
    assert "Rounding difference" not in balances(planned)
    assert not any(taxes_of(planned.moves).values())


def test_rounding_stays_while_something_of_the_order_stays() -> None:
    planned = plan(basket(refund("193.25"), total="193.26"))
    assert balances(planned)["Rounding difference"] == Decimal("0.04")
    assert planned.residual == 0


def test_credit_within_the_sale_is_taken_back_at_the_end() -> None:
    """27.44 with 1.00 of goodwill inside: giving all back takes the goodwill back, too."""
    goodwill = line("goodwill", "-1", tax("0", "0"), kind=LineKind.FEE)
    document = order(line("mug", "23.70", tax("4.74")), goodwill, tenders=[paid("27.44")], refunds=[refund("27.44")])
    planned = plan(document)
    assert lines_of_note(planned) == ["amount_only 23.70 + 4.74 at 20 %", "amount_only -1 + 0 at 0 %"]
    assert planned.notices == ()


def test_tax_that_a_marketplace_remits_is_spread_too() -> None:
    item = line("mug", "100", tax("8.25", "8.25", "Sales tax", remitter=Remitter.MARKETPLACE))
    document = order(item, tenders=[paid("108.25")], refunds=[refund("54.13")])
    assert notes(plan(document)) == ["Dr Sales allowances 50, Marketplace-tax clearing 4.13 / Cr AR 54.13"]


# === WHAT NEEDS NO CREDIT NOTE === #


def test_value_that_the_store_took_out_of_the_order_is_not_credited_again() -> None:
    """110 was paid, the order shrank to 66: 44 goes back without a credit note, 6.60 more with one."""
    document = order(
        line("mug", "60", tax("6", "10")), tenders=[paid("110")],
        refunds=[refund("44", already_reduced="44", external_id="r1"), refund("6.60", external_id="r2")],
    )  # fmt: skip
    planned = plan(document)
    assert booked(planned) == [
        "Dr AR 66 / Cr Revenue 60, Tax payable 6",
        "Dr Sales allowances 6, Tax payable 0.6 / Cr AR 6.6",
        "Dr PSP 110 / Cr AR 110",
        "Dr AR 44 / Cr PSP 44",
        "Dr AR 6.6 / Cr PSP 6.6",
    ]
    assert planned.residual == 0


def test_a_refund_that_is_partly_reduced_is_credited_for_the_rest() -> None:
    document = order(
        line("mug", "60", tax("6", "10")), tenders=[paid("110")], refunds=[refund("55", already_reduced="44")]
    )
    assert notes(plan(document)) == ["Dr Sales allowances 10, Tax payable 1 / Cr AR 11"]


@pytest.mark.parametrize("state", [MoneyState.PENDING, MoneyState.FAILED, MoneyState.VOIDED])
def test_refund_whose_money_has_not_moved_is_not_booked(state: MoneyState) -> None:
    planned = plan(sale(paid("110"), refunds=[refund("11", state=state)]))
    assert len(list(planned.entries())) == 2
    assert codes(planned.notices) == (["refund_pending"] if state is MoneyState.PENDING else [])


# === WHAT A PERSON SHOULD SEE === #


def test_a_cent_above_the_order_is_too_much() -> None:
    (reason,) = plan(basket(refund("193.31"))).reasons
    assert (reason.code, reason.amount) == ("refund_above_order", Decimal("0.01"))


def test_refunds_are_counted_in_the_order_they_happened() -> None:
    """The late one is at fault, wherever it stands in the payload."""
    late = refund("100", external_id="late", when="2026-03-20 10:00")
    early = refund("100", external_id="early", when="2026-03-12 10:00")
    for refunds in ([late, early], [early, late]):
        (reason,) = plan(basket(*refunds)).reasons
        assert (reason.code, reason.key, reason.amount) == ("refund_above_order", "late", Decimal("6.70"))


def test_line_given_back_after_an_amount_was_spread_credits_more_tax_than_sold() -> None:
    """90.00 took 5.00 of the 10.00 of tax with it; the mug then gives back all 10.00."""
    mug = line("mug", "50", tax("10"))
    document = order(
        mug, line("stamp", "120", tax("0", "0")), tenders=[paid("180")],
        refunds=[refund("90", external_id="r1"), refund("60", mug, external_id="r2", when="2026-03-20 10:00")],
    )  # fmt: skip
    planned = plan(document)
    assert taxes_of(planned.moves)["VAT", Decimal("20")] == Decimal("-5")
    (notice,) = planned.notices
    assert str(notice) == (
        "Order 1001: its refunds credit 30.00 EUR more at VAT 20 % than was sold. "
        "Check the lines of the refunds in the store, and the tax return."
    )
    rest = refund("30", external_id="r3", when="2026-03-25 10:00")
    whole = plan(order(*document.lines, tenders=document.tenders, refunds=[*document.refunds, rest]))
    assert not any(taxes_of(whole.moves).values())
    assert whole.notices == ()


def test_adjustment_without_rule_blocks() -> None:
    planned = plan(basket(refund("20")), rulebook(without=["refund_adjustment"]))
    assert [(reason.code, reason.key, reason.amount) for reason in planned.reasons] == [
        ("mapping_missing", "refund_adjustment:amount_only", Decimal("17.59"))
    ]


# === AFTER A CANCELLATION THAT IS POSTED === #


def cancelled(*refunds) -> StoreDocument:
    """The basket, cancelled after it was invoiced."""
    return replace(basket(*refunds), cancelled=True, cancelled_at=at("2026-03-11 10:00"))


CREDITED = Posted(is_invoiced=True, credited=("cancelled",))


def test_a_refund_told_after_the_cancellation_is_its_money() -> None:
    """The credit note of the cancellation is posted: another would give the sale back twice."""
    before = plan(cancelled(), posted=Posted(is_invoiced=True))
    after = plan(cancelled(refund("100", external_id="r1"), refund("93.30", external_id="r2")), posted=CREDITED)
    assert [move.fingerprint for move in after.moves] == [move.fingerprint for move in before.moves]
    assert notes(after) == notes(before)
    assert [payment.signed for payment in after.payments] == [D("193.30"), D("-100"), D("-93.30")]
    assert "AR" not in {account for account, amount in balances(after).items() if amount}


def test_a_refund_that_is_credited_keeps_its_credit_note() -> None:
    first = refund("60", external_id="r1", when="2026-03-10 12:00")
    before = plan(cancelled(first), posted=Posted(is_invoiced=True))
    posted = Posted(is_invoiced=True, credited=("r1", "cancelled"))
    after = plan(cancelled(first, refund("133.30", external_id="r2")), posted=posted)
    assert [(move.external_id, move.total, move.fingerprint) for move in after.moves] == [
        (move.external_id, move.total, move.fingerprint) for move in before.moves
    ]
    assert [move.external_id for move in after.moves] == ["1", "r1", "cancelled"]


def test_what_is_given_back_beyond_the_cancellation_is_a_compensation() -> None:
    both = cancelled(refund("180", external_id="r1"), refund("20", external_id="r2", when="2026-03-13 10:00"))
    without = plan(both, posted=CREDITED)
    assert [(reason.code, reason.amount, reason.key) for reason in without.reasons] == [
        ("refund_above_order", D("6.70"), "r2")
    ]
    ruled = plan(both, rulebook(rule("compensation", label="Goodwill", id=91)), posted=CREDITED)
    assert [(entry.external_id, entry.amount) for entry in ruled.transfers] == [("r2", D("6.70"))]
