from odoo import api, fields, models

from odoo.addons.mail_tracking.models.rules.mail_tracking_rule import Trigger


class MailTrackingRule(models.Model):
    _inherit = "mail.tracking.rule"

    trigger = fields.Selection(
        selection_add=[("unsubscribed", "Unsubscribed"), ("silent", "Nothing heard")],
        ondelete={"unsubscribed": "cascade", "silent": "cascade"},
    )

    @api.model
    def _get_triggers(self):
        return {
            **super()._get_triggers(),
            "unsubscribed": Trigger([("state", "=", "unsub")], frozenset({"unsub"})),
            "silent": Trigger([("state", "=", "sent")]),
        }
