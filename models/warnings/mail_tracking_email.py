from odoo import api, models
from odoo.tools import format_date

from ...tools import reasons
from ..contacts.mail_tracking_email import ALIVE_STATES


class MailTrackingEmail(models.Model):
    """Domains that have no mail server, as far as earlier emails tell."""

    _inherit = "mail.tracking.email"

    _dead_domain_idx = models.Index("(recipient_domain) WHERE is_address_dead IS TRUE")

    @api.model
    def _search_unknown_domains(self, domains):
        """The trackings that found no mail server for these domains, the latest last; one query.

        :param domains: names in lower case
        """
        # sudo: mail.tracking.email - what is known of a domain, no matter who wrote to it
        trackings = self.env["mail.tracking.email"].sudo()
        if not domains:
            return trackings
        return trackings.search(
            [
                ("recipient_domain", "in", list(domains)),
                ("is_address_dead", "=", True),
                ("error_type", "=", reasons.HOST_UNKNOWN),
            ],
            order="state_time, id",
        )

    @api.model
    def _get_working_addresses(self, addresses):
        """Those of these addresses at which an email is known to have arrived; one query."""
        if not addresses:
            return set()
        # sudo: mail.tracking.email - whether an address works, no matter who wrote to it
        groups = self.sudo()._read_group(
            [
                ("recipient_address", "in", addresses),
                ("state", "in", ALIVE_STATES),
                ("is_unproven", "=", False),
            ],
            ["recipient_address"],
        )
        return {address for (address,) in groups}

    def _get_dead_words(self):
        """That this email came back, as a warning to those who write to its address."""
        reason = self._get_reason_label(self.error_type)
        values = {
            "address": self.recipient_address,
            "date": format_date(self.env, self.state_time),
            "reason": reason,
        }
        if not reason:
            return self.env._("An email to %(address)s failed on %(date)s.", **values)
        return self.env._("An email to %(address)s failed on %(date)s: %(reason)s.", **values)

    def _get_unknown_domain_words(self):
        """That no mail server was found for the domain of this email."""
        return self.env._(
            "No mail server was found for %(domain)s (%(date)s).",
            domain=self.recipient_domain,
            date=format_date(self.env, self.state_time),
        )
