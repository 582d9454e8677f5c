"""Rows of the core → records: what each order adds to an entry of many orders."""

from ..ledger.amounts import float_of

#: Rows that are written together.
AT_ONCE = 5000


def create_rows(summary, rows, lines, postings):
    """Store the rows of an entry.

    :param ecommerce.summary summary: the entry's
    :param list rows: see ``core.summary.Row``
    :param dict lines: number of a row → id of its journal item; a row without one has none
    :param dict postings: name of a posting, as its rows have it → its id
    """
    env = summary.env
    tax_of = {
        line.id: line.tax_id.id
        for line in env["account.tax.repartition.line"].browse({row.place.booking.repartition for row in rows} - {0})
    }
    model = env["ecommerce.summary.row"].sudo()  # sudo: nobody writes evidence by hand; the entry was made by the user
    common = {
        "company_id": summary.company_id.id, "store_id": summary.store_id.id, "summary_id": summary.id,
        "currency_id": summary.currency_id.id, "day": summary.day,
    }  # fmt: skip
    for start in range(0, len(rows), AT_ONCE):
        made = model.create(
            [
                common | _values(row, tax_of)
                | {"posting_id": postings[row.posting], "line_id": lines.get(start + at, False)}
                for at, row in enumerate(rows[start : start + AT_ONCE])
            ]
        )  # fmt: skip
        model.flush_model()
        made.invalidate_recordset(flush=False)  # a day of them must not be in memory


def _values(row, tax_of):
    booking, amounts = row.place.booking, row.amounts
    return {
        "order_id": row.order, "account_id": booking.account, "rule_id": row.place.rule or False,
        "tax_line_id": tax_of.get(booking.repartition, False), "amount": float_of(amounts.amount),
        "balance": float_of(amounts.balance), "tax_base": float_of(amounts.base), "is_customer": row.is_customer,
        "place": [
            booking.product, list(booking.taxes), booking.repartition, list(booking.tags),
            [list(share) for share in booking.analytic],
        ],
        "charged": [
            [tax.account, tax.repartition, list(tax.tags),
             *(str(value) for value in (share.amount, share.balance, share.base_amount, share.base))]
            for tax, share in row.charged
        ] or False,
    }  # fmt: skip
