from odoo import api, models, modules


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _tracking_get_postmasters(self):
        """The active internal users who are postmasters: they are notified of what goes wrong."""
        group = self.env.ref("mail_tracking.group_postmaster")
        # sudo: res.groups, res.users - who is notified
        return group.sudo().all_user_ids.filtered(lambda user: user.active and user._is_internal())

    @api.model
    def _update_last_login(self):
        """Override of ``base``: where scheduled actions are off, a postmaster's login looks."""
        res = super()._update_last_login()
        # in tests, scheduled actions never run
        if not modules.module.current_test and self.env.user.has_group(
            "mail_tracking.group_postmaster"
        ):
            self.env["mail.tracking.incident"]._look()
        return res
