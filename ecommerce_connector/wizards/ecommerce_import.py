import base64
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

from ..core.errors import ConnectorError
from ..platforms.base import Cursor
from ..platforms.file import read_records

#: A preview is for people: more than this nobody looks through. Fetching has no such limit.
MOST = 2000
#: Orders accepted in one request, so that none takes longer than a web server allows.
AT_ONCE = 100


class EcommerceImport(models.TransientModel):
    """Look at how orders would be booked before anything is written.

    The orders are planned in memory. What the store said is kept on the lines, so that what was
    reviewed is what is posted.
    """

    _name = "ecommerce.import"
    _description = "Import Orders"
    _transient_max_hours = 24  # a review may wait for somebody until the next day

    store_id = fields.Many2one("ecommerce.store", required=True, default=lambda self: self._default_store())
    company_id = fields.Many2one(related="store_id.company_id", store=True)
    has_connection = fields.Boolean(related="store_id.has_connection")
    scope = fields.Selection(
        [("first", "The first orders"), ("changed", "Orders changed in a period")],
        string="Orders", default="first", required=True,
    )  # fmt: skip
    order_limit = fields.Integer(string="How Many", default=20)
    date_from = fields.Date(string="From", help="First day, in the store's time zone.")
    date_to = fields.Date(string="To", help="Last day, in the store's time zone. Empty: until now.")
    file = fields.Binary(string="File of Orders", help="One order per line, as JSON (.jsonl).")
    file_name = fields.Char()
    line_ids = fields.One2many("ecommerce.import.line", "import_id")
    posted_count = fields.Integer(string="Posted", readonly=True)
    waiting_count = fields.Integer(string="Nothing to Book Yet", readonly=True)
    blocked_count = fields.Integer(string="Blocked", readonly=True)
    changed_count = fields.Integer(string="Plan Changed", readonly=True)

    @api.constrains("scope", "order_limit")
    def _check_order_limit(self):
        for wizard in self.filtered(lambda wizard: wizard.scope == "first"):
            if not 1 <= wizard.order_limit <= MOST:
                raise ValidationError(self.env._("Preview 1 to %(most)s orders at a time.", most=MOST))

    @api.model
    def _default_store(self):
        """The only store, if there is only one."""
        found = self.env["ecommerce.store"].search([("company_id", "=", self.env.company.id)], limit=2)
        return found if len(found) == 1 else found.browse()

    # === Preview === #

    def action_preview(self):
        """Fetch or read the orders, plan them and show the plans."""
        self.ensure_one()
        try:
            records = self._records()
        except ConnectorError as error:
            raise UserError(str(error)) from error
        if not records:
            raise UserError(self.env._("There are no such orders."))
        self.line_ids.unlink()
        records = self.store_id._without_erased_data(records)
        self.env["ecommerce.import.line"]._create_for(self, records)
        return self._review_action()

    def _records(self):
        """What to preview, each order once.

        :raises ConnectorError: if the store does not answer, or the file cannot be read
        """
        if not self.has_connection:
            found = self._records_of_file()
        elif self.scope == "first":
            found = self.store_id._fetch_records(limit=self.order_limit)
        else:
            found = self.store_id._fetch_records(cursor=self._cursor(), limit=MOST + 1)
        records = list({record.external_id: record for record in found}.values())
        if len(records) > MOST:
            raise UserError(
                self.env._(
                    "These are more than %(most)s orders. Choose a shorter period or a smaller file, or fetch them "
                    "from the store's form: they wait for review there.", most=MOST,
                )
            )  # fmt: skip
        return records

    def _records_of_file(self):
        if not self.file:
            raise UserError(self.env._("Choose a file of orders."))
        return list(read_records(self.file_name or self.env._("file"), base64.b64decode(self.file)))

    def _cursor(self):
        """The chosen days as instants: both are whole days of the store."""
        zone = self.store_id._policy_zone()
        if not self.date_from:
            raise UserError(self.env._("Choose the first day of the period."))
        if self.date_to and self.date_to < self.date_from:
            raise UserError(self.env._("The period ends before it begins."))
        until = datetime.combine(self.date_to + timedelta(days=1), time.min, zone) if self.date_to else None
        return Cursor(changed_at=datetime.combine(self.date_from, time.min, zone), until=until)

    def _review_action(self):
        self.ensure_one()
        name = self.env._("Review: %(store)s", store=self.store_id.name)
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_import_line_action")
        action |= {
            "name": name, "display_name": name, "domain": [("import_id", "=", self.id)],
            "context": {"default_import_id": self.id},
        }  # fmt: skip
        # Without its id: the page's address would promise a review that a bookmark cannot bring back.
        return {key: value for key, value in action.items() if key not in ("id", "xml_id")}

    # === Review: what the banner above the lines shows and does === #

    def review_summary(self):
        """Counts and totals for the banner.

        :rtype: dict
        """
        self.ensure_one()
        lines = self.env["ecommerce.import.line"]
        labels = dict(lines._fields["state"]._description_selection(self.env))
        own = [("import_id", "=", self.id)]
        tiles = [
            {"state": state, "label": label} | self._totals([*own, ("state", "=", state)])
            for state, label in labels.items()
        ]
        return {
            "tiles": [tile for tile in tiles if tile["count"]],
            "selected": self._totals([*own, ("selected", "=", True)]),
            "selectable": lines.search_count([*own, ("state", "=", "complete")]),
            "to_keep": lines.search_count([*own, *self._domain_to_keep()]),
            "lacks_journal": not self.store_id.sale_journal_id,
            "lacking_rule": lines.search_count([*own, ("lacks_rule", "=", True), ("state", "=", "blocked")]),
            "is_administrator": self.env.user.has_group("ecommerce_connector.group_administrator"),
        }

    @api.model
    def _totals(self, domain):
        """Number of lines, and their totals in each currency as text."""
        groups = self.env["ecommerce.import.line"]._read_group(domain, ["currency_id"], ["__count", "total:sum"])
        return {
            "count": sum(count for _currency, count, _total in groups),
            "totals": [
                f"{currency.name} {formatLang(self.env, total, digits=currency.decimal_places)}"
                for currency, _count, total in groups
                if currency
            ],
        }

    @api.model
    def _domain_to_keep(self):
        return [("state", "in", ("waiting", "blocked")), ("order_id", "=", False)]

    def action_select(self, selected):
        """Select all complete lines, or none.

        :param bool selected: all or none
        """
        self.line_ids.filtered(lambda line: line.state == "complete").selected = selected

    def action_plan_again(self):
        """Plan what is not stored yet with the rules as they are now."""
        self.line_ids.filtered(lambda line: not line.order_id)._plan_again()

    def action_create_accounting(self):
        """Make the accounts, journals and rules that the previewed orders need, then plan again."""
        self.ensure_one()
        read, documents = self.store_id._document_reader(), []
        for record in self.line_ids._records():
            try:
                documents.append(read(record.payload))
            except ConnectorError:
                continue  # its line says why it cannot be read
        self.store_id._create_accounting_for(documents)
        self.action_plan_again()

    # === Accepting === #

    def action_accept(self):
        """Post the selected orders exactly as they were reviewed, and show what came of it."""
        left = self.accept_next(restart=True)
        while left:
            left = self.accept_next()
        return self.action_outcome()

    def accept_next(self, restart=False):
        """Post the next selected orders.

        :param bool restart: count from zero
        :return: how many selected orders are left
        :rtype: int
        """
        self.ensure_one()
        if restart:
            self._forget_outcome()
        selected = self.line_ids.filtered(lambda line: line.selected and line.state == "complete")
        if not selected:
            raise UserError(self.env._("Select at least one complete order."))
        lines = selected[:AT_ONCE]
        changed = lines._plan_again()
        self.changed_count += len(changed)
        self._store_lines(lines - changed, post=True)
        lines.selected = False
        return len(selected) - len(lines)

    def action_keep(self):
        """Store what cannot be posted: it waits among the orders, with an exception for each open question."""
        self.ensure_one()
        self._forget_outcome()
        self._store_lines(self.line_ids.filtered_domain(self._domain_to_keep()), post=False)
        return self.action_outcome()

    def _forget_outcome(self):
        self.write({"posted_count": 0, "waiting_count": 0, "blocked_count": 0, "changed_count": 0})

    def _store_lines(self, lines, *, post):
        if not lines:
            return
        run = self.store_id._accept(lines._records(), post=post)
        self.posted_count += run.posted
        self.waiting_count += run.waiting
        self.blocked_count += run.blocked + run.failed
        lines._show_outcome()

    def action_outcome(self):
        """Open the counts of what was accepted."""
        view = self.env.ref("ecommerce_connector.ecommerce_import_view_form_outcome")
        return {
            "type": "ir.actions.act_window", "name": self.env._("Import finished"), "res_model": self._name,
            "res_id": self.id, "views": [(view.id, "form")], "target": "new",
        }  # fmt: skip

    def action_view_orders(self):
        """Open the orders that came of the lines."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_order_action")
        return action | {"domain": [("id", "in", self.line_ids.order_id.ids)], "context": {}}
