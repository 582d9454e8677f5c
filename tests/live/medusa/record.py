"""Record the seeded store anew, for the tests that need no store.

Needed after a change of the seed, of Medusa's version, or of what the connector asks for:

    PYTHONPATH=tests/live:script python -m medusa.record DIRECTORY

The directory is the one given to ``store.reset``.
"""

import json
import sys
from pathlib import Path
from typing import Any

from vendure.actions import StoreError

from .actions import StoreActions
from .store import reset

RECORDING = Path(__file__).parent / "recording" / "orders.json"


def record(store: StoreActions, situations: dict[str, str], fields: str) -> None:
    """Write what the store answers for each situation when it is asked for the connector's fields."""
    found: dict[str, Any] = {}
    numbers = {str(order["display_id"]): order["id"] for order in store.orders()}
    for name, number in situations.items():
        found[name] = store.staff.get(f"/orders/{numbers[number]}", fields=fields)["order"]
    lines = [f"{json.dumps(name)}: {json.dumps(order, sort_keys=True)}" for name, order in found.items()]
    RECORDING.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def connector_fields() -> str:
    """What the connector asks for, read from its source: importing the addon would need Odoo."""
    source = Path(__file__).parents[3] / "ecommerce_connector" / "platforms" / "medusa" / "const.py"
    names: dict[str, Any] = {}
    exec(compile(source.read_text(), str(source), "exec"), names)
    return str(names["ORDER_FIELDS"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        seeded = reset(Path(sys.argv[1]), print)
        record(seeded, seeded.situations, connector_fields())
    except StoreError as problem:
        sys.exit(str(problem))
    print(f"recorded {RECORDING} ({RECORDING.stat().st_size // 1024} kB)")
