from argparse import ArgumentParser
from datetime import date

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..command_line import whatif_action
from .common import D
from .test_whatif import WhatIfCommon


class DraftCommon(WhatIfCommon):
    """Drafts of the catch-all rule of products."""

    def setUp(self):
        super().setUp()
        self.all_products = self.catch_all("product")
        self.fees = self.account("Store order fees")

    def overtaken(self):
        """A draft from March, made before another one from February was applied; and this other one."""
        late = self.draft(self.all_products, date_from="2026-03-01", account_id=self.fees.id)
        early = self.draft(self.all_products, date_from="2026-02-01", account_id=self.books.id)
        early._apply("New account")
        late.invalidate_recordset()
        return late, early


@tagged("post_install", "-at_install")
class TestStaleDrafts(DraftCommon):
    """A draft on whose days another version was applied meanwhile says so, and is in nobody's way."""

    def test_it_says_that_it_is_out_of_date_and_what_to_do(self):
        late, early = self.overtaken()
        self.assertEqual(late.draft_state, "stale")
        self.assertRegex(
            late.draft_problem,
            r"Product \* \(Test shop\) v3 was applied meanwhile .*\(from Feb 1, 2026\)\. Discard the draft, or renew",
        )
        self.assertEqual((early.draft_state, self.all_products.draft_state), (False, False))

    def test_applying_it_is_refused_with_what_to_do(self):
        late, early = self.overtaken()
        with self.refused(
            r"Product \* \(Test shop\) v2 is out of date\. Product \* \(Test shop\) v3 .*Discard the draft, or renew it"
        ):
            late._apply("Too late")
        self.assertEqual((late.is_draft, early.date_to), (True, False))

    def test_a_what_if_leaves_it_out_and_names_it(self):
        self.sold("R1", sku="CUP")
        late, _early = self.overtaken()
        other = self.draft(pattern="CUP", account_id=self.books.id)
        whatif = self.what_if(late, other, reason="The cup")
        self.assertEqual((whatif.draft_ids, whatif.stale_ids), (other, late))
        self.assertRegex(
            whatif.stale_summary, r"^Product \* \(Test shop\) v2: Product \* \(Test shop\) v3 was applied meanwhile"
        )
        whatif.action_apply()
        self.assertEqual((other.is_draft, late.is_draft), (False, True))

    def test_only_such_drafts_are_nothing_to_apply(self):
        late, _early = self.overtaken()
        whatif = self.what_if(late, reason="Too late")
        self.assertFalse(whatif.changed_count)
        for action in (whatif.action_apply, whatif.action_choose_day, whatif.action_repost):
            with self.refused("There is nothing to apply. Product .*Discard the draft, or renew it"):
                action()
        late.action_renew()
        whatif.action_compute()
        self.assertEqual((whatif.draft_ids, whatif.stale_summary), (late, ""))

    def test_the_command_line_does_not_fail_on_it(self):
        self.sold("R1", sku="CUP")
        late, _early = self.overtaken()
        other = self.draft(pattern="CUP", account_id=self.fees.id)
        parser = ArgumentParser()
        whatif_action.add_arguments(parser)
        period = ["--store", self.store.name, "--from", "2026-01-01", "--to", "2026-12-31"]
        result = whatif_action.what_if(self.env, parser.parse_args(period))
        self.assertEqual([draft["id"] for draft in result.data["drafts"]], [other.id])
        self.assertEqual((result.status, result.data["changed_orders"], len(result.data["left_out"])), (0, 1, 1))
        self.assertRegex(
            result.text, r"\nLeft out: Product \* \(Test shop\) v2: Product \* \(Test shop\) v3 was applied meanwhile"
        )
        result = whatif_action.what_if(self.env, parser.parse_args([*period, "--drafts", str(late.id)]))
        self.assertEqual((result.data["drafts"], result.data["changed_orders"]), ([], 0))

    def test_renewed_it_takes_the_place_of_what_overtook_it(self):
        late, early = self.overtaken()
        late.action_renew()
        self.assertEqual((late.previous_id, late.version, late.draft_state), (early, 4, "ready"))
        late._apply("Then this one")
        self.assertEqual((early.date_to, late.is_draft), (date(2026, 2, 28), False))

    def test_the_way_back_is_not_out_of_date_when_the_way_there_is_applied(self):
        there = self.draft(self.all_products, date_from="2026-07-01", date_to="2026-12-31", account_id=self.books.id)
        back = self.draft(self.all_products, date_from="2027-01-01", account_id=self.fees.id)
        there._apply("Lower for half a year")
        back.invalidate_recordset()
        self.assertEqual(back.draft_state, "ready")
        back._apply("As before")
        self.assertEqual((there.date_to, back.is_draft), (date(2026, 12, 31), False))

    def test_reaching_back_into_the_version_before_is_another_mistake(self):
        """It is refused as two rules that fit equally well: nothing happened meanwhile."""
        second = self.draft(self.all_products, date_from="2026-02-01", account_id=self.books.id)
        second._apply("New account")
        draft = self.draft(second, date_from="2026-01-15", account_id=self.fees.id)
        self.assertEqual(draft.draft_state, "ready")
        with self.refused("equally well"):
            draft._apply("Too early")

    def test_its_rule_is_archived(self):
        rule = self.rule()
        draft = self.draft(rule, account_id=self.books.id)
        rule.write({"active": False, "change_reason": "Not sold any more"})
        draft.invalidate_recordset()
        self.assertEqual(draft.draft_state, "stale")
        for refused in (draft.action_renew, lambda: draft._apply("No")):
            with self.refused("The rule it was made for is archived. Discard the draft, or restore the rule"):
                refused()
        draft.action_discard()
        self.assertFalse(draft.exists())


