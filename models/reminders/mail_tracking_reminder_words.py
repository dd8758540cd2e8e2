from odoo import models
from odoo.tools import format_datetime

#: So many recipients are named.
MAX_NAMES = 3


class MailTrackingReminder(models.Model):
    """What a user reads of their reminders."""

    _inherit = "mail.tracking.reminder"

    def _in_words_of_user(self):
        """This one with the language and the time zone of its user."""
        return self.with_context(lang=self.user_id.lang, tz=self.user_id.tz)

    def _get_title(self):
        """What became of the email, in few words."""
        trackings = self._get_trackings()
        if self.state == "answered":
            by = trackings.filtered("first_reply").sorted("first_reply")[:1]
            name = by._get_recipient_name() if by else self._get_writer_name()
            return self.env._("Answered by %(name)s", name=name)
        if self.state == "opened":
            by = trackings.filtered("first_open").sorted("first_open")[:1]
            return self.env._("Opened by %(name)s", name=by._get_recipient_name())
        if self.state == "failed":
            return self.env._("Reached nobody")
        if self.state == "handled":
            return self.env._("Somebody else is on it")
        if self.kind == "tell":
            return ""
        if not trackings:  # they were deleted, and with them what became of the email
            return self.env._("Follow up")
        # it was chosen before it was known that opens of this email cannot be known
        is_open_knowable = any(tracking._can_show_opens() for tracking in trackings)
        if self.kind == "not_opened" and is_open_knowable:
            return self.env._("Not opened")
        return self.env._("Not answered")

    def _get_text(self):
        """The email in one line: what, to whom, and when."""
        trackings = self._get_trackings()
        names = list(dict.fromkeys(each._get_recipient_name() for each in trackings))
        values = {
            "subject": self._get_subject(),
            "time": format_datetime(self.env, self.message_id.date, dt_format="short"),
        }
        if not names:
            return self.env._("“%(subject)s”, %(time)s", **values)
        more = len(names) - MAX_NAMES
        text = ", ".join(names[:MAX_NAMES])
        if more > 0:
            text = self.env._("%(names)s and %(count)s more", names=text, count=more)
        return self.env._("“%(subject)s” to %(recipients)s, %(time)s", recipients=text, **values)

    def _get_writer_name(self):
        """Who wrote on the record since, and was no recipient of the email."""
        answer = self.message_id._get_written_since().get(self.message_id, self.message_id.browse())
        return answer.author_id.name or answer.email_from or self.env._("Somebody")

    def _get_subject(self):
        message = self.message_id
        return message.subject or message.record_name or self.env._("(no subject)")
