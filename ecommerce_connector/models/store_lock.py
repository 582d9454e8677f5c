"""One reader per store at a time."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tools import SQL

#: First half of the advisory lock's key; the store's id is the second.
LOCK_CLASS = 0x65636F6D


@contextmanager
def reading(store):
    """Hold the store while its records are fetched and stored.

    Two workers that store the same new orders would run into each other's unique keys. The lock is
    the session's, because each batch is committed; a dead connection gives it back.

    :raises UserError: if another worker holds it
    """
    lock = SQL("%s, %s", LOCK_CLASS, store.id)
    [(is_ours,)] = store.env.execute_query(SQL("SELECT pg_try_advisory_lock(%s)", lock))
    if not is_ours:
        raise UserError(
            store.env._("%(store)s is being read by another worker. Try again when its run is done.", store=store.name)
        )
    try:
        yield
    finally:
        if not store.env.cr.closed:
            store.env.execute_query(SQL("SELECT pg_advisory_unlock(%s)", lock))
