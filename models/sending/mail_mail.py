import functools
import logging
import sys
from collections import defaultdict

import psycopg2

from odoo import SUPERUSER_ID, api, models, tools
from odoo.modules.registry import Registry

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...tools import body as body_tools
from ...tools import events as ev
from ...tools import modes, smtp, tokens
from ...tools.headers import all_plain
from ...tools.sentences import PERSONAL
from ..failures.mail_message import KEEP_FAILURES
from ..guard import NEW_MAILS, TRANSIENT_ERRORS, get_batch, tracking_guard, tracking_savepoint
from ..mail_tracking_email import MAX_INDEXED, all_normalized, normalized
from ..mailings.mail_mail import MAILING_PIXEL
from ..state.mail_tracking_event import SENT_ARGS
from .ir_mail_server import TOKEN_HEADER
from .send_batch import (
    AFTER_COMMIT,
    Attempt,
    CoreFailure,
    Envelope,
    SendBatch,
    get_failure_key,
    join_refusals,
)

_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    """From the new mail to its outcome: a tracking for each envelope recipient."""

    _inherit = "mail.mail"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        mails.filtered(lambda mail: mail.state == "outgoing")._tracking_create_later()
        return mails

    def write(self, vals):
        res = super().write(vals)
        if vals.get("state") == "cancel":
            self._tracking_cancel()
        elif vals.get("state") == "outgoing":
            self._tracking_queue_again()
        return res

    def unlink(self):
        # the outcome of mails that were sent or failed is known, and does not change
        self.filtered(lambda mail: mail.state in ("outgoing", "cancel"))._tracking_cancel()
        # core deletes the messages of most of them: what failed of these still needs somebody
        mails = self.with_context(**{KEEP_FAILURES: True})
        batch = get_batch(self.env)
        if not batch or all(self.mapped("is_notification")):  # no message is deleted with them
            return super(MailMail, mails).unlink()
        self._tracking_log_sent(batch)
        self.env.flush_all()  # what fails here is not ours
        try:
            # deleting a message writes its trackings; an error now would have them sent again
            with tracking_savepoint(self.env):
                return super(MailMail, mails).unlink()
        except TRANSIENT_ERRORS:
            _logger.info("Mails %s are sent, and deleted after the commit", self.ids)
            self.env.cr.postcommit.add(
                functools.partial(unlink_in_new_cursor, self.env.cr.dbname, self.ids)
            )
        return True

    def _get_trackings(self):
        """``mail.tracking.email``, with sudo: nobody may write these by hand, sending does."""
        return self.env["mail.tracking.email"].sudo()

    # ------------------------------------------------------------
    # NEW MAILS
    # ------------------------------------------------------------

    def _tracking_create_later(self):
        """Have the trackings of these new mails created together with those of others.

        That is before anybody looks for trackings, and at the latest by the commit.
        """
        precommit = self.env.cr.precommit
        if NEW_MAILS not in precommit.data:
            precommit.data[NEW_MAILS] = NewMails(list)
            precommit.add(self._get_trackings()._create_waiting)
        precommit.data[NEW_MAILS][self.env] += self.ids

    def _tracking_create(self):
        """Create the trackings of these new mails, before anything is rendered or sent."""
        if not self:
            return
        Tracking, vals_list = self._get_trackings(), []
        with tracking_guard("preparing the tracking of new mails"), tracking_savepoint(self.env):
            used = {"template_id": self.env["mail.template"]._tracking_get_used_id()}
            for mail in self:
                for email in mail._tracking_envelopes():
                    vals_list += [{**used, **vals} for vals in mail._tracking_prepare(email)]
            Tracking.create(vals_list)._supersede_failures_of_mailing()
            return
        with tracking_guard("preparing the tracking of some mails"):
            Tracking._create_in_halves(vals_list)._supersede_failures_of_mailing()

    def _tracking_email_prepare(self, email):
        """Values of the tracking of one recipient of this mail.

        :param dict email: an entry of ``_prepare_outgoing_list``, narrowed down to
            one recipient in ``email_to``; other keys may be missing
        :return: values for ``mail.tracking.email.create``
        :rtype: dict
        """
        self.ensure_one()
        # sudo: mail.message - what the mail inherits from it, without a detour
        message = self.mail_message_id.sudo()
        recipient = email["email_to"]
        if not isinstance(recipient, str):
            recipient = ", ".join(recipient or [])
        return {
            "author_id": message.author_id.id,
            "company_id": message.record_company_id.id,
            "is_cc": bool(email.get("is_cc")),
            "is_watched": message.mail_tracking_is_watched,
            "mail_id_int": self.id,
            "mail_message_id": message.id,
            "mailing_id_int": "mailing_id" in self._fields and self.mailing_id.id,
            "model": message.model,
            "name": message.subject,
            "partner_id": (email.get("partner_id") or self.env["res.partner"]).id,
            "read_receipt_requested": message.mail_tracking_read_receipt,
            "recipient": recipient,
            "res_id": message.res_id or False,
            "sender": message.email_from,
        }

    def _tracking_prepare(self, email):
        """Values of the trackings of one email, for each of its recipients."""
        recipients = self._tracking_recipients(email)
        shared = tokens.new_token() if len(recipients) > 1 else False
        vals_list = []
        for each in recipients:
            with tracking_guard(f"preparing a tracking of mail {self.id}"):
                vals = self._tracking_email_prepare(each)
                vals_list.append({"envelope_token": shared, **vals})
        return vals_list

    def _tracking_envelopes(self):
        """The emails this mail will be split into, without their bodies.

        Mirrors the recipients of core's ``_prepare_outgoing_list``, so that trackings can
        exist before anything is rendered; what another addon changes there is put right when
        the mail is sent.
        """
        self.ensure_one()
        split = tools.mail.email_split_and_format_normalize
        envelopes = []
        if self.email_to or self.email_cc:
            envelopes.append(
                {
                    "email_to": split(self.email_to or ""),
                    "email_to_raw": self.email_to or "",
                    "email_cc": split(self.email_cc or ""),
                }
            )
        # the order in which people read them; core's is that of the database
        for partner in self.recipient_ids.sorted(lambda p: ((p.name or "").casefold(), p.id)):
            addresses = all_normalized(partner.email)
            envelopes.append(
                {
                    "email_to": [tools.formataddr((partner.name or "", a)) for a in addresses],
                    "email_to_raw": partner.email or "",
                    "email_cc": [],
                    "partner_id": partner,
                }
            )
        return envelopes

    def _tracking_recipients(self, email):
        """The envelope recipients of one email: copies of it, narrowed down to one each.

        :param dict email: an entry of ``_prepare_outgoing_list``
        """
        recipients, seen = [], set()
        for key, is_cc in (("email_to", False), ("email_cc", True)):
            addresses = email.get(key) or []
            if isinstance(addresses, str):
                addresses = tools.mail.email_split_and_format(addresses)
            for address in addresses:
                plain = normalized(address)
                if plain and plain not in seen:
                    seen.add(plain)
                    recipients.append(
                        {**email, "email_to": [address], "email_cc": [], "is_cc": is_cc}
                    )
        if not recipients:  # nobody can be reached: one tracking says so
            raw = email.get("email_to_raw") or ""
            recipients.append({**email, "email_to": [raw] if raw else [], "is_cc": False})
        return recipients

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def send_after_commit(self):
        """Override of ``mail`` to say so: what goes wrong then has nothing to undo."""
        return super(MailMail, self.with_context(**{AFTER_COMMIT: True})).send_after_commit()

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Override of ``mail``: after a commit, what is busy elsewhere is left to the queue.

        The mails are stored and wait to be sent. Their author is not to read that it
        failed, and do it all once more.
        """
        try:
            return super().send(
                auto_commit=auto_commit,
                raise_exception=raise_exception,
                post_send_callback=post_send_callback,
            )
        except TRANSIENT_ERRORS as error:
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
        """Override of ``mail`` to collect what becomes of each recipient's email.

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
        env = self._get_trackings().env
        commits = auto_commit is True  # anything else that is true does not have core commit
        batch = SendBatch(env, mail_server or None, commits, self.ids)
        batch.server_name = batch.server_name or tools.config["smtp_server"] or ""
        mails = self.with_context(mail_tracking_batch=batch)
        try:
            res = super(MailMail, mails)._send(**args)
        except psycopg2.Error:
            batch.sent.clear()  # all is rolled back
            raise
        finally:
            mails._tracking_log_sent(batch)
            batch.close()
        mails._tracking_apply_sent(batch)
        self.env["ir.mail_server"]._tracking_remember(batch)
        batch.notify_all()
        if commits:  # as core does after each mail
            self.env.cr.commit()  # pylint: disable=invalid-commit
        if raise_exception and batch.errors:
            failure = smtp.describe(batch.errors[0])
            # as core's own ``send_email`` would have done
            raise MailDeliveryException(
                self.env._("Mail Delivery Failed"), failure.text
            ) from batch.errors[0]
        return res

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Override of ``mail``: each email gets the token of its tracking, and the pixel."""
        emails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        batch = get_batch(self.env)
        if batch is not None:
            if batch.is_due():
                self._tracking_apply_sent(batch)
                batch.leave_to_cron()
            # of hooks: an error of PostgreSQL, or what they wrote and is not stored yet, would come
            # out after the mail has left, which would be sent again
            self.env.flush_all()  # what fails here is not ours
            with tracking_guard(f"marking mail {self.id}"), tracking_savepoint(self.env):
                self._tracking_mark(batch, emails)
        return emails

    def _tracking_mark(self, batch, emails):
        """Tie each email to its trackings, and put in what its mode allows.

        An email of mass_mailing has the pixel and the links of that addon, which stay where the
        recipient may be known; what they tell is left out where not, see ``models/mailings``.
        """
        Server = (batch.mail_server or self.env["ir.mail_server"]).with_env(self.env)
        # sudo: mail.alias.domain - which addresses are ours
        domain = (self.record_alias_domain_id or self.env.company.alias_domain_id).sudo()
        batch.add_thread(self)
        groups = self._tracking_match(batch, emails, batch.find_trackings(self.id))
        batch.prepare_modes(batch.trackings_by_mail[self.id])
        groups = [
            self._tracking_leave_out_dead(batch, email, trackings)
            for email, trackings in zip(emails, groups, strict=True)
        ]
        # an addon may refuse them
        marked = [pair for pair in zip(emails, groups, strict=True) if pair[1]]
        for email, trackings in marked:
            leader = trackings[0]
            # core hands the very same dict to every recipient
            headers = {**(email.get("headers") or {}), TOKEN_HEADER: leader.token}
            headers = all_plain(Server._tracking_headers_add(leader.id, headers))
            email["headers"] = domain._tracking_bounce_headers(batch, leader.token, headers)
            self._tracking_ask_receipt(email, trackings)
            batch.envelopes[leader.token] = Envelope(self.id, trackings)
        decided = [
            batch.decide(trackings, is_disabled=Server._tracking_img_disabled(trackings[0].id))
            for _email, trackings in marked
        ]
        is_alone = [each.opens.mode for each in decided].count(modes.COUNTED) < 2
        for (email, trackings), decisions in zip(marked, decided, strict=True):
            mode = decisions.opens.mode
            has_clicks = self._tracking_narrow_mailing(email, decisions)
            if batch.is_told_by_service and decisions.clicks.mode in modes.PERSONAL:
                has_clicks = True
            self._tracking_add_foot(email, trackings, mode, has_clicks)
            self._tracking_add_image(email, trackings[0]._get_image_url(mode, is_alone))

    def _tracking_add_image(self, email, url):
        """Put an image into an email that shows when it is opened.

        :param dict email: an entry of ``_prepare_outgoing_list``
        :param str url: address of the image, empty for none
        """
        body = email.get("body") or ""
        if not url or MAILING_PIXEL % self.id in body:
            return
        email["body"] = body_tools.add_pixel(body, url)
        # of a body that is empty but for the pixel, core would make its plain text
        email["body_alternative"] = email.get("body_alternative") or " "

    def _tracking_match(self, batch, emails, known):
        """The trackings of each email; missing ones are created, surplus ones dropped.

        Who is on a mail may have changed since it was made.

        :param known: those of this mail
        :return: for each email its trackings, the first one's token is used
        """
        Tracking = self._get_trackings().with_env(batch.env)
        left, plan = list(known), []
        for email in emails:
            trackings, missing = Tracking, []
            for vals in self._tracking_prepare(email):
                if found := take_tracking(left, vals):
                    trackings |= found
                else:
                    missing.append({"template_id": known.template_id[:1].id, **vals})
            plan.append(trackings | Tracking._create_in_halves(missing) if missing else trackings)
        matched = Tracking.union(*plan)
        batch.trackings_by_mail[self.id] = matched
        gone = Tracking.union(*left)
        batch.surplus_by_mail[self.id] = gone.filtered(lambda tracking: not tracking.state)
        if gone:
            self._tracking_supersede(gone, matched - known)
        return plan

    def _tracking_match_waiting(self, batch):
        """Find the trackings of mails of which no email was made, or none that was marked."""
        found = self._get_trackings().search([("mail_id_int", "in", self.ids)], order="id")
        known = found.grouped("mail_id_int")
        for mail in self:
            batch.add_thread(mail)
            envelopes = mail._tracking_envelopes()
            groups = mail._tracking_match(batch, envelopes, known.get(mail.id, found.browse()))
            if mail.state == "sent":
                mail._tracking_decide_late(batch, filter(None, groups))

    def _tracking_decide_late(self, batch, groups):
        """Decide what may be known of emails that another addon sent by itself.

        :param groups: for each email the trackings of its recipients
        """
        guard = tracking_guard("deciding what may be known", "nothing is noted of opens")
        with guard, tracking_savepoint(self.env):
            batch.prepare_modes(batch.trackings_by_mail[self.id])
            for trackings in groups:
                batch.decide(trackings)

    # ------------------------------------------------------------
    # OUTCOME
    # ------------------------------------------------------------

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Override of ``mail`` to put the true reasons in, and to log what came of it."""
        batch = get_batch(self.env)
        is_own = batch is None
        failure = None
        if is_own:
            server = None
            if failure_type == "mail_smtp":  # core does not say which server it was
                with tracking_guard("looking up the mail server"):
                    server = self._tracking_get_server()
                    failure = self._tracking_note_no_connection()
            batch = SendBatch(self._get_trackings().env, server)
            if failure:
                batch.server_name = batch.server_name or tools.config["smtp_server"] or ""
        mails = self.with_context(mail_tracking_batch=batch)
        with tracking_guard("collecting the outcome of mails"):
            failure_type, failure_reason = mails._tracking_collect(
                batch, success_pids, success_emails, failure_type, failure_reason, failure
            )
        # before core deletes mails and messages
        failed = None
        with tracking_guard("logging the outcome of mails"):
            failed = mails._tracking_log_outcome(batch)
        res = super(MailMail, mails)._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
        if failed:
            with tracking_guard("noting why mails failed"), tracking_savepoint(self.env):
                failed.filtered("mail_message_id")._sync_notifications()  # core knows one reason
        if is_own:
            batch.notify_all()
        return res

    def _tracking_note_no_connection(self):
        """Say on the mails why no connection could be had, where core put Python's words.

        :return: the failure; None where it is not known
        """
        # core is handling it at this moment, and hands it to nobody
        failure = CoreFailure.of_connection(sys.exc_info()[1])
        if failure:
            self.write({"failure_reason": str(failure)})
        return failure

    def _tracking_collect(
        self, batch, success_pids, success_emails, failure_type, reason, failure=None
    ):
        """Complete the attempts of these mails by what core concluded.

        :param CoreFailure failure: what went wrong, where more is known than core says
        :return: failure type and reason for core's own records
        """
        if len(self) == 1 and batch.attempts.get(self.id) and failure_type:
            failure_type, reason = self._tracking_true_failure(batch, failure_type, reason)
        unknown = self.filtered(lambda mail: mail.id not in batch.trackings_by_mail)
        if unknown:  # no email was made of them
            with tracking_savepoint(self.env):  # of hooks: some mails may have left
                unknown._tracking_match_waiting(batch)
        for mail in self:
            for tracking in batch.trackings_by_mail[mail.id]:
                is_known = tracking.id in batch.attempts[mail.id]
                if is_known or (tracking.state and not failure_type):
                    continue
                cause = failure
                if failure_type and not cause:
                    cause = CoreFailure(failure_type, reason or mail.failure_reason or "")
                mail._tracking_conclude(batch, tracking, success_pids, success_emails, cause)
        return failure_type, reason

    def _tracking_conclude(self, batch, tracking, success_pids, success_emails, failure):
        """Note the outcome for a recipient whose email passed through no ``send_email`` of ours."""
        delivered = tracking.partner_id.id in [partner.id for partner in success_pids] or (
            tracking.recipient_address
            in [tools.email_normalize(address, strict=False) for address in success_emails]
        )
        metadata = {"smtp_server": batch.server_name}
        if failure and not delivered:
            batch.add(self.id, Attempt(tracking, failure, metadata))
        elif delivered or self.state == "sent":
            metadata |= batch.mode_facts[tracking.id]
            batch.add(self.id, Attempt(tracking, metadata=metadata))

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
        values = first.tracking._tracking_error_prepare(first.exception, first.metadata)
        failure_type = first.tracking._get_failure_type(values["error_type"])
        reason = values["error_description"] or reason
        self.write({"failure_type": failure_type, "failure_reason": reason})
        return failure_type, reason

    def _tracking_log_outcome(self, batch):
        """Log the outcome of these mails, and forget trackings without an email.

        :return: trackings of those that failed
        """
        Tracking = self._get_trackings()
        attempts = [
            attempt for mail in self for attempt in batch.attempts.pop(mail.id, {}).values()
        ]
        batch.sent += [attempt for attempt in attempts if attempt.exception is None]
        failed, surplus = {}, Tracking
        facts = {"delivery_report": PERSONAL} if batch.is_personal else {}
        for attempt in attempts:
            if attempt.exception is not None:
                failed.setdefault(get_failure_key(attempt.exception), []).append(attempt)
        for mail in self:
            surplus |= batch.surplus_by_mail.pop(mail.id, Tracking)
        if batch.may_be_undone:
            Tracking._keep_after_undo([a for a in attempts if a.exception is None])
        if not batch.waits(self):
            self._tracking_log_sent(batch)
        for same in failed.values():
            with tracking_guard("logging that mails were not sent"), tracking_savepoint(self.env):
                Tracking.union(*(attempt.tracking for attempt in same)).smtp_error(
                    batch.mail_server or self.env["ir.mail_server"],
                    same[0].metadata.get("smtp_server") or "",
                    join_refusals([attempt.exception for attempt in same], **facts),
                )
                with tracking_guard("having the mail server looked at"):
                    batch.alarm()
        if surplus:
            with tracking_guard("deleting surplus trackings"), tracking_savepoint(self.env):
                surplus.exists().unlink()
        return Tracking.union(*(a.tracking for same in failed.values() for a in same))

    def _tracking_log_sent(self, batch):
        """Log that the server took mails; without what hooks add, where a hook fails.

        Where each mail is committed, its events are stored with it, and applied together with those
        of the next ones, see ``_tracking_apply_sent``.
        """
        attempts, batch.sent = batch.sent, []
        if not attempts:
            return
        Tracking = self._get_trackings()
        # core may have emptied the cache since: they are read together
        trackings = Tracking.browse(attempt.tracking.id for attempt in attempts)
        pairs = list(zip(trackings, attempts, strict=True))
        plain = {tracking: (tracking, ev.SENT, a.metadata) for tracking, a in pairs}
        failed = [(t, ev.SENT, {**a.metadata, SENT_ARGS: a.sent}) for t, a in pairs]
        with tracking_guard("logging that mails were sent"):
            events, failed = Tracking._log_in_halves(failed, is_pending=batch.auto_commit)
            if batch.auto_commit:
                batch.pending_ids += events.ids
        known = ()
        if failed:
            with tracking_guard("looking for what is logged", "it is logged again"):
                known = trackings._get_sent_times()
        for tracking, _type, _data in failed:
            if tracking.id not in known:
                with tracking_guard("logging that a mail was sent"):
                    Tracking._log_events([plain[tracking]])

    def _tracking_apply_sent(self, batch):
        """Apply that mails of a queue were sent; what cannot be applied now is left to the cron."""
        Tracking, event_ids = self._get_trackings(), batch.pending_ids
        if not event_ids:
            return
        batch.pending_ids = []
        with tracking_guard("applying that mails were sent", "the scheduled action does so"):
            events = self.env["mail.tracking.event"].sudo().browse(event_ids)
            if Tracking._process_in_halves(events, Tracking._process_sent) < len(events):
                Tracking._wake_cron()

    def _tracking_get_server(self):
        """The ``ir.mail_server`` that core chooses for these mails of one session, if any."""
        for server_id, *_rest in self._split_by_mail_configuration():
            return self.env["ir.mail_server"].browse(server_id or [])
        return self.env["ir.mail_server"]

    # ------------------------------------------------------------
    # CANCELLED, QUEUED AGAIN, SPLIT
    # ------------------------------------------------------------

    def _tracking_cancel(self):
        """Note that the recipients of these mails will not get them."""
        if not self:
            return
        guard = tracking_guard("noting cancelled mails", lets_through=TRANSIENT_ERRORS)
        with guard, tracking_savepoint(self.env):
            self._get_trackings()._cancel_waiting(self.ids)
            self._tracking_set_notifications("ready", "canceled")

    def _tracking_queue_again(self):
        """Note that the recipients of these mails are to get them after all."""
        if not self:
            return
        guard = tracking_guard("noting mails that are queued again", lets_through=TRANSIENT_ERRORS)
        with guard, tracking_savepoint(self.env):
            trackings = self._get_trackings().search([("mail_id_int", "in", self.ids)])
            trackings._queue_again()
            (self - self.browse(trackings.mapped("mail_id_int")))._tracking_create()
            self._tracking_set_notifications("canceled", "ready")

    def _tracking_set_notifications(self, before, after):
        """Change core's notifications, as core never sends what is *canceled* there.

        :param str before: status of the notifications that are meant
        :param str after: the status that they get
        """
        # sudo: mail.notification - follows the mail, as when core sends it
        notifications = self.env["mail.notification"].sudo()
        notifications = notifications.search(
            [
                ("notification_type", "=", "email"),
                ("mail_mail_id", "in", self.ids),
                ("notification_status", "=", before),
            ]
        )
        notifications.notification_status = after

    def _split_by_delayed_batch(self, mail_server):
        """Override of ``mail``: recipients who move to another mail take their tracking along."""
        to_send = super()._split_by_delayed_batch(mail_server)
        if parts := to_send - self:
            with tracking_guard("splitting mails"), tracking_savepoint(self.env):
                self._tracking_move(parts)
        (self - to_send)._tracking_wake_queue()
        return to_send

    def _tracking_move(self, parts):
        """Give the trackings of recipients who left these mails to the mails that they are on.

        :param parts: new ``mail.mail`` of the same messages; their own trackings go
        """
        Tracking = self._get_trackings()
        domain = [("successor_id", "=", False)]
        old = Tracking.search([*domain, ("mail_id_int", "in", self.ids)], order="id")
        new = Tracking.search([*domain, ("mail_id_int", "in", parts.ids)], order="id")
        old_by_key = {tracking._get_recipient_key(): tracking for tracking in old}
        for tracking in new:
            if moved := old_by_key.get(tracking._get_recipient_key()):
                moved.mail_id_int = tracking.mail_id_int
                tracking.unlink()


