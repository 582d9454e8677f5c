"""What-if: every cent of a difference is somewhere, once, and on the right side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from builders import PARIS, line, order, paid, refund, tax
from hypothesis import given
from hypothesis import strategies as st
from random_orders import orders, refunded_orders, stable

from ecommerce_connector.core.canonical import LineKind
from ecommerce_connector.core.mapping.rulebook import Rule, Rulebook, Target
from ecommerce_connector.core.plans import EntryKind, PlannedMove
from ecommerce_connector.core.policy import Policy
from ecommerce_connector.core.posting import plan_order
from ecommerce_connector.core.reasons import Reason
from ecommerce_connector.core.rounding import quantize
from ecommerce_connector.core.whatif.behind import MOST_ORDERS
from ecommerce_connector.core.whatif.cases import Case, Limits, Posted, Side, Standing
from ecommerce_connector.core.whatif.comparison import Dimension, WhatIf
from ecommerce_connector.core.whatif.places import CUSTOMER

D = Decimal
SALES, BOOKS, SHIPPING, VAT_ACCOUNT, CLEARING, SUSPENSE = 1, 2, 3, 9, 50, 99
VAT, REDUCED, SPLIT = 20, 10, 40
KINDS = ("product", "shipping", "fee", "gift_card", "tip", "duty", "return", "refund_adjustment", "rounding",
         "marketplace_tax")  # fmt: skip


class Books:
    """Taxes are on an account of their own, but tax 10, which stays on the line's, and tax 40, which is split."""

    def __init__(self, rate: str | None = None) -> None:
        self.rate = rate

    def tax_shares(self, tax: int, *, is_refund: bool):
        if tax == SPLIT:
            return [(VAT_ACCOUNT, D("0.4")), (0, D("0.6"))]
        return [(0 if tax == REDUCED else VAT_ACCOUNT, D(1))]

    def clearing_account(self, processor_account: int) -> int:
        return CLEARING + processor_account

    def converter(self, currency: str, on: date):
        if self.rate is None:
            return None
        return lambda amounts: [quantize(amount / D(self.rate), D("0.01")) for amount in amounts]


def make_rule(number: int, kind: str, pattern: str = "*", **target) -> Rule:
    more = {name: target.pop(name) for name in ("date_from", "date_to", "rate") if name in target}
    return Rule(id=number, kind=kind, pattern=pattern, target=Target(label=f"{kind} {target}", **target), **more)


def make_rules(*more: Rule, without: str = "") -> list[Rule]:
    """A catch-all rule of each kind."""
    made = [make_rule(number, kind, account=SALES) for number, kind in enumerate(KINDS, 1) if kind != without]
    made.append(make_rule(30, "tax", tax=VAT))
    made += [make_rule(31, "gateway", processor_account=1)]
    return [*made, *more]


def side(document, rules: list[Rule], **policy) -> Side:
    policy = {"zone": PARIS, "suspended_kinds": frozenset(), **policy}
    return Side(plan=plan_order(document, Rulebook(rules), Policy(**policy)))


def posted_as(plan, on: date | None = None, **more) -> dict:
    """Everything of a plan, posted."""
    return {entry.key: Posted(date=on or entry.date, fingerprint=entry.fingerprint, **more) for entry in plan.entries()}


def make_case(document, old: list[Rule], new: list[Rule], number: int = 1, *, posted: bool = True, **more) -> Case:
    before = side(document, old)
    return Case(
        order=number, store=7, old=before, new=side(document, new),
        posted=posted_as(before.plan, **more) if posted else {},
    )  # fmt: skip


def run(*cases: Case, limits: Limits | None = None, books: Books | None = None) -> WhatIf:
    found = WhatIf(books or Books())
    for case in cases:
        found.add(case, limits or Limits())
    return found


def differences(found: WhatIf, dimension: Dimension) -> dict:
    return {member: str(figure.difference) for member, _currency, figure in found.changed_figures(dimension)}


MUG = order(line("mug", "100", tax("20")), tenders=[paid("120")])

# === Figures === #


