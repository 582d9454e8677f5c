"""The marketplace as the supplier (case 28b): its tax is in nothing that is booked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import at, booked, line, order, paid, plan, refund, sale, tax

from ecommerce_connector.core.canonical import MoneyState, Remitter
from ecommerce_connector.core.deemed_supply import as_supplied
from ecommerce_connector.core.errors import PayloadError


def vat(amount: str):
    return tax(amount, remitter=Remitter.MARKETPLACE)


def sold(*payments, refunds=(), **more):
    return as_supplied(order(line("mug", "50", vat("10")), tenders=payments, refunds=refunds, **more))


def test_case_28b() -> None:
    assert booked(plan(sold(paid("60")))) == ["Dr AR 50 / Cr Revenue 50", "Dr PSP 50 / Cr AR 50"]


def test_our_own_tax_stays() -> None:
    document = as_supplied(order(line("mug", "50", vat("10"), tax("1", "2", code="eco")), tenders=[paid("61")]))
    assert booked(plan(document))[0] == "Dr AR 51 / Cr Revenue 50, Tax payable 1"


def test_an_order_without_such_tax_is_the_same() -> None:
    document = sale(paid("110"), refunds=[refund("11")])
    assert as_supplied(document) is document


def test_the_latest_payments_bear_the_tax() -> None:
    document = sold(paid("52", external_id="a"), paid("8", "2026-03-11 10:00", external_id="b"))
    assert [tender.amount for tender in document.tenders] == [50, 0]
    assert plan(document).residual == 0


@pytest.mark.parametrize(("amount", "left"), [("20", "20"), ("50", "50"), ("55", "50")])
def test_what_is_outstanding_is_lowered_before_what_was_paid(amount: str, left: str) -> None:
    document = sold(paid(amount))
    assert (document.total, document.captured) == (50, Decimal(left))


def test_money_that_never_came_bears_nothing() -> None:
    document = sold(paid("60", external_id="a"), paid("60", external_id="b", state=MoneyState.FAILED))
    assert [tender.amount for tender in document.tenders] == [50, 60]


def test_a_refund_gives_back_without_the_tax() -> None:
    returned = refund("24", line("mug", "20", vat("4")))
    assert booked(plan(sold(paid("60"), refunds=[returned])))[1::2] == [
        "Dr Sales returns 20 / Cr AR 20", "Dr AR 20 / Cr PSP 20",
    ]  # fmt: skip


def test_all_given_back_without_lines() -> None:
    assert sold(paid("60"), refunds=[refund("60")]).refunded == 50


def test_some_given_back_without_lines_is_not_guessed() -> None:
    with pytest.raises(PayloadError, match="order 1001, refund ref-1: it gives back 12 without lines"):
        sold(paid("60"), refunds=[refund("12")])


def test_less_given_back_than_its_tax() -> None:
    with pytest.raises(PayloadError, match="less than the tax of 4"):
        sold(paid("60"), refunds=[refund("3", line("mug", "20", vat("4")))])


def test_the_dates_stay() -> None:
    assert sold(paid("60", at("2026-03-11 08:00"))).tenders[0].at == at("2026-03-11 08:00")
