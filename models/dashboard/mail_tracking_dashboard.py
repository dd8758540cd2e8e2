from odoo import models


class MailTrackingDashboard(models.AbstractModel):
    """What the dashboard *Deliverability* shows, out of the daily numbers."""

    _name = "mail.tracking.dashboard"
    _description = "Deliverability"
