"""Single-purpose vouchers: taxed when they are sold, and not again when they are redeemed."""

from __future__ import annotations

from decimal import Decimal

from builders import balances, booked, codes, line, order, paid, plan, refund, rule, rulebook, tax
from hypothesis import given
from hypothesis import strategies as st

from ecommerce_connector.core.canonical import LineKind, StoreDocument
from ecommerce_connector.core.changes import compare
from ecommerce_connector.core.gift_cards import Card
from ecommerce_connector.core.plans import OrderPlan
from ecommerce_connector.core.policy import InvoiceOn
from ecommerce_connector.core.posted import Posted

D = Decimal
VOUCHERS = rule("voucher", "spa voucher", "Gift-card liability", 95)
AT_20 = rule("voucher", "spa voucher", "Gift-card liability", 96, rate=D(20))
GOODS = line("SPA", "50", tax("10"))
BOOK = line("BOOK", "100", tax("5.50", "5.5"))


def by_voucher(amount: str, **more):
    return paid(amount, **({"external_id": "v", "gateway": "Spa voucher"} | more))


def planned(document: StoreDocument, *rules, **more) -> OrderPlan:
    return plan(document, rulebook(*(rules or (VOUCHERS,))), **more)


def test_a_voucher_is_taxed_once() -> None:
    """Case 05b and its redemption: 10 of tax on 60, due when it is sold."""
    sold = planned(order(line("V", "50", tax("10"), kind=LineKind.GIFT_CARD), tenders=(paid("60"),)))
    used = planned(order(GOODS, tenders=(by_voucher("60"),)))
    assert booked(used) == ["Dr Gift-card liability 50 / Cr Revenue 50"]
    assert (used.payments, used.residual, used.invoiced, used.notices) == ((), 0, 0, ())
    both = balances(sold)
    for name, amount in balances(used).items():
        both[name] = both.get(name, D(0)) + amount
    assert {name: amount for name, amount in both.items() if amount} == {"PSP": 60, "Revenue": -50, "Tax payable": -10}


def test_a_part_by_voucher_and_a_part_by_card() -> None:
    """Of 60 with tax, 24 were taxed when the voucher was sold: 6 of the tax are left."""
    used = planned(order(GOODS, tenders=(by_voucher("24"), paid("36"))))
    assert balances(used) == {"PSP": 36, "Gift-card liability": 20, "Revenue": -50, "Tax payable": -6}
    assert (used.invoiced, used.residual) == (36, 0)


def test_goods_at_two_rates_need_a_rule_at_the_vouchers_rate() -> None:
    document = order(GOODS, BOOK, tenders=(by_voucher("60"), paid("105.50")))
    assert codes(planned(document).reasons) == ["voucher_tax_unclear"]
    used = planned(document, AT_20)
    assert balances(used) == {"PSP": D("105.5"), "Gift-card liability": 50, "Revenue": -150, "Tax payable": D("-5.5")}


def test_a_voucher_never_pays_for_goods_of_another_tax() -> None:
    document = order(GOODS, BOOK, tenders=(by_voucher("70"), paid("95.50")))
    assert codes(planned(document, AT_20).reasons) == ["voucher_above_goods"]
    assert codes(planned(order(BOOK, tenders=(by_voucher("105.50"),)), AT_20).reasons) == ["voucher_tax_unclear"]


def test_goods_without_tax_stay_out() -> None:
    tip = line("tip", "5", kind=LineKind.TIP)
    used = planned(order(GOODS, tip, tenders=(by_voucher("60"), paid("5"))))
    assert balances(used) == {
        "PSP": 5, "Gift-card liability": 50, "Revenue": -50, "Tips payable": -5,
    }  # fmt: skip


def test_goods_without_tax_are_paid_by_voucher_if_there_are_no_others() -> None:
    used = planned(order(line("BOOK", "50"), tenders=(by_voucher("50"),)))
    assert balances(used) == {"Gift-card liability": 50, "Revenue": -50}


def test_a_voucher_buys_no_gift_card() -> None:
    card = line("GC", "60", kind=LineKind.GIFT_CARD)
    assert codes(planned(order(card, tenders=(by_voucher("60"),))).reasons) == ["voucher_tax_unclear"]


def test_refund_to_a_voucher_of_one_rate() -> None:
    back = refund("30", line("SPA", "25", tax("5")), gateway="spa voucher")
    document = order(GOODS, BOOK, tenders=(by_voucher("60"), paid("105.50")), refunds=(back,))
    assert balances(planned(document, AT_20)) == {
        "PSP": D("105.5"), "Gift-card liability": 25, "Revenue": -150, "Sales returns": 25, "Tax payable": D("-5.5"),
    }  # fmt: skip


