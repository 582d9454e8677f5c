"""A file of orders that is read page by page: memory does not depend on its length."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from odoo.addons.ecommerce_connector.core.currencies import is_currency
from odoo.addons.ecommerce_connector.core.errors import ConnectorError
from odoo.addons.ecommerce_connector.platforms.file import read_row
from odoo.addons.ecommerce_connector.platforms.payload import decimal


@dataclass
class Survey:
    """What a store must be set up for to book the orders of a file.

    :ivar bad_rows: what is wrong with rows that are no orders; the others are imported
    """

    orders: int = 0
    currencies: Counter = field(default_factory=Counter)
    rates: set = field(default_factory=set)
    has_unrated_tax: bool = False
    skus: set = field(default_factory=set)
    bad_rows: list = field(default_factory=list)


class OrderFile:
    """JSON Lines, one order each."""

    def __init__(self, path):
        self.path = path

    def rows(self):
        """Yield (row number, record, error) of every row that is not empty; one of the two is None."""
        with self.path.open("rb") as file:
            for number, row in enumerate(file, start=1):
                try:
                    record = read_row(self.path.name, number, row)
                except ConnectorError as error:
                    yield number, None, error
                else:
                    if record:
                        yield number, record, None

    def pages(self, size):
        """Yield lists of (row number, record)."""
        good = ((number, record) for number, record, _error in self.rows() if record)
        while page := list(islice(good, size)):
            yield page

    def survey(self):
        """Read the whole file once."""
        survey = Survey()
        for _number, record, error in self.rows():
            if error:
                survey.bad_rows.append(str(error))
            else:
                survey.orders += 1
                _look(survey, record.payload)
        return survey


def _look(survey, payload):
    if is_currency(payload.get("currency")):
        survey.currencies[payload["currency"]] += 1
    for line in lines_of(payload):
        if line.get("kind", "product") == "product":
            survey.skus.add(str(line.get("key")))
        for tax in dicts(line.get("taxes")):
            rate = amount(tax.get("rate"), None)
            survey.has_unrated_tax |= rate is None
            if rate is not None:
                survey.rates.add(rate)


def lines_of(payload):
    """Return the lines of an order and of its refunds."""
    refunded = [line for refund in dicts(payload.get("refunds")) for line in dicts(refund.get("lines"))]
    return dicts(payload.get("lines")) + refunded


def dicts(value):
    """Return the objects of a list; nothing for what is no list. The adapter is what complains."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def amount(value, default=Decimal(0)):
    """Return a number of a payload, ``default`` for what is none."""
    try:
        return decimal(value, "")
    except ConnectorError:
        return default
