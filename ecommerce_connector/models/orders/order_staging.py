"""Raw records of a store → stored events and order records. Books nothing."""

import hashlib
import logging
from dataclasses import dataclass, field

from ...core.errors import ConnectorError, PayloadError
from ...core.rounding import total
from ...platforms import payload as payloads
from ..customers.customer_staging import CustomerStaging
from ..customers.erased_data import ErasedData
from ..ledger.amounts import float_of
from ..ledger.instants import utc

_logger = logging.getLogger(__name__)


def storable(text):
    """A text that quotes a payload, without what PostgreSQL cannot keep."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def _sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Staged:
    """What staging a page brought.

    :ivar documents: order record -> its document, of the orders that are new or changed and readable
    :ivar broken: order record -> the error, of those whose payload contradicts itself
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    documents: dict = field(default_factory=dict)
    broken: dict = field(default_factory=dict)


class OrderStaging:
    """Stores the payloads of one store."""

    def __init__(self, store, log=None):
        self.store = store
        self.env = store.env
        self.log = log
        self.read = store._document_reader()
        self.currencies = {}

    def stage(self, records):
        """Store records that are new or changed.

        :param list records: RawRecord objects; of two of the same order the last wins
        :rtype: Staged
        """
        records = list({record.external_id: record for record in records}.values())
        digests = {record.external_id: _sha256(payloads.dumps(record.payload)) for record in records}
        orders = self.env["ecommerce.order"].search_fetch(
            [("store_id", "=", self.store.id), ("external_id", "in", list(digests))],
            ["external_id", "event_id", "customer_id"],
        )
        # Not the payloads: they are most of the table, and what is unchanged needs only its hash.
        orders.event_id.fetch(["digest", "version", "redacted_digest"])
        known = {order.external_id: order for order in orders}
        erased = ErasedData(self.store, self.read)
        records = erased.withhold(records, known)
        texts = {record.external_id: payloads.dumps(record.payload) for record in records}
        redacted = {key: _sha256(texts[key]) for key in erased.customers}
        fresh = [
            record for record in records
            if record.external_id not in known
            or self._is_news(record, digests, redacted, known[record.external_id].event_id)
        ]  # fmt: skip
        staged = Staged(unchanged=len(records) - len(fresh))
        events = self._store_events(fresh, texts, digests, redacted, known)
        self._store_orders(fresh, events, known, staged, erased)
        return staged

    @staticmethod
    def _is_news(record, digests, redacted, event):
        """Whether a record differs from the one that is stored, and is not an older one.

        Of erased customers, what is left without personal data must differ, too.
        """
        key = record.external_id
        if event.digest == digests[key] or (key in redacted and event.redacted_digest == redacted[key]):
            return False
        return not (event.changed_at and utc(record.changed_at) < event.changed_at)

    def _store_events(self, records, texts, digests, redacted, known):
        # sudo: nobody writes evidence by hand; the public entry points check the right on the store.
        return self.env["ecommerce.event"].sudo().create(
            [
                {
                    "store_id": self.store.id, "company_id": self.store.company_id.id, "kind": "order",
                    "external_id": record.external_id,
                    "version": known[record.external_id].event_id.version + 1 if record.external_id in known else 1,
                    "digest": digests[record.external_id], "payload": texts[record.external_id],
                    "redacted_digest": redacted.get(record.external_id, False),
                    "changed_at": utc(record.changed_at), "sync_log_id": self.log.id if self.log else False,
                }
                for record in records
            ]
        )  # fmt: skip

    def _store_orders(self, records, events, known, staged, erased):
        to_create, created = [], []
        read = {record.external_id: self._read(record) for record in records}
        documents = {key: document for key, (document, _error) in read.items() if document}
        customers = CustomerStaging(self.store).stage(documents, known, erased.customers)
        for record, event in zip(records, events, strict=True):
            document, error = read[record.external_id]
            order = known.get(record.external_id)
            # Ready until planned: if another worker holds the row now, the next run finds it by its state.
            facts = self._facts(document) if document else self._no_facts(record, error)
            vals = {"event_id": event.id, "state": "ready", "tries": 0, "retry_at": False, **facts}
            vals |= erased.facts_of(record.external_id)
            if customer := customers.get(record.external_id):
                vals["customer_id"] = customer.id
            if order:
                staged.changed += 1
                order.sudo().write(vals)  # sudo: nobody writes evidence by hand; see _store_events
                self._remember(staged, order, document, error)
            else:
                staged.new += 1
                to_create.append({"number": record.external_id, **vals, **self._origin(record)})
                created.append((document, error))
        # sudo: nobody writes evidence by hand; see _store_events. What follows is the user's again.
        orders = self.env["ecommerce.order"].sudo().create(to_create).with_env(self.env)
        for order, (document, error) in zip(orders, created, strict=True):
            self._remember(staged, order, document, error)
        self._store_refunds(staged.documents)
        self._complete_payments(staged.documents)

    def _complete_payments(self, documents):
        """Remember processor ids that the store learnt only after the payment was booked."""
        # sudo: what was booked is closed to people; a processor's id is added to it, nothing is changed.
        payments = (
            self.env["ecommerce.payment"]
            .sudo()
            .search([("order_id", "in", [order.id for order in documents]), ("transaction_id", "in", (False, ""))])
        )
        for payment in payments:
            document = documents[payment.order_id]
            money = document.tenders if payment.kind == "payment" else document.refunds
            ids = {item.external_id: item.transaction_id for item in money}
            if known := ids.get(payment.external_id):
                payment.transaction_id = known

    def _origin(self, record):
        # The company is a stored related field: given, it is written with the row instead of after it.
        return {
            "store_id": self.store.id, "company_id": self.store.company_id.id, "external_id": record.external_id,
        }  # fmt: skip

    def _read(self, record):
        try:
            return self.read(record.payload), None
        except ConnectorError as error:
            return None, error
        except Exception as error:
            # A payload that the adapter did not foresee must not keep the others of its page from being read.
            _logger.exception("Order %s of %s cannot be read", record.external_id, self.store.name)
            return None, PayloadError(
                f"order {record.external_id}", f"it cannot be read ({type(error).__name__}: {error})"
            )

    @staticmethod
    def _remember(staged, order, document, error):
        if document:
            staged.documents[order] = document
        else:
            staged.broken[order] = error

    @staticmethod
    def _no_facts(record, error):
        return {
            "changed_at": utc(record.changed_at), "state": "blocked", "explanation": storable(str(error)),
            "plan_text": False,
        }  # fmt: skip

    def _currency_id(self, code):
        if code not in self.currencies:
            found = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)], limit=1)
            self.currencies[code] = found.id
        return self.currencies[code]

    def _facts(self, document):
        return {
            "number": document.number,
            "placed_at": utc(document.placed_at),
            "changed_at": utc(document.updated_at),
            "currency_id": self._currency_id(document.currency),
            "total": float_of(document.total),
            "tax_total": float_of(document.tax),
            "paid_total": float_of(document.captured),
            "refunded_total": float_of(document.refunded),
            "tax_facts": self._tax_facts(document),
            "customer_name": document.customer.company or document.customer.name,
            "customer_email": document.customer.email,
            **self._other_currency(document.presentment),
        }

    def _other_currency(self, stated):
        """What the store says of the order in its other currency."""
        return {
            "other_currency_id": self._currency_id(stated.currency) if stated else False,
            "other_total": float_of(stated.total or 0) if stated else 0.0,
        }

    @staticmethod
    def _tax_facts(document):
        """The store's tax summary; where it has none, its tax lines added up."""
        if document.tax_totals:
            rows = [(tax.code, tax.rate, tax.amount) for tax in document.tax_totals]
        else:
            taxes = [tax for line in document.lines for tax in line.taxes]
            keys = dict.fromkeys((tax.code, tax.rate) for tax in taxes)
            rows = [
                (code, rate, total([tax.amount for tax in taxes if (tax.code, tax.rate) == (code, rate)]))
                for code, rate in keys
            ]
        return [[code, f"{rate.normalize():f}" if rate is not None else "", str(amount)] for code, rate, amount in rows]

    def _store_refunds(self, documents):
        orders = [order.id for order, document in documents.items() if document.refunds]
        if not orders:
            return
        refunds = self.env["ecommerce.refund"].search([("order_id", "in", orders)])
        known = {(refund.order_id.id, refund.external_id): refund for refund in refunds}
        to_create = []
        for order, document in documents.items():
            for refund in document.refunds:
                vals = {
                    "state": refund.state.value, "refunded_at": utc(refund.at), "amount": float_of(refund.amount),
                    "already_reduced": float_of(refund.already_reduced), "reason": refund.reason,
                    "gateway": refund.gateway, "transaction_id": refund.transaction_id,
                }  # fmt: skip
                if found := known.get((order.id, refund.external_id)):
                    found.sudo().write(vals)  # sudo: nobody writes evidence by hand; see _store_events
                else:
                    to_create.append(vals | {"order_id": order.id, "external_id": refund.external_id})
        self.env["ecommerce.refund"].sudo().create(to_create)  # sudo: nobody writes evidence by hand; see _store_events
