import contextlib
import smtplib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime, str2bool

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ...tools import dsn, smtp, smtp_setup
from ...tools.sentences import PERSONAL
from ...tools.smtp_probe import ask_offers_dsn
from ..guard import TRANSIENT_ERRORS, get_batch, tracking_guard, tracking_savepoint, try_lock
from .send_batch import root_cause

#: Carries the unguessable token of the tracking; a report that returns the headers of the mail
#: finds its tracking by it. Short and without spaces, so that Python's header folding leaves it
#: alone.
TOKEN_HEADER = "X-Odoo-MailTracking-Token"
ID_HEADER = "X-Odoo-MailTracking-ID"
#: Seconds to wait for each answer of a mail server that is asked what it offers.
SMTP_TIMEOUT = 5
#: setting -> what the sent event says that the server was asked for
SETTING_TO_REPORT = {"failures": "failure", "all": "success"}


class IrMailServer(models.Model):
    """Sending, and delivery reports (RFC 3461): asking for them, knowing who can give them."""

    _inherit = "ir.mail_server"

    mail_tracking_pixel = fields.Boolean(
        "Track opens",
        default=True,
        help="Add an invisible image to the emails sent through this server, which shows when they "
        "are opened. Without it, everything but the status Opened works.",
    )
    mail_tracking_dsn = fields.Selection(
        [
            ("failures", "Failures and delays"),
            ("all", "Also successes"),
            ("none", "Do not ask"),
        ],
        "Delivery reports",
        default="failures",
        # not required: others insert servers by plain SQL, which knows no default of ours
        help="What this server is asked to report to the bounce address. With successes, emails "
        "get the status Delivered where all servers on the way can report it, and your bounce "
        "address gets one more email for each email that you send.",
    )
    mail_tracking_dsn_offer = fields.Selection(
        [("yes", "Offered"), ("no", "Not offered")],
        "Delivery reports offered",
        readonly=True,
        copy=False,
        help="What the server itself says. Empty until it was asked once.",
    )
    mail_tracking_dsn_time = fields.Datetime(
        "Delivery reports known since",
        readonly=True,
        copy=False,
        help="When the server was first seen to do so, or when the connection was last tested.",
    )
    mail_tracking_dsn_info = fields.Char(
        "What it can report",
        compute="_compute_mail_tracking_dsn_info",
        help="What will be known of an email once this server has accepted it.",
    )
    mail_tracking_webhook_id = fields.Many2one(
        "mail.tracking.webhook",
        "Webhook",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_system",
        help="Where the email service behind this server reports on the emails.",
    )
    mail_tracking_webhook_last_event = fields.Datetime(
        "Last webhook event",
        related="mail_tracking_webhook_id.last_event",
        help="When the email service last reported something.",
    )

    # ------------------------------------------------------------
    # WHAT IT CAN REPORT
    # ------------------------------------------------------------

    @api.depends(
        "mail_tracking_dsn", "mail_tracking_dsn_offer", "mail_tracking_webhook_id", "owner_user_id"
    )
    @api.depends_context("lang")
    def _compute_mail_tracking_dsn_info(self):
        for server in self:
            server.mail_tracking_dsn_info = server._tracking_route_info()

    def _tracking_route_info(self):
        """What is known of a mail that leaves through this server, in plain words."""
        self.ensure_one()
        # sudo: mail.tracking.webhook - whether there is one, for who may see the server
        if self.sudo()._tracking_has_service():
            return self._tracking_service_info()
        if self._tracking_is_personal():
            return self._tracking_personal_info()
        if self.mail_tracking_dsn == "none":
            return self.env._("This server is not asked to report anything.")
        if self.mail_tracking_dsn_offer == "no":
            return self.env._(
                "This server cannot report delivery: emails that leave through it stay Sent until "
                "they are opened or returned."
            )
        if not self.mail_tracking_dsn_offer:
            return self.env._("Not known yet. Test the connection to find out.")
        if self.mail_tracking_dsn == "all":
            return self.env._("This server reports delivery, delays and failures.")
        return self.env._("This server reports delays and failures, but not delivery.")

    def _tracking_service_info(self):
        last = self.mail_tracking_webhook_last_event
        if not last:
            return self.env._(
                "The email service behind this server reports on emails; nothing has come from it "
                "so far."
            )
        return self.env._(
            "The email service behind this server reports on emails, last on %(time)s.",
            time=format_datetime(self.env, last, dt_format="short"),
        )

    def _tracking_dsn_setting(self):
        """What this server is asked for; also of the one in the configuration file.

        :return: a key of ``mail_tracking_dsn``
        """
        if self:
            setting = self.mail_tracking_dsn or "failures"
            # an owner would get one more email for each email that arrives
            return "failures" if setting == "all" and self._tracking_is_personal() else setting
        # sudo: ir.config_parameter - the server in the configuration file has no form
        params = self.env["ir.config_parameter"].sudo()
        return params.get_param("mail_tracking.delivery_reports") or "failures"

    def _tracking_has_service(self):
        """Whether an email service reports on the mails by webhook."""
        return bool(self.mail_tracking_webhook_id.active)

    def _tracking_offers_dsn(self):
        """Whether this server offered delivery reports when it was last asked, or None."""
        offer = self.mail_tracking_dsn_offer
        return offer == "yes" if offer else None

    # ------------------------------------------------------------
    # HOOKS
    # ------------------------------------------------------------

    def _tracking_headers_add(self, tracking_email_id, headers):
        """Add the headers that tie an outgoing mail to its tracking.

        :param int tracking_email_id: id of the ``mail.tracking.email``
        :param dict headers: headers of this one email, a copy of its own
        :return: the headers
        :rtype: dict
        """
        headers = {**(headers or {}), ID_HEADER: str(tracking_email_id)}
        batch = get_batch(self.env)
        if batch and not batch.is_told_by_service:
            return headers
        # sudo: mail.tracking.webhook - senders may not read it, and learn nothing of it
        webhook = self.sudo().mail_tracking_webhook_id
        token = headers.get(TOKEN_HEADER)
        if token and len(webhook) == 1 and webhook.active:
            # the service hands our token back
            headers.update(webhook._get_provider().headers(token, headers))
        return headers

    def _tracking_img_disabled(self, tracking_email_id):
        """Whether a mail goes out without the image that tracks opens.

        :param int tracking_email_id: id of the ``mail.tracking.email``
        :rtype: bool
        """
        return self._tracking_is_off()

    @api.model
    def _tracking_is_off(self):
        """Whether no mail of this database gets the image that tracks opens."""
        # sudo: ir.config_parameter - a switch of the whole database
        params = self.env["ir.config_parameter"].sudo()
        disabled = params.get_param("mail_tracking.tracking_img_disabled", "False")
        return str2bool(disabled, default=True)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def send_email(
        self,
        message,
        mail_server_id=None,
        smtp_server=None,
        smtp_port=None,
        smtp_user=None,
        smtp_password=None,
        smtp_encryption=None,
        smtp_ssl_certificate=None,
        smtp_ssl_private_key=None,
        smtp_debug=False,
        smtp_session=None,
    ):
        """Override of ``base`` to note what comes of it for each recipient.

        A refusal of a tracked email is reported to ``mail.mail._send`` in the one
        way in which it goes on with the next recipient; the true reason stays in
        the batch, from where mail, notification and tracking get it.

        :raise SMTPServerDisconnected: as core does, see ``SendBatch.must_roll_back``
        """
        args = {
            "mail_server_id": mail_server_id,
            "smtp_server": smtp_server,
            "smtp_port": smtp_port,
            "smtp_user": smtp_user,
            "smtp_password": smtp_password,
            "smtp_encryption": smtp_encryption,
            "smtp_ssl_certificate": smtp_ssl_certificate,
            "smtp_ssl_private_key": smtp_ssl_private_key,
            "smtp_debug": smtp_debug,
        }
        batch = get_batch(self.env)
        envelope = batch and batch.envelopes.get(message[TOKEN_HEADER])
        if not envelope:
            return super().send_email(message, smtp_session=smtp_session, **args)
        if not batch.skip(envelope.mail_id, envelope.trackings):
            raise AssertionError(self.NO_VALID_RECIPIENT)  # core goes on with the next one
        server_name = batch.server_name or getattr(smtp_session, "_host", False) or ""
        session = transcript = None
        try:
            session = self._tracking_session(batch, message, smtp_session)
            transcript = smtp.watch(session, self._tracking_request(batch, session, message))
            message_id = super().send_email(message, smtp_session=session, **args)
        except AssertionError as error:
            if error.args and error.args[0] != self.NO_VALID_RECIPIENT:
                raise
            batch.fail(envelope, server_name, error)
            raise
        except (MailDeliveryException, smtplib.SMTPException, OSError, UserError) as error:
            smtp.make_usable(session, root_cause(error))
            cause = self._tracking_true_cause(error, transcript)
            if cause is error and batch.must_roll_back(error):
                raise
            batch.fail(envelope, server_name, cause)
            raise AssertionError(self.NO_VALID_RECIPIENT) from error
        facts = self._tracking_sent_facts(batch, transcript)
        batch.succeed(envelope, server_name, message, message_id, transcript.refused, facts)
        return message_id

    def _tracking_true_cause(self, error, transcript):
        """What went wrong, and whether the mail may have arrived all the same.

        :param Exception error: what ``send_email`` raised
        :param Transcript transcript: the server's answers, None without a connection
        """
        cause = root_cause(error)
        if not transcript or not transcript.may_have_arrived(cause):
            return cause
        error = smtplib.SMTPServerDisconnected(
            self.env._(
                "The connection broke off before the server confirmed the email, which may have "
                "arrived all the same: %(error)s",
                error=smtp.describe(cause).text,
            )
        )
        error.tracking_metadata = {"error_type": smtp_setup.UNCONFIRMED}
        return error

    def _tracking_session(self, batch, message, smtp_session):
        """The SMTP session to use: the given one, or a new one where it has died.

        A server may end the connection at any time (421, RFC 5321 section 3.8); the
        mails that follow deserve a fresh one. Where none can be had, the others of the
        batch fail at once instead of waiting for the time-out again and again.
        """
        if smtp_session is not None and getattr(smtp_session, "sock", True) is not None:
            return smtp_session
        if batch.server_error is not None:
            raise batch.server_error
        session = batch.session
        if session is not None and getattr(session, "sock", True) is not None:
            return session
        try:
            batch.session = self._connect__(
                mail_server_id=(batch.mail_server and batch.mail_server.id) or None,
                smtp_from=getattr(smtp_session, "smtp_from", False) or message["From"],
            )
        except (smtplib.SMTPException, OSError, UserError) as error:
            batch.server_error = error
            raise
        return batch.session

    def _tracking_request(self, batch, session, message):
        """What to ask of the server about this email: a ``tools.dsn.Request``, or None."""
        offers = smtp.offers_dsn(session)
        if offers is not None:
            batch.offers_dsn = offers
        return dsn.request(batch.dsn_setting, message[TOKEN_HEADER]) if offers else None

    def _tracking_sent_facts(self, batch, transcript):
        """What the server said when it took the mail, as values of the event *sent*."""
        if transcript.ignores_dsn:
            batch.offers_dsn = False
        tls_version, tls_cipher = transcript.tls
        size, digest = transcript.fingerprint or (False, False)
        return {
            "delivery_report": self._tracking_delivery_report(batch, transcript),
            "queue_id": smtp.queue_id(transcript.data_reply),
            "smtp_answer": smtp.answer(transcript.data_reply),
            "tls_version": tls_version,
            "tls_cipher": tls_cipher,
            "mail_size": size,
            "mail_hash": digest,
        }

    def _tracking_delivery_report(self, batch, transcript):
        """What this way will report of the mail: a key of ``delivery_report``, or False."""
        if batch.is_told_by_service:
            return "service"
        if batch.is_personal:
            return PERSONAL
        if transcript.request:
            return SETTING_TO_REPORT.get(batch.dsn_setting, False)
        if batch.offers_dsn is None:
            return False
        return "off" if batch.offers_dsn else "none"

    # ------------------------------------------------------------
    # REMEMBERING WHAT IT OFFERS
    # ------------------------------------------------------------

    @api.model
    def _tracking_remember(self, batch):
        """Keep whether the server offers delivery reports, where that has changed.

        One write in the life of most servers, none on an ordinary sending. It waits for
        nobody: the next one can write it as well.
        """
        if batch.offers_dsn in (None, batch.dsn_known) or not batch.mail_server:
            return
        with (
            tracking_guard("noting what a mail server offers"),
            contextlib.suppress(*TRANSIENT_ERRORS),
            tracking_savepoint(self.env),
        ):
            # sudo: ir.mail_server - what the server announced, for anybody who sends
            try_lock(batch.mail_server.sudo())._tracking_note_offer(batch.offers_dsn)

    def _tracking_note_offer(self, offers):
        """Write whether these servers offer delivery reports now."""
        self.write(
            {
                "mail_tracking_dsn_offer": "yes" if offers else "no",
                "mail_tracking_dsn_time": fields.Datetime.now(),
            }
        )

    def _tracking_ask(self):
        """Ask this server what it offers, and note that; it gets no mail and no password.

        :raise OSError, UnicodeError: when there is no answer
        """
        self.ensure_one()
        self._tracking_note_offer(ask_offers_dsn(*self._tracking_address(), SMTP_TIMEOUT))

    def test_smtp_connection(self, autodetect_max_email_size=False):
        """Override of ``base`` to note, and to say, whether delivery can be reported."""
        action = super().test_smtp_connection(autodetect_max_email_size=autodetect_max_email_size)
        for server in self:
            with contextlib.suppress(OSError, UnicodeError):
                server._tracking_ask()
        if len(self) == 1 and self.mail_tracking_dsn_offer:
            params = action["params"]
            params["message"] = f"{params['message']} {self._tracking_route_info()}"
        return action
