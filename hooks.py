"""What Odoo calls when the addon is installed or removed."""

from .models.dead_addresses.ir_ui_menu import CONTACTS_MENU

#: What a new database starts with; one that is updated keeps what it has.
NEW_PARAMETERS = {
    "mail_tracking.client_details_max_age_days": "30",
    "mail_tracking.client_in_words": "True",
}


def post_init_hook(env):
    """Start with what is recommended for the country of each company, and keep little.

    Odoo calls it where the addon was not there before. An update, also one of another addon
    of the same name, does not come here: it changes no mode.
    """
    env["res.company"].search([])._use_open_preset()
    parameters = env["ir.config_parameter"]
    for name, value in NEW_PARAMETERS.items():
        if not parameters.get_param(name):
            parameters.set_param(name, value)


def uninstall_hook(env):
    """Remove what Odoo cannot know to be ours: settings, and filters that people saved."""
    # escaped: an underscore stands for any character
    env["ir.config_parameter"].search([("key", "=like", r"mail\_tracking.%")]).unlink()
    # foreign keys between a table of Odoo and one of ours: Odoo drops them, and keeps the note
    keys = [("module.name", "=", "mail_tracking"), ("type", "=", "f")]
    env["ir.model.constraint"].search(keys).unlink()
    # named as one of Contacts, see ir.ui.menu
    menu = env.ref(CONTACTS_MENU, raise_if_not_found=False)
    if menu:
        menu.unlink()
    models = [name for name, model in env.items() if model._original_module == "mail_tracking"]
    filters = env["ir.filters"].with_context(active_test=False)
    filters.search([("model_id", "in", models)]).unlink()
