"""The pictures of the README, made by tours: ``./dev test mail_tracking_pictures``."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import api, fields
from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .support.dashboard_common import DashboardCommon
from .support.report_common import ReportCommon
from .support.setup_common import SetupCommon

FOLDER = Path(__file__).parent.parent / "static/img"
APPLE_PREFETCH = "Mozilla/5.0"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0"


def picture_console(browser, args=None, **more):
    """Save what a tour asks for in the console, and let it go on."""
    text = str(args[0].get("value")) if args else ""
    if not text.startswith("picture "):
        return handle_console(browser, args=args, **more)
    wanted = json.loads(text.removeprefix("picture "))

    def save(future):
        (FOLDER / f"{wanted['name']}.png").write_bytes(base64.b64decode(future.result()["data"]))
        done = {"expression": f"window.pictureTaken = {wanted['name']!r}"}
        browser._websocket_send("Runtime.evaluate", params=done)

    params = {"format": "png", "clip": {**wanted["clip"], "scale": 1}}
    future = browser._websocket_send("Page.captureScreenshot", params=params, with_future=True)
    future.add_done_callback(save)
    return None


handle_console = ChromeBrowser._handle_console


class PictureCommon:
    """In front of ``HttpCase``."""

    def take(self, url, tour, width=1400, height=1000):
        """Run a tour in a window of some size, at twice the usual density."""
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}

        def navigate_to(browser, *args, **kwargs):
            browser._websocket_request("Emulation.setDeviceMetricsOverride", params=size)
            return navigate(browser, *args, **kwargs)

        navigate = ChromeBrowser.navigate_to
        with (
            patch.object(ChromeBrowser, "navigate_to", navigate_to),
            patch.object(ChromeBrowser, "_handle_console", picture_console),
        ):
            self.start_tour(url, f"mail_tracking_pictures_{tour}", login="admin")


@tagged("post_install", "-at_install", "-standard", "mail_tracking_pictures")
class TestPictures(PictureCommon, SetupCommon, ReportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.tracking.email"].search([]).unlink()
        Partner = cls.env["res.partner"].with_context(mail_create_nolog=True)
        cls.record = Partner.create({"name": "Lumber Works", "is_company": True})

    def open(self, address, user_agent):
        """Load the image of a mail, as a mail program does."""
        page = self.html(self.received(address))
        path = re.search(r'src="\w+://[^/]+(/mail_tracking/open/[^"]+)', page)[1]
        self.authenticate(None, None)  # an open of one's own does not count
        self.url_open(path, headers={"User-Agent": user_agent})

    def test_pictures(self):
        names = ("Olga Berg", "Dario Conti", "Selma Jensen", "Emil Novak", "Nora Without Address")
        addresses = [f"{name.lower().replace(' ', '.')}@example.com" for name in names]
        olga, dario, selma, emil, _nora = addresses
        partners = self.env["res.partner"].create(
            [
                {"name": name, "email": address if "Without" not in name else False}
                for name, address in zip(names, addresses, strict=True)
            ]
        )
        self.handler.refuse_rcpt[emil] = f"550 5.1.1 <{emil}>: Recipient address rejected"
        self.user_employee = self.user_admin  # posts, and is the user of the browser
        message = self.post(
            partners,
            subject="Offer for the garden house",
            body="Dear all, here is our offer for the garden house. It holds until Friday.",
        )
        row = self.row(message, partners[1])
        self.report((dario, "delivered", "2.0.0", "250 Ok: stored"), headers=self.by_token(row))
        self.open(olga, APPLE_PREFETCH)
        self.open(olga, THUNDERBIRD)
        self.take(f"/odoo/res.partner/{self.record.id}", "chatter", width=1600)
        self.open(selma, THUNDERBIRD)
        self.take(f"/odoo/res.partner/{self.record.id}", "live", width=1600)
        self.take("/odoo/discuss?active_id=mail.box_failed", "discuss")
        self.take("/odoo/action-mail_tracking.action_view_mail_tracking_email", "list")
        self.take("/odoo/contacts?view_type=list", "filter")

    def test_records(self):
        self.user_employee = self.user_admin
        category = self.env["res.partner.category"].create({"name": "Garden houses"})
        names = ("Beam Co", "Hut Co", "Log Co", "Roof Co", "Saw Co")
        partners = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "email": f"{name.partition(' ')[0].lower()}@example.com",
                    "category_id": category.ids,
                }
                for name in names
            ]
        )
        beam, hut, _log, roof, saw = partners
        self.handler.refuse_rcpt[saw.email] = f"550 5.1.1 <{saw.email}>: User unknown"
        for partner, days in ((beam, 1), (hut, 5), (roof, 3), (saw, 2)):
            row = self.row(self.post(partner, partner, subject="Our offer"), partner)
            row.tracking_event_ids.timestamp -= days * 86400
            row.time = row.state_time = self.env.cr.now() - timedelta(days=days)
        self.open(beam.email, THUNDERBIRD)
        roof.message_post(body="Yes!", author_id=roof.id, message_type="email")
        self.process_pending()
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Contacts",
                "res_model": "res.partner",
                "view_mode": "list,form",
                "domain": [("category_id", "=", category.id)],
            }
        )
        self.take(f"/odoo/action-{action.id}", "last_email", width=1100)
        hut.email = "hut@gmial.com"
        saw.message_subscribe(hut.ids)
        self.take(f"/odoo/res.partner/{saw.id}", "warning", width=1600)
        self.take(f"/odoo/res.partner/{hut.id}", "reminder", width=1600)

    def test_setup(self):
        self.params.set_param("mail_tracking.base.url", self.base_url())
        # the request of the page holds this test's only cursor: nobody could answer in between
        known = {name: self.run_check(name) for name in ("pixel", "databases", "bounces")}
        check = type(self.Setup).run_check

        @api.model
        def run_check(model, name):
            return known.get(name) or check(model, name)

        with patch.object(type(self.Setup), "run_check", run_check):
            self.take("/odoo/tracking-setup", "setup", width=860, height=1600)


@tagged("post_install", "-at_install", "-standard", "mail_tracking_pictures")
class TestDashboardPicture(PictureCommon, DashboardCommon, HttpCase):
    def test_dashboard(self):
        known = {"delivery_report": "success", "server": "mail.example.com"}
        failures = (
            ("user_unknown", "Google", 34, "bounced"),
            ("mailbox_full", "Yahoo", 17, "soft-bounced"),
            ("policy", "Microsoft", 12, "bounced"),
            ("host_unknown", False, 7, "bounced"),
        )
        for days_ago in range(61):
            weekday = (self.today - timedelta(days=days_ago)).weekday()
            size = (21 if weekday < 5 else 6) + days_ago * 7 % 5
            size = 3 if not days_ago else size
            person = {"open_mode": "identified", "model": "res.partner"}
            self.count(41 * size, days_ago, state="delivered", delay="10s", **known, **person)
            self.count(27 * size, days_ago, state="delivered", delay="1m", **known)
            self.count(
                *(23 * size, days_ago),
                **{"state": "opened", "delay": "5m", "is_opened": True, **known, **person},
            )
            self.count(5 * size, days_ago, state="delivered", delay="1h", **known)
            self.count(size, days_ago, state="opened", is_answered=True, **known, **person)
            self.count(19 * size, days_ago, delivery_report="none", server="smtp.example.net")
            for reason, provider, per_mille, state in failures:
                is_spike = provider == "Microsoft" and days_ago in (4, 5)
                number = size * per_mille * (9 if is_spike else 1) // 30
                lost = {"reason": reason, "provider": provider, "state": state, **known}
                self.count(max(number, 1), days_ago, model="res.partner", **lost)
        self.count(14, 3, state="spam", **known)
        self.env["mail.tracking.incident"].create(
            {
                "kind": "provider",
                "key": "Microsoft",
                "subject": "Microsoft",
                "opened_on": fields.Datetime.now() - timedelta(days=5),
            }
        )
        self.take("/odoo/deliverability", "deliverability", width=1440, height=1700)
