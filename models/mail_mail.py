from odoo import api, models, tools

from ..tools import tokens
from ..tools.headers import plain
from .doors import has_stored_computes, is_extended
from .guard import tracking_guard, tracking_savepoint
from .ir_mail_server import TOKEN_HEADER
from .mail_send_batch import CreatedRows, PlainRow
from .mail_tracking_email import MAX_INDEXED, normalized

#: how the address of mass_mailing's own pixel in a mail begins; see ``_mailing_hit``
FOREIGN_PIXEL = "/mail/track/%s/"
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
        with tracking_guard("forgetting mails that are given up"), tracking_savepoint(self.env):
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
                        for address in tools.mail.email_normalize_all(partner.email)
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
            for email in mail._tracking_envelopes():
                vals_list += mail._tracking_envelope_vals(email)
        CreatedRows.of(self.env.cr).add(self._tracking_insert(vals_list, is_new=True))

    def _tracking_envelope_vals(self, email):
        lines = self._tracking_lines(email)
        shared = tokens.new_token() if len(lines) > 1 else False
        # the same keys for everybody: what differs would be inserted apart
        return [{"envelope_token": shared, **self._tracking_email_prepare(line)} for line in lines]

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
        if is_extended(Tracking, "create") or has_stored_computes(Tracking):
            with tracking_savepoint(self.env):
                return PlainRow.of(Tracking.create(vals_list), is_new=is_new)
        vals_list = [Tracking._prepare_create_vals(vals) for vals in vals_list]
        ids = Tracking._insert_rows(vals_list)
        return [
            PlainRow.of_values(row_id, vals, is_new=is_new)
            for row_id, vals in zip(ids, vals_list, strict=True)
        ]

    # ------------------------------------------------------------
    # MARKING: the emails that are about to leave
    # ------------------------------------------------------------

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        emails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        batch = self.env.context.get("mail_tracking_batch")
        if batch is not None:
            with tracking_guard(f"marking mail {self.id}"):
                self._tracking_mark(batch, emails)
        return emails

    def _tracking_mark(self, batch, emails):
        """Give each email the token of its row, and note which of them get a pixel."""
        Server = batch.mail_server or self.env["ir.mail_server"]
        # sudo: mail.alias.domain - which addresses are ours
        domain = (self.record_alias_domain_id or self.env.company.alias_domain_id).sudo()
        for email, rows in zip(emails, self._tracking_match(batch, emails), strict=True):
            leader = rows[0]
            # a copy: core hands the very same dict to every recipient
            headers = dict(email.get("headers") or {})
            headers[TOKEN_HEADER] = plain(TOKEN_HEADER, leader.token)
            headers = Server._tracking_headers_add(leader.id, headers)
            email["headers"] = domain._tracking_bounce_headers(batch, leader.token, headers)
            batch.add_envelope(leader.token, self, rows)
            if batch.is_pixel_off or self._tracking_is_private(batch, rows):
                continue
            if Server._tracking_img_disabled(leader.id):
                continue
            if FOREIGN_PIXEL % self.id in (email.get("body") or ""):
                continue
            batch.pixels[leader.token] = self.env["mail.tracking.email"]._prepare_pixel_url(
                leader.id, leader.token
            )

    def _tracking_match(self, batch, emails):
        """The rows of each email; missing ones are created, surplus ones dropped.

        :return: for each email its rows, the first is the one that lends its token
        :rtype: list[list[PlainRow]]
        """
        known = _KnownRows(batch.rows_by_mail.get(self.id, ()))
        plan, missing = [], []
        for email in emails:
            entry = [known.take(*key) for key in self._tracking_line_keys(email)]
            if None in entry:
                vals_list = self._tracking_envelope_vals(email)
                missing += [vals for row, vals in zip(entry, vals_list, strict=True) if not row]
            plan.append(entry)
        created = iter(self._tracking_insert(missing))
        plan = [[row or next(created) for row in entry] for entry in plan]
        batch.surplus_ids += [row.id for row in known.left() if not row.state]
        batch.rows_by_mail[self.id] = [row for entry in plan for row in entry]
        tried = [row.id for row in known.left() if row.state]
        if missing and tried:
            rows = [row.id for row in batch.rows_by_mail[self.id]]
            # sudo: mail.tracking.email - rows of the mail that is being sent
            Tracking = self.env["mail.tracking.email"].sudo()
            self._tracking_supersede(Tracking.browse(tried), Tracking.browse(rows))
        return plan

    def _tracking_line_keys(self, email):
        """By what the rows of one email are found: contact and address of each.

        :param dict email: an entry of ``_prepare_outgoing_list``
        :rtype: list[tuple]
        """
        lines = self._tracking_lines(email)
        if is_extended(self, "_tracking_email_prepare"):
            vals_list = [self._tracking_email_prepare(line) for line in lines]
            keys = [(vals["partner_id"], vals["recipient"]) for vals in vals_list]
        else:
            partner = email.get("partner_id")
            keys = [(partner and partner.id, "".join(line["email_to"])) for line in lines]
        return [
            (partner_id, normalized(recipient).lower()[:MAX_INDEXED])
            for partner_id, recipient in keys
        ]

    def _tracking_is_private(self, batch, rows):
        """Whether somebody among these recipients wants no pixel.

        :param SendBatch batch: remembers the answers
        :param list rows: the recipients of one email
        :rtype: bool
        """
        if any(row.id not in batch.is_private for row in rows):
            asked = [row for own in batch.rows_by_mail.values() for row in own]
            batch.is_private.update(self.env["res.partner"]._get_tracking_opt_outs(asked))
        return any(batch.is_private[row.id] for row in rows)


class _KnownRows:
    """The rows of one mail, to be taken by the emails they belong to."""

    def __init__(self, rows):
        self._rows = list(rows)

    def take(self, partner_id, address):
        """The row of a recipient, which is not found a second time; or None.

        An email that names no partner may be that of one all the same: a mail that
        was sent again to a corrected address.
        """
        same = [row for row in self._rows if row.recipient_address == address]
        row = next((row for row in same if row.partner_id == (partner_id or False)), None)
        if row is None and not partner_id and address and same:
            row = same[0]
        if row is not None:
            self._rows.remove(row)
        return row

    def left(self):
        """Those that nobody took."""
        return self._rows
