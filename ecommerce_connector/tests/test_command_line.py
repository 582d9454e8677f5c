from argparse import Namespace

from odoo.tests import new_test_user, tagged

from ..command_line import inputs, steps, texts
from ..command_line.mapping_actions import check_rules
from ..core.errors import ConnectorError
from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestCommandLine(RuleCommon):
    """What all actions of ``odoo ecommerce`` share: whose books they are about, and how they count."""

    def test_no_company_is_chosen_by_accident(self):
        other = self.setup_other_company(name="Second company")["company"]
        with self.assertRaisesRegex(ConnectorError, rf"several companies: .*{other.name}.*Name one: --company NAME"):
            inputs.company(self.env, None)
        with self.assertRaisesRegex(ConnectorError, "several companies"):
            check_rules(self.env, Namespace(company=None))
        self.assertEqual(inputs.company(self.env, other.name), other)
        self.assertEqual(check_rules(self.env, Namespace(company=other.name)).data["company"], other.name)

    def test_the_only_company_need_not_be_named(self):
        user = new_test_user(
            self.env, "one-company", groups="ecommerce_connector.group_accountant", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        self.assertEqual(inputs.company(self.env(user=user), None), self.company)

    def test_one_is_singular(self):
        plan = Namespace(errors=[])
        self.assertEqual(steps.errors_text(plan, ["row 2: no"], "nothing is imported"),
                         "row 2: no\n1 error: nothing is imported.")  # fmt: skip
        self.assertIn("\n2 errors: ", steps.errors_text(plan, ["row 2: no", "row 3: no"], "nothing is imported"))
        counts = {"orders": 1, "orders_posted": 1, "invoices": 1, "credit_notes": 1, "payments": 2, "exceptions": 0,
                  "orders_not_booked": 1}  # fmt: skip
        report = {
            "store": "Shop", "counts": counts, "totals": [], "taxes": [], "laws": [], "controls": [], "accounts": [],
            "exceptions": [], "laws_checked": 1, "complete": False, "holds": True,
        }  # fmt: skip
        text = texts.proofs([report])
        self.assertIn(
            "1 order, 1 order posted, 1 invoice, 1 credit note, 2 payments, 0 exceptions, 1 order not booked", text
        )
        self.assertIn("1 check of orders. The books agree, but 1 order is not booked", text)
