import smtplib

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import str2bool

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools import body as body_tools
from ..tools import smtp
from .guard import tracking_guard
from .mail_send_batch import root_cause

#: Carries the unguessable token of the row; a report that returns the headers of
#: the mail finds its row by it. Short and without spaces, so that Python's header
#: folding leaves it alone.
TOKEN_HEADER = "X-Odoo-MailTracking-Token"
ID_HEADER = "X-Odoo-MailTracking-ID"


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    mail_tracking_pixel = fields.Boolean(
        "Track opens",
        default=True,
        help="Add an invisible image to the emails that leave through this server, which tells "
        "when an email is opened. Without it, everything but the status Opened works.",
    )

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
        headers = dict(headers or {})
        headers[ID_HEADER] = str(tracking_email_id)
        return headers

    def _tracking_img_disabled(self, tracking_email_id):
        """Whether a mail goes out without the image that tells of its opening.

        :param int tracking_email_id: id of the ``mail.tracking.email``
        :rtype: bool
        """
        # sudo: ir.config_parameter - a switch of the whole database
        disabled = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("mail_tracking.tracking_img_disabled", "False")
        )
        return str2bool(disabled, default=True)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _prepare_email_message__(self, message, smtp_session):  # noqa: PLW3201
        """Override of ``base`` to put the pixel in, where the mail is to have one.

        Into the finished mail, and last of all: core makes the plain text from the body as
        well, in which an image becomes a link for people to read, and whoever signs or
        encrypts bodies has done so by now, wherever in the order of addons.
        """
        smtp_from, smtp_to_list, message = super()._prepare_email_message__(message, smtp_session)
        batch = self.env.context.get("mail_tracking_batch")
        url = batch and batch.pixels.get(message[TOKEN_HEADER])
        if url:
            with tracking_guard("adding the pixel to a mail"):
                body_tools.add_pixel_to_message(message, url)
        return smtp_from, smtp_to_list, message

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
        """Override of ``base`` to note the outcome for each recipient.

        A refusal of a tracked email is reported to ``mail.mail._send`` in the one
        way in which it goes on with the next recipient; the true reason stays in
        the batch, from where mail, notification and tracking get it.

        :raise SMTPServerDisconnected: as core does, see ``SendBatch.is_left_to_caller``
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
        batch = self.env.context.get("mail_tracking_batch")
        envelope = batch and batch.envelopes.get(message[TOKEN_HEADER])
        if not envelope:
            return super().send_email(message, smtp_session=smtp_session, **args)
        server_name = self._tracking_server_name(batch, smtp_session)
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
            if cause is error and batch.is_left_to_caller(error):
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
        :rtype: Exception
        """
        cause = root_cause(error)
        if not transcript or not transcript.may_have_arrived(cause):
            return cause
        return smtplib.SMTPServerDisconnected(
            self.env._(
                "The connection broke off before the server confirmed the email, which may have "
                "arrived all the same: %(error)s",
                error=smtp.describe(cause).text,
            )
        )

    def _tracking_session(self, batch, message, smtp_session):
        """The SMTP session to use: the given one, or a new one where it has died.

        A server may end the connection at any time (421, RFC 5321 section 3.8); the
        mails that follow deserve a fresh one. Where none can be had, the rest of the
        batch fails at once instead of waiting for the time-out again and again.
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

    def _tracking_server_name(self, batch, smtp_session):
        """Host name of the SMTP server in use, for people to read."""
        return batch.server_name or getattr(smtp_session, "_host", False) or ""
