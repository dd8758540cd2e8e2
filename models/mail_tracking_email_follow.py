from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..tools import smtp_setup
from .columns import column_of, plain_columns
from .doors import is_extended
from .statements import lock, run, update

#: What core's notification says of an error of ours; anything else is "unknown".
ERROR_TO_FAILURE = {
    "no_recipient": "mail_email_missing",
    "invalid_address": "mail_email_invalid",
    "user_unknown": "mail_email_invalid",
    "host_unknown": "mail_email_invalid",
    "disabled": "mail_email_invalid",
    "moved": "mail_email_invalid",
    "spam": "mail_spam",
    "network": "mail_smtp",
    **dict.fromkeys(smtp_setup.REASONS, "mail_smtp"),
}
#: Errors of what stands in the place of an address; no server said anything.
ADDRESS_ERRORS = {"no_recipient", "invalid_address"}
#: States of a mail that arrived: its address works, where that is proven.
ALIVE_STATES = ("delivered", "opened")
#: States that core calls a bounce: they were found out after the mail had left.
BOUNCE_STATES = {"bounced", "soft-bounced", "rejected", "spam"}


class MailTrackingEmail(models.Model):
    """What follows the new states: message, notifications, contacts."""

    _inherit = "mail.tracking.email"

    def _follow_up(self, before):
        """Let message, notification and contact follow the new states.

        :param dict before: what they were, see ``_get_standing``
        """
        failed_states, standing = self._get_failed_states(), self._get_standing()
        failed = [row_id for row_id, (word, _keyless) in standing.items() if word in failed_states]
        settled = [
            row_id
            for row_id, (word, _keyless) in standing.items()
            if word not in failed_states and before[row_id][0] in failed_states
        ]
        if failed or settled:
            told = self.browse(failed + settled)
            told.mail_message_id._tracking_update_needs_action()
            told._sync_notifications()
            told._tracking_ping_without_message()
        alive = [
            row_id
            for row_id, (word, is_unproven) in standing.items()
            if word in ALIVE_STATES
            and not is_unproven
            and (word != before[row_id][0] or before[row_id][1])
        ]
        self.browse(alive)._clear_bounced_flag()

    def _get_failure_type(self, values):
        """Core's failure type for an error of ours.

        :param dict values: ``error_type``
        :rtype: str
        """
        error_type = values.get("error_type") or "unknown"
        known = dict(self.env["mail.mail"]._fields["failure_type"].selection)
        return error_type if error_type in known else ERROR_TO_FAILURE.get(error_type, "unknown")

    def _sync_notifications(self):
        """Let core's notifications tell the same story as these rows.

        What core tells of that to authors follows a moment later; see ``mail.tracking.later``.
        """
        current = self._get_current()
        notifications = current._lock_notifications()
        siblings = self.search_fetch(
            [
                ("mail_message_id", "in", current.mail_message_id.ids),
                ("successor_id", "=", False),
                "|",
                ("partner_id", "in", current.partner_id.ids),
                ("recipient_address", "in", current._get_addresses()),
            ],
            ["mail_message_id", "partner_id", "recipient_address", "state"],
            order="id",
        )
        rows_by_key = defaultdict(self.browse)
        for row in siblings:
            for key in {row.partner_id.id, row.recipient_address} - {False}:
                rows_by_key[row.mail_message_id.id, key] |= row
        vals_by_id = {}
        for notification in notifications:
            key = notification.res_partner_id.id or notification.mail_email_address
            rows = rows_by_key[notification.mail_message_id.id, key]
            vals = rows._prepare_notification_vals() if rows & current else {}
            if any(notification[field] != value for field, value in vals.items()):
                vals_by_id[notification.id] = vals
        changed = notifications.browse(vals_by_id)
        Later = self.env["mail.tracking.later"]
        news = Later._prepare_notifications(changed.mail_message_id)
        if is_extended(notifications, "write", owner="mail"):
            run(self.env.cr, news)
            for notification in changed:
                notification.write(vals_by_id[notification.id])
        else:
            update(notifications, vals_by_id, *news)

    def _get_addresses(self):
        """The bare addresses of these rows.

        :rtype: list[str]
        """
        return list({row.recipient_address for row in self} - {False})

    def _lock_notifications(self):
        """Core's notifications of the recipients of these rows, locked.

        Of nobody else: a message may have thousands, and bounces come one by one.
        """
        # sudo: mail.notification - follows evidence, not a user's wish
        Notification = self.env["mail.notification"].sudo()
        condition = SQL(
            "mail_message_id = ANY(%s) AND notification_type = 'email'"
            " AND (res_partner_id = ANY(%s) OR mail_email_address = ANY(%s))",
            self.mail_message_id.ids,
            self.partner_id.ids,
            self._get_addresses(),
        )
        return lock(Notification, condition, plain_columns(Notification))

    def _prepare_notification_vals(self):
        """Values of the notification whose recipient these rows are."""
        good = self - self.filtered(lambda row: row.state in self._get_failed_states())
        if good.filtered("state"):
            return {
                "notification_status": "sent",
                "failure_type": False,
                "failure_reason": False,
            }
        failed = (self - good)[-1:]
        if not failed:
            return {}
        bounced = failed.state in BOUNCE_STATES
        return {
            "notification_status": "bounce" if bounced else "exception",
            "failure_type": "mail_bounce"
            if bounced
            else failed._get_failure_type({"error_type": failed.error_type}),
            "failure_reason": failed._get_notification_reason(),
        }

    def _get_notification_reason(self):
        """What core's notification says of why this row failed.

        :rtype: str
        """
        if self.error_type in ADDRESS_ERRORS:  # nobody was asked: core says that in its words
            return self.env["ir.mail_server"].NO_VALID_RECIPIENT
        return self.error_description

    def _clear_bounced_flag(self):
        """A mail arrived: the address lives."""
        addresses = list({*column_of(self, "recipient_address")} - {None})
        if addresses:
            self._revive_addresses(addresses)
