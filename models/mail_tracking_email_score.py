from odoo import api, models, tools

from .doors import is_extended
from .statements import run

#: How much each state says about an address, from -100 to 100; see ``email_score``.
SCORE_WEIGHTS = {
    "error": -25,
    "rejected": -25,
    "bounced": -50,
    "soft-bounced": -10,
    "spam": -75,
    "unsub": -25,
    "deferred": 0,
    "sent": 0,
    "delivered": 5,
    "opened": 15,
}
NEUTRAL_SCORE = 50


class MailTrackingEmail(models.Model):
    """What is known of an address: its score, and whether it is dead."""

    _inherit = "mail.tracking.email"

    @api.model
    def _email_score_weights(self):
        """How much each state adds to the score of an address.

        :rtype: dict
        """
        return dict(SCORE_WEIGHTS)

    @api.private
    def email_score(self):
        """The score of the states of these records: 50 knows nothing, 100 is best.

        :rtype: float
        """
        return self._get_score({state: len(rows) for state, rows in self.grouped("state").items()})

    @api.model
    def _get_score(self, count_by_state):
        weights = self._email_score_weights()
        total = sum(weights.get(state, 0) * count for state, count in count_by_state.items())
        return float(max(0, min(100, NEUTRAL_SCORE + total)))

    @api.model
    def _get_score_by_address(self, addresses):
        """Scores of several addresses, in one query.

        Under the rules of the user: of an address that is typed, the number of a single mail
        would tell what became of it.

        :param list addresses: bare addresses, lower case
        :rtype: dict
        """
        if not self.has_access("read"):
            return {}
        groups = self._read_group(
            [("recipient_address", "in", addresses)], ["recipient_address", "state"], ["__count"]
        )
        counts = {}
        for address, state, count in groups:
            counts.setdefault(address, {})[state] = count
        return {address: self._get_score(states) for address, states in counts.items()}

    @api.model
    @api.private
    def email_score_from_email(self, email):
        """The score of an address: 50 knows nothing, 100 is best, 0 is worst.

        Of the mails that the user may see; with sudo, of all.

        :param str email: an address, with or without a name
        :rtype: float
        """
        address = tools.email_normalize(email or "", strict=False)
        if address and is_extended(self, "email_score") and self.has_access("read"):
            return self.search([("recipient_address", "=", address.lower())]).email_score()
        scores = self._get_score_by_address([address.lower()]) if address else {}
        return scores.get(address and address.lower(), float(NEUTRAL_SCORE))

    @api.model
    @api.private
    def email_is_bounced(self, email):
        """Whether the last thing that is known of this address is that it is dead.

        :param str email: an address, with or without a name
        :rtype: bool
        """
        address = tools.email_normalize(email or "", strict=False)
        if not address:
            return False
        # sudo: mail.tracking.email - one bit that tells of no single mail
        last = self.sudo().search(
            [
                ("recipient_address", "=", address.lower()),
                ("state", "not in", (False, "sent")),
                ("is_unproven", "=", False),
            ],
            limit=1,
        )
        return last.state == "bounced"

    @api.private
    def _partners_email_bounced_set(self, reason, event=None):
        """Flag the contacts that hold the addresses of these trackings as bounced.

        :param str reason: what the mail servers said
        :param event: the ``mail.tracking.event`` that brought the news
        """
        addresses = [address for address in self.mapped("recipient_address") if address]
        if not addresses:
            return
        run(self.env.cr, self._prove_dead())
        # sudo: res.partner - whoever holds the address, seen by the user or not
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners = partners.search([("email_normalized", "in", addresses)])
        partners.email_bounced_set(self, reason, event=event)
