from odoo import api, models
from odoo.tools import SQL

from .doors import is_extended

#: States that tell nothing about an address: nothing was decided yet, or never tried.
UNDECIDED = ("error", "deferred")
SOFT_LIMIT_PARAMETER = "mail_tracking.soft_bounces_to_flag"
#: More mails in a row are never looked at.
MAX_SOFT_LIMIT = 100


class MailTrackingEmail(models.Model):
    """Which contacts hold an address that does not work any more."""

    _inherit = "mail.tracking.email"

    @api.model
    def _flag_bounced(self, events):
        """Flag the contacts whose address these new events prove dead.

        Hard evidence does so at once, failures that do not prove it by their number, where
        the settings say so. Reports that anybody could have written never do.

        :param events: new ``mail.tracking.event``
        """
        proven = events.filtered(lambda event: not event.is_unproven)
        hard = proven.filtered(lambda event: event.event_type == "hard_bounce")
        soft = proven.filtered(lambda event: event.event_type == "soft_bounce")
        evidence = {event.recipient_address: event for event in hard}
        if soft and (limit := self._get_soft_limit()):
            addresses = {event.recipient_address for event in soft} - set(evidence)
            tired = self._filter_soft_bounced(addresses - {False}, limit)
            evidence.update(
                (event.recipient_address, event)
                for event in soft
                if event.recipient_address in tired
            )
        evidence.pop(False, None)
        if evidence:
            self._flag_addresses(evidence)

    @api.model
    def _flag_addresses(self, evidence):
        """Flag the contacts that hold these addresses, and are not flagged yet.

        :param dict evidence: address -> ``mail.tracking.event`` that decided
        """
        if is_extended(self, "_partners_email_bounced_set"):
            for event in evidence.values():
                row = event.tracking_email_id
                row._partners_email_bounced_set(row._get_bounce_reason(event), event=event)
            return
        # sudo: res.partner - whoever holds the address, seen by the user or not
        partners = (
            self.env["res.partner"]
            .sudo()
            .search([("email_normalized", "in", list(evidence)), ("email_bounced", "=", False)])
        )
        for address, holders in partners.grouped("email_normalized").items():
            event = evidence[address]
            row = event.tracking_email_id
            holders.email_bounced_set(row, row._get_bounce_reason(event), event=event)

    @api.model
    def _get_bounce_reason(self, event):
        """What the mail servers said, and what it means.

        :param event: ``mail.tracking.event``
        :rtype: str
        """
        return self._join_reason(self._get_reason_label(event.error_type), event.error_description)

    @api.model
    def _get_soft_limit(self):
        """How many soft bounces in a row flag an address; 0 for never."""
        # sudo: ir.config_parameter - settings of the database
        value = self.env["ir.config_parameter"].sudo().get_param(SOFT_LIMIT_PARAMETER) or "0"
        return min(int(value), MAX_SOFT_LIMIT) if value.strip().isdigit() else 0

    @api.model
    def _filter_soft_bounced(self, addresses, limit):
        """Those of the addresses whose last mails were all returned.

        Mails that were sent after the last returned one have yet to be heard of, and do not
        count; one in between that was not returned breaks the row.

        :param set addresses: bare addresses
        :param int limit: how many mails
        :return: addresses
        :rtype: set
        """
        if not addresses:
            return set()
        self.flush_model(["recipient_address", "state", "time", "is_unproven"])
        return {
            address
            for (address,) in self.env.execute_query(
                SQL(
                    """
                    SELECT asked.address
                      FROM unnest(%(addresses)s) asked (address)
                CROSS JOIN LATERAL (
                           SELECT time, id FROM mail_tracking_email
                            WHERE recipient_address = asked.address
                              AND state = 'soft-bounced' AND is_unproven IS NOT TRUE
                         ORDER BY time DESC, id DESC LIMIT 1) newest
                CROSS JOIN LATERAL (
                           SELECT count(*) AS count FROM (
                                  SELECT state, is_unproven FROM mail_tracking_email
                                   WHERE recipient_address = asked.address
                                     AND state NOT IN %(undecided)s
                                     AND (time, id) <= (newest.time, newest.id)
                                ORDER BY time DESC, id DESC LIMIT %(limit)s) last
                            WHERE state = 'soft-bounced' AND is_unproven IS NOT TRUE) run
                     WHERE run.count = %(limit)s
                    """,
                    addresses=list(addresses),
                    undecided=UNDECIDED,
                    limit=limit,
                )
            )
        }
