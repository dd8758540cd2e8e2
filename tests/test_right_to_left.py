import shutil
import unittest

from odoo.tests import HttpCase, tagged

from .common import MailTrackingCommon

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


@tagged("post_install", "-at_install")
@unittest.skipUnless(shutil.which("rtlcss"), "Odoo needs the program rtlcss for this")
class TestRightToLeft(MailTrackingCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang(LANGUAGE)
        self.user_employee.lang = LANGUAGE

    def test_the_icon_follows_the_name(self):
        self.post(self.record)
        self.browser_js(
            f"/odoo/res.partner/{self.record.id}",
            ICON_AFTER_NAME,
            ready="Boolean(document.querySelector('.o_mail_tracking .o_mail_tracking_icon'))",
            login="employee",
        )
