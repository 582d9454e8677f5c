import json
import logging
from zoneinfo import available_timezones

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import str2bool

from ... import platforms
from ...core.canonical import LineKind
from ...core.dates import zone
from ...core.errors import ConnectorError
from ...core.mapping.rulebook import Target
from ...core.policy import InvoiceOn, Policy
from ...platforms.base import Credentials
from ...platforms.transport import Transport
from ..ledger.amounts import decimal_of
from ..ledger.lock_dates import first_open_day
from ..mapping.ecommerce_mapping_rule import NEVER
from .secret_box import seal, unseal

_logger = logging.getLogger(__name__)

CREDENTIALS = ("client_id", "client_secret", "access_token", "refresh_token", "webhook_secret")
ADMINISTRATOR = "ecommerce_connector.group_administrator"
#: System parameter that lets stores be on private networks.
PRIVATE_ADDRESSES = "ecommerce_connector.allow_private_addresses"
#: Where the credentials are sent to, and whose books are written.
CONNECTION = frozenset({"base_url", "platform", "company_id"})


class EcommerceStore(models.Model):
    """One connected shop: platform, address, credentials, company, policies."""

    _name = "ecommerce.store"
    _description = "E-commerce Store"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True, tracking=True
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    platform = fields.Selection(selection="_selection_platform", required=True, tracking=True)
    platform_help = fields.Char(compute="_compute_platform_help")
    state = fields.Selection(
        [("draft", "Not connected"), ("connected", "Connected"), ("error", "Connection failed")],
        string="Status", default="draft", required=True, copy=False, tracking=True,
    )  # fmt: skip
    state_message = fields.Char(string="Last Check", copy=False, readonly=True)

    # === Connection === #
    base_url = fields.Char(
        string="Address", tracking=True, help="The shop's own address, e.g. https://shop.example.com. HTTPS only."
    )
    client_id = fields.Char(
        compute="_compute_credentials", inverse="_inverse_client_id", groups=ADMINISTRATOR, copy=False
    )
    client_secret = fields.Char(
        compute="_compute_credentials", inverse="_inverse_client_secret", groups=ADMINISTRATOR, copy=False
    )
    access_token = fields.Char(
        compute="_compute_credentials", inverse="_inverse_access_token", groups=ADMINISTRATOR, copy=False
    )
    sealed_credentials = fields.Char(groups="base.group_system", copy=False, readonly=True)
    stored_credentials = fields.Char(
        compute="_compute_stored_credentials",
        compute_sudo=True,
        help="Which credentials are stored; they are never shown.",
    )
    timezone = fields.Selection(
        selection="_selection_timezone", required=True, default=lambda self: self.env.user.tz or "UTC", tracking=True,
        help="Time zone of the store. The date of an order, payment or refund is its local date here.",
    )  # fmt: skip

    # === Policies === #
    sale_journal_id = fields.Many2one(
        "account.journal", string="Sales Journal", check_company=True, domain="[('type', '=', 'sale')]", tracking=True
    )
    invoice_on = fields.Selection(
        [
            ("payment", "First payment captured"), ("order", "Order placed"), ("fulfilment", "Shipped"),
            ("paid", "Paid in full"),
        ],
        string="Invoice When", default="payment", required=True, tracking=True,
        help="What makes an order an invoice; the invoice carries that date. With 'Shipped', each shipment gets an "
        "invoice, and a refund credits the invoice of what it gives back; money that came before is an advance. With "
        "'Paid in full', payments before the last one are deposits.",
    )  # fmt: skip
    late_changes = fields.Selection(
        [("exception", "Ask a person"), ("amend", "Invoice or credit the difference")],
        string="Changed After Posting", default="exception", required=True, tracking=True,
        help="What happens when goods, prices or taxes of an order change in the store after it was invoiced. The "
        "invoice or credit note of the difference carries the day of the change and points back; what is posted stays. "
        "Changed payments are always left to a person.",
    )  # fmt: skip
    down_payments = fields.Boolean(
        string="Invoice Deposits", tracking=True,
        help="A deposit gets an invoice of its own with the tax that is due on it, and the final invoice deducts it. "
        "Otherwise deposits wait on the account of the customer-advance rule, and tax is due with the final invoice.",
    )  # fmt: skip
    terms_gateways = fields.Char(
        string="Gateways on Terms", tracking=True,
        help="Orders paid by these gateways are invoiced when they are placed, paid or not. Several are separated by "
        "commas; * stands for any text: bank transfer, invoice*, cod.",
    )  # fmt: skip
    terms_days = fields.Integer(
        string="Due After", tracking=True, help="Days after which such invoices are due; 0: at once."
    )
    deemed_supplier = fields.Boolean(
        string="Marketplace Is the Supplier", tracking=True,
        help="By law the marketplace buys the goods and sells them on (deemed supplier in the European Union). The tax "
        "it remits is left out of sales, payments and refunds; choose it as the shared contact. Otherwise that tax "
        "is shown on the account of the rules for taxes remitted by a marketplace.",
    )  # fmt: skip
    payment_mode = fields.Selection(
        [("odoo", "Odoo payments"), ("batch", "Batch entries")],
        string="Book Payments As", default="odoo", required=True, tracking=True,
        help="Odoo payments: one payment record each, where accountants look for them. "
        "Batch entries: one journal entry per day and processor account with a line per payment; about twice as fast.",
    )  # fmt: skip
    auto_post = fields.Boolean(
        string="Post Automatically", default=False, tracking=True,
        help="The scheduled action posts what it fetches. Otherwise orders wait for review.",
    )  # fmt: skip
    rounding_cap = fields.Float(
        default=0.05, digits=(16, 4), tracking=True,
        help="Greatest difference per order between its lines and its total that is booked as rounding. "
        "More becomes an exception.",
    )  # fmt: skip
    suspense_account_id = fields.Many2one(
        "account.account", check_company=True, tracking=True,
        help="What no mapping rule covers waits here, with an exception, if its kind may. "
        "Empty: such orders are blocked instead.",
    )  # fmt: skip
    suspend_product = fields.Boolean("Products Wait", default=True, tracking=True)
    suspend_shipping = fields.Boolean("Shipping Waits", default=True, tracking=True)
    suspend_fee = fields.Boolean("Order Fees Wait", default=True, tracking=True)
    suspend_tip = fields.Boolean("Tips Wait", tracking=True)
    suspend_duty = fields.Boolean("Duties Wait", tracking=True)
    suspend_donation = fields.Boolean("Donations Wait", tracking=True)
    suspend_gift_card = fields.Boolean("Gift Cards Wait", tracking=True)
    partner_policy = fields.Selection(
        [
            ("customer", "One contact per customer"), ("shared", "One shared contact"),
            ("country", "One shared contact per country"),
        ],
        string="Contacts", default="customer", required=True, tracking=True,
        help="Per customer: found by the id in the store, then by VAT number, then by e-mail address, never by name. "
        "Shared: all consumers are booked on the shared contact, or on one per country, made when needed, so that "
        "reports by country stay right (less personal data, faster). Customers with a company or VAT number always "
        "get their own.",
    )  # fmt: skip
    shared_partner_id = fields.Many2one(
        "res.partner", string="Shared Contact", check_company=True,
        help="Contact for guests without an e-mail address, for all consumers if one contact is shared, and for those "
        "without a country if there is one per country.",
    )  # fmt: skip
    batch_size = fields.Integer(default=100, help="Orders posted and committed together.")

    # === Content === #
    rule_ids = fields.One2many("ecommerce.mapping.rule", "store_id", string="Own Mapping Rules")
    order_ids = fields.One2many("ecommerce.order", "store_id")
    order_count = fields.Integer(compute="_compute_counts")
    blocked_count = fields.Integer(compute="_compute_counts")
    waiting_review_count = fields.Integer(compute="_compute_counts")
    exception_count = fields.Integer(compute="_compute_counts")
    last_sync_id = fields.Many2one("ecommerce.sync.log", compute="_compute_last_sync", string="Last Run")

    _batch_size_positive = models.Constraint("CHECK (batch_size BETWEEN 1 AND 1000)", "Batches hold 1 to 1000 orders.")
    _terms_days_positive = models.Constraint("CHECK (terms_days >= 0)", "Invoices are due after they are made.")
    _rounding_cap_positive = models.Constraint("CHECK (rounding_cap >= 0)", "The rounding cap cannot be negative.")

    # === Platforms === #

    @api.model
    def _get_platforms(self):
        """Platforms by code; an addon adds its own with ``super()._get_platforms() | {...}``.

        :rtype: dict[str, type[Platform]]
        """
        return platforms.BUILTIN

    @api.model
    def _selection_platform(self):
        return [(code, platform.label) for code, platform in sorted(self._get_platforms().items())]

    @api.model
    def _selection_timezone(self):
        return [(name, name) for name in sorted(available_timezones())]

    @api.depends("platform")
    def _compute_platform_help(self):
        known = self._get_platforms()
        for store in self:
            asked = known[store.platform].credential_fields if store.platform in known else ()
            store.platform_help = " · ".join(f"{field.label}: {field.help}" for field in asked if field.help)

    def _platform(self, transport=None):
        """The connected platform object, through which all talk with the store goes.

        :raises ConnectorError: if the address or the credentials are missing or cannot be read
        """
        self.ensure_one()
        known = self._get_platforms()
        if self.platform not in known:
            raise ConnectorError(
                f"The platform {self.platform!r} of {self.name} is not installed.",
                hint="Install the addon it came from.",
            )
        platform = known[self.platform]
        credentials = self._credentials()
        transport = transport or Transport(
            credentials.base_url, secrets=credentials.secrets, allow_private=self._allows_private_addresses()
        )
        return platform(credentials, transport, zone(self.timezone))

    @api.model
    def _allows_private_addresses(self):
        """Whether stores on the server's own network may be asked: a system parameter, off by default."""
        # sudo: system parameters are closed to accountants, and this one is only looked at.
        parameter = self.env["ir.config_parameter"].sudo().get_param(PRIVATE_ADDRESSES)
        return str2bool(parameter or "", default=False)

    # === Credentials === #

    def _compute_credentials(self):
        """Write-only: what is stored is never given back."""
        for store in self:
            for name in ("client_id", "client_secret", "access_token"):
                store[name] = False

    def _inverse_client_id(self):
        self._store_credential("client_id")

    def _inverse_client_secret(self):
        self._store_credential("client_secret")

    def _inverse_access_token(self):
        self._store_credential("access_token")

    def _store_credential(self, name):
        for store in self.filtered(name):
            # sudo: the sealed column is closed to everybody; writing one credential is an
            # administrator's right, checked by the field's group.
            store.sudo()._seal_credential(name, store[name].strip())

    def _seal_credential(self, name, value):
        self.ensure_one()
        try:
            others = self._unsealed()
        except ConnectorError:
            others = {}  # the key they were sealed with is lost, and they with it: entering them again is the way out
        try:
            self.sealed_credentials = seal(json.dumps(others | {name: value}))
        except ConnectorError as error:
            raise UserError(str(error)) from error

    def _unsealed(self):
        self.ensure_one()
        return json.loads(unseal(self.sealed_credentials)) if self.sealed_credentials else {}

    def _credentials(self):
        """Address and secrets, for the platform object only."""
        self.ensure_one()
        if not self.base_url:
            raise ConnectorError(f"The store {self.name} has no address.", hint="Enter it on the store's form.")
        # sudo: scheduled actions and accountants use the connection without seeing its secrets.
        return Credentials(base_url=self.base_url.strip().rstrip("/"), **self.sudo()._unsealed())

    @api.depends("sealed_credentials", "platform")
    def _compute_stored_credentials(self):
        for store in self:
            try:
                stored = store._unsealed()
            except ConnectorError as error:
                store.stored_credentials = str(error)
                continue
            known = self._get_platforms().get(store.platform)
            labels = {field.name: field.label for field in known.credential_fields} if known else {}
            names = [labels.get(name, name) for name in CREDENTIALS if stored.get(name)]
            store.stored_credentials = ", ".join(names)

    # === Counts === #

    @api.depends("order_ids.state")
    def _compute_counts(self):
        orders = self.env["ecommerce.order"]._read_group(
            [("store_id", "in", self.ids)], ["store_id", "state"], ["__count"]
        )
        counts = {(store.id, state): count for store, state, count in orders}
        exceptions = dict(
            self.env["ecommerce.exception"]._read_group(
                [("store_id", "in", self.ids), ("state", "=", "open")], ["store_id"], ["__count"]
            )
        )
        for store in self:
            own = {state: count for (store_id, state), count in counts.items() if store_id == store.id}
            store.order_count = sum(own.values())
            store.blocked_count = own.get("blocked", 0)
            store.waiting_review_count = own.get("ready", 0)
            store.exception_count = exceptions.get(store, 0)

    def _compute_last_sync(self):
        for store in self:
            store.last_sync_id = self.env["ecommerce.sync.log"].search(
                [("store_id", "=", store.id)], order="id desc", limit=1
            )

    # === Constraints === #

    @api.constrains("base_url")
    def _check_base_url(self):
        for store in self.filtered("base_url"):
            try:
                Transport(store.base_url.strip().rstrip("/"), allow_private=self._allows_private_addresses())
            except ConnectorError as error:
                raise ValidationError(str(error)) from error

    @api.constrains("suspense_account_id")
    def _check_suspense(self):
        for store in self.filtered(lambda store: store.suspense_account_id.account_type in NEVER):
            raise ValidationError(
                self.env._("%(account)s cannot hold what waits for a rule: choose an account of its own.",
                           account=store.suspense_account_id.display_name)
            )  # fmt: skip

    def write(self, vals):
        """Only administrators redirect a store; with orders it stays in its company and on its platform."""
        changed = {
            name
            for store in self
            for name in CONNECTION & set(vals)
            if store._fields[name].convert_to_write(store[name], store) != vals[name]
        }
        if changed and not (self.env.su or self.env.user.has_group(ADMINISTRATOR)):
            raise AccessError(
                self.env._("Only an administrator may change where a store is: its credentials are sent there.")
            )
        if changed - {"base_url"} and (used := self.filtered("order_ids")[:1]):
            raise UserError(
                self.env._(
                    "%(store)s has orders: its company and its platform stay. Make another store.", store=used.name
                )
            )
        return super().write(vals)

    # === For the planner === #

    def _rulebook(self):
        """All rules of the store and its company, compiled; once per batch."""
        self.ensure_one()
        return self.env["ecommerce.mapping.rule"]._rulebook(self.company_id, self)

    def _policy_zone(self):
        """The store's time zone, in which documents carry their dates."""
        self.ensure_one()
        return zone(self.timezone)

    def _policy(self):
        """The store's policies and the company's lock dates, as the planner wants them."""
        self.ensure_one()
        suspense = self.suspense_account_id
        return Policy(
            zone=zone(self.timezone),
            invoice_on=InvoiceOn(self.invoice_on),
            down_payments=self.down_payments,
            terms_gateways=tuple(filter(None, (word.strip() for word in (self.terms_gateways or "").split(",")))),
            terms_days=self.terms_days,
            rounding_cap=decimal_of(self.rounding_cap, 4),
            first_open_sale_day=first_open_day(self.company_id, self.sale_journal_id, has_tax=True),
            first_open_day=first_open_day(self.company_id, self.env["account.journal"], has_tax=False),
            suspense=Target(label=suspense.display_name, account=suspense.id) if suspense else None,
            suspended_kinds=frozenset(kind.value for kind in LineKind if self[f"suspend_{kind.value}"]),
        )

    # === Buttons === #

    def action_check_connection(self):
        """Ask the store who it is; shows the answer or what is wrong."""
        self.ensure_one()
        self.check_access("write")  # before the credentials are used
        try:
            info = self._platform().check()
        except ConnectorError as error:
            self.write({"state": "error", "state_message": str(error)})
            return self._notify(str(error), "danger")
        message = self.env._("Connected to %(name)s.", name=info.store_name)
        message = " ".join([message, *info.warnings])
        self.write({"state": "connected", "state_message": message})
        return self._notify(message, "warning" if info.warnings else "success")

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message, "type": kind, "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }  # fmt: skip

    def action_import(self):
        """Open the import-and-review wizard for this store."""
        self.ensure_one()
        return self.env["ir.actions.act_window"]._for_xml_id("ecommerce_connector.ecommerce_import_action") | {
            "context": {"default_store_id": self.id}
        }

    def action_view_orders(self):
        """Open the store's orders."""
        return self._open("ecommerce_connector.ecommerce_order_action")

    def action_view_exceptions(self):
        """Open the store's open exceptions."""
        return self._open("ecommerce_connector.ecommerce_exception_action", search_default_open=1)

    def _open(self, action, **context):
        self.ensure_one()
        values = self.env["ir.actions.act_window"]._for_xml_id(action)
        return values | {"domain": [("store_id", "=", self.id)], "context": {"default_store_id": self.id, **context}}

    # === Entry points of buttons, scheduled actions and the command line === #

    def _require_set_up(self):
        """Posting needs a sales journal; say what is missing before anything is fetched."""
        self.ensure_one()
        if not self.sale_journal_id:
            raise UserError(
                self.env._("%(store)s has no sales journal. Choose one, or use 'Create accounts and rules'.",
                           store=self.name)
            )  # fmt: skip
