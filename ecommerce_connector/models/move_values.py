"""A planned invoice or credit note → values of an ``account.move``, journal items given whole.

The store's tax amounts are the tax lines themselves, and the base lines carry them in
``extra_tax_data`` too: with both, an entry keeps them through posting, reset to draft, reversal
and copy, and creating it costs half of what Odoo's tax engine would.
"""

from collections import defaultdict

from ..core.currencies import unit
from ..core.plans import EntryKind
from ..core.rounding import ZERO, quantize, total
from .amounts import amount_of, float_of


class MoveValues:
    """Builds the values of one batch.

    :param store: the store, for its journal and company
    :param TaxFactsCache taxes: facts of the taxes
    :param dict products: product id -> unit of measure id
    """

    def __init__(self, store, taxes, products):
        self.store = store
        self.company = store.company_id
        self.journal = store.sale_journal_id
        self.taxes = taxes
        self.products = products
        self.company_unit = unit(self.company.currency_id.name)

    def build(self, order, planned, partner, currency, rate, reversed_move_id=False):
        """Values for ``account.move.create``.

        :param ecommerce.order order: for the reference
        :param PlannedMove planned: what to book
        :param partner: (id, receivable account id)
        :param currency: the document's currency record
        :param Decimal rate: document currency per unit of company currency, 1 if they are the same
        """
        is_refund = planned.kind is EntryKind.CREDIT_NOTE
        draft = _Draft(self, planned, partner, currency, rate, is_refund)
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
            "invoice_date_due": planned.true_date,
            "date": planned.date,
            "ref": order.number,
            "invoice_origin": order.number,
            "narration": planned.label or False,
            "ecommerce_order_id": order.id,
            "reversed_entry_id": reversed_move_id,
            # Given so that Odoo computes nothing that we know.
            "fiscal_position_id": False,
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

    def __init__(self, builder, planned, partner, currency, rate, is_refund):
        self.builder = builder
        self.planned = planned
        self.partner_id, self.receivable_id = partner
        self.currency = currency
        self.rate = rate
        self.is_refund = is_refund
        self.sign = 1 if is_refund else -1
        self.facts = {
            tax.rule.target.tax: builder.taxes.of(tax.rule.target.tax, is_refund=is_refund)
            for line in planned.lines
            for tax in line.taxes
        }
        self.is_whole = all(facts.is_simple for facts in self.facts.values())

    def items(self):
        """Base lines, then (if they can be given) tax lines and the receivable."""
        items = [self._base_item(line) for line in self.planned.lines]
        if self.is_whole:
            items += self._tax_items()
            items.append(self._receivable_item(items))
        return items

    def _in_company_currency(self, amount):
        if self.rate == 1:
            return amount
        return quantize(amount / self.rate, self.builder.company_unit)

    def _common(self):
        return {"currency_id": self.currency.id, "partner_id": self.partner_id, "analytic_distribution": False}

    def _amounts(self, amount):
        balance = self._in_company_currency(self.sign * amount)
        return {"balance": float_of(balance), "amount_currency": float_of(self.sign * amount)}

    def _base_item(self, line):
        rule = line.rule
        tax_ids = list(dict.fromkeys(tax.rule.target.tax for tax in line.taxes))
        quantity, price = self._price(line)
        item = {
            "display_type": "product",
            "name": self._description(line, quantity),
            "account_id": rule.target.account,
            "product_id": rule.target.product or False,
            "product_uom_id": self.builder.products.get(rule.target.product, False),
            "quantity": float_of(quantity),
            "price_unit": float_of(price),
            "discount": 0.0,
            "tax_ids": [(6, 0, tax_ids)],
            "ecommerce_rule_id": rule.id or False,
            "sequence": 100,
            **self._common(),
        }
        if line.taxes:
            item["extra_tax_data"] = self._extra_tax_data(line, quantity, price)
        if self.is_whole:
            tags = [tag for tax_id in tax_ids for tag in self.facts[tax_id].base_tag_ids]
            item.update(
                tax_tag_ids=[(6, 0, tags)],
                price_subtotal=float_of(line.net),
                price_total=float_of(line.gross),
                **self._amounts(line.net),
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

    def _extra_tax_data(self, line, quantity, price):
        net_company = self._in_company_currency(line.net)
        amounts = defaultdict(lambda: [ZERO, ZERO])
        for tax in line.taxes:
            amounts[tax.rule.target.tax][0] += tax.amount
        return {
            "currency_id": self.currency.id,
            "price_unit": float_of(price),
            "quantity": float_of(quantity),
            "discount": 0.0,
            "rate": float_of(self.rate),
            "manual_total_excluded_currency": float_of(line.net),
            "manual_total_excluded": float_of(net_company),
            "manual_tax_amounts": {
                str(tax_id): {
                    "tax_amount_currency": float_of(amount),
                    "tax_amount": float_of(self._in_company_currency(amount)),
                    "base_amount_currency": float_of(line.net),
                    "base_amount": float_of(net_company),
                }
                for tax_id, (amount, _base) in amounts.items()
            },
        }

    def _tax_items(self):
        """One item per tax (and account, if the tax has none of its own)."""
        sums = {}
        for line in self.planned.lines:
            net = self._in_company_currency(line.net)
            based = set()
            for tax in line.taxes:
                share = self.facts[tax.rule.target.tax].shares[0]
                key = (tax.rule.target.tax, share.account_id or line.rule.target.account)
                found = sums.setdefault(key, [ZERO, ZERO, ZERO, tax.rule.id])
                found[0] += tax.amount
                found[1] += self._in_company_currency(tax.amount)
                # Two store taxes of a line can be one tax in Odoo; the line is its base once.
                found[2] += ZERO if key in based else net
                based.add(key)
        return [self._tax_item(tax_id, account, *found) for (tax_id, account), found in sums.items() if found[0]]

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
            "date_maturity": self.planned.true_date,
            "discount_amount_currency": 0.0,
            "discount_balance": 0.0,
            "tax_ids": [(6, 0, [])],
            "balance": float_of(balance),
            "amount_currency": float_of(amount),
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
            "parent_state": "draft",
            "no_followup": False,
            "amount_residual": 0.0,
            "amount_residual_currency": 0.0,
            "reconciled": False,
            "is_storno": False,
        }
