"""What accounts a store needs, by what they are for, and where the usual charts have them.

Accounts that the laws of the ledger watch (clearing, in transit, gift cards …) hold one thing only,
so they are never shared with an account that exists for something else: they are recognized by the
connector's own name, or where a chart has an account for just that.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What an account is for.

    :ivar name: of the account that is made if none fits
    :ivar purpose: for sentences
    :ivar types: account types that can hold it; the first is that of a new account
    :ivar reconcile: its items are reconciled one by one
    :ivar code: the code after which a free one is looked for, in a chart without a ready-made set
    :ivar words: beginnings of words of which one in an account's name makes it fit, best first
    :ivar never: beginnings of words that rule an account out
    """

    name: str
    purpose: str
    types: tuple[str, ...]
    code: str
    reconcile: bool = False
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


_REVENUE = ("income", "income_other")
_COST = ("expense", "expense_other")
#: What an income account is for that does not hold the ordinary sale of goods.
_NOT_SALES = (
    "other", "autre", "sonstige", "export", "intra", "exempt", "exon", "steuerfrei", "tax-exempt", "exchange", "change",
    "cash", "interest", "intérêt", "zins", "discount", "rebate", "allowance", "rabais", "remise", "ristourne", "skonti",
    "rabatt", "erlösschmälerung", "commission", "provision", "asset", "anlage", "cession", "cost", "service",
    "prestation", "leistung", "finished", "finis", "residual", "semi", "waste", "abfall", "empties", "leergut", "store",
)  # fmt: skip

