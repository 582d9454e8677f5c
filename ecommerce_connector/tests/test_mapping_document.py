import io
from datetime import date
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..core.errors import ConnectorError
from ..core.mapping_sheet.columns import COLUMNS
from ..models.mapping.mapping_document import KIND_COLUMNS, MappingDocument
from ..models.mapping.mapping_kinds import DECIDING
from ..models.mapping.mapping_sheets import read_workbook, write_workbook
from .common import D
from .mapping_document_common import HEADER, DocumentCommon

JULY = date(2026, 7, 1)


@tagged("post_install", "-at_install")
class TestRoundTrip(DocumentCommon):
    """What is exported is imported again without loss."""

    def test_every_field_that_decides_has_a_column(self):
        """A new field of the rule without a column would be lost on the way."""
        columns = set().union(*(kind.allowed for kind in KIND_COLUMNS.values()))
        own = {"company", "store", "kind", "match on", "value", "valid from", "valid to", "status"}
        self.assertEqual(len(columns | own), len(DECIDING))
        self.assertLessEqual(columns | own, {column.name for column in COLUMNS})

    def test_every_kind_and_qualifier_is_unchanged(self):
        self.every_rule()
        count = self.rules.with_context(active_test=False).search_count([("company_id", "=", self.company.id)])
        for file_format in ("csv", "xlsx"):
            self.assertEqual(self.outcomes(self.export(file_format)), ({"unchanged": count}, []), file_format)

    def test_rows_without_numbers_are_found_by_what_they_are_about(self):
        self.every_rule()
        rows = self.cells_of(self.export())
        rows = [row | {"number": "", "replaces": "", "version": ""} for row in rows]
        self.assertEqual(self.outcomes(self.file_of(*(row for row in rows if row["status"] != "draft")))[0],
                         {"unchanged": len(rows) - 1})  # fmt: skip

    def test_into_another_company_of_the_same_chart(self):
        self.every_rule()
        other = self.setup_other_company(name="Second company", currency_id=self.euro.id)["company"]
        self.env.user.company_ids |= other
        store = self.env["ecommerce.store"].create(
            {"name": "Test shop", "platform": "file", "timezone": "Europe/Paris", "company_id": other.id}
        )
        store._create_accounting(currencies=["EUR", "USD"], rates={D(20), D(0)})
        rules = self.rules.with_context(mapping_change_reason="Only those of the document")
        rules.search([("company_id", "=", other.id)]).unlink()
        content = self.export()
        _counts, missing = self.outcomes(content, other)
        self.assertTrue(all("there is no" in error for error in missing), missing)
        self.env["account.fiscal.position"].create({"name": "France", "company_id": other.id})
        for tax in self.rules.search([("company_id", "=", self.company.id)]).tax_id:
            if not tax.search([("name", "=", tax.name), ("type_tax_use", "=", tax.type_tax_use),
                               ("company_id", "=", other.id)]):  # fmt: skip
                tax.with_company(other).create(
                    {"name": tax.name, "amount": tax.amount, "type_tax_use": tax.type_tax_use, "company_id": other.id}
                )
        for account in self.rules.search([("company_id", "=", self.company.id)]).account_id:
            code = account.with_company(self.company).code
            if not account.with_company(other).search([("code", "=", code), ("company_ids", "in", other.ids)]):
                account.with_company(other).create(
                    {"name": account.name, "code": code, "account_type": account.account_type,
                     "reconcile": account.reconcile, "company_ids": other.ids}
                )  # fmt: skip
        rows = len(self.cells_of(content))
        self.assertEqual(self.outcomes(content, other), ({"added": rows}, []))
        self.apply(content, company=other)
        self.assertEqual(self.texts(other), self.texts(self.company))
        self.assertEqual(self.outcomes(content, other), ({"unchanged": rows}, []), "once more changes nothing")
        self.assertEqual(self.outcomes(self.export(company=other), other), ({"unchanged": rows}, []))

    def test_a_workbook_keeps_text_as_text(self):
        content = write_workbook([["0042", "", "=1+1", *[""] * (len(HEADER) - 3)]], [("More", [("a", 5)], [[1.5]])])
        rows, formulas = read_workbook(content)
        self.assertEqual((rows[0][1], rows[1][0], rows[1][1][:3], formulas), (HEADER, 2, ["0042", "", "=1+1"], []))

    def test_a_workbook_keeps_every_sign(self):
        texts = [
            " a ",
            "\ta",
            "a\nb",
            "a\r\nb",
            "_x000D_",
            "\x01",
            "=A1",
            "'x",
            "1e5",
            "00",
            "TRUE",
            "é😀",
            "<&>",
            '"q"',
        ]
        content = write_workbook([[text, *[""] * (len(HEADER) - 1)] for text in texts])
        self.assertEqual([cells[0] for _row, cells in read_workbook(content)[0][1:]], texts)

    def test_cells_that_a_spreadsheet_made_its_own(self):
        """Numbers, dates and percentages are read as what a person sees; a formula is an error."""
        book = openpyxl.Workbook()
        book.active.append(["kind", "account", "valid from", "tax rate", "number"])
        book.active.append(["tax", 400100, date(2026, 7, 1), 0.055, 12.0])
        book.active["D2"].number_format = "0.0%"
        book.active.append(["tax", "=A1", None, 5.5, None])
        out = io.BytesIO()
        book.save(out)
        rows, formulas = read_workbook(out.getvalue())
        self.assertEqual(rows[1:], [(2, ["tax", "400100", "2026-07-01", "5.5%", "12"]), (3, ["tax", "=A1", "", "5.5"])])
        self.assertEqual(formulas, [(3, 1)])

    def test_only_a_store(self):
        shop = self.store.copy({"name": "Other shop"})
        self.rule(store_id=shop.id)
        company_wide = self.rule(store_id=False)
        found = self.document(store=shop).rows()
        self.assertEqual({row.store for row in found}, {"", "Other shop"})
        self.assertIn(company_wide.id, [row.number for row in found])


