from odoo import fields, models

from ...tools import events as ev

#: Events that may end a reminder, besides opens and clicks.
ENDS = (ev.REPLY, ev.ERROR, ev.SOFT_BOUNCE, ev.HARD_BOUNCE, ev.REJECT)


class MailTrackingEmail(models.Model):
    """Who wants to be reminded, or told, of an email."""

    _inherit = "mail.tracking.email"

    is_watched = fields.Boolean(
        "Watched",
        readonly=True,
        copy=False,
        help="Somebody asked to be reminded of this email, or to be told what becomes of it.",
    )

    def _is_watched_for(self, event_type, vals):
        """Whether a reminder or a person waits for such an event; the caller reads ``is_watched``.

        Of the opens, the first one counts, if it was by a person as far as that is known.

        :param str event_type: one of ``tools.events.EVENT_TYPES``
        :param dict vals: values of the event
        """
        if event_type in (ev.OPEN, ev.CLICK):
            kind = vals.get("open_kind") or ev.UNKNOWN
            return kind in ev.COUNTED_OPEN_KINDS and not self.first_open
        return event_type in ENDS

    def _filter_awaited(self):
        """Those of these recipients of one message that an answer is expected of.

        Outsiders, as colleagues get copies; all of them where there is no outsider.
        """
        return self.filtered("is_outside") or self

    def _is_given_up(self):
        """Whether nothing can be expected of this email: it failed, or was cancelled."""
        return self.state in self._get_failed_states() or (self.is_cancelled and not self.state)

    def _can_show_opens(self):
        """Whether an open of this email would be noted, as far as it is known by now."""
        return self._is_noted(ev.OPEN)