ROLES: dict[str, Role] = {
    "sales": Role(
        name="Store sales", purpose="sales of goods", types=_REVENUE, code="400100", never=_NOT_SALES,
        words=("product sales", "sales of goods", "ventes de marchandises", "sales", "umsatzerlöse", "erlöse",
               "ventes", "revenue"),
    ),
    "shipping": Role(
        name="Store shipping revenue", purpose="shipping charged to customers", types=_REVENUE, code="400200",
        words=("shipping", "carriage", "freight", "postage", "ports et frais", "frais de port", "versand", "fracht",
               "porto"),
    ),
    "fees_charged": Role(
        name="Store order fees", purpose="fees charged to customers", types=_REVENUE, code="400300",
        words=("order fee", "handling", "gift wrap", "frais accessoires", "bearbeitungsgebühr"),
        never=("carriage", "port"),
    ),
    "allowances": Role(
        name="Store refunds without lines", purpose="refunds that name no product", types=_REVENUE, code="400400",
        words=("sales allowance", "refunds without", "sales return"), never=("tax", "vat", "ust"),
    ),
    "discounts": Role(
        name="Store discounts", purpose="discounts shown apart", types=_REVENUE, code="400500",
        words=("sales discount", "discounts granted", "rebates granted", "gewährte rabatte"),
        never=("tax", "vat", "ust"),
    ),
    "suspense": Role(
        name="Store suspense (unmapped)", purpose="what no rule covers yet", types=("income",), code="400900"
    ),
    "gift_cards": Role(
        name="Gift card liability", purpose="gift cards that are not redeemed yet", types=("liability_current",),
        code="250500", reconcile=True,
        words=("gift card", "gift token", "gift voucher", "voucher", "gutschein", "geschenkgutschein", "cartes cadeaux",
               "carte cadeau", "bons d'achat"),
    ),
    "tax": Role(
        name="Store sales tax", purpose="tax collected for the authorities", types=("liability_current",),
        code="251500",
        words=("tax received", "vat collected", "sales tax control", "tva collectée", "output vat"),
    ),
    "marketplace_tax": Role(
        name="Tax remitted by marketplaces", purpose="tax that a marketplace remits itself",
        types=("liability_current",), code="251600",
    ),
    "tips": Role(
        name="Tips to pass on", purpose="tips for the staff", types=("liability_current",), code="250600",
        words=("tips", "pourboires", "trinkgeld"),
    ),
    "duties": Role(
        name="Duties to pass on", purpose="duties collected for customs", types=("liability_current",), code="250700",
        words=("duties", "droits de douane", "zölle"), never=("excise", "verbrauch"),
    ),
    "donations": Role(
        name="Donations to pass on", purpose="donations collected for others", types=("liability_current",),
        code="250800", words=("donations to", "dons à"),
    ),
    "clearing": Role(
        name="Payment clearing", purpose="money captured and not yet paid out", types=("asset_current",), code="101600",
        reconcile=True,
    ),
    "advances": Role(
        name="Customer advances", purpose="money received before anything is sold", types=("liability_current",),
        code="250600", reconcile=True,
    ),
    "compensation": Role(
        name="Customer compensation", purpose="what is given back beyond an order's worth", types=_COST,
        code="620800",
    ),
    "in_transit": Role(
        name="Payouts in transit", purpose="payouts on their way to the bank", types=("asset_current",), code="101700",
        reconcile=True,
    ),
    "disputes": Role(
        name="Disputed payments", purpose="money that open chargebacks took", types=("asset_current",), code="101800",
        reconcile=True, words=("disputed", "chargeback"),
    ),
    "reserves": Role(
        name="Reserves at payment processors", purpose="money that a processor holds back", types=("asset_current",),
        code="101850", reconcile=True,
    ),
    "movements": Role(
        name="Processor movements to clarify", purpose="movements that only the processor can explain",
        types=("asset_current",), code="101890", reconcile=True,
    ),
    "processing": Role(
        name="Payment processing fees", purpose="what processors charge", types=_COST, code="620100",
        words=("payment processing", "merchant fee", "bank fee", "bank charge", "nebenkosten des geldverkehrs",
               "incidental monetary transaction", "frais bancaires", "services bancaires", "kontoführung"),
    ),
    "chargeback_losses": Role(
        name="Chargeback losses", purpose="chargebacks that were lost", types=_COST, code="620200",
        words=("chargeback loss", "bad debt allowance", "bad debts", "créances irrécouvrables", "forderungsverlust"),
        never=("vat", "ust", "provision", "unusual", "unüblich", "intra"),
    ),
    "inventory": Role(
        name="Stock Valuation", purpose="goods in stock", types=("asset_current",), code="110100",
    ),
    "cogs": Role(
        name="Cost of Goods Sold", purpose="what sold goods cost", types=("expense_direct_cost",), code="500000",
    ),
    "write_off": Role(
        name="Stock written off", purpose="goods that come back damaged", types=_COST, code="620300",
    ),
    "stock_difference": Role(
        name="Stock count differences", purpose="what a count of the stock finds less or more", types=_COST,
        code="620350",
    ),
    "rounding": Role(
        name="Store rounding differences", purpose="cents of rounding", types=(*_COST, *_REVENUE), code="620900",
        words=("rounding", "arrondi", "rundung"),
    ),
    "deferred_revenue": Role(
        name="Deferred store revenue", purpose="what is invoiced and not shipped at the end of a period",
        types=("liability_current",), code="250900", reconcile=True,
    ),
    "accrued_fees": Role(
        name="Accrued processor fees", purpose="fees that are not billed yet at the end of a period",
        types=("liability_current",), code="250950", reconcile=True,
    ),
    "late_arrivals": Role(
        name="Late arrivals of store periods", purpose="what came in after its period was locked",
        types=("asset_current",), code="101900", reconcile=True,
    ),
}  # fmt: skip

#: Which of a chart's accounts a role takes depends, in some charts, on the tax that the goods bear:
#: a rate in percent, ``export``, ``union`` (to businesses in the customs union), or ``mixed``.
MIXED, EXPORT, UNION = "mixed", "export", "union"
_BY_TAX = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyMade:
    """The accounts of one chart of accounts.

    :ivar codes: role → beginning of the code; by tax where the chart divides revenue by it
    :ivar new: role → code after which a free one is looked for, for a new account
    """

    codes: dict[str, str | _BY_TAX]
    new: dict[str, str]


