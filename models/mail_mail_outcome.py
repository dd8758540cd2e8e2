import logging
import sys

from odoo import models, tools

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools import events as ev
from ..tools import smtp
from .doors import is_extended
from .guard import BUSY, tracking_guard
from .mail_send_batch import AFTER_COMMIT, Attempt, ConcludedError, CreatedRows, PlainRow, SendBatch

_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    """Sending, and what came of it for each recipient."""

    _inherit = "mail.mail"

    def send_after_commit(self):
        """Override of ``mail`` to say so: what goes wrong then has nothing to undo."""
        return super(MailMail, self.with_context(**{AFTER_COMMIT: True})).send_after_commit()

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Override of ``mail``: after a commit, what is busy elsewhere is left to the queue.

        The mails are stored and wait to be sent. Whoever made them is not to read that it
        failed, and do it all once more.
        """
        try:
            return super().send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                post_send_callback=post_send_callback,
            )
        except BUSY as error:
            if not self.env.context.get(AFTER_COMMIT):
                raise
            _logger.info("Mails %s are left to the queue: %s", self.ids, error)
            self.env.cr.rollback()
            # sudo: ir.cron - the queue of core
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
            return True

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Override of ``mail`` to collect the outcome for each recipient.

        :raise MailDeliveryException: with ``raise_exception``, the first failure, but
            only after the other recipients had their mail
        """
        args = {
            "auto_commit": auto_commit,
            "raise_exception": raise_exception,
            "smtp_session": smtp_session,
            "alias_domain_id": alias_domain_id,
            "mail_server": mail_server,
            "post_send_callback": post_send_callback,
        }
        if self.env["ir.mail_server"]._disable_send():
            return super()._send(**args)
        batch = self._tracking_start_batch(mail_server or None, auto_commit)
        mails = self.with_context(mail_tracking_batch=batch)
        try:
            res = super(MailMail, mails)._send(**args)
        finally:
            batch.close()
        self.env["ir.mail_server"]._tracking_remember(batch)
        mails._tracking_write(batch)
        batch.tell_all()
        if raise_exception and batch.errors:
            raise_delivery_error(self.env, batch.errors[0])
        return res

    def _tracking_start_batch(self, mail_server=None, auto_commit=False):
        # sudo: mail.tracking.email - the rows of the mails being sent
        batch = SendBatch(self.env["mail.tracking.email"].sudo().env, mail_server, auto_commit)
        with tracking_guard("looking up the tracking of mails"):
            batch.rows_by_mail = self._tracking_rows()
        return batch

    def _tracking_rows(self):
        """The existing rows of these mails; no query for mails of this transaction.

        :return: mail id -> list of :class:`PlainRow`
        :rtype: dict
        """
        self._tracking_create_pending()
        created = CreatedRows.of(self.env.cr)
        result = {mail_id: created.get(mail_id) for mail_id in self.ids if created.get(mail_id)}
        unknown = [mail_id for mail_id in self.ids if mail_id not in result]
        if unknown:
            # sudo: mail.tracking.email - the rows of the mails being sent
            rows = self.env["mail.tracking.email"].sudo()
            rows = rows.search_fetch([("mail_id_int", "in", unknown)], order="id")
            for mail_id, own in rows.grouped("mail_id_int").items():
                result[mail_id] = PlainRow.of(own)
        return result

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of ``mail`` to put the true reasons in, and to note the outcome."""
        batch = self.env.context.get("mail_tracking_batch")
        error = None
        if batch is None:
            server = None
            if failure_type == "mail_smtp":  # core tells not which server it was
                with tracking_guard("looking up the mail server"):
                    server = self._tracking_get_server()
                    error = self._tracking_note_no_connection()
            batch = self._tracking_start_batch(server)
        with tracking_guard("noting the outcome of mails"):
            failure_type, failure_reason = self._tracking_collect(
                batch, success_pids, success_emails, failure_type, failure_reason, error
            )
        # core may delete these now, which has to leave their rows alone
        batch.concluded_message_ids.update(self.mail_message_id.ids)
        mails = self.with_context(mail_tracking_batch=batch)
        res = super(MailMail, mails)._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if batch.auto_commit:
            self._tracking_write(batch)
        elif self.env.context.get("mail_tracking_batch") is None:
            self._tracking_write(batch)
            batch.tell_all()
        return res

    def _tracking_note_no_connection(self):
        """Say on the mails why no connection could be had, where core put Python's words.

        :return: the failure; None where it is not known
        :rtype: ConcludedError
        """
        # core is handling it at this moment, and hands it to nobody
        error = ConcludedError.of_connection(sys.exc_info()[1])
        if error:
            self.write({"failure_reason": str(error)})
        return error

    def _tracking_collect(
        self, batch, success_pids, success_emails, failure_type, reason, error=None
    ):
        """Complete the attempts of these mails by what core concluded.

        :param ConcludedError error: what went wrong, where more is known than core says
        :return: failure type and reason for core's own records
        :rtype: tuple
        """
        if len(self) == 1 and batch.attempts.get(self.id) and failure_type:
            failure_type, reason = self._tracking_true_failure(batch, failure_type, reason)
        for mail in self:
            batch.note_thread(mail)
            if mail.id not in batch.matched_mail_ids:  # no email was made of it
                mail._tracking_match(batch, mail._tracking_envelopes())
            attempts = batch.attempts[mail.id]
            for row in batch.rows_by_mail.get(mail.id) or ():
                if row.id in attempts or (row.state and not failure_type):
                    continue
                failure = error
                if failure_type and not failure:
                    failure = ConcludedError(failure_type, reason or mail.failure_reason or "")
                self._tracking_conclude(batch, mail, row, success_pids, success_emails, failure)
        return failure_type, reason

    def _tracking_conclude(self, batch, mail, row, success_pids, success_emails, failure):
        """Note the outcome of a row that passed through no ``send_email`` of ours."""
        delivered = row.partner_id in [partner.id for partner in success_pids] or (
            row.recipient_address
            in [tools.email_normalize(address, strict=False) for address in success_emails]
        )
        metadata = {"smtp_server": batch.server_name}
        if failure and not delivered:
            batch.attempts[mail.id][row.id] = Attempt(row, failure, metadata)
        elif delivered or mail.state == "sent":
            batch.attempts[mail.id][row.id] = Attempt(row, metadata=metadata)

    def _tracking_true_failure(self, batch, failure_type, reason):
        """What core may say of a mail that core believes to have no valid recipient.

        While others got the mail, core may go on as it likes. Where nobody did, the
        mail keeps the true reason, and is kept for a retry unless that is hopeless.
        """
        failed = [a for a in batch.attempts[self.id].values() if a.exception is not None]
        if not failed or self.id in batch.sent_mail_ids:
            return failure_type, reason
        first = failed[0]
        if first.exception.args[:1] == (self.env["ir.mail_server"].NO_VALID_RECIPIENT,):
            return failure_type, reason  # core found that out itself, and says it in its words
        record = batch.record(first.row)
        values = record._tracking_error_prepare(first.exception, first.metadata)
        failure_type = record._get_failure_type(values["error_type"])
        reason = values["error_description"]
        self.write({"failure_type": failure_type, "failure_reason": reason})
        return failure_type, reason

    def _tracking_write(self, batch):
        """Write the collected outcomes: events and states, each in one statement."""
        attempts = batch.take_attempts()
        if not attempts and not batch.surplus_ids:
            return
        with tracking_guard("writing the outcome of mails"):
            Tracking = batch.env["mail.tracking.email"]
            if is_extended(Tracking, "smtp_error"):
                attempts = self._tracking_tell_errors(batch, attempts)
            entries = [self._tracking_entry(batch, attempt) for attempt in attempts]
            Tracking._log_in_halves(entries)
            batch.drop_surplus()
            if batch.may_be_undone:
                Tracking._keep_after_undo(
                    [
                        (attempt.row.id, attempt.row.vals, metadata)
                        for attempt, (_row, _type, metadata) in zip(attempts, entries, strict=True)
                        if attempt.exception is None and attempt.row.vals
                    ]
                )

    def _tracking_tell_errors(self, batch, attempts):
        """Go through the door ``smtp_error`` with what failed.

        :return: the attempts that did not fail
        :rtype: list
        """
        failed = [attempt for attempt in attempts if attempt.exception is not None]
        for attempt in failed:
            server_name = attempt.metadata.get("smtp_server") or ""
            batch.record(attempt.row).smtp_error(
                batch.mail_server or batch.env["ir.mail_server"], server_name, attempt.exception
            )
        return [attempt for attempt in attempts if attempt.exception is None]

    def _tracking_entry(self, batch, attempt):
        """What came of an attempt, as ``_log_events`` wants it."""
        record = batch.record(attempt.row)
        known = {
            "recipient": attempt.row.recipient,
            "recipient_address": attempt.row.recipient_address,
        }
        if attempt.exception is None:
            return record, ev.SENT, {**known, **attempt.metadata}
        metadata = {**known, **attempt.metadata}
        return record, ev.ERROR, record._tracking_error_prepare(attempt.exception, metadata)


def raise_delivery_error(env, cause):
    """Raise the failure of a mail as core's ``send_email`` would have done.

    :raise MailDeliveryException: always
    """
    failure = smtp.describe(cause)
    raise MailDeliveryException(env._("Mail Delivery Failed"), failure.text) from cause
