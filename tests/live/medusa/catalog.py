"""What a merchant sets up before the first sale: regions, goods, prices, taxes, shipping, promotions."""

from __future__ import annotations

from typing import Any

from .actions import Session

Json = dict[str, Any]

#: By region: currency, country, whether prices include tax.
REGIONS = {"eu": ("eur", "fr", False), "uk": ("gbp", "gb", True), "us": ("usd", "us", False), "jp": ("jpy", "jp", True)}
#: By SKU: title, price in euros, tax; the other prices follow from it.
GOODS = {
    "ESPRESSO": ("Espresso machine", 999.99, "full"), "HANDBOOK": ("Barista handbook", 18.9, "reduced"),
    "FILTERS": ("Paper filters", 7.35, "full"), "COOKBOOK": ("Coffee cook book", 33.33, "reduced"),
    "OATMILK": ("Oat milk", 3.1, "zero"), "APRON": ("Linen apron", 19.99, "full"), "BOX": ("Gift box", 8.3333, "full"),
}  # fmt: skip
#: By country: code and percent of the full, the reduced and the zero rate.
TAXES = {
    "fr": (("FR20", 20), ("FR5.5", 5.5), ("FR0", 0)), "gb": (("GB20", 20), ("GB5", 5), ("GB0", 0)),
    "jp": (("JP10", 10), ("JP8", 8), ("JP0", 0)),
}  # fmt: skip
_RATES = {"usd": 1.1, "gbp": 0.85, "jpy": 160}
_PERCENT = {"type": "percentage", "currency_code": "eur"}


def set_up(staff: Session) -> Json:
    """Set the store up; returns the ids of what later actions need."""
    channel = staff.get("/sales-channels")["sales_channels"][0]["id"]
    store = staff.get("/stores")["stores"][0]["id"]
    currencies = [{"currency_code": currency, "is_default": region == "eu", "is_tax_inclusive": gross}
                  for region, (currency, _country, gross) in REGIONS.items()]  # fmt: skip
    staff.post(
        f"/stores/{store}", name="Medusa shop", supported_currencies=currencies, default_sales_channel_id=channel
    )
    regions = {name: _region(staff, name, *facts) for name, facts in REGIONS.items()}
    location, zone, profile = _warehouse(staff, channel)
    variants = _goods(staff, channel, profile)
    _taxes(staff, {sku: variants[sku]["product"] for sku in variants})
    _promotions(staff, variants["APRON"]["product"])
    key = staff.post("/api-keys", title="Shop", type="publishable")["api_key"]
    staff.post(f"/api-keys/{key['id']}/sales-channels", add=[channel])
    reason = staff.post("/refund-reasons", label="Damaged", code="damaged")["refund_reason"]["id"]
    return {
        "channel": channel, "regions": regions, "countries": {name: facts[1] for name, facts in REGIONS.items()},
        "location": location, "variants": {sku: found["variant"] for sku, found in variants.items()},
        "shipping": {name: _shipping(staff, zone, profile, name, price)
                     for name, price in (("Standard", 5.0), ("Express", 12.9))},
        "publishable_key": key["token"], "refund_reason": reason,
    }  # fmt: skip


def _region(staff: Session, name: str, currency: str, country: str, gross: bool) -> str:
    made = staff.post(
        "/regions", name=name.upper(), currency_code=currency, countries=[country], automatic_taxes=True,
        payment_providers=["pp_system_default"], is_tax_inclusive=gross,
    )  # fmt: skip
    return str(made["region"]["id"])


