import logging
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import html_escape

from ..guard import TRANSIENT_ERRORS, tracking_guard, tracking_savepoint, try_lock

_logger = logging.getLogger(__name__)

#: reminders that are due, between two commits
BATCH = 100
#: An answer comes at this moment, or the user begins to follow the record.
BUSY = (*TRANSIENT_ERRORS, UniqueViolation)
#: Messages that people write; templates and rules send in the name of others.
WRITTEN_TYPES = ("comment", "email")
#: What cannot be done is tried again, and is not lost.
RETRY = timedelta(days=1)


class MailTrackingReminder(models.Model):
    """What is done when reminders are due, or somebody writes on their record."""

    _inherit = "mail.tracking.reminder"

    @api.model
    def _process_due(self):
        """Remind those whose time has come; called by the scheduled action."""
        busy, seconds = self.browse(), 1
        while seconds and (reminders := self._search_due(busy)):
            done = self._remind_in_halves(reminders)
            busy |= reminders - done
            remaining = len(self._search_due(busy))
            seconds = self.env["ir.cron"]._commit_progress(len(done), remaining=remaining)

    @api.model
    def _search_due(self, busy):
        return self.search(
            [
                ("state", "=", "waiting"),
                ("deadline", "!=", False),
                ("deadline", "<=", fields.Datetime.now()),
                ("id", "not in", busy.ids),
            ],
            limit=BATCH,
            order="deadline, id",
        )

    @api.model
    def _remind_in_halves(self, reminders):
        """Remind, of all at once, or by halves where that fails.

        :return: those that are done
        """
        with tracking_guard(f"reminding of {len(reminders)} emails", "it is tried again"):
            try:
                with tracking_savepoint(self.env):
                    reminders._remind()
                return reminders
            except BUSY:  # nothing is wrong, and the next run finds them
                _logger.info("%s reminders are busy", len(reminders))
                if len(reminders) == 1:
                    return self.browse()
        if len(reminders) == 1:
            reminders.deadline = fields.Datetime.now() + RETRY
            return reminders
        middle = len(reminders) // 2
        done = self._remind_in_halves(reminders[:middle])
        return done | self._remind_in_halves(reminders[middle:])

    def _remind(self):
        """Remind of these emails, as far as that is still wanted."""
        self._settle()
        waiting = self.filtered(lambda reminder: reminder.state == "waiting")
        obsolete = waiting._get_obsolete()
        waiting._close(obsolete)
        waiting = waiting.filtered(lambda reminder: reminder not in obsolete)
        if not waiting:
            return
        waiting.state = "reminded"
        with_activity = waiting.filtered(
            lambda reminder: isinstance(
                reminder.message_id._get_chatter_record(), self.pool["mail.activity.mixin"]
            )
        )
        with_activity._create_activities()
        for reminder in waiting - with_activity:
            own = reminder._in_words_of_user()
            own._notify(own._get_title(), own._get_text())
        waiting.message_id._notify_tracking_update()

    def _create_activities(self):
        """Put an activity for each user on the records of these reminders."""
        todo = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        defaults = {"activity_type_id": todo.id} if todo else {}
        vals_list = [
            {**defaults, **reminder._in_words_of_user()._prepare_activity_vals()}
            for reminder in self
        ]
        # the user finds it where their activities are: core would send an email about each
        Activity = self.env["mail.activity"].with_context(mail_activity_quick_update=True)
        for reminder, activity in zip(self, Activity.create(vals_list), strict=True):
            reminder.activity_id = activity

    def _prepare_activity_vals(self):
        """Values of the activity that reminds the user, in their language."""
        message = self.message_id
        summary = self.env._(
            "%(what)s: %(subject)s", what=self._get_title(), subject=self._get_subject()
        )
        return {
            "automated": True,
            "date_deadline": fields.Date.context_today(self),
            "note": html_escape(self._get_text()),
            "res_id": message.res_id,
            "res_model_id": self.env["ir.model"]._get_id(message.model),
            "summary": summary,
            "user_id": self.user_id.id,
        }

    # ------------------------------------------------------------
    # SOMEBODY WRITES
    # ------------------------------------------------------------

    @api.model
    def _serve_posted(self, message):
        """Close the reminders of a record on which an answer, or a colleague's email, was posted.

        What is locked at this moment is left: those that wait look again when they are due.

        :param message: one ``mail.message``
        """
        if not self._is_used():
            return
        is_on_record = message.res_id and message.model != "discuss.channel"
        if message.message_type not in WRITTEN_TYPES or not is_on_record:
            return
        open_ones = Domain("state", "in", ("waiting", "reminded"))
        of_record = Domain("model", "=", message.model) & Domain("res_id", "=", message.res_id)
        earlier = Domain("message_id", "any", of_record & Domain("id", "<", message.id))
        reminders = self.with_user(SUPERUSER_ID).search(open_ones & earlier)
        if not reminders:
            return
        with tracking_guard("closing reminders", "the message is posted"):
            try:
                with tracking_savepoint(self.env):
                    reminders = try_lock(reminders)
                    reminders._settle()
                    live = reminders.filtered(lambda each: each.state in ("waiting", "reminded"))
                    live._close(dict.fromkeys(live._filter_taken_over(), "handled"))
            except TRANSIENT_ERRORS:
                _logger.info("%s reminders are busy", len(reminders))

    # ------------------------------------------------------------
    # NOT WANTED ANY MORE
    # ------------------------------------------------------------

    def _get_obsolete(self):
        """Which state those of these have that nobody is to be reminded of.

        The user has left or may not read the message any more; the record was archived; or a
        colleague has written to somebody outside on it since.

        :return: reminder -> state
        """
        obsolete = {}
        for user, reminders in self.grouped("user_id").items():
            messages = self.env["mail.message"]
            if user.active and not user.share:
                messages = reminders.message_id.with_user(user)._filter_readable_with_record()
            readable = reminders.filtered(
                lambda reminder, messages=messages: reminder.message_id in messages
            )
            obsolete |= dict.fromkeys(reminders - readable, "cancelled")
        live = self.filtered(lambda reminder: reminder not in obsolete)
        for reminder in live._filter_archived() | live._filter_taken_over():
            obsolete[reminder] = "handled"
        return obsolete

    def _filter_archived(self):
        """Those of these reminders whose record is archived."""
        archived = self.browse()
        for model, reminders in self.grouped(lambda each: each.message_id.model).items():
            if model in self.env and (name := self.env[model]._active_name):
                records = self.env[model].browse(set(reminders.message_id.mapped("res_id")) - {0})
                ids = records.filtered(lambda each, name=name: not each[name])._ids
                archived |= reminders.filtered(lambda each, ids=ids: each.message_id.res_id in ids)
        return archived

    def _filter_taken_over(self):
        """Those of these reminders on whose record a colleague has written to outsiders since."""
        of_records = self.filtered("message_id.res_id")
        if not of_records:
            return of_records
        Message = self.env["mail.message"]
        later = Domain.OR(
            [
                Domain("model", "=", each.message_id.model)
                & Domain("res_id", "=", each.message_id.res_id)
                & Domain("id", ">", each.message_id.id)
                for each in of_records
            ]
        )
        # what a template or a rule sends is in the name of somebody who may not know of it
        by_colleagues = Domain("author_id.partner_share", "=", False) & Domain(
            "message_type", "in", WRITTEN_TYPES
        )
        found = Message.search_fetch(later & by_colleagues, ["model", "res_id", "author_id"])
        outside = self.env["mail.tracking.email"].search(
            [("mail_message_id", "in", found.ids), ("is_outside", "=", True)]
        )
        written = found.filtered(lambda message: message in outside.mail_message_id)
        by_record = written.grouped(lambda message: (message.model, message.res_id))
        return of_records.filtered(
            lambda each: any(
                message.id > each.message_id.id and message.author_id != each.user_id.partner_id
                for message in by_record.get((each.message_id.model, each.message_id.res_id), ())
            )
        )
