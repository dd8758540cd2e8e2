from odoo import api, fields, models
from odoo.exceptions import ValidationError

MAX_HOURS = 8760


class ResCompany(models.Model):
    _inherit = "res.company"

    mail_tracking_escalation_hours = fields.Integer(
        "Remind about failures after",
        help="Hours after which a failed email that nobody reviewed becomes an activity; 0 for "
        "never.",
    )

    @api.constrains("mail_tracking_escalation_hours")
    def _check_mail_tracking_escalation_hours(self):
        if any(not 0 <= each.mail_tracking_escalation_hours <= MAX_HOURS for each in self):
            raise ValidationError(self.env._("Choose 0 to %(hours)s hours.", hours=MAX_HOURS))
