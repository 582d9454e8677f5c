"""Payouts of the card processor, to the bank and back."""

from decimal import Decimal

import pytest
from figures import ZERO, balance
from vendure import processor_report

from .seen import CURRENCIES, NAME


@pytest.mark.parametrize("currency", CURRENCIES)
def test_payout_empties_clearing_and_reaches_the_bank(payouts, currency, books):
    _file, rows, clearing, done = payouts[currency]
    assert done.status == 0, done.errors + done.output
    gross = sum((Decimal(row["gross"]) for row in rows if row["source_id"]), ZERO)
    assert clearing == gross, "what the processor owes is what it pays out"
    (payout,) = done.data["payouts"]
    assert payout["state"] == "banked"
    assert Decimal(str(payout["amount"])) == processor_report.payout_total(rows)
    matched = [line for line in payout["lines"] if line["status"] == "matched"]
    assert len(matched) == len(rows) - 1, "all but the network costs"
    assert all(line["order"] for line in matched)
    assert payout["missing_at_processor"] == []
    assert Decimal(str(done.data["clearing_before"])) == clearing
    assert done.data["clearing_after"] == 0.0


def test_clearing_and_in_transit_are_empty_in_every_currency(payouts, books):
    for name in ("Payment clearing", "Payouts in transit"):
        for currency in CURRENCIES:
            assert balance(books, name, currency) == ZERO, (name, currency)
        company_currency = books.value(
            """SELECT coalesce(sum(l.balance), 0) FROM account_move_line l JOIN account_account a ON a.id = l.account_id
                WHERE l.parent_state = 'posted' AND a.name->>'en_US' = %s""", name,
        )  # fmt: skip
        assert Decimal(str(company_currency)) == 0, name
    unreconciled = """SELECT count(*) FROM ecommerce_payment e JOIN account_move_line l ON l.id = e.clearing_line_id
                       WHERE NOT l.reconciled AND e.transaction_id LIKE 'ch!_%%' ESCAPE '!' AND 1 = %s"""
    assert books.value(unreconciled, 1) == 0


def test_proof_covers_the_control_accounts(payouts, books):
    """Nothing is open on cards and nothing in transit, in no currency; law 15 is checked as soon as that is so."""
    rows = books.ecommerce("proof", "--store", NAME).data["stores"][0]["controls"]
    found = {(row["law"], row["subject"], row["currency"]): (row["store"], row["ledger"]) for row in rows}
    zero = ("0.00", "0.00")
    for currency in CURRENCIES:
        account = f"Card payments {currency}"
        assert found[8, account, currency] == found[9, account, currency] == zero
    for control in ("Payment clearing", "Payouts in transit"):
        assert found[15, f"{control}, Card payments USD", "EUR"] == zero
    assert {row["difference"] for row in rows} == {"0.00"}


def test_same_report_again_is_known(payouts, books):
    file, _rows, _clearing, _done = payouts["EUR"]
    before = books.counts()
    done = books.ecommerce("payout", "--account", "Card payments EUR", "--file", file, "--post", "--bank")
    assert (done.status, done.data["payouts"]) == (0, [])
    assert any("already imported" in notice for notice in done.data["notices"])
    assert books.counts() == before


def test_undo_and_again(payouts, books):
    _file, _rows, clearing, _done = payouts["EUR"]
    output = books.shell(
        """
payout = env["ecommerce.payout"].search([("currency_id.name", "=", "EUR")])
balances = []
def look():
    env.invalidate_all()
    account = payout.processor_account_id
    balances.append((payout.state, f"{account.clearing_balance:.2f}", f"{account.in_transit_balance:.2f}"))
look()
for step in ("action_undo", "action_undo", "action_post", "action_match_bank"):
    getattr(payout, step)()
    look()
print("STATES", balances)
"""
    )
    amount = str(processor_report.payout_total(payouts["EUR"][1]))
    states = [
        ("banked", "0.00", "0.00"), ("posted", "0.00", amount), ("draft", str(clearing), "0.00"),
        ("posted", "0.00", amount), ("banked", "0.00", "0.00"),
    ]  # fmt: skip
    assert f"STATES {states}" in output
    assert balance(books, "Payment clearing", "EUR") == ZERO
    assert balance(books, "Payouts in transit", "EUR") == ZERO
