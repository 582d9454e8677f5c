import hashlib
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..core.customers.redaction import ERASED
from ..platforms import payload as payloads
from .common import D
from .customer_common import VAT
from .erasure_common import ADA, LATER, PERSONAL, ErasureCommon


@tagged("post_install", "-at_install")
class TestCustomerErasure(ErasureCommon):
    """Personal data goes, figures stay."""

    # === What goes === #

    def test_nothing_personal_is_left_but_the_recipient_of_the_invoice(self):
        order = self.buy("A1", ADA)
        partner = order.partner_id
        partner.message_post(body="Ada called", email_from="ada@secret.example")
        partner.write({"comment": "Prefers tea, says Ada", "website": "https://secret.example", "phone": "+33 123 9"})
        iban = "FR76 3000 6000 0112 3456 7890 189"
        self.env["res.partner.bank"].create({"partner_id": partner.id, "acc_number": iban})
        self.env.flush_all()
        self.erase(order.customer_id)
        found = self.everything()
        recipient = self.moves_of(order, "invoice").ecommerce_recipient
        self.assertEqual(recipient, "Ada Byron\n1 rue de la Paix\n75002 Paris\nFrance")
        for table, text in found.items():
            text = text.replace("Ada Byron\n1 rue de la Paix\n75002 Paris\nFrance", "")
            for personal in (*PERSONAL, "FR76", "30006000"):
                with self.subTest(table=table, personal=personal):
                    self.assertNotIn(personal.casefold(), text.casefold())
        name = f"Erased customer {order.customer_id.id}"
        self.assertRecordValues(
            partner,
            [{"name": name, "email": False, "phone": False, "street": False, "city": False, "zip": False,
              "country_id": self.env.ref("base.fr").id, "active": True, "ecommerce_is_erased": True}],
        )  # fmt: skip
        self.assertRecordValues(order, [{"customer_name": name, "customer_email": False, "partner_id": partner.id}])
        self.assertRecordValues(order.customer_id, [{"name": False, "email": False, "display_name": name}])

    def test_people_of_a_company_go_and_the_vat_number_stays(self):
        order = self.buy("A1", {**ADA, "company": "Byron GmbH", "vat": VAT})
        company, person = order.partner_id, order.partner_id.child_ids
        self.erase(order.customer_id)
        name = f"Erased customer {order.customer_id.id}"
        self.assertRecordValues(company, [{"name": name, "vat": VAT, "is_company": True, "email": False}])
        self.assertRecordValues(person, [{"name": f"{name} ({person.id})", "email": False, "phone": False}])
        recipient = self.moves_of(order, "invoice").ecommerce_recipient
        self.assertEqual(recipient.splitlines()[0], "Byron GmbH")
        self.assertIn(VAT, recipient)

    def test_all_versions_of_all_orders_and_of_merged_customers(self):
        payload = self.paid("A1", customer=ADA)
        (first,) = self.accept(payload)
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        self.accept({**payload, "refunds": [refund], "updated_at": LATER})
        second = self.buy("A2", {**ADA, "id": "9", "email": "byron@secret.example"})
        self.buy("A3", {**ADA, "merged_into": "9"})
        log = self.erase(first.customer_id)
        events = self.env["ecommerce.event"].search([("store_id", "=", self.store.id)])
        self.assertEqual(len(events), 4)
        for event in events:
            self.assertNotIn("Ada", event.payload)
            self.assertEqual(payloads.loads(event.payload)["customer"]["name"], ERASED)
        self.assertTrue(all((first.customer_id | second.customer_id).mapped("erased_at")))
        self.assertEqual((log.order_count, log.payload_count), (3, 4))

    def test_orders_of_others_are_not_touched(self):
        ours, theirs = self.buy("A1", ADA), self.buy("A2", self.someone(8))
        self.erase(ours.customer_id)
        self.assertIn("Customer 8", theirs.event_id.payload)
        self.assertEqual(theirs.partner_id.name, "Customer 8")
        self.assertFalse(theirs.event_id.redacted_digest)

    def test_customer_on_a_shared_contact(self):
        self.store.partner_policy = "shared"
        ours, theirs = self.buy("A1", ADA), self.buy("A2", self.someone(8))
        shared = self.store.shared_partner_id
        name = shared.name
        self.erase(ours.customer_id)
        self.assertEqual((shared.name, theirs.customer_name), (name, "Customer 8"))
        self.assertFalse(self.moves_of(ours, "invoice").ecommerce_recipient)
        self.assertNotIn("Ada", ours.event_id.payload)

    def test_review_under_way_does_not_keep_a_copy(self):
        order = self.buy("A1", ADA)
        content = payloads.dumps(self.paid("A1", customer=ADA, updated_at=LATER)).encode()
        wizard = self.preview(content)
        self.assertIn("Ada", self.everything()["ecommerce_import_line"])
        self.erase(order.customer_id)
        self.assertNotIn("Ada", self.everything()["ecommerce_import_line"])
        self.assertFalse(wizard.file)

    # === What stays === #

    def test_proof_and_ledger_stay_whole(self):
        refund = self.refund("r1", "12.00", lines=[self.line("TSH", "10.00", "2.00")])
        order = self.buy("A1", ADA, refunds=[refund])
        self.buy("A2", self.someone(8))
        entries = order.posting_ids.move_id
        before, ledger = self.proof(), self.ledger(entries)
        self.assertTrue(before["holds"])
        self.erase(order.customer_id)
        self.assertEqual(self.proof(), before)
        self.assertEqual(self.ledger(entries), ledger)

    @staticmethod
    def ledger(moves):
        """Everything of entries that books are made of."""
        lines = moves.line_ids.read(
            ["account_id", "partner_id", "balance", "amount_currency", "date", "tax_ids", "tax_line_id", "reconciled"]
        )
        heads = moves.read(["name", "state", "date", "invoice_date", "amount_total", "payment_state", "partner_id"])
        for row in [*lines, *heads]:  # the contact is the same one, called otherwise
            row["partner_id"] = row["partner_id"] and row["partner_id"][0]
        return lines, heads

    def test_hashes_prove_what_is_left(self):
        payload = self.paid("A1", customer=ADA)
        (order,) = self.accept(payload)
        event = order.event_id
        original = event.digest
        log = self.erase(order.customer_id)
        self.assertEqual(event.digest, original)
        self.assertEqual(event.digest, hashlib.sha256(payloads.dumps(payload).encode()).hexdigest())
        self.assertEqual(event.redacted_digest, hashlib.sha256(event.payload.encode()).hexdigest())
        self.assertEqual(log.payload_digests, {str(event.id): [original, event.redacted_digest]})
        kept, came = json.loads(event.payload), json.loads(payloads.dumps(payload))
        self.assertEqual(kept.pop("customer")["billing"]["country"], "FR")
        came.pop("customer")
        self.assertEqual(kept, came, "nothing but personal data was taken out")

    def test_payload_stays_evidence(self):
        order = self.buy("A1", ADA)
        self.erase(order.customer_id)
        with self.assertRaisesRegex(UserError, "evidence"):
            order.event_id.sudo().payload = "{}"
        with self.assertRaisesRegex(UserError, "evidence"):
            order.event_id.sudo().redacted_digest = False

    def test_printed_invoice_carries_the_kept_recipient(self):
        order = self.buy("A1", ADA)
        invoice = self.moves_of(order, "invoice")
        self.erase(order.customer_id)
        html = self.printed(invoice)
        self.assertIn("1 rue de la Paix", html)
        self.assertIn("Ada Byron", html)

    def test_figures_are_those_of_before(self):
        order = self.buy("A1", ADA)
        self.erase(order.customer_id)
        self.assertEqual(self.balance("Payment clearing"), D("120.00"))
        self.assertEqual(self.balance("Store sales"), D("-100.00"))

    # === Refused === #

    def test_refused_while_an_order_is_open(self):
        done = self.buy("A1", ADA)
        blocked = self.paid("A2", "999.00", customer=ADA)
        blocked["total"] = "1.00"
        review = self.paid("A3", customer=ADA)
        unpaid = {**self.paid("A4", customer=ADA), "payments": []}
        pending = self.paid("A5", customer=ADA, refunds=[self.refund("r5", "12.00", state="pending")])
        self.accept(blocked, unpaid, pending)
        self.store._accept(self.records(review), post=False)
        self.store.invoice_on = "order"
        self.accept({**self.paid("A6", customer=ADA), "payments": []})
        wizard = self.wizard(done.customer_id, reason="Request 17")
        for number, why in (
            ("id-A2", "it is blocked"), ("A3", "it waits to be posted"), ("A4", "it may still be paid"),
            ("A5", "a refund is pending"), ("A6", "it is not settled"),
        ):  # fmt: skip
            with self.subTest(order=number):
                self.assertRegex(wizard.obstacles, f"{number.removeprefix('id-')} .*{why}")
        self.assertNotIn("A1 ", wizard.obstacles)
        with self.assertRaisesRegex(UserError, "open orders:\n.*A2"):
            wizard.action_erase()
        self.assertIn("Ada", done.event_id.payload)
        self.assertEqual(done.partner_id.name, "Ada Byron")
        self.assertFalse(self.env["ecommerce.erasure"].search([]))

    def test_orders_that_will_never_be_booked_are_no_obstacle(self):
        done = self.buy("A1", ADA)
        cancelled = {**self.paid("A2", customer=ADA), "payments": [], "cancelled": True}
        self.accept(cancelled, self.paid("A3", customer=ADA, test=True))
        self.assertFalse(self.wizard(done.customer_id).obstacles)
        self.erase(done.customer_id)
        self.assert_nothing_came_back(done)

    def test_only_administrators_and_with_a_reason(self):
        customer = self.buy("A1", ADA).customer_id
        for group in ("viewer", "accountant"):
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.wizard(customer, user=self.member(group))
        with self.assertRaisesRegex(UserError, "Say why"):
            self.wizard(customer, reason="  ").action_erase()
        with self.assertRaisesRegex(UserError, "Choose a customer"):
            self.wizard(reason="x").action_erase()
        with self.assertRaises(AccessError):
            customer.with_user(self.member("accountant")).browse(customer.id).action_take_data_again()

    def test_refused_for_contacts_that_are_not_one_customers(self):
        order = self.buy("A1", ADA)
        self.assertIn("Many customers share", self.wizard(partner=self.store.shared_partner_id).problem)
        self.assertIn("company of this Odoo", self.wizard(partner=self.company.partner_id).problem)
        new_test_user(self.env, login="portal_ada", groups="base.group_portal", partner_id=order.partner_id.id)
        self.assertIn("is a user", self.wizard(order.customer_id).problem)
        with self.assertRaisesRegex(UserError, "is a user"):
            self.wizard(order.customer_id, reason="x").action_erase()

    def test_refused_where_another_company_knows_the_customer_too(self):
        order = self.buy("A1", ADA)
        theirs = self.setup_other_company(name="Theirs")
        invoice = self.env["account.move"].with_company(theirs["company"]).create(
            {"move_type": "out_invoice", "partner_id": order.partner_id.id, "invoice_date": "2026-03-10",
             "invoice_line_ids": [Command.create({"name": "x", "price_unit": 10, "tax_ids": []})]}
        )  # fmt: skip
        invoice.action_post()
        self.assertIn("another company", self.wizard(order.customer_id).problem)

    def test_form_shows_what_will_be_erased(self):
        order = self.buy("A1", {**ADA, "company": "Byron GmbH", "vat": VAT})
        wizards = self.env["ecommerce.customer.erase"].with_user(self.administrator)
        with Form(wizards.with_context(default_customer_id=order.customer_id.id)) as form:
            self.assertEqual((form.subject, form.order_count, form.document_count), ("Byron GmbH", 1, 1))
            self.assertEqual(form.contact_names, "Byron GmbH, Byron GmbH, Ada Byron")
            self.assertFalse(form.problem or form.obstacles)
            form.reason = "Request 17"
        with Form(wizards.with_context(default_partner_id=order.partner_id.child_ids.id)) as form:
            self.assertEqual((form.subject, form.order_count), ("Byron GmbH", 1))
            form.reason = "Request 17"
