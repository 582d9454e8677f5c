from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .exception_common import ExceptionCommon


class MailCommon(ExceptionCommon):
    """Looks at the mails in the queue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.users"].search([("id", "not in", (cls.ann | cls.bob | cls.eve).ids)]).ecommerce_digest = "never"
        (cls.ann | cls.bob | cls.eve).tz = "UTC"

    def mails(self):
        """What is in the queue now; it is emptied."""
        found = self.env["mail.mail"].search([], order="id")
        told = [(mail.recipient_ids.name, mail.subject, mail.body_html, mail) for mail in found]
        return told

    def look_after(self):
        """The scheduled action."""
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60.0):
            self.env["ecommerce.exception"]._cron_look_after()

    def drop_mails(self):
        self.env["mail.mail"].sudo().search([]).unlink()


@tagged("post_install", "-at_install")
class TestEscalation(MailCommon):
    """What is overdue is told to a second person, once."""

    def overdue(self, *numbers, **rule):
        """Exceptions of Ann's that were due four days ago, Eve being told two days after."""
        self.owner_rule(self.ann, escalation_user_id=self.eve.id, escalation_days=2, **rule)
        found = self.env["ecommerce.exception"].union(*(self.blocked(number) for number in numbers))
        found.date_due = self.today(-4)
        self.drop_mails()
        return found

    def test_told_once_by_activity_note_and_one_mail(self):
        items = self.overdue("O1", "O2")
        self.look_after()
        ((who, subject, body, _mail),) = self.mails()
        self.assertEqual((who, subject), ("Eve", "Store exceptions that are overdue and need you: 2"))
        for item in items:
            self.assertIn(f"res_id={item.id}", body)
            self.assertTrue(item.escalated_at)
            self.assertEqual(
                {(activity.user_id, activity.date_deadline) for activity in item.activity_ids},
                {(self.ann, self.today(-4)), (self.eve, self.today())},
            )
            self.assertIn("Eve was told", item.message_ids[0].body)
        self.drop_mails()
        for _again in range(2):
            self.look_after()
        self.assertFalse(self.mails())
        self.assertEqual(len(items.activity_ids), 4)
        self.mended("O1")
        self.assertFalse(items[0].activity_ids)

    def test_not_before_its_day(self):
        items = self.overdue("O1")
        items.date_due = self.today(-2)  # two days after that is today: it is told on the day after
        self.look_after()
        self.assertFalse(items.escalated_at or self.mails())
        items.date_due = self.today(-3)
        self.look_after()
        self.assertTrue(items.escalated_at)

    def test_opened_again_is_told_again(self):
        items = self.overdue("O1")
        self.look_after()
        self.mended("O1")
        self.accept(self.broken("O1", "126.00", updated_at="2026-03-20T10:00:00Z"))
        self.assertRecordValues(items, [{"state": "open", "escalated_at": False, "escalate_on": self.today(6)}])
        items.date_due = self.today(-9)
        self.drop_mails()
        self.look_after()
        self.assertEqual(len(self.mails()), 1)

    def test_person_who_left_is_not_written_to(self):
        items = self.overdue("O1")
        self.eve.active = False
        self.look_after()
        self.assertFalse(self.mails())
        self.assertEqual(items.activity_ids.user_id, self.ann)
        self.assertIn("nobody was told", items.message_ids[0].body)

    def test_later_rules_give_owners(self):
        item = self.blocked()
        self.owner_rule(self.bob)
        self.look_after()
        self.assertEqual(item.user_id, self.bob)

    def test_in_the_language_of_who_is_told(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.eve.lang = "fr_FR"
        template = self.env.ref("ecommerce_connector.exceptions_escalated_mail_subject")
        template.update_field_translations(
            "arch_db", {"fr_FR": {"Store exceptions that are overdue and need you:": "Anomalies en retard :"}}
        )
        self.overdue("O1")
        self.look_after()
        ((_who, subject, body, _mail),) = self.mails()
        self.assertEqual(subject, "Anomalies en retard : 1")
        self.assertIn((self.today(-4)).strftime("%d"), body)


@tagged("post_install", "-at_install")
class TestDigest(MailCommon):
    """What is new and overdue, by mail, daily or weekly, to each who may read it."""

    MORNING = datetime(2026, 11, 23, 7, 0)  # a Monday

    def send(self, at=MORNING):
        self.drop_mails()
        with (
            patch.object(fields.Datetime, "now", lambda: at),
            patch.object(fields.Date, "context_today", lambda *_a: at.date()),
        ):
            with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=60.0):
                self.env["ecommerce.exception"]._cron_digest()
        return self.mails()

    def found_at(self, at, *numbers, due=None):
        items = self.env["ecommerce.exception"].union(*(self.blocked(number) for number in numbers))
        items.sudo().write({"opened_at": at, "date_due": due})
        return items

    def test_new_and_overdue_to_everyone_with_the_right(self):
        self.owner_rule(self.ann)
        new = self.found_at(self.MORNING - timedelta(hours=2), "D1")
        late = self.found_at(self.MORNING - timedelta(days=30), "D2", due=self.MORNING.date() - timedelta(days=1))
        known = self.found_at(self.MORNING - timedelta(days=30), "D3", due=self.MORNING.date())
        told = self.send()
        self.assertEqual(sorted(who for who, *_rest in told), ["Ann", "Bob", "Eve"])
        for _who, subject, body, mail in told:
            self.assertEqual(subject, "Store exceptions: 1 overdue, 1 new")
            self.assertIn("Order D2", body)
            self.assertIn(new.message.partition("'")[0], body)
            self.assertLess(body.index(f"res_id={late.id}"), body.index(f"res_id={new.id}"), "overdue comes first")
            self.assertIn(f"res_id={known.id}", body, "the largest of the others")
            self.assertIn("Test shop", body)
            self.assertIn("15.00", body, "three times 5.00 in the store's row")
            self.assertTrue(mail.auto_delete)

    def test_once_a_day_and_new_ones_once(self):
        self.found_at(self.MORNING - timedelta(hours=2), "D1")
        self.assertEqual(len(self.send()), 3)
        self.assertFalse(self.send(self.MORNING + timedelta(hours=3)))
        self.assertFalse(self.send(self.MORNING + timedelta(days=1)), "neither new nor overdue: no mail")
        self.found_at(self.MORNING + timedelta(days=1, hours=1), "D2")
        ((_who, subject, body, _mail), *_others) = self.send(self.MORNING + timedelta(days=2))
        self.assertEqual(subject, "Store exceptions: 1 new")
        self.assertIn("Order D2", body)

    def test_weekly_on_mondays_never_and_in_the_morning(self):
        self.found_at(self.MORNING - timedelta(days=6), "D1")
        self.ann.ecommerce_digest, self.bob.ecommerce_digest = "weekly", "never"
        self.eve.tz = "America/New_York"  # it is two in the morning there
        self.assertFalse(self.send(self.MORNING - timedelta(days=1, hours=2)))
        self.assertEqual([who for who, *_rest in self.send()], ["Ann"])
        self.assertFalse(self.send(self.MORNING + timedelta(days=1)))

    def test_other_companies_are_not_told_of(self):
        self.found_at(self.MORNING - timedelta(hours=2), "D1")
        self.stranger.write({"ecommerce_digest": "daily", "tz": "UTC"})
        self.assertNotIn("Stranger", [who for who, *_rest in self.send()])
        self.stranger.company_ids |= self.company
        self.stranger.ecommerce_digest_at = False
        ((who, _subject, body, _mail),) = self.send(self.MORNING + timedelta(hours=1))
        self.assertEqual(who, "Stranger")
        self.assertIn(f" · {self.company.name}", " ".join(body.split()), "of several companies each row says which")

    def test_many_are_counted_not_listed(self):
        self.accept(*(self.broken(f"N{number}") for number in range(18)))
        self.open_ones().sudo().opened_at = self.MORNING - timedelta(hours=1)
        ((_who, subject, body, _mail), *_others) = self.send()
        self.assertEqual(subject, "Store exceptions: 18 new")
        self.assertIn("and 3 more in the list", " ".join(body.split()))

    def test_everybody_sets_his_own(self):
        self.ann.with_user(self.ann).ecommerce_digest = "weekly"
        self.assertEqual(self.ann.ecommerce_digest, "weekly")
