from odoo import api, fields, models


class MailTrackingEmail(models.Model):
    _inherit = "mail.tracking.email"

    shout = fields.Char(compute="_compute_shout", store=True)
    domain_upper = fields.Char(compute="_compute_domain_upper", store=True, precompute=True)
    event_words = fields.Char(compute="_compute_event_words", store=True)

    @api.depends("state")
    def _compute_shout(self):
        for row in self:
            row.shout = (row.state or "waiting").upper()

    @api.depends("recipient_domain")
    def _compute_domain_upper(self):
        for row in self:
            row.domain_upper = (row.recipient_domain or "").upper()

    @api.depends("tracking_event_ids.event_type", "tracking_event_ids.is_pending")
    def _compute_event_words(self):
        for row in self:
            events = row.tracking_event_ids.sorted("id")
            row.event_words = " ".join(events.mapped("event_type"))


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    address = fields.Char(
        "Address of the tracking", related="tracking_email_id.recipient_address", store=True
    )
    link = fields.Char(compute="_compute_link", store=True)
    constant = fields.Char(compute="_compute_constant", store=True)

    @api.depends("url")
    def _compute_link(self):
        for event in self:
            event.link = event.url or "no link"

    def _compute_constant(self):
        self.constant = "always"
