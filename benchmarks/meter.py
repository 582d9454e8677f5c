"""What a piece of work costs: wall time, processor time, SQL statements, memory."""

import os
import resource
import time

from odoo import sql_db


class Meter:
    """Measures between ``start`` and ``stop``.

    :param cr: the cursor that the work is done on
    """

    def __init__(self, cr):
        cr.execute("SELECT pg_backend_pid()")
        self._backend = cr.fetchone()[0]

    def start(self):
        """Begin; returns itself."""
        self._database = self._database_seconds()
        self._statements = sql_db.sql_counter
        self._processor = time.process_time()
        self._clock = time.perf_counter()
        return self

    def stop(self, orders):
        """Return the figures per order."""
        seconds = time.perf_counter() - self._clock
        processor = time.process_time() - self._processor
        statements = sql_db.sql_counter - self._statements
        database = self._database_seconds() - self._database
        return {
            "orders_per_s": round(orders / seconds, 1) if orders else 0.0,
            "sql_per_order": round(statements / max(orders, 1), 2),
            "cpu_ms_per_order": round(1000 * processor / max(orders, 1), 2),
            "database_ms_per_order": round(1000 * database / max(orders, 1), 2),
            "peak_rss_mb": peak_rss_mb(),
        }

    def _database_seconds(self):
        """Processor time of our server process; 0 where the server runs on another machine."""
        try:
            with open(f"/proc/{self._backend}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_mb():
    """The most memory this process ever had; Linux counts in kilobytes."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