@tagged("post_install", "-at_install")
class TestDraftList(DraftCommon):
    """What an accountant sees of drafts before deciding."""

    def test_columns(self):
        action = self.env.ref("ecommerce_connector.ecommerce_mapping_rule_draft_action")
        view, mode = action.views[0]
        self.assertEqual(mode, "list")
        arch = etree.fromstring(self.rules.get_view(view, mode)["arch"])
        shown = [field.get("name") for field in arch.iter("field") if not field.get("column_invisible")]
        wanted = [
            "kind",
            "pattern",
            "change_summary",
            "date_from",
            "date_to",
            "create_uid",
            "create_date",
            "draft_state",
        ]
        self.assertEqual([name for name in shown if name in wanted], wanted)

    def test_old_and_new(self):
        sales, books = self.all_products.account_id.display_name, self.books.display_name
        tax = self.catch_all("tax", tax_rate="20")
        drafts = {
            self.draft(self.all_products, account_id=self.books.id): (f"Account: {sales} → {books}", "ready"),
            self.draft(pattern="CUP", account_id=self.books.id): (f"New rule → {books}", "ready"),
            self.draft(tax, ends_rule=True, tax_id=False): (f"Ends the rule: {tax.target} → nothing", "ready"),
            self.draft(self.catch_all("shipping")): ("", "same"),
            self.draft(self.rule(date_from="2026-01-01"), date_from=False, account_id=self.books.id): (
                f"Account: {sales} → {books}", "undated",
            ),
        }  # fmt: skip
        for draft, (change, state) in drafts.items():
            with self.subTest(draft.display_name):
                self.assertEqual((draft.change_summary, draft.draft_state), (change, state))
                self.assertEqual(bool(draft.draft_problem), state != "ready")
        self.assertFalse(self.all_products.change_summary)

    def test_the_way_back_is_told_from_the_way_there(self):
        """It says what the rule said: only beside the other draft it changes something."""
        sales, books = self.all_products.account_id.display_name, self.books.display_name
        back = self.draft(self.all_products, date_from="2027-01-01")
        self.assertEqual((back.change_summary, back.draft_state), ("", "same"))
        there = self.draft(self.all_products, date_from="2026-07-01", date_to="2026-12-31", account_id=self.books.id)
        back.invalidate_recordset()
        self.assertEqual((back.change_summary, back.draft_state), (f"Account: {books} → {sales}", "ready"))
        self.assertEqual(there.change_summary, f"Account: {sales} → {books}")
        there._apply("Another account for half a year")
        back.invalidate_recordset()
        self.assertEqual((back.change_summary, back.draft_state), (f"Account: {books} → {sales}", "ready"))

    def test_what_they_say_names_the_last_day(self):
        draft = self.draft(self.all_products, date_from="2026-07-01", date_to="2026-12-31", account_id=self.books.id)
        sales, books = self.all_products.account_id.display_name, self.books.display_name
        self.assertEqual(
            self.what_if(draft, compute=False).draft_summary,
            f"Product * (Test shop) v2: Account: {sales} → {books}, from Jul 1, 2026 until Dec 31, 2026",
        )
        draft.date_to = False
        self.assertTrue(self.what_if(draft, compute=False).draft_summary.endswith(", from Jul 1, 2026"))


