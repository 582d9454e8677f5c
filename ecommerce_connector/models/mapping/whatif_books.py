"""The accounts that plans lead to, as the core's what-if asks for them."""

from decimal import Decimal

from ...core.currencies import unit
from ...core.whatif.places import CUSTOMER, Item, Place
from ..ledger.amounts import amount_of, rate_of
from ..ledger.company_amounts import CompanyAmounts
from ..ledger.exchange_rates import RateChecks
from ..ledger.journal_items import analytic_of
from ..ledger.tax_facts import TaxFactsCache

#: Columns of journal items that are read.
_COLUMNS = (
    "move_id", "account_id", "product_id", "tax_ids", "tax_line_id", "analytic_distribution", "amount_currency",
    "balance", "display_type", "currency_id", "name",
)  # fmt: skip
#: A tax without distribution: on the account of the line.
_ON_LINE = [(CUSTOMER, Decimal(1))]


class WhatIfBooks:
    """Looks up accounts and rates of one company, each once."""

    def __init__(self, company):
        self.company = company
        self.env = company.env
        self.taxes = TaxFactsCache(self.env)
        self.rates = RateChecks(company)
        self._clearing = {}
        self._tax_shares = {}
        self._converters = {}

    # === core.places.Ledger === #

    def tax_shares(self, tax, *, is_refund):
        """Where a tax's items go, as its distribution says; Odoo's own cents may differ where it has several."""
        key = (tax, is_refund)
        if key not in self._tax_shares:
            shares = self.taxes.of(tax, is_refund=is_refund).shares
            self._tax_shares[key] = [(share.account_id, Decimal(repr(share.factor))) for share in shares]
        return self._tax_shares[key] or _ON_LINE

    def clearing_account(self, processor_account):
        """The clearing account of a processor account."""
        if processor_account not in self._clearing:
            account = self.env["ecommerce.processor.account"].browse(processor_account)
            self._clearing[processor_account] = account.clearing_account_id.id
        return self._clearing[processor_account]

    def converter(self, currency, on):
        """Into company currency as entries are converted; None without a rate."""
        key = (currency, on)
        if key not in self._converters:
            self._converters[key] = self._converter(currency, on)
        return self._converters[key]

    def _converter(self, code, on):
        if self.rates.reasons(code, on):
            return None
        currency, own = self.rates.currency(code), self.company.currency_id
        rate = Decimal(1)
        if currency != own:
            rate = rate_of(self.env["res.currency"]._get_conversion_rate(own, currency, self.company, on))
        per_line = self.company.tax_calculation_rounding_method == "round_per_line"
        return CompanyAmounts(rate, unit(own.name), per_line=per_line).of

    # === What is posted === #

    def booked(self, moves):
        """What invoices and credit notes come to, with their corrections.

        :return: entry id -> list of Item
        :rtype: dict
        """
        corrected, corrections = {}, self.env["account.move"]
        left = moves
        while left := self.env["account.move"].search(  # of what amends an invoice there are corrections, too
            [("ecommerce_corrected_move_id", "in", left.ids), ("state", "=", "posted")]
        ):
            for move in left:
                of = move.ecommerce_corrected_move_id.id
                corrected[move.id] = corrected.get(of, of)
            corrections |= left
        lines = self.env["account.move.line"].search_fetch(
            [("move_id", "in", (moves | corrections).ids), ("display_type", "in", ("product", "tax", "payment_term"))],
            _COLUMNS,
        )
        found = {move.id: [] for move in moves}
        for line in lines:
            found[corrected.get(line.move_id.id, line.move_id.id)].append(self._item(line))
        return found

    def booked_in_summaries(self, postings):
        """The same of postings whose entry is that of a summary, from their rows.

        :return: posting id -> list of Item
        :rtype: dict
        """
        found = {posting.id: [] for posting in postings}
        corrections = self.env["ecommerce.posting"].search([("corrected_id", "in", postings.ids)])
        corrections |= corrections.search([("corrected_id", "in", corrections.ids)])  # of what amends a sale
        of = {posting.id: posting.id for posting in postings} | {
            posting.id: posting._first_corrected().id for posting in corrections if posting.summary_id
        }
        for row in self.env["ecommerce.summary.row"].search([("posting_id", "in", list(of))], order="id"):
            found[of[row.posting_id.id]].append(self._row(row))
        by_hand = corrections.filtered(lambda posting: not posting.summary_id and posting.entry_state == "posted")
        for line in by_hand.move_id.line_ids.filtered(lambda line: line.display_type in ("product", "tax")):
            posting = by_hand.filtered(lambda posting, line=line: posting.move_id == line.move_id)[:1]
            found[posting.corrected_id.id].append(self._item(line))
        return found

    def _row(self, row):
        booking, tax = row._item().booking, row.tax_line_id.id or 0
        place = Place(
            account=CUSTOMER if row.is_customer else booking.account, is_customer=row.is_customer, tax=tax,
            taxes=() if tax else booking.taxes, product=booking.product, analytic=() if tax else booking.analytic,
        )  # fmt: skip
        return Item(
            place=place, amount=-amount_of(row.amount, row.currency_id),
            company=-amount_of(row.balance, self.company.currency_id),
            sold=None if row.is_customer or tax else booking.product or ("posted", row.line_id.name or ""),
        )  # fmt: skip

    def _item(self, line):
        customer = line.display_type == "payment_term"
        place = Place(
            account=CUSTOMER if customer else line.account_id.id, is_customer=customer, tax=line.tax_line_id.id or 0,
            taxes=() if line.tax_line_id else tuple(sorted(line.tax_ids.ids)), product=line.product_id.id or 0,
            analytic=() if line.tax_line_id else analytic_of(line.analytic_distribution),
        )  # fmt: skip
        return Item(
            place=place, amount=-amount_of(line.amount_currency, line.currency_id),
            company=-amount_of(line.balance, self.company.currency_id),
            sold=None if customer or line.tax_line_id else line.product_id.id or ("posted", line.name or ""),
        )  # fmt: skip
