"""docs/order-json.md against the adapter: what it promises is read, and nothing else is."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ecommerce_connector.core.errors import PayloadError
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.file.adapter import order_document

TEXT = (Path(__file__).parents[2] / "docs" / "order-json.md").read_text(encoding="utf-8")
ZONE = ZoneInfo("Europe/Paris")
#: Heading of a table of fields -> where such an object is in the example.
PLACES = {
    "Order": (),
    "Line, of an order or of a refund": ("lines", 0),
    "Discount of a line": ("lines", 0, "discounts", 0),
    "Tax of a line": ("lines", 0, "taxes", 0),
    "Row of `tax_totals`": ("tax_totals", 0),
    "Payment": ("payments", 0),
    "Gift card": ("payments", 0, "gift_card"),
    "Refund": ("refunds", 0),
    "Dispute": ("disputes", 0),
    "Fulfilment": ("fulfilments", 0),
    "Presentment": ("presentment",),
    "Presentment, a line": ("presentment", "lines", 0),
    "Presentment, a payment": ("presentment", "payments", 0),
    "Presentment, a refund": ("presentment", "refunds", 0),
    "Customer": ("customer",),
    "Address": ("customer", "billing"),
}


def example():
    return payloads.loads(re.search(r"```json\n(.*?)```", TEXT, re.DOTALL)[1], unique=True)


def part(payload, path):
    for step in path:
        payload = payload[step]
    return payload


def fields(heading):
    """(name, whether it is needed) of the table below a heading."""
    table = TEXT.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = re.findall(r"^\| (`.*?) \| (yes|no) \|", table, re.MULTILINE)
    return [(name, needed == "yes") for names, needed in rows for name in re.findall(r"`(\w+)`", names)]


def read(payload):
    return order_document(payload, ZONE)


def test_example_adds_up():
    document = read(example())
    assert document.unexplained == 0
    assert document.captured == document.total
    assert document.placed_at.date().isoformat() == "2026-03-10"


def test_every_table_is_checked():
    assert set(re.findall(r"^### (.*)$", TEXT, re.MULTILINE)) == set(PLACES)


@pytest.mark.parametrize("heading", PLACES)
def test_fields_are_those_the_adapter_reads(heading):
    asked = []

    class Recording(dict):
        def get(self, name, default=None):
            asked.append(name)
            return super().get(name, default)

    payload = {"inside": example()}
    path = ("inside", *PLACES[heading])
    part(payload, path[:-1])[path[-1]] = Recording(part(payload, path))
    read(payload["inside"])
    assert {name for name, _needed in fields(heading)} == set(asked)


@pytest.mark.parametrize(
    ("heading", "name"), [(heading, name) for heading in PLACES for name, yes in fields(heading) if yes]
)
def test_needed_field_is_missed_by_name(heading, name):
    payload = example()
    del part(payload, PLACES[heading])[name]
    with pytest.raises(PayloadError, match=name):
        read(payload)


@pytest.mark.parametrize(
    ("heading", "name"), [(heading, name) for heading in PLACES for name, yes in fields(heading) if not yes]
)
def test_other_field_can_be_left_out(heading, name):
    payload = example()
    if not heading.startswith("Presentment"):
        del payload["presentment"]  # it names what would be missing
    if not heading.startswith("Fulfilment"):
        del payload["fulfilments"]  # so do they
    part(payload, PLACES[heading]).pop(name, None)
    read(payload)
