"""The actions of ``odoo ecommerce``; each does what a button does, through the same methods."""

from collections.abc import Iterable

from odoo.exceptions import UserError

from ..core.errors import ConnectorError
from ..models.proof.store_proof import StoreProof
from ..platforms.base import RawRecord
from ..platforms.file import read_records
from . import inputs, tax_action, texts
from .mapping_actions import MAPPING_ACTIONS
from .result import BOOKS_DISAGREE, Result

# === connect === #


def _connect_arguments(parser):
    parser.add_argument("--store", required=True, metavar="NAME", help="the store; made if there is none of this name")
    parser.add_argument("--platform", help="vendure, woocommerce, file …")
    parser.add_argument("--url", help="the shop's address")
    parser.add_argument("--timezone", help="IANA time zone, e.g. Europe/Paris")
    parser.add_argument("--company", help="name of the company; default: the only one")
    parser.add_argument("--accounting", action="store_true", help="create missing accounts, journals and rules")


def connect(env, arguments):
    """Create or change a store, check its connection, optionally make its accounts and rules."""
    company = inputs.company(env, arguments.company)
    values = {
        name: value
        for name, value in (
            ("platform", arguments.platform), ("base_url", arguments.url), ("timezone", arguments.timezone)
        )
        if value
    } | inputs.credentials()  # fmt: skip
    store = env["ecommerce.store"].search([("name", "=", arguments.store), ("company_id", "=", company.id)])
    if store:
        store.write(values)
    elif "platform" not in values:
        raise ConnectorError(f"There is no store {arguments.store!r} yet.", hint="Name its --platform to make one.")
    else:
        store = store.create({"name": arguments.store, "company_id": company.id, **values})
    message = f"{store.name} is read from files: it has no connection."
    if store.has_connection:
        store.action_check_connection()
        message = store.state_message
        if store.state != "connected":
            raise ConnectorError(message)
    if arguments.accounting:
        store.action_create_accounting()
    return Result({"store": store.name, "message": message}, message)


# === import === #


def _import_arguments(parser):
    parser.add_argument("--store", required=True, metavar="NAME")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--first", type=int, metavar="N", help="only the first N orders")
    what.add_argument("--since", metavar="DATE", help="only what changed since this day (YYYY-MM-DD)")
    what.add_argument("--file", metavar="F.jsonl", help="orders from a file in the project's JSON format")


def import_orders(env, arguments):
    """Fetch orders and post what is complete; with --dry-run show the plans only."""
    store = inputs.store(env, arguments.store)
    if not store.has_connection and not arguments.file:
        raise ConnectorError(f"{store.name} is read from files: there is nothing to fetch.", hint="Name a --file.")
    if arguments.dry_run:
        plans = store._preview(list(_records(store, arguments)))
        return Result({"orders": [texts.plan_data(*pair) for pair in plans]}, texts.plans(plans))
    if arguments.first or arguments.since or arguments.file:
        runs = store._accept(_records(store, arguments))
    else:
        store._require_set_up()
        runs = store._sync(post=True)
    data = {"runs": [texts.run_data(run) for run in runs]}
    if failed := runs.filtered(lambda run: run.state == "failed"):
        raise ConnectorError("\n".join(failed.mapped("error")))
    return Result(data, "\n".join(texts.run_text(run) for run in runs))


def _records(store, arguments) -> Iterable[RawRecord]:
    if arguments.file:
        name, content = inputs.read_file(arguments.file)
        for _record in read_records(name, content):
            pass  # a bad row is found before the first order is posted
        return read_records(name, content)
    return store._fetch_records(cursor=inputs.cursor_since(store, arguments.since), limit=arguments.first)


# === payout === #


def _payout_arguments(parser):
    parser.add_argument("--account", metavar="NAME", help="the processor account; default: the only one")
    parser.add_argument("--file", required=True, metavar="REPORT", help="the processor's payout report")
    parser.add_argument("--store", metavar="NAME", help="whose own rules apply")
    parser.add_argument(
        "--post",
        action="store_true",
        help="post the payouts that are complete; those that lack a rule, as soon as it is there",
    )
    parser.add_argument("--bank", action="store_true", help="and match them with their bank lines")


def import_payout(env, arguments):
    """Read a payout report, match it, and optionally post it and match it with the bank."""
    account = inputs.processor_account(env, arguments.account)
    store = inputs.store(env, arguments.store) if arguments.store else env["ecommerce.store"]
    before = account.clearing_balance
    payouts, notices = account._import_report(*inputs.read_file(arguments.file), store)
    problems = []
    for payout in payouts if arguments.post or arguments.bank else ():
        problems += _post_payout(payout, arguments.bank)
    account.invalidate_recordset(["clearing_balance", "in_transit_balance"])
    data = {
        "account": account.name, "clearing_before": before, "clearing_after": account.clearing_balance,
        "payouts": [texts.payout_data(payout) for payout in payouts], "notices": notices, "problems": problems,
    }  # fmt: skip
    return Result(data, texts.payouts(data), status=1 if problems else 0)


def _post_payout(payout, with_bank):
    try:
        payout.action_post()
        if with_bank and isinstance(payout.action_match_bank(), dict):
            return [f"Payout {payout.external_id}: no single bank line is certainly its arrival."]
    except UserError as error:
        payout._post_later()
        return [str(error)]
    return []


# === proof === #


def _proof_arguments(parser):
    parser.add_argument("--store", metavar="NAME", help="default: all stores")


def proof(env, arguments):
    """Compare store and ledger to the cent; exit status 3 if they do not agree."""
    stores = inputs.store(env, arguments.store) if arguments.store else env["ecommerce.store"].search([])
    reports = [StoreProof(store).report() for store in stores]
    holds = all(report["holds"] for report in reports)
    return Result({"stores": reports, "holds": holds}, texts.proofs(reports), status=0 if holds else BOOKS_DISAGREE)


#: Name -> (function, help, function that adds its arguments), or (a table like this one, help).
ACTIONS = {
    "connect": (connect, "connect a store and check it", _connect_arguments),
    "import": (import_orders, "import and post a store's orders", _import_arguments),
    "payout": (import_payout, "import, match and post a payout report", _payout_arguments),
    "mapping": (MAPPING_ACTIONS, "export, import and check the mapping rules"),
    "taxes": (tax_action.taxes, "compare the store's tax with Odoo's and with the books", tax_action.add_arguments),
    "proof": (proof, "prove the books against the store", _proof_arguments),
}
