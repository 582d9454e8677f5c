"""An accountant takes posted entries back in Odoo; then the store goes on. The proof is off and says what.

The fixtures tell one story, each a step of it; the tests look at a step and change nothing. The
dollar has another rate on the day of the payout and another one when it arrives.
"""

from decimal import Decimal

import pytest
from figures import balance, of_ledger
from file_figures import all_back, of_file, part_back, sale
from odoo_books import OdooBooks, write_json_lines

D = Decimal
DISAGREE = 3
#: What happens to which order.
DRAFT, CANCELLED, REVERSED, UNMATCHED, UNPAID, LEFT_ALONE, DOLLARS = "A1", "A2", "A3", "A4", "A5", "A6", "U1"
BLOCKED = {DRAFT, CANCELLED, REVERSED, UNPAID}

COMPANY = """
from decimal import Decimal
dollar = env.ref("base.USD")
env.company.write({"name": "Files company", "currency_id": env.ref("base.EUR").id})
env.ref("base.EUR").active = dollar.active = True
for day, rate in (("2026-03-01", 1.1), ("2026-03-14", 1.3), ("2026-03-16", 1.2)):
    env["res.currency.rate"].create(
        {"name": day, "company_rate": rate, "currency_id": dollar.id, "company_id": env.company.id}
    )
store = env["ecommerce.store"].create(
    {"name": "Files", "platform": "file", "timezone": "UTC", "company_id": env.company.id}
)
store._create_accounting(currencies=["EUR", "USD"], rates={Decimal(20), Decimal("5.5")})
bank = env["account.journal"].create(
    {"name": "Dollar bank", "code": "DBNK", "type": "bank", "currency_id": dollar.id}
)
env["ecommerce.processor.account"].search([("currency_id", "=", dollar.id)]).bank_journal_id = bank
env["account.bank.statement.line"].create(
    {"journal_id": bank.id, "date": "2026-03-17", "payment_ref": "STRIPE PAYOUT po_dollars", "amount": 127.55}
)
"""
PAYOUT = """automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,currency,gross,\
fee,net,reporting_category,source_id,charge_id
po_dollars,2026-03-15 00:00:00,txn_1,2026-03-10 11:00:00,usd,130.55,3.00,127.55,charge,ch_U1,ch_U1
"""
#: On Odoo's own screens: reset to draft, cancelled, reversed by the wizard, unreconciled, a payment reset to draft.
TAKE_BACK = f"""
def posting(number, kind):
    return env["ecommerce.posting"].search([("order_id.number", "=", number), ("kind", "=", kind)]).move_id
posting("{DRAFT}", "invoice").button_draft()
posting("{CANCELLED}", "invoice").button_draft()
posting("{CANCELLED}", "invoice").button_cancel()
invoice = posting("{REVERSED}", "invoice")
wizard = env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
wizard.create({{"journal_id": invoice.journal_id.id, "date": "2026-03-11"}}).reverse_moves()
invoice.reversal_move_ids.action_post()
posting("{UNMATCHED}", "invoice").line_ids.remove_move_reconcile()
env["ecommerce.payment"].search([("order_id.number", "=", "{UNPAID}")]).payment_id.action_draft()
"""
REPAIR = f"""
def posting(number, kind):
    return env["ecommerce.posting"].search([("order_id.number", "=", number), ("kind", "=", kind)]).move_id
posting("{CANCELLED}", "invoice").button_draft()
(posting("{DRAFT}", "invoice") | posting("{CANCELLED}", "invoice")).action_post()
reversal = posting("{REVERSED}", "invoice").reversal_move_ids
reversal.button_draft()
reversal.button_cancel()
env["ecommerce.payment"].search([("order_id.number", "=", "{UNPAID}")]).payment_id.action_post()
"""


def import_file(books, folder, orders):
    """Import orders from a file."""
    done = books.ecommerce("import", "--store", "Files", "--file", write_json_lines(folder / "orders.jsonl", orders))
    assert done.status == 0, done.errors
    (run,) = done.data["runs"]
    return run


