"""Daily numbers, as the scheduled action would have counted them."""

from datetime import timedelta

from odoo import fields

from odoo.addons.mail_tracking.tools import summary

from .common import MailTrackingCommon


class DashboardCommon(MailTrackingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Day = cls.env["mail.tracking.day"]
        cls.Total = cls.env["mail.tracking.day.total"]
        cls.Day.search([]).unlink()
        cls.Total.search([]).unlink()
        cls.env["mail.tracking.email"].search([]).unlink()
        cls.today = fields.Date.today()
        # incidents of tests are not looked at by who looks at the page
        in_time = fields.Datetime.now() + timedelta(hours=1)
        cls.env.ref("mail_tracking.ir_cron_incidents").write({"active": True, "nextcall": in_time})
        cls.postmaster = cls.env["res.users"].create(
            {
                "name": "Paula Post",
                "login": "postmaster",
                "password": "postmaster",
                "email": "paula@example.com",
                "group_ids": [
                    (6, 0, [cls.env.ref("mail_tracking.group_postmaster").id]),
                ],
                "company_id": cls.env.company.id,
                "company_ids": [(6, 0, [cls.env.company.id])],
            }
        )

    @classmethod
    def count(cls, emails, days_ago=0, **values):
        """One of the daily numbers, of emails with these values."""
        values = {"state": "sent", "company_id": cls.env.company.id, **values}
        status = summary.EmailStatus(
            *(values.get(name) or "" for name in summary.EmailStatus._fields)
        )
        own = set(summary.EmailStatus._fields) - {"delivery_report", "open_mode"}
        total = {
            "day": cls.today - timedelta(days=days_ago),
            **dict.fromkeys(summary.COUNTS, 0),
            **dict.fromkeys(summary.counts_of(status), emails),
            **{name: values.get(name) for name in ("company_id", "provider")},
        }
        cls.Total.create(total)
        values = {name: value for name, value in values.items() if name not in own}
        return cls.Day.create({"key": f"test {cls.Day.search_count([])}", **total, **values})

    def get_data(self, days=30, user=None):
        Dashboard = self.env["mail.tracking.dashboard"]
        return Dashboard.with_user(user or self.postmaster).get_data(days)
