"""Statistics of an almost empty ledger."""

from odoo.tools import SQL

#: What Odoo joins for each payment that it posts.
PAYMENT_TABLES = ("account_move", "account_move_line", "account_partial_reconcile", "account_payment")


def refresh(env, tables=PAYMENT_TABLES):
    """Tell PostgreSQL that tables it believes empty are not.

    While the first orders of a new ledger are posted, the last statistics say that there is nothing;
    Odoo's query for the invoices of a payment is then planned as nested scans and takes seconds each.
    A ledger in use never gets here: its tables have rows.
    """
    env.flush_all()
    believed_empty = env.execute_query(
        SQL(
            "SELECT relname FROM pg_class WHERE relname IN %s AND reltuples = 0 "
            "AND relnamespace = current_schema()::regnamespace",
            tuple(tables),
        )
    )
    for (table,) in believed_empty:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
