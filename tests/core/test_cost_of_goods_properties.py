"""However shipments and returns are told, and however they change, the books end where the store stands."""

from __future__ import annotations

from dataclasses import dataclass

from builders import D, at, order, refund
from builders import line as order_line
from cost_builders import COGS, INVENTORY, WRITE_OFF, Books, Catalogue
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.canonical import StoreDocument
from ecommerce_connector.core.fulfilments import Fulfilment, Restock, ShippedLine
from ecommerce_connector.core.goods.costs import CostOn

COSTS = {"mug": "3.333", "jug": "20"}
WORDS = [Restock.STOCK, Restock.DAMAGED, Restock.NONE, Restock.UNKNOWN]


@dataclass(frozen=True)
class Story:
    """How the store stands: what was ordered, shipped and taken back of each SKU."""

    ordered: tuple[int, int]
    shipments: tuple[tuple[int, int], ...]
    returns: tuple[tuple[Restock, int, int], ...]

    def document(self) -> StoreDocument:
        lines = [order_line(key, "10", quantity=D(count)) for key, count in zip(COSTS, self.ordered, strict=True)]
        fulfilments = tuple(
            Fulfilment(
                external_id=f"f{number}", at=at(f"2026-03-1{number} 10:00"),
                lines=tuple(ShippedLine(line_id=key, quantity=D(count))
                            for key, count in zip(COSTS, counts, strict=True) if count),
            )
            for number, counts in enumerate(self.shipments) if any(counts)
        )  # fmt: skip
        refunds = tuple(
            refund(
                "5", *(order_line(key, "5", external_id=f"back-{key}", quantity=D(count), restock=restock)
                       for key, count in zip(COSTS, counts, strict=True) if count),
                external_id=f"r{number}", when=f"2026-03-2{number} 10:00",
            )
            for number, (restock, *counts) in enumerate(self.returns)
        )  # fmt: skip
        return order(*lines, fulfilments=fulfilments, refunds=refunds)

    def ends(self, on: CostOn) -> dict[str, tuple[int, int, int]]:
        """SKU → how many are sold for good, back in stock, and written off."""
        found = {}
        for at_, key in enumerate(COSTS):
            out = self.ordered[at_] if on is CostOn.INVOICE else sum(counts[at_] for counts in self.shipments)
            stock = damaged = 0
            for restock, *counts in self.returns:
                taken = min(counts[at_], out - stock - damaged)
                stock += taken if restock is Restock.STOCK else 0
                damaged += taken if restock is Restock.DAMAGED else 0
            found[key] = (out, stock, damaged)
        return found


counts = st.tuples(st.integers(0, 4), st.integers(0, 4))
stories = st.builds(
    Story,
    ordered=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    shipments=st.lists(counts, max_size=3).map(tuple),
    returns=st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 3), st.integers(0, 3)), max_size=3).map(tuple),
)


@stable
@given(st.lists(stories, min_size=1, max_size=4), st.sampled_from(CostOn))
def test_books_end_where_the_store_stands(told, on):
    books = Books(Catalogue(dict(COSTS)), on=on)
    for story in told:
        books.book(story.document(), invoiced=("1",))
    cents = D("0.02") * len(books.rows)
    ends = told[-1].ends(on)
    for key, (out, stock, damaged) in ends.items():
        rows = [row for row in books.rows if row.sku == key]
        assert sum(row.quantity for row in rows) == out - stock - damaged
        by_movement = {name: sum(row.quantity for row in rows if row.movement.value == name)
                       for name in ("sold", "returned", "written_off")}  # fmt: skip
        assert by_movement == {"sold": out, "returned": -stock, "written_off": -damaged}
        if out == stock + damaged:
            assert abs(sum(row.amount for row in rows)) <= cents
    worth = {key: D(cost) for key, cost in COSTS.items()}
    expected = {
        COGS: sum(worth[key] * (out - stock - damaged) for key, (out, stock, damaged) in ends.items()),
        INVENTORY: -sum(worth[key] * (out - stock) for key, (out, stock, _damaged) in ends.items()),
        WRITE_OFF: sum(worth[key] * damaged for key, (_out, _stock, damaged) in ends.items()),
    }
    for account, amount in expected.items():
        assert abs(books.balance(account) - amount) <= cents
    assert sum(books.balance(account) for account in expected) == 0


@stable
@given(stories)
def test_all_at_once_and_one_by_one_come_to_the_same(story):
    once, bit_by_bit = Books(Catalogue(dict(COSTS))), Books(Catalogue(dict(COSTS)))
    once.book(story.document())
    for shipped in range(len(story.shipments) + 1):
        bit_by_bit.book(Story(story.ordered, story.shipments[:shipped], ()).document())
    for returned in range(len(story.returns) + 1):
        bit_by_bit.book(Story(story.ordered, story.shipments, story.returns[:returned]).document())
    assert [entry.rows for entry in once.entries] == [entry.rows for entry in bit_by_bit.entries]
