"""The actions of ``odoo ecommerce mapping``: the rules as a document, and what is wrong with them."""

from pathlib import Path

from ..core.errors import ConnectorError
from ..models.mapping.mapping_document import FORMATS, MappingDocument
from ..models.mapping.mapping_report import MappingReportData
from . import inputs, steps, whatif_action
from .result import Result
from .texts import counted


def _company_argument(parser):
    parser.add_argument("--company", metavar="NAME", help="default: the only one")


# === export === #


def _export_arguments(parser):
    parser.add_argument("--file", required=True, metavar="F.xlsx|F.csv", help="where the document is written")
    parser.add_argument("--store", metavar="NAME", help="only the store's own rules and those for all stores")
    _company_argument(parser)


def export_rules(env, arguments):
    """Write the mapping document; with --dry-run only count its rules."""
    store = inputs.store(env, arguments.store) if arguments.store else env["ecommerce.store"]
    company = store.company_id or inputs.company(env, arguments.company)
    file_format = Path(arguments.file).suffix.lower().lstrip(".")
    if file_format not in FORMATS:
        raise ConnectorError(f"{arguments.file}: the document is written as .xlsx or .csv.")
    document = MappingDocument(company, store)
    count = len(document.rows())
    if not arguments.dry_run:
        reports = MappingReportData(company).sheets() if file_format == "xlsx" else ()
        inputs.write_file(arguments.file, document.export(file_format, reports))
    data = {"company": company.name, "store": store.name or "", "rules": count, "file": arguments.file}
    return Result(data, f"{counted(count, 'rule')} of {company.name}: {arguments.file}")


# === import === #


def _import_arguments(parser):
    parser.add_argument("--file", required=True, metavar="F.xlsx|F.csv", help="the mapping document")
    parser.add_argument("--reason", metavar="WHY", help="for the change log; not needed with --dry-run")
    parser.add_argument("--from", dest="start", metavar="DATE", help="first day of new versions of used rules")
    _company_argument(parser)


def import_rules(env, arguments):
    """Import a mapping document, all of it or nothing; with --dry-run tell what would happen."""
    company = inputs.company(env, arguments.company)
    document, start = MappingDocument(company), inputs.day(arguments.start, "--from")
    plan, unread = document.plan(*inputs.read_file(arguments.file), start)
    data = {"company": company.name, "imported": False, **steps.data(plan, unread)}
    if data["errors"]:
        return Result(data, steps.errors_text(plan, unread, "nothing is imported"), status=1)
    # A dry run does it too and is rolled back: so it meets everything that an import would meet.
    document.apply(plan, arguments.reason or ("dry run" if arguments.dry_run else ""))
    data["imported"] = not arguments.dry_run
    return Result(data, "\n".join([*steps.shown(data["steps"]), steps.counts_text(data["counts"])]))


# === check === #


def check_rules(env, arguments):
    """Tell what is wrong with the rules, or soon will be; exit status 1 if something is."""
    company = inputs.company(env, arguments.company)
    findings = MappingReportData(company).findings()
    rows = [
        {"level": item.level.value, "code": item.code, "rule": item.rule, "message": item.message, "hint": item.hint}
        for item in findings
    ]
    wrong = sum(row["level"] == "error" for row in rows)
    text = "\n".join(f"{row['level']:<8} {row['message']} {row['hint']}" for row in rows)
    return Result({"company": company.name, "errors": wrong, "findings": rows}, text or "Nothing to tell.",
                  status=1 if wrong else 0)  # fmt: skip


#: Name -> (function, help, function that adds its arguments).
MAPPING_ACTIONS = {
    "export": (export_rules, "write the rules as a document", _export_arguments),
    "import": (import_rules, "import a document of rules", _import_arguments),
    "check": (check_rules, "tell what is wrong with the rules", _company_argument),
    "whatif": (whatif_action.what_if, "tell what drafts or a document would change", whatif_action.add_arguments),
}
