"""Vendure's orders as documents: what each situation of a store becomes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from vendure_payloads import BERLIN, PAYLOADS, SHARED, document, told

from ecommerce_connector.core.rounding import total
from ecommerce_connector.platforms import payload as payloads
from ecommerce_connector.platforms.vendure import VendurePlatform

#: Checked by hand: each line's net + tax = its price with tax, and the lines add up to the total.
SITUATIONS = {
    "authorized_only": """
D2009: 17.95 EUR, placed 2026-03-10 19:31:20+0100
917 product 1 NOVEL: 12.34 + 0.86 Reduced Tax Europe 7 %
shipping-609 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
authorized 17.95 by dummy-authorize, 2026-03-10 19:31:20, 410 ch_410
""",
    "cancelled_before_capture": """
D2017: 0.00 EUR, placed 2026-03-18 19:27:20+0100, cancelled
authorized 13.81 by dummy-authorize, 2026-03-18 19:27:20, 420 ch_420
""",
    "cancelled_refunded": """
D2007: 0.00 EUR, placed 2026-03-08 17:17:20+0100, cancelled
done 93.89 by dummy-settle, 2026-03-08 17:17:20, 408 ch_408
refund done 93.89 by dummy-settle, 2026-03-13 18:57:20, 73 SEPA-78, 93.89 already reduced: cancelled
""",
    "changed_downwards": """
D2018: 37.07 EUR, placed 2026-03-19 20:34:20+0100
931 product 1 CUP: 6.15 + 1.17 Standard Tax Europe 19 %
932 product 1 VOUCHER25: 25.00 + 0 Zero Tax Europe 0 %
shipping-618 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 59.02 by instant-card, 2026-03-19 20:34:20, 421 ch_421
refund done 21.95 by instant-card, 2026-03-22 21:34:20, 75 re_75, 21.95 already reduced: three too many
""",
    "declined_then_captured": """
D2010: 31.16 EUR, placed 2026-03-11 11:41:20+0100
918 product 2 NOVEL: 24.68 + 1.73 Reduced Tax Europe 7 %
shipping-610 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
failed 31.16 by dummy-settle, 2026-03-11 11:38:20, 411
done 31.16 by dummy-authorize, 2026-03-30 22:41:20, 412 ch_412
""",
    "dollars": """
D2014: 129.87 USD, placed 2026-03-15 16:06:20+0100
923 product 1 KETTLE: 75.93 + 14.43 Standard Tax Europe 19 %
924 product 1 MAP: 32.49 + 2.27 Reduced Tax Europe 7 %
shipping-614 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 129.87 by instant-card, 2026-03-15 16:06:20, 417 ch_417
""",
    "export_untaxed": """
D2015: 178.14 USD, placed 2026-03-16 17:13:20+0100
925 product 2 KETTLE: 151.86 + 0 Standard Tax Americas 0 %
926 product 1 NOVEL: 14.44 + 0 Reduced Tax Americas 0 %
shipping-615 shipping 1 express-shipping: 9.95 + 1.89 shipping tax 19 %
done 178.14 by instant-card, 2026-03-16 17:13:20, 418 ch_418
""",
    "free_shipping": """
D2004: 57.18 EUR, placed 2026-03-05 13:56:20+0100
910 product 2 MAP: 53.44 (discounted by 2.10) + 3.74 Reduced Tax Europe 7 %
shipping-604 shipping 1 express-shipping: 0.00 (discounted by 9.95) + 0.00 shipping tax 19 %
done 57.18 by instant-card, 2026-03-05 13:56:20, 404 ch_404
""",
    "gift_card_and_card": """
D2011: 59.13 EUR, placed 2026-03-12 12:48:20+0100
919 product 6 TEA: 50.82 + 3.56 Reduced Tax Europe 7 %
shipping-611 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 20.00 by gift-card, 2026-03-12 12:45:20, 413 gc_GC-55
done 39.13 by instant-card, 2026-03-12 12:48:20, 414 ch_414
""",
    "line_discount": """
