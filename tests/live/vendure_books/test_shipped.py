"""The same store, invoiced as it ships: the parcels that left have invoices, everything else is an advance."""

import pytest
from odoo_books import OdooBooks

from .conftest import COMPANY, RULES
from .seen import NAME, connect

#: Left in two parcels; see the README of the store.
TWO_PARCELS = "V1013"
POLICY = 'env["ecommerce.store"].search([]).invoice_on = "fulfilment"'
INVOICES = """
    SELECT o.number, m.invoice_date::text, m.amount_total::text, m.payment_state
    FROM ecommerce_posting p JOIN ecommerce_order o ON o.id = p.order_id JOIN account_move m ON m.id = p.move_id
    WHERE p.kind = 'invoice' ORDER BY m.id
"""


@pytest.fixture(scope="module")
def shipped(shop):
    """A database of its own with everything imported under that policy, and what the command line proves of it."""
    database = OdooBooks("shipped")
    database.shell(COMPANY)
    connected = connect(database, shop, "--platform", "vendure", "--timezone", "Europe/Paris", "--accounting")
    assert connected.status == 0, connected.errors
    database.shell(RULES)
    database.shell(POLICY)
    done = database.ecommerce("import", "--store", NAME)
    assert done.status == 0, done.errors
    yield database, database.ecommerce("proof", "--store", NAME).data["stores"][0]
    database.drop()


def test_each_parcel_has_its_invoice(shipped, shop):
    database, _proof = shipped
    (order,) = (order for order in shop.full_orders() if order["code"] == TWO_PARCELS)
    own = [row[1:] for row in database.rows(INVOICES) if row[0] == TWO_PARCELS]
    assert len(own) == len(order["fulfillments"]) == 2
    assert sum(round(float(total) * 100) for _day, total, _state in own) == order["totalWithTax"]
    assert {state for _day, _total, state in own} == {"paid"}


def test_what_has_not_left_has_none(shipped, shop):
    database, _proof = shipped
    left = {order["code"] for order in shop.full_orders() if any(
        item["state"] in ("Shipped", "Delivered") for item in order["fulfillments"]
    )}  # fmt: skip
    assert {row[0] for row in database.rows(INVOICES)} == left
    assert TWO_PARCELS in left


def test_the_proof_holds(shipped):
    _database, proof = shipped
    assert proof["holds"], proof
