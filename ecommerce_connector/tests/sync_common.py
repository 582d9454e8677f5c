"""Readings of a store, for tests that need a record of every model."""


class SyncStory:
    """A stream with its cursor, and a completeness check that counted something."""

    def sync_story(self, store):
        self.env["ecommerce.sync.stream"]._of(store, "orders")
        check = self.env["ecommerce.backfill"].create(
            {"store_id": store.id, "kind": "check", "date_from": "2026-01-01"}
        )
        self.env["ecommerce.backfill.tally"].sudo().create(
            {
                "backfill_id": check.id, "currency_id": store.company_currency_id.id, "store_count": 2,
                "held_count": 1, "store_total": 24.0, "held_total": 12.0,
            }
        )  # fmt: skip
