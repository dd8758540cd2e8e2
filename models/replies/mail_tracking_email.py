from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ...tools import events as ev

REPLY = "reply"
#: Why an answer of somebody else counts: they work for the recipient's company.
COLLEAGUE = "colleague"


class MailTrackingEmail(models.Model):
    """Answers: the email arrived, and somebody read it, whatever a server said of it."""

    _inherit = "mail.tracking.email"

    @api.model
    def _apply_reply(self, sent, address, sender):
        """Log that somebody answered an email, once for each tracking.

        :param Domain sent: trackings of the messages that the answer may refer to; the last
            message counts that went to the sender
        :param str address: of the sender, normalised
        :param str sender: name and address
        """
        # sudo: res.partner - whose address it is, seen by the user or not
        partners = self.env["res.partner"].sudo()
        partners = partners.search([("email_normalized", "=", address)])
        own = Domain("recipient_address", "=", address) | Domain("partner_id", "in", partners.ids)
        trackings = self._search_last(sent & own)
        metadata = {"source": REPLY, "recipient": sender, "recipient_address": address}
        if not trackings:
            companies = partners.commercial_partner_id.filtered("is_company")
            same_company = Domain("partner_id.commercial_partner_id", "in", companies.ids)
            trackings = self._search_last(sent & same_company) if companies else trackings
            metadata["open_reason"] = COLLEAGUE
        self._log_events(
            [
                (tracking, ev.REPLY, {**metadata, "event_key": f"{REPLY}:{tracking.id}"})
                for tracking in trackings
            ]
        )

    @api.model
    def _search_last(self, domain):
        """The trackings of the last message for which there are any; two queries at most."""
        last = self.search(domain, order="id DESC", limit=1)
        return self.search(domain & Domain("mail_message_id", "=", last.mail_message_id.id))

    @api.model
    def _apply_comment(self, message):
        """Log that a comment of a customer answers the last email to them about the record.

        :param message: one ``mail.message``
        """
        address = email_normalize(message.author_id.email or message.email_from or "")
        if address:
            of_record = [("model", "=", message.model), ("res_id", "=", message.res_id)]
            sent = Domain("mail_message_id", "any", [*of_record, ("id", "<", message.id)])
            self._apply_reply(sent, address, message.email_from)
