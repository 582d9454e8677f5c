"""Fees of payments → entries of the summaries that book the payments, or add to them later."""

from dataclasses import replace
from enum import Enum
from hashlib import sha256

from ...core.corrections import Amounts, Booking, Item
from ...core.currencies import unit
from ...core.dates import accounting_date
from ...core.payouts.accruals import fee_of_sale
from ...core.payouts.plans import LineRole
from ...core.rounding import ZERO, quantize
from ...core.summary import Place, Row, document_rows
from ...core.summary_days import SummaryKey, day_in_payout
from ..ledger.exchange_rates import RateChecks
from ..ledger.lock_dates import first_open_day
from .fee_postings import FEE, fee_key, postings_of
from .payout_takers import COUNTERPARTS
from .prepared import PreparedEntry, PreparedOrder
from .summary_rows import row_name

#: Kinds of summaries whose payments have their fee with them.
WITH_FEES = ("payout", "month")


class FeeKind(str, Enum):
    """As ``EntryKind``: what a posting books."""

    FEE = FEE


def fees_due(env, domain):
    """Fees that are to be booked by summaries, of payments that are booked already; see ``due_of``.

    :param list domain: of balance transactions
    """
    rows = env["ecommerce.balance.transaction"].search(
        [
            *domain, ("payout_id.state", "=", "draft"), ("payout_id.active", "=", True), ("fee", "!=", 0),
            ("kind", "in", COUNTERPARTS), ("match_status", "=", "matched"), ("payment_id", "!=", False),
        ], order="id",
    )  # fmt: skip
    return due_of(env, [(row, row.payment_id) for row in rows])


def due_of(env, matched):
    """Those whose payment is in a summary of payouts and whose fee is in none.

    :param list matched: (balance transaction, ecommerce.payment) pairs, of payouts that wait for review
    :return: (balance transaction, payment, SummaryKey) tuples, of fees that can be booked so
    :rtype: list[tuple]
    """
    matched = [
        (row, payment) for row, payment in matched
        if row.fee and payment.clearing_line_id.move_id.sudo().ecommerce_summary_ids[:1].kind in WITH_FEES
    ]  # fmt: skip
    booked = postings_of(env["ecommerce.balance.transaction"].union(*(row for row, _payment in matched)))
    lines = FeeLines(env)
    return [
        (row, payment, SummaryKey(day_in_payout(payment.moved_on, row.payout_id.paid_on), row.payout_id.id))
        for row, payment in matched
        if not booked.get(row) and lines.of(row)
    ]


class FeeLines:
    """Plans fees, with the rules as they are now."""

    def __init__(self, env):
        self.env = env
        self._rulebooks, self._policies, self._checks = {}, {}, {}

    def of(self, row):
        """Lines of a balance transaction's fee, see ``core.payouts.accruals``; none if a person must look first."""
        payout, account = row.payout_id, row.processor_account_id
        transaction = payout._core_transaction(row)
        stated = self._policy(account).stated_rates
        if stated and transaction.exchange_rate is None:
            return ()
        if not stated and self._rates(account).reasons(transaction.currency, transaction.at.date()):
            return ()
        rate = transaction.exchange_rate if stated else None
        return fee_of_sale(transaction, payout.paid_on, self._rulebook(payout), rate)

    def _rulebook(self, payout):
        key = payout.company_id, payout.store_id
        if key not in self._rulebooks:
            self._rulebooks[key] = self.env["ecommerce.mapping.rule"]._rulebook(*key)
        return self._rulebooks[key]

    def _policy(self, account):
        if account not in self._policies:
            self._policies[account] = account._payout_policy()
        return self._policies[account]

    def _rates(self, account):
        company = account.company_id
        if company not in self._checks:
            self._checks[company] = RateChecks(company)
        return self._checks[company]


