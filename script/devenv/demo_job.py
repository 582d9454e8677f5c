"""The demo's main job: import, post, pay out and prove, by the commands that a person would type."""

import json
import subprocess
import sys
from datetime import date

from . import demo_table, demo_tea_orders
from .paths import CHECKOUT, STATE, ensure_folder
from .progress import SetupError, say, step

STORE = "Vendure"
TEA_SHOP = "Tea shop"
_FOLDER = STATE / "demo"


def run_main_job(databases, name, store):
    """Import, post and reconcile the orders of ``store`` in the database ``name``, and tell what was done.

    :param Databases databases: runs Odoo's command line: ``odoo_command(...)``, ``environment(name)``
    :param str name: the demo's database, with the addon installed
    :param Store store: the running store: ``url``, ``api_key``, ``orders``
    """
    job = _Job(databases, name, store)
    with step("Company, store connection, accounts, rules and bank statement"):
        job.prepare()
    with step("Import and post the store's orders") as done:
        first = job.import_orders()
        done(first)
    payouts = []
    for currency, path in job.reports.items():
        with step(f"Payout {currency}: match, post, reconcile with the bank") as done:
            payouts.append(job.payout(currency, path))
            done(payouts[-1]["summary"])
    with step("Import again") as done:
        done(job.import_orders())
    with step("Proof: store against ledger"):
        proof = job.ecommerce("proof", "--store", STORE)["stores"][0]
    say(demo_table.render(proof, payouts))
    if not proof["holds"]:
        raise SetupError("The books do not agree with the store; see the table above.")
    with step("A second store, from files: a month with summaries, costs and its end") as done:
        done(job.tea_shop())


class _Job:
    """The steps, each a command line of Odoo."""

    def __init__(self, databases, name, store):
        self.databases = databases
        self.name = name
        self.store = store
        self.reports = {}

    def prepare(self):
        """Write the processor's reports, set the company up, connect the store."""
        report = _processor_report()
        orders = self.store.full_orders()
        lines = []
        for currency in ("EUR", "USD"):
            rows = report.payout_rows(orders, currency)
            if rows:
                self.reports[currency] = ensure_folder(_FOLDER) / f"payout_{currency}.csv"
                report.write_csv(self.reports[currency], rows)
                lines.append({**report.bank_line(rows), "currency": currency})
        facts = {"store": STORE, "url": self.store.url, "api_key": self.store.api_key, "bank_lines": lines}
        self._shell("demo_company.py", facts)

    def tea_shop(self):
        """Write the shop's files and make its month; tell the counts. A month that is there already stays."""
        month = demo_tea_orders.Month(date.today())
        folder = ensure_folder(_FOLDER / "tea-shop")
        for name, text in demo_tea_orders.files(month).items():
            (folder / name).write_text(text)
        facts = {
            "store": TEA_SHOP, "folder": str(folder), "goods": demo_tea_orders.GOODS,
            "gateway": demo_tea_orders.GATEWAY, "count": demo_tea_orders.COUNT, "payouts": demo_tea_orders.PAYOUTS,
            "files": [demo_tea_orders.FIRST, demo_tea_orders.LATER, demo_tea_orders.AFTER_LOCK],
            "first_day": month.day(1), "last_day": month.last, "arrivals": [month.day(17), month.after],
            "summaries_from": month.day(demo_tea_orders.SUMMARIES_FROM),
        }  # fmt: skip
        made = json.loads(self._shell("demo_tea_shop.py", facts).splitlines()[-1])
        return ", ".join(f"{count} {name}" for name, count in made.items())

    def import_orders(self):
        """Import and post; tell the counts."""
        (orders, *_others) = self.ecommerce("import", "--store", STORE)["runs"]
        counts = [
            f"{orders[key]} {key}"
            for key in ("fetched", "new", "posted", "waiting", "blocked", "failed")
            if orders[key]
        ]
        return ", ".join(counts)

    def payout(self, currency, path):
        """Match, post and reconcile one payout."""
        account = f"Card payments {currency}"
        result = self.ecommerce(
            "payout", "--account", account, "--store", STORE, "--file", str(path), "--post", "--bank"
        )
        (before, after) = (result["clearing_before"], result["clearing_after"])
        known = "" if result["payouts"] else "already booked, "
        summary = f"{known}clearing {before} → {after}"
        return {**result, "currency": currency, "summary": summary}

    def ecommerce(self, action, *arguments):
        """Run ``odoo ecommerce`` and return what it printed as JSON."""
        output = self._odoo("ecommerce", action, "-d", self.name, "--json", *arguments)
        return json.loads(output)

    def _shell(self, script, facts):
        """Run a script of this folder in Odoo's shell, and return what it prints."""
        file = _FOLDER / f"{script}.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(facts, default=str))
        text = (CHECKOUT / "script" / "devenv" / script).read_text()
        return self._odoo("shell", "-d", self.name, "--log-level", "error", stdin=text, DEMO_FACTS=str(file))

    def _odoo(self, *arguments, stdin="", **variables):
        done = subprocess.run(
            [str(part) for part in self.databases.odoo_command(*arguments)], input=stdin, text=True,
            capture_output=True, env={**self.databases.environment(self.name), **variables}, check=False,
        )  # fmt: skip
        # 3: done, but the books disagree; the table shows where.
        if done.returncode not in (0, 3):
            raise SetupError(f"odoo {' '.join(arguments[:2])} failed:\n{_complaint(done)}")
        return done.stdout


def _complaint(done):
    """What a failed command says: its problems if it printed them as JSON, else the end of its errors."""
    for output in (done.stdout, done.stderr):
        try:
            said = json.loads(output)
        except ValueError:
            continue
        return "\n".join([*said.get("problems", ()), said.get("error", "")]).strip()
    return done.stderr.strip()[-3000:]


def _processor_report():
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    from tests.live.vendure import processor_report

    return processor_report
