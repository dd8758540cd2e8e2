"""The page behind the link at the foot of emails, in a browser that obeys its policy."""

import os
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

from .support.common import PatientBrowser
from .test_privacy_page import ADDRESS, PrivacyPageCommon

AXE = os.environ.get("MAIL_TRACKING_AXE")
PHONE = {"width": 375, "height": 740, "deviceScaleFactor": 2, "mobile": True}
WIDE = {"width": 1500, "height": 900, "deviceScaleFactor": 1, "mobile": False}

CHECK = """
(async () => {
    const { violations } = await axe.run(document);
    for (const { id, nodes } of violations) {
        for (const { failureSummary, html } of nodes) {
            throw new Error(`${id}: ${failureSummary} ${html}`);
        }
    }
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
        throw new Error(`wider than the window: ${root.scrollWidth} ${root.clientWidth}`);
    }
    if (getComputedStyle(document.querySelector("main")).maxWidth === "none") {
        throw new Error("its own style was not let through");
    }
    console.log("test successful");
})().catch((error) => console.error(error.message));
"""
#: What the page does after the form was sent: run in each document, before its own content.
SAVED = """
addEventListener("load", () => {
    if (document.querySelector("[role=status]")) {
        console.log("test successful");
    }
});
"""
SAVE = """
document.querySelector("input[name=opens][value=no]").click();
document.querySelector("button").click();
"""


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestPrivacyBrowser(PatientBrowser, PrivacyPageCommon):
    def browse(self, path, code, source, size):
        """Run something in a page; its policy lets it load nothing, so the source is put there."""

        def navigate_to(browser, *args, **kwargs):
            browser._websocket_request("Emulation.setDeviceMetricsOverride", params=size)
            script = {"source": source}
            browser._websocket_request("Page.addScriptToEvaluateOnNewDocument", params=script)
            return navigate(browser, *args, **kwargs)

        navigate = ChromeBrowser.navigate_to
        with patch.object(ChromeBrowser, "navigate_to", navigate_to):
            self.browser_js(path, code, ready="document.readyState === 'complete'")

    def test_the_form_can_be_sent(self):
        self.browse(self.link(), SAVE, SAVED, WIDE)
        self.assertEqual(self.answers(), [("opens", "no")])

    @unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
    def test_axe_finds_nothing(self):
        axe = Path(AXE).read_text()
        self.env["res.lang"]._activate_lang("ar_001")
        path, several = self.link(), self.link(ADDRESS, "x" * 60 + "@example.com")
        self.send(path, opens="no")
        for url, size in (
            (path, PHONE),
            (path, WIDE),
            (self.link(lang="ar_001"), PHONE),
            (several, PHONE),
            (f"{several}?address=2", PHONE),
            (path[:-30], PHONE),
            (path[:-30] + "A" * 30, PHONE),
        ):
            with self.subTest(url=url[-20:], width=size["width"]):
                self.browse(url, CHECK, axe, size)
