"""Text that can be stored."""

from __future__ import annotations

import re

#: No database stores NUL, and half of a surrogate pair is no character: UTF-8 cannot encode it.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with a replacement character for each that cannot be stored."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
