import json
import tempfile
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from odoo.tests import tagged

from ..command_line import whatif_action
from ..core.errors import ConnectorError
from ..models.mapping.mapping_sheets import write_workbook
from .mapping_document_common import HEADER, DocumentCommon
from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestWhatIfOfADocument(DocumentCommon, WhatIfCommon):
    """``mapping whatif --file``: what importing a document would change, and nothing is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.books = cls.fees.copy({"name": "Books", "code": "707200"})

    def what_if_of(self, content, *options, name="rules.csv"):
        parser = ArgumentParser()
        whatif_action.add_arguments(parser)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            file.write_bytes(content)
            period = ["--store", self.store.name, "--from", "2026-01-01", "--to", "2026-12-31"]
            return whatif_action.what_if(self.env, parser.parse_args([*period, "--file", str(file), *options]))

    def written(self):
        """All that a what-if could have written."""
        self.env.flush_all()
        counts = [
            self.env[model].with_context(active_test=False).search_count([])
            for model in (
                "ecommerce.mapping.rule", "ecommerce.mapping.change", "account.move", "ecommerce.posting",
                "ecommerce.account.alias", "mail.message", "ecommerce.mapping.whatif",
            )
        ]  # fmt: skip
        return counts, self.texts(self.company), self.ledger()

    def differences(self, result, what="account"):
        return {row["name"]: row["difference"] for row in result.data["figures"] if row["what"] == what}

    def test_what_an_import_would_change(self):
        """A new version, a new rule, an unused rule edited, one ended: the figures are those of the same drafts."""
        self.catch_all("product").write({"date_to": "2026-12-31", "change_reason": "Test"})
        self.sold("R1", day="2026-03-10")
        self.sold("R2", sku="CUP", net="50.00", tax="10.00", day="2026-03-12")
        self.sold("R3", sku="POT", net="30.00", tax="6.00", day="2026-03-20")
        before = self.written()
        rows = self.cells_of(self.edited(everything={"account": self.fees.code, "valid from": "2026-03-11"}))
        content = self.file_of(*rows, {"kind": "product", "value": "CUP", "account": self.books.code,
                                       "store": self.store.name})  # fmt: skip
        for suffix, document in (("csv", content), ("xlsx", self.workbook(content))):
            with self.subTest(suffix):
                result = self.what_if_of(document, name=f"rules.{suffix}")
                self.assertEqual(result.status, 0, result.text)
                data = result.data
                self.assertEqual((data["counts"]["version"], data["counts"]["added"]), (1, 1))
                self.assertEqual((data["file"], data["errors"], data["drafts"]), (f"rules.{suffix}", [], []))
                self.assertEqual((data["orders"], data["changed_orders"]), (3, 2))
                sales = self.account("Store sales").display_name
                self.assertEqual(self.differences(result), {
                    sales: "-80.00", self.fees.display_name: "30.00", self.books.display_name: "50.00",
                })  # fmt: skip
                self.assertIn("3 orders, 2 booked elsewhere", result.text)
                self.assertRegex(result.text, "row +[0-9]+  version +Product")
                json.dumps(data)
                self.assertEqual(self.written(), before)
        self.assertEqual(self.store._rulebook().find("product", "CUP", date(2026, 3, 12)).pattern, "*")

    def workbook(self, content):
        return write_workbook([[row[name] for name in HEADER] for row in self.cells_of(content)])

    def test_it_is_what_the_import_then_does(self):
        self.sold("R1")
        content = self.edited(everything={"account": self.books.code, "valid from": "2026-02-01"})
        shown = self.differences(self.what_if_of(content))
        self.apply(content)
        before = self.ledger()
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.store._correct_orders(orders)
        after = self.ledger()
        found = {
            account.display_name: f"{after['account', account.id, 'EUR'] - before['account', account.id, 'EUR']:.2f}"
            for account in (self.account("Store sales"), self.books)
        }
        self.assertEqual(shown, found)

    def test_blocked_orders_become_bookable(self):
        self.store.suspense_account_id = False
        self.catch_all("product").write({"active": False, "change_reason": "Test"})
        self.assertEqual(self.sold("R1").state, "blocked")
        content = self.file_of({"kind": "product", "value": "MUG", "account": self.books.code})
        self.assertEqual(self.what_if_of(content).data["bookable_orders"], 1)

    def test_versions_from_a_day(self):
        self.sold("R1", day="2026-03-10")
        self.sold("R2", day="2026-03-20")
        content = self.edited(everything={"account": self.books.code})
        refused = self.what_if_of(content)
        self.assertEqual(refused.status, 1)
        self.assertIn("so it is never edited", refused.text)
        data = self.what_if_of(content, "--versions-from", "2026-03-15").data
        self.assertEqual((data["orders"], data["changed_orders"]), (2, 1))

    def test_as_if_it_had_always_held(self):
        self.sold("R1", day="2026-03-10")
        content = self.edited(everything={"account": self.books.code, "valid from": "2027-01-01"})
        own = self.what_if_of(content).data
        self.assertEqual(own["changed_orders"], 0)
        self.assertIn("after the period, on Jan 1, 2027", own["notes"][0])
        whole = self.what_if_of(content, "--whole-period")
        self.assertEqual(self.differences(whole)[self.books.display_name], "100.00")

    def test_rows_that_take_turns_keep_their_own_days(self):
        for number, day in enumerate(("2026-03-10", "2026-03-20", "2026-04-10"), 1):
            self.sold(f"R{number}", day=day)
        rows = self.cells_of(self.edited(everything={
            "account": self.fees.code, "valid from": "2026-03-11", "valid to": "2026-03-31",
        }))  # fmt: skip
        content = self.file_of(*rows, {"kind": "product", "value": "*", "account": self.books.code,
                                       "store": self.store.name, "valid from": "2026-04-01"})  # fmt: skip
        result = self.what_if_of(content, "--whole-period")
        self.assertEqual(result.status, 0, result.text)
        sales = self.account("Store sales").display_name
        self.assertEqual(self.differences(result), {
            sales: "-200.00", self.fees.display_name: "100.00", self.books.display_name: "100.00",
        })  # fmt: skip
        self.assertRegex(result.data["notes"][0], "looked at by their own days: Product .* from Mar 11, 2026 until")

    def test_errors_name_row_and_column(self):
        before = self.written()
        content = self.file_of(
            {"kind": "product", "value": "A", "account": "4711"},
            {"kind": "product", "value": "B", "account": self.books.code, "valid from": "1.7.2026"},
            {"kind": "product", "value": "*", "account": self.books.code, "store": self.store.name},
        )
        result = self.what_if_of(content)
        self.assertEqual(result.status, 1)
        self.assertEqual(
            [(error["row"], error["column"]) for error in result.data["errors"]], [(3, "valid from"), (2, "account")]
        )
        self.assertRegex(result.text, "row 2, account: there is no account '4711'")
        self.assertIn("2 errors: nothing is looked at.", result.text)
        self.assertNotIn("figures", result.data)
        self.assertEqual(self.written(), before)
        tied = self.file_of({"kind": "product", "value": "*", "account": self.books.code, "store": self.store.name,
                             "valid from": "2026-05-01"})  # fmt: skip
        result = self.what_if_of(tied)
        self.assertEqual((result.status, result.data["errors"][0]["row"]), (1, 2))
        self.assertIn("equally well", result.text)

    def test_options_that_do_not_go_together(self):
        parser = ArgumentParser()
        whatif_action.add_arguments(parser)
        with self.assertRaisesRegex(ConnectorError, "--versions-from .*--file"):
            whatif_action.what_if(self.env, parser.parse_args(["--versions-from", "2026-01-01"]))
        with self.assertRaises(SystemExit):
            parser.parse_args(["--file", "rules.csv", "--drafts", "1"])
        with self.assertRaisesRegex(ConnectorError, "none.csv: No such file"):
            whatif_action.what_if(self.env, parser.parse_args(["--file", "none.csv", "--store", self.store.name]))
