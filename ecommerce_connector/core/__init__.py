"""The pure core: documents, rules, plans and proof.

Nothing here imports Odoo, opens a connection or reads a clock. Amounts are exact ``Decimal`` in
the document's currency; dates come from the caller.
"""
