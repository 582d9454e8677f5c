"""Lock dates of a company, as the planner needs them."""

from datetime import date, timedelta

from odoo.addons.account.models.company import SOFT_LOCK_DATE_FIELDS

from .days import said_day


def first_open_day(company, journal, *, has_tax):
    """The first day that no lock date closes for an entry.

    :param account.journal journal: sale and purchase journals have lock dates of their own; may be empty
    :param bool has_tax: whether the entry carries taxes, which have a lock date too
    """
    lock = company._get_user_fiscal_lock_date(journal)
    if has_tax:
        lock = max(lock, company.user_tax_lock_date)
    return date.min if lock == date.min else lock + timedelta(days=1)


def closed_by(company, day):
    """The lock dates that close a day for everybody who has no exception to them, of whatever kind.

    :return: (lock date, name of its field) pairs, the earliest first
    :rtype: list[tuple]
    """
    locks = [(company._get_user_lock_date(field, ignore_exceptions=True), field) for field in SOFT_LOCK_DATE_FIELDS]
    locks.append((company.user_hard_lock_date, "hard_lock_date"))
    return sorted((lock, field) for lock, field in locks if lock >= day)


def why_closed(company, journal, day, *, has_tax):
    """Why the user can book nothing on a day, and what can be done about it, as a sentence.

    :rtype: str | None
    """
    if day >= first_open_day(company, journal, has_tax=has_tax):
        return None
    if day <= company.user_hard_lock_date:
        return company.env._(
            "The hard lock date of %(lock)s closes %(day)s for good: nothing can be booked in that period any more.",
            lock=said_day(company.env, company.user_hard_lock_date), day=said_day(company.env, day),
        )  # fmt: skip
    locks = company._get_violated_lock_dates(day, has_tax, journal)
    return company.env._(
        "%(day)s is closed by a lock date: %(locks)s. Ask for an exception to it under Accounting, Lock Dates, or "
        "leave the period as it is.",
        day=said_day(company.env, day), locks=company._format_lock_dates(locks),
    )  # fmt: skip
