from . import (
    ecommerce_import,
    ecommerce_import_line,
    ecommerce_payout_bank,
    ecommerce_payout_discard,
    ecommerce_payout_import,
)
