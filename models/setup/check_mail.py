from odoo import api, fields, models
from odoo.tools import SQL, config

from ...tools.smtp import describe
from .mail_tracking_setup import MAX_RECORDS, OK, PROBLEM, SETTINGS, UNKNOWN, WARNING

#: Events among which a report is looked for; no index knows who told of an event.
MAX_EVENTS = 10_000
#: Replies that were not recognized are counted for so many days.
UNRECOGNIZED_DAYS = 30


class MailTrackingSetup(models.AbstractModel):
    """The ways of mails: out, and what comes back."""

    _inherit = "mail.tracking.setup"

    # ------------------------------------------------------------
    # BOUNCES
    # ------------------------------------------------------------

    @api.model
    def _check_bounces(self):
        incoming = self._search_some("fetchmail.server", [], self._check_incoming_server)
        return [
            self._check_bounce_address(),
            *(incoming or [self._prepare_no_incoming_result()]),
            self._check_reports(),
            self._check_unrecognized(),
        ]

    @api.model
    def _check_bounce_address(self):
        title = self.env._("Bounce address")
        hint = self.env._(
            "Choose an alias domain for each company, in Settings > Users & Companies > Companies."
        )
        domains = self.env["mail.alias.domain"].search([], limit=MAX_RECORDS)
        subject = ", ".join(domains.mapped("bounce_email"))
        if not domains:
            sentence = self.env._(
                "There is no alias domain and so no bounce address: what servers report of your "
                "emails does not reach Odoo."
            )
            hint = self.env._("Enter an alias domain in Settings > General Settings.")
            return self._prepare_result(title, PROBLEM, sentence, hint, action=SETTINGS)
        missing = self.env["res.company"].search_count([("alias_domain_id", "=", False)])
        if missing:
            sentence = self.env._(
                "Companies without a bounce address: %(number)s. What servers report of their "
                "emails does not reach Odoo.",
                number=missing,
            )
            action = "base.action_res_company_form"
            return self._prepare_result(
                title, WARNING, sentence, hint, subject=subject, action=action
            )
        sentence = self.env._("Every company has a bounce address.")
        return self._prepare_result(title, OK, sentence, subject=subject)

    @api.model
    def _check_incoming_server(self, server):
        result = {
            "title": self.env._("Incoming mail server"),
            "subject": server.name,
            "action": self._prepare_open_action(server),
        }
        if server.state != "done":
            sentence = self.env._("This server is not confirmed: no email is fetched from it.")
            hint = self.env._("Test and confirm it.")
            return self._prepare_result(verdict=WARNING, sentence=sentence, hint=hint, **result)
        if server.error_date:
            sentence = self.env._(
                "Emails could not be fetched since %(time)s.",
                time=self._format_time(server.error_date),
            )
            hint = self.env._("Open the server; it says what went wrong.")
            detail = server.error_message or ""
            return self._prepare_result(
                verdict=PROBLEM, sentence=sentence, hint=hint, detail=detail, **result
            )
        if not server.date:
            sentence = self.env._("Nothing has been fetched from this server so far.")
            return self._prepare_result(verdict=UNKNOWN, sentence=sentence, **result)
        sentence = self.env._(
            "Emails were last fetched on %(time)s.", time=self._format_time(server.date)
        )
        return self._prepare_result(verdict=OK, sentence=sentence, **result)

    @api.model
    def _prepare_no_incoming_result(self):
        sentence = self.env._(
            "Odoo fetches no email itself. Your mail server may hand emails over on its own; that "
            "cannot be seen from here."
        )
        hint = self.env._(
            "Have the mailbox of the bounce address fetched, or its emails handed over."
        )
        action = "mail.action_email_server_tree"
        return self._prepare_result(
            self.env._("Incoming mail server"), UNKNOWN, sentence, hint, action=action
        )

    @api.model
    def _check_reports(self):
        """When the last report came; among the last events, whose number is bounded."""
        title = self.env._("Reports received")
        self.env["mail.tracking.event"].flush_model(["source", "time", "timestamp"])
        query = (
            "SELECT max(time) FROM (SELECT time, source FROM mail_tracking_event"
            " ORDER BY timestamp DESC, id DESC LIMIT %s) AS event WHERE source = 'report'"
        )
        [[last]] = self.env.execute_query(SQL(query, MAX_EVENTS))
        if last:
            sentence = self.env._(
                "The last report on an email of yours is of %(time)s.", time=self._format_time(last)
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "No report on an email of yours has come lately. That is as it should be if no email "
            "has come back."
        )
        hint = self.env._(
            "To try it, send a message to an address that does not exist at a domain of others: "
            "within some minutes it should show as failed."
        )
        return self._prepare_result(title, UNKNOWN, sentence, hint)

    @api.model
    def _check_unrecognized(self):
        """How many mails came back lately that nobody understood."""
        title = self.env._("Unrecognized replies")
        since = fields.Datetime.subtract(fields.Datetime.now(), days=UNRECOGNIZED_DAYS)
        number = self.env["mail.tracking.event"].search_count(
            [("event_type", "=", "unrecognized"), ("time", ">=", since)], limit=MAX_EVENTS
        )
        if not number:
            sentence = self.env._(
                "All that came to the bounce address in the last %(days)s days was recognized.",
                days=UNRECOGNIZED_DAYS,
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "Emails to the bounce address that were not recognized in the last %(days)s days: "
            "%(number)s. They change no status.",
            days=UNRECOGNIZED_DAYS,
            number=number,
        )
        hint = self.env._("Read them: a failure may be among them. Report such an email as a bug.")
        action = "mail_tracking.action_unrecognized_replies"
        return self._prepare_result(title, UNKNOWN, sentence, hint, action=action)

    # ------------------------------------------------------------
    # OUTGOING MAIL SERVERS
    # ------------------------------------------------------------

    @api.model
    def _check_mail_servers(self):
        results = self._search_some(
            "ir.mail_server", [("owner_user_id", "=", False)], self._check_server
        )
        if results:
            return results
        sentence = self.env._(
            "Emails leave through the server of the configuration file. What it can report shows "
            "beside each email."
        )
        hint = self.env._(
            "Create an outgoing mail server to see here, and to choose, what it reports."
        )
        if not config["smtp_server"]:
            sentence = self.env._("There is no outgoing mail server: no email can be sent.")
        return [
            self._prepare_result(
                self.env._("Outgoing mail server"),
                UNKNOWN if config["smtp_server"] else PROBLEM,
                sentence,
                hint,
                action="base.action_ir_mail_server_list",
            )
        ]

    @api.model
    def _check_server(self, server):
        """What is known of a server, without asking it."""
        offers = server._tracking_offers_dsn()
        verdict, hint = OK, ""
        if server._tracking_has_service():
            verdict = OK if server.mail_tracking_webhook_last_event else UNKNOWN
        elif server._tracking_dsn_setting() == "none":
            verdict = WARNING
            hint = self.env._("Choose on the server which delivery reports it is asked for.")
        elif offers is None:
            verdict, hint = UNKNOWN, self.env._("Ask the server now; nothing is sent for that.")
        elif not offers:
            verdict = WARNING
            hint = self.env._(
                "Where an email service stands behind this server, set up its webhook."
            )
        elif server._tracking_dsn_setting() == "failures":
            hint = self.env._(
                'To see emails become Delivered, set "Delivery reports" to "Also successes"; your '
                "bounce address gets one more email for each email then."
            )
        return self._prepare_result(
            self.env._("Outgoing mail server"),
            verdict,
            server._tracking_route_info(),
            hint,
            subject=server.name,
            action=self._prepare_open_action(server),
            ask=server.id,
        )

    @api.model
    def _ask_server(self, server):
        """Ask a server for what it offers, now."""
        if server._disable_send():
            return [self._check_server(server)]
        try:
            server._tracking_ask()
        except (OSError, UnicodeError) as error:
            result = self._check_server(server)
            result["verdict"] = PROBLEM
            result["sentence"] = self.env._("The server could not be asked.")
            result["hint"] = self.env._("Test the connection on the server's form.")
            result["detail"] = describe(error).text
            return [result]
        return [self._check_server(server)]
