"""Which tables were written to since a moment: exact, from PostgreSQL's own row versions."""

from odoo.tools import SQL

#: Every run writes its own log; that is no change of the books.
_LOGS = frozenset({"ecommerce_sync_log"})


class WriteWatch:
    """Begins when it is made."""

    def __init__(self, cr):
        self.cr = cr
        cr.commit()
        cr.execute("SELECT txid_current()")
        self.since = cr.fetchone()[0]
        self.counts = {table: self._count(table) for table in self._tables()}

    def problems(self):
        """Return a sentence for each table with rows added, changed or removed."""
        self.cr.commit()
        found = []
        for table, before in self.counts.items():
            written = self._count(table, SQL("WHERE xmin::text::bigint >= %s", self.since))
            removed = before + written - self._count(table)
            if written or removed:
                found.append(f"{table}: {written} rows written, {removed} rows removed or replaced")
        return found

    def _tables(self):
        self.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [table for (table,) in self.cr.fetchall() if table not in _LOGS]

    def _count(self, table, where=None):
        self.cr.execute(SQL("SELECT count(*) FROM %s %s", SQL.identifier(table), where or SQL()))
        return self.cr.fetchone()[0]
