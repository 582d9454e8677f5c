import re
from pathlib import Path

from lxml import etree

from odoo.tests import tagged

from .common import ConnectorCommon

ROOT = Path(__file__).parents[2]
GUIDES = ("docs/mapping.md", "README.md")
#: Set in italics, but no name of the screens: methods of discounts, and Odoo's own menus and apps.
OTHERS = {"net", "gross", "Actions", "Invoicing", "E-commerce Connector"}
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_ITALIC = re.compile(r"(?<![*\w])\*([^*\s][^*]*?)\*(?![*\w])")


@tagged("post_install", "-at_install")
class TestGuide(ConnectorCommon):
    """What the guide calls a menu, button, tab or field is called so on the screen."""

    def ours(self, model):
        """Records of a model that the addon brings."""
        mine = self.env["ir.model.data"].search([("model", "=", model), ("module", "=", "ecommerce_connector")])
        return self.env[model].browse(mine.mapped("res_id"))

    def names(self):
        """All that can be read on the connector's screens, in English."""
        found = set()
        for model in ("ir.ui.menu", "res.groups.privilege", "ir.actions.act_window",
                      "ir.actions.server", "ir.cron"):  # fmt: skip
            found |= set(self.ours(model).mapped("name"))
        for name in self.env.registry:
            if name.startswith("ecommerce."):
                for field in self.env[name].fields_get(attributes=["string", "selection"]).values():
                    found |= {field["string"], *(label for _value, label in field.get("selection", ()))}
        for view in self.ours("ir.ui.view"):
            for node in etree.fromstring(view.arch).iter(etree.Element):
                found |= {node.get("string"), node.get("title"), " ".join((node.text or "").split())}
        return found

    def test_names(self):
        known, wrong = self.names() | OTHERS, []
        for guide in GUIDES:
            text = _CODE.sub("", (ROOT / guide).read_text())
            said = [" ".join(name.split()) for name in _ITALIC.findall(text)]
            self.assertTrue(said, guide)
            wrong += [(guide, name) for name in said for part in name.split(" › ") if part not in known]
        self.assertEqual(wrong, [])