D2003: 38.41 EUR, placed 2026-03-04 12:49:20+0100
908 product 5 CUP: 18.56 (discounted by 12.19) + 3.53 Standard Tax Europe 19 %
909 product 1 NOVEL: 10.81 (discounted by 1.53) + 0.76 Reduced Tax Europe 7 %
shipping-603 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 38.41 by instant-card, 2026-03-04 12:49:20, 403 ch_403
""",
    "multi_tax": """
D2001: 176.62 EUR, placed 2026-03-01 00:31:13+0100
901 product 1 KETTLE: 64.90 + 12.33 Standard Tax Europe 19 %
902 product 3 NOVEL: 37.02 + 2.59 Reduced Tax Europe 7 %
903 product 4 STAMP: 3.80 + 0 Zero Tax Europe 0 %
904 product 7 CUP: 43.05 + 8.18 Standard Tax Europe 19 %
shipping-601 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 176.62 by instant-card, 2026-03-01 00:31:13, 401 ch_401
""",
    "order_coupon": """
D2002: 146.91 EUR, placed 2026-03-03 11:42:20+0100
905 product 1 KETTLE: 54.58 (discounted by 10.32) + 10.37 Standard Tax Europe 19 %
906 product 3 MAP: 71.39 (discounted by 11.92) + 5.00 Reduced Tax Europe 7 %
907 product 1 STAMP: 0.82 (discounted by 0.13) + 0 Zero Tax Europe 0 %
shipping-602 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 146.91 by instant-card, 2026-03-03 11:42:20, 402 ch_402
""",
    "order_level_tax": """
D2020: 203.32 EUR, placed 2026-03-21 13:48:20+0100
934 product 7 CUP: 43.05 + 8.18 Standard Tax Europe 19 %
935 product 1 KETTLE: 64.90 + 12.33 Standard Tax Europe 19 %
936 product 3 TEA: 25.41 + 1.78 Reduced Tax Europe 7 %
937 product 1 NOVEL: 12.34 + 0.86 Reduced Tax Europe 7 %
938 product 1 MAP: 27.77 + 1.95 Reduced Tax Europe 7 %
shipping-620 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 203.32 by instant-card, 2026-03-21 13:48:20, 424 ch_424
""",
    "partial_refunds": """
D2006: 48.32 EUR, placed 2026-03-07 16:10:20+0100
912 product 4 TEA: 33.88 + 2.37 Reduced Tax Europe 7 %
913 product 1 CUP: 6.15 + 1.17 Standard Tax Europe 19 %
shipping-606 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 48.32 by instant-card, 2026-03-07 16:10:20, 407 ch_407
refund done 8.47 by instant-card, 2026-03-10 17:10:20, 71 re_71, 0 already reduced: one packet torn
refund done 1.50 by instant-card, 2026-03-17 17:10:20, 72 re_72, 0 already reduced: late
""",
    "partially_paid": """
D2012: 59.13 EUR, not placed
920 product 6 TEA: 50.82 + 3.56 Reduced Tax Europe 7 %
shipping-612 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 20.00 by gift-card, 2026-03-13 13:52:20, 415 gc_GC-56
""",
    "refund_pending": """
D2008: 39.79 EUR, placed 2026-03-09 18:24:20+0100
915 product 2 CUP: 10.38 (discounted by 1.92) + 1.97 Standard Tax Europe 19 %
916 product 2 NOVEL: 21.21 (discounted by 3.47) + 1.48 Reduced Tax Europe 7 %
shipping-608 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 64.48 by dummy-settle, 2026-03-09 18:24:20, 409 ch_409
refund pending 25.10 by dummy-settle, 2026-03-12 19:24:20, 74, 24.69 already reduced: sold out
""",
    "refunds_of_two_payments": """
D2019: 70.77 EUR, placed 2026-03-20 12:44:20+0100
933 product 5 NOVEL: 61.70 + 4.32 Reduced Tax Europe 7 %
shipping-619 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 30.00 by gift-card, 2026-03-20 12:41:20, 422 gc_GC-57
done 40.77 by instant-card, 2026-03-20 12:44:20, 423 ch_423
refund done 10.00 by gift-card, 2026-03-23 13:41:20, 77 re_77, 0 already reduced: and some of the gift card
refund done 40.77 by instant-card, 2026-03-24 13:41:20, 76 re_76, 0 already reduced: all of the card
""",
    "several_taxes": """
