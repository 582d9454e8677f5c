"""Orders whose rules change after they were posted, and what tax reports read of entries."""

from collections import defaultdict

from .common import D
from .contract_common import ContractCommon


class CorrectionsCommon(ContractCommon):
    """A store whose accountant changes rules."""

    def rule(self, kind, pattern, **values):
        """A rule of the store that wins over those that the set-up made."""
        return self.env["ecommerce.mapping.rule"].create(
            {"kind": kind, "pattern": pattern, "store_id": self.store.id, "company_id": self.company.id, **values}
        )

    def revenue(self, name, **values):
        """An account of income of its own."""
        return self.account("Store sales").copy({"name": name, **values})

    def to_suspense(self):
        """From now on no rule covers products."""
        self.env["ecommerce.mapping.rule"].search(
            [("kind", "=", "product"), ("pattern", "=", "*"), ("store_id", "=", self.store.id)]
        ).active = False

    def correct(self, *orders):
        """Correct orders of the store."""
        return self.store._correct_orders(self.env["ecommerce.order"].union(*orders))

    def assert_corrected(self, outcome, count=1):
        """So many entries, and nothing left."""
        self.assertEqual((outcome.locked, [str(reason) for _order, reason in outcome.not_covered]), ([], []))
        self.assertEqual(len(outcome.moves), count)
        self.assertEqual(set(outcome.moves.mapped("state")), {"posted"} if count else set())

    # === What the books say of entries === #

    def report(self, moves):
        """Sums of entries: per account, and everything that a tax report is made of; without what came to nothing."""
        found = defaultdict(lambda: D("0.00"))
        for line in moves.line_ids:
            balance = D(f"{line.balance:.2f}")
            found["account", line.account_id.name] += balance
            found["in currency", line.account_id.name] += D(f"{line.amount_currency:.2f}")
            for tag in line.tax_tag_ids:
                found["tag", tag.name] += balance
            for tax in line.tax_ids:
                found["base", tax.name] += balance
            if line.tax_line_id:
                found["tax", line.tax_line_id.name] += balance
                found["base of tax item", line.tax_line_id.name] += D(f"{line.tax_base_amount:.2f}")
        for tax, base, amount in self._tax_details(moves):
            found["base in details", tax] += D(f"{base:.2f}")
            found["tax in details", tax] += D(f"{amount:.2f}")
        return {key: amount for key, amount in found.items() if amount}

    def _tax_details(self, moves):
        """What Odoo finds as the base of each tax item."""
        self.env.flush_all()
        query = self.env["account.move.line"]._get_query_tax_details_from_domain([("move_id", "in", moves.ids)])
        self.env.cr.execute(query)
        rows = self.env.cr.dictfetchall()
        taxes = {tax.id: tax.name for tax in self.env["account.tax"].browse({row["tax_id"] for row in rows})}
        return [(taxes[row["tax_id"]], row["base_amount"], row["tax_amount"]) for row in rows]

    def entries(self, order):
        """Invoices, credit notes and corrections of an order."""
        return order.posting_ids.filtered(lambda posting: "payment" not in posting.kind).move_id

    def assert_as_posted_at_once(self, order, **payload):
        """The order's books are those of the same order posted under the rules of now."""
        number = f"{order.number}-again"
        (again,) = self.accept({**payload, "id": f"id-{number}", "number": number})
        self.assertEqual(again.state, "posted", again.explanation)
        self.assertEqual(self.report(self.entries(order)), self.report(self.entries(again)))
        return again
