"""What Odoo calls when the addon is installed or removed."""


def uninstall_hook(env):
    """Remove what Odoo cannot know to be ours: settings, and filters that people saved."""
    env["ir.config_parameter"].search([("key", "=like", "mail_tracking.%")]).unlink()
    env["ir.filters"].search([("model_id", "=like", "mail.tracking.%")]).unlink()
