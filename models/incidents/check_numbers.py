from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import incidents

#: Days whose emails are the usual ones, and those of which complaints are counted.
USUAL_DAYS, COMPLAINT_DAYS = 14, 7
#: What is read of each period: name -> sum of the daily numbers. Emails that no provider was asked
#: to take are left out.
SUMS = {
    "all": SQL("tried - failed + refused"),
    "failed": SQL("refused"),
    "taken": SQL("tried - failed"),
    "spam": SQL("complaints"),
}


class MailTrackingIncident(models.Model):
    """Providers: failures that rise, and complaints. Out of the daily numbers."""

    _inherit = "mail.tracking.incident"

    @api.model
    def _find_numbers(self, lasting):
        """Failures and complaints at each provider, for each company; one query."""
        found, known = {}, lasting._get_keys()
        for (company_id, provider), numbers in self._read_numbers().items():
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
    def _read_numbers(self):
        """Sums of the daily numbers: (company id, provider) -> (period, what) -> emails."""
        now = fields.Datetime.now()
        today = now.date()
        periods = {
            "today": SQL("day >= %s", today),
            "yesterday": SQL("day = %s", today - timedelta(days=1)),
            "usual": SQL("day < %s", today - timedelta(days=1)),
            "week": SQL("day > %s", today - timedelta(days=COMPLAINT_DAYS)),
        }
        sums = {
            (period, what): SQL("coalesce(sum(%s) FILTER (WHERE %s), 0)", number, days)
            for period, days in periods.items()
            for what, number in SUMS.items()
        }
        self.env["mail.tracking.day.total"].flush_model()
        query = SQL(
            """
            SELECT company_id, coalesce(provider, ''), %(sums)s
              FROM mail_tracking_day_total
             WHERE day >= %(first)s
          GROUP BY 1, 2
            """,
            sums=SQL(", ").join(sums.values()),
            first=today - timedelta(days=USUAL_DAYS + 1),
        )
        return {
            (company_id, provider): {"now": now, **dict(zip(sums, numbers, strict=True))}
            for company_id, provider, *numbers in self.env.execute_query(query)
        }
