"""A planned payout → the ledger, and the way back. The only code that writes payout entries."""

import hashlib
from decimal import Decimal

from odoo.exceptions import UserError

from ...core.currencies import unit
from ...core.payouts.plans import LineRole
from ...core.payouts.valuation import Books, value
from ...core.rounding import quantize
from ..ledger.amounts import amount_of, float_of, rate_of
from ..ledger.entry_state import counterparts, names, obstacle, standing_reversals, why_fallen
from ..ledger.quiet import quiet
from ..ledger.tax_facts import TaxFactsCache
from .returned_payouts import settle_return


class PayoutExecutor:
    """Writes one payout."""

    def __init__(self, payout):
        # Defaults of the form that a button was pressed on are not for entries.
        self.payout = quiet(payout).with_company(payout.company_id)
        self.env = self.payout.env
        self.account = payout.processor_account_id
        self.company = payout.company_id
        self.taxes = TaxFactsCache(self.env)
        self._currencies, self._rates = {}, {}  # a payout has thousands of lines, but few currencies and days

    def execute(self, plan):
        """Create, post and reconcile the entry of a complete plan.

        :param PayoutPlan plan: complete
        """
        # Given whole, with the tax of fees as planned: Odoo need not compute it again.
        move = self.env["account.move"].with_context(skip_invoice_sync=True).create(
            {
                "move_type": "entry", "journal_id": self.account.payout_journal_id.id, "date": plan.date,
                "ref": self._reference(), "line_ids": [(0, 0, vals) for vals in self._lines(plan)],
            }
        ).with_env(self.env)  # fmt: skip
        move.action_post()
        self._mark({"move_id": move.id})
        self._settle(plan, move)
        # sudo: nobody writes evidence by hand; the entry was made with the user's rights.
        self.env["ecommerce.posting"].sudo().create(
            {
                "company_id": self.company.id, "processor_account_id": self.account.id, "payout_id": self.payout.id,
                "kind": "payout", "external_id": self.payout.external_id, "version": self._version(),
                "fingerprint": self._fingerprint(plan), "true_date": plan.true_date, "move_id": move.id,
                "rule_ids": [(6, 0, sorted(plan.rules))],
            }
        )  # fmt: skip

    def _version(self):
        """Also after those of a payout of this id that was posted, undone and discarded."""
        return 1 + self.env["ecommerce.posting"].search_count(
            [
                ("processor_account_id", "=", self.account.id), ("payout_id", "!=", False),
                ("external_id", "=", self.payout.external_id),
            ]
        )  # fmt: skip

    def _mark(self, vals):
        # sudo: nobody writes evidence by hand; the entries behind it were made with the user's rights.
        self.payout.sudo().write(vals)

    def _reference(self):
        return " ".join(filter(None, [self.account.name, self.payout.external_id]))

    @staticmethod
    def _fingerprint(plan):
        facts = [(line.role.value, line.amount, line.transaction_ids) for line in plan.lines]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    def _lines(self, plan):
        partners, values = self._partners(plan), value(plan, self._books(plan))
        lines = [
            {
                "account_id": line.target.account, "name": line.label, "sequence": number,
                **self._amounts(line, balance),
                "partner_id": partners.get(line.payment_id) or self.payout._customer_of(line)
                or (line.rule and line.rule.target.partner) or False,
                "ecommerce_rule_id": line.rule.id if line.rule else False, **self._booked_tax(line, balance),
                **({"analytic_distribution": analytic} if (analytic := self._analytic(line)) else {}),
            }
            for number, (line, balance) in enumerate(zip(plan.lines, values.lines, strict=True))
        ]  # fmt: skip
        if values.exchange:
            lines.append(self._exchange_line(values.exchange, len(lines)))
        return lines

    def _amounts(self, line, balance):
        amount, currency = line.amount, self.payout.currency_id
        if line.own:
            amount, currency = line.own.amount, self._currency(line.own.currency)
        return {"currency_id": currency.id, "amount_currency": float_of(amount), "balance": float_of(balance)}

    def _booked_tax(self, line, balance):
        """How a fee with a tax, or the tax itself, reaches the tax report."""
        if not line.tax:
            return {"tax_ids": [(6, 0, [])]}
        # A fee that is given back is a refund of the processor's.
        given_back = (line.base or line.amount) < 0
        facts = self.taxes.of(line.tax, is_refund=given_back)
        if line.role is LineRole.FEE:
            return {"tax_ids": [(6, 0, [line.tax])], "tax_tag_ids": [(6, 0, list(facts.base_tag_ids))]}
        is_charged = (line.amount < 0) == given_back
        share = next(share for share in facts.shares if (share.factor > 0) == is_charged)
        return {
            "display_type": "tax", "tax_ids": [(6, 0, [])], "tax_repartition_line_id": share.repartition_line_id,
            "tax_tag_ids": [(6, 0, list(share.tag_ids))],
            "tax_base_amount": float_of(quantize(line.base * balance / line.amount, self._step())),
            "account_id": share.account_id or line.target.account,
        }  # fmt: skip

    def _step(self):
        return unit(self.company.currency_id.name)

    @staticmethod
    def _analytic(line):
        analytic = line.rule.target.analytic if line.rule and line.role is not LineRole.TAX else ()
        return {ids: float_of(Decimal(percent)) for ids, percent in analytic}

    def _books(self, plan):
        """What the books know of the payments, reserves, returned payouts and days of the plan."""
        payments = self.env["ecommerce.payment"].browse([line.payment_id for line in plan.lines if line.payment_id])
        own = self.company.currency_id
        originals = self.env["ecommerce.payout"].browse([line.returned_id for line in plan.lines if line.returned_id])
        return Books(
            currency=own.name, rate=self._rate, held=self._held(plan),
            returned={payout.id: amount_of(payout.in_transit_line_id.balance, own) for payout in originals},
            accrued=self._accrued(plan),
            carried={payment.id: amount_of(payment.clearing_line_id.balance, own) for payment in payments},
        )  # fmt: skip

    def _accrued(self, plan):
        """What fees that summaries have booked are worth on clearing."""
        items = self.env["account.move.line"].browse([line.accrual_id for line in plan.lines if line.accrual_id])
        return {item.id: amount_of(item.balance, self.company.currency_id) for item in items}

    def _held(self, plan):
        """What is on the reserve accounts of the plan, in the payout's currency and in the company's."""
        accounts = {line.target.account for line in plan.with_role(LineRole.RESERVE)} - {None}
        currency, own = self.payout.currency_id, self.company.currency_id
        if not accounts or currency == own:
            return {}
        groups = self.env["account.move.line"]._read_group(
            [
                ("account_id", "in", list(accounts)), ("currency_id", "=", currency.id),
                ("parent_state", "=", "posted"), ("company_id", "=", self.company.id),
            ], ["account_id"], ["amount_currency:sum", "balance:sum"],
        )  # fmt: skip
        return {
            account.id: (amount_of(amount, currency), amount_of(balance, own)) for account, amount, balance in groups
        }

    def _exchange_line(self, difference, number):
        """What the rates changed between the days of the movements and that of the payout; positive is a loss."""
        side = "expense" if difference > 0 else "income"
        account = self.company[f"{side}_currency_exchange_account_id"]
        if not account:
            raise UserError(
                self.env._(
                    "The exchange difference of payout %(id)s is %(amount)s %(code)s, and %(company)s has no account "
                    "for it. Choose one in the accounting settings.",
                    id=self.payout.external_id, amount=difference, code=self.company.currency_id.name,
                    company=self.company.name,
                )
            )  # fmt: skip
        currency = self.payout.currency_id
        in_own = float_of(difference) if currency == self.company.currency_id else 0.0
        return {
            "account_id": account.id, "name": self.env._("Exchange difference"), "amount_currency": in_own,
            "currency_id": currency.id, "balance": float_of(difference), "sequence": number,
            "tax_ids": [(6, 0, [])],
        }  # fmt: skip

    def _rate(self, code, on):
        if (code, on) not in self._rates:
            rate = self.env["res.currency"]._get_conversion_rate(
                self.company.currency_id, self._currency(code), self.company, on
            )
            self._rates[code, on] = rate_of(rate)
        return self._rates[code, on]

    def _currency(self, code):
        if code not in self._currencies:
            self._currencies[code] = self.env["res.currency"].search([("name", "=", code)], limit=1)
        return self._currencies[code]

    def _partners(self, plan):
        """The customer of each payment, of all lines at once."""
        payments = self.env["ecommerce.payment"].browse([line.payment_id for line in plan.lines if line.payment_id])
        return {payment.id: payment.order_id.partner_id.id for payment in payments}

    def _settle(self, plan, move):
        """Reconcile each charge and refund with its payment, and each payout that came back with the original."""
        rows = {row.external_id: row for row in self.payout.transaction_ids}
        pairs, fees = [], []
        for line, item in zip(plan.lines, move.line_ids.sorted("sequence"), strict=False):  # exchange may follow
            if line.role is LineRole.IN_TRANSIT and not line.transaction_ids:
                self._mark({"in_transit_line_id": item.id})
            elif line.role in (LineRole.CLEARING, LineRole.IN_TRANSIT):
                rows[line.transaction_ids[0]].sudo().clearing_line_id = item  # sudo: see _mark
            elif line.role is LineRole.DISPUTE:
                rows[line.transaction_ids[0]].sudo().disputed_line_id = item  # sudo: see _mark
            if line.accrual_id:
                fees.append((item, self.env["account.move.line"].browse(line.accrual_id)))
            if line.payment_id:
                pairs.append((item, self.env["ecommerce.payment"].browse(line.payment_id)))
            if line.returned_id:
                settle_return(item, self.env["ecommerce.payout"].browse(line.returned_id))
        settle(pairs)
        if fees:
            fees[0][0]._reconcile_plan([item | accrual for item, accrual in fees])

    # === Bank === #

    def match_bank_line(self, bank_line):
        """Turn the statement line's suspense item to in transit and reconcile it with the payout.

        Both in the caller's savepoint: the line counts as reconciled before it is.
        """
        item = self._in_transit_item()
        if problem := why_fallen(item.move_id):
            raise UserError(
                self.env._(
                    "Payout %(id)s is not in the ledger: its entry %(entry)s %(problem)s. Undo the posting, then post "
                    "the payout again.",
                    id=self.payout.external_id, entry=names(item.move_id), problem=problem,
                )
            )  # fmt: skip
        _liquidity, suspense, _other = bank_line._seek_for_lines()
        if not suspense or item.reconciled:
            raise UserError(
                self.env._("Payout %(id)s or the bank line is already reconciled.", id=self.payout.external_id)
            )
        suspense.account_id = item.account_id
        (item | suspense).reconcile()
        if not (item.reconciled and suspense.reconciled):  # too little came, or too much
            raise UserError(
                self.env._("The bank line does not settle payout %(id)s exactly.", id=self.payout.external_id)
            )

    def undo_bank_line(self):
        """Open the bank line again."""
        bank_line = self.payout.bank_line_id
        if bank_line.move_id not in counterparts(self._in_transit_item()).move_id:
            raise UserError(
                self.env._(
                    "Payout %(id)s is not reconciled with the bank line %(line)s. Undo that line on the bank's screen.",
                    id=self.payout.external_id, line=bank_line.display_name,
                )
            )  # fmt: skip
        bank_line.action_undo_reconciliation()

    def _in_transit_item(self):
        """The payout's own item in transit, wherever settings lead today."""
        if not self.payout.in_transit_line_id:
            raise UserError(
                self.env._(
                    "Payout %(id)s has no item in transit: its entry %(entry)s was changed. Undo the reconciliation on "
                    "the bank's screen and the posting here, then post the payout again.",
                    id=self.payout.external_id, entry=names(self.payout.move_id),
                )
            )  # fmt: skip
        return self.payout.in_transit_line_id

    # === Undo === #

    def undo_posting(self):
        """Reverse the entry; the payments are open on clearing again and the payout can be reviewed anew.

        An entry that somebody reversed already is not reversed twice: only the payout lets go of it.
        """
        move = self.payout.move_id
        self._check_posted(move)
        self._check_no_bank(move)
        if move in self.payout._standing_entries():
            move.line_ids.remove_move_reconcile()
            move._reverse_moves(
                [{"date": self._reversal_date(move), "ref": self.env._("Undone: %(ref)s", ref=move.ref)}], cancel=True
            )
        else:
            self._pair_with_reversals(move)
        self.payout.transaction_ids.sudo().clearing_line_id = False  # sudo: see _mark
        # What a person took back is posted by a person.
        self._mark({"move_id": False, "in_transit_line_id": False, "post_once_mapped": False})
        self.payout.action_match()

    def _check_posted(self, move):
        """An entry out of the ledger has nothing to reverse, and could come back to it after the payout's next one."""
        if move.state == "posted":
            return
        if move.state == "draft":
            way = self.env._("Post that entry again, then undo the posting here.")
        else:
            way = self.env._("Reset that entry to draft, post it again, then undo the posting here.")
        raise UserError(
            self.env._(
                "The entry %(entry)s of payout %(id)s %(problem)s: there is nothing to reverse. %(way)s",
                entry=names(move), id=self.payout.external_id, problem=why_fallen(move), way=way,
            )
        )  # fmt: skip

    @staticmethod
    def _pair_with_reversals(move):
        """Reconcile an entry with what took it back, and nothing else: its payments are open on clearing again."""
        reversals = standing_reversals(move)
        items = move.line_ids.filtered(
            lambda item: item.account_id.reconcile and counterparts(item).move_id != reversals
        )
        items.remove_move_reconcile()
        theirs = reversals.line_ids.filtered(lambda item: not item.reconciled)
        for account in items.account_id:
            (items | theirs).filtered(lambda item, account=account: item.account_id == account).reconcile()

    def _check_no_bank(self, move):
        """Nothing of the entry may be matched on Odoo's own screens: that would be left matched with nothing.

        What took the entry back is no such match.
        """
        in_transit = self.payout.in_transit_line_id.account_id
        found = counterparts(move.line_ids).filtered(
            lambda line: line.statement_line_id or line.account_id == in_transit
        )
        found = found.filtered(lambda line: line.move_id not in standing_reversals(move))
        # A payout that came back with this one is under way again, as before.
        found -= self.env["ecommerce.payout"].search([("in_transit_line_id", "in", found.ids)]).in_transit_line_id
        if found:
            raise UserError(
                self.env._(
                    "Payout %(id)s is reconciled with %(entries)s. Undo that reconciliation first, then the posting.",
                    id=self.payout.external_id,
                    entries=", ".join(
                        f"{entry.display_name}, {entry.statement_line_id.payment_ref}"
                        if entry.statement_line_id else entry.display_name
                        for entry in found.move_id
                    ),
                )
            )  # fmt: skip

    def _reversal_date(self, move):
        policy = self.account._payout_policy()
        return max(move.date, policy.first_open_tax_day if move._affect_tax_report() else policy.first_open_day)


def settle(pairs):
    """Reconcile items of payout entries with their payments, each for its whole amount.

    :param list pairs: (journal item, ecommerce.payment)
    :raises UserError: naming the payment that cannot be settled so
    """
    for item, payment in pairs:
        if problem := obstacle(payment.clearing_line_id, item.account_id):
            raise UserError(
                payment.env._(
                    "Payment %(payment)s cannot be settled: %(problem)s. Correct that, then match the payout again.",
                    payment=payment.display_name, problem=problem,
                )
            )  # fmt: skip
    if pairs:
        pairs[0][0]._reconcile_plan([item | payment.clearing_line_id for item, payment in pairs])
    for item, payment in pairs:
        if not (item.reconciled and payment.clearing_line_id.reconciled):
            raise UserError(
                payment.env._(
                    "Payment %(payment)s and its line %(item)s do not settle each other: something of them stays open. "
                    "Match the payout again.",
                    payment=payment.display_name, item=item.display_name,
                )
            )  # fmt: skip
