from dataclasses import replace

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import is_html_empty

from ...tools.links import strip_keys
from .resend import Resend, read_address, replace_address

#: Statuses of the chatter in which a recipient did not get the message.
FAILED_STATUSES = ("error", "no_email")
#: States in which it is not known whether the recipient got it.
UNCERTAIN_STATES = ("sent", "deferred")


class MailMessage(models.Model):
    """Resend: to whom, and what."""

    _inherit = "mail.message"

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    def _check_can_resend(self):
        """Make sure that the user may resend these messages.

        :raise AccessError: for users who may not review their failures, see
            ``_check_can_resolve``, or may not read their records
        """
        self._check_can_resolve()
        if self - self._filter_readable_with_record():
            raise AccessError(
                self.env._("Only those who may read the record can resend its messages.")
            )

    def _filter_readable_with_record(self):
        """Those of these messages that the user may read, together with their records.

        Who wrote a message or was notified once may read it for ever. Its mail, and what becomes
        of it, show the record as it is today.
        """
        messages = self.with_context(allowed_company_ids=[])._filtered_access("read")
        # sudo: mail.message - where they belong to, access to themselves was checked
        on_records = messages.sudo().filtered(lambda message: message.model and message.res_id)
        forbidden = set()
        for model, group in on_records.grouped("model").items():
            allowed = ()
            if model in self.env and not self.env[model]._abstract:
                records = self.env[model].browse(set(group.mapped("res_id"))).exists()
                allowed = messages._filter_records_for_message_operation(model, records.ids, "read")
            res_ids = {record.id for record in allowed}
            forbidden.update(message.id for message in group if message.res_id not in res_ids)
        return self.filtered(
            lambda message: message.id in messages._ids and message.id not in forbidden
        )

    # ------------------------------------------------------------
    # DIALOG
    # ------------------------------------------------------------

    def get_resend_details(self):
        """To whom this message can be resent.

        :return: ``message_id``, ``subject``, ``record_name`` and ``recipients``, the
            failed ones first
        :rtype: dict
        :raise AccessError: when the message is not the user's to resend
        """
        self.ensure_one()
        self._check_can_resend()
        choices = self._get_resend_choices()
        partners = self.env["res.partner"].browse({r.partner.id for _line, r in choices} - {False})
        writable = partners.exists()._filtered_access("write")
        recipients = [
            self._prepare_resend_recipient(line, resend, resend.partner.id in writable._ids)
            for line, resend in choices
        ]
        recipients.sort(key=lambda recipient: not recipient.pop("failed"))
        return {
            "message_id": self.id,
            "subject": self.subject or "",
            "record_name": self.record_name or "",
            "recipients": recipients,
        }

    def _get_resend_choices(self):
        """The recipients who failed, or of whom nobody knows.

        :return: pairs of a line of the chatter and a ``Resend``
        """
        self.ensure_one()
        lines = [
            line
            for line in self.tracking_status()
            if line["status"] in FAILED_STATUSES or line.get("state") in UNCERTAIN_STATES
        ]
        # sudo: mail.tracking.email - who may resolve a failure may see it
        Tracking = self.env["mail.tracking.email"].sudo()
        trackings = Tracking.browse([line["tracking_id"] for line in lines if line["tracking_id"]])
        by_tracking = {resend.trackings[-1].id: resend for resend in trackings._get_resends()}
        choices = []
        for line in lines:
            if resend := by_tracking.get(line["tracking_id"]) or self._get_resend_of_partner(line):
                choices.append((line, resend))
        return choices

    def _get_resend_of_partner(self, line):
        """A recipient who has a notification of core only, or None."""
        if line["tracking_id"] or not line["partner_id"]:
            return None
        # sudo: res.partner - a recipient of the message
        partner = self.env["res.partner"].sudo().browse(line["partner_id"])
        trackings = self.env["mail.tracking.email"].sudo()
        return Resend(self.sudo(), trackings, partner, partner.email_normalized or "")

    @api.model
    def _prepare_resend_recipient(self, line, resend, can_save):
        failed = line["status"] in FAILED_STATUSES
        return {
            "key": resend.key,
            "tracking_id": line["tracking_id"],
            "partner_id": line["partner_id"],
            "name": line["recipient"],
            "email": resend.address,
            "status": line["status"],
            "status_human": line["status_human"],
            "reason": line["error_description"] or "",
            "isCc": line["isCc"],
            "failed": failed,
            # who complained about the mail did get it
            "selected": failed and line.get("state") != "spam",
            "can_save": can_save,
        }

    def resend_to(self, recipients):
        """Resend this message to these recipients only.

        :param list recipients: dicts with ``key`` (as ``get_resend_details`` gave it),
            ``email`` (the address to use) and ``save`` (write it to the contact, where
            the user may)
        :return: ``errors``, a list of dicts with ``key`` and ``message``; where there
            are any, nothing was sent or written
        :rtype: dict
        :raise AccessError: when the message is not the user's to resend
        """
        self.ensure_one()
        self._check_can_resend()
        chosen, errors = self._read_resend_recipients(recipients)
        if errors:
            return {"errors": errors}
        for resend, save in chosen:
            if save:
                self._save_resend_address(resend)
        resends = [resend for resend, _save in chosen]
        # sudo: mail.tracking.email - access to the failures was checked
        self.env["mail.tracking.email"].sudo()._resend(resends)
        return {"errors": []}

    def _read_resend_recipients(self, recipients):
        """What the client asks for, as far as it can be done.

        :return: pairs of a ``Resend`` and whether to save its address; errors
        """
        known = {resend.key: resend for _line, resend in self._get_resend_choices()}
        chosen, errors = [], []
        for recipient in recipients:
            key = recipient.get("key")
            resend, address = known.pop(key, None), read_address(recipient.get("email"))
            if resend is None:
                text = self.env._("This message was resent to this recipient already.")
            elif not address:
                text = self.env._("This is not a valid email address.")
            else:
                resend = replace(resend, address=address)
                save = bool(recipient.get("save")) and self._can_save_resend_address(resend)
                if save or self._can_render_for(resend):
                    chosen.append((resend, save))
                    continue
                text = self.env._(
                    "This email was written for its recipient alone. Correct the address of the "
                    "contact to send it there."
                )
            errors.append({"key": key, "message": text})
        if not chosen and not errors:
            errors.append({"key": False, "message": self.env._("Choose at least one recipient.")})
        return chosen, errors

    @api.model
    def _can_save_resend_address(self, resend):
        """Whether there is a contact to correct, and the user may."""
        partner = self.env["res.partner"].browse(resend.partner.id)
        return bool(partner) and resend.is_for_stranger and partner.has_access("write")

    @api.model
    def _save_resend_address(self, resend):
        """Write a corrected address to the contact, with the rights of the user."""
        partner = self.env["res.partner"].browse(resend.partner.id)
        old = resend.trackings[-1:].recipient_address or ""
        partner.write({"email": replace_address(partner.email, old, resend.address)})

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def _is_mail_alone(self):
        """Whether this was written as a mail, and not as a message of the chatter."""
        return self.message_type == "email_outgoing" and not self.email_layout_xmlid

    @api.model
    def _can_render_for(self, resend):
        """Whether there is anything to be sent: of a mail, the text may be in the mail alone."""
        message = resend.message
        is_empty = message._is_mail_alone() and is_html_empty(message.body)
        return not (is_empty and resend.is_for_stranger)

    def _prepare_resend_contents(self, resends):
        """This message as it was sent, without recipients.

        :param list resends: ``Resend`` objects of this message
        :return: pairs of values of a mail and the ``Resend`` objects that it is for
        """
        self.ensure_one()
        contents = []
        if known := [resend for resend in resends if not resend.is_for_stranger]:
            contents += self._render_resends(known, self._get_resend_thread())
        if strangers := [resend for resend in resends if resend.is_for_stranger]:
            # no more than the user sees who sends it there
            thread = self._get_resend_thread(self.env.user)
            for vals, group in self._render_resends(strangers, thread):
                body = strip_keys(vals["body_html"], thread._get_resend_hosts())
                contents.append(({**vals, "body_html": body}, group))
        return contents

    def _render_resends(self, resends, thread):
        """The content of this message for these recipients, see ``_prepare_resend_contents``.

        :param thread: the record with the rights that its layout is rendered with
        """
        if not self._is_mail_alone():
            return list(thread._prepare_resend_contents(self.with_env(thread.env), resends))
        vals = {
            "mail_message_id": self.id,
            "is_notification": True,
            "body_html": self.body,
            "references": self.parent_id.message_id,
            "auto_delete": True,
        }
        return [(vals, resends)]

    def _get_chatter_record(self):
        """The record of this message, if it has a chatter; else the empty model of chatters."""
        Model = self.env.get(self.model)
        if self.res_id and isinstance(Model, self.pool["mail.thread"]) and not Model._abstract:
            return Model.browse(self.res_id)
        return self.env["mail.thread"]

    def _get_resend_thread(self, *users):
        """The record of this message, as the one may see it for whom its mail is rendered.

        Layouts show values of the record, changes of fields among them. They are
        rendered with the rights of the author, as the first time, or else with those
        of the user who sends the message again.

        :param users: whose rights to take instead, the first who may read it
        """
        thread = self._get_chatter_record()
        # sudo: mail.message - the user of the author, hidden or not
        for user in users or (self.sudo().author_id.main_user_id, self.env.user):
            if not user.active or not user._is_internal():
                continue
            own = thread.with_user(user).with_context(allowed_company_ids=[])
            if (own or self.with_env(own.env)).has_access("read"):
                return own
        # sudo: mail.thread - neither may see it any more, see _prepare_resend_msg_vals
        return thread.sudo().with_context(allowed_company_ids=[])
