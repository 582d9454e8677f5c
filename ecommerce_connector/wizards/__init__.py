from . import ecommerce_payout_bank, ecommerce_payout_import
