"""Reminders are due after working days of the company's calendar."""

from datetime import date

from odoo.tests import TransactionCase, tagged

#: a Thursday
THURSDAY = date(2026, 10, 1)


@tagged("post_install", "-at_install")
class TestWorkingDays(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create({"name": "Work", "tz": "Asia/Tokyo"})
        cls.env.company.resource_calendar_id = cls.calendar

    def after(self, days):
        return self.env.company._get_working_day_after(THURSDAY, days)

    def test_a_week_of_five_days(self):
        self.assertEqual(self.after(1), date(2026, 10, 2))
        self.assertEqual(self.after(2), date(2026, 10, 5))

    def test_a_day_off(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": "2026-10-01 15:00:00",  # Friday in Tokyo
                "date_to": "2026-10-02 14:59:59",
            }
        )
        self.assertEqual(self.after(1), date(2026, 10, 5))

    def test_fridays_are_free(self):
        self.calendar.attendance_ids.filtered(lambda line: line.dayofweek == "4").unlink()
        self.assertEqual(self.after(1), date(2026, 10, 5))

    def test_without_any_working_time(self):
        self.calendar.attendance_ids.unlink()
        self.assertEqual(self.after(2), date(2026, 10, 5), "Monday to Friday, as without one")

    def test_without_a_calendar(self):
        self.env.company.resource_calendar_id = False
        self.assertEqual(self.after(2), date(2026, 10, 5))
