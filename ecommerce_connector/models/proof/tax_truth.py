"""The tax truth table of stores: what they charged, what Odoo would compute, what is booked. Reads only."""

from collections import defaultdict
from decimal import Decimal

from ...core.plans import EntryKind
from ...core.tax_truth.charged import BILLS, Side, taxed
from ...core.tax_truth.table import Ledger, TaxTruth
from ..ledger.amounts import amount_of, float_of
from ..ledger.entry_state import holds
from ..ledger.tax_facts import rate_of_tax
from ..orders.order_period import OrderPeriod
from ..orders.order_planning import OrderPlanning
from ..orders.posting_keys import entry_key


class TaxTruthRun:
    """One table of a company.

    :param stores: whose orders are looked at
    :param date date_from: first day of the period, in each store's time zone
    :param date date_to: its last day
    """

    def __init__(self, stores, date_from, date_to):
        self.stores = stores
        self.env = stores.env
        self.company = stores.company_id
        self.period = date_from, date_to
        self.orders, self.broken = 0, 0
        taxes = self.env["account.tax"].with_context(active_test=False)
        # A branch has the taxes of its parents.
        of_company = taxes._check_company_domain(self.company)
        self._rates = {tax.id: rate_of_tax(tax) for tax in taxes.search(of_company)}
        self._currencies = {}

    def run(self):
        """Read every sale and refund of the period.

        :rtype: TaxTruth
        """
        table = TaxTruth(self._rates)
        for store in self.stores:
            self._run_store(store, table)
        return table

    def _run_store(self, store, table):
        planning, period = OrderPlanning(store), OrderPeriod(store, *self.period)
        for documents, broken, postings in period.portions(planning):
            self.orders += len(documents)
            self.broken += len(broken)
            plans = [plan for (plan,) in planning.plan_by(list(documents.values()), postings, planning.rulebook)]
            booked = self._booked(postings)
            for order, planned in zip(documents, plans, strict=True):
                for item in taxed(documents[order], planned.plan):
                    if self._is_in_period(item, order, period):
                        table.add(item, Ledger(computed=self._computed(item), booked=booked(order, item)))

    @staticmethod
    def _is_in_period(item, order, period):
        """By its own day; what is not planned counts on the day of its order."""
        if item.on:
            return period.first <= item.on <= period.last
        return bool(order.placed_at) and period.start <= order.placed_at < period.end

    # === What Odoo computes === #

    def _computed(self, item):
        """Odoo's own taxes of the planned lines, by tax and the store's rate: as if nobody had charged anything."""
        currency = self._currency(item.currency)
        charged = [line for line in item.lines if any(tax.rule.target.tax for tax in line.taxes)]
        if not charged or not currency:
            return {}
        engine = self.env["account.tax"]
        base_lines = [
            engine._prepare_base_line_for_taxes_computation(
                {}, id=at, quantity=1.0, price_unit=float_of(line.net), currency_id=currency,
                special_mode="total_excluded", is_refund=item.side is Side.REFUND,
                tax_ids=engine.browse(sorted({tax.rule.target.tax for tax in line.taxes if tax.rule.target.tax})),
            )
            for at, line in enumerate(charged)
        ]  # fmt: skip
        engine._add_tax_details_in_base_lines(base_lines, self.company)
        engine._round_base_lines_tax_details(base_lines, self.company)
        found = defaultdict(Decimal)
        for line, base_line in zip(charged, base_lines, strict=True):
            rates = {tax.rule.target.tax: tax.rate for tax in reversed(line.taxes)}
            for data in base_line["tax_details"]["taxes_data"]:
                rate = rates.get(data["tax"].id)
                key = data["tax"].id, rate if rate is None else rate.normalize()
                found[key] += amount_of(data["tax_amount_currency"], currency)
        return found

    def _currency(self, code):
        if code not in self._currencies:
            self._currencies[code] = self.env["res.currency"].search([("name", "=", code)], limit=1)
        return self._currencies[code]

    # === What is booked === #

    def _booked(self, postings):
        """A function: taxes of the posted entries of a sale or refund, corrections included; None if there are none.

        Entries that somebody reversed in Odoo count with their reversals.
        """
        moves, documents = defaultdict(set), postings.filtered(lambda posting: posting.kind in _KINDS)
        for posting in documents.filtered(lambda posting: not posting.summary_id):
            moves[self._unit(posting)].add(posting.move_id.id)
        of_unit = {move: unit for unit, ids in moves.items() for move in ids}
        amounts, posted = defaultdict(lambda: defaultdict(Decimal)), set()
        for move, unit in self._with_followers(of_unit).items():
            for line in move.line_ids:
                posted.add(unit)
                if line.tax_line_id:
                    sign = -1 if unit[1] is Side.SALE else 1
                    amounts[unit][line.tax_line_id.id] += sign * amount_of(line.amount_currency, line.currency_id)

        for posting in self._in_summaries(documents, postings):
            unit = self._unit(posting._first_corrected())
            posted.add(unit)
            for row in posting.row_ids.filtered("tax_line_id") if holds(posting.move_id) else ():
                sign = -1 if unit[1] is Side.SALE else 1
                amounts[unit][row.tax_line_id.id] += sign * amount_of(row.amount, row.currency_id)

        def booked(order, item):
            unit = order.id, item.side, item.key
            return dict(amounts[unit]) if unit in posted else None

        return booked

    @staticmethod
    def _in_summaries(documents, postings):
        """Postings that are in posted summaries, corrections too."""
        found = postings.filtered(lambda posting: posting.summary_id and posting._first_corrected() in documents)
        return found.filtered(lambda posting: posting.entry_state == "posted")

    @staticmethod
    def _unit(posting):
        kind, external_id = entry_key(posting)
        if kind in BILLS:
            return posting.order_id.id, Side.SALE, ""
        return posting.order_id.id, Side.REFUND, external_id

    def _with_followers(self, of_unit):
        """Posted entries with what corrects or reverses them, and the unit that each belongs to."""
        found, left = {}, dict(of_unit)
        while left:
            moves = self.env["account.move"].search([("id", "in", list(left)), ("state", "=", "posted")])
            found |= {move: left[move.id] for move in moves}
            followers = self.env["account.move"].search(
                [
                    "|", ("ecommerce_corrected_move_id", "in", moves.ids), ("reversed_entry_id", "in", moves.ids),
                    ("state", "=", "posted"), ("id", "not in", [*of_unit, *(move.id for move in found)]),
                ]
            )  # fmt: skip
            left = {
                move.id: left[(move.ecommerce_corrected_move_id or move.reversed_entry_id).id]
                for move in followers
                if (move.ecommerce_corrected_move_id or move.reversed_entry_id).id in left
            }
        return found


_KINDS = tuple(kind.value for kind in (*BILLS, EntryKind.CREDIT_NOTE))