def _warehouse(staff: Session, channel: str) -> tuple[str, str, str]:
    profile = staff.post("/shipping-profiles", name="Parcels", type="parcels")["shipping_profile"]["id"]
    address = {"address_1": "1 rue de la Paix", "city": "Paris", "country_code": "fr", "postal_code": "75002"}
    location = staff.post("/stock-locations", name="Warehouse", address=address)["stock_location"]["id"]
    staff.post(f"/stock-locations/{location}/sales-channels", add=[channel])
    staff.post(f"/stock-locations/{location}/fulfillment-providers", add=["manual_manual"])
    staff.post(f"/stock-locations/{location}/fulfillment-sets", name="Parcels", type="shipping")
    found = staff.get(f"/stock-locations/{location}", fields="*fulfillment_sets")["stock_location"]["fulfillment_sets"]
    zones = [{"type": "country", "country_code": country} for _currency, country, _gross in REGIONS.values()]
    path = f"/fulfillment-sets/{found[0]['id']}/service-zones"
    zone = staff.post(path, name="World", geo_zones=zones)["fulfillment_set"]["service_zones"][0]["id"]
    return location, zone, profile


def _prices(euros: float) -> list[Json]:
    prices = [{"currency_code": "eur", "amount": euros}]
    for currency, rate in _RATES.items():
        prices.append({"currency_code": currency, "amount": round(euros * rate, 0 if currency == "jpy" else 2)})
    return prices


def _goods(staff: Session, channel: str, profile: str) -> dict[str, Json]:
    found = {}
    for sku, (title, price, _tax) in GOODS.items():
        variant = {"title": "One", "sku": sku, "manage_inventory": False, "options": {"Size": "One"},
                   "prices": _prices(price)}  # fmt: skip
        made = staff.post(
            "/products", title=title, status="published", shipping_profile_id=profile, sales_channels=[{"id": channel}],
            options=[{"title": "Size", "values": ["One"]}], variants=[variant],
        )["product"]  # fmt: skip
        found[sku] = {"product": made["id"], "variant": made["variants"][0]["id"]}
    return found


def _taxes(staff: Session, products: dict[str, str]) -> None:
    for country, (full, *others) in TAXES.items():
        region = _tax_region(staff, country, *full)
        for (code, percent), tax in zip(others, ("reduced", "zero"), strict=True):
            rules = [{"reference": "product", "reference_id": products[sku]} for sku in GOODS if GOODS[sku][2] == tax]
            staff.post("/tax-rates", tax_region_id=region, name=code, code=code, rate=percent, rules=rules)
    country = _tax_region(staff, "us", "US0", 0)
    rate = {"name": "NY4", "code": "NY4", "rate": 4, "is_combinable": True}
    staff.post("/tax-regions", country_code="us", province_code="us-ny", parent_id=country, default_tax_rate=rate)


def _tax_region(staff: Session, country: str, code: str, percent: float) -> str:
    rate = {"name": code, "code": code, "rate": percent}
    made = staff.post("/tax-regions", country_code=country, provider_id="tp_system", default_tax_rate=rate)
    return str(made["tax_region"]["id"])


def _shipping(staff: Session, zone: str, profile: str, name: str, price: float) -> str:
    kind = {"label": name, "description": name, "code": name.lower()}
    made = staff.post(
        "/shipping-options", name=name, service_zone_id=zone, shipping_profile_id=profile, provider_id="manual_manual",
        price_type="flat", type=kind, prices=_prices(price), rules=[],
    )  # fmt: skip
    return str(made["shipping_option"]["id"])


def _promotions(staff: Session, aprons: str) -> None:
    order = {"target_type": "order", "allocation": "across"}
    aprons_only = [{"attribute": "items.product.id", "operator": "in", "values": [aprons]}]
    methods = {
        "ORDER10": {**_PERCENT, **order, "value": 10},
        "POUNDS10": {**_PERCENT, **order, "value": 10, "currency_code": "gbp"},
        "MINUS7": {"type": "fixed", **order, "value": 7, "currency_code": "eur"},
        "APRON25": {**_PERCENT, "target_type": "items", "allocation": "each", "max_quantity": 100, "value": 25,
                    "target_rules": aprons_only},
        "FREESHIP": {**_PERCENT, "target_type": "shipping_methods", "allocation": "each", "max_quantity": 1,
                     "value": 100},
    }  # fmt: skip
    for code, method in methods.items():
        staff.post("/promotions", code=code, type="standard", status="active", is_automatic=False,
                   application_method=method)  # fmt: skip
