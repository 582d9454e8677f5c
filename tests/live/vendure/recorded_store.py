"""Stand in for the live store where it cannot run: answer the connector from a recording.

Real answers of the seeded store, behind the same address, key and query language. A field that
was not recorded is refused as a server refuses an unknown one, so that an old recording shows.

    python -m tests.live.vendure.recorded_store PORT
"""

import functools
import json
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from .actions import StoreError
from .graphql_query import Field, QuerySyntaxError, parse
from .order_list import RefusedOptions, select
from .server_process import ServerProcess, is_healthy

Json = dict[str, Any]

RECORDING = Path(__file__).parent / "recording" / "store.json"
API_KEY = "recorded-store-key"
API_PATH = "/admin-api"
START_SECONDS = 20
MODULE = __spec__.name  # Also when run as a program, then unlike __name__.
NO_CHANGES = "The recorded store cannot be changed; install Node.js to run the live one."


class RefusedQuery(Exception):
    """A query that the server answers with an error."""

    def __init__(self, code: str, message: str, path: str | None = None, status: int = 200) -> None:
        super().__init__(message)
        self.status = status
        self.error: Json = {"message": message, "extensions": {"code": code}}
        if path:
            self.error["path"] = [path]


@dataclass
class RecordedStore:
    """A running recording, to be used like the live ``Store`` as far as nothing is changed."""

    url: str
    api_key: str
    orders: dict[str, str]
    changeable: bool = False
    _server: ThreadingHTTPServer | None = field(default=None, repr=False)

    def order(self, code: str) -> Json:
        """Return an order with its lines, payments and refunds."""
        for order in load()["orders"]:
            if order["code"] == code:
                return dict(order)
        raise StoreError(f"The store has no order {code}.")

    def full_orders(self) -> list[Json]:
        """Return all orders as recorded."""
        return list(load()["orders"])

    def stop(self) -> None:
        """Stop answering, if it is this process that answers."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise StoreError(NO_CHANGES)


def start_recorded(port: int = 0) -> RecordedStore:
    """Serve the recording from a thread of this process, until it ends or ``stop()``."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    Thread(target=server.serve_forever, name="recorded-store", daemon=True).start()
    return _store(server.server_port, server)


def start_recorded_process(state_dir: Path, port: int | None = None) -> RecordedStore:
    """Serve the recording from a process that stays, until ``store.stop(state_dir)``."""
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    server = ServerProcess(state_dir)
    with server.locked():
        server.stop()
        chosen = server.choose_port(port)
        command = [sys.executable, "-m", MODULE, str(chosen)]
        root = str(Path(__file__).parents[MODULE.count(".")])
        server.launch(command, chosen, lambda: is_healthy(chosen), START_SECONDS, PYTHONPATH=root)
    return _store(chosen)


def _store(port: int, server: ThreadingHTTPServer | None = None) -> RecordedStore:
    return RecordedStore(f"http://127.0.0.1:{port}", API_KEY, load()["situations"], _server=server)


@functools.cache
def load() -> Json:
    """Return the recording: settings, orders, and order codes by situation."""
    recording: Json = json.loads(RECORDING.read_text())
    return recording


def answer(recording: Json, request: Json) -> Json:
    """Answer one GraphQL request with data, or raise ``RefusedQuery``."""
    try:
        fields = parse(request["query"], request.get("variables") or {})
    except QuerySyntaxError as error:
        raise RefusedQuery("GRAPHQL_PARSE_FAILED", str(error), status=400) from error
    return {wanted.alias: _root(recording, wanted) for wanted in fields}


def _root(recording: Json, wanted: Field) -> Any:
    if wanted.name in ("globalSettings", "activeChannel"):
        return _project(recording[wanted.name], wanted)
    if wanted.name == "order":
        found = [order for order in recording["orders"] if order["id"] == str(wanted.arguments.get("id"))]
        return _project(found[0] if found else None, wanted)
    if wanted.name == "orders":
        try:
            return _project(select(recording["orders"], wanted.arguments.get("options") or {}), wanted)
        except RefusedOptions as error:
            raise RefusedQuery("USER_INPUT_ERROR", str(error), "orders") from error
    if wanted.name == "me":
        # A key belongs to no administrator; a real server refuses its own question, too.
        raise RefusedQuery("FORBIDDEN", "You are not currently authorized to perform this action", "me")
    raise _unknown(wanted.name, "Query")


def _project(value: Any, wanted: Field) -> Any:
    """Return of a value what the query asks for."""
    if isinstance(value, list):
        return [_project(item, wanted) for item in value]
    if value is None or not wanted.fields:
        return value
    if wanted.name == "history":
        value = _history(value, wanted.arguments.get("options") or {})
    missing = [inner.name for inner in wanted.fields if inner.name not in value]
    if missing:
        raise _unknown(missing[0], wanted.name)
    return {inner.alias: _project(value[inner.name], inner) for inner in wanted.fields}


def _history(value: Json, options: Json) -> Json:
    types = ((options.get("filter") or {}).get("type") or {}).get("in")
    items = [item for item in value["items"] if types is None or item["type"] in types]
    return {"items": items, "totalItems": len(items)}


def _unknown(name: str, owner: str) -> RefusedQuery:
    message = f'Cannot query field "{name}" of "{owner}": it is not in the recording. See record.py.'
    return RefusedQuery("GRAPHQL_VALIDATION_FAILED", message, status=400)


class _Handler(BaseHTTPRequestHandler):
    """HTTP as Vendure speaks it: refused queries come with status 200, too."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(200, {"status": "ok", "info": {}, "error": {}, "details": {}})
        else:
            self._not_found()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path.split("?")[0].rstrip("/") != API_PATH:
            self._not_found()
            return
        try:
            request = json.loads(body)
            self._check_access()
            self._send(200, {"data": answer(load(), request)})
        except RefusedQuery as refused:
            self._send(refused.status, {"errors": [refused.error], "data": None})
        except (ValueError, KeyError, TypeError) as error:
            self._send(400, {"statusCode": 400, "message": f"{type(error).__name__}: {error}", "path": self.path})

    def _check_access(self) -> None:
        if self.headers.get("vendure-api-key") != API_KEY:
            raise RefusedQuery("FORBIDDEN", "You are not currently authorized to perform this action", "globalSettings")
        token = self.headers.get("vendure-token")
        if token and token != load()["activeChannel"]["token"]:
            raise RefusedQuery("CHANNEL_NOT_FOUND", f'No Channel with the token "{token}" could be found')

    def _not_found(self) -> None:
        message = f"Cannot {self.command} {self.path}"
        self._send(404, {"statusCode": 404, "message": message, "path": self.path})

    def _send(self, status: int, payload: Json) -> None:
        content = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the terminal for the caller."""


def _main(arguments: list[str]) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", int(arguments[0])), _Handler)
    print(f"http://127.0.0.1:{server.server_port}\nvendure-api-key: {API_KEY}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    try:
        _main(sys.argv[1:])
    except (IndexError, ValueError):
        sys.exit(__doc__)
    except KeyboardInterrupt:
        sys.exit()
