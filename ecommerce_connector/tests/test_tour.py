import importlib.util
import sys
from pathlib import Path

from odoo.tests import tagged

from .tour_common import TourCommon

#: A small WooCommerce that answers over HTTP; it belongs to the project's tests, not to the addon.
SERVER = Path(__file__).parents[2] / "tests" / "core" / "woocommerce_server.py"


@tagged("post_install", "-at_install")
class TestTour(TourCommon):
    """The main job in a browser, as an accountant does it."""

    def serve_store(self):
        """Start the store and make it known here, with its credentials but unchecked.

        :rtype: ecommerce.store
        """
        if not SERVER.exists():
            self.skipTest("the store of the browser test is in the project's checkout")
        server = _server_module().WooCommerceServer(_server_module().read_payloads())
        address = server.start()
        self.addCleanup(server.stop)
        store = self.env["ecommerce.store"].create(
            {"name": "Tea house", "platform": "woocommerce", "base_url": address, "timezone": "Europe/Brussels",
             "company_id": self.company.id}
        )  # fmt: skip
        store.write({"client_id": server.key, "client_secret": server.secret})
        return store

    def test_import(self):
        store = self.serve_store()
        self.start_tour("/odoo/e-commerce", "ecommerce_import", login="bookkeeper", timeout=180)
        store.invalidate_recordset()
        self.assertEqual(store.state, "connected")
        orders = self.env["ecommerce.order"].search([("store_id", "=", store.id)])
        self.assertTrue(orders)
        self.assertEqual(set(orders.mapped("state")), {"posted"})
        reviewed = orders.filtered(lambda order: order.number == "S-10231")
        self.assertRecordValues(
            self.moves_of(reviewed, "invoice"),
            [{"state": "posted", "payment_state": "paid", "amount_total": 100.12, "amount_tax": 11.12}],
        )

    def test_assistant(self):
        store = self.serve_store()
        self.start_tour("/odoo/e-commerce", "ecommerce_assistant", login="bookkeeper", timeout=180)
        self.assert_set_up(store)


def _server_module():
    """The store's program, loaded from its file."""
    name = "ecommerce_connector_test_woocommerce_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, SERVER)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]