def test_refund_to_the_voucher_gives_its_tax_back_to_it() -> None:
    """Half of the goods come back: the voucher has 25 again, and no tax moves."""
    back = refund("30", line("SPA", "25", tax("5")), gateway="spa voucher")
    both = planned(order(GOODS, tenders=(by_voucher("60"),), refunds=(back,)))
    assert balances(both) == {"Gift-card liability": 25, "Revenue": -50, "Sales returns": 25}
    assert [move.total for move in both.moves] == [0, 0]
    amount_only = refund("0.07", gateway="spa voucher")
    both = planned(order(GOODS, tenders=(by_voucher("60"),), refunds=(amount_only,)))
    assert balances(both) == {"Gift-card liability": D("49.94"), "Revenue": -50, "Sales allowances": D("0.06")}


def test_money_for_goods_that_a_voucher_paid_gives_the_tax_back() -> None:
    back = refund("60", line("SPA", "50", tax("10")))
    both = planned(order(GOODS, tenders=(by_voucher("60"),), refunds=(back,)))
    assert balances(both) == {
        "PSP": -60, "Gift-card liability": 50, "Revenue": -50, "Sales returns": 50, "Tax payable": 10,
    }  # fmt: skip


def test_what_is_not_clear_is_blocked() -> None:
    lines = (line("SPA", "25", tax("5")), line("BOOK", "10", tax("0.55", "5.5")))
    back = refund("40.55", *lines, gateway="spa voucher")
    document = order(GOODS, BOOK, tenders=(by_voucher("60"), paid("105.50")), refunds=(back,))
    assert codes(planned(document, AT_20).reasons) == ["voucher_tax_unclear"]


def test_cancelled_orders() -> None:
    document = order(GOODS, tenders=(by_voucher("60"),), cancelled=True)
    assert codes(planned(document, posted=Posted(is_invoiced=True)).reasons) == ["voucher_not_given_back"]
    assert not list(planned(document).entries())
    back = refund("60", gateway="spa voucher")
    given = order(GOODS, tenders=(by_voucher("60"),), refunds=(back,), cancelled=True)
    assert balances(planned(given, posted=Posted(is_invoiced=True))) == {"Revenue": -50, "Sales returns": 50}


def test_deposits_with_vouchers_are_a_persons_work() -> None:
    advance = rule("advance", label="Customer advances", id=90)
    document = order(
        GOODS, tenders=(by_voucher("24", when="2026-03-09 10:00"), paid("36", "2026-03-11 10:00"))
    )  # fmt: skip
    blocked = planned(document, VOUCHERS, advance, invoice_on=InvoiceOn.PAID, down_payments=True)
    assert codes(blocked.reasons) == ["voucher_with_deposits"]


def test_a_voucher_that_comes_after_the_invoice_is_a_conflict() -> None:
    document = order(GOODS, tenders=(paid("36"),))
    posted = {entry.key: entry.fingerprint for entry in planned(document).entries()}
    later = order(GOODS, tenders=(paid("36"), by_voucher("24", when="2026-03-11 10:00")))
    comparison = compare(planned(later), posted)
    assert [reason.code for reason in comparison.conflicts] == ["changed_after_posting"]


def test_the_card_is_told_with_its_part_of_the_liability() -> None:
    used = planned(order(GOODS, tenders=(by_voucher("24", card=Card(external_id="V1")), paid("36"))))
    (share,) = [share for planned_line in used.moves[0].lines for share in planned_line.cards]
    assert (share.card.external_id, share.net, share.gross) == ("V1", -20, -24)


@given(
    net=st.integers(1, 100000), tax_amount=st.integers(0, 30000), parts=st.lists(st.integers(1, 5000), max_size=5),
)  # fmt: skip
def test_every_cent_is_in_its_place(net: int, tax_amount: int, parts: list[int]) -> None:
    """However a voucher and a card share an order: the entries balance and the tax is what the card's part bears."""
    total = D(net + tax_amount) / 100
    tenders, left = [], total
    for number, part in enumerate(parts):
        amount = min(D(part) / 100, left)
        if amount:
            tenders.append(by_voucher(str(amount), external_id=f"v{number}"))
            left -= amount
    if left:
        tenders.append(paid(str(left)))
    document = order(line("SPA", str(D(net) / 100), tax(str(D(tax_amount) / 100))), tenders=tuple(tenders))
    found = planned(document)
    assert not found.reasons
    amounts = balances(found)
    assert sum(amounts.values()) == 0
    assert (found.residual, amounts.get("PSP", 0)) == (0, left)
    assert amounts["Revenue"] == -D(net) / 100
    kept = -amounts.get("Tax payable", D(0))
    assert abs(kept - D(tax_amount) / 100 * left / total) <= D("0.01") * (len(tenders) + 1)
    if not left:
        assert (kept, amounts["Gift-card liability"]) == (0, D(net) / 100)
