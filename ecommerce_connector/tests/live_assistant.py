"""The set-up assistant in a browser, on a store that runs somewhere: the live tests say where."""

import os

from odoo.tests import tagged

from .tour_common import TourCommon


@tagged("-standard", "live_store", "post_install", "-at_install")
class TestLiveAssistant(TourCommon):
    """From an address and a key to the first reviewed order, by clicks alone."""

    def test_assistant(self):
        store = self.env["ecommerce.store"].create(
            {"name": "Live shop", "platform": "vendure", "base_url": os.environ["EC_LIVE_STORE_URL"],
             "timezone": "Europe/Paris", "company_id": self.company.id}
        )  # fmt: skip
        store.access_token = os.environ["EC_LIVE_STORE_KEY"]
        self.start_tour("/odoo/e-commerce", "ecommerce_assistant_vendure", login="bookkeeper", timeout=180)
        store.invalidate_recordset()
        self.assertEqual(store.state, "connected")
        self.assert_set_up(store)
