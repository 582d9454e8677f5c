"""The Odoo models, in the order in which they extend one another.

A sub-package holds one subject: its models and the plain modules that serve them. It imports
nothing by itself: models that come before its own use its plain modules.
"""

from .ledger import account_journal, account_move, invoice_recipient, account_move_line, account_move_sequence
from .store import ecommerce_processor_account
from .mapping import (
    ecommerce_mapping_change,
    ecommerce_mapping_rule,
    mapping_change_log,
    mapping_change_words,
    mapping_use,
    mapping_versions,
    mapping_drafts,
    mapping_rulebook,
    mapping_rule_document,
    mapping_store_values,
    mapping_subjects,
    ecommerce_account_alias,
    rule_targets,
)
from .store import (
    ecommerce_store,
    ecommerce_store_making,
    ecommerce_store_taxes,
    ecommerce_store_setup,
    ecommerce_store_form,
    ecommerce_store_corrections,
    store_deletion,
    ecommerce_store_currency,
    store_dates,
)
from .sync import ecommerce_store_sync, ecommerce_sync_log, ecommerce_sync_stream, store_cadence
from .exceptions import exception_documents
from .orders import ecommerce_event, ecommerce_order
from .customers import ecommerce_customer, ecommerce_collective, ecommerce_erasure, erased_data, res_partner
from .orders import order_money, ecommerce_refund, ecommerce_payment
from .ledger import ecommerce_posting
from .exceptions import (
    ecommerce_exception,
    exception_rule,
    exception_lines,
    exception_owners,
    exception_closing,
    exception_mails,
    exception_escalation,
    exception_digest,
    exception_actions,
    exception_counts,
    customer_exceptions,
    rule_release,
)
from .sync import order_retries, ecommerce_backfill, backfill_links, completeness_check
from .mapping import mapping_warnings
from .payouts import (
    ecommerce_payout,
    payout_summaries,
    ecommerce_payout_matching,
    ecommerce_payout_arrival,
    ecommerce_payout_reading,
    ecommerce_payout_conversion,
    ecommerce_balance_transaction,
)
from .gift_cards import (
    ecommerce_gift_card,
    ecommerce_gift_card_movement,
    gift_card_expiry,
    gift_card_links,
    gift_card_accounts,
)
from .summary import (
    ecommerce_summary,
    ecommerce_summary_row,
    ecommerce_summary_mode,
    summary_links,
    ecommerce_store_summaries,
)
from .combined import combined_links
from .orders import money_links
from .disputes import (
    ecommerce_dispute,
    dispute_finding,
    dispute_standing,
    dispute_following,
    dispute_actions,
    dispute_links,
)
from .revaluation import ecommerce_revaluation
from .period_end import period_settings, ecommerce_period_proposal, ecommerce_period_proposal_line, proposal_links
from .stock import ecommerce_goods_cost, ecommerce_stock_count, store_cost_of_goods
