import base64
import re
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged

from ..platforms import payload as payloads
from .common import D
from .goods_common import GoodsStory
from .payout_common import PayoutCommon
from .sync_common import SyncStory

#: What nobody may delete, whatever the group: evidence, and what leads to entries.
EVIDENCE = {
    "ecommerce.event", "ecommerce.order", "ecommerce.refund", "ecommerce.payment", "ecommerce.posting",
    "ecommerce.exception", "ecommerce.sync.log", "ecommerce.sync.stream", "ecommerce.payout",
    "ecommerce.balance.transaction", "ecommerce.dispute", "ecommerce.customer", "ecommerce.collective",
    "ecommerce.erasure", "ecommerce.revaluation", "ecommerce.goods.cost", "ecommerce.stock.count",
    "ecommerce.stock.count.line", "ecommerce.summary", "ecommerce.summary.row", "ecommerce.backfill.tally",
}  # fmt: skip
#: What is written once and never again.
IMMUTABLE = {
    "ecommerce.event",
    "ecommerce.posting",
    "ecommerce.erasure",
    "ecommerce.collective",
    "ecommerce.revaluation",
    "ecommerce.goods.cost",
    "ecommerce.stock.count",
    "ecommerce.stock.count.line",
    "ecommerce.summary",
    "ecommerce.summary.row",
}
#: What only an administrator makes or removes.
SET_UP = {"ecommerce.store", "ecommerce.processor.account"}
#: Wizards of viewers: they write their own rows of them and nothing else.
LOOKING = {
    "ecommerce.tax.truth", "ecommerce.tax.truth.line", "ecommerce.mapping.whatif", "ecommerce.mapping.whatif.line",
    "ecommerce.mapping.whatif.order", "ecommerce.mapping.import", "ecommerce.mapping.import.line",
    "ecommerce.account.replacement", "ecommerce.account.replacement.line", "ecommerce.cutoff", "ecommerce.cutoff.line",
    "ecommerce.cutoff.account", "ecommerce.transit.list", "ecommerce.transit.line",
}  # fmt: skip
CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@tagged("post_install", "-at_install")
class TestSecurity(SyncStory, GoodsStory, PayoutCommon):
    """Viewers see, accountants import, post and reconcile, administrators connect stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.viewer, cls.accountant, cls.administrator = (
            new_test_user(
                cls.env, login=f"ec_{name}", groups=f"ecommerce_connector.group_{name}", company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name in ("viewer", "accountant", "administrator")
        )  # fmt: skip
        cls.outsider = new_test_user(cls.env, login="ec_employee", groups="base.group_user", company_id=cls.company.id,
                                     company_ids=[(6, 0, cls.company.ids)])  # fmt: skip
        cls.portal = new_test_user(cls.env, login="ec_portal", groups="base.group_portal", company_id=cls.company.id,
                                   company_ids=[(6, 0, cls.company.ids)])  # fmt: skip

    def models(self):
        """Every model of the connector that has a table."""
        names = [name for name in self.env.registry if name.startswith("ecommerce.") and not self.env[name]._abstract]
        return [self.env[name] for name in sorted(names)]

    def rights(self, model, user):
        """What a user may do with a model, e.g. ``{"read", "write"}``."""
        as_user = model.with_user(user)
        return {name for name in ("read", "write", "create", "unlink") if as_user.has_access(name)}

    # === Rights === #

    def test_outsiders_have_no_rights_at_all(self):
        for name, user in (
            ("portal", self.portal), ("employee", self.outsider), ("public", self.env.ref("base.public_user")),
        ):  # fmt: skip
            for model in self.models():
                with self.subTest(user=name, model=model._name):
                    self.assertEqual(self.rights(model, user), set())
                    with self.assertRaises(AccessError):
                        model.with_user(user).search([])

    def test_rights_of_each_group(self):
        for model in self.models():
            with self.subTest(model=model._name):
                viewer, accountant, administrator = (
                    self.rights(model, user) for user in (self.viewer, self.accountant, self.administrator)
                )
                if model._name in LOOKING:
                    continue  # written to look at something; see TestWhatIf.test_rights, TestMappingForViewers
                self.assertLessEqual(viewer, {"read"})
                self.assertLessEqual(viewer, accountant)
                self.assertLessEqual(accountant, administrator)
                self.assertIn("read", accountant)
                if model._transient:
                    self.assertFalse(viewer, "a viewer needs no wizard")
                else:
                    self.assertTrue(viewer)
                if model._name in SET_UP:
                    self.assertFalse(accountant & {"create", "unlink"})
                    self.assertEqual(administrator, {"read", "write", "create", "unlink"})
                if model._name in EVIDENCE:
                    self.assertNotIn("unlink", administrator)
                if model._name in IMMUTABLE:
                    self.assertNotIn("write", administrator)

    def test_processor_accounts_are_set_up_by_administrators(self):
        with self.assertRaises(AccessError):
            self.processor.with_user(self.accountant).name = "Mine"
        self.processor.with_user(self.administrator).name = "Ours"

    def test_only_administrators_redirect_a_store(self):
        """The credentials are sent to the store's address: who may change it can read them."""
        store = self.store.with_user(self.accountant)
        with self.assertRaises(AccessError):
            store.base_url = "https://thief.example"
        with self.assertRaises(AccessError):
            store.platform = "woocommerce"
        store.rounding_cap = 0.01
        self.store.with_user(self.administrator).base_url = "https://shop.example"
        store.base_url = "https://shop.example"  # unchanged: a form may send it along

    def test_evidence_cannot_be_changed_even_by_the_superuser(self):
        (order,) = self.accept(self.paid_order())
        with self.assertRaisesRegex(UserError, "evidence"):
            order.sudo().event_id.payload = "{}"
        with self.assertRaisesRegex(UserError, "evidence"):
            order.sudo().event_id.unlink()

    # === Buttons over RPC === #

    def story(self):
        """Something to click on, in every state."""
        self.env["ecommerce.exception.rule"].create({"company_id": self.company.id, "user_id": self.accountant.id})
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        booked, blocked = self.paid_order("P1", refunds=[refund]), self.paid_order("P2")
        blocked["total"] = "999.00"
        self.accept(booked, blocked, self.paid_order("P3"))
        posted = self.import_payout(self.report(self.charge("p-P1", "120.00")))
        posted.action_post()
        self.import_payout(self.report(self.charge("p-P3", "120.00"), payout="po_2"))
        withdrawn = ("txn_w", "-120.00", "15.00", "dispute", "du_1", "ch_p-P1")
        self.import_payout(self.report(withdrawn, payout="po_0")).action_post()
        self.bank_line(120.0)
        self.sync_story(self.store)
        self.env["ecommerce.account.alias"].create({"code": "70700", "account_id": self.account("Store sales").id})
        self.erased_customer("P4")
        card = self.line("CARD", "50.00", rate=None, kind="gift_card", gift_cards=[{"id": "GC-1"}])
        self.accept(self.order("P5", [card], "50.00", [self.payment("p-P5", "50.00")]))
        self.processor.bills_in_arrears = True
        self.env["ecommerce.period.end"].create({"day": "2026-03-31"}).action_compute()
        self.env["ecommerce.summary.mode"].create({"store_id": self.store.id, "date_from": "2026-05-01", "mode": "day"})
        late = [self.payment("p-P6", "12.00", at="2026-05-02T10:00:00Z")]
        self.accept(
            self.order("P6", [self.line("TSH", "10.00", "2.00")], "12.00", late, placed_at="2026-05-02T09:00:00Z")
        )
        self.env["ecommerce.summary.post"].create({"store_id": self.store.id}).action_post()
        entry = posted.move_id
        self.env["ecommerce.revaluation"].sudo().create(
            {
                "company_id": self.company.id, "day": entry.date, "account_id": self.account("Payment clearing").id,
                "what": "clearing", "currency_id": self.env.ref("base.USD").id, "move_id": entry.id,
            }
        )  # fmt: skip
        self.goods_story(self.store)

    def test_no_button_lets_a_viewer_write(self):
        """Every public method of every model, called as the web client would: nothing may reach the database."""
        self.story()
        self.env.flush_all()
        clicked = refused = 0
        for model in self.models():
            if model._transient:
                continue
            names = [name for name in self.public_methods(model) if name.startswith("action_")]
            records = model.with_user(self.viewer).search([])
            for record in records:
                for name in names:
                    with self.subTest(model=model._name, method=name, id=record.id):
                        clicked += 1
                        refused += self.click(record, name)
        self.assertGreater(clicked, 30)
        self.assertGreater(refused, 10, "buttons that change something refuse a viewer")

    def click(self, record, name):
        """Whether a button is refused; fails if it wrote."""
        written, execute = [], Cursor.execute

        def watch(cursor, query, *args, **kwargs):
            text = query if isinstance(query, str) else query.code
            if CHANGES.match(text):
                written.append(text)
            return execute(cursor, query, *args, **kwargs)

        is_refused = False
        with patch.object(Cursor, "execute", watch), self.env.cr.savepoint() as savepoint:
            try:
                call_kw(record.browse(), name, [record.ids], {})
                self.env.flush_all()
            except AccessError:
                is_refused = True
            except Exception as error:  # refused for another reason, before anything was written
                is_refused = bool(error)
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertFalse(written)
        return is_refused

    @staticmethod
    def public_methods(model):
        """What can be called over RPC and is the connector's own."""
        own = {
            name
            for cls in type(model).mro()
            if cls.__module__.startswith("odoo.addons.ecommerce_connector")
            for name in vars(cls)
        }
        return sorted(
            name for name in own
            if not name.startswith("_") and callable(getattr(type(model), name, None))
            and not getattr(getattr(type(model), name), "_api_private", False)
        )  # fmt: skip

    def test_accountants_buttons_for_a_viewer(self):
        """By name, so that the test above cannot pass by clicking the wrong thing."""
        self.story()
        orders = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        blocked = orders.filtered(lambda order: order.state == "blocked")
        payouts = self.env["ecommerce.payout"].search([("processor_account_id", "=", self.processor.id)])
        _disputed, posted, draft = payouts.sorted("external_id")
        for record, name in (
            (blocked, "action_post"), (blocked.exception_ids, "action_retry"),
            (blocked.exception_ids, "action_resolve"), (draft, "action_post"), (draft, "action_match"),
            (posted, "action_match_bank"), (posted, "action_undo"), (self.store, "action_check_connection"),
            (self.store, "action_create_accounting"), (self.store, "action_sync"), (self.store, "action_fetch"),
        ):  # fmt: skip
            with self.subTest(model=record._name, method=name), self.assertRaises(AccessError):
                call_kw(record.browse().with_user(self.viewer), name, [record.ids], {})
        for name in ("ecommerce.import", "ecommerce.payout.import", "ecommerce.mapping.reason"):
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.viewer).create({})

    def test_private_methods_cannot_be_called(self):
        for name in ("_accept", "_sync", "_credentials", "_unsealed", "_platform"):
            with self.subTest(method=name), self.assertRaises(AccessError):
                call_kw(self.env["ecommerce.store"].with_user(self.administrator), name, [self.store.ids], {})

    # === The accountant's day === #

    def test_accountant_does_the_whole_way(self):
        """Review, post, pay out, match with the bank, undo: with an accountant's rights alone."""
        env = self.env(user=self.accountant)
        content = "\n".join(payloads.dumps(self.paid_order(number)) for number in ("W1", "W2"))
        wizard = env["ecommerce.import"].create(
            {"store_id": self.store.id, "file_name": "orders.jsonl", "file": base64.b64encode(content.encode())}
        )
        wizard.action_preview()
        self.assertEqual(wizard.line_ids.mapped("state"), ["complete", "complete"])
        wizard.action_accept()
        orders = env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        self.assertEqual(set(orders.mapped("state")), {"posted"}, orders.mapped("explanation"))
        self.assertEqual(set(orders.posting_ids.move_id.mapped("state")), {"posted"})

        rule = env["ecommerce.mapping.rule"].create(
            {
                "kind": "product",
                "pattern": "MUG",
                "store_id": self.store.id,
                "account_id": self.account("Store sales").id,
                "change_reason": "New product",
            }
        )
        self.assertTrue(rule.target)

        report = self.report(self.charge("p-W1", "120.00", "3.00"), self.charge("p-W2", "120.00"))
        upload = env["ecommerce.payout.import"].create(
            {
                "processor_account_id": self.processor.id, "file_name": "payout.csv", "file": base64.b64encode(report),
            }
        )  # fmt: skip
        action = upload.action_import()
        payout = env["ecommerce.payout"].browse(action["res_id"])
        payout.action_post()
        self.assertEqual(payout.state, "posted")
        self.assertEqual(self.balance("Payment clearing"), D("0.00"))
        self.bank_line(237.0)
        payout.action_match_bank()
        self.assertEqual(payout.state, "banked")
        self.assertEqual(self.balance("Payouts in transit"), D("0.00"))
        payout.action_undo()
        payout.action_undo()
        self.assertEqual(payout.state, "draft")
        self.assertEqual(self.balance("Payment clearing"), D("240.00"))

    def test_accountant_in_batch_mode_and_with_a_refund(self):
        self.store.payment_mode = "batch"
        self.store = self.store.with_user(self.accountant)
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        (order,) = self.accept(self.paid_order(refunds=[refund]))
        self.assertEqual(order.state, "posted", order.explanation)
        self.assertEqual(self.moves_of(order, "credit_note").create_uid, self.accountant)

    def test_viewer_sees_everything_of_an_order(self):
        self.story()
        for model in self.models():
            if model._transient:
                continue
            with self.subTest(model=model._name):
                records = model.with_user(self.viewer).search([])
                self.assertTrue(records)
                records.web_read({name: {} for name in self.readable_fields(model)})

    def readable_fields(self, model):
        return list(model.with_user(self.viewer).fields_get(attributes=["type"]))
