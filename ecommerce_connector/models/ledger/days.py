"""Days in sentences for people: as the fields of forms and lists show them."""

from odoo.tools import format_date


def said_month(env, day):
    """The month of a day in words of the user's language, e.g. Mar 2026.

    :param date day: any day of it
    :rtype: str
    """
    return format_date(env, day, date_format="MMM y")


def said_day(env, day):
    """A day in words of the user's language, e.g. Mar 31, 2026; "" for none.

    :param date day: or None
    :rtype: str
    """
    return format_date(env, day, date_format="medium") if day else ""
