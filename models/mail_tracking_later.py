import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .columns import plain_columns
from .guard import BUSY, tracking_guard
from .statements import execute_guarded, insert, lock

_logger = logging.getLogger(__name__)

BATCH = 100
#: What fails as often as this is given up; the log says why.
MAX_ATTEMPTS = 5
RETRY_MINUTES = 5


class MailTrackingLater(models.Model):
    """What others are told of a failure, a moment after it was noted.

    Notes in chatters, and Odoo's own news for authors, are no evidence, and take time for each
    of them. They are written down here in the statement that writes the evidence, so that
    neither is there without the other, and done by a cron that is woken for it at once.
    """

    _name = "mail.tracking.later"
    _description = "Email tracking: what is told a moment later"
    _log_access = False
    _order = "id"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("note", "Note in a chatter"),
            ("notification", "News of a message for its author"),
            ("refused", "Flag of an address that was refused"),
        ],
        required=True,
        readonly=True,
        help="What is to be told.",
    )
    res_model = fields.Char(
        "Model", required=True, readonly=True, help="The kind of record that it is about."
    )
    res_id = fields.Integer(
        "Number of the record", required=True, readonly=True, help="The record that it is about."
    )
    body = fields.Text(readonly=True, help="The text of the note.")
    attempts = fields.Integer(
        readonly=True, default=0, help="How often it was tried, and something went wrong."
    )

    # ------------------------------------------------------------
    # NOTING
    # ------------------------------------------------------------

    @api.model
    def _prepare_notes(self, records, bodies):
        """Have notes written to the chatters of these records.

        :param records: of any model; one without a chatter has no notes
        :param dict bodies: record id -> text
        :return: statements, to be run with those that the notes are about
        :rtype: list[SQL]
        """
        if not hasattr(records, "_message_log_batch"):
            return []
        return self._prepare_later(
            {"kind": "note", "res_model": records._name, "res_id": record_id, "body": body}
            for record_id, body in bodies.items()
        )

    @api.model
    def _prepare_notifications(self, messages):
        """Have the authors of these messages told that notifications have changed.

        :param messages: ``mail.message``
        :return: statements, to be run with those that change the notifications
        :rtype: list[SQL]
        """
        return self._prepare_later(
            {"kind": "notification", "res_model": messages._name, "res_id": message_id}
            for message_id in sorted(set(messages._ids))
        )

    @api.model
    def _add_refused(self, rows):
        """Have the contacts flagged whose address our own mail server refused for good.

        Sending changes no contacts: somebody may be editing one at this moment.

        :param rows: ``mail.tracking.email``
        """
        vals_list = [
            {"kind": "refused", "res_model": rows._name, "res_id": row_id} for row_id in rows._ids
        ]
        if vals_list:
            execute_guarded(self.env.cr, self._prepare_later(vals_list))

    @api.model
    def _prepare_later(self, vals_list):
        vals_list = list(vals_list)
        if not vals_list:
            return []
        self._wake()
        # sudo: mail.tracking.later - bookkeeping
        return [insert(self.sudo(), vals_list)]

    @api.model
    def _wake(self):
        """Have the cron run after the commit; once for all that this transaction leaves."""
        data = self.env.cr.precommit.data
        if "mail_tracking.later" in data:
            return
        data["mail_tracking.later"] = True
        self.env.cr.precommit.add(self._trigger_cron)

    @api.model
    def _trigger_cron(self, at=None):
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id("mail_tracking.ir_cron_later")
        # sudo: ir.cron - finishing what was begun here
        cron = self.env["ir.cron"].sudo().search_fetch([("id", "=", cron_id)], ["active"])
        if cron:
            cron._trigger(at)

    # ------------------------------------------------------------
    # DOING
    # ------------------------------------------------------------

    @api.model
    def _cron_tell(self):
        """Tell what has to be told, in batches."""
        seconds, last_id, failed = 1, 0, 0
        while seconds and (batch := self._lock_batch(last_id)):
            last_id = batch[-1].id
            done = batch._tell_all()
            failed += len(batch) - done
            remaining = self.search_count([("id", ">", last_id)], limit=10 * BATCH)
            seconds = self.env["ir.cron"]._commit_progress(done, remaining=remaining)
        if failed:
            self._trigger_cron(fields.Datetime.now() + timedelta(minutes=RETRY_MINUTES))

    @api.model
    def _lock_batch(self, last_id):
        condition = SQL(
            "id IN (SELECT id FROM mail_tracking_later WHERE id > %s ORDER BY id LIMIT %s)",
            last_id,
            BATCH,
        )
        return lock(self, condition, plain_columns(self), skip_locked=True)

    def _tell_all(self):
        """Tell what these say, all at once, or one by one where that fails.

        :return: how many are done with
        :rtype: int
        """
        if self._tell_once():
            return len(self)
        if len(self) > 1:
            return sum(entry._tell_all() for entry in self)
        self.attempts += 1
        if self.attempts < MAX_ATTEMPTS:
            return 0
        _logger.error("Email tracking gives up telling %s %s", self.res_model, self.res_id)
        self.unlink()
        return 1

    def _tell_once(self):
        """Tell what these say, and forget it; returns whether nothing was wrong."""
        is_done = False
        with tracking_guard(f"telling of {len(self)} failures", "it is tried again"):
            try:
                with self.env.cr.savepoint():
                    self._flag_refused()
                    self._write_notes()
                    self._send_notifications()
                    self.unlink()
                is_done = True
            except BUSY:  # nothing is wrong, and the next run finds them
                _logger.info("Records of %s failures are busy", len(self))
        return is_done

    def _flag_refused(self):
        """Flag contacts whose address was refused."""
        refused = self.filtered(lambda entry: entry.kind == "refused")
        if refused:
            # sudo: mail.tracking.email - follows evidence
            rows = self.env["mail.tracking.email"].sudo().browse(refused.mapped("res_id"))
            rows.exists()._flag_refused()

    def _write_notes(self):
        """Write notes into chatters."""
        again = self.browse()
        for model, entries in self.filtered("body").grouped("res_model").items():
            bodies = {}
            for entry in entries:
                if entry.res_id in bodies:
                    again |= entry
                else:
                    bodies[entry.res_id] = entry.body
            if model in self.env:
                # sudo: any model - what happened, whoever may see the record
                records = self.env[model].sudo().browse(bodies).exists()
                records._message_log_batch(bodies=bodies)
        if again:
            again._write_notes()

    def _send_notifications(self):
        """Let Odoo tell authors of the notifications that have changed."""
        news = self.filtered(lambda entry: entry.kind == "notification")
        messages = self.env["mail.message"].browse(set(news.mapped("res_id"))).exists()
        messages.filtered(
            lambda message: message._is_thread_message()
        )._notify_message_notification_update()
