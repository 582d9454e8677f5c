"""Taxes as localizations make them, and the comparison of entries column by column."""

from .common import ConnectorCommon

#: Columns in which two copies of one document differ by nature: their identity and who wrote them when.
OWN = frozenset({
    "id", "create_date", "write_date", "write_uid", "name", "sequence_number", "payment_reference", "access_token",
    "move_id", "move_name", "full_reconcile_id", "matching_number", "payment_id", "origin_payment_id",
    "ecommerce_order_id", "ecommerce_rule_id",
})  # fmt: skip
#: What a user enters of a payment.
PAYMENT_COLUMNS = (
    "payment_type", "partner_type", "partner_id", "amount", "currency_id", "date", "journal_id",
    "payment_method_line_id", "memo", "payment_reference",
)  # fmt: skip
#: Columns that differ on purpose, and why.
ON_PURPOSE = {
    "invoice_user_id": "nobody of the company made the sale; Odoo takes whoever is logged in",
    "is_manually_modified": "nobody touched the entry; Odoo reads it for vendor bills alone",
    "extra_tax_data": "the store's tax amounts: an edit that does not touch the prices keeps them",
}


class ContractCommon(ConnectorCommon):
    """A store whose taxes have accounts and tags, and entries to compare its own with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.make_tax("VAT 20", 20, code="VAT")
        cls.reduced = cls.make_tax("VAT 5.5", 5.5, code="VAT")
        cls.eco = cls.make_tax("Eco 2", 2, code="ECO")
        cls.included = cls.make_tax("VAT 20 in prices", 20, code="INCLUDED", price_include_override="tax_included")
        cls.exempt = cls.make_tax("Exempt", 0, code="EXEMPT")
        dollar = cls.env.ref("base.USD")
        cls.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.17, "company_id": cls.company.id}
        )

    @classmethod
    def make_tax(cls, name, rate, *, code, **more):
        """A tax with an account and a tag on each side, and the rule that leads to it."""
        sides = [cls._repartition(name, suffix) for suffix in ("", " refund")]
        tax = cls.env["account.tax"].create(
            {
                "name": name, "amount": rate, "amount_type": "percent", "type_tax_use": "sale",
                "price_include_override": "tax_excluded", "invoice_repartition_line_ids": sides[0],
                "refund_repartition_line_ids": sides[1], **more,
            }
        )  # fmt: skip
        cls.store._ensure_rule("tax", code, tax_rate=f"{rate:g}", tax_id=tax.id)
        return tax

    @classmethod
    def _repartition(cls, name, suffix):
        country = cls.company.account_fiscal_country_id
        base, share = cls.env["account.account.tag"].create(
            [
                {"name": f"{name} {side}{suffix}", "applicability": "taxes", "country_id": country.id}
                for side in ("base", "tax")
            ]
        )
        account = cls.env["account.account"].search([("name", "=", "Store sales tax")], limit=1)
        return [
            (0, 0, {"repartition_type": "base", "tag_ids": [(6, 0, base.ids)]}),
            (0, 0, {"repartition_type": "tax", "account_id": account.id, "tag_ids": [(6, 0, share.ids)]}),
        ]

    def book(self, number, lines, total, **more):
        """Book an order through the connector; returns its record."""
        (order,) = self.accept(self.order(number, lines, total, [self.payment(f"p-{number}", total)], **more))
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def engine_copy(self, ours):
        """The same document as Odoo makes it from invoice lines alone, posted."""
        theirs = self.env["account.move"].create(
            {
                "move_type": ours.move_type, "partner_id": ours.partner_id.id, "journal_id": ours.journal_id.id,
                "currency_id": ours.currency_id.id, "invoice_date": ours.invoice_date, "date": ours.date,
                # Without payment terms Odoo would say today, however old the invoice is.
                "invoice_date_due": ours.invoice_date,
                "ref": ours.ref, "invoice_origin": ours.invoice_origin, "reversed_entry_id": ours.reversed_entry_id.id,
                "invoice_line_ids": [
                    (0, 0, {"name": line.name, "account_id": line.account_id.id, "quantity": line.quantity,
                            "price_unit": line.price_unit, "tax_ids": [(6, 0, line.tax_ids.ids)]})
                    for line in ours.invoice_line_ids
                ],
            }
        )  # fmt: skip
        theirs.action_post()
        return theirs

    def engine_payment(self, ours):
        """The same payment as Odoo makes it, posted."""
        theirs = self.env["account.payment"].create(
            {name: ours._fields[name].convert_to_write(ours[name], ours) for name in PAYMENT_COLUMNS}
        )
        theirs.action_post()
        return theirs

    def assert_same_entry(self, ours, theirs):
        """Both moves and their journal items are equal in every stored column."""
        self.env.flush_all()
        self.env.invalidate_all()
        self._assert_same_record(ours, theirs)
        pairs = zip(ours.line_ids.sorted(self._line_key), theirs.line_ids.sorted(self._line_key), strict=True)
        for our_line, their_line in pairs:
            self._assert_same_record(our_line, their_line)

    @staticmethod
    def _line_key(line):
        return line.display_type, line.account_id.id, line.tax_line_id.id, line.name or "", line.balance

    def _assert_same_record(self, ours, theirs):
        for name, field in ours._fields.items():
            has_column = field.store and (field.column_type or field.type == "many2many")
            if has_column and name not in OWN and name not in ON_PURPOSE:
                what = f"{ours._name}.{name} of {ours.display_name}"
                self.assertEqual(ours[name], theirs[name], f"{what}: {ours[name]} is ours, {theirs[name]} is Odoo's")
