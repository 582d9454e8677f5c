"""Products in groups that one mapping rule can cover: a product type, a category, a common beginning of SKUs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from ..canonical import Line
from ..mapping.rulebook import KEY

#: (what a rule matches on, its pattern).
Group = tuple[str, str]
REST: Group = (KEY, "*")
#: More groups than an accountant would look through one by one.
MOST = 20

# Up to the first separator; else the letters before the first figure.
_BEGINNING = re.compile(r"[^\W_]{2,}[-_./ ]|[^\W\d_]{2,}(?=\d)")
_GIFT_CARD = re.compile(
    r"gift.?(card|certificate|voucher)|e-?gift|\bvoucher\b|gutschein|geschenkkarte|carte.?cadeau|ch[eè]que.?cadeau|bon.?d.?achat"
)


def is_gift_card(line: Line) -> bool:
    """Whether a product is a gift card by its name: a liability until it is redeemed, not revenue."""
    named = (line.key, line.description, line.product_type, line.category)
    return any(_GIFT_CARD.search(text.casefold()) for text in named)


class ProductGroups:
    """Groups of the products of a sample; each line is in the one whose rule would win for it.

    :param lines: all product lines of the sample
    """

    def __init__(self, lines: Sequence[Line], most: int = MOST) -> None:
        self._beginnings = _common_beginnings(lines)
        counts = Counter(self._candidates(line)[0] for line in lines)
        common = sorted(counts, key=lambda group: (-counts[group], group))
        common = [group for group in common if group != REST]
        # One group alone says no more than "everything".
        self._kept = frozenset(common[: most - 1] if len(counts) > most else common if len(counts) > 1 else ())

    def group(self, line: Line) -> Group:
        """The group of a line of the sample."""
        if is_gift_card(line) and line.key:
            return KEY, line.key
        return next((group for group in self._candidates(line) if group in self._kept), REST)

    def _candidates(self, line: Line) -> list[Group]:
        """Groups a line could be in, the most specific rule's first; never empty."""
        if is_gift_card(line) and line.key:
            return [REST]
        named = [(name, text) for name, text in line.groups if name in ("product_type", "category")]
        sku = line.key.casefold()
        fitting = [beginning for beginning in self._beginnings if sku.startswith(beginning)]
        longest = max(fitting, key=len, default="")
        return [*named, *([(KEY, f"{self._beginnings[longest]}*")] if longest else []), REST]


def _common_beginnings(lines: Sequence[Line]) -> dict[str, str]:
    """Beginnings that several SKUs share, as compared → as written."""
    skus: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        found = _BEGINNING.match(line.key)
        # In a product that names its type or category, the SKU says nothing more.
        if found and not line.product_type and not line.category and not is_gift_card(line):
            skus[found[0]].add(line.key.casefold())
    written: dict[str, str] = {}
    for beginning in sorted(skus):
        written.setdefault(beginning.casefold(), beginning)
    shared = {key: {sku for text, found in skus.items() if text.casefold() == key for sku in found} for key in written}
    return {key: written[key] for key in written if len(shared[key]) > 1}
