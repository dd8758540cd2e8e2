from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import incidents
from .mail_tracking_incident import REFUSED_STATES

#: Days whose emails are the usual ones, and those of which complaints are counted.
USUAL_DAYS, COMPLAINT_DAYS = 14, 7
#: States of emails that no provider was asked to take.
NOT_OFFERED = ("error", "rejected")


class MailTrackingIncident(models.Model):
    """Providers: failures that rise, and complaints. Out of the daily numbers."""

    _inherit = "mail.tracking.incident"

    @api.model
    def _find_numbers(self, lasting):
        """Failures and complaints at each provider, for each company; one query, or two."""
        found, known = {}, lasting._get_keys()
        by_provider = self._read_numbers(COMPLAINT_DAYS)
        if any(map(self._may_rise, by_provider.values())):
            # what is usual matters only then
            by_provider = self._read_numbers(USUAL_DAYS + 2)
        for (company_id, provider), numbers in by_provider.items():
            key = f"{company_id or 0}:{provider}"
            shared = {"subject": provider, "company_id": company_id, "last_on": numbers["now"]}
            if facts := self._get_rise(numbers, ("provider", key) in known):
                since = facts.pop("since")
                found["provider", key] = {**shared, "opened_on": since, "facts": facts}
            complaints, taken = numbers["week", "spam"], numbers["week", "taken"]
            is_open = ("complaints", key) in known
            if level := incidents.complaint_level(complaints, taken, is_open):
                found["complaints", key] = {
                    **shared,
                    "severity": level,
                    "code": "complaints",
                    "opened_on": numbers["now"] - timedelta(days=COMPLAINT_DAYS),
                    "facts": {
                        "failed": complaints,
                        "emails": taken,
                        "share": round(complaints / taken, 6),
                    },
                }
        return found

    @api.model
    def _may_rise(self, numbers):
        """Whether so many emails of today or yesterday failed that it could be more than usual."""
        return any(
            incidents.rises(numbers[day, "failed"], numbers[day, "all"], usual=0, is_open=True)
            for day in ("today", "yesterday")
        )

    @api.model
    def _get_rise(self, numbers, is_open):
        """What to say of failures that rise today, or did so yesterday; else nothing.

        Bounces of yesterday's emails come today, and a day may just have begun. Enough emails
        of today that got in settle what was yesterday.
        """
        today, yesterday = numbers["today", "failed"], numbers["yesterday", "failed"]
        emails = numbers["today", "all"]
        usual = incidents.usual_share(numbers["usual", "failed"], numbers["usual", "all"])
        day = "today"
        if not incidents.rises(today, emails, usual, is_open):
            if emails >= incidents.MIN_EMAILS and today / emails < incidents.MIN_SHARE:
                return None
            day = "yesterday"
            if not incidents.rises(yesterday, numbers[day, "all"], usual, is_open):
                return None
        midnight = numbers["now"].replace(hour=0, minute=0, second=0)
        return {
            "failed": numbers[day, "failed"],
            "emails": numbers[day, "all"],
            "share": round(numbers[day, "failed"] / numbers[day, "all"], 6),
            "before": round(numbers["usual", "failed"] / max(numbers["usual", "all"], 1), 6),
            "since": midnight - timedelta(days=day == "yesterday"),
        }

    @api.model
    def _read_numbers(self, days):
        """Sums of the daily numbers: (company id, provider) -> (period, what) -> emails.

        :param int days: of so many days, today included
        """
        now = fields.Datetime.now()
        today = now.date()
        self.env["mail.tracking.day"].flush_model()
        query = SQL(
            """
            SELECT company_id, coalesce(provider, ''), state,
                   sum(emails) FILTER (WHERE day >= %(today)s),
                   sum(emails) FILTER (WHERE day = %(yesterday)s),
                   sum(emails) FILTER (WHERE day < %(yesterday)s),
                   sum(emails) FILTER (WHERE day > %(week)s)
              FROM mail_tracking_day
             WHERE day >= %(first)s AND state IS NOT NULL AND state NOT IN %(not_offered)s
          GROUP BY 1, 2, 3
            """,
            today=today,
            yesterday=today - timedelta(days=1),
            week=today - timedelta(days=COMPLAINT_DAYS),
            first=today - timedelta(days=days - 1),
            not_offered=NOT_OFFERED,
        )
        found = defaultdict(lambda: defaultdict(int, now=now))
        for company_id, provider, state, *sums in self.env.execute_query(query):
            numbers = found[company_id, provider]
            what = "failed" if state in REFUSED_STATES else "taken"
            for period, emails in zip(("today", "yesterday", "usual", "week"), sums, strict=True):
                numbers[period, "all"] += emails or 0
                numbers[period, what] += emails or 0
                numbers[period, state] += emails or 0
        return found
