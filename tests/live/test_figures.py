"""The figures that the live tests compare would notice a difference."""

from decimal import Decimal

from figures import Figures, totals


def test_figures():
    """The figures themselves would notice: another amount is another figure."""
    order = Figures("EUR", invoiced=Decimal("10.00"), taxes={Decimal(20): Decimal("1.67")})
    assert order != Figures("EUR", invoiced=Decimal("10.01"), taxes={Decimal(20): Decimal("1.67")})
    assert order != Figures("EUR", invoiced=Decimal("10.00"), taxes={Decimal(20): Decimal("1.66")})
    assert order != Figures("EUR", invoiced=Decimal("10.00"), taxes=order.taxes, credited_taxes={Decimal(20): 1})
    assert totals({"a": order, "b": order}) == {
        ("invoiced", "EUR"): Decimal("20.00"), ("tax 20 %", "EUR"): Decimal("3.34"),
    }  # fmt: skip


def test_what_a_store_does_not_state_is_not_compared():
    booked = Figures("EUR", credited=Decimal("6.00"), credited_taxes={Decimal(20): Decimal("1.00")})
    silent = Figures("EUR", credited=Decimal("6.00"), credited_taxes=None)
    wrong = Figures("EUR", credited=Decimal("6.00"), credited_taxes={Decimal(20): Decimal("1.01")})
    assert booked.as_stated_by(silent) == silent
    assert booked.as_stated_by(wrong) != wrong
