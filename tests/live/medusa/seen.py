"""What the tests of the live store know of the seed, and what a step of the story has seen."""

from dataclasses import dataclass

NAME = "Live Medusa"
CURRENCIES = {"EUR", "USD", "GBP", "JPY"}
#: Situations of the seed without any money: nothing of them is booked.
WITHOUT_MONEY = {"authorized-only", "cancelled-before-capture"}


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

    def added(self, name):
        """A count over all runs of the import."""
        return sum(run[name] for run in self.runs)
