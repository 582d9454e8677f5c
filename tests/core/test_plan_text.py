"""A plan as a bookkeeper reads it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from builders import at, line, order, paid, plan, refund, rulebook, sale, tax

from ecommerce_connector.core import plan_text
from ecommerce_connector.core.canonical import LineKind, MoneyState
from ecommerce_connector.core.plan_text import money


def to_text(planned) -> str:  # type: ignore[no-untyped-def]
    """The text without the rules; that they are named is a test of its own and in every golden text."""
    return re.sub(r" \(rule \d+\)", "", plan_text.to_text(planned))


def test_a_sale_with_a_refund() -> None:
    goods = [
        line("MUG-BLUE", "1234.50", tax("246.90"), quantity=Decimal("12")),
        line("Loyalty", "-10", tax("-2"), kind=LineKind.FEE),
    ]
    returned = refund("120", line("MUG-BLUE", "100", tax("20")), reason="broken", transaction_id="re_9")
    document = order(*goods, tenders=[paid("1469.40", transaction_id="ch_7")], refunds=[returned])
    assert to_text(plan(document)) == (
        "Order 1001: complete\n"
        "Invoice, Mar 10, 2026\n"
        "  product MUG-BLUE                       12     1,234.50  → Revenue\n"
        "    tax VAT 20 %                                  246.90  → Tax payable\n"
        "  fee Loyalty                             1       -10.00  → Order-fee revenue\n"
        "    tax VAT 20 %                                   -2.00  → Tax payable\n"
        "                                                       net 1,224.50, tax 244.90, total 1,469.40 EUR\n"
        "Credit note (broken), Mar 12, 2026\n"
        "  product MUG-BLUE                        1       100.00  → Sales returns\n"
        "    tax VAT 20 %                                   20.00  → Tax payable\n"
        "                                                       net 100.00, tax 20.00, total 120.00 EUR\n"
        "Payment, Mar 10, 2026: card ch_7 1,469.40 EUR → PSP\n"
        "Refund paid, Mar 12, 2026: card re_9 120.00 EUR → PSP\n"
        "Receivable: 0.00 EUR\n"
    )


def test_a_locked_period_shows_both_days() -> None:
    document = sale(paid("110", "2026-01-31 23:30"))
    text = to_text(plan(document, first_open_sale_day=date(2026, 2, 1), first_open_day=date(2026, 2, 1)))
    assert "Invoice, Feb 1, 2026 (happened Jan 31, 2026, period locked)\n" in text
    assert "Payment, Feb 1, 2026 (happened Jan 31, 2026, period locked): card 110.00 EUR → PSP\n" in text


def test_a_blocked_plan_says_why_and_shows_no_entries() -> None:
    text = to_text(plan(sale(paid("110")), rulebook(without=["tax", "gateway"])))
    assert text == (
        "Order 1001: blocked\n"
        "  ! No tax rule covers 'VAT' at 10 % in EUR on Mar 10, 2026. Add a mapping rule for it, then retry.\n"
        "  ! No gateway rule covers 'card' in EUR on Mar 10, 2026. Add a mapping rule for it, then retry.\n"
    )


def test_a_waiting_plan_says_why() -> None:
    text = to_text(plan(sale(paid("110", state=MoneyState.AUTHORIZED))))
    assert text == ("Order 1001: waiting\n  i 110 EUR is authorized or pending, nothing is captured: no entry.\n")


def test_money_owed_either_way() -> None:
    assert to_text(plan(sale(paid("50")))).endswith("\nReceivable: 60.00 EUR\n")
    assert to_text(plan(sale(paid("110"), cancelled=True))).endswith("\nReceivable: -110.00 EUR\n")


def test_long_keys_are_shown_whole_and_breaks_of_lines_are_not() -> None:
    key = "T-SHIRT-ORGANIC-COTTON-LONG-SLEEVES-BLUE-XXL"
    returned = refund("6", reason="too\nlong:\r\n  Order 99: complete")
    document = order(line(key, "10"), line("a\nb", "5"), tenders=[paid("15")], refunds=[returned])
    text = to_text(plan(document))
    assert f"  product {key}      1        10.00  → Revenue\n" in text
    assert "  product a b                             1         5.00  → Revenue\n" in text
    assert "Credit note (too long: Order 99: complete), Mar 12, 2026\n" in text


def test_tax_without_a_rate() -> None:
    text = to_text(plan(order(line("mug", "10", tax("1", None, "Eco tax")), tenders=[paid("11")])))
    assert "    tax Eco tax                                     1.00  → Tax payable\n" in text


@pytest.mark.parametrize(
    ("currency", "net", "shown"), [("JPY", "2940", "2,940"), ("KWD", "23.125", "23.125"), ("EUR", "1E+3", "1,000.00")]
)
def test_decimals_are_those_of_the_currency(currency: str, net: str, shown: str) -> None:
    document = order(line("x", net), currency=currency, tenders=[paid(net)], placed_at=at("2026-03-10 09:00"))
    text = to_text(plan(document))
    assert f"total {shown} {currency}\n" in text
    assert f"card {shown} {currency} → PSP\n" in text


@pytest.mark.parametrize(
    ("amount", "shown"), [("-0.00", "0.00"), ("-0.01", "-0.01"), ("1234567.8", "1,234,567.80"), ("0", "0.00")]
)
def test_money(amount: str, shown: str) -> None:
    assert money(Decimal(amount), "EUR") == shown


def test_each_line_names_the_rule_that_decided() -> None:
    document = order(line("x", "10.00"), tenders=[paid("10.00")], placed_at=at("2026-03-10 09:00"))
    text = plan_text.to_text(plan(document))
    assert re.search(r"product x .* → Revenue \(rule \d+\)\n", text)
    assert re.search(r"Payment, .* → PSP \(rule \d+\)\n", text)
