"""The databases of one run of the tests: the addon is installed once, and what needs a database has a copy."""

import os
import threading

from . import environment
from .databases import WITH_ADDON
from .paths import ADDON
from .progress import SetupError, step

_PREFIX = "ec_test_"


class TestDatabases:
    """Made when a job first asks for them; those that ask meanwhile wait."""

    def __init__(self, with_browser):
        # The number tells later runs whether this one still needs them.
        self.prefix = f"{_PREFIX}{os.getpid()}_"
        self._with_addon = f"{self.prefix}installed"
        self._with_browser = with_browser
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
        self._made().create_database(name, self._with_addon)
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
