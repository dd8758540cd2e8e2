from odoo import models

from odoo.addons.mail.tools.discuss import Store


class ResUsers(models.Model):
    _inherit = "res.users"

    def _init_messaging(self, store: Store):
        res = super()._init_messaging(store)
        if self._is_internal():
            messages = self.env["mail.message"].with_user(self)
            store.add_global_values(
                **messages._get_failed_values(),
                mail_tracking_is_postmaster=self.has_group("mail_tracking.group_postmaster"),
            )
        return res
