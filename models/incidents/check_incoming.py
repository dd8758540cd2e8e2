from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import incidents
from ..mail_tracking_email import to_utc_datetime

#: An incoming mail server that could not be asked for so long.
FETCH_LATE = timedelta(days=1)
#: Days without any report, by default; and what has to be expected for that to mean something:
#: so many reports in the four weeks before, and so many emails since.
SILENT_DAYS, USUAL_DAYS, MIN_REPORTS, MIN_EMAILS = 7, 28, 20, 100
#: Requests of a service that were refused on a day, and emails about which it says nothing.
MIN_REFUSED, MIN_UNREPORTED = 3, 20


class MailTrackingIncident(models.Model):
    """What should come in and does not: reports on emails, and events of email services."""

    _inherit = "mail.tracking.incident"

    # ------------------------------------------------------------
    # REPORTS
    # ------------------------------------------------------------

    @api.model
    def _find_bounces(self, lasting):
        """Incoming mail servers that give nothing, and reports that no longer come."""
        found, now = {}, fields.Datetime.now()
        # sudo: fetchmail.server - whether emails are fetched
        servers = self.env["fetchmail.server"].sudo().search([("server_type", "!=", "local")])
        for server in servers:
            since, code = server.error_date, "fetch_failing"
            if not since and server.state == "done":
                since, code = server.date or server.write_date, "fetch_late"
            if since and since < now - FETCH_LATE:
                found["bounces", f"fetch:{server.id}"] = {
                    "subject": server.name,
                    "code": code,
                    "reason": incidents.quote("", server.error_message or ""),
                    "opened_on": since,
                    "last_on": now,
                }
        if silent := self._get_silence(now):
            found["bounces", "reports"] = silent
        return found

    @api.model
    def _get_silence(self, now):
        """What to say where reports used to come and do not any more; else nothing."""
        Tracking = self.env["mail.tracking.email"]
        days = Tracking._get_max_age("mail_tracking.silent_days") or SILENT_DAYS
        since = now - timedelta(days=days)
        self.env["mail.tracking.event"].flush_model(["source", "timestamp"])
        query = SQL(
            """
            SELECT (SELECT count(*)
                      FROM (SELECT FROM mail_tracking_event
                             WHERE source = 'report'
                               AND timestamp >= %(first)s AND timestamp < %(since)s
                             LIMIT %(min)s) AS few),
                   (SELECT timestamp FROM mail_tracking_event
                     WHERE source = 'report' AND timestamp >= %(first)s
                  ORDER BY timestamp DESC LIMIT 1)
            """,
            min=MIN_REPORTS,
            since=(since - datetime(1970, 1, 1)).total_seconds(),
            first=(since - timedelta(days=USUAL_DAYS) - datetime(1970, 1, 1)).total_seconds(),
        )
        [(usual, last)] = self.env.execute_query(query)
        if usual < MIN_REPORTS:
            return None
        last_on = to_utc_datetime(last)
        if last_on >= since or self._count_emails(since.date()) < MIN_EMAILS:
            return None
        return {
            "code": "reports_silent",
            "facts": {"days": days},
            "opened_on": last_on,
            "last_on": now,
        }

    @api.model
    def _count_emails(self, day):
        """How many emails were handed to a server since a day, according to the daily numbers."""
        # sudo: mail.tracking.day - of all companies
        Day = self.env["mail.tracking.day"].sudo()
        [(emails,)] = Day._read_group([("day", ">=", day)], [], ["sent:sum"])
        return emails or 0

    # ------------------------------------------------------------
    # WEBHOOKS
    # ------------------------------------------------------------

    @api.model
    def _find_webhooks(self, lasting):
        """Webhooks that refuse what comes, or to which nothing comes though emails leave."""
        found, now = {}, fields.Datetime.now()
        # sudo: mail.tracking.webhook - whether it works; the secrets are not read
        webhooks = self.env["mail.tracking.webhook"].sudo().search([("active", "=", True)])
        if not webhooks:
            return found
        last_day = now.date() - timedelta(days=1)
        emails = self._read_sent_by_webhook(last_day)
        for webhook in webhooks:
            last_event = webhook.last_event
            begin = last_event or webhook.create_date
            refused = sum(day.refused for day in webhook.day_ids if day.date >= last_day)
            vals = {"subject": webhook.name, "opened_on": begin, "last_on": now}
            key = ("webhook", str(webhook.id))
            if refused >= MIN_REFUSED and (not last_event or webhook.last_refusal > last_event):
                reason = webhook.last_refusal_reason or ""
                found[key] = {**vals, "code": "webhook_refused", "reason": reason}
            elif (
                emails.get(webhook.id, 0) >= MIN_UNREPORTED
                and begin.date() < last_day
                and webhook.has_secret
            ):
                found[key] = {**vals, "code": "webhook_silent"}
        return found

    @api.model
    def _read_sent_by_webhook(self, day):
        """Webhook id -> emails that left through its servers on a day."""
        self.env["mail.tracking.day"].flush_model()
        self.env["ir.mail_server"].flush_model(["smtp_host", "name", "mail_tracking_webhook_id"])
        query = SQL(
            """
            SELECT mail_tracking_webhook_id, sum(number.sent)
              FROM (SELECT DISTINCT mail_tracking_webhook_id,
                           coalesce(nullif(smtp_host, ''), name) AS host
                      FROM ir_mail_server
                     WHERE active AND mail_tracking_webhook_id IS NOT NULL) AS server
              JOIN mail_tracking_day AS number ON number.server = server.host
             WHERE number.day = %s
          GROUP BY mail_tracking_webhook_id
            """,
            day,
        )
        return dict(self.env.execute_query(query))
