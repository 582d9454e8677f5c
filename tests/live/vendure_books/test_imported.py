"""The first import: dry, real, and once more."""

from decimal import Decimal

from figures import (
    ZERO,
    gateways_of_ledger,
    gateways_of_store,
    totals,
)

from .seen import CURRENCIES, NOTICED, POSTED, WAITING, added

# === A dry run === #


def test_dry_run_writes_nothing_and_shows_every_plan(dry_run):
    done, before, after = dry_run
    assert done.status == 0, done.errors
    assert after == before
    orders = {order["number"]: order for order in done.data["orders"]}
    assert set(orders) == POSTED | WAITING
    assert set(orders["V1001"]) == {"id", "number", "currency", "total", "state", "explanation", "plan"}
    assert {order["state"] for number, order in orders.items() if number in POSTED} == {"ready"}
    assert {order["state"] for number, order in orders.items() if number in WAITING} == {"waiting"}
    assert (orders["V1001"]["currency"], orders["V1001"]["total"]) == ("EUR", "913.75")
    assert "Store sales" in orders["V1001"]["plan"]


# === Everything imported === #


def test_every_order_has_the_stores_figures(imported):
    for code, figures in imported.store.items():
        assert imported.ledger[code].as_stated_by(figures) == figures, code
    assert set(imported.ledger) == set(imported.store) == POSTED


def test_totals_differ_by_nothing(imported):
    said = totals(imported.store)
    booked = {code: figures.as_stated_by(imported.store[code]) for code, figures in imported.ledger.items()}
    assert totals(booked) == said
    assert {currency for _name, currency in said} == set(CURRENCIES)
    assert {"tax 20 %", "tax 5.5 %"} <= {name for name, _currency in said}
    assert said["invoiced", "EUR"] > 4000
    assert said["credited", "EUR"] == Decimal("13.34")


def test_refunds_of_an_amount_only_give_back_tax_as_it_was_charged(imported):
    """The store names no tax of them: each rate's share of the order, to the cent per credit note."""
    checked = 0
    for code, figures in imported.store.items():
        if figures.credited_taxes is None:
            checked += 1
            notes = sum(len(payment["refunds"]) for order in imported.orders if order["code"] == code
                        for payment in order["payments"])  # fmt: skip
            booked = imported.ledger[code].credited_taxes
            assert set(booked) == set(figures.taxes), code
            for rate, charged in figures.taxes.items():
                share = figures.credited * charged / figures.invoiced
                assert abs(booked[rate] - share) <= Decimal("0.01") * notes, (code, rate)
    assert checked


def test_control_accounts_hold_what_each_gateway_took(imported, books, shop, actions, changed):
    """Also after the changes: this one reads the present state."""
    booked, said = gateways_of_ledger(books), gateways_of_store(shop.full_orders())
    assert booked["manual", "EUR"] == said["manual", "EUR"]
    # A gift card that was sold is on its liability account, too.
    sold = sum(
        (Decimal(line["proratedLinePriceWithTax"]) / 100 for order in imported.orders for line in order["lines"]
         if line["productVariant"]["sku"].startswith("GIFT")), ZERO,
    )  # fmt: skip
    assert booked["gift card", "EUR"] == said["gift card", "EUR"] - sold
    assert sold > 0


def test_the_proof_holds(imported):
    proof = imported.proof
    assert proof["holds"], proof
    assert proof["laws"] == []
    rows = proof["totals"] + proof["taxes"] + proof["controls"]
    clearing = {row["subject"]: Decimal(row["ledger"]) for row in proof["controls"] if row["law"] == 8}
    assert all(clearing[f"Card payments {currency}"] > 0 for currency in CURRENCIES), "open until it is paid out"
    assert {Decimal(row["ledger"]) for row in proof["controls"] if row["law"] not in (8, 11)} == {ZERO}
    # An order was paid with a card that was sold before the first order here.
    cards = {row["currency"]: Decimal(row["ledger"]) for row in proof["controls"] if row["law"] == 11}
    assert cards == {"EUR": Decimal("-10.00")}
    assert {row["difference"] for row in rows} <= {"0", "0.00"}
    assert {row["currency"] for row in rows} == set(CURRENCIES)
    assert proof["counts"]["orders_posted"] == len(POSTED)
    assert proof["counts"]["orders_waiting"] == len(WAITING)


def test_what_is_not_booked_is_named_with_its_reason(imported):
    found = {item["order"]: item["code"] for item in imported.proof["exceptions"]}
    assert found == NOTICED
    assert not any(item["blocks"] for item in imported.proof["exceptions"])
    assert {item["order"] for item in imported.proof["waiting"]} == WAITING
    assert all(item["why"] for item in imported.proof["waiting"])


def test_run_tells_the_counts(imported):
    run = imported.orders_run
    assert run["state"] == "done"
    counts = {name: added(imported.runs, name) for name in ("new", "posted", "waiting", "blocked", "failed")}
    assert counts == {"new": 18, "posted": len(POSTED), "waiting": len(WAITING), "blocked": 0, "failed": 0}


def test_entries_balance_and_none_is_a_draft(imported, books):
    unbalanced = """SELECT move_id FROM account_move_line GROUP BY move_id
                    HAVING sum(balance) <> 0 OR (count(DISTINCT currency_id) = 1 AND sum(amount_currency) <> 0)"""
    assert books.rows(unbalanced) == []
    assert books.value("SELECT count(*) FROM account_move WHERE state <> 'posted'") == 0


# === Imported again === #


def test_import_again_writes_nothing(imported, again):
    assert again.counts == imported.counts
    assert again.entries == imported.entries
    assert added(again.runs, "fetched") > 0
    for name in ("new", "changed", "posted", "blocked", "failed"):
        assert added(again.runs, name) == 0, name
