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

#: The English subject and answer of a failure stand where lines begin, and so does an address.
BESIDE_AUTHOR = """
const textOf = (selector) => {
    const range = document.createRange();
    range.selectNodeContents(document.querySelector(selector));
    return range.getBoundingClientRect();
};
const age = textOf(".o_mail_tracking_failed_age");
const subject = textOf("em:has(.o_mail_tracking_failed_subject)");
const icon = document
    .querySelector(".o_mail_tracking_failed_recipient .o_mail_tracking_status")
    .getBoundingClientRect();
const reason = textOf(".o_mail_tracking_failed_reason");
if (age.left - subject.right < 30 && Math.abs(icon.right - reason.right) < 2) {
    console.log("test successful");
} else {
    console.error(JSON.stringify({ age, subject, icon, reason }));
}
"""

#: Addresses and answers of servers in lists keep the direction of their own first letters.
ADDRESSES_IN_LISTS = """
const cells = [...document.querySelectorAll(".o_data_cell.o_mail_tracking_text")];
const wrong = cells.filter((cell) => getComputedStyle(cell).unicodeBidi !== "plaintext");
if (cells.length && !wrong.length) {
    console.log("test successful");
} else {
    console.error(`${cells.length} ${wrong.map((cell) => cell.outerHTML)}`);
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

    def test_nothing_stands_at_the_far_edge(self):
        self.handler.refuse_rcpt["acme@example.com"] = "550 5.1.1 <acme@example.com> unknown"
        self.post(self.record, subject="Offer")
        self.browser_js(
            f"/odoo/res.partner/{self.record.id}",
            BESIDE_AUTHOR,
            ready="Boolean(document.querySelector('.o_mail_tracking_failed_subject'))",
            login="employee",
        )

    def test_addresses_in_lists_keep_their_direction(self):
        self.user_admin.lang = LANGUAGE
        self.post(self.record)
        for action in ("action_view_mail_tracking_email", "action_view_mail_tracking_event"):
            self.browser_js(
                f"/odoo/action-mail_tracking.{action}",
                ADDRESSES_IN_LISTS,
                ready="Boolean(document.querySelector('.o_list_view .o_data_row'))",
                login="admin",
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
