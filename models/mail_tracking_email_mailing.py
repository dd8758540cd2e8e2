from odoo import api, fields, models

from .mail_send_batch import PlainRow

#: states that mass_mailing calls a bounce
TRACE_BOUNCED = ("bounced", "soft-bounced", "rejected")
#: states of its traces that a bounce may follow; a failure and an answer stay what they are
TRACE_SENT = ("sent", "open")


class MailTrackingEmail(models.Model):
    """Mails of mass_mailing, where that is installed: its traces and our rows agree.

    Such a mail carries its pixel alone, so we are told of openings by ``ir.http``; and as
    we read reports before anybody else, its traces are told of what came back by us.
    """

    _inherit = "mail.tracking.email"

    @api.model
    def _mailing_hit(self, mail_id, metadata):
        """Log a hit on the pixel that mass_mailing put into a mail.

        :param int mail_id: number of the mail
        :param dict metadata: see ``_pixel_hit``
        :return: whether it was one: somebody who may be tracked, and no repetition
        :rtype: bool
        """
        rows = self.search([("mail_id_int", "=", mail_id), ("successor_id", "=", False)])
        if len({row.envelope_token or row for row in rows}) != 1:
            return False
        row = rows[0]
        if self.env["ir.mail_server"]._tracking_img_disabled(row.id):
            return False
        if any(self.env["res.partner"]._get_tracking_opt_outs(PlainRow.of(rows)).values()):
            return False
        return row._log_opening(metadata)

    mailing_id_int = fields.Integer(
        "Mailing number",
        readonly=True,
        help="Number of the mailing that the email is part of.",
    )

    def _supersede_failures_of_mailing(self):
        """Let these new rows stand for those that the same mailing failed before.

        To try again, mass_mailing deletes the mails that failed, and makes new ones.
        """
        rows = self.filtered("mailing_id_int")
        found = self.search(
            [
                ("needs_action", "=", True),
                ("model", "in", list(set(rows.mapped("model")))),
                ("res_id", "in", list(set(rows.mapped("res_id")))),
                ("mailing_id_int", "in", list(set(rows.mapped("mailing_id_int")))),
            ]
        )
        failed = (found - rows).grouped(lambda row: row._get_mailing_key())
        for row in rows:
            if before := failed.get(row._get_mailing_key()):
                before._supersede(row)
        superseded = self.union(*failed.values()).filtered("successor_id")
        superseded.mail_message_id._tracking_update_needs_action()
        superseded._tracking_ping_without_message()

    def _get_mailing_key(self):
        """What tells the recipients of mailings apart."""
        return self.mailing_id_int, self.model, self.res_id, self.recipient_address

    def _sync_notifications(self):
        """Override to let the traces of mass_mailing follow as well."""
        res = super()._sync_notifications()
        bounced = self.filtered(lambda row: row.mail_id_int and row.state in TRACE_BOUNCED)
        for reason, rows in bounced.grouped("error_description").items():
            self._mailing_bounced([("mail_mail_id_int", "in", rows.mapped("mail_id_int"))], reason)
        return res

    @api.model
    def _mailing_bounced(self, domain, reason):
        """Mark traces of mass_mailing as bounced.

        :param list domain: which traces
        :param str reason: what the mail server said
        """
        if "mailing.trace" not in self.env:
            return
        # sudo: mailing.trace - follows evidence, not a user's wish
        traces = self.env["mailing.trace"].sudo()
        traces = traces.search([*domain, ("trace_status", "in", TRACE_SENT)])
        if traces:
            traces.set_bounced(bounce_message=reason)