def test_another_account():
    found = run(make_case(MUG, make_rules(), make_rules(make_rule(40, "product", "mug", account=BOOKS))))
    assert differences(found, Dimension.ACCOUNT) == {SALES: "-100", BOOKS: "100"}
    assert differences(found, Dimension.TAX) == differences(found, Dimension.TAX_BASE) == {}
    assert differences(found, Dimension.PRODUCT) == {("product", "mug"): "0"}
    ((_member, currency, product),) = found.changed_figures(Dimension.PRODUCT)
    assert (currency, product.old, product.new, product.moved) == ("EUR", 100, 100, 100)
    assert found.moved == {"EUR": {Standing.REPOSTED: D(100)}}
    assert found.moved_tax == {"EUR": {Standing.REPOSTED: D(0)}}
    assert (found.count, found.changed.orders, found.to_correct, found.to_post) == (1, [1], [1], [])


def test_another_tax_moves_its_base_and_its_account():
    found = run(make_case(MUG, make_rules(), make_rules(make_rule(40, "tax", "VAT", tax=REDUCED))))
    assert differences(found, Dimension.TAX) == {VAT: "-20", REDUCED: "20"}
    assert differences(found, Dimension.TAX_BASE) == {VAT: "-100", REDUCED: "100"}
    assert differences(found, Dimension.ACCOUNT) == {VAT_ACCOUNT: "-20", SALES: "20"}
    assert found.moved == {"EUR": {Standing.REPOSTED: D(120)}}
    assert found.moved_tax == {"EUR": {Standing.REPOSTED: D(20)}}


def test_a_tax_that_is_split():
    cents = order(line("mug", "100.02", tax("0.03")), tenders=[paid("100.05")])
    found = run(make_case(cents, make_rules(), make_rules(make_rule(40, "tax", "VAT", tax=SPLIT))))
    assert differences(found, Dimension.ACCOUNT) == {VAT_ACCOUNT: "-0.02", SALES: "0.02"}
    assert differences(found, Dimension.TAX) == {VAT: "-0.03", SPLIT: "0.03"}


def test_a_credit_note_takes_back():
    back = order(
        line("mug", "100", tax("20")), tenders=[paid("120")], refunds=[refund("120", line("mug", "100", tax("20")))]
    )
    found = run(
        make_case(
            back,
            make_rules(without="return"),
            make_rules(make_rule(40, "product", "mug", account=BOOKS), without="return"),
        )
    )
    accounts = found.figures[Dimension.ACCOUNT]
    assert (accounts[SALES, "EUR"].old, accounts[BOOKS, "EUR"].new) == (0, 0)
    assert accounts[BOOKS, "EUR"].moved == 200
    assert accounts[CLEARING + 1, "EUR"].new == 0


def test_rules_that_lead_to_the_same_change_nothing():
    found = run(make_case(MUG, make_rules(), make_rules(make_rule(40, "product", "mug", account=SALES))))
    assert not found.changed.count
    assert not any(found.changed_figures(dimension) for dimension in Dimension)
    assert found.figures[Dimension.ACCOUNT][SALES, "EUR"].new == 100


def test_products_that_change_places_move_nothing():
    """The ledger does not see which mug is on which account."""
    both = order(line("mug", "100"), line("cup", "100"), tenders=[paid("200")])
    old = make_rules(make_rule(40, "product", "mug", account=BOOKS))
    new = make_rules(make_rule(41, "product", "cup", account=BOOKS))
    assert not run(make_case(both, old, new)).changed.count


def test_company_currency():
    found = run(
        make_case(MUG, make_rules(), make_rules(make_rule(40, "product", "mug", account=BOOKS))), books=Books("2")
    )
    figure = found.figures[Dimension.ACCOUNT][BOOKS, "EUR"]
    assert (figure.difference, figure.company_difference, figure.change(Standing.REPOSTED).company) == (100, 50, 50)


# === What re-posting can do === #


def test_blocked_becomes_bookable():
    found = run(make_case(MUG, make_rules(without="product"), make_rules()))
    assert (found.bookable.orders, found.to_post, found.to_correct, found.blocked.count) == ([1], [1], [], 0)
    assert differences(found, Dimension.ACCOUNT) == {
        CLEARING + 1: "-120", SALES: "100", VAT_ACCOUNT: "20",
    }  # fmt: skip
    assert found.moved["EUR"] == {Standing.REPOSTED: D(120)}


