from odoo import api, fields, models
from odoo.fields import Domain

from ...core.plan_text import money
from ...core.proof import broken
from ...core.rounding import ZERO, total
from ..ledger.amounts import amount_of, float_of
from ..proof.gift_card_proof import BALANCES, BELOW_ZERO, GiftCardProof, nothing_left


class EcommerceProcessorAccount(models.Model):
    """What gift cards are worth, against the ledger, per account of a liability (law 11)."""

    _inherit = "ecommerce.processor.account"

    card_balance = fields.Monetary(
        compute="_compute_cards", string="On Named Cards", help="Sum of the balances of cards that the store names."
    )
    unnamed_balance = fields.Monetary(
        compute="_compute_cards",
        string="Without Card Id",
        help="Sum of the movements that the store does not say the card of: they are proved in total.",
    )
    card_ledger = fields.Monetary(
        compute="_compute_cards",
        string="In the Ledger",
        help="What the account owes: its posted balance, credit positive.",
    )
    card_difference = fields.Monetary(
        compute="_compute_cards", string="Difference", help="Ledger minus cards: what no store knows of."
    )
    card_findings = fields.Text(compute="_compute_cards", string="To Look At")
    card_is_wrong = fields.Boolean(compute="_compute_cards", help="Something differs: not only a remark.")

    @api.depends("clearing_account_id", "currency_id", "kind")
    def _compute_cards(self):
        liabilities = self.filtered(lambda account: account.kind == "liability")
        proofs = {company: GiftCardProof(company) for company in liabilities.company_id}
        checks = {company: proof.checks() for company, proof in proofs.items()}
        remarks = {company: proof.remarks() for company, proof in proofs.items()}
        for account in self:
            named, unnamed = account._cards_on(True), account._cards_on(False)
            account.card_balance, account.unnamed_balance = float_of(named), float_of(unnamed)
            found = checks[account.company_id] if account.kind == "liability" else ()
            ours = [check for check in found if account._is_concerned_by(check)]
            account.card_difference = float_of(total([check.difference for check in ours if check.name == BALANCES]))
            account.card_ledger = account.clearing_balance if account.kind == "liability" else 0.0
            wrong = [_sentence(check) for check in broken(ours)]
            remark = remarks.get(account.company_id, {}).get((account.clearing_account_id, account.currency_id))
            account.card_is_wrong = bool(wrong)
            account.card_findings = "\n".join([*wrong, *([remark] if remark else [])]) or False

    def _is_concerned_by(self, check):
        """Whether a check is about the account; a card below zero may be on any of its currency."""
        code = self.clearing_account_id.with_company(self.company_id).code
        if check.name == nothing_left(self.currency_id, self.company_id.currency_id):
            return check.key == code
        is_ours = check.key == code or check.name in BELOW_ZERO
        return is_ours and check.currency == self.currency_id.name

    def _cards_on(self, is_named):
        """Exact sum of movements on the account, of cards with or without an id."""
        if self.kind != "liability":
            return ZERO
        [(amount,)] = self.env["ecommerce.gift.card.movement"]._read_group(
            Domain("account_id", "=", self.clearing_account_id.id) & Domain("currency_id", "=", self.currency_id.id)
            & Domain("company_id", "=", self.company_id.id) & Domain("card_id", "!=" if is_named else "=", False),
            [], ["amount:sum"],
        )  # fmt: skip
        return amount_of(amount or 0, self.currency_id)

    def action_view_card_movements(self):
        """Open the movements of gift cards on the account."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "name": self.name, "res_model": "ecommerce.gift.card.movement",
            "view_mode": "list,form",
            "domain": [("account_id", "=", self.clearing_account_id.id), ("currency_id", "=", self.currency_id.id)],
        }  # fmt: skip


def _sentence(check):
    """A check that does not hold, for people."""
    said, booked = (money(amount, check.currency) for amount in (check.expected, check.actual))
    return f"{check.name[:1].upper()}{check.name[1:]}: {check.subject}, {said} by the store, {booked} here"
