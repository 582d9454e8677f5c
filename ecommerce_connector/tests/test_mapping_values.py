import base64

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .mapping_document_common import DocumentCommon
from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestStoreValues(RuleCommon):
    """Store values and rates are held as they are compared, and what cannot be meant is refused."""

    def test_values_are_held_as_they_are_compared(self):
        for written, held, key in ((" MUG\t", "MUG", "mug"), ("ＭＵＧ－２", "MUG-2", "mug-2"), ("Ｍ＊ ", "M*", "m*")):
            rule = self.rule(pattern=written)
            self.assertEqual((rule.pattern, rule.pattern_key, rule.is_glob), (held, key, "*" in held))
        rule.write({"pattern": " ＣＵＰ ", "change_reason": "Renamed"})
        self.assertEqual((rule.pattern, rule.pattern_key, rule.is_glob), ("CUP", "cup", False))

    def test_one_value_written_in_two_ways_is_one_value(self):
        rule = self.rule(pattern="ＭＵＧ")
        with self.refused("equally well"):
            self.rule(pattern="mug ")
        self.assertEqual(self.revenue_of(self.sold(sku=" Mug")), [("Store sales", rule)])

    def test_blank_values_are_refused(self):
        rule = self.rule()
        for blank in (" ", "\t\n", "\u3000", "\u200b"):
            with self.subTest(blank=blank), self.refused("The store value is empty: write \\* for everything"):
                self.rule(pattern=blank)
            with self.subTest(blank=blank), self.refused("The store value is empty"):
                rule.write({"pattern": blank, "change_reason": "Emptied"})

    def test_rates(self):
        tax = self.company.account_sale_tax_id
        for written, held in ((" 20 % ", "20"), ("１９", "19"), ("5.50", "5.5"), ("0", "0"), ("100", "100")):
            rule = self.rule("tax", f"T{held}", tax_rate=written, tax_id=tax.id)
            self.assertEqual((rule.tax_rate, str(rule._as_core_rule().rate)), (held, f"{rule._rate()}"))
        for senseless in ("-5", "500", "100.01", "1e1", "1_0", "5,5", "٢٠"):
            with (
                self.subTest(rate=senseless),
                self.refused("is not a rate such as 20 or 5.5, in percent from 0 to 100"),
            ):
                self.rule("tax", "T", tax_rate=senseless, tax_id=tax.id)
            with self.subTest(rate=senseless), self.refused("is not a rate such as 20"):
                rule.write({"tax_rate": senseless, "change_reason": "Wrong"})
        rule.write({"tax_rate": "  ", "change_reason": "Any"})
        self.assertFalse(rule.tax_rate)

    # === A tax of another rate === #

    def test_a_tax_of_another_rate_is_told_in_the_form(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        same = tax.copy({"name": "Twenty", "amount": 20})
        form = Form(self.rules.with_context(default_store_id=self.store.id))
        form.kind, form.pattern, form.tax_id = "tax", "T", tax
        self.assertFalse(form.rate_warning, "it is for all rates")
        form.tax_rate = "２０ %"
        self.assertEqual(
            form.rate_warning,
            f"This rule is for 20 %, but {tax.display_name} is a tax of 10 %. Amounts stay those of the store, and are "
            "reported under that tax.",
        )
        form.change_reason = "Meant so"
        self.assertTrue(form.save().rate_warning, "it may be saved")
        form.tax_id = same
        self.assertFalse(form.rate_warning)
        form.tax_rate = "5.5"
        self.assertIn("is for 5.5 %", form.rate_warning)
        form.tax_rate = "much"
        self.assertFalse(form.rate_warning, "refused when it is saved")

    def test_other_kinds_and_groups_of_taxes(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        group = tax.create({"name": "Both", "amount_type": "group", "type_tax_use": "sale",
                            "children_tax_ids": [(6, 0, (tax | tax.copy({"name": "More"})).ids)]})  # fmt: skip
        self.assertFalse(self.rule("tax", "A", tax_rate="20", tax_id=group.id).rate_warning)
        self.assertIn("is a tax of 20 %", self.rule("tax", "B", tax_rate="10", tax_id=group.id).rate_warning)
        self.assertFalse(
            self.rule("shipping", "C", tax_id=tax.id, account_id=self.account("Store sales").id).rate_warning
        )


@tagged("post_install", "-at_install")
class TestSubjects(DocumentCommon):
    """All versions of a rule are of one kind, store, company and store value; the server says so, whoever asks."""

    def test_a_version_keeps_what_the_rule_is_about(self):
        rule = self.rule()
        draft = rule._draft_version(date_from="2026-06-01")
        other = self.store.copy({"name": "Other shop"})
        for values, label in (
            ({"pattern": "CUP"}, "Store Value"), ({"pattern": "MUG*"}, "Store Value"),
            ({"match_on": "tag"}, "Match On"),
            ({"store_id": other.id}, "Store"), ({"store_id": False}, "Store"), ({"kind": "shipping"}, "Kind"),
        ):  # fmt: skip
            message = rf"takes the place of .*, so both are about the same: their {label} cannot differ"
            with self.subTest(values=values), self.refused(message, ValidationError):
                draft.write(values)
            with self.subTest(replaced=values), self.refused(message, ValidationError):
                rule.write({**values, "change_reason": "Another"})
            with self.subTest(new=values), self.refused(message, ValidationError):
                rule._draft_version(date_from="2026-07-01", **values)
        draft.write({"pattern": " mug", "account_id": self.fees.id, "country_id": self.france.id})
        draft._apply("From June")
        with self.refused("cannot differ", ValidationError):
            draft.write({"pattern": "CUP", "change_reason": "Another"})

    def test_a_version_of_a_document_keeps_it_too(self):
        self.rule()
        self.sold()
        _counts, errors = self.outcomes(self.edited(MUG={"value": "CUP", "valid from": "2026-06-01"}))
        self.assertRegex(errors[0], "value: versions of a rule are about the same: its value is 'MUG'. End the "
                                    "rule, and add a row without a number")  # fmt: skip

    def test_cells_that_cannot_be_meant(self):
        tax = self.env["account.tax"].create({"name": "Twenty", "amount": 20, "type_tax_use": "sale"})
        rows = [{"kind": "tax", "value": value, "tax rate": rate, "tax": tax.name}
                for value, rate in (("\u3000", ""), ("A", "-5"), ("B", "500"), (" Ｃ", "２０ %"))]  # fmt: skip
        _counts, errors = self.outcomes(self.file_of(*rows))
        self.assertEqual([error.split(". ")[0] for error in errors], [
            "row 2, value: it is empty", "row 3, tax rate: '-5' is not a rate such as 20 or 5.5",
            "row 4, tax rate: '500' is not a rate such as 20 or 5.5",
        ])  # fmt: skip
        rule = self.apply(self.file_of(rows[3]))
        self.assertEqual((rule.pattern, rule.tax_rate), ("C", "20"))
        self.assertEqual(self.outcomes(self.file_of(rows[3]))[0], {"unchanged": 1})

    def test_a_tax_of_another_rate_is_told_before_an_import(self):
        tax = self.env["account.tax"].create({"name": "Ten", "amount": 10, "type_tax_use": "sale"})
        rows = [{"kind": "tax", "value": value, "tax rate": rate, "tax": "Ten"}
                for value, rate in (("A", "20"), ("B", "10"), ("C", ""))]  # fmt: skip
        wizard = self.env["ecommerce.mapping.import"].create({"file": base64.b64encode(self.file_of(*rows))})
        wizard.action_check()
        told = {line.row: line.what.partition("Warning: ")[2] for line in wizard.line_ids}
        self.assertEqual(set(wizard.line_ids.mapped("outcome")), {"added"}, "it may be imported")
        self.assertRegex(told.pop(2), f"^This rule is for 20 %, but {tax.display_name} is a tax of 10 %")
        self.assertEqual(told, {3: "", 4: ""})

    # === As the form has it === #

    def test_what_a_version_keeps_is_not_editable(self):
        rule = self.rule()
        draft = rule._draft_version(date_from="2026-06-01")
        for name in ("kind", "match_on", "pattern", "store_id"):
            with self.subTest(field=name), self.assertRaisesRegex(AssertionError, "readonly"):
                with Form(draft) as form:
                    setattr(form, name, draft[name])
        with Form(draft) as form:
            form.account_id = self.fees
        self.assertEqual(draft.account_id, self.fees)
        with Form(rule) as form:
            form.change_reason, form.pattern = "Not used, has no version yet", "MUG"
