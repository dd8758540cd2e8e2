from odoo import api, fields, models
from odoo.tools import format_datetime, formatLang

from .mail_tracking_email import to_time


class ReportProof(models.AbstractModel):
    """Values of the printed proof of sending."""

    _name = "report.mail_tracking.report_proof"
    _description = "Proof of sending"

    @api.model
    def _get_report_values(self, docids, data=None):
        docs = self.env["mail.tracking.email"].browse(docids)
        states = dict(docs._fields["shown_state"]._description_selection(self.env))
        letters = {}
        for tracking, email in zip(docs, docs._get_proof_emails(), strict=True):
            # sudo: res.company - the letterhead of the company that sent the email
            letters.setdefault(tracking.company_id.sudo(), []).append(email)
        return {
            "letters": letters,
            "states": states,
            "is_postmaster": self.env.user.has_group("mail_tracking.group_postmaster"),
            "format_time": self._format_time,
            "format_number": lambda number: formatLang(self.env, number, digits=0),
            "now": self._format_time(fields.Datetime.now()),
        }

    @api.model
    def _format_time(self, value):
        """A time of a proof in the time zone of the user, which it names."""
        if isinstance(value, str):
            value = to_time(value)
        return format_datetime(self.env, value, dt_format="long") if value else ""
