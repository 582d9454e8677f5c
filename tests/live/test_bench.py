"""The benchmark program: small runs, proved to the cent. How fast they are is not tested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


def bench(*arguments):
    """Run ``script/bench import``; return its exit code, its figures and what it says of problems."""
    result = subprocess.run(
        [sys.executable, str(CHECKOUT / "script" / "bench"), "import", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.stdout, result.stderr
    return result.returncode, json.loads(result.stdout), result.stderr


@pytest.mark.parametrize("payments", ["odoo", "batch"])
def test_synthetic_orders(payments):
    code, figures, said = bench("--orders", 20, "--payments", payments, "--again")
    assert code == 0, said
    assert figures["difference"] == "0.00"
    assert (figures["orders"], figures["invoices_posted"], figures["payments_reconciled"]) == (20, 20, 20)
    for name in ("orders_per_s", "sql_per_order", "cpu_ms_per_order", "peak_rss_mb"):
        assert figures[name] > 0
    assert figures["again"]["orders_per_s"] > figures["orders_per_s"]


def test_documented_order_and_bad_rows(tmp_path):
    documented = (CHECKOUT / "docs" / "order-json.md").read_text(encoding="utf-8")
    order = json.loads(documented.split("```json\n", 1)[1].split("```", 1)[0])
    wrong_sum = order | {"id": "8473", "number": "W1043", "total": "60.90"}
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join([json.dumps(order), "{not JSON", json.dumps(wrong_sum)]), encoding="utf-8")
    code, figures, said = bench("--orders-file", path)
    assert code == 1
    assert (figures["orders_posted"], figures["difference"]) == (1, "60.90")
    assert "orders.jsonl, row 2: it is not JSON" in said
    assert "row 3, order 8473: it is blocked" in said
