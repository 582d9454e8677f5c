"""Text that can be stored."""

from __future__ import annotations

import re

#: No database stores NUL, and half of a surrogate pair is no character: UTF-8 cannot encode it.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")

#: Values that no store says but the connector: of what a refund gives back, or keeps, beside its lines.
_OWN_VALUES = {
    ("refund_adjustment", "amount_only"): "refund without lines",
    ("refund_adjustment", "withheld"): "withheld from the refund",
}  # fmt: skip


def said_value(kind: str, key: str) -> str:
    """What a rule is asked about, in words: the kind and the store's value, or what the connector's own value means."""
    return _OWN_VALUES.get((kind, key)) or " ".join(f"{kind.replace('_', ' ')} {key}".split())


def storable(text: str) -> str:
    """The text with a replacement character for each that cannot be stored."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
