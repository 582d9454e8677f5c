import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.errors import ConnectorError
from ..core.setup.account_choice import choose_account
from ..core.setup.account_roles import ROLES
from ..core.setup.survey import survey
from ..models.ledger.days import said_day
from ..models.store.chart_facts import ChartFacts
from .ecommerce_mapping_assistant_item import KINDS
from .mapping_proposals import MappingProposals
from .mapping_sample import MappingSampler

ADMINISTRATOR = "ecommerce_connector.group_administrator"
#: More would take longer than it tells.
MOST = 1000
LINE = "ecommerce.mapping.assistant.line"
SALES_JOURNAL = "ECS"
#: What is made earlier comes first.
ORDER = list(KINDS)
#: Key of what makes the suspense account.
SUSPENSE = f"account:{ROLES['suspense'].name}"


class EcommerceMappingAssistant(models.TransientModel):
    """From a sample of a store's orders to its accounts, journals and mapping rules.

    Everything in the sample that needs a rule is listed with a proposal. What is ticked is made, all
    of it or nothing; done again, it makes only what is new. No order is stored.
    """

    _name = "ecommerce.mapping.assistant"
    _description = "Set-up Assistant"
    _check_company_auto = True
    _transient_max_hours = 24  # a set-up may wait for an answer until the next day

    store_id = fields.Many2one("ecommerce.store", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="store_id.company_id", store=True)
    has_connection = fields.Boolean(related="store_id.has_connection")
    has_orders = fields.Boolean(compute="_compute_has_orders")
    is_administrator = fields.Boolean(compute="_compute_is_administrator")
    state = fields.Selection(
        [("sample", "Sample"), ("review", "Review"), ("done", "Applied")],
        string="Status", default="sample", required=True, readonly=True,
    )  # fmt: skip

    # === The sample === #
    source = fields.Selection(
        [("store", "The store itself"), ("stored", "Its orders that are stored here"), ("file", "A file of orders")],
        string="Read From", compute="_compute_source", store=True, readonly=False,
    )  # fmt: skip
    days = fields.Integer(default=90, help="Orders of this many days, up to now. If there are none, older ones.")
    order_limit = fields.Integer(string="Orders at Most", default=300)
    file = fields.Binary(string="File of Orders", help="One order per line, as JSON (.jsonl).")
    file_name = fields.Char()
    summary = fields.Char(readonly=True, string="What Was Read")
    note = fields.Text(readonly=True)

    # === The proposals === #
    line_ids = fields.One2many(LINE, "assistant_id")
    revenue_ids = fields.One2many(
        LINE, "assistant_id", domain=[("section", "=", "revenue"), ("is_covered", "=", False)]
    )
    discount_ids = fields.One2many(
        LINE, "assistant_id", domain=[("section", "=", "discount"), ("is_covered", "=", False)]
    )
    tax_ids = fields.One2many(LINE, "assistant_id", domain=[("section", "=", "tax"), ("is_covered", "=", False)])
    payment_ids = fields.One2many(
        LINE, "assistant_id", domain=[("section", "=", "payment"), ("is_covered", "=", False)]
    )
    payout_ids = fields.One2many(LINE, "assistant_id", domain=[("section", "=", "payout"), ("is_covered", "=", False)])
    covered_ids = fields.One2many(LINE, "assistant_id", domain=[("is_covered", "=", True)])
    item_ids = fields.One2many("ecommerce.mapping.assistant.item", "assistant_id", string="To Be Made")
    sale_journal_id = fields.Many2one(
        "account.journal", string="Sales Journal", check_company=True, domain="[('type', '=', 'sale')]"
    )
    suspense_account_id = fields.Many2one(
        "account.account", check_company=True,
        help="What no rule covers waits here, with an exception. Empty: such orders are blocked instead.",
    )  # fmt: skip

    @api.depends("store_id.name")
    def _compute_display_name(self):
        for assistant in self:
            assistant.display_name = self.env._("Set up mapping")

    @api.depends("store_id")
    def _compute_has_orders(self):
        for assistant in self:
            assistant.has_orders = bool(assistant.store_id.order_ids)

    @api.depends_context("uid")
    def _compute_is_administrator(self):
        self.is_administrator = self.env.su or self.env.user.has_group(ADMINISTRATOR)

    @api.depends("store_id")
    def _compute_source(self):
        for assistant in self:
            stored = "stored" if assistant.has_orders else "file"
            assistant.source = "store" if assistant.has_connection else stored

    @api.constrains("days", "order_limit")
    def _check_bounds(self):
        for assistant in self:
            if assistant.days < 1:
                raise ValidationError(self.env._("Read the orders of at least one day."))
            if not 1 <= assistant.order_limit <= MOST:
                raise ValidationError(self.env._("Read 1 to %(most)s orders.", most=MOST))

    # === Reading === #

    def action_read(self):
        """Read a sample and propose a rule for everything in it that has none."""
        self.ensure_one()
        try:
            sample = self._sample()
        except ConnectorError as error:
            raise UserError(str(error)) from error
        if not sample.documents:
            raise UserError(self._why_empty(sample))
        facts = ChartFacts(self.company_id)
        found = survey(
            sample.documents, zone=self.store_id._policy_zone(), geography=facts.geography(),
            transactions=self._sampler().transactions(), many_rates=self.store_id._many_rates(),
        )  # fmt: skip
        self._propose(found, facts.chart())
        self.write({"state": "review", "summary": self._summary(found), "note": self._note(sample)})

    def _sampler(self):
        return MappingSampler(self.store_id, self.days, self.order_limit)

    def _sample(self):
        if self.source == "store":
            return self._sampler().of_connection()
        if self.source == "stored":
            return self._sampler().of_stored()
        if not self.file:
            raise UserError(self.env._("Choose a file of orders."))
        return self._sampler().of_file(self.file_name or self.env._("file"), base64.b64decode(self.file))

    def _why_empty(self, sample):
        if sample.unreadable:
            return self.env._(
                "None of the %(count)s orders could be read. The first one: %(error)s",
                count=len(sample.unreadable), error=sample.unreadable[0],
            )  # fmt: skip
        if self.source == "store":
            return self.env._(
                "%(store)s has no orders yet. Place a test order in the shop and read again, or use “Create accounts "
                "and rules” on the store's form: it makes one rule for everything of a kind.",
                store=self.store_id.name,
            )
        return self.env._("There are no orders to read. Choose a file, or fetch orders first.")

    def _summary(self, found):
        days = " – ".join(dict.fromkeys(said_day(self.env, day) for day in found.days or ()))
        return self.env._(
            "%(orders)s orders in %(currencies)s, %(days)s",
            orders=found.orders, currencies=", ".join(found.currencies), days=days,
        )  # fmt: skip

    def _note(self, sample):
        notes = []
        if sample.is_older:
            notes.append(self.env._("There were no orders in the last %(days)s days: these are older.", days=self.days))
        if sample.is_cut:
            notes.append(self.env._("The store answers slowly: reading was stopped after a minute."))
        if sample.unreadable:
            notes.append(
                self.env._(
                    "%(count)s orders could not be read and are left out: %(error)s",
                    count=len(sample.unreadable), error=sample.unreadable[0],
                )
            )  # fmt: skip
        return "\n".join(notes)

    def _propose(self, found, chart):
        """Replace the lines and what is to be made by those of a survey."""
        self.line_ids.unlink()
        self.item_ids.unlink()
        proposals = MappingProposals(self, chart)
        self._propose_journal(proposals, chart)
        lines = proposals.lines(found.findings)
        self._propose_suspense(proposals, chart)
        items = self.env["ecommerce.mapping.assistant.item"].create(
            [
                {"assistant_id": self.id, "selected": self.is_administrator, **vals}
                for vals in sorted(proposals.items.values(), key=lambda vals: ORDER.index(vals["kind"]))
            ]
        )
        by_key = {item.key: item.id for item in items}
        self.env[LINE].create(
            [
                {"assistant_id": self.id, **vals, "item_id": by_key.get(vals.get("item_key"), False)}
                for vals in ({"item_key": False, **vals} for vals in lines)
            ]
        )

    def _propose_journal(self, proposals, chart):
        """The store's sales journal: one of its own if the user may make it, else the company's."""
        own = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self.company_id), ("type", "=", "sale")]
        )
        made = own.filtered(lambda journal: journal.code == SALES_JOURNAL)
        self.sale_journal_id = (
            self.store_id.sale_journal_id or made or (own[:1] if not self.is_administrator else False)
        )
        if not self.sale_journal_id:
            proposals.journal(SALES_JOURNAL, self.env._("Store sales"), "sale", choose_account("sales", chart))

    def _propose_suspense(self, proposals, chart):
        """Where the revenue of something unmapped waits."""
        choice = choose_account("suspense", chart)
        self.suspense_account_id = self.store_id.suspense_account_id.id or choice.account
        if not self.suspense_account_id:
            proposals.account(choice.new)

    # === Applying === #

    def action_apply(self):
        """Make what is ticked, in one transaction, and go on to the review of the first orders."""
        self.ensure_one()
        items = self.item_ids.filtered("selected")
        if items and not self.is_administrator:
            raise UserError(
                self.env._(
                    "Accounts, taxes and journals are made by an administrator. Ask one to apply this, or untick them "
                    "and choose existing ones."
                )
            )
        made = items._make()
        self._complete_store(made)
        rules = self.line_ids.filtered("selected")._make_rules(made)
        of_countries = rules.filtered(lambda rule: rule.kind == "tax" and rule.pattern == "*" and not rule.tax_rate)
        self.store_id._keep_many_rates(of_countries.country_id.mapped("code"))
        self.state = "done"
        self.store_id.message_post(
            body=self.env._("Set-up assistant: %(rules)s mapping rules from %(sample)s.",
                            rules=len(rules), sample=self.summary)
        )  # fmt: skip
        return self._open_import()

    def _complete_store(self, made):
        """What a store needs besides rules."""
        store = self.store_id
        if not store.sale_journal_id:
            journal = self.sale_journal_id or made.get(f"journal:{SALES_JOURNAL}")
            if not journal:
                raise UserError(self.env._("Choose a sales journal, or tick the new one under “To be made”."))
            store.sale_journal_id = journal
        if not store.suspense_account_id:
            store.suspense_account_id = self.suspense_account_id or made.get(SUSPENSE)
        if not store.shared_partner_id:
            store._make_shared_partner()

    def action_import(self):
        """Go on to the review of the first orders."""
        self.ensure_one()
        return self._open_import()

    def _open_import(self):
        action = self.store_id.action_import()
        if self.source != "file":
            return action
        wizard = self.env["ecommerce.import"].create(
            {"store_id": self.store_id.id, "file": self.file, "file_name": self.file_name}
        )
        return action | {"res_id": wizard.id}

    def action_back(self):
        """Choose another sample."""
        self.ensure_one()
        self.state = "sample"

    def _open(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_mapping_assistant_action")
        return action | {"res_id": self.id}


class EcommerceStore(models.Model):
    """Where the assistant is opened."""

    _inherit = "ecommerce.store"

    def action_set_up_mapping(self):
        """Open the set-up assistant for this store."""
        self.ensure_one()
        return self.env["ecommerce.mapping.assistant"].create({"store_id": self.id})._open()
