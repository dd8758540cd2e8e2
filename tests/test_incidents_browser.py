"""From the message in Discuss to the failed emails, by a postmaster without other rights."""

import unittest
from pathlib import Path

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .support.common import PatientBrowser
from .support.incident_common import IncidentCommon
from .test_accessibility import AXE, CHECK, LOAD

STEPS = """
const text = (selector, words) => until(
    () => document.querySelector(selector)?.textContent.includes(words)
);
await text(".o-mail-Message", "does not accept emails");
await open(".o-mail-Message a[href*='email-incidents']");
await text(".o_form_view h1", "does not accept emails");
// labels are Odoo's own
await check(".o_form_sheet .o_field_widget", ".o_form_statusbar");
if (document.body.scrollWidth > window.innerWidth) {
    throw new Error("wider than the window");
}
await open("button[name=action_resend], .o_statusbar_buttons button[name=action_resend]");
await text(".modal-body", "3");
await open(".modal-footer .btn-secondary");
await until(() => !document.querySelector(".modal"));
if (!document.querySelector("button[name=action_open_emails]")) {
    await open(".o_statusbar_buttons .dropdown-toggle, .o_cp_statusbar_dropdown");
}
await open("button[name=action_open_emails]");
await until(() => document.querySelectorAll(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)")
    .length === 3);
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestIncidentsBrowser(PatientBrowser, IncidentCommon, HttpCase):
    browser_size = "1500x1000"

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_from_discuss_to_the_emails(self):
        for partner in (self.anna, self.bob, self.carl):
            self.send_in_vain(partner)
        self.check()
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes(), "public": True}
        script = LOAD % self.env["ir.attachment"].create(values).id + CHECK + STEPS
        self.browser_js(
            f"/odoo/discuss?active_id=discuss.channel_{self.channel.id}",
            f"(async () => {{ {script} console.log('test successful'); }})()"
            ".catch((error) => console.error(error.message));",
            ready="Boolean(document.querySelector('.o-mail-Message'))",
            login="postmaster",
        )


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestIncidentsPhone(TestIncidentsBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_the_title_of_an_incident_is_not_cut_off(self):
        for partner in (self.anna, self.bob, self.carl):
            self.send_in_vain(partner)
        self.check()
        self.browser_js(
            "/odoo/action-mail_tracking.action_mail_tracking_incident",
            "console.log('test successful');",
            ready="document.querySelector('.o_kanban_record')?.innerText.includes('accept emails')",
            login="postmaster",
        )
