from datetime import datetime, time, timedelta

import pytz
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import html_escape, ormcache

from ..guard import lock

KINDS = [
    ("not_answered", "If it is not answered"),
    ("not_opened", "If it is not opened"),
    ("tell", "When it is opened or answered"),
]
#: working days that somebody may want to be reminded after, and days that a date may be ahead
MAX_DAYS, MAX_AHEAD = 365, 1500


class MailTrackingReminder(models.Model):
    """Somebody wants to be reminded of an email, or to be told what becomes of it.

    What has become of it is read from the trackings of the message, when an event was applied and
    when the reminder is due: both roads lead to the same, in any order and however often.
    """

    _name = "mail.tracking.reminder"
    _description = "Email reminder"
    _order = "deadline, id"
    _rec_name = "message_id"

    message_id = fields.Many2one(
        "mail.message",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="The message that the reminder is about.",
    )
    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Who is reminded, or told.",
    )
    kind = fields.Selection(
        KINDS, "Remind", required=True, readonly=True, help="What the user waits for."
    )
    since = fields.Datetime(
        required=True, readonly=True, help="When it was set: earlier opens do not count."
    )
    deadline = fields.Datetime(
        "Due", readonly=True, help="When the user is reminded. Empty: as soon as it happens."
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("reminded", "Reminded"),
            ("answered", "Answered"),
            ("opened", "Opened"),
            ("failed", "Reached nobody"),
            ("handled", "Somebody else is on it"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="waiting",
        help="What became of the reminder. If the email reached nobody, the user has the failure "
        "to deal with, and no reminder.",
    )
    activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The activity that reminds the user.",
    )

    _message_user_kind_unique = models.UniqueIndex("(message_id, user_id, kind)")
    _due_idx = models.Index("(deadline, id) WHERE state = 'waiting' AND deadline IS NOT NULL")

    # ------------------------------------------------------------
    # SETTING
    # ------------------------------------------------------------

    @api.model
    def _read_wish(self, wish):
        """What somebody asked for, which may come from a client.

        :param wish: a dict of ``kind``, and ``days`` from ``start`` on, or a ``date``
        :return: kind and deadline; None where it makes no sense
        """
        if not isinstance(wish, dict) or wish.get("kind") not in [kind for kind, _ in KINDS]:
            return None
        kind, days, day = wish["kind"], wish.get("days"), wish.get("date")
        if kind == "tell":
            return {"kind": kind, "deadline": False}
        now, zone = fields.Datetime.now(), self.env.tz
        last = now + timedelta(days=MAX_AHEAD)
        start = read(fields.Datetime.to_datetime, wish.get("start")) or now
        start = min(max(now, start), last)
        start, clock = pytz.utc.localize(start).astimezone(zone), time.min
        if type(days) is int and 0 < days <= MAX_DAYS:
            day, clock = self.env.company._get_working_day_after(start.date(), days), start.time()
        else:
            day = read(fields.Date.to_date, day)
        if not day or not start.date() < day < last.date():
            return None
        deadline = zone.localize(datetime.combine(day, clock))
        deadline = deadline.astimezone(pytz.utc).replace(tzinfo=None)
        return {"kind": kind, "deadline": deadline.replace(microsecond=0)}

    @api.model
    def _set(self, messages, kind, deadline):
        """Set a reminder of the user for each of these messages; one that exists is moved.

        :param messages: ``mail.message``, with sudo; access was checked
        """
        of_user = [("user_id", "=", self.env.uid), ("kind", "=", kind)]
        known = self.search([("message_id", "in", messages.ids), *of_user])
        vals = {"deadline": deadline, "since": fields.Datetime.now(), "state": "waiting"}
        if known:
            known.activity_id.filtered("active").unlink()
            known.write({**vals, "activity_id": False})
        new = {"user_id": self.env.uid, "kind": kind, **vals}
        was_used = self._is_used()
        try:
            with self.env.cr.savepoint():
                self.create([{"message_id": m.id, **new} for m in messages - known.message_id])
        except UniqueViolation as error:  # the same user, at the same time: Odoo tries again
            raise ConcurrencyError("another transaction has just set this reminder") from error
        if not was_used:
            self.env.registry.clear_cache()
            # another thread may have looked before the commit
            self.env.cr.postcommit.add(self.env.registry.clear_cache)
        messages.mail_tracking_is_watched = True
        trackings = self.env["mail.tracking.email"].search(
            [("mail_message_id", "in", messages.ids), ("is_watched", "=", False)]
        )
        trackings.is_watched = True

    @api.model
    @ormcache()
    def _is_used(self):
        """Whether anybody has ever set one: where nobody has, posting looks for none."""
        # sudo: mail.tracking.reminder - whether there is any, of anybody
        return bool(self.sudo().search([], limit=1, order="id"))

    @api.model
    def _renew_failed(self, messages):
        """Let reminders of messages that reached nobody, and are sent again, wait as long again.

        :param messages: ``mail.message``, with sudo
        """
        watched, now = messages.filtered("mail_tracking_is_watched"), fields.Datetime.now()
        for reminder in self.search([("message_id", "in", watched.ids), ("state", "=", "failed")]):
            vals = {"state": "waiting", "since": now}
            if reminder.deadline:
                vals["deadline"] = reminder._get_deadline_after(now)
            reminder.write(vals)

    def _get_deadline_after(self, start):
        """As long after this time as this one waited before, until a working day."""
        own = self._in_words_of_user()
        deadline = pytz.utc.localize(start + (self.deadline - self.since)).astimezone(own.env.tz)
        day = self.user_id.company_id._get_working_day_after(deadline.date() - timedelta(days=1), 1)
        deadline += day - deadline.date()
        return deadline.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _get_options(self, message):
        """What there is to wait for with this message.

        :param message: one ``mail.message``, with sudo
        """
        trackings = message.mail_tracking_ids._filter_awaited()
        return {
            "is_email": bool(trackings),
            "is_answered": any(trackings.mapped("first_reply"))
            or bool(message._get_written_since()),
            "is_opened": any(trackings.mapped("first_open")),
            "is_given_up": is_given_up(trackings),
            "can_show_opens": any(tracking._can_show_opens() for tracking in trackings),
        }

    @api.model
    def _check_options(self, kind, message):
        """Make sure that there is something to wait for.

        :raise UserError: else
        """
        options = self._get_options(message)
        if not options["is_email"]:
            raise UserError(self.env._("This message was not sent by email."))
        if options["is_answered"]:
            raise UserError(self.env._("This email was answered already."))
        if kind == "not_opened" and options["is_opened"]:
            raise UserError(self.env._("This email was opened already."))
        if kind == "not_opened" and not options["can_show_opens"]:
            raise UserError(self.env._("It cannot be known whether this email is opened."))
        if options["is_given_up"]:
            raise UserError(self.env._("This email reached nobody."))

    def _cancel(self):
        """Cancel these reminders, and the activities that were made of them."""
        lock(self)
        self.activity_id.filtered("active").unlink()
        self.state = "cancelled"

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _search_open(self, messages):
        """The reminders of these messages that wait, or whose activity is not done."""
        reminders = self.search_fetch(
            [("message_id", "in", messages.ids), ("state", "in", ("waiting", "reminded"))],
            ["message_id", "user_id", "kind", "deadline", "since", "state", "activity_id"],
        )
        return reminders.filtered(
            lambda reminder: reminder.state == "waiting" or reminder.activity_id.active
        )

    def _prepare_client_vals(self):
        return {
            "id": self.id,
            "kind": self.kind,
            "deadline": fields.Datetime.to_string(self.deadline),
            "state": self.state,
            "is_open_awaited": self._is_open_awaited(),
        }

    def _get_trackings(self):
        """The trackings of this one's email that count."""
        return self.message_id.mail_tracking_ids._filter_awaited().sorted("id")

    def _is_open_awaited(self):
        """Whether an open may still be noted of this one's email."""
        trackings = self._get_trackings()
        if any(trackings.mapped("first_open")):
            return False
        return any(tracking._can_show_opens() for tracking in trackings)

    def _get_outcomes(self):
        """Which state those of these have that wait no longer, by what became of their email.

        :return: reminder -> state
        """
        answers = self.message_id._get_written_since()
        return {
            reminder: state
            for reminder in self
            if (state := reminder._get_outcome(reminder.message_id in answers))
        }

    def _get_outcome(self, is_written):
        """Which state this one has by what became of its email; nothing while it waits.

        :param bool is_written: whether somebody outside wrote on the record since
        """
        trackings = self._get_trackings()
        if is_written or any(trackings.mapped("first_reply")):
            return "answered"
        opens = [t.first_open for t in trackings if t.first_open and t.first_open >= self.since]
        if opens and self.kind != "not_answered":
            return "opened"
        return "failed" if is_given_up(trackings) else ""

    # ------------------------------------------------------------
    # SETTLING
    # ------------------------------------------------------------

    def _settle(self):
        """Close those of these reminders whose email was answered, opened or failed.

        :raise LockError, psycopg2.errors.SerializationFailure: where somebody is writing them
        """
        lock(self)
        live = self.filtered(lambda reminder: reminder.state in ("waiting", "reminded"))
        outcomes = live._get_outcomes()
        self._close(outcomes)
        for reminder, state in outcomes.items():
            if reminder.kind == "tell" and state != "failed":
                reminder._tell()

    def _close(self, outcomes):
        """Close reminders, and the activities that were made of them.

        :param dict outcomes: reminder -> state
        """
        closed = self.browse().union(*outcomes)
        for state, reminders in closed.grouped(outcomes.get).items():
            reminders.state = state
            for reminder in reminders.filtered("activity_id.active"):
                title = reminder._in_words_of_user()._get_title()
                reminder.activity_id.action_feedback(feedback=title)
        closed.message_id._notify_tracking_update()

    def _tell(self):
        """Tell the user what became of the email, now and in their inbox."""
        reminder = self._in_words_of_user()
        title, text = reminder._get_title(), reminder._get_text()
        toast = {"type": "info", "title": title, "message": text}
        self.user_id._bus_send("simple_notification", toast)
        reminder._notify(title, text)

    def _notify(self, title, text):
        """Send the user a notification of the record."""
        message = self.message_id
        thread = message._get_chatter_record()
        values = {} if thread else {"model": message.model, "res_id": message.res_id}
        thread.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=title,
            body=html_escape(text),
            **values,
        )


def is_given_up(trackings):
    """Whether nothing can be expected any more of any of these trackings of a message."""
    current = trackings.filtered(lambda tracking: not tracking.successor_id)
    return bool(current) and all(tracking._is_given_up() for tracking in current)


def read(convert, text):
    """What a client sent as a day or a time; None where it is none."""
    try:
        return convert(text) or None if isinstance(text, str) else None
    except ValueError:
        return None
