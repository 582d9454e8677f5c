"""Store values are saved as they are found, and what is no rate is refused."""

from __future__ import annotations

from datetime import date

import pytest
from builders import D, rule
from hypothesis import given
from hypothesis import strategies as st
from random_orders import stable

from ecommerce_connector.core.mapping.rulebook import Rulebook
from ecommerce_connector.core.mapping.store_values import folded, is_blank, plain, rate_text, read_rate
from ecommerce_connector.core.mapping.ties import tie

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("held", "asked"),
    [("MUG", " mug\t"), (" MUG ", "mug"), ("ＭＵＧ", "MUG"), ("MUG-1", "ＭＵＧ－１"), ("Mu*", "ＭＵＧ"),
     ("ＭＵ＊", "mug"), ("Café", "Cafe\u0301"), ("ﬁn", "FIN"), ("MUG\u00a0", "MUG\u3000")],
)  # fmt: skip
def test_one_value_written_in_several_ways(held: str, asked: str) -> None:
    found = rule("product", held)
    assert Rulebook([found]).find("product", asked, TODAY) == found
    assert found.fits_key(asked)
    assert Rulebook([found]).find("product", "OTHER", TODAY) is None


def test_ways_to_write_one_value_tie() -> None:
    assert tie(rule("product", "ＭＵＧ", id=1), rule("product", " mug", id=2))
    assert not tie(rule("product", "ＭＵＧ", id=1), rule("product", "mu g", id=2))


@stable
@given(st.text())
def test_what_is_saved_is_what_is_found(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert folded(plain(text)) == folded(text)


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u3000", "\u200b", "\u00a0\ufeff"])
def test_blank(text: str) -> None:
    assert is_blank(text)
    assert not is_blank(f"{text}a")


@pytest.mark.parametrize(
    ("text", "rate"),
    [("20", "20"), ("5.50", "5.5"), (" 20 % ", "20"), ("２０", "20"), ("0", "0"), ("100", "100"), ("0.0", "0")],
)
def test_rates(text: str, rate: str) -> None:
    assert read_rate(text) == D(rate)
    assert rate_text(read_rate(text)) == rate


@pytest.mark.parametrize(
    "text", ["", "-5", "+5", "500", "100.01", "5,5", "1e1", "1_0", "NaN", "Infinity", "twenty", "٢٠", "5.", ".5", "%"]
)
def test_no_rates(text: str) -> None:
    with pytest.raises(ValueError):
        read_rate(text)
