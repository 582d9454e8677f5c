from odoo import models

from ...core.rounding import ZERO
from ...core.setup.many_rates import ON_INVOICES
from ..ledger.amounts import float_of


class EcommerceStore(models.Model):
    """Making accounts, taxes, journals and processor accounts; what exists already is found, not made again."""

    _inherit = "ecommerce.store"

    def _make_account(self, new, code=None):
        """An account by its name and type, made if there is none.

        :param NewAccount new: what it is
        :param str code: of the new account; None: the next free one
        """
        account = self.env["account.account"].with_company(self.company_id)
        found = account.search(
            [("name", "=", new.name), ("account_type", "=", new.type), ("company_ids", "in", self.company_id.id)],
            limit=1,
        )
        if found:
            return found
        code = code or account._search_new_account_code(new.after)
        return account.create(
            {
                "name": new.name, "account_type": new.type, "reconcile": new.reconcile, "code": code,
                "company_ids": [(6, 0, self.company_id.ids)],
            }
        )  # fmt: skip

    def _open_account(self, account_id):
        """Let the items of an account be reconciled one by one.

        :rtype: account.account
        """
        account = self.env["account.account"].browse(account_id)
        if not account.reconcile:
            account.reconcile = True
        return account

    def _make_tax(self, new, account):
        """A sales tax by its name, with prices excluded, made if there is none.

        :param NewTax new: what it is
        :param account.account account: of the tax collected
        """
        tax = self.env["account.tax"].with_company(self.company_id).with_context(active_test=False)
        # Without a rate: a fixed amount of none. One of 0 % would be taken for an exemption or an export.
        own = {
            "name": new.name, "type_tax_use": "sale", "company_id": self.company_id.id,
            "amount": float_of(new.rate or ZERO), "amount_type": "percent" if new.rate is not None else "fixed",
        }  # fmt: skip
        found = tax.search([(name, "=", value) for name, value in own.items()], limit=1)
        if found:
            return self._open_tax(found.id)
        shares = [(0, 0, {"repartition_type": "base"}), (0, 0, {"repartition_type": "tax", "account_id": account.id})]
        return tax.create(
            {
                **own, "price_include_override": "tax_excluded", "tax_group_id": self._ensure_tax_group(new.rate).id,
                "invoice_label": ON_INVOICES if new.rate is None else False,
                "invoice_repartition_line_ids": shares, "refund_repartition_line_ids": shares,
            }
        )  # fmt: skip

    def _open_tax(self, tax_id):
        """Activate a tax that the chart of accounts loaded archived.

        :rtype: account.tax
        """
        tax = self.env["account.tax"].browse(tax_id)
        if not tax.active:
            tax.active = True
        return tax

    def _ensure_tax_group(self, rate):
        """The group under whose name invoices show taxes of the rate; Odoo's default is another rate's."""
        group = self.env["account.tax.group"].with_company(self.company_id)
        name = self.env._("Tax %(rate)s%%", rate=f"{rate.normalize():f}") if rate is not None else ON_INVOICES
        found = group.search([("name", "=", name), ("company_id", "=", self.company_id.id)], limit=1)
        return found or group.create({"name": name, "company_id": self.company_id.id})

    def _ensure_journal(self, code, name, journal_type, account, currency=None):
        journal = self.env["account.journal"]
        found = journal.search([("code", "=", code), ("company_id", "=", self.company_id.id)], limit=1)
        foreign = currency and currency != self.company_id.currency_id
        return found or journal.create(
            {
                "name": name, "code": code, "type": journal_type, "company_id": self.company_id.id,
                "default_account_id": account.id, "currency_id": currency.id if foreign else False,
            }
        )  # fmt: skip

    def _ensure_correction_journal(self):
        """The journal of correcting entries, of its own: the sales journal numbers documents of customers."""
        if not self.correction_journal_id:
            # sudo: a journal is set-up; whoever books in it needs the right to book.
            self.sudo().correction_journal_id = self.sudo()._ensure_journal(
                "ECC", "Store corrections", "general", self.env["account.account"]
            )

    def _bank_journal(self, currency):
        domain = [("type", "=", "bank"), ("company_id", "=", self.company_id.id), ("code", "not like", "E")]
        banks = self.env["account.journal"].search(domain)
        wanted = currency if currency != self.company_id.currency_id else currency.browse()
        return banks.filtered(lambda journal: journal.currency_id == wanted)[:1]

    def _ensure_processor_account(self, name, kind, code, currency, control, **more):
        account = self.env["ecommerce.processor.account"]
        found = account.search(
            [
                ("company_id", "=", self.company_id.id), ("currency_id", "=", currency.id), ("kind", "=", kind),
                ("clearing_account_id", "=", control.id),
            ], limit=1,
        )  # fmt: skip
        return found or account.create(
            {
                "name": name, "kind": kind, "company_id": self.company_id.id, "currency_id": currency.id,
                "journal_id": self._ensure_journal(code, name, "bank", control, currency).id,
                "clearing_account_id": control.id, **more,
            }
        )  # fmt: skip

    def _make_processor(self, new, control, in_transit=None):
        """A processor account with a journal of its own; if it has payouts, with a journal for them.

        :param NewProcessor new: what it is
        :param account.account control: its clearing account, or the liability of gift cards
        :param account.account in_transit: for payouts under way
        """
        currency = self._open_currency(new.currency)
        more = {"processor": new.processor or False} if in_transit else {}
        if in_transit:
            more |= {
                "in_transit_account_id": in_transit.id, "bank_journal_id": self._bank_journal(currency).id,
                "payout_journal_id": self._ensure_journal("EPAY", "Payouts", "general", in_transit).id,
            }  # fmt: skip
        kind = "liability" if new.is_liability else "money"
        return self._ensure_processor_account(new.name, kind, self._journal_code(new), currency, control, **more)

    def _open_currency(self, code):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
        if not currency.active:
            currency.active = True
        return currency

    def _journal_code(self, new):
        """A free code for the journal of a new processor account."""
        known = {"CC": f"EP{new.currency}", "GC": f"EG{new.currency}"}
        if new.family in known:
            return known[new.family]
        taken = set(self.env["account.journal"].search([("company_id", "=", self.company_id.id)]).mapped("code"))
        stem = f"E{new.family[:2]}"
        codes = (f"{stem}{end}" for end in (new.currency[:2], *range(1, 100)))
        return next(code for code in codes if code not in taken)

    def _make_shared_partner(self):
        """A contact for guests who leave no e-mail address."""
        self.shared_partner_id = self.env["res.partner"].create(
            {"name": self.env._("Guests of %(store)s", store=self.name), "company_id": self.company_id.id}
        )
