"""The databases of one run of the tests: the addon is installed once, and what needs a database has a copy."""

import os
import threading

from . import environment
from .databases import WITH_ADDON
from .paths import ADDON
from .progress import SetupError, step

_PREFIX = "ec_test_"
# Tests that find this company need not load a chart of accounts for each class; see ConnectorCommon.
COMPANY = "Prepared for tests"
_PREPARATION = f"""
company = env["res.company"].create({{"name": "{COMPANY}"}})
env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
company.account_fiscal_country_id = company.account_fiscal_country_id or env.ref("base.us")
# A test's transaction is rolled back with the files of the web client that its browser had to wait for.
for bundle in ("web.assets_web", "web.assets_tests"):
    env["ir.qweb"]._get_asset_bundle(bundle, css=True, js=False).css()
    env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True).js()
env.cr.commit()
"""


class TestDatabases:
    """Made when a job first asks for them; those that ask meanwhile wait."""

    def __init__(self, with_browser, many=False):
        """:param many: so many tests will run on copies that it is worth while to prepare more"""
        # The number tells later runs whether this one still needs them.
        self.prefix = f"{_PREFIX}{os.getpid()}_"
        self._with_addon = f"{self.prefix}installed"
        self._with_browser = with_browser
        self._prepared = f"{self.prefix}prepared" if many else self._with_addon
        self._making = threading.Lock()
        self._databases = None
        self._outcome = None

    def environment(self, job):
        """Return the variables for tests that make databases of their own."""
        variables = self._made().environment()
        return {**variables, "EC_TEST_DATABASE_PREFIX": f"{self.prefix}{job}_", WITH_ADDON: self._with_addon}

    def copy(self, job):
        """Return the name of a database with the addon, and the variables for tests that work on it."""
        name = f"{self.prefix}{job}"
        self._made().create_database(name, self._prepared)
        return name, self._databases.environment(name)

    def drop(self):
        """Remove all of them, also those the tests made and left."""
        if self._databases:
            for name in self._databases.names(self.prefix):
                self._databases.drop_database(name)

    def _made(self):
        with self._making:
            if not self._outcome:
                self._outcome = "failed"
                self._make()
                self._outcome = "made"
        if self._outcome == "failed":
            raise SetupError("the environment could not be prepared, see above")
        return self._databases

    def _make(self):
        self._databases = environment.prepare(with_browser=self._with_browser)
        self._databases.drop_abandoned(_PREFIX)
        self._databases.create_database(self._with_addon)
        with step(f"Installing {ADDON} in a fresh database"):
            self._databases.install_addon(self._with_addon)
        if self._prepared != self._with_addon:
            self._databases.create_database(self._prepared, self._with_addon)
            with step("Preparing a company and the web client for the tests"):
                self._databases.run_code(self._prepared, _PREPARATION)
