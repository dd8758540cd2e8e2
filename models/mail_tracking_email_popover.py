from odoo import api, fields, models

from ..tools import smtp_setup

#: The reason that says that nothing answered where our own mail server should be; core's word.
SERVER_DOWN = "mail_smtp"
#: Of more events than these, the first and the last are shown.
MAX_SHOWN = 100


class MailTrackingEmail(models.Model):
    """What the popover of one recipient tells, and the words for reasons."""

    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # POPOVER
    # ------------------------------------------------------------

    def _get_details(self):
        """The events of this recipient in time order, in plain words.

        :rtype: dict
        """
        self.ensure_one()
        chain = self._get_chain()
        sharing = chain._get_sharing()
        shared = sharing.get(self.envelope_token, 1)
        line = self._prepare_status_line(
            shared=shared, evidence=chain._get_earlier_arrivals().get(self)
        )
        events, left_out = chain._get_shown_events()
        moved = len(set(chain.mapped("recipient_address"))) > 1
        return {
            **{key: line[key] for key in ("recipient", "email", "status", "status_human", "isCc")},
            "shared": shared,
            "action_url": self._get_action_url(),
            "resends": chain._get_resend_lines(),
            "events": self._with_gap(
                [
                    {
                        "id": event.id,
                        "time": fields.Datetime.to_string(event.time),
                        "type": event.event_type,
                        "title": event._get_title(
                            sharing.get(event.tracking_email_id.envelope_token, 1)
                        ),
                        "detail": event._get_detail(with_address=moved),
                    }
                    for event in events
                ],
                left_out,
            ),
        }

    def _get_resend_lines(self):
        """Who sent the message again, when, and to which address, in time order.

        :rtype: list[dict]
        """
        return [
            {
                "id": row.id,
                "time": fields.Datetime.to_string(row.time),
                "text": self.env._(
                    "Sent again by %(user)s to %(address)s",
                    user=row.resent_by_id.name,
                    address=row.recipient_address or row.recipient,
                ),
            }
            for row in self.sorted("id")
            if row.resent_by_id
        ]

    def _get_shown_events(self):
        """The events of these rows in time order: of very many the first and the last.

        :return: ``mail.tracking.event``, and how many were left out between them
        :rtype: tuple
        """
        Event, domain = self.env["mail.tracking.event"], [("tracking_email_id", "in", self.ids)]
        events = Event.search(domain, order="timestamp, id", limit=MAX_SHOWN + 1)
        left_out = 0
        if len(events) > MAX_SHOWN:
            half = MAX_SHOWN // 2
            left_out = Event.search_count(domain) - 2 * half
            events = events[:half] | Event.search(
                domain, order="timestamp DESC, id DESC", limit=half
            )
        # reports know whole seconds only: within one, what was noted first came first
        return events.sorted(lambda event: (int(event.timestamp), event.id)), left_out

    @api.model
    def _with_gap(self, lines, left_out):
        """Say in the middle of these lines how many events are not shown."""
        if not left_out:
            return lines
        title = self.env._("%(count)s more events are not shown here", count=left_out)
        gap = {"id": 0, "time": False, "type": "", "title": title, "detail": ""}
        middle = len(lines) // 2
        return [*lines[:middle], gap, *lines[middle:]]

    def _get_sharing(self):
        """How many people share each of the mails of these rows; one query.

        :return: envelope token -> number of recipients
        :rtype: dict
        """
        tokens = [token for token in self.mapped("envelope_token") if token]
        if not tokens:
            return {}
        return dict(
            self._read_group([("envelope_token", "in", tokens)], ["envelope_token"], ["__count"])
        )

    def _get_action_url(self):
        """Where a postmaster finds the technical record, False for anybody else."""
        if not self.env.user.has_group("mail_tracking.group_postmaster"):
            return False
        action = self.env.ref("mail_tracking.action_view_mail_tracking_email")
        return f"/odoo/action-{action.id}/{self.id}"

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def _get_reason(self):
        """Why it went wrong: a plain word, and what the server said.

        :rtype: str
        """
        label = self._get_reason_label(self.error_type)
        if server := self.error_smtp_server:
            if self.error_type == SERVER_DOWN:
                label = self.env._("Mail server %(server)s not reachable", server=server)
            elif self.error_type in smtp_setup.REASONS:
                label = self.env._("%(reason)s (%(server)s)", reason=label, server=server)
        # without an address there was nobody to answer
        answer = "" if self.error_type == "no_recipient" else self._get_answer()
        return self._with_notes(self._with_retry(self._join_reason(label, answer)))

    def _get_answer(self):
        """What the server said, with its code: people search the web for both.

        :rtype: str
        """
        code, text = self.error_code, self.error_description
        if code and text and code not in text[:10]:
            return f"{code} {text}"
        return text or ""

    @api.model
    def _join_reason(self, label, text):
        if label and text and label != text:
            if self.env["res.lang"]._get_data(code=self.env.lang).direction == "rtl":
                # what a server said keeps its own direction in the sentence
                text = f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
            return self.env._("%(reason)s: %(answer)s", reason=label, answer=text)
        return label or text or ""

    @api.model
    def _get_reason_label(self, error_type):
        """A reason word in the user's language, or an empty text.

        :param str error_type: a word of ``tools.reasons`` or of core
        :rtype: str
        """
        labels = {
            "user_unknown": self.env._("Address does not exist"),
            "host_unknown": self.env._("The domain of the address does not exist"),
            "mailbox_full": self.env._("Mailbox full"),
            "disabled": self.env._("Mailbox is disabled"),
            "moved": self.env._("The recipient has moved"),
            "policy": self.env._("Refused by a rule of the receiving server"),
            "spam": self.env._("Refused as spam"),
            "authentication": self.env._("The receiving server does not trust our sender address"),
            "greylisted": self.env._("The receiving server asks to try again later"),
            "rate": self.env._("Too many emails in a short time"),
            "too_large": self.env._("The email is too large"),
            "content": self.env._("The content was refused"),
            "network": self.env._("The receiving server could not be reached"),
            "expired": self.env._("Given up after many attempts"),
            "loop": self.env._("The email ran in a circle"),
            "sender_rejected": self.env._("The sender address was refused"),
            "smtp": self.env._("The connection to the outgoing mail server failed"),
            "smtp_login": self.env._("The login at the outgoing mail server failed"),
            "smtp_host": self.env._("The name of the outgoing mail server was not found"),
            "smtp_tls": self.env._("No encrypted connection to the outgoing mail server"),
            "smtp_certificate": self.env._(
                "The certificate of the outgoing mail server is not trusted"
            ),
            "smtp_unsupported": self.env._("The outgoing mail server cannot do what is needed"),
            "smtp_refused": self.env._("The outgoing mail server refused the connection"),
            "smtp_protocol": self.env._("What answered is not a mail server"),
            "smtp_setup": self.env._("The outgoing mail server is not set up correctly"),
            "no_recipient": self.env._("No email address"),
            "invalid_address": self.env._("Invalid email address"),
        }
        known = dict(
            self.env["mail.notification"]._fields["failure_type"]._description_selection(self.env)
        )
        if error_type == "unknown":
            return ""
        return labels.get(error_type) or known.get(error_type) or ""
