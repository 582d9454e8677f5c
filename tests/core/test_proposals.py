"""What is proposed for a finding: accounts by meaning and chart, taxes by rate and meaning, gateways by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import D

from ecommerce_connector.core.mapping.facts import Facts
from ecommerce_connector.core.setup.account_choice import choose_account, taxed_as
from ecommerce_connector.core.setup.account_roles import READY_MADE, ROLES
from ecommerce_connector.core.setup.areas import Area, Geography
from ecommerce_connector.core.setup.chart import AccountFact, Chart, PositionFact, ProcessorFact, TaxFact, tax_areas
from ecommerce_connector.core.setup.choices import NewAccount, NewProcessor, NewTax
from ecommerce_connector.core.setup.findings import KINDS, Finding, Question
from ecommerce_connector.core.setup.gateways import family_of
from ecommerce_connector.core.setup.proposals import propose

EU = frozenset({"FR", "DE", "IT"})
FRANCE = Geography(home="FR", union=EU)


def account(number, code, name, kind="income", **more):
    return AccountFact(id=number, code=code, names=(name, *more.pop("also", ())), type=kind, **more)


def chart(*accounts, template="", **more):
    return Chart(template=template, accounts=accounts, **({"geography": FRANCE} | more))


def found(kind, value="*", **more):
    return Finding(kind=kind, value=value, **({"lines": 1, "countries": ("FR",), "customers": ("consumer",)} | more))


# === Accounts === #


def test_the_charts_own_account_comes_first():
    sold = found("product", rates=(D(20),))
    choice = propose(
        sold, chart(account(1, "706000", "Sales of goods"), account(2, "707000", "Marchandises"), template="fr")
    )
    assert choice.account == 2
    assert choice.reason == "The French chart's account for sales of goods."


def test_an_account_that_was_made_before_is_taken_again():
    choice = propose(
        found("product"),
        chart(account(1, "707000", "Marchandises"), account(2, "707101", "Store sales"), template="fr"),
    )
    assert choice.account == 2


@pytest.mark.parametrize(
    "kind, name",
    [
        ("shipping", "Shipping Revenue"), ("shipping", "Freight charged"), ("shipping", "Ports et frais accessoires"),
        ("shipping", "Versandkosten an Kunden"), ("product", "Umsatzerlöse"), ("product", "Ventes de marchandises"),
        ("product", "Sales"), ("fee", "Order fees"),
    ],
)  # fmt: skip
def test_accounts_by_their_names(kind, name):
    choice = propose(found(kind), chart(account(1, "1", "Something"), account(2, "2", name)))
    assert choice.account == 2
    assert "name" in choice.reason


@pytest.mark.parametrize(
    "kind, name, account_type",
    [
        ("product", "Export sales", "income"), ("product", "Sales discounts", "income"),
        ("product", "Sales of fixed assets", "income"), ("product", "Sales", "expense"),
        ("shipping", "Transport", "income"), ("shipping", "Shipping", "expense"), ("tip", "Tips", "income"),
    ],
)  # fmt: skip
def test_names_that_mean_something_else(kind, name, account_type):
    choice = propose(found(kind), chart(account(1, "1", name, account_type)))
    assert isinstance(choice.new, NewAccount)


def test_names_in_another_language_of_the_database():
    choice = propose(found("product"), chart(account(1, "1", "Verkauf", also=("Product Sales",))))
    assert choice.account == 1


def test_the_companys_own_account_for_sales_if_no_name_tells():
    choice = propose(found("product"), chart(account(1, "1", "Omzet"), account(2, "2", "Verkoop"), income=2))
    assert choice.account == 2


def test_a_new_account_where_nothing_fits():
    choice = propose(found("shipping"), chart())
    assert (choice.account, choice.new.name, choice.new.type) == (None, "Store shipping revenue", "income")
    assert choice.reason == "No account for shipping charged to customers was found: a new one."
    assert propose(found("shipping"), chart(template="fr")).new.after == "708510"


def test_a_gift_card_is_a_liability_even_if_it_is_sold_as_a_product():
    tokens = account(1, "1796", "Issued gift tokens", "liability_current")
    choice = propose(found("product", "GIFT50", is_gift_card=True), chart(tokens, template="de_skr03"))
    assert choice.account == 1
    assert choice.opens
    assert "reconciliation" in choice.reason


def test_charts_that_divide_revenue_by_tax():
    accounts = [account(int(code), code, f"Erlöse {code}") for code in ("8400", "8300", "8200", "8120", "8125")]
    german = chart(*accounts, template="de_skr03", geography=Geography(home="DE", union=EU))

    def booked(kind, rates, countries=("DE",), customers=("consumer",)):
        rates = tuple(D(rate) for rate in rates)
        return propose(found(kind, rates=rates, countries=countries, customers=customers), german).account

    assert booked("product", ["19"]) == 8400
    assert booked("shipping", ["7"]) == 8300
    assert booked("product", ["7", "19"]) == 8200
    assert booked("product", ["0"], ("US", "CH")) == 8120
    assert booked("product", ["0"], ("US", "DE")) == 8200
    assert booked("product", ["0"], ("FR",), ("business",)) == 8125
    assert booked("product", ["0"], ("FR",)) == 8200
    assert booked("product", ["20"], ("FR",)) == 8200


def test_what_goods_bear():
    assert taxed_as((), (), ()) == "mixed"
    assert taxed_as((D("5.50"),), {Area.HOME}, ()) == "5.5"
    assert taxed_as((None,), {Area.ABROAD}, ()) == "mixed"
    assert taxed_as((D(0),), {Area.ABROAD}, ()) == "export"


@pytest.mark.parametrize("template", READY_MADE)
def test_ready_made_sets_speak_of_roles(template):
    ready = READY_MADE[template]
    assert set(ready.codes) | set(ready.new) <= set(ROLES)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("tax", "gateway", "discount")])
def test_every_kind_has_a_proposal_that_says_why(kind):
    choice = propose(found(kind), chart())
    assert isinstance(choice.new, NewAccount)
    assert choice.reason.endswith(".")


# === Taxes === #

HOME, UNION, ABROAD = Area.HOME, Area.UNION, Area.ABROAD


def tax_fact(number, name, rate="0", *areas, **more):
    return TaxFact(id=number, names=(name, *more.pop("also", ())), rate=D(rate), areas=frozenset(areas), **more)


FRENCH_TAXES = (
    tax_fact(1, "20% G INC", "20", HOME, UNION, scope="consu", included=True),
    tax_fact(2, "20% G", "20", HOME, UNION, scope="consu"),
    tax_fact(3, "20% S", "20", HOME, UNION, scope="service", on_invoice=False),
    tax_fact(4, "0% EX G", "0", ABROAD, scope="consu"),
    tax_fact(5, "0% EU G", "0", UNION, scope="consu", businesses_only=True),
    tax_fact(6, "0% EXEMPT G", "0", HOME, UNION, scope="consu"),
)


def french(found, taxes=FRENCH_TAXES):
    return propose(found, chart(taxes=taxes))


def made(choice):
    assert isinstance(choice.new, NewTax)
    return choice.new.name, choice.new.rate, choice.new.area


def vat(rate, *countries, **more):
    rate = None if rate is None else D(rate)
    return found("tax", "VAT", rate=rate, countries=countries or ("FR",), charged=bool(rate), **more)


def test_a_tax_of_the_rate_with_prices_excluded_and_for_goods():
    assert french(vat("20", "FR")).tax == 2
    assert french(vat("20", "FR", "DE")).tax == 2
    assert french(vat("20"), FRENCH_TAXES[:1]).tax == 1
    assert french(vat("20")).reason == "The company's tax of 20 %."


def test_untaxed_sales_by_what_they_mean():
    assert french(vat("0", "US", "CH")).tax == 4
    assert french(vat("0", "FR")).tax == 6
    assert french(vat("0", "")).tax == 6
    assert french(vat("0", "US", "FR")).tax == 6
    assert french(vat("0", "DE", customers=("business",))).tax == 5
    assert french(vat("0", "DE", customers=("business", "consumer"))).tax == 6
    assert french(vat("0", "US")).reason == "0 % for an export."


def test_a_tax_that_means_something_else_is_not_taken():
    only_exports = FRENCH_TAXES[3:4]
    choice = french(vat("0", "FR"), only_exports)
    assert choice.tax is None
    assert made(choice) == ("0% S", D(0), HOME)
    assert choice.reason == "No tax of 0 % for an untaxed sale at home was found: a new one."
    exported = french(vat("0", "US"), FRENCH_TAXES[5:])
    assert made(exported) == ("0% S Export", D(0), ABROAD)
    assert made(french(vat("19"), FRENCH_TAXES)) == ("19% S", D(19), HOME)
    assert choice.new.account.new.name == "Store sales tax"


def test_an_archived_tax_is_taken_only_if_no_other_can_be_meant():
    archived = replace(FRENCH_TAXES[1], id=9, active=False)
    assert not french(vat("20"), (*FRENCH_TAXES, archived)).opens
    choice = french(vat("20"), (archived,))
    assert (choice.tax, choice.opens) == (9, True)
    assert choice.reason.endswith("It is archived, and will be made active.")


def test_outside_of_a_union_the_only_tax_of_zero_is_enough():
    taxes = (tax_fact(1, "0%", "0", HOME),)
    american = chart(taxes=taxes, geography=Geography(home="US"))
    assert propose(vat("0", "FR"), american).tax == 1
    assert propose(vat("0", "US"), american).tax == 1


def test_exempt_and_zero_rated():
    taxes = (tax_fact(1, "0%", "0", HOME, sequence=3), tax_fact(2, "Exempt", "0", HOME, sequence=4))
    british = chart(taxes=taxes, geography=Geography(home="GB"))
    assert propose(replace(vat("0", "GB"), value="Zero rated"), british).tax == 1
    assert propose(replace(vat("0", "GB"), value="EXEMPT"), british).tax == 2
    reverse = (tax_fact(1, "0% RC", "0", HOME, also=("Reverse Charge (Domestic)",)),)
    assert propose(vat("0", "GB"), chart(taxes=reverse, geography=Geography(home="GB"))).new


def test_one_stop_shop():
    taxes = (tax_fact(1, "20%", "20", HOME), tax_fact(2, "20% AT OSS", "20", UNION))
    assert propose(vat("20", "DE", remitter="oss"), chart(taxes=taxes)).tax == 2
    assert propose(vat("20", "DE"), chart(taxes=taxes)).tax == 1
    assert propose(vat("21", "DE", remitter="oss"), chart(taxes=taxes)).new.name == "21% S OSS"


def test_a_tax_without_a_rate():
    charged = found("tax", "Sales tax", rate=None, charged=True)
    assert made(propose(charged, chart(taxes=FRENCH_TAXES))) == ("Sales tax (store)", None, HOME)
    assert propose(found("tax", "None", rate=None), chart(taxes=FRENCH_TAXES)).tax == 6


def test_one_tax_for_all_rates_of_a_country():
    everywhere = found("tax", "*", rate=None, country="US", rates=(D(5), D("6.25"), None), countries=("US",))
    choice = propose(everywhere, chart(taxes=FRENCH_TAXES))
    assert made(choice) == ("Sales tax as charged by the store", None, HOME)
    assert choice.reason.startswith("2 different rates are charged there: one tax for all of them")
    own = TaxFact(id=90, names=("Sales tax as charged by the store",), rate=None)
    other = TaxFact(id=91, names=("Sales tax (store)",), rate=None, active=False)
    again = propose(everywhere, chart(taxes=(*FRENCH_TAXES, other, own)))
    assert (again.tax, again.opens) == (90, False)
    named = propose(found("tax", "Sales tax", rate=None, charged=True), chart(taxes=(own, other)))
    assert (named.tax, named.opens) == (91, True)


def test_a_tax_without_a_rate_is_never_an_untaxed_sale():
    own = TaxFact(id=90, names=("Sales tax as charged by the store",), rate=None)
    assert made(propose(found("tax", "Zero", rate=D(0)), chart(taxes=(own,)))) == ("0% S", D(0), HOME)


def test_areas_of_a_tax():
    domestic = PositionFact(name="Domestic", country="FR", is_domestic=True)
    union = PositionFact(name="Intra-EU B2B", group=EU, needs_vat=True)
    abroad = PositionFact(name="Import/Export")
    assert tax_areas(["20%"], [domestic, PositionFact(name="EU private", group=EU)], FRANCE) == {HOME, UNION}
    monaco = PositionFact(name="Domestic - Monaco", country="MC")
    assert tax_areas(["20%"], [domestic, monaco], FRANCE) == {HOME}
    assert tax_areas(["20%"], [monaco], FRANCE) == {ABROAD}
    assert tax_areas(["19%"], [domestic, union], FRANCE) == {HOME}
    assert tax_areas(["0%"], [union], FRANCE) == {UNION}
    assert tax_areas(["0%"], [abroad], FRANCE) == {ABROAD}
    assert tax_areas(["19%"], [PositionFact(name="Geschäftspartner EU (ohne USt-ID)")], FRANCE) == {UNION}
    assert tax_areas(["0%"], [PositionFact(name="Business partner abroad (non-EU)")], FRANCE) == {ABROAD}
    for name, areas in (
        ("0% Exports", {ABROAD}), ("0% EX", {ABROAD}), ("0% EU", {UNION}), ("0%", set()), ("Exempt", set()),
        ("0% Third country", {ABROAD}), ("0% Intracommunautaire", {UNION}),
    ):  # fmt: skip
        assert tax_areas([name], [], FRANCE) == areas, name


# === Gateways === #


@pytest.mark.parametrize(
    "gateway, label",
    [
        ("card", "Card payments"), ("card-authorize", "Card payments"), ("stripe_cc", "Stripe"), ("PayPal", "PayPal"),
        ("ppcp-gateway", "PayPal"), ("gift-card", "Gift cards"), ("Gutschein", "Gift cards"),
        ("cod", "Cash on delivery"),
        ("bacs", "Bank transfers"), ("Virement bancaire", "Bank transfers"), ("manual", "Bank transfers"),
        ("Kreditkarte", "Card payments"), ("store_credit", "Gift cards"), ("crypto_pay", "Crypto pay"),
        ("checkmo", "Bank transfers"), ("shopify_payments", "Shopify Payments"),
    ],
)  # fmt: skip
def test_families_of_gateways(gateway, label):
    assert family_of(gateway).label == label


def gateway(name, currency="EUR"):
    return found("gateway", name, currency=currency)


def processors(*facts):
    return chart(processors=tuple(ProcessorFact(id=number, **fact) for number, fact in enumerate(facts, 1)))


def test_a_processor_account_of_the_family_and_the_currency():
    known = processors(
        {"name": "Card payments USD", "currency": "USD"}, {"name": "PayPal EUR", "currency": "EUR"},
        {"name": "Card payments EUR", "currency": "EUR", "processor": "stripe"},
    )  # fmt: skip
    assert propose(gateway("visa card"), known).processor == 3
    assert propose(gateway("stripe_sepa"), known).processor == 3
    assert propose(gateway("ppcp"), known).processor == 2
    assert propose(gateway("card", "USD"), known).processor == 1
    assert propose(gateway("ppcp", "USD"), known).new.name == "PayPal USD"


def test_gift_cards_lead_to_the_liability():
    known = processors(
        {"name": "Vouchers", "currency": "EUR", "is_liability": True}, {"name": "Gift", "currency": "EUR"}
    )
    assert propose(gateway("gift-card"), known).processor == 1
    new = propose(gateway("gift-card", "USD"), known).new
    assert isinstance(new, NewProcessor)
    assert new.is_liability and new.in_transit is None
    assert new.control.new.name == "Gift card liability"


def test_a_new_processor_account_has_control_accounts_of_its_own():
    new = propose(gateway("paypal"), chart()).new
    assert (new.name, new.family, new.processor) == ("PayPal EUR", "PP", "")
    assert new.control.new.name == "PayPal clearing"
    assert new.in_transit.new.name == "PayPal payouts in transit"
    clearing = account(7, "101601", "PayPal clearing", "asset_current", reconcile=True)
    assert propose(gateway("paypal"), chart(clearing)).new.control.account == 7
    assert propose(gateway("stripe"), chart()).new.processor == "stripe"
    assert propose(gateway("bacs"), chart()).new.in_transit is None


# === Discounts === #


def test_a_discount_lowers_the_revenue_unless_somebody_decides_otherwise():
    choice = propose(found("discount", "SPRING"), chart())
    assert choice.is_optional and choice.account is None and choice.new is None
    asked = (Question(kind="discount", key="VIP", on=None, facts=Facts(funder="platform")),)
    assert "platform pays" in propose(found("discount", "VIP", asked=asked), chart()).reason


def test_proposals_are_the_same_each_time():
    sold = found("product", rates=(D(20),))
    accounts = [account(1, "1", "Sales A"), account(2, "2", "Sales B")]
    assert propose(sold, chart(*accounts)) == propose(sold, chart(*reversed(accounts)))
    assert choose_account("sales", chart(*accounts)).account == 1
