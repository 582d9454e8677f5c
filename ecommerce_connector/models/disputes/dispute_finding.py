from odoo import api, models

from ...core.disputes.document import DisputeState
from ...core.disputes.movements import dispute_ids, disputed_payments
from ...core.evidence import LedgerPayment
from ...core.settlements import TransactionKind
from ..ledger.amounts import amount_of, float_of
from ..ledger.instants import utc
from .ecommerce_dispute import MOVING

FEE = TransactionKind.FEE.value


class EcommerceDispute(models.Model):
    """Where disputes come from: rows of payouts, and what a store says of its orders."""

    _inherit = "ecommerce.dispute"

    # === Rows of payouts === #

    @api.model
    def _of_rows(self, rows):
        """The disputes of balance transactions, made where there are none; each row is tied to its own.

        :param ecommerce.balance.transaction rows: of payouts that are not discarded
        :return: the disputes concerned, those too that lost a row
        """
        concerned = rows.dispute_id
        moving = rows.filtered(lambda row: row.kind in MOVING)
        for account, of_account in moving.grouped("processor_account_id").items():
            concerned |= self._of_account(account, of_account)
        concerned |= self._of_fees(rows.filtered(lambda row: row.kind == FEE and row.source_id))
        # sudo: nobody writes evidence by hand; who may match a payout was checked there.
        rows.filtered(lambda row: row.dispute_id and row.kind not in (*MOVING, FEE)).sudo().dispute_id = False
        concerned._link()
        return concerned

    def _of_account(self, account, rows):
        rows |= self._of_same_charge(account, rows)
        before = rows.dispute_id
        transactions = [row.payout_id._core_transaction(row) for row in rows]
        ids = {key for row in rows for key in _named(row)}
        payments = self.env["ecommerce.payment"].search(
            [("processor_account_id", "=", account.id), ("transaction_id", "in", list(ids))]
        )
        keys = dispute_ids(transactions, frozenset(payments.mapped("transaction_id")))
        known = self._known(account, keys)
        for row, key in zip(rows, keys, strict=True):
            if key not in known:
                # sudo: nobody writes evidence by hand; as above
                known[key] = self.sudo().create(self._vals_of_row(row, key)).with_env(self.env)
            if row.dispute_id != known[key]:
                row.sudo().dispute_id = known[key]  # sudo: as above
        return before.union(*known.values())

    @staticmethod
    def _of_same_charge(account, rows):
        """Other rows that name the same charges: where none names a dispute, they tell how many there are."""
        ids = list({key for row in rows for key in _named(row)})
        orders = [row.order_reference for row in rows if row.order_reference and not _named(row)]
        return rows.search(
            [
                ("processor_account_id", "=", account.id), ("kind", "in", list(MOVING)),
                ("payout_id.active", "=", True),
                "|", "|", "|", ("charge_id", "in", ids), ("source_id", "in", ids), ("payment_intent_id", "in", ids),
                ("order_reference", "in", orders),
            ]
        )  # fmt: skip

    def _known(self, account, keys):
        """Disputes of the account by id; one that only a store told of so far becomes the account's."""
        found = self.search(
            [
                ("company_id", "=", account.company_id.id), ("external_id", "in", keys),
                ("processor_account_id", "in", (account.id, False)),
            ]
        )  # fmt: skip
        # The account's own come last, and so before all others.
        known = {dispute.external_id: dispute for dispute in found.sorted(lambda item: bool(item.processor_account_id))}
        for dispute in known.values():
            if not dispute.processor_account_id and dispute.currency_id == account.currency_id:
                dispute.sudo().processor_account_id = account  # sudo: as above
        return {key: dispute for key, dispute in known.items() if dispute.processor_account_id}

    @staticmethod
    def _vals_of_row(row, key):
        return {
            "external_id": key, "company_id": row.company_id.id, "processor_account_id": row.processor_account_id.id,
            "currency_id": row.currency_id.id, "store_id": row.payout_id.store_id.id,
            "state": DisputeState.OPENED.value, "opened_at": row.occurred_at,
            "charge_id": row.charge_id or row.payment_intent_id or (row.source_id if row.source_id != key else ""),
            "order_reference": row.order_reference,
        }  # fmt: skip

    def _of_fees(self, rows):
        """Rows that are all fee and name a dispute: shown with it."""
        disputes = self.search(
            [
                ("processor_account_id", "in", rows.processor_account_id.ids),
                ("external_id", "in", rows.mapped("source_id")),
            ]
        )  # fmt: skip
        by_id = {(dispute.processor_account_id, dispute.external_id): dispute for dispute in disputes}
        for row in rows:
            if dispute := by_id.get((row.processor_account_id, row.source_id)):
                row.sudo().dispute_id = dispute  # sudo: as above
        return disputes

    # === What a store says === #

    @api.model
    def _take_statements(self, documents, *, book):
        """Store what a store says of the disputes of its orders.

        :param dict documents: ecommerce.order -> its canonical document
        :param bool book: losses may be booked; False: they wait for review
        """
        real = [(order, document) for order, document in documents.items() if not document.is_test]
        said = [(order, dispute) for order, document in real for dispute in document.disputes]
        found = self.union(*(self._take(order, dispute) for order, dispute in said))
        found._link()
        found._follow(book=book)

    def _take(self, order, said):
        """One dispute of an order, made if it is new.

        :param Dispute said: as the store states it now
        """
        dispute, vals = self._stated(order, said), self._vals_stated(order, said)
        if not dispute:
            # sudo: nobody writes evidence by hand; the store's entry points check the right.
            return self.sudo().create(vals).with_env(self.env)
        kept = ("external_id", "company_id", "currency_id", "state")
        news = {
            name: value for name, value in vals.items()
            if name.startswith("stated_") or (value and name not in kept)
        }  # fmt: skip
        dispute.sudo().write(news)  # sudo: as above
        return dispute

    def _stated(self, order, said):
        """The dispute that a store speaks of: of the order, or told by a payout before its order was known."""
        found = self.search(
            [
                ("company_id", "=", order.company_id.id), ("external_id", "=", said.external_id),
                ("order_id", "in", (order.id, False)), ("currency_id", "=", order.currency_id.id),
            ]
        )  # fmt: skip
        own = found.filtered("order_id")
        return own or (found if len(found) == 1 else found.browse())

    @staticmethod
    def _vals_stated(order, said):
        opened = said.opened_at or (said.at if said.state is DisputeState.OPENED else None)
        inquired = said.inquired_at or (said.at if said.state is DisputeState.INQUIRY else None)
        return {
            "external_id": said.external_id, "company_id": order.company_id.id, "order_id": order.id,
            "store_id": order.store_id.id, "currency_id": order.currency_id.id, "state": DisputeState.INQUIRY.value,
            "charge_id": said.charge_id, "disputed_amount": float_of(said.amount), "reason": said.reason,
            "opened_at": utc(opened), "inquired_at": utc(inquired), "evidence_due": said.respond_by or False,
            "stated_state": said.state.value, "stated_at": utc(said.at), "stated_lost": float_of(said.lost or 0),
            "stated_digest": repr((said.state.value, str(utc(said.at)), str(said.amount), str(said.lost))),
        }  # fmt: skip

    # === Order, payment, invoice and customer === #

    def _link(self):
        """Tie disputes to what they are about, as far as it is known by now."""
        for dispute in self:
            payments = dispute._payments()
            payment = payments if len(payments) == 1 else dispute.payment_id
            order = dispute.order_id or (payments.order_id if len(payments.order_id) == 1 else payment.order_id)
            new = {
                "payment_id": payment.id, "order_id": order.id, "partner_id": order.partner_id.id,
                "store_id": order.store_id.id or dispute.store_id.id,
                "invoice_id": order.posting_ids.filtered(lambda posting: posting.kind == "invoice").move_id[:1].id,
                "processor_account_id": dispute.processor_account_id.id or payment.processor_account_id.id,
            }  # fmt: skip
            changed = {name: value for name, value in new.items() if dispute[name].id != value}
            if changed:
                dispute.sudo().write(changed)  # sudo: nobody writes evidence by hand; checked where it came from

    def _payments(self):
        """Payments of the ledger that it can be about."""
        ids = {key for row in self.transaction_ids for key in _named(row)}
        ids |= {key for key in (self.charge_id, self.external_id) if key}
        reference = self.order_id.external_id or self.order_reference or ""
        names = _spellings(reference)
        payments = self.env["ecommerce.payment"].search(
            [
                ("company_id", "=", self.company_id.id), ("kind", "=", "payment"),
                ("currency_id", "=", self.currency_id.id),
                *([("processor_account_id", "=", self.processor_account_id.id)] if self.processor_account_id else []),
                *([("order_id", "=", self.order_id.id)] if self.order_id else []),
                "|", "|", ("transaction_id", "in", list(ids)), ("order_id.number", "in", names),
                ("order_id.external_id", "in", names),
            ]
        )  # fmt: skip
        found = disputed_payments(ids, reference, [self._as_core_payment(payment) for payment in payments])
        return payments.browse([payment.id for payment in found])

    @staticmethod
    def _as_core_payment(payment):
        currency, order = payment.currency_id, payment.order_id
        return LedgerPayment(
            id=payment.id, amount=amount_of(payment.amount, currency), currency=currency.name, date=payment.moved_on,
            order_number=order.number or "", order_external_id=order.external_id,
            transaction_id=payment.transaction_id or "",
        )  # fmt: skip

    @api.model
    def _link_new(self, payments):
        """Payments that were booked, or got their id, after their dispute was known."""
        ids, orders = [key for key in payments.mapped("transaction_id") if key], payments.order_id
        names = [name for order in orders for key in (order.number, order.external_id) for name in _spellings(key)]
        waiting = self.search(
            [
                ("company_id", "in", payments.company_id.ids), ("payment_id", "=", False), "|", "|", "|",
                ("charge_id", "in", ids), ("external_id", "in", ids), ("order_id", "in", orders.ids),
                ("order_reference", "in", names),
            ]
        )  # fmt: skip
        waiting._link()
        waiting.filtered("payment_id")._follow(book=True)


def _named(row):
    """What a row names: a dispute, a charge, a payment intent."""
    return [key for key in (row.source_id, row.charge_id, row.payment_intent_id) if key]


def _spellings(reference):
    """An order's number as stores and processors write it."""
    bare = (reference or "").strip().lstrip("#")
    return [bare, f"#{bare}"] if bare else []


class EcommercePayment(models.Model):
    """A payment that comes after its dispute is tied to it."""

    _inherit = "ecommerce.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        self.env["ecommerce.dispute"]._link_new(payments)
        return payments

    def write(self, vals):
        result = super().write(vals)
        if vals.get("transaction_id"):
            self.env["ecommerce.dispute"]._link_new(self)
        return result
