from odoo import api, models, modules, release
from odoo.http import request
from odoo.tools import SQL, config, human_size
from odoo.tools.misc import get_lang

from .mail_tracking_setup import MAX_RECORDS, OK, SETTINGS, UNKNOWN, WARNING

#: Mails that are looked at: the newest, of so many days.
MAX_MAILS, DAYS = 10_000, 30
#: Rows of a table from which on it is time to think about its growth.
MANY_ROWS = 1_000_000
#: Of this part of the mails something should be known.
MANY_UNKNOWN = 0.5
TABLES = (
    "mail_tracking_email",
    "mail_tracking_event",
    "mail_tracking_webhook_day",
)


class MailTrackingSetup(models.AbstractModel):
    """The server, the database, and what came of the mails."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _format_number(self, number):
        lang = self.env["res.lang"].browse(get_lang(self.env).id)
        return lang.format("%d", number, grouping=True)

    # ------------------------------------------------------------
    # LIVE UPDATES
    # ------------------------------------------------------------

    @api.model
    def _check_live(self):
        """How the server runs; and a live update, that the page waits for."""
        self.env.user._bus_send("mail_tracking/setup", {})
        arrived = self._prepare_result(
            self.env._("Live update"), OK, self.env._("A live update reached this page just now.")
        )
        awaited = self._prepare_result(
            self.env._("Live update"),
            WARNING,
            self.env._("No live update has reached this page so far."),
            self.env._(
                "Let your web server pass /websocket to Odoo's port for live updates. Without, "
                "icons change when the page is loaded again."
            ),
            live=arrived,
        )
        return [awaited, self._check_processes(), *self._check_proxy()]

    @api.model
    def _check_processes(self):
        title = self.env._("Processes")
        if not config["workers"]:
            sentence = self.env._(
                "Odoo runs in one process; live updates come by the same port as its pages."
            )
            return self._prepare_result(title, OK, sentence)
        sentence = self.env._(
            "Odoo runs with %(number)s worker processes; live updates come by a port of their own "
            "(%(port)s).",
            number=config["workers"],
            port=config["gevent_port"],
        )
        return self._prepare_result(title, OK, sentence)

    @api.model
    def _check_proxy(self):
        """Whether the addresses of clients are believed to be those of the web server."""
        if (
            not request
            or config["proxy_mode"]
            or not request.httprequest.environ.get("HTTP_X_FORWARDED_FOR")
        ):
            return []
        sentence = self.env._(
            "A web server stands in front of Odoo, and Odoo does not know: all opens seem to come "
            "from the IP address of that server."
        )
        hint = self.env._("Start Odoo with --proxy-mode.")
        return [self._prepare_result(self.env._("Web server"), WARNING, sentence, hint)]

    # ------------------------------------------------------------
    # RETENTION AND SIZE
    # ------------------------------------------------------------

    @api.model
    def _check_retention(self):
        sizes = self._get_table_sizes()
        return [
            self._check_tracking_age(max((rows for _name, rows, _size in sizes), default=0)),
            self._check_details_age(),
            *(self._prepare_size_result(*size) for size in sizes),
        ]

    @api.model
    def _get_table_sizes(self):
        """Our tables as the planner knows them; nothing is counted.

        :return: name, number of rows (negative where it is not known), bytes
        :rtype: list[tuple]
        """
        query = (
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relname IN %s AND relnamespace = current_schema()::regnamespace"
            " ORDER BY relname"
        )
        return self.env.execute_query(SQL(query, TABLES))

    @api.model
    def _prepare_size_result(self, table, rows, size):
        title = self.env._("Table %(table)s", table=table)
        if rows < 0:
            sentence = self.env._(
                "%(size)s; the number of rows is not known yet.", size=human_size(size)
            )
        else:
            sentence = self.env._(
                "About %(rows)s rows, %(size)s.",
                rows=self._format_number(rows),
                size=human_size(size),
            )
        return self._prepare_result(title, OK, sentence)

    @api.model
    def _check_tracking_age(self, rows):
        title = self.env._("Tracking")
        days = self.env["mail.tracking.email"]._get_max_age(
            "mail_tracking.mail_tracking_email_max_age_days"
        )
        if days:
            sentence = self.env._("Tracking is deleted after %(days)s days.", days=days)
            return self._prepare_result(title, OK, sentence)
        verdict = WARNING if rows > MANY_ROWS else OK
        hint = self.env._('To let old tracking go, set "Keep tracking for" in the settings.')
        sentence = self.env._("Tracking is kept for ever.")
        return self._prepare_result(title, verdict, sentence, hint, action=SETTINGS)

    @api.model
    def _check_details_age(self):
        title = self.env._("IP address and mail client")
        days = self.env["mail.tracking.email"]._get_max_age(
            "mail_tracking.client_details_max_age_days"
        )
        if days:
            sentence = self.env._(
                "From where an email was opened is kept for %(days)s days.", days=days
            )
            return self._prepare_result(title, OK, sentence)
        hint = self.env._(
            'These are personal data, which should go when nobody needs them any more: set "Keep '
            'IP address and mail client for" in the settings.'
        )
        sentence = self.env._("From where an email was opened is kept for ever.")
        return self._prepare_result(title, WARNING, sentence, hint, action=SETTINGS)

    # ------------------------------------------------------------
    # DELIVERY COVERAGE
    # ------------------------------------------------------------

    @api.model
    def _check_delivery_coverage(self):
        routes = self._get_coverage_by_route()
        if routes:
            return [self._prepare_route_result(*route) for route in routes]
        sentence = self.env._("No email has left in the last %(days)s days.", days=DAYS)
        return [self._prepare_result(self.env._("Recent emails"), UNKNOWN, sentence)]

    @api.model
    def _get_coverage_by_route(self):
        """The newest mails by the server that took them; their number is bounded.

        :return: server, number of mails, and of how many nothing more is known
        :rtype: list[tuple]
        """
        self.env["mail.tracking.email"].flush_model(["smtp_server", "state", "time"])
        query = """
            SELECT smtp_server, count(*), count(*) FILTER (WHERE state = 'sent')
              FROM (SELECT smtp_server, state FROM mail_tracking_email
                     WHERE time > (now() AT TIME ZONE 'UTC') - %(days)s * interval '1 day'
                     ORDER BY time DESC, id DESC LIMIT %(mails)s) AS mail
             WHERE state IS NOT NULL
             GROUP BY smtp_server ORDER BY count(*) DESC, smtp_server LIMIT %(routes)s
        """
        return self.env.execute_query(SQL(query, days=DAYS, mails=MAX_MAILS, routes=MAX_RECORDS))

    @api.model
    def _prepare_route_result(self, server, mails, unknown):
        sentence = self.env._(
            "Of %(mails)s recent emails, nothing is known of %(percent)s%% but that they were "
            "sent.",
            mails=self._format_number(mails),
            percent=round(100 * unknown / mails),
        )
        if unknown <= MANY_UNKNOWN * mails:
            verdict, hint = OK, ""
        else:
            verdict = UNKNOWN
            hint = self.env._(
                "More becomes known by delivery reports of the mail server, or by the webhook of "
                "an email service."
            )
        title = self.env._("Emails by one server")
        return self._prepare_result(title, verdict, sentence, hint, subject=server or "")

    # ------------------------------------------------------------
    # VERSIONS
    # ------------------------------------------------------------

    @api.model
    def _check_versions(self):
        title = self.env._("Versions")
        installed = self.env["ir.module.module"]._get("mail_tracking").latest_version
        [[postgresql]] = self.env.execute_query(SQL("SHOW server_version"))
        sentence = self.env._(
            "Email tracking %(addon)s, Odoo %(odoo)s, PostgreSQL %(postgresql)s.",
            addon=installed,
            odoo=release.version,
            postgresql=postgresql.partition(" ")[0],  # without the name of the distribution
        )
        on_disk = modules.module.get_manifest("mail_tracking")["version"]
        if on_disk == installed:
            return [self._prepare_result(title, OK, sentence)]
        hint = self.env._(
            "The files are of version %(version)s: upgrade the addon in this database.",
            version=on_disk,
        )
        return [self._prepare_result(title, WARNING, sentence, hint)]
