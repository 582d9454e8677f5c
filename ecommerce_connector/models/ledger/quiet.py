"""The context in which the executors write entries."""

from odoo.tools.misc import clean_context

#: Exchange differences of what is reconciled in this context have the day on which they arose; see account_journal.
TRUE_DATES = "ecommerce_true_dates"
#: No chatter for entries that the connector makes; our own log says who made them and why.
QUIET = {
    "tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True, "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True, TRUE_DATES: True,
}  # fmt: skip

#: Thousands of exceptions are made in a run: no message tells of each. Owners have their activities and the digest.
UNTOLD = {
    "tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True,
    "mail_auto_subscribe_no_notify": True, "mail_activity_quick_update": True,
}  # fmt: skip


def quiet(record, **more):
    """The record with a context in which entries are made without chatter, whatever button started it.

    The defaults that a form was opened with are not for entries: a ``default_currency_id`` would be theirs.
    """
    return record.with_env(record.env(context=clean_context(record.env.context) | QUIET | more))
