"""The rulebooks of the golden tests: what an accountant would set up for the two shops."""

from __future__ import annotations

from decimal import Decimal

D = Decimal
SALES, SHIPPING, FEES = "400100 Sales", "400200 Shipping revenue", "400300 Order fees"
ALLOWANCES, RETURNS, GIFT_CARDS = "400400 Refunds without lines", "400500 Sales returns", "250500 Gift cards"

#: (kind, pattern, label, qualifiers); a rule with a country or a currency wins over one without.
_COMMON = (
    ("product", "*", SALES),
    ("shipping", "*", SHIPPING),
    ("fee", "*", FEES),
    ("gift_card", "*", GIFT_CARDS),
    ("return", "*", RETURNS),
    ("refund_adjustment", "*", ALLOWANCES),
    ("rounding", "*", "620900 Rounding differences"),
)

VENDURE = (
    *_COMMON,
    ("product", "GIFT*", GIFT_CARDS),
    ("fee", "GOODWILL", "400600 Goodwill"),
    ("tax", "*", "VAT 20 %", {"rate": D("20")}),
    ("tax", "*", "VAT 5.5 %", {"rate": D("5.5")}),
    ("tax", "*", "VAT 0 %", {"rate": D("0")}),
    ("tax", "*", "Export 0 %", {"rate": D("0"), "country": "US"}),
    ("gateway", "card*", "Stripe EUR (101610)", {"currency": "EUR"}),
    ("gateway", "card*", "Stripe USD (101620)", {"currency": "USD"}),
    ("gateway", "gift-card", "Gift cards (250500)"),
    ("gateway", "manual", "Bank transfers (101630)"),
    ("gateway", "bank-transfer", "Bank transfers (101630)"),
)

WOOCOMMERCE = (
    *_COMMON,
    ("fee", "Deposit*", "250600 Deposits held"),
    ("fee", "Loyalty*", "400600 Loyalty discounts"),
    ("tax", "BE-BTW*", "BTW 21 %", {"rate": D("21")}),
    ("tax", "BE-BTW*", "BTW 6 %", {"rate": D("6")}),
    ("tax", "BE-BTW*", "BTW 0 %", {"rate": D("0")}),
    ("tax", "CA-QC-GST*", "GST Canada"),
    ("tax", "CA-QC-QST*", "QST Quebec"),
    ("tax", "US-NY-STATE*", "New York State"),
    ("tax", "US-NY-CITY*", "New York City"),
    ("tax", "HU-AFA*", "AFA 27 %"),
    ("tax", "JP-TAX*", "Consumption tax 10 %"),
    ("tax", "KW-LEVY*", "Levy 5 %"),
    *(
        ("gateway", "stripe", f"Stripe {code}", {"currency": code})
        for code in ("EUR", "USD", "CAD", "HUF", "JPY", "KWD")
    ),
    ("gateway", "woocommerce_payments", "WooPayments EUR", {"currency": "EUR"}),
    ("gateway", "gift_card", "Gift cards (250500)"),
    ("gateway", "bacs", "Bank transfers (101630)"),
    ("gateway", "cheque", "Checks received (101640)"),
    ("gateway", "cod", "Cash on delivery (101650)"),
)
