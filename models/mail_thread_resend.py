from collections import defaultdict

from odoo import models


class MailThread(models.AbstractModel):
    """A message of a record as a mail, once more; the way core's notifications take."""

    _inherit = "mail.thread"

    def _prepare_resend_contents(self, message, resends):
        """Render the mails that carry a message, for some of its recipients.

        Mirrors ``_notify_thread_by_email``, which cannot be called: it would create
        the notifications again. Costs the same as the notification did.

        :param message: ``mail.message``, of this record or of none
        :param list resends: ``Resend`` objects of this message
        :return: iterator of pairs: values of a mail, the ``Resend`` objects it is for
        """
        thread = self._fallback_lang()
        everyone, chosen = thread._get_resend_recipients_data(message, resends)
        base_values = thread._notify_by_email_get_base_mail_values(
            message, everyone, additional_values={"auto_delete": True}
        )
        msg_vals = thread._prepare_resend_msg_vals()
        by_recipient = defaultdict(list)
        for resend in resends:
            by_recipient[resend.partner.id or resend.address].append(resend)
        for _lang, render_values, group in thread._notify_get_classified_recipients_iterator(
            message, chosen, msg_vals=msg_vals
        ):
            body = thread._notify_by_email_render_layout(
                message, group, msg_vals=msg_vals, render_values=render_values
            )
            values = thread._notify_by_email_get_final_mail_values(
                [], base_values, additional_values={"body_html": body}
            )
            values.pop("recipient_ids", None)
            recipients = [*group["recipients_ids"], *group["recipients_emails"]]
            yield values, [resend for key in recipients for resend in by_recipient.pop(key, ())]

    def _prepare_resend_msg_vals(self):
        """What to render in another way than the message says.

        Without a user whose rights could tell, changes of fields are left out: they
        may be hidden from those who get the mail.
        """
        return {"tracking_value_ids": []} if self.env.su else {}

    def _get_resend_recipients_data(self, message, resends):
        """What core knows of the recipients, see ``_notify_get_recipients``.

        :return: data of all that got the message by mail (who "Reply all" goes to),
            and of those who get it now
        :rtype: tuple
        """
        # sudo: mail.notification, mail.followers - the recipients of the first mail
        notifications = message.sudo().notification_ids.filtered(
            lambda notification: notification.notification_type == "email"
        )
        partners = notifications.res_partner_id.union(*(resend.partner for resend in resends))
        known = {}
        if partners:
            followers = self.env["mail.followers"].sudo()
            known = followers._get_recipient_data(self, "user_notification", False, partners.ids)
            known = known[self.id if self else 0]
        chosen = []
        for resend in resends:
            data = {
                **self._prepare_resend_recipient_data(resend),
                **known.get(resend.partner.id, {}),
            }
            # whatever the contact's address or way of notification is today
            data.update(active=True, email_normalized=resend.address, notif="email")
            known[resend.partner.id or resend.address] = data
            chosen.append(data)
        return list(known.values()), chosen

    def _prepare_resend_recipient_data(self, resend):
        """Data of a recipient that is no contact, as core has them."""
        return {
            "id": resend.partner.id,
            "is_follower": False,
            "name": resend.partner.name or resend.address,
            "lang": resend.partner.lang,
            "groups": [],
            "share": True,
            "type": "customer",
            "uid": False,
            "ushare": False,
        }
