from odoo import models

from ..tools.headers import all_plain
from .doors import is_extended
from .guard import tracking_guard
from .ir_mail_server import TOKEN_HEADER
from .mail_tracking_email import MAX_INDEXED
from .recipients import normalized

#: how the address of mass_mailing's own pixel in a mail begins; see ``_mailing_hit``
FOREIGN_PIXEL = "/mail/track/%s/"


class MailMail(models.Model):
    """Marking: the emails that are about to leave get the token of their row."""

    _inherit = "mail.mail"

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
        Server = (batch.mail_server or self.env["ir.mail_server"]).with_env(self.env)
        # sudo: mail.alias.domain - which addresses are ours
        domain = (self.record_alias_domain_id or self.env.company.alias_domain_id).sudo()
        batch.note_thread(self)
        for email, rows in zip(emails, self._tracking_match(batch, emails), strict=True):
            leader = rows[0]
            # core hands the very same dict to every recipient
            headers = {**(email.get("headers") or {}), TOKEN_HEADER: leader.token}
            headers = all_plain(Server._tracking_headers_add(leader.id, headers))
            email["headers"] = domain._tracking_bounce_headers(batch, leader.token, headers)
            batch.add_envelope(leader.token, self.id, rows)
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
        batch.matched_mail_ids.add(self.id)
        known = _KnownRows(batch.rows_by_mail.get(self.id, ()))
        plan, missing = [], []
        for email in emails:
            entry = [known.take(*key) for key in self._tracking_line_keys(email)]
            if None in entry:
                vals_list = self._tracking_email_vals([email])
                missing += [vals for row, vals in zip(entry, vals_list, strict=True) if not row]
            plan.append(entry)
        created = iter(self._tracking_insert(missing))
        plan = [[row or next(created) for row in entry] for entry in plan]
        batch.surplus_ids += [row.id for row in known.left() if not row.state]
        batch.rows_by_mail[self.id] = [row for entry in plan for row in entry]
        left = [row.id for row in known.left()]
        if left:
            rows = [row.id for row in batch.rows_by_mail[self.id]] if missing else []
            # sudo: mail.tracking.email - rows of the mail that is being sent
            Tracking = self.env["mail.tracking.email"].sudo()
            self._tracking_supersede(Tracking.browse(left), Tracking.browse(rows))
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
            Tracking = batch.env["mail.tracking.email"]
            private = Tracking.browse([row.id for row in asked])._filter_opted_out()
            batch.is_private.update({row.id: row.id in private._ids for row in asked})
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
