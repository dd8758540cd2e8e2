import contextlib

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import format_datetime

from ..tools import dsn, smtp
from .guard import tracking_guard
from .ir_mail_server import TOKEN_HEADER

#: setting -> what the sent event says that the server was asked for
SETTING_TO_REPORT = {"failures": "failure", "all": "success"}


class IrMailServer(models.Model):
    """Delivery reports (RFC 3461): asking for them, and knowing who can give them."""

    _inherit = "ir.mail_server"

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
        help="What the server itself told. Empty until it was asked once.",
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
        help="What becomes known of an email after this server took it.",
    )

    @api.depends("mail_tracking_dsn", "mail_tracking_dsn_offer", "mail_tracking_webhook_id")
    @api.depends_context("lang")
    def _compute_mail_tracking_dsn_info(self):
        for server in self:
            server.mail_tracking_dsn_info = server._tracking_route_info()

    def _tracking_route_info(self):
        """What is known of a mail that leaves through this server, in plain words.

        :rtype: str
        """
        self.ensure_one()
        # sudo: mail.tracking.webhook - whether there is one, for who may see the server
        if self.sudo()._tracking_has_service():
            return self._tracking_service_info()
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
                "The email service behind this server reports what becomes of emails; nothing has "
                "come from it so far."
            )
        return self.env._(
            "The email service behind this server reports what becomes of emails, last on "
            "%(time)s.",
            time=format_datetime(self.env, last, dt_format="short"),
        )

    # ------------------------------------------------------------
    # ASKING
    # ------------------------------------------------------------

    def _tracking_request(self, batch, session, message):
        """What to ask of the server about this email.

        :param SendBatch batch: the mails being sent
        :param session: the SMTP session
        :param EmailMessage message: carries the token of the leading recipient
        :rtype: tools.dsn.Request
        """
        offers = smtp.offers_dsn(session)
        if offers is not None:
            batch.offers_dsn = offers
        if not offers:
            return None
        return dsn.request(batch.dsn_setting, message[TOKEN_HEADER])

    def _tracking_dsn_setting(self):
        """What this server is asked for; also of the one in the configuration file.

        :return: a key of ``mail_tracking_dsn``
        """
        if self:
            return self.mail_tracking_dsn or "failures"
        # sudo: ir.config_parameter - the server in the configuration file has no form
        params = self.env["ir.config_parameter"].sudo()
        return params.get_param("mail_tracking.delivery_reports") or "failures"

    def _tracking_has_service(self):
        """Whether an email service tells by webhook what became of the mails.

        :rtype: bool
        """
        return bool(self.mail_tracking_webhook_id.active)

    def _tracking_offers_dsn(self):
        """Whether this server offered delivery reports when it was last asked, or None."""
        offer = self.mail_tracking_dsn_offer
        return offer == "yes" if offer else None

    def _tracking_sent_facts(self, batch, transcript):
        """What the server told when it took the mail, as values of the event *sent*.

        :param SendBatch batch: the mails being sent
        :param Transcript transcript: the server's answers
        :rtype: dict
        """
        if transcript.ignores_dsn:
            batch.offers_dsn = False
        return {
            "delivery_report": self._tracking_delivery_report(batch, transcript),
            "queue_id": smtp.queue_id(transcript.data_reply),
        }

    def _tracking_delivery_report(self, batch, transcript):
        """What this way will report of the mail: of ``delivery_report``, or False.

        :param SendBatch batch: the mails being sent
        :param Transcript transcript: the server's answers
        """
        if batch.is_told_by_service:
            return "service"
        if transcript.request:
            return SETTING_TO_REPORT.get(batch.dsn_setting, False)
        if batch.offers_dsn is None:
            return False
        return "off" if batch.offers_dsn else "none"

    # ------------------------------------------------------------
    # REMEMBERING
    # ------------------------------------------------------------

    @api.model
    def _tracking_remember(self, batch):
        """Keep whether the server offers delivery reports, where that has changed.

        One write in the life of most servers, none on an ordinary sending. It waits for
        nobody: whoever comes next can write it as well.
        """
        if batch.offers_dsn in (None, batch.dsn_known) or not batch.mail_server:
            return
        with (
            tracking_guard("noting what a mail server offers"),
            contextlib.suppress(psycopg2.errors.SerializationFailure),
            self.env.cr.savepoint(),
        ):
            # sudo: ir.mail_server - what the server told to whoever sends
            server = batch.mail_server.sudo()
            server.try_lock_for_update(allow_referencing=True)._tracking_note_offer(
                batch.offers_dsn
            )

    def _tracking_note_offer(self, offers):
        """Write what these servers offer now.

        :param bool offers: whether they offer delivery reports
        """
        if self:
            self.write(
                {
                    "mail_tracking_dsn_offer": "yes" if offers else "no",
                    "mail_tracking_dsn_time": fields.Datetime.now(),
                }
            )

    # ------------------------------------------------------------
    # TESTING THE CONNECTION
    # ------------------------------------------------------------

    def _connect__(self, *args, **kwargs):  # noqa: PLW3201
        """Override of ``base`` to look at what the server offers while it is tested."""
        connection = super()._connect__(*args, **kwargs)
        offers = self.env.context.get("mail_tracking_offers")
        if offers is not None and kwargs.get("mail_server_id"):
            offers[kwargs["mail_server_id"]] = smtp.offers_dsn(connection)
        return connection

    def test_smtp_connection(self, autodetect_max_email_size=False):
        """Override of ``base`` to note, and to say, whether delivery can be reported."""
        offers = {}
        tested = self.with_context(mail_tracking_offers=offers)
        action = super(IrMailServer, tested).test_smtp_connection(
            autodetect_max_email_size=autodetect_max_email_size
        )
        for server in self:
            if offers.get(server.id) is not None:
                server._tracking_note_offer(offers[server.id])
        if len(self) == 1 and self.mail_tracking_dsn_offer:
            params = action["params"]
            params["message"] = f"{params['message']} {self._tracking_route_info()}"
        return action
