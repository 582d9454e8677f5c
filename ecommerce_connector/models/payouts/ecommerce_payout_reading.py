from odoo import api, models
from odoo.exceptions import UserError

from ...core.payouts.changes import compare_payouts
from ...core.reasons import Reason
from ..ledger.amounts import float_of
from ..ledger.instants import utc

#: Code of the exception for a posted payout that another report contradicts.
CHANGED = "payout_changed"


class EcommercePayout(models.Model):
    """From reports to payouts: a payout is stored once, and completed by a fuller report."""

    _inherit = "ecommerce.payout"

    @api.model
    def _import(self, account, payouts, store=None):
        """Store payouts of a report and match them; of those that are stored already, keep the fuller one.

        :param account: the processor account they belong to
        :param list payouts: canonical payouts
        :return: those to look at: new, completed, or posted and contradicted; and a sentence for each known one
        :rtype: tuple
        """
        self._check_import(account, store)
        stored = self.search(
            [("processor_account_id", "=", account.id), ("external_id", "in", [p.external_id for p in payouts])]
        )
        by_id = {payout.external_id: payout for payout in stored}
        stored.check_access("write")
        # sudo: nobody writes evidence by hand; who may import was checked above.
        created = (
            self.sudo()
            .create([self._vals(account, payout, store) for payout in payouts if payout.external_id not in by_id])
            .with_env(self.env)
        )
        created._tell_orders()
        created.action_match()
        concerned, notices = created, created._discarded_before()
        for payout in payouts:
            if known := by_id.get(payout.external_id):
                is_concerned, notice = known._read_again(payout)
                concerned |= known if is_concerned else known.browse()
                notices.append(notice)
        return concerned, notices

    @api.model
    def _check_import(self, account, store):
        """Payouts are stored as the system: nobody may reach another company's account or store through them."""
        self.check_access("write")
        account.check_access("read")
        if not store:
            return
        store.check_access("read")
        if store.company_id != account.company_id:
            raise UserError(
                self.env._(
                    "%(store)s is a store of %(theirs)s, %(account)s is of %(ours)s. Choose one of %(ours)s, or none.",
                    store=store.name, theirs=store.company_id.name, account=account.name, ours=account.company_id.name,
                )
            )  # fmt: skip

    def _discarded_before(self):
        """A sentence for each payout that somebody discarded and that is imported again."""
        discarded = self.with_context(active_test=False).search(
            [
                ("processor_account_id", "in", self.processor_account_id.ids), ("active", "=", False),
                ("external_id", "in", self.mapped("external_id")),
            ]
        )  # fmt: skip
        return [
            self.env._(
                "Payout %(id)s was imported before and discarded by %(name)s: %(reason)s",
                id=payout.external_id, name=payout.discarded_by_id.name, reason=payout.discard_reason,
            )
            for payout in discarded
        ]  # fmt: skip

    def _read_again(self, read):
        """Compare with the same payout in another report, and take that if it is fuller and this is not posted.

        :param Payout read: of the report
        :return: whether someone should look at it, and a sentence
        :rtype: tuple[bool, str]
        """
        self.ensure_one()
        change = compare_payouts(self._as_core(), read)
        names = {"id": self.external_id, "report": self.source, "new": read.source, "difference": str(change)}
        if self.state == "draft" and change.is_fuller:
            notice = self.env._("Payout %(id)s of %(report)s was replaced by that of %(new)s: %(difference)s.", **names)
            self._replace(change)
            self.message_post(body=notice)
            return True, notice
        if not change.differs:
            return False, self.env._(
                "Payout %(id)s is already imported from %(report)s; it was left as it is.", **names
            )
        if self.state == "draft":
            return False, self.env._(
                "Payout %(id)s is already imported from %(report)s; it was left as it is, though %(new)s differs: "
                "%(difference)s.",
                **names,
            )
        notice = self.env._("Payout %(id)s is posted from %(report)s, but %(new)s differs: %(difference)s.", **names)
        reason = Reason(
            code=CHANGED, message=notice, amount=read.amount - change.stored.amount, key=self.external_id,
            hint=self.env._("If the new report is right, undo the payout and import that report again."),
        )  # fmt: skip
        self.env["ecommerce.exception"]._sync(self, {self: [(reason, "1")]}, company=self.company_id, codes=[CHANGED])
        self.message_post(body=notice)
        return True, notice

    def _replace(self, change):
        """Take the rows of a fuller report; what was accepted stays so unless its row changed."""
        read, altered = change.read, {tx.external_id for _was, tx in change.altered}
        by_id = {tx.external_id: tx for tx in self.transaction_ids}
        # sudo: nobody writes evidence by hand; checked in _import. Before the rest: noted with the amount accepted.
        self.transaction_ids.filtered(lambda row: row.external_id in altered).sudo().write({"accept_open": False})
        commands = []
        for tx in read.transactions:
            vals = self._transaction_vals(tx)
            if known := by_id.get(tx.external_id):
                # A report with fewer columns does not take back what another one told.
                kept = {name: value for name, value in vals.items() if value or not isinstance(value, str)}
                commands.append((1, known.id, kept))
            else:
                commands.append((0, 0, vals))
        self.sudo().write(  # sudo: as above
            {
                "amount": float_of(read.amount), "paid_on": read.paid_on, "source": read.source,
                "bank_reference": read.bank_reference or self.bank_reference,
                **self._conversion_vals(read),
                **({"exchange_rate": float_of(read.exchange_rate)} if read.exchange_rate else {}),
                "is_stated": read.is_stated or (self.is_stated and not change.differs), "transaction_ids": commands,
            }
        )  # fmt: skip
        # sudo: what an exception says and whether it still holds is the connector's
        self._open_changes().sudo()._resolve_gone(self.env._("Imported again from %(report)s.", report=read.source))
        self._tell_orders()
        self.action_match()

    def _open_changes(self):
        return self.exception_ids.filtered(lambda item: item.code == CHANGED and item.state == "open")

    @api.model
    def _vals(self, account, payout, store):
        return {
            "processor_account_id": account.id, "store_id": store.id if store else False,
            "external_id": payout.external_id, "amount": float_of(payout.amount), "paid_on": payout.paid_on,
            "bank_reference": payout.bank_reference, "source": payout.source, "is_stated": payout.is_stated,
            **self._conversion_vals(payout), "exchange_rate": float_of(payout.exchange_rate or 0),
            "transaction_ids": [(0, 0, self._transaction_vals(tx)) for tx in payout.transactions],
        }  # fmt: skip

    @api.model
    def _conversion_vals(self, payout):
        """What the report says of the conversion; nothing if it says nothing, which takes back nothing."""
        if not (conversion := payout.conversion):
            return {}
        return {
            "bank_currency_id": self._currency_id(conversion.currency), "bank_amount": float_of(conversion.amount),
            "conversion_fee": float_of(conversion.fee), "is_conversion_stated": True,
        }  # fmt: skip

    @api.model
    def _currency_id(self, code):
        """A currency, active or not: that it is not is told when the payout is planned."""
        return self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1).id

    @api.model
    def _transaction_vals(self, tx):
        charged = {
            "charged_amount": float_of(tx.charged.amount), "charged_currency_id": self._currency_id(tx.charged.currency)
        } if tx.charged else {}  # fmt: skip
        rated = {"exchange_rate": float_of(tx.exchange_rate)} if tx.exchange_rate else {}
        return {
            "external_id": tx.external_id, "row": tx.row, "kind": tx.kind.value, "raw_kind": tx.raw_kind,
            "gross": float_of(tx.gross), "fee": float_of(tx.fee), "net": float_of(tx.net),
            "occurred_at": utc(tx.at), "source_id": tx.source_id,
            "charge_id": tx.charge_id, "payment_intent_id": tx.payment_intent_id,
            "order_reference": tx.order_reference, "description": tx.description, **charged, **rated,
        }  # fmt: skip
