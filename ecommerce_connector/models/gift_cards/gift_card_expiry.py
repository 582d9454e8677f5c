import logging

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...core.card_expiry import plan_expiry
from ...core.dates import accounting_date
from ...core.errors import ConnectorError
from ...core.rounding import total
from ..ledger.amounts import amount_of
from ..ledger.days import said_day
from ..ledger.entry_state import names, why_fallen
from ..ledger.lock_dates import first_open_day
from .foreseen_breakage import ForeseenBreakage
from .gift_card_executor import GiftCardExecutor

_logger = logging.getLogger(__name__)


class EcommerceStore(models.Model):
    """When a store's gift cards expire in the books."""

    _inherit = "ecommerce.store"

    gift_card_expiry = fields.Selection(
        [("button", "When a person says so"), ("automatic", "After their last day")], string="Gift Cards Expire",
        required=True, default="button", tracking=True,
        help="What is left of an expired card becomes breakage income. Whether a card may expire, and whether what is "
        "left belongs to the seller, depends on the law.",
    )  # fmt: skip

    def _today(self):
        """The day it is in the store."""
        return fields.Datetime.context_timestamp(self.with_context(tz=self.timezone), fields.Datetime.now()).date()


class EcommerceGiftCard(models.Model):
    """Expiring a card books what is left of it as income, once; making it active again takes that back."""

    _inherit = "ecommerce.gift.card"

    def action_expire(self):
        """Book what is left of the selected cards as income."""
        for card in self:
            try:
                card._expire()
            except ConnectorError as error:
                raise UserError(str(error)) from error

    def action_reactivate(self):
        """Give back to the selected cards what was booked as income when they expired."""
        for card in self:
            card._reactivate()

    def _expire(self, on=None):
        """Book the expiry on the card's last day, or today if it has none; never on a closed day.

        :param date on: the day instead of these: the end of a period, where redemption is taken to be remote
        :rtype: account.move
        :raises ConnectorError: naming the card, if its value is not known or no rule says where it goes
        """
        self.ensure_one()
        self.check_access("write")
        self.env["account.move"].check_access("create")
        self.sudo().lock_for_update()  # sudo: a lock needs the right to write; twice at once would book twice
        store, today = self.store_id, self.store_id._today()
        if self.is_expired:
            raise ConnectorError(f"Card {self.external_id}: it is booked as expired already.")
        if on is None:
            on = self.expires_on or today
            if on > today or (on == today and self.expires_on):
                raise ConnectorError(f"Card {self.external_id}: it can be used until {said_day(self.env, on)}.")
        plan = plan_expiry(
            self.external_id, self.kind, {account.id: amount for account, amount in self._by_account().items()},
            store._rulebook(), on, currency=self.currency_id.name, first_open_day=self._first_open_day(),
        )  # fmt: skip
        items = [(account, amount, False) for account, amount in plan.taken.items()]
        items.append((plan.rule.target.account, -plan.amount, plan.rule.id))
        move = GiftCardExecutor(store).book(
            self, "expired", items, on=plan.booked_on, true_date=plan.true_date, rules=[plan.rule.id],
            face=-total([amount_of(row.face_amount, self.currency_id) for row in self.movement_ids]),
        )  # fmt: skip
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        self.sudo().write({"is_expired": True, "explanation": False})
        self.message_post(body=self.env._("Expired: what was left is income by %(entry)s.", entry=move.name))
        ForeseenBreakage(store, self.currency_id).give_back(plan.taken, on)
        return move

    def _reactivate(self):
        self.ensure_one()
        self.check_access("write")
        self.env["account.move"].check_access("create")
        self.sudo().lock_for_update()  # sudo: as in _expire
        if not self.is_expired:
            raise UserError(self.env._("Card %(card)s is not booked as expired.", card=self.external_id))
        rows = self.movement_ids.filtered(lambda row: row.kind == "expired").sorted("id")
        last = rows.filtered(lambda row: row.posting_id == rows[-1:].posting_id)
        if problem := why_fallen(last.move_id):
            raise UserError(
                self.env._(
                    "Card %(card)s: the entry %(entry)s of its expiry %(problem)s, so there is nothing to take back. "
                    "Bring that entry back into the ledger first, then make the card active again here.",
                    card=self.external_id, entry=names(last.move_id), problem=problem,
                )
            )  # fmt: skip
        income = (last.move_id.line_ids - last.line_id)[:1]
        given = [(row.account_id.id, amount_of(row.amount, self.currency_id), False) for row in last]
        today = self.store_id._today()
        move = GiftCardExecutor(self.store_id).book(
            self, "reactivated",
            [*given, (income.account_id.id, -total([amount for _account, amount, _rule in given]), False)],
            on=accounting_date(today, self._first_open_day()), true_date=today,
            face=-total([amount_of(row.face_amount, self.currency_id) for row in last]),
        )  # fmt: skip
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        self.sudo().write({"is_expired": False})
        self.message_post(body=self.env._("Active again: %(entry)s takes the expiry back.", entry=move.name))

    def _first_open_day(self):
        self.store_id._ensure_correction_journal()
        return first_open_day(self.company_id, self.store_id.correction_journal_id, has_tax=False)

    def _past_their_last_day(self):
        """Which cards of stores that want it so are past their last day, by the day that it is in each store."""
        stores = self.env["ecommerce.store"].with_context(active_test=False).search(
            [("gift_card_expiry", "=", "automatic")]
        )  # fmt: skip
        return Domain.OR(
            Domain("store_id", "in", of_day.ids) & Domain("expires_on", "<", today)
            for today, of_day in stores.grouped(lambda store: store._today()).items()
        )

    def _cron_expire(self):
        """Expire the cards of stores that want it so; one that cannot be says why, and the others go on."""
        cards = self.search(
            Domain("state", "=", "active") & Domain("is_expired", "=", False) & self._past_their_last_day(), order="id"
        )
        for left, card in zip(range(len(cards) - 1, -1, -1), cards, strict=True):
            try:
                with self.env.cr.savepoint():
                    card._expire()
            except (ConnectorError, UserError) as error:
                _logger.warning("Gift card %s is not expired: %s", card.id, error)
                card.sudo().explanation = str(error)  # sudo: nobody writes evidence by hand
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break
