"""Why something that the rules of now would book differently is not corrected, as an accountant should read it."""

from ...core.plans import PlannedPayment
from ...core.reasons import Reason

#: Entries of the order do not stand any more: nobody knows what they shall be.
_FALLEN = frozenset({"entry_not_posted", "reversed_in_odoo"})


class CorrectionReasons:
    """Finds reasons; writes nothing."""

    def __init__(self, env):
        self.env = env

    @staticmethod
    def stands(planned):
        """Whether everything posted for the order is in the books as it was posted."""
        return not any(reason.code in _FALLEN for reason in planned.ledger_reasons)

    def of_order(self, order, planned):
        """What keeps entries from being compared, and what of the order's money is elsewhere than the rules say.

        :rtype: list[Reason]
        """
        if not order.posting_ids:
            return []
        fallen = [reason for reason in planned.ledger_reasons if reason.code in _FALLEN]
        conflicts = planned.comparison.conflicts
        return [*planned.plan.reasons, *conflicts, *fallen, *self._of_payments(order, planned)]

    def _of_payments(self, order, planned):
        entries = {entry.key: entry for entry in planned.plan.payments if entry.key in planned.comparison.unchanged}
        for payment in order.payment_ids:
            for (kind, external_id), entry in entries.items():
                account = self._account(entry)
                if (kind.value, external_id) == (payment.kind, payment.external_id) and account != (
                    payment.processor_account_id
                ):
                    yield self._of_payment(order, entry, payment, account)

    def _account(self, entry):
        assert isinstance(entry, PlannedPayment)
        return self.env["ecommerce.processor.account"].browse(entry.rule.target.processor_account)

    def _of_payment(self, order, entry, payment, account):
        return Reason(
            code="payment_rule_changed",
            message=self.env._(
                "Order %(number)s: %(amount)s %(currency)s of %(gateway)s is booked on %(old)s; the rules lead to "
                "%(new)s now.",
                number=order.number, amount=entry.signed, currency=entry.currency, gateway=entry.gateway,
                old=payment.processor_account_id.display_name, new=account.display_name,
            ),
            hint=self.env._("Payments are not corrected: move the amount by a journal entry if it must be moved."),
            amount=entry.signed, key=f"gateway:{entry.gateway}",
        )  # fmt: skip

    def of_receivable(self, order, entry, move):
        """The customer's account stays: what was reconciled there would come apart.

        :rtype: Reason | None
        """
        account = entry.customer_rule.target.account if entry.customer_rule else None
        terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        if not account or account in terms.account_id.ids:
            return None
        return self.of_receivable_accounts(order, move, terms.account_id, account)

    def of_receivable_accounts(self, order, move, old, account):
        """The same, with the accounts that are booked.

        :rtype: Reason
        """
        return self._reason(
            "receivable_rule_changed", order, move,
            self.env._(
                "Order %(number)s: %(entry)s is on %(old)s; the rules lead to %(new)s now.",
                number=order.number, entry=move.name, old=old[:1].display_name,
                new=self.env["account.account"].browse(account).display_name,
            ),
            self.env._("Receivables are not corrected: move what is open by a journal entry if it must be moved."),
        )  # fmt: skip

    def changed_by_hand(self, order, move, rest):
        """Somebody changed amounts of the entry: it cannot be told what the rules make of them.

        :param Amounts rest: what is posted and not planned
        :rtype: Reason
        """
        return self._reason(
            "changed_by_hand", order, move,
            self.env._(
                "Order %(number)s: %(entry)s and its corrections differ from the plan by %(amount)s %(currency)s.",
                number=order.number, entry=move.name, amount=abs(rest.amount or rest.balance),
                currency=(move.currency_id if rest.amount else move.company_currency_id).name,
            ),
            self.env._("It was changed by hand: correct it by hand, too."),
        )  # fmt: skip

    def other_rules_changed(self, order, move):
        """What waits could leave, but other rules of the entry changed too, and nobody chose to re-post those.

        :rtype: Reason
        """
        return self._reason(
            "other_rules_changed", order, move,
            self.env._(
                "Order %(number)s: other rules of %(entry)s changed since it was posted, not only what it waits for.",
                number=order.number, entry=move.name,
            ),
            self.env._("Move what waits by a journal entry, or re-post the order by a what-if of its rules."),
        )  # fmt: skip

    def corrected_by_hand(self, order, move):
        """A person corrected the entry by others, of other days and for other tax reports: these are theirs.

        :rtype: Reason
        """
        return self._reason(
            "corrected_by_hand", order, move,
            self.env._(
                "Order %(number)s: %(entry)s changed in the store, and somebody marked it as corrected.",
                number=order.number, entry=move.name,
            ),
            self.env._("If the rules book it differently now, correct it by hand, too."),
        )  # fmt: skip

    def amended_otherwise(self, order, move):
        """The connector amended it, and what the store said then is not kept any more, or is read in another way now.

        :rtype: Reason
        """
        return self._reason(
            "amended_otherwise", order, move,
            self.env._(
                "Order %(number)s: %(entry)s was amended when the order changed in the store, and what the store said "
                "before cannot be found again.", number=order.number, entry=move.name,
            ),
            self.env._("If the rules book it differently now, correct it by hand."),
        )  # fmt: skip

    def of_cash_basis(self, order, move, items):
        """Odoo posts such a tax bit by bit with the payments, and what it has posted does not follow a correction.

        :rtype: list[Reason]
        """
        repartition = self.env["account.tax.repartition.line"]
        taxes = self.env["account.tax"].browse({tax for item in items for tax in item.booking.taxes})
        taxes |= repartition.browse({item.booking.repartition for item in items if item.booking.repartition}).tax_id
        held = taxes.filtered(lambda tax: tax.tax_exigibility == "on_payment")[:1]
        if not held:
            return []
        return [
            self._reason(
                "cash_basis", order, move,
                self.env._(
                    "Order %(number)s: %(entry)s has the tax %(tax)s, which is due on payment.",
                    number=order.number, entry=move.name, tax=held.name,
                ),
                self.env._("Correct it by hand, with the entries that Odoo made at the payments."),
            )
        ]  # fmt: skip

    @staticmethod
    def _reason(code, order, move, message, hint):
        return Reason(code=code, message=message, hint=hint, key=f"{order.external_id}:{move.id}")
