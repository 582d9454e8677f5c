"""What happens once when the addon is removed."""


def uninstall_hook(env):
    """Stop the stores: a scheduled action must not find them half removed."""
    env["ecommerce.store"].search([]).active = False
