{
    "name": "E-commerce Connector",
    "summary": "Store orders, refunds and payouts booked to the cent, and proved",
    "version": "19.0.0.1.0",
    "category": "Accounting/Accounting",
    "author": "The ecommerce_connector contributors",
    "license": "LGPL-3",
    "depends": ["account"],
    "data": [],
    "application": True,
    "installable": True,
}
