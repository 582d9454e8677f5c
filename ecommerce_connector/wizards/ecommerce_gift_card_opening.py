import base64
import csv
import io
from datetime import date
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.currencies import unit
from ..core.dates import accounting_date
from ..models.gift_cards.ecommerce_gift_card import KINDS
from ..models.gift_cards.gift_card_executor import GiftCardExecutor
from ..models.gift_cards.liability_accounts import liability_accounts
from ..models.ledger.amounts import amount_of, float_of
from ..models.ledger.lock_dates import first_open_day

COLUMNS = ("card", "amount", "expires_on")


class EcommerceGiftCardOpening(models.TransientModel):
    """Bring in what cards are worth that were sold before the connector began, or that a person corrects."""

    _name = "ecommerce.gift.card.opening"
    _description = "Opening Balances of Gift Cards"

    store_id = fields.Many2one("ecommerce.store", required=True, default=lambda self: self._default_store())
    company_id = fields.Many2one(related="store_id.company_id", store=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, compute="_compute_accounts", store=True, readonly=False, precompute=True
    )
    kind = fields.Selection(KINDS, required=True, default="gift_card")
    opened_on = fields.Date(string="Date", required=True, default=fields.Date.context_today)
    reason = fields.Char(required=True, help="Why; it stays with the movements and the entries.")
    mode = fields.Selection(
        [("recorded", "The ledger has it already: no entry"), ("entry", "Book it: an entry for each card")],
        string="In the Ledger", required=True, default="recorded",
    )  # fmt: skip
    account_id = fields.Many2one(
        "account.account", string="Liability", required=True, compute="_compute_accounts", store=True, readonly=False,
        precompute=True, domain="[('company_ids', 'in', company_id), ('internal_group', '=', 'liability')]",
    )  # fmt: skip
    counterpart_id = fields.Many2one(
        "account.account", string="Taken From", domain="[('company_ids', 'in', company_id)]",
        help="The opening or suspense account that the value of the cards comes from.",
    )  # fmt: skip
    file = fields.Binary(string="CSV File", attachment=False)
    filename = fields.Char()
    line_ids = fields.One2many("ecommerce.gift.card.opening.line", "opening_id", string="Cards")

    def _default_store(self):
        return self.env["ecommerce.store"].search([("company_id", "=", self.env.company.id)], limit=1)

    @api.depends("store_id")
    def _compute_accounts(self):
        for opening in self:
            company = opening.store_id.company_id
            opening.currency_id = company.currency_id
            opening.account_id = liability_accounts(company)[:1] if company else False

    def action_open(self):
        """Bring the cards in, all or none."""
        self.ensure_one()
        self.store_id.check_access("write")  # movements are written with sudo
        self._check_accounts()
        rows = [*self._of_lines(), *self._of_file()]
        if not rows:
            raise UserError(self.env._("Name at least one card, or give a file."))
        names = [name for name, _amount, _expires in rows]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UserError(self.env._("Listed twice: %(cards)s.", cards=", ".join(twice)))
        cards = self._cards(rows)
        for card, (_name, amount, _expires) in zip(cards, rows, strict=True):
            self._open(card, amount)
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_gift_card_action")
        return action | {"domain": [("id", "in", [card.id for card in cards])], "context": {}}

    def _check_accounts(self):
        if self.account_id not in liability_accounts(self.company_id):
            raise UserError(
                self.env._(
                    "%(account)s is no account of gift cards: no processor account and no rule for cards sold leads to "
                    "it.", account=self.account_id.display_name,
                )
            )  # fmt: skip
        if self.mode == "entry" and (not self.counterpart_id or self.counterpart_id == self.account_id):
            raise UserError(self.env._("Say which other account the value of the cards is taken from."))

    # === What is given === #

    def _of_lines(self):
        return [
            (line.external_id.strip(), self._amount(line.amount, line.external_id), line.expires_on or None)
            for line in self.line_ids
        ]  # fmt: skip

    def _amount(self, value, where):
        amount = amount_of(value, self.currency_id)
        if not amount:
            raise UserError(self.env._("%(where)s: its amount is nothing.", where=where))
        return amount

    def _of_file(self):
        """(card, amount, last day) of each row of the file."""
        if not self.file:
            return []
        try:
            text = base64.b64decode(self.file).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UserError(self.env._("%(file)s: it is not UTF-8. Save it as UTF-8.", file=self.filename)) from None
        lines = text.splitlines()  # they may end as any program ends them
        separator = ";" if lines and ";" in lines[0] else ","
        reader = csv.DictReader(io.StringIO("\n".join(lines)), delimiter=separator)
        head = tuple(name.strip() for name in reader.fieldnames or ())
        if not {"card", "amount"} <= set(head) <= set(COLUMNS):
            raise UserError(
                self.env._(
                    "%(file)s, row 1: the columns are %(wanted)s (the last one can be left out), not %(found)s.",
                    file=self.filename, wanted=", ".join(COLUMNS), found=", ".join(head) or "-",
                )
            )  # fmt: skip
        reader.fieldnames = head
        return [self._row(f"{self.filename}, row {reader.line_num}", row) for row in reader]

    def _row(self, where, row):
        if any(value.strip() for value in row.get(None, ())):  # "1,000.00" without quotes would be 1
            raise UserError(
                self.env._(
                    "%(where)s: it has more values than columns. Write amounts without thousands separators.",
                    where=where,
                )
            )  # fmt: skip
        name = (row["card"] or "").strip()
        if not name:
            raise UserError(self.env._("%(where)s, card: it is empty.", where=where))
        try:
            amount = Decimal((row["amount"] or "").strip())
            is_exact = amount.is_finite() and amount and not amount % unit(self.currency_id.name)
        except InvalidOperation:
            is_exact = False
        if not is_exact:
            raise UserError(
                self.env._(
                    "%(where)s, amount: %(text)s is no amount in %(code)s, written 25.00.",
                    where=where, text=row["amount"] or "-", code=self.currency_id.name,
                )
            )  # fmt: skip
        return name, amount, self._day(where, (row.get("expires_on") or "").strip())

    def _day(self, where, text):
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise UserError(
                self.env._("%(where)s, expires_on: %(text)s is no day, written 2026-01-31.", where=where, text=text)
            ) from None

    # === Cards and their entries === #

    def _cards(self, rows):
        """The cards, in the order of the rows; made where they are new."""
        # sudo: nobody writes evidence by hand; the right on the store is checked.
        cards = self.env["ecommerce.gift.card"].sudo()
        found = cards.search(
            [
                ("store_id", "=", self.store_id.id), ("currency_id", "=", self.currency_id.id),
                ("external_id", "in", [name for name, _amount, _expires in rows]),
            ]
        )  # fmt: skip
        known = {card.external_id: card for card in found}
        result = []
        for name, _amount, expires_on in rows:
            card = known.get(name) or cards.create(
                {
                    "external_id": name, "store_id": self.store_id.id, "currency_id": self.currency_id.id,
                    "kind": self.kind, "issued_on": self.opened_on,
                }
            )  # fmt: skip
            if expires_on:
                card.expires_on = expires_on
            result.append(card.with_env(self.env))
        return result

    def _open(self, card, amount):
        if self.mode == "entry":
            self.store_id._ensure_correction_journal()
            open_day = first_open_day(self.company_id, self.store_id.correction_journal_id, has_tax=False)
            items = [(self.account_id.id, -amount, False), (self.counterpart_id.id, amount, False)]
            GiftCardExecutor(self.store_id).book(
                card, "opening", items, on=accounting_date(self.opened_on, open_day), true_date=self.opened_on,
                reason=self.reason,
            )  # fmt: skip
            return
        # sudo: nobody writes evidence by hand; the right on the store is checked.
        self.env["ecommerce.gift.card.movement"].sudo().create(
            {
                "store_id": self.store_id.id, "currency_id": self.currency_id.id, "card_id": card.id, "kind": "opening",
                "moved_on": self.opened_on, "amount": float_of(amount), "face_amount": float_of(amount),
                "account_id": self.account_id.id, "reason": self.reason,
            }
        )  # fmt: skip


class EcommerceGiftCardOpeningLine(models.TransientModel):
    """One card and what is on it."""

    _name = "ecommerce.gift.card.opening.line"
    _description = "Opening Balance of a Gift Card"

    opening_id = fields.Many2one("ecommerce.gift.card.opening", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="opening_id.company_id", store=True)
    currency_id = fields.Many2one(related="opening_id.currency_id")
    external_id = fields.Char(string="Card", required=True)
    amount = fields.Monetary(required=True, help="Negative: less is on it than the connector knows.")
    expires_on = fields.Date()
