from collections import Counter, defaultdict

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import events as ev
from ...tools import reasons, smtp_setup
from ..guard import lock
from .mail_bounced_mixin import CLEARED

#: States of a mail that arrived: its address works, where that is proven.
ALIVE_STATES = (ev.DELIVERED, ev.OPENED)
#: States of mails that can prove an address dead.
PROVING_STATES = (ev.ERROR, ev.SOFT_BOUNCED, ev.BOUNCED)
#: States that say nothing about an address: nothing was decided yet, or never tried.
UNDECIDED = ("error", "deferred")
SOFT_LIMIT_PARAMETER = "mail_tracking.soft_bounces_to_flag"
#: More mails in a row are never looked at.
MAX_SOFT_LIMIT = 100
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
#: What no server of the recipient said: outages of ours or on the way, and what is no address.
UNSCORED_ERRORS = (
    *smtp_setup.REASONS,
    "mail_smtp",
    reasons.NETWORK,
    "no_recipient",
    "invalid_address",
    "address_dead",
)


def is_scored(state, error_type):
    """Whether a recipient's server said so, or the recipient did it."""
    return state != ev.ERROR or error_type not in UNSCORED_ERRORS


class MailTrackingEmail(models.Model):
    """What is known of an address: whether it is dead, and its score."""

    _inherit = "mail.tracking.email"

    is_address_dead = fields.Boolean(
        "Address dead",
        readonly=True,
        copy=False,
        help="This email proved that the address is dead, and nothing has been heard of it since.",
    )

    _dead_address_idx = models.Index("(recipient_address) WHERE is_address_dead IS TRUE")

    # ------------------------------------------------------------
    # DEAD ADDRESSES
    # ------------------------------------------------------------

    def _filter_address_evidence(self, before):
        """Those of these trackings that prove whether their address works.

        :param dict before: tracking id -> state, and whether it was unproven: a mail that was
            known to have arrived proves nothing new
        """
        return self.filtered(
            lambda tracking: (
                tracking.recipient_address
                and not tracking.is_unproven
                and (
                    tracking.state in PROVING_STATES
                    or (
                        tracking.state in ALIVE_STATES
                        and before.get(tracking.id) != (tracking.state, False)
                    )
                )
            )
        )

    def _update_contacts(self, events, max_marks=None):
        """Mark contacts whose address is proved dead; take the mark away where a mail arrived.

        :param events: new ``mail.tracking.event``, of these and of other trackings
        :param int max_marks: leave more than so many to the cron, and what our own mail server
            refused: sending changes no contacts
        :raise psycopg2.Error, LockError: where somebody is writing these contacts
        """
        alive = self.filtered(lambda tracking: tracking.state in ALIVE_STATES)
        if alive:
            self._revive_addresses(alive._get_addresses())
        suspects = self - alive
        if max_marks is not None:
            suspects = suspects.filtered(lambda tracking: tracking.state != ev.ERROR)
        if not suspects:
            return
        dead = events._filter_of(suspects)._filter_dead()
        if max_marks is not None and len(dead) > max_marks:
            dead._set_pending()
        elif dead:
            self._mark_dead(dead)

    @api.model
    def _mark_dead(self, events):
        """Mark the contacts that hold the addresses of these events, together for each reason.

        :param events: ``mail.tracking.event`` that prove the addresses dead
        """
        addresses = set(events.mapped("recipient_address"))
        known = set(self._search_dead(addresses).mapped("recipient_address"))
        proofs = {tracking.recipient_address: tracking.id for tracking in events.tracking_email_id}
        proofs = self.browse(
            tracking_id for address, tracking_id in proofs.items() if address not in known
        )
        proofs.is_address_dead = True
        for error_type, same in events.grouped("error_type").items():
            reason = self._get_reason_label(error_type) or same[0].error_description or ""
            trackings = same.tracking_email_id
            trackings._partners_email_bounced_set(reason, event=same[0])
            for model in self._get_other_bounceable_models():
                records = model._search_bounceable(
                    set(same.mapped("recipient_address")), is_bounced=False
                )
                records.email_bounced_set(trackings, reason, event=same[0])

    @api.private
    def _partners_email_bounced_set(self, reason, event=None):
        """Mark the contacts that hold the addresses of these trackings as bounced.

        :param str reason: what the mail servers said
        :param event: the ``mail.tracking.event`` that proved it
        """
        addresses = set(self._get_addresses())
        if not addresses:
            return
        if not self._search_dead(addresses):  # who calls this may know more than our events
            self.filtered(lambda tracking: tracking.state in PROVING_STATES)[
                :1
            ].is_address_dead = True
        # sudo: res.partner - all who have the address, seen by the user or not
        partners = self.env["res.partner"].sudo()
        partners = partners._search_bounceable(addresses, is_bounced=False)
        partners.email_bounced_set(self, reason, event=event)

    @api.model
    def _search_dead(self, addresses):
        """The trackings that prove addresses dead, the latest of an address last; one query.

        :param addresses: bare addresses, lower case
        """
        # sudo: mail.tracking.email - what is known of an address, no matter who wrote to it
        trackings = self.env["mail.tracking.email"].sudo()
        if not addresses:
            return trackings
        return trackings.search_fetch(
            [("recipient_address", "in", list(addresses)), ("is_address_dead", "=", True)],
            ["recipient_address"],
            order="state_time, id",
        )

    @api.model
    def _revive_addresses(self, addresses):
        """Forget that these addresses were dead: something arrived there, or came from there.

        :param list addresses: bare addresses, lower case
        :raise LockError, psycopg2.errors.SerializationFailure: where somebody else does so, too
        """
        if proofs := self._search_dead(addresses):
            lock(proofs)
            proofs.is_address_dead = False
        # sudo: all who have the address, seen by the user or not
        for model in (self.env["res.partner"].sudo(), *self._get_other_bounceable_models()):
            marked = model._search_bounceable(addresses, is_bounced=True)
            if marked:
                lock(marked)
                marked.write(dict(CLEARED))

    @api.model
    def _get_other_bounceable_models(self):
        """Models besides contacts whose records are marked."""
        names = self.pool.descendants(["mail.bounced.mixin"], "_inherit")
        # sudo: all who have the address, seen by the user or not
        models = [self.env[name].sudo() for name in names if name != "res.partner"]
        return [model for model in models if model._auto and not model._abstract]

    @api.model
    def _get_soft_limit(self):
        """How many soft bounces in a row mark an address; 0 for never."""
        # sudo: ir.config_parameter - settings of the database
        value = self.env["ir.config_parameter"].sudo().get_param(SOFT_LIMIT_PARAMETER) or "0"
        return min(int(value), MAX_SOFT_LIMIT) if value.strip().isdecimal() else 0

    @api.model
    def _filter_soft_bounced(self, addresses, limit):
        """Those of the addresses whose last mails were all returned.

        Mails that were sent after the last returned one have yet to be heard of, and do not
        count; one in between that was not returned breaks the series, and so does one that
        failed at an address behind this one. What carries no key says nothing either way.

        :param set addresses: bare addresses
        :param int limit: how many mails
        """
        if not addresses:
            return set()
        self.flush_model(["recipient_address", "state", "time", "is_unproven", "final_recipient"])
        query = """
            SELECT asked.address
              FROM unnest(%(addresses)s) asked (address)
        CROSS JOIN LATERAL (
                   SELECT time, id FROM mail_tracking_email
                    WHERE recipient_address = asked.address
                      AND state = 'soft-bounced' AND is_unproven IS NOT TRUE
                      AND final_recipient IS NULL
                 ORDER BY time DESC, id DESC LIMIT 1) newest
        CROSS JOIN LATERAL (
                   SELECT count(*) AS count FROM (
                          SELECT state, final_recipient FROM mail_tracking_email
                           WHERE recipient_address = asked.address
                             AND state NOT IN %(undecided)s
                             AND is_unproven IS NOT TRUE
                             AND (time, id) <= (newest.time, newest.id)
                        ORDER BY time DESC, id DESC LIMIT %(limit)s) last
                    WHERE state = 'soft-bounced' AND final_recipient IS NULL) run
             WHERE run.count = %(limit)s
        """
        found = self.env.execute_query(
            SQL(query, addresses=list(addresses), undecided=UNDECIDED, limit=limit)
        )
        return {address for (address,) in found}

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
        # sudo: mail.tracking.email - one bit that reveals no single mail
        last = self.sudo().search(
            [
                ("recipient_address", "=", address.lower()),
                ("state", "not in", (False, "sent")),
                ("is_unproven", "=", False),
                ("error_type", "!=", "address_dead"),  # follows from what was known
            ],
            limit=1,
        )
        return last.state == "bounced"

    # ------------------------------------------------------------
    # SCORE
    # ------------------------------------------------------------

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
        told = self.filtered(
            lambda row: not row.successor_id and is_scored(row.state, row.error_type)
        )
        by_state = told.grouped("state")
        return self._get_score({state: len(rows) for state, rows in by_state.items()})

    @api.model
    def _get_score(self, count_by_state):
        weights = self._email_score_weights()
        total = sum(weights.get(state, 0) * count for state, count in count_by_state.items())
        return float(max(0, min(100, NEUTRAL_SCORE + total)))

    @api.model
    def _get_figures(self, addresses, partner_ids=()):
        """How many emails contacts got, and scores of addresses; one query.

        Under the rules of the user: a number fits the list behind it, and of an address that is
        typed, the number of a single mail would reveal its status. An attempt that was followed
        by another is not the last word on its mail.

        :param list addresses: bare addresses, lower case
        :param list partner_ids: ids of contacts
        :return: id of a contact -> number, and address -> score
        :rtype: tuple
        """
        if not self.has_access("read"):
            return {}, {}
        numbers, states_by_address = Counter(), defaultdict(Counter)
        of_whom = Domain("recipient_address", "in", addresses)
        of_whom |= Domain("partner_id", "in", partner_ids)
        for partner, address, state, error_type, count in self._read_group(
            Domain("successor_id", "=", False) & of_whom,
            ["partner_id", "recipient_address", "state", "error_type"],
            ["__count"],
        ):
            numbers[partner.id] += count
            if is_scored(state, error_type):
                states_by_address[address][state] += count
        scores = {address: self._get_score(states) for address, states in states_by_address.items()}
        return numbers, scores

    @api.model
    @api.private
    def email_score_from_email(self, email):
        """The score of an address: 50 knows nothing, 100 is best, 0 is worst.

        Of the mails that the user may see; with sudo, of all.

        :param str email: an address, with or without a name
        :rtype: float
        """
        address = (tools.email_normalize(email or "", strict=False) or "").lower()
        _numbers, scores = self._get_figures([address]) if address else ({}, {})
        return scores.get(address, float(NEUTRAL_SCORE))


class MailTrackingEvent(models.Model):
    _inherit = "mail.tracking.event"

    def _filter_dead(self):
        """Those of these events that prove an address dead.

        Hard evidence does so at once, failures that do not prove it by their number, where
        the settings say so. Reports that anybody could have written never do.
        """
        proven = self.filtered(lambda event: event.recipient_address and not event.is_unproven)
        # who opened the mail has an address that works, so the state has a say
        dead = proven.filtered(
            lambda e: (
                (e.event_type == ev.HARD_BOUNCE and e.tracking_email_id.state == ev.BOUNCED)
                or (e.is_address_refused and e.tracking_email_id.state == ev.ERROR)
            )
        )
        soft = proven.filtered(
            lambda event: event.event_type == ev.SOFT_BOUNCE and not event.final_recipient
        )
        Tracking = self.env["mail.tracking.email"]
        if limit := soft and Tracking._get_soft_limit():
            series = Tracking._filter_soft_bounced(set(soft.mapped("recipient_address")), limit)
            dead |= soft.filtered(lambda event: event.recipient_address in series)
        return dead
