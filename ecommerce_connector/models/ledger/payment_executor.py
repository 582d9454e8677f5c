"""Planned payments → the ledger, as Odoo payments or as batch entries."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ...core.currencies import unit
from ...core.errors import ConnectorError
from ...core.plans import EntryKind
from ...core.rounding import quantize
from . import statistics
from .amounts import float_of


def customer_account(entry, receivable_id):
    """Id of the account on the customer's side of a payment: of advances, or the receivable account."""
    return entry.advance.target.account if entry.advance else receivable_id


@dataclass(frozen=True)
class BookedPayment:
    """Where a payment landed.

    :ivar payment: account.payment, empty for a batch entry
    :ivar receivable_line: to be reconciled with the invoice
    :ivar clearing_line: to be reconciled with the payout
    """

    payment: Any
    move_id: Any
    receivable_line: Any
    clearing_line: Any


class _Payments:
    """Books the payments of a batch.

    :param DocumentExecutor executor: for look-ups of the batch
    :param dict worths: (order id, entry key) -> company amount of payments that move what is carried at another value
        than that of the day, see ``worths_of_payments``
    """

    def __init__(self, executor, worths):
        self.executor = executor
        self.worths = worths
        self.env = executor.env
        self.company = executor.company

    def _account(self, entry):
        return self.env["ecommerce.processor.account"].browse(entry.rule.target.processor_account)

    def _checked(self, entry, booked):
        """The payment, if it is on the clearing account of its processor account: any other is someone else's money.

        :raises ConnectorError: naming both accounts
        """
        account, landed = self._account(entry), booked.clearing_line.account_id
        if landed != account.clearing_account_id:
            there = ", ".join(landed.mapped("display_name")) or "no account"
            raise ConnectorError(
                f"The payment {entry.transaction_id or entry.key} of {account.name} would be booked on {there}, not on "
                f"its clearing account {account.clearing_account_id.display_name}.",
                hint=f"Set the outstanding account of the payment methods of {account.journal_id.display_name}.",
            )
        return booked

    def _balance(self, order, entry, currency):
        """In company currency: what cards carry, else by the store's rate if that is used, else by that of the day."""
        if (worth := self.worths.get((order.id, entry.key))) is not None:
            return worth
        rate = entry.rate or self.executor.rate(currency, entry.true_date)
        return quantize(entry.signed / rate, unit(self.company.currency_id.name))


class OdooPayments(_Payments):
    """One ``account.payment`` each: where accountants look for them."""

    def book(self, items):
        """Create and post.

        :param list items: (ecommerce.order, PlannedPayment, (contact id, receivable account id))
        :return: (order id, entry key) -> BookedPayment
        :rtype: dict
        """
        payments = self.env["account.payment"].create([self._vals(*item) for item in items])
        entries = {payment.id: entry for (_order, entry, _partner), payment in zip(items, payments, strict=True)}
        made = payments.filtered("move_id")  # another addon may make entries sooner than Odoo does
        self._make_entries(payments - made, entries)
        for item in made.move_id.line_ids:
            payment = item.move_id.origin_payment_id
            item.ecommerce_rule_id = self._decider(entries[payment.id], item.account_id.id, payment)
        statistics.refresh(self.env)
        payments.action_post()
        return {
            (order.id, entry.key): self._checked(entry, self._booked(payment, customer_account(entry, receivable)))
            for (order, entry, (_partner, receivable)), payment in zip(items, payments, strict=True)
        }

    def _vals(self, order, entry, partner):
        account, currency = self._account(entry), self.executor.currency(entry.currency)
        inbound = entry.kind is EntryKind.PAYMENT
        journal = account.journal_id
        methods = journal.inbound_payment_method_line_ids if inbound else journal.outbound_payment_method_line_ids
        partner_id, receivable_id = partner
        vals = {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_type": "customer",
            "partner_id": partner_id,
            "amount": float_of(entry.amount),
            "currency_id": currency.id,
            "date": entry.date,
            "journal_id": journal.id,
            "payment_method_line_id": methods[:1].id,
            "destination_account_id": customer_account(entry, receivable_id),
            "memo": " ".join(filter(None, [order.number, entry.transaction_id])),
            "payment_reference": entry.transaction_id,
        }
        is_carried = (order.id, entry.key) in self.worths
        if (entry.rate or entry.date != entry.true_date or is_carried) and currency != self.company.currency_id:
            # Odoo takes its own rate of the entry's day, which a lock date may have made later.
            vals["force_balance"] = float_of(self._balance(order, entry, currency))
        return vals

    @staticmethod
    def _decider(entry, account_id, payment):
        """Id of the rule that decided an item of a payment's entry."""
        if account_id != payment.destination_account_id.id:
            return entry.rule.id
        return entry.advance.id if entry.advance else False

    def _make_entries(self, payments, entries):
        """Odoo's own entries of payments, made and linked together.

        ``action_post`` would link one after the other, and search each time for whatever may depend on
        it. The field's own ``write`` sets the link of one record; what depends on it is told once for all.
        """
        values = [self._entry_vals(payment, entries[payment.id]) for payment in payments]
        moves = self.env["account.move"].with_context(skip_invoice_line_sync=True).create(values).with_env(self.env)
        link = payments._fields["move_id"]
        for payment, move in zip(payments, moves, strict=True):
            link.write(payment, move)
        payments.modified(["move_id"])

    def _entry_vals(self, payment, entry):
        values = payment._generate_move_vals()
        for _create, _id, item in values["line_ids"]:
            balance, amount = item["debit"] - item["credit"], item["amount_currency"]
            # Computed and stored; given, so that they are in the row at once (see MoveValues).
            item.update(
                self.executor.facts.given, display_type="product", tax_ids=[(6, 0, [])], date=payment.date,
                ref=payment.memo, parent_state="draft", reconciled=False, amount_residual=balance,
                amount_residual_currency=amount, price_subtotal=amount, price_total=amount,
                ecommerce_rule_id=self._decider(entry, item["account_id"], payment),
            )  # fmt: skip
        return values

    @staticmethod
    def _booked(payment, receivable_id):
        lines = payment.move_id.line_ids
        receivable = lines.filtered(lambda line: line.account_id.id == receivable_id)
        return BookedPayment(payment, payment.move_id, receivable, lines - receivable)


