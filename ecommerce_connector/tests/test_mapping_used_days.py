from datetime import date

from odoo.tests import tagged

from .mapping_document_common import DocumentCommon


@tagged("post_install", "-at_install")
class TestUsedDays(DocumentCommon):
    """No day on which a rule decided is taken from it by hand: who plans that day again must find it."""

    # === The last day === #

    def test_a_used_rule_ends_on_its_last_used_day_or_later(self):
        rule = self.rule()
        for number, day in (("R1", "2026-03-20"), ("R2", "2026-03-10")):
            self.sold(number, day=day)
        self.assertEqual(rule.last_used_on, date(2026, 3, 20))
        with self.refused("Product MUG .*decided entries until Mar 20, 2026: end it on that day or later.*What if"):
            rule.write({"date_to": "2026-03-19", "change_reason": "Too early"})
        rule.write({"date_to": "2026-12-31", "change_reason": "Until the end of the year"})
        with self.refused("until Mar 20, 2026"):
            rule.write({"date_to": "2026-03-19", "change_reason": "Too early again"})
        rule.write({"date_to": "2026-03-20", "change_reason": "The last one is sold"})
        self.assertEqual(rule.date_to, date(2026, 3, 20))
        rule.write({"date_to": "2026-05-31", "change_reason": "Sold again"})
        self.assertEqual(rule.date_to, date(2026, 5, 31))

    def test_an_unused_rule_ends_when_somebody_says_so(self):
        rule = self.rule(pattern="CUP")
        self.sold()
        self.assertFalse(rule.last_used_on)
        rule.write({"date_to": "2020-01-01", "change_reason": "Never sold"})
        self.assertEqual(rule.date_to, date(2020, 1, 1))

    def test_the_day_is_that_of_the_event_not_of_the_entry(self):
        """A lock date makes the entry later; the rule decided on the day of the sale."""
        rule = self.rule()
        self.company.fiscalyear_lock_date = "2026-03-31"
        order = self.sold(day="2026-03-20")
        self.assertEqual(self.moves_of(order, "invoice").date, date(2026, 4, 1))
        self.assertEqual(rule.last_used_on, date(2026, 3, 20))
        rule.write({"date_to": "2026-03-20", "change_reason": "The last one is sold"})
        self.assertEqual(rule.date_to, date(2026, 3, 20))

    def test_a_refund_bears_the_taxes_of_the_day_of_the_sale(self):
        """So a rate can end before the refunds of what was sold at it; a gateway cannot."""
        sold = self.line("MUG", "100.00", "20.00")
        (order,) = self.accept(
            self.order("R1", [sold], "120.00", [self.payment("p1", "120.00")],
                       [self.refund("r1", "120.00", at="2026-03-25T10:00:00Z", lines=[sold])])
        )  # fmt: skip
        self.assertEqual(self.moves_of(order, "credit_note").date, date(2026, 3, 25))
        rules = self.rules.search([("store_id", "=", self.store.id)])
        tax, gateway, product = (
            rules.filtered(lambda rule, kind=kind: rule.kind == kind and rule.is_used)
            for kind in ("tax", "gateway", "product")
        )
        self.assertEqual(tax.last_used_on, date(2026, 3, 10))
        self.assertEqual((gateway.last_used_on, product.last_used_on), (date(2026, 3, 25), date(2026, 3, 25)))
        tax.write({"date_to": "2026-03-10", "change_reason": "The rate ends"})
        self.assertEqual(tax.date_to, date(2026, 3, 10))
        for rule in (gateway, product):
            with self.refused("until Mar 25, 2026"):
                rule.write({"date_to": "2026-03-24", "change_reason": "Too early"})

    def test_an_item_that_no_posting_explains_counts_too(self):
        rule = self.rule()
        order = self.sold(day="2026-03-20")
        order.posting_ids.sudo().rule_ids = False
        rule.invalidate_recordset()
        self.assertEqual((rule.is_used, rule.last_used_on), (True, date(2026, 3, 20)))

    def test_days_that_a_version_took_are_its_own(self):
        """What-if and versions may book past days elsewhere; the rule is then ended and its other days stay."""
        rule = self.rule()
        self.sold("R1", day="2026-01-15")
        self.sold("R2", day="2026-03-20")
        rule._draft_version(date_from="2026-02-01", account_id=self.fees.id)._apply("New account from February")
        self.assertEqual((rule.date_to, rule.last_used_on), (date(2026, 1, 31), date(2026, 1, 15)))
        with self.refused("until Jan 15, 2026"):
            rule.write({"date_to": "2026-01-14", "change_reason": "Too early"})
        rule.write({"date_to": "2026-01-15", "change_reason": "Nothing was sold since"})

    # === Archiving === #

    def test_a_used_rule_is_ended_before_it_is_archived(self):
        rule = self.rule()
        self.sold(day="2026-03-20")
        with self.refused("decided entries until Mar 20, 2026. Set its last day, that day or later, before you"):
            rule.write({"active": False, "change_reason": "Tidy up"})
        with self.refused("until Mar 20, 2026"):
            rule.write({"active": False, "date_to": "2026-03-19", "change_reason": "Tidy up"})
        rule.write({"active": False, "date_to": "2026-03-20", "change_reason": "Tidy up"})
        self.assertFalse(rule.active)
        with self.refused("Set its last day"):
            rule.write({"active": True, "date_to": False, "change_reason": "Sold again"})
            rule.write({"active": False, "change_reason": "Or not"})

    def test_an_unused_rule_is_archived_at_once(self):
        rule = self.rule(pattern="CUP")
        rule.write({"active": False, "change_reason": "Never sold"})
        self.assertFalse(rule.active)

    # === Drafts that end a rule === #

    def test_a_draft_that_ends_a_rule_before_its_last_used_day_is_looked_at_first(self):
        rule = self.rule()
        self.sold(day="2026-03-20")
        later = rule._draft_version(date_from="2026-03-21", ends_rule=True, account_id=False)
        later._apply("Sold out")
        self.assertEqual(rule.date_to, date(2026, 3, 20))
        rule.write({"date_to": False, "change_reason": "Sold again"})
        draft = rule._draft_version(date_from="2026-03-20", ends_rule=True, account_id=False)
        with self.refused("until Mar 20, 2026.*What if"):
            draft._apply("Straight away")
        whatif = self.env["ecommerce.mapping.whatif"].create(
            {"company_id": self.company.id, "draft_ids": [(6, 0, draft.ids)], "store_ids": [(6, 0, self.store.ids)],
             "date_from": "2026-01-01", "date_to": "2026-12-31", "reason": "The rule for everything is right"}
        )  # fmt: skip
        whatif.action_compute()
        whatif.action_apply()
        self.assertEqual(rule.date_to, date(2026, 3, 19))

    # === In a mapping document === #

    def test_a_document_is_refused_with_its_cells(self):
        rule = self.rule()
        self.sold(day="2026-03-20")
        until = "the rule decided posted entries until 2026-03-20"
        for cells, message in (
            ({"valid to": "2026-03-19"}, f"row [0-9]+, valid to: {until}. End it on that day or later"),
            ({"status": "archived"}, f"row [0-9]+, status: {until}. Write its last day, that one or later"),
            ({"status": "archived", "valid to": "2026-03-19"}, f"row [0-9]+, valid to: {until}"),
        ):  # fmt: skip
            with self.subTest(cells=cells):
                _counts, errors = self.outcomes(self.edited(MUG=cells))
                self.assertEqual(len(errors), 1)
                self.assertRegex(errors[0], message)
        self.apply(self.edited(MUG={"status": "archived", "valid to": "2026-03-20"}))
        self.assertEqual((rule.active, rule.date_to), (False, date(2026, 3, 20)))
