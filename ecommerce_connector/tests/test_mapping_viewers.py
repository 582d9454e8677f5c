import base64

from lxml import etree

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import Form, new_test_user, tagged

from .mapping_document_common import DocumentCommon


@tagged("post_install", "-at_install")
class TestMappingForViewers(DocumentCommon):
    """A viewer sees what an import and a replacement would do, and does neither."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.other_viewer, cls.accountant = (
            new_test_user(
                cls.env, f"mapping-{name}", groups=f"ecommerce_connector.group_{group}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name, group in (("viewer", "viewer"), ("other", "viewer"), ("accountant", "accountant"))
        )  # fmt: skip

    def as_client(self, record, method, user=None):
        """A button, as the web client calls it."""
        return call_kw(record.browse().with_user(user or self.viewer), method, [record.ids], {})

    def state(self):
        return self.texts(self.company), self.env["ecommerce.mapping.change"].search_count([])

    def buttons(self, user, model, *views):
        views = [self.env.ref(f"ecommerce_connector.{name}").id for name in views]
        arches = [
            self.env[model].with_user(user).get_views([(view, "form")])["views"]["form"]["arch"] for view in views
        ]
        return {node.get("name") for arch in arches for node in etree.fromstring(arch).iter("button")} - {None}

    # === The mapping document === #

    def test_a_viewer_sees_what_an_import_would_do(self):
        self.rule()
        self.every_rule()
        content = self.file_of(
            *self.cells_of(self.edited(MUG={"account": self.fees.code})),
            {"kind": "product", "value": "NEW", "account": self.fees.code},
        )
        before = self.state()
        values = {"file": base64.b64encode(content), "file_name": "rules.csv", "reason": "Mine"}
        wizards = [self.env["ecommerce.mapping.import"].with_user(user).create(values)
                   for user in (self.viewer, self.accountant)]  # fmt: skip
        for wizard in wizards:
            wizard.action_check()
        seen, whole = ([(line.outcome, line.rule_name, line.what) for line in wizard.line_ids] for wizard in wizards)
        self.assertEqual(seen, whole, "no less than who may import it")
        self.assertEqual((wizards[0].change_count, wizards[0].refused_count), (2, 0))
        self.assertEqual(self.state(), before)
        self.as_client(wizards[0], "action_export_csv")
        self.as_client(wizards[0], "action_back")

    def test_a_viewer_imports_nothing(self):
        self.rule()
        before = self.state()
        for content in (self.edited(MUG={"account": self.fees.code}), self.export()):
            wizard = self.env["ecommerce.mapping.import"].with_user(self.viewer).create(
                {"file": base64.b64encode(content), "file_name": "rules.csv", "reason": "Mine"}
            )  # fmt: skip
            wizard.action_check()
            with self.assertRaises(AccessError):
                self.as_client(wizard, "action_apply")
        self.assertEqual(self.state(), before)
        views = "ecommerce_mapping_import_view_form", "ecommerce_mapping_import_view_form_review"
        self.assertEqual(
            self.buttons(self.accountant, "ecommerce.mapping.import", *views)
            - self.buttons(self.viewer, "ecommerce.mapping.import", *views),
            {"action_apply"},
        )

    # === Replaced accounts === #

    def replacement(self, user, day="2026-07-01"):
        sales = self.account("Store sales")
        form = Form(self.env["ecommerce.account.replacement"].with_user(user))
        form.date_from = day
        with form.line_ids.new() as line:
            line.old_account_id, line.new_account_id = sales, self.fees
        return form

    def test_a_viewer_sees_what_a_replacement_would_change(self):
        mug, ended = self.rule(), self.rule(pattern="OLD", date_to="2026-06-30")
        late = self.rule(pattern="LATE", date_from="2026-08-01")
        everything = self.rules.search(
            [("kind", "=", "product"), ("pattern", "=", "*"), ("company_id", "=", self.company.id)]
        )
        for user in (self.viewer, self.accountant):
            wizard = self.replacement(user).save()
            self.assertEqual(wizard.rule_ids, mug | late | everything)
            self.assertNotIn(ended, wizard.rule_ids)
            self.assertFalse(wizard.obstacles)
        self.sold("R1", sku="LATE", day="2026-08-02")
        mug._draft_version(date_from="2026-05-01")
        wizard = self.replacement(self.viewer).save()
        self.assertRegex(wizard.obstacles, "have a draft already: Product MUG")
        self.assertRegex(wizard.obstacles, "decided posted entries: Product LATE")

    def test_a_viewer_replaces_nothing(self):
        self.rule()
        before = self.state()
        wizard = self.replacement(self.viewer).save()
        with self.assertRaises(AccessError):
            self.as_client(wizard, "action_prepare")
        self.assertEqual(self.state(), before)
        view = "ecommerce_account_replacement_view_form"
        self.assertEqual(
            self.buttons(self.accountant, "ecommerce.account.replacement", view)
            - self.buttons(self.viewer, "ecommerce.account.replacement", view),
            {"action_prepare"},
        )
        self.as_client(self.replacement(self.accountant).save(), "action_prepare", self.accountant)
        self.assertNotEqual(self.state(), before)

    # === Their own === #

    def test_a_viewer_changes_nobody_elses_wizard(self):
        """Least of all one that an accountant is about to apply."""
        content = base64.b64encode(self.edited(everything={"account": self.fees.code}))
        document = self.env["ecommerce.mapping.import"].with_user(self.accountant).create({"file": content})
        document.action_check()
        replacement = self.replacement(self.accountant).save()
        for record in (document, document.line_ids, replacement, replacement.line_ids):
            self.assertTrue(record)
            for user in (self.viewer, self.other_viewer):
                theirs = record.with_user(user)
                theirs.check_access("read")
                for operation in ("write", "unlink"):
                    with self.subTest(model=record._name, operation=operation), self.assertRaises(AccessError):
                        theirs.check_access(operation)
        of_viewer = self.replacement(self.viewer).save()
        of_viewer.with_user(self.accountant).check_access("write")
        with self.assertRaises(AccessError):
            of_viewer.with_user(self.other_viewer).check_access("write")
