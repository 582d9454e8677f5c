from odoo.tests import tagged

from ..models.proof.store_proof import StoreProof
from .accounting_common import AccountingCase, Entry
from .summary_common import SummaryMixin


@tagged("post_install", "-at_install")
class TestCasesPayoutSummaries(SummaryMixin, AccountingCase):
    """Case 35 of the specification: a payout's orders as one entry per month."""

    def test_case_35_payout_summary(self):
        self.switch(mode="payout")
        self.processor.processor = "generic"
        orders = self.accept(
            self.order("S1", [self.line("MUG", "54.55", "5.45", "10")], "60.00",
                       [self.payment("a", "60.00", at="2026-01-30T10:00:00Z")], placed_at="2026-01-30T09:00:00Z"),
            self.order("S2", [self.line("MUG", "45.45", "4.55", "10")], "50.00",
                       [self.payment("b", "50.00", at="2026-02-01T10:00:00Z")], placed_at="2026-02-01T09:00:00Z"),
        )  # fmt: skip
        self.assertEqual({order.state for order in orders}, {"ready"}, "they wait for their payout")
        payout = self.import_payout(
            self.payout_file(
                ("t1", "charge", "60.00", "1.90", "ch_a", "ch_a"), ("t2", "charge", "50.00", "1.59", "ch_b", "ch_b"),
                paid="2026-02-03",
            )
        )  # fmt: skip
        self.assertEqual([str(order.summary_on) for order in orders], ["2026-01-31", "2026-02-03"])
        self.assertEqual({order.summary_payout_id for order in orders}, {payout})
        self.assertTrue(payout.waits_for_summary)
        payout.action_post_summary()
        january, february = payout.summary_ids.sorted("day")
        self.assertEqual({order.state for order in orders}, {"posted"})
        self.assertRecordValues(
            january | february,
            [
                {"kind": "payout", "order_count": 1, "turnover": 60.0},
                {"kind": "payout", "order_count": 1, "turnover": 50.0},
            ],
        )
        self.assert_rows_add_up()
        payout.action_post()
        report = StoreProof(self.store).report()
        self.assertTrue(report["holds"], [report["laws"], report["totals"], report["taxes"], report["controls"]])
        self.assertTrue(
            all(
                payout.move_id.line_ids.filtered("account_id.reconcile")
                .filtered(lambda line: line.account_id.name == "PSP")
                .mapped("reconciled")
            )
        )
        self.check(
            "35", "Two orders of 60.00 on January 30 and 50.00 on February 1, with 10 % tax in them; the payout of "
            "February 3 has both, less fees of 1.90 and 1.59.",
            Entry("January's part of the payout", january.move_id, "2026-01-31", ("31 Jan part",)),
            Entry("February's part of the payout", february.move_id, "2026-02-03", ("Feb part",)),
            Entry("Payout", payout.move_id, "2026-02-03", ("Payout",)),
        )  # fmt: skip
