"""A small WooCommerce on this machine, connected as a store: real HTTP, real errors."""

import importlib.util
from pathlib import Path
from unittest.mock import patch

from ..platforms.transport import Transport
from .common import ConnectorCommon

SERVER = Path(__file__).parents[2] / "tests" / "core" / "woocommerce_server.py"


def _load_server():
    """The server belongs to the pure tests, which Odoo does not import as a package."""
    spec = importlib.util.spec_from_file_location("woocommerce_server", SERVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


server = _load_server()


class LoopbackRequests:
    """For tests that reach this machine through the connector's transport, which then waits before no try."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(Transport, "_wait", lambda *_arguments: 0.0))

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # Odoo's compares the time-out with a number; requests takes one for connecting and one for reading, too.
        timeout = kw.get("timeout")
        return super()._request_handler(
            s, r, **kw | {"timeout": max(timeout) if isinstance(timeout, tuple) else timeout}
        )


class WooCommerceCommon(LoopbackRequests, ConnectorCommon):
    """A EUR company with a connected WooCommerce store, whose server a test may change and disturb."""

    #: Names of the payloads that the store has.
    payloads = ("paid-three-rates", "order-coupon", "partial-refunds", "on-hold-unpaid", "free-shipping")

    def setUp(self):
        super().setUp()
        self.shop = server.WooCommerceServer(self.read_payloads(*self.payloads))
        address = self.shop.start()
        self.addCleanup(self.shop.stop)
        self.store = self.env["ecommerce.store"].create(
            {
                "name": "Tea house", "platform": "woocommerce", "timezone": "Europe/Brussels", "base_url": address,
                "client_id": server.KEY, "client_secret": server.SECRET, "company_id": self.company.id,
            }
        )  # fmt: skip

    @staticmethod
    def read_payloads(*names):
        """Payloads by name; all without."""
        files = [server.PAYLOADS / f"{name}.json" for name in names] or sorted(server.PAYLOADS.glob("*.json"))
        return [server.json.loads(file.read_text()) for file in files]

    def set_up(self):
        """What an administrator does: check the connection, make accounts and rules."""
        self.store.action_check_connection()
        self.assertEqual(self.store.state, "connected", self.store.state_message)
        self.store.action_create_accounting()

    def sync(self, **how):
        """Fetch and post; the runs by stream."""
        return {run.stream: run for run in self.store._sync(**how)}

    def order_of(self, external_id):
        """An order by the shop's id."""
        return self.env["ecommerce.order"].search(
            [("store_id", "=", self.store.id), ("external_id", "=", str(external_id))]
        )
