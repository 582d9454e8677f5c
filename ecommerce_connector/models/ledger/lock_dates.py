"""Lock dates of a company, as the planner needs them."""

from datetime import date, timedelta


def first_open_day(company, journal, *, has_tax):
    """The first day that no lock date closes for an entry.

    :param account.journal journal: sale and purchase journals have lock dates of their own; may be empty
    :param bool has_tax: whether the entry carries taxes, which have a lock date too
    """
    lock = company._get_user_fiscal_lock_date(journal)
    if has_tax:
        lock = max(lock, company.user_tax_lock_date)
    return date.min if lock == date.min else lock + timedelta(days=1)
