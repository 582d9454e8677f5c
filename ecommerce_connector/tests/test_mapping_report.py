from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..models.mapping.mapping_report import MappingReportData
from ..models.mapping.mapping_sheets import read_workbook
from .common import D
from .mapping_document_common import DocumentCommon

SHEETS = ["Coverage", "Findings", "Idle rules", "Overlaps", "Without rule", "Shared accounts"]


@tagged("post_install", "-at_install")
class TestMappingReport(DocumentCommon):
    """What the rules covered, from posted entries and open exceptions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()

    def data(self):
        return MappingReportData(self.company)

    def coverage(self):
        return {
            item.kind: (item.documents, item.lacking, str(item.documents_covered), str(item.amount_covered))
            for item in self.data().report().coverage
        }

    def test_coverage_unused_and_suspense(self):
        day = str(self.today)
        mug = self.rule()
        self.sold("R1", day=day)
        everything = self.rules.search(
            [("kind", "=", "product"), ("pattern", "=", "*"), ("store_id", "=", self.store.id)]
        )
        self.assertEqual(self.coverage()["product"], (1, 0, "100.0", "100.0"))
        found = self.data().report()
        self.assertIn(everything.id, [item.rule.rule.id for item in found.never_won])
        self.assertIn("shipping", [item.rule.kind for item in found.unused])
        everything.write({"active": False, "change_reason": "Only what is known"})
        self.sold("R2", sku="UNKNOWN", net="300.00", tax="60.00", day=day)
        self.assertEqual(self.coverage()["product"], (2, 1, "50.0", "25.0"))
        self.assertEqual(self.coverage()["gateway"], (2, 0, "100.0", "100.0"))
        (row,) = self.data().keys_without_rule()
        self.assertEqual((row["kind"], row["value"], row["documents"]), ("product", "UNKNOWN", 1))
        self.assertEqual((row["suspense"], row["open"], str(row["amount"])), (True, True, "300.00"))
        self.assertNotIn(mug.id, [item.rule.id for item in found.unused])

    def test_a_corrected_amount_counts_once(self):
        day = str(self.today)
        self.rules.search([("kind", "=", "product"), ("store_id", "=", self.store.id)]).write(
            {"active": False, "change_reason": "Each product is to be decided"}
        )
        self.sold("R1", day=day)
        self.assertEqual(self.coverage()["product"], (1, 1, "0.0", "0.0"))
        rule = self.rules.create(
            {
                "kind": "product",
                "store_id": self.store.id,
                "account_id": self.account("Store sales").id,
                "change_reason": "All of it",
            }
        )
        rule.action_save_and_release()
        self.assertEqual(self.balance("Store sales"), D("-100.00"))
        again = self.data()._items([])
        self.assertEqual(again[rule.id][1], 0.0)  # it was booked by none, and moved by this one

    def test_a_rule_of_a_tax_without_amount_has_won(self):
        lines = [self.line("MUG", "100.00", "0.00", "0")]
        self.accept(
            self.order("Z1", lines, "100.00", [self.payment("z", "100.00", at=f"{self.today}T08:00:00Z")],
                       placed_at=f"{self.today}T08:00:00Z")
        )  # fmt: skip
        zero = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "0"), ("store_id", "=", self.store.id)])
        found = self.data().report()
        self.assertNotIn(zero.id, [item.rule.rule.id for item in found.never_won])
        self.assertNotIn(zero.id, [item.rule.id for item in found.unused])
        self.assertEqual(self.coverage()["tax"][:2], (1, 0))

    def test_old_entries_do_not_count(self):
        self.rule()
        self.sold("R1", day=str(fields.Date.subtract(self.today, days=90)))
        found = self.data().report()
        self.assertFalse(found.coverage)
        self.assertIn("Product MUG (Test shop)", [item.name for item in found.unused])

    def test_another_company_is_not_looked_at(self):
        self.sold("R1", day=str(self.today))
        other = self.setup_other_company(name="Second company")["company"]
        data = MappingReportData(other)
        self.assertEqual((data.report().coverage, data.keys_without_rule(), data.findings()), ((), [], []))

    def test_findings(self):
        tax = self.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20")]).tax_id
        self.rule("tax", "reduced", tax_rate="10", tax_id=tax.id, store_id=False)
        soon = self.rule(pattern="SOON", date_to=fields.Date.add(self.today, days=10))
        account = self.fees.copy({"name": "Gone", "code": "400999"})
        gone = self.rule(pattern="GONE", account_id=account.id)
        account.active = False
        found = [(item.code, item.rule) for item in self.data().findings()]
        self.assertIn(("archived_target", gone.id), found)
        self.assertIn(("ends_soon", soon.id), found)
        self.assertIn("other_rate", dict(found))

    def test_few_queries_for_many_rules(self):
        self.rules.with_context(mapping_change_reason="Test").create(
            [
                {"kind": "product", "pattern": f"SKU-{number}", "store_id": self.store.id,
                 "company_id": self.company.id, "account_id": self.fees.id}
                for number in range(200)
            ]
        )  # fmt: skip
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        data = self.data()
        data.report(), data.findings()
        self.assertLess(self.env.cr.sql_log_count - before, 64)

    def test_page_and_sheets(self):
        self.every_rule()
        self.sold("R1", day=str(self.today))
        report = self.env.ref("ecommerce_connector.ecommerce_mapping_report_html")
        html, kind = report._render_qweb_html(report.report_name, self.company.ids)
        self.assertEqual(kind, "html")
        for text in ("Coverage", "100.0 %", "Findings", "Overlaps", "=gateway [a]*", "replaces"):
            self.assertIn(text, html.decode())
        page = etree.HTML(html)
        lines = [line.strip() for line in page.xpath("string(//body)").splitlines()]
        self.assertNotIn("/", lines, "the page numbers of a PDF have no place on a screen")
        named = [row.xpath("string(td[2])") for row in page.xpath("//table[last()]/tbody/tr[td[7]]")]
        rules = self.rules.with_context(active_test=False).search(
            [("company_id", "=", self.company.id), ("is_draft", "=", False)]
        )
        self.assertLessEqual(set(rules.mapped("display_name")), set(named), "as all screens call them")
        self.assertIn(f"by {self.env.user.name}.", " ".join(page.xpath("string(//body)").split()))
        self.assertEqual([name for name, _header, _rows in self.data().sheets()], SHEETS)
        workbook = self.document().export("xlsx", self.data().sheets())
        self.assertEqual(len(read_workbook(workbook)[0]) - 1, len(self.document().rows()))


@tagged("post_install", "-at_install")
class TestDownload(DocumentCommon, HttpCase):
    """The document over HTTP, for everybody who may read the rules of the company."""

    def test_download(self):
        new_test_user(self.env, "dl-viewer", groups="ecommerce_connector.group_viewer", company_id=self.company.id,
                      password="dl-viewer-1")  # fmt: skip
        new_test_user(self.env, "dl-employee", groups="base.group_user", company_id=self.company.id,
                      password="dl-employee-1")  # fmt: skip
        other = self.setup_other_company(name="Second company")["company"]
        address = f"/ecommerce/mapping/{self.company.id}"
        self.authenticate("dl-viewer", "dl-viewer-1")
        done = self.url_open(f"{address}.csv")
        self.assertEqual(done.content, self.export())
        self.assertIn(f"mapping {self.company.name}.csv".replace(" ", "%20"), done.headers["Content-Disposition"])
        self.assertTrue(read_workbook(self.url_open(f"{address}.xlsx?store={self.store.id}").content))
        for path in (f"{address}.pdf", f"{address}.csv?store=x", f"{address}.csv?store=999999",
                     f"/ecommerce/mapping/{other.id}.csv"):  # fmt: skip
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.authenticate("dl-employee", "dl-employee-1")
        with patch("odoo.http._logger.warning"):
            self.assertEqual(self.url_open(f"{address}.csv").status_code, 403)

    def test_actions_of_a_viewer(self):
        viewer = new_test_user(self.env, "act-viewer", groups="ecommerce_connector.group_viewer",
                               company_id=self.company.id)  # fmt: skip
        for name, kind in (("report", "ir.actions.report"), ("download", "ir.actions.act_url")):
            action = self.env.ref(f"ecommerce_connector.ecommerce_mapping_{name}_action").with_user(viewer)
            self.assertEqual(action.run()["type"], kind)
        page = self.env["report.ecommerce_connector.mapping_report"].with_user(viewer)
        self.assertEqual(page._get_report_values(self.company.ids)["docs"], self.company)
