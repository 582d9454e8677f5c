"""Record the seeded store anew, for machines where it cannot run.

Needed after a change of the seed, of Vendure's version, or of ``recording/orders.graphql``:

    python -m tests.live.vendure.record DIRECTORY

The directory is the one given to ``store.start``; the store in it is reset first.
"""

import json
import sys
from pathlib import Path

from .actions import FULL_QUERY, Session, StoreError
from .recorded_store import RECORDING
from .store import Store, reset


def record(store: Store) -> None:
    """Write what the store answers to the recording query, asked with the connector's own key."""
    session = Session(f"{store.url}/admin-api", {"vendure-api-key": store.api_key})
    data = session.call(FULL_QUERY.read_text())
    content = {
        "situations": store.orders,
        "globalSettings": data["globalSettings"],
        "activeChannel": data["activeChannel"],
        "orders": data["orders"]["items"],
    }
    RECORDING.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        record(reset(Path(sys.argv[1]), progress=print))
    except StoreError as problem:
        sys.exit(str(problem))
    print(f"recorded {RECORDING} ({RECORDING.stat().st_size // 1024} kB)")
