from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.mail import email_normalize_all

from ..sending.send_batch import CoreFailure


class MailTrackingEmail(models.Model):
    """Dead addresses: what is not sent to them, and what waits until they are corrected."""

    _inherit = "mail.tracking.email"

    # ------------------------------------------------------------
    # NOT SENT
    # ------------------------------------------------------------

    def _get_dead_failures(self):
        """Why emails are not sent, as their address is dead; the same few queries for any number.

        What somebody sends again is sent: they were told, and decided.

        :return: tracking id -> a ``CoreFailure`` that all of them share
        :rtype: dict
        """
        company_ids = self.env["res.company"]._get_ids_that_skip_dead()
        checked = self.filtered(
            lambda tracking: (
                (tracking.company_id or self.env.company).id in company_ids
                and tracking.recipient_address
                and not tracking.resent_by_id
            )
        )
        proofs = self._search_dead(set(checked.mapped("recipient_address")))
        proof_by_address = {proof.recipient_address: proof for proof in proofs}
        dead = checked.filtered(lambda tracking: tracking.recipient_address in proof_by_address)
        dead = dead.filtered(lambda tracking: not tracking._is_by_hand())
        failure = CoreFailure("address_dead", "")
        failure.metadata_by_address = {
            address: proof_by_address[address]._prepare_dead_metadata()
            for address in dead._get_addresses()
        }
        return dict.fromkeys(dead.ids, failure)

    def _is_by_hand(self):
        """Whether a user addressed this email to one person: they know what they do.

        With a template or without, and in whose name it may be: what code sends is of another
        type, or nobody's.
        """
        message = self.mail_message_id
        user = message.create_uid  # none, if it was deleted
        if message.message_type != "comment" or not user or user.id == SUPERUSER_ID:
            return False
        if not user._is_internal():
            return False
        named = [*message.partner_ids.ids, *email_normalize_all(message.outgoing_email_to or "")]
        return len(named) == 1 and named[0] in (self.partner_id.id, self.recipient_address)

    def _prepare_dead_metadata(self):
        """What the event *error* of another email says, as this one proved the address dead."""
        since = self.state_time or self.time
        reason = self._join_reason(
            self.env._("Address is dead (since %(date)s)", date=format_date(self.env, since)),
            self._get_reason(),
        )
        return {"dead_since": since, "error_description": reason}

    # ------------------------------------------------------------
    # WAITING
    # ------------------------------------------------------------

    @api.model
    def _get_waiting_domain(self, addresses):
        """Domain of the failed emails that wait until these addresses are corrected.

        :param addresses: bare addresses, lower case
        """
        return Domain(
            [
                ("recipient_address", "in", list(addresses)),
                ("state", "in", sorted(self._get_failed_states())),
                ("needs_action", "=", True),
            ]
        )