def prove(books):
    """(exit status, the proof of the store)."""
    done = books.ecommerce("proof")
    return done.status, done.data["stores"][0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("taken_back")


@pytest.fixture(scope="module")
def orders():
    """As they are sold: one of them is partly given back at once."""
    sold = [sale(number) for number in (DRAFT, CANCELLED, REVERSED, UNMATCHED, UNPAID)]
    return [*sold, sale(LEFT_ALONE, refund=part_back(LEFT_ALONE)), sale(DOLLARS, currency="USD")]


@pytest.fixture(scope="module")
def refunded(orders):
    """As they are after everything, or a part of it, was given back."""
    back = [sale(order["number"], refund=part_back(order["number"])) for order in orders[:5]]
    back[2] = sale(REVERSED, refund=all_back(REVERSED))
    return [*back, *orders[5:]]


@pytest.fixture(scope="module")
def books():
    database = OdooBooks("taken_back")
    database.shell(COMPANY)
    yield database
    database.drop()


@pytest.fixture(scope="module")
def imported(books, folder, orders):
    """Booked, the dollars paid out and arrived."""
    run = import_file(books, folder, orders)
    report = folder / "payout.csv"
    report.write_text(PAYOUT)
    done = books.ecommerce("payout", "--account", "Card payments USD", "--file", report, "--post", "--bank")
    assert done.status == 0, done.errors + done.output
    return run, of_ledger(books), prove(books)


@pytest.fixture(scope="module")
def taken_back(books, imported):
    """After the accountant."""
    books.shell(TAKE_BACK)
    return prove(books)


@pytest.fixture(scope="module")
def continued(books, folder, refunded, taken_back):
    """The store gave money back, and that was imported."""
    before = of_ledger(books)
    run = import_file(books, folder, refunded)
    return run, before, of_ledger(books), prove(books)


@pytest.fixture(scope="module")
def repaired(books, folder, refunded, continued):
    """The accountant followed the hints, and the same file was imported again."""
    books.shell(REPAIR)
    run = import_file(books, folder, refunded)
    return run, of_ledger(books), prove(books)


def test_taxes_of_credit_notes_are_those_the_store_states(imported, orders):
    run, ledger, (status, proof) = imported
    assert (run["posted"], run["blocked"]) == (len(orders), 0)
    assert ledger == of_file(orders)
    assert ledger[LEFT_ALONE].credited_taxes == {D(20): D("4.00"), D("5.5"): D("0.55")}
    assert (status, proof["holds"]) == (0, True), proof


def test_exchange_differences_leave_nothing_in_company_currency(imported, books):
    for name in ("Payment clearing", "Payouts in transit"):
        assert balance(books, name, "USD") == 0
        company_currency = """SELECT coalesce(sum(l.balance), 0) FROM account_move_line l
                                JOIN account_account a ON a.id = l.account_id
                                JOIN res_currency c ON c.id = l.currency_id
                               WHERE l.parent_state = 'posted' AND a.name->>'en_US' = %s AND c.name = 'USD'"""
        assert D(books.value(company_currency, name)) == 0, name
    # 130.55 USD were 118.68 EUR when paid, and the fee of 3.00 USD 2.73. The rest, 127.55 USD, was 98.12 EUR when
    # it was paid out, and 106.29 arrived.
    lost, won = (
        D(books.value(
            f"""SELECT sum(l.balance) FROM account_move_line l JOIN res_company c
                    ON c.{side}_currency_exchange_account_id = l.account_id WHERE l.parent_state = 'posted'"""
        ))
        for side in ("expense", "income")
    )  # fmt: skip
    assert (lost, won) == (D("17.83"), D("-8.17"))
    _status, proof = imported[2]
    checked = {row["subject"]: row["ledger"] for row in proof["controls"] if row["law"] == 15}
    assert checked == {
        "Payment clearing, Card payments USD": "0.00", "Payouts in transit, Card payments USD": "0.00",
    }  # fmt: skip


def test_proof_says_what_was_taken_back(taken_back, books):
    status, proof = taken_back
    assert (status, proof["holds"]) == (DISAGREE, False)
    names = dict(
        books.rows(
            """SELECT o.number || ' ' || p.kind, m.name FROM ecommerce_posting p
                 JOIN ecommerce_order o ON o.id = p.order_id JOIN account_move m ON m.id = p.move_id"""
        )
    )
    reversal = books.value("SELECT name FROM account_move WHERE reversed_entry_id IS NOT NULL AND invoice_origin = %s",
                           REVERSED)  # fmt: skip
    assert {(row["name"], row["subject"]) for row in proof["laws"] if row["law"] == 3} == {
        ("entry is a draft", f"{DRAFT}: {names[f'{DRAFT} invoice']}"),
        ("entry is cancelled", f"{CANCELLED}: {names[f'{CANCELLED} invoice']}"),
        (f"entry is reversed by {reversal}", f"{REVERSED}: {names[f'{REVERSED} invoice']}"),
        ("entry is a draft", f"{UNPAID}: {names[f'{UNPAID} payment']}"),
    }
    amounts = {
        (row["subject"], row["law"], row["name"]): D(row["difference"]) for row in proof["laws"] if row["law"] != 3
    }
    worth, owed, apart = "worth of the order", "outstanding", "open, and not reconciled"
    assert amounts == {
        (DRAFT, 4, worth): D("-130.55"), (DRAFT, 5, owed): D("-130.55"),
        (CANCELLED, 4, worth): D("-130.55"), (CANCELLED, 5, owed): D("-130.55"),
        (REVERSED, 4, worth): D("-130.55"), (REVERSED, 5, owed): D("-130.55"),
        (UNMATCHED, 5, apart): D("130.55"), (UNPAID, 5, owed): D("130.55"),
    }  # fmt: skip
    totals = {
        row["subject"]: D(row["difference"]) for row in proof["totals"] + proof["taxes"] if row["currency"] == "EUR"
    }
    assert totals == {"sales": D("-261.10"), "refunds": D("130.55"), "20 %": D("-60.00"), "5.5 %": D("-1.65")}
    off = {(row["law"], row["subject"]): D(row["difference"]) for row in proof["controls"] if D(row["difference"])}
    assert off == {(8, "Card payments EUR"): D("-130.55")}, "the payment that is a draft"


def test_nothing_is_booked_on_top(continued):
    run, before, after, _proof = continued
    assert (run["posted"], run["blocked"], run["failed"]) == (1, len(BLOCKED), 0)
    assert {number for number, figures in after.items() if figures != before[number]} == {UNMATCHED}
    assert after[UNMATCHED].outstanding == 0, "its refund brought the rest of it in order"


def test_exceptions_say_what_to_do(continued):
    _run, _before, _after, (status, proof) = continued
    assert (status, proof["complete"]) == (DISAGREE, False)
    found = {item["order"]: item for item in proof["exceptions"]}
    assert {number: item["code"] for number, item in found.items()} == {
        DRAFT: "entry_not_posted", CANCELLED: "entry_not_posted", REVERSED: "reversed_in_odoo",
        UNPAID: "entry_not_posted",
    }  # fmt: skip
    assert all(item["blocks"] and "then retry the order" in item["hint"] for item in found.values())
    assert UNMATCHED not in {row["subject"] for row in proof["laws"]}


def test_repaired_in_odoo_the_store_is_followed_again(repaired, refunded):
    run, ledger, (status, proof) = repaired
    assert (run["posted"], run["blocked"]) == (len(BLOCKED), 0)
    assert ledger == of_file(refunded)
    assert (status, proof["holds"], proof["complete"], proof["exceptions"]) == (0, True, True, []), proof
