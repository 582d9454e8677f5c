"""Reports that are recognized by their header although no format here reads them.

So that a person who uploads the wrong file hears what it is, not only which columns it lacks.
Source: headers of real exports and of vendor documentation (see ``docs/payout-csv.md`` for what
is read). Names are normalized as in ``tables``.
"""

from __future__ import annotations

from collections.abc import Collection

#: What it is, the columns that give it away. The first that fits wins.
_KNOWN: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "a Stripe balance history export",
        frozenset({"id", "type", "source", "amount", "fee", "net", "currency", "created (utc)"}),
    ),
    ("a Stripe payments export", frozenset({"id", "created date (utc)", "amount", "amount refunded", "currency"})),
    (
        "a Shopify Payments transactions export",
        frozenset({"transaction date", "type", "order", "payout status", "amount", "fee", "net"}),
    ),
    ("a Shopify payouts summary", frozenset({"payout date", "charges", "refunds", "adjustments", "fees", "total"})),
    ("a PayPal activity download", frozenset({"date", "time", "timezone", "gross", "fee", "net", "transaction id"})),
    ("a PayPal statement", frozenset({"date", "time", "time zone", "gross", "fee", "net", "transaction id"})),
    ("a PayPal download (German)", frozenset({"datum", "uhrzeit", "zeitzone", "brutto", "netto", "transaktionscode"})),
    ("a PayPal download (French)", frozenset({"heure", "fuseau horaire", "avant commission", "net"})),
    ("a PayPal download (Italian)", frozenset({"data", "orario", "fuso orario", "lordo", "netto"})),
    ("a PayPal download (Spanish)", frozenset({"fecha", "hora", "zona horaria", "bruto", "neto"})),
    ("a PayPal settlement report (STL)", frozenset({"sh"})),
    ("a PayPal transaction detail report (TRR)", frozenset({"ch", "paypal reference id", "gross transaction amount"})),
    ("an Adyen settlement detail report", frozenset({"psp reference", "net debit (nc)", "net credit (nc)"})),
    ("an Amazon settlement report", frozenset({"settlement-id", "settlement-start-date", "total-amount"})),
    ("an Etsy statement", frozenset({"date", "type", "title", "info", "fees & taxes", "net"})),
    ("a Checkout.com settlement breakdown", frozenset({"payout id", "gross in holding currency"})),
    ("a Checkout.com payouts report", frozenset({"payout id", "payout amount", "holding currency"})),
    ("a WooPayments transactions export", frozenset({"transaction id", "deposit id", "deposit date", "fees", "net"})),
)


def looks_like(columns: Collection[str]) -> str:
    """What a file with these columns is, e.g. "a PayPal statement"; empty if nobody knows."""
    present = set(columns)
    return next((what for what, signature in _KNOWN if signature <= present), "")
