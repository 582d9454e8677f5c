"""The set-up assistant in a browser, on the live store: connect, read, change a proposal, apply, review an order."""

import socket

from odoo_books import OdooBooks


def test_the_tour_of_the_assistant(shop):
    books = OdooBooks("assistant_tour")
    try:
        run = books.start(
            "-d", books.name, "-u", "ecommerce_connector", "--test-tags", "live_store", "--stop-after-init",
            "--http-port", _free_port(), EC_LIVE_STORE_URL=shop.url, EC_LIVE_STORE_KEY=shop.api_key,
        )  # fmt: skip
        done = books.finish(run)
        told = f"{done.output}\n{done.errors}"
        assert done.status == 0, told[-6000:]
        assert "Starting TestLiveAssistant.test_assistant" in told, told[-6000:]
        assert "0 failed, 0 error(s) of 1 tests" in told, told[-6000:]
    finally:
        books.drop()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
