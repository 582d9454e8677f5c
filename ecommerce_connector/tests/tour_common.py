"""What browser tests of stores share."""

from odoo.tests import HttpCase, new_test_user

from .common import ConnectorCommon


class TourCommon(ConnectorCommon, HttpCase):
    """A bookkeeper who connects stores, and rates of the currencies that they sell in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, login="bookkeeper", password="bookkeeper", groups="ecommerce_connector.group_administrator",
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
        )  # fmt: skip
        for code in ("CAD", "GBP", "HUF", "JPY", "KWD", "USD"):
            currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
            cls.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": "2026-01-01", "rate": 2.0, "company_id": cls.company.id}
            )

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        # Odoo's guard against requests from tests compares the time limit with a number; the
        # connector's are two, for connecting and for reading.
        if isinstance(options.get("timeout"), tuple):
            options["timeout"] = max(options["timeout"])
        return super()._request_handler(session, request, **options)

    def assert_set_up(self, store):
        """The assistant made the store's rules, each with its reason, and left rounding out as it was told."""
        rules = self.env["ecommerce.mapping.rule"].search([("store_id", "=", store.id)])
        self.assertEqual(set(rules.change_ids.mapped("reason")), {f"Set-up assistant of {store.name}"})
        self.assertLessEqual({"product", "shipping", "tax", "gateway"}, set(rules.mapped("kind")))
        self.assertNotIn("rounding", rules.mapped("kind"))
