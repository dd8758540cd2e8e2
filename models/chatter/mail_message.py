import base64
import hashlib
import json
from collections import defaultdict
from datetime import datetime, timedelta
from operator import itemgetter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from odoo.addons.mail.tools.discuss import Store

from ...tools import body as body_tools
from ..guard import get_batch
from .mail_tracking_email import UNTRACKED

#: Bus: the status of messages of a record changed; its readers fetch it.
UPDATED = "mail_tracking/updated"
SUBCHANNEL = "mail_tracking"
#: Key in the data of a transaction: what was looked up, while the hook is called for each message.
LOOKED_UP = "mail_tracking.status"
#: What recipients may have in common, which the client gets once.
SHARED = (
    "status",
    "status_human",
    "error_type",
    "error_description",
    "reason",
    "evidence",
    "isCc",
    "state",
    "shared",
    "is_answered",
)
get_shared = itemgetter(*SHARED)
EPOCH, SECOND = datetime(1970, 1, 1), timedelta(seconds=1)


class MailMessage(models.Model):
    """The status of the emails of a message, for those who may read it."""

    _inherit = "mail.message"

    mail_tracking_ids = fields.One2many(
        "mail.tracking.email",
        "mail_message_id",
        "Tracking emails",
        groups="base.group_system",
        copy=False,
        help="Status of the emails of this message, one line for each recipient.",
    )
    email_to = fields.Char(
        "To",
        compute="_compute_email_headers",
        inverse="_inverse_email_to",
        help="To whom a received email was addressed.",
    )
    email_cc = fields.Char(
        "Cc",
        compute="_compute_email_headers",
        inverse="_inverse_email_cc",
        help="Who got a copy of a received email.",
    )

    @api.depends("incoming_email_to", "incoming_email_cc")
    def _compute_email_headers(self):
        """Names of an earlier version for what core stores itself since Odoo 19."""
        for message in self:
            message.email_to = message.incoming_email_to
            message.email_cc = message.incoming_email_cc

    def _inverse_email_to(self):
        for message in self:
            message.incoming_email_to = message.email_to

    def _inverse_email_cc(self):
        for message in self:
            message.incoming_email_cc = message.email_cc

    # ------------------------------------------------------------
    # RECIPIENTS
    # ------------------------------------------------------------

    @api.private
    def tracking_status(self):
        """The status of this message for each recipient.

        It is called for each message that is shown, see ``_get_tracking_status``.

        :return: dicts with ``status``, ``status_human``, ``error_type``,
            ``error_description``, ``tracking_id``, ``recipient``, ``partner_id``, ``isCc`` ...
        :rtype: list[dict]
        """
        self.ensure_one()
        found = self.env.cr.precommit.data.get(LOOKED_UP, {})
        if self.id not in found:
            found = self._look_up_tracking_status()
        return found[self.id]

    def _get_tracking_status(self):
        """The same of many messages: looked up together, and the hook is called for each."""
        data = self.env.cr.precommit.data
        data[LOOKED_UP] = self._look_up_tracking_status()
        try:
            return {message: message.tracking_status() for message in self}
        finally:
            data.pop(LOOKED_UP, None)

    def _look_up_tracking_status(self):
        # sudo: mail.tracking.email, mail.notification - who may read a message may see of it
        return self.env["mail.tracking.email"].sudo()._get_status_by_message(self.sudo())

    def get_tracking_details(self, tracking_id):
        """The events of one recipient of this message, in plain words.

        :param int tracking_id: a ``mail.tracking.email`` of this message
        :rtype: dict
        :raise AccessError: when the user may not read the message
        """
        self.ensure_one()
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users may see the tracking of emails."))
        self.check_access("read")
        # sudo: mail.tracking.email - who may read the message may see its status
        Tracking = self.env["mail.tracking.email"].sudo()
        tracking = Tracking.search([("id", "=", tracking_id), ("mail_message_id", "=", self.id)])
        return tracking._get_details() if tracking else {"events": []}

    # ------------------------------------------------------------
    # CLIENT
    # ------------------------------------------------------------

    def _to_store_defaults(self, target):
        defaults = super()._to_store_defaults(target)
        if target.is_internal(self.env):
            defaults.append("partner_trackings")
        return defaults

    def _to_store(self, store: Store, fields, **kwargs):
        others = [field for field in fields if field != "partner_trackings"]
        is_wanted = len(others) < len(fields)
        if "body" in others:
            others += [Store.Attr("body", _clean_body, predicate=_has_pixel)]
        res = super()._to_store(store, others, **kwargs)
        # a message that is just being pushed has no news yet, and costs no query
        if is_wanted and not kwargs.get("msg_vals"):
            messages = self.filtered(lambda message: message.model != "discuss.channel")
            messages._recipients_to_store(store)
            messages._reminders_to_store(store)
        return res

    def _recipients_to_store(self, store):
        """Add the recipients of these messages, with their status.

        Page after page shows the same few words and contacts: what recipients have in common,
        and what is known of a contact, is sent once.
        """
        found = self._get_tracking_status()
        contacts = self._contacts_to_store(
            store, {line.get("partner_id", False) for lines in found.values() for line in lines}
        )
        status_ids = {}
        for message, recipients in found.items():
            lines = []
            for recipient in recipients:
                if recipient.keys() != UNTRACKED.keys():  # another addon has more or less to say
                    recipient = {**UNTRACKED, **recipient}
                shared = get_shared(recipient)
                status_id = status_ids.get(shared)
                if not status_id:
                    status_id = status_ids[shared] = self._status_to_store(store, shared)
                lines.append(self._prepare_line(recipient, status_id, contacts))
            if lines:
                # sudo: mail.message - whether somebody has to see to it
                flag = message.sudo().mail_tracking_needs_action
                values = {"mail_tracking_needs_action": flag, "tracking_lines": lines}
                opens = max(recipient.get("message_opens", 0) for recipient in recipients)
                if opens:
                    values["mail_tracking_opens"] = opens
                store.add_model_values("mail.message", {"id": message.id, **values})

    def _contacts_to_store(self, store, partner_ids):
        """Add contacts that the client does not know yet; return id -> (name, address) of all."""
        known = {
            values["id"]: (values["name"] or "", values["email"] or False)
            for values in store.data.get("res.partner", {}).values()
            if "name" in values and "email" in values
        }
        # sudo: res.partner - names of the recipients of messages that the user may read
        partners = self.env["res.partner"].sudo().browse(partner_ids - known.keys() - {False})
        store.add(partners, ["name", "email"])
        return known | {partner.id: (partner.name or "", partner.email) for partner in partners}

    @api.model
    def _status_to_store(self, store, shared):
        """Add what several recipients have in common; return the id of the record."""
        values = dict(zip(SHARED, shared, strict=True))
        text = json.dumps(values, sort_keys=True)
        digest = hashlib.sha256(text.encode()).digest()
        status_id = base64.urlsafe_b64encode(digest[:6]).decode()
        store.add_model_values("mail.tracking.status", {"id": status_id, "values": values})
        return status_id

    @api.model
    def _prepare_line(self, recipient, status_id, contacts):
        """What the client gets of one recipient, besides the status and what a contact tells."""
        partner_id, time = recipient["partner_id"], recipient["time"]
        line = {
            "id": recipient["tracking_id"],
            "partner": partner_id,
            "status": status_id,
            "time": time and (time - EPOCH) // SECOND,
        }
        name, email = contacts.get(partner_id, ("", False))
        if recipient["recipient"] != name:
            line["recipient"] = recipient["recipient"]
        if recipient["email"] != email:
            line["email"] = recipient["email"]
        for key in ("open_count", "click_count"):
            if recipient[key]:
                line[key] = recipient[key]
        if len(recipient) > len(UNTRACKED):
            line.update((key, recipient[key]) for key in recipient.keys() - UNTRACKED.keys())
        return line

    def _tracking_to_store(self, store):
        """News about messages for a client, which knows them or not.

        The counter of the Failed mailbox goes along, as it follows them.

        :param Store store: of the user
        """
        store.add_global_values(**self._get_failed_values())
        store.add(self)
        store.add(self, ["mail_tracking_needs_action"])

    # ------------------------------------------------------------
    # LIVE
    # ------------------------------------------------------------

    def _notify_tracking_update(self):
        """Notify those who look at the records of these messages; one bus message a record.

        The bus carries numbers of messages only. Clients fetch the news themselves, in
        their own language and under their own rights at that moment.
        """
        if batch := get_batch(self.env):
            batch.notify(self)
            return
        ids_by_thread = defaultdict(list)
        # sudo: mail.message - only where they are shown; clients get nothing but their ids
        shown = self.sudo().search_fetch([("id", "in", self.ids)], ["model", "res_id"], order="id")
        for message in shown:
            ids_by_thread[message.model, message.res_id].append(message.id)
        for (model, res_id), message_ids in ids_by_thread.items():
            self._send_tracking_update(model, res_id, message_ids=message_ids)

    @api.model
    def _send_tracking_update(self, model, res_id, **values):
        if model in self.env and res_id:
            thread = self.env[model].browse(res_id)
            self.env["bus.bus"]._sendone((thread, SUBCHANNEL), UPDATED, values)


def _has_pixel(message):
    return body_tools.strip_pixels(message.body) != message.body


def _clean_body(message):
    """The body without the pixels of a quoted mail: to show them would count as an open."""
    # it was sanitized when it was stored; taking images out keeps it so
    return Markup(body_tools.strip_pixels(message.body))  # noqa: S704
