import json
from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.proof.store_proof import StoreProof
from .common import D
from .corrections_common import CorrectionsCommon


@tagged("post_install", "-at_install")
class TestCorrections(CorrectionsCommon):
    """Rules that change after posting reach posted orders by correcting entries, never by edits (law 3)."""

    def sale(self, number="K1", **more):
        """An order of 100.00 + 50.00 net at 20 % and 5.5 %, and 7.77 without tax; paid."""
        lines = [
            self.line("TSH", "100.00", "20.00"), self.line("MUG", "50.00", "2.75", rate="5.5"),
            self.line("FREE", "7.77", rate=None),
        ]  # fmt: skip
        return self.order(number, lines, "180.52", [self.payment(f"p-{number}", "180.52")], **more)

    def posted(self, payload):
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def figures(self, move):
        """(account, amount) of an entry's items."""
        return sorted((line.account_id.name, D(f"{line.balance:.2f}")) for line in move.line_ids)

    # === Suspense, account, product, analytics === #

    def test_out_of_suspense(self):
        self.to_suspense()
        payload = self.sale()
        order = self.posted(payload)
        invoice = self.moves_of(order, "invoice")
        before = [(line.id, line.account_id.id, line.balance, line.write_date) for line in invoice.line_ids]
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("-157.77"))
        self.assertEqual(order.exception_ids.mapped("state"), ["open"] * 3)

        rule = self.rule("product", "*", account_id=self.revenue("Web sales").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome)
        entry = outcome.moves
        self.assertRecordValues(
            entry,
            [{"move_type": "entry", "date": invoice.date, "journal_id": self.store.correction_journal_id.id,
              "ecommerce_order_id": order.id, "ecommerce_corrected_move_id": invoice.id, "ref": "K1",
              "partner_id": invoice.partner_id.id, "company_id": self.company.id}],
        )  # fmt: skip
        self.assertEqual(self.balance("Store suspense (unmapped)"), D("0.00"))
        self.assertEqual(self.balance("Web sales"), D("-157.77"))
        # One item per account and set of taxes, and none of the taxes, which stay as they are.
        self.assertEqual(len(entry.line_ids), 6)
        self.assertFalse(entry.line_ids.tax_line_id)
        web = entry.line_ids.filtered(lambda line: line.account_id.name == "Web sales")
        self.assertEqual(web.ecommerce_rule_id, rule)
        self.assertFalse((entry.line_ids - web).ecommerce_rule_id)
        after = [(line.id, line.account_id.id, line.balance, line.write_date) for line in invoice.line_ids]
        self.assertEqual(after, before)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(set(order.exception_ids.mapped("state")), {"resolved"})
        posting = order.posting_ids.filtered(lambda posting: posting.kind == "correction")
        self.assertRecordValues(
            posting,
            [{"external_id": "id-K1", "version": 1, "move_id": entry.id, "true_date": date(2026, 3, 10),
              "store_id": self.store.id}],
        )  # fmt: skip
        self.assertIn(entry, self.env["account.move"].search(order.action_view_moves()["domain"]))
        self.assert_as_posted_at_once(order, **payload)

    def test_account_of_one_line(self):
        payload = self.sale()
        order = self.posted(payload)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome)
        self.assertEqual(self.figures(outcome.moves), [("Shirts", D("-100.00")), ("Store sales", D("100.00"))])
        self.assert_as_posted_at_once(order, **payload)

    def test_product_and_analytics(self):
        plan = self.env["account.analytic.plan"].create({"name": "Channels"})
        web, fair = self.env["account.analytic.account"].create(
            [{"name": name, "plan_id": plan.id} for name in ("Web", "Fair")]
        )
        product = self.env["product.product"].create({"name": "Shirt"})
        order = self.posted(self.sale())
        account = self.account("Store sales")
        first = self.rule(
            "product", "TSH", account_id=account.id, product_id=product.id, analytic_distribution={str(web.id): 100}
        )
        outcome = self.correct(order)
        self.assert_corrected(outcome)
        old, new = outcome.moves.line_ids.sorted("balance", reverse=True)
        self.assertFalse(old.product_id or old.analytic_distribution)
        self.assertEqual((new.product_id, new.analytic_distribution), (product, {str(web.id): 100}))
        self.assertEqual(new.product_uom_id, product.uom_id)

        self.take_away(first)
        self.rule(
            "product", "TSH", account_id=account.id, product_id=product.id,
            analytic_distribution={str(web.id): 33.3, str(fair.id): 66.7},
        )  # fmt: skip
        self.assert_corrected(self.correct(order))
        lines = self.env["account.analytic.line"].search([(plan._column_name(), "in", (web | fair).ids)])
        self.assertEqual(sorted(lines.mapped("amount")), [-100.0, 33.3, 66.7, 100.0])
        self.assert_corrected(self.correct(order), 0)

    # === Taxes === #

    def test_another_tax_of_the_same_amount(self):
        """The store charged 20.00 whatever we call it."""
        payload = self.sale()
        order = self.posted(payload)
        ten = self.make_tax("VAT 10", 10, code="TEN")
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=ten.id)
        outcome = self.correct(order)
        self.assert_corrected(outcome)
        sums = self.report(self.entries(order))
        self.assertNotIn(("tax", "VAT 20"), sums)
        self.assertEqual(sums["tax", "VAT 10"], D("-20.00"))
        self.assertEqual((sums["base in details", "VAT 10"], sums["tag", "VAT 10 base"]), (D("-100.00"), D("-100.00")))
        self.assertEqual(self.moves_of(order, "invoice").payment_state, "paid")
        self.assert_as_posted_at_once(order, **payload)

    def test_taxes_and_accounts_that_cross(self):
        """Two lines end with one tax, one of them from another account, and a discount stands on the other side."""
        lines = [
            self.line("TSH", "110.00", "22.00"), self.line("MUG", "50.00", "2.75", rate="5.5"),
            self.line("VOUCHER", "-10.00", "-2.00", kind="fee"), self.line("CUP", "33.40", "6.67"),
        ]  # fmt: skip
        payload = self.order("K2", lines, "212.82", [self.payment("p-K2", "212.82")])
        order = self.posted(payload)
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.reduced.id)
        self.rule("product", "MUG", account_id=self.revenue("Mugs").id)
        self.assert_corrected(self.correct(order))
        self.assert_as_posted_at_once(order, **payload)
        self.assert_corrected(self.correct(order), 0)

    def test_several_taxes_on_a_line(self):
        taxes = [{"code": "VAT", "rate": "20", "amount": "6.67"}, {"code": "ECO", "rate": "2", "amount": "0.68"}]
        payload = self.order("K3", [self.line("ODD", "33.40", taxes=taxes)], "40.75", [self.payment("p", "40.75")])
        order = self.posted(payload)
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.included.id)
        self.assert_corrected(self.correct(order))
        self.assert_as_posted_at_once(order, **payload)

    def test_taxes_that_odoo_makes_itself(self):
        """A tax on a tax: the target is what Odoo makes of a draft that is taken back."""
        self.make_tax("Excise", 10, code="EXCISE", include_base_amount=True, sequence=0)
        taxes = [{"code": "EXCISE", "rate": "10", "amount": "3.35"}, {"code": "VAT", "rate": "20", "amount": "7.36"}]
        payload = self.order("K4", [self.line("ODD", "33.40", taxes=taxes)], "44.11", [self.payment("p", "44.11")])
        order = self.posted(payload)
        count = self.env["account.move"].search_count([])
        self.assert_corrected(self.correct(order), 0)
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.reduced.id)
        self.assert_corrected(self.correct(order))
        self.assertEqual(self.env["account.move"].search_count([]), count + 1)
        self.assert_as_posted_at_once(order, **payload)

    def test_credit_note(self):
        refund = self.refund("r1", "60.00", lines=[self.line("TSH", "50.00", "10.00")])
        payload = self.sale(refunds=[refund])
        order = self.posted(payload)
        self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.reduced.id)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        self.assert_corrected(outcome, 2)
        note = self.moves_of(order, "credit_note")
        entry = note.ecommerce_correction_ids
        self.assertEqual(entry.date, note.date)
        self.assertEqual(self.balance("Shirts"), D("-50.00"))
        self.assertIn(("tag", "VAT 5.5 tax refund"), self.report(entry))
        keys = order.posting_ids.filtered(lambda posting: posting.kind == "correction").mapped("external_id")
        self.assertEqual(sorted(keys), ["id-K1", "id-K1:r1"])
        self.assert_as_posted_at_once(order, **payload)
        self.assert_corrected(self.correct(order), 0)

    # === Currencies === #

    def test_foreign_currency(self):
        """The rate of the posted entry counts, and its cents: what the customer owes does not move."""
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            lines = [self.line(f"S{index}", "33.33", "6.67") for index in range(3)] + [
                self.line("MUG", "12.34", "0.68", rate="5.5"), self.line("FREE", "7.77", rate=None),
            ]  # fmt: skip
            number = f"K-{method}"
            payload = self.order(number, lines, "140.79", [self.payment(f"p-{number}", "140.79")], currency="USD")
            order = self.posted(payload)
            self.env["res.currency.rate"].search([("currency_id.name", "=", "USD")]).rate = 1.4
            rules = self.rule("product", "S1", account_id=self.revenue("Shirts").id)
            rules |= self.rule("tax", "VAT", tax_rate="5.5", currency_id=self.env.ref("base.USD").id,
                               tax_id=self.vat.id)  # fmt: skip
            outcome = self.correct(order)
            self.assert_corrected(outcome)
            self.assertEqual(outcome.moves.line_ids.currency_id.mapped("name"), ["USD"])
            for amount in ("balance", "amount_currency"):
                self.assertEqual(D(f"{sum(outcome.moves.line_ids.mapped(amount)):.2f}"), 0)
            self.assert_corrected(self.correct(order), 0)
            self.env["res.currency.rate"].search([("currency_id.name", "=", "USD")]).rate = 1.17
            corrected, fresh = (
                self.report(self.entries(each))
                for each in (order, self.posted({**payload, "id": f"id-{number}2", "number": f"{number}2"}))
            )
            self.assertEqual(set(corrected), set(fresh))
            for key, amount in fresh.items():
                # The cents of the customer's account are those of the rules of then.
                self.assertLessEqual(abs(corrected[key] - amount), D("0.02"), key)
            self.assertEqual(
                {key: amount for key, amount in corrected.items() if key[0] == "in currency"},
                {key: amount for key, amount in fresh.items() if key[0] == "in currency"},
            )
            self.take_away(rules)

    # === Again and again === #

    def test_twice_is_once(self):
        order = self.posted(self.sale())
        self.assert_corrected(self.correct(order), 0)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        self.assert_corrected(self.correct(order))
        self.assert_corrected(self.correct(order), 0)
        self.assertEqual(order.state, "posted")

    def test_there_and_back_again(self):
        payload = self.sale()
        order = self.posted(payload)
        at_first = self.report(self.entries(order))
        rules = self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        rules |= self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.reduced.id)
        self.assert_corrected(self.correct(order))
        self.assertNotEqual(self.report(self.entries(order)), at_first)
        self.take_away(rules)
        self.assert_corrected(self.correct(order))
        self.assertEqual(self.report(self.entries(order)), at_first)
        rules.write({"active": True, "date_to": False})
        self.assert_corrected(self.correct(order))
        self.assert_as_posted_at_once(order, **payload)
        corrections = order.posting_ids.filtered(lambda posting: posting.kind == "correction")
        self.assertEqual(corrections.mapped("version"), [1, 2, 3])
        self.assertEqual(corrections.move_id.ecommerce_corrected_move_id, self.moves_of(order, "invoice"))

    def test_correction_that_somebody_reversed(self):
        order = self.posted(self.sale())
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        first = self.correct(order).moves
        reversal = first._reverse_moves([{"date": first.date}])
        reversal.action_post()
        outcome = self.correct(order)
        self.assertFalse(outcome.moves)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["reversed_in_odoo"])
        self.assertFalse(StoreProof(self.store).report()["holds"])
        reversal._reverse_moves([{"date": first.date}]).action_post()
        self.assert_corrected(self.correct(order), 0)
        self.assertEqual(self.balance("Shirts"), D("-100.00"))
        self.assertTrue(StoreProof(self.store).report()["holds"])

    def test_store_can_still_change_the_order(self):
        """A refund that comes after a correction is planned and posted as ever."""
        payload = self.sale()
        order = self.posted(payload)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        self.correct(order)
        refund = self.refund("r1", "60.00", lines=[self.line("TSH", "50.00", "10.00")])
        self.posted({**payload, "refunds": [refund], "updated_at": "2026-03-13T10:00:00Z"})
        self.assertEqual(self.balance("Shirts"), D("-50.00"))
        self.assert_corrected(self.correct(order), 0)

    # === What is not corrected === #

    def test_locked_period(self):
        order = self.posted(self.sale())
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        for lock in ("fiscalyear_lock_date", "sale_lock_date", "tax_lock_date"):
            with self.subTest(lock=lock):
                self.company[lock] = "2026-03-31"
                outcome = self.correct(order)
                self.assertFalse(outcome.moves)
                self.assertEqual(outcome.not_covered, [])
                (locked,) = outcome.locked
                self.assertEqual((locked.order, locked.move), (order, self.moves_of(order, "invoice")))
                self.assertEqual(locked.amount, D("100.00"))
                self.company[lock] = False
        self.assert_corrected(self.correct(order))

    def test_untaxed_items_need_no_open_tax_period(self):
        order = self.posted(self.sale())
        self.rule("product", "FREE", account_id=self.revenue("Free of tax").id)
        self.company.tax_lock_date = "2026-03-31"
        self.assert_corrected(self.correct(order))

    def test_payments_are_named(self):
        order = self.posted(self.sale())
        other = self.env["ecommerce.processor.account"].search(
            [("currency_id", "=", self.euro.id), ("kind", "=", "liability"), ("company_id", "=", self.company.id)]
        )
        self.rule("gateway", "card", currency_id=self.euro.id, processor_account_id=other.id)
        outcome = self.correct(order)
        self.assertFalse(outcome.moves)
        ((found, reason),) = outcome.not_covered
        self.assertEqual((found, reason.code, reason.amount), (order, "payment_rule_changed", D("180.52")))
        self.assertIn("K1", reason.message)

    def test_receivable_is_named_and_the_rest_corrected(self):
        order = self.posted(self.sale())
        receivable = self.company_data["default_account_receivable"].copy()
        self.rule("customer", "*", account_id=receivable.id)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["receivable_rule_changed"])
        self.assertEqual(self.figures(outcome.moves), [("Shirts", D("-100.00")), ("Store sales", D("100.00"))])

    def test_entry_changed_by_hand(self):
        order = self.posted(self.sale())
        invoice = self.moves_of(order, "invoice")
        invoice.button_draft()
        outcome = self.correct(order)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["entry_not_posted"])
        invoice.invoice_line_ids.filtered(lambda line: not line.tax_ids).price_unit = 8.00
        invoice.action_post()
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        ((_order, reason),) = outcome.not_covered
        self.assertEqual(reason.code, "changed_by_hand")
        self.assertIn("0.23 EUR", reason.message)
        self.assertFalse(outcome.moves)

    def test_tax_on_payment(self):
        self.company.tax_exigibility = True
        transition = self.account("Store sales tax").copy({"name": "Tax on hold", "reconcile": True})
        self.make_tax(
            "On payment", 20, code="CASH", tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id
        )
        lines = [self.line("TSH", "33.40", "6.67", code="CASH")]
        order = self.posted(self.order("K5", lines, "40.07", [self.payment("p", "40.07")]))
        self.assert_corrected(self.correct(order), 0)
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["cash_basis"])
        self.assertFalse(outcome.moves)

    def test_blocked_plan_is_named(self):
        order = self.posted(self.sale())
        rules = self.env["ecommerce.mapping.rule"].search([("kind", "=", "tax"), ("store_id", "=", self.store.id)])
        self.take_away(rules)
        outcome = self.correct(order)
        self.assertEqual({reason.code for _order, reason in outcome.not_covered}, {"mapping_missing"})
        self.assertEqual(order.state, "posted")

    def test_entry_that_changed_in_the_store_is_left_alone(self):
        payload = self.sale()
        order = self.posted(payload)
        self.accept({**payload, "lines": payload["lines"][:1], "total": "120.00", "updated_at": "2026-03-13T10:00:00Z"})
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        outcome = self.correct(order)
        self.assertFalse(outcome.moves)
        self.assertEqual([reason.code for _order, reason in outcome.not_covered], ["changed_after_posting"])

    def test_order_at_fault_keeps_none_of_the_others_back(self):
        self.to_suspense()
        good, bad = self.accept(self.sale("K6"), self.sale("K7"))
        old = self.revenue("Closed")
        invoice = self.moves_of(bad, "invoice")
        invoice.button_draft()
        invoice.invoice_line_ids.account_id = old
        invoice.action_post()
        old.active = False
        self.rule("product", "*", account_id=self.revenue("Web sales").id)
        outcome = self.correct(good, bad)
        self.assertEqual(outcome.moves.ecommerce_order_id, good)
        ((order, reason),) = outcome.not_covered
        self.assertEqual((order, reason.code), (bad, "cannot_correct"))

    # === The rest of the connector === #

    def test_proof_holds(self):
        """A wrong tax breaks law 12; the correction mends it."""
        wrong = self.rule("tax", "VAT", tax_rate="20", currency_id=self.euro.id, tax_id=self.reduced.id)
        refund = self.refund("r1", "60.00", lines=[self.line("TSH", "50.00", "10.00")])
        self.to_suspense()
        order = self.posted(self.sale(refunds=[refund]))
        report = StoreProof(self.store).report()
        self.assertFalse(report["holds"])
        self.take_away(wrong)
        self.rule("product", "*", account_id=self.revenue("Web sales").id)
        self.assert_corrected(self.correct(order), 2)
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], json.dumps(report, indent=1))
        self.assertEqual(report["counts"]["corrections"], 2)
        taxes = {row["subject"]: row["ledger"] for row in report["taxes"]}
        self.assertEqual(taxes, {"20 %": "10.00", "5.5 %": "2.75"})

    def test_rights(self):
        order = self.posted(self.sale())
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        viewer, accountant = (
            new_test_user(
                self.env, login=f"k_{name}", groups=f"ecommerce_connector.group_{name}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for name in ("viewer", "accountant")
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self.store.with_user(viewer)._correct_orders(order.with_user(viewer))
        self.assert_corrected(self.store.with_user(accountant)._correct_orders(order.with_user(accountant)))
        self.assertEqual(order.posting_ids.move_id[-1:].create_uid, accountant)

    def test_store_without_a_journal_for_corrections(self):
        order = self.posted(self.sale())
        journal = self.store.correction_journal_id
        self.store.correction_journal_id = False
        self.correct(order)
        self.assertEqual(self.store.correction_journal_id, journal, "it is found again, or made when first needed")

    def test_other_company(self):
        """Each company's orders are corrected in its own journal, whichever company the user works in."""
        other = self.setup_other_company(name="Second company", currency_id=self.euro.id)["company"]
        store = self.env["ecommerce.store"].create(
            {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": other.id}
        )
        store._create_accounting(currencies=["EUR"], rates={D(20), D("5.5")})
        first = self.posted(self.sale())
        own = self.store, self.company
        self.store, self.company = store, other
        order = self.posted(self.sale())
        account = self.account("Store sales").with_company(other).copy({"name": "Shirts", "company_ids": other.ids})
        self.rule("product", "TSH", account_id=account.id)
        outcome = self.correct(order)
        self.assert_corrected(outcome)
        self.assertEqual(outcome.moves.company_id, other)
        self.assertEqual(outcome.moves.journal_id, store.correction_journal_id)
        self.store, self.company = own
        self.assert_corrected(self.correct(first), 0)

    def test_queries_do_not_grow_with_the_orders(self):
        few = self.accept(*[self.sale(f"F{number}") for number in range(3)])
        many = self.accept(*[self.sale(f"M{number}") for number in range(23)])
        counts = []
        self.rule("product", "TSH", account_id=self.revenue("Shirts").id)
        for orders in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assert_corrected(self.correct(*orders), len(orders))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
