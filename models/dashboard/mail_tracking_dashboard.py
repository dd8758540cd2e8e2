from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools import events as ev
from ...tools import modes, summary
from ...tools.delays import class_within, numbers_by_class
from ...tools.summary import ARRIVED, COUNTS, PERSONAL

#: Days that can be chosen; today is added to them, as it is not over yet.
PERIODS = (7, 30, 90)
#: Values that a list of failures names; all others are one number.
MAX_LISTED = 5
MAX_INCIDENTS = 5
#: More than these are not counted one by one: emails that wait, emails that are not counted yet.
MAX_EMAILS = 20_000
#: Field of the daily numbers -> field of the trackings behind them.
FAILURES_BY = {
    "reason": "error_type",
    "provider": "recipient_provider",
    "server": "smtp_server",
    "template_id": "template_id",
    "model": "model",
}
#: Totals that each period has: those of the daily numbers, and what did not fail.
NUMBERS = ("taken", *COUNTS)
WAITING = Domain("state", "=", False) & Domain("is_cancelled", "=", False)


class MailTrackingDashboard(models.AbstractModel):
    """What the dashboard *Deliverability* shows, out of the daily numbers.

    It reads as its user, so that the rules on companies decide what is counted.
    """

    _name = "mail.tracking.dashboard"
    _description = "Deliverability"

    @api.model
    def get_data(self, days=30):
        """All that the dashboard shows.

        :param int days: one of ``PERIODS``; today is added
        :rtype: dict
        :raise AccessError: for anybody but postmasters
        """
        Day = self.env["mail.tracking.day"]
        Day.check_access("read")
        self.env["mail.tracking.incident"]._look()
        days = days if days in PERIODS else PERIODS[1]
        today = fields.Date.today()
        start = today - timedelta(days=days)
        numbers = self._read_numbers(start - timedelta(days=days), today)
        totals = self._get_totals(numbers, start, today)
        to_count = self._get_to_count()
        if to_count["emails"]:
            Day._wake_cron()
        return {
            "days": days,
            "start": fields.Date.to_string(start),
            "today": fields.Date.to_string(today),
            "is_empty": not numbers and not Day.search_count([], limit=1),
            "to_count": to_count,
            "incidents": self._get_incidents(),
            "queue": self._get_queue(),
            "totals": totals,
            "by_day": self._prepare_by_day(numbers, start, today),
            "failures": self._get_failures(start, today),
            "delays": self._prepare_delays(totals["now"]),
            "domains": {name: list(domain) for name, domain in self._get_domains().items()},
        }

    @api.model
    def _get_domains(self):
        """Number -> the trackings that it counts, besides their days."""
        # a complaint is a failure, yet it arrived
        lost = sorted(set(self.env["mail.tracking.email"]._get_failed_states()) - {ev.SPAM})
        sent = Domain("state", "not in", [False, ev.ERROR])
        taken = Domain("state", "not in", [False, *lost])
        reported = Domain("delivery_report", "in", summary.REPORTING)
        return {
            "sent": sent,
            "failed": Domain("state", "in", lost),
            "unknown": taken & Domain("state", "not in", sorted(ARRIVED)) & ~reported,
            "delivered": Domain("state", "in", sorted(ARRIVED)) & reported,
            "complaints": Domain("state", "=", ev.SPAM),
            "opened": taken
            & Domain("open_mode", "in", modes.PERSONAL)
            & Domain("opens_refused", "=", False)
            & (
                Domain("first_open", "!=", False)
                | Domain("click_count", "!=", 0)
                | Domain("first_reply", "!=", False)
            ),
            "answered": sent & Domain("first_reply", "!=", False),
            "waiting": WAITING,
            "tried": Domain("state", "!=", False),
            "arrived": Domain("state", "in", sorted(ARRIVED)),
        }

    # ------------------------------------------------------------
    # DAILY NUMBERS
    # ------------------------------------------------------------

    @api.model
    def _get_days_domain(self, start, end):
        return Domain("day", ">=", start) & Domain("day", "<=", end)

    @api.model
    def _read_numbers(self, start, end):
        """The numbers of each day that has any: day -> number -> total."""
        domain = self._get_days_domain(start, end)
        found = self.env["mail.tracking.day.total"]._get_numbers(domain, ["day:day"])
        return {day: numbers for (day,), numbers in found.items()}

    @api.model
    def _get_totals(self, by_day, start, today):
        """The numbers of this period, of the one before, and of today."""
        totals = {"now": Counter(), "before": Counter(), "today": Counter(by_day.get(today))}
        for day, numbers in by_day.items():
            totals["now" if day >= start else "before"].update(numbers)
        for numbers in totals.values():
            numbers["taken"] = numbers["tried"] - numbers["failed"]
        return {
            period: {name: numbers[name] for name in NUMBERS} for period, numbers in totals.items()
        }

    @api.model
    def _prepare_by_day(self, by_day, start, today):
        names, nothing = ("tried", "arrived", "failed"), {}
        shown = [start + timedelta(days=number) for number in range((today - start).days + 1)]
        return [
            {
                "day": fields.Date.to_string(day),
                **{name: by_day.get(day, nothing).get(name, 0) for name in names},
            }
            for day in shown
        ]

    @api.model
    def _prepare_delays(self, totals):
        """How long deliveries took: the classes, and within which the half and 95 % are."""
        numbers = numbers_by_class(totals)
        labels = self.env["mail.tracking.email"]._fields["delay"]._description_selection(self.env)
        return {
            "classes": [
                {"value": name, "label": label, "emails": numbers[name]} for name, label in labels
            ],
            "median": class_within(numbers, 0.5),
            "most": class_within(numbers, 0.95),
        }

    @api.model
    def _get_failures(self, start, end):
        """What failed, by each of ``FAILURES_BY``: the largest numbers, and that of all others."""
        domain = self._get_days_domain(start, end) & Domain("failed", ">", 0)
        found = self.env["mail.tracking.day"]._read_grouping_sets(
            domain, [[name] for name in FAILURES_BY], ["failed:sum"]
        )
        return [
            self._prepare_failures(name, groups)
            for name, groups in zip(FAILURES_BY, found, strict=True)
        ]

    @api.model
    def _prepare_failures(self, name, groups):
        totals = Counter()
        for value, emails in groups:
            totals[getattr(value, "id", value) or False] += emails
        totals = +totals
        first = totals.most_common(MAX_LISTED)
        labels = self._get_labels(name, [value for value, _emails in first])
        return {
            "name": name,
            "items": [
                {
                    "value": value,
                    "label": labels.get(value) or "",
                    "emails": emails,
                    "domain": self._get_failure_domain(name, [value]),
                }
                for value, emails in first
            ],
            "others": {
                "count": len(totals) - len(first),
                "emails": totals.total() - sum(emails for _value, emails in first),
                "domain": list(~Domain(self._get_failure_domain(name, [v for v, _e in first]))),
            },
        }

    @api.model
    def _get_failure_domain(self, name, values):
        """Domain of the trackings that failed with one of these values of the daily numbers."""
        domain = Domain(FAILURES_BY[name], "in", [value for value in values if value != PERSONAL])
        if name != "server":
            return list(domain)
        personal = Domain("delivery_report", "=", PERSONAL)
        return list(domain & ~personal | (personal if PERSONAL in values else Domain.FALSE))

    @api.model
    def _get_labels(self, name, values):
        """The words for values of the daily numbers; empty where there is no value."""
        if name == "reason":
            return dict(self.env["mail.tracking.email"]._selection_error_type())
        if name == "template_id":
            templates = self.env["mail.template"].browse(filter(None, values))
            return {template.id: template.display_name for template in templates}
        if name == "model":
            names = [value for value in values if value]
            return {model: self.env["ir.model"]._get(model).name or model for model in names}
        labels = {value: value for value in values if value}
        return labels | (
            {PERSONAL: self.env._("Personal mail servers")} if name == "server" else {}
        )

    # ------------------------------------------------------------
    # WHAT IS GOING ON
    # ------------------------------------------------------------

    @api.model
    def _get_to_count(self):
        """How many emails the daily numbers do not know yet.

        They are looked for whosesoever they are, among a bounded number of emails, before the
        rules on companies choose: else a company with few emails would have all of them read.
        """
        Email = self.env["mail.tracking.email"]
        # sudo: mail.tracking.email - the count below is under the rules of the user
        domain = Email._get_uncounted_domain()
        some = Email.sudo()._search(domain, order="id desc", limit=MAX_EMAILS)
        number = Email.search_count([("id", "in", some)])
        return {"emails": number, "is_more": number >= MAX_EMAILS}

    @api.model
    def _get_incidents(self):
        """The open ones, first those that are urgent."""
        Incident = self.env["mail.tracking.incident"]
        domain = [("closed_on", "=", False)]
        found = Incident.search_fetch(
            domain, order="severity, opened_on, id", limit=MAX_INCIDENTS + 1
        )
        count = len(found)
        if count > MAX_INCIDENTS:
            count = Incident.search_count(domain)
        return {
            "count": count,
            "records": found[:MAX_INCIDENTS].read(["name", "severity", "opened_on", "email_count"]),
        }

    @api.model
    def _get_queue(self):
        """The emails that wait: how many, how many of them for their time, since when the others.

        A tracking knows of its mail that it was not sent, and the mail for when it is planned.
        """
        Email = self.env["mail.tracking.email"]
        some = Email._search(WAITING, order="id", limit=MAX_EMAILS)
        mails = Email._read_group([("id", "in", some)], ["mail_id_int"], ["__count", "time:min"])
        # sudo: mail.mail - when emails are planned, for postmasters who see their trackings
        planned = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("id", "in", [mail_id for mail_id, _count, _time in mails if mail_id]),
                    ("scheduled_date", ">", fields.Datetime.now()),
                ]
            )
        )
        planned_ids = set(planned.ids)
        emails = sum(count for _mail_id, count, _time in mails)
        times = [time for mail_id, _count, time in mails if time and mail_id not in planned_ids]
        return {
            "emails": emails,
            "is_more": emails >= MAX_EMAILS,
            "planned": sum(count for mail_id, count, _time in mails if mail_id in planned_ids),
            "since": fields.Datetime.to_string(min(times)) if times else False,
        }
