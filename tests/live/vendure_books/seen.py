"""What the tests of the live store know of the seed, and what a step of the story has seen."""

from dataclasses import dataclass

NAME = "Live store"
CURRENCIES = ("EUR", "USD")
#: What of the seed is booked, waits, and needs a person's eye.
POSTED = {f"V10{number:02}" for number in (*range(1, 9), *range(10, 17), 18)}
WAITING = {"V1009", "V1017"}
NOTICED = {"V1008": "refund_pending", "V1012": "order_not_placed"}


@dataclass
class Seen:
    """Both sides at one moment.

    :ivar orders: the orders as the store's Admin API answers
    :ivar store: its figures by order
    :ivar ledger: the ledger's
    """

    orders: list
    store: dict
    ledger: dict
    proof: dict
    counts: dict
    runs: list
    entries: dict

    @property
    def orders_run(self):
        """The counts of the run that read the orders."""
        return next(run for run in self.runs if run["stream"] == "orders")


def added(runs, name):
    """A count over several runs."""
    return sum(run[name] for run in runs)


def connect(database, shop, *arguments, key=None, url=None):
    """``odoo ecommerce connect``; the key goes by the environment."""
    words = ("connect", "--store", NAME, "--url", url or shop.url, *arguments)
    return database.ecommerce(*words, ECOMMERCE_ACCESS_TOKEN=key or shop.api_key)