D2021: 192.31 EUR, placed 2026-03-22 14:55:20+0100
939 product 7 CUP: 43.05 + 1.72 State tax 4 % + 1.56 County tax 3.625 % + 0.22 City tax 0.5 %
940 product 1 KETTLE: 64.90 + 2.60 State tax 4 % + 2.35 County tax 3.625 % + 0.32 City tax 0.5 %
941 product 3 TEA: 25.41 + 1.01 State tax 4 % + 0.92 County tax 3.625 % + 0.13 City tax 0.5 %
942 product 1 NOVEL: 12.34 + 0.49 State tax 4 % + 0.45 County tax 3.625 % + 0.06 City tax 0.5 %
943 product 1 MAP: 27.77 + 1.11 State tax 4 % + 1.01 County tax 3.625 % + 0.14 City tax 0.5 %
shipping-621 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 192.31 by instant-card, 2026-03-22 14:55:20, 425 ch_425
""",
    "surcharges": """
D2005: 28.94 EUR, placed 2026-03-06 15:03:20+0100
911 product 3 CUP: 18.45 + 3.51 Standard Tax Europe 19 %
surcharge-21 fee 1 WRAP: 2.50 + 0.48 Wrapping tax 19 %
surcharge-22 fee 1 Loyalty credit: -0.75 + 0 no tax 0 %
shipping-605 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 26.71 by instant-card, 2026-03-06 15:03:20, 405 ch_405
done 2.23 by bank-transfer, 2026-03-10 17:03:20, 406 SEPA-77
""",
    "tax_included": """
D2016: 88.22 EUR, placed 2026-03-17 18:20:20+0100
927 product 3 CUP: 18.45 + 3.51 Standard Tax Europe 19 %
928 product 2 MAP: 55.53 + 3.89 Reduced Tax Europe 7 %
929 product 3 STAMP: 2.85 + 0 Zero Tax Europe 0 %
shipping-616 shipping 1 standard-shipping: 3.35 + 0.64 shipping tax 19 %
done 88.22 by instant-card, 2026-03-17 18:20:20, 419 ch_419
""",
    "two_fulfillments": """
D2013: 251.08 EUR, placed 2026-03-14 14:59:20+0100
921 product 3 KETTLE: 194.70 + 36.99 Standard Tax Europe 19 %
922 product 2 CUP: 12.30 + 2.34 Standard Tax Europe 19 %
shipping-613 shipping 1 standard-shipping: 3.99 + 0.76 shipping tax 19 %
done 251.08 by instant-card, 2026-03-14 14:59:20, 416 ch_416
""",
}


def test_every_payload_has_its_expectation() -> None:
    assert sorted(SITUATIONS) == sorted(path.stem for path in PAYLOADS.glob("*.json"))


@pytest.mark.parametrize("name", SITUATIONS)
def test_situation(name: str) -> None:
    translated = document(name)
    assert told(translated) == SITUATIONS[name].strip()
    assert translated.unexplained == 0


@pytest.mark.parametrize("path", [*PAYLOADS.glob("*.json"), *SHARED.glob("[0-9]*.json")], ids=lambda path: path.stem)
def test_real_orders_add_up(path: Path) -> None:
    """Lines explain the total; the taxes are those of the store's summary; refunds stay within what was paid."""
    translated = VendurePlatform.order_document(payloads.loads(path.read_bytes()), BERLIN)
    assert translated.unexplained == 0
    for stated in translated.tax_totals:
        same = [
            tax.amount
            for line in translated.lines
            for tax in line.taxes
            if (tax.code, tax.rate) == (stated.code, stated.rate)
        ]
        assert abs(total(same) - stated.amount) <= (Decimal("0.01") if path.stem == "several_taxes" else 0)
    assert translated.refunded <= translated.captured
    reduced = total([refund.already_reduced for refund in translated.refunds])
    assert reduced <= max(Decimal(0), translated.captured - translated.total)