def test_bookable_becomes_blocked():
    found = run(make_case(MUG, make_rules(), make_rules(without="product"), posted=False))
    assert (found.bookable.count, found.blocked.orders) == (0, [1])
    assert set(found.moved["EUR"]) == {Standing.PENDING}
    assert next(iter(found.blocking)).startswith("No product rule covers 'mug'")
    stays = run(make_case(MUG, make_rules(), make_rules(without="product")))
    assert stays.blocked.count == 1
    assert not stays.moved  # what is posted stays


def test_closed_periods_are_apart():
    new = make_rules(make_rule(40, "product", "mug", account=BOOKS))
    cases = [
        make_case(MUG, make_rules(), new, number, on=on)
        for number, on in ((1, date(2026, 1, 31)), (2, date(2026, 2, 1)))
    ]
    found = run(*cases, limits=Limits(first_open_day=date(2026, 2, 1)))
    figure = found.figures[Dimension.ACCOUNT][BOOKS, "EUR"]
    assert (figure.difference, figure.change(Standing.LOCKED).amount) == (200, 100)
    assert (found.locked.orders, found.to_correct) == ([1], [2])
    assert found.moved == {"EUR": {Standing.LOCKED: D(100), Standing.REPOSTED: D(100)}}


def test_the_tax_lock_date_closes_what_is_taxed():
    old, new = make_rules(), make_rules(make_rule(40, "product", account=BOOKS), without="product")
    limits = Limits(first_open_tax_day=date(2027, 1, 1))
    untaxed = order(line("mug", "100"), tenders=[paid("100")])
    found = run(make_case(MUG, old, new, 1), make_case(untaxed, old, new, 2), limits=limits)
    assert (found.locked.orders, found.to_correct) == ([1], [2])


def test_what_no_correcting_entry_covers():
    money = make_rules(make_rule(40, "gateway", "card", processor_account=2))
    found = run(make_case(MUG, make_rules(), money))
    assert found.moved == {"EUR": {Standing.BY_HAND: D(120)}}
    assert not found.to_correct
    mug = make_rules(make_rule(40, "product", "mug", account=BOOKS))
    receivable = [*mug, make_rule(41, "customer", account=77)]
    found = run(make_case(MUG, make_rules(), receivable))
    assert found.moved == {"EUR": {Standing.REPOSTED: D(100)}}  # paid: nothing is left on the customer's account
    open_order = order(line("mug", "100", tax("20")), tenders=[paid("20")])
    found = run(make_case(open_order, make_rules(), receivable))
    assert found.moved == {"EUR": {Standing.BY_HAND: D(100), Standing.REPOSTED: D(100)}}
    assert found.to_correct == [1]
    for limits, more in (
        (Limits(held_taxes=frozenset({VAT})), {}), (Limits(refuses=lambda rule: rule.id == 40), {}),
        (Limits(), {"is_fixed": True}),
    ):  # fmt: skip
        found = run(make_case(MUG, make_rules(), mug, **more), limits=limits)
        assert set(found.moved["EUR"]) == {Standing.BY_HAND}


def test_changed_in_the_store_since():
    case = make_case(MUG, make_rules(), make_rules(make_rule(40, "product", "mug", account=BOOKS)))
    other = {key: replace(posted, fingerprint="other") for key, posted in case.posted.items()}
    assert set(run(replace(case, posted=other)).moved["EUR"]) == {Standing.BY_HAND}


def test_the_ledger_prevents_a_posting():
    case = make_case(MUG, make_rules(without="product"), make_rules())
    reason = Reason(code="archived_account", message="It is archived.")
    found = run(replace(case, new=replace(case.new, reasons=(reason,))))
    assert (found.bookable.count, found.changed.count) == (0, 0)


def test_ids_are_bounded_counts_are_not():
    case = make_case(MUG, make_rules(), make_rules(make_rule(40, "product", "mug", account=BOOKS)))
    found = run(*(replace(case, order=number) for number in range(MOST_ORDERS + 5)))
    figure = found.figures[Dimension.ACCOUNT][BOOKS, "EUR"]
    assert (figure.behind.count, len(figure.behind.orders)) == (MOST_ORDERS + 5, MOST_ORDERS)
    assert len(found.to_correct) == MOST_ORDERS + 5
    further = figure.behind.further
    assert (figure.behind.further_count, further.old, further.new, further.moved) == (5, 0, 500, 500)
    assert figure.behind.total.difference == figure.difference == 100 * (MOST_ORDERS + 5)


