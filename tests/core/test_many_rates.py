"""Countries of very many tax rates: one finding for all of them, one per rate elsewhere."""

from __future__ import annotations

from builders import PARIS, D, line, order, tax

from ecommerce_connector.core.canonical import Address, Customer, Remitter
from ecommerce_connector.core.setup.areas import Geography
from ecommerce_connector.core.setup.many_rates import MANY, ManyRates
from ecommerce_connector.core.setup.survey import survey

HOME = Geography(home="US")
RATES = [f"{number / 4:.2f}" for number in range(20, 20 + MANY)]


def sold(country, rate, code="State tax", number="1", amount="1", **more):
    """An order to a country with one tax."""
    return order(
        line("MUG", "20", tax(amount, rate, code, **more)), external_id=f"{country}{rate}{number}",
        number=f"{country}{rate}", customer=Customer(name="Ada", shipping=Address(country=country)),
    )  # fmt: skip


def taxes(documents, policy=None):
    """(name, rate, country) -> finding."""
    found = survey(documents, zone=PARIS, geography=HOME, many_rates=policy).findings
    return {(item.value, item.rate, item.country): item for item in found if item.kind == "tax"}


def test_many_rates_are_counted_by_country():
    charged = [("US", D(rate)) for rate in RATES]
    assert ManyRates().among(charged) == {"US"}
    assert ManyRates().among([*charged[1:], ("CA", D(RATES[0])), *charged[1:]]) == set()
    assert ManyRates(by_count=False).among(charged) == set()
    assert ManyRates(by_count=False, countries=frozenset({"CA"})).among(charged) == {"CA"}


def test_what_cannot_be_told_by_country_or_rate_does_not_count():
    assert ManyRates().among([("", D(rate)) for rate in RATES]) == set()
    assert ManyRates().among([("US", rate) for rate in (None, D(0), *map(D, RATES[1:]))]) == set()


def test_one_finding_for_all_rates_of_a_country():
    documents = [sold("US", rate, code=f"TX-{rate}") for rate in RATES] + [sold("CA", "13", "HST")]
    found = taxes(documents)
    assert set(found) == {("*", None, "US"), ("HST", D(13), None)}
    everywhere = found["*", None, "US"]
    assert (everywhere.orders, everywhere.lines, everywhere.amounts) == (MANY, MANY, (("EUR", D(MANY)),))
    assert everywhere.rates == tuple(sorted(map(D, RATES)))
    assert everywhere.examples == ("TX-5.00", "TX-5.25", "TX-5.50")
    assert len(everywhere.asked) == MANY


def test_few_rates_are_one_finding_each():
    documents = [sold("US", rate) for rate in RATES[1:]]
    assert set(taxes(documents)) == {("State tax", D(rate).normalize(), None) for rate in RATES[1:]}
    assert set(taxes(documents, ManyRates(countries=frozenset({"US"})))) == {("*", None, "US")}
    many = [*documents, sold("US", RATES[0])]
    assert len(taxes(many, ManyRates(by_count=False))) == MANY


def test_a_tax_that_is_charged_elsewhere_too_is_limited_to_where():
    documents = [sold("US", rate) for rate in RATES] + [sold("CA", "5", "State tax"), sold("MX", "16", "State tax")]
    assert set(taxes(documents)) == {("*", None, "US"), ("State tax", D(5), "CA"), ("State tax", D(16), None)}


def test_untaxed_and_special_sales_stay_apart():
    documents = [sold("US", rate) for rate in RATES] + [
        sold("US", "0", "Exempt", amount="0"), sold("US", "20", "OSS", remitter=Remitter.OSS),
        sold("US", None, "Fee", number="2"),
    ]  # fmt: skip
    found = taxes(documents)
    assert set(found) == {("*", None, "US"), ("Exempt", D(0), None), ("OSS", D(20), None)}
    assert found["*", None, "US"].lines == MANY + 1
