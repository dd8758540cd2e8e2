from odoo import api, models
from odoo.fields import Domain
from odoo.tools import escape_psql

from ...tools import events as ev


class MailTrackingEvent(models.Model):
    """What is known of a person by events, also by those of emails to others."""

    _inherit = "mail.tracking.event"

    # who answered need not be who got the email
    _reply_idx = models.Index("(recipient_address) WHERE event_type = 'reply'")
    _final_recipient_idx = models.Index("(final_recipient) WHERE final_recipient IS NOT NULL")

    @api.model
    def _get_answers_domain(self, person):
        """Domain of the answers that a person gave to any email."""
        return Domain("event_type", "=", ev.REPLY) & Domain(
            "recipient_address", "in", person.addresses
        )

    @api.model
    def _search_waiting_of(self, person):
        """Events of services about a person whose email is not known yet."""
        # sudo: mail.tracking.event - shown to nobody otherwise
        waiting = self.sudo().search(
            Domain("tracking_email_id", "=", False)
            & Domain.OR(
                Domain("data", "ilike", escape_psql(address)) for address in person.addresses
            )
        )
        return waiting.filtered(lambda event: person.is_in(event.data))

    @api.model
    def _prepare_erased_vals(self):
        return {
            **super()._prepare_erased_vals(),
            **self._prepare_forgotten_vals(),
            "recipient": False,
            "recipient_address": False,
            "url": False,
            "event_key": False,
            "payload": False,
            "data": False,
            "token": False,
            # words of others that are quoted as a whole
            "report_text": False,
        }
