"""The demo's main job: what is done with the store once everything is there."""

from .progress import say


def run_main_job(databases, name, store):
    """Import, post and reconcile the orders of ``store`` in the database ``name``, and tell what was done.

    :param Databases databases: runs Odoo's command line: ``odoo_command(...)``, ``environment(name)``
    :param str name: the demo's database, with the addon installed
    :param Store store: the running store: ``url``, ``api_key``, ``orders``
    """
    say(f"\nThe store at {store.url} has {len(store.orders)} orders to import into {name}.")
