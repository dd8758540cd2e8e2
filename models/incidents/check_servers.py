from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, config

from ...tools import incidents
from ..mail_tracking_email import to_utc_datetime

#: Newest attempts at a server that are looked at.
MAX_ATTEMPTS = 200
#: Failures that are older than this when they are first seen are told to nobody.
RECENT = timedelta(days=1)


class MailTrackingIncident(models.Model):
    """Servers that take no emails."""

    _inherit = "mail.tracking.incident"

    @api.model
    def _find_servers(self, lasting):
        """Servers whose last attempts have failed, and that took nothing since; one query."""
        found, recent = {}, fields.Datetime.now() - RECENT
        known = set(lasting.mapped("key"))
        for name, rows in sorted(self._read_attempts().items()):
            attempts = [
                incidents.Attempt(mail_id or -row_id, (error_type or "unknown") if failed else "")
                for row_id, mail_id, failed, _time, error_type, *_answer in rows
            ]
            count, looked_at = incidents.failures_in_a_row(attempts)
            if count < incidents.FAILURES_IN_A_ROW:
                continue
            row = [
                row
                for row, attempt in zip(rows[:looked_at], attempts, strict=False)
                if attempt.reason not in incidents.NOT_ASKED
            ]
            last_on = to_utc_datetime(row[0][3])
            if name in known or last_on >= recent:
                found["server", name] = {
                    "subject": name,
                    "severity": incidents.URGENT,
                    "opened_on": to_utc_datetime(row[-1][3]),
                    "last_on": last_on,
                    "facts": {"count": count},
                    **self._prepare_answer([row[0][4:]]),
                }
        return found

    @api.model
    def _read_attempts(self):
        """The newest attempts at each server in use: its name -> rows, the newest first.

        Accounts of users are left out: what one of them refuses is told to its owner.
        """
        # sudo: ir.mail_server - all that emails may leave through
        Server = self.env["ir.mail_server"].sudo()
        servers = Server.search_fetch([("owner_user_id", "=", False)], ["smtp_host", "name"])
        names = {server.smtp_host or server.name for server in servers}
        names |= {config["smtp_server"]} - {False, None, ""}
        self.env["mail.tracking.event"].flush_model()
        query = SQL(
            """
            SELECT server.name, attempt.id, mail.mail_id_int, attempt.event_type = 'error',
                   attempt.timestamp, attempt.error_type, attempt.error_code,
                   attempt.error_status, left(attempt.error_description, 2000)
              FROM unnest(%(names)s) AS server (name)
             CROSS JOIN LATERAL (
                   SELECT * FROM mail_tracking_event
                    WHERE smtp_server = server.name AND source IS NULL
                      AND event_type IN ('sent', 'error')
                 ORDER BY id::bigint DESC LIMIT %(limit)s) AS attempt
              JOIN mail_tracking_email AS mail ON mail.id = attempt.tracking_email_id
             WHERE attempt.delivery_report IS DISTINCT FROM 'personal'
          ORDER BY attempt.id DESC
            """,
            names=sorted(names),
            limit=MAX_ATTEMPTS,
        )
        rows_by_name = defaultdict(list)
        for name, *row in self.env.execute_query(query):
            rows_by_name[name].append(row)
        return rows_by_name
