"""Amounts of a document in company currency, rounded as Odoo's tax engine rounds them.

A store states amounts in the order's currency only, so in company currency Odoo's convention is the
right one: with "Round per Tax" a sum is converted and rounded as a whole, and the cents by which its
converted parts miss it go to the largest parts; with "Round per Line" each part stands alone.
"""

from ...core.rounding import quantize, total


class CompanyAmounts:
    """Converts with one rate.

    :param Decimal rate: document currency per unit of company currency
    :param Decimal step: smallest amount of the company currency
    :param bool per_line: the company rounds per line
    """

    def __init__(self, rate, step, *, per_line):
        self.rate = rate
        self.step = step
        self.per_line = per_line

    def of(self, amounts):
        """Parts of one sum, converted.

        :param list amounts: in document currency
        :rtype: list[Decimal]
        """
        if self.rate == 1:
            return list(amounts)
        parts = [quantize(amount / self.rate, self.step) for amount in amounts]
        missing = quantize(total(amounts) / self.rate, self.step) - total(parts)
        if self.per_line or not missing:
            return parts
        for index, steps in self._spread(amounts, int(abs(missing) / self.step)):
            parts[index] += self.step.copy_sign(missing) * steps
        return parts

    @staticmethod
    def _spread(amounts, count):
        """(index, how many of ``count`` steps it takes), see ``account.tax._distribute_delta_amount_smoothly``."""
        order = sorted(range(len(amounts)), key=lambda index: -abs(amounts[index]))
        whole = total([abs(amount) for amount in amounts]) or 1
        left = count
        for index in order:
            taken = min(round(abs(amounts[index]) / whole * count), left)
            left -= taken
            yield index, taken
        # Rounded shares may miss a few: fewer than there are parts.
        yield from ((index, 1) for index in order[:left])
