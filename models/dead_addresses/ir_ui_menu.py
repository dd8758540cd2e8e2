from odoo import api, models

#: Of *contacts*, so that it goes with its parent; Odoo makes orphans of menus an app of their own.
CONTACTS_MENU = "contacts.menu_mail_tracking_dead_addresses"


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _register_hook(self):
        """Override of ``base``: once this addon or *Contacts* was installed, they go together.

        The addon does not depend on *Contacts*, which may come before or after it.
        """
        super()._register_hook()
        if {"contacts", "mail_tracking"}.intersection(self.env.registry.updated_modules):
            self._add_dead_addresses_menu()

    @api.model
    def _add_dead_addresses_menu(self):
        """Show *Dead addresses* in the app *Contacts*, where that is installed."""
        parent = self.env.ref("contacts.menu_contacts", raise_if_not_found=False)
        action = self.env.ref("mail_tracking.action_dead_addresses", raise_if_not_found=False)
        if not parent or not action or self.env.ref(CONTACTS_MENU, raise_if_not_found=False):
            return
        menu = self.create(
            {
                "name": action.name,
                "parent_id": parent.id,
                "action": f"{action._name},{action.id}",
                "sequence": 3,
            }
        )
        for code, _name in self.env["res.lang"].get_installed():
            menu.with_context(lang=code).name = action.with_context(lang=code).name
        module, _dot, name = CONTACTS_MENU.partition(".")
        self.env["ir.model.data"].create(
            {
                "module": module,
                "name": name,
                "model": menu._name,
                "res_id": menu.id,
                "noupdate": True,
            }
        )
