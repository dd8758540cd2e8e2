from odoo import models


class MailTrackingSetup(models.AbstractModel):
    _inherit = "mail.tracking.setup"

    def _get_checks(self):
        return [*super()._get_checks(), ("hooks", "Hooks")]

    def _check_hooks(self):
        number = self.env["hooks.call"].search_count([])
        return [self._prepare_result("Calls", "ok", f"{number} calls so far.", subject="mine")]
