"""What the demo did, as a table."""

from decimal import Decimal


def render(proof, payouts):
    """The counts, the store against the ledger, the clearing accounts, each exception with its reason."""
    parts = [
        _counts(proof["counts"]),
        _comparison(proof),
        _clearing(proof, payouts),
        _gift_cards(proof),
        _exceptions(proof["exceptions"]),
        _waiting(proof["waiting"]),
        _verdict(proof),
    ]
    return "\n\n" + "\n\n".join("\n".join(part) for part in parts if part)


def _counts(counts):
    shown = [("orders", counts["orders"])]
    shown += [(f"  {name[7:]}", count) for name, count in counts.items() if name.startswith("orders_")]
    shown += [(name.replace("_", " "), counts[name]) for name in ("invoices", "credit_notes", "payments", "exceptions")]
    return [f"{name:<34}{count:>16}" for name, count in shown]


def _comparison(proof):
    lines = [f"{'':<34}{'store':>16}{'ledger':>16}{'not booked':>14}{'difference':>14}"]
    names = {"sales": "sales", "refunds": "refunds (credit notes)"}
    for row in proof["totals"]:
        lines.append(_row(f"{names.get(row['subject'], row['subject'])}, {row['currency']}", row))
    for row in proof["taxes"]:
        lines.append(_row(f"tax {row['subject']}, {row['currency']}", row))
    return lines + [_row(f"{row['name']}: {row['subject']}", row) for row in _broken(proof)]


def _broken(proof):
    """What does not hold of the orders, and of the control accounts."""
    return [*proof["laws"], *(row for row in proof["controls"] if Decimal(row["difference"]))]


def _row(label, row):
    return f"{label:<34}{row['store']:>16}{row['ledger']:>16}{row['not_booked']:>14}{row['difference']:>14}"


def _clearing(proof, payouts):
    lines = [f"{'clearing':<34}{'before payout':>16}{'now':>16}{'in transit':>14}"]
    before = {payout["account"]: payout["clearing_before"] for payout in payouts if payout["payouts"]}
    for row in (row for row in proof["accounts"] if row["kind"] == "money"):
        was = before.get(row["account"])
        lines.append(
            f"{row['account']:<34}{'' if was is None else f'{was:.2f}':>16}{row['clearing']:>16}{row['in_transit']:>14}"
        )
    return lines


def _gift_cards(proof):
    """What is owed to holders of cards, and what a person should know of it."""
    rows = [row for row in proof["accounts"] if row["kind"] == "liability"]
    lines = [f"{row['account']:<34}{row['clearing']:>32}" for row in rows]
    remarks = [f"  {remark}" for remark in proof["remarks"]]
    return [f"{'owed to customers':<34}{'now':>32}", *lines, *remarks] if rows else []


def _exceptions(exceptions):
    if not exceptions:
        return ["no exceptions"]
    return ["exceptions", *(f"  {item['message']}\n    → {item['hint']}" for item in exceptions)]


def _waiting(orders):
    return ["nothing to book yet", *(f"  Order {item['order']}: {item['why']}" for item in orders)] if orders else []


def _verdict(proof):
    agree = "agree" if proof["holds"] else "DO NOT agree"
    count = proof["counts"]["orders_not_booked"]
    unbooked = f" Not booked: {count}, see exceptions." if count else ""
    return [
        f"Store and ledger {agree}, to the cent: {proof['laws_checked'] + len(proof['controls'])} checks of orders and "
        f"control accounts, {len(_broken(proof))} broken.{unbooked}"
    ]
