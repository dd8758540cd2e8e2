from dataclasses import replace

from odoo import api, models, tools

from ..tools import tokens
from .doors import is_extended
from .guard import tracking_guard, tracking_savepoint
from .mail_send_batch import CreatedRows, PlainRow
from .recipients import all_normalized, normalized

#: context key of a list: new mails whose rows are created together
PENDING = "mail_tracking_pending_mails"


class MailMail(models.Model):
    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        with tracking_guard("preparing the tracking of new mails"):
            mails.filtered(lambda mail: mail.state == "outgoing")._tracking_expect()
        return mails

    # ------------------------------------------------------------
    # ROWS: one for each envelope recipient
    # ------------------------------------------------------------

    def _tracking_email_prepare(self, email):
        """Values of the tracking of one recipient of this mail.

        :param dict email: an entry of ``_prepare_outgoing_list``, narrowed down to
            one recipient in ``email_to``; other keys may be missing
        :return: values for ``mail.tracking.email.create``
        :rtype: dict
        """
        self.ensure_one()
        return {**self._tracking_mail_vals(), **self._tracking_recipient_vals(email)}

    def _tracking_mail_vals(self):
        """Values that all recipients of this mail have in common.

        :rtype: dict
        """
        # sudo: mail.message - what the mail inherits from it, without a detour
        message = self.mail_message_id.sudo()
        return {
            "author_id": message.author_id.id,
            "company_id": message.record_company_id.id,
            "mail_id_int": self.id,
            "mail_message_id": message.id,
            "mailing_id_int": "mailing_id" in self._fields and self.mailing_id.id,
            "model": message.model,
            "name": message.subject,
            "res_id": message.res_id or False,
            "sender": message.email_from,
        }

    def _tracking_recipient_vals(self, email):
        """Values of one recipient alone; see ``_tracking_email_prepare``.

        :rtype: dict
        """
        recipient = email["email_to"]
        if not isinstance(recipient, str):
            recipient = ", ".join(recipient or [])
        partner = email.get("partner_id") or self.env["res.partner"]
        return {
            "is_cc": bool(email.get("is_cc")),
            "partner_id": partner.id,
            "recipient": recipient,
        }

    def _tracking_envelopes(self):
        """The emails this mail will be split into, without their bodies.

        Mirrors the recipients of core's ``_prepare_outgoing_list``, so that rows can
        exist before anything is rendered; what another addon changes there is put
        right when the mail is sent.

        :rtype: list[dict]
        """
        self.ensure_one()
        split = tools.mail.email_split_and_format_normalize
        envelopes = []
        if self.email_to:
            envelopes.append(
                {"email_to": split(self.email_to), "email_to_raw": self.email_to, "email_cc": []}
            )
        if self.email_cc:
            if not envelopes:
                envelopes.append({"email_to": [], "email_cc": []})
            envelopes[0]["email_cc"] = split(self.email_cc)
        # the order in which people read them; core's is that of the database
        for partner in self.recipient_ids.sorted(lambda p: ((p.name or "").casefold(), p.id)):
            envelopes.append(
                {
                    "email_to": [
                        tools.formataddr((partner.name or "", address))
                        for address in all_normalized(partner.email)
                    ],
                    "email_to_raw": partner.email or "",
                    "email_cc": [],
                    "partner_id": partner,
                }
            )
        return envelopes

    def _tracking_lines(self, email):
        """The envelope recipients of one email.

        :param dict email: an entry of ``_prepare_outgoing_list``
        :return: narrowed copies of it, one for each recipient
        :rtype: list[dict]
        """
        lines, seen = [], set()
        for key, is_cc in (("email_to", False), ("email_cc", True)):
            addresses = email.get(key) or []
            if isinstance(addresses, str):
                addresses = tools.mail.email_split_and_format(addresses)
            for address in addresses:
                key = normalized(address)
                if not key or key in seen:
                    continue
                seen.add(key)
                lines.append({**email, "email_to": [address], "email_cc": [], "is_cc": is_cc})
        if not lines:  # nobody can be reached: one row says so
            raw = email.get("email_to_raw") or ""
            lines.append({**email, "email_to": [raw] if raw else [], "is_cc": False})
        return lines

    def _tracking_expect(self):
        """Create the rows of these new mails, now or together with those of others.

        A message to several groups of people makes a mail for each of them; while it is
        being posted its mails gather in the context, see ``_notify_thread_by_email``.
        """
        pending = self.env.context.get(PENDING)
        if pending is None:
            self._tracking_create_rows()
        else:
            pending.extend(self.ids)

    def _tracking_create_pending(self):
        """Create the rows of the mails that gathered in the context."""
        pending = self.env.context.get(PENDING)
        if pending:
            ids, pending[:] = list(pending), []
            self.browse(ids)._tracking_create_rows()

    def _tracking_create_rows(self):
        """Create the rows of these new mails, in one INSERT."""
        vals_list = []
        for mail in self:
            vals_list += mail._tracking_email_vals(mail._tracking_envelopes())
        rows = self._tracking_insert(vals_list, is_new=True)
        CreatedRows.of(self.env.cr).add(rows)
        if any(vals.get("mailing_id_int") for vals in vals_list):
            # sudo: mail.tracking.email - the rows that were just created
            created = self.env["mail.tracking.email"].sudo().browse([row.id for row in rows])
            with tracking_savepoint(self.env):
                created._supersede_failures_of_mailing()

    def _tracking_email_vals(self, emails):
        """Values of the rows of emails of this mail.

        :param list emails: entries of ``_prepare_outgoing_list``
        :rtype: list[dict]
        """
        is_seen = is_extended(self, "_tracking_email_prepare")
        mail_vals = {} if is_seen else self._tracking_mail_vals()
        prepare = self._tracking_email_prepare if is_seen else self._tracking_recipient_vals
        vals_list = []
        for email in emails:
            lines = self._tracking_lines(email)
            shared = tokens.new_token() if len(lines) > 1 else False
            # the same keys for everybody: what differs would be inserted apart
            common = {"envelope_token": shared, **mail_vals}
            vals_list += [{**common, **prepare(line)} for line in lines]
        return vals_list

    def _tracking_insert(self, vals_list, *, is_new=False):
        """Create rows, in one round trip.

        :param list vals_list: values as ``mail.tracking.email.create`` takes them
        :param bool is_new: see ``PlainRow``
        :rtype: list[PlainRow]
        """
        # sudo: mail.tracking.email - nobody may create these by hand, sending does
        Tracking = self.env["mail.tracking.email"].sudo()
        if not vals_list:
            return []
        vals_list = [Tracking._prepare_create_vals(vals) for vals in vals_list]
        with tracking_savepoint(self.env):
            rows = PlainRow.of(Tracking.create(vals_list), is_new=is_new)
        return [replace(row, vals=vals) for row, vals in zip(rows, vals_list, strict=True)]
