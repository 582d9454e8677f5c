"""What happened in the store afterwards: booked, or an exception."""

from decimal import Decimal

from .seen import added


def test_only_what_changed_is_booked(again, changed, actions):
    new = {number for number, moves in changed.entries.items() if moves != again.entries.get(number)}
    assert new == {actions[name] for name in ("refunded", "settled", "captured", "euros", "dollars")}
    for number, moves in again.entries.items():
        assert moves <= changed.entries[number], "posted entries stay"
    assert added(changed.runs, "new") == 2
    assert added(changed.runs, "posted") == 5
    assert added(changed.runs, "blocked") == 1
    assert changed.counts["ecommerce_order"] == again.counts["ecommerce_order"] + 2
    # Refund: note and payment. Settled: payment. Captured, placed twice: invoice and payment each.
    assert changed.counts["ecommerce_posting"] == again.counts["ecommerce_posting"] + 2 + 1 + 3 * 2


def test_every_other_order_has_the_stores_figures(changed, actions):
    for code, figures in changed.store.items():
        if code != actions["cancelled"]:
            assert changed.ledger[code].as_stated_by(figures) == figures, code


def test_refund_is_a_credit_note_of_the_posted_invoice(books, changed):
    rows = books.rows(
        """
        SELECT note.amount_total, note.amount_residual, note.reversed_entry_id = invoice.move_id
          FROM ecommerce_posting p
          JOIN ecommerce_order o ON o.id = p.order_id AND o.number = 'V1001'
          JOIN account_move note ON note.id = p.move_id
          JOIN ecommerce_posting invoice ON invoice.order_id = o.id AND invoice.kind = 'invoice'
         WHERE p.kind = 'credit_note'
        """
    )
    assert [(Decimal(total), Decimal(residual), is_tied) for total, residual, is_tied in rows] == [(5, 0, True)]


def test_cancelled_order_is_an_exception_and_its_entries_stay(again, changed, actions):
    cancelled = actions["cancelled"]
    blocking = {item["order"]: item for item in changed.proof["exceptions"] if item["blocks"]}
    assert set(blocking) == {cancelled}, blocking
    assert blocking[cancelled]["code"] == "changed_after_posting"
    assert blocking[cancelled]["hint"]
    assert changed.entries[cancelled] == again.entries[cancelled]
    assert changed.ledger[cancelled] == again.ledger[cancelled]


def test_proof_is_off_by_exactly_the_cancelled_order(again, changed, actions):
    lost = again.store[actions["cancelled"]]
    proof = changed.proof
    assert not proof["holds"]
    off = {
        (row["subject"].removesuffix(" %"), row["currency"]): Decimal(row["difference"])
        for row in proof["totals"] + proof["taxes"] if Decimal(row["difference"])
    }  # fmt: skip
    expected = {("sales", lost.currency): lost.invoiced}
    expected |= {(str(rate), lost.currency): amount for rate, amount in lost.taxes.items()}
    assert {(subject if subject == "sales" else str(Decimal(subject).normalize()), currency): amount
            for (subject, currency), amount in off.items()} == expected  # fmt: skip
    assert {row["subject"] for row in proof["laws"]} == {actions["cancelled"]}, "it names the order, and no other"
    assert not any(Decimal(row["difference"]) for row in proof["controls"])


def test_settled_refund_is_no_exception_any_more(changed, actions):
    assert {item["order"]: item["code"] for item in changed.proof["exceptions"] if not item["blocks"]} == {
        "V1012": "order_not_placed", actions["cancelled"]: "cancelled_but_paid",
    }  # fmt: skip


def test_two_workers_posted_nothing_twice(books, changed):
    doubles = "SELECT store_id, kind, external_id FROM ecommerce_posting GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert books.rows(doubles) == []
    assert books.rows("SELECT external_id FROM ecommerce_order GROUP BY external_id HAVING count(*) > 1") == []
