"""Proof of the sender on the set-up page, clicked in a browser."""

import unittest
from pathlib import Path

from odoo.tests import tagged

from .support.authentication_common import DOMAIN, AuthenticationCommon
from .support.common import free_port
from .test_accessibility import AXE, CHECK, LOAD

WIDE = """
    const box = document.querySelector(".o_mail_tracking_setup");
    if (box.scrollWidth > box.clientWidth + 1) {
        throw new Error(`wider than the screen: ${box.scrollWidth} > ${box.clientWidth}`);
    }
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestAuthenticationBrowser(AuthenticationCommon):
    def setUp(self):
        super().setUp()
        # the request of the page holds this test's only cursor: nobody could answer in between
        self.params.set_param("mail_tracking.base.url", f"http://127.0.0.1:{free_port()}")
        del self.dns.records[f"_dmarc.{DOMAIN}", "TXT"]

    def test_check_again_and_copy(self):
        self.start_tour("/odoo/tracking-setup", "mail_tracking_authentication", login="admin")
        self.assertEqual(self.codes()["dmarc"], ["dmarc_missing"])

    @unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
    def test_accessible_and_not_too_wide(self):
        self.dns.records[DOMAIN, "TXT"] = [f"v=spf1 {'ip4:5.9.0.2 ' * 20}-all"]
        self.run_cron()
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes()}
        axe = self.env["ir.attachment"].create(values)
        section = "[data-check=authentication]"
        script = f"""
            {LOAD % axe.id} {CHECK}
            await find("{section} .o_mail_tracking_setup_enter");
            await find(".o_mail_tracking_setup_again:enabled");
            await check("{section}");
            {WIDE}
        """
        self.browser_js(
            "/odoo/tracking-setup",
            f"(async () => {{ {script} console.log('test successful'); }})()"
            ".catch((error) => console.error(error.message));",
            ready="Boolean(document.querySelector('.o_mail_tracking_setup'))",
            login="admin",
        )


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestAuthenticationPhone(TestAuthenticationBrowser):
    allow_inherited_tests_method = True
    browser_size = "375x667"
    touch_enabled = True
