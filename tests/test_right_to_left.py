import shutil
import unittest

from odoo.tests import HttpCase, tagged

from .support.common import MailTrackingCommon, PatientBrowser, free_port

LANGUAGE = "ar_001"

#: The icon follows the name, in the direction of reading, in the line and in the box above.
ICON_AFTER_NAME = """
const edges = (selector) => document.querySelector(selector).getBoundingClientRect();
const name = edges(".o_mail_tracking .o_mail_tracking_name");
const icon = edges(".o_mail_tracking .o_mail_tracking_icon");
const isTurned = getComputedStyle(document.querySelector(".o_web_client")).direction === "rtl";
const isSameLine = icon.top < name.bottom && name.top < icon.bottom;
if (isTurned && isSameLine && icon.right <= name.left + 1) {
    console.log("test successful");
} else {
    console.error(JSON.stringify({ isTurned, name, icon }));
}
"""

#: In the check of the set-up, the sign stands before the words, and nothing beside the page.
SIGN_BEFORE_WORDS = """
const edges = (selector) => document.querySelector(selector).getBoundingClientRect();
const sign = edges(".o_mail_tracking_setup_result > .fa");
const words = edges(".o_mail_tracking_setup_words");
const page = document.querySelector(".o_mail_tracking_setup");
if (sign.left >= words.right && page.scrollWidth <= page.clientWidth) {
    console.log("test successful");
} else {
    console.error(JSON.stringify({ sign, words, width: page.scrollWidth }));
}
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(shutil.which("rtlcss"), "Odoo needs the program rtlcss for this")
class TestRightToLeft(MailTrackingCommon, PatientBrowser, HttpCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang(LANGUAGE)
        self.user_employee.lang = LANGUAGE

    def test_what_a_server_said_keeps_its_own_direction(self):
        self.handler.refuse_rcpt["acme@example.com"] = "550 5.1.1 <acme@example.com> unknown"
        message = self.post(self.record)
        (line,) = message.with_context(lang=LANGUAGE).tracking_status()
        self.assertIn("\u2068550 5.1.1 <acme@example.com> unknown\u2069", line["error_description"])
        (line,) = message.with_context(lang="en_US").tracking_status()
        self.assertNotIn("\u2068", line["error_description"])

    def test_the_icon_follows_the_name(self):
        self.post(self.record)
        self.browser_js(
            f"/odoo/res.partner/{self.record.id}",
            ICON_AFTER_NAME,
            ready="Boolean(document.querySelector('.o_mail_tracking .o_mail_tracking_icon'))",
            login="employee",
        )

    def test_the_check_of_the_set_up(self):
        self.user_admin.lang = LANGUAGE
        # nobody is there: the request of the page holds this test's only cursor
        url = f"http://127.0.0.1:{free_port()}"
        self.env["ir.config_parameter"].set_param("mail_tracking.base.url", url)
        self.browser_js(
            "/odoo/tracking-setup",
            SIGN_BEFORE_WORDS,
            ready="Boolean(document.querySelector('.o_mail_tracking_setup_again:enabled')"
            " && document.querySelector('[data-check=versions] .o_mail_tracking_setup_result'))",
            login="admin",
        )
