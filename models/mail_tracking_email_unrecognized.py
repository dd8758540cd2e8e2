import hashlib
import time

from odoo import api, models

from ..tools import events as ev
from .mail_tracking_email_report import MAX_ANSWER


class MailTrackingEmail(models.Model):
    """Mails that came back and that nobody understood: kept, and they decide nothing."""

    _inherit = "mail.tracking.email"

    @api.model
    def _apply_unrecognized(self, references, text, report_id, tokens=()):
        """Keep a mail that reached a bounce address with the tracking that it refers to.

        :param Report references: what the mail refers to, see ``tools.report.references``
        :param str text: what the mail says
        :param str report_id: identity of the mail, so that it is kept once
        :param tokens: tokens in the address that the mail came to
        :return: whether it refers to a mail of ours
        :rtype: bool
        """
        candidates, proven = self._find_for_report(references, tokens)
        row = candidates[:1]  # whom of several it is about is not known
        if row and candidates._get_report_room(proven).take(row.id, ev.UNRECOGNIZED):
            digest = hashlib.sha256(report_id.encode("utf-8", "replace")).hexdigest()[:32]
            row.event_create(
                ev.UNRECOGNIZED,
                {
                    "event_key": f"report:{row.id}:{digest}",
                    "source": "report",
                    "timestamp": time.time(),
                    "error_details": text[:MAX_ANSWER],
                    "is_unproven": not proven,
                },
            )
        return bool(row)
