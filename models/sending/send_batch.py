"""What is known about the mails of one SMTP session while they are sent."""

import smtplib
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...tools import modes, smtp, smtp_setup
from ..guard import Batch, tracking_guard, tracking_savepoint

#: context key of mails that are sent after the commit of what they are about
AFTER_COMMIT = "mail_tracking_after_commit"
#: While a queue is sent, its events are applied, and readers of messages are notified, this often.
NOTIFY_SECONDS = 2.0
#: So much later, the cron applies what a process that was killed has left.
LEFT_AFTER = timedelta(minutes=5)
#: So many failures of a session have its mail server looked at.
MAX_ALARMS = 3
#: What may be known of opens is decided for so many mails at a time: as many as core sends in one
#: session, unless it is told otherwise.
AHEAD = 1_000
#: Mails of which it is not logged yet that they were sent, in bytes.
MAX_WAITING_BYTES = 10_000_000
#: What is read of trackings for that.
RULED_BY = ["recipient_address", "partner_id", "company_id", "template_id", "model"]
#: Values of the event *sent* of a mail whose deciding failed: nothing may be known of it.
UNDECIDED = {"open_mode": modes.OFF, "open_mode_reason": False, "click_mode": modes.OFF}


class CoreFailure(Exception):
    """A failure that core concluded, before or after the session with the server.

    :param str error_type: a word of core or of ours
    :param str text: for people
    :param codes: what the server said besides, as values of an event
    """

    #: what is known besides of single addresses: address -> values of an event
    metadata_by_address = {}

    def __init__(self, error_type, text, **codes):
        super().__init__(text)
        self.tracking_metadata = {"error_type": error_type, "error_description": text, **codes}

    @classmethod
    def of_connection(cls, exception):
        """Why no session with the server could be had, None where that is not known."""
        if exception is None:
            return None
        failure = smtp.describe(exception)
        error_type = failure.error_type
        if smtp_setup.is_unreachable(exception):
            error_type = "mail_smtp"  # core's word for it
        elif isinstance(exception, UserError):
            error_type = smtp_setup.SETTINGS
        elif error_type == "unknown":
            error_type = smtp_setup.FAILED
        codes = {"error_code": str(failure.code or ""), "error_status": failure.status}
        return cls(error_type, failure.text, **codes)


@dataclass
class Envelope:
    """One SMTP transaction: one email, one or several recipients.

    :param int mail_id: the ``mail.mail`` that is being sent
    :param trackings: ``mail.tracking.email`` of its recipients, the first one's token is used
    """

    mail_id: int
    trackings: object


@dataclass
class Attempt:
    """What came of an envelope for one recipient.

    :param tuple sent: for ``_tracking_sent_prepare``, where ``send_email`` handed the mail over
    """

    tracking: object
    exception: Exception | None = None
    metadata: dict = field(default_factory=dict)
    sent: tuple = ()


