from odoo import api, models

from odoo.addons.mail.tools.discuss import Store


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of ``base``: *Failed* holds what they were notified of as contacts."""
        users = super().create(vals_list)
        if contact_ids := [vals["partner_id"] for vals in vals_list if vals.get("partner_id")]:
            self.env["mail.notification"]._tracking_flag_of(contact_ids)
        return users

    def write(self, vals):
        res = super().write(vals)
        if vals.get("partner_id"):
            self.env["mail.notification"]._tracking_flag_of([vals["partner_id"]])
        return res

    def _init_messaging(self, store: Store):
        res = super()._init_messaging(store)
        if self._is_internal():
            messages = self.env["mail.message"].with_user(self)
            store.add_global_values(
                **messages._get_failed_values(),
                mail_tracking_is_postmaster=self.has_group("mail_tracking.group_postmaster"),
            )
        return res
