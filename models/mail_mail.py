from odoo import api, models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools import body as body_tools
from ..tools import smtp, tokens
from .guard import tracking_guard
from .ir_mail_server import TOKEN_HEADER
from .mail_send_batch import Attempt, SendBatch

#: mark of the pixel of mass_mailing, which tells us of the opening as well
FOREIGN_PIXEL = "/mail/track/"


class MailMail(models.Model):
    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        with tracking_guard("preparing the tracking of new mails"):
            mails.filtered(lambda mail: mail.state == "outgoing")._tracking_create_missing()
        return mails

    def write(self, vals):
        res = super().write(vals)
        if vals.get("state") == "cancel":
            self._tracking_drop_waiting()
        return res

    def unlink(self):
        if any(mail.state in ("outgoing", "cancel") for mail in self):
            self._tracking_drop_waiting()
        return super().unlink()

    def _tracking_drop_waiting(self):
        """Forget the rows of mails that will never be tried: they wait for nothing."""
        with tracking_guard("forgetting mails that are given up"), self.env.cr.savepoint():
            # sudo: mail.tracking.email - technical records of mails that the user may change
            self.env["mail.tracking.email"].sudo().search(
                [("mail_id_int", "in", self.ids), ("state", "=", False)]
            ).unlink()

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
        recipient = email["email_to"]
        if not isinstance(recipient, str):
            recipient = ", ".join(recipient or [])
        partner = email.get("partner_id") or self.env["res.partner"]
        return {
            "author_id": self.author_id.id,
            "company_id": self.record_company_id.id,
            "is_cc": bool(email.get("is_cc")),
            "mail_id_int": self.id,
            "mail_message_id": self.mail_message_id.id,
            "name": self.subject,
            "partner_id": partner.id,
            "recipient": recipient,
            "sender": self.email_from,
        }

    def _tracking_envelopes(self):
        """The e-mails this mail will be split into, without their bodies.

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
        for partner in self.recipient_ids:
            envelopes.append(
                {
                    "email_to": [
                        tools.formataddr((partner.name or "", address))
                        for address in tools.mail.email_normalize_all(partner.email)
                    ],
                    "email_to_raw": partner.email or "",
                    "email_cc": [],
                    "partner_id": partner,
                }
            )
        return envelopes

    def _tracking_lines(self, email):
        """The envelope recipients of one e-mail.

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
                normalized = tools.email_normalize(address, strict=False)
                if not normalized or normalized in seen:
                    continue
                seen.add(normalized)
                lines.append({**email, "email_to": [address], "email_cc": [], "is_cc": is_cc})
        if not lines:  # nobody can be reached: one row says so
            raw = email.get("email_to_raw") or ""
            lines.append({**email, "email_to": [raw] if raw else [], "is_cc": False})
        return lines

    def _tracking_create_missing(self):
        """Create the rows of these mails, in one INSERT."""
        vals_list = []
        for mail in self:
            for email in mail._tracking_envelopes():
                vals_list += mail._tracking_envelope_vals(email)
        return self._tracking_insert(vals_list)

    def _tracking_envelope_vals(self, email):
        lines = self._tracking_lines(email)
        vals_list = [self._tracking_email_prepare(line) for line in lines]
        if len(vals_list) > 1:
            shared = tokens.new_token()
            for vals in vals_list:
                vals["envelope_token"] = shared
        return vals_list

    def _tracking_insert(self, vals_list):
        # sudo: mail.tracking.email - nobody may create these by hand, sending does
        Tracking = self.env["mail.tracking.email"].sudo()
        if not vals_list:
            return Tracking
        with self.env.cr.savepoint():
            return Tracking.create(vals_list)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Override of ``mail`` to collect the outcome for each recipient.

        :raise MailDeliveryException: with ``raise_exception``, the first failure, but
            only after the other recipients had their mail
        """
        args = {
            "auto_commit": auto_commit,
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        if self.env["ir.mail_server"]._disable_send():
            return super()._send(**args)
        batch = SendBatch(mail_server or None, auto_commit)
        with tracking_guard("looking up the tracking of mails"):
            batch.rows_by_mail = self._tracking_rows()
        mails = self.with_context(mail_tracking_batch=batch)
        try:
            res = super(MailMail, mails)._send(**args)
        finally:
            batch.close()
        mails._tracking_write(batch)
        if raise_exception and batch.errors:
            raise_delivery_error(self.env, batch.errors[0])
        return res

    def _tracking_rows(self):
        """The existing rows of these mails.

        :return: mail id -> rows
        :rtype: dict
        """
        # sudo: mail.tracking.email - the mails being sent
        rows = self.env["mail.tracking.email"].sudo().search([("mail_id_int", "in", self.ids)])
        return rows.grouped("mail_id_int")

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        emails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        batch = self.env.context.get("mail_tracking_batch")
        if batch is not None:
            with tracking_guard(f"marking mail {self.id}"):
                self._tracking_mark(batch, emails, mail_server)
        return emails

    def _tracking_mark(self, batch, emails, mail_server):
        """Give each e-mail the token of its row, and its pixel."""
        Server = self.env["ir.mail_server"]
        rows_by_email = self._tracking_match(batch, emails)
        pixel_off = mail_server and not mail_server.sudo().mail_tracking_pixel
        private = self._tracking_private(batch)
        for email, rows in zip(emails, rows_by_email, strict=True):
            leader = rows[0]
            # a copy: core hands the very same dict to every recipient
            headers = dict(email.get("headers") or {})
            headers[TOKEN_HEADER] = leader.token
            email["headers"] = Server._tracking_headers_add(leader.id, headers)
            batch.add_envelope(leader.token, self, rows)
            if pixel_off or any(private(row) for row in rows):
                continue
            if Server._tracking_img_disabled(leader.id):
                continue
            email["body"] = self._tracking_add_pixel(email.get("body") or "", leader)

    def _tracking_add_pixel(self, html, row):
        if FOREIGN_PIXEL in html:
            return html
        return body_tools.add_pixel(html, row._get_pixel_url())

    def _tracking_match(self, batch, emails):
        """The rows of each e-mail; missing ones are created, surplus ones dropped.

        :return: for each e-mail its rows, the first is the one that lends its token
        :rtype: list
        """
        known = {}
        existing = batch.rows_by_mail.get(self.id) or self.env["mail.tracking.email"].sudo()
        for row in existing:
            known.setdefault((row.partner_id.id, row.recipient_address or ""), row)
        plan, missing = [], []
        for email in emails:
            entry = []
            for vals in self._tracking_envelope_vals(email):
                address = tools.email_normalize(vals["recipient"], strict=False) or ""
                row = known.pop((vals["partner_id"], address), None)
                if row is None and not vals["partner_id"]:
                    # sent again to an address that the contact does not have
                    key = next((key for key in known if key[1] == address), None)
                    row = known.pop(key, None)
                if row is None:
                    missing.append(vals)
                entry.append(row)
            plan.append(entry)
        created = iter(self._tracking_insert(missing))
        plan = [[row or next(created) for row in entry] for entry in plan]
        surplus = [row.id for row in known.values() if not row.state]
        if surplus:
            with self.env.cr.savepoint():
                existing.browse(surplus).unlink()
        rows_by_email = [existing.browse([row.id for row in entry]) for entry in plan]
        if missing and known:
            self._tracking_supersede(
                existing.browse([row.id for row in known.values()]) - existing.browse(surplus),
                existing.browse().union(*rows_by_email),
            )
        batch.rows_by_mail[self.id] = existing.browse().union(*rows_by_email)
        return rows_by_email

    def _tracking_private(self, batch):
        """A test that tells whose mail carries no pixel; one query for the batch."""
        if batch.private_partner_ids is None:
            rows = self.env["mail.tracking.email"].union(*batch.rows_by_mail.values())
            # sudo: res.partner - what people decided about being tracked
            partners = (
                self.env["res.partner"]
                .sudo()
                .with_context(active_test=False)
                .search_fetch(
                    [
                        ("mail_tracking_consent", "=", "no"),
                        "|",
                        ("id", "in", rows.partner_id.ids),
                        (
                            "email_normalized",
                            "in",
                            [address for address in rows.mapped("recipient_address") if address],
                        ),
                    ],
                    ["email_normalized"],
                )
            )
            batch.private_partner_ids = set(partners.ids)
            batch.private_addresses = set(partners.mapped("email_normalized"))

        def private(row):
            return (
                row.partner_id.mail_tracking_consent == "no"
                or row.partner_id.id in batch.private_partner_ids
                or (row.recipient_address and row.recipient_address in batch.private_addresses)
            )

        return private

    # ------------------------------------------------------------
    # OUTCOME
    # ------------------------------------------------------------

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of ``mail`` to put the true reasons in, and to note the outcome."""
        batch = self.env.context.get("mail_tracking_batch")
        if batch is None:
            batch = SendBatch()
            with tracking_guard("looking up the tracking of mails"):
                batch.rows_by_mail = self._tracking_rows()
                if failure_type == "mail_smtp":  # core tells not which server it was
                    batch.mail_server = self._tracking_get_server()
        with tracking_guard("noting the outcome of mails"):
            failure_type, failure_reason = self._tracking_collect(
                batch, success_pids, success_emails, failure_type, failure_reason
            )
        res = super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if batch.auto_commit or self.env.context.get("mail_tracking_batch") is None:
            self._tracking_write(batch)
        return res

    def _tracking_collect(self, batch, success_pids, success_emails, failure_type, reason):
        """Complete the attempts of these mails by what core concluded.

        :return: failure type and reason for core's own records
        :rtype: tuple
        """
        if len(self) == 1 and batch.attempts.get(self.id) and failure_type:
            failure_type, reason = self._tracking_true_failure(batch, failure_type, reason)
        for mail in self:
            attempts = batch.attempts[mail.id]
            for row in batch.rows_by_mail.get(mail.id) or ():
                if row.id in attempts or (row.state and not failure_type):
                    continue
                text = reason or mail.failure_reason or ""
                self._tracking_conclude(
                    batch, mail, row, success_pids, success_emails, failure_type, text
                )
        return failure_type, reason

    def _tracking_conclude(
        self, batch, mail, row, success_pids, success_emails, failure_type, text
    ):
        """Note the outcome of a row that passed through no ``send_email`` of ours."""
        delivered = row.partner_id in success_pids or row.recipient_address in {
            tools.email_normalize(address, strict=False) for address in success_emails
        }
        metadata = {"smtp_server": batch.mail_server and batch.mail_server.sudo().smtp_host or ""}
        if failure_type and not delivered:
            metadata.update(error_type=failure_type, error_description=text)
            batch.attempts[mail.id][row.id] = Attempt(row, RuntimeError(text), metadata)
        elif delivered or mail.state == "sent":
            batch.attempts[mail.id][row.id] = Attempt(row, metadata=metadata)

    def _tracking_true_failure(self, batch, failure_type, reason):
        """What core may say of a mail that core believes to have no valid recipient.

        While others got the mail, core may go on as it likes. Where nobody did, the
        mail keeps the true reason, and is kept for a retry unless that is hopeless.
        """
        failed = [a for a in batch.attempts[self.id].values() if a.exception is not None]
        if not failed or self.id in batch.sent_mail_ids:
            return failure_type, reason
        first = failed[0]
        values = first.row._tracking_error_prepare(first.exception, first.metadata)
        failure_type = first.row._get_failure_type(values)
        reason = values["error_description"]
        self.write({"failure_type": failure_type, "failure_reason": reason})
        return failure_type, reason

    def _tracking_write(self, batch):
        """Write the collected outcomes: events and states, each in one statement."""
        attempts = [a for per_mail in batch.attempts.values() for a in per_mail.values()]
        batch.attempts.clear()
        if not attempts:
            return
        with tracking_guard("writing the outcome of mails"):
            # sudo: mail.tracking.email - the mails that were just sent
            Tracking = self.env["mail.tracking.email"].sudo()
            Event = self.env["mail.tracking.event"].sudo()
            vals_list = []
            for attempt in attempts:
                row = attempt.row.with_env(Tracking.env)
                if attempt.exception is None:
                    vals_list.append(Event.process_sent(row, attempt.metadata))
                else:
                    metadata = row._tracking_error_prepare(attempt.exception, attempt.metadata)
                    vals_list.append(Event.process_error(row, metadata))
            Tracking._apply_events(vals_list)


def raise_delivery_error(env, cause):
    """Raise the failure of a mail as core's ``send_email`` would have done.

    :raise MailDeliveryException: always
    """
    failure = smtp.describe(cause)
    raise MailDeliveryException(env._("Mail Delivery Failed"), failure.text) from cause
