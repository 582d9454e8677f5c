"""``odoo ecommerce``: what the buttons do, for administrators and scripts."""

import argparse
import json
import sys
from contextlib import contextmanager

import psycopg2

import odoo
from odoo import api
from odoo.cli import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config

# Odoo loads this file as odoo.cli.ecommerce, where a relative import leads nowhere.
from odoo.addons.ecommerce_connector.command_line import actions  # pylint: disable=odoo-addons-relative-import
from odoo.addons.ecommerce_connector.core.errors import ConnectorError  # pylint: disable=odoo-addons-relative-import


class Ecommerce(Command):
    """Connect stores, import and post their orders, import payouts, keep the rules, and prove the books.

    Credentials are read from the environment, never from the command line, where other users of
    the machine could see them: ECOMMERCE_CLIENT_ID, ECOMMERCE_CLIENT_SECRET, ECOMMERCE_ACCESS_TOKEN.
    """

    name = "ecommerce"
    epilog = "Exit status: 0 done; 1 something is wrong (the message says what); 3 done, but the books do not agree."

    def run(self, cmdargs):
        """Parse the command line and run one action."""
        arguments = self._parser_of_actions().parse_args(cmdargs)
        # The output may be read by a program: Odoo's log goes to standard error, warnings only.
        config.parse_config(
            [*(["-c", arguments.config] if arguments.config else []), "-d", arguments.database, "--no-http",
             "--log-level", "warn", "--max-cron-threads", "0"], setup_logging=True,
        )  # fmt: skip
        try:
            with self._environment(arguments.database, keep=not arguments.dry_run) as env:
                result = arguments.action(env, arguments)
        except (ConnectorError, UserError) as error:
            self._tell({"error": str(error)}, arguments.json, str(error), stream=sys.stderr)
            sys.exit(1)
        except psycopg2.errors.SerializationFailure:
            problem = "Somebody else saved the same at the same time: nothing was done. Run the command again."
            self._tell({"error": problem}, arguments.json, problem, stream=sys.stderr)
            sys.exit(1)
        self._tell(result.data, arguments.json, result.text)
        if result.status:
            sys.exit(result.status)

    def _parser_of_actions(self):
        common = argparse.ArgumentParser(add_help=False)
        common.add_argument("-c", "--config", help="Odoo's configuration file")
        common.add_argument("-d", "--database", required=True)
        common.add_argument("--json", action="store_true", help="print JSON")
        common.add_argument("--dry-run", action="store_true", help="write nothing, print what would be done")
        self._add_actions(self.parser, actions.ACTIONS, common)
        return self.parser

    def _add_actions(self, parser, table, common):
        commands = parser.add_subparsers(required=True, metavar="ACTION")
        for name, (action, help_text, *add_arguments) in table.items():
            if isinstance(action, dict):
                self._add_actions(commands.add_parser(name, help=help_text, description=help_text), action, common)
                continue
            command = commands.add_parser(name, parents=[common], help=help_text, description=help_text)
            for add in add_arguments:
                add(command)
            command.set_defaults(action=action)

    @staticmethod
    @contextmanager
    def _environment(database, *, keep):
        """An environment of the superuser; a dry run is rolled back."""
        try:
            registry = Registry(database)
        except psycopg2.OperationalError as error:
            raise ConnectorError(f"The database {database} cannot be opened: {str(error).strip()}") from error
        if "ecommerce.store" not in registry:
            raise ConnectorError(
                f"ecommerce_connector is not installed in {database}.", hint="Install it with: -i ecommerce_connector"
            )
        with registry.cursor() as cr:
            env = api.Environment(cr, odoo.SUPERUSER_ID, {})
            yield env  # the cursor commits when it is left
            if not keep:
                cr.rollback()

    @staticmethod
    def _tell(data, as_json, text, stream=None):
        print(json.dumps(data, indent=2, default=str) if as_json else text, file=stream or sys.stdout)
