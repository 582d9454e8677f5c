"""Odoo's products, as the core asks for what they cost."""

from decimal import Decimal

from ...core.goods.costs import Product, sixth

_FIELDS = ["default_code", "barcode", "type", "active", "standard_price"]


class OdooCatalogue:
    """Products of a company, read with a few queries for a whole batch.

    A cost is company-dependent: it is read as the company that books it.

    :param set skus: all that may be asked for
    :param product_ids: ids of all products that rules may lead to
    """

    def __init__(self, company, skus, product_ids=()):
        # sudo: a cost is shown to employees; a scheduled action or an accountant of another kind books it, too.
        products = company.env["product.product"].sudo().with_company(company).with_context(active_test=False)
        self._ruled = {product.id: product for product in products.browse(sorted(product_ids))}
        self._codes, self._barcodes = {}, {}
        names = sorted(skus)
        domain = [
            "|", ("default_code", "in", names), ("barcode", "in", names), ("company_id", "in", (False, company.id)),
        ]  # fmt: skip
        for product in products.search_fetch(domain, _FIELDS, order="id") if names else ():
            for found, key in ((self._codes, product.default_code), (self._barcodes, product.barcode)):
                if key in skus:
                    found.setdefault(key, []).append(product)

    def by_id(self, product_id):
        """See ``Catalogue``."""
        return self._product(self._ruled[product_id])

    def by_sku(self, sku):
        """See ``Catalogue``; an archived product counts where no other has the SKU."""
        found = self._codes.get(sku) or self._barcodes.get(sku) or []
        active = [product for product in found if product.active]
        return tuple(self._product(product) for product in active or found)

    @staticmethod
    def _product(product):
        return Product(
            id=product.id, name=product.display_name, cost=sixth(Decimal(repr(product.standard_price))),
            is_goods=product.type != "service",
        )  # fmt: skip
