"""A planned invoice or credit note → values of an ``account.move``, journal items given whole.

The store's tax amounts are the tax lines themselves, and the base lines carry them in
``extra_tax_data`` too: with both, an entry keeps them through posting, reset to draft, reversal
and copy, and creating it costs half of what Odoo's tax engine would.
"""

from decimal import Decimal

from ...core.currencies import unit
from ...core.plans import EntryKind
from ...core.rounding import ZERO, quantize, total
from .amounts import amount_of, float_of
from .company_amounts import CompanyAmounts
from .line_taxes import line_taxes


class MoveValues:
    """Builds the values of one batch.

    :param store: the store, for its journal and company
    :param TaxFactsCache taxes: facts of the taxes
    :param CompanyFacts facts: what is the same for every journal item
    :param recordset products: the products that rules of the batch lead to
    """

    def __init__(self, store, taxes, facts, products):
        self.store = store
        self.company = store.company_id
        self.journal = store.sale_journal_id
        self.taxes = taxes
        self.facts = facts
        self.units_of_measure = {product.id: product.uom_id.id for product in products}
        self.tagged_products = set(products.filtered("account_tag_ids").ids)
        self.company_unit = unit(self.company.currency_id.name)
        self.rounds_per_line = self.company.tax_calculation_rounding_method == "round_per_line"

    def build(self, order, planned, partner, currency, rate, reversed_move_id=False):
        """Values for ``account.move.create``.

        :param ecommerce.order order: for the reference
        :param PlannedMove planned: what to book
        :param partner: (id, receivable account id)
        :param currency: the document's currency record
        :param Decimal rate: document currency per unit of company currency, 1 if they are the same
        """
        is_refund = planned.kind is EntryKind.CREDIT_NOTE
        draft = _Draft(self, planned, order.number, partner, currency, rate, is_refund)
        items = draft.items()
        partner_id, _receivable = partner
        values = {
            "move_type": "out_refund" if is_refund else "out_invoice",
            "journal_id": self.journal.id,
            "company_id": self.company.id,
            "currency_id": currency.id,
            "invoice_currency_rate": float_of(rate),
            "partner_id": partner_id,
            "partner_shipping_id": partner_id,
            "invoice_date": planned.true_date,
            "invoice_date_due": planned.due or planned.true_date,
            "date": planned.date,
            "ref": order.number,
            "invoice_origin": order.number,
            "narration": planned.label or False,
            "ecommerce_order_id": order.id,
            "reversed_entry_id": reversed_move_id,
            # Given so that Odoo computes nothing that we know.
            "fiscal_position_id": draft.customer and draft.customer.target.fiscal_position or False,
            "invoice_payment_term_id": False,
            "invoice_user_id": False,
            "partner_bank_id": False,
            "delivery_date": False,
            "invoice_incoterm_id": False,
            "preferred_payment_method_line_id": False,
        }
        values["line_ids" if draft.is_whole else "invoice_line_ids"] = [(0, 0, item) for item in items]
        return values


