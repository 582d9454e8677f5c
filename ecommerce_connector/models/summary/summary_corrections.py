"""Orders in summaries, brought in line with the rules as they are now: a delta entry of the same day, with its rows."""

from collections import defaultdict

from ...core.corrections import Amounts
from ...core.plans import EntryKind
from ...core.rounding import ZERO
from ...core.summary import document_rows
from ...core.summary_days import SummaryKey
from ..ledger.amounts import amount_of
from ..ledger.correction_executor import CORRECTION, CorrectionExecutor
from .prepared import PreparedEntry, PreparedOrder
from .summary_executor import SummaryExecutor
from .summary_rows import row_name


def correct(store, batch, *, in_open_period):
    """Correct orders, those in summaries and those with entries of their own.

    :param list batch: (ecommerce.order, PlannedOrder) pairs
    :return: a CorrectionOutcome
    """
    in_summaries = [(order, planned) for order, planned in batch if order.posting_ids.summary_id]
    # What comes later of an order on a combined invoice has entries of its own.
    others = [(order, planned) for order, planned in batch if not order._is_summarized()]
    outcome = CorrectionExecutor(store, in_open_period=in_open_period).execute(others)
    if in_summaries:
        outcome.add(SummaryCorrections(store, in_open_period=in_open_period).execute(in_summaries))
    return outcome


class SummaryCorrections(CorrectionExecutor):
    """As for entries of their own; what is posted is read from rows, and what corrects a summary is one entry."""

    def __init__(self, store, *, in_open_period=False):
        super().__init__(store, in_open_period=in_open_period)
        self._by_hand = {}

    def _reasons_of_orders(self, batch):
        """Those on combined invoices are told with their other entries."""
        return super()._reasons_of_orders([(order, planned) for order, planned in batch if order._is_summarized()])

    @staticmethod
    def _is_ours(posting):
        return bool(posting.summary_id)

    def _moved_receivables(self, candidates):
        """The customer's account is that of the rows, whether or not anything was left open."""
        for candidate in candidates:
            rule = candidate.entry.customer_rule
            accounts = candidate.posting.row_ids.filtered("is_customer").account_id
            if rule and accounts and rule.target.account and rule.target.account not in accounts.ids:
                yield (
                    candidate.order,
                    self.reasons.of_receivable_accounts(candidate.order, candidate.move, accounts, rule.target.account),
                )

    def _read_corrections(self, candidates):
        """Their postings: the entry of a summary is corrected for many orders."""
        ids = [candidate.posting.id for candidate in candidates]
        found = self.env["ecommerce.posting"].search(
            [("corrected_id", "in", ids), ("is_amendment", "=", False)], order="id"
        )
        corrections = found.grouped("corrected_id")
        for candidate in candidates:
            candidate.corrections = corrections.get(candidate.posting, found.browse())

    def _read_posted(self, candidates):
        for candidate in candidates:
            rows = (candidate.posting | candidate.corrections).row_ids
            candidate.posted = [row._item() for row in rows.filtered(lambda row: not row.is_customer).sorted("id")]

    def _values(self, builder, candidate):
        posting = candidate.posting
        account = posting.row_ids.filtered("is_customer").account_id[:1].id
        partner = candidate.order.partner_id.id, account
        return builder.build(
            candidate.order, candidate.entry, partner, posting.summary_id.currency_id, posting._exact_rate()
        )

    def _is_due(self, candidate, outcome):
        """As for an entry of its own; a summary that somebody changed is left to people."""
        summaries = (candidate.posting | candidate.corrections).summary_id
        if rest := next(filter(None, map(self._changed_by_hand, summaries)), None):
            reason = self.reasons.changed_by_hand(candidate.order, candidate.move, rest)
            outcome.not_covered.append((candidate.order, reason))
            return False
        return super()._is_due(candidate, outcome)

    def _changed_by_hand(self, summary):
        """By how much a line of a summary is not what its rows say; None if each is."""
        if summary not in self._by_hand:
            rows = {
                (line, account): balance
                for line, account, balance in self.env["ecommerce.summary.row"]._read_group(
                    [("summary_id", "=", summary.id), ("line_id", "!=", False)],
                    ["line_id", "account_id"], ["balance:sum"],
                )
            }  # fmt: skip
            own = self.company.currency_id
            off = (
                amount_of(line.balance, own) - amount_of(rows.get((line, line.account_id), 0.0), own)
                for line in summary.move_id.line_ids
            )
            found = next(filter(None, off), None)
            self._by_hand[summary] = Amounts(balance=found) if found else None
        return self._by_hand[summary]

    def _post(self, due):
        groups, versions = defaultdict(list), self._versions(due)
        for candidate in due:
            groups[candidate.posting.summary_id, candidate.date].append(candidate)
        moves = self.env["account.move"]
        for (summary, on), group in sorted(groups.items(), key=lambda pair: (pair[0][0].id, pair[0][1])):
            executor = SummaryExecutor(self.store, SummaryKey(summary.day, summary.payout_id.id or 0))
            pairs = [(self._order(candidate), self._entry(candidate, versions)) for candidate in group]
            written = executor.book(CORRECTION, pairs, summary.currency_id, on, corrected=summary.move_id)
            executor._link_rows(pairs, written)
            moves |= written.summary.move_id
        return moves

    @staticmethod
    def _order(candidate):
        return PreparedOrder(
            order=candidate.order, partner_id=candidate.order.partner_id.id, entries=[], continues=True, is_whole=True
        )

    def _entry(self, candidate, versions):
        order, posting = candidate.order, candidate.posting
        versions[posting.external_id] += 1
        key = candidate.entry.key
        rows = document_rows(
            order.id, row_name(order, key), candidate.items, is_refund=candidate.entry.kind is EntryKind.CREDIT_NOTE
        )
        return PreparedEntry(
            key=key, date=candidate.date, label=order.number, due=candidate.date, total=ZERO, rows=rows,
            values={
                "kind": CORRECTION, "external_id": posting.external_id, "version": versions[posting.external_id],
                "fingerprint": candidate.entry.fingerprint, "true_date": posting.true_date,
                "rule_ids": [(6, 0, sorted(candidate.entry.rules))], "corrected_id": posting.id, "rate": posting.rate,
            },
        )  # fmt: skip
