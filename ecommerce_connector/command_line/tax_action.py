"""``odoo ecommerce taxes``: the tax truth table of a period."""

from ..core.errors import ConnectorError
from . import inputs
from .result import BOOKS_DISAGREE, Result

_FIGURES = ("side", "country_code", "rate", "codes", "remitter", "rules", "tax_rate", "net", "charged", "booked")


def add_arguments(parser):
    """Arguments of the action."""
    parser.add_argument("--store", metavar="NAME", help="default: all stores of the company")
    parser.add_argument("--company", metavar="NAME", help="default: the store's, or the only one")
    parser.add_argument(
        "--from", dest="date_from", metavar="DATE", help="first day (YYYY-MM-DD); default: the 1st of this month"
    )
    parser.add_argument("--to", dest="date_to", metavar="DATE", help="last day (YYYY-MM-DD); default: today")


def taxes(env, arguments):
    """Compare the store's tax with Odoo's computation and with what is booked; exit status 3 if anything is open."""
    store = inputs.store(env, arguments.store) if arguments.store else env["ecommerce.store"]
    company = store.company_id or inputs.company(env, arguments.company)
    stores = store or store.search([("company_id", "=", company.id)])
    if not stores:
        raise ConnectorError(f"{company.name} has no store.", hint="Connect one first.")
    values = {
        "date_from": inputs.day(arguments.date_from, "--from"), "date_to": inputs.day(arguments.date_to, "--to"),
    }  # fmt: skip
    truth = env["ecommerce.tax.truth"].create(
        {"company_id": company.id, "store_ids": [(6, 0, stores.ids)], **{k: v for k, v in values.items() if v}}
    )
    truth.action_compute()
    rows = [_row(line) for line in truth.line_ids]
    data = {
        "from": str(truth.date_from), "to": str(truth.date_to), "orders": truth.order_count,
        "orders_not_readable": truth.broken_count, "rows": rows, "open": truth.open_count,
    }  # fmt: skip
    return Result(data, _text(data), status=BOOKS_DISAGREE if truth.open_count else 0)


def _row(line):
    currency = line.currency_id
    money = ("net", "charged", "booked")
    row = {name: f"{line[name]:.{currency.decimal_places}f}" if name in money else line[name] for name in _FIGURES}
    computed = f"{line.computed:.{currency.decimal_places}f}" if line.has_computed else None
    return row | {
        "tax": line.tax_id.name or "", "currency": currency.name, "computed": computed, "documents": line.count,
        "explanation": (line.explanation or "").splitlines(), "open": line.is_open,
    }  # fmt: skip


def _text(data):
    lines = [f"Tax from {data['from']} to {data['to']}, {data['orders']} orders"]
    for row in data["rows"]:
        lines.append(
            f"{'!' if row['open'] else ' '} {row['country_code'] or '?':2} {row['side']:6} {row['rate'] or '?':>8}  "
            f"store {row['charged']:>12}  Odoo {row['computed'] or '-':>12}  booked {row['booked']:>12} "
            f"{row['currency']}  {row['tax']}"
        )
        lines += [f"      {reason}" for reason in row["explanation"]]
    lines.append(f"{data['open']} to look at" if data["open"] else "Every difference is explained.")
    return "\n".join(lines)
