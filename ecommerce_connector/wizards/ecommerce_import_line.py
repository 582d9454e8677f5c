from odoo import api, fields, models

from ..models.ledger.amounts import float_of
from ..models.ledger.instants import aware, utc
from ..platforms import payload as payloads
from ..platforms.base import RawRecord

#: State of a planned order -> state of its line.
STATES = {"ready": "complete", "waiting": "waiting", "blocked": "blocked", "posted": "posted"}


class EcommerceImportLine(models.TransientModel):
    """One order under review: what the store said, and how it would be booked."""

    _name = "ecommerce.import.line"
    _description = "Order to Review"
    _order = "id"
    _rec_name = "number"
    _transient_max_hours = 24  # as long as the review it belongs to

    import_id = fields.Many2one("ecommerce.import", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    selected = fields.Boolean(string="Post", help="Whether the order is posted with 'Post selected'.")
    external_id = fields.Char(required=True, readonly=True)
    number = fields.Char(readonly=True, string="Order")
    state = fields.Selection(
        [
            ("complete", "Complete"), ("waiting", "Nothing to book yet"), ("blocked", "Blocked"),
            ("posted", "Already booked"), ("outdated", "Newer version stored"),
        ],
        string="Status", required=True, readonly=True,
    )  # fmt: skip
    placed_at = fields.Datetime(readonly=True)
    changed_at = fields.Datetime(readonly=True)
    customer_name = fields.Char(readonly=True, string="Customer")
    currency_id = fields.Many2one("res.currency", readonly=True)
    total = fields.Monetary(readonly=True)
    explanation = fields.Text(readonly=True, string="Why", help="Why it cannot be posted, or what to know about it.")
    plan_text = fields.Text(readonly=True, string="Plan")
    payload = fields.Text(readonly=True)
    readable_payload = fields.Text(compute="_compute_readable_payload", string="What the Store Said")
    lacks_rule = fields.Boolean(readonly=True, help="A mapping rule is missing.")
    order_id = fields.Many2one("ecommerce.order", readonly=True, string="Stored As")

    @api.depends("payload")
    def _compute_readable_payload(self):
        for line in self:
            line.readable_payload = payloads.indented(line.payload) if line.payload else False

    # === Planning === #

    @api.model
    def _create_for(self, wizard, records):
        """Lines of records with their plans.

        :param list records: RawRecord objects, each order once
        """
        plans = self._plans(wizard.store_id, records)
        return self.create(
            [
                {
                    "import_id": wizard.id, "external_id": record.external_id, "changed_at": utc(record.changed_at),
                    "payload": payloads.dumps(record.payload), **plans[record.external_id],
                    "selected": plans[record.external_id]["state"] == "complete",
                }
                for record in records
            ]
        )  # fmt: skip

    @api.model
    def _plans(self, store, records):
        """What the lines of records show, by external id."""
        newer = self._newer_versions(store, records)
        currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        return {
            record.external_id: self._plan_vals(planned, record, currencies) | newer.get(record.external_id, {})
            for record, planned in store._preview(records)
        }

    @api.model
    def _plan_vals(self, planned, record, currencies):
        document = getattr(planned, "document", None)
        if document is None:  # an error: the payload contradicts itself
            return {"number": record.external_id, "state": "blocked", "explanation": str(planned), "plan_text": False}
        return {
            "number": document.number, "state": STATES[planned.state], "placed_at": utc(document.placed_at),
            "customer_name": document.customer.company or document.customer.name,
            "currency_id": currencies.get(document.currency), "total": float_of(document.total),
            "explanation": planned.explanation, "plan_text": planned.text,
            "lacks_rule": any(reason.code == "mapping_missing" for reason in planned.reasons),
        }  # fmt: skip

    @api.model
    def _newer_versions(self, store, records):
        """Of orders that are stored in a version younger than the record: it must not be put back."""
        orders = self.env["ecommerce.order"].search(
            [("store_id", "=", store.id), ("external_id", "in", [record.external_id for record in records])]
        )
        stored = {order.external_id: order.event_id.changed_at for order in orders}
        return {
            record.external_id: {
                "state": "outdated",
                "explanation": self.env._(
                    "A newer version of this order, of %(date)s, is stored already.",
                    date=fields.Datetime.to_string(stored[record.external_id]),
                ),
            }
            for record in records
            if stored.get(record.external_id) and stored[record.external_id] > utc(record.changed_at)
        }

    def _records(self):
        """The store's answers as they were when the lines were made."""
        return [
            RawRecord(
                external_id=line.external_id, changed_at=aware(line.changed_at), payload=payloads.loads(line.payload)
            )
            for line in self
        ]

    def _plan_again(self):
        """Plan with the rules and the ledger as they are now.

        :return: the lines whose plan is another than before; they are selected no more, unless they became complete
        """
        changed = self.browse()
        for wizard, lines in self.grouped("import_id").items():
            plans = self._plans(wizard.store_id, lines._records())
            for line in lines:
                vals = plans[line.external_id]
                if (line.state, line.plan_text or "") != (vals["state"], vals["plan_text"] or ""):
                    changed |= line
                    became_complete = vals["state"] == "complete" and line.state != "complete"
                    line.write(vals | {"selected": became_complete})
        return changed

    # === After accepting === #

    def _show_outcome(self):
        """Show what became of the lines that were stored."""
        orders = {
            (order.store_id.id, order.external_id): order
            for order in self.env["ecommerce.order"].search(
                [("store_id", "in", self.import_id.store_id.ids), ("external_id", "in", self.mapped("external_id"))]
            )
        }
        for line in self:
            if order := orders.get((line.import_id.store_id.id, line.external_id)):
                line.write(
                    {
                        "order_id": order.id, "explanation": order.explanation,
                        "state": "complete" if order.state == "ready" else order.state,
                    }
                )  # fmt: skip

    def action_open_order(self):
        """Open the order the line was stored as."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window", "res_model": "ecommerce.order", "res_id": self.order_id.id,
            "view_mode": "form",
        }  # fmt: skip
