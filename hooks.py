"""What Odoo calls when the addon is installed or removed."""


def uninstall_hook(env):
    """Remove what Odoo cannot know to be ours: settings, and filters that people saved."""
    # escaped: an underscore stands for any character
    env["ir.config_parameter"].search([("key", "=like", r"mail\_tracking.%")]).unlink()
    # foreign keys between a table of Odoo and one of ours: Odoo drops them, and keeps the note
    keys = [("module.name", "=", "mail_tracking"), ("type", "=", "f")]
    env["ir.model.constraint"].search(keys).unlink()
    models = [name for name, model in env.items() if model._original_module == "mail_tracking"]
    filters = env["ir.filters"].with_context(active_test=False)
    filters.search([("model_id", "in", models)]).unlink()
