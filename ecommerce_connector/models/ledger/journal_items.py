"""Journal items, to be made or posted, as the core adds them up for a correction."""

from decimal import Decimal

from ...core.corrections import Amounts, Booking, Item
from ...core.plans import plain
from .amounts import amount_of

#: Columns of journal items that are read.
COLUMNS = (
    "move_id", "account_id", "product_id", "tax_ids", "tax_repartition_line_id", "tax_tag_ids", "analytic_distribution",
    "amount_currency", "balance", "tax_base_amount", "ecommerce_rule_id", "extra_tax_data", "partner_id",
)  # fmt: skip


def analytic_of(distribution):
    """An analytic distribution as pairs that can be compared.

    :param dict distribution: analytic account ids -> percent, or nothing
    """
    return tuple(sorted((ids, plain(Decimal(repr(percent)))) for ids, percent in (distribution or {}).items()))


class ItemReader:
    """Reads the items of one entry.

    :param TaxFactsCache taxes: facts of the taxes
    :param is_refund: whether the entry corrected is a credit note
    :param currency: the document's currency record
    :param company_currency: the company's
    """

    def __init__(self, taxes, currency, company_currency, *, is_refund):
        self.taxes = taxes
        self.currency = currency
        self.company_currency = company_currency
        self.is_refund = is_refund

    def posted(self, line):
        """A journal item.

        :rtype: Item
        """
        booking = Booking(
            account=line.account_id.id, product=line.product_id.id or 0, taxes=tuple(sorted(line.tax_ids.ids)),
            repartition=line.tax_repartition_line_id.id or 0, tags=tuple(sorted(line.tax_tag_ids.ids)),
            analytic=analytic_of(line.analytic_distribution),
        )  # fmt: skip
        return self._item(
            booking, line.amount_currency, line.balance, line.tax_base_amount, line.ecommerce_rule_id.id or 0,
            line.extra_tax_data, line.move_id.direction_sign,
        )  # fmt: skip

    def given(self, values):
        """Values of a journal item that is given whole, see ``MoveValues``.

        :rtype: Item
        """
        booking = Booking(
            account=values["account_id"], product=values.get("product_id") or 0,
            taxes=tuple(sorted(values["tax_ids"][0][2])), repartition=values.get("tax_repartition_line_id") or 0,
            tags=tuple(sorted(values["tax_tag_ids"][0][2])), analytic=analytic_of(values.get("analytic_distribution")),
        )  # fmt: skip
        return self._item(
            booking, values["amount_currency"], values["balance"], values.get("tax_base_amount", 0.0),
            values["ecommerce_rule_id"] or 0, values.get("extra_tax_data"), 1 if self.is_refund else -1,
        )  # fmt: skip

    def _item(self, booking, amount, balance, base, rule, tax_data, sign):
        amounts = Amounts(
            amount=amount_of(amount, self.currency), balance=amount_of(balance, self.company_currency),
            base=amount_of(base, self.company_currency) if booking.repartition else Decimal(0),
        )  # fmt: skip
        shares = () if booking.repartition else tuple(self._shares(booking, tax_data, sign))
        return Item(booking=booking, amounts=amounts, rule=rule, shares=shares)

    def _shares(self, booking, tax_data, sign):
        """What was charged on a line for each of its taxes, as the connector wrote it down; see ``MoveValues``."""
        charged = (tax_data or {}).get("manual_tax_amounts") or {}
        for tax_id in booking.taxes:
            found, facts = charged.get(str(tax_id)), self.taxes.of(tax_id, is_refund=self.is_refund)
            if found and facts.is_simple:
                yield self._tax_booking(facts, booking), self._share(found, sign)

    @staticmethod
    def _tax_booking(facts, base):
        share = facts.shares[0]
        return Booking(
            account=share.account_id or base.account, repartition=share.repartition_line_id,
            tags=tuple(sorted(share.tag_ids)),
        )  # fmt: skip

    def _share(self, found, sign):
        return Amounts(
            amount=sign * amount_of(found["tax_amount_currency"], self.currency),
            balance=sign * amount_of(found["tax_amount"], self.company_currency),
            base_amount=sign * amount_of(found["base_amount_currency"], self.currency),
            base=sign * amount_of(found["base_amount"], self.company_currency),
        )
