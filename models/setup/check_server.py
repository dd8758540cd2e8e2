from odoo import api, models, modules, release
from odoo.http import request
from odoo.tools import SQL, config
from odoo.tools.misc import get_lang

from ...tools.sentences import PERSONAL
from .mail_tracking_setup import INFO, MAX_RECORDS, OK, SETTINGS, UNKNOWN, WARNING

#: the newest mails of these days are checked
MAX_MAILS, DAYS = 10_000, 30
#: a table of more rows deserves a limit of age
MANY_ROWS = 1_000_000
#: share of mails without delivery information from which on there is a hint
MANY_UNKNOWN = 0.5
MODELS = ("mail.tracking.email", "mail.tracking.event", "mail.tracking.webhook.day")


class MailTrackingSetup(models.AbstractModel):
    """Odoo's server, the database, and recent emails."""

    _inherit = "mail.tracking.setup"

    @api.model
    def _format_number(self, number, digits=0):
        lang = self.env["res.lang"].browse(get_lang(self.env).id)
        return lang.format(f"%.{digits}f", number, grouping=True)

    @api.model
    def _format_size(self, size):
        """A number of bytes as people write it: 80 kB, 1.2 MB."""
        units = ["kB", "MB", "GB", "TB"]
        while (size := size / 1000) >= 1000 and len(units) > 1:
            del units[0]
        number = self._format_number(size, digits=1 if size < 10 else 0)
        return f"{number}\N{NO-BREAK SPACE}{units[0]}"

    # ------------------------------------------------------------
    # LIVE UPDATES
    # ------------------------------------------------------------

    @api.model
    def _check_live(self):
        """Send a live update that the page waits for."""
        self.env.user._bus_send("mail_tracking/setup", {})
        arrived = self._prepare_result(
            self.env._("Live update"), OK, self.env._("A live update reached this page just now.")
        )
        awaited = self._prepare_result(
            self.env._("Live update"),
            WARNING,
            self.env._("No live update has reached this page so far."),
            self.env._(
                "Have your web server pass /websocket to Odoo's port for live updates. Until "
                "then, icons only change when a page is loaded again."
            ),
            live=arrived,
        )
        return [awaited, self._check_processes(), *self._check_proxy()]

    @api.model
    def _check_processes(self):
        title = self.env._("Processes")
        if not config["workers"]:
            sentence = self.env._(
                "Odoo runs in one process; live updates use the same port as its pages."
            )
            return self._prepare_result(title, INFO, sentence)
        sentence = self.env._(
            "Odoo runs with %(number)s worker processes; live updates use port %(port)s.",
            number=config["workers"],
            port=config["gevent_port"],
        )
        return self._prepare_result(title, INFO, sentence)

    @api.model
    def _check_proxy(self):
        """A web server whose address Odoo takes for that of all clients."""
        if (
            not request
            or config["proxy_mode"]
            or not request.httprequest.environ.get("HTTP_X_FORWARDED_FOR")
        ):
            return []
        sentence = self.env._(
            "Odoo runs behind a web server without --proxy-mode: all opens seem to come from the "
            "IP address of that server."
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
            *(self._prepare_size_result(*size) for size in sizes),
        ]

    @api.model
    def _get_table_sizes(self):
        """Model, estimated number of rows (negative if unknown) and bytes of our tables."""
        query = (
            "SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM pg_class"
            " WHERE relname IN %s AND relnamespace = current_schema()::regnamespace"
            " ORDER BY relname"
        )
        models_by_table = {self.env[name]._table: name for name in MODELS}
        rows = self.env.execute_query(SQL(query, tuple(models_by_table)))
        return [(models_by_table[table], number, size) for table, number, size in rows]

    @api.model
    def _prepare_size_result(self, model, rows, size):
        title = self.env["ir.model"]._get(model).name
        sentence = self._format_size(size)
        if rows >= 0:
            sentence = self.env._(
                "About %(number)s records, %(size)s",
                number=self._format_number(rows),
                size=sentence,
            )
        return self._prepare_result(title, INFO, sentence)

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
        hint = self.env._('To delete old tracking, set "Keep tracking for" in the settings.')
        sentence = self.env._("Tracking is kept for ever.")
        return self._prepare_result(title, verdict, sentence, hint, action=SETTINGS)

    # ------------------------------------------------------------
    # DELIVERY COVERAGE
    # ------------------------------------------------------------

    @api.model
    def _check_delivery_coverage(self):
        routes = self._get_coverage_by_route()
        if routes:
            return [self._prepare_route_result(*route) for route in routes]
        sentence = self.env._("No email was sent in the last %(days)s days.", days=DAYS)
        return [self._prepare_result(self.env._("Recent emails"), INFO, sentence)]

    @api.model
    def _get_coverage_by_route(self):
        """Server, number of its newest mails, and how many of these are Sent and no more.

        All accounts of users are one server without a name: nobody is measured here.
        """
        Tracking = self.env["mail.tracking.email"]
        Tracking.flush_model(["delivery_report", "smtp_server", "state", "time"])
        query = """
            SELECT is_personal, server, count(*), count(*) FILTER (WHERE state = 'sent')
              FROM (SELECT state, delivery_report IS NOT DISTINCT FROM %(personal)s AS is_personal,
                           CASE delivery_report WHEN %(personal)s THEN ''
                                                ELSE smtp_server END AS server
                      FROM mail_tracking_email
                     WHERE time > (now() AT TIME ZONE 'UTC') - %(days)s * interval '1 day'
                     ORDER BY time DESC, id DESC LIMIT %(mails)s) AS mail
             WHERE state IS NOT NULL
             GROUP BY is_personal, server
             ORDER BY count(*) DESC, server LIMIT %(routes)s
        """
        return self.env.execute_query(
            SQL(query, personal=PERSONAL, days=DAYS, mails=MAX_MAILS, routes=MAX_RECORDS)
        )

    @api.model
    def _prepare_route_result(self, is_personal, server, mails, unknown):
        sentence = self.env._(
            "Of %(mails)s recent emails, %(percent)s%% are Sent, and nothing else is known.",
            mails=self._format_number(mails),
            percent=round(100 * unknown / mails),
        )
        if unknown <= MANY_UNKNOWN * mails:
            verdict, hint = OK, ""
        elif is_personal:
            verdict = UNKNOWN
            hint = self.env._("Their bounces go to the mailboxes of their senders.")
        else:
            verdict = UNKNOWN
            hint = self.env._(
                "Delivery reports of the mail server, or the webhook of an email service, say more."
            )
        title = self.env._("Emails through one server")
        if is_personal:
            title = self.env._("Emails through personal mail servers")
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
            return [self._prepare_result(title, INFO, sentence)]
        hint = self.env._(
            "The files are of version %(version)s: upgrade the addon in this database.",
            version=on_disk,
        )
        return [self._prepare_result(title, WARNING, sentence, hint)]
