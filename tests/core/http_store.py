"""A real HTTP server on this machine that answers what a test tells it to, faults included."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Sends one answer, good or bad, to one request.
Answer = Callable[["Handler"], None]


@dataclass
class Asked:
    """One request as the server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpStore:
    """The server's side of a test: what it will answer, and what it was asked.

    :ivar answers: in turn; the last one is repeated
    """

    answers: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each small answer waits 40 ms for an acknowledgment
    store: HttpStore

    def setup(self) -> None:
        super().setup()
        self.store.connections += 1

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.store.asked.append(Asked(self.command, self.path, dict(self.headers), body))
        self.store.next_answer()(self)

    do_GET = do_POST = _answer

    def date_time_string(self, timestamp: float | None = None) -> str:
        return "Mon, 02 Mar 2026 12:00:00 GMT"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the tests' output clean."""

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def answer(body: Any = None, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body, or with ``bytes`` as they are.

    :param headers: with ``_`` for ``-``; an empty value leaves the header out
    """
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(status, data, {name: value for name, value in named.items() if value})


def page(title: str, status: int = 200) -> Answer:
    """A web page."""
    return answer(f"<!DOCTYPE html><title>{title}</title><p>Hello".encode(), status, Content_Type="text/html")


def reset(handler: Handler) -> None:
    """Break the connection off without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def cut_off(body: bytes, **headers: str) -> Answer:
    """Promise more than is sent."""

    def send(handler: Handler) -> None:
        answer(body, Content_Length=str(len(body) + 10), **headers)(handler)
        handler.close_connection = True

    return send


def chunks(pieces: Iterator[bytes], end: bool = True) -> Answer:
    """An answer in chunks, without saying how many."""

    def send(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.close_connection = not end
        with contextlib.suppress(OSError):  # the client may have had enough
            for piece in pieces:
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            if end:
                handler.wfile.write(b"0\r\n\r\n")

    return send


def drip(handler: Handler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.close_connection = True
    with contextlib.suppress(OSError):
        while not handler.store.stopping.wait(0.02):
            handler.wfile.write(b" ")


def silent(handler: Handler) -> None:
    """Take the request and say nothing."""
    handler.close_connection = True
    handler.store.stopping.wait(5)


@contextlib.contextmanager
def running(store: HttpStore, tls: ssl.SSLContext | None = None) -> Iterator[HttpStore]:
    """Serve until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"store": store}))
    server.daemon_threads = True
    # A refused handshake is what the client tests; the server need not print it.
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    store.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield store
    finally:
        store.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
