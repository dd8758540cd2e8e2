from odoo import api, fields, models


class MailTrackingRule(models.Model):
    """What is done when something becomes of an email."""

    _name = "mail.tracking.rule"
    _description = "Email rule"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)

    @api.model
    def _is_awaited(self, event_type, vals):
        """Whether a rule waits for such an event; it costs no query.

        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict vals: values of the event
        """
        return False

    @api.model
    def _run_on_events(self, events):
        """Run the rules that these events fulfil.

        :param events: ``mail.tracking.event`` whose states are applied
        """
