from odoo import models

#: Context key under which entries of one batch are numbered.
BATCH_NUMBERING = "ecommerce_batch_numbering"
_MEMO = "ecommerce_connector.sequence_formats"


class AccountMove(models.Model):
    """Number the entries of a batch without searching for the last number of each.

    Odoo looks up the format of the next number with two queries per entry, each after a flush; the
    number itself it already counts up in a cache of its own (``sequence.mixin``), guarded by the
    unique index. Entries of one batch on the same journal and day get the same format, so it is
    remembered, and only as long as Odoo's cache holds the sequence: what empties that one (a
    commit, a rollback, a renamed entry) makes the format be looked up again.
    """

    _inherit = "account.move"

    def _get_next_sequence_format(self):
        if not self.env.context.get(BATCH_NUMBERING) or self.journal_id.is_self_billing:
            return super()._get_next_sequence_format()
        memo = self.env.cr.precommit.data.setdefault(_MEMO, {})
        key = self._numbering_key()
        if key in memo:
            template, values = memo[key]
            last = self._get_sequence_cache().get((template.format(**values, seq=0), self.journal_id))
            if last is not None:
                return template, values | {"seq": last}
        template, values = super()._get_next_sequence_format()
        memo[key] = template, {name: value for name, value in values.items() if name != "seq"}
        return template, values

    def _numbering_key(self):
        """What Odoo's search for the last number depends on, see ``_get_last_sequence_domain``."""
        is_refund = self.move_type in ("out_refund", "in_refund")
        is_payment = bool(self.origin_payment_id or self.env.context.get("is_payment"))
        return self.journal_id.id, self.date, is_refund, is_payment
