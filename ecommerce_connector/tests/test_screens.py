import re

from lxml import etree

from odoo.tests import new_test_user, tagged

from .common import ConnectorCommon

VIEWS = ("list", "kanban", "form", "search")
#: Buttons of viewers: they open or show something, and change nothing.
HARMLESS = re.compile("action_(view_.*|export_.*|open_record|open_order|what_if|check|back|compute.*)|[0-9]+")


@tagged("post_install", "-at_install")
class TestScreens(ConnectorCommon):
    """Everybody gets the screens and buttons of his group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(
                cls.env, login=f"screens_{name}", groups=f"ecommerce_connector.group_{name}",
                company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("viewer", "accountant", "administrator")
        }  # fmt: skip

    def menus(self, user):
        """The app's menu items with an action that a user sees."""
        root = self.env.ref("ecommerce_connector.ecommerce_menu")
        seen = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        return self.env["ir.ui.menu"].search([("id", "child_of", root.id), ("id", "in", list(seen))])

    def arches(self, user, model):
        found = self.env[model].with_user(user).get_views([(False, kind) for kind in VIEWS])["views"]
        return [etree.fromstring(view["arch"]) for view in found.values()]

    def buttons(self, user, model):
        """Names of the methods and actions a user's views of a model can call."""
        nodes = [node for arch in self.arches(user, model) for node in arch.iter("button", "a")]
        return {node.get("name") for node in nodes if node.get("type") in ("object", "action")}

    def models(self, user):
        actions = [menu.action for menu in self.menus(user) if menu.action]
        return {action.res_model for action in actions if action._name == "ir.actions.act_window"}

    def test_menus_of_each_group(self):
        names = {name: set(self.menus(user).mapped("name")) for name, user in self.users.items()}
        self.assertLessEqual({"Orders", "Payouts", "Exceptions", "Mapping Rules", "Stores"}, names["viewer"])
        own = {
            "Import…", "Import report…", "Bring in Balances…", "Revaluation…", "Compute Proposals…", "Count Stock…",
        }  # fmt: skip
        self.assertEqual(names["accountant"] - names["viewer"], own)
        self.assertEqual(names["administrator"], names["accountant"])

    def test_views_load_for_everybody(self):
        for user in self.users.values():
            for model in self.models(user):
                with self.subTest(user=user.login, model=model):
                    self.assertTrue(self.arches(user, model))

    def test_viewers_see_no_button_that_changes_something(self):
        for model in self.models(self.users["viewer"]):
            for name in self.buttons(self.users["viewer"], model):
                with self.subTest(model=model, button=name):
                    self.assertTrue(HARMLESS.fullmatch(name), name)

    def test_connecting_is_the_administrators(self):
        for name, expected in (("accountant", False), ("administrator", True)):
            user = self.users[name]
            self.assertIs("action_check_connection" in self.buttons(user, "ecommerce.store"), expected)
            arches = self.arches(user, "ecommerce.store")
            secret = [node for arch in arches for node in arch.iter("field") if node.get("name") == "client_secret"]
            self.assertIs(bool(secret), expected)

    def test_internal_words_are_for_developers(self):
        """Codes and keys of exceptions are no words of accountants."""
        internal = {"code", "key", "group_code", "group_key"}
        views = self.env["ir.ui.view"].search([("model", "=", "ecommerce.exception"), ("inherit_id", "=", False)])
        nodes = [
            node
            for view in views
            for node in etree.fromstring(view.arch).iter("field", "filter")
            if node.get("name") in internal
        ]
        self.assertEqual({node.get("name") for node in nodes}, internal)
        self.assertEqual({node.get("groups") for node in nodes}, {"base.group_no_one"})

    def test_one_word_for_where_a_record_stands(self):
        for name, model in self.env.registry.items():
            if name.startswith("ecommerce."):
                labels = {field: found["string"] for field, found in self.env[name].fields_get().items()}
                self.assertNotIn("State", {label for field, label in labels.items() if field != "state_id"}, model)

    def test_credentials_asked_for(self):
        store = self.env["ecommerce.store"]
        labels = {
            platform: store.new({"platform": platform}).mapped(
                lambda it: (it.client_id_label, it.client_secret_label, it.access_token_label, it.has_connection)
            )[0]
            for platform in ("file", "vendure", "woocommerce")
        }
        self.assertEqual(labels["file"], (False, False, False, False))
        self.assertEqual(labels["woocommerce"], ("Consumer key", "Consumer secret", False, True))
        self.assertEqual(labels["vendure"], ("Channel token", False, "API key", True))

    def test_scheduled_action_runs_while_a_store_is_fetched(self):
        cron = self.env.ref("ecommerce_connector.ir_cron_sync")
        self.assertFalse(cron.active)
        store = self.store.copy({"name": "Shop", "platform": "woocommerce", "base_url": "https://shop.example.com"})
        store.with_user(self.users["accountant"]).auto_sync = True
        self.assertFalse(cron.active, "not before the connection was checked")
        store.state = "connected"
        self.assertTrue(cron.active)
        store.state = "error"
        self.assertTrue(cron.active, "it may answer again")
        store.active = False
        self.assertFalse(cron.active)