@tagged("post_install", "-at_install")
class TestDraftsThatTakeTurns(DraftCommon):
    """A rate that is lowered for a while is two drafts: neither hides the other."""

    def setUp(self):
        super().setUp()
        self.vat = self.catch_all("tax", tax_rate="20")
        self.low, self.again = (self.vat.tax_id.copy({"name": name}) for name in ("Lower for a while", "As before"))
        for number, day in enumerate(("2026-02-10", "2026-03-10", "2026-04-10"), 1):
            self.sold(f"R{number}", day=day)

    def turns(self, year="2026"):
        there = self.draft(self.vat, date_from=f"{year}-03-01", date_to=f"{year}-03-31", tax_id=self.low.id)
        return there, self.draft(self.vat, date_from=f"{year}-04-01", tax_id=self.again.id)

    def test_as_if_they_had_always_held_each_is_seen_on_its_own_days(self):
        there, back = self.turns()
        whatif = self.what_if(there, back, basis="whole")
        self.assertEqual(
            self.figures(whatif, "tax"),
            {self.vat.tax_id.display_name: -40.0, self.low.display_name: 20.0, self.again.display_name: 20.0},
        )
        self.assertRegex(
            whatif.notes,
            r"looked at by their own days: Tax .* v2 .*from Mar 1, 2026 until Mar 31, 2026; "
            r"Tax .* v3 .*from Apr 1, 2026\. "
            "To see what one of them would mean in the whole period, look at it alone",
        )
        alone = self.what_if(back, basis="whole")
        self.assertEqual(self.figures(alone, "tax")[self.again.display_name], 60.0)
        self.assertNotIn("own days", alone.notes or "")

    def test_what_begins_after_the_period_is_named(self):
        whatif = self.what_if(*self.turns("2027"), basis="whole")
        self.assertFalse(whatif.changed_count)
        for version, day in (("v2", "Mar 1, 2027"), ("v3", "Apr 1, 2027")):
            self.assertRegex(whatif.notes, rf"{version} .*begins after the period, on {day}: nothing of it is in these")

    def test_two_new_rules_of_the_same_value_take_turns_too(self):
        first = self.draft(pattern="MUG", date_from="2026-03-01", date_to="2026-03-31", account_id=self.books.id)
        second = self.draft(pattern="mug", date_from="2026-04-01", account_id=self.fees.id)
        whatif = self.what_if(first, second, basis="whole")
        found = self.figures(whatif, "account")
        self.assertEqual((found[self.books.display_name], found[self.fees.display_name]), (100.0, 100.0))

    def test_by_their_own_days_nothing_is_said(self):
        whatif = self.what_if(*self.turns())
        self.assertNotIn("own days", whatif.notes or "")
        self.assertEqual(self.figures(whatif, "tax")[self.low.display_name], 20.0)


