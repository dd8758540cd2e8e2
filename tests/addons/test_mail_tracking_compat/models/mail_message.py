from odoo import models


class MailMessage(models.Model):
    _inherit = "mail.message"

    def get_failed_states(self):
        return super().get_failed_states() | {"unsub"}

    def tracking_status(self):
        lines = super().tracking_status()
        for line in lines:
            line["hooks_mark"] = f"mark of {line['recipient']}"
        return lines

    def set_need_action_done(self):
        self.env["hooks.call"].note("set_need_action_done", self.ids)
        return super().set_need_action_done()

    def get_failed_count(self):
        return super().get_failed_count() + 1000
