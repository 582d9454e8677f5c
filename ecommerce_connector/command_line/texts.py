"""Results as text for people, and as data for programs."""

from decimal import Decimal

#: What counts of a proof are of.
_RECORDS = ("orders", "invoices", "notes", "payments", "corrections", "exceptions")
RUN_COUNTS = ("fetched", "new", "changed", "unchanged", "posted", "waiting", "blocked", "failed")


def counted(count, noun):
    """A number with its noun: 1 error, 2 errors."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def run_data(run):
    """A sync run."""
    return {
        "stream": run.stream,
        "state": run.state,
        **{name: run[name] for name in RUN_COUNTS},
        "error": run.error or "",
    }


def run_text(run):
    """A sync run in one line."""
    counts = ", ".join(f"{run[name]} {name}" for name in RUN_COUNTS if run[name])
    return f"{run.stream}: {counts or 'nothing new'}"


def plan_data(record, planned):
    """A previewed order; ``planned`` is its plan or the error that makes it unreadable."""
    if isinstance(planned, Exception):
        return {"id": record.external_id, "state": "blocked", "explanation": str(planned), "plan": ""}
    return {
        "id": record.external_id, "number": planned.document.number, "currency": planned.document.currency,
        "total": str(planned.document.total), "state": planned.state, "explanation": planned.explanation,
        "plan": planned.text,
    }  # fmt: skip


def plans(pairs):
    """Previewed orders, one after the other."""
    return "\n".join(
        f"Order {record.external_id}: {planned}\n" if isinstance(planned, Exception) else planned.text
        for record, planned in pairs
    )


def payout_data(payout):
    """A payout with its lines."""
    return {
        "id": payout.external_id, "amount": payout.amount, "currency": payout.currency_id.name, "state": payout.state,
        "explanation": payout.explanation or "",
        "lines": [
            {
                "id": tx.external_id, "row": tx.row, "kind": tx.kind, "gross": tx.gross, "fee": tx.fee, "net": tx.net,
                "status": tx.match_status, "order": tx.payment_id.order_id.number or "", "why": tx.match_reasons or "",
            }
            for tx in payout.transaction_ids
        ],
        "missing_at_processor": payout.missing_payment_ids.mapped("display_name"),
    }  # fmt: skip


def payouts(data):
    """The result of a payout import."""
    lines = [*data["notices"]]
    for payout in data["payouts"]:
        lines.append(f"Payout {payout['id']}: {payout['amount']:.2f} {payout['currency']}, {payout['state']}")
        if payout["explanation"]:
            lines.append(payout["explanation"])
        lines += [
            f"  {line['kind']:<8} {line['gross']:>12.2f} fee {line['fee']:>8.2f}  {line['status']:<18} {line['order']}"
            for line in payout["lines"]
        ]
        lines += [f"  missing at the processor: {name}" for name in payout["missing_at_processor"]]
    lines += [f"! {problem}" for problem in data["problems"]]
    lines.append(f"Clearing: {data['clearing_before']:.2f} before, {data['clearing_after']:.2f} after")
    return "\n".join(lines)


def proofs(reports):
    """The proof of one or more stores."""
    return "\n\n".join(_proof(report) for report in reports) or "There are no stores."


def _proof(report):
    counts = ", ".join(_records(name, count) for name, count in report["counts"].items())
    lines = [f"{report['store']}: {counts}", ""]
    lines.append(f"{'':<34} {'store':>14} {'ledger':>14} {'not booked':>14} {'difference':>12}")
    lines += [_check(row) for row in [*report["totals"], *report["taxes"], *report["laws"]]]
    if report["controls"]:
        lines += ["", f"{'control accounts':<34} {'expected':>14} {'ledger':>14} {'':>14} {'difference':>12}"]
        lines += [_check(row | {"not_booked": ""}) for row in report["controls"]]
    money, cards = ([row for row in report["accounts"] if row["kind"] == kind] for kind in ("money", "liability"))
    lines += ["", f"{'account':<34} {'clearing':>14} {'in transit':>14}"]
    lines += [
        f"{row['account']:<30.30} {row['currency']:<3} {row['clearing']:>14} {row['in_transit']:>14}" for row in money
    ]
    if cards:
        lines += ["", f"{'gift cards and store credit':<34} {'owed':>14}"]
        lines += [f"{row['account']:<30.30} {row['currency']:<3} {row['clearing']:>14}" for row in cards]
        lines += [f"  i {remark}" for remark in report["remarks"]]
    if report["exceptions"]:
        lines += ["", "Exceptions:"]
        lines += [
            f"  {'!' if item['blocks'] else 'i'} {item['message']} {item['hint']}" for item in report["exceptions"]
        ]
    return "\n".join([*lines, "", f"{counted(report['laws_checked'], 'check')} of orders. {verdict(report)}"])


def _records(name, count):
    """How many records of a kind, e.g. of ``orders_posted``: 1 order posted."""
    words = [word.removesuffix("s") if count == 1 and word in _RECORDS else word for word in name.split("_")]
    return f"{count} {' '.join(words)}"


def _check(row):
    """One comparison; its subject is written in full, also where that is too long for its column."""
    subject = f"{row['name'].split(' = ')[0]}, {row['subject']}"
    return (
        f"{subject:<30} {row['currency']:<3} {row['store']:>14} {row['ledger']:>14} {row['not_booked']:>14} "
        f"{row['difference']:>12}"
    )


def _is_off(row):
    return Decimal(row["difference"]) != 0


def verdict(report):
    """The proof of one store in a sentence."""
    unbooked = report["counts"]["orders_not_booked"]
    what = f"{counted(unbooked, 'order')} {'is' if unbooked == 1 else 'are'} not booked"
    if not report["holds"]:
        left_out = "" if report["complete"] else f" Besides, {what}: see exceptions."
        of_orders = any(map(_is_off, [*report["totals"], *report["taxes"], *report["laws"]]))
        of_payouts = any(map(_is_off, report["controls"]))
        parties = " AND ".join(["THE STORE"] * of_orders + ["THE PAYOUTS"] * of_payouts)
        return f"THE BOOKS DO NOT AGREE WITH {parties}.{left_out}"
    return "The books agree with the store." if report["complete"] else f"The books agree, but {what}: see exceptions."
