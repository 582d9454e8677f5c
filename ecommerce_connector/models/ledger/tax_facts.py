"""What a batch needs to know of its taxes to give journal items whole."""

from dataclasses import dataclass
from decimal import Decimal

from ...core.mapping.rulebook import InputTax
from .amounts import decimal_of


@dataclass(frozen=True)
class TaxShare:
    """One repartition line of the tax amount.

    :ivar account_id: 0: on the account of the line that is taxed
    """

    repartition_line_id: int
    factor: float
    account_id: int
    tag_ids: tuple


@dataclass(frozen=True)
class TaxFacts:
    """One tax, for invoices or for credit notes.

    :ivar order: taxes of a line apply in this order
    :ivar raises_base: its amount is part of the base of later taxes
    :ivar has_raised_base: earlier taxes can be part of its base
    :ivar is_simple: the tax lines can be given; otherwise Odoo's engine makes them from the forced amounts
    """

    tax_id: int
    order: tuple
    name: str
    price_include: bool
    analytic: bool
    base_tag_ids: tuple
    shares: tuple
    raises_base: bool
    has_raised_base: bool
    is_simple: bool


class TaxFactsCache:
    """Facts of taxes by id, read once."""

    def __init__(self, env):
        self.env = env
        self._facts = {}

    def of(self, tax_id, *, is_refund):
        """:rtype: TaxFacts"""
        key = (tax_id, is_refund)
        if key not in self._facts:
            self._facts[key] = self._read(self.env["account.tax"].browse(tax_id), is_refund)
        return self._facts[key]

    def _read(self, tax, is_refund):
        lines = tax.refund_repartition_line_ids if is_refund else tax.invoice_repartition_line_ids
        base = lines.filtered(lambda line: line.repartition_type == "base")
        shares = lines.filtered(lambda line: line.repartition_type == "tax")
        return TaxFacts(
            tax_id=tax.id, order=(tax.sequence, tax.id), name=tax.name, price_include=tax.price_include,
            analytic=tax.analytic,
            base_tag_ids=tuple(base.tag_ids.ids),
            shares=tuple(
                TaxShare(line.id, line.factor, line.account_id.id or 0, tuple(line.tag_ids.ids)) for line in shares
            ),
            raises_base=tax.include_base_amount, has_raised_base=tax.is_base_affected,
            is_simple=self._is_simple(tax, shares),
        )  # fmt: skip

    @staticmethod
    def _is_simple(tax, shares):
        # Groups, cash basis, compound taxes and split or reverse-charge distributions are the
        # engine's business: it gets the forced amounts and makes the tax lines itself.
        return (
            tax.amount_type in ("percent", "fixed")
            and tax.tax_exigibility == "on_invoice"
            and not tax.include_base_amount
            and not tax.has_negative_factor
            and len(shares) == 1
            and shares.factor == 1.0
        )


def input_tax(tax):
    """What a purchase tax adds to a fee, None for taxes that no single percentage describes.

    :rtype: InputTax | None
    """
    shares = tax.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax")
    factors = sorted(shares.mapped("factor"))
    if tax.amount_type != "percent" or tax.tax_exigibility != "on_invoice" or factors not in ([1.0], [-1.0, 1.0]):
        return None
    return InputTax(label=tax.name, rate=decimal_of(tax.amount, 4).normalize(), reverse_charge=len(factors) == 2)


def rate_of_tax(tax):
    """The rate of a tax in percent; None if it has none of its own, like one that stands for many rates.

    :rtype: Decimal | None
    """
    return decimal_of(tax.amount, 4).normalize() if tax.amount_type == "percent" else None


def rate_of(tax):
    """What a tax adds up to in percent, 0 % too; of a group the sum. None if it is no percentage.

    :rtype: Decimal | None
    """
    if tax.amount_type == "group":
        rates = [rate_of(child) for child in tax.children_tax_ids]
        return sum(rates, Decimal(0)) if rates and None not in rates else None
    return Decimal(repr(tax.amount)).normalize() + 0 if tax.amount_type == "percent" else None
