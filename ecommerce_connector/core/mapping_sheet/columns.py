"""The columns of the mapping document: one row is one version of one rule.

The document is what accountants exchange: exported, edited in a spreadsheet, imported, audited. Its
columns have English names that never change with a person's language, so that every document fits
every database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..mapping.rulebook import GROUPS, KEY

ACTIVE, ARCHIVED, DRAFT, ARCHIVED_DRAFT = "active", "archived", "draft", "archived draft"
STATUSES = (ACTIVE, ARCHIVED, DRAFT, ARCHIVED_DRAFT)


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :ivar name: as in the header
    :ivar meaning: a sentence or two for people
    :ivar width: in a spreadsheet, in characters
    :ivar choices: the words it may hold, if it is not free
    :ivar is_needed: a document without it is refused: an absent column is not an empty one
    :ivar is_read: it is read on import; others tell people something
    """

    name: str
    meaning: str
    width: int = 14
    choices: tuple[str, ...] = ()
    is_needed: bool = True
    is_read: bool = True

    @property
    def attribute(self) -> str:
        """Its name in ``DocumentRow``."""
        return self.name.replace(" ", "_")


COLUMNS = (
    Column("number", "The rule's number. Empty: the rule is found by what it is about, or added.", 9, is_needed=False),
    Column(
        "company", "Whose rules these are. In another company, numbers are those of this document only.", 20,
        is_needed=False,
    ),
    Column("store", "The store's name. Empty: the rule is for all stores of the company.", 18),
    Column("kind", "What is mapped: product, tax, shipping, gateway, payout_fee …", 16),
    Column("match on", "What the value is compared with. Empty: key, the SKU or name itself.", 12, (KEY, *GROUPS)),
    Column("value", "What the store says, exactly or with * and ? as wildcards. Case does not matter.", 26),
    Column("tax rate", "Only for taxes of this rate in percent, e.g. 20 or 5.5."),
    Column("currency", "Only in this currency: ISO code.", 10),
    Column("country", "Only to this destination: two-letter ISO code.", 10),
    Column("state", "Only to this state of the country: its code.", 10),
    Column("customers", "Only for these customers.", 12, ("business", "consumer")),
    Column("tax in prices", "Only if the tax was part of the price, or was not.", 13, ("included", "excluded")),
    Column(
        "remitted by", "Only for taxes that this party pays to the state.", 13,
        ("seller", "oss", "ioss", "marketplace"),
    ),
    Column("funded by", "Only for discounts that this party pays for.", 12, ("seller", "platform")),
    Column("account", "Code of the account, as text: leading zeros count. An alias of a code is understood."),
    Column("account name", "For people; not read.", 30, is_needed=False, is_read=False),
    Column("tax", "Name of the tax; with its type in parentheses, e.g. 20% (sale), if two have the name.", 20),
    Column("product", "Internal reference of the product, or its name.", 20),
    Column("discount method", "net: lowers the revenue. gross: a line of its own.", 16, ("net", "gross")),
    Column("processor account", "Its name; with its currency, e.g. Stripe (EUR), if several have the name.", 24),
    Column("vendor", "Name of the contact that charges the fee.", 24),
    Column("fiscal position", "Name of the fiscal position.", 20),
    Column("inventory account", "Code of the account the goods are valued on.", 17),
    Column("cogs account", "Code of the account of the cost of goods.", 14),
    Column("analytic", "Analytic accounts and percent: Web: 60; Shop: 40. Several plans: Web & Paris: 100.", 28),
    Column("valid from", "First day, written 2026-01-31. Empty: always was.", 12),
    Column("valid to", "Last day. Empty: open.", 12),
    Column("version", "1 for the first version, then counting up.", 9, is_needed=False),
    Column("replaces", "Number of the version that this one takes the place of.", 10, is_needed=False),
    Column("ends the rule", "yes: a draft that takes nothing's place; from its first day the rule is no more.", 13,
           ("yes",), is_needed=False),
    Column("used", "yes: it decided posted entries, so it is never edited; not read.", 8, is_needed=False,
           is_read=False),
    Column("status", "Empty: active. A draft decides nothing until it is applied.", 14, STATUSES, is_needed=False),
)  # fmt: skip
BY_NAME = {column.name: column for column in COLUMNS}
#: Of what the rule is limited to, besides its value and its days.
LIMIT_COLUMNS = (
    "tax rate", "currency", "country", "state", "customers", "tax in prices", "remitted by", "funded by",
)  # fmt: skip
#: How the rule books.
TARGET_COLUMNS = (
    "account", "tax", "product", "discount method", "processor account", "vendor", "fiscal position",
    "inventory account", "cogs account", "analytic",
)  # fmt: skip
#: What makes a rule another rule when it changes.
DECIDING_COLUMNS = (
    "store", "match on", "value", *LIMIT_COLUMNS, *TARGET_COLUMNS, "valid from", "valid to", "ends the rule", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One row, read: cells are text as in the document, or what their column means.

    :ivar row: row of the file it stands in, from 1; 0: it is of the database
    :ivar tax_rate: in percent
    :ivar version: None: the next after what it replaces
    :ivar last_used: of a rule there is, the last of its days on which it decided something that is posted; no column
    """

    kind: str
    row: int = 0
    number: int | None = None
    company: str = ""
    store: str = ""
    match_on: str = KEY
    value: str = "*"
    tax_rate: Decimal | None = None
    currency: str = ""
    country: str = ""
    state: str = ""
    customers: str = ""
    tax_in_prices: str = ""
    remitted_by: str = ""
    funded_by: str = ""
    account: str = ""
    account_name: str = ""
    tax: str = ""
    product: str = ""
    discount_method: str = ""
    processor_account: str = ""
    vendor: str = ""
    fiscal_position: str = ""
    inventory_account: str = ""
    cogs_account: str = ""
    analytic: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    version: int | None = None
    replaces: int | None = None
    ends_the_rule: bool = False
    used: bool = False
    last_used: date | None = None
    status: str = ACTIVE

    def cell(self, column: str) -> object:
        """What it holds in a column, by the column's name."""
        return getattr(self, BY_NAME[column].attribute)

    @property
    def is_in_force(self) -> bool:
        """Neither a draft nor archived."""
        return self.status == ACTIVE

    @property
    def is_draft(self) -> bool:
        """Prepared, decides nothing yet."""
        return self.status in (DRAFT, ARCHIVED_DRAFT)

    @property
    def booked_to(self) -> str:
        """All its targets in a line, as people read them."""
        return ", ".join(
            f"{name}: {value}" if name not in ("account", "tax") else f"{value} {self.account_name}".strip()
            if name == "account" else str(value)
            for name in TARGET_COLUMNS if (value := self.cell(name))
        )  # fmt: skip

    def __str__(self) -> str:
        """As the screens call the rule, with the document's own words: Tax VAT, 20 %, FR (Shop) v2."""
        words = [
            self.kind.replace("_", " ").capitalize(),
            "" if self.match_on == KEY else self.match_on.replace("_", " "),
        ]
        limits = [
            cell_text(self.cell(name)) + (" %" if name == "tax rate" else "")
            for name in LIMIT_COLUMNS
            if self.cell(name) not in (None, "")
        ]
        words += [
            ", ".join([self.value, *limits]),
            f"({self.store})" if self.store else "",
            f"v{self.version}" if self.version and self.version > 1 else "",
        ]
        return " ".join(filter(None, words))


def cell_text(value: object) -> str:
    """A cell of a row as text: what is written, and what reading it gives back."""
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def texts_of(row: DocumentRow) -> list[str]:
    """All cells of a row as text, in the order of the columns."""
    return [cell_text(row.cell(column.name)) for column in COLUMNS]
