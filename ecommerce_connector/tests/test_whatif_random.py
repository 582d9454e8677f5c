import os
from random import Random

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import D
from .test_whatif import WhatIfCommon

FULL = bool(os.environ.get("EC_TEST_FULL"))
ORDERS, CHANGES = (200, 20) if FULL else (40, 20)
SKUS = ("MUG", "CUP", "POT", "TIN")
RATES = {"20": D("0.2"), "5.5": D("0.055"), "0": D(0)}
CENT = D("0.01")


@tagged("post_install", "-at_install")
class TestWhatIfEqualsPosting(WhatIfCommon):
    """Random orders, random changes of rules: what was computed before is what the ledger does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = Random(20261123)
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.env.ref("base.USD").id, "name": "2026-01-01", "rate": 1.0837,
             "company_id": cls.company.id}
        )  # fmt: skip
        cls.accounts = cls.env["account.account"].union(
            *(cls.account_named(name) for name in ("Books", "Food", "Toys", "Returns"))
        )
        cls.receivables = cls.company_data["default_account_receivable"].copy({"name": "Receivables abroad"})
        cls.products = cls.env["product.product"].create([{"name": "Goods"}, {"name": "Other goods"}])
        tax = cls.rules.search([("kind", "=", "tax"), ("tax_rate", "=", "20"), ("store_id", "=", cls.store.id)]).tax_id
        cls.taxes = tax | tax.copy({"name": "20% other"}) | tax.copy({"name": "20% third"})

    # === Orders === #

    def random_line(self, number, kind="product"):
        rate, net = self.random.choice(list(RATES)), D(self.random.randint(100, 9999)) / 100
        key = self.random.choice(SKUS) if kind == "product" else self.random.choice(("dhl", "ups"))
        more = {}
        if kind == "product" and not self.random.randrange(4):
            more = {"discount": "5.00", "discounts": [{"code": "SPRING", "amount": "5.00"}]}
        tax = str((net * RATES[rate]).quantize(CENT))
        return self.line(key, str(net), tax, rate, kind=kind, **more) | {"id": f"{kind}-{number}"}

    def random_order(self, number):
        day = f"2026-{self.random.randint(1, 6):02d}-{self.random.randint(1, 28):02d}"
        lines = [self.random_line(at) for at in range(self.random.randint(1, 3))]
        if self.random.randrange(2):
            lines.append(self.random_line(9, "shipping"))
        if not self.random.randrange(5):
            lines.append(self.line("tip", "2.00", rate=None, kind="tip"))
        total = sum(D(line["net"]) + sum(D(tax["amount"]) for tax in line["taxes"]) for line in lines)
        total += self.random.choice((D(0), D(0), CENT))  # rounding
        refunds, last = [], lines[0]
        if not self.random.randrange(3):
            gross = D(last["net"]) + D(last["taxes"][0]["amount"])
            back = {name: value for name, value in last.items() if not name.startswith("discount")}
            refunds.append(self.refund("r1", str(gross), at="2026-06-29T10:00:00Z", lines=[back]))
        elif not self.random.randrange(4):
            refunds.append(self.refund("r2", "1.00", at="2026-06-29T10:00:00Z"))
        place = {"country": self.random.choice(("FR", "DE"))}
        return self.order(
            f"W{number}", lines, str(total), [self.payment(f"p{number}", str(total), at=f"{day}T10:00:00Z")], refunds,
            currency=self.random.choice(("EUR", "EUR", "USD")), placed_at=f"{day}T09:00:00Z",
            updated_at="2026-06-30T10:00:00Z",
            customer={"name": "Ada", "email": f"w{number}@example.com", "shipping": place},
        )  # fmt: skip

    # === Changes === #

    def random_draft(self):
        kind = self.random.choice(
            ("product", "product", "product", "shipping", "tax", "return", "refund_adjustment", "tip", "discount",
             "rounding", "customer", "ends", "ends")
        )  # fmt: skip
        day = f"2026-{self.random.randint(1, 6):02d}-{self.random.randint(1, 28):02d}"
        if kind == "ends":
            kind, rate = self.random.choice((("tip", False), ("product", False), ("tax", "20")))
            return self.version(day, kind, tax_rate=rate, ends_rule=True, account_id=False, tax_id=False)
        if kind == "tax":
            return self.version(day, kind, tax_rate="20", tax_id=self.random.choice(self.taxes).id)
        account = {"account_id": self.random.choice(self.accounts).id}
        if kind == "discount":
            return self.version(day, kind, pattern="SPRING", discount_method="gross", **account)
        if kind == "customer":
            return self.version(day, kind, pattern="*", account_id=self.receivables.id)
        if kind == "product":
            product = self.random.choice([False, *self.products.ids])
            return self.version(day, kind, pattern=self.random.choice((*SKUS, "*")), product_id=product, **account)
        return self.version(day, kind, **account)

    def version(self, day, kind, pattern="*", tax_rate=False, **values):
        """A new version of the latest rule, or the first of its pattern."""
        latest = self.rules.search(
            [("kind", "=", kind), ("pattern", "=", pattern), ("tax_rate", "=", tax_rate), ("is_draft", "=", False),
             ("company_id", "=", self.company.id)], order="version desc, id desc", limit=1,
        )  # fmt: skip
        if latest:
            return latest._draft_version(date_from=day, date_to=False, **values)
        if values.get("ends_rule"):
            return self.rules
        return self.draft(kind=kind, pattern=pattern, tax_rate=tax_rate, date_from=day, **values)

    def test_what_if_equals_what_posting_then_does(self):
        self.rules.search([("kind", "=", "tip"), ("company_id", "=", self.company.id)]).write(
            {"date_to": "2026-04-30", "change_reason": "Later ones are blocked"}
        )
        orders = self.accept(*(self.random_order(number) for number in range(ORDERS)))
        self.assertIn("blocked", {order.state for order in orders})
        self.company.fiscalyear_lock_date = "2026-02-10"
        self.company.tax_lock_date = "2026-02-28"
        seen, done = set(), 0
        while done < CHANGES:
            drafts = self.rules.union(*(self.random_draft() for _number in range(self.random.choice((1, 1, 2)))))
            if not drafts:  # there was no rule to end
                continue
            whatif = self.what_if(*drafts, compute=False, reason=f"Change {done}")
            try:
                with self.env.cr.savepoint():
                    whatif.action_compute()
            except ValidationError:  # begins too early, or ties: another one
                drafts.unlink()
                continue
            with self.subTest(change=done, drafts=drafts.mapped("display_name")):
                before = self.ledger()
                whatif.action_repost()
                self.env.invalidate_all()
                self.assert_as_computed(whatif, before)
                seen |= {name for name in ("changed", "bookable", "blocked", "locked") if whatif[f"{name}_count"]}
            done += 1
        self.assertEqual(seen, {"changed", "bookable", "blocked", "locked"}, "each of them was there")
