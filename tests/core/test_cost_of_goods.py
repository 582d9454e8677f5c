"""What an order's goods cost: when it is booked, what it comes to, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from builders import D, at, line, order, refund
from cost_builders import Books, Catalogue, back, mugs, shipped

from ecommerce_connector.core.canonical import MoneyState
from ecommerce_connector.core.fulfilments import Restock
from ecommerce_connector.core.goods.costs import CostOn, Movement
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target


def returned(*lines, amount="10", **more):
    return refund(amount, *lines, **more)


def by_invoice(**more) -> Books:
    return Books(on=CostOn.INVOICE, **more)


# === WHAT LEAVES === #


def test_case_36_cost_is_booked_on_the_day_the_goods_left():
    assert Books().book(mugs("1", fulfilments=(shipped("f1"),))) == [
        "fulfilment:f1 2026-03-11: Dr COGS 20 / Cr Inventory 20"
    ]


def test_day_is_that_of_the_stores_time_zone():
    (entry,) = Books().book(mugs("1", fulfilments=(shipped("f1", "2026-03-11 00:30"),)))
    assert "2026-03-11" in entry


def test_nothing_is_booked_before_anything_left():
    books = Books()
    assert books.book(mugs(), invoiced=("1",)) == []
    assert books.codes == []


def test_each_fulfilment_has_its_own_part_and_day():
    books = Books()
    first, second = shipped("f1", mug="1"), shipped("f2", "2026-04-02 09:00")
    assert books.book(mugs("3", fulfilments=(first,))) == ["fulfilment:f1 2026-03-11: Dr COGS 20 / Cr Inventory 20"]
    books.catalogue.costs["mug"] = "25"
    assert books.book(mugs("3", fulfilments=(first, second))) == [
        "fulfilment:f2 2026-04-02: Dr COGS 50 / Cr Inventory 50"
    ]


def test_at_invoice_everything_is_booked_with_the_invoice():
    books = by_invoice()
    assert books.book(mugs()) == []
    assert books.book(mugs(), invoiced=("1",)) == ["invoice:1 2026-03-10: Dr COGS 40 / Cr Inventory 40"]
    assert books.book(mugs(fulfilments=(shipped("f1"),)), invoiced=("1",)) == []


def test_an_invoice_per_shipment_has_the_cost_of_its_shipment():
    books = by_invoice()
    document = mugs("3", fulfilments=(shipped("f1", mug="1"), shipped("f2", "2026-03-12 10:00", mug="2")))
    assert books.book(document, invoiced=("shipment:f1",)) == [
        "invoice:shipment:f1 2026-03-10: Dr COGS 20 / Cr Inventory 20"
    ]
    assert books.book(document, invoiced=("shipment:f1", "shipment:f2")) == [
        "invoice:shipment:f2 2026-03-10: Dr COGS 40 / Cr Inventory 40"
    ]


def test_an_invoice_of_the_rest_has_what_no_shipments_invoice_has():
    books = by_invoice()
    document = mugs("3", fulfilments=(shipped("f1", mug="1"),))
    assert books.book(document, invoiced=("1", "shipment:f1")) == [
        "invoice:shipment:f1 2026-03-10: Dr COGS 20 / Cr Inventory 20",
        "invoice:1 2026-03-10: Dr COGS 40 / Cr Inventory 40",
    ]  # fmt: skip


def test_only_goods_that_ship_have_a_cost():
    catalogue = Catalogue({"mug": "20", "setup": "5"}, services=("setup",))
    document = order(line("mug", "10"), line("setup", "10"), line("ebook", "10", ships=False),
                     fulfilments=(shipped("f1"),))  # fmt: skip
    books = Books(catalogue)
    assert books.book(document) == ["fulfilment:f1 2026-03-11: Dr COGS 20 / Cr Inventory 20"]
    assert books.codes == []


def test_amounts_are_rounded_once_per_line():
    books = Books(Catalogue({"mug": "3.333"}))
    assert books.book(mugs("3", fulfilments=(shipped("f1"),))) == [
        "fulfilment:f1 2026-03-11: Dr COGS 10 / Cr Inventory 10"
    ]
    assert books.rows[0].unit_cost == D("3.333")


def test_a_closed_day_moves_the_entry_and_keeps_the_true_date():
    books = Books(first_open_day=date(2026, 4, 1))
    assert books.book(mugs("1", fulfilments=(shipped("f1"),))) == [
        "fulfilment:f1 2026-04-01: Dr COGS 20 / Cr Inventory 20"
    ]
    assert books.entries[0].true_date == date(2026, 3, 11)


def test_what_left_before_the_first_day_is_not_booked_here():
    books = Books(since=date(2026, 3, 12))
    refunds = [returned(back("stock"), when="2026-03-20 10:00")]
    document = mugs("2", fulfilments=(shipped("f1", mug="1"), shipped("f2", "2026-03-12 10:00")), refunds=refunds)
    assert books.book(replace(document, fulfilments=document.fulfilments[:1])) == []
    assert books.codes == []
    assert books.book(replace(document, refunds=())) == ["fulfilment:f2 2026-03-12: Dr COGS 20 / Cr Inventory 20"]


# === WHAT IS NOT KNOWN === #


@pytest.mark.parametrize(
    ("catalogue", "code", "words"),
    [
        (Catalogue({}), "cost_unknown_product", "Order 1001, SKU mug: no product has this internal reference"),
        (Catalogue({"mug": "0"}), "cost_missing", "Order 1001, SKU mug: the product Mug has no cost"),
        (Catalogue({"mug": "9"}, twins=("mug",)), "cost_ambiguous_product", "several products have this SKU: Mug, Mug"),
    ],
)
def test_a_cost_that_is_not_known_is_told_and_booked_once_it_is(catalogue, code, words):
    books = Books(catalogue)
    document = mugs("2", fulfilments=(shipped("f1"),))
    assert books.book(document) == []
    ((reason, blocks),) = books.plan.reasons
    assert (reason.code, reason.key, blocks) == (code, "mug", True)
    assert words in reason.message
    assert "retry the order" in reason.hint
    books.catalogue = Catalogue({"mug": "20"})
    assert books.book(document) == ["fulfilment:f1 2026-03-11: Dr COGS 40 / Cr Inventory 40"]
    assert books.codes == []


def test_other_goods_of_the_shipment_do_not_wait():
    books = Books(Catalogue({"mug": "20", "jug": "0"}))
    document = order(line("mug", "10"), line("jug", "10"), fulfilments=(shipped("f1"),))
    assert books.book(document) == ["fulfilment:f1 2026-03-11: Dr COGS 20 / Cr Inventory 20"]
    assert books.codes == ["cost_missing"]
    books.catalogue.costs["jug"] = "7"
    assert books.book(document) == ["fulfilment:f1 2026-03-11: Dr COGS 7 / Cr Inventory 7"]
    assert [entry.number for entry in books.entries] == [1, 2]


@pytest.mark.parametrize("missing", ["inventory", "cogs", "write_off"])
def test_a_missing_account_is_told(missing):
    books = Books(**{missing: None})
    books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("damaged"))]))
    assert books.codes == ["cost_account_missing"]


def test_a_line_that_sells_less_than_nothing_is_told():
    books = by_invoice()
    document = order(line("mug", "100", quantity=D(2)), line("jug", "-10", quantity=D(-1)))
    assert books.book(document, invoiced=("1",)) == ["invoice:1 2026-03-10: Dr COGS 40 / Cr Inventory 40"]
    assert books.codes == ["cost_negative_quantity"]


# === RULES === #


def test_rules_name_the_product_and_the_accounts():
    by_rule = Rule(id=7, kind="product", pattern="mug", target=Target(label="Mugs", product=101, cogs=52, inventory=51))
    books = Books(Catalogue({"jug": "4", "pot": "6"}), Rulebook([by_rule]))
    assert books.book(mugs("2", fulfilments=(shipped("f1"),), refunds=[returned(back("stock"))])) == [
        "fulfilment:f1 2026-03-11: Dr 52 12 / Cr 51 12", "refund:ref-1 2026-03-12: Dr 51 6 / Cr 52 6",
    ]  # fmt: skip
    assert books.entries[0].rules == frozenset({7})
    assert books.entries[0].items() == [(52, 7, D(12)), (51, 0, D(-12))]


def test_a_rule_that_says_nothing_of_goods_is_not_used():
    books = Books(rules=Rulebook([Rule(id=7, kind="product", target=Target(label="Sales", account=9))]))
    books.book(mugs("1", fulfilments=(shipped("f1"),)))
    assert books.entries[0].rules == frozenset()


def test_two_rules_that_fit_equally_well_are_told():
    rules = [Rule(id=number, kind="product", pattern="mug", target=Target(label=str(number))) for number in (1, 2)]
    books = Books(rules=Rulebook(rules))
    assert books.book(mugs("1", fulfilments=(shipped("f1"),))) == []
    assert books.codes == ["cost_ambiguous_rule"]


# === WHAT COMES BACK === #


def test_case_17_goods_come_back_at_their_original_cost():
    books = Books()
    books.book(mugs("1", fulfilments=(shipped("f1"),)))
    books.catalogue.costs["mug"] = "31"
    assert books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("stock"))])) == [
        "refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20"
    ]
    assert books.rows[-1].unit_cost == D(20)


def test_damaged_goods_are_written_off():
    assert Books().book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("damaged"))]))[1:] == [
        "refund:ref-1 2026-03-12: Dr Write-off 20 / Cr COGS 20"
    ]


@pytest.mark.parametrize("restock", ["none", "cancelled", "unknown"])
def test_what_does_not_come_back_keeps_its_cost(restock):
    books = Books()
    assert len(books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back(restock))]))) == 1
    assert books.codes == []


def test_policy_decides_where_the_store_does_not_say():
    document = mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("unknown"))])
    assert "Dr Inventory 20" in Books(unknown=Restock.STOCK).book(document)[1]
    assert "Dr Write-off 20" in Books(unknown=Restock.DAMAGED).book(document)[1]


def test_a_refund_counts_when_its_money_moved():
    pending = returned(back("stock"), state=MoneyState.PENDING)
    assert len(Books().book(mugs("1", fulfilments=(shipped("f1"),), refunds=[pending]))) == 1


def test_last_return_takes_the_rest_of_the_cents():
    books = Books(Catalogue({"mug": "3.333"}))
    refunds = [
        returned(back("stock"), external_id=f"r{number}", when=f"2026-03-1{number} 10:00") for number in (2, 3, 4)
    ]
    books.book(mugs("3", fulfilments=(shipped("f1"),), refunds=refunds))
    assert [entry.amount for entry in books.entries] == [D(10), D("-3.33"), D("-3.34"), D("-3.33")]


def test_of_several_costs_the_average_comes_back():
    books = Books()
    first, second = shipped("f1", mug="1"), shipped("f2", "2026-03-11 11:00", mug="1")
    books.book(mugs(fulfilments=(first,)))
    books.catalogue.costs["mug"] = "30"
    document = mugs(fulfilments=(first, second), refunds=[returned(back("stock"))])
    assert books.book(document)[-1] == "refund:ref-1 2026-03-12: Dr Inventory 25 / Cr COGS 25"


def test_two_lines_of_a_refund_share_what_left():
    document = mugs(
        "2", fulfilments=(shipped("f1"),),
        refunds=[returned(back("stock", "1"), back("damaged", "2", external_id="second"))],
    )  # fmt: skip
    books = Books()
    assert books.book(document)[1] == "refund:ref-1 2026-03-12: Dr Inventory 20, Write-off 20 / Cr COGS 40"
    assert books.codes == ["cost_returned_above_sold"]
    assert books.plan.reasons[0][1] is False
    assert "2 mug came back, but the cost of only 1" in books.plan.reasons[0][0].message


def test_more_back_than_left_is_told_only_where_the_store_says_so():
    document = mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("unknown", "2"))])
    books = Books(unknown=Restock.STOCK)
    assert books.book(document)[1:] == ["refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20"]
    assert books.codes == []


def test_more_back_than_booked_is_not_told_while_a_cost_is_missing():
    books = Books()
    first, second = shipped("f1", mug="1"), shipped("f2", "2026-03-11 12:00", mug="1")
    books.book(mugs(fulfilments=(first,)))
    books.catalogue.costs["mug"] = "0"
    books.book(mugs(fulfilments=(first, second), refunds=[returned(back("stock", "2"))]))
    assert books.codes == ["cost_missing"]


def test_refunds_are_taken_in_the_order_in_which_they_were_made():
    later = returned(back("damaged"), external_id="r2", when="2026-03-14 10:00")
    earlier = returned(back("stock"), external_id="r1", when="2026-03-13 10:00")
    assert Books().book(mugs("1", fulfilments=(shipped("f1"),), refunds=[later, earlier]))[1:] == [
        "refund:r1 2026-03-13: Dr Inventory 20 / Cr COGS 20"
    ]


def test_a_quantity_that_comes_back_may_be_written_as_negative():
    assert Books().book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("stock", "-1"))]))[1:] == [
        "refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20"
    ]


def test_restock_of_what_never_left_changes_nothing():
    books = Books()
    assert books.book(mugs(refunds=[returned(back("stock"))])) == []
    assert books.codes == []


def test_which_line_came_back():
    lines = line("mug", "50"), line("mug", "50", external_id="mug-2")
    fulfilments = (shipped("f1"),)
    books = Books()
    books.book(order(*lines, fulfilments=fulfilments, refunds=[returned(back("stock"))]))
    assert (len(books.entries), books.codes) == (1, ["cost_unknown_line"])
    assert "refund ref-1 takes back 1 mug" in books.plan.reasons[0][0].message
    assert books.book(order(*lines, fulfilments=fulfilments, refunds=[returned(back("stock", of_line="mug-2"))])) == [
        "refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20"
    ]
    assert books.rows[-1].line_id == "mug-2"
    wrong = order(*lines, fulfilments=fulfilments, refunds=[returned(back("stock", of_line="x"))])
    books = Books()
    assert books.book(wrong)[1:] == []
    assert books.codes == ["cost_unknown_line"]


def test_of_goods_that_are_not_booked_nobody_asks_which_line_came_back():
    lines = line("mug", "50"), line("mug", "50", external_id="mug-2")
    books = Books(since=date(2026, 5, 1))
    assert books.book(order(*lines, fulfilments=(shipped("f1"),), refunds=[returned(back("stock"))])) == []
    assert books.codes == []


# === WHAT NEVER LEFT === #


def test_cancelled_goods_whose_cost_was_booked_with_the_invoice_come_back():
    books = by_invoice()
    assert books.book(mugs("2", refunds=[returned(back("cancelled"))]), invoiced=("1",)) == [
        "invoice:1 2026-03-10: Dr COGS 40 / Cr Inventory 40", "refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20",
    ]  # fmt: skip


def test_what_never_left_is_none_of_what_was_shipped():
    refunds = [returned(back("cancelled", "2"))]
    by_shipment = mugs("3", fulfilments=(shipped("f1", mug="1"),), refunds=refunds)
    assert len(by_invoice().book(by_shipment, invoiced=("shipment:f1",))) == 1
    assert by_invoice().book(by_shipment, invoiced=("1",))[1:] == [
        "refund:ref-1 2026-03-12: Dr Inventory 40 / Cr COGS 40"
    ]
    came_back = replace(by_shipment, refunds=(returned(back("stock"), external_id="a"), refunds[0]))
    assert [entry.split(" Dr")[0] for entry in by_invoice().book(came_back, invoiced=("1",))] == [
        "invoice:1 2026-03-10:", "refund:a 2026-03-12:", "refund:ref-1 2026-03-12:",
    ]  # fmt: skip


def test_a_later_return_is_none_of_what_never_left():
    refunds = [returned(back("cancelled", "2"), external_id="a"),
               returned(back("stock"), external_id="b", when="2026-03-13 10:00")]  # fmt: skip
    document = mugs("3", fulfilments=(shipped("f1", mug="2"),), refunds=refunds)
    assert by_invoice().book(document, invoiced=("1",))[1:] == [
        "refund:a 2026-03-12: Dr Inventory 20 / Cr COGS 20", "refund:b 2026-03-13: Dr Inventory 20 / Cr COGS 20",
    ]  # fmt: skip


def test_what_the_policy_has_back_in_stock_is_not_left_out_of_the_shipment_too():
    document = mugs("3", fulfilments=(shipped("f1", "2026-03-13 10:00"),), refunds=[returned(back("unknown"))])
    books = Books(unknown=Restock.STOCK)
    books.book(document)
    assert books.balance(2) == 40


def test_an_invoice_of_what_was_kept_of_a_refund_has_no_goods():
    books = by_invoice()
    assert books.book(mugs("2"), invoiced=("kept:ref-1",)) == []
    assert books.book(mugs("2"), invoiced=("kept:ref-1", "1")) == ["invoice:1 2026-03-10: Dr COGS 40 / Cr Inventory 40"]


@pytest.mark.parametrize(("restock", "count"), [("cancelled", "40"), ("unknown", "40"), ("none", "60")])
def test_a_shipment_of_all_the_rest_has_nothing_that_was_given_back_before(restock, count):
    refunds = [returned(back(restock))]
    late = mugs("3", fulfilments=(shipped("f1", "2026-03-13 10:00"),), refunds=refunds)
    assert Books().book(late) == [f"fulfilment:f1 2026-03-13: Dr COGS {count} / Cr Inventory {count}"]
    early = replace(late, fulfilments=(shipped("f1"),))
    assert Books().book(early) == ["fulfilment:f1 2026-03-11: Dr COGS 60 / Cr Inventory 60"]


def test_a_cancelled_order_gives_back_what_never_left():
    document = mugs("5", cancelled=True, cancelled_at=at("2026-03-14 10:00"))
    assert by_invoice().book(document, invoiced=("1",))[1:] == [
        "cancellation 2026-03-14: Dr Inventory 100 / Cr COGS 100"
    ]
    refunds = [returned(back("stock")), returned(back("none"), external_id="r2")]
    shipped_two = replace(document, fulfilments=(shipped("f1", mug="2"),), refunds=(refunds[0],))
    assert by_invoice().book(shipped_two, invoiced=("1",))[1:] == [
        "refund:ref-1 2026-03-12: Dr Inventory 20 / Cr COGS 20",
        "cancellation 2026-03-14: Dr Inventory 60 / Cr COGS 60",
    ]  # fmt: skip
    kept_one = replace(document, refunds=(refunds[1],))
    assert by_invoice().book(kept_one, invoiced=("1",))[-1] == "cancellation 2026-03-14: Dr Inventory 80 / Cr COGS 80"


def test_a_cancellation_keeps_the_day_on_which_it_was_booked():
    books = by_invoice()
    cancelled = mugs("2", cancelled=True)
    assert books.book(cancelled, invoiced=("1",))[1] == "cancellation 2026-03-15: Dr Inventory 40 / Cr COGS 40"
    kept = replace(cancelled, updated_at=at("2026-03-25 10:00"), refunds=(returned(back("none")),))
    assert books.book(kept, invoiced=("1",)) == ["cancellation 2026-03-15: Dr COGS 20 / Cr Inventory 20"]


def test_at_fulfilment_a_cancellation_changes_nothing():
    assert len(Books().book(mugs("2", cancelled=True, fulfilments=(shipped("f1", mug="1"),)))) == 1


def test_what_the_platform_took_out_of_the_order_is_no_return_of_its_invoice():
    refunds = [returned(back("stock"), already_reduced="10")]
    assert len(by_invoice().book(mugs("1", refunds=refunds), invoiced=("1",))) == 1


# === LATE CHANGES === #


def test_a_changed_quantity_is_corrected_by_the_difference_at_the_cost_of_then():
    books = Books(Catalogue({"mug": "3.333"}))
    books.book(mugs("3", fulfilments=(shipped("f1", mug="3"),)))
    books.catalogue.costs["mug"] = "9"
    assert books.book(mugs("3", fulfilments=(shipped("f1", mug="2"),))) == [
        "fulfilment:f1 2026-03-11: Dr Inventory 3.33 / Cr COGS 3.33"
    ]
    assert books.book(mugs("3", fulfilments=(shipped("f1", mug="3"),))) == [
        "fulfilment:f1 2026-03-11: Dr COGS 3.33 / Cr Inventory 3.33"
    ]
    assert [entry.number for entry in books.entries] == [1, 2, 3]
    assert books.balance(2) == D("10.00")


def test_a_shipment_that_is_gone_is_taken_back_and_its_return_too():
    books = Books()
    books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("stock"))]))
    assert books.book(mugs("1", refunds=[returned(back("stock"))])) == [
        "fulfilment:f1 2026-03-11: Dr Inventory 20 / Cr COGS 20",
        "refund:ref-1 2026-03-12: Dr COGS 20 / Cr Inventory 20",
    ]  # fmt: skip
    assert (books.balance(1), books.balance(2)) == (0, 0)
    assert sum(row.quantity for row in books.rows if row.movement is Movement.SOLD) == 0


def test_goods_that_turn_out_damaged_move_to_the_write_off():
    books = Books()
    books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("stock"))]))
    assert books.book(mugs("1", fulfilments=(shipped("f1"),), refunds=[returned(back("damaged"))])) == [
        "refund:ref-1 2026-03-12: Dr Write-off 20 / Cr Inventory 20"
    ]


def test_a_shipment_that_is_told_after_its_return_completes_the_return():
    books = Books()
    refunds = [returned(back("stock", "2"))]
    books.book(mugs("2", fulfilments=(shipped("f1", mug="1"),), refunds=refunds))
    books.book(mugs("2", fulfilments=(shipped("f1", mug="1"), shipped("f2", mug="1")), refunds=refunds))
    assert books.balance(1) == 0
    assert books.codes == []


def test_another_policy_does_not_book_the_same_goods_again():
    books = by_invoice()
    books.book(mugs("1"), invoiced=("1",))
    books.policy = replace(books.policy, on=CostOn.FULFILMENT)
    assert books.book(mugs("1", fulfilments=(shipped("f1"),)), invoiced=("1",)) == []