@tagged("post_install", "-at_install")
class TestImport(DocumentCommon):
    """What a document changes, and what it may not."""

    def test_errors_name_row_and_cell(self):
        self.env["res.partner"].create([{"name": "Twin", "vat": "A1"}, {"name": "Twin", "vat": "A2"}])
        content = self.file_of(
            {"kind": "product", "value": "A", "account": "4711"},
            {"kind": "product", "value": "B", "account": self.fees.code, "country": "XX", "store": "Nowhere"},
            {"kind": "payout_fee", "value": "C", "account": self.fees.code, "vendor": "Twin"},
            {"kind": "customer", "value": "*", "account": self.fees.code},
            {"kind": "product", "value": "D", "account": self.fees.code, "analytic": "Nothing: 100"},
            {"kind": "tax", "value": "V", "tax": "Twentyfive"},
        )
        counts, errors = self.outcomes(content)
        self.assertEqual(
            [error.split(". ")[0] for error in errors],
            [
                "row 2, account: there is no account '4711'", "row 3, store: there is no store 'Nowhere'",
                "row 3, country: there is no country 'XX'", "row 4, vendor: 2 records of contact are called 'Twin'",
                f"row 5, account: {self.fees.code} is no receivable account",
                "row 6, analytic: there is no analytic account 'Nothing'", "row 7, tax: there is no tax 'Twentyfive'",
            ],
        )  # fmt: skip
        self.assertFalse(counts)
        self.assertIn("Write one of: Twin (A1), Twin (A2).", errors[3])

    def test_zeros_that_a_spreadsheet_took_away(self):
        self.account("Store sales").code = "004001"
        _counts, errors = self.outcomes(self.file_of({"kind": "product", "value": "A", "account": "4001"}))
        self.assertIn("Did a spreadsheet take the zeros of 004001 away?", errors[0])

    def test_added_changed_ended_and_archived(self):
        for value in ("A", "B", "C"):
            self.rule(pattern=value)
        before = len(self.changes(self.rule(pattern="D")))
        content = self.edited(
            A={"account": self.fees.code}, B={"valid to": "2026-12-31"}, C={"status": "archived"},
            D={"value": "D*", "tax in prices": ""},
        )  # fmt: skip
        content = self.file_of(*self.cells_of(content), {"kind": "product", "value": "E", "account": self.fees.code})
        counts, errors = self.outcomes(content)
        self.assertEqual(errors, [])
        self.assertEqual({name: counts[name] for name in ("added", "changed", "ended", "archived")},
                         {"added": 1, "changed": 2, "ended": 1, "archived": 1})  # fmt: skip
        self.apply(content, "New chart")
        found = {rule.pattern: rule for rule in self.rules.with_context(active_test=False).search(
            [("company_id", "=", self.company.id), ("kind", "=", "product")])}  # fmt: skip
        self.assertEqual(found["A"].account_id, self.fees)
        self.assertEqual((found["B"].date_to, found["C"].active), (date(2026, 12, 31), False))
        self.assertEqual(found["E"].account_id, self.fees)
        self.assertEqual(self.changes(found["A"])[-1][:2], ("changed", "New chart"))
        self.assertEqual(self.changes(found["D*"])[-1][2]["pattern"], ["D", "D*"])
        self.assertEqual(before, 1)
        self.assertEqual(self.changes(found["E"])[0][:2], ("added", "New chart"))
        self.assertEqual(set(self.outcomes(self.export())[0]), {"unchanged"})

    def test_a_used_rule_becomes_a_new_version(self):
        rule = self.rule()
        self.sold("R1", day="2026-03-10")
        content = self.edited(MUG={"account": self.fees.code})
        _counts, errors = self.outcomes(content)
        self.assertRegex(errors[0], "valid from: the rule decided posted entries, so it is never edited")
        self.assertEqual(self.outcomes(content, start=JULY)[0]["version"], 1)
        self.apply(content, "From July", start=JULY)
        second = rule._versions() - rule
        self.assertEqual((rule.date_to, second.date_from, second.version), (date(2026, 6, 30), JULY, 2))
        self.assertEqual((rule.account_id, second.account_id), (self.account("Store sales"), self.fees))
        self.assertEqual(self.changes(rule)[-1][0], "version")
        self.assertEqual(self.revenue_of(self.sold("R2", day="2026-07-02")), [("Store order fees", second)])
        self.assertNotIn("version", self.outcomes(content, start=JULY)[0], "once more makes no third")

    def test_its_own_first_day_dates_a_new_version(self):
        rule = self.rule()
        self.sold("R1", day="2026-03-10")
        self.apply(self.edited(MUG={"account": self.fees.code, "valid from": "2026-05-01"}))
        self.assertEqual(rule.date_to, date(2026, 4, 30))

    def test_a_draft_is_applied_by_its_status(self):
        rule = self.rule()
        draft = rule._draft_version(date_from="2026-05-01", account_id=self.fees.id)
        rows = [
            row | ({"status": "active"} if row["status"] == "draft" else {}) for row in self.cells_of(self.export())
        ]
        self.apply(self.file_of(*rows))
        self.assertEqual((draft.is_draft, rule.date_to), (False, date(2026, 4, 30)))

    def test_a_boundary_between_two_rules_moves(self):
        """Neither order of two writes would be without a tie or a hole in between."""
        first, second = self.rule(date_to="2026-06-30"), self.rule(date_from="2026-07-01")
        content = self.file_of(*(
            row | ({"valid to": "2026-07-31"} if row["number"] == str(first.id) else {})
            | ({"valid from": "2026-08-01"} if row["number"] == str(second.id) else {})
            for row in self.cells_of(self.export())
        ))  # fmt: skip
        self.apply(content)
        self.assertEqual((first.date_to, second.date_from), (date(2026, 7, 31), date(2026, 8, 1)))

    def test_a_change_within_a_greater_one(self):
        first, second = self.rule(date_to="2026-06-30"), self.rule(date_from="2026-07-01")
        rules = self.rules.with_context(mapping_change_reason="Test")
        with rules._ties_checked_together():
            with rules._ties_checked_together():
                first.with_env(rules.env).date_to = "2026-07-31"
            second.with_env(rules.env).date_from = "2026-08-01"
        with self.refused("equally well"), rules._ties_checked_together(), rules._ties_checked_together():
            second.with_env(rules.env).date_from = "2026-07-01"

    def test_ties_are_refused(self):
        self.rule()
        content = self.file_of({"kind": "product", "value": "mug", "store": "Test shop", "account": self.fees.code,
                                "valid from": "2026-05-01"})  # fmt: skip
        _counts, errors = self.outcomes(content)
        self.assertRegex(errors[0], "row 2, value: row 2 .* and rule .* would fit the same value")
        plan, _errors = self.document().plan("rules.csv", content)
        with self.refused("would fit the same value"):
            self.document().apply(plan, "Try")

    def test_a_dry_run_writes_nothing_and_an_import_is_whole(self):
        self.rule()
        content = self.file_of(
            *self.cells_of(self.edited(MUG={"account": self.fees.code})),
            {"kind": "product", "value": "NEW", "account": self.fees.code},
        )
        before = self.texts(self.company), self.env["ecommerce.mapping.change"].search_count([])
        document = self.document()
        plan, _errors = document.plan("rules.csv", content)
        self.assertEqual((self.texts(self.company), self.env["ecommerce.mapping.change"].search_count([])), before)
        with patch.object(MappingDocument, "_add", side_effect=ValidationError("defect")):
            with self.assertRaisesRegex(ValidationError, "defect"):
                document.apply(plan, "Try")
        self.env.invalidate_all()
        self.assertEqual((self.texts(self.company), self.env["ecommerce.mapping.change"].search_count([])), before)

    def test_it_says_why(self):
        plan, _errors = self.document().plan("rules.csv", self.export())
        for reason in ("", "  ", False):
            with self.refused("Say why the rules change"):
                self.document().apply(plan, reason)

    def test_files_that_are_no_document(self):
        for content, problem in (
            (b"PK\x03\x04 nonsense", "rules.csv: The file is no XLSX workbook"), (b"", "rules.csv: The file is empty"),
            (b"\xff\xfe", "rules.csv: Byte 1 of the file is not UTF-8 text"),
        ):  # fmt: skip
            with self.assertRaisesRegex(ConnectorError, problem):
                self.document().plan("rules.csv", content)

    # === Old account codes === #

    def test_alias_codes(self):
        aliases = self.env["ecommerce.account.alias"]
        alias = aliases.create({"code": "70700", "account_id": self.fees.id})
        content = self.file_of({"kind": "product", "value": "A", "account": "70700", "store": "Test shop"})
        self.apply(content)
        self.assertEqual(self.rules.search([("pattern", "=", "A")]).account_id, self.fees)
        self.assertEqual(self.outcomes(content), ({"unchanged": 1}, []))
        old = self.fees.copy({"code": "70700", "name": "Still there"})
        alias.invalidate_recordset()
        self.assertEqual(alias.shadowed_by_id, old)
        self.assertEqual(self.outcomes(content)[0], {"changed": 1}, "an active account has the code itself")
        old.active = False
        self.assertEqual(self.outcomes(content)[0], {"unchanged": 1})
        with self.refused("without blanks"):
            aliases.create({"code": " 1", "account_id": self.fees.id})

    def test_an_archived_account_of_an_old_version_stays(self):
        old = self.fees.copy({"code": "70700", "name": "Old"})
        self.rule(account_id=old.id)
        self.sold()
        old.active = False
        self.env["ecommerce.account.alias"].create({"code": "70700", "account_id": self.fees.id})
        self.assertEqual(set(self.outcomes(self.export())[0]), {"unchanged"})

    # === Companies and rights === #

    def test_numbers_of_another_company_are_not_ours(self):
        theirs = self.rule(store_id=False)
        other = self.setup_other_company(name="Second company")["company"]
        self.env.user.company_ids |= other
        content = self.file_of(
            *(row | {"account": "400000"} for row in self.cells_of(self.export()) if row["number"] == str(theirs.id))
        )
        plan, errors = self.document(other).plan("rules.csv", content)
        if errors:
            code = self.env["account.account"].with_company(other).search(
                [("company_ids", "in", other.ids), ("account_type", "=", "income")], limit=1
            ).code  # fmt: skip
            content = self.file_of(*(row | {"account": code} for row in self.cells_of(content)))
            plan, errors = self.document(other).plan("rules.csv", content)
        self.assertEqual((plan.counts(), errors), ({"added": 1}, []))
        self.document(other).apply(plan, "Copied")
        self.assertEqual(theirs.account_id, self.account("Store sales"))
        self.assertEqual(self.rules.search([("company_id", "=", other.id)]).pattern, "MUG")

    def test_rights(self):
        self.every_rule()
        viewer, accountant = (
            new_test_user(self.env, f"doc-{name}", groups=f"ecommerce_connector.group_{name}",
                          company_id=self.company.id)
            for name in ("viewer", "accountant")
        )  # fmt: skip
        content = self.edited(CUP={"valid to": ""})
        theirs = self.document(self.company.with_user(viewer))
        self.assertEqual(theirs.export("csv"), self.export())
        rows = [*self.cells_of(self.export()), {"kind": "product", "value": "N", "account": self.fees.code}]
        content = self.file_of(*rows)
        plan, errors = theirs.plan("rules.csv", content)
        self.assertFalse(errors)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            theirs.apply(plan, "Try")
        wizard = self.env["ecommerce.mapping.import"].with_user(viewer).create({})  # viewers look, and import nothing
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizard.action_apply()
        rules = self.document(self.company.with_user(accountant)).apply(plan, "Mine")
        self.assertEqual(rules.change_ids.user_id, accountant)
