from odoo import fields, models


class MailTrackingEmail(models.Model):
    """Who wants to be reminded, or told, of an email."""

    _inherit = "mail.tracking.email"

    is_watched = fields.Boolean(
        "Watched",
        readonly=True,
        copy=False,
        help="Somebody wants to be reminded of this email, or to be told what becomes of it.",
    )

    def _is_watched_for(self, event_type, vals):
        """Whether a reminder or a person waits for such an event of this tracking.

        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict vals: values of the event
        """
        return self.is_watched
