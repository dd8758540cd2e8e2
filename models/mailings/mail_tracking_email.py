from odoo import api, fields, models

from ...tools import events as ev
from ...tools import modes

#: states that mass_mailing calls a bounce
TRACE_BOUNCED = ("bounced", "soft-bounced", "rejected")
#: statuses of its traces that a bounce changes; a failure or a reply stays
TRACE_SENT = ("sent", "open")


class MailTrackingEmail(models.Model):
    """Emails of mass_mailing, where that is installed: its traces and our trackings agree.

    Where the recipient may be known, such an email has only the pixel of mass_mailing, whose hits
    come by ``ir.http``; and as this addon reads reports first, it marks the traces of what bounced.
    """

    _inherit = "mail.tracking.email"

    mailing_id_int = fields.Integer(
        "Mailing number",
        readonly=True,
        help="Number of the mailing that the email is part of.",
    )

    @api.model
    def _get_of_mailing(self, params):
        """The trackings of an email of mass_mailing of which its pixel or a link was followed.

        :param dict params: of the request: ``mail_id``, or ``mailing_trace_id``
        """
        mail_id = params.get("mail_id")
        if not mail_id:
            # sudo: mailing.trace - who knows the address has the email
            trace = self.env["mailing.trace"].sudo().browse(params["mailing_trace_id"]).exists()
            mail_id = trace.mail_mail_id_int
        if not mail_id:
            return self.browse()
        return self.search([("mail_id_int", "=", mail_id), ("successor_id", "=", False)])

    def _is_noted_by_mailing(self, event_type):
        """Whether mass_mailing may note an open or a click of these emails itself.

        The switches for our image say nothing of its own.
        """
        return all(
            tracking._is_noted(event_type)
            or (
                event_type == ev.OPEN
                and not tracking.opens_refused
                and tracking.open_mode_reason in modes.SWITCHES
            )
            for tracking in self
        )

    def _log_mailing_open(self, metadata):
        """Log a hit on the pixel of mass_mailing, as far as that may be known.

        :param dict metadata: see ``_image_hit``
        """
        if len({tracking.envelope_token or tracking for tracking in self}) != 1:
            return
        tracking = self[0]
        if self.env["ir.mail_server"]._tracking_img_disabled(tracking.id):
            return
        if tracking.open_mode == modes.HYGIENE:
            tracking._note_last_open(metadata)
        else:
            tracking._log_opening(metadata)

    def _supersede_failures_of_mailing(self):
        """Replace the failed trackings of the same mailing and recipient by these new ones.

        To try again, mass_mailing deletes the emails that failed, and creates new ones.
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
        failed = (found - trackings).grouped(lambda tracking: tracking._get_mailing_key())
        for tracking in trackings:
            if before := failed.get(tracking._get_mailing_key()):
                before._supersede(tracking)
        superseded = self.union(*failed.values()).filtered("successor_id")
        superseded._sync_needs_action()

    def _get_mailing_key(self):
        """Identity of a recipient of a mailing."""
        return self.mailing_id_int, self.model, self.res_id, self.recipient_address

    def _sync_mailing_traces(self):
        """Mark the traces of mass_mailing whose trackings bounced."""
        bounced = self.filtered(
            lambda tracking: tracking.mail_id_int and tracking.state in TRACE_BOUNCED
        )
        for reason, found in bounced.grouped("error_description").items():
            self._mailing_bounced([("mail_mail_id_int", "in", found.mapped("mail_id_int"))], reason)

    @api.model
    def _mailing_bounced(self, domain, reason):
        """Mark traces of mass_mailing as bounced, with the answer of the mail server."""
        if "mailing.trace" not in self.env:
            return
        # sudo: mailing.trace - follows evidence, not a user's wish
        traces = self.env["mailing.trace"].sudo()
        traces = traces.search([*domain, ("trace_status", "in", TRACE_SENT)])
        if traces:
            traces.set_bounced(bounce_message=reason)
