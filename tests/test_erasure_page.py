import base64
import os
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .support.common import PatientBrowser
from .support.erasure_common import ERASED, ErasureCommon
from .test_accessibility import AXE, CHECK, LOAD

#: where pictures of the dialog go, for somebody to look at
PICTURES = os.environ.get("MAIL_TRACKING_PRIVACY_PICTURES")


class DialogCommon(ErasureCommon, PatientBrowser, HttpCase):
    def setUp(self):
        super().setUp()
        self.track(partner=self.person)
        self.track(events=["sent"])
        self.bounce(self.track(partner=self.person, events=["sent"]))
        self.track("old@example.net", self.env["res.partner"])
        self.env["res.partner"].create({"name": "Her Twin", "email": ERASED})
        self.answer(ERASED, "no", self.person)
        self.url = f"/odoo/res.partner/{self.person.id}"


@tagged("post_install", "-at_install", "mail_tracking_browser")
class TestErasureDialog(DialogCommon):
    def test_two_clicks_erase_a_person(self):
        self.start_tour(self.url, "mail_tracking_privacy", login="admin")
        self.assertEqual(self.stored(ERASED), set())
        self.assertEqual(self.Erasure.search([], limit=1).deleted_count, 2)


@tagged("post_install", "-at_install", "mail_tracking_browser")
@unittest.skipUnless(AXE, "axe-core is installed by ./dev test")
class TestErasureAccessibility(DialogCommon):
    def setUp(self):
        super().setUp()
        values = {"name": "axe.min.js", "raw": Path(AXE).read_bytes()}
        self.axe = self.env["ir.attachment"].create(values)

    def check(self, width):
        """Axe finds nothing in any step of the dialog, and nothing is wider than the window."""
        script = """
            const fits = () => {
                const { scrollWidth, clientWidth } = document.querySelector(".modal-body");
                if (scrollWidth > clientWidth) {
                    throw new Error(`too wide: ${scrollWidth} of ${clientWidth}`);
                }
            };
            const look = async (name) => {
                console.log(`picture ${name}`);
                await new Promise((resolve) => setTimeout(resolve, PAUSE));
                // around it is Odoo's own: a main in a main
                await check(".modal .o_form_renderer", ".modal-footer");
                fits();
            };
            await open(".o_cp_action_menus .dropdown-toggle");
            const item = await until(() =>
                [...document.querySelectorAll(".o_menu_item")].find(
                    (node) => node.textContent.includes("Privacy of email tracking…")
                )
            );
            item.click();
            await find(".modal [name=tracking_count]");
            await look("show");
            await open(".modal button[name=action_confirm]");
            await find(".modal button[name=action_erase]");
            await look("confirm");
            await open(".modal button[name=action_erase]");
            await find(".modal [name=outcome]");
            await look("done");
        """.replace("PAUSE", "1500" if PICTURES else "0")
        console, navigate = ChromeBrowser._handle_console, ChromeBrowser.navigate_to
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}

        def save(browser, args=None, **more):
            text = str(args[0].get("value")) if args else ""
            if not text.startswith("picture "):
                return console(browser, args=args, **more)
            if PICTURES:
                path = Path(PICTURES) / f"{text.split()[1]}-{width}.png"
                future = browser._websocket_send(
                    "Page.captureScreenshot", params={"format": "png"}, with_future=True
                )
                future.add_done_callback(
                    lambda done: path.write_bytes(base64.b64decode(done.result()["data"]))
                )
            return None

        def resize(browser, *args, **kwargs):
            browser._websocket_request("Emulation.setDeviceMetricsOverride", params=size)
            return navigate(browser, *args, **kwargs)

        with (
            patch.object(ChromeBrowser, "_handle_console", save),
            patch.object(ChromeBrowser, "navigate_to", resize),
        ):
            self.browser_js(
                self.url,
                f"(async () => {{ {LOAD % self.axe.id} {CHECK} {script}"
                " console.log('test successful');"
                " })().catch((error) => console.error(error.message));",
                ready="Boolean(document.querySelector('.o_cp_action_menus .dropdown-toggle'))",
                login="admin",
            )
        self.assertEqual(self.stored(ERASED), set())

    def test_wide(self):
        self.check(1500)

    def test_phone(self):
        self.check(375)
