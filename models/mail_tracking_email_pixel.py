import hashlib
import time

from odoo import api, models
from odoo.tools import SQL

from ..tools import events as ev
from ..tools import opens, tokens
from .columns import differing, plain_columns
from .doors import is_extended
from .mail_tracking_email_fold import PlainEvent
from .statements import insert, lock, update

#: Hits of one client on one mail within this many seconds are one opening.
REPEAT_SECONDS = 10
#: A row that a long transaction holds is not worth waiting for: the cron folds it.
LOCK_TIMEOUT = "2s"
#: The number of an event that has none yet: it comes after all others.
NEXT = 2**63


class MailTrackingEmail(models.Model):
    """The image that tells of the opening of a mail."""

    _inherit = "mail.tracking.email"

    def _get_pixel_url(self):
        """The address of the image that tells of the opening of this mail.

        :rtype: str
        """
        self.ensure_one()
        return self._prepare_pixel_url(self.id, self.token)

    @api.model
    def _prepare_pixel_url(self, row_id, secret):
        """The same for a row that is known by its values.

        :param int row_id: its number
        :param str secret: its token
        :rtype: str
        """
        # sudo: ir.config_parameter - the public address of this database
        params = self.env["ir.config_parameter"].sudo()
        base = params.get_param("mail_tracking.base.url") or params.get_param("web.base.url") or ""
        token = tokens.pixel_token(self.env.cr.dbname, row_id, secret)
        return f"{base.rstrip('/')}/mail_tracking/open/{token}.gif"

    @api.model
    def _pixel_hit(self, row_id, secret, metadata, *, is_later=False):
        """Log a hit on the pixel of a mail.

        :param int row_id: id of the row
        :param str secret: its token; empty for a row of an old mail that has none
        :param dict metadata: client details, and ``session_uid``: who is logged in there
        :param bool is_later: wait for nobody, and let the cron do what follows
        :return: whether it was one: the token is right, and it is no repetition
        :rtype: bool
        :raise psycopg2.Error: where somebody else writes the same records for long
        """
        if not 0 < row_id < 2**31:
            return False
        if not is_later:
            hit = self._log_hit(row_id, secret or "", metadata, time.time())
            if hit.is_logged or not hit.is_known:
                return hit.is_known
        if is_later:
            row = self.browse(row_id).exists()
        else:
            row = self._lock_waiting(row_id, secret or "")
        if not row or not (tokens.same(row.token, secret) if row.token else not secret):
            return False
        # a row without a token has an address that anybody can guess
        metadata = {**metadata, "is_unproven": not row.token}
        return row._log_opening(metadata, is_locked=not is_later, is_later=is_later)

    def _log_opening(self, metadata, *, is_locked=False, is_later=False):
        """Log that the image in this mail was shown, for all who got the very same mail.

        :param dict metadata: see ``_pixel_hit``
        :param bool is_locked: whether nobody else changes this row at this moment
        :param bool is_later: see ``_pixel_hit``
        :return: whether it was no repetition
        :rtype: bool
        """
        self.ensure_one()
        uid = metadata.get("session_uid")
        is_self = bool(uid and self.env["res.users"].browse(uid).exists()._is_internal())
        now = time.time()
        if self._has_enough_hits():
            return False
        events = self._get_events().get(self.id, {})
        if self._is_repeated_hit(events, metadata, now):
            return False
        opening = opens.classify(
            metadata.get("user_agent") or "",
            self._get_seconds_since_sent(events.values(), now),
            is_self=is_self,
        )
        metadata = self._prepare_opening(metadata, opening, now)
        rows = self
        if self.envelope_token:
            rows = self.search([("envelope_token", "=", self.envelope_token)], order="id")
            rows = rows._filter_for_hit(self, opening.kind)
        if is_later:
            Event = self.env["mail.tracking.event"]
            self._log_pending([Event.process_open(row, dict(metadata)) for row in rows])
        elif self.envelope_token or self._has_open_doors() or not is_locked:
            rows.event_create(ev.OPEN, metadata)
        else:
            self._open(metadata, events)
        return True

    def _lock_waiting(self, row_id, secret):
        """The row, locked; empty when there is none. Waits a moment for others to finish.

        Who does not know the secret locks nothing, and cannot tell by the time that it
        takes whether there is such a row. Digests are compared, whose likeness tells nothing
        of the likeness of what they stand for.
        """
        condition = SQL(
            "id = %s AND sha256(convert_to(COALESCE(token, ''), 'UTF8')) = %s",
            row_id,
            hashlib.sha256(secret.encode("utf-8", "replace")).digest(),
        )
        return lock(self.browse(), condition, plain_columns(self), timeout=LOCK_TIMEOUT)

    def _is_repeated_hit(self, events, metadata, now):
        """Whether the same client asked for the same image a moment ago.

        :param dict events: as the fold wants them
        :param dict metadata: client details
        :param float now: seconds since 1970
        """
        client = (metadata.get("ip") or False, metadata.get("user_agent") or False)
        if any(event.count > 1 for event in events):  # it stands for others
            events = self.env["mail.tracking.event"].search(
                [
                    ("tracking_email_id", "=", self.id),
                    ("event_type", "=", ev.OPEN),
                    ("timestamp", ">", now - REPEAT_SECONDS),
                    ("ip", "=", client[0]),
                    ("user_agent", "=", client[1]),
                ],
                limit=1,
            )
            return bool(events)
        return any(
            event.event_type == ev.OPEN
            and (event.timestamp or 0.0) > now - REPEAT_SECONDS
            and (event.ip or False, event.user_agent or False) == client
            for event in events.values()
        )

    def _get_seconds_since_sent(self, events, now):
        """Seconds since the SMTP server took the mail, None when that is not known."""
        sent = [
            event
            for event in events
            if event.id and event.event_type == ev.SENT and not event.is_unproven
        ]
        times = [event.timestamp or 0.0 for event in sent]
        return now - max(times) if times else None

    def _has_open_doors(self):
        """Whether an addon, or a rule of this database, wants to know of each step."""
        Event = self.env["mail.tracking.event"]
        return not Event._can_insert() or is_extended(self, "event_create")

    def _open(self, metadata, events):
        """Log the opening of this row, which is locked, and fold it: one round trip.

        :param dict metadata: of the event
        :param dict events: those that are known, as the fold wants them
        """
        Event = self.env["mail.tracking.event"]
        vals = Event._prepare_create_vals(Event.process_open(self, metadata))
        event = PlainEvent.of_values({**vals, "id": NEXT}).to_fold()
        events = {**events, event: PlainEvent.of_values(vals)}
        folded = self._prepare_folded(events, self._get_failed_states())
        changes = differing(self, {self.id: folded})
        before = self._get_standing()
        update(self, changes, insert(Event, [vals]))
        self.invalidate_recordset(["tracking_event_ids"], flush=False)
        Event._follow_fields(self, ())
        if changes:
            self._follow_up(before)
            self.mail_message_id._tracking_ping()
