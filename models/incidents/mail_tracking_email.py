from odoo import fields, models
from odoo.fields import Domain


class MailTrackingEmail(models.Model):
    """The emails of an incident."""

    _inherit = "mail.tracking.email"

    incident_id = fields.Many2one(
        "mail.tracking.incident",
        store=False,
        search="_search_incident_id",
        groups="mail_tracking.group_postmaster",
        help="To find the emails that an incident is about.",
    )

    _failed_time_idx = models.Index(
        "(state_time) WHERE state IN ('error', 'bounced', 'soft-bounced', 'spam')"
    )

    def _search_incident_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        incidents = self.env["mail.tracking.incident"].search([("id", "in", list(value))])
        return Domain.OR(incident._get_email_domain() for incident in incidents)
