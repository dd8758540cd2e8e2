import functools

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.modules.registry import Registry
from odoo.tools import SQL

from ...tools import events as ev
from ...tools import smtp
from ..guard import tracking_guard, tracking_savepoint

#: key of the trackings that a transaction leaves to be looked after when it is over
KEPT = "mail_tracking.undone"


class MailTrackingEmail(models.Model):
    """What sending leads to: the outcome of an attempt, or that there was none."""

    _inherit = "mail.tracking.email"

    is_cancelled = fields.Boolean(
        "Cancelled",
        readonly=True,
        help="The email was cancelled or deleted before it was sent.",
    )

    # ------------------------------------------------------------
    # NEW MAILS
    # ------------------------------------------------------------

    @api.model
    def _create_in_halves(self, vals_list):
        """Create trackings; one that cannot be created is found by halving, and costs no other."""
        if not vals_list:
            return self.browse()
        with tracking_guard(f"creating {len(vals_list)} trackings"), tracking_savepoint(self.env):
            return self.create(vals_list)
        if len(vals_list) == 1:
            return self.browse()
        middle = len(vals_list) // 2
        trackings = self._create_in_halves(vals_list[:middle])
        return trackings | self._create_in_halves(vals_list[middle:])

    # ------------------------------------------------------------
    # ATTEMPT
    # ------------------------------------------------------------

    @api.private
    def smtp_error(self, mail_server, smtp_server, exception):
        """Log that these recipients did not get their mail.

        :param mail_server: ``ir.mail_server``, may be empty
        :param str smtp_server: host name
        :param Exception exception: what was raised
        :return: the new events
        """
        metadata = {"smtp_server": smtp_server}
        events, _failed = self._log_in_halves(
            [
                (tracking, ev.ERROR, tracking._tracking_error_prepare(exception, metadata))
                for tracking in self
            ]
        )
        return events

    @api.model
    def _process_sent(self, events):
        """Fold the trackings of mails of a queue; others are notified by the cron.

        :param events: pending events *sent*
        :return: how many are done
        """
        before = events.tracking_email_id._fold()
        folded = self.browse(before)
        news = folded.filtered(lambda tracking: tracking._is_failure_news(before[tracking.id][0]))
        done = events._filter_of(folded - news - folded._filter_address_evidence(before))
        done._mark(is_pending=False)
        return len(done)

    def _tracking_sent_prepare(self, mail_server, smtp_server, message, message_id):
        """Metadata of the event that says that the SMTP server took the mail.

        :param mail_server: ``ir.mail_server`` or None
        :param str smtp_server: host name
        :param EmailMessage message: what was sent
        :param str message_id: its Message-ID
        :rtype: dict
        """
        return {"smtp_server": smtp_server}

    def _tracking_error_prepare(self, exception, metadata):
        """Metadata of the event that says why a mail could not be sent.

        :param Exception exception: what was raised
        :param dict metadata: what is known besides
        """
        self.ensure_one()
        metadata = {**metadata, **getattr(exception, "tracking_metadata", {})}
        recipient, address = self.recipient or "", self.recipient_address
        if not address or address.startswith("@"):
            missing = not recipient.strip()
            metadata["error_type"] = "no_recipient" if missing else "invalid_address"
            # what it means is said in the language of each reader
            metadata["error_description"] = self._get_whole_address() or recipient.strip() or False
            return metadata
        metadata |= getattr(exception, "metadata_by_address", {}).get(address, {})
        failure = smtp.describe(exception, address)
        error_type = failure.error_type
        if isinstance(exception, AssertionError):
            error_type = "invalid_address"
        return {
            "error_type": error_type,
            "error_description": failure.text,
            "error_code": str(failure.code or ""),
            "error_status": failure.status,
            "is_address_refused": smtp.refuses_address(exception, address),
            **metadata,
        }

    # ------------------------------------------------------------
    # CANCELLED
    # ------------------------------------------------------------

    @api.model
    def _cancel_waiting(self, mail_ids):
        """Note that mails of which nothing is known yet will not be sent.

        :param list mail_ids: of the cancelled ``mail.mail``
        """
        trackings = self.search(
            [
                ("mail_id_int", "in", mail_ids),
                ("state", "=", False),
                ("is_cancelled", "=", False),
            ]
        )
        standing = self.browse()
        for tracking in trackings.filtered("predecessor_ids"):
            standing |= tracking._give_back()
        trackings._set_cancelled(True)
        if standing:
            standing._sync_needs_action()
            standing._sync_notifications()

    def _give_back(self):
        """Let what this tracking stood for stand again, as its mail is cancelled.

        The two change places: this one keeps who sent again what to whom, and is not shown
        unless its mail is queued again.

        :return: the tracking that stands, a failure if there is one
        """
        failed_states = self._get_failed_states()
        before = self.predecessor_ids.sorted(
            lambda tracking: (tracking.state in failed_states, tracking.id)
        )
        standing = before[-1:]
        before[:-1].successor_id = standing
        standing.write({"successor_id": False, "needs_action": standing.state in failed_states})
        self.successor_id = standing
        return standing

    def _queue_again(self):
        """Note that the mails of these trackings are to be sent after all."""
        trackings = self.filtered("is_cancelled")
        superseded = self.browse()
        for tracking in trackings.filtered(
            lambda tracking: tracking.successor_id and not tracking.state
        ):
            standing = tracking.successor_id._get_current()
            if standing.state:  # else another attempt waits already, and stands
                tracking.successor_id = False
                standing._supersede(tracking)
                superseded |= standing
        trackings._set_cancelled(False)
        superseded._sync_needs_action()

    def _set_cancelled(self, is_cancelled):
        """Write whether the mails of these, of which nothing else is known, are cancelled."""
        waiting = self.filtered(lambda tracking: not tracking.state)
        if waiting:
            now = fields.Datetime.now() if is_cancelled else False
            waiting.write({"is_cancelled": is_cancelled, "state_time": now})
            waiting.mail_message_id._notify_tracking_update()

    # ------------------------------------------------------------
    # ROLLED BACK
    # ------------------------------------------------------------

    @api.model
    def _keep_after_undo(self, attempts):
        """Make sure that the trackings of mails that were just sent outlive a rollback.

        Core sends password resets and invitations in a savepoint that it rolls back, so that
        their text is not stored. The mail has left all the same, with the token of its tracking.

        :param list attempts: of ``send_batch.Attempt``
        """
        cr = self.env.cr
        names = [n for n, f in self._fields.items() if f.store and f.column_type]
        sent = [({name: a.tracking[name] for name in names}, a.metadata) for a in attempts]
        if modules.module.current_test:  # a test commits nothing that a new cursor could see
            cr.postcommit.add(functools.partial(self._restore_undone, sent))
            return
        for callbacks in (cr.postcommit, cr.postrollback):
            # one list, and one new cursor, for all mails of the transaction
            if KEPT not in callbacks.data:
                callbacks.data[KEPT] = []
                callbacks.add(
                    functools.partial(restore_in_new_cursor, cr.dbname, callbacks.data[KEPT])
                )
            callbacks.data[KEPT] += sent

    @api.model
    def _restore_undone(self, sent):
        """Create those of these trackings again that are gone, under their old numbers.

        And see to it that a No holds that their transaction could not see.

        In plain SQL: mails hold these numbers, which ``create`` does not take.

        :param list sent: of values, and metadata of the event *sent*
        """
        ids = {vals["id"]: metadata for vals, metadata in sent}
        present = self.browse(ids).exists()._ids
        gone = [(vals, metadata) for vals, metadata in sent if vals["id"] not in present]
        for vals, _metadata in gone:
            columns = {
                name: self._fields[name].convert_to_column_insert(self._get_living(value), self)
                for name, value in vals.items()
            }
            query = SQL(
                "INSERT INTO mail_tracking_email (%s) VALUES %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
            self.env.cr.execute(query)
        self._log_events([(self.browse(vals["id"]), ev.SENT, data) for vals, data in gone])
        self.env["mail.tracking.consent"]._refuse_unseen(self.browse(ids))

    @api.model
    def _get_living(self, value):
        """A value, without records that were rolled back as well."""
        if isinstance(value, models.BaseModel):
            return value.with_env(self.env).exists().id
        return value


def restore_in_new_cursor(dbname, sent):
    """Restore trackings when the transaction that sent their mails is over."""
    with tracking_guard("restoring the tracking of mails"), Registry(dbname).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["mail.tracking.email"]._restore_undone(sent)