class BatchEntryPayments(_Payments):
    """One journal entry per processor account and day, with a line per payment; about twice as fast."""

    def book(self, items):
        """Create and post; arguments and result as of ``OdooPayments.book``."""
        groups = defaultdict(list)
        for item in items:
            groups[self._account(item[1]), item[1].date].append(item)
        values = [self._vals(account, on, group) for (account, on), group in groups.items()]
        moves = self.env["account.move"].with_context(skip_invoice_line_sync=True).create(values).with_env(self.env)
        moves._post(soft=False)
        booked = {}
        for group, move in zip(groups.values(), moves, strict=True):
            lines = move.line_ids.sorted("sequence")
            for index, (order, entry, _partner) in enumerate(group):
                clearing, receivable = lines[2 * index], lines[2 * index + 1]
                payment = BookedPayment(self.env["account.payment"], move, receivable, clearing)
                booked[order.id, entry.key] = self._checked(entry, payment)
        return booked

    def _vals(self, account, on, group):
        first, last = group[0][0].number, group[-1][0].number
        ref = first if first == last else f"{first} … {last}"
        lines = []
        for order, entry, partner in group:
            lines += self._lines(account, order, entry, partner, ref, len(lines))
        return {
            "move_type": "entry",
            "journal_id": account.journal_id.id,
            "date": on,
            "ref": ref,
            "line_ids": [(0, 0, line) for line in lines],
        }

    def _lines(self, account, order, entry, partner, ref, sequence):
        partner_id, receivable_id = partner
        currency = self.executor.currency(entry.currency)
        balance = self._balance(order, entry, currency)
        common = {
            "partner_id": partner_id, "currency_id": currency.id, "tax_ids": [(6, 0, [])],
            "display_type": "product",
            "name": " ".join(filter(None, [order.number, entry.transaction_id])),
            # Computed and stored; given, so that they are in the row at once (see MoveValues).
            "date": entry.date, "ref": ref, "parent_state": "draft", "reconciled": False,
            **self.executor.facts.given,
        }  # fmt: skip
        return [
            common | self._amounts(balance, entry.signed)
            | {"account_id": account.clearing_account_id.id, "sequence": sequence, "ecommerce_rule_id": entry.rule.id},
            common | self._amounts(-balance, -entry.signed)
            | {
                "account_id": customer_account(entry, receivable_id), "sequence": sequence + 1,
                "ecommerce_rule_id": entry.advance.id if entry.advance else False,
            },
        ]  # fmt: skip

    @staticmethod
    def _amounts(balance, amount):
        return {
            "balance": float_of(balance), "amount_residual": float_of(balance),
            "amount_currency": float_of(amount), "amount_residual_currency": float_of(amount),
            "price_subtotal": float_of(amount), "price_total": float_of(amount),
        }  # fmt: skip
