from datetime import timedelta

from odoo.tests import HttpCase, new_test_user, tagged

from .test_whatif import WhatIfCommon


@tagged("post_install", "-at_install")
class TestWhatIfTour(WhatIfCommon, HttpCase):
    """A what-if and its choice in a browser, as an accountant does it."""

    def test_what_if(self):
        new_test_user(
            self.env, login="decider", password="decider", groups="ecommerce_connector.group_accountant",
            company_id=self.company.id, company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        today = self.env["ecommerce.mapping.whatif"].default_get(["date_to"])["date_to"]
        self.sold("R1", day=str(today - timedelta(days=30)))
        self.sold("R2", day=str(today - timedelta(days=10)))
        draft = self.draft(self.catch_all("product"), date_from=today - timedelta(days=20), account_id=self.books.id)
        self.start_tour("/odoo/e-commerce", "ecommerce_what_if", login="decider", timeout=180)
        draft.invalidate_recordset()
        self.assertFalse(draft.is_draft)
        self.assertEqual(float(self.balance("Books")), -100.0)
