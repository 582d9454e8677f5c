"""The taxes of a document's lines, one by one, as Odoo's tax engine is told them."""

from dataclasses import dataclass
from decimal import Decimal

from ...core.rounding import ZERO


@dataclass(frozen=True)
class LineTax:
    """What the store charged on one line for one tax.

    :ivar amount: in document currency
    :ivar base: what it is charged on: the line's net and, for a tax on taxes, those
    :ivar company_amount: in company currency, like ``company_base``
    """

    amount: Decimal
    base: Decimal
    company_amount: Decimal
    company_base: Decimal


def line_taxes(lines, facts_of, convert):
    """Taxes of planned lines.

    :param facts_of: tax id -> TaxFacts
    :param convert: see ``CompanyAmounts.of``
    :return: (line index, tax id) -> LineTax
    :rtype: dict
    """
    charged = {}
    for index, line in enumerate(lines):
        for tax_id, amount, base in _charged(line, facts_of):
            charged.setdefault(tax_id, []).append((index, amount, base))
    found = {}
    for tax_id, rows in charged.items():
        indexes, amounts, bases = zip(*rows, strict=True)
        for index, *values in zip(indexes, amounts, bases, convert(amounts), convert(bases), strict=True):
            found[index, tax_id] = LineTax(*values)
    return found


def _charged(line, facts_of):
    """(tax id, amount, base) of one line, in the order in which the taxes apply."""
    amounts = {}
    for tax in line.taxes:
        tax_id = tax.rule.target.tax
        amounts[tax_id] = amounts.get(tax_id, ZERO) + tax.amount
    base_of_later = line.net
    for tax_id in sorted(amounts, key=lambda tax_id: facts_of(tax_id).order):
        facts = facts_of(tax_id)
        yield tax_id, amounts[tax_id], base_of_later if facts.has_raised_base else line.net
        if facts.raises_base:
            base_of_later += amounts[tax_id]
