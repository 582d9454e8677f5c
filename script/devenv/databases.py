"""Odoo databases: one template with the chart of accounts, copied instead of installing again."""

import hashlib
import os
import re
import shutil

from . import commands, odoo_conf, python_env, sql
from .paths import ADDON, CHECKOUT, CONF, DATA
from .progress import SetupError, step

_TEMPLATE = "ec_template"
_TEMPLATE_MARK = "template of ecommerce_connector"
_CHART = "generic_coa"
# Names a database that has the addon in the state of the checkout.
WITH_ADDON = "EC_TEST_WITH_ADDON"
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,50}$")


class Databases:
    """The databases of one server, run by one Odoo source."""

    def __init__(self, source, server):
        self.source = source
        self.server = server
        self.template = _TEMPLATE
        if not server.is_private:
            # Another checkout may use the same server.
            self.template += "_" + hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]

    def exists(self, name):
        return bool(sql.scalar(self.server, "SELECT 1 FROM pg_database WHERE datname = %s", [name]))

    def is_ours(self, name):
        """Tell whether a database was made by this checkout: its files are here."""
        return _files(name).is_dir()

    def names(self, prefix):
        """Return the names of all databases that begin with ``prefix``."""
        found = sql.rows(self.server, "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [prefix])
        return [name for (name,) in found]

    def create_database(self, name, template=None):
        """Copy ``template`` with its files and return the path of the new configuration file."""
        _check_name(name)
        template = template or self.template
        if self.exists(name):
            raise SetupError(f"The database {name} exists already.")
        _copy_files(template, name)
        sql.rows(self.server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.configure(name)

    def drop_database(self, name):
        """Remove a database, its files and its configuration; absent ones are no error."""
        _check_name(name)
        sql.rows(self.server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(_files(name), ignore_errors=True)
        (CONF / f"{name}.conf").unlink(missing_ok=True)

    def install_addon(self, name, addon=ADDON):
        """Install ``addon`` (or several, comma-separated) in a database."""
        self._run_odoo(name, "-i", addon)
        for single in addon.split(","):
            if not self.is_installed(name, single):
                log = f"{odoo_conf.STATE}/log/odoo-{name}.log"
                raise SetupError(f"The addon {single} was not installed in {name}. See {log}")

    def update_addon(self, name, addon=ADDON):
        """Bring an installed addon in a database to the state of the checkout."""
        self._run_odoo(name, "-u", addon)

    def create_with_addon(self, name):
        """Make a database with the addon: a copy of the one that a run of tests installed it in, else a new one."""
        installed = os.environ.get(WITH_ADDON)
        self.create_database(name, installed)
        if not installed:
            self.install_addon(name)

    def run_code(self, name, code):
        """Run code in Odoo's shell on a database; it commits by itself."""
        command = self.odoo_command("shell", "-d", name, "--log-level=error")
        commands.run(command, f"odoo-{name}", self.environment(name), cwd=CHECKOUT, text=code)

    def is_installed(self, name, addon=ADDON):
        """Tell whether an addon is installed in a database."""
        state = sql.scalar(self.server, "SELECT state FROM ir_module_module WHERE name = %s", [addon], name)
        return state == "installed"

    def drop_abandoned(self, prefix):
        """Drop the databases ``<prefix><process>...`` whose process no longer runs."""
        if not self.server.is_private:
            # A process of another machine cannot be seen from here.
            return
        for name in self.names(prefix):
            number = name.removeprefix(prefix).split("_")[0]
            if number.isdecimal() and not commands.process_command_line(int(number)):
                self.drop_database(name)

    def configure(self, name, **options):
        """Write the configuration of a database and return its path."""
        return odoo_conf.write(self.source, self.server, name, **options)

    def environment(self, name=None):
        """Return the environment for processes that work on ``name``."""
        return odoo_conf.environment(self.server, CONF / f"{name}.conf" if name else odoo_conf.GENERAL)

    def odoo_command(self, *arguments):
        """Return a command line of Odoo."""
        return [python_env.python(), python_env.odoo_program(), *arguments]

    def ensure_template(self):
        """Make the template database once: accounting with a chart of accounts, without demonstration data."""
        mark = f"{_TEMPLATE_MARK}: {self.source.version} of {self.source.python_path}, checkout {CHECKOUT}"
        found = self._mark_of(self.template)
        if found == mark and _files(self.template).is_dir():
            return
        if found is not None and not found.startswith(_TEMPLATE_MARK) and not self.server.is_private:
            raise SetupError(
                f"The server has a database {self.template} that is not this project's: rename or drop it."
            )
        with step("Template database (Odoo accounting)") as done:
            self._build_template()
            self._mark(self.template, mark)
            done(f"{self.template} with chart of accounts {_CHART}")

    def _build_template(self):
        self.drop_database(self.template)
        sql.rows(
            self.server,
            # What Odoo itself asks for: the order of texts must not depend on the machine.
            f"CREATE DATABASE \"{self.template}\" ENCODING 'UTF8' LC_COLLATE 'C' TEMPLATE template0",
        )
        # Whoever is interrupted now finds it again as an unfinished one.
        self._mark(self.template, f"{_TEMPLATE_MARK}: unfinished")
        self.configure(self.template)
        self._run_odoo(self.template, "-i", "account")
        chart = sql.scalar(self.server, "SELECT chart_template FROM res_company WHERE id = 1", (), self.template)
        if chart != _CHART:
            raise SetupError(f"Odoo loaded the chart of accounts {chart!r} instead of {_CHART!r}.")

    def _mark(self, name, text):
        sql.rows(self.server, f'COMMENT ON DATABASE "{name}" IS %s', [text])

    def _mark_of(self, name):
        """Return the comment on a database, empty when it has none, ``None`` when there is no such database."""
        statement = "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE datname = %s"
        return sql.scalar(self.server, statement, [name])

    def _run_odoo(self, name, *arguments):
        options = ["-d", name, "--stop-after-init", "--max-cron-threads=0", "--no-http"]
        commands.run(self.odoo_command(*options, *arguments), f"odoo-{name}", self.environment(name), cwd=CHECKOUT)


def _check_name(name):
    if not _NAME.match(name):
        raise SetupError(f"{name!r} is no name for a database here: small letters, digits and _ only.")


def _files(name):
    return DATA / "filestore" / name


def _copy_files(template, name):
    """Copy attachments by hard links: they are named by their content and never changed."""
    shutil.rmtree(_files(name), ignore_errors=True)
    if _files(template).is_dir():
        shutil.copytree(_files(template), _files(name), copy_function=_link)


def _link(origin, copy):
    try:
        os.link(origin, copy)
    except OSError:
        shutil.copy2(origin, copy)
