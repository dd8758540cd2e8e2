from odoo import api, models

from ..tools import state
from ..tools.events import DEFERRED
from .columns import column_of
from .mail_tracking_line import NO_OUTCOME, Line

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

    def _prepare_status_line(self, shared=1, evidence=None):
        """What the chatter shows of this recipient.

        :param int shared: how many people share the pixel of the mail
        :param evidence: an earlier attempt that arrived, see ``_get_earlier_arrivals``
        :rtype: dict
        """
        self.ensure_one()
        name = self.partner_id.name or self.partner_id.email or ""
        return Line(
            self._prepare_outcome(shared, evidence),
            tracking_id=self.id,
            partner_id=self.partner_id.id,
            recipient=self._get_line_name(name, self.recipient_address or "", self.recipient or ""),
            email=self.recipient_address,
            time=self._get_told(evidence).state_time,
        ).as_dict()

    def _get_told(self, evidence):
        """The row that the line of this one tells of: itself or an earlier attempt."""
        return evidence if evidence and self.state in UNCERTAIN else self

    @api.model
    def _get_line_name(self, name, address, recipient, several=False):
        """What a line calls a recipient.

        :param str name: of the contact, if there is one
        :param str address: the bare address
        :param str recipient: as it was addressed
        :param bool several: the contact got the mail at several addresses
        :rtype: str
        """
        if several and address:
            return f"{name} ({address})"
        return name or address or recipient

    def _prepare_outcome(self, shared=1, evidence=None):
        """What became of the mail to this recipient: all of its line but who that is.

        :param int shared: how many people share the pixel of the mail
        :param evidence: an earlier attempt that arrived, see ``_get_earlier_arrivals``
        :rtype: dict
        """
        self.ensure_one()
        told = self._get_told(evidence)
        troubled = state.is_failed(told.state or "") or told.state == DEFERRED
        return self._outcome(
            told._get_status(),
            error_type=self.error_type if troubled else False,
            error_description=self._get_reason() if troubled else False,
            evidence=told._get_evidence_words() if not troubled else "",
            isCc=self.is_cc,
            state=told.state or "",
            shared=shared,
        )

    def _get_status(self):
        """The status word of this row.

        :rtype: str
        """
        if self.error_type == "no_recipient" or (self.partner_id and not self.recipient):
            return "no_email"
        if self.is_cancelled and not self.state:
            return "cancelled"
        if self.state in VAGUE:
            if self.is_cc:
                return "cc"
            if not self.partner_id:
                return "no_partner"
        return STATE_TO_STATUS.get(self.state, "unknown")

    @api.model
    def _outcome(self, status, **values):
        return {
            "status": status,
            "status_human": self._get_status_label(status),
            **NO_OUTCOME,
            **values,
        }

    @api.model
    def _get_status_label(self, status):
        """The status in the user's language.

        :rtype: str
        """
        return {
            "waiting": self.env._("Waiting"),
            "cancelled": self.env._("Not sent: cancelled"),
            "error": self.env._("Error"),
            "sent": self.env._("Sent"),
            "delivered": self.env._("Delivered"),
            "opened": self.env._("Opened"),
            "cc": self.env._("Cc"),
            "no_email": self.env._("No email"),
            "no_partner": self.env._("No partner"),
        }.get(status) or self.env._("Unknown")

    @api.model
    def _get_notification_lines(self, message, lines):
        """Lines of notified partners that have no row.

        :param message: ``mail.message``
        :param list lines: of its rows
        :rtype: list[Line]
        """
        known = {line.partner_id for line in lines}
        notifications = message.notification_ids
        if known.issuperset({*column_of(notifications, "res_partner_id")} - {None}):
            return []
        return [
            line
            for notification in notifications
            if notification.res_partner_id.id not in known
            and (line := self._get_notification_line(notification))
        ]

    @api.model
    def _get_notification_line(self, notification):
        """The line of a notified partner, or None."""
        partner = notification.res_partner_id
        if not partner:
            return None
        status, failure = "unknown", notification.failure_type
        if notification.notification_type == "email":
            status = NOTIFICATION_TO_STATUS.get(notification.notification_status, "unknown")
            if notification._is_mail_cancelled():
                status = "cancelled"
            if status == "error" and failure == "mail_email_missing":
                status = "no_email"
        elif notification.notification_type != "inbox":
            return None  # text messages and letters are not ours to tell of
        has_reason = status in ("error", "cancelled") and failure
        return self._get_partner_line(
            self._outcome(
                status,
                error_type=failure if has_reason else False,
                error_description=notification.format_failure_reason() if has_reason else False,
            ),
            partner,
            partner.email_normalized,
        )

    @api.model
    def _get_partner_line(self, outcome, partner, address):
        """The line of a contact, or of an address, without a row.

        :param dict outcome: see ``_prepare_outcome``
        :param partner: ``res.partner``, perhaps none
        :param str address: the bare address, perhaps none
        :rtype: Line
        """
        return Line(
            outcome,
            partner_id=partner.id,
            recipient=partner.name or partner.email or address or "",
            email=address or False,
            partner_name=partner.name,
            partner_email=partner.email,
        )