def test_each_order_behind_a_figure_shows_its_part_of_it():
    """The order's own amounts of that figure, not its total; the unchanged refund belongs to them."""
    back = order(
        line("mug", "100", tax("20")), line("tin", "7", tax("1.40")), tenders=[paid("128.40")],
        refunds=[refund("24", line("mug", "20", tax("4")))],
    )  # fmt: skip
    new = make_rules(make_rule(40, "product", "mug", account=BOOKS))
    found = run(make_case(MUG, make_rules(), new, 1), make_case(back, make_rules(), new, 2))
    sales, books = (found.figures[Dimension.ACCOUNT][account, "EUR"].behind for account in (SALES, BOOKS))
    parts = {number: (share.old, share.new, share.difference, share.moved) for number, share in sales.orders.items()}
    assert parts == {1: (100, 0, -100, 100), 2: (87, -13, -100, 100)}
    assert {number: (share.old, share.new) for number, share in books.orders.items()} == {1: (0, 100), 2: (0, 100)}
    product = found.figures[Dimension.PRODUCT][("product", "mug"), "EUR"].behind
    assert [(share.old, share.new, share.moved) for share in product.orders.values()] == [
        (100, 100, 100),
        (80, 80, 100),
    ]


# === Laws === #


@st.composite
def rulebooks(draw) -> list[Rule]:
    """Rules of every kind on random accounts and taxes; now and then one is missing."""
    made, number = [], 0
    for kind in KINDS:
        if kind == "return" or draw(st.integers(0, 19)):
            number += 1
            made.append(
                make_rule(100 + number, kind, account=draw(st.integers(1, 4)), product=draw(st.sampled_from((None, 5))))
            )
    for sku in draw(st.lists(st.integers(1, 4), unique=True, max_size=3)):
        kind = draw(st.sampled_from(("product", "shipping")))
        made.append(make_rule(200 + sku, kind, f"SKU-{sku}", account=draw(st.integers(1, 6))))
    made.append(make_rule(300, "tax", tax=draw(st.sampled_from((VAT, REDUCED)))))
    made.append(make_rule(301, "tax", rate=D(20), tax=draw(st.sampled_from((VAT, REDUCED, 30)))))
    made.append(make_rule(302, "gateway", processor_account=draw(st.integers(1, 2))))
    return made


documents = st.lists(st.one_of(orders(), refunded_orders()), min_size=1, max_size=4)


def cases_of(found: list, old: list[Rule], new: list[Rule], *, posted: bool) -> list[Case]:
    return [make_case(document, old, new, number, posted=posted) for number, document in enumerate(found)]


@stable
@given(documents, rulebooks(), rulebooks(), st.booleans())
def test_differences_come_to_zero(found, old, new, posted):
    """Over all accounts, the customers' included, in every standing."""
    result = run(*cases_of(found, old, new, posted=posted))
    sums, standings = defaultdict(Decimal), defaultdict(Decimal)
    for (_account, currency), figure in result.figures[Dimension.ACCOUNT].items():
        sums[currency] += figure.difference
        assert figure.difference == sum((change.amount for change in figure.changes.values()), D(0))
        for standing, change in figure.changes.items():
            standings[currency, standing] += change.amount
    assert not any(sums.values())
    assert not any(standings.values())


@stable
@given(documents, rulebooks(), rulebooks())
def test_the_other_way_round_is_the_opposite(found, old, new):
    there = run(*cases_of(found, old, new, posted=False))
    back = run(*cases_of(found, new, old, posted=False))
    for dimension in Dimension:
        assert {key: figure.difference for key, figure in there.figures[dimension].items()} == {
            key: -figure.difference for key, figure in back.figures[dimension].items()
        }
        assert {key: figure.moved for key, figure in there.figures[dimension].items()} == {
            key: figure.moved for key, figure in back.figures[dimension].items()
        }
    assert (there.bookable, there.blocked) == (
        back.blocked,
        back.bookable,
    ) or there.bookable.count <= back.blocked.count