class SendBatch(Batch):
    """Collects what becomes of the mails of one SMTP session.

    It lives for one call of ``mail.mail._send`` and is handed down through the context, as core
    does with the addresses it validated: core's signatures between ``_send`` and ``send_email``
    leave no other way.

    :param env: environment, with sudo
    :param mail_server: the ``ir.mail_server`` in use, may be empty
    :param bool auto_commit: whether core commits after each mail
    :param mail_ids: of the mails, in the order in which they are sent
    """

    def __init__(self, env, mail_server=None, auto_commit=False, mail_ids=()):
        self.env = env
        self.mail_ids = list(mail_ids)
        self.last_id = mail_ids[-1] if mail_ids else None
        self.mail_server = mail_server
        self.auto_commit = auto_commit
        # whether these mails are sent in a transaction that somebody else may roll back
        self.may_be_undone = not (auto_commit or env.context.get(AFTER_COMMIT))
        # read once: what a mail empties from the cache would be read for the next
        # sudo: ir.mail_server - settings of the server that sends, for any sender
        server = (mail_server or env["ir.mail_server"]).sudo()
        self.server_name = server.smtp_host or server.name or ""
        self.is_pixel_off = bool(server) and not server.mail_tracking_pixel
        self.sender_filter = server.from_filter if server else server._get_default_from_filter()
        self.dsn_setting = server._tracking_dsn_setting()
        self.is_told_by_service = server._tracking_has_service()
        self.is_personal = server._tracking_is_personal()
        self.dsn_known = server._tracking_offers_dsn()
        self.offers_dsn = None  # whether the server offers delivery reports, once that is known
        self.known = {}  # mail id -> its trackings, as they were read ahead
        self.trackings_by_mail = {}  # mail id -> those of its recipients
        self.surplus_by_mail = {}  # mail id -> those for which there is no email after all
        self.open_modes = {}  # tracking id -> ``tools.modes.Decisions`` on this recipient alone
        # tracking id -> the decisions on its email, as values of *sent*
        self.mode_facts = defaultdict(lambda: UNDECIDED)
        self.dead = {}  # tracking id -> CoreFailure, where nothing goes to a dead address
        self.envelopes = {}  # token -> Envelope
        self.attempts = defaultdict(dict)  # mail id -> tracking id -> Attempt
        self.sent = []  # Attempts that the server took, and that are not logged yet
        self.pending_ids = []  # events *sent* that are logged, and not applied yet
        self.foot_words = {}  # what they depend on -> words, see ``_tracking_add_foot``
        self.sent_mail_ids = set()
        self.errors = []
        self.alarms = 0  # how often failures had the servers looked at
        self.session = None  # a connection opened after the first one died
        self.server_error = None  # why no connection can be had any more
        self.threads = {}  # message id -> model and id of its record
        self.news_of = set()  # messages whose readers have still to be notified
        self.notified_at = time.monotonic()
        self.left_at = float("-inf")  # when the cron was told of what may be left

    def add_thread(self, mail):
        """Remember where the message of a mail is shown: core may delete it."""
        if mail.mail_message_id and mail.model and mail.res_id:
            self.threads[mail.mail_message_id.id] = (mail.model, mail.res_id)

    # ------------------------------------------------------------
    # WHAT MAY BE KNOWN
    # ------------------------------------------------------------

    def decide(self, trackings, is_disabled=False):
        """Decide what may be known of one email: the strictest of all who are on it.

        :param trackings: ``mail.tracking.email`` of its recipients
        :param bool is_disabled: whether an addon wants no image in it
        :return: ``tools.modes.Decisions``; see ``prepare_modes``, which comes first
        """
        alone = [self._get_own_decisions(tracking) for tracking in trackings]
        shared = modes.shared(alone)
        if is_disabled:
            disabled = modes.Decision(modes.OFF, "database")
            shared = shared._replace(opens=modes.strictest([disabled, shared.opens]))
        mode = shared.opens.mode
        for tracking_id, own in zip(trackings._ids, alone, strict=True):
            reason = shared.opens.reason if is_disabled else "envelope"
            self.mode_facts[tracking_id] = {
                "open_mode": mode,
                "open_mode_reason": own.opens.reason if own.opens.mode == mode else reason,
                "click_mode": shared.clicks.mode,
            }
        return shared

    def _get_own_decisions(self, tracking):
        """What may be known of this recipient alone, who may have said No since that was read."""
        decisions, refused = self.open_modes[tracking.id], modes.Decision(modes.OFF, "refused")
        if tracking.opens_refused:
            decisions = decisions._replace(opens=refused, other_opens=refused)
        if tracking.clicks_refused:
            decisions = decisions._replace(clicks=refused)
        return decisions

    def find_trackings(self, mail_id):
        """The trackings of a mail; read, and decided on, together with those of the next ones.

        What was decided is plain data, because each commit empties the cache.
        """
        Tracking, ahead = self.env["mail.tracking.email"], []
        if mail_id in self.mail_ids:
            place = self.mail_ids.index(mail_id)
            ahead = self.mail_ids[place : place + AHEAD]
            self.mail_ids = self.mail_ids[place + AHEAD :]  # each once
        if len(ahead) > 1:
            names = RULED_BY if self.auto_commit else None
            found = Tracking.search_fetch([("mail_id_int", "in", ahead)], names, order="id")
            guard = tracking_guard("deciding for many mails", "each is decided for itself")
            with guard, tracking_savepoint(self.env):  # of hooks: the mails go on
                self.open_modes.update(found._get_open_modes(self.is_pixel_off))
            self._find_dead(found)
            self.known = {} if self.auto_commit else found.grouped("mail_id_int")
            self.leave_to_cron()
        if mail_id in self.known:
            return self.known[mail_id].with_prefetch()
        return Tracking.search_fetch([("mail_id_int", "=", mail_id)], order="id")

    def leave_to_cron(self):
        """Have the cron apply what a process leaves that is killed; once in some minutes."""
        now = time.monotonic()
        if self.auto_commit and now > self.left_at + LEFT_AFTER.total_seconds() / 2:
            self.left_at = now
            self.env["mail.tracking.email"]._wake_cron(fields.Datetime.now() + LEFT_AFTER)

    def prepare_modes(self, trackings):
        """Decide what may be known of each of these recipients, where it was not decided yet.

        Of those that were created since, and of what an addon's mistake left open.
        """
        missing = trackings.filtered(lambda tracking: tracking.id not in self.open_modes)
        if missing:
            self.open_modes.update(missing._get_open_modes(self.is_pixel_off))
            self._find_dead(missing)

    def _find_dead(self, trackings):
        """Note which of these emails are not sent, as their address is dead."""
        if not self.env["res.company"]._get_ids_that_skip_dead():
            return
        with tracking_guard("looking for dead addresses", "all are sent"):
            with tracking_savepoint(self.env):
                self.dead.update(trackings._get_dead_failures())

    # ------------------------------------------------------------
    # OUTCOME
    # ------------------------------------------------------------

    def succeed(self, envelope, smtp_server, message, message_id, refused, facts):
        """Note that the server took the mail, except for those it refused.

        :param dict refused: address -> (SMTP code, answer) of each refused recipient
        :param dict facts: what else the server said, for the event
        """
        self.sent_mail_ids.add(envelope.mail_id)
        for tracking in envelope.trackings:
            address = tracking.recipient_address or ""
            if answer := refused.get(smtp.address_key(address)):
                error = smtplib.SMTPRecipientsRefused({address: answer})
                self.add(envelope.mail_id, Attempt(tracking, error, {"smtp_server": smtp_server}))
                continue
            metadata = {"smtp_server": smtp_server, "timestamp": time.time(), **facts}
            metadata |= self.mode_facts[tracking.id]
            sent = (self.mail_server, smtp_server, message, message_id)
            self.add(envelope.mail_id, Attempt(tracking, metadata=metadata, sent=sent))

    def fail(self, envelope, smtp_server, exception):
        """Note that nobody of this envelope gets the mail."""
        self.errors.append(exception)
        for tracking in envelope.trackings:
            attempt = Attempt(tracking, exception, {"smtp_server": smtp_server})
            self.add(envelope.mail_id, attempt)

    def add(self, mail_id, attempt):
        self.attempts[mail_id][attempt.tracking.id] = attempt

    def alarm(self):
        """Have the mail server looked at: with the first failures, as later ones say no more."""
        if self.alarms < MAX_ALARMS:
            self.alarms += 1
            self.env["mail.tracking.incident"]._wake()

    def skip(self, mail_id, trackings):
        """Note that an email is not sent to those of these recipients whose address is dead.

        :return: the others
        """
        dead = trackings.filtered(lambda tracking: tracking.id in self.dead)
        for tracking in dead:
            self.add(mail_id, Attempt(tracking, self.dead[tracking.id]))
        return trackings - dead

    def waits(self, mails):
        """Whether it is logged later, together with the next mails, that these were sent.

        The messages that hooks look at are not to fill the memory.
        """
        if self.auto_commit or not self.last_id or self.last_id in mails._ids:
            return False
        size = sum(attempt.metadata.get("mail_size") or 0 for attempt in self.sent)
        return size < MAX_WAITING_BYTES

    def must_roll_back(self, exception):
        """Whether a failure is to undo the whole transaction, as core wants it.

        A connection that dies while somebody else's transaction sends, before any mail has
        left: undone, all mails wait in the queue and are tried again. After a commit there
        is nothing to undo, and of mails that left nothing can be.
        """
        is_dead = isinstance(exception, smtplib.SMTPServerDisconnected)
        return is_dead and self.may_be_undone and not self.sent_mail_ids

    def notify(self, messages):
        """Notify the readers of these messages, together with those of other mails.

        After the commit of each mail, so every two seconds for all mails is enough.
        """
        self.news_of.update(messages._ids)
        if self.is_due():
            self.notify_all()

    def is_due(self):
        """Whether it is time to apply what was sent, and to notify the readers of it."""
        return time.monotonic() - self.notified_at > NOTIFY_SECONDS

    def notify_all(self):
        """Notify the readers of all messages that are left."""
        ids_by_thread = defaultdict(list)
        for message_id in sorted(self.news_of & self.threads.keys()):
            ids_by_thread[self.threads[message_id]].append(message_id)
        self.news_of.clear()
        self.notified_at = time.monotonic()
        with tracking_guard("notifying the readers of messages"):
            for (model, res_id), ids in ids_by_thread.items():
                self.env["mail.message"]._send_tracking_update(model, res_id, message_ids=ids)

    def close(self):
        """End the connection that this batch opened itself, if any."""
        if self.session is None:
            return
        session, self.session = self.session, None
        try:
            session.quit()
        except (smtplib.SMTPException, OSError):
            session.close()


def root_cause(exception):
    """The exception below core's :class:`MailDeliveryException` wrapper."""
    seen = exception
    while isinstance(seen, MailDeliveryException) and isinstance(seen.__context__, Exception):
        seen = seen.__context__
    return seen


def get_failure_key(exception):
    """The same for failures that are logged together."""
    return "refused" if isinstance(exception, smtplib.SMTPRecipientsRefused) else id(exception)


def join_refusals(exceptions, **facts):
    """One exception for failures that are logged together: it holds the answer to each address.

    :param facts: what is known besides, as values of their events
    """
    joined = exceptions[0]
    if isinstance(joined, smtplib.SMTPRecipientsRefused):
        answers = {}
        for exception in exceptions:
            answers.update(exception.recipients)
        joined = smtplib.SMTPRecipientsRefused(answers)
    if facts:
        joined.tracking_metadata = {**getattr(joined, "tracking_metadata", {}), **facts}
    return joined
