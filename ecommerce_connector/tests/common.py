"""Shared vocabulary of the ledger tests: a store of files with its accounts and rules."""

from decimal import Decimal

from odoo import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..core.dates import parse_instant
from ..core.ways_out import WAYS_OUT
from ..platforms import payload as payloads
from ..platforms.base import RawRecord

D = Decimal
#: Name of a company with the generic chart of accounts and nothing else.
PREPARED = "Prepared for tests"


class ConnectorCommon(AccountTestInvoicingCommon):
    """A EUR company with a store that sells in EUR and USD at 20 %, 5.5 % and 0 %."""

    #: Codes of exceptions that a test makes up.
    codes_of_others = frozenset()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Tests change rules in passing; those of the change log say why themselves.
        cls.env = cls.env(context={**cls.env.context, "mapping_change_reason": "For a test"})
        cls.company = cls.env.company
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.company.currency_id = cls.euro
        cls.env.user.group_ids |= cls.env.ref("ecommerce_connector.group_administrator")
        cls.store = cls.env["ecommerce.store"].create(
            {"name": "Test shop", "platform": "file", "timezone": "Europe/Paris", "company_id": cls.company.id}
        )
        cls.store._create_accounting(currencies=["EUR", "USD"], rates={D(20), D("5.5"), D(0)})

    def setUp(self):
        super().setUp()
        self.addCleanup(self._check_ways_out)

    def _check_ways_out(self):
        """Whatever a story makes an exception of, its main button must know a way out."""
        codes = {code for (code,) in self.env["ecommerce.exception"].sudo()._read_group([], ["code"])}
        self.assertLessEqual(codes - self.codes_of_others, set(WAYS_OUT), "a code without a way out")

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """Take the company that script/test has prepared: loading a chart takes longer than most tests."""
        is_special = kwargs or cls.country_code or cls.chart_template
        prepared = cls.env["res.company"].search([("name", "=", PREPARED)], limit=1)
        if is_special or not prepared:
            return super().setup_independent_company(**kwargs)
        cls.env.user.company_ids = [Command.link(prepared.id)]
        return prepared

    # === Orders === #

    @staticmethod
    def line(key, net, tax="0", rate="20", *, kind="product", quantity="1", code="VAT", **more):
        """A line in the project's JSON format."""
        return {
            "id": f"{kind}-{key}", "kind": kind, "key": key, "description": key.title(), "quantity": quantity,
            "net": net,
            "taxes": [{"code": code, "rate": rate, "amount": tax}] if rate is not None else [], **more,
        }  # fmt: skip

    @staticmethod
    def payment(external_id, amount, gateway="card", at="2026-03-10T10:00:00Z", **more):
        """A captured payment in the project's JSON format."""
        return {"id": external_id, "gateway": gateway, "amount": amount, "at": at,
                "transaction_id": f"ch_{external_id}", **more}  # fmt: skip

    @staticmethod
    def refund(external_id, amount, gateway="card", at="2026-03-12T10:00:00Z", **more):
        """A settled refund in the project's JSON format."""
        return {"id": external_id, "gateway": gateway, "amount": amount, "at": at,
                "transaction_id": f"re_{external_id}", **more}  # fmt: skip

    @staticmethod
    def order(number, lines, total, payments=(), refunds=(), **more):
        """An order in the project's JSON format."""
        return {
            "id": f"id-{number}", "number": number, "currency": "EUR", "placed_at": "2026-03-10T09:00:00Z",
            "updated_at": "2026-03-10T11:00:00Z", "total": total, "lines": list(lines), "payments": list(payments),
            "refunds": list(refunds),
            "customer": {"name": "Ada Byron", "email": f"{number.lower()}@example.com"}, **more,
        }  # fmt: skip

    @staticmethod
    def records(*orders):
        """Orders as a platform hands them over."""
        return [
            RawRecord(
                external_id=order["id"], changed_at=parse_instant(order["updated_at"], "updated_at"),
                payload=payloads.loads(payloads.dumps(order)),
            )
            for order in orders
        ]  # fmt: skip

    def accept(self, *orders):
        """Store and post orders; returns their records in the same order."""
        self.run_log = self.store._accept(self.records(*orders))
        found = self.env["ecommerce.order"].search([("store_id", "=", self.store.id)])
        return [found.filtered(lambda record, order=order: record.external_id == order["id"]) for order in orders]

    @staticmethod
    def take_away(rules):
        """End rules before all that they decided, as somebody can who saw what that changes, and archive them."""
        drafts = rules._draft_versions([{"date_from": "2020-01-01", "ends_rule": True} for _rule in rules])
        drafts._apply("For a test", looked_at=True)
        rules.active = False

    # === The ledger === #

    def account(self, name):
        """An account of the company by its name."""
        return self.env["account.account"].search([("name", "=", name), ("company_ids", "in", self.company.id)])

    def balance(self, name, currency=None):
        """Posted balance of an account, debit positive; in a currency if given."""
        domain = [("account_id", "=", self.account(name).id), ("parent_state", "=", "posted")]
        if currency:
            domain.append(("currency_id.name", "=", currency))
        lines = self.env["account.move.line"].search(domain)
        return D(f"{sum(lines.mapped('amount_currency' if currency else 'balance')):.2f}")

    def moves_of(self, order, kind):
        """Entries of an order by kind of posting."""
        return order.posting_ids.filtered(lambda posting: posting.kind == kind).move_id
