"""Orders with two currencies: what is stated is taken, and what is not is named, never computed."""

import pathlib
import re
from dataclasses import replace
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest
from payout_builders import payment, transaction

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.core.evidence import same_amount
from ecommerce_connector.core.payouts.matching import MatchStatus, match_transactions
from ecommerce_connector.core.presented import as_presented
from ecommerce_connector.core.presentment import Presentment
from ecommerce_connector.core.settlements import Money
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.file.adapter import order_document

TEXT = (pathlib.Path(__file__).parents[2] / "docs" / "order-json.md").read_text()


def example():
    return payloads.loads(re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)[1], unique=True)


def read(payload):
    return order_document(payload, ZoneInfo("Europe/Paris"))


def test_booked_in_the_customers_currency():
    own = read(example())
    document = as_presented(own)
    assert (document.currency, document.total, document.unexplained) == ("USD", D("90.09"), 0)
    assert [(line.net, line.tax, line.discount) for line in document.lines] == [
        (D("39.60"), D("7.92"), D("4.40")), (D("8.03"), D("0.44"), 0), (D("5.50"), D("1.10"), 0), (D("27.50"), 0, 0),
    ]  # fmt: skip
    assert document.lines[3].cards[0].amount == D("27.50")
    assert document.lines[0].discounts[0].amount == D("4.40")
    assert [tender.amount for tender in document.tenders] == [D("11.00"), D("79.09")]
    (refund,) = document.refunds
    assert (refund.amount, refund.lines[0].gross) == (D("8.47"), D("8.47"))
    assert document.tax_totals == ()


def test_the_stores_own_amounts_are_kept_as_evidence():
    stated = as_presented(read(example())).presentment
    assert (stated.currency, stated.total) == ("EUR", D("81.90"))
    assert (stated.payments["p2"], stated.refunds["r1"].amount) == (D("71.90"), D("7.70"))


def test_an_order_in_one_currency_stays_as_it_is():
    document = replace(read(example()), presentment=None)
    assert as_presented(document) is document


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (("total",), "total"),
        (("lines", 0, "net"), r"line 1 \(TSHIRT-M\), net"),
        (("lines", 0, "taxes"), r"line 1 \(TSHIRT-M\), tax VAT"),
        (("lines", 0, "discounts"), r"line 1 \(TSHIRT-M\), discount SPRING10"),
        (("lines", 2), r"line 3 \(standard\), tax VAT"),
        (("payments", 1), "payment p2"),
        (("refunds", 0, "amount"), "refund r1"),
        (("refunds", 0, "lines"), r"refund r1, line 2 \(BOOK-7\)"),
    ],
)
def test_what_is_not_stated_is_named(path, named):
    payload = example()
    part = payload["presentment"]
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    document = read(payload)
    with pytest.raises(PayloadError, match=f"order W1042, {named}.*USD") as error:
        as_presented(document)
    assert "store's form" in error.value.hint


def test_gift_cards_that_share_a_line_need_amounts_of_their_own():
    payload = example()
    cards = [{"id": "GC-71", "amount": "20.00"}, {"id": "GC-72", "amount": "5.00"}]
    payload["lines"][3] |= {"quantity": 2, "gift_cards": cards}
    with pytest.raises(PayloadError, match="line 4 \\(CARD-25\\), gift card GC-71: its amount in USD"):
        as_presented(read(payload))


def test_what_is_zero_need_not_be_stated():
    payload = example()
    del payload["presentment"]["refunds"][0]["already_reduced"]
    assert as_presented(read(payload)).refunds[0].already_reduced == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"currency": "EUR"}, "it is EUR like the order's"),
        ({"currency": "dollars"}, "not an ISO 4217"),
        ({"total": "62.591"}, "more decimals than USD"),
        ({"payments": [{"id": "p9", "amount": "1.00"}]}, "payment p9: the order has no such payment"),
        ({"refunds": [{"id": "r9"}]}, "refund r9: the order has no such refund"),
        ({"lines": [{"id": "9"}]}, "line 9: the order has no such line"),
        ({"lines": [{"id": "1", "taxes": ["1.00", "2.00"]}]}, "there are 2, but the line has 1"),
        ({"lines": [{"id": "1", "netto": "1.00"}]}, "there is no such field"),
        ({"rate": "1.1"}, "there is no such field"),
    ],
)
def test_contradictions_are_refused(change, problem):
    payload = example()
    payload["presentment"] |= change
    with pytest.raises(PayloadError, match=problem):
        read(payload)


EUROS = replace(payment(1, "46.90", transaction_id="ch_1"), also=Money(D("51.59"), "USD"))


def charge(external_id, gross):
    return transaction("t1", gross, source_id=external_id)


def in_dollars(gross, charged):
    return replace(charge("ch_1", gross), charged=Money(D(charged), "USD"))


@pytest.mark.parametrize(
    ("transaction", "matched"),
    [
        (in_dollars("46.10", "51.59"), True),  # the charge as the customer saw it
        (in_dollars("46.90", "51.00"), True),  # what reached the balance is what is booked
        (charge("ch_1", "46.90"), True),
        (in_dollars("46.10", "51.58"), False),
        (charge("ch_1", "46.89"), False),
        (charge("ch_1", "51.59"), False),  # euros of that number are other money
    ],
)
def test_either_currency_matches_exactly(transaction, matched):
    (row,) = match_transactions([transaction], [EUROS]).rows
    assert same_amount(transaction, EUROS) is matched
    assert row.status is (MatchStatus.MATCHED if matched else MatchStatus.DIFFERENT)
    assert (row.difference == 0) is matched


def test_currency_of_the_presentment_is_checked():
    with pytest.raises(PayloadError, match="payment p1"):
        Presentment(currency="JPY", payments={"p1": D("1.50")})
