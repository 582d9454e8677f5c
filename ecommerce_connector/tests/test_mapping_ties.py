from functools import partial
from threading import Thread
from time import monotonic, sleep

import psycopg2

from odoo.exceptions import ValidationError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .committed_common import MARK, CommittedCommon
from .test_mapping_rules import RuleCommon


@tagged("post_install", "-at_install")
class TestLeftBehind(RuleCommon):
    """A rule that goes may have been what decided between two others."""

    def setUp(self):
        super().setUp()
        france = self.env.ref("base.fr")
        self.rule(country_id=france.id)
        self.both = self.rule(country_id=france.id, customer_kind="business")
        self.rule(customer_kind="business")

    def test_it_may_not_move_away(self):
        other = self.store.copy({"name": "Other shop"})
        for values in (
            {"pattern": "CUP"}, {"pattern": "MUG*"}, {"match_on": "tag"}, {"store_id": other.id}, {"store_id": False},
            {"kind": "shipping"}, {"customer_kind": False, "state_id": False, "pattern": "CUP"},
        ):  # fmt: skip
            with (
                self.subTest(values=values),
                self.refused("MUG, France [(].*MUG, Businesses [(]|MUG, Businesses [(].*MUG, France [(]"),
            ):
                self.both.write({**values, "change_reason": "Moved"})

    def test_it_may_not_be_deleted(self):
        with self.refused("equally well"):
            self.both.with_context(mapping_change_reason="Away").unlink()
        self.assertTrue(self.both.exists())

    def test_it_may_move_with_those_beside_it(self):
        rules = self.rules.search([("pattern", "=", "MUG"), ("store_id", "=", self.store.id)])
        self.assertEqual(len(rules), 3)
        rules.write({"pattern": "CUP", "change_reason": "Renamed"})
        self.assertEqual(rules.mapped("pattern_key"), ["cup"] * 3)
        with rules._ties_checked_together():
            for rule in rules:
                rule.write({"pattern": "JUG", "change_reason": "Renamed again"})
        with self.refused("equally well"), rules._ties_checked_together():
            self.both.write({"pattern": "POT", "change_reason": "Alone"})

    def test_who_is_alone_moves_freely(self):
        rule = self.rule(pattern="CUP")
        rule.write({"pattern": "JUG", "change_reason": "Renamed"})
        rule.with_context(mapping_change_reason="Away").unlink()
        draft = self.both._draft_version(date_from="2026-05-01")
        draft.write({"customer_kind": False})
        draft.unlink()


@tagged("post_install", "-at_install")
class TestConcurrentRules(CommittedCommon):
    """Two people save rules that tie at the same moment: the second is refused as if he had come later."""

    def save(self, pattern, found, **values):
        """In a transaction that began before: as a request of the web client, which is tried again if it must be."""
        with self.transaction() as env:
            env["ecommerce.mapping.rule"].search_count([])  # what it sees is as of now
            found["ready"] = env.cr._cnx.info.backend_pid
            while not found.get("go"):
                sleep(0.01)
            try:
                retrying(partial(self.rule, env, pattern, **values), env)
            except ValidationError as error:
                found["error"] = str(error)
                env.cr.rollback()

    def wait_for(self, condition, seconds=30):
        end = monotonic() + seconds
        while not condition():
            self.assertLess(monotonic(), end)
            sleep(0.02)

    def is_waiting(self, backend):
        with self.registry.cursor() as cr:
            cr.execute("SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [backend])
            return cr.fetchone() == (True,)

    def race(self, pattern, **values):
        """What becomes of a second transaction that saves a rule while the first has not committed its own."""
        found = {}
        second = Thread(target=self.save, args=(pattern, found), kwargs=values)
        second.start()
        self.addCleanup(found.update, go=True)
        self.wait_for(lambda: "ready" in found)
        with self.transaction() as env, mute_logger("odoo.service.model"):
            self.rule(env, "MUG")
            found["go"] = True
            self.wait_for(lambda: not second.is_alive() or self.is_waiting(found["ready"]))
            waited = second.is_alive()
            env.cr.commit()
            second.join(60)
        self.assertFalse(second.is_alive())
        return waited, found.get("error")

    def saved(self):
        with self.transaction() as env:
            return env["ecommerce.mapping.rule"].search_count([("pattern", "=like", f"{MARK}%")])

    def test_the_second_of_two_that_tie_is_refused(self):
        waited, error = self.race("mug")
        self.assertTrue(waited, "the first decides")
        self.assertRegex(error or "", f"Product {MARK}mug .*Product {MARK}MUG")
        self.assertEqual(self.saved(), 1)

    def test_the_second_of_two_that_do_not_tie_is_saved(self):
        self.assertEqual(self.race("CUP"), (True, None))
        self.assertEqual(self.saved(), 2)

    def test_another_kind_waits_for_nobody(self):
        self.assertEqual(self.race("MUG", kind="shipping"), (False, None))
        self.assertEqual(self.saved(), 2)


@tagged("post_install", "-at_install")
class TestLogOfThePast(CommittedCommon):
    """What a line of the change log names was written with it."""

    def test_nothing_is_added_later(self):
        with self.transaction() as env:
            rule = self.rule(env, "MUG")
            (line,) = env["ecommerce.mapping.change"].search([("rule_number", "=", rule.id)])
            number = line.id
        with self.registry.cursor() as cr, mute_logger("odoo.sql_db"):
            with self.assertRaisesRegex(psycopg2.IntegrityError, "cannot be altered"):
                cr.execute(
                    "INSERT INTO account_move_ecommerce_mapping_change_rel"
                    " (ecommerce_mapping_change_id, account_move_id) VALUES (%s, 1)", [number],
                )  # fmt: skip
            cr.rollback()
