"""Deposits and the final invoice (case 14), with tax on advances and without."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from builders import at, balances, booked, codes, line, order, paid, plan, refund, rule, rulebook, tax, taxes_of
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.canonical import StoreDocument
from ecommerce_connector.core.changes import compare
from ecommerce_connector.core.plans import OrderPlan, PlanStatus
from ecommerce_connector.core.policy import InvoiceOn
from ecommerce_connector.core.posted import Posted

RULES = rulebook(rule("advance", label="Customer advances", id=90))
FIRST = paid("60", "2026-03-10 10:00", external_id="d1")
LAST = paid("180", "2026-03-20 10:00", external_id="d2")
DEPOSIT = "Dr AR 60 / Cr Customer advances 50, Tax payable 10"


def deposit_order(*payments, **more) -> StoreDocument:
    return order(line("sofa", "200", tax("40")), tenders=payments, **more)


def planned(document: StoreDocument, *, with_tax: bool = True, **more) -> OrderPlan:
    return plan(document, RULES, invoice_on=InvoiceOn.PAID, down_payments=with_tax, **more)


def test_case_14_deposit_and_final_invoice() -> None:
    final = planned(deposit_order(FIRST, LAST))
    assert booked(final) == [
        DEPOSIT, "Dr AR 180, Customer advances 50 / Cr Revenue 200, Tax payable 30",
        "Dr PSP 60 / Cr AR 60", "Dr PSP 180 / Cr AR 180",
    ]  # fmt: skip
    assert [str(entry.date) for entry in final.entries()] == ["2026-03-10", "2026-03-20", "2026-03-10", "2026-03-20"]
    assert (final.residual, final.invoiced, final.notices) == (0, 240, ())
    assert balances(final) == {"PSP": 240, "Revenue": -200, "Tax payable": -40}


def test_the_deposit_alone_is_invoiced_when_it_comes_and_stays_the_same_entry() -> None:
    first = planned(deposit_order(FIRST))
    assert booked(first) == [DEPOSIT, "Dr PSP 60 / Cr AR 60"]
    posted = {entry.key: entry.fingerprint for entry in first.entries()}
    comparison = compare(planned(deposit_order(FIRST, LAST)), posted)
    assert [entry.kind.value for entry in comparison.new] == ["invoice", "payment"]
    assert comparison.conflicts == ()


def test_case_14_without_tax_on_advances() -> None:
    assert booked(planned(deposit_order(FIRST), with_tax=False)) == ["Dr PSP 60 / Cr Customer advances 60"]
    final = planned(deposit_order(FIRST, LAST), with_tax=False)
    assert booked(final) == [
        "Dr AR 240 / Cr Revenue 200, Tax payable 40", "Dr PSP 60 / Cr Customer advances 60", "Dr PSP 180 / Cr AR 180",
        "Dr Customer advances 60 / Cr AR 60",
    ]  # fmt: skip
    assert balances(final) == {"PSP": 240, "Revenue": -200, "Tax payable": -40}


def test_paid_at_once_has_no_deposit() -> None:
    assert booked(planned(deposit_order(paid("240"))))[0] == "Dr AR 240 / Cr Revenue 200, Tax payable 40"


def test_nothing_paid_is_nothing_to_book() -> None:
    waiting = planned(deposit_order())
    assert (waiting.status, booked(waiting)) == (PlanStatus.WAITING, [])


def test_a_cancelled_order_has_its_deposits_and_credits_what_is_given_back() -> None:
    document = deposit_order(FIRST, refunds=[refund("60", when="2026-03-15 10:00")], cancelled=True)
    assert booked(planned(document)) == [
        DEPOSIT, "Dr Customer advances 50, Tax payable 10 / Cr AR 60", "Dr PSP 60 / Cr AR 60", "Dr AR 60 / Cr PSP 60",
    ]  # fmt: skip
    assert balances(planned(document)) == {}


def test_part_of_a_deposit_given_back_while_the_order_is_open() -> None:
    document = deposit_order(FIRST, refunds=[refund("12", line("sofa", "10", tax("2")))])
    assert booked(planned(document))[1] == "Dr Customer advances 10, Tax payable 2 / Cr AR 12"


def test_more_given_back_than_the_deposits_is_blocked() -> None:
    blocked = planned(deposit_order(FIRST, refunds=[refund("61")]))
    assert [(reason.code, reason.amount) for reason in blocked.reasons] == [("refund_above_order", 1)]


def test_a_deposit_given_back_before_the_final_invoice_is_a_question() -> None:
    again = paid("60", "2026-03-18 10:00", external_id="d3")
    document = deposit_order(FIRST, again, LAST, refunds=[refund("60", when="2026-03-15 10:00")])
    assert codes(planned(document).reasons) == ["deposit_given_back"]


def test_a_refund_after_the_final_invoice_credits_the_sale() -> None:
    document = deposit_order(FIRST, LAST, refunds=[refund("24", line("sofa", "20", tax("4")), when="2026-03-25 10:00")])
    assert booked(planned(document))[2] == "Dr Sales returns 20, Tax payable 4 / Cr AR 24"


def test_overpaid_with_the_last_payment() -> None:
    document = deposit_order(FIRST, paid("200", "2026-03-20 10:00", external_id="d2"))
    assert codes(planned(document).notices) == ["overpaid"]
    assert planned(document).residual == -20


def test_cancelled_after_the_final_invoice_credits_all_of_it() -> None:
    document = deposit_order(FIRST, LAST, cancelled=True, cancelled_at=at("2026-03-25 10:00"))
    final = planned(document, posted=Posted(is_invoiced=True))
    assert booked(final)[2] == "Dr Sales returns 200, Tax payable 40 / Cr AR 240"
    assert final.invoiced == 0


def test_the_lock_date_moves_the_deposits_invoice_and_keeps_its_day() -> None:
    deposit = planned(deposit_order(FIRST), first_open_sale_day=date(2026, 4, 1)).moves[0]
    assert (str(deposit.date), str(deposit.true_date)) == ("2026-04-01", "2026-03-10")


_amounts = st.decimals("0.01", "400", places=2)


@given(
    nets=st.lists(st.tuples(_amounts, st.sampled_from(["0", "5.5", "20"])), min_size=1, max_size=4),
    cuts=st.lists(st.integers(1, 99), max_size=4),
)
def test_all_invoices_together_are_the_order_and_its_taxes(nets, cuts) -> None:
    lines = [
        line(f"p{at}", str(net), tax(str((net * Decimal(rate) / 100).quantize(Decimal("0.01"))), rate))
        for at, (net, rate) in enumerate(nets)
    ]
    whole = sum((item.gross for item in lines), Decimal(0))
    cents = int(whole * 100)
    marks = sorted({cents * cut // 100 for cut in cuts} - {0, cents})
    parts = [Decimal(end - start) / 100 for start, end in zip([0, *marks], [*marks, cents], strict=True)]
    payments = [paid(str(part), f"2026-03-{10 + at} 10:00", external_id=f"d{at}") for at, part in enumerate(parts)]
    final = planned(order(*lines, tenders=payments))
    assert (final.invoiced, final.residual) == (whole, 0)
    assert {key: amount for key, amount in taxes_of(final.moves).items() if amount} == {
        key: amount for key, amount in _charged(lines).items() if amount
    }
    assert "Customer advances" not in balances(final)


def _charged(lines) -> dict:
    sums: dict = {}
    for item in lines:
        for charged in item.taxes:
            sums[charged.code, charged.rate] = sums.get((charged.code, charged.rate), Decimal(0)) + charged.amount
    return sums
