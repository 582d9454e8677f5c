"""A live Vendure store booked into a real Odoo by ``odoo ecommerce``, and held against the store's own figures."""