class NewMails(defaultdict):
    """Environment -> ids of new mails that have no trackings yet.

    Odoo's tests copy what waits for the commit; environments cannot be copied.
    """

    def __deepcopy__(self, _memo):
        return NewMails(list, {env: list(ids) for env, ids in self.items()})


def unlink_in_new_cursor(dbname, ids):
    """Delete mails that were sent; wait for who is writing what is deleted or changed with them."""
    guard = tracking_guard("deleting mails that were sent", "they are kept")
    with guard, Registry(dbname).cursor() as cr:
        # at the usual level, waiting ends in an error
        cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cr.execute("SET LOCAL lock_timeout = '10s'")
        api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(ids).exists().unlink()


def take_tracking(trackings, vals):
    """Take the tracking of a recipient out of a list, so that it is not found a second time.

    An email that names no partner may be that of one all the same: a mail that was sent again
    to a corrected address.

    :param list trackings: of one mail
    :param dict vals: of the recipient, see ``_tracking_email_prepare``
    :return: the tracking, None where there is none
    """
    address = normalized(vals["recipient"]).lower()[:MAX_INDEXED]
    same = [tracking for tracking in trackings if (tracking.recipient_address or "") == address]
    found = next((r for r in same if r.partner_id.id == (vals["partner_id"] or False)), None)
    if found is None and not vals["partner_id"] and address and same:
        found = same[0]
    if found is not None:
        trackings.remove(found)
    return found
