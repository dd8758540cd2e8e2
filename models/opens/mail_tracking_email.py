import hmac
import time
from datetime import timezone

from odoo import api, fields, models
from odoo.tools import SQL, str2bool

from ...tools import events as ev
from ...tools import modes, opens, tokens

#: Hits of one client on one mail within a slot of so many seconds are one opening.
REPEAT_SECONDS = 10
#: More events of one mail are not added to by hits: who has the mail can load its image without
#: end.
MAX_HITS = 2_000
#: The same of a mail of an earlier version, whose address holds no key: anybody can guess it.
MAX_GUESSED_HITS = 100
#: Of a mail to several, hits are logged for each of them up to this number in sum.
MAX_SHARED_HITS = 300
#: What is read of a tracking for a hit.
HIT_FIELDS = [
    "token",
    "envelope_token",
    "state_time",
    "open_count",
    "machine_open_count",
    "click_count",
    "recipient",
    "recipient_address",
    "open_mode",
    "opens_refused",
    "is_watched",
    "model",
    "state",
]


class MailTrackingEmail(models.Model):
    """Opens: the image in a mail, and what a hit on it may note."""

    _inherit = "mail.tracking.email"

    def _get_pixel_url(self):
        """The URL of the image of this mail, where each hit is noted."""
        self.ensure_one()
        return self._prepare_image_url(tokens.TRACKING, self.id, self.token)

    def _get_image_url(self, mode, is_alone):
        """The URL of the image that goes into this mail, empty for none.

        What a hit may note is sealed into the URL. One that is counted says nothing of this
        mail: it is the URL of its message, or of all such mails of a company on a day.

        :param str mode: one of ``tools.modes.MODES``
        :param bool is_alone: whether no other mail of the same message is counted
        """
        self.ensure_one()
        if mode == modes.OFF:
            return ""
        if mode == modes.HYGIENE:
            return self._prepare_image_url(tokens.ADDRESS, self.id, self.token)
        if mode != modes.COUNTED:
            return self._get_pixel_url()
        if self.mail_message_id and not is_alone:
            return self._prepare_image_url(tokens.MESSAGE, self.mail_message_id.id)
        company = self.company_id or self.env.company
        day = tokens.day_number(fields.Date.today(), company.id)
        return self._prepare_image_url(tokens.DAY, day)

    @api.model
    def _prepare_image_url(self, kind, number, token=""):
        """The URL of the image of something: see ``tools.tokens.image_token``."""
        # sudo: ir.config_parameter - the public address of this database
        params = self.env["ir.config_parameter"].sudo()
        base = params.get_param("mail_tracking.base.url") or params.get_param("web.base.url") or ""
        key = self._get_sealing_key("image")
        word = tokens.image_token(key, self.env.cr.dbname, kind, number, token or "")
        return f"{base.rstrip('/')}/mail_tracking/open/{word}.gif"

    @api.model
    def _image_hit(self, block, metadata):
        """Note of a hit on an image what its URL allows.

        :param bytes block: from its URL
        :param dict metadata: client details, and ``session_uid``: who is logged in there
        :return: the answer to a question of the set-up check, empty for anything else
        """
        opened = tokens.open_block(self._get_sealing_key("image"), block)
        if not opened:
            return ""
        kind, number, check = opened
        if kind == tokens.CHECK:
            return self.env["mail.tracking.setup"]._answer_question(number)
        if kind in tokens.TOKEN_KINDS:
            tracking = self._get_hit(number)
            if not tokens.is_checked(check, tracking.token):
                return ""
            if kind == tokens.TRACKING:
                tracking._log_opening(metadata)
            else:
                tracking._note_last_open(metadata)
        elif self._classify_hit(metadata, time.time()).kind in ev.COUNTED_OPEN_KINDS:
            self.env["mail.tracking.count"]._count_open(kind, number)
        return ""

    @api.model
    def _pixel_hit(self, tracking_id, secret, metadata):
        """Log a hit on the image of a mail of an earlier version.

        :param int tracking_id: id of the tracking
        :param str secret: its token; empty for one of an old mail that has none
        :param dict metadata: see ``_image_hit``
        :return: whether it was one: the token is right, and it is no repetition
        """
        tracking = self._get_hit(tracking_id)
        if not (tokens.same(tracking.token, secret) if tracking.token else not secret):
            return False
        # a tracking without a token has an address that anybody can guess
        return tracking._log_opening({**metadata, "is_unproven": not tracking.token})

    @api.model
    def _get_hit(self, tracking_id):
        """A tracking with all that a hit asks for; none where it is gone."""
        if not 0 < tracking_id <= tokens.MAX_ROW:
            return self.browse()
        return self.search_fetch([("id", "=", tracking_id)], HIT_FIELDS)

    def _log_opening(self, metadata):
        """Log that the image in this mail was shown, for all who got the very same mail.

        A hit is folded at once, and one of many at the same time by the cron, or when somebody
        looks: to notify the readers of each costs a connection to PostgreSQL.

        :param dict metadata: see ``_image_hit``
        :return: whether it was noted: it may be, and was no repetition
        """
        if not self or not self._is_noted(ev.OPEN):
            return False
        if self._get_hit_count() >= (MAX_HITS if self.token else MAX_GUESSED_HITS):
            return False
        now = time.time()
        latest = self._get_latest_opens(now)
        is_burst = len(latest) == opens.BURST_EVENTS
        opening = self._classify_hit(metadata, now)
        metadata = {
            **self._prepare_kept_client(metadata),
            "event_key": self._get_hit_key(metadata, now),
            "is_pending": is_burst,
            "open_kind": opening.kind,
            "open_reason": opening.reason,
            "source": "pixel",
            "timestamp": now,
        }
        trackings = self
        if self.envelope_token:
            shared = self._get_envelope()
            trackings |= shared._filter_for_hit(self, opening.kind, self._count_pending())
        events = trackings.event_create(ev.OPEN, metadata)
        # who logged a pending one has woken the cron, which looks again until there are none
        if is_burst and not any(latest):
            self._wake_cron()
        return bool(events)

    def _note_last_open(self, metadata):
        """Note the day, and no more, on which this mail was opened: by any of its recipients.

        :param dict metadata: see ``_image_hit``
        """
        if not self or self.opens_refused:
            return
        if self._classify_hit(metadata, time.time()).kind in ev.COUNTED_OPEN_KINDS:
            trackings = self | self._get_envelope()
            self.env["mail.tracking.address"]._note_open(trackings.mapped("recipient_address"))

    def _get_envelope(self):
        """The trackings of all who got the very same mail, where it has several recipients."""
        if not self.envelope_token:
            return self
        return self.search([("envelope_token", "=", self.envelope_token)], order="id")

    def _classify_hit(self, metadata, now):
        """Who loaded the image of this mail, or of none that is known.

        :return: ``tools.opens.Opening``
        """
        uid = metadata.get("session_uid")
        seconds = self.state_time and now - self.state_time.replace(tzinfo=timezone.utc).timestamp()
        # it was sent before its state changed, and the time of that is rounded; in a queue, *sent*
        # is logged first and applied a little later
        if not seconds or seconds <= opens.TOO_FAST_SECONDS + 1:
            sent = self._get_sent_times().get(self.id)
            seconds = None if sent is None else now - sent
        return opens.classify(
            metadata.get("user_agent") or "",
            seconds,
            is_self=bool(uid and self.env["res.users"].browse(uid).exists()._is_internal()),
        )

    @api.model
    def _prepare_kept_client(self, metadata):
        """Metadata of an open or a click, without what is not kept of who made it.

        Where the database keeps words alone, "Thunderbird" and "Linux" stay, and the text that
        tells a program from most others goes.

        :param dict metadata: event fields, and ``session_uid``
        :rtype: dict
        """
        # sudo: ir.config_parameter - settings of the database
        params = self.env["ir.config_parameter"].sudo()
        in_words = str2bool(params.get_param("mail_tracking.client_in_words", "False"), True)
        dropped = {"session_uid", "user_agent"} if in_words else {"session_uid"}
        return {key: value for key, value in metadata.items() if key not in dropped}

    @api.model
    def _get_latest_opens(self, now):
        """Of the opens of the last second, as many as make a burst: whether each is pending."""
        query = SQL(
            """
            SELECT is_pending IS TRUE FROM mail_tracking_event
             WHERE event_type = 'open' AND timestamp > %s
          ORDER BY timestamp DESC, id DESC LIMIT %s
            """,
            now - opens.BURST_SECONDS,
            opens.BURST_EVENTS,
        )
        return [is_pending for (is_pending,) in self.env.execute_query(query)]

    def _get_hit_key(self, metadata, now):
        """The same for hits of one client in the same slot of time, which are logged once.

        Sealed: there are so few IP addresses that a plain digest could be tried out.
        """
        client = f"{metadata.get('ip')} {metadata.get('user_agent')}".encode("utf-8", "replace")
        digest = hmac.digest(self._get_sealing_key("client"), client, "sha256").hex()[:16]
        return f"pixel:{self.id}:{digest}:{int(now // REPEAT_SECONDS)}"

    # ------------------------------------------------------------
    # BOUNDS
    # ------------------------------------------------------------

    def _get_hit_count(self):
        """How many hits were folded into this tracking."""
        return self.open_count + self.machine_open_count + self.click_count

    def _count_pending(self):
        return self.env["mail.tracking.event"].search_count(
            [("tracking_email_id", "=", self.id), ("is_pending", "=", True)], limit=MAX_SHARED_HITS
        )

    def _filter_for_hit(self, lead, open_kind, before=0):
        """Those of these trackings, of one mail to several people, for which a hit is logged.

        The first hits are logged for everybody. Later ones are logged once, for the tracking
        whose image it is, and for those of whom no opening is known yet: it may be any of them.

        :param lead: the tracking whose image was loaded
        :param str open_kind: who loaded it
        :param int before: hits on it that are not folded yet
        """
        if len(self) * (lead._get_hit_count() + before + 1) <= MAX_SHARED_HITS:
            return self
        if open_kind and open_kind not in ev.COUNTED_OPEN_KINDS:
            return lead
        return lead | self.filtered(
            lambda tracking: not (tracking.open_count or tracking.click_count)
        )
