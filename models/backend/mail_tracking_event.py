from odoo import api, fields, models


class MailTrackingEvent(models.Model):
    """What lists and forms show of an event, in words."""

    _inherit = "mail.tracking.event"

    title = fields.Char(
        "What happened", compute="_compute_words", help="The event in a few plain words."
    )
    detail = fields.Char(
        "Details",
        compute="_compute_words",
        help="What the server answered, which server it was, or which program opened the email.",
    )

    @api.depends_context("lang", "tz")
    def _compute_words(self):
        sharing = self.tracking_email_id._get_sharing()
        for event in self:
            event.title = event._get_title(sharing.get(event.tracking_email_id.envelope_token, 1))
            event.detail = event._get_detail()

    @api.depends("event_type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["event_type"]._description_selection(self.env))
        for event in self:
            event.display_name = labels.get(event.event_type)
