from datetime import date

from odoo.tests import Form, tagged

from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestPreview(WhatIfCommon):
    """Also a rule that decided nothing yet can be changed in a draft first, to see what the change would book."""

    def preview(self, rule):
        """The draft that the button of the rule's form opens."""
        return self.rules.browse(rule.action_preview()["res_id"])

    def test_a_draft_of_all_days_of_an_unused_rule(self):
        self.sold("R1")
        rule = self.rule()
        draft = self.preview(rule)
        self.assertRecordValues(draft, [{
            "is_draft": True, "previous_id": rule.id, "date_from": False, "date_to": False, "needs_first_day": False,
        }])  # fmt: skip
        with Form(draft) as form:
            form.account_id = self.books
        self.assertEqual(rule.account_id, self.account("Store sales"), "as it was")
        whatif = self.env["ecommerce.mapping.whatif"].browse(draft.action_what_if()["res_id"])
        whatif.write({"date_from": "2026-01-01", "date_to": "2026-12-31", "reason": "Meant the books"})
        whatif.action_compute()
        self.assertEqual(self.figures(whatif, "account")[self.books.display_name], 100.0)
        whatif.action_apply()
        self.assertEqual((rule.active, draft.is_draft, draft.date_from), (False, False, False))
        self.assertEqual([item[0] for item in self.changes(rule)], ["added", "archived", "version"])
        (_account, decided), *_more = self.revenue_of(self.sold("R2", day="2020-01-01"))
        self.assertEqual(decided, draft, "it holds always, as the rule did")

    def test_the_days_of_the_rule_are_those_of_its_draft(self):
        rule = self.rule(date_from="2026-02-01", date_to="2026-06-30")
        draft = self.preview(rule)
        self.assertEqual((draft.date_from, draft.date_to), (date(2026, 2, 1), date(2026, 6, 30)))
        draft.account_id = self.books
        draft._apply("Another account")
        self.assertFalse(rule.active)
        draft = self.preview(draft)
        self.assertTrue(draft.needs_first_day)
        draft.date_from = False
        with self.refused("choose the first day"):
            draft._apply("Without one")

    def test_pressed_twice_it_is_one_draft(self):
        rule = self.rule()
        draft = self.preview(rule)
        self.assertEqual(self.preview(rule), draft)
        draft.unlink()
        self.assertNotEqual(self.preview(rule), draft)
        self.assertTrue(rule.active)

    def test_a_used_rule_gets_a_version_from_today(self):
        rule = self.rule()
        self.sold("R1", day="2026-03-10")
        draft = self.preview(rule)
        self.assertEqual(draft.date_from, self.env["ecommerce.mapping.whatif"].default_get(["date_to"])["date_to"])
        self.assertTrue(draft.needs_first_day)
        draft.date_from = False
        with self.refused("choose the first day"):
            draft._apply("Without one")

    def test_an_unused_rule_that_is_used_meanwhile_keeps_its_days(self):
        rule = self.rule()
        draft = self.preview(rule)
        self.sold("R1")
        draft.account_id = self.books
        with self.refused("choose the first day"):
            self.what_if(draft)
        with self.refused("choose the first day"):
            draft._apply("Too late")
