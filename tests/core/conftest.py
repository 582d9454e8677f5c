"""Make the pure packages importable without Odoo."""

import sys
import types
from pathlib import Path

ADDON = Path(__file__).parents[2] / "ecommerce_connector"

# Importing the addon would execute its models, which need Odoo: a bare package with its path stands in.
package = types.ModuleType(ADDON.name)
package.__path__ = [str(ADDON)]
sys.modules.setdefault(ADDON.name, package)
