from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import events as ev
from .columns import column_of
from .doors import is_extended
from .guard import BUSY, hooks_savepoint, tracking_guard
from .mail_bounced_mixin import CLEARED
from .statements import lock, run

#: States that tell nothing about an address: nothing was decided yet, or never tried.
UNDECIDED = ("error", "deferred")
#: States of mails that can prove an address dead.
PROVING = (ev.ERROR, ev.SOFT_BOUNCED, ev.BOUNCED)
#: Events that may prove an address dead.
SUSPECT = (ev.HARD_BOUNCE, ev.SOFT_BOUNCE)
SOFT_LIMIT_PARAMETER = "mail_tracking.soft_bounces_to_flag"
#: More mails in a row are never looked at.
MAX_SOFT_LIMIT = 100


class MailTrackingEmail(models.Model):
    """Which contacts hold an address that does not work any more."""

    _inherit = "mail.tracking.email"

    is_address_dead = fields.Boolean(
        "Address dead",
        readonly=True,
        copy=False,
        help="This email proved that the address is dead, and nothing has been heard of it since.",
    )

    _dead_address_idx = models.Index("(recipient_address) WHERE is_address_dead IS TRUE")

    # ------------------------------------------------------------
    # PROOF
    # ------------------------------------------------------------

    @api.model
    def _search_dead(self, addresses):
        """The rows that prove addresses dead, the latest of an address last; one query at most.

        :param addresses: bare addresses, lower case
        """
        # sudo: mail.tracking.email - what is known of an address, whoever wrote to it
        Tracking = self.sudo()
        if not addresses:
            return Tracking
        return Tracking.search(
            [("recipient_address", "in", list(addresses)), ("is_address_dead", "=", True)],
            order="state_time, id",
        )

    def _prove_dead(self):
        """Note that these rows prove their addresses dead: one row for each address.

        :return: statements
        :rtype: list[SQL]
        """
        row_by_address = {
            row.recipient_address: row.id
            for row in self
            if row.recipient_address and row.state in PROVING
        }
        if not row_by_address:
            return []
        self.env["mail.tracking.email"].invalidate_model(["is_address_dead"], flush=False)
        query = """
            UPDATE mail_tracking_email row SET is_address_dead = TRUE
             WHERE id = ANY(%s)
               AND NOT EXISTS (SELECT FROM mail_tracking_email known
                                WHERE known.recipient_address = row.recipient_address
                                  AND known.is_address_dead IS TRUE)
        """
        return [SQL(query, list(row_by_address.values()))]

    @api.model
    def _forget_dead(self, addresses):
        """Note that nothing proves these addresses dead any more.

        :param list addresses: bare addresses, lower case
        :return: statements
        :rtype: list[SQL]
        """
        self.env["mail.tracking.email"].invalidate_model(["is_address_dead"], flush=False)
        query = """
            UPDATE mail_tracking_email SET is_address_dead = FALSE
             WHERE recipient_address = ANY(%s) AND is_address_dead IS TRUE
        """
        return [SQL(query, addresses)]

    @api.model
    def _revive_addresses(self, addresses):
        """Forget that these addresses were dead: something arrived there, or came from there.

        :param list addresses: bare addresses, lower case
        """
        forgotten = self._forget_dead(addresses)
        partners = self._lock_contacts(addresses, forgotten, is_bounced=True)
        partners._write_bounced(dict.fromkeys(partners._ids, CLEARED))
        for model in self._get_other_bounceable_models():
            records = model._search_bounceable(addresses, is_bounced=True)
            records._write_bounced(dict.fromkeys(records._ids, CLEARED))

    @api.model
    def _get_other_bounceable_models(self):
        """Models besides contacts whose records are flagged.

        :rtype: list
        """
        names = self.pool.descendants(["mail.bounced.mixin"], "_inherit")
        # sudo: whoever holds the address, seen by the user or not
        models = [self.env[name].sudo() for name in names if name != "res.partner"]
        return [model for model in models if model._auto and not model._abstract]

    # ------------------------------------------------------------
    # FLAGS
    # ------------------------------------------------------------

    @api.model
    def _flag_bounced(self, events):
        """Flag the contacts whose address these new events prove dead.

        Hard evidence does so at once, failures that do not prove it by their number, where
        the settings say so. Reports that anybody could have written never do.

        :param events: new ``mail.tracking.event``, folded or pending
        """
        words = zip(events._ids, column_of(events, "event_type"), strict=True)
        # nothing is asked of the others, of which there may be thousands
        suspects = events.browse([event_id for event_id, word in words if word in SUSPECT])
        proven = suspects.filtered(lambda event: event.recipient_address and not event.is_unproven)
        dead = proven.filtered(self._is_dead)
        soft = proven.filtered(
            lambda event: event.event_type == ev.SOFT_BOUNCE and not event.final_recipient
        )
        self._flag_dead(dead, soft, self._get_soft_limit() if soft else 0)

    @api.model
    def _flag_dead(self, dead, soft=(), limit=0):
        """Flag the contacts that hold the addresses of events.

        :param dead: ``mail.tracking.event`` of addresses that are known to be dead
        :param soft: those that may make it so by their number
        :param int limit: which number
        :raise psycopg2.Error: where others are at these contacts; whoever called tries again
        """
        if not (dead or limit):
            return
        guard = tracking_guard("flagging dead addresses", lets_through=BUSY)
        with guard, hooks_savepoint(self.env):
            if limit:
                tired = self._filter_soft_bounced(set(soft.mapped("recipient_address")), limit)
                dead |= soft.filtered(lambda event: event.recipient_address in tired)
            self._flag_addresses(dead)

    @api.model
    def _is_dead(self, event):
        """Whether an event alone proves its address dead."""
        if event.event_type != ev.HARD_BOUNCE:
            return False
        # who opened the mail has an address that works
        return event.is_pending or event.tracking_email_id.state == ev.BOUNCED

    def _flag_refused(self):
        """Flag the contacts of these rows, whose address our own mail server refused for good.

        What was heard since counts: a mail that is said to have arrived after all, say.
        """
        refused = self.filtered(lambda row: row.state == ev.ERROR and row.recipient_address)
        events = self.env["mail.tracking.event"].search(
            [("tracking_email_id", "in", refused.ids), ("event_type", "=", ev.ERROR)], order="id"
        )
        last = events.browse({event.tracking_email_id.id: event.id for event in events}.values())
        self._flag_dead(last)

    @api.model
    def _flag_addresses(self, events):
        """Flag the contacts that hold these addresses, together for each reason.

        :param events: ``mail.tracking.event`` that prove the addresses dead
        """
        if not events:
            return
        folded = events.filtered(lambda event: not event.is_pending)
        proof = folded.tracking_email_id._prove_dead()
        by_reason = [
            (self._get_reason_label(error_type) or same[0].error_description or "", same)
            for error_type, same in events.grouped("error_type").items()
        ]
        addresses = set(events.mapped("recipient_address"))
        holders = [
            model._search_bounceable(addresses, is_bounced=False)
            for model in self._get_other_bounceable_models()
        ]
        if is_extended(self, "_partners_email_bounced_set"):
            run(self.env.cr, proof)
            for label, same in by_reason:
                same.tracking_email_id._partners_email_bounced_set(label, event=same[0])
        else:
            # who else learns the same at this moment flags them, and says so, only once
            holders.append(self._lock_contacts(list(addresses), proof, is_bounced=False))
        for records in holders:
            for label, same in by_reason:
                gone = set(same.mapped("recipient_address"))
                records.filtered(
                    lambda record, gone=gone: record._get_bounceable_address() in gone
                ).email_bounced_set(same.tracking_email_id, label, event=same[0])

    @api.model
    def _lock_contacts(self, addresses, first, *, is_bounced):
        """Lock the contacts that hold one of these addresses, and are flagged or are not.

        :param list addresses: bare addresses, lower case
        :param list first: statements to be run before
        :param bool is_bounced: which of them
        :return: ``res.partner``, read when they were locked
        """
        # the very words of the partial indexes
        condition = SQL(
            "email_bounced IS %s AND email_normalized = ANY(%s)",
            SQL("TRUE") if is_bounced else SQL("NOT TRUE"),
            addresses,
        )
        # sudo: res.partner - whoever holds the address, seen by the user or not
        partners = self.env["res.partner"].sudo()
        names = ("email", "email_normalized", *CLEARED)
        return lock(partners, condition, [partners._fields[name] for name in names], first=first)

    @api.model
    def _get_soft_limit(self):
        """How many soft bounces in a row flag an address; 0 for never."""
        # sudo: ir.config_parameter - settings of the database
        value = self.env["ir.config_parameter"].sudo().get_param(SOFT_LIMIT_PARAMETER) or "0"
        return min(int(value), MAX_SOFT_LIMIT) if value.strip().isdecimal() else 0

    @api.model
    def _filter_soft_bounced(self, addresses, limit):
        """Those of the addresses whose last mails were all returned.

        Mails that were sent after the last returned one have yet to be heard of, and do not
        count; one in between that was not returned breaks the row, and so does one that
        failed at an address behind this one. What carries no key says nothing either way.

        :param set addresses: bare addresses
        :param int limit: how many mails
        :return: addresses
        :rtype: set
        """
        if not addresses:
            return set()
        self.flush_model(["recipient_address", "state", "time", "is_unproven", "final_recipient"])
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
                    """,
                    addresses=list(addresses),
                    undecided=UNDECIDED,
                    limit=limit,
                )
            )
        }
