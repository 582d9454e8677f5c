"""What a person does about each exception: its subject, and the way out that its main button takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Subject(str, Enum):
    """What an exception is about, as accountants share their work."""

    MAPPING = "mapping"  # a value of the store or processor without a rule, or rules that disagree
    ORDER = "order"
    PAYOUT = "payout"
    DISPUTE = "dispute"
    CUSTOMER = "customer"
    GOODS = "goods"
    SETUP = "setup"  # accounts, taxes, currencies, the store's settings
    CONNECTION = "connection"


class Action(str, Enum):
    """What the main button of an exception does or opens."""

    ADD_RULE = "add_rule"
    OPEN_RULE = "open_rule"
    OPEN_ORDER = "open_order"
    FETCH_AGAIN = "fetch_again"
    RETRY = "retry"
    MARK_CORRECTED = "mark_corrected"
    OPEN_ENTRIES = "open_entries"
    OPEN_PAYOUT = "open_payout"
    OPEN_DISPUTE = "open_dispute"
    OPEN_CUSTOMER = "open_customer"
    OPEN_STORE = "open_store"
    OPEN_CURRENCY = "open_currency"
    OPEN_PRODUCTS = "open_products"


@dataclass(frozen=True, slots=True)
class WayOut:
    """Where an exception belongs and what solves it.

    :ivar subject: by which rules for owners can be chosen
    :ivar action: what the main button does
    """

    subject: Subject
    action: Action


def _all(subject: Subject, action: Action, *codes: str) -> dict[str, WayOut]:
    return {code: WayOut(subject, action) for code in codes}


#: Each code that a reason can have. A code that is missing here fails a test.
WAYS_OUT: dict[str, WayOut] = {
    **_all(Subject.MAPPING, Action.ADD_RULE, "mapping_missing", "unmapped"),
    **_all(
        Subject.MAPPING, Action.OPEN_RULE,
        "mapping_ambiguous", "archived_target", "ends_soon", "other_rate", "store_rate", "tie", "zero_rate",
    ),
    **_all(
        Subject.SETUP, Action.OPEN_RULE, "archived_account", "processor_currency", "unusable_tax",
    ),
    **_all(Subject.SETUP, Action.OPEN_STORE, "no_contact", "no_journal", "no_stated_rate"),
    **_all(Subject.SETUP, Action.OPEN_CURRENCY, "currency", "currency_rounding", "rate_deviates"),
    **_all(Subject.CONNECTION, Action.OPEN_STORE, "incomplete", "number_gap", "stream_failing"),
    **_all(
        Subject.ORDER, Action.OPEN_ORDER,
        "amended_otherwise", "cancelled_but_paid", "compensated", "delivery_below_zero", "deposit_given_back",
        "order_not_placed", "overpaid", "refund_above_order", "refund_above_payment", "refund_above_tax",
        "refund_before_delivery", "refund_without_invoice", "voucher_above_goods", "voucher_by_shipment",
        "voucher_not_given_back", "voucher_tax_unclear", "voucher_with_deposits",
    ),
    **_all(Subject.ORDER, Action.FETCH_AGAIN, "does_not_add_up", "payload", "refund_pending"),
    **_all(
        Subject.ORDER, Action.RETRY,
        "busy", "cannot_amend", "cannot_correct", "cannot_plan", "cannot_post", "will_amend",
    ),
    **_all(Subject.ORDER, Action.MARK_CORRECTED, "changed_after_posting"),
    **_all(
        Subject.ORDER, Action.OPEN_ENTRIES,
        "cash_basis", "changed_by_hand", "corrected_by_hand", "entry_not_posted", "other_rules_changed",
        "payment_rule_changed", "receivable_rule_changed", "reversed_in_odoo",
    ),
    **_all(
        Subject.PAYOUT, Action.OPEN_PAYOUT,
        "bank_currency", "cannot_book", "different", "duplicate", "fee_not_settled", "missing_in_ledger",
        "no_counterpart", "not_settled",
        "payout_changed", "payout_empty", "payout_entry_fallen", "payout_incomplete", "pending_rows", "return_open",
        "return_waits", "several_payout_dates", "zone_assumed",
    ),
    **_all(
        Subject.DISPUTE, Action.OPEN_DISPUTE,
        "dispute_account", "dispute_amount", "dispute_entry_fallen", "dispute_not_booked", "dispute_not_reinstated",
        "dispute_not_withdrawn", "dispute_over_lost", "dispute_over_reinstated", "dispute_tax_relief",
    ),
    **_all(
        Subject.CUSTOMER, Action.OPEN_CUSTOMER,
        "customer_contact_gone", "customer_vat_changed", "customer_vat_elsewhere", "erased_customer_ordered",
    ),
    **_all(Subject.GOODS, Action.OPEN_PRODUCTS, "cost_ambiguous_product", "cost_missing", "cost_unknown_product"),
    **_all(Subject.GOODS, Action.OPEN_STORE, "cost_account_missing"),
    **_all(Subject.GOODS, Action.OPEN_RULE, "cost_ambiguous_rule"),
    **_all(Subject.GOODS, Action.OPEN_ENTRIES, "cost_entry_not_posted", "cost_reversed_in_odoo"),
    **_all(
        Subject.GOODS, Action.OPEN_ORDER,
        "cost_cannot_post", "cost_negative_quantity", "cost_returned_above_sold", "cost_unknown_line",
    ),
}  # fmt: skip


def codes_of(subject: Subject) -> tuple[str, ...]:
    """The codes of exceptions about a subject, in alphabetical order."""
    return tuple(sorted(code for code, way in WAYS_OUT.items() if way.subject is subject))
