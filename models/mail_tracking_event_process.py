import logging

from odoo import api, models

from ..tools import events as ev

_logger = logging.getLogger(__name__)


class MailTrackingEvent(models.Model):
    """Values of each type of event: doors for other addons."""

    _inherit = "mail.tracking.event"

    @api.model
    def _get_process(self, event_type):
        """The method that prepares events of a type; None, and a line in the log, without one.

        A type is known that the field offers: an addon may add its own there.

        :param event_type: whatever a service calls an event
        """
        known = self._fields["event_type"].get_values(self.env)
        process = event_type in known and getattr(self, f"process_{event_type}", None)
        if not process:
            _logger.warning("Email tracking knows no events of type %.100r", event_type)
        return process or None

    @api.private
    def _process_data(self, tracking_email, metadata, event_type, state):
        """Values of an event.

        :param tracking_email: one ``mail.tracking.email``
        :param dict metadata: event fields, ``bounce_type``, ``bounce_description``
        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param str state: the state that this type of event speaks for
        :rtype: dict
        """
        fields = self._fields
        vals = {key: value for key, value in metadata.items() if key in fields}
        if not vals.get("error_type") and metadata.get("bounce_type"):
            vals["error_type"] = metadata["bounce_type"]
        if not vals.get("error_description") and metadata.get("bounce_description"):
            vals["error_description"] = metadata["bounce_description"]
        vals.update(tracking_email_id=tracking_email.id, event_type=event_type)
        for name in ("recipient", "recipient_address"):
            if name not in vals:
                vals[name] = tracking_email[name]
        return vals

    @api.private
    def process_sent(self, tracking_email, metadata):
        """Values of an event *sent*: the SMTP server took the mail."""
        return self._process_data(tracking_email, metadata, ev.SENT, "sent")

    @api.private
    def process_error(self, tracking_email, metadata):
        """Values of an event *error*: an SMTP attempt failed."""
        return self._process_data(tracking_email, metadata, ev.ERROR, "error")

    @api.private
    def process_delivered(self, tracking_email, metadata):
        """Values of an event *delivered*: the recipient's mail server took the mail."""
        return self._process_data(tracking_email, metadata, ev.DELIVERED, "delivered")

    @api.private
    def process_relayed(self, tracking_email, metadata):
        """Values of an event *relayed*: passed on to a server that does not report delivery."""
        return self._process_data(tracking_email, metadata, ev.RELAYED, "sent")

    @api.private
    def process_deferral(self, tracking_email, metadata):
        """Values of an event *deferral*: a server on the way tries again later."""
        return self._process_data(tracking_email, metadata, ev.DEFERRAL, "deferred")

    @api.private
    def process_soft_bounce(self, tracking_email, metadata):
        """Values of an event *soft bounce*: given up, though the address may be good."""
        return self._process_data(tracking_email, metadata, ev.SOFT_BOUNCE, "soft-bounced")

    @api.private
    def process_hard_bounce(self, tracking_email, metadata):
        """Values of an event *hard bounce*: the address or its domain is dead."""
        return self._process_data(tracking_email, metadata, ev.HARD_BOUNCE, "bounced")

    @api.private
    def process_reject(self, tracking_email, metadata):
        """Values of an event *reject*: the email service did not even try."""
        return self._process_data(tracking_email, metadata, ev.REJECT, "rejected")

    @api.private
    def process_open(self, tracking_email, metadata):
        """Values of an event *open*."""
        return self._process_data(tracking_email, metadata, ev.OPEN, "opened")

    @api.private
    def process_click(self, tracking_email, metadata):
        """Values of an event *click*."""
        return self._process_data(tracking_email, metadata, ev.CLICK, "opened")

    @api.private
    def process_unsub(self, tracking_email, metadata):
        """Values of an event *unsub*: the recipient opted out."""
        return self._process_data(tracking_email, metadata, ev.UNSUB, "unsub")

    @api.private
    def process_spam(self, tracking_email, metadata):
        """Values of an event *spam*: the recipient complained."""
        return self._process_data(tracking_email, metadata, ev.SPAM, "spam")

    @api.private
    def process_unrecognized(self, tracking_email, metadata):
        """Values of an event *unrecognized*: a mail came back that nobody understood."""
        return self._process_data(tracking_email, metadata, ev.UNRECOGNIZED, "")
