from odoo import api, fields, models
from odoo.tools import SQL


class MailNotification(models.Model):
    _inherit = "mail.notification"

    # follows the flag of the message: what a user was notified of and failed is found
    # without a look at all failures, or at all notifications of the user
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
        notifications = super().create(vals_list)
        # sudo: mail.message - whether somebody has to see to it
        failed = notifications.filtered(
            lambda n: n.mail_message_id.sudo().mail_tracking_needs_action
        )
        if failed:
            # sudo: mail.notification - bookkeeping
            failed.sudo().mail_tracking_needs_action = True
        return notifications

    @api.model
    def _tracking_follow(self, messages, flag):
        """Let the flags of all notifications of these messages follow; one query.

        :param messages: ``mail.message`` records whose flag has changed
        :param bool flag: their flag
        """
        field = self._fields["mail_tracking_needs_action"]
        self.flush_model(["mail_message_id", "res_partner_id", field.name])
        query = SQL(
            "UPDATE mail_notification SET mail_tracking_needs_action = %(flag)s"
            " WHERE mail_message_id IN %(ids)s AND res_partner_id IS NOT NULL"
            " AND mail_tracking_needs_action IS DISTINCT FROM %(flag)s",
            flag=flag,
            ids=tuple(messages.ids),
        )
        # who meets another transaction here comes again
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_model([field.name])

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
