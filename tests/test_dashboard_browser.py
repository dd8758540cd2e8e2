"""The dashboard in a browser, as a postmaster who is no administrator."""

import unittest
from pathlib import Path

from odoo.tests import HttpCase, tagged

from .support.common import PatientBrowser
from .support.dashboard_common import DashboardCommon
from .test_accessibility import AXE, CHECK, LOAD

#: All of the page, with the table of the days open.
STEPS = """
await open(".o_mail_tracking_dashboard summary");
await check(".o_mail_tracking_dashboard", ".o_mail_tracking_dashboard_all");
"""


class DashboardBrowserCommon(PatientBrowser, DashboardCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        common = {"delivery_report": "success", "company_id": cls.env.company.id}
        cls.count(9, state="delivered", delay="1m", **common)
        cls.count(1, state="bounced", reason="user_unknown", provider="Google", **common)
        cls.count(100, days_ago=45, state="sent", delivery_report="none")
        cls.env["mail.tracking.domain"].create({"name": "g.example", "provider": "Google"})
        cls.env["mail.tracking.email"].create(
            [
                {
                    "name": subject,
                    "recipient": f"x@{domain}",
                    "state": state,
                    "error_type": reason,
                    **common,
                }
                for subject, domain, state, reason in (
                    ("This one is lost", "g.example", "bounced", "user_unknown"),
                    ("Arrived well", "g.example", "delivered", False),
                    ("Waits", "new.example", False, False),
                )
            ]
        )
        cls.env["mail.tracking.incident"].create(
            {
                "kind": "server",
                "key": "smtp.example",
                "subject": "smtp.example",
                "opened_on": cls.env.cr.now(),
            }
        )


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestDashboardBrowser(DashboardBrowserCommon):
    browser_size = "1440x900"

    def test_numbers_and_the_lists_behind_them(self):
        self.start_tour("/odoo/deliverability", "mail_tracking_dashboard", login="postmaster")


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestDashboardPhone(TestDashboardBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestDashboardAccessible(DashboardBrowserCommon):
    def check(self, steps):
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes(), "public": True}
        axe = self.env["ir.attachment"].create(values)
        script = f"{LOAD % axe.id} {CHECK} {steps}"
        self.browser_js(
            "/odoo/deliverability",
            f"(async () => {{ {script} console.log('test successful'); }})()"
            ".catch((error) => console.error(error.message));",
            ready="Boolean(document.querySelector('.o_mail_tracking_dashboard_status'))",
            login="postmaster",
        )

    def test_numbers(self):
        self.check(STEPS)

    def test_nothing_counted(self):
        self.Day.search([]).unlink()
        self.Total.search([]).unlink()
        self.check('await check(".o_mail_tracking_dashboard", ".o_mail_tracking_dashboard_empty");')
