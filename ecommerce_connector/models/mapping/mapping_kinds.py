"""What each kind of mapping rule needs, may have and can be limited to."""

from dataclasses import dataclass

_DESTINATION = ("currency_id", "country_id", "state_id", "customer_kind")


@dataclass(frozen=True)
class Kind:
    """One kind of rule.

    :ivar label: for people, translated where it is shown
    :ivar needed: fields of which at least one must be set
    :ivar optional: other fields that say how it is booked
    :ivar limits: fields it can be limited to
    :ivar has_groups: it can match on the product's groups instead of its SKU
    """

    label: str
    needed: tuple
    optional: tuple = ()
    limits: tuple = _DESTINATION
    has_groups: bool = False


_BY_ACCOUNT = ("account_id",)
_ANALYTIC = ("analytic_distribution",)
_LINE = ("product_id", "tax_id", *_ANALYTIC)
_GOODS = ("product_id", *_ANALYTIC, "inventory_account_id", "cogs_account_id")
_TAX_LIMITS = ("tax_rate", *_DESTINATION, "tax_included", "remitter")
#: What a processor charges may bear a tax of purchases.
FEES = ("payout_fee", "dispute_fee")
_FEE = {"needed": _BY_ACCOUNT, "optional": ("tax_id", "partner_id", *_ANALYTIC), "limits": ("currency_id",)}
_PAYOUT = {"needed": _BY_ACCOUNT, "optional": ("partner_id", *_ANALYTIC), "limits": ("currency_id",)}

KINDS = {
    "product": Kind("Product", _BY_ACCOUNT, _GOODS, has_groups=True),
    "return": Kind("Returned product", _BY_ACCOUNT, ("product_id", *_ANALYTIC), has_groups=True),
    "discount": Kind("Discount", ("discount_method",), (*_BY_ACCOUNT, *_ANALYTIC), limits=(*_DESTINATION, "funder")),
    "shipping": Kind("Shipping", _BY_ACCOUNT, _LINE),
    "fee": Kind("Order fee", _BY_ACCOUNT, _LINE),
    "tip": Kind("Tip", _BY_ACCOUNT, _LINE),
    "duty": Kind("Duty", _BY_ACCOUNT, _LINE),
    "donation": Kind("Donation", _BY_ACCOUNT, _LINE),
    "gift_card": Kind("Gift card sold", _BY_ACCOUNT, _LINE),
    "voucher": Kind("Single-purpose voucher redeemed", _BY_ACCOUNT, limits=("tax_rate", *_DESTINATION)),
    "breakage": Kind("Gift card expired", _BY_ACCOUNT, _ANALYTIC, limits=()),
    "tax": Kind("Tax", ("tax_id",), limits=_TAX_LIMITS),
    "marketplace_tax": Kind("Tax remitted by a marketplace", _BY_ACCOUNT, limits=_TAX_LIMITS),
    "customer": Kind(
        "Customer",
        ("account_id", "fiscal_position_id"),
        limits=("currency_id", "country_id", "state_id", "customer_kind"),
    ),
    "refund_adjustment": Kind("Refund without lines", _BY_ACCOUNT, ("product_id", *_ANALYTIC)),
    "rounding": Kind("Rounding difference", _BY_ACCOUNT, _ANALYTIC),
    "advance": Kind("Customer advance", _BY_ACCOUNT),
    "compensation": Kind("Compensation", _BY_ACCOUNT, _ANALYTIC),
    "gateway": Kind("Gateway", ("processor_account_id",)),
    "payout_fee": Kind("Processor fee", **_FEE),
    "reserve": Kind("Reserve", **_PAYOUT),
    "dispute": Kind("Dispute", **_PAYOUT),
    "dispute_fee": Kind("Dispute fee", **_FEE),
    "dispute_loss": Kind("Chargeback lost", _BY_ACCOUNT, _ANALYTIC, limits=("currency_id",)),
    "payout_other": Kind("Other payout line", **_PAYOUT),
}
#: Kinds that decide lines of payouts; all others decide orders.
PAYOUT_KINDS = frozenset(name for name, kind in KINDS.items() if kind.limits == _PAYOUT["limits"])
#: Kinds that decide a refund as they decided the sale, on the day of the sale.
OF_THE_SALE = ("tax", "marketplace_tax", "customer")
#: All fields that say how a store value is booked.
TARGETS = (
    "account_id", "tax_id", "product_id", "analytic_distribution", "processor_account_id", "partner_id",
    "fiscal_position_id", "inventory_account_id", "cogs_account_id", "discount_method",
)  # fmt: skip
#: Those that lead to an account.
ACCOUNT_FIELDS = ("account_id", "inventory_account_id", "cogs_account_id")
#: All fields that a rule can be limited to, besides its pattern and its days.
LIMITS = (
    "tax_rate", "currency_id", "country_id", "state_id", "customer_kind", "tax_included", "remitter", "funder",
)  # fmt: skip
#: What a rule is about, and how it books it: a change of any of them is logged.
DECIDING = (
    "active", "company_id", "store_id", "kind", "match_on", "pattern", *LIMITS, *TARGETS, "date_from", "date_to",
)  # fmt: skip
#: What may still change once an entry was made by the rule: until when it is valid, and whether it is archived.
CHANGEABLE_IN_USE = frozenset({"date_to", "active"})
