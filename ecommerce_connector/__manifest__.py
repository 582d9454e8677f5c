{
    "name": "E-commerce Connector",
    "summary": "Store orders, refunds and payouts booked to the cent, and proved",
    "version": "19.0.0.1.0",
    "category": "Accounting/Accounting",
    "author": "The ecommerce_connector contributors",
    "license": "LGPL-3",
    "depends": ["account"],
    "external_dependencies": {"python": ["cryptography", "requests", "simplejson"]},
    "data": [
        "security/ecommerce_security.xml",
        "security/ir.model.access.csv",
        "security/ecommerce_rules.xml",
    ],
    "application": True,
    "installable": True,
    "uninstall_hook": "uninstall_hook",
}
