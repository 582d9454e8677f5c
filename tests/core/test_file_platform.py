"""The project's own JSON format: what it reads, and what it refuses with which words."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from builders import PARIS, at, booked, plan

from ecommerce_connector.core.canonical import Address, Customer, LineKind, MoneyState, StoreDocument, TaxTotal
from ecommerce_connector.core.dates import UTC
from ecommerce_connector.core.disputes.document import Dispute, DisputeState
from ecommerce_connector.core.errors import ConnectorError, PayloadError
from ecommerce_connector.platforms.base import Credentials
from ecommerce_connector.platforms.file import FilePlatform, read_records, read_row

D = Decimal
LINE = {
    "id": "a", "key": "MUG", "description": "Blue mug", "quantity": "2", "net": "10.00", "discount": "1.50",
    "taxes": [{"code": "VAT", "rate": "20", "amount": "2.00"}],
}  # fmt: skip
PAYMENT = {
    "id": "p", "gateway": "card", "amount": "12.00", "at": "2026-03-10T10:00:00Z", "transaction_id": "ch_1",
}  # fmt: skip
REFUND = {"id": "r", "gateway": "card", "amount": "2.40", "at": "2026-03-11T10:00:00Z", "reason": "late"}
DISPUTE = {
    "id": "du_1", "transaction_id": "ch_1", "state": "partly_lost", "at": "2026-05-02T22:30:00Z", "amount": "12.00",
    "lost": "5.00", "inquired_at": "2026-03-20T10:00:00Z", "opened_at": "2026-03-22T10:00:00Z", "reason": "fraudulent",
    "respond_by": "2026-04-10",
}  # fmt: skip
ORDER = {
    "id": "1", "number": "1001", "currency": "EUR", "placed_at": "2026-03-10T09:00:00Z",
    "updated_at": "2026-03-10T11:00:00Z", "total": "12.00", "lines": [LINE], "payments": [PAYMENT],
}  # fmt: skip


def row(*changes: dict, without: str = "") -> bytes:
    """The order as one row of a file."""
    order = {}
    for change in (ORDER, *changes):
        order |= change
    return json.dumps({name: value for name, value in order.items() if name != without}).encode()


def document(content: bytes) -> StoreDocument:
    """What a row becomes, by way of the file."""
    (record,) = read_records("orders.jsonl", content)
    return FilePlatform.order_document(record.payload, PARIS)


def refused(content: bytes) -> str:
    with pytest.raises(PayloadError) as caught:
        document(content)
    return str(caught.value)


# === READING === #


def test_an_order_with_everything() -> None:
    address = {"street": "1 rue", "city": "Paris", "postal_code": "75002", "country": "fr"}
    customer = {"id": "9", "name": "Ada", "email": "ada@example.com", "vat": "FR1", "billing": address}
    summary = [{"code": "VAT", "rate": "20", "amount": "2.00"}]
    returned = REFUND | {"state": "pending", "lines": [LINE | {"kind": "product"}], "already_reduced": "1.00"}
    more = {"customer": customer, "tax_totals": summary, "refunds": [returned], "test": True, "cancelled": True}
    found = document(row(more))
    assert (found.external_id, found.number, found.currency, found.total) == ("1", "1001", "EUR", D("12.00"))
    assert (found.placed_at, found.updated_at) == (at("2026-03-10 10:00"), at("2026-03-10 12:00"))
    (line,) = found.lines
    assert (line.kind, line.key, line.description) == (LineKind.PRODUCT, "MUG", "Blue mug")
    assert (line.quantity, line.net, line.discount, line.tax) == (D(2), D("10.00"), D("1.50"), D("2.00"))
    assert (line.taxes[0].code, line.taxes[0].rate, line.taxes[0].remitted_by_seller) == ("VAT", D(20), True)
    (tender,) = found.tenders
    assert (tender.amount, tender.at, tender.state) == (D("12.00"), at("2026-03-10 11:00"), MoneyState.DONE)
    assert tender.transaction_id == "ch_1"
    (refund,) = found.refunds
    assert (refund.state, refund.already_reduced, refund.reason) == (MoneyState.PENDING, D("1.00"), "late")
    assert refund.lines == found.lines
    billing = Address(street="1 rue", city="Paris", postal_code="75002", country="FR")
    assert found.customer == Customer(external_id="9", name="Ada", email="ada@example.com", vat="FR1", billing=billing)
    assert found.tax_totals == (TaxTotal(code="VAT", rate=D(20), amount=D("2.00")),)
    assert (found.is_test, found.cancelled) == (True, True)


def test_disputes_of_an_order() -> None:
    (found,) = document(row({"disputes": [DISPUTE]})).disputes
    assert found == Dispute(
        external_id="du_1", charge_id="ch_1", state=DisputeState.PARTLY_LOST, at=at("2026-05-03 00:30"),
        amount=D("12.00"), lost=D("5.00"), currency="EUR", inquired_at=at("2026-03-20 11:00"),
        opened_at=at("2026-03-22 11:00"), reason="fraudulent", respond_by=date(2026, 4, 10),
    )  # fmt: skip


def test_an_order_with_what_it_needs() -> None:
    content = (
        b'{"id": 77, "currency": "JPY", "placed_at": null, "updated_at": "2026-03-10T11:00:00+09:00", "total": 500,'
        b' "lines": [{"id": 1, "key": "TEA", "net": 500}]}'
    )
    found = document(content)
    assert (found.external_id, found.number, found.placed_at, found.total) == ("77", "77", None, D(500))
    assert (found.lines[0].description, found.lines[0].quantity, found.lines[0].taxes) == ("TEA", D(1), ())
    assert (found.tenders, found.refunds, found.customer, found.is_test) == ((), (), Customer(), False)


def test_amounts_are_exact_as_text_and_as_number() -> None:
    content = row({"total": "0.30"}).replace(b'"0.30"', b"0.3")
    assert document(content).total == D("0.3")
    assert document(row({"total": "0.30"})).total == D("0.30")


def test_times_are_given_in_the_stores_zone() -> None:
    found = document(row({"placed_at": "2026-01-31T15:30:00-08:00"}))
    assert str(found.placed_at) == "2026-02-01 00:30:00+01:00"


def test_marketplace_tax_and_withheld_states() -> None:
    tax = {"code": "Sales tax", "amount": "2.00", "remitter": "marketplace"}
    found = document(
        row({"lines": [LINE | {"kind": "fee", "taxes": [tax]}], "payments": [PAYMENT | {"state": "authorized"}]})
    )
    assert (found.lines[0].kind, found.lines[0].taxes[0].remitted_by_seller) == (LineKind.FEE, False)
    assert found.tenders[0].state is MoneyState.AUTHORIZED


def test_a_file_of_rows() -> None:
    content = b"\xef\xbb\xbf" + row() + b"\r\n\n  \n" + row({"id": "2", "updated_at": "2026-03-12T00:00:00Z"}) + b"\n"
    records = list(read_records("orders.jsonl", content))
    assert [record.external_id for record in records] == ["1", "2"]
    assert records[1].changed_at == datetime(2026, 3, 12, tzinfo=UTC)
    assert read_row("orders.jsonl", 5, b"  ") is None


def test_from_the_file_to_the_entries() -> None:
    assert booked(plan(document(row({"refunds": [REFUND]})))) == [
        "Dr AR 12 / Cr Revenue 10, Tax payable 2",
        "Dr Sales allowances 2, Tax payable 0.4 / Cr AR 2.4",
        "Dr PSP 12 / Cr AR 12",
        "Dr AR 2.4 / Cr PSP 2.4",
    ]


def test_total_that_does_not_add_up_is_blocked_with_the_difference() -> None:
    (reason,) = plan(document(row({"total": "13.50"}))).reasons
    assert (reason.code, reason.amount) == ("does_not_add_up", D("1.50"))
    assert reason.message == (
        "Order 1001: lines and taxes come to 12.00 EUR, the store's total is 13.50: 1.50 is not explained."
    )


# === REFUSING === #


WHOLE = ORDER | {
    "refunds": [REFUND | {"lines": [LINE]}], "tax_totals": LINE["taxes"], "customer": {"billing": {"country": "FR"}},
    "disputes": [DISPUTE],
}  # fmt: skip
NOT_A_STATE = "'paid' is none of authorized, pending, done, failed, voided."
NOT_A_DISPUTE = "'gone' is none of inquiry, opened, won, lost, partly_lost, closed."
NOT_A_KIND = "'goods' is none of product, gift_card, shipping, fee, tip, duty, donation."


def changed(path: str, value: object) -> bytes:
    """The order with one field changed; ``lines.0.net`` is the net of the first line."""
    order = json.loads(json.dumps(WHOLE))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = order
    for step in steps:
        place = place[step]
    place[last] = value
    return json.dumps(order).encode()


def twice(path: str) -> bytes:
    """The order with the only thing of a list twice."""
    return row(WHOLE, {path: WHOLE[path] * 2})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("total", "NaN", "total: 'NaN' is not an amount."),
        ("total", "-Infinity", "total: '-Infinity' is not an amount."),
        ("total", "12,00", "total: '12,00' is not an amount."),
        ("total", "1_200", "total: '1_200' is not an amount."),
        ("total", "１２", "total: '１２' is not an amount."),
        ("total", "", "total: '' is not an amount."),
        ("total", True, "total: True is not an amount."),
        ("total", [12], "total: [12] is not an amount."),
        ("total", None, "total: it is missing."),
        ("total", "-12.00", "total: -12.00 is negative."),
        ("total", "12.005", "total: 12.005 has more decimals than EUR has."),
        ("total", "1E+400", "total: 1e+400 is not an amount of money."),
        ("currency", "EURO", "currency: 'EURO' is not an ISO 4217 currency code."),
        ("currency", "JPY", "refund r, amount: 2.40 has more decimals than JPY has."),
        ("currency", ["EUR"], "currency: ['EUR'] is not text."),
        ("placed_at", "yesterday", "placed_at: 'yesterday' is not an ISO 8601 time."),
        ("placed_at", "2026-03-10T09:00:00", "placed_at: '2026-03-10T09:00:00' has no UTC offset."),
        ("cancelled", "yes", "cancelled: 'yes' is not true or false."),
        ("totla", "12.00", "totla: there is no such field."),
        ("lines", "none", "lines: it is not a list."),
        ("lines.0", 7, "lines 1: it is not a JSON object."),
        ("lines.0.net", "ten", "lines 1, net: 'ten' is not an amount."),
        ("lines.0.net", None, "lines 1, net: it is missing."),
        ("lines.0.net", "1.005", "line a (MUG), net: 1.005 has more decimals than EUR has."),
        ("lines.0.kind", "goods", f"lines 1, kind: {NOT_A_KIND}"),
        ("lines.0.discount", "-1", "line a (MUG), discount: -1 is negative; what is added is part of the net."),
        ("lines.0.colour", "red", "lines 1, colour: there is no such field."),
        ("lines.0.taxes.0.amount", None, "lines 1, taxes 1, amount: it is missing."),
        ("lines.0.taxes.0.rate", "20%", "lines 1, taxes 1, rate: '20%' is not an amount."),
        ("lines.0.taxes.0.amount", "2.001", "line a (MUG), tax 'VAT': 2.001 has more decimals than EUR has."),
        ("payments.0.id", "", "payment: its id is empty."),
        ("payments.0.amount", "-12.00", "payment p, amount: -12.00 is negative; money given back is a refund."),
        ("payments.0.state", "paid", f"payments 1, state: {NOT_A_STATE}"),
        ("payments.0.at", None, "payments 1, at: it is missing."),
        ("payments.0.gateway", None, "payments 1, gateway: it is missing."),
        ("refunds.0.amount", "-2.40", "refund r, amount: -2.40 is negative; amounts of refunds are positive here."),
        ("refunds.0.already_reduced", "0.001", "refund r, already reduced: 0.001 has more decimals than EUR has."),
        ("refunds.0.lines.0.key", None, "refunds 1, lines 1, key: it is missing."),
        ("refunds.0.lines.0.net", "0.001", "refund r, line a (MUG), net: 0.001 has more decimals than EUR has."),
        ("tax_totals.0.amount", "Inf", "tax_totals 1, amount: 'Inf' is not an amount."),
        ("customer.billing.country", "France", "customer, billing, country: 'France' is not a two-letter country code "
         "such as 'FR'."),
        ("disputes.0.id", "", "dispute, id: it is empty."),
        ("disputes.0.state", "gone", f"disputes 1, state: {NOT_A_DISPUTE}"),
        ("disputes.0.state", None, "disputes 1, state: it is missing."),
        ("disputes.0.at", None, "disputes 1, at: it is missing."),
        ("disputes.0.lost", None, "dispute du_1, lost: it is missing, and the dispute is partly lost."),
        ("disputes.0.lost", "13.00", "dispute du_1, lost: 13.00 is not a part of the 12.00 that are disputed."),
        ("disputes.0.amount", "12.001", "dispute du_1, amount: 12.001 has more decimals than EUR has."),
        ("disputes.0.respond_by", "10/4/26", "disputes 1, respond_by: '10/4/26' is not a day such as 2026-01-31."),
        ("disputes.0.charge", "ch_1", "disputes 1, charge: there is no such field."),
        ("customer.mail", "x", "customer, mail: there is no such field."),
        ("customer", "Ada", "customer: it is not a JSON object."),
    ],
)  # fmt: skip
def test_message_names_order_line_and_field(path: str, value: object, message: str) -> None:
    assert refused(changed(path, value)) == f"order 1001, {message}"


@pytest.mark.parametrize(
    ("path", "what"),
    [("lines", "line a"), ("payments", "payment p"), ("refunds", "refund r"), ("disputes", "dispute du_1")],
)
def test_duplicate_ids(path: str, what: str) -> None:
    assert refused(twice(path)) == f"order 1001, {what}: the {what.split()[0]} is listed twice."


@pytest.mark.parametrize("name", ["currency", "total", "placed_at"])
def test_missing_field(name: str) -> None:
    assert refused(row(without=name)) == f"order 1001, {name}: it is missing."


def test_floats_of_a_careless_caller_are_refused() -> None:
    with pytest.raises(PayloadError, match=r"^order 1001, total: 12\.5 is not an amount\.$"):
        FilePlatform.order_document(ORDER | {"total": 12.5}, PARIS)


ONE_OBJECT = "Each row is one JSON object."
NO_ID = ": it has no id. Each row is one order as a JSON object with an id."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", f": it is not JSON (Expecting value: line 1 column 1 (char 0)). {ONE_OBJECT}"),
        (b'{"id": "1", "total": NaN}', f": it is not JSON (Expecting value: line 1 column 22 (char 21)). {ONE_OBJECT}"),
        (b'{"id": "1", "id": "2"}', f": it is not JSON (the field 'id' is there twice). {ONE_OBJECT}"),
        (
            b'{"id": "1", "a": {"net": "1", "net": "2"}}',
            f": it is not JSON (the field 'net' is there twice). {ONE_OBJECT}",
        ),
        (b'[{"id": "1"}]', NO_ID),
        (row(without="id"), NO_ID),
        ('{"id": "é"}'.encode("latin-1"), ": it is not UTF-8. Save the file as UTF-8."),
        (row(without="updated_at"), ", updated_at: it is missing."),
        (row({"updated_at": "2026-03-10"}), ", updated_at: '2026-03-10' has no UTC offset."),
    ],
)
def test_message_names_file_and_row(content: bytes, message: str) -> None:
    assert refused(row({"id": "0"}) + b"\n\n" + content) == f"orders.jsonl, row 3{message}"


def test_there_is_nothing_to_fetch() -> None:
    platform = FilePlatform(Credentials(base_url=""), None, PARIS)
    assert platform.check().warnings == ("Import a file of orders with the import wizard.",)
    for action in (lambda: platform.fetch(), lambda: platform.fetch_one("1")):
        with pytest.raises(ConnectorError, match="A store of files has nothing to fetch. Import a file of orders"):
            action()
