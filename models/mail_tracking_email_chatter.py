from collections import defaultdict

from odoo import api, fields, models, tools

from ..tools import state
from ..tools.events import DEFERRED

STATE_TO_STATUS = {
    False: "waiting",
    "error": "error",
    "rejected": "error",
    "spam": "error",
    "bounced": "error",
    "soft-bounced": "error",
    "sent": "sent",
    "deferred": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "unsub": "opened",
}
#: States that tell nothing about the fate of a mail at its recipient.
VAGUE = (False, "sent")
#: States of an attempt of which nobody knows whether it arrived.
UNCERTAIN = (*VAGUE, DEFERRED)
#: States of a mail that the recipient got, weakest first.
ARRIVED = ("delivered", "opened")
NOTIFICATION_TO_STATUS = {
    "ready": "waiting",
    "process": "waiting",
    "exception": "error",
    "bounce": "error",
}


class MailTrackingEmail(models.Model):
    """What the chatter shows. Access is the message's: callers check that one."""

    _inherit = "mail.tracking.email"

    @api.model
    def _get_status_by_message(self, messages):
        """What became of these messages, for each of their recipients.

        Costs the same number of queries for one message and for a thousand.

        :param messages: ``mail.message`` that the user may read
        :return: message id -> list of dicts, see ``mail.message.tracking_status``
        :rtype: dict
        """
        # sudo: mail.tracking.email, mail.notification - of messages that the user may read
        messages = messages.sudo()
        rows_by_message = (
            self.sudo()
            .search([("mail_message_id", "in", messages.ids)], order="id")
            .grouped("mail_message_id")
        )
        extra = self._get_header_recipients(messages)
        result = {}
        for message in messages:
            rows = rows_by_message.get(message, self.sudo().browse())
            lines = rows._get_status_lines()
            known = {line["partner_id"] for line in lines} - {False}
            for notification in message.notification_ids:
                line = self._get_notification_line(notification, known, rows)
                if line:
                    lines.append(line)
                    known.add(line["partner_id"])
            addresses = {line["email"] for line in lines}
            lines += [line for line in extra[message.id] if line["email"] not in addresses]
            if lines:
                result[message.id] = lines
        return result

    def _get_status_lines(self):
        """One line for each recipient of these rows of one message; the newest row counts.

        :param self: all rows of the message, superseded ones too, the oldest first
        """
        newest = {row._get_recipient_key(): row for row in self if not row.successor_id}
        partners = [row.partner_id.id for row in newest.values()]
        sharing = defaultdict(int)
        for row in newest.values():
            sharing[row.envelope_token] += 1
        evidence = self._get_earlier_arrivals()
        return [
            row._prepare_status_line(
                several=bool(row.partner_id) and partners.count(row.partner_id.id) > 1,
                shared=sharing[row.envelope_token] if row.envelope_token else 1,
                evidence=evidence.get(row),
            )
            for row in newest.values()
        ]

    def _get_earlier_arrivals(self):
        """Earlier attempts that arrived, by the newest attempt that followed them.

        While nobody knows what became of a mail that was sent again, it is the truth
        that the recipient had it before. A failure is no less one for that.

        :return: newest row -> superseded row
        :rtype: dict
        """
        result = {}
        for row in self.filtered(lambda row: row.successor_id and row.state in ARRIVED):
            newest = row._get_current()
            best = result.setdefault(newest, row)
            if ARRIVED.index(row.state) > ARRIVED.index(best.state):
                result[newest] = row
        return result

    def _prepare_status_line(self, several=False, shared=1, evidence=None):
        """What the chatter shows of this recipient.

        :param bool several: the contact got the mail at several addresses
        :param int shared: how many people share the pixel of the mail
        :param evidence: an earlier attempt that arrived, see ``_get_earlier_arrivals``
        :rtype: dict
        """
        self.ensure_one()
        told = evidence if evidence and self.state in UNCERTAIN else self
        name = self.partner_id.name or self.partner_id.email or ""
        if several and self.recipient_address:
            name = f"{name} ({self.recipient_address})"
        status = told._get_status()
        troubled = state.is_failed(told.state or "") or told.state == DEFERRED
        return self._status_line(
            status,
            tracking_id=self.id,
            error_type=self.error_type if troubled else False,
            error_description=self._get_reason() if troubled else False,
            evidence=told._get_evidence_words() if not troubled else "",
            recipient=name or self.recipient_address or self.recipient or "",
            email=self.recipient_address or False,
            partner_id=self.partner_id.id,
            isCc=self.is_cc,
            state=told.state or "",
            time=fields.Datetime.to_string(told.state_time) if told.state_time else False,
            shared=shared,
        )

    def _get_status(self):
        """The status word of this row.

        :rtype: str
        """
        if self.error_type == "no_recipient" or (self.partner_id and not self.recipient):
            return "no_email"
        if self.state in VAGUE:
            if self.is_cc:
                return "cc"
            if not self.partner_id:
                return "no_partner"
        return STATE_TO_STATUS.get(self.state, "unknown")

    @api.model
    def _status_line(self, status, **values):
        line = {
            "status": status,
            "status_human": self._get_status_label(status),
            "tracking_id": False,
            "error_type": False,
            "error_description": False,
            "evidence": "",
            "recipient": "",
            "email": False,
            "partner_id": False,
            "isCc": False,
            "state": "",
            "time": False,
            "shared": 1,
        }
        line.update(values)
        return line

    @api.model
    def _get_status_label(self, status):
        """The status in the user's language.

        :rtype: str
        """
        return {
            "waiting": self.env._("Waiting"),
            "error": self.env._("Error"),
            "sent": self.env._("Sent"),
            "delivered": self.env._("Delivered"),
            "opened": self.env._("Opened"),
            "cc": self.env._("Cc"),
            "no_email": self.env._("No email"),
            "no_partner": self.env._("No partner"),
        }.get(status) or self.env._("Unknown")

    @api.model
    def _get_notification_line(self, notification, known, rows):
        """The line of a notified partner that has no row, or None."""
        partner = notification.res_partner_id
        if not partner or partner.id in known:
            return None
        status, failure = "unknown", notification.failure_type
        if notification.notification_type == "email":
            status = NOTIFICATION_TO_STATUS.get(notification.notification_status, "unknown")
            if status == "error" and failure == "mail_email_missing":
                status = "no_email"
        elif notification.notification_type != "inbox":
            return None  # text messages and letters are not ours to tell of
        return self._status_line(
            status,
            recipient=partner.name or partner.email or "",
            email=partner.email_normalized or False,
            partner_id=partner.id,
            error_type=failure if status == "error" else False,
            error_description=notification.format_failure_reason() if status == "error" else False,
        )

    # ------------------------------------------------------------
    # RECIPIENTS THAT A MAIL NAMED IN ITS HEADERS
    # ------------------------------------------------------------

    @api.model
    def _get_header_recipients(self, messages):
        """Lines for the people whom a received mail names, and who have no row.

        :return: message id -> list of lines
        :rtype: dict
        """
        result = defaultdict(list)
        named = []
        for message in messages:
            for text, is_cc in (
                (message.incoming_email_cc, True),
                (message.incoming_email_to, False),
            ):
                for address in tools.mail.email_normalize_all(text or ""):
                    named.append((message.id, address, is_cc))
        if not named:
            return result
        addresses = {address for _message_id, address, _is_cc in named}
        hidden = self._get_hidden_addresses(addresses)
        # sudo: res.partner - names of the people on a mail that the user may read
        partners = (
            self.env["res.partner"].sudo().search([("email_normalized", "in", list(addresses))])
        )
        by_address = {partner.email_normalized: partner for partner in reversed(partners)}
        for message_id, address, is_cc in named:
            partner = by_address.get(address)
            if address in hidden:
                continue
            status = "cc" if is_cc else ("unknown" if partner else "no_partner")
            line = self._status_line(
                status,
                recipient=partner.name if partner else address,
                email=address,
                partner_id=partner.id if partner else False,
                isCc=is_cc,
            )
            if all(line["email"] != other["email"] for other in result[message_id]):
                result[message_id].append(line)
        return result

    @api.model
    def _get_hidden_addresses(self, addresses):
        """Those of the addresses that are our own aliases, unless they shall be shown."""
        if self.env.company.mail_tracking_show_aliases:
            return set()
        # sudo: mail.alias.domain - which addresses are ours
        return set(self.env["mail.alias.domain"].sudo()._find_aliases(list(addresses)))
