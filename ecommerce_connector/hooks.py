"""What happens once when the addon is removed."""


def uninstall_hook(env):
    """Stop the stores: a scheduled action must not find them half removed. Open the change log, which goes, too."""
    env["ecommerce.store"].search([]).active = False
    env["ecommerce.mapping.change"]._drop_guards()
    env.cr.execute("DROP TABLE IF EXISTS ecommerce_mapping_turn")
