from odoo import api, fields, models

#: states that mass_mailing calls a bounce
TRACE_BOUNCED = ("bounced", "soft-bounced", "rejected")
#: states of its traces that a bounce may follow; a failure and an answer stay what they are
TRACE_SENT = ("sent", "open")


class MailTrackingEmail(models.Model):
    """Mails of mass_mailing, where that is installed: its traces and our trackings agree.

    Such a mail carries its pixel alone, so we are told of openings by ``ir.http``; and as
    we read reports before anybody else, its traces are told of what came back by us.
    """

    _inherit = "mail.tracking.email"

    mailing_id_int = fields.Integer(
        "Mailing number",
        readonly=True,
        help="Number of the mailing that the email is part of.",
    )

    @api.model
    def _mailing_hit(self, mail_id, metadata):
        """Log a hit on the pixel that mass_mailing put into a mail.

        :param int mail_id: number of the mail
        :param dict metadata: see ``_pixel_hit``
        :return: whether it was one: somebody who may be tracked, and no repetition
        :rtype: bool
        """
        trackings = self.search([("mail_id_int", "=", mail_id), ("successor_id", "=", False)])
        if len({row.envelope_token or row for row in trackings}) != 1:
            return False
        if self.env["ir.mail_server"]._tracking_img_disabled(trackings[0].id):
            return False
        if trackings._filter_opted_out():
            return False
        return trackings[0]._log_opening(metadata)

    def _supersede_failures_of_mailing(self):
        """Let these new trackings stand for those that the same mailing failed before.

        To try again, mass_mailing deletes the mails that failed, and makes new ones.
        """
        trackings = self.filtered("mailing_id_int")
        if not trackings:
            return
        found = self.search(
            [
                ("needs_action", "=", True),
                ("model", "in", list(set(trackings.mapped("model")))),
                ("res_id", "in", list(set(trackings.mapped("res_id")))),
                ("mailing_id_int", "in", list(set(trackings.mapped("mailing_id_int")))),
            ]
        )
        failed = (found - trackings).grouped(lambda row: row._get_mailing_key())
        for row in trackings:
            if before := failed.get(row._get_mailing_key()):
                before._supersede(row)
        superseded = self.union(*failed.values()).filtered("successor_id")
        superseded._sync_needs_action()

    def _get_mailing_key(self):
        """What tells the recipients of mailings apart."""
        return self.mailing_id_int, self.model, self.res_id, self.recipient_address

    def _sync_mailing_traces(self):
        """Let the traces of mass_mailing follow these trackings."""
        bounced = self.filtered(lambda row: row.mail_id_int and row.state in TRACE_BOUNCED)
        for reason, rows in bounced.grouped("error_description").items():
            self._mailing_bounced([("mail_mail_id_int", "in", rows.mapped("mail_id_int"))], reason)

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