@tagged("post_install", "-at_install")
class TestApplyFromADate(DraftCommon):
    """The day from which drafts hold is asked for; afterwards it is said what holds, what ended and what was booked."""

    def dialog(self, *drafts, **more):
        whatif = self.what_if(*drafts, **more)
        return whatif, self.env["ecommerce.mapping.whatif.apply"].browse(whatif.action_choose_day()["res_id"])

    def test_its_own_first_day_is_proposed(self):
        draft = self.draft(self.all_products, date_from="2026-02-01", account_id=self.books.id)
        whatif, dialog = self.dialog(draft)
        self.assertRecordValues(
            dialog.line_ids,
            [{"rule_id": draft.id, "own_date": date(2026, 2, 1), "date_from": date(2026, 2, 1), "date_to": False}],
        )
        with self.refused("Say why"):
            dialog.action_confirm()
        dialog.reason = "New chart"
        dialog.action_confirm()
        self.assertEqual((whatif.state, whatif.reason, draft.is_draft), ("applied", "New chart", False))
        self.assertEqual((draft.date_from, self.all_products.date_to), (date(2026, 2, 1), date(2026, 1, 31)))

    def test_another_day_for_all(self):
        drafts = [
            self.draft(self.all_products, date_from="2026-02-01", account_id=self.books.id),
            self.draft(self.catch_all("shipping"), date_from="2026-03-01", account_id=self.books.id),
        ]
        self.sold("R1", day="2026-03-10")
        whatif, dialog = self.dialog(*drafts, reason="New chart")
        self.assertEqual(dialog.reason, "New chart")
        with Form(dialog) as form:
            form.shared_date = "2026-05-01"
        self.assertEqual(dialog.line_ids.mapped("own_date"), [date(2026, 2, 1), date(2026, 3, 1)])
        dialog.action_confirm()
        for draft in drafts:
            self.assertEqual((draft.is_draft, draft.date_from), (False, date(2026, 5, 1)))
        self.assertEqual(self.all_products.date_to, date(2026, 4, 30))
        self.assertIn("Nothing was re-posted: what was posted before stays as it is.", whatif.reposted_summary)

    def test_a_day_after_its_last_one_is_refused(self):
        draft = self.draft(self.all_products, date_from="2026-02-01", date_to="2026-03-31", account_id=self.books.id)
        whatif, dialog = self.dialog(draft, reason="New chart")
        dialog.line_ids.date_from = "2026-04-01"
        with self.refused(r"Product \* \(Test shop\) v2 ends on Mar 31, 2026: let it begin on that day or earlier"):
            dialog.action_confirm()
        self.assertEqual((whatif.state, draft.date_from), ("computed", date(2026, 2, 1)))

    def test_an_end_on_another_day_than_was_looked_at_is_refused(self):
        self.sold("R1", day="2026-03-10")
        ends = self.draft(self.all_products, date_from="2026-04-01", ends_rule=True, account_id=False)
        _whatif, dialog = self.dialog(ends, reason="Not sold any more")
        dialog.line_ids.date_from = "2026-03-01"
        with self.refused("see with “What if…” what ending it on Mar 1, 2026"):
            dialog.action_confirm()
        self.assertFalse(self.all_products.date_to)

    def test_only_accountants(self):
        viewer = new_test_user(
            self.env, "day-viewer", groups="ecommerce_connector.group_viewer", company_id=self.company.id
        )
        draft = self.draft(self.all_products, account_id=self.books.id)
        theirs = self.env["ecommerce.mapping.whatif"].with_user(viewer)
        theirs = theirs.browse(draft.with_user(viewer).action_what_if()["res_id"])
        theirs.action_compute()
        with self.assertRaises(AccessError):
            theirs.action_choose_day()

    # === What is said afterwards === #

    def test_what_holds_now_and_that_nothing_was_reposted(self):
        self.sold("R1")
        draft = self.draft(self.all_products, date_from="2026-02-01", date_to="2026-12-31", account_id=self.books.id)
        whatif = self.what_if(draft, reason="New chart")
        whatif.action_apply()
        self.assertEqual(
            whatif.applied_summary.splitlines(),
            [
                f"Product * (Test shop) v2 → {self.books.display_name} holds from Feb 1, 2026 until Dec 31, 2026.",
                f"Product * (Test shop) → {self.all_products.target} ended on Jan 31, 2026.",
            ],
        )
        nothing, where = whatif.reposted_summary.splitlines()
        self.assertEqual(
            nothing, "Nothing was re-posted: 1 order of these days stays as it was posted by the old rules."
        )
        self.assertRegex(where, "Where to look: Mapping › Change Log of Rules, with the reason “New chart”")

    def test_what_was_reposted(self):
        for number, day in enumerate(("2026-01-20", "2026-02-10", "2026-03-10"), 1):
            self.sold(f"R{number}", day=day)
        self.company.fiscalyear_lock_date = "2026-01-31"
        whatif = self.what_if(self.draft(self.all_products, account_id=self.books.id), reason="New chart")
        whatif.action_repost()
        self.assertEqual(self.balance("Books"), D("-200.00"))
        entries, closed, _where, button = whatif.reposted_summary.splitlines()
        self.assertEqual(entries, "2 correcting entries were posted, dated from Feb 10, 2026 to Mar 10, 2026.")
        self.assertEqual(closed, "100.00 EUR is in closed periods and stays as it is posted.")
        self.assertIn("Entries Re-posted", button)

    def test_what_was_blocked_and_is_posted(self):
        self.store.suspense_account_id = False
        self.all_products.write({"active": False, "change_reason": "Test"})
        self.sold("R1")
        whatif = self.what_if(self.draft(pattern="MUG", account_id=self.books.id), reason="A rule was missing")
        whatif.action_repost()
        self.assertEqual(
            whatif.applied_summary, f"Product MUG (Test shop) → {self.books.display_name} holds from Jan 1, 2026."
        )
        self.assertEqual(
            whatif.reposted_summary.splitlines()[:2],
            ["No posted entry was corrected.", "1 order that was blocked is posted."],
        )

    def test_what_ends_and_what_no_day_is_left_to(self):
        shipping = self.catch_all("shipping")
        ends = self.draft(shipping, date_from="2026-05-01", ends_rule=True, account_id=False)
        always = self.draft(self.rule(), date_from=False, account_id=self.books.id)
        whatif = self.what_if(ends, always, reason="Tidied")
        ended, replaced = (
            f"Shipping * (Test shop) → {shipping.target}",
            f"Product MUG (Test shop) → {self.account('Store sales').display_name}",
        )
        whatif.action_apply()
        self.assertEqual(
            sorted(whatif.applied_summary.splitlines()),
            sorted([
                f"Product MUG (Test shop) v2 → {self.books.display_name} holds always.",
                f"{ended} ended on Apr 30, 2026; nothing takes its place.",
                f"{replaced} is archived: no day is left to it.",
            ]),
        )  # fmt: skip

    def test_applied_from_its_own_form_it_is_said_too(self):
        draft = self.draft(self.all_products, date_from="2026-02-01", account_id=self.books.id)
        wizard = self.env["ecommerce.mapping.reason"].browse(draft.action_apply()["res_id"])
        wizard.reason = "New chart"
        message = wizard.action_confirm()["params"]["message"]
        self.assertIn("holds from Feb 1, 2026.", message)
        self.assertIn("ended on Jan 31, 2026.", message)
