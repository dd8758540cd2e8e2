from collections import defaultdict
from urllib.parse import urlsplit

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
        msg_vals = thread._prepare_resend_msg_vals(message)
        by_recipient = defaultdict(list)
        for resend in resends:
            by_recipient[resend.contact.id or resend.address].append(resend)
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

    def _get_resend_hosts(self):
        """The hosts that links to this Odoo name in the mails of this record."""
        # sudo: ir.config_parameter - the address that every mail shows
        base_url = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        urls = [base_url, self.get_base_url() or ""]
        if "website" in self.env:
            # sudo: website - public addresses
            urls += self.env["website"].sudo().search([("domain", "!=", False)]).mapped("domain")
        return {urlsplit(url if "//" in url else f"//{url}").netloc for url in urls} - {""}

    def _prepare_resend_msg_vals(self, message=None):
        """What to render in another way than the message says.

        Changes of fields are left out where no user's rights decide, and where the user may
        see more of them than the author.
        """
        nothing = {"tracking_value_ids": []}
        if self.env.su:
            return nothing
        # sudo: mail.message - whose rights the first mail was rendered with
        author = message.sudo().author_id.main_user_id if message else self.env.user
        if author and author != self.env.user:
            values = message.sudo().tracking_value_ids
            seen = values._filter_has_field_access(self.env)
            if seen - values._filter_has_field_access(self.with_user(author).env):
                return nothing
        return {}

    def _get_resend_recipients_data(self, message, resends):
        """What core knows of the recipients, see ``_notify_get_recipients``.

        :return: data of all that got the message by mail (who "Reply all" goes to),
            and of those who get it now
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
            stranger = self._prepare_resend_stranger_data(resend)
            data = {
                **stranger,
                "id": resend.partner.id,
                **known.get(resend.partner.id, {}),
                # whatever the contact's address or way of notification is today
                **{key: stranger[key] for key in ("active", "email_normalized", "notif")},
            }
            known[resend.partner.id or resend.address] = data
            chosen.append(stranger if resend.is_for_stranger else data)
        return list(known.values()), chosen

    def _prepare_resend_stranger_data(self, resend):
        """Data of an address that is not known to be a contact's, as core has them."""
        return {
            "active": True,
            "email_normalized": resend.address,
            "id": False,
            "is_follower": False,
            "name": resend.partner.name or resend.address,
            "lang": resend.partner.lang,
            "groups": [],
            "notif": "email",
            "share": True,
            "type": "customer",
            "uid": False,
            "ushare": False,
        }
