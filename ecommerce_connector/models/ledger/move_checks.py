"""A draft entry against its plan, before it is posted."""

from collections import defaultdict
from decimal import Decimal

from ...core.errors import ConnectorError
from ...core.plans import EntryKind
from .amounts import amount_of

_NAMES = {
    EntryKind.INVOICE: "invoice",
    EntryKind.DOWN_PAYMENT: "down-payment invoice",
    EntryKind.CREDIT_NOTE: "credit note",
}


def check_move(move, planned):
    """Refuse an invoice or credit note in which Odoo made other amounts than the store charged.

    Odoo's tax engine makes the tax items where they cannot be given; taxes it splits in its own way
    (groups, shares of opposite sign) can come out different. Such an order is blocked, not booked.

    :param PlannedMove planned: what the entry must come to
    :raises ConnectorError: naming the tax or total that differs, or the document that Odoo cannot post
    """
    if planned.total < 0:
        raise ConnectorError(
            f"Its {_NAMES[planned.kind]} {planned.external_id} would come to {planned.total} {planned.currency}: Odoo "
            "posts no document below zero.",
            hint="Its deductions are more than the goods that they go with. Book it by hand, and mark it as corrected.",
        )
    currency = move.currency_id
    for name, expected, found in (
        ("total", planned.total, move.amount_total),
        ("tax", planned.tax, move.amount_tax),
    ):
        if amount_of(found, currency) != expected:
            raise ConnectorError(
                f"Odoo makes its {name} {amount_of(found, currency)} {planned.currency}, the store says {expected}.",
                hint="Map each tax of the store to one simple tax in Odoo.",
            )
    _check_taxes(move, planned)


def _check_taxes(move, planned):
    expected, found = defaultdict(Decimal), defaultdict(Decimal)
    for line in planned.lines:
        for tax in line.taxes:
            expected[tax.rule.target.tax] += tax.amount
    sign = move.direction_sign
    for item in move.line_ids.filtered("tax_line_id"):
        found[item.tax_line_id.id] += sign * amount_of(item.amount_currency, move.currency_id)
    for tax_id in expected.keys() | found.keys():
        if expected[tax_id] != found[tax_id]:
            name = move.env["account.tax"].browse(tax_id).name
            raise ConnectorError(
                f"Odoo books {found[tax_id]} {planned.currency} of the tax {name}, the store says {expected[tax_id]}.",
                hint="Map each tax of the store to one simple tax in Odoo.",
            )
