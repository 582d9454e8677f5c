"""``odoo ecommerce mapping whatif``: what drafts, or a mapping document, would change in what is booked."""

from ..core.errors import ConnectorError
from ..models.mapping.mapping_document import MappingDocument
from ..models.mapping.whatif_proposals import DocumentProposal
from ..models.mapping.whatif_run import WhatIfRun
from . import inputs, steps
from .result import Result
from .texts import counted

#: Field of a figure -> name in the output.
_FIGURES = {
    "amount_now": "now", "amount_then": "then", "difference": "difference", "moved": "moved", "reposted": "reposted",
    "locked": "locked", "by_hand": "by_hand", "pending": "pending",
}  # fmt: skip
_COUNTS = ("order_count", "changed_count", "bookable_count", "blocked_count", "locked_count")


def add_arguments(parser):
    """Arguments of the action."""
    parser.add_argument("--store", metavar="NAME", help="default: all stores of the company")
    parser.add_argument("--company", metavar="NAME", help="default: the store's, or the only one")
    parser.add_argument("--from", dest="date_from", metavar="DATE", help="first day (YYYY-MM-DD); default: 90 days ago")
    parser.add_argument("--to", dest="date_to", metavar="DATE", help="last day (YYYY-MM-DD); default: today")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--drafts", metavar="IDS", help="numbers of draft rules, separated by commas; default: all")
    what.add_argument(
        "--file", metavar="F.xlsx|F.csv", help="a mapping document: what importing it would change; nothing is imported"
    )
    parser.add_argument(
        "--versions-from", dest="start", metavar="DATE", help="with --file: first day of new versions of used rules"
    )
    parser.add_argument(
        "--whole-period", action="store_true",
        help="as if drafts, or new rules of the document, had always held, whatever their first day is",
    )  # fmt: skip


def what_if(env, arguments):
    """Plan a period's orders by the rules in force and by others; nothing is booked."""
    if arguments.start and not arguments.file:
        raise ConnectorError("--versions-from dates the versions of a document: name its --file.")
    store = inputs.store(env, arguments.store) if arguments.store else env["ecommerce.store"]
    company = store.company_id or inputs.company(env, arguments.company)
    values = {
        "company_id": company.id, "basis": "whole" if arguments.whole_period else "own",
        "store_ids": [(6, 0, (store or store.search([("company_id", "=", company.id)])).ids)],
        "date_from": inputs.day(arguments.date_from, "--from"), "date_to": inputs.day(arguments.date_to, "--to"),
    }  # fmt: skip
    values = {name: value for name, value in values.items() if value}
    start = inputs.day(arguments.start, "--versions-from")
    if arguments.file:
        return _of_document(MappingDocument(company), inputs.read_file(arguments.file), start, values)
    drafts = _drafts(env, company, arguments.drafts)
    whatif = env["ecommerce.mapping.whatif"].create(values | {"draft_ids": [(6, 0, drafts.ids)]})
    whatif.action_compute()
    data = _data(whatif)
    return Result(data, _text(data))


def _of_document(document, file, start, values):
    """Look at a mapping document; everything that is written to do so is taken back."""
    name, content = file
    plan, unread = document.plan(name, content, start)
    data = {"company": document.company.name, "file": name, **steps.data(plan, unread)}
    if data["errors"]:
        return Result(data, steps.errors_text(plan, unread, "nothing is looked at"), status=1)
    with document.env.cr.savepoint() as undone:
        whatif = document.env["ecommerce.mapping.whatif"].with_company(document.company).create(values)
        if not whatif.store_ids:
            raise ConnectorError(f"{document.company.name} has no store whose orders could be looked at.")
        proposal = DocumentProposal(document, plan, whatif.store_ids, whatif._always_from())
        whatif._show(WhatIfRun(whatif.store_ids, proposal, whatif.date_from, whatif.date_to))
        data |= _data(whatif)
        undone.rollback()
    return Result(data, "\n".join([*steps.shown(data["steps"]), steps.counts_text(data["counts"]), "", _text(data)]))


def _drafts(env, company, numbers):
    drafts = env["ecommerce.mapping.rule"].search([("company_id", "=", company.id), ("is_draft", "=", True)])
    if not numbers:
        return drafts
    wanted = {number.strip() for number in numbers.split(",")}
    if unknown := wanted - {str(draft.id) for draft in drafts}:
        known = ", ".join(str(draft.id) for draft in drafts) or "none"
        raise ConnectorError(f"There is no draft {', '.join(sorted(unknown))} of {company.name}. There are: {known}.")
    return drafts.filtered(lambda draft: str(draft.id) in wanted)


def _data(whatif):
    return {
        "company": whatif.company_id.name, "stores": whatif.store_ids.mapped("name"),
        "from": str(whatif.date_from), "to": str(whatif.date_to),
        "drafts": [
            {"id": draft.id, "rule": draft.display_name, "booked_to": draft.target, "from": str(draft.date_from or ""),
             "to": str(draft.date_to or "")}
            for draft in whatif.draft_ids
        ],
        **{name.replace("_count", "_orders") if name != "order_count" else "orders": whatif[name] for name in _COUNTS},
        "moved": whatif.moved_summary or "", "in_closed_periods": whatif.locked_summary or "",
        "not_corrected": whatif.by_hand_summary or "", "notes": (whatif.notes or "").splitlines(),
        "left_out": (whatif.stale_summary or "").splitlines(),
        "blocking": (whatif.blocking or "").splitlines(),
        "figures": [_figure(line) for line in whatif.line_ids],
    }  # fmt: skip


def _figure(line):
    places = line.currency_id.decimal_places
    amounts = {name: f"{line[field]:.{places}f}" for field, name in _FIGURES.items()}
    return {
        "what": line.dimension, "name": line.name, "currency": line.currency_id.name, **amounts,
        "orders": line.order_count,
    }  # fmt: skip


def _becoming(count):
    return f"{count} {'becomes' if count == 1 else 'become'}"


def _text(data):
    counts = (
        f"{counted(data['orders'], 'order')}, {data['changed_orders']} booked elsewhere, "
        f"{_becoming(data['bookable_orders'])} bookable, {_becoming(data['blocked_orders'])} blocked, "
        f"{data['locked_orders']} in closed periods"
    )
    left_out = [f"Left out: {draft}" for draft in data["left_out"]]
    lines = [counts, *left_out, *data["notes"], *data["blocking"]]
    if data["figures"]:
        columns = ("now", "then", "difference", "re-posting", "closed")
        lines += ["", f"{'what':<9} {'':<40} {'':<3} " + " ".join(f"{column:>14}" for column in columns)]
    for row in data["figures"]:
        amounts = (row[name] for name in ("now", "then", "difference", "reposted", "locked"))
        lines.append(
            f"{row['what']:<9} {row['name']:<40.40} {row['currency']:<3} "
            + " ".join(f"{amount:>14}" for amount in amounts)
        )
    return "\n".join(lines)
