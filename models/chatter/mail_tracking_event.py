from odoo import models
from odoo.tools import format_datetime

from ...tools import clients

#: Types whose title names the reason.
REASONED = ("error", "deferral", "soft_bounce", "hard_bounce", "reject")


class MailTrackingEvent(models.Model):
    """Events in plain words, with what they rest on."""

    _inherit = "mail.tracking.event"

    def _get_title(self, shared=1):
        """What happened, in plain words.

        :param int shared: how many people share the pixel of the mail
        """
        if self.event_type == "open":
            return self._get_open_title(shared)
        title = self._get_reasoned_title() if self.event_type in REASONED else ""
        return title or self._get_evident_title() or self._get_plain_title()

    def _get_plain_title(self):
        return {
            "sent": self.env._("The mail server accepted the email"),
            "error": self.env._("The email could not be sent"),
            "delivered": self.env._("Delivered to the recipient's mail server"),
            "relayed": self.env._("Handed over to a server that does not report delivery"),
            "deferral": self.env._("Delayed, a server tries again later"),
            "soft_bounce": self.env._("Returned, though the address may be good"),
            "hard_bounce": self.env._("Returned: the address does not work"),
            "reject": self.env._("Rejected by the email service"),
            "click": self.env._("A link was clicked"),
            "unsub": self.env._("The recipient unsubscribed"),
            "spam": self.env._("The recipient reported the email as spam"),
            "unrecognized": self.env._("A reply to the bounce address was not recognized"),
        }.get(self.event_type) or self.env._("Unknown event")

    def _get_evident_title(self):
        """The title of an event that says how far the mail came, if it names who said so."""
        if self.event_type == "delivered":
            evidence = self._get_delivered_words(self.reporting_server and self.smtp_server)
            title = self.env._("Delivered: %(evidence)s", evidence=evidence)
        elif self.event_type == "relayed":
            evidence = self._get_relayed_words(self.smtp_server)
            title = self.env._("Passed on: %(evidence)s", evidence=evidence)
        elif self.event_type == "sent":
            evidence = self._get_sent_words()
            title = self.env._("Sent: %(evidence)s", evidence=evidence)
        else:
            return ""
        return title if evidence else ""

    def _get_reasoned_title(self):
        """The title of an event that went wrong: the reason, and the codes of the server."""
        reason = self._get_reason_label(self.error_type)
        if not reason:
            return ""
        if codes := " ".join(filter(None, (self.error_code, self.error_status))):
            reason = self.env._("%(reason)s (%(codes)s)", reason=reason, codes=codes)
        if self.event_type == "deferral" and self.retry_until:
            time = format_datetime(self.env, self.retry_until, dt_format="short")
            return self.env._(
                "Delayed: %(reason)s, retried until %(time)s", reason=reason, time=time
            )
        if self.event_type == "deferral":
            return self.env._("Delayed: %(reason)s", reason=reason)
        if self.event_type in ("soft_bounce", "hard_bounce"):
            return self.env._("Bounced: %(reason)s", reason=reason)
        if self.event_type == "reject":
            return self.env._("Rejected: %(reason)s", reason=reason)
        return self.env._("Not sent: %(reason)s", reason=reason)

    def _get_open_title(self, shared):
        if self.open_kind == "machine":
            return self.env._("Images loaded by a machine, which says nothing about reading")
        if self.open_kind == "self":
            return self.env._("Seen by somebody who is logged in here, which does not count")
        if self.open_reason == "answer":
            return self.env._("The recipient answered")
        if shared > 1:
            return self.env._("Opened by someone among %(count)s recipients", count=shared)
        return self.env._("Opened")

    def _get_detail(self, with_address=False):
        """The particulars of an event: the server's words, server, queue number, client.

        :param bool with_address: say to which address the mail went
        """
        reason = self.error_description or self.error_details or ""
        label = self._get_reason_label(self.error_type)
        if self.event_type not in REASONED:  # the title of others does not name it
            reason = self._join_reason(label, reason)
        client = ", ".join(
            clients.spelled(name) for name in (self.ua_family, self.os_family) if name
        )
        words = (
            with_address and self.recipient_address,
            reason,
            self._get_behind_words(),
            self.event_type not in ("open", "click") and self.smtp_server,
            self._get_queue_words(),
            client,
            self.url,
            self._get_proof_words(),
        )
        return " · ".join(filter(None, words))

    def _get_proof_words(self):
        """What an event without a key does not do; nothing where it carries one."""
        if not self.is_unproven:
            return ""
        if self.event_type in REASONED:
            return self.env._(
                "without key: anybody could have sent it, so the address is not marked"
            )
        if self.event_type in ("unsub", "spam"):
            return self.env._("without key: anybody could have sent it, so it changes nothing")
        return self.env._("without key: anybody could have sent it, so it resolves no failure")

    def _get_queue_words(self):
        """Under which number the server keeps the mail, or else its whole answer."""
        if not self.queue_id:
            return ""
        if " " in self.queue_id:  # no number could be made out
            return self.env._("it answered: %(answer)s", answer=self.queue_id)
        return self.env._("queue number %(number)s", number=self.queue_id)