@stable
@given(documents, rulebooks(), rulebooks(), st.booleans())
def test_the_orders_behind_a_figure_come_to_its_difference(found, old, new, posted):
    result = run(*cases_of(found, old, new, posted=posted))
    for dimension in Dimension:
        for _member, _currency, figure in result.changed_figures(dimension):
            total = figure.behind.total
            assert (total.difference, total.moved) == (figure.difference, figure.moved)
            assert figure.behind.count == len(figure.behind.orders) <= len(found)


@stable
@given(documents, rulebooks(), st.booleans())
def test_equal_rules_give_nothing(found, rules, posted):
    result = run(*cases_of(found, rules, [replace(rule) for rule in rules], posted=posted))
    assert not result.changed.count
    assert not result.moved
    assert not any(result.changed_figures(dimension) for dimension in Dimension)
    assert result.count == len(found)


@stable
@given(documents, rulebooks(), rulebooks())
def test_equals_a_naive_recomputation(found, old, new):
    cases = cases_of(found, old, new, posted=False)
    result = run(*cases)
    expected = _naive(cases)
    for dimension in (Dimension.ACCOUNT, Dimension.TAX):
        figures = {key: (figure.old, figure.new) for key, figure in result.figures[dimension].items()}
        wanted = {key[1:]: tuple(pair) for key, pair in expected.items() if key[0] is dimension}
        assert {key: pair for key, pair in figures.items() if any(pair)} == {
            key: pair for key, pair in wanted.items() if any(pair)
        }


def _naive(cases: list[Case]) -> dict:
    """(dimension, id, currency) -> [old, new], line by line."""
    sums: dict = defaultdict(lambda: [D(0), D(0)])
    for case in cases:
        for at, one in enumerate((case.old, case.new)):
            for entry in one.plan.entries():
                money = entry.currency
                if not isinstance(entry, PlannedMove):
                    sums[Dimension.ACCOUNT, CLEARING + entry.rule.target.processor_account, money][at] -= entry.signed
                    sums[Dimension.ACCOUNT, CUSTOMER, money][at] += entry.signed
                    continue
                sign = 1 if entry.kind is EntryKind.INVOICE else -1
                sums[Dimension.ACCOUNT, CUSTOMER, money][at] -= sign * entry.total
                for item in entry.lines:
                    account = item.rule.target.account
                    sums[Dimension.ACCOUNT, account, money][at] += sign * item.net
                    for one_tax in item.taxes:
                        tax_id = one_tax.rule.target.tax
                        place = account if tax_id == REDUCED else VAT_ACCOUNT
                        sums[Dimension.ACCOUNT, place, money][at] += sign * one_tax.amount
                        sums[Dimension.TAX, tax_id, money][at] += sign * one_tax.amount
    return sums


@stable
@given(documents, rulebooks(), rulebooks(), st.integers(0, 60))
def test_lock_dates_only_share_out(found, old, new, days):
    """Figures are the same whatever is closed; what is closed is not re-posted."""
    cases = cases_of(found, old, new, posted=True)
    closed = date(2026, 3, 1) + timedelta(days=days)
    free, locked = run(*cases), run(*cases, limits=Limits(first_open_day=closed))
    for dimension in Dimension:
        for key, figure in free.figures[dimension].items():
            other = locked.figures[dimension][key]
            assert (figure.old, figure.new, figure.moved) == (other.old, other.new, other.moved)
            assert figure.change(Standing.REPOSTED).amount == sum(
                (other.change(standing).amount for standing in (Standing.REPOSTED, Standing.LOCKED)), D(0)
            )


def test_line_kinds_are_products_of_their_own():
    shipping = line("dhl", "5", kind=LineKind.SHIPPING, external_id="shipping")
    sold = order(shipping, line("dhl", "10"), tenders=[paid("15")])
    found = run(make_case(sold, make_rules(), make_rules(make_rule(40, "shipping", "dhl", account=SHIPPING))))
    assert differences(found, Dimension.PRODUCT) == {("shipping", "dhl"): "0"}
