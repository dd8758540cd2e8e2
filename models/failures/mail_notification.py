from odoo import api, fields, models

from ..guard import check_kept, without_defaults

#: A copy of the flag of the message.
KEPT = ("mail_tracking_needs_action",)


class MailNotification(models.Model):
    _inherit = "mail.notification"

    # a copy of the flag of the message, for a partial index by recipient; of users at least
    mail_tracking_needs_action = fields.Boolean(
        "Needs action",
        readonly=True,
        copy=False,
        prefetch=False,
        groups="base.group_system",
        help="The message did not reach everybody, and nobody reviewed that yet.",
    )

    _mail_tracking_failed_idx = models.Index(
        "(res_partner_id, mail_message_id) WHERE mail_tracking_needs_action IS TRUE"
    )

    @api.model_create_multi
    def create(self, vals_list):
        check_kept(self, KEPT, vals_list)
        notifications = super(MailNotification, without_defaults(self, KEPT)).create(vals_list)
        # sudo: mail.message - whether it needs action
        failed = notifications.filtered(
            lambda n: n.mail_message_id.sudo().mail_tracking_needs_action
        )
        if failed:
            # sudo: mail.notification - bookkeeping
            failed.sudo().mail_tracking_needs_action = True
        return notifications

    def write(self, vals):
        check_kept(self, KEPT, [vals])
        return super().write(vals)

    @api.model
    def _tracking_flag_of(self, partner_ids):
        """Flag the failures that these contacts were notified of, who had no user then."""
        # sudo: mail.notification - bookkeeping
        notifications = self.sudo().search(
            [
                ("res_partner_id", "in", partner_ids),
                ("mail_message_id.mail_tracking_needs_action", "=", True),
            ]
        )
        notifications.mail_tracking_needs_action = True

    def _prepare_resend_vals(self, mail, address):
        """Values of the notification of a recipient who gets the message again.

        :param mail: the ``mail.mail`` that is about to be sent
        :param str address: where it goes
        :rtype: dict
        """
        vals = {
            "mail_mail_id": mail.id,
            "notification_status": "ready",
            "failure_type": False,
            "failure_reason": False,
        }
        if not self.res_partner_id:
            vals["mail_email_address"] = address
        return vals

    def _is_mail_cancelled(self):
        """Whether the email was cancelled, or deleted, before it was sent."""
        # core keeps the failure type of a failure that was dismissed
        if self.notification_status == "canceled":
            return self.failure_type in (False, "mail_bl", "mail_optout", "mail_dup")
        # sudo: mail.mail - of a message that the user may read
        mail = self.sudo().mail_mail_id
        return self.notification_status == "ready" and mail.state in (False, "cancel")
