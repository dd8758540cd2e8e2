from odoo import api, models
from odoo.tools import format_datetime

from ..tools import events as ev


class MailTrackingEmail(models.Model):
    """On what the state rests: who said so, and who will say no more."""

    _inherit = "mail.tracking.email"

    def _get_evidence_words(self):
        """On what a state that is no failure rests, in plain words.

        :rtype: str
        """
        self.ensure_one()
        words = ""
        if self.state == ev.DELIVERED:
            words = self._get_delivered_by(self.answering_server, self.reporting_server)
        elif self.state == ev.SENT and self.reporting_server:
            words = self._get_relayed_to(self.answering_server, self.reporting_server)
        elif self.state == ev.SENT:
            words = self._get_delivery_report_label(self.delivery_report)
        return self._with_notes(words)

    def _with_notes(self, words):
        """Words on a state, with what they are not sure of.

        :param str words: in plain words, may be empty
        :rtype: str
        """
        notes = [self._get_behind_words(self.final_recipient)] if self.final_recipient else []
        if self.is_unproven:
            notes.append(self.env._("without key"))
        if not words or not notes:
            return words or ", ".join(notes)
        return self.env._("%(words)s (%(notes)s)", words=words, notes=", ".join(notes))

    @api.model
    def _get_behind_words(self, address):
        """Say that it was not the address itself that failed.

        :param str address: the one that did
        :rtype: str
        """
        return self.env._("behind this address: %(address)s", address=address)

    def _with_retry(self, reason):
        """The reason of a delay, with how long it may last.

        :param str reason: in plain words
        :rtype: str
        """
        if self.state != ev.DEFERRED or not self.retry_until:
            return reason
        return self.env._(
            "%(reason)s, retried until %(time)s",
            reason=reason or self.env._("Delayed"),
            time=format_datetime(self.env, self.retry_until, dt_format="short"),
        )

    def _get_delivered_by(self, server, reporter):
        """Who says that a mail was delivered.

        :param str server: the server that accepted the mail, if known
        :param str reporter: the server that reports it, if known
        :rtype: str
        """
        if server and reporter and server != reporter:
            return self.env._(
                "%(server)s accepted it (report of %(reporter)s)", server=server, reporter=reporter
            )
        if server and not reporter:
            return self.env._("%(server)s accepted it", server=server)
        if reporter:
            return self.env._("report of %(reporter)s", reporter=reporter)
        return ""

    def _get_relayed_to(self, server, reporter):
        """Where the trail of a mail ends.

        :param str server: the server that does not report, if known
        :param str reporter: the server that passed the mail on
        :rtype: str
        """
        if not server or server == reporter:
            return self.env._(
                "%(reporter)s handed it over to a server that does not report delivery",
                reporter=reporter,
            )
        return self.env._(
            "handed over to %(server)s, which does not report delivery (report of %(reporter)s)",
            server=server,
            reporter=reporter,
        )

    def _get_delivery_report_label(self, word):
        """What will be known of a mail that was handed over.

        :param str word: of ``delivery_report``, or False
        :rtype: str
        """
        return {
            "success": self.env._("handed over to a server that reports delivery, if it can"),
            "failure": self.env._("handed over to a server that reports failures and delays"),
            "off": self.env._("handed over to a server that was not asked to report delivery"),
            "none": self.env._("handed over to a server that does not report delivery"),
            "service": self.env._("handed over to an email service that reports delivery"),
        }.get(word) or ""