_SKR03_REVENUE = {"19": "8400", "7": "8300", EXPORT: "8120", UNION: "8125", MIXED: "8200"}
_SKR04_REVENUE = {"19": "4400", "7": "4300", EXPORT: "4120", UNION: "4125", MIXED: "4200"}
#: Chart template → its accounts. Each code is in the chart that Odoo's localisation loads; a test reads them there.
READY_MADE: dict[str, ReadyMade] = {
    "generic_coa": ReadyMade(codes={"sales": "4000", "processing": "6200", "tax": "2510"}, new={}),
    "us": ReadyMade(codes={"sales": "4000", "processing": "6500", "tax": "2510"}, new={"processing": "650100"}),
    "fr": ReadyMade(
        codes={
            "sales": "707", "shipping": "7085", "fees_charged": "7088", "allowances": "7097", "discounts": "7097",
            "processing": "6278", "rounding": "658", "tax": "44571", "chargeback_losses": "6541",
        },
        new={
            "sales": "707100", "shipping": "708510", "fees_charged": "708810", "allowances": "709710",
            "discounts": "709720", "suspense": "471100", "gift_cards": "419110", "advances": "419120", "tax": "445711",
            "marketplace_tax": "467140", "tips": "467110", "duties": "467120", "donations": "467130",
            "clearing": "511500", "in_transit": "580100", "disputes": "467150", "reserves": "467160",
            "movements": "471200", "processing": "627810", "rounding": "658010", "compensation": "658020",
            "chargeback_losses": "654110", "deferred_revenue": "487110", "accrued_fees": "468610",
            "late_arrivals": "468710",
        },
    ),
    "de_skr03": ReadyMade(
        codes={
            "sales": _SKR03_REVENUE, "shipping": _SKR03_REVENUE, "fees_charged": _SKR03_REVENUE,
            "allowances": "8700", "discounts": "8770", "gift_cards": "1796", "processing": "4970", "rounding": "4900",
            "chargeback_losses": "2400",
        },
        new={
            "sales": "8401", "shipping": "8402", "fees_charged": "8403", "allowances": "8700", "discounts": "8770",
            "suspense": "8201", "gift_cards": "1711", "advances": "1711", "tax": "1711", "marketplace_tax": "1711",
            "tips": "1711", "duties": "1711", "donations": "1711", "clearing": "1361", "in_transit": "1365",
            "disputes": "1366", "reserves": "1367", "movements": "1368", "processing": "4971", "rounding": "4900",
            "compensation": "4900", "chargeback_losses": "2403", "deferred_revenue": "1711", "accrued_fees": "1711",
            "late_arrivals": "1368",
        },
    ),
    "de_skr04": ReadyMade(
        codes={
            "sales": _SKR04_REVENUE, "shipping": _SKR04_REVENUE, "fees_charged": _SKR04_REVENUE,
            "allowances": "4700", "discounts": "4770", "gift_cards": "3786", "processing": "6855", "rounding": "6300",
            "chargeback_losses": "6930",
        },
        new={
            "sales": "4401", "shipping": "4402", "fees_charged": "4403", "allowances": "4700", "discounts": "4770",
            "suspense": "4201", "gift_cards": "3501", "advances": "3501", "tax": "3501", "marketplace_tax": "3501",
            "tips": "3501", "duties": "3501", "donations": "3501", "clearing": "1461", "in_transit": "1465",
            "disputes": "1466", "reserves": "1467", "movements": "1468", "processing": "6857", "rounding": "6305",
            "compensation": "6305", "chargeback_losses": "6939", "deferred_revenue": "3501", "accrued_fees": "3501",
            "late_arrivals": "1468",
        },
    ),
    "uk": ReadyMade(
        codes={"sales": "4000", "processing": "7910", "rounding": "7710", "tax": "2200", "chargeback_losses": "7850"},
        new={
            "shipping": "400400", "fees_charged": "400500", "allowances": "400600", "discounts": "400700",
            "suspense": "400900", "gift_cards": "210300", "advances": "210350", "tax": "220010",
            "marketplace_tax": "220020", "tips": "210400", "duties": "210410", "donations": "210420",
            "clearing": "124100", "in_transit": "124200",
            "disputes": "124300", "reserves": "124310", "movements": "124390", "processing": "791010",
            "rounding": "771010", "compensation": "771050", "chargeback_losses": "785010",
            "deferred_revenue": "210500", "accrued_fees": "210550", "late_arrivals": "124400",
        },
    ),
}  # fmt: skip


def ready_made_code(template: str, role: str, tax: str = MIXED) -> tuple[str, str]:
    """Beginning of the code of a role's account in a chart, empty if the chart has none for it.

    :param tax: what the goods bear: a rate in percent as text, ``EXPORT``, ``UNION`` or ``MIXED``
    :return: the code, and what of the tax decided it: ``MIXED`` where the chart does not divide by it
    """
    known = READY_MADE.get(template)
    code = known.codes.get(role, "") if known else ""
    if isinstance(code, str):
        return code, MIXED
    return (code[tax], tax) if tax in code else (code[MIXED], MIXED)


def new_code(template: str, role: str) -> str:
    """The code after which a free one is looked for, for a role's new account."""
    known = READY_MADE.get(template)
    return known.new.get(role, ROLES[role].code) if known else ROLES[role].code
