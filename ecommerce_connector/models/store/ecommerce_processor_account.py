from zoneinfo import available_timezones

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core.dates import zone
from ...core.errors import ReportError
from ...core.mapping.rulebook import Target
from ...core.payouts.plans import PayoutPolicy
from ...processors import BUILTIN, ReportFile, read_report
from ..ledger.entry_state import names
from ..ledger.lock_dates import first_open_day


class EcommerceProcessorAccount(models.Model):
    """One balance at a processor, in one currency, with its journal and control accounts.

    A gift-card or store-credit liability is one too: what is redeemed leaves it, what is given
    back returns to it; it has no payouts.
    """

    _name = "ecommerce.processor.account"
    _description = "Processor Account"
    _order = "company_id, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    processor = fields.Selection(selection="_selection_processor", help="Whose payout reports are read for it.")
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    converts_charges = fields.Boolean(

        help="The processor turns charges of other currencies into this account's at once, as Stripe and Shopify "
        "Payments do without a bank account in the charge's currency. Payments in any currency may go to this account; "
        "each leaves it, in its own currency, with the payout that contains it.",
    )  # fmt: skip
    rate_source = fields.Selection(
        [("odoo", "Odoo's"), ("stated", "The processor's")], string="Exchange Rates", default="odoo", required=True,
        help="Which rates fees, reserves and payouts of an account in a foreign currency are booked with. The "
        "processor's: what its report states; a payout that lacks one is blocked.",
    )  # fmt: skip
    rate_bound = fields.Float(
        string="Allowed Deviation", default=5.0, digits=(5, 2),
        help="Percent by which the processor's rate may be off Odoo's of the day. More blocks the payout.",
    )  # fmt: skip
    kind = fields.Selection(
        [("money", "Money, paid out to the bank"), ("liability", "Gift cards or store credit")],
        default="money", required=True,
    )  # fmt: skip
    journal_id = fields.Many2one(
        "account.journal", required=True, check_company=True, domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
        help="Journal of the payments of this account.",
    )  # fmt: skip
    clearing_account_id = fields.Many2one(
        "account.account", required=True, check_company=True,
        help="Captured money that is not yet paid out; its balance must equal the processor's. "
        "For gift cards: the liability account.",
    )  # fmt: skip
    payout_journal_id = fields.Many2one(
        "account.journal", check_company=True, domain="[('type', '=', 'general')]", help="Journal of payout entries."
    )
    in_transit_account_id = fields.Many2one(
        "account.account", check_company=True, help="Payouts on their way to the bank."
    )
    bank_journal_id = fields.Many2one(
        "account.journal", check_company=True, domain="[('type', '=', 'bank')]",
        help="The bank account payouts arrive on; its statement lines are matched with them.",
    )  # fmt: skip
    timezone = fields.Selection(
        selection="_selection_timezone",
        help="In it, times of a report without a zone are read and its days are told; empty: the store's that the "
        "report is imported for, or the company's.",
    )
    clearing_balance = fields.Monetary(
        compute="_compute_balances", string="Balance",
        help="In the account's own currency. Money: what waits at the processor. Gift cards and store credit: what is "
        "owed to customers, so positive as a rule.",
    )  # fmt: skip
    in_transit_balance = fields.Monetary(compute="_compute_balances")
    payout_ids = fields.One2many("ecommerce.payout", "processor_account_id")

    _rate_bound_positive = models.Constraint("CHECK (rate_bound >= 0)", "The allowed deviation cannot be negative.")

    @api.model
    def _get_report_formats(self):
        """Payout report formats by code; an addon extends it through ``super()``.

        :rtype: dict[str, type[ReportFormat]]
        """
        return BUILTIN

    @api.model
    def _selection_processor(self):
        return [(code, report_format.label) for code, report_format in sorted(self._get_report_formats().items())]

    @api.model
    def _selection_timezone(self):
        return [(name, name) for name in sorted(available_timezones())]

    def _zone(self, store):
        """The zone of a report's days: never the person's who happens to upload it."""
        return zone(self.timezone or (store and store.timezone) or self.company_id.partner_id.tz or "UTC")

    @api.constrains("clearing_account_id", "in_transit_account_id")
    def _check_reconcilable(self):
        for account in self:
            for control in account.clearing_account_id | account.in_transit_account_id:
                if not control.reconcile:
                    raise ValidationError(
                        self.env._(
                            "%(account)s must allow reconciliation: it is a control account of %(name)s.",
                            account=control.display_name, name=account.name,
                        )
                    )  # fmt: skip

    @api.constrains("clearing_account_id", "in_transit_account_id")
    def _check_control_accounts_unused(self):
        """What is booked stays where it is: another account would leave it there, and new items could not settle it."""
        for account in self.sudo().with_context(active_test=False):
            for control, items in account._booked_elsewhere():
                raise ValidationError(
                    self.env._(
                        "%(name)s has posted items on %(theirs)s, for example in %(entry)s: they could not be settled "
                        "on %(ours)s. Keep %(theirs)s, or make a new processor account and lead the gateway to it.",
                        name=account.name, theirs=items[:1].account_id.display_name, ours=control.display_name,
                        entry=names(items[:1].move_id),
                    )
                )  # fmt: skip

    def _booked_elsewhere(self):
        """Posted items of its payments and payouts that are not on its control accounts.

        :return: (control account, items) pairs
        """
        posted = [("processor_account_id", "=", self.id)]
        clearing, in_transit = self.clearing_account_id, self.in_transit_account_id
        for model, link, control, more in (
            ("ecommerce.payment", "clearing_line_id", clearing, []),
            ("ecommerce.balance.transaction", "clearing_line_id", clearing, [("kind", "!=", "payout")]),
            ("ecommerce.balance.transaction", "clearing_line_id", in_transit, [("kind", "=", "payout")]),
            ("ecommerce.payout", "in_transit_line_id", in_transit, []),
        ):
            found = self.env[model].search(
                [*posted, *more, (f"{link}.parent_state", "=", "posted"), (f"{link}.account_id", "!=", control.id)],
                limit=1,
            )
            if found:
                yield control, found[link]

    @api.constrains("journal_id", "bank_journal_id", "clearing_account_id")
    def _check_journals(self):
        """The journal says on which clearing account a payment lands: it must lead to one only."""
        for account in self.sudo().with_context(active_test=False):
            if problem := account._journal_problem():
                raise ValidationError(problem)

    def _journal_problem(self):
        """Why the journal cannot be the account's own, as a sentence.

        :rtype: str | None
        """
        journal, others = self.journal_id, self.search([("id", "!=", self.id)])
        if same := others.filtered(lambda other: other.journal_id == journal)[:1]:
            return self.env._(
                "%(name)s cannot have the journal %(journal)s: it is the journal of %(other)s, and its payments go to "
                "%(account)s. Make a journal of its own.",
                name=self.name, journal=journal.display_name, other=same.name,
                account=same.clearing_account_id.display_name,
            )  # fmt: skip
        if bank := (self | others).filtered(lambda other: other.bank_journal_id == journal)[:1]:
            return self.env._(
                "%(journal)s is the bank account of the payouts of %(other)s; it cannot be the journal of the payments "
                "of %(name)s too.",
                journal=journal.display_name, other=bank.name, name=self.name,
            )  # fmt: skip
        if paid_by := others.filtered(lambda other: other.journal_id == self.bank_journal_id)[:1]:
            return self.env._(
                "%(journal)s is the journal of the payments of %(other)s; it cannot be the bank account of the payouts "
                "of %(name)s.",
                journal=self.bank_journal_id.display_name, other=paid_by.name, name=self.name,
            )  # fmt: skip
        return self._journal_use()

    def _journal_use(self):
        """What the journal holds already that is not on the clearing account, as a sentence.

        :rtype: str | None
        """
        journal, clearing = self.journal_id, self.clearing_account_id
        lines = self.env["account.bank.statement.line"].search_count(
            [("journal_id", "=", journal.id), ("move_id.state", "=", "posted")], limit=1
        )
        if lines:
            return self.env._(
                "%(journal)s has bank statement lines; %(name)s needs a journal that only its payments are in.",
                journal=journal.display_name, name=self.name,
            )  # fmt: skip
        payment = self.env["account.payment"].search(
            [
                ("journal_id", "=", journal.id), ("state", "in", ("in_process", "paid")),
                ("outstanding_account_id", "!=", False), ("outstanding_account_id", "!=", clearing.id),
            ], limit=1,
        )  # fmt: skip
        if payment:
            return self.env._(
                "%(journal)s has posted payments on %(theirs)s, not on %(ours)s; %(name)s needs a journal that only "
                "its payments are in.",
                journal=journal.display_name, theirs=payment.outstanding_account_id.display_name,
                ours=clearing.display_name, name=self.name,
            )  # fmt: skip
        return None

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._point_journals()
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if {"journal_id", "clearing_account_id"} & set(vals):
            self._point_journals()
        return result

    def _point_journals(self):
        """Payments of the journal go to the clearing account; without one they would have no entry at all."""
        for account in self:
            methods = account.journal_id.inbound_payment_method_line_ids
            methods |= account.journal_id.outbound_payment_method_line_ids
            methods.payment_account_id = account.clearing_account_id

    def _payout_policy(self):
        """The control accounts and the first open day, as the planner wants them.

        :rtype: PayoutPolicy
        """
        self.ensure_one()
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("payout_journal_id", "in_transit_account_id") if not self[name]
        ]  # fmt: skip
        if missing:
            raise UserError(self.env._("%(name)s needs: %(fields)s.", name=self.name, fields=", ".join(missing)))
        clearing, in_transit = self.clearing_account_id, self.in_transit_account_id
        return PayoutPolicy(
            clearing=Target(label=clearing.display_name, account=clearing.id),
            in_transit=Target(label=in_transit.display_name, account=in_transit.id),
            stated_rates=self.rate_source == "stated" and self.currency_id != self.company_id.currency_id,
            first_open_day=first_open_day(self.company_id, self.payout_journal_id, has_tax=False),
            first_open_tax_day=first_open_day(self.company_id, self.payout_journal_id, has_tax=True),
        )

    def _import_report(self, name, content, store=None):
        """Read a payout report and store its payouts; nothing is stored if any row is wrong.

        A payout that is stored already is completed by a fuller report unless it is posted.

        :param str name: the file's name
        :param bytes content: the file
        :return: (payouts to look at: new, completed, or posted and contradicted; sentences to show)
        :raises ReportError: naming file, row and column
        """
        self.ensure_one()
        file = ReportFile(name=name, content=content)
        _format, report = read_report(
            file, zone=self._zone(store), code=self.processor or None, default_currency=self.currency_id.name,
            formats=self._get_report_formats(),
        )  # fmt: skip
        own = [payout for payout in report.payouts if payout.currency == self.currency_id.name]
        notices = [str(notice) for notice in report.notices]
        if not own:
            currencies = ", ".join(sorted({payout.currency for payout in report.payouts})) or self.env._("no payouts")
            raise ReportError(
                name, f"{self.name} is in {self.currency_id.name}, the file has {currencies}",
                hint="Choose the processor account of that currency.",
            )  # fmt: skip
        if others := [payout for payout in report.payouts if payout not in own]:
            notices.append(
                self.env._(
                    "%(count)s payouts in other currencies were left out; import the file for their accounts too.",
                    count=len(others),
                )
            )
        concerned, known = self.env["ecommerce.payout"]._import(self, own, store)
        if unproven := concerned.filtered(lambda payout: payout.state == "draft" and not payout.is_stated):
            notices.append(
                self.env._(
                    "Not proven by a payout row, the amount is only the sum of the rows: %(payouts)s. Its bank line is "
                    "the proof.",
                    payouts=", ".join(unproven.mapped("external_id")),
                )
            )
        return concerned, notices + known

    def _compute_balances(self):
        for account in self:
            sign = -1 if account.kind == "liability" else 1
            account.clearing_balance = sign * account._balance(account.clearing_account_id)
            account.in_transit_balance = account._balance(account.in_transit_account_id)

    def _balance(self, control):
        self.ensure_one()
        domain = [
            ("account_id", "=", control.id), ("parent_state", "=", "posted"), ("currency_id", "=", self.currency_id.id),
            ("company_id", "=", self.company_id.id),
        ]  # fmt: skip
        [(total,)] = self.env["account.move.line"]._read_group(domain, [], ["amount_currency:sum"])
        return total or 0.0

    # === Buttons === #

    def action_view_clearing(self):
        """Open the journal items of the clearing account."""
        return self._view_items(self.clearing_account_id)

    def action_view_in_transit(self):
        """Open the journal items of the account of payouts in transit."""
        return self._view_items(self.in_transit_account_id)

    def _view_items(self, control):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_account_moves_all")
        return action | {
            "name": control.display_name, "context": {"search_default_unreconciled": 1},
            "domain": [("account_id", "=", control.id), ("currency_id", "=", self.currency_id.id),
                       ("parent_state", "=", "posted")],
        }  # fmt: skip
