from odoo import api, fields, models
from odoo.tools import SQL, config

from ...tools.smtp import describe
from .mail_tracking_setup import MAX_RECORDS, OK, PROBLEM, SETTINGS, UNKNOWN, WARNING

#: the newest events are searched: there is no index of their source
MAX_EVENTS = 10_000
UNRECOGNIZED_DAYS = 30


class MailTrackingSetup(models.AbstractModel):
    """Bounces and outgoing mail servers."""

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
        domains = self.env["mail.alias.domain"].search([], limit=MAX_RECORDS)
        missing = self.env["res.company"].search_count([("alias_domain_id", "=", False)])
        verdict, hint, action = OK, "", False
        if not domains:
            verdict, action = PROBLEM, SETTINGS
            sentence = self.env._(
                "There is no alias domain and therefore no bounce address: reports on your "
                "emails do not reach Odoo."
            )
            hint = self.env._("Enter an alias domain in Settings > General Settings.")
        elif missing:
            verdict, action = WARNING, "base.action_res_company_form"
            sentence = self.env._(
                "Companies without a bounce address: %(number)s. Reports on their emails do not "
                "reach Odoo.",
                number=missing,
            )
            hint = self.env._("Choose an alias domain for each company.")
        else:
            sentence = self.env._("Every company has a bounce address.")
        title, subject = self.env._("Bounce address"), ", ".join(domains.mapped("bounce_email"))
        return self._prepare_result(title, verdict, sentence, hint, subject=subject, action=action)

    @api.model
    def _check_incoming_server(self, server):
        verdict, hint, detail = OK, "", ""
        if server.state != "done":
            verdict = WARNING
            sentence = self.env._("This server is not confirmed: no email is fetched from it.")
            hint = self.env._("Test and confirm it.")
        elif server.error_date:
            verdict, detail = PROBLEM, server.error_message or ""
            time = self._format_time(server.error_date)
            sentence = self.env._("Emails could not be fetched since %(time)s.", time=time)
            hint = self.env._("Test the connection on the server's form.")
        elif not server.date:
            verdict = UNKNOWN
            sentence = self.env._("Nothing has been fetched from this server so far.")
        else:
            time = self._format_time(server.date)
            sentence = self.env._("Emails were last fetched on %(time)s.", time=time)
        return self._prepare_result(
            self.env._("Incoming mail server"),
            verdict,
            sentence,
            hint,
            subject=server.name,
            detail=detail,
            action=self._prepare_open_action(server),
        )

    @api.model
    def _prepare_no_incoming_result(self):
        sentence = self.env._(
            "Odoo fetches no email itself. Whether your mail server hands emails over cannot be "
            "checked here."
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
        title = self.env._("Reports received")
        self.env["mail.tracking.event"].flush_model(["source", "time", "timestamp"])
        query = (
            "SELECT max(time) FROM (SELECT time, source FROM mail_tracking_event"
            " ORDER BY timestamp DESC, id DESC LIMIT %s) AS event WHERE source = 'report'"
        )
        [[last]] = self.env.execute_query(SQL(query, MAX_EVENTS))
        if last:
            sentence = self.env._(
                "The last report on one of your emails came on %(time)s.",
                time=self._format_time(last),
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "No report on your emails has come lately, which is fine if no email was returned."
        )
        hint = self.env._(
            "To test it, send a message to an address that does not exist, at a domain that is "
            "not yours: it should fail within minutes."
        )
        return self._prepare_result(title, UNKNOWN, sentence, hint)

    @api.model
    def _check_unrecognized(self):
        title = self.env._("Unrecognized replies")
        since = fields.Datetime.subtract(fields.Datetime.now(), days=UNRECOGNIZED_DAYS)
        number = self.env["mail.tracking.event"].search_count(
            [("event_type", "=", "unrecognized"), ("time", ">=", since)], limit=MAX_EVENTS
        )
        if not number:
            sentence = self.env._(
                "All replies of the last %(days)s days were recognized.",
                days=UNRECOGNIZED_DAYS,
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "Replies of the last %(days)s days that were not recognized: %(number)s. They change "
            "no status.",
            days=UNRECOGNIZED_DAYS,
            number=number,
        )
        hint = self.env._("Read them: there may be a failure among them, to be reported as a bug.")
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
            "Emails are sent through the server of the configuration file. Each email shows what "
            "that server can report."
        )
        hint = self.env._("Create an outgoing mail server to choose what it reports.")
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
        """What is known of a server that is not asked."""
        offers = server._tracking_offers_dsn()
        verdict, hint = OK, ""
        if server._tracking_has_service():
            verdict = OK if server.mail_tracking_webhook_last_event else UNKNOWN
        elif server._tracking_dsn_setting() == "none":
            verdict = WARNING
            hint = self.env._("Choose on the server which delivery reports it is asked for.")
        elif offers is None:
            verdict, hint = UNKNOWN, self.env._("Ask the server now; no email is sent.")
        elif not offers:
            verdict = WARNING
            hint = self.env._("If this server belongs to an email service, set up its webhook.")
        elif server._tracking_dsn_setting() == "failures":
            hint = self.env._(
                'To see emails as Delivered, set "Delivery reports" to "Also successes"; your '
                "bounce address then gets one more email for each email."
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
        failure = None
        if not server._disable_send():
            try:
                server._tracking_ask()
            except (OSError, UnicodeError) as error:
                failure = describe(error)
        result = self._check_server(server)
        if failure:
            result.update(
                verdict=PROBLEM,
                sentence=self.env._("The server could not be asked."),
                hint=self.env._("Test the connection on the server's form."),
                detail=failure.text,
            )
        return [result]