class _Draft:
    """The journal items of one move."""

    def __init__(self, builder, planned, number, partner, currency, rate, is_refund):
        self.builder = builder
        self.planned = planned
        self.number = number
        self.partner_id, self.receivable_id = partner
        self.customer = planned.customer_rule
        self.currency = currency
        self.rate = rate
        self.is_refund = is_refund
        self.sign = 1 if is_refund else -1
        self.facts = {
            tax.rule.target.tax: self._facts_of(tax.rule.target.tax) for line in planned.lines for tax in line.taxes
        }
        self.is_whole = self._can_be_whole()
        convert = CompanyAmounts(rate, builder.company_unit, per_line=builder.rounds_per_line).of
        self.nets = convert([line.net for line in planned.lines])
        self.taxes = line_taxes(planned.lines, self._facts_of, convert)

    def _facts_of(self, tax_id):
        return self.builder.taxes.of(tax_id, is_refund=self.is_refund)

    def _can_be_whole(self):
        """Whether the tax lines are known; Odoo splits them by tags of products and by analytics of the base lines."""
        has_analytic = self.builder.facts.has_analytic_models or any(
            line.rule.target.analytic for line in self.planned.lines
        )
        if any(line.rule.target.product in self.builder.tagged_products for line in self.planned.lines):
            return False
        return all(tax.is_simple and not (tax.analytic and has_analytic) for tax in self.facts.values())

    def items(self):
        """Base lines, then (if they can be given) tax lines and the receivable."""
        items = [self._base_item(index, line) for index, line in enumerate(self.planned.lines)]
        if self.is_whole:
            items += self._tax_items()
            items.append(self._receivable_item(items))
        return items

    def _common(self):
        return {"currency_id": self.currency.id, "partner_id": self.partner_id, **self.builder.facts.given}

    def _base_item(self, index, line):
        rule = line.rule
        tax_ids = list(dict.fromkeys(tax.rule.target.tax for tax in line.taxes))
        quantity, price = self._price(line)
        item = {
            "display_type": "product",
            "name": self._description(line, quantity),
            "account_id": rule.target.account,
            "product_id": rule.target.product or False,
            "product_uom_id": self.builder.units_of_measure.get(rule.target.product, False),
            "quantity": float_of(quantity),
            "price_unit": float_of(price),
            "discount": 0.0,
            "tax_ids": [(6, 0, tax_ids)],
            "ecommerce_rule_id": rule.id or False,
            "sequence": 100,
            **self._common(),
        }
        if rule.target.analytic:
            item["analytic_distribution"] = {ids: float_of(Decimal(percent)) for ids, percent in rule.target.analytic}
        if line.taxes:
            item["extra_tax_data"] = self._extra_tax_data(index, line, quantity, price)
        if self.is_whole:
            tags = [tag for tax_id in tax_ids for tag in self.facts[tax_id].base_tag_ids]
            item.update(
                tax_tag_ids=[(6, 0, tags)],
                price_subtotal=float_of(line.net),
                price_total=float_of(line.gross),
                balance=float_of(self.sign * self.nets[index]),
                amount_currency=float_of(self.sign * line.net),
                **self._settled(),
            )
        return item

    def _price(self, line):
        """Quantity and unit price for display; they must give the net where no tax data can force it."""
        included = [tax for tax in line.taxes if self.facts[tax.rule.target.tax].price_include]
        shown = line.net + total([tax.amount for tax in included])
        step = unit(self.planned.currency)
        if line.quantity > 0:
            price = quantize(shown / line.quantity, step)
            if price * line.quantity == shown or line.taxes:
                return line.quantity, price
        return 1, shown

    @staticmethod
    def _description(line, quantity):
        name = line.description or line.key
        return name if quantity == line.quantity else f"{line.quantity.normalize():f} × {name}"

    def _extra_tax_data(self, index, line, quantity, price):
        return {
            "currency_id": self.currency.id,
            "price_unit": float_of(price),
            "quantity": float_of(quantity),
            "discount": 0.0,
            "rate": float_of(self.rate),
            "manual_total_excluded_currency": float_of(line.net),
            "manual_total_excluded": float_of(self.nets[index]),
            "manual_tax_amounts": {
                str(tax_id): {
                    "tax_amount_currency": float_of(tax.amount),
                    "tax_amount": float_of(tax.company_amount),
                    "base_amount_currency": float_of(tax.base),
                    "base_amount": float_of(tax.company_base),
                }
                for (at, tax_id), tax in self.taxes.items()
                if at == index
            },
        }

    def _tax_items(self):
        """One item per tax (and account, if the tax has none of its own)."""
        rules = {tax.rule.target.tax: tax.rule.id for line in self.planned.lines for tax in line.taxes}
        sums = {}
        for (index, tax_id), tax in self.taxes.items():
            account = self.facts[tax_id].shares[0].account_id or self.planned.lines[index].rule.target.account
            amount, balance, base = sums.get((tax_id, account), (ZERO, ZERO, ZERO))
            sums[tax_id, account] = (amount + tax.amount, balance + tax.company_amount, base + tax.company_base)
        return [
            self._tax_item(tax_id, account, *found, rules[tax_id])
            for (tax_id, account), found in sums.items()
            if found[0]
        ]

    def _tax_item(self, tax_id, account_id, amount, balance, base, rule_id):
        facts = self.facts[tax_id]
        return {
            "display_type": "tax",
            "name": facts.name,
            "account_id": account_id,
            "tax_repartition_line_id": facts.shares[0].repartition_line_id,
            "tax_ids": [(6, 0, [])],
            "tax_tag_ids": [(6, 0, list(facts.shares[0].tag_ids))],
            "tax_base_amount": float_of(self.sign * base),
            "balance": float_of(self.sign * balance),
            "amount_currency": float_of(self.sign * amount),
            "ecommerce_rule_id": rule_id or False,
            "sequence": 10000,
            **self._without_price(),
            **self._common(),
            **self._settled(),
        }

    def _receivable_item(self, items):
        """The counterpart: exactly what the other items leave, so the entry balances in both currencies."""
        amount = -self.sign * self.planned.total
        balance = -total([self._exact(item["balance"]) for item in items])
        return {
            "display_type": "payment_term",
            "name": False,
            "account_id": self.receivable_id,
            "date_maturity": self.planned.due or self.planned.true_date,
            "discount_amount_currency": 0.0,
            "discount_balance": 0.0,
            "tax_ids": [(6, 0, [])],
            "balance": float_of(balance),
            "amount_currency": float_of(amount),
            "ecommerce_rule_id": self.customer and self.customer.id or False,
            "sequence": 12000,
            **self._without_price(),
            **self._common(),
            **self._settled(),
            "amount_residual": float_of(balance),
            "amount_residual_currency": float_of(amount),
        }

    def _exact(self, balance):
        return amount_of(balance, self.builder.company.currency_id)

    @staticmethod
    def _without_price():
        return {
            "quantity": 0, "price_unit": 0.0, "product_uom_id": False, "price_subtotal": 0.0, "price_total": 0.0,
        }  # fmt: skip

    def _settled(self):
        """Stored related and computed values that Odoo recomputes and then finds equal: no second UPDATE."""
        return {
            "date": self.planned.date,
            "invoice_date": self.planned.true_date,
            "ref": self.number,
            "parent_state": "draft",
            "amount_residual": 0.0,
            "amount_residual_currency": 0.0,
            "reconciled": False,
        }
