"""What Odoo calls when the addon is installed or removed."""


def uninstall_hook(env):
    """Remove what Odoo cannot know to be ours: settings, and filters that people saved."""
    env["ir.config_parameter"].search([("key", "=like", "mail_tracking.%")]).unlink()
    # foreign keys between a table of Odoo and one of ours: Odoo drops them, and keeps the note
    keys = [("module.name", "=", "mail_tracking"), ("type", "=", "f")]
    env["ir.model.constraint"].search(keys).unlink()
    env["ir.filters"].search([("model_id", "=like", "mail.tracking.%")]).unlink()
