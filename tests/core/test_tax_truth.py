"""The tax truth table: what each difference is put down to."""

from datetime import date
from decimal import Decimal as D

import pytest

from ecommerce_connector.core.canonical import Remitter
from ecommerce_connector.core.mapping.rulebook import Rule, Target
from ecommerce_connector.core.plans import EntryKind, PlannedLine, PlannedMove, PlannedTax
from ecommerce_connector.core.tax_truth.charged import Amounts, Side, Taxed, TaxKey
from ecommerce_connector.core.tax_truth.table import Ledger, TaxTruth, Why

FULL, REDUCED, ANY = 1, 2, 3
RATES = {FULL: D(20), REDUCED: D(10), ANY: None}
GOODS = Rule(id=9, kind="product", target=Target(label="Sales", account=1))


def rule(tax):
    return Rule(id=tax, kind="tax", target=Target(label=f"Tax {tax}", tax=tax))


def line(net, *taxes):
    """A planned line; taxes are (code, rate, amount, tax of the ledger)."""
    return PlannedLine(
        rule=GOODS, kind="product", key="MUG", description="Mug", quantity=D(1), net=D(net),
        taxes=tuple(
            PlannedTax(rule=rule(tax), code=code, rate=D(rate), amount=D(amount)) for code, rate, amount, tax in taxes
        ),
    )  # fmt: skip


def item(said, *lines, side=Side.SALE, number="S1"):
    """A sale of planned lines; ``said``: (code, rate, net, tax[, remitter]) as the store says it, None: nothing."""
    move = PlannedMove(
        kind=EntryKind.INVOICE, external_id="1", currency="EUR", date=date(2026, 3, 1), true_date=date(2026, 3, 1),
        lines=lines,
    )  # fmt: skip
    known = None if said is None else {
        TaxKey(code, D(rate), *(remitter or (Remitter.SELLER,))): Amounts(D(net), D(tax), 1)
        for code, rate, net, tax, *remitter in said
    }  # fmt: skip
    return Taxed(
        order=f"id-{number}", number=number, side=side, key="", on=date(2026, 3, 1), country="FR", currency="EUR",
        said=known, moves=(move,) if lines else (),
    )  # fmt: skip


def table(*pairs):
    found = TaxTruth(RATES)
    for taxed, computed, booked in pairs:
        amounts = {(tax, D(rate)): D(amount) for tax, rate, amount in computed}
        known = None if booked is None else {tax: D(amount) for tax, amount in booked.items()}
        found.add(taxed, Ledger(computed=amounts, booked=known))
    return found.sorted()


def reasons(row):
    return {why: reason.amount for why, reason in row.reasons.items()}


def test_one_tax_for_many_rates_is_booked_as_charged():
    """State, county and city of one line, all on the tax without a rate."""
    said = [("STATE", "6.25", "100", "6.25"), ("COUNTY", "1", "100", "1.00"), ("CITY", "0.75", "100", "0.75")]
    taxes = [(code, rate, amount, ANY) for code, rate, _net, amount in said]
    rows = table((item(said, line("100", *taxes)), [], {ANY: "8.00"}))

    assert [(key.rate, row.charged, row.computed, row.booked) for key, row in rows] == [
        (D("6.25"), D("6.25"), None, D("6.25")), (D("1"), D("1.00"), None, D("1.00")),
        (D("0.75"), D("0.75"), None, D("0.75")),
    ]  # fmt: skip
    assert [set(row.reasons) for _key, row in rows] == [{Why.AS_CHARGED}] * 3
    assert not any(row.is_open for _key, row in rows)


def test_a_cent_that_is_booked_otherwise_is_found_once():
    said = [("STATE", "6.25", "100", "6.25"), ("CITY", "0.75", "100", "0.75")]
    taxes = [(code, rate, amount, ANY) for code, rate, _net, amount in said]
    rows = table((item(said, line("100", *taxes)), [], {ANY: "6.99"}))

    assert sum(row.booked for _key, row in rows) == D("6.99")
    assert [reasons(row).get(Why.BOOKED_OTHERWISE) for _key, row in rows] == [D("0.01"), None]


def test_codes_of_one_rate_are_one_row():
    said = [("VAT", "20", "100", "20.00"), ("TVA", "20", "50", "10.00")]
    taxed = item(said, line("100", ("VAT", "20", "20.00", FULL)), line("50", ("TVA", "20", "10.00", FULL)))
    ((key, row),) = table((taxed, [(FULL, "20", "30.00")], {FULL: "30.00"}))

    assert (row.codes, row.charged, row.computed, row.booked) == ({"VAT", "TVA"}, D("30.00"), D("30.00"), D("30.00"))
    assert (key.tax, row.reasons) == (FULL, {})


def test_one_tax_of_the_store_that_lines_book_as_two():
    """A rule of one product leads to a reduced tax."""
    taxed = item(
        [("VAT", "20", "150", "30.00")], line("100", ("VAT", "20", "20.00", FULL)),
        line("50", ("VAT", "20", "10.00", REDUCED)),
    )  # fmt: skip
    rows = table((taxed, [(FULL, "20", "20.00"), (REDUCED, "20", "5.00")], {FULL: "20.00", REDUCED: "10.00"}))

    assert [(key.tax, row.net, row.charged, row.computed) for key, row in rows] == [
        (FULL, D(100), D("20.00"), D("20.00")), (REDUCED, D(50), D("10.00"), D("5.00")),
    ]  # fmt: skip
    assert [reasons(row) for _key, row in rows] == [{}, {Why.OTHER_RATE: D("5.00")}]


