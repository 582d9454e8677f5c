"""Gift cards that a summary moved: as in order mode, on the lines of the summary."""

from ...core.plans import EntryKind, PlannedMove, PlannedPayment
from ..gift_cards.gift_card_recorder import GiftCardRecorder, is_of_card
from ..ledger.payment_executor import BookedPayment


def concerns_cards(entries, accounts, env):
    """Whether planned entries move gift cards, or what is owed for them.

    :param set accounts: ids of the liability accounts
    """
    for entry in entries:
        if isinstance(entry, PlannedMove) and any(is_of_card(line, accounts) for line in entry.lines):
            return True
        if isinstance(entry, PlannedPayment):
            account = env["ecommerce.processor.account"].browse(entry.rule.target.processor_account)
            if account.clearing_account_id.id in accounts:
                return True
    return False


class SummaryGiftCards(GiftCardRecorder):
    """Records the movements of summaries that were just posted."""

    def record_prepared(self, prepared, booked):
        """Store the movements.

        :param list prepared: PreparedOrder objects
        :param dict booked: (order id, entry key) → (posting id, summary, its items by side)
        """
        concerned = [item for item in prepared if item.cards]
        if not concerned:
            return
        batch = [(item.order, item.cards) for item in concerned]
        partners = {item.order.external_id: (item.partner_id, False) for item in concerned}
        line = self.env["account.move.line"]
        moves, money = {}, {}
        for item in concerned:
            for entry in item.cards.comparison.new:
                posting, summary, items = booked[item.order.id, entry.key]
                moves[item.order.id, entry.key] = self.env["ecommerce.posting"].browse(posting)
                clearing = line.browse(items.get("clearing", ()))
                money[item.order.id, entry.key] = BookedPayment(
                    self.env["account.payment"], summary.move_id, line.browse(), clearing
                )
        self.record(batch, moves, money, partners)

    def _items(self, entry, posting):
        """For each line of a document, the line of the summary that it is part of."""
        is_note = entry.kind is EntryKind.CREDIT_NOTE
        rows = posting.row_ids.filtered(lambda row: not row.is_customer and not row.tax_line_id)
        found = []
        for planned in entry.lines:
            is_debit = planned.net > 0 if is_note else planned.net < 0
            found.append(
                rows.filtered(
                    lambda row, planned=planned, is_debit=is_debit: (
                        row.account_id.id == planned.rule.target.account
                        and (row.rule_id.id or 0) == planned.rule.id
                        and (row.amount > 0) is is_debit
                    )
                )[:1].line_id
            )
        return found
