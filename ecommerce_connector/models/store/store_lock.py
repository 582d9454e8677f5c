"""One reader per store at a time."""

from contextlib import contextmanager

from odoo.exceptions import UserError
from odoo.tools import SQL

#: First half of the advisory lock's key; the store's id is the second.
LOCK_CLASS = 0x65636F6D


class StoreBusy(UserError):
    """Another worker reads the store."""


@contextmanager
def reading(store):
    """Hold the store while its records are fetched and stored.

    Two workers that store the same new orders would run into each other's unique keys. The lock is
    that of a connection of its own: batches are committed meanwhile, and after an error of the
    database the connection that does the work could not even give a lock back. A dead connection
    gives it back by itself.

    :raises StoreBusy: if another worker holds it
    """
    lock = SQL("%s, %s", LOCK_CLASS, store.id)
    with store.env.registry.cursor() as cr:
        cr.execute(SQL("SELECT pg_try_advisory_lock(%s)", lock))
        (is_ours,) = cr.fetchone()
        cr.commit()  # pylint: disable=invalid-commit  # no transaction stays open meanwhile
        if not is_ours:
            raise StoreBusy(
                store.env._(
                    "%(store)s is being read by another worker. Try again when its run is done.", store=store.name
                )
            )
        try:
            # What this transaction saw so far may be from before the last holder of the lock was done.
            store._commit_unless_testing()
            yield
        finally:
            cr.execute(SQL("SELECT pg_advisory_unlock(%s)", lock))