def test_what_a_voucher_was_taxed_for_is_deducted():
    said = [("VAT", "20", "100", "20.00")]
    taxed = item(said, line("100", ("VAT", "20", "20.00", FULL)), line("-50", ("VAT", "20", "-10.00", FULL)))
    ((_key, row),) = table((taxed, [(FULL, "20", "10.00")], {FULL: "10.00"}))

    assert (row.charged, row.computed, row.booked) == (D("20.00"), D("10.00"), D("10.00"))
    assert (reasons(row), row.is_open) == ({Why.DEDUCTED: D("10.00")}, False)


@pytest.mark.parametrize(
    ("tax", "computed", "why"),
    [
        ("20.01", "20.00", Why.ROUNDING), ("19.99", "20.00", Why.ROUNDING), ("20.02", "20.00", Why.OWN_RATE),
        ("20.00", "19.50", Why.UNEXPLAINED),
    ],
)  # fmt: skip
def test_why_the_tax_is_not_what_odoo_computes(tax, computed, why):
    taxed = item([("VAT", "20", "100", tax)], line("100", ("VAT", "20", tax, FULL)))
    ((_key, row),) = table((taxed, [(FULL, "20", computed)], {FULL: tax}))

    assert reasons(row) == {why: D(tax) - D(computed)}
    assert row.is_open == (why is not Why.ROUNDING)


def test_a_tax_that_nobody_planned_is_found_in_the_books():
    taxed = item([("VAT", "20", "100", "20.00")], line("100", ("VAT", "20", "20.00", FULL)))
    rows = table((taxed, [(FULL, "20", "20.00")], {REDUCED: "20.00"}))

    assert [(key.tax, row.charged, row.booked, reasons(row)) for key, row in rows] == [
        (FULL, D("20.00"), D(0), {Why.BOOKED_OTHERWISE: D("20.00")}),
        (REDUCED, D(0), D("20.00"), {Why.BOOKED_OTHERWISE: D("-20.00")}),
    ]


def test_refunds_have_the_other_sign():
    taxed = item([("VAT", "20", "50", "10.01")], line("50", ("VAT", "20", "10.01", FULL)), side=Side.REFUND)
    ((_key, row),) = table((taxed, [(FULL, "20", "10.00")], {FULL: "10.01"}))

    assert (row.net, row.charged, row.computed, row.booked) == (D(-50), D("-10.01"), D("-10.00"), D("-10.01"))
    assert reasons(row) == {Why.ROUNDING: D("-0.01")}


def test_an_amount_only_is_spread():
    taxed = item(None, line("50", ("VAT", "20", "10.00", FULL)), side=Side.REFUND)
    ((_key, row),) = table((taxed, [(FULL, "20", "10.00")], {FULL: "10.00"}))

    assert (row.charged, reasons(row), row.is_open) == (D("-10.00"), {Why.SPREAD: D(0)}, False)


def test_a_spread_refund_counts_once_whatever_its_lines():
    lines = [line("50", (code, "20", "10.00", FULL)) for code in ("VAT", "TVA")]
    ((_key, row),) = table((item(None, *lines, side=Side.REFUND), [(FULL, "20", "20.00")], {FULL: "20.00"}))

    assert (row.reasons[Why.SPREAD].count, row.charged, row.booked) == (1, D("-20.00"), D("-20.00"))


def test_nothing_planned_and_the_tax_of_a_marketplace():
    marketplace = item([("STATE", "8", "100", "8.00", Remitter.MARKETPLACE)], line("100"), number="S1")
    blocked = item([("VAT", "20", "100", "20.00")], number="S2")
    unruled = item([("VAT", "7", "100", "7.00")], line("100"), number="S3")
    rows = table((marketplace, [], {}), (blocked, [], None), (unruled, [], {}))

    assert [(key.rate, row.computed, reasons(row), row.is_open) for key, row in rows] == [
        (D(20), None, {Why.NOT_BOOKED: D("20.00")}, True), (D(8), None, {Why.MARKETPLACE: D("8.00")}, False),
        (D(7), None, {Why.NO_RULE: D("7.00")}, True),
    ]  # fmt: skip


def test_planned_and_not_posted():
    taxed = item([("VAT", "20", "100", "20.00")], line("100", ("VAT", "20", "20.00", FULL)))
    ((_key, row),) = table((taxed, [(FULL, "20", "20.00")], None))

    assert (row.booked, reasons(row)) == (D(0), {Why.NOT_BOOKED: D("20.00")})


def test_reasons_name_some_orders_and_count_all():
    pairs = [
        (item([("VAT", "20", "100", "19")], line("100", ("VAT", "20", "19", FULL)), number=f"S{at}"),
         [(FULL, "20", "20.00")], {FULL: "19"})
        for at in range(12)
    ]  # fmt: skip
    ((_key, row),) = table(*pairs)

    reason = row.reasons[Why.OWN_RATE]
    assert (reason.count, reason.amount, len(reason.orders), reason.orders[:2]) == (12, D("-12.00"), 10, ["S0", "S1"])
    assert (row.count, len(row.orders)) == (12, 12)
