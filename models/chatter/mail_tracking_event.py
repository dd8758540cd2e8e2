from odoo import models
from odoo.tools import format_datetime

from ...tools import clients, opens, smtp_setup
from ...tools import events as ev
from ...tools.sentences import NO_SERVER_ASKED, PERSONAL, WORDLESS
from ..replies.mail_tracking_email import COLLEAGUE

HITS = (ev.OPEN, ev.CLICK)
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
        if self.event_type == "reply":
            return self._get_reply_title()
        title = self._get_reasoned_title() if self.event_type in REASONED else ""
        return title or self._get_plain_title()

    def _get_plain_title(self):
        if self.event_type == "sent" and self.delivery_report == "service":
            return self.env._("Accepted by the email service")
        if self.event_type == "sent" and self.delivery_report == PERSONAL:
            return self.env._("Accepted by the sender's own mail server")
        return {
            "sent": self.env._("Accepted by the outgoing mail server"),
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

    def _get_reasoned_title(self):
        """The title of an event that went wrong: the reason, and the codes of the server."""
        reason = self._add_dead_since(self._get_reason_label(self.error_type))
        if not reason:
            return ""
        if codes := self._get_codes():
            reason = self.env._("%(reason)s (%(codes)s)", reason=reason, codes=" ".join(codes))
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
            return self.env._("Loaded by a machine, not by a reader")
        if self.open_kind == "self":
            return self.env._("Seen by a logged-in user, not counted")
        if self.open_reason == "read_receipt":
            return self.env._("A read receipt came back")
        if shared > 1:
            return self.env._("Opened by someone among %(count)s recipients", count=shared)
        return self.env._("Opened")

    def _get_reply_title(self):
        if self.open_reason == COLLEAGUE:
            return self.env._("%(sender)s, of the same company, answered", sender=self.recipient)
        if self.recipient_address != self.tracking_email_id.recipient_address:
            return self.env._("%(sender)s answered", sender=self.recipient)
        return self.env._("The recipient answered")

    def _get_detail(self, with_address=False):
        """The particulars of an event: the server's words, server, queue number, client.

        :param bool with_address: say to which address the mail went
        """
        is_hit = self.event_type in HITS
        address = self.recipient_address or ""
        words = (
            # an invalid address is cut off (see `_get_whole_address`): the answer names it
            with_address and not address.startswith("@") and address,
            self._get_answer_words(),
            self._get_behind_words(),
            not is_hit and self.error_type not in NO_SERVER_ASKED and self.smtp_server,
            self._get_reporter_words(),
            self._get_queue_words(),
            is_hit and self._get_client_words(),
            self.url,
            self._get_proof_words(),
        )
        return " · ".join(filter(None, words))

    def _get_answer_words(self):
        if self.error_type in WORDLESS or self.event_type in HITS:
            return ""
        answer = smtp_setup.without_number(self.error_description or self.error_details or "")
        if self.event_type in REASONED:  # their title names the reason
            return answer
        return self._join_reason(self._get_reason_label(self.error_type), answer)

    def _get_reporter_words(self):
        reporter = self.reporting_server
        if not reporter or reporter == self.smtp_server:
            return ""
        return self.env._("reported by %(server)s", server=reporter)

    def _get_client_words(self):
        """Which program it was; a proxy or a machine says nothing of the recipient's device."""
        if self.open_kind == ev.MACHINE and self.open_reason in opens.REASONS:
            return self.env._(opens.REASONS[self.open_reason])
        is_device = self.open_kind not in (ev.MACHINE, ev.PROXY)
        names = (self.ua_family, is_device and self.os_family)
        return ", ".join(clients.spelled(name) for name in names if name)

    def _get_proof_words(self):
        """What an event without a key does not do; nothing where it carries one."""
        if not self.is_unproven:
            return ""
        if self.event_type in REASONED:
            return self.env._(
                "unverified: anybody could have sent this, so the address is not marked"
            )
        if self.event_type in ("unsub", "spam"):
            return self.env._("unverified: anybody could have sent this, so it changes nothing")
        return self.env._("unverified: anybody could have sent this, so it resolves no failure")

    def _get_queue_words(self):
        """Under which number the server keeps the mail, or else its whole answer."""
        if not self.queue_id:
            return ""
        if " " in self.queue_id:  # no number could be made out
            return self.env._("it answered: %(answer)s", answer=self.queue_id)
        return self.env._("queue number %(number)s", number=self.queue_id)
