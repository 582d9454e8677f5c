from . import (
    ecommerce_change_accept,
    ecommerce_import,
    ecommerce_import_line,
    ecommerce_mapping_whatif,
    ecommerce_mapping_whatif_line,
    ecommerce_payout_bank,
    ecommerce_payout_discard,
    ecommerce_mapping_assistant,
    ecommerce_mapping_assistant_item,
    ecommerce_mapping_assistant_line,
    ecommerce_payout_import,
)
