from odoo import models
from odoo.tools import format_amount, format_date

#: How many exceptions a section of a mail names; the list in Odoo shows all.
NAMED = 15


class EcommerceException(models.Model):
    """Mails about exceptions: to one person each, in his language, of what he may read."""

    _inherit = "ecommerce.exception"

    def _mail_about(self, user, template, **values):
        """Queue one mail about these; nothing if the person has no address or may read none of them.

        :param str template: XML ID of a QWeb template; its ``subject`` is the mail's, see ``_mail_words``
        :param values: what else the template shows
        :return: the mail, empty if there is none
        :rtype: mail.mail
        """
        items = self._as_read_by(user)
        if not items or not user.sudo().email:  # sudo: the address of a colleague
            return self.env["mail.mail"]
        return items._queue_mail(user, template, {"items": items, **values})

    def _as_read_by(self, user):
        """Those that a person may read, as he reads them: his language, his companies."""
        companies = user.sudo().company_ids.ids  # sudo: of a colleague
        context = {"lang": user.lang, "tz": user.tz, "allowed_company_ids": companies}
        theirs = self.with_env(self.env(user=user, su=False, context=context))
        return theirs._filtered_access("read") if theirs.has_access("read") else theirs.browse()

    def _queue_mail(self, user, template, values):
        """A mail in Odoo's queue; it is deleted once it is sent, for it quotes what can be personal data."""
        values = {**values, **self._mail_tools(), "user": user}
        subject, body = (
            self.env["ir.qweb"].sudo()._render(name, values, lang=user.lang)  # sudo: templates
            for name in (f"{template}_subject", template)
        )
        company = user.sudo().company_id  # sudo: as above
        return self.env["mail.mail"].sudo().create(  # sudo: the queue is the system's
            {
                "subject": " ".join(str(subject).split()), "body_html": body, "auto_delete": True,
                "recipient_ids": [(6, 0, user.partner_id.ids)],
                "email_from": company.email_formatted or self.env.ref("base.partner_root").sudo().email_formatted,
            }
        )  # fmt: skip

    def _mail_tools(self):
        """What the templates say days, amounts and links with."""
        base = self[:1].get_base_url()
        return {
            "named": NAMED,
            "day": lambda value: format_date(self.env, value) if value else "",
            "money": lambda amount, currency: format_amount(self.env, amount, currency) if amount else "",
            "link": lambda item: f"{base}/mail/view?model={item._name}&res_id={item.id}",
            "list_link": f"{base}/odoo/store-exceptions",
            "settings_link": f"{base}/odoo/my-preferences/{self.env.uid}",
        }
