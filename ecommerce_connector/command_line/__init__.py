"""What ``odoo ecommerce`` does; Odoo finds the command itself in ``cli/``."""