class FeeAccruals:
    """Makes the entries of fees for the summaries of one store.

    :param SummaryExecutor executor: of the summary
    """

    def __init__(self, executor):
        self.executor = executor
        self.env = executor.env
        self.company = executor.company
        self.step = unit(self.company.currency_id.name)
        self.lines = FeeLines(self.env)

    def of_payments(self, rows):
        """Entries of fees of payments that are booked by the same summary.

        :param list rows: (ecommerce.order, balance transaction, day of the payment) tuples
        :return: (order, PreparedEntry) pairs
        """
        rows = [found for found in rows if found[1].fee and found[1].payout_id.state == "draft"]
        booked = postings_of(self.env["ecommerce.balance.transaction"].union(*(row for _order, row, _on in rows)))
        for order, row, on in rows:
            if not booked.get(row) and (entry := self._entry(order, row, on)):
                yield order, entry

    def of_booked(self, rows):
        """Fees of payments that were booked before.

        :param rows: balance transactions
        :rtype: list[PreparedOrder]
        """
        found = []
        for row in rows:
            order = row.payment_id.order_id
            if entry := self._entry(order, row, row.payment_id.moved_on):
                found.append(
                    PreparedOrder(
                        order=order, partner_id=order.partner_id.id, entries=[entry], continues=False, is_whole=False
                    )
                )
        return found

    def _entry(self, order, row, true_date):
        if not (lines := self.lines.of(row)):
            return None
        key, currency = (FeeKind.FEE, fee_key(row)), row.currency_id
        on, part = self.executor.key.day, lines[0].by_day[0]
        rate = part.rate or self.executor.rate(currency, part.on)
        first_open = first_open_day(
            self.company, self.executor.store.summary_journal_id, has_tax=any(line.tax for line in lines)
        )
        facts = repr((row.external_id, row.gross, row.fee)).encode()
        return PreparedEntry(
            key=key, date=accounting_date(on, first_open), label=self._label(order, row), due=on, total=ZERO,
            rows=self._rows(order, row, lines, rate, row_name(order, key)), currency=currency,
            values={
                "kind": FEE, "external_id": fee_key(row), "processor_account_id": row.processor_account_id.id,
                "fingerprint": sha256(facts).hexdigest()[:32], "true_date": true_date, "rate": str(rate),
                "rule_ids": [(6, 0, [line.rule.id for line in lines[:1] if line.rule.id])],
            },
        )  # fmt: skip

    def _label(self, order, row):
        return self.env._("%(order)s %(id)s, fee", order=order.number, id=row.source_id or row.external_id)

    def _rows(self, order, row, lines, rate, name):
        given_back = lines[0].amount < 0
        items = [self._item(line, lines, rate, given_back) for line in lines]
        rows = document_rows(order.id, name, items, is_refund=given_back)
        partner = lines[0].rule.target.partner or 0
        rows = [replace(each, place=replace(each.place, is_fee=True, partner=partner)) for each in rows]
        left = Amounts()
        for each in rows:
            left += -each.amounts
        clearing = Place(
            booking=Booking(account=row.processor_account_id.clearing_account_id.id), alone=name,
            is_debit=left.is_debit,
        )  # fmt: skip
        left = Amounts(amount=left.amount, balance=left.balance)
        return [*rows, Row(order=order.id, posting=name, place=clearing, amounts=left)]

    def _item(self, line, lines, rate, given_back):
        amounts = self._amounts(line, rate)
        if line.role is LineRole.TAX:
            return Item(booking=self._tax_booking(line, given_back), amounts=amounts, rule=line.rule.id)
        booking = Booking(
            account=line.target.account, taxes=(line.tax,) if line.tax else (),
            tags=self._base_tags(line, given_back), analytic=tuple(sorted(line.target.analytic)),
        )  # fmt: skip
        shares = tuple(
            (self._tax_booking(tax, given_back), self._amounts(tax, rate)) for tax in lines if tax.role is LineRole.TAX
        )
        return Item(booking=booking, amounts=amounts, rule=line.rule.id, shares=shares)

    def _amounts(self, line, rate):
        amount, base = line.amount, line.base
        return Amounts(
            amount=amount, balance=quantize(amount / rate, self.step), base_amount=base,
            base=quantize(base / rate, self.step),
        )  # fmt: skip

    def _base_tags(self, line, given_back):
        if not line.tax:
            return ()
        return tuple(sorted(self.executor.taxes.of(line.tax, is_refund=given_back).base_tag_ids))

    def _tax_booking(self, line, given_back):
        """Where the tax of a fee goes, as in the entry of a payout."""
        is_charged = (line.amount < 0) == given_back
        shares = self.executor.taxes.of(line.tax, is_refund=given_back).shares
        share = next(share for share in shares if (share.factor > 0) == is_charged)
        return Booking(
            account=share.account_id or line.target.account, repartition=share.repartition_line_id,
            tags=tuple(sorted(share.tag_ids)),
        )  # fmt: skip
