"""Which items of a batch that cannot be written together are at fault."""

import psycopg2


class _TrialPassed(Exception):
    """Takes back a trial that went well."""


def faulty_items(env, items, error, write):
    """(item, error) pairs: halves are tried and taken back until each item at fault stands alone.

    :param list items: those that failed together
    :param error: how they did
    :param write: writes a list of items
    """
    if len(items) == 1:
        return [(items[0], error)]
    middle, found = len(items) // 2, []
    for half in (items[:middle], items[middle:]):
        if problem := _try(env, half, write):
            found += faulty_items(env, half, problem, write)
    # Neither half alone fails: the first of the second is left out, or nothing would ever be posted.
    return found or [(items[middle], error)]


def _try(env, items, write):
    try:
        with env.cr.savepoint():
            write(items)
            raise _TrialPassed
    except _TrialPassed:
        return None
    except psycopg2.OperationalError:
        raise
    except Exception as error:  # told with the item
        return error
