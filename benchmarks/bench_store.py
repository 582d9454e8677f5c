"""The company and the store of a benchmark, set up as a user would within minutes."""

from decimal import Decimal

#: Orders in foreign currencies need some rate; the proof compares in the order's own currency.
_RATE, _FIRST_DAY = 1.25, "2000-01-01"


def make_store(env, survey, *, payments, batch_size, products):
    """Make a store of files whose accounts and rules can book every order of a survey."""
    currency = survey.currencies.most_common(1)[0][0] if survey.currencies else env.company.currency_id.name
    _set_currency(env, currency)
    store = env["ecommerce.store"].create(
        {
            "name": "Benchmark", "platform": "file", "timezone": "UTC", "payment_mode": payments,
            "batch_size": batch_size,
        }
    )  # fmt: skip
    store._create_accounting(currencies=sorted({currency, *survey.currencies}), rates=survey.rates)
    for code in survey.currencies:
        _ensure_rate(env, code)
    if survey.has_unrated_tax:
        _map_unrated_tax(store)
    if products:
        _map_products(store, survey.skus)
    env.cr.commit()
    return store


def _set_currency(env, code):
    currency = env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
    currency.active = True
    if env.company.currency_id != currency:
        env.company.currency_id = currency


def _ensure_rate(env, code):
    currency = env["res.currency"].search([("name", "=", code)])
    if currency != env.company.currency_id:
        env["res.currency.rate"].create({"currency_id": currency.id, "name": _FIRST_DAY, "rate": _RATE})


def _map_unrated_tax(store):
    """Taxes that the store states without a rate go to a tax of 0 %, with the store's amounts."""
    account = store.env["account.account"].search([("name", "=", "Store sales tax")], limit=1)
    tax = store._ensure_tax(Decimal(0), account)
    store._ensure_rule("tax", "*", tax_id=tax.id)


def _map_products(store, skus):
    """A product and an exact rule for each SKU, as a store has that keeps its catalog in Odoo."""
    sales = store.env["account.account"].search([("name", "=", "Store sales")], limit=1)
    for sku in sorted(skus):
        product = store.env["product.product"].create({"name": sku, "default_code": sku})
        store._ensure_rule("product", sku, account_id=sales.id, product_id=product.id)
