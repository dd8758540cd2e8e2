from datetime import datetime, time, timedelta

import pytz

from odoo import models

SATURDAY = 5


class ResCompany(models.Model):
    _inherit = "res.company"

    def _get_working_day_after(self, day, days):
        """A working day: of the company's calendar with ``resource``, else Monday to Friday.

        :param date day: the day to count from, which does not count itself
        :param int days: how many working days later
        """
        if "resource_calendar_id" in self._fields and self.resource_calendar_id:
            calendar = self.resource_calendar_id
            morning = datetime.combine(day + timedelta(days=1), time.min)
            morning = pytz.timezone(calendar.tz).localize(morning)
            if end := calendar.plan_days(days, morning, compute_leaves=True):
                return end.date()  # False where nobody ever works
        while days:
            day += timedelta(days=1)
            days -= day.weekday() < SATURDAY
        return day
