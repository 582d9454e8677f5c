"""Whether the ledger can turn a currency into the company's on a day; asked before a plan is written."""

from datetime import date

from ...core.reasons import Reason
from ...core.stated_rates import DEVIATES, deviation
from .amounts import decimal_of, rate_of
from .days import said_day


class RateChecks:
    """Looks up each currency once."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self._first_days = {}
        self._currencies = {}

    def reasons(self, code, on):
        """Why an amount in a currency cannot be booked with the rate of a day.

        :param str code: ISO code
        :param date on: the day whose rate counts
        :rtype: list[Reason]
        """
        if code not in self._first_days:
            self._first_days[code] = self._first_day(code)
        first = self._first_days[code]
        if first is None:
            message = self.env._("The currency %(code)s is not active in Odoo.", code=code)
            hint = self.env._("Activate it under Accounting, Configuration, Currencies.")
        elif first > on:
            message = self.env._(
                "There is no exchange rate of %(code)s on %(date)s.", code=code, date=said_day(self.env, on)
            )
            hint = self.env._("Add the rate; without it Odoo would take a later one, or book 1:1.")
        else:
            return []
        return [Reason(code="currency", message=message, hint=hint, key=code)]

    def deviations(self, code, on, rate, bound):
        """Why a rate that a store or a processor states cannot be used.

        :param Decimal rate: units of the currency for one of the company's
        :param float bound: percent by which it may be off Odoo's rate of the day
        :rtype: list[Reason]
        """
        usual = self.of(code, on)
        off = deviation(rate, usual)
        if off <= decimal_of(bound, 2):
            return []
        return [
            Reason(
                code=DEVIATES, key=f"{code}:{on}",
                message=self.env._(
                    "The stated exchange rate of %(code)s on %(date)s is %(rate)s, Odoo's is %(usual)s: %(off)s %% "
                    "off, more than the %(bound)s %% that are allowed.",
                    code=code, date=said_day(self.env, on), rate=rate, usual=usual, off=off, bound=decimal_of(bound, 2),
                ),
                hint=self.env._(
                    "Find out which is wrong: correct Odoo's rate, or have the stated one corrected; or allow more on "
                    "the form of the store or the processor account."
                ),
            )
        ]  # fmt: skip

    def of(self, code, on):
        """Odoo's rate of a day: units of the currency for one of the company's.

        :rtype: Decimal
        """
        own = self.company.currency_id
        return rate_of(self.env["res.currency"]._get_conversion_rate(own, self.currency(code), self.company, on))

    def currency(self, code):
        """The active currency of an ISO code, or none."""
        if code not in self._currencies:
            self._currencies[code] = self.env["res.currency"].search([("name", "=", code)])
        return self._currencies[code]

    def _first_day(self, code):
        """Day from which on there is a rate; the earliest possible if none is needed; None: not active."""
        currency = self.currency(code)
        if not currency:
            return None
        if currency == self.company.currency_id:
            return date.min
        rate = self.env["res.currency.rate"].search(
            [("currency_id", "=", currency.id), ("company_id", "in", (False, self.company.root_id.id))],
            order="name", limit=1,
        )  # fmt: skip
        return rate.name or date.max
